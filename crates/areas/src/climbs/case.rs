//! What can stand on a ladder. A kind of case is one value of [`Case`] and one line in [`ALL`].

use chrono::{Days, NaiveDate};
use kit::calendar::Calendar;
use kit::dates::shanghai_start;
use kit::norms::Norms;
use kit::{Noun, Query, Record, Row};
use uuid::Uuid;

use crate::hazards::due;
use crate::hazards::record::{HAZARD, Hazard};

/// What says how long a case may stand as it does.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    pub calendar: &'a Calendar,
    pub norms: &'a Norms,
}

/// A kind of case. All are pure: which records are left undone is a question, and everything about one is read from its row.
pub trait Case: Sync {
    fn noun(&self) -> &'static Noun;
    /// The field of [`CLIMB`](super::record::CLIMB) that names such a case.
    fn field(&self) -> &'static str;
    /// Everything whose limit may have passed by a day, and a little more: a statement each finds them all, no case twice.
    fn asked(&self, today: NaiveDate) -> Vec<Query>;
    /// The last day on which a case may stand as it does; none that is over has one. No other field than those that end the state may move it.
    fn until(&self, row: &Row, limits: Limits<'_>) -> Option<NaiveDate>;
    /// From when the working hours of its ladder are counted, when it is first seen to be late at a moment.
    fn counted_from(&self, row: &Row, since: i64, now: i64) -> i64;
    /// The ladder that a case climbs.
    fn ladder(&self, row: &Row) -> &'static str;
    fn keeper(&self, row: &Row) -> Option<Uuid>;
    fn school(&self, row: &Row) -> Option<Uuid>;
    /// The school whose posts a step asks: its own, or the one that acts for it.
    fn answers(&self, row: &Row) -> Option<Uuid> {
        self.school(row)
    }
    fn township(&self, row: &Row) -> Option<Uuid>;
    /// The unit outside the school that it was handed to.
    fn unit(&self, row: &Row) -> Option<Uuid>;
    /// What people call it in a message; nothing about a person.
    fn title(&self, row: &Row) -> String;
    /// Whether a condition of the ladder holds.
    fn holds(&self, row: &Row, only: &str) -> bool;
}

pub static ALL: &[&dyn Case] = &[&IdleHazard];

/// Since when a case is late (milliseconds UTC): from the start of the day after its last one.
pub fn since(until: NaiveDate) -> i64 {
    shanghai_start(until.succ_opt().unwrap_or(until))
}

/// Whether two ladders are for the same wait. A case that is handed on climbs the posts of another, from the same limit: that silences nothing.
pub fn same_wait(one: &str, other: &str) -> bool {
    let wait = |ladder| if ladder == "hazard.unit" { "hazard.school" } else { ladder };
    wait(one) == wait(other)
}

/// 逾期隐患: not graded and handed over in time, past its limit with its keeper, or not re-checked in time. One kind: who is waited for changes with
/// its state, and each limit that passes has a record of its own on its way up.
pub struct IdleHazard;

/// The day on which work that had been submitted within its limit was sent back.
fn sent_back(row: &Row) -> Option<NaiveDate> {
    let date = |field| row.get(&HAZARD, field).date();
    let in_time = date("submitted_on")? <= date("due_on")?;
    let returned = in_time && row.get(&HAZARD, "sent_back").int().is_some_and(|times| times > 0);
    date("rechecked_on").filter(|_| returned)
}

impl Case for IdleHazard {
    fn noun(&self) -> &'static Noun {
        &HAZARD
    }

    fn field(&self) -> &'static str {
        "hazard"
    }

    fn asked(&self, today: NaiveDate) -> Vec<Query> {
        let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
        let by = |field, states| Query::new().up_to(field, yesterday).among("state", states);
        vec![
            by("found_on", &["registered", "graded"]),
            by("due_on", &["handed_over", "rectifying"]),
            by("submitted_on", &["submitted"]),
        ]
    }

    fn until(&self, row: &Row, limits: Limits<'_>) -> Option<NaiveDate> {
        due::stands_until(&Hazard::from_row(row).ok()?, limits.norms, limits.calendar)
    }

    /// What is entered days after it was found is late the minute it is there. Whoever enters it all the same has a day like everybody else before
    /// it goes beyond those who grade: silence must not be the better choice. And who submitted in time does not answer for the days that the re-check took.
    fn counted_from(&self, row: &Row, since: i64, now: i64) -> i64 {
        match self.ladder(row) {
            "hazard.assign" => since.max(now),
            "hazard.recheck" => since,
            _ => since.max(sent_back(row).map_or(since, self::since)),
        }
    }

    fn ladder(&self, row: &Row) -> &'static str {
        match row.get(&HAZARD, "state").text() {
            Some("registered" | "graded") => "hazard.assign",
            Some("submitted") => "hazard.recheck",
            _ if row.get(&HAZARD, "handed_unit").is_null() => "hazard.school",
            _ => "hazard.unit",
        }
    }

    fn keeper(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "keeper").id()
    }

    fn school(&self, row: &Row) -> Option<Uuid> {
        row.get(&HAZARD, "handed_school").id().or_else(|| row.get(&HAZARD, "school").id())
    }

    fn answers(&self, row: &Row) -> Option<Uuid> {
        match row.get(&HAZARD, "state").text() {
            Some("handed_over" | "rectifying") => self.school(row),
            // 复查学校: for a school too small to confirm for itself.
            Some("submitted") => row.get(&HAZARD, "central").id().or_else(|| row.get(&HAZARD, "school").id()),
            _ => row.get(&HAZARD, "school").id(),
        }
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
        row.get(&HAZARD, "grade").text() == Some(only)
    }
}
