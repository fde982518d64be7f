//! The lessons of a class on a day.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveTime};
use engine::Cx;
use kit::{Cell, Facts, Query, Row, Scope, terms};
use store::StoreError;
use uuid::Uuid;

use super::record::{LESSON, WEEKDAYS};
use super::rules::time_of;

/// One lesson of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    pub number: i64,
    pub from: NaiveTime,
    pub until: NaiveTime,
    pub subject: String,
    pub teacher: Option<Uuid>,
}

impl Lesson {
    /// Its session, as the roll knows it.
    pub fn session(&self) -> String {
        format!("lesson.{}", self.number)
    }
}

/// Pure: the lessons of one class on a day, in order. Of all its tables that hold, the one that began last counts as a whole: whoever brings in a
/// new one need not end the old one.
pub fn on(rows: &[Row], day: NaiveDate) -> Vec<Lesson> {
    let from = |row: &Row| row.get(&LESSON, "from_on").date();
    let held = |row: &&Row| {
        from(row).is_some_and(|from| from <= day)
            && row.get(&LESSON, "until_on").date().is_none_or(|until| day <= until)
    };
    let Some(latest) = rows.iter().filter(held).filter_map(from).max() else { return Vec::new() };
    let weekday = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
    let today = |row: &&Row| from(row) == Some(latest) && row.get(&LESSON, "weekday").text() == Some(weekday);
    let mut lessons: Vec<_> = rows.iter().filter(held).filter(today).filter_map(lesson).collect();
    lessons.sort_by_key(|lesson| (lesson.from, lesson.number));
    lessons
}

fn lesson(row: &Row) -> Option<Lesson> {
    Some(Lesson {
        number: row.get(&LESSON, "number").int()?,
        from: time_of(row, "begins")?,
        until: time_of(row, "ends")?,
        subject: row.get(&LESSON, "subject").text()?.to_owned(),
        teacher: row.get(&LESSON, "teacher").id(),
    })
}

/// The lesson that goes on at a time of day.
pub fn at(lessons: &[Lesson], time: NaiveTime) -> Option<&Lesson> {
    lessons.iter().find(|lesson| lesson.from <= time && time < lesson.until)
}

/// The lessons of classes of one school on a day, by class: none on a day without school, or where no table was brought in. Whether the reader
/// may know of the classes is the caller's question.
pub async fn of_classes(
    cx: &Cx,
    school: Uuid,
    classes: &[Uuid],
    day: NaiveDate,
    facts: &Facts,
) -> Result<HashMap<Uuid, Vec<Lesson>>, StoreError> {
    if classes.is_empty() || !terms::is_school_day(&facts.calendar, &facts.terms, school, day) {
        return Ok(HashMap::new());
    }
    let ids = classes.iter().map(|id| Cell::Id(*id)).collect();
    let query = Query::new().filter("class", kit::Test::OneOf(ids)).up_to("from_on", day);
    let mut rows: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for row in cx.app.store.all(&LESSON, &query, &Scope::county()).await? {
        if let Some(class) = row.get(&LESSON, "class").id() {
            rows.entry(class).or_default().push(row);
        }
    }
    Ok(rows.into_iter().map(|(class, rows)| (class, on(&rows, day))).collect())
}
