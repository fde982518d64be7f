//! A case on its ladder.

use kit::{Cell, Field, Noun, Row, ScopeBy, ladder};
use uuid::Uuid;

pub const STATES: &[&str] = &["climbing", "paused", "solved"];

/// The ladders that there are (`rules/ladders.toml`).
pub const LADDERS: &[&str] = &["hazard.school", "hazard.unit", "hazard.assign", "hazard.recheck"];

/// 升级督办: one record a case and limit; where it has been stands in its history.
pub static CLIMB: Noun = Noun {
    name: "climb",
    plural: "climbs",
    fields: &[
        Field::choice("ladder", LADDERS).required().fixed().filter(),
        Field::refer("hazard", "hazard").fixed().list().filter(),
        // Those of the case, and they follow it.
        Field::refer("school", "school").fixed().list().filter(),
        Field::refer("township", "unit").fixed().filter(),
        Field::refer("unit", "unit").fixed().filter(),
        Field::refer("keeper", "staff").fixed(),
        // Where it is now, whose turn it is, and since when.
        Field::choice("rung", ladder::RUNGS).fixed().list().filter().past(),
        Field::refer("person", "staff").fixed().list().filter(),
        Field::moment("reached_at").fixed().list().sort(),
        // What is issued with this step, with its number and day once it is.
        Field::choice("paper", ladder::PAPERS).fixed().filter(),
        Field::text("number", 60).fixed(),
        Field::date("issued_on").fixed(),
        // Who is next, and when.
        Field::choice("next_rung", ladder::RUNGS).fixed().list(),
        Field::refer("next_person", "staff").fixed(),
        Field::moment("next_at").fixed().list().sort(),
        // Since when the case is in the state that must not last.
        Field::moment("since").required().fixed().sort(),
        // From when working time is counted, and what had been counted before a pause, in minutes.
        Field { hidden: true, ..Field::moment("counted_from").required().fixed() },
        Field { hidden: true, ..Field::int("worked", 0, i64::MAX).required().fixed() },
        Field::long("pause_reason", 300).fixed(),
        Field::moment("paused_at").fixed(),
        Field::moment("ended_at").fixed().sort(),
        // Everybody who has been told, so that he hears the end too.
        Field { hidden: true, ..Field::long("told", 4000).fixed() },
        Field::choice("state", STATES).required().fixed().list().filter().past(),
    ],
    scope: ScopeBy {
        home: &["school"],
        persons: &["keeper", "person"],
        ..ScopeBy::units(&["school", "township", "unit"])
    },
    title: &["hazard", "school", "unit", "rung"],
    subject: None,
    order: "-reached_at",
    tallies: &[&["state", "rung"]],
};

pub fn said<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(&CLIMB, field).text().unwrap_or_default()
}

pub fn moment(row: &Row, field: &str) -> i64 {
    row.get(&CLIMB, field).int().unwrap_or_default()
}

/// Everybody who has been told about this case.
pub fn told(row: &Row) -> Vec<Uuid> {
    said(row, "told").split(' ').filter_map(|id| id.parse().ok()).collect()
}

/// Adds to those who have been told.
pub fn tell(row: &mut Row, persons: &[Uuid]) {
    let mut all = told(row);
    all.extend(persons.iter().filter(|person| !told(row).contains(person)));
    // As many as the field holds; beyond a hundred posts nobody is surprised by an end.
    let text: Vec<_> = all.iter().take(100).map(|id| id.simple().to_string()).collect();
    row.set(&CLIMB, "told", if text.is_empty() { Cell::Null } else { Cell::Text(text.join(" ")) });
}
