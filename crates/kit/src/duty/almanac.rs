//! The days of a school as duties see them: which are worked, on which school is held, where terms and holidays begin.

use chrono::{Datelike, Days, Months, NaiveDate, TimeDelta};

use super::{DutyNorm, Per, Span};
use crate::dates::shanghai_start;

const DAY: i64 = 86_400_000;
/// A holiday shorter than this is a weekend.
const HOLIDAY: i64 = 3;

/// First and last day.
type Stretch = (NaiveDate, NaiveDate);

/// The days from one to another. Schools with the same terms and no suspension share one.
#[derive(Clone, Debug, PartialEq)]
pub struct Almanac {
    first: NaiveDate,
    /// For each day from `first`: worked, school held.
    days: Vec<(bool, bool)>,
    terms: Vec<Stretch>,
    /// Stretches within a term on which no school is held, three days or longer.
    holidays: Vec<Stretch>,
}

impl Almanac {
    /// The days between two, both included; `worked` and `school` say what each is, `terms` in order.
    pub fn new(
        first: NaiveDate,
        last: NaiveDate,
        terms: Vec<Stretch>,
        worked: impl Fn(NaiveDate) -> bool,
        school: impl Fn(NaiveDate) -> bool,
    ) -> Self {
        let days: Vec<_> =
            first.iter_days().take_while(|day| *day <= last).map(|day| (worked(day), school(day))).collect();
        let mut almanac = Self { first, days, terms, holidays: Vec::new() };
        almanac.holidays = almanac.free();
        almanac
    }

    fn at(&self, day: NaiveDate) -> Option<(bool, bool)> {
        usize::try_from((day - self.first).num_days()).ok().and_then(|at| self.days.get(at)).copied()
    }

    pub fn is_school_day(&self, day: NaiveDate) -> bool {
        self.at(day).is_some_and(|(_, school)| school)
    }

    fn is_workday(&self, day: NaiveDate) -> bool {
        // What lies beyond the known days is counted as a week is.
        self.at(day).map_or_else(|| day.weekday().number_from_monday() < 6, |(worked, _)| worked)
    }

    pub fn last(&self) -> NaiveDate {
        self.first + TimeDelta::days(i64::try_from(self.days.len()).unwrap_or(1) - 1)
    }

    fn free(&self) -> Vec<Stretch> {
        let mut found = Vec::new();
        for (begin, end) in &self.terms {
            let mut since: Option<NaiveDate> = None;
            for day in begin.iter_days().take_while(|day| day <= end) {
                // What was suspended nobody saw coming: a holiday is free by the calendar.
                if !self.is_school_day(day) && !self.is_workday(day) {
                    since = since.or(Some(day));
                } else if let Some(from) = since.take()
                    && (day - from).num_days() >= HOLIDAY
                {
                    found.push((from, day - TimeDelta::days(1)));
                }
            }
        }
        found
    }

    fn school_days(&self, (first, last): Stretch) -> u32 {
        let days = first.iter_days().take_while(|day| *day <= last);
        u32::try_from(days.filter(|day| self.is_school_day(*day)).count()).unwrap_or(u32::MAX)
    }

    /// The last moment that is in time: the end of the period, or its time of day, or so many days or working days later.
    fn due(&self, norm: &DutyNorm, last: NaiveDate) -> (i64, NaiveDate) {
        let mut day = last;
        for _ in 0..norm.due_after.unwrap_or(0) {
            day = day.iter_days().skip(1).take(60).find(|day| self.is_workday(*day)).unwrap_or(day);
        }
        if let Some(days) = norm.due_days {
            let named = day + TimeDelta::days(days.into());
            day = named.iter_days().take(60).find(|day| self.is_workday(*day)).unwrap_or(named);
        }
        let within =
            norm.due.map_or(DAY - 1, |time| i64::from(chrono::Timelike::num_seconds_from_midnight(&time)) * 1000);
        (shanghai_start(day) + within, day)
    }

    /// The periods of a norm whose due day lies between two days.
    pub fn spans(&self, norm: &DutyNorm, from: NaiveDate, to: NaiveDate) -> Vec<Span> {
        // A due day may lie weeks after its period: look back far enough.
        let back = if norm.due_after.or(norm.due_days).is_some() { 120 } else { 0 };
        let begin = (from - TimeDelta::days(back)).max(self.first);
        let stretches = self.stretches(norm, begin, to.min(self.last()));
        let mut spans = Vec::with_capacity(stretches.len());
        for (at, stretch) in stretches.iter().copied().enumerate() {
            if norm.school_days > 0 && self.school_days(stretch) < norm.school_days {
                continue;
            }
            let (first, last) = stretch;
            let (due, due_on) = self.due(norm, last);
            if (from..=to).contains(&due_on) {
                let next = stretches.get(at + 1).and_then(|(next, _)| next.pred_opt());
                spans.push(Span { first, last, closes: closes(norm, last, next), due, due_on });
            }
        }
        spans
    }

    /// The periods that touch a stretch of days.
    fn stretches(&self, norm: &DutyNorm, from: NaiveDate, to: NaiveDate) -> Vec<Stretch> {
        let days = || from.iter_days().take_while(|day| *day <= to);
        match norm.per {
            Per::Day => days().map(|day| (day, day)).collect(),
            Per::SchoolDay => days().filter(|day| self.is_school_day(*day)).map(|day| (day, day)).collect(),
            Per::Week => steps(monday(from), to, |day| day + TimeDelta::days(7)),
            Per::Month => steps(first_of(from, 1), to, |day| later(day, 1)),
            Per::Quarter => steps(first_of(from, 3), to, |day| later(day, 3)),
            Per::HalfYear => steps(first_of(from, 6), to, |day| later(day, 6)),
            Per::Year if norm.window.is_some() => {
                (from.year()..=to.year() + 1).filter_map(|year| norm.window_in(year)).collect()
            }
            Per::Year => steps(first_of(from, 12), to, |day| later(day, 12)),
            // From September to August (学年).
            Per::SchoolYear => {
                let year = crate::dates::school_year_of(from);
                let first = NaiveDate::from_ymd_opt(year, 9, 1).unwrap_or(from);
                steps(first, to, |day| later(day, 12))
            }
            Per::Term => self.terms.clone(),
            Per::TermStart => Self::before(norm, self.terms.iter().map(|(first, _)| *first)),
            Per::TermEnd => Self::before(norm, self.terms.iter().filter_map(|(_, last)| last.succ_opt())),
            Per::Holiday => {
                let ends = self.terms.iter().filter_map(|(_, last)| last.succ_opt());
                let mut firsts: Vec<_> = self.holidays.iter().map(|(first, _)| *first).chain(ends).collect();
                firsts.sort_unstable();
                Self::before(norm, firsts.into_iter())
            }
        }
    }

    /// The days before each of these, the last of them the day before.
    fn before(norm: &DutyNorm, firsts: impl Iterator<Item = NaiveDate>) -> Vec<Stretch> {
        let ahead = |day: NaiveDate, days: u32| day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day);
        let mut begun = NaiveDate::MIN;
        let mut stretches = Vec::new();
        for first in firsts {
            // Two holidays within a fortnight: each has its own days.
            let stretch = (ahead(first, norm.within).max(begun), ahead(first, 1));
            if stretch.0 <= stretch.1 {
                stretches.push(stretch);
            }
            begun = first;
        }
        stretches
    }
}

/// What is done before an event or in a part of the year may be made up for within a month, until the next one begins.
fn closes(norm: &DutyNorm, last: NaiveDate, next: Option<NaiveDate>) -> NaiveDate {
    match norm.per {
        Per::TermStart | Per::TermEnd | Per::Holiday => {
            let month = last + TimeDelta::days(30);
            next.map_or(month, |next| next.min(month)).max(last)
        }
        Per::Year if norm.window.is_some() => last + TimeDelta::days(30),
        _ => last,
    }
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))
}

/// The first day of the stretch of so many months of the year in which a day lies.
fn first_of(day: NaiveDate, months: u32) -> NaiveDate {
    let month = (day.month0() / months) * months + 1;
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}

fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX)
}

fn steps(first: NaiveDate, to: NaiveDate, next: impl Fn(NaiveDate) -> NaiveDate) -> Vec<Stretch> {
    let starts = std::iter::successors(Some(first), |day| Some(next(*day))).take_while(|day| *day <= to);
    starts.map(|day| (day, next(day) - TimeDelta::days(1))).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::duty::DutyNorms;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// National Day, and two days later a long weekend: the days before the second begin with the first, and what was left out before the first may be
    /// made up for until those of the second begin.
    #[test]
    fn two_holidays_within_a_fortnight_have_each_its_own_days() {
        let line = "duty = [{ code = \"a\", fact = \"f\", level = \"school\", per = \"holiday\", within = 14, keeper = \"k\", from = \"2020-01-01\", mark = \"local\", basis = \"b\" }]";
        let norms = DutyNorms::parse(&[("a.toml", line)]).unwrap();
        let term = (day("2021-09-01"), day("2022-01-20"));
        let free = |on: NaiveDate| (day("2021-10-01")..=day("2021-10-07")).contains(&on) || on == day("2021-10-11");
        let worked = move |on: NaiveDate| on.weekday().number_from_monday() < 6 && !free(on);
        let school = move |on: NaiveDate| worked(on) && (term.0..=term.1).contains(&on);
        let almanac = Almanac::new(day("2021-08-01"), day("2022-02-28"), vec![term], worked, school);
        let spans = almanac.spans(norms.get("a", day("2021-10-01")).unwrap(), day("2021-09-01"), day("2021-12-31"));
        let said: Vec<_> = spans.iter().map(|span| (span.first, span.last, span.closes)).collect();
        let expected = [("2021-09-17", "2021-09-30", "2021-09-30"), ("2021-10-01", "2021-10-08", "2021-11-07")];
        assert_eq!(said, expected.map(|(first, last, closes)| (day(first), day(last), day(closes))));
    }
}
