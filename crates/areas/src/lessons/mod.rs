//! 课程表: which lesson a class has when, with whom, where a school has brought its timetable in.
//!
//! Nobody is asked for it. A school without one keeps the hours of its stage's template (`rules/sessions.toml`); with one, its lessons are those
//! of the table, can be called where somebody wants to, and say with whom a child should be at a moment.

pub mod day;
pub mod record;
pub mod rules;

#[cfg(test)]
mod tests;

use engine::{Area, Kind};
use store::Migration;

use record::LESSON;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0140_lessons", sql: include_str!("schema.sql") },
    // A class may be left open: a table that neither database changes in place is written anew.
    Migration { name: "0141_lesson_grades", sql: include_str!("grades.sql") },
];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "lessons",
        kinds: vec![Kind::new(&LESSON, "table").spare(&["until_on"]).derive(rules::derived).rules(rules::lesson)],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: &[],
        routes: None,
        described: None,
        nav: &[],
    }
}
