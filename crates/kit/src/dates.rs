//! Dates as people write them, periods as reports name them, and the one time zone of the county's business.
//!
//! The clock is never read here: whoever needs today passes it in.

mod spoken;

use crate::tidy::tidy;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveDateTime, TimeDelta};
use std::fmt;
use std::str::FromStr;

/// The years a typed date may have. Two figures for a year are refused, not guessed.
const TYPED_YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;
/// The years a bare number may mean when it is read as an Excel serial: outside them it is more likely an amount or a
/// number of pupils.
const SERIAL_YEARS: std::ops::RangeInclusive<i32> = 1950..=2100;
/// No date with its time is longer, in bytes of tidy text.
const LONGEST: usize = 64;
/// Asia/Shanghai is +08:00 without summer time since 1992, in milliseconds.
const SHANGHAI_MS: i64 = 8 * 3_600_000;

/// Reads a date cell or field as people fill it in.
///
/// Accepted: `2026-03-01` (with any dash), `2026/3/1`, `2026.3.1`, `2026、3、1`, `2026年3月1日` (号), `二〇二六年三月一日`,
/// `20260301`, an Excel serial such as `46082` or `46082.5`, all of them also in full-width digits, and with a day of the
/// week or a time of day behind the date, which are left out. `None`
/// for anything else: impossible days, years outside 1900..=2100, two-figure years, and times with a zone (their date
/// may be another one in Shanghai).
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let text = tidy(text);
    if text.len() > LONGEST {
        return None;
    }
    let text = spoken::plain(text);
    let text = spoken::without_weekday(&text);
    let (first, rest) = digits(text);
    if first.len() == 8 {
        let (month, day) = (first.get(4..6)?, first.get(6..)?);
        return typed(first.get(..4)?, month, day).filter(|_| is_time_or_nothing(rest));
    }
    if first.len() != 4 {
        return read_serial(text);
    }
    let rest = rest.trim_start();
    let marks = match rest.chars().next()? {
        '-' => ['-', '-'],
        '/' => ['/', '/'],
        '.' => ['.', '.'],
        '、' => ['、', '、'],
        '年' => ['年', '月'],
        _ => return None,
    };
    let (month, rest) = digits(rest.strip_prefix(marks[0])?.trim_start());
    let (day, rest) = digits(rest.trim_start().strip_prefix(marks[1])?.trim_start());
    let rest = match marks[1] {
        '月' => rest.trim_start().strip_prefix(['日', '号'])?,
        _ => rest,
    };
    typed(first, month, day).filter(|_| is_time_or_nothing(rest))
}

/// The date of an Excel serial number (days, 1900 date system; the part behind the point is the time of day).
///
/// Excel counts a 29 February 1900 that never was, so from 1 March 1900 on day 0 is 30 December 1899. Only 1950..=2100
/// is read, where that holds for every number; `None` outside and for what is not a number.
pub fn from_excel_serial(serial: f64) -> Option<NaiveDate> {
    if !(0.0..100_000.0).contains(&serial) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 100 000, and the time of day is to be cut off")]
    let days = serial as i64;
    let date = NaiveDate::from_ymd_opt(1899, 12, 30)?.checked_add_signed(TimeDelta::days(days))?;
    SERIAL_YEARS.contains(&date.year()).then_some(date)
}

fn read_serial(text: &str) -> Option<NaiveDate> {
    let (whole, rest) = digits(text);
    let fraction = rest.strip_prefix('.').unwrap_or(rest);
    let plain = fraction.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !plain {
        return None;
    }
    text.parse().ok().and_then(from_excel_serial)
}

/// Splits off the ASCII digits in front.
fn digits(s: &str) -> (&str, &str) {
    let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    s.split_at(end)
}

fn typed(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let short = |s: &str| (1..=2).contains(&s.len());
    if !short(month) || !short(day) {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    TYPED_YEARS.contains(&date.year()).then_some(date)
}

/// True for nothing, ` 8:30`, `T08:30:00.5`, ` 下午2:05`, ` 8时30分`.
fn is_time_or_nothing(s: &str) -> bool {
    let s = s.strip_prefix('T').unwrap_or(s).trim_start();
    if s.is_empty() {
        return true;
    }
    let s = s.strip_prefix("上午").or_else(|| s.strip_prefix("下午")).unwrap_or(s).trim_start();
    let colons = s.replace(['时', '点', '分'], ":").replace('秒', "");
    let mut parts = colons.strip_suffix(':').unwrap_or(&colons).split(':');
    let below = |part: Option<&str>, limit: u32| {
        part.is_some_and(|p| (1..=2).contains(&p.len()) && p.parse::<u32>().is_ok_and(|n| n < limit))
    };
    if !below(parts.next(), 24) || !below(parts.next(), 60) {
        return false;
    }
    let Some(seconds) = parts.next() else { return true };
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    below(Some(whole), 60) && fraction.chars().all(|c| c.is_ascii_digit()) && parts.next().is_none()
}

/// The school year (学年) a date falls in, named by the calendar year it begins in: from 1 September.
pub fn school_year_of(date: NaiveDate) -> i32 {
    if date.month() >= 9 { date.year() } else { date.year() - 1 }
}

/// The wall clock in Asia/Shanghai at an instant given in milliseconds of UTC since 1970.
///
/// Business dates are Shanghai dates wherever the server stands. Instants before 1992, when summer time was last kept,
/// are off by up to an hour; instants beyond what a date can hold become the first or the last one.
pub fn shanghai_time(ms_utc: i64) -> NaiveDateTime {
    let limit = if ms_utc < 0 { NaiveDateTime::MIN } else { NaiveDateTime::MAX };
    DateTime::from_timestamp_millis(ms_utc.saturating_add(SHANGHAI_MS)).map_or(limit, |t| t.naive_utc())
}

/// The date in Asia/Shanghai at an instant given in milliseconds of UTC since 1970; see [`shanghai_time`].
pub fn shanghai_date(ms_utc: i64) -> NaiveDate {
    shanghai_time(ms_utc).date()
}

/// The instant at which a date begins in Asia/Shanghai, in milliseconds of UTC since 1970: the inverse of
/// [`shanghai_date`].
pub fn shanghai_start(date: NaiveDate) -> i64 {
    date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis() - SHANGHAI_MS
}

/// A stretch of whole days that a report, a duty or a figure is about.
///
/// Written `2021-05-03`, `2021-05`, `2021-Q2`, `2021` and `sy2021` (the school year from 1 September 2021); reading and
/// writing are inverse. A month or quarter that does not exist, which only code can make, counts as the nearest one
/// that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// One day.
    Day(NaiveDate),
    /// A calendar month.
    Month {
        /// Calendar year.
        year: i32,
        /// 1 to 12.
        month: u32,
    },
    /// A calendar quarter.
    Quarter {
        /// Calendar year.
        year: i32,
        /// 1 to 4.
        quarter: u32,
    },
    /// A calendar year: letters of responsibility, assessment, reports.
    Year(i32),
    /// A school year, by the calendar year in which it begins: enrolment, attendance.
    SchoolYear(i32),
}

impl Period {
    /// The first day.
    pub fn first(self) -> NaiveDate {
        match self {
            Self::Day(date) => date,
            Self::Month { year, month } => month_start(year, month),
            Self::Quarter { year, quarter } => month_start(year, quarter.clamp(1, 4) * 3 - 2),
            Self::Year(year) => month_start(year, 1),
            Self::SchoolYear(year) => month_start(year, 9),
        }
    }

    /// The last day, which belongs to the period.
    pub fn last(self) -> NaiveDate {
        let months = match self {
            Self::Day(date) => return date,
            Self::Month { .. } => 1,
            Self::Quarter { .. } => 3,
            Self::Year(_) | Self::SchoolYear(_) => 12,
        };
        let next = self.first().checked_add_months(Months::new(months));
        next.and_then(|d| d.pred_opt()).unwrap_or(NaiveDate::MAX)
    }

    /// Whether a day lies in the period.
    pub fn contains(self, date: NaiveDate) -> bool {
        (self.first()..=self.last()).contains(&date)
    }

    /// The period of the same kind just before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        match self {
            Self::Day(date) => Self::Day(date.pred_opt().unwrap_or(date)),
            Self::Month { year, month: ..=1 } => Self::Month { year: year.saturating_sub(1), month: 12 },
            Self::Month { year, month } => Self::Month { year, month: month.min(12) - 1 },
            Self::Quarter { year, quarter: ..=1 } => Self::Quarter { year: year.saturating_sub(1), quarter: 4 },
            Self::Quarter { year, quarter } => Self::Quarter { year, quarter: quarter.min(4) - 1 },
            Self::Year(year) => Self::Year(year.saturating_sub(1)),
            Self::SchoolYear(year) => Self::SchoolYear(year.saturating_sub(1)),
        }
    }

    /// The month a day falls in.
    pub fn month_of(date: NaiveDate) -> Self {
        Self::Month { year: date.year(), month: date.month() }
    }

    /// The quarter a day falls in.
    pub fn quarter_of(date: NaiveDate) -> Self {
        Self::Quarter { year: date.year(), quarter: date.quarter() }
    }
}

/// Years beyond a date's reach are moved to its limits, so that a period always has days.
fn month_start(year: i32, month: u32) -> NaiveDate {
    let year = year.clamp(-200_000, 200_000);
    NaiveDate::from_ymd_opt(year, month.clamp(1, 12), 1).unwrap_or_default()
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Quarter { year, quarter } => write!(f, "{year:04}-Q{quarter}"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::SchoolYear(year) => write!(f, "sy{year:04}"),
        }
    }
}

/// A text that names no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a period: use 2021, 2021-05, 2021-Q2, 2021-05-03 or sy2021")]
pub struct BadPeriod;

impl FromStr for Period {
    type Err = BadPeriod;

    /// Reads exactly what `Display` writes, for the years 1900 to 2999.
    fn from_str(s: &str) -> Result<Self, BadPeriod> {
        read_period(s).ok_or(BadPeriod)
    }
}

fn read_period(s: &str) -> Option<Period> {
    if let Some(year) = s.strip_prefix("sy") {
        return figures(year, 4, 1900..=2999).map(Period::SchoolYear);
    }
    let mut parts = s.splitn(3, '-');
    let year = figures(parts.next()?, 4, 1900..=2999)?;
    let Some(second) = parts.next() else { return Some(Period::Year(year)) };
    let third = parts.next();
    if let Some(quarter) = second.strip_prefix('Q') {
        let quarter = figures(quarter, 1, 1..=4)?;
        return third.is_none().then_some(Period::Quarter { year, quarter });
    }
    let month = figures(second, 2, 1..=12)?;
    let Some(day) = third else { return Some(Period::Month { year, month }) };
    NaiveDate::from_ymd_opt(year, month, figures(day, 2, 1..=31)?).map(Period::Day)
}

/// A number of exactly so many digits within a range.
fn figures<N: FromStr + PartialOrd>(s: &str, count: usize, range: std::ops::RangeInclusive<N>) -> Option<N> {
    let plain = s.len() == count && s.bytes().all(|b| b.is_ascii_digit());
    s.parse().ok().filter(|n| plain && range.contains(n))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn dates_people_write() {
        let wide = "\u{ff12}\u{ff10}\u{ff12}\u{ff16}\u{ff0d}\u{ff13}\u{ff0d}\u{ff11}";
        let cases = "2026-03-01|2026-3-1|2026/3/1|2026/03/01|2026.3.1|2026.03.01|2026年3月1日|2026年03月01日|\
            2026年3月1号|2026 年 3 月 1 日|20260301|46082|46082.0|46082.75|46082.| \u{feff}2026-03-01\u{a0}|\
            2026-03-01 08:30|2026-03-01T08:30:00|2026/3/1 8:30:05.250|\
            2026年3月1日 8时30分|2026年3月1日8时30分5秒|2026年3月1日下午2:05|20260301 23:59:59|2026-03-01T|2026—03—01|2026–3–1|2026、3、1|\
            2026年3月1日星期日|2026年3月1日 周日|2026-03-01(星期日)|2026/3/1（周天）|二〇二六年三月一日|二零二六年三月一日 星期日|\
            二○二六年三月一日";
        for text in cases.split('|').chain([wide]) {
            assert_eq!(read_date(text), Some(day(2026, 3, 1)), "{text:?}");
        }
        assert_eq!(read_date("2024-02-29"), Some(day(2024, 2, 29)));
        assert_eq!(read_date("1949-10-01"), Some(day(1949, 10, 1)));
        assert_eq!(read_date("二〇二一年十二月三十一日"), Some(day(2021, 12, 31)));
        assert_eq!(read_date("二〇二一年十月二十日"), Some(day(2021, 10, 20)));
    }

    #[test]
    fn what_is_no_date() {
        let long = "2026-03-01".repeat(1000);
        let cases = "| |-|无|😀|2026|2026-03|2026.3|2026年3月|26-3-1|03/01/2026|2026-13-01|2026-02-29|2026-04-31|\
            2026-00-10|2026-01-00|20260230|202603011|2026-3/1|2026/3.1|2026-003-01|2026-03-001|\
            2026年3月1|2026-03-01x|2026-03-01 25:00|2026-03-01 08:60|2026-03-01 8|2026-03-01 08:30Z|\
            2026-03-01T08:30:00+08:00|2026-03-01 08:30:00:00|2026-03-01 08:30:61|1899-12-31|\
            2101-01-01|0|1|60|1200|18263|73416|-46082|+46082|4.6082e4|46082.5.5|46,082|.5|inf|NaN|\
            1e5|46082元|2026-٣-01|2026--03-01|2026——03——01|二六年三月一日|二〇二六年十三月一日|二〇二六年三月三十二日|\
            二〇二六年三月一十日|二〇二六年月日|十年三月一日|2026-03-01 期日|星期日|日|周日|民国115年3月1日|2026年三月一日";
        for text in cases.split('|').chain([long.as_str()]) {
            assert_eq!(read_date(text), None, "{text:?}");
        }
    }

    #[test]
    fn excel_serials() {
        let cases = [
            (18_264.0, Some(day(1950, 1, 1))),
            (36_526.0, Some(day(2000, 1, 1))),
            (46_082.0, Some(day(2026, 3, 1))),
            (46_082.999_99, Some(day(2026, 3, 1))),
            (73_415.0, Some(day(2100, 12, 31))),
            (18_263.9, None),
            (73_416.0, None),
            (60.0, None),
            (-1.0, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
            (f64::MAX, None),
        ];
        for (serial, want) in cases {
            assert_eq!(from_excel_serial(serial), want, "{serial}");
        }
    }

    #[test]
    fn school_years_begin_in_september() {
        assert_eq!(school_year_of(day(2021, 8, 31)), 2020);
        assert_eq!(school_year_of(day(2021, 9, 1)), 2021);
        assert_eq!(school_year_of(day(2022, 1, 1)), 2021);
    }

    #[test]
    fn shanghai_is_eight_hours_ahead() {
        let before = day(2026, 2, 28).and_hms_opt(15, 59, 59).unwrap().and_utc().timestamp_millis();
        assert_eq!(shanghai_date(before), day(2026, 2, 28));
        assert_eq!(shanghai_date(before + 1000), day(2026, 3, 1));
        assert_eq!(shanghai_time(before + 1000), day(2026, 3, 1).and_hms_opt(0, 0, 0).unwrap());
        assert_eq!(shanghai_start(day(2026, 3, 1)), before + 1000);
        assert_eq!(shanghai_date(0), day(1970, 1, 1));
        assert_eq!(shanghai_time(i64::MAX), NaiveDateTime::MAX);
        assert_eq!(shanghai_time(i64::MIN), NaiveDateTime::MIN);
    }

    #[test]
    fn periods_have_their_days() {
        let cases = [
            ("2021", day(2021, 1, 1), day(2021, 12, 31), "2020"),
            ("2021-05", day(2021, 5, 1), day(2021, 5, 31), "2021-04"),
            ("2021-01", day(2021, 1, 1), day(2021, 1, 31), "2020-12"),
            ("2024-02", day(2024, 2, 1), day(2024, 2, 29), "2024-01"),
            ("2021-Q1", day(2021, 1, 1), day(2021, 3, 31), "2020-Q4"),
            ("2021-Q4", day(2021, 10, 1), day(2021, 12, 31), "2021-Q3"),
            ("2021-03-01", day(2021, 3, 1), day(2021, 3, 1), "2021-02-28"),
            ("sy2021", day(2021, 9, 1), day(2022, 8, 31), "sy2020"),
        ];
        for (text, first, last, previous) in cases {
            let period: Period = text.parse().unwrap();
            assert_eq!((period.first(), period.last()), (first, last), "{text}");
            assert_eq!(period.previous().to_string(), previous, "{text}");
            assert!(period.contains(first) && period.contains(last), "{text}");
            assert!(
                !period.contains(first.pred_opt().unwrap()) && !period.contains(last.succ_opt().unwrap()),
                "{text}"
            );
        }
        assert_eq!(Period::month_of(day(2021, 5, 3)).to_string(), "2021-05");
        assert_eq!(Period::quarter_of(day(2021, 5, 3)).to_string(), "2021-Q2");
    }

    #[test]
    fn what_is_no_period() {
        let long = "2021-".repeat(2000);
        let cases = "|21|20211|2021-|2021-5|2021-00|2021-13|2021-Q0|2021-Q5|2021-Q|2021-q1|2021-Q1-01|\
            2021-02-29|2021-05-3|2021-05-03-04|SY2021|sy|sy21|sy2021-05|+021|2021 |1899|3000|二〇二一|😀";
        for text in cases.split('|').chain([long.as_str()]) {
            assert_eq!(text.parse::<Period>(), Err(BadPeriod), "{text:?}");
        }
    }

    #[test]
    fn periods_that_only_code_can_make_have_days_too() {
        for period in [
            Period::Month { year: 2021, month: 0 },
            Period::Month { year: 2021, month: 99 },
            Period::Quarter { year: 2021, quarter: 0 },
            Period::Quarter { year: 2021, quarter: u32::MAX },
            Period::Year(i32::MAX),
            Period::SchoolYear(i32::MIN),
            Period::Day(NaiveDate::MIN),
            Period::Day(NaiveDate::MAX),
        ] {
            assert!(period.first() <= period.last(), "{period:?}");
            let _ = period.previous();
        }
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0u32..1100 * 365).prop_map(|n| day(1900, 1, 1) + TimeDelta::days(n.into()))
    }

    fn any_period() -> impl Strategy<Value = Period> {
        (any_day(), 0..5).prop_map(|(d, kind)| match kind {
            0 => Period::Day(d),
            1 => Period::month_of(d),
            2 => Period::quarter_of(d),
            3 => Period::Year(d.year()),
            _ => Period::SchoolYear(school_year_of(d).max(1900)),
        })
    }

    proptest! {
        #[test]
        fn a_period_reads_as_it_is_written(period in any_period()) {
            prop_assert_eq!(period.to_string().parse(), Ok(period));
        }

        #[test]
        fn periods_touch_and_never_overlap(period in any_period()) {
            prop_assert_eq!(period.previous().last().succ_opt(), Some(period.first()));
        }

        #[test]
        fn a_day_is_in_its_school_year(d in any_day()) {
            prop_assert!(Period::SchoolYear(school_year_of(d)).contains(d));
        }

        #[test]
        fn dates_read_back_in_every_form(n in 0i64..73_000) {
            let d = day(1901, 1, 1) + TimeDelta::days(n);
            for form in ["%Y-%m-%d", "%Y/%-m/%-d", "%Y.%-m.%-d", "%Y年%-m月%-d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S"] {
                let text = d.and_hms_opt(8, 5, 9).unwrap().format(form).to_string();
                prop_assert_eq!(read_date(&text), Some(d), "{}", text);
            }
        }

        #[test]
        fn nothing_makes_it_stumble(s in any::<String>()) {
            let _ = read_date(&s);
            let _ = s.parse::<Period>();
        }
    }
}
