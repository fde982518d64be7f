//! The names of a class as tiles, where its roll can be called.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use engine::Cx;
use engine::error::render;
use engine::pages::{unkept, words};
use engine::save::Refused;
use engine::web::Reader;
use kit::Refusal;
use uuid::Uuid;

use super::call::{self, Caller, Ground};
use super::door;
use super::pages::{Tried, Wanted, heading, layout};
use super::record::SYMPTOMS;
use super::session::{self, Slot};
use super::view::{ChoiceView, TileView, TilesPage};
use crate::organisation::record::CLASS;

/// The names as tiles; of a day or session that cannot be called, why.
pub(super) async fn page(reader: &Reader, wanted: Wanted, caller: Caller, tried: &Tried) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let heading = heading(cx, &wanted);
    let action = format!("/rollcall/{}/{}", wanted.class.id, wanted.session);
    let school = wanted.class.get(&CLASS, "school").id().map(|id| cx.app.tree().name(id).to_owned());
    let ground = door::ground(cx, wanted.class, wanted.day, wanted.session).await?;
    let closed = closed(cx, (wanted.day, wanted.session), &ground);
    let later = if closed.is_none() { later(cx, &ground.slots, wanted.session, wanted.day)? } else { None };
    // What was sent and refused is shown as it was sent.
    let closed = closed.filter(|_| tried.faults.is_empty());
    let names = door::names(cx, &ground.roll).await?;
    let tile = |id: &Uuid| {
        let missed = tried.missed.iter().find(|missed| missed.pupil == *id);
        TileView {
            id: id.to_string(),
            name: names.get(id).cloned().unwrap_or_default(),
            missed: missed.is_some(),
            kind: missed.map_or("absent", |missed| missed.kind).to_owned(),
            symptom: missed.and_then(|missed| missed.symptom).unwrap_or_default().to_owned(),
        }
    };
    let choices = |field: &str, codes: &[&'static str]| {
        let choice =
            |code: &'static str| ChoiceView { code, label: cx.word(&format!("mark.{field}.{code}")).to_owned() };
        codes.iter().copied().map(choice).collect::<Vec<_>>()
    };
    let n = ground.roll.len().to_string();
    let page = TilesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, &heading),
        meta: [school.unwrap_or_default(), wanted.day.to_string()].join(" · "),
        heading,
        action,
        request_id: tried.id.unwrap_or_else(|| cx.app.store.new_id(cx.now)).to_string(),
        day: wanted.day.to_string(),
        opened_at: cx.now,
        later,
        substitute: (caller == Caller::Substitute && closed.is_none())
            .then(|| cx.word("rollcall.substitute").to_owned()),
        closed,
        tiles: ground.roll.iter().map(tile).collect(),
        kinds: choices("kind", &call::offered(wanted.session, &ground.slots, &tried.missed)),
        symptoms: choices("symptom", SYMPTOMS),
        faults: tried.faults.clone(),
        all: cx.app.words.fill(cx.lang, "rollcall.expected", &[("n", n)]),
    };
    let status = if tried.faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(unkept((status, render(&page)).into_response()))
}

/// Whether a roll of that day and session can be called, by whomever.
pub(super) async fn open(cx: &Cx, wanted: &Wanted) -> Result<bool, Refused> {
    let ground = door::ground(cx, wanted.class.clone(), wanted.day, wanted.session).await?;
    Ok(closed(cx, (wanted.day, wanted.session), &ground).is_none())
}

/// Why no roll of that day and session can be called: said before anybody has filled it in.
fn closed(cx: &Cx, (day, session): (NaiveDate, &str), ground: &Ground) -> Option<String> {
    let refusal = call::asked(session, day, ground, &door::facts(cx)).err()?;
    Some(cx.app.text(cx.lang, &refusal))
}

/// A roll stands there from its hour on, also on a telephone that has kept its page since the morning: what is filled in before would be refused, and
/// nobody could tell it from a wrong clock. The time that is left is the browser's, which a sample's day may outrun.
fn later(cx: &Cx, slots: &[Slot], session: &str, day: NaiveDate) -> Result<Option<(i64, String)>, Refusal> {
    let Some(slot) = slots.iter().find(|slot| slot.session == session) else { return Ok(None) };
    let left = session::opens(slot, day, &cx.app.norms())? - cx.now;
    let begins = Refusal::new("sheet.too_early").with("from", slot.at.format("%H:%M"));
    let minute = cx.app.clock.passes(session::MINUTE).max(1);
    Ok((left > 0).then(|| (left * session::MINUTE / minute, cx.app.text(cx.lang, &begins))))
}
