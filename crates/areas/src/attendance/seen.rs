//! 后来点名在校: a child who is looked for, and whom a later roll does not miss. Nothing but a person's word ends a search, for a roll is called by exception and
//! a name is easily passed over; but whoever leads the search is told within the minute, and ends it by one touch.

use std::collections::HashMap;

use engine::Cx;
use kit::{Cell, Change, Message, Query, Row, Scope, Test};
use store::StoreError;
use uuid::Uuid;

use super::missing;
use super::record::{MARK, MISSING, SHEET};
use super::roll;
use super::session::boarders_only;
use super::view::HereView;
use crate::organisation::record::PUPIL;

/// Of everybody who is looked for, those whom a roll that was called later does not miss, each once; and those whom it does miss after all.
pub async fn changes(cx: &Cx) -> Result<Vec<Change>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let (checks, seen): (Vec<_>, Vec<_>) = store
        .all(&MISSING, &missing::open(), &all)
        .await?
        .into_iter()
        .partition(|check| check.get(&MISSING, "seen_at").is_null());
    let mut changes = taken_back(cx, &seen).await?;
    changes.extend(found(cx, &checks).await?);
    Ok(changes)
}

/// The roll that was said to have them was withdrawn, or corrected: they are looked for as before, and whoever was told so is told.
async fn taken_back(cx: &Cx, seen: &[Row]) -> Result<Vec<Change>, StoreError> {
    let ids = |field| seen.iter().filter_map(|check| check.get(&MISSING, field).id()).collect::<Vec<_>>();
    let (sheets, pupils) = (ids("seen_sheet"), ids("pupil"));
    let sheets = cx.app.store.find_many(&SHEET, &sheets, &Scope::county()).await?;
    let of = Query::new().filter("sheet", Test::OneOf(sheets.keys().copied().map(Cell::Id).collect()));
    let marks = cx.app.store.of_each(&MARK, "pupil", &pupils, &of).await?;
    let wrong = |check: &&Row| {
        let sheet = check.get(&MISSING, "seen_sheet").id().and_then(|id| sheets.get(&id));
        let called = sheet.filter(|sheet| sheet.get(&SHEET, "state").text() == Some("called"));
        called.is_none_or(|sheet| marks.iter().any(|mark| away(mark, check.get(&MISSING, "pupil").id(), sheet)))
    };
    Ok(seen.iter().filter(wrong).map(unseen).collect())
}

fn unseen(check: &Row) -> Change {
    let after = check.clone().with(&MISSING, "seen_at", Cell::Null).with(&MISSING, "seen_sheet", Cell::Null);
    tell(Change::update(&MISSING, "unseen", check.clone(), after), check, "missing.unseen")
}

/// A mark by which this sheet misses a pupil. Whoever came late is there.
pub(super) fn away(mark: &Row, pupil: Option<Uuid>, sheet: &Row) -> bool {
    let his = mark.get(&MARK, "pupil").id() == pupil && mark.get(&MARK, "sheet").id() == Some(sheet.id);
    his && roll::counts(mark) && mark.get(&MARK, "kind").text() != Some("late")
}

async fn found(cx: &Cx, checks: &[Row]) -> Result<Vec<Change>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let Some(first) = checks.iter().filter_map(|check| check.get(&MISSING, "day").date()).min() else {
        return Ok(Vec::new());
    };
    let ids: Vec<_> = checks.iter().filter_map(|check| check.get(&MISSING, "pupil").id()).collect();
    let pupils = store.find_many(&PUPIL, &ids, &all).await?;
    let span = Query::new().within("day", first, cx.today());
    let classes = pupils.values().map(|pupil| pupil.get(&PUPIL, "class").clone()).collect();
    let sheets = span.clone().filter("class", Test::OneOf(classes)).among("state", &["called"]);
    let sheets = store.all(&SHEET, &sheets, &all).await?;
    let marks = store.of_each(&MARK, "pupil", &ids, &span).await?;
    Ok(checks.iter().filter_map(|check| there(check, &pupils, &sheets, &marks)).map(told).collect())
}

/// A check with the first later roll that has its child.
fn there<'a>(
    check: &'a Row,
    pupils: &HashMap<Uuid, Row>,
    sheets: &'a [Row],
    marks: &[Row],
) -> Option<(&'a Row, &'a Row)> {
    let pupil = pupils.get(&check.get(&MISSING, "pupil").id()?)?;
    let has = |sheet: &&Row| is_there(check, pupil, sheet, marks);
    Some((check, sheets.iter().filter(has).min_by_key(|sheet| (roll::called_at(sheet), sheet.id))?))
}

/// Whether a roll that was called later expects this child and does not miss it. Of a day pupil the boarders' rolls say nothing, of whoever has changed his class
/// neither the old one's nor the new one's.
pub fn is_there(check: &Row, pupil: &Row, sheet: &Row, marks: &[Row]) -> bool {
    let session = sheet.get(&SHEET, "session").text().unwrap_or_default();
    let boards = pupil.get(&PUPIL, "boarder") == &Cell::Bool(true);
    let day = sheet.get(&SHEET, "day").date();
    let here = pupil.get(&PUPIL, "left_on").date().is_none_or(|left| day <= Some(left));
    let class = sheet.get(&SHEET, "class");
    let his = class == check.get(&MISSING, "class") && class == pupil.get(&PUPIL, "class");
    let expected = here && his && (boards || !boarders_only(session));
    let later = check.get(&MISSING, "begun_at").int() < Some(roll::called_at(sheet));
    expected && later && !marks.iter().any(|mark| away(mark, Some(pupil.id), sheet))
}

fn told((check, sheet): (&Row, &Row)) -> Change {
    let after = check.clone().with(&MISSING, "seen_at", Cell::Int(roll::called_at(sheet))).with(
        &MISSING,
        "seen_sheet",
        Cell::Id(sheet.id),
    );
    tell(Change::update(&MISSING, "seen", check.clone(), after), check, "missing.seen")
}

/// Told to whoever leads the search, and to the class teacher.
fn tell(change: Change, check: &Row, code: &'static str) -> Change {
    let mut who: Vec<_> = ["leader", "teacher"].iter().filter_map(|who| check.get(&MISSING, who).id()).collect();
    who.dedup();
    who.into_iter().fold(change, |change, person| change.send(Message::person(person, code).urgent()))
}

/// The touch by which this reader ends the search, if it is his to end.
pub fn here(cx: &Cx, check: &Row) -> Option<HereView> {
    let mine = cx.may(MISSING.name, "here") && cx.scope().sees(&MISSING, check);
    mine.then(|| HereView {
        action: format!("/missing/{}/here", check.id),
        version: check.version.to_string(),
        request_id: cx.app.store.new_id(cx.now).to_string(),
    })
}
