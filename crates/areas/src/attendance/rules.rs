//! A mark that is added to a sheet later, and what a change of a mark does to its sheet. Pure.

use chrono::NaiveDate;
use engine::area::Company;
use kit::{Actor, Cell, Change, Facts, Refusal, Role, Row};
use uuid::Uuid;

use super::call::{counter, state_of};
use super::incident::{self, INCIDENT};
use super::record::{MARK, MISSING, SHEET};
use super::roll::{counts, enrolled_on};
use super::session::{boarders_only, roll_day};
use super::{called_off, missing};
use crate::organisation::record::{ENROLMENT, PUPIL};

/// 补记: somebody was forgotten. What the sheet says the mark takes over.
pub fn mark_derived(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_some() {
        return Ok(row);
    }
    let Some(sheet) = row.get(&MARK, "sheet").id().and_then(|id| facts.known.get(&id)) else { return Ok(row) };
    if sheet.get(&SHEET, "state").text() != Some("called") {
        return Err(Refusal::at("mark.sheet_withdrawn", "sheet"));
    }
    let class = sheet.get(&SHEET, "class").id();
    let own = class.is_some_and(|class| actor.scope.classes.contains(&class));
    if !own && !matches!(actor.role, Role::Principal | Role::School) {
        return Err(Refusal::at("mark.not_yours", "sheet"));
    }
    let state = state_of(row.get(&MARK, "kind").text().unwrap_or_default());
    let copied = |field| sheet.get(&SHEET, field).clone();
    Ok(row
        .with(&MARK, "school", copied("school"))
        .with(&MARK, "class", copied("class"))
        .with(&MARK, "day", copied("day"))
        .with(&MARK, "session", copied("session"))
        .with(&MARK, "state", Cell::Text(state.into()))
        .with(&MARK, "marked_by", actor.person().map_or(Cell::Null, Cell::Id))
        .with(&MARK, "marked_at", Cell::Int(facts.now)))
}

/// Whoever called a roll in a colleague's place adds whom he forgot, as long as it is the roll of now. Later the class's own teacher does.
pub fn called_it(actor: &Actor, sheet: &Row, now: i64) -> bool {
    let text = |field| sheet.get(&SHEET, field).text();
    let mine = actor.person().is_some() && sheet.get(&SHEET, "called_by").id() == actor.person();
    let of_now = text("session").map(|session| roll_day(session, now));
    mine && text("state") == Some("called") && sheet.get(&SHEET, "day").date() == of_now
}

pub fn mark(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let mut faults = Vec::new();
    let pupil = row.get(&MARK, "pupil").id().and_then(|id| facts.known.get(&id));
    let day = row.get(&MARK, "day").date().unwrap_or(facts.today);
    if row.version == 0 && pupil.is_some_and(|pupil| !in_class(pupil, row.get(&MARK, "class"), day, facts)) {
        faults.push(Refusal::at("mark.not_in_class", "pupil").with("day", day));
    }
    // Who goes home in the evening is on no boarders' roll, and nobody looks for him because of it.
    let night = row.get(&MARK, "session").text().is_some_and(boarders_only);
    let goes_home = |pupil: &Row| pupil.get(&PUPIL, "boarder") != &Cell::Bool(true);
    if row.version == 0 && night && pupil.is_some_and(goes_home) {
        faults.push(Refusal::at("mark.not_boarder", "pupil"));
    }
    if !row.get(&MARK, "symptom").is_null() && row.get(&MARK, "kind").text() != Some("sick") {
        faults.push(Refusal::at("mark.symptom_not_sick", "symptom"));
    }
    faults
}

/// Whether a pupil was in a class on a day: by his enrolment of that day, wherever he is now.
pub fn in_class(pupil: &Row, class: &Cell, day: NaiveDate, facts: &Facts) -> bool {
    let enrolments = facts.beside.iter().filter(|(noun, _)| noun.name == ENROLMENT.name).map(|(_, row)| row);
    let mut enrolments = enrolments.filter(|row| row.get(&ENROLMENT, "pupil").id() == Some(pupil.id)).peekable();
    if enrolments.peek().is_none() {
        return pupil.get(&PUPIL, "class") == class;
    }
    enrolments.any(|row| enrolled_on(row, day) && row.get(&ENROLMENT, "class") == class)
}

/// The counters of the sheet follow its marks, and a check ends when the mark says why.
pub fn mark_entails(change: &Change, company: Company<'_>, facts: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let sheet = change.after.get(&MARK, "sheet").id().and_then(|id| facts.known.get(&id));
    let checks = company.iter().filter(|(noun, _)| noun.name == MISSING.name);
    let settled = checks.filter_map(|(_, row)| missing::settled(row, change, facts));
    sheet.and_then(|sheet| counted(sheet, change)).into_iter().chain(settled).collect()
}

/// The sheet with its counters as they are after a change of one of its marks.
pub fn counted(sheet: &Row, change: &Change) -> Option<Change> {
    let mut after = sheet.clone();
    let mut add = |row: &Row, sign: i64| {
        let Some(counter) = row.get(&MARK, "kind").text().and_then(counter).filter(|_| counts(row)) else { return };
        let count = after.get(&SHEET, counter).int().unwrap_or_default();
        after.set(&SHEET, counter, Cell::Int((count + sign).max(0)));
    };
    if let Some(before) = &change.before {
        add(before, -1);
    }
    add(&change.after, 1);
    let recount = Change::update(&SHEET, "recount", sheet.clone(), after);
    (!recount.is_empty()).then_some(recount)
}

/// What is known about a child who was looked for is known of its mark; the call to the police opens an incident, its end closes it.
pub fn missing_entails(
    change: &Change,
    company: Company<'_>,
    facts: &Facts,
    _: &mut dyn FnMut() -> Uuid,
) -> Vec<Change> {
    let incidents = company.iter().filter(|(noun, _)| noun.name == INCIDENT.name).map(|(_, row)| row);
    missing::follow(change, facts).into_iter().chain(incident::follow(change, incidents, facts)).collect()
}

/// A sheet that was withdrawn takes its marks with it, and the checks that they began: nobody is looked for because another class was called.
pub fn sheet_entails(change: &Change, company: Company<'_>, facts: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    if change.verb != "withdraw" {
        return Vec::new();
    }
    let held = company.iter().filter(|(noun, row)| noun.name == MARK.name && counts(row));
    let taken = |row: &Row| {
        let after = row.clone().with(&MARK, "state", Cell::Text("taken_back".into()));
        Change::update(&MARK, "take_back", row.clone(), after)
    };
    let checks = company.iter().filter(|(noun, _)| noun.name == MISSING.name);
    let ended = checks.filter_map(|(_, row)| called_off::taken_back(row, facts));
    held.map(|(_, row)| taken(row)).chain(ended).collect()
}
