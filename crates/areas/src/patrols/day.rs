//! A school's day as patrols need it: whether there is school, and what is due of a kind of route.

use chrono::NaiveDate;
use kit::dates::shanghai_start;
use kit::terms::{boarders_stay, is_school_day};
use kit::timetable::Slot;
use kit::{Cell, Facts, Refusal, Row};
use uuid::Uuid;

use super::due::{self, Due};
use super::kinds::{RouteKind, When};
use crate::organisation::record::SCHOOL;

/// What the timetable asks about a school.
#[derive(Clone, Debug)]
pub struct School {
    pub id: Uuid,
    pub kind: String,
    pub boarding: bool,
}

impl School {
    pub fn of(row: &Row) -> Self {
        Self {
            id: row.id,
            kind: row.get(&SCHOOL, "kind").text().unwrap_or_default().to_owned(),
            boarding: row.get(&SCHOOL, "boarding") == &Cell::Bool(true),
        }
    }

    /// Its sessions on a day; none on a day without school.
    pub fn slots(&self, day: NaiveDate, facts: &Facts) -> Vec<Slot> {
        let open = is_school_day(&facts.calendar, &facts.terms, self.id, day);
        if open { facts.timetable.slots(&self.kind, self.boarding, day) } else { Vec::new() }
    }

    /// The rounds of a kind that are due on a day. Nights are due where boarders stay, also on the Sunday before a week.
    pub fn due(&self, kind: RouteKind, day: NaiveDate, facts: &Facts) -> Result<Vec<Due>, Refusal> {
        let night = kind == RouteKind::Dormitory;
        let slots = match night {
            true if !(self.boarding && boarders_stay(&facts.calendar, &facts.terms, self.id, day)) => Vec::new(),
            true => facts.timetable.slots(&self.kind, self.boarding, day),
            false => self.slots(day, facts),
        };
        due::due_on(kind, &slots, &facts.norms, day)
    }

    /// Until when the last of a day's rounds is in time, as the board of that day says, in milliseconds UTC: `None` where the day has none of them.
    /// `own` where nobody has said what such a school does when. Whether there is school on the day is not asked here.
    pub fn until(&self, kind: RouteKind, day: NaiveDate, own: i64, facts: &Facts) -> Option<i64> {
        let night = kind.when() == When::Night;
        if night && !(self.boarding && boarders_stay(&facts.calendar, &facts.terms, self.id, day)) {
            return None;
        }
        let Some(template) = facts.timetable.template(&self.kind, self.boarding, day) else { return Some(own) };
        let due = due::due_on(kind, &template.slots, &facts.norms, day);
        let (Ok(due), Ok(grace)) = (due, facts.norms.value("patrol.grace", day)) else { return Some(own) };
        // The board counts whole minutes.
        due.last().map(|due| shanghai_start(day) + (due.until + grace + 1) * 60_000 - 1)
    }
}
