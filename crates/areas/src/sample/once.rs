//! What a room's own records prove, no deed tells once more: a round that was walked stands there once, and not beside a line that says so.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use kit::duty::{Fact, Fulfil};
use kit::{Change, Noun, Row};
use uuid::Uuid;

use super::book::Batch;
use crate::duties::record::DEED;

/// A fact, who it is asked of, and the day.
type Told = (String, Uuid, NaiveDate);

/// Takes the deeds away that tell what other records of the same day prove; chance has been asked for them, so nothing else of the county changes.
pub fn told_once(steps: &mut Vec<Batch>) {
    let rooms = crate::all();
    let kinds = rooms.iter().flat_map(|area| &area.kinds).filter(|kind| kind.noun.name != DEED.name);
    let proofs: HashMap<_, _> = kinds.map(|kind| (kind.noun.name, kind.fulfils)).collect();
    let created = steps.iter().flat_map(|batch| &batch.changes).filter(|change| change.before.is_none());
    let told: HashSet<Told> = created
        .flat_map(|change| {
            let proofs = proofs.get(change.noun.name).copied().unwrap_or_default();
            proofs.iter().filter_map(|proof| proven(proof, change.noun, &change.after))
        })
        .collect();
    for batch in steps.iter_mut() {
        batch.changes.retain(|change| !repeats(change, &told));
    }
    steps.retain(|batch| !batch.changes.is_empty());
}

fn proven(proof: &Fulfil, noun: &Noun, row: &Row) -> Option<Told> {
    let Fact::Is(fact) = proof.fact else { return None };
    let told = || Some((fact.to_owned(), row.get(noun, proof.subject).id()?, row.get(noun, proof.day).date()?));
    // Whoever found something looked; that he looked on another day of the same month is no repetition.
    told().filter(|_| !proof.finds && (proof.only)().holds(noun, row))
}

fn repeats(change: &Change, told: &HashSet<Told>) -> bool {
    let get = |field| change.after.get(&DEED, field);
    let is_deed = change.noun.name == DEED.name;
    let subject = || ["class", "school", "unit"].into_iter().find_map(|field| get(field).id());
    let deed = || Some((get("fact").text()?.to_owned(), subject()?, get("day").date()?));
    is_deed && deed().is_some_and(|deed| told.contains(&deed))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::super::tests::township;
    use super::*;
    use crate::attendance::record::SHEET;
    use crate::patrols::record::ROUND;
    use crate::talks::record::TALK;

    #[test]
    fn what_a_room_tells_of_a_day_no_deed_tells_once_more() {
        let end = township().1;
        let deeds: HashSet<_> = end
            .rows(&DEED)
            .into_iter()
            .map(|row| {
                let place = if row.get(&DEED, "class").is_null() { "school" } else { "class" };
                (row.get(&DEED, "fact").text().unwrap(), row.get(&DEED, place).id(), row.get(&DEED, "day").date())
            })
            .collect();
        for (noun, subject, field, code, fact) in [
            (&ROUND, "school", "kind", "guard", "patrol.guard"),
            (&SHEET, "class", "session", "arrival", "rollcall.arrival"),
            (&TALK, "class", "kind", "minute", "talk.minute"),
        ] {
            assert!(deeds.iter().any(|(told, ..)| *told == fact), "{fact}: of earlier days");
            let rows = end.rows(noun).into_iter().filter(|row| row.get(noun, field).text() == Some(code));
            let told: Vec<_> =
                rows.map(|row| (fact, row.get(noun, subject).id(), row.get(noun, "day").date())).collect();
            assert!(!told.is_empty() && told.iter().all(|told| !deeds.contains(told)), "{fact}");
        }
    }
}
