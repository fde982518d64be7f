//! 补报的点名: a roll that comes after its day, or a name that is added to one. Of the boarders' roll of last night a child who is not there is looked for still,
//! unless a later roll had it; of anything older nobody is told, and whoever sends it hears that.

use chrono::NaiveDate;
use engine::Cx;
use kit::{Cell, Noun, Query, Row, Scope, Test};
use store::StoreError;
use uuid::Uuid;

use super::record::{MARK, MISSING, SESSIONS, SHEET};
use super::session::{boarders_only, roll_day};
use super::{missing, roll, seen};

/// What is said of a roll, or of a mark, of which nobody was told.
pub const NOBODY_TOLD: &str = "sheet.nobody_told";

/// Whether a day's roll is the boarders' of the night before.
fn last_night(session: &str, day: NaiveDate, now: i64) -> bool {
    boarders_only(session) && roll_day(session, now).pred_opt() == Some(day)
}

/// Whether a roll that is called, or added to, at a moment asks for who is not there.
pub fn asks(session: &str, day: NaiveDate, now: i64) -> bool {
    day == roll_day(session, now) || last_night(session, day, now)
}

/// Whether a sheet came too late for anybody to be told.
pub fn of_sheet(sheet: &Row) -> bool {
    let called = sheet.get(&SHEET, "state").text() == Some("called");
    let absent = sheet.get(&SHEET, "absent").int().is_some_and(|absent| absent > 0);
    called && absent && too_late(&SHEET, sheet, "called_at")
}

/// Whether a mark, of which nobody knows why, was made too late for anybody to be told.
pub fn of_mark(mark: &Row) -> bool {
    mark.get(&MARK, "state").text() == Some("unknown") && too_late(&MARK, mark, "marked_at")
}

fn too_late(noun: &Noun, row: &Row, at: &str) -> bool {
    let session = row.get(noun, "session").text().unwrap_or_default();
    let day = row.get(noun, "day").date().zip(row.get(noun, at).int());
    day.is_some_and(|(day, at)| !asks(session, day, at))
}

/// Those of these pupils whom a roll of their class has that is called after a late one.
pub async fn there_since(
    cx: &Cx,
    class: Uuid,
    (day, session): (NaiveDate, &str),
    pupils: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    if pupils.is_empty() || !last_night(session, day, cx.now) {
        return Ok(Vec::new());
    }
    let store = &cx.app.store;
    let span = Query::new().within("day", day, cx.today());
    let sheets = span.clone().is("class", Cell::Id(class)).among("state", &["called"]);
    let sheets = store.all(&SHEET, &sheets, &Scope::county()).await?;
    let marks = store.of_each(&MARK, "pupil", pupils, &span).await?;
    let has = |pupil: &Uuid| was_there(*pupil, (day, session), &sheets, &marks);
    Ok(pupils.iter().copied().filter(has).collect())
}

/// Whether one of these sheets is of a later session and has the pupil.
pub fn was_there(pupil: Uuid, (day, session): (NaiveDate, &str), sheets: &[Row], marks: &[Row]) -> bool {
    let place = |session: &str| SESSIONS.iter().position(|code| *code == session);
    let later = |sheet: &&Row| {
        let of = (sheet.get(&SHEET, "day").date(), sheet.get(&SHEET, "session").text().and_then(place));
        of > (Some(day), place(session))
    };
    let has = |sheet: &Row| !marks.iter().any(|mark| seen::away(mark, Some(pupil), sheet));
    sheets.iter().filter(later).any(has)
}

/// Whether nobody was told of a child that is missing on this sheet: all marks count, also those that this reader does not see.
pub async fn untold(cx: &Cx, sheet: &Row) -> Result<bool, StoreError> {
    let session = sheet.get(&SHEET, "session").text().unwrap_or_default();
    if sheet.get(&SHEET, "day").date() == Some(roll_day(session, cx.now)) {
        return Ok(false);
    }
    let (store, all) = (&cx.app.store, Scope::county());
    let mut marks = store.find_by(&MARK, "sheet", &[Cell::Id(sheet.id)], &all).await?;
    marks.retain(|mark| roll::counts(mark) && mark.get(&MARK, "state").text() == Some("unknown"));
    if marks.is_empty() {
        return Ok(false);
    }
    let pupils = marks.iter().map(|mark| mark.get(&MARK, "pupil").clone()).collect();
    let open = store.all(&MISSING, &missing::open().filter("pupil", Test::OneOf(pupils)), &all).await?;
    let sought = |mark: &Row| open.iter().any(|check| check.get(&MISSING, "pupil") == mark.get(&MARK, "pupil"));
    Ok(!marks.iter().all(sought))
}
