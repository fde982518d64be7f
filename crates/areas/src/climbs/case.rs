//! What can stand on a ladder. A kind of case is one value of [`Case`] and one line in [`ALL`].

use chrono::{Days, NaiveDate};
use kit::dates::shanghai_start;
use kit::{Noun, Query, Row};
use uuid::Uuid;

use crate::hazards::record::HAZARD;

/// A kind of case. All are pure: which records are left undone is a question, and everything about one is read from its row.
pub trait Case: Sync {
    fn noun(&self) -> &'static Noun;
    /// The field of [`CLIMB`](super::record::CLIMB) that names such a case.
    fn field(&self) -> &'static str;
    /// The cases that are in the state that must not last, on a day: one statement finds them all.
    fn late(&self, today: NaiveDate) -> Query;
    /// The ladder that a case climbs.
    fn ladder(&self, row: &Row) -> &'static str;
    /// Since when it is in that state (milliseconds UTC); no other field than those that end the state may change it.
    fn since(&self, row: &Row) -> i64;
    fn keeper(&self, row: &Row) -> Option<Uuid>;
    fn school(&self, row: &Row) -> Option<Uuid>;
    fn township(&self, row: &Row) -> Option<Uuid>;
    /// The unit outside the school that it was handed to.
    fn unit(&self, row: &Row) -> Option<Uuid>;
    /// What people call it in a message; nothing about a person.
    fn title(&self, row: &Row) -> String;
    /// Whether a condition of the ladder holds.
    fn holds(&self, row: &Row, only: &str) -> bool;
}

pub static ALL: &[&dyn Case] = &[&OverdueHazard];

/// 逾期隐患: past its limit, and not yet reported as done.
pub struct OverdueHazard;

impl Case for OverdueHazard {
    fn noun(&self) -> &'static Noun {
        &HAZARD
    }

    fn field(&self) -> &'static str {
        "hazard"
    }

    fn late(&self, today: NaiveDate) -> Query {
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        Query::new().up_to("due_on", yesterday).among("state", &["handed_over", "rectifying"])
    }

    fn ladder(&self, row: &Row) -> &'static str {
        if row.get(&HAZARD, "handed_unit").is_null() { "hazard.school" } else { "hazard.unit" }
    }

    fn since(&self, row: &Row) -> i64 {
        let due = row.get(&HAZARD, "due_on").date().unwrap_or_default();
        shanghai_start(due.succ_opt().unwrap_or(due))
    }

    fn keeper(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "keeper").id()
    }

    fn school(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "handed_school").id().or_else(|| row.get(&HAZARD, "school").id())
    }

    fn township(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "township").id()
    }

    fn unit(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "handed_unit").id()
    }

    fn title(&self, row: &Row) -> String {
        row.get(&HAZARD, "place").text().unwrap_or_default().to_owned()
    }

    fn holds(&self, row: &Row, only: &str) -> bool {
        only == "major" && row.get(&HAZARD, "grade").text() == Some("major")
    }
}
