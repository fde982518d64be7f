//! What each move writes: pure. The state itself comes from the diagram.

use chrono::NaiveDate;
use kit::life::Input;
use kit::query::Test;
use kit::{Actor, Cell, Change, Facts, Noun, Query, Refusal, Row};
use uuid::Uuid;

use super::due;
use super::record::{TIP, said, show_to_school};
use crate::hazards::record::HAZARD;

/// The tip after a move, but for its state.
pub fn after(actor: &Actor, before: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Row, Refusal> {
    let mut row = before.clone();
    match mv {
        "to_hazard" => to_hazard(&mut row, input)?,
        "join" => row.set(&TIP, "hazard", Cell::Id(joined(before, input, facts)?)),
        "merge" => row.set(&TIP, "duplicate_of", Cell::Id(same_as(before, input, facts)?)),
        "answer" => {
            row.set(&TIP, "answer", input.get("answer").clone());
            row.set(&TIP, "answered_on", Cell::Date(facts.today));
        }
        "keep_from_school" => show_to_school(&mut row, false),
        "set_aside" => row.set(&TIP, "reason", input.get("reason").clone()),
        "say_fixed" => row.set(&TIP, "said_on", Cell::Date(facts.today)),
        "say_not_fixed" => not_fixed(&mut row, input, facts)?,
        _ => return Err(Refusal::new("move.unknown")),
    }
    let waited = said(before, "state") == "received" && mv != "keep_from_school";
    if waited {
        row.set(&TIP, "triaged_by", actor.person().map_or(Cell::Null, Cell::Id));
        row.set(&TIP, "triaged_on", Cell::Date(facts.today));
    }
    Ok(row)
}

/// The change with the reporter's number gone: out of the row, and its key destroyed, so that it is gone from the history too.
pub fn without_contact(mut change: Change) -> Change {
    let holder = change.after.get(&TIP, "holder").id();
    for field in ["contact", "contact_index", "holder"] {
        change.after.set(&TIP, field, Cell::Null);
    }
    match holder {
        Some(holder) => change.forgetting(holder),
        None => change,
    }
}

/// The hazard that a tip becomes: one for a tip, whoever asks how often.
pub fn hazard_id(tip: Uuid) -> Uuid {
    Uuid::new_v5(&tip, b"hazard")
}

/// What is said about people is not copied into a hazard that their school reads: the triager says what is to be put right.
fn to_hazard(row: &mut Row, input: &Input) -> Result<(), Refusal> {
    let about_people = row.get(&TIP, "about_people") == &Cell::Bool(true);
    let finding = match input.get("finding") {
        Cell::Null if about_people => return Err(Refusal::at("tip.finding_needed", "finding")),
        Cell::Null => row.get(&TIP, "words").clone(),
        finding => finding.clone(),
    };
    row.set(&TIP, "finding", finding);
    row.set(&TIP, "place", input.get("place").clone());
    row.set(&TIP, "photo_along", input.get("photo_along").clone());
    if !input.get("category").is_null() {
        row.set(&TIP, "category", input.get("category").clone());
    }
    row.set(&TIP, "hazard", Cell::Id(hazard_id(row.id)));
    Ok(())
}

/// What a move has to choose from: an open hazard of the same school, or another tip of it that is itself followed. What a school may not see is not
/// named on what it sees.
pub fn among(row: &Row, field: &str, _: NaiveDate) -> Option<Query> {
    let here = Query::new().is("school", row.get(&TIP, "school").clone());
    match field {
        "hazard" => Some(here.not_among("state", &["closed", "mistaken", "merged"])),
        "duplicate_of" => {
            let followed = here.not_among("state", &["merged", "set_aside"]);
            let seen = !row.get(&TIP, "seen_by").is_null();
            Some(if seen { followed.filter("seen_by", Test::Present) } else { followed })
        }
        _ => None,
    }
}

/// The record that was chosen, if it was one to choose.
fn chosen(row: &Row, input: &Input, field: &str, noun: &Noun, facts: &Facts) -> Option<Uuid> {
    let other = input.get(field).id().filter(|id| *id != row.id).and_then(|id| facts.known.get(&id));
    let query = among(row, field, facts.today)?;
    other.filter(|other| query.holds(noun, other)).map(|other| other.id)
}

fn joined(row: &Row, input: &Input, facts: &Facts) -> Result<Uuid, Refusal> {
    chosen(row, input, "hazard", &HAZARD, facts).ok_or_else(|| Refusal::at("tip.join_which", "hazard"))
}

fn same_as(row: &Row, input: &Input, facts: &Facts) -> Result<Uuid, Refusal> {
    chosen(row, input, "duplicate_of", &TIP, facts).ok_or_else(|| Refusal::at("tip.merge_into", "duplicate_of"))
}

fn not_fixed(row: &mut Row, input: &Input, facts: &Facts) -> Result<(), Refusal> {
    // Should the hazard be past reopening, the new tip needs its day.
    due::answer(facts)?;
    let count = row.get(&TIP, "not_fixed").int().unwrap_or_default();
    row.set(&TIP, "not_fixed", Cell::Int(count + 1));
    row.set(&TIP, "said_on", Cell::Date(facts.today));
    row.set(&TIP, "reason", input.get("reason").clone());
    Ok(())
}
