//! Working days (工作日): weekends, statutory holidays and make-up workdays, and the counting of deadlines in them.
//!
//! Days are counted by the Civil Code (民法典) Art. 200 to 204: the day of the event is not counted, and a last day that
//! is a holiday moves to the next working day. Terms in hours run through holidays and are not counted here. The yearly
//! notices of the State Council General Office (国务院办公厅关于部分节假日安排的通知) are data, `rules/calendar.toml`; school days are
//! another calendar.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::value::Datetime;

/// A longer holiday than this many days is taken for a slip in the file: the longest so far had ten.
const LONGEST_HOLIDAY: i64 = 16;
/// As many skipped days as a page could show; the due day itself is exact for any count.
const MOST_SKIPPED: usize = 1000;

/// What a day is, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind<'a> {
    /// Monday to Friday, nothing special.
    Workday,
    /// A weekend day that is worked for a longer holiday (调休上班).
    MadeUp,
    /// A free Saturday or Sunday.
    Weekend,
    /// A day off by the year's notice, with the holiday's name (春节).
    Holiday(&'a str),
}

/// A counted deadline, with what a reader needs to count it again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The last day, a working day.
    pub due: NaiveDate,
    /// The days after the event and before `due` that were not counted, the first thousand of them.
    pub skipped: Vec<NaiveDate>,
    /// The years on the way for which no notice is known: there only weekends were skipped, so `due` may move.
    pub unknown: Vec<i32>,
}

#[derive(Debug, Clone)]
struct Year {
    notices: Vec<String>,
    off: BTreeMap<NaiveDate, String>,
    work: BTreeSet<NaiveDate>,
}

/// The working days of the years whose notices are known; in other years only weekends are free.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    basis: String,
    years: BTreeMap<i32, Year>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    basis: String,
    year: Vec<toml::Spanned<RawYear>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: i32,
    notices: Vec<String>,
    off: Vec<RawOff>,
    work: Vec<Datetime>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOff {
    name: String,
    from: Datetime,
    to: Datetime,
}

impl Calendar {
    /// Reads `rules/calendar.toml`.
    ///
    /// # Errors
    /// A sentence with the line, for what is not the expected TOML, or with the year and the date: a range that ends
    /// before it begins or is too long to be true, a date of another year, a date that is off twice or both off and
    /// worked, a make-up workday that is no weekend day, a year that stands twice or names no notice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: RawFile = toml::from_str(text).map_err(|e| crate::lines::fault(text, &e))?;
        let mut years = BTreeMap::new();
        for spanned in file.year {
            let line = crate::lines::line_at(text, spanned.span().start);
            let raw = spanned.into_inner();
            let number = raw.year;
            let year = Year::read(raw).map_err(|e| format!("line {line}: year {number}: {e}"))?;
            if years.insert(number, year).is_some() {
                return Err(format!("line {line}: year {number}: stands twice"));
            }
        }
        Ok(Self { basis: file.basis, years })
    }

    /// The rule of counting in the words of the file, for the page that shows a deadline.
    pub fn basis(&self) -> &str {
        &self.basis
    }

    /// The notices that made a year's holidays, with number and date; empty for an unknown year.
    pub fn notices(&self, year: i32) -> &[String] {
        self.years.get(&year).map_or(&[], |y| &y.notices)
    }

    /// Whether the notice for a year is in the calendar.
    pub fn known(&self, year: i32) -> bool {
        self.years.contains_key(&year)
    }

    /// The years touched by a range of days, either way round, for which no notice is known.
    pub fn unknown_years(&self, from: NaiveDate, to: NaiveDate) -> Vec<i32> {
        let (first, last) = (from.min(to).year(), from.max(to).year());
        (first..=last).filter(|y| !self.known(*y)).collect()
    }

    /// What a day is, and why.
    pub fn kind(&self, date: NaiveDate) -> DayKind<'_> {
        let weekend = is_weekend(date);
        let plain = if weekend { DayKind::Weekend } else { DayKind::Workday };
        let Some(year) = self.years.get(&date.year()) else { return plain };
        match year.off.get(&date) {
            Some(name) => DayKind::Holiday(name),
            None if year.work.contains(&date) => DayKind::MadeUp,
            None => plain,
        }
    }

    /// Whether a day is worked.
    pub fn is_workday(&self, date: NaiveDate) -> bool {
        matches!(self.kind(date), DayKind::Workday | DayKind::MadeUp)
    }

    /// The day itself if it is worked, otherwise the next one that is.
    pub fn next_workday_on_or_after(&self, date: NaiveDate) -> NaiveDate {
        days_from(date).find(|d| self.is_workday(*d)).unwrap_or(NaiveDate::MAX)
    }

    /// The `n`th working day after a day, which itself is not counted. With `n` = 0 the day itself, moved on if it is
    /// free, so that the result is always a working day. Counts that would leave what a date can hold end on its last
    /// day.
    pub fn add_workdays(&self, from: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 {
            return self.next_workday_on_or_after(from);
        }
        let (mut date, mut left) = (from, n);
        while left > 0 {
            // Beyond the last notice every week has five working days, so whole weeks are taken at once.
            let weeks = (left - 1) / 5;
            if weeks > 0 && self.years.range(date.year()..).next().is_none() {
                let Some(later) = date.checked_add_signed(TimeDelta::weeks(weeks.into())) else {
                    return NaiveDate::MAX;
                };
                (date, left) = (later, left - weeks * 5);
            }
            let Some(next) = date.succ_opt() else { return NaiveDate::MAX };
            date = next;
            left -= u32::from(self.is_workday(date));
        }
        date
    }

    /// The working days after `a` up to and including `b`; none if `b` is not later.
    pub fn workdays_between(&self, a: NaiveDate, b: NaiveDate) -> u32 {
        let days = days_from(a).skip(1).take_while(|d| *d <= b);
        days.map(|d| u32::from(self.is_workday(d))).sum()
    }

    /// The deadline of `n` working days after an event, with the counting; see [`Calendar::add_workdays`].
    pub fn deadline(&self, from: NaiveDate, n: u32) -> Deadline {
        let due = self.add_workdays(from, n);
        // With no days to wait it is the day of the event itself that may have to be skipped.
        let begin = usize::from(n > 0);
        let days = days_from(from).skip(begin).take_while(|d| *d < due);
        let skipped = days.filter(|d| !self.is_workday(*d)).take(MOST_SKIPPED).collect();
        Deadline { due, skipped, unknown: self.unknown_years(from, due) }
    }
}

impl Year {
    fn read(raw: RawYear) -> Result<Self, String> {
        if raw.notices.is_empty() || raw.off.is_empty() {
            return Err("needs at least one notice and one holiday".to_owned());
        }
        let mut off = BTreeMap::new();
        for entry in raw.off {
            for day in entry.days(raw.year)? {
                if off.insert(day, entry.name.clone()).is_some() {
                    return Err(format!("{day} is off twice"));
                }
            }
        }
        let mut work = BTreeSet::new();
        for written in raw.work {
            let day = read_day(written, raw.year)?;
            check_made_up(day, &off)?;
            if !work.insert(day) {
                return Err(format!("{day} is worked twice"));
            }
        }
        Ok(Self { notices: raw.notices, off, work })
    }
}

impl RawOff {
    fn days(&self, year: i32) -> Result<impl Iterator<Item = NaiveDate> + use<>, String> {
        let (from, to) = (read_day(self.from, year)?, read_day(self.to, year)?);
        if to < from {
            return Err(format!("{} ends on {to} before it begins on {from}", self.name));
        }
        if (to - from).num_days() >= LONGEST_HOLIDAY {
            return Err(format!("{} from {from} to {to} is too long to be true", self.name));
        }
        Ok(days_from(from).take_while(move |d| *d <= to))
    }
}

fn check_made_up(day: NaiveDate, off: &BTreeMap<NaiveDate, String>) -> Result<(), String> {
    if off.contains_key(&day) {
        return Err(format!("{day} is both off and worked"));
    }
    if is_weekend(day) { Ok(()) } else { Err(format!("{day} is no weekend day, so it cannot be a make-up workday")) }
}

fn read_day(written: Datetime, year: i32) -> Result<NaiveDate, String> {
    let date = written.date.filter(|_| written.time.is_none() && written.offset.is_none());
    let day = date.and_then(|d| NaiveDate::from_ymd_opt(d.year.into(), d.month.into(), d.day.into()));
    let day = day.ok_or_else(|| format!("{written} is not a date"))?;
    if day.year() == year { Ok(day) } else { Err(format!("{day} is of another year")) }
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Every day from this one on. (`NaiveDate::iter_days` would leave out the very last day that a date can hold.)
fn days_from(date: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(date), NaiveDate::succ_opt)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static OFFICIAL: LazyLock<Calendar> =
        LazyLock::new(|| Calendar::parse(include_str!("../../../rules/calendar.toml")).unwrap());

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn the_years_have_their_working_days() {
        // Working days and worked weekend days of each year, computed from another transcription of the notices.
        let years = [
            (2020, 249, 6),
            (2021, 250, 7),
            (2022, 249, 7),
            (2023, 249, 7),
            (2024, 251, 8),
            (2025, 248, 5),
            (2026, 248, 6),
        ];
        for (year, workdays, made_up) in years {
            assert!(OFFICIAL.known(year) && !OFFICIAL.notices(year).is_empty(), "{year}");
            assert_eq!(OFFICIAL.workdays_between(day(year - 1, 12, 31), day(year, 12, 31)), workdays, "{year}");
            let worked = days_from(day(year, 1, 1))
                .take(366)
                .filter(|d| d.year() == year && OFFICIAL.kind(*d) == DayKind::MadeUp);
            assert_eq!(worked.count(), made_up, "{year}");
            for (month, d) in [(1, 1), (5, 1), (10, 1), (10, 2), (10, 3)] {
                assert!(matches!(OFFICIAL.kind(day(year, month, d)), DayKind::Holiday(_)), "{year}-{month}-{d}");
            }
        }
        assert!(!OFFICIAL.known(2019) && !OFFICIAL.known(2027));
        assert!(OFFICIAL.notices(2027).is_empty());
        assert!(OFFICIAL.basis().contains("民法典"));
    }

    #[test]
    fn days_of_every_kind() {
        let cases = [
            (day(2026, 3, 2), DayKind::Workday),
            (day(2026, 3, 1), DayKind::Weekend),
            (day(2026, 2, 28), DayKind::MadeUp),
            (day(2026, 2, 16), DayKind::Holiday("春节")),
            (day(2020, 1, 31), DayKind::Holiday("春节")),
            (day(2020, 2, 1), DayKind::Holiday("春节")),
            (day(2020, 2, 3), DayKind::Workday),
            (day(2022, 12, 31), DayKind::Holiday("元旦")),
            (day(2023, 1, 2), DayKind::Holiday("元旦")),
            (day(2027, 1, 1), DayKind::Workday),
            (day(2027, 1, 2), DayKind::Weekend),
        ];
        for (date, kind) in cases {
            assert_eq!(OFFICIAL.kind(date), kind, "{date}");
        }
    }

    #[test]
    fn deadlines() {
        let cases = [
            // A Friday, and the Monday after it.
            (day(2026, 3, 6), 1, day(2026, 3, 9)),
            // Over the Spring Festival, whose make-up days are worked.
            (day(2026, 2, 13), 1, day(2026, 2, 14)),
            (day(2026, 2, 13), 2, day(2026, 2, 24)),
            (day(2026, 2, 14), 5, day(2026, 2, 28)),
            // Five working days over the National Day of 2021.
            (day(2021, 9, 30), 1, day(2021, 10, 8)),
            (day(2021, 9, 30), 5, day(2021, 10, 13)),
            (day(2020, 1, 23), 1, day(2020, 2, 3)),
            // No days: the day itself, or the next one that is worked.
            (day(2026, 3, 6), 0, day(2026, 3, 6)),
            (day(2026, 3, 7), 0, day(2026, 3, 9)),
            // Into a year without a notice: only weekends.
            (day(2026, 12, 31), 1, day(2027, 1, 1)),
        ];
        for (from, n, due) in cases {
            assert_eq!(OFFICIAL.add_workdays(from, n), due, "{from} + {n}");
            assert_eq!(OFFICIAL.deadline(from, n).due, due, "{from} + {n}");
        }
        let shown = OFFICIAL.deadline(day(2021, 4, 30), 3);
        let may = [1, 2, 3, 4, 5].map(|d| day(2021, 5, d));
        assert_eq!(shown, Deadline { due: day(2021, 5, 8), skipped: may.to_vec(), unknown: vec![] });
        let beyond = OFFICIAL.deadline(day(2026, 12, 31), 1);
        assert_eq!((beyond.skipped, beyond.unknown), (vec![], vec![2027]));
        assert_eq!(OFFICIAL.deadline(day(2026, 3, 7), 0).skipped, [day(2026, 3, 7), day(2026, 3, 8)]);
    }

    #[test]
    fn years_without_notice_are_told() {
        assert_eq!(OFFICIAL.unknown_years(day(2026, 1, 1), day(2026, 12, 31)), Vec::<i32>::new());
        assert_eq!(OFFICIAL.unknown_years(day(2018, 5, 1), day(2020, 1, 1)), [2018, 2019]);
        assert_eq!(OFFICIAL.unknown_years(day(2028, 5, 1), day(2026, 1, 1)), [2027, 2028]);
    }

    #[test]
    fn counts_beyond_all_dates_end() {
        assert_eq!(OFFICIAL.add_workdays(day(2026, 1, 1), u32::MAX), NaiveDate::MAX);
        assert_eq!(OFFICIAL.add_workdays(NaiveDate::MAX, 1), NaiveDate::MAX);
        assert_eq!(OFFICIAL.workdays_between(NaiveDate::MAX, NaiveDate::MAX), 0);
        assert_eq!(OFFICIAL.workdays_between(day(2026, 3, 2), day(2026, 3, 1)), 0);
        assert_eq!(OFFICIAL.deadline(day(2026, 1, 1), u32::MAX).skipped.len(), MOST_SKIPPED);
    }

    /// A file with one year, `off` and `work` as given.
    fn file(off: &str, work: &str) -> String {
        format!("basis = \"b\"\n[[year]]\nyear = 2026\nnotices = [\"n\"]\noff = [{off}]\nwork = [{work}]\n")
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_place() {
        let new_year = "{ name = \"元旦\", from = 2026-01-01, to = 2026-01-03 }";
        assert!(Calendar::parse(&file(new_year, "2026-01-04")).is_ok());
        let span = |from: &str, to: &str| format!("{{ name = \"x\", from = {from}, to = {to} }}");
        let twice = format!("{new_year}, {}", span("2026-01-03", "2026-01-05"));
        let two_years = file(new_year, "") + &file(new_year, "").replace("basis = \"b\"", "");
        let cases = [
            (file(&span("2026-01-03", "2026-01-01"), ""), "before it begins"),
            (file(&span("2025-12-31", "2026-01-01"), ""), "another year"),
            (file(&span("2026-01-01", "2027-01-01"), ""), "another year"),
            (file(&span("2026-01-01", "2026-10-01"), ""), "too long"),
            (file(&span("2026-01-01T08:00:00", "2026-01-01"), ""), "not a date"),
            (file(&span("08:00:00", "2026-01-01"), ""), "not a date"),
            (file(&twice, ""), "2026-01-03 is off twice"),
            (file(new_year, "2026-01-03"), "2026-01-03 is both off and worked"),
            (file(new_year, "2026-01-05"), "2026-01-05 is no weekend day"),
            (file(new_year, "2026-01-04, 2026-01-04"), "worked twice"),
            (file(new_year, "2027-01-03"), "another year"),
            (file("", ""), "at least one"),
            (two_years, "stands twice"),
            (file(new_year, "2026-02-30"), "line 6"),
            (file(new_year, "\"2026-01-04\""), "line 6"),
            (file(new_year, "") + "more = 1", "line 7"),
            (file(new_year, "").replace("[\"n\"]", "[]"), "at least one"),
            ("😀".repeat(2500), "line 1"),
            (String::new(), "basis"),
        ];
        for (text, want) in cases {
            let error = Calendar::parse(&text).err().unwrap_or_default();
            assert!(error.contains(want), "{error:?} should say {want:?}");
            assert!(error.contains("year 2026: ") || error.contains("line "), "{error:?} names no place");
        }
    }

    fn any_day() -> impl Strategy<Value = NaiveDate> {
        (0i64..20 * 365).prop_map(|n| day(2015, 1, 1) + TimeDelta::days(n))
    }

    /// The definition, day by day.
    fn naive(from: NaiveDate, n: u32) -> NaiveDate {
        let (mut date, mut counted) = (from, 0);
        while counted < n {
            date = date.succ_opt().unwrap();
            counted += u32::from(OFFICIAL.is_workday(date));
        }
        date
    }

    proptest! {
        #[test]
        fn adding_is_counting_day_by_day(from in any_day(), n in 1u32..3000) {
            let due = OFFICIAL.add_workdays(from, n);
            prop_assert_eq!(due, naive(from, n));
            prop_assert!(OFFICIAL.is_workday(due));
            prop_assert_eq!(OFFICIAL.workdays_between(from, due), n);
        }

        #[test]
        fn later_events_and_longer_terms_end_no_earlier(a in any_day(), b in any_day(), n in 0u32..200) {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(OFFICIAL.add_workdays(a, n) <= OFFICIAL.add_workdays(b, n));
            prop_assert!(OFFICIAL.add_workdays(a, n) <= OFFICIAL.add_workdays(a, n + 1));
            prop_assert!(OFFICIAL.add_workdays(a, n + 1) < OFFICIAL.add_workdays(a, n + 2));
        }

        #[test]
        fn a_deadline_accounts_for_every_day(from in any_day(), n in 0u32..200) {
            let Deadline { due, skipped, .. } = OFFICIAL.deadline(from, n);
            let days = u32::try_from((due - from).num_days()).unwrap();
            prop_assert_eq!(u32::try_from(skipped.len()).unwrap() + n, days);
            prop_assert!(OFFICIAL.is_workday(due) && skipped.iter().all(|d| !OFFICIAL.is_workday(*d)));
        }

        #[test]
        fn the_next_workday_is_the_nearest(from in any_day()) {
            let next = OFFICIAL.next_workday_on_or_after(from);
            prop_assert!(OFFICIAL.is_workday(next) && next >= from);
            prop_assert!(days_from(from).take_while(|d| *d < next).all(|d| !OFFICIAL.is_workday(d)));
        }
    }
}
