//! School days (教学日): terms, boarding weeks, exam days and suspensions, as data.
//!
//! A school day is another thing than a working day: it lies in a term of the school, is no holiday, weekend or vacation, and the school was
//! not suspended (停课). Attendance, drills and the daily minute are counted in school days, the deadlines of offices in working days.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use uuid::Uuid;

use crate::calendar::{Calendar, DayKind};
use crate::dates;
use crate::timetable::Usual;

/// A count of school days that has not ended after so many days never will: nobody has entered the terms that far.
const FURTHEST: i64 = 800;

/// 寄宿生回家周期: how often boarders go home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Every weekend.
    Weekly,
    /// Every second weekend, the first one of the term among them.
    Fortnightly,
    /// Every fourth weekend (月假).
    Monthly,
}

impl Home {
    pub const CODES: &'static [&'static str] = &["weekly", "fortnightly", "monthly"];

    pub fn read(code: &str) -> Option<Self> {
        Some(match code {
            "weekly" => Self::Weekly,
            "fortnightly" => Self::Fortnightly,
            "monthly" => Self::Monthly,
            _ => return None,
        })
    }

    const fn weeks(self) -> i64 {
        match self {
            Self::Weekly => 1,
            Self::Fortnightly => 2,
            Self::Monthly => 4,
        }
    }
}

/// 学期: of one school, or of every school that has none of its own for this season.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub school: Option<Uuid>,
    /// The school year that begins on 1 September of this year.
    pub year: i32,
    /// `autumn` or `spring`
    pub season: String,
    pub from: NaiveDate,
    pub until: NaiveDate,
    pub home: Home,
}

/// Which schools something is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Where {
    Everywhere,
    /// These schools and campuses; a township's are already looked up.
    Schools(HashSet<Uuid>),
}

impl Where {
    pub fn holds(&self, school: Uuid) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Schools(schools) => schools.contains(&school),
        }
    }
}

/// 停课: days without lessons that nobody had planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    pub place: Where,
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// `rain`, `epidemic`, `ice`, …
    pub reason: String,
}

/// What makes a day of the school's own calendar another one than the week says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Special {
    /// 考试: lessons as usual or not, pupils are there.
    Exam,
    /// 补课、调课: lessons on a day that would be free.
    Lessons,
    /// 校定放假: no lessons on a day that would have some (运动会后调休, 高考考点).
    Off,
    /// 周末留校: boarders stay although it is a weekend to go home.
    Stay,
}

impl Special {
    pub const CODES: &'static [&'static str] = &["exam", "lessons", "off", "stay"];

    pub fn read(code: &str) -> Option<Self> {
        Some(match code {
            "exam" => Self::Exam,
            "lessons" => Self::Lessons,
            "off" => Self::Off,
            "stay" => Self::Stay,
            _ => return None,
        })
    }
}

/// 校历日: some days that are special at some schools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialDays {
    pub place: Where,
    pub kind: Special,
    pub from: NaiveDate,
    pub until: NaiveDate,
    /// 期末考试
    pub name: String,
}

/// What a day is at a school, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchoolDay<'a> {
    /// Lessons, nothing special.
    Lessons,
    /// Lessons on a day that would be free: by the State Council's notice or by the school's own calendar.
    MadeUp,
    /// 考试
    Exam(&'a str),
    Weekend,
    /// A day off by the year's notice.
    Holiday(&'a str),
    /// 校定放假
    Off(&'a str),
    /// 停课, with its reason.
    Suspended(&'a str),
    /// 假期: between terms.
    Vacation,
}

impl SchoolDay<'_> {
    /// Whether pupils are at school.
    pub const fn is_school_day(self) -> bool {
        matches!(self, Self::Lessons | Self::MadeUp | Self::Exam(_))
    }
}

/// The terms of the county and its schools, with what interrupted them.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// By school, `None` for the county's own; within a school by day.
    by_school: HashMap<Option<Uuid>, BTreeMap<NaiveDate, Term>>,
    suspensions: Vec<Suspension>,
    specials: Vec<SpecialDays>,
    usual: Vec<Usual>,
    /// The first day on which a school is none any more.
    closed: HashMap<Uuid, NaiveDate>,
}

impl Terms {
    pub fn new(
        terms: impl IntoIterator<Item = Term>,
        suspensions: Vec<Suspension>,
        specials: Vec<SpecialDays>,
        usual: &[Usual],
    ) -> Self {
        let mut by: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        for term in terms {
            by.entry(term.school).or_default().insert(term.from, term);
        }
        Self { by_school: by, suspensions, specials, usual: usual.to_vec(), closed: HashMap::new() }
    }

    /// With the schools that were closed, each from its day on: no school is held there any more, whatever else nobody has ended.
    #[must_use]
    pub fn closing(self, closed: impl IntoIterator<Item = (Uuid, NaiveDate)>) -> Self {
        Self { closed: closed.into_iter().collect(), ..self }
    }

    fn is_closed(&self, school: Uuid, day: NaiveDate) -> bool {
        self.closed.get(&school).is_some_and(|closed| *closed <= day)
    }

    /// The term of a school on a day. A term of its own stands in place of the county's of the same season.
    pub fn term(&self, school: Uuid, day: NaiveDate) -> Option<&Term> {
        if self.is_closed(school, day) { None } else { self.planned(school, day) }
    }

    fn planned(&self, school: Uuid, day: NaiveDate) -> Option<&Term> {
        if let Some(own) = self.of(Some(school), day) {
            return Some(own);
        }
        let common = self.of(None, day)?;
        let own = self.by_school.get(&Some(school));
        let replaced = |term: &Term| term.year == common.year && term.season == common.season;
        (!own.is_some_and(|own| own.values().any(replaced))).then_some(common)
    }

    fn of(&self, school: Option<Uuid>, day: NaiveDate) -> Option<&Term> {
        let (_, term) = self.by_school.get(&school)?.range(..=day).next_back()?;
        (day <= term.until).then_some(term)
    }

    /// Whether what is said of a day rests on a term that somebody has entered, for the school or the county. Where nobody has, the usual term of
    /// that season stands in, and a page says so; between terms any of the school year will do.
    pub fn known(&self, school: Uuid, day: NaiveDate) -> bool {
        let year = dates::school_year_of(day);
        let mut usual = self.usual.iter().filter(|usual| usual.holds(day)).peekable();
        if usual.peek().is_none() {
            return self.entered(school, |term| term.year == year);
        }
        self.term(school, day).is_some() || usual.all(|usual| self.entered(school, of_season(year, &usual.season)))
    }

    /// Whether a day lies in a term of the school: in one that was entered, or in the usual one of a season that nobody has entered. Who has entered
    /// the autumn alone has not said that there is no spring.
    pub fn in_term(&self, school: Uuid, day: NaiveDate) -> bool {
        !self.is_closed(school, day) && self.in_season(school, day)
    }

    /// The same as it was planned: the term of a school that closes within it ends no earlier.
    pub fn in_season(&self, school: Uuid, day: NaiveDate) -> bool {
        let year = dates::school_year_of(day);
        let stands_in = |usual: &Usual| usual.holds(day) && !self.entered(school, of_season(year, &usual.season));
        self.planned(school, day).is_some() || self.usual.iter().any(stands_in)
    }

    /// Whether there is such a term, of the school's own or the county's.
    fn entered(&self, school: Uuid, held: impl Fn(&Term) -> bool) -> bool {
        let of = |whose| self.by_school.get(&whose).is_some_and(|own| own.values().any(&held));
        of(Some(school)) || of(None)
    }

    pub fn suspension(&self, school: Uuid, day: NaiveDate) -> Option<&Suspension> {
        self.suspensions.iter().find(|one| one.from <= day && day <= one.until && one.place.holds(school))
    }

    /// What is special about a day at a school, of one kind.
    pub fn special(&self, school: Uuid, day: NaiveDate, kind: Special) -> Option<&str> {
        let found = self
            .specials
            .iter()
            .find(|one| one.kind == kind && one.from <= day && day <= one.until && one.place.holds(school));
        found.map(|one| one.name.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = &Term> {
        self.by_school.values().flat_map(BTreeMap::values)
    }
}

fn of_season(year: i32, season: &str) -> impl Fn(&Term) -> bool {
    move |term| term.year == year && term.season == season
}

/// What a day is at a school, and why. What was suspended is suspended even on a day of exams; a holiday is free unless the school's own
/// calendar says that it teaches.
pub fn school_day<'a>(calendar: &'a Calendar, terms: &'a Terms, school: Uuid, day: NaiveDate) -> SchoolDay<'a> {
    if !terms.in_term(school, day) {
        return SchoolDay::Vacation;
    }
    if let Some(suspended) = terms.suspension(school, day) {
        return SchoolDay::Suspended(&suspended.reason);
    }
    if let Some(name) = terms.special(school, day, Special::Off) {
        return SchoolDay::Off(name);
    }
    let extra = terms.special(school, day, Special::Lessons).is_some();
    match calendar.kind(day) {
        DayKind::Workday | DayKind::MadeUp => {}
        _ if extra => {}
        DayKind::Weekend => return SchoolDay::Weekend,
        DayKind::Holiday(name) => return SchoolDay::Holiday(name),
    }
    match terms.special(school, day, Special::Exam) {
        Some(name) => SchoolDay::Exam(name),
        None if extra || calendar.kind(day) == DayKind::MadeUp => SchoolDay::MadeUp,
        None => SchoolDay::Lessons,
    }
}

/// Whether pupils are at school on a day.
pub fn is_school_day(calendar: &Calendar, terms: &Terms, school: Uuid, day: NaiveDate) -> bool {
    school_day(calendar, terms, school, day).is_school_day()
}

/// The school days after `a` up to and including `b`; none if `b` is not later. The day of the event is not counted, as with working days.
pub fn school_days_between(calendar: &Calendar, terms: &Terms, school: Uuid, a: NaiveDate, b: NaiveDate) -> u32 {
    let days = days_after(a).take_while(|day| *day <= b);
    days.map(|day| u32::from(is_school_day(calendar, terms, school, day))).sum()
}

/// The `n`th school day after a day, which itself is not counted; with `n` = 0 the day itself or the next that is one. `None` where the
/// terms that are known do not reach so far.
pub fn add_school_days(calendar: &Calendar, terms: &Terms, school: Uuid, from: NaiveDate, n: u32) -> Option<NaiveDate> {
    let (mut left, mut last) = (n, from);
    if n == 0 {
        if is_school_day(calendar, terms, school, from) {
            return Some(from);
        }
        left = 1;
    }
    for day in days_after(from) {
        if (day - last).num_days() > FURTHEST {
            return None;
        }
        if is_school_day(calendar, terms, school, day) {
            (left, last) = (left - 1, day);
            if left == 0 {
                return Some(day);
            }
        }
    }
    None
}

/// Whether boarders sleep at school in the night that begins on this day: before a school day, and over the weekends on which they do not
/// go home. They come back on the evening before lessons begin.
pub fn boarders_stay(calendar: &Calendar, terms: &Terms, school: Uuid, day: NaiveDate) -> bool {
    let Some(next) = day.succ_opt() else { return false };
    if terms.suspension(school, day).is_some() {
        return false;
    }
    if is_school_day(calendar, terms, school, next) || terms.special(school, day, Special::Stay).is_some() {
        return true;
    }
    let Some(term) = terms.term(school, day).filter(|term| next <= term.until) else { return false };
    let weekend = matches!(next.weekday(), Weekday::Sat | Weekday::Sun)
        && matches!(calendar.kind(next), DayKind::Weekend)
        && matches!(calendar.kind(day), DayKind::Weekend | DayKind::Workday | DayKind::MadeUp);
    weekend && week_of(term, next) % term.home.weeks() != 0
}

/// The week of the term that a day is in, from 0; weeks begin on Monday.
fn week_of(term: &Term, day: NaiveDate) -> i64 {
    let monday = |day: NaiveDate| day - TimeDelta::days(day.weekday().num_days_from_monday().into());
    (monday(day) - monday(term.from)).num_weeks()
}

fn days_after(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(day.succ_opt(), NaiveDate::succ_opt)
}

#[cfg(test)]
mod tests;
