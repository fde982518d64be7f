//! Whether whoever is handed over is there at all, and has not just been handed over: a child who is looked for, or whom the last roll of its class misses,
//! goes with nobody before somebody says that it has come. A whole class goes without them ([`super::handover::last`]). Pure.

use kit::{Cell, Facts, Noun, Refusal, Row, dates};

use super::handover::HANDOVER;
use super::record::{MARK, MISSING, SHEET, goes_on};
use super::roll;
use super::session::boarders_only;
use crate::aside::stands;
use crate::organisation::record::PUPIL;

/// A second touch for the same child and the same person within this time is the same one.
const TWICE_MS: i64 = 300_000;

/// What speaks against a record that is new; of one that stands it was asked when it was made.
pub fn faults(row: &Row, facts: &Facts) -> Vec<Refusal> {
    if row.version > 0 {
        return Vec::new();
    }
    if row.get(&HANDOVER, "pupil").is_null() {
        return class_done(row, facts).into_iter().collect();
    }
    let pupil = row.get(&HANDOVER, "pupil").id().and_then(|id| facts.known.get(&id));
    let away = pupil.and_then(|pupil| sought(pupil, facts).or_else(|| not_here(pupil, row, facts)));
    away.or_else(|| just_now(row, facts)).into_iter().collect()
}

fn beside<'a>(noun: &'static Noun, facts: &'a Facts) -> impl Iterator<Item = &'a Row> {
    facts.beside.iter().filter(move |(one, _)| one.name == noun.name).map(|(_, row)| row)
}

fn named(code: &'static str, pupil: &Row) -> Refusal {
    Refusal::at(code, "pupil").with("name", pupil.get(&PUPIL, "name").text().unwrap_or_default())
}

fn time(at: i64) -> String {
    dates::shanghai_time(at).format("%H:%M").to_string()
}

/// Whoever leads the search ends it first: else the police are called for a child on the bus.
fn sought(pupil: &Row, facts: &Facts) -> Option<Refusal> {
    let open = |check: &Row| {
        let his = check.get(&MISSING, "pupil").id() == Some(pupil.id);
        his && goes_on(check)
    };
    beside(&MISSING, facts).any(open).then(|| named("handover.searched_for", pupil))
}

/// Missed by the roll of his class that was called last, and not said to have come since.
fn not_here(pupil: &Row, row: &Row, facts: &Facts) -> Option<Refusal> {
    let boards = pupil.get(&PUPIL, "boarder") == &Cell::Bool(true);
    let his = |sheet: &&Row| {
        let called = sheet.get(&SHEET, "state").text() == Some("called");
        let asks = boards || !boarders_only(sheet.get(&SHEET, "session").text().unwrap_or_default());
        let of_class = sheet.get(&SHEET, "class") == row.get(&HANDOVER, "class");
        called && asks && of_class && sheet.get(&SHEET, "day").date() == Some(facts.today)
    };
    let sheet = beside(&SHEET, facts).filter(his).max_by_key(|sheet| (roll::called_at(sheet), sheet.id))?;
    let misses = |mark: &Row| {
        let text = |field| mark.get(&MARK, field).text();
        let of_him = mark.get(&MARK, "pupil").id() == Some(pupil.id) && mark.get(&MARK, "sheet").id() == Some(sheet.id);
        let stands = matches!(text("state"), Some("unknown" | "known"));
        of_him && stands && matches!(text("kind"), Some("absent" | "sick" | "leave"))
    };
    let refusal = || named("handover.not_here", pupil).with("time", time(roll::called_at(sheet)));
    beside(&MARK, facts).any(misses).then(refusal)
}

/// The records of the day that stand, but for this one.
fn others<'a>(row: &'a Row, facts: &'a Facts) -> impl Iterator<Item = &'a Row> {
    let same = move |other: &Row, field: &str| other.get(&HANDOVER, field) == row.get(&HANDOVER, field);
    let of_day = move |other: &Row| other.get(&HANDOVER, "day").date() == Some(facts.today);
    let of = move |other: &&Row| same(other, "class") && same(other, "pupil") && of_day(other);
    beside(&HANDOVER, facts).filter(of).filter(move |other| other.id != row.id && stands(&HANDOVER, other))
}

/// A class goes once a day, and what was written of it is put right rather than written again.
fn class_done(row: &Row, facts: &Facts) -> Option<Refusal> {
    let first = others(row, facts).next()?;
    Some(Refusal::at("handover.class_done", "class").with("time", time(handed_at(first, facts))))
}

/// The same child to the same person a moment ago is a second touch. Later it is another going: it was fetched in the morning, was back, and goes home.
fn just_now(row: &Row, facts: &Facts) -> Option<Refusal> {
    let at = handed_at(row, facts);
    let near = |other: &&Row| (handed_at(other, facts) - at).abs() < TWICE_MS;
    let same = |other: &Row, field: &str| other.get(&HANDOVER, field) == row.get(&HANDOVER, field);
    let twice = others(row, facts).filter(near).find(|other| same(other, "taken_by") && same(other, "guardian"))?;
    Some(Refusal::at("handover.just_now", "pupil").with("time", time(handed_at(twice, facts))))
}

/// What no two records of a child say in the same stretch of time. The rule above reads before anything is written, so two requests of the same moment both
/// pass it; the unique index on this does not. It refuses nothing that the rule would not: a stretch is as long as the time in which a second touch is the same one.
/// A stretch has an end, and two touches that fall on either side of it are left to the rule.
pub fn touched(row: Row, facts: &Facts) -> Row {
    if row.get(&HANDOVER, "pupil").is_null() {
        return row;
    }
    let by = row.get(&HANDOVER, "taken_by").text().unwrap_or_default();
    let guardian = row.get(&HANDOVER, "guardian").id().unwrap_or_default();
    let touch = format!("{by}/{guardian}/{}", handed_at(&row, facts) / TWICE_MS);
    row.with(&HANDOVER, "touch", Cell::Text(touch))
}

/// Who is put right to have gone with somebody else did not go with the one who was touched.
pub fn put_right(before: &Row, row: Row) -> Row {
    let other =
        ["taken_by", "guardian"].into_iter().any(|field| row.get(&HANDOVER, field) != before.get(&HANDOVER, field));
    if other { row.with(&HANDOVER, "touch", Cell::Null) } else { row }
}

fn handed_at(row: &Row, facts: &Facts) -> i64 {
    row.get(&HANDOVER, "handed_at").int().unwrap_or(facts.now)
}
