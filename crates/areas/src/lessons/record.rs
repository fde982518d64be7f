//! One lesson of a class's week.

use kit::{Field, Noun, ScopeBy};

pub const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// 年级, as the class years count them (`organisation/record.rs`).
pub const GRADES: &[&str] = &["1", "2", "3", "11", "12", "13", "14", "15", "16", "21", "22", "23", "31", "32", "33"];

/// 课程表: a line of it, of one class or of a whole grade of the school. A table is all lines of a class and its grade that begin to hold on one
/// day; the next table takes its place as a whole.
pub static LESSON: Noun = Noun {
    name: "lesson",
    plural: "lessons",
    fields: &[
        Field::refer("school", "school").required().list().filter().key(),
        // Exactly one of grade and class. A grade's line is of the classes that are in it in the school year in which it begins.
        Field::choice("grade", GRADES).list().filter().key(),
        Field::refer("class", "class").list().filter().key().or("grade"),
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
