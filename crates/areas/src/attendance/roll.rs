//! Who is expected, and who was there. Pure: from enrolments, sheets and marks.

use chrono::NaiveDate;
use kit::{Noun, Row, dates};
use uuid::Uuid;

use super::record::{MARK, SHEET};
use crate::organisation::record::{CLASS, ENROLMENT};

/// Whether an enrolment holds on a day; the last day belongs to it: what [`kit::Query::in_force`] asks a database.
pub fn enrolled_on(enrolment: &Row, day: NaiveDate) -> bool {
    let begun = enrolment.get(&ENROLMENT, "from_on").date().is_some_and(|from| from <= day);
    begun && enrolment.get(&ENROLMENT, "until_on").date().is_none_or(|until| day <= until)
}

/// Whether a class is still there on a day; its last day belongs to it. A graduating class takes its pupils along, whoever of them is not enrolled
/// anywhere else yet: from the next day on none of them is on a roll, and his care flag and his bed hold for nobody.
pub fn goes_on(class: &Row, day: NaiveDate) -> bool {
    class.get(&CLASS, "ended_on").date().is_none_or(|last| day <= last)
}

/// Whether there is such a class on a day at all: it has begun, and has not ended.
pub fn exists_on(class: &Row, day: NaiveDate) -> bool {
    let begun = |year: i64| year <= i64::from(dates::school_year_of(day));
    class.get(&CLASS, "entry_year").int().is_none_or(begun) && goes_on(class, day)
}

/// When a sheet was called: without a network, when it was filled in, not when it came. What a wrong clock says is nothing: one that was ahead is put right
/// with how far it was, of one that was behind nobody knows whether it was put right or not believed.
pub fn called_at(sheet: &Row) -> i64 {
    let moment = |field| sheet.get(&SHEET, field).int();
    let came = moment("called_at").unwrap_or_default();
    let day = sheet.get(&SHEET, "day").date();
    let trusted = sheet.get(&SHEET, "clock").text() != Some("behind");
    let done = moment("device_at").filter(|at| *at <= came && day.is_none_or(|day| dates::shanghai_date(*at) >= day));
    done.filter(|_| trusted).unwrap_or(came)
}

/// What is known about one pupil on one day in one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// In no class here on that day.
    NotEnrolled,
    /// Nobody has called his class.
    NotCalled,
    /// His class was called and he was simply there.
    Present { sheet: Uuid },
    /// His class was called and something was said of him; kind and state of the mark.
    Marked { sheet: Uuid, mark: Uuid, kind: String, state: String },
}

/// A class in which a pupil is on a day, and the moments of it between which he is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    pub class: Uuid,
    pub since: Option<i64>,
    pub until: Option<i64>,
}

impl Stay {
    /// Whether a pupil was in its class at a moment.
    pub fn holds(&self, class: Option<Uuid>, at: i64) -> bool {
        class == Some(self.class)
            && self.since.is_none_or(|since| since <= at)
            && self.until.is_none_or(|until| at < until)
    }

    /// Whether a sheet was called while he was in its class: what was called before a move says nothing of him in the new class.
    pub fn heard(&self, sheet: &Row) -> bool {
        self.holds(sheet.get(&SHEET, "class").id(), called_at(sheet))
    }
}

/// The enrolment that holds on a day, and the one that ended with the day before: who has both has moved on it.
pub fn held_on(enrolments: &[Row], day: NaiveDate) -> (Option<&Row>, Option<&Row>) {
    let held = enrolments.iter().find(|row| enrolled_on(row, day));
    let begun = held.is_some_and(|row| row.get(&ENROLMENT, "from_on").date() == Some(day));
    let eve = day.pred_opt();
    let left = |row: &&Row| row.get(&ENROLMENT, "until_on").date() == eve;
    (held, enrolments.iter().find(left).filter(|_| begun))
}

/// The classes in which a pupil is on a day, one after the other; several, if he moved on it and it is known when he came to each.
pub fn stays(enrolments: &[Row], day: NaiveDate, came: &[(i64, Uuid)]) -> Vec<Stay> {
    let class = |row: &Row| row.get(&ENROLMENT, "class").id();
    let (held, left) = held_on(enrolments, day);
    let (Some(left), [(first, _), ..]) = (left.and_then(class), came) else {
        return held.and_then(class).map(|class| Stay { class, since: None, until: None }).into_iter().collect();
    };
    let ends = came.iter().skip(1).map(|(at, _)| Some(*at)).chain([None]);
    let later = came.iter().zip(ends).map(|((since, class), until)| Stay { class: *class, since: Some(*since), until });
    std::iter::once(Stay { class: left, since: None, until: Some(*first) }).chain(later).collect()
}

/// Was this pupil there? From where he was, the sheets of his classes and his marks. A boarders' session says nothing about a day pupil, but what was said of him
/// while he boarded.
pub fn presence(
    (stays, sheets, marks): (&[Stay], &[Row], &[Row]),
    (day, session): (NaiveDate, &str),
    boarder: bool,
) -> Presence {
    if stays.is_empty() {
        return Presence::NotEnrolled;
    }
    let of = |noun: &Noun, row: &Row| {
        row.get(noun, "day").date() == Some(day) && row.get(noun, "session").text() == Some(session)
    };
    let is_called = |row: &Row| row.get(&SHEET, "state").text() == Some("called");
    // What somebody said of him stands, whatever class he was in when it was said.
    let withdrawn = |id| sheets.iter().any(|sheet| Some(sheet.id) == id && !is_called(sheet));
    let stands = |row: &&Row| of(&MARK, row) && counts(row) && !withdrawn(row.get(&MARK, "sheet").id());
    let said = |field, row: &Row| row.get(&MARK, field).text().unwrap_or_default().to_owned();
    if let Some(mark) = marks.iter().filter(stands).max_by_key(|row| (row.get(&MARK, "marked_at").int(), row.id)) {
        let sheet = mark.get(&MARK, "sheet").id().unwrap_or_default();
        return Presence::Marked { sheet, mark: mark.id, kind: said("kind", mark), state: said("state", mark) };
    }
    if !boarder && super::session::boarders_only(session) {
        return Presence::NotEnrolled;
    }
    let called = |row: &&Row| is_called(row) && of(&SHEET, row) && stays.iter().any(|stay| stay.heard(row));
    match sheets.iter().filter(called).max_by_key(|row| (called_at(row), row.id)) {
        Some(sheet) => Presence::Present { sheet: sheet.id },
        None => Presence::NotCalled,
    }
}

/// Whether a mark still says that its pupil was not simply there.
pub fn counts(mark: &Row) -> bool {
    !matches!(mark.get(&MARK, "state").text(), Some("taken_back" | "mistaken") | None)
}
