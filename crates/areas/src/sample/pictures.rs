//! Photographs of some hazards, painted (`photo::painted`).

use std::collections::HashMap;

use chrono::NaiveDate;
use engine::files::{ATTACHMENT, Prepared, painted, row};
use kit::{Author, Cell, Change, Row};
use photo::painted::wall;
use photo::{Look, smaller};
use uuid::Uuid;

use super::book::Batch;
use super::schools::{SAMPLE_SCHOOL, School};
use crate::hazards::record::HAZARD;

/// The longer side of a photograph that was made smaller to be sent again.
const SMALL: u32 = 240;
/// Of the sample accounts' own school, the last so many; and everywhere the major ones.
const OF_SAMPLE_SCHOOL: usize = 8;
const MINUTE: i64 = 60_000;

/// Paints the photographs and puts their rows among the steps: before when it was found, after when it was reported done.
pub fn build(steps: &mut Vec<Batch>, schools: &[School]) -> Vec<Prepared> {
    let own = schools.iter().find(|school| school.name == SAMPLE_SCHOOL).map(|school| school.id);
    // One school sent a photograph twice, smaller the second time: what the bureau's page is for. A kindergarten, for none is
    // named after a real one.
    let twice = schools.iter().find(|school| school.kind == "kindergarten").map(|school| school.id);
    let mut chosen = chosen(steps, own);
    chosen.extend(reported_done(steps, twice).into_iter().take(2));
    let (mut files, mut more, mut last) = (Vec::new(), Vec::new(), None);
    for batch in &*steps {
        for change in batch.changes.iter().filter(|change| chosen.contains(&change.after.id)) {
            let (role, at) = match change.verb {
                "create" if change.noun.name == HAZARD.name => ("before", batch.at + MINUTE),
                "submit" | "fix_on_the_spot" => ("after", batch.at - MINUTE),
                _ => continue,
            };
            let theirs = role == "after" && change.after.get(&HAZARD, "school").id() == twice;
            let again = if theirs { last.take() } else { None };
            let Some((file, change)) = one(change.after.id, &change.after, role, (at, batch.actor), again.as_ref())
            else {
                continue;
            };
            if theirs {
                last = Some((change.after.id, number(&change.after, "record"), file.about.look));
            }
            more.push(Batch { at, actor: batch.actor, changes: vec![change] });
            files.push(file);
        }
    }
    steps.extend(more);
    files
}

/// The hazards that have photographs.
fn chosen(steps: &[Batch], sample: Option<Uuid>) -> Vec<Uuid> {
    let mut known: HashMap<Uuid, &Row> = HashMap::new();
    for change in steps.iter().flat_map(|batch| &batch.changes).filter(|change| change.noun.name == HAZARD.name) {
        known.insert(change.after.id, &change.after);
    }
    let major = |row: &Row| row.get(&HAZARD, "grade").text() == Some("major");
    let mut chosen: Vec<_> = known.values().filter(|row| major(row)).map(|row| row.id).collect();
    let mut own: Vec<(NaiveDate, Uuid)> = known
        .values()
        .filter(|row| !major(row) && row.get(&HAZARD, "school").id() == sample)
        .filter_map(|row| Some((row.get(&HAZARD, "found_on").date()?, row.id)))
        .collect();
    own.sort_unstable();
    chosen.extend(own.iter().rev().take(OF_SAMPLE_SCHOOL).map(|(_, id)| *id));
    chosen
}

/// The hazards that a school reported done, in order of time.
fn reported_done(steps: &[Batch], school: Option<Uuid>) -> Vec<Uuid> {
    let done = |change: &&Change| {
        change.noun.name == HAZARD.name
            && matches!(change.verb, "submit" | "fix_on_the_spot")
            && change.after.get(&HAZARD, "school").id() == school
    };
    let mut ids = Vec::new();
    for change in steps.iter().flat_map(|batch| &batch.changes).filter(done) {
        if !ids.contains(&change.after.id) {
            ids.push(change.after.id);
        }
    }
    ids
}

/// A photograph that was sent before: its attachment, the number of what is on it, what it looks like.
type Sent = (Uuid, u128, Option<Look>);

fn one(
    hazard: Uuid,
    record: &Row,
    role: &str,
    (at, actor): (i64, Option<Uuid>),
    again: Option<&Sent>,
) -> Option<(Prepared, Change)> {
    let mended = role == "after";
    let picture = match again {
        Some((_, number, _)) => smaller(wall(*number, mended), SMALL),
        None => wall(hazard.as_u128(), mended),
    };
    let mut file = painted(if role == "before" { "整改前" } else { "整改后" }, picture).ok()?;
    file.about.taken_at = Some(at - MINUTE);
    file.about.place = record.get(&HAZARD, "place").text().map(ToOwned::to_owned);
    let author = Author { actor, at, request: Uuid::nil() };
    // The same hazard and side always has the same photograph.
    let id = Uuid::new_v5(&hazard, role.as_bytes());
    let mut row = row(id, author, &HAZARD, hazard, (&file.name, file.media, &file.about), role);
    if let Some((other, distance)) =
        again.and_then(|(id, _, look)| Some((*id, look.as_ref()?.distance(&file.about.look?))))
    {
        row.set(&ATTACHMENT, "alike", Cell::Id(other));
        row.set(&ATTACHMENT, "distance", Cell::Int(distance.into()));
    }
    Some((file, Change::create(&ATTACHMENT, "create", row)))
}

fn number(row: &Row, field: &str) -> u128 {
    row.get(&ATTACHMENT, field).id().unwrap_or_default().as_u128()
}
