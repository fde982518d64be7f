//! What a pupil's change means for his care flag and his bed: the flag goes with him, the bed stays where it stands, and both end when he leaves.
//! Without this the teacher of his new class would not see the flag, and a dormitory would count whoever sleeps there no more. Pure.

use chrono::NaiveDate;
use kit::{Cell, Change, Facts, Noun, Row};

use super::bed::BED;
use super::care::CARE;
use crate::organisation::record::PUPIL;

/// The flags and beds that change with their pupil.
pub fn pupil<'a>(
    change: &'a Change,
    rows: &'a [(&'static Noun, Row)],
    facts: &Facts,
) -> impl Iterator<Item = Change> + 'a {
    let today = facts.today;
    let his = rows.iter().filter(move |(noun, row)| row.get(noun, "pupil").id() == Some(change.after.id));
    let after = move |(noun, row): &(&'static Noun, Row)| {
        let after = match noun.name {
            name if name == CARE.name => flag(row, &change.after),
            name if name == BED.name => bed(row, &change.after, today),
            _ => return None,
        };
        Some(Change::update(noun, change.verb, row.clone(), after))
    };
    his.filter_map(after).filter(|change| !change.is_empty())
}

/// A flag that is over stays with the class of its time.
fn flag(flag: &Row, pupil: &Row) -> Row {
    if !flag.get(&CARE, "until_on").is_null() {
        return flag.clone();
    }
    let mut after = flag.clone();
    match pupil.get(&PUPIL, "left_on").date() {
        Some(left) => after.set(&CARE, "until_on", last(flag, &CARE, left)),
        None => placed(&mut after, &CARE, pupil),
    }
    after
}

/// Another class of the same school sleeps in the same bed; whoever leaves the school, or boards no more, leaves it.
fn bed(bed: &Row, pupil: &Row, today: NaiveDate) -> Row {
    if bed.get(&BED, "until_on").date().is_some_and(|last| last < today) {
        return bed.clone();
    }
    let mut after = bed.clone();
    let boards = pupil.get(&PUPIL, "boarder") == &Cell::Bool(true);
    let here = pupil.get(&PUPIL, "school") == bed.get(&BED, "school");
    match pupil.get(&PUPIL, "left_on").date() {
        Some(left) => after.set(&BED, "until_on", last(bed, &BED, left)),
        None if boards && here => placed(&mut after, &BED, pupil),
        None => after.set(&BED, "until_on", last(bed, &BED, today.pred_opt().unwrap_or(today))),
    }
    after
}

/// Nothing ends before it began, and what was to end earlier does.
fn last(row: &Row, noun: &Noun, day: NaiveDate) -> Cell {
    let on = |field| row.get(noun, field).date();
    let day = on("from_on").map_or(day, |from| from.max(day));
    Cell::Date(on("until_on").map_or(day, |until| until.min(day)))
}

fn placed(row: &mut Row, noun: &Noun, pupil: &Row) {
    for field in ["school", "class"] {
        row.set(noun, field, pupil.get(&PUPIL, field).clone());
    }
}
