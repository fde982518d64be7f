//! 补报的点名: a roll that comes after its day, or a name that is added to one. Of the boarders' roll of last night a child who is not there is looked for still,
//! unless a later roll had it; of anything older nobody is told, and whoever sends it hears that.

use chrono::NaiveDate;
use engine::Cx;
use engine::view::{StepView, Tone};
use kit::{Cell, Noun, Query, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::record::{MARK, MISSING, SESSIONS, SHEET, goes_on};
use super::session::{boarders_only, roll_day};
use super::{roll, seen};
use crate::organisation::record::PUPIL;

/// What is said of a roll, or of a mark, of which nobody was told.
const NOBODY_TOLD: &str = "sheet.nobody_told";
/// The same, where it has been heard since of every child where it is: nobody is to be frightened by a roll that only comes late.
const KNOWN_SINCE: &str = "sheet.known_since";

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

/// Those of these pupils whom a roll of their class has that is called after a late one: of the boarders' of last night, nobody looks for them.
pub async fn there_since(
    cx: &Cx,
    class: Uuid,
    roll: (NaiveDate, &str),
    pupils: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    if !last_night(roll.1, roll.0, cx.now) {
        return Ok(Vec::new());
    }
    has_since(cx, class, roll, pupils).await
}

/// The same of any late roll. Whoever has left the class since is on none of its rolls, and is missed by none.
async fn has_since(
    cx: &Cx,
    class: Uuid,
    (day, session): (NaiveDate, &str),
    pupils: &[Uuid],
) -> Result<Vec<Uuid>, StoreError> {
    if pupils.is_empty() {
        return Ok(Vec::new());
    }
    let store = &cx.app.store;
    let span = Query::new().within("day", day, cx.today());
    let sheets = span.clone().is("class", Cell::Id(class)).among("state", &["called"]);
    let mut sheets = store.all(&SHEET, &sheets, &Scope::county()).await?;
    // The boarders' rolls say nothing of whoever was missed by everybody's: he may well go home in the evening.
    let night = |sheet: &Row| sheet.get(&SHEET, "session").text().is_some_and(boarders_only);
    sheets.retain(|sheet| boarders_only(session) || !night(sheet));
    let marks = store.of_each(&MARK, "pupil", pupils, &span).await?;
    let known = store.find_many(&PUPIL, pupils, &Scope::county()).await?;
    let here = |row: &Row| row.get(&PUPIL, "left_on").date().is_none_or(|left| cx.today() <= left);
    let stays = |row: &Row| row.get(&PUPIL, "class").id() == Some(class) && here(row);
    let has = |pupil: &Uuid| known.get(pupil).is_some_and(stays) && was_there(*pupil, (day, session), &sheets, &marks);
    Ok(pupils.iter().copied().filter(has).collect())
}

/// Where a session stands in the order of a day's.
fn place(session: &str) -> Option<usize> {
    SESSIONS.iter().position(|code| *code == session)
}

/// Whether one of these sheets is of a later session and has the pupil.
pub fn was_there(pupil: Uuid, (day, session): (NaiveDate, &str), sheets: &[Row], marks: &[Row]) -> bool {
    let later = |sheet: &&Row| {
        let of = (sheet.get(&SHEET, "day").date(), sheet.get(&SHEET, "session").text().and_then(place));
        of > (Some(day), place(session))
    };
    let has = |sheet: &Row| !marks.iter().any(|mark| seen::away(mark, Some(pupil), sheet));
    sheets.iter().filter(later).any(has)
}

/// Whether a check says where a child was whom a roll misses that came late: of this roll or of a later one, and ended with a place. What was called off
/// because its mark was taken back has found nobody.
pub fn accounts(check: &Row, pupil: Uuid, (day, session): (NaiveDate, &str)) -> bool {
    let text = |field| check.get(&MISSING, field).text().unwrap_or_default();
    let of = (check.get(&MISSING, "day").date(), place(text("session")));
    let found = !goes_on(check) && text("found") != "taken_back";
    check.get(&MISSING, "pupil").id() == Some(pupil) && found && of >= (Some(day), place(session))
}

/// What is to be said of children whom a late roll misses, of whom nobody knows why: that nobody was told, or that it is known since where each is. Of whoever is
/// looked for somebody was told, whatever roll began it.
async fn word(cx: &Cx, marks: &[Row]) -> Result<Option<&'static str>, StoreError> {
    let first = marks.first().map(|mark| (mark.get(&MARK, "class").id(), mark.get(&MARK, "day").date(), mark));
    let Some((Some(class), Some(day), mark)) = first else { return Ok(None) };
    let session = mark.get(&MARK, "session").text().unwrap_or_default();
    let mut pupils: Vec<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
    let checks = cx.app.store.of_each(&MISSING, "pupil", &pupils, &Query::new()).await?;
    let of = |check: &Row, pupil: Uuid| check.get(&MISSING, "pupil").id() == Some(pupil);
    pupils.retain(|pupil| !checks.iter().any(|check| of(check, *pupil) && goes_on(check)));
    let there = has_since(cx, class, (day, session), &pupils).await?;
    let known =
        |pupil: &Uuid| there.contains(pupil) || checks.iter().any(|check| accounts(check, *pupil, (day, session)));
    Ok(said(&pupils.iter().map(known).collect::<Vec<_>>()))
}

/// By whether it is known of each where it is.
pub fn said(known: &[bool]) -> Option<&'static str> {
    let word = if known.contains(&false) { NOBODY_TOLD } else { KNOWN_SINCE };
    (!known.is_empty()).then_some(word)
}

fn step(cx: &Cx, word: &'static str) -> StepView {
    let tone = if word == KNOWN_SINCE { Tone::Info } else { Tone::Bad };
    StepView { label: cx.word("sheet.told").to_owned(), said: cx.word(word).to_owned(), tone }
}

/// What is said of a sheet whose day is over: all marks count, also those that this reader does not see.
pub async fn untold(cx: &Cx, sheet: &Row) -> Result<Option<StepView>, StoreError> {
    let session = sheet.get(&SHEET, "session").text().unwrap_or_default();
    if sheet.get(&SHEET, "day").date() == Some(roll_day(session, cx.now)) {
        return Ok(None);
    }
    let mut marks = cx.app.store.find_by(&MARK, "sheet", &[Cell::Id(sheet.id)], &Scope::county()).await?;
    marks.retain(|mark| roll::counts(mark) && mark.get(&MARK, "state").text() == Some("unknown"));
    Ok(word(cx, &marks).await?.map(|word| step(cx, word)))
}

/// The same on the page of a sheet, as long as it is one of which nobody was told.
pub async fn of_sheet_now(cx: &Cx, sheet: &Row) -> Result<Vec<StepView>, StoreError> {
    let said = if of_sheet(sheet) { untold(cx, sheet).await? } else { None };
    Ok(said.into_iter().collect())
}

/// And on that of a mark.
pub async fn of_mark_now(cx: &Cx, mark: &Row) -> Result<Vec<StepView>, StoreError> {
    let said = if of_mark(mark) { word(cx, std::slice::from_ref(mark)).await? } else { None };
    Ok(said.map(|word| step(cx, word)).into_iter().collect())
}
