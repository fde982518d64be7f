//! What a move of a tip does to other records, in the same transaction: it makes a hazard, reopens one, or begins anew.

use engine::area::Company;
use engine::files::ATTACHMENT;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Life, Noun, Row};
use uuid::Uuid;

use super::record::{self, Sent, TIP, TIP_CODE, received, said, show_to_school};
use super::{due, guess, photo};
use crate::hazards::life::HazardLife;
use crate::hazards::record::HAZARD;
use crate::hazards::rules;

/// How the history of a hazard says why it was reopened.
const CAME_BACK: &str = "随手拍回访：反映人称未整改到位";

pub fn of_tip(change: &Change, company: Company<'_>, facts: &Facts, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    match change.verb {
        "to_hazard" => with_photos(hazard(&change.after, facts), &change.after, company, new_id),
        "say_not_fixed" => {
            reopened(&change.after, facts).or_else(|| begun_anew(&change.after, facts, new_id)).into_iter().collect()
        }
        "keep_from_school" => of_noun(company, &TIP).map(kept).collect(),
        _ => Vec::new(),
    }
}

fn of_noun<'a>(company: Company<'a>, wanted: &'static Noun) -> impl Iterator<Item = &'a Row> {
    company.iter().filter(move |(noun, _)| std::ptr::eq(*noun, wanted)).map(|(_, row)| row)
}

/// The hazard and, where the triager saw no face and no number plate in them, the photographs.
fn with_photos(
    hazard: Option<Change>,
    tip: &Row,
    company: Company<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Vec<Change> {
    let Some(hazard) = hazard else { return Vec::new() };
    let (id, along) = (hazard.after.id, tip.get(&TIP, "photo_along") == &Cell::Bool(true));
    let photos = of_noun(company, &ATTACHMENT).filter(|_| along).filter_map(|photo| photo::along(photo, id, new_id()));
    let photos: Vec<_> = photos.collect();
    std::iter::once(hazard).chain(photos).collect()
}

/// A wall never hangs without a code.
pub fn of_code(change: &Change, _: Company<'_>, facts: &Facts, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let school = change.after.get(&TIP_CODE, "school").id().filter(|_| change.verb == "renew");
    let fresh = school.map(|school| record::code(new_id(), school, facts.today));
    fresh.map(|row| Change::create(&TIP_CODE, "create", row)).into_iter().collect()
}

/// The hazard, as anybody would have recorded it; found by nobody who works here.
fn hazard(tip: &Row, facts: &Facts) -> Option<Change> {
    let kind = if said(tip, "spot") == "surroundings" { "surroundings" } else { "school" };
    let row = Row::blank(&HAZARD, tip.get(&TIP, "hazard").id()?)
        .with(&HAZARD, "place_kind", Cell::Text(kind.into()))
        .with(&HAZARD, "school", tip.get(&TIP, "school").clone())
        .with(&HAZARD, "place", tip.get(&TIP, "place").clone())
        .with(&HAZARD, "description", tip.get(&TIP, "finding").clone())
        .with(&HAZARD, "category", tip.get(&TIP, "category").clone())
        .with(&HAZARD, "source", Cell::Text("tip".into()))
        .with(&HAZARD, "found_on", tip.get(&TIP, "received_on").clone());
    let row = rules::derive(None, row, &Actor::program(), facts).ok()?;
    Some(Change::create(&HAZARD, "create", row))
}

/// The same step that anybody who may reopen a hazard makes, within the same window; its keeper and finder hear of it.
fn reopened(tip: &Row, facts: &Facts) -> Option<Change> {
    let hazard = facts.known.get(&tip.get(&TIP, "hazard").id()?)?;
    let state = hazard.get(&HAZARD, "state").text()?;
    HazardLife.next(state, "reopen")?;
    HazardLife.may(&Actor::program(), hazard, "reopen", facts).ok()?;
    let words = said(tip, "reason");
    let reason = if words.is_empty() { CAME_BACK.to_owned() } else { format!("{CAME_BACK}：{words}") };
    HazardLife.step(&Actor::program(), hazard, "reopen", &Input(vec![("reason", Cell::Text(reason))]), facts).ok()
}

/// Too late to reopen: what the reporter still sees is a tip of its own, taken up like any other, and says which one it follows.
fn begun_anew(tip: &Row, facts: &Facts, new_id: &mut dyn FnMut() -> Uuid) -> Option<Change> {
    let sent = Sent {
        school: tip.get(&TIP, "school").id()?,
        spot: said(tip, "spot").to_owned(),
        words: said(tip, "words").to_owned(),
        category: guess::category(said(tip, "spot"), said(tip, "words")),
        about_people: tip.get(&TIP, "about_people") == &Cell::Bool(true),
        contact: None,
    };
    let row = received(new_id(), &sent, facts.now, due::answer(facts).ok()?)
        .with(&TIP, "category", tip.get(&TIP, "category").clone())
        .with(&TIP, "earlier", Cell::Id(tip.id));
    Some(Change::create(&TIP, "create", row))
}

/// What was found to be the same as a tip that its school may not see, it may not see either.
fn kept(row: &Row) -> Change {
    let mut after = row.clone();
    show_to_school(&mut after, false);
    Change::update(&TIP, "keep_from_school", row.clone(), after)
}
