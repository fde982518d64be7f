//! Working hours (工作时间): terms that run only while the office is open, on working days. A term in plain hours runs through nights and holidays
//! and needs none of this.

use chrono::{NaiveDate, NaiveTime, TimeDelta, Timelike};

use crate::calendar::Calendar;
use crate::dates;
use crate::norms::{Figure, Norms};
use crate::refusal::Refusal;

/// A term that has not ended after so many days never will.
const FURTHEST: usize = 4000;
const MINUTE: i64 = 60_000;

/// When the office is open on a working day: stretches in order, none running past midnight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Office(Vec<(NaiveTime, NaiveTime)>);

impl Office {
    /// The office hours of a day, by the norms `office.…`.
    pub fn on(norms: &Norms, day: NaiveDate) -> Result<Self, Refusal> {
        let at = |key: &'static str| match norms.on(key, day).map(|norm| &norm.figure) {
            Some(Figure::Time(time)) => Ok(*time),
            _ => Err(Refusal::new("norm.missing").with("key", key).with("day", day)),
        };
        let hours = [
            (at("office.morning_from")?, at("office.morning_until")?),
            (at("office.afternoon_from")?, at("office.afternoon_until")?),
        ];
        Ok(Self(hours.into_iter().filter(|(from, until)| from < until).collect()))
    }

    /// The open stretches of a day, in milliseconds UTC.
    fn open(&self, calendar: &Calendar, day: NaiveDate) -> impl Iterator<Item = (i64, i64)> + '_ {
        let start = dates::shanghai_start(day);
        let at = move |time: NaiveTime| start + i64::from(time.num_seconds_from_midnight()) * 1000;
        let worked = calendar.is_workday(day);
        self.0.iter().filter(move |_| worked).map(move |(from, until)| (at(*from), at(*until)))
    }

    /// The moment at which so many working minutes after a moment are over; `None` where the office never opens so long.
    pub fn add(&self, calendar: &Calendar, from: i64, minutes: u32) -> Option<i64> {
        let mut left = i64::from(minutes) * MINUTE;
        for day in days_from(dates::shanghai_date(from)) {
            for (opens, closes) in self.open(calendar, day) {
                let begins = opens.max(from);
                let here = (closes - begins).max(0);
                if here > 0 && left <= here {
                    return Some(begins + left);
                }
                left -= here;
            }
        }
        None
    }

    /// The working milliseconds from one moment to another; none if the second is not later.
    pub fn between(&self, calendar: &Calendar, from: i64, until: i64) -> i64 {
        let last = dates::shanghai_date(until);
        let days = days_from(dates::shanghai_date(from)).take_while(|day| *day <= last);
        let inside = |(opens, closes): (i64, i64)| (closes.min(until) - opens.max(from)).max(0);
        days.map(|day| self.open(calendar, day).map(inside).sum::<i64>()).sum()
    }
}

fn days_from(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(day), |day| day.checked_add_signed(TimeDelta::days(1))).take(FURTHEST)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calendar() -> Calendar {
        Calendar::parse(include_str!("../../../rules/calendar.toml")).unwrap()
    }

    fn office() -> Office {
        let norms = Norms::parse(&[("m", include_str!("../../../rules/mechanisms.toml"))]).unwrap();
        Office::on(&norms, "2021-12-20".parse().unwrap()).unwrap()
    }

    fn at(day: &str, time: &str) -> i64 {
        let time = NaiveTime::parse_from_str(time, "%H:%M").unwrap();
        dates::shanghai_start(day.parse().unwrap()) + i64::from(time.num_seconds_from_midnight()) * 1000
    }

    #[test]
    fn hours_run_while_the_office_is_open() {
        let (calendar, office) = (calendar(), office());
        for ((day, time), minutes, (due, then)) in [
            (("2021-12-20", "08:00"), 60, ("2021-12-20", "09:00")),
            // Over noon, over night, over the weekend.
            (("2021-12-20", "11:30"), 60, ("2021-12-20", "14:30")),
            (("2021-12-20", "17:30"), 60, ("2021-12-21", "08:30")),
            (("2021-12-24", "17:30"), 60, ("2021-12-27", "08:30")),
            (("2021-12-25", "10:00"), 60, ("2021-12-27", "09:00")),
            // A term that ends as the office closes ends then, not when it opens again.
            (("2021-12-20", "08:00"), 480, ("2021-12-20", "18:00")),
            // Over the National Day of 2021, whose make-up day is worked.
            (("2021-09-30", "17:00"), 120, ("2021-10-08", "09:00")),
            (("2021-10-08", "17:00"), 120, ("2021-10-09", "09:00")),
            // No time to wait: when the office is open next.
            (("2021-12-20", "03:00"), 0, ("2021-12-20", "08:00")),
        ] {
            assert_eq!(office.add(&calendar, at(day, time), minutes), Some(at(due, then)), "{day} {time} + {minutes}");
        }
        assert_eq!(Office(Vec::new()).add(&calendar, at("2021-12-20", "08:00"), 1), None);
        assert!(Office::on(&Norms::default(), "2021-12-20".parse().unwrap()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn adding_and_between_agree(start in 0..60_000_i64, minutes in 1..6_000_u32, more in 0..2_000_u32) {
            let (calendar, office) = (calendar(), office());
            let from = at("2021-09-20", "00:00") + start * MINUTE;
            let due = office.add(&calendar, from, minutes).unwrap();
            prop_assert!(due > from);
            prop_assert_eq!(office.between(&calendar, from, due), i64::from(minutes) * MINUTE);
            prop_assert_eq!(office.between(&calendar, due, from), 0);
            // A longer term never ends earlier, and a later start never earlier either.
            prop_assert!(office.add(&calendar, from, minutes + more).unwrap() >= due);
            prop_assert!(office.add(&calendar, from + i64::from(more) * MINUTE, minutes).unwrap() >= due);
            let middle = from + (due - from) / 2;
            let parts = office.between(&calendar, from, middle) + office.between(&calendar, middle, due);
            prop_assert_eq!(parts, i64::from(minutes) * MINUTE);
        }
    }
}
