//! What a pupil's change brings with it: his enrolments (在籍), dated so that every day has its class, and his guardians' places.
//!
//! A pupil names his present enrolment. Its id is derived, not drawn, so that the pupil's own row (before the rules) and the enrolment's
//! row (after them) agree without knowing of each other, and a preview shows what the import will write.

use chrono::{Datelike, NaiveDate};
use engine::area::Company;
use kit::{Actor, Cell, Change, Facts, Noun, Refusal, Row};
use uuid::Uuid;

use super::record::{CLASS, ENROLMENT, GUARDIAN, PUPIL};
use crate::attendance::follows;

/// The id of the enrolment that a pupil's next version begins. The version keeps two moves of one day apart.
fn enrolment_id(pupil: &Row, from: NaiveDate, next_version: i64) -> Uuid {
    let class = pupil.get(&PUPIL, "class").id().unwrap_or_default();
    let name = [class.as_bytes().as_slice(), from.to_string().as_bytes(), &next_version.to_be_bytes()].concat();
    Uuid::new_v5(&pupil.id, &name)
}

fn date(noun: &Noun, row: &Row, field: &str) -> Option<NaiveDate> {
    row.get(noun, field).date()
}

fn same(noun: &Noun, one: &Row, other: &Row, fields: &[&str]) -> bool {
    fields.iter().all(|field| one.get(noun, field) == other.get(noun, field))
}

/// Whether this edit is a move to another class, which begins an enrolment today, and not the correction of one that has hardly begun or
/// that is over: a pupil who was put into the wrong class this morning was never in it.
fn moves(before: &Row, after: &Row, old: Option<&Row>, today: NaiveDate) -> bool {
    let begun = old.and_then(|row| date(&ENROLMENT, row, "from_on")).is_none_or(|from| from < today);
    let here = date(&PUPIL, after, "left_on").is_none_or(|left| left >= today);
    begun && here && !same(&PUPIL, before, after, &["school", "class"])
}

fn enrolment_of<'a>(pupil: &Row, facts: &'a Facts) -> Option<&'a Row> {
    facts.known.get(&pupil.get(&PUPIL, "enrolment").id()?)
}

/// The day on which an enrolment begins once its pupil's row is `after`: a corrected first day (入学日期) corrects the first enrolment too.
fn begins(before: &Row, after: &Row, old: &Row) -> Option<NaiveDate> {
    let from = date(&ENROLMENT, old, "from_on");
    if from == date(&PUPIL, before, "enrolled_on") { date(&PUPIL, after, "enrolled_on") } else { from }
}

/// Who left with his class when it had had all its years, and is put into another one, goes on: he has not left.
fn goes_on(before: &Row, after: &mut Row, facts: &Facts) {
    let left = before.get(&PUPIL, "left_on");
    let class = before.get(&PUPIL, "class").id().and_then(|id| facts.known.get(&id));
    let with_it = !left.is_null() && class.is_some_and(|class| class.get(&CLASS, "ended_on") == left);
    if with_it && after.get(&PUPIL, "left_on") == left && !same(&PUPIL, before, after, &["school", "class"]) {
        after.set(&PUPIL, "left_on", Cell::Null);
    }
}

/// A pupil's enrolment follows his class: a new pupil's begins on his first day, another class's begins today, any other edit keeps it.
///
/// # Errors
/// When the first or the last day at school contradicts the enrolment that stands.
pub fn pupil_derived(before: Option<&Row>, mut after: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if let Some(before) = before {
        goes_on(before, &mut after, facts);
    }
    if before.is_none_or(|before| !same(&PUPIL, before, &after, &["class"])) {
        takes(&after, since(before, &after, facts), facts)?;
    }
    let held = before.and_then(|row| row.get(&PUPIL, "enrolment").id());
    let begun = match (before, held) {
        (Some(before), Some(id)) => {
            let old = facts.known.get(&id);
            if !moves(before, &after, old, facts.today) {
                agrees(before, &after, old)?;
                after.set(&PUPIL, "enrolment", Cell::Id(id));
                return Ok(after);
            }
            Some(facts.today)
        }
        _ => date(&PUPIL, &after, "enrolled_on"),
    };
    // Without a first day there is nothing to begin; that it is required is said at its own field.
    let id = begun.map(|from| enrolment_id(&after, from, before.map_or(0, |row| row.version) + 1));
    after.set(&PUPIL, "enrolment", id.map_or(Cell::Null, Cell::Id));
    Ok(after)
}

/// From when on a pupil is in the class of his row: another one begins today, one that is corrected was his since his enrolment began.
fn since(before: Option<&Row>, after: &Row, facts: &Facts) -> Option<NaiveDate> {
    let Some(before) = before else { return date(&PUPIL, after, "enrolled_on") };
    match enrolment_of(before, facts) {
        Some(old) if !moves(before, after, Some(old), facts.today) => begins(before, after, old),
        _ => Some(facts.today),
    }
}

/// Nobody is put into a class on whose roll he could never stand: one that is over, if he did not leave before it was, and one of a later year.
fn takes(pupil: &Row, from: Option<NaiveDate>, facts: &Facts) -> Result<(), Refusal> {
    let Some(class) = pupil.get(&PUPIL, "class").id().and_then(|id| facts.known.get(&id)) else { return Ok(()) };
    let left = date(&PUPIL, pupil, "left_on");
    let ended = date(&CLASS, class, "ended_on").filter(|ended| *ended < facts.today);
    if let Some(day) = ended.filter(|ended| left.is_none_or(|left| left > *ended)) {
        return Err(Refusal::at("pupil.class_ended", "class").with("day", day));
    }
    let entry = class.get(&CLASS, "entry_year").int();
    // Children are entered in summer for the class that begins in autumn.
    if let Some(year) = entry.filter(|entry| from.is_some_and(|from| i64::from(from.year()) < *entry)) {
        return Err(Refusal::at("pupil.class_to_come", "class").with("year", year));
    }
    Ok(())
}

/// Nobody leaves a class before he is in it, and nobody is in a class before his first day.
fn agrees(before: &Row, after: &Row, old: Option<&Row>) -> Result<(), Refusal> {
    let Some(from) = old.and_then(|old| begins(before, after, old)) else { return Ok(()) };
    if date(&PUPIL, after, "left_on").is_some_and(|left| left < from) {
        return Err(Refusal::at("pupil.left_before_class", "left_on").with("day", from));
    }
    if date(&PUPIL, after, "enrolled_on").is_some_and(|first| first > from) {
        return Err(Refusal::at("pupil.enrolled_after_class", "enrolled_on").with("day", from));
    }
    Ok(())
}

/// The enrolments, guardians, care flag and bed that change with a pupil.
pub fn pupil_entails(change: &Change, company: Company<'_>, facts: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let (before, after) = (change.before.as_ref(), &change.after);
    let mut entailed = enrolments(change.verb, before, after, facts);
    entailed.extend(guardians(change.verb, after, company));
    entailed.extend(follows::pupil(change, company, facts));
    entailed
}

fn enrolments(verb: &'static str, before: Option<&Row>, after: &Row, facts: &Facts) -> Vec<Change> {
    let mut entailed = Vec::new();
    let held = before.and_then(|before| Some((before, enrolment_of(before, facts)?)));
    let stays = before.is_some_and(|before| same(&PUPIL, before, after, &["enrolment"]));
    if let Some((before, old)) = held {
        let mut new = old.clone();
        new.set(&ENROLMENT, "from_on", begins(before, after, old).map_or(Cell::Null, Cell::Date));
        if stays {
            follow(&mut new, after);
        } else if date(&ENROLMENT, old, "until_on").is_none_or(|until| until >= facts.today) {
            new.set(&ENROLMENT, "until_on", facts.today.pred_opt().map_or(Cell::Null, Cell::Date));
        }
        entailed.push(Change::update(&ENROLMENT, verb, old.clone(), new));
    }
    if let (false, Some(id)) = (stays, after.get(&PUPIL, "enrolment").id()) {
        let moved = before.is_some_and(|before| !before.get(&PUPIL, "enrolment").is_null());
        let from = if moved { Cell::Date(facts.today) } else { after.get(&PUPIL, "enrolled_on").clone() };
        let mut new =
            Row::blank(&ENROLMENT, id).with(&ENROLMENT, "pupil", Cell::Id(after.id)).with(&ENROLMENT, "from_on", from);
        follow(&mut new, after);
        entailed.push(Change::create(&ENROLMENT, verb, new));
    }
    entailed.retain(|change| !change.is_empty());
    entailed
}

/// The enrolment in which a pupil is has his school, his class and his last day.
fn follow(enrolment: &mut Row, pupil: &Row) {
    for (to, from) in [("school", "school"), ("class", "class"), ("until_on", "left_on")] {
        enrolment.set(&ENROLMENT, to, pupil.get(&PUPIL, from).clone());
    }
}

fn guardians<'a>(verb: &'static str, pupil: &'a Row, company: Company<'a>) -> impl Iterator<Item = Change> + 'a {
    let his = company
        .iter()
        .filter(|(noun, row)| noun.name == GUARDIAN.name && row.get(&GUARDIAN, "pupil").id() == Some(pupil.id));
    let changes = his.map(move |(_, row)| Change::update(&GUARDIAN, verb, row.clone(), placed(row.clone(), pupil)));
    changes.filter(|change| !change.is_empty())
}

fn placed(mut guardian: Row, pupil: &Row) -> Row {
    for field in ["school", "class"] {
        guardian.set(&GUARDIAN, field, pupil.get(&PUPIL, field).clone());
    }
    guardian
}

/// A guardian belongs where the pupil belongs.
///
/// # Errors
/// When the pupil does not exist for whoever enters the guardian.
pub fn guardian_derived(_: Option<&Row>, after: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    let pupil = after.get(&GUARDIAN, "pupil").id().and_then(|id| facts.known.get(&id));
    let pupil = pupil.ok_or_else(|| Refusal::at("guardian.pupil_unknown", "pupil"))?;
    Ok(placed(after, pupil))
}
