//! What is asked, as data: `rules/duties.toml`.

use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::Subject;
use crate::lines;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $code:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize, Default)]
        pub enum $name { $(#[serde(rename = $code)] $(#[$inner])* $variant),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }
    )*};
}

codes! {
    /// Of whom it is asked.
    Level {
        County = "county", Bureau = "bureau", Department = "department", Township = "township",
        #[default] School = "school", Class = "class",
    }

    /// How often.
    Per {
        /// Every day of the year: a guard's post knows no holiday.
        #[default] Day = "day",
        SchoolDay = "school_day", Week = "week", Month = "month", Quarter = "quarter",
        HalfYear = "half_year", Year = "year", Term = "term", SchoolYear = "school_year",
        /// Once before a term begins, before it ends, and before each holiday of three days or more.
        TermStart = "term_start", TermEnd = "term_end", Holiday = "holiday",
    }

    /// What proves it.
    Proof {
        /// Nothing: it is said, and whoever looks in sees it.
        None = "none",
        /// Looked at by sample; nobody writes it down every time.
        Sampled = "sampled",
        /// A record; only this can be missed.
        #[default] Record = "record",
    }
}

/// To which subjects of its level it applies; what is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Applies {
    /// Types of school (for a class: its stage).
    pub kinds: Vec<String>,
    pub boarding: Option<bool>,
    pub canteen: Option<bool>,
    pub buses: Option<bool>,
}

/// One norm that asks for something again and again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DutyNorm {
    /// `drill.monthly`; its words stand under `duty.<code>`.
    pub code: String,
    /// What is to be done, by which room's record it is proven: `drill.evacuation`.
    pub fact: String,
    pub level: Level,
    #[serde(default)]
    pub applies: Applies,
    pub per: Per,
    /// How often within the period.
    #[serde(default = "once")]
    pub times: u32,
    /// The time of its last day; without one, the end of the day.
    #[serde(default)]
    pub due: Option<NaiveTime>,
    /// The kind of rounds whose time of the day it has, as each school's own timetable says; `due` stands in where a school has none.
    #[serde(default)]
    pub hours: Option<String>,
    /// Working days after the period's end.
    #[serde(default)]
    pub due_after: Option<u32>,
    /// Days after the period's end, as laws count them (15日前); the last is a working day, or the next one.
    #[serde(default)]
    pub due_days: Option<u32>,
    /// `["03-25", "03-31"]`: only this part of the year.
    #[serde(default)]
    pub window: Option<[String; 2]>,
    /// Before a term or holiday: how many days before it counts.
    #[serde(default = "fortnight")]
    pub within: u32,
    /// A period with fewer school days asks for nothing.
    #[serde(default)]
    pub school_days: u32,
    /// The post whose holder keeps it.
    pub keeper: String,
    #[serde(default)]
    pub proof: Proof,
    /// The law, regulation, standard or decision that says so.
    pub basis: String,
    /// What it is called, where the county asks for something that the program has no word for; in English the same.
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub en: String,
    /// `law`, `known`, `unsure`, `local`, as with other norms.
    pub mark: String,
    pub from: NaiveDate,
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Where it stands in its file.
    #[serde(skip)]
    pub line: usize,
}

const fn once() -> u32 {
    1
}

const fn fortnight() -> u32 {
    14
}

impl DutyNorm {
    /// Whether it is in force on a day.
    pub fn on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it is asked of a subject.
    pub fn asks(&self, subject: &Subject) -> bool {
        let fits = |wanted: Option<bool>, is: bool| wanted.is_none_or(|wanted| wanted == is);
        self.level == subject.level
            && (self.applies.kinds.is_empty() || self.applies.kinds.contains(&subject.kind))
            && fits(self.applies.boarding, subject.boarding)
            && fits(self.applies.canteen, subject.canteen)
            && fits(self.applies.buses, subject.buses)
    }

    /// The first and last day of its part of a year.
    pub(super) fn window_in(&self, year: i32) -> Option<(NaiveDate, NaiveDate)> {
        let [first, last] = self.window.as_ref()?;
        let day = |text: &str| format!("{year}-{text}").parse().ok();
        Some((day(first)?, day(last)?))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    duty: Vec<toml::Spanned<DutyNorm>>,
}

/// Everything that is asked.
#[derive(Clone, Debug, Default)]
pub struct DutyNorms(Vec<DutyNorm>);

impl DutyNorms {
    /// Reads rule files, given as (name, content).
    ///
    /// # Errors
    /// The file, line and norm, for what is no such norm: unknown members, a code that stands twice for one day, a window that is no part of
    /// a year, a count of zero, a mark that is none.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut all: Vec<DutyNorm> = Vec::new();
        for (name, content) in files {
            let file: File = toml::from_str(content).map_err(|error| lines::toml_fault(name, content, &error))?;
            for spanned in file.duty {
                let line = lines::line_at(content, spanned.span().start);
                let norm = DutyNorm { line, ..spanned.into_inner() };
                check(&norm, &all).map_err(|error| format!("{name}:{line}: {}: {error}", norm.code))?;
                all.push(norm);
            }
        }
        Ok(Self(all))
    }

    pub fn iter(&self) -> impl Iterator<Item = &DutyNorm> {
        self.0.iter()
    }

    /// A norm by its code, as it is on a day.
    pub fn get(&self, code: &str, day: NaiveDate) -> Option<&DutyNorm> {
        self.0.iter().find(|norm| norm.code == code && norm.on(day))
    }

    /// Any norm of a code, for its words.
    pub fn any(&self, code: &str) -> Option<&DutyNorm> {
        self.0.iter().find(|norm| norm.code == code)
    }

    /// Those that somebody can be asked about: a smaller house for one level or one code.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&DutyNorm) -> bool) -> Self {
        Self(self.0.iter().filter(|norm| keep(norm)).cloned().collect())
    }
}

fn check(norm: &DutyNorm, others: &[DutyNorm]) -> Result<(), String> {
    if norm.until.is_some_and(|until| until < norm.from) {
        return Err("ends before it begins".into());
    }
    if norm.times == 0 {
        return Err("asks for nothing: times is 0".into());
    }
    if !["law", "known", "unsure", "local"].contains(&norm.mark.as_str()) {
        return Err(format!("unknown mark {:?}", norm.mark));
    }
    if norm.hours.is_some() && !matches!(norm.per, Per::Day | Per::SchoolDay) {
        return Err("hours are those of a day".into());
    }
    if norm.window.is_some() && norm.per != Per::Year {
        return Err("a window is a part of a year".into());
    }
    // A leap year: 29 February may be the last day.
    if norm.window.is_some() && norm.window_in(2020).is_none_or(|(first, last)| last < first) {
        return Err("a window of no days".into());
    }
    let end = |norm: &DutyNorm| norm.until.unwrap_or(NaiveDate::MAX);
    let overlaps = |other: &&DutyNorm| other.code == norm.code && other.from <= end(norm) && norm.from <= end(other);
    match others.iter().find(overlaps) {
        Some(other) => Err(format!("overlaps the one from {}", other.from)),
        None => Ok(()),
    }
}
