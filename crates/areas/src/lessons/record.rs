//! One lesson of a class's week.

use kit::{Field, Noun, ScopeBy};

pub const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// 课程表: a line of it. A table is all lines of a class that begin to hold on one day; the next table takes its place as a whole.
pub static LESSON: Noun = Noun {
    name: "lesson",
    plural: "lessons",
    fields: &[
        Field::refer("school", "school").required().list().filter().key(),
        Field::refer("class", "class").required().list().filter().key(),
        Field::choice("weekday", WEEKDAYS).required().list().filter().key(),
        // 节次: as many as the sessions that can be called.
        Field::int("number", 1, 8).required().list().key(),
        Field::text("begins", 8).required().list(),
        Field::text("ends", 8).required().list(),
        Field::text("subject", 20).required().list().search(),
        Field::refer("teacher", "staff").list().filter(),
        Field::date("from_on").required().list().sort().key(),
        // The last day; empty until the next table.
        Field::date("until_on").list(),
    ],
    scope: ScopeBy { classes: &["class"], home: &["school"], persons: &["teacher"], ..ScopeBy::units(&["school"]) },
    title: &["subject"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};
