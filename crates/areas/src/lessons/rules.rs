//! Rules of a line of the timetable. Pure.

use chrono::NaiveTime;
use kit::{Actor, Cell, Facts, Refusal, Row};

use super::record::LESSON;
use crate::organisation::record::CLASS;

/// A time of day as people write it: `8:30`, `08:30`, `8：30`, `08:30:00`.
pub fn time(text: &str) -> Option<NaiveTime> {
    let text = text.trim().replace('：', ":");
    ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
}

pub fn time_of(row: &Row, field: &str) -> Option<NaiveTime> {
    row.get(&LESSON, field).text().and_then(time)
}

/// Times are kept in one form, so that the same file again changes nothing; what is no time stays for its refusal.
pub fn derived(_: Option<&Row>, mut row: Row, _: &Actor, _: &Facts) -> Result<Row, Refusal> {
    for field in ["begins", "ends"] {
        if let Some(time) = time_of(&row, field) {
            row.set(&LESSON, field, Cell::Text(time.format("%H:%M").to_string()));
        }
    }
    Ok(row)
}

/// Every fault at once.
pub fn lesson(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let get = |field| row.get(&LESSON, field);
    let wrong = |field| !get(field).is_null() && time_of(row, field).is_none();
    let class = get("class").id().and_then(|id| facts.known.get(&id));
    let one = get("class").is_null() == get("grade").is_null();
    let faults = [
        (one && get("class").is_null(), "lesson.class_or_grade", "class"),
        (one && !get("class").is_null(), "lesson.class_and_grade", "grade"),
        (wrong("begins"), "lesson.time", "begins"),
        (wrong("ends"), "lesson.time", "ends"),
        (
            time_of(row, "begins").zip(time_of(row, "ends")).is_some_and(|(begins, ends)| ends <= begins),
            "lesson.ends_before",
            "ends",
        ),
        (class.is_some_and(|class| class.get(&CLASS, "school") != get("school")), "lesson.class_school", "class"),
        (
            get("until_on").date().zip(get("from_on").date()).is_some_and(|(until, from)| until < from),
            "lesson.until_before_from",
            "until_on",
        ),
    ];
    faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field)).collect()
}
