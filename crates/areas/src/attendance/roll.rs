//! Who is expected, and who was there. Pure: from enrolments, sheets and marks.

use chrono::NaiveDate;
use kit::{Row, dates};
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

/// When a sheet was called: without a network, when it was filled in, not when it came. What a wrong clock says is nothing.
pub fn called_at(sheet: &Row) -> i64 {
    let moment = |field| sheet.get(&SHEET, field).int();
    let came = moment("called_at").unwrap_or_default();
    let day = sheet.get(&SHEET, "day").date();
    let done = moment("device_at").filter(|at| *at <= came && day.is_none_or(|day| dates::shanghai_date(*at) >= day));
    done.unwrap_or(came)
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

/// Was this pupil there? From his enrolments, the sheets of his classes and his marks. A boarders' session says nothing about a day pupil.
pub fn presence(
    (enrolments, sheets, marks): (&[Row], &[Row], &[Row]),
    (day, session): (NaiveDate, &str),
    boarder: bool,
) -> Presence {
    let class = enrolments.iter().find(|row| enrolled_on(row, day)).and_then(|row| row.get(&ENROLMENT, "class").id());
    let Some(class) = class.filter(|_| boarder || !super::session::boarders_only(session)) else {
        return Presence::NotEnrolled;
    };
    let called = |row: &&Row| {
        row.get(&SHEET, "class").id() == Some(class)
            && row.get(&SHEET, "day").date() == Some(day)
            && row.get(&SHEET, "session").text() == Some(session)
            && row.get(&SHEET, "state").text() == Some("called")
    };
    let Some(sheet) = sheets.iter().find(called) else { return Presence::NotCalled };
    let said = |field, row: &Row| row.get(&MARK, field).text().unwrap_or_default().to_owned();
    let counts = |row: &&Row| row.get(&MARK, "sheet").id() == Some(sheet.id) && counts(row);
    match marks.iter().find(counts) {
        Some(mark) => {
            Presence::Marked { sheet: sheet.id, mark: mark.id, kind: said("kind", mark), state: said("state", mark) }
        }
        None => Presence::Present { sheet: sheet.id },
    }
}

/// Whether a mark still says that its pupil was not simply there.
pub fn counts(mark: &Row) -> bool {
    !matches!(mark.get(&MARK, "state").text(), Some("taken_back" | "mistaken") | None)
}
