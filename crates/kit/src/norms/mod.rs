//! Norms: dated figures with their legal basis, as data. No figure of law or county practice stands in code.
//!
//! A norm is a line of a file of `rules/`. What the county decided (an override with its approval, a confirmation, an early adoption) is
//! laid over it by [`Norms::decided`]; every question is asked of a day, so a past day keeps the norm of that day. Where several norms of one key
//! apply to somebody, the stricter one holds, unless a higher norm forbids it.

pub mod applies;
pub mod decide;
pub mod decimal;
mod read;
pub mod tables;

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveTime};

pub use applies::{Applies, Subject};
pub use decide::{Decided, Decision};
pub use decimal::Decimal;
pub use tables::{Band, Rounding, Score, Step, Weight};

use crate::Refusal;

/// How certain a figure is: read in the text, known, to be confirmed (待核), the county's own decision.
pub const MARKS: &[&str] = &["law", "known", "unsure", "local"];

/// The hierarchy of norms, from high to low: 法律, 行政法规, 地方性法规和部门规章, 地方政府规章, 规范性文件, 标准, 县级决定, 学校制度.
pub const LEVELS: &[&str] =
    &["statute", "regulation", "rule", "government_rule", "document", "standard", "county", "school"];

/// What a figure is counted in.
pub const UNITS: &[&str] = &[
    "workday",
    "school_day",
    "day",
    "week",
    "month",
    "year",
    "hour",
    "minute",
    "second",
    "percent",
    "count",
    "permanent",
    "person",
    "lesson",
    "per_day",
    "per_week",
    "per_month",
    "per_quarter",
    "per_term",
    "per_half_year",
    "per_year",
    "per_meal",
    "per_lesson",
    "gram",
    "celsius",
    "metre",
    "millimetre",
    "square_metre",
    "km_per_hour",
    "yuan",
    "points",
    "star",
    "character",
    "code",
    "text",
    "date",
    "time",
    "table",
];

/// Which figure is the stricter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stricter {
    Min,
    Max,
}

/// What a norm says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    Number(Decimal),
    /// One of some ways, by its code.
    Choice {
        code: String,
        choices: Vec<String>,
    },
    /// Things that are named one by one.
    List(Vec<String>),
    /// A day of every year: month and day.
    Day(u32, u32),
    /// A time of day.
    Time(NaiveTime),
    Bands(Vec<Band>),
    Scores(Vec<Score>),
    /// Codes by row and column, both from low to high.
    Matrix(Vec<Vec<String>>),
    Weights {
        total: Decimal,
        rows: Vec<Weight>,
    },
    Steps(Vec<Step>),
}

/// One figure, valid for a time.
#[derive(Clone, Debug)]
pub struct Norm {
    /// `hazard.general.rectify`
    pub key: String,
    /// The figure where it is a whole number; 0 where it is something else.
    pub value: i64,
    pub figure: Figure,
    /// `workday`, `day`, `month`, `hour`, `percent`, `count`; `permanent` where the figure says nothing
    pub unit: String,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
    pub applies: Applies,
    /// What it is about, in Chinese and in English.
    pub about: String,
    pub en: String,
    /// The law, regulation, standard or decision that says so.
    pub basis: String,
    /// `law` (read in the text), `known`, `unsure` (shown as 待核), `local` (the county's own decision).
    pub mark: String,
    /// Of [`LEVELS`].
    pub level: String,
    /// Where it was read, if not in the text itself.
    pub source: String,
    pub stricter: Option<Stricter>,
    /// A lower norm may not set another figure, not even a stricter one.
    pub fixed: bool,
    /// File and line.
    pub place: (String, usize),
    /// What the county decided about it.
    pub decided: Option<Decided>,
}

impl Norm {
    pub fn in_force(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    fn rank(&self) -> usize {
        LEVELS.iter().position(|level| *level == self.level).unwrap_or(LEVELS.len())
    }

    /// The figure as one number.
    pub const fn number(&self) -> Option<Decimal> {
        if let Figure::Number(number) = self.figure { Some(number) } else { None }
    }

    /// What it decides between: `floor`, `max`.
    pub fn choice(&self) -> Option<&str> {
        if let Figure::Choice { code, .. } = &self.figure { Some(code) } else { None }
    }
}

/// All norms.
#[derive(Clone, Debug, Default)]
pub struct Norms {
    all: Vec<Norm>,
    by_key: HashMap<String, Vec<usize>>,
}

impl Norms {
    /// Reads the rule files, given as (name, content).
    ///
    /// # Errors
    /// The first fault with file and line: what is not the expected TOML, an unknown unit, mark, level or stage, reversed dates, two norms of one
    /// level for the same people on the same day, bands with a gap, sums that do not add up, levels that differ without saying which figure is the
    /// stricter one.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut all: Vec<Norm> = Vec::new();
        for (name, content) in files {
            read::file(name, content, &mut all)?;
        }
        Ok(Self::of(all))
    }

    fn of(all: Vec<Norm>) -> Self {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, norm) in all.iter().enumerate() {
            by_key.entry(norm.key.clone()).or_default().push(at);
        }
        Self { all, by_key }
    }

    /// Every norm of a key, whatever the day.
    pub fn history(&self, key: &str) -> impl Iterator<Item = &Norm> {
        self.by_key.get(key).into_iter().flatten().map(|at| &self.all[*at])
    }

    /// The norm in force on a day, of those for everybody; where there is none, the strictest of all that are in force.
    pub fn on(&self, key: &str, day: NaiveDate) -> Option<&Norm> {
        let held = || self.history(key).filter(|norm| norm.in_force(day));
        pick(held().filter(|norm| norm.applies.everybody())).or_else(|| pick(held()))
    }

    /// The norm that binds somebody on a day.
    pub fn applying(&self, key: &str, subject: &Subject<'_>, day: NaiveDate) -> Option<&Norm> {
        pick(self.history(key).filter(|norm| norm.in_force(day) && norm.applies.holds(subject)))
    }

    /// Its figure, or the refusal that says which norm is missing: a rule without its norm does not guess.
    pub fn value(&self, key: &'static str, day: NaiveDate) -> Result<i64, Refusal> {
        whole(self.on(key, day), key, day)
    }

    /// The figure for somebody.
    pub fn value_for(&self, key: &'static str, subject: &Subject<'_>, day: NaiveDate) -> Result<i64, Refusal> {
        whole(self.applying(key, subject, day), key, day)
    }

    /// The time of day that a norm says.
    pub fn time(&self, key: &'static str, day: NaiveDate) -> Result<NaiveTime, Refusal> {
        match self.on(key, day).map(|norm| &norm.figure) {
            Some(Figure::Time(time)) => Ok(*time),
            _ => Err(Refusal::new("norm.missing").with("key", key).with("day", day)),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Norm> {
        self.all.iter()
    }
}

fn whole(norm: Option<&Norm>, key: &'static str, day: NaiveDate) -> Result<i64, Refusal> {
    let number = norm.and_then(Norm::number).and_then(Decimal::as_whole);
    number.ok_or_else(|| Refusal::new("norm.missing").with("key", key).with("day", day))
}

/// What the county decided comes first. Otherwise a higher norm that allows no other figure; otherwise the stricter of all; and where nothing says
/// which figure is the stricter one, the highest norm.
fn pick<'a>(norms: impl Iterator<Item = &'a Norm>) -> Option<&'a Norm> {
    let mut norms: Vec<_> = norms.collect();
    norms.sort_by_key(|norm| norm.rank());
    let own = norms.iter().filter(|norm| norm.decided.as_ref().is_some_and(Decided::replaces));
    if let Some(own) = own.max_by_key(|norm| (!norm.applies.everybody(), norm.from)) {
        return Some(own);
    }
    if let Some(fixed) = norms.iter().find(|norm| norm.fixed) {
        return Some(fixed);
    }
    let stricter = |a: &&'a Norm, b: &&'a Norm| match (a.stricter, a.number(), b.number()) {
        (Some(Stricter::Min), Some(a), Some(b)) => b < a,
        (Some(Stricter::Max), Some(a), Some(b)) => b > a,
        _ => false,
    };
    norms.into_iter().reduce(|best, next| if stricter(&best, &next) { next } else { best })
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;
