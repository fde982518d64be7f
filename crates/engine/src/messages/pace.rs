//! When a message goes: pauses between attempts, hours of quiet, so many a minute. Pure: time and chance are given.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::UNIX_EPOCH;

use kit::dates::{shanghai_date, shanghai_start};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60;
/// The longest pause before another attempt, in milliseconds.
const LONGEST: i64 = 60 * MINUTE;

/// How long to wait after an attempt (the first is 1): doubled each time, up to an hour, and by half as much more or less as chance will have it,
/// so that what failed together does not come back together.
pub fn pause(first: i64, attempt: i64, chance: u16) -> i64 {
    let doubled = u32::try_from(attempt - 1).ok().and_then(|times| 1_i64.checked_shl(times.min(20))).unwrap_or(1);
    let whole = first.saturating_mul(doubled).min(LONGEST);
    whole / 2 + whole * i64::from(chance) / i64::from(u16::MAX)
}

/// How long a gateway asks to be left alone (`Retry-After`, RFC 9110, 10.2.3): so many seconds, or until a moment. Never longer than the longest
/// pause, so that a gateway cannot hold up what is urgent; nothing where it says neither.
pub fn asked_for(said: &str, now: i64) -> Option<i64> {
    let said = said.trim();
    let wait = if !said.is_empty() && said.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number holds are too many in any case.
        said.parse::<i64>().map_or(LONGEST, |seconds| seconds.saturating_mul(1_000))
    } else {
        let until = httpdate::parse_http_date(said).ok()?.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(until.as_millis()).ok()?.saturating_sub(now)
    };
    Some(wait.clamp(0, LONGEST))
}

/// Hours of quiet, in minutes of the county's day; over midnight where they end before they begin. None where they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    pub from: i64,
    pub until: i64,
}

impl Hours {
    /// `21:30-06:30`; nothing is never quiet.
    ///
    /// # Errors
    /// What it should look like.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let wrong = || format!("{text:?}: write it as 21:30-06:30");
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let (from, until) = (minute(from).ok_or_else(wrong)?, minute(until).ok_or_else(wrong)?);
        Ok(Some(Self { from, until }))
    }

    /// The moment at which it is no longer quiet, if it is quiet now (both in milliseconds UTC).
    pub fn over_at(self, now: i64) -> Option<i64> {
        let start = shanghai_start(shanghai_date(now));
        let minute = (now - start) / MINUTE;
        let (quiet, ends) = match self.from.cmp(&self.until) {
            Ordering::Less => ((self.from..self.until).contains(&minute), self.until),
            // Over midnight.
            Ordering::Greater if minute >= self.from => (true, DAY + self.until),
            Ordering::Greater => (minute < self.until, self.until),
            Ordering::Equal => (false, 0),
        };
        quiet.then_some(start + ends * MINUTE)
    }
}

/// `06:30` in minutes.
pub fn minute(text: &str) -> Option<i64> {
    let time = chrono::NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
    Some(i64::from(chrono::Timelike::num_seconds_from_midnight(&time)) / 60)
}

/// How many went by each channel in the minute that began at a moment.
#[derive(Debug, Default)]
pub struct Caps(HashMap<String, (i64, u32)>);

impl Caps {
    /// Counts one more; or says when the next minute begins, because this one is full.
    pub fn take(&mut self, channel: &str, per_minute: u32, now: i64) -> Result<(), i64> {
        let (begun, used) = self.0.entry(channel.to_owned()).or_insert((now, 0));
        if now - *begun >= MINUTE || now < *begun {
            (*begun, *used) = (now, 0);
        }
        if *used >= per_minute {
            return Err(*begun + MINUTE);
        }
        *used += 1;
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64, minute: i64) -> i64 {
        shanghai_start("2021-12-20".parse().unwrap()) + (hour * 60 + minute) * MINUTE
    }

    #[test]
    fn quiet_hours_end_in_the_morning_they_lead_to() {
        let night = Hours::parse("21:30-06:30").unwrap().unwrap();
        let noon = Hours::parse(" 12:00-14:00 ").unwrap().unwrap();
        for (hours, now, over) in [
            (night, at(21, 29), None),
            (night, at(21, 30), Some(at(30, 30))),
            (night, at(6, 29), Some(at(6, 30))),
            (night, at(6, 30), None),
            (noon, at(12, 0), Some(at(14, 0))),
            (noon, at(14, 0), None),
            (Hours { from: 60, until: 60 }, at(1, 0), None),
        ] {
            assert_eq!(hours.over_at(now), over, "{hours:?} {now}");
        }
        assert_eq!(Hours::parse(""), Ok(None));
        for wrong in ["21:30", "9-5", "25:00-06:00", "21:30—06:30", "a-b"] {
            assert!(Hours::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_full_minute_says_when_the_next_begins() {
        let mut caps = Caps::default();
        assert_eq!(
            (caps.take("sms", 2, 100), caps.take("sms", 2, 200), caps.take("sms", 2, 300)),
            (Ok(()), Ok(()), Err(60_100))
        );
        assert_eq!(caps.take("mail", 2, 300), Ok(()));
        assert_eq!(caps.take("sms", 2, 60_100), Ok(()));
        // A clock that was set back does not stop everything.
        assert_eq!(caps.take("sms", 1, 5), Ok(()));
    }

    #[test]
    fn a_gateway_says_for_how_long_or_until_when() {
        // 1994-11-06 08:49:00 UTC
        let now = 784_111_740_000;
        for (said, wait) in [
            ("0", Some(0)),
            ("120", Some(120_000)),
            (" 37 ", Some(37_000)),
            ("86400", Some(LONGEST)),
            ("99999999999999999999999999", Some(LONGEST)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37_000)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37_000)),
            ("Sun Nov  6 08:49:37 1994", Some(37_000)),
            ("Mon, 07 Nov 1994 08:49:37 GMT", Some(LONGEST)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("in a minute", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(asked_for(said, now), wait, "{said:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_no_pause_is_longer_than_the_longest(said in "\\PC{0,40}", now in any::<i64>()) {
            prop_assert!(asked_for(&said, now).is_none_or(|wait| (0..=LONGEST).contains(&wait)));
        }

        #[test]
        fn pauses_grow_and_stay_within_their_bounds(attempt in 1_i64..200, chance in any::<u16>()) {
            let pause = pause(5_000, attempt, chance);
            prop_assert!((2_500..=LONGEST + LONGEST / 2).contains(&pause));
            prop_assert!(super::pause(5_000, attempt + 1, 0) >= super::pause(5_000, attempt, 0));
        }
    }
}
