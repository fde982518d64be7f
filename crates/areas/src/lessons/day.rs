//! The lessons of a class on a day.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate, NaiveTime};
use engine::Cx;
use kit::{Cell, Facts, Query, Row, Scope, Test, dates, terms};
use store::StoreError;
use uuid::Uuid;

use super::record::{LESSON, WEEKDAYS};
use super::rules::time_of;
use crate::organisation::record::CLASS_YEAR;

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

/// Pure: the lessons of one class on a day, in order, of its own lines and those of its grade. Of all its tables that hold, the one that began last
/// counts as a whole: whoever brings in a new one need not end the old one. Where a grade and a class of it have the same lesson, it is the class's.
pub fn on(rows: &[Row], day: NaiveDate) -> Vec<Lesson> {
    let held: Vec<&Row> = rows.iter().filter(|row| holds(row, day)).collect();
    let Some(latest) = held.iter().filter_map(|row| from(row)).max() else { return Vec::new() };
    let weekday = WEEKDAYS[day.weekday().num_days_from_monday() as usize];
    let today = |row: &&&Row| from(row) == Some(latest) && row.get(&LESSON, "weekday").text() == Some(weekday);
    let (own, grades): (Vec<&Row>, Vec<&Row>) = held.iter().filter(today).partition(|row| !of_grade(row));
    let has = |row: &Row| own.iter().any(|one| one.get(&LESSON, "number") == row.get(&LESSON, "number"));
    let grades = grades.into_iter().filter(|row| !has(row));
    let mut lessons: Vec<_> = own.iter().copied().chain(grades).filter_map(lesson).collect();
    lessons.sort_by_key(|lesson| (lesson.from, lesson.number));
    lessons
}

fn from(row: &Row) -> Option<NaiveDate> {
    row.get(&LESSON, "from_on").date()
}

fn of_grade(row: &Row) -> bool {
    row.get(&LESSON, "class").is_null()
}

/// Whether a line holds on a day. A grade's is of the children who are in it in one school year, and ends with it.
fn holds(row: &Row, day: NaiveDate) -> bool {
    let Some(from) = from(row) else { return false };
    let this_year = !of_grade(row) || dates::school_year_of(from) == dates::school_year_of(day);
    from <= day && this_year && row.get(&LESSON, "until_on").date().is_none_or(|until| day <= until)
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
    let ids = std::iter::once(Cell::Null).chain(classes.iter().map(|id| Cell::Id(*id))).collect();
    let query = Query::new().is("school", Cell::Id(school)).filter("class", Test::OneOf(ids)).up_to("from_on", day);
    let rows = cx.app.store.all(&LESSON, &query, &Scope::county()).await?;
    let grades = if rows.iter().any(of_grade) { grades(cx, classes, day).await? } else { HashMap::new() };
    let mine = |class: Uuid| {
        let grade = grades.get(&class);
        let mine = |row: &&Row| match row.get(&LESSON, "class").id() {
            Some(id) => id == class,
            None => grade.is_some() && row.get(&LESSON, "grade").text() == grade.map(String::as_str),
        };
        rows.iter().filter(mine).cloned().collect::<Vec<_>>()
    };
    Ok(classes
        .iter()
        .map(|class| (*class, on(&mine(*class), day)))
        .filter(|(_, lessons)| !lessons.is_empty())
        .collect())
}

/// In which grade classes are in the school year of a day.
async fn grades(cx: &Cx, classes: &[Uuid], day: NaiveDate) -> Result<HashMap<Uuid, String>, StoreError> {
    let ids = classes.iter().map(|id| Cell::Id(*id)).collect();
    let year = Cell::Int(i64::from(dates::school_year_of(day)));
    let query = Query::new().filter("class", Test::OneOf(ids)).is("year", year);
    let years = cx.app.store.all(&CLASS_YEAR, &query, &Scope::county()).await?;
    let one = |row: &Row| Some((row.get(&CLASS_YEAR, "class").id()?, row.get(&CLASS_YEAR, "grade").int()?.to_string()));
    Ok(years.iter().filter_map(one).collect())
}
