//! Duties: what a norm asks of a subject in a period, by when, of whom, and whether the records prove it. All of it is computed.
//!
//! A duty is never stored. It follows from the norms (`rules/duties.toml`), the subject as it was on the day, the calendar, and the records that
//! the rooms keep anyway; so it is consistent with them at any moment, whatever was added, changed or entered late. Only a waiver is a record.
//!
//! One fact, once: a norm names the *fact* that it asks for, a room declares which of its records are that fact ([`Fulfil`]), and one record
//! answers every norm that asks for it. Photographs never count.

mod almanac;
mod norms;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

pub use almanac::Almanac;
pub use norms::{Applies, DutyNorm, DutyNorms, Level, Per, Proof};
pub use state::{Act, Acts, State, Tally, state_of};

use crate::dates::shanghai_date;
use crate::query::Query;

/// Which records of a noun prove a fact; declared beside the noun in one line.
#[derive(Clone, Copy, Debug)]
pub struct Fulfil {
    /// The fact's code in `rules/duties.toml`, or the field that holds it.
    pub fact: Fact,
    /// The field that names whose duty it answers: a school, a unit or a class.
    pub subject: &'static str,
    /// For a class: the field that names its school, by which a county counts.
    pub school: Option<&'static str>,
    /// The date field that says for which day it was done.
    pub day: &'static str,
    /// The date or moment field that says when it was done, where that is not the day itself: a month is confirmed in the next one.
    pub done: &'static str,
    /// Where it was done on a telephone without a network: the moment field that says when, and the field that says what is wrong with that telephone's
    /// clock. Where nothing is, that is when it was done, and `done` says when it came.
    pub away: Option<(&'static str, &'static str)>,
    /// `done` says only when it was entered: what is entered within the days of grace counts for its day.
    pub entered: bool,
    /// No field says when it was entered, its first event does: a day alone could be put back to whenever it was due.
    pub recorded: bool,
    /// What was found proves it: whoever looked and found nothing says so by a deed.
    pub finds: bool,
    /// Which of the noun's records count.
    pub only: fn() -> Query,
}

/// How a record says which fact it is.
#[derive(Clone, Copy, Debug)]
pub enum Fact {
    Is(&'static str),
    In(&'static str),
}

impl Fulfil {
    /// Records of a school or unit, on the day that stands in a date field.
    pub const fn new(fact: &'static str, subject: &'static str, day: &'static str) -> Self {
        let (school, away, entered, recorded, finds) = (None, None, false, false, false);
        Self { fact: Fact::Is(fact), subject, school, day, done: day, away, entered, recorded, finds, only: Query::new }
    }

    /// Records of a class, whose school stands in another field.
    pub const fn of_class(fact: &'static str, class: &'static str, school: &'static str, day: &'static str) -> Self {
        Self { school: Some(school), ..Self::new(fact, class, day) }
    }

    /// The fact's code stands in a field of the record.
    pub const fn any(field: &'static str, subject: &'static str, day: &'static str) -> Self {
        Self { fact: Fact::In(field), ..Self::new("", subject, day) }
    }

    /// When it was done, by a date or moment field.
    pub const fn done(self, field: &'static str) -> Self {
        Self { done: field, ..self }
    }

    /// Without a network it was done when the telephone says, by its moment field, unless another field says what is wrong with its clock.
    pub const fn away(self, field: &'static str, wrong: &'static str) -> Self {
        Self { away: Some((field, wrong)), ..self }
    }

    /// When it was entered, by a moment field: later than the days of grace after its day, it counts as done then.
    pub const fn entered(self, field: &'static str) -> Self {
        Self { done: field, entered: true, ..self }
    }

    /// When it was entered, by its first event, for a record that has events of its own.
    pub const fn recorded(self) -> Self {
        Self { entered: true, recorded: true, ..self }
    }

    /// Also a look that finds nothing is one.
    pub const fn finds(self) -> Self {
        Self { finds: true, ..self }
    }

    /// Only the records of this question.
    pub const fn only(self, query: fn() -> Query) -> Self {
        Self { only: query, ..self }
    }
}

/// Somebody of whom something is asked: a unit, a school or a class, with what norms distinguish.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Subject {
    pub id: Uuid,
    pub level: Level,
    /// Type of the school; for a class its stage.
    pub kind: String,
    pub boarding: bool,
    pub canteen: bool,
    pub buses: bool,
    /// For a class, its school.
    pub school: Option<Uuid>,
    /// The days on which it exists.
    pub from: Option<NaiveDate>,
    pub until: Option<NaiveDate>,
    /// By the code of a duty that has hours: the last moment at which it is in time, for each day on which the school's timetable has it.
    pub hours: HashMap<String, Arc<Hours>>,
}

/// Milliseconds since 1970, UTC, by day.
pub type Hours = HashMap<NaiveDate, i64>;

impl Subject {
    /// Whether it exists on a day.
    pub fn on(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Whether it exists for the whole of a period: who opens or closes within it is not asked for what the period leaves time for, and a school that
    /// is gone misses nothing.
    fn throughout(&self, span: &Span) -> bool {
        self.on(span.first) && self.on(span.last)
    }

    /// A period as it is for this subject: by its own timetable where the duty has hours, `None` on a day that has none. A night ends with the
    /// next day.
    fn own(&self, norm: &DutyNorm, span: &Span) -> Option<Span> {
        match self.hours.get(&norm.code) {
            Some(days) => days.get(&span.first).map(|due| Span { due: *due, due_on: shanghai_date(*due), ..*span }),
            None => Some(*span),
        }
    }
}

/// A period in which something is to be done once (or so many times).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
    /// The last day on which doing it, late, still answers this period and not the next.
    pub closes: NaiveDate,
    /// Milliseconds since 1970, UTC: the last moment at which it is in time.
    pub due: i64,
    /// The business day of that moment.
    pub due_on: NaiveDate,
}

/// 免除: somebody entitled said with a reason that a duty is not asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waived {
    pub duty: String,
    pub subject: Uuid,
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// One duty with what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duty<'a> {
    pub norm: &'a DutyNorm,
    pub subject: Uuid,
    pub span: Span,
    /// How often it was done.
    pub acts: u32,
    pub state: State,
}

/// Every duty of these subjects whose due day lies within two days, with its state at a moment.
///
/// The spans of a norm are computed once for each almanac (schools of the same terms share one), then merged with what was done.
/// `out` is called once a duty; what needs no record and has none is not reported once its time is over.
pub fn each<'a>(
    norms: &'a DutyNorms,
    subjects: &[(Subject, &Almanac)],
    acts: &Acts,
    waived: &[Waived],
    (from, to): (NaiveDate, NaiveDate),
    now: i64,
    mut out: impl FnMut(Duty<'a>),
) {
    let mut groups: Vec<(&Almanac, Vec<&Subject>)> = Vec::new();
    for (subject, almanac) in subjects {
        match groups.iter_mut().find(|(known, _)| std::ptr::eq(*known, *almanac)) {
            Some((_, members)) => members.push(subject),
            None => groups.push((almanac, vec![subject])),
        }
    }
    for norm in norms.iter() {
        for (almanac, members) in &groups {
            // What is due the morning after began on the evening before.
            let spans = almanac.spans(norm, if norm.hours.is_some() { from - TimeDelta::days(1) } else { from }, to);
            for subject in members.iter().filter(|subject| norm.asks(subject)) {
                let done = acts.of(&norm.fact, subject.id);
                // A school that is let off is let off for its classes.
                let named = |one: &Waived| one.subject == subject.id || subject.school == Some(one.subject);
                let excused: Vec<_> = waived.iter().filter(|one| named(one) && one.duty == norm.code).collect();
                let asked = spans.iter().filter(|span| subject.throughout(span) && norm.on(span.due_on));
                let own = asked.filter_map(|span| subject.own(norm, span));
                for span in own.filter(|span| (from..=to).contains(&span.due_on)) {
                    // What was waived is the period, not the day on which it would have been handed in.
                    let excused = excused.iter().any(|one| one.first <= span.last && span.last <= one.last);
                    let (acts, state) = state_of(norm, &span, done, excused, now);
                    if let Some(state) = state {
                        out(Duty { norm, subject: subject.id, span, acts, state });
                    }
                }
            }
        }
    }
}
