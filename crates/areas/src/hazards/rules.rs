//! What a hazard must be before anyone acts on it: filled in by the program, and checked across its fields.

use chrono::NaiveDate;
use kit::{Actor, Cell, Facts, Refusal, Role, Row};

use super::record::HAZARD;
use super::{stead, who};
use crate::organisation::rules::not_open;

/// Completes a record as it is written: the school of the finder where none is named, its township, who found it, and
/// the first state. What has been graded is moved, not edited; only the remark stays open.
pub fn derive(before: Option<&Row>, mut row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    match before {
        None => begin(&mut row, actor),
        Some(before) => check_edit(before, &row, actor, facts)?,
    }
    not_for_a_school(before, &row, actor)?;
    if let Some(school) = row.get(&HAZARD, "school").id() {
        let township = facts.tree.above(school, "township").or_else(|| facts.tree.above(school, "farm"));
        row.set(&HAZARD, "township", township.map_or(Cell::Null, Cell::Id));
    }
    Ok(row)
}

fn begin(row: &mut Row, actor: &Actor) {
    let of_township = row.get(&HAZARD, "place_kind").text() == Some("township");
    if row.get(&HAZARD, "school").is_null() && !of_township {
        row.set(&HAZARD, "school", actor.scope.home.map_or(Cell::Null, Cell::Id));
    }
    if row.get(&HAZARD, "source").is_null() && finds_at_work(actor) {
        row.set(&HAZARD, "source", Cell::Text("self_check".into()));
    }
    row.set(&HAZARD, "found_by", actor.person().map_or(Cell::Null, Cell::Id));
    row.set(&HAZARD, "state", Cell::Text("registered".into()));
    for flag in ["on_the_spot", "refused"] {
        row.set(&HAZARD, flag, Cell::Bool(false));
    }
    for counter in ["extensions", "sent_back", "reopened"] {
        row.set(&HAZARD, counter, Cell::Int(0));
    }
}

/// 学校自查 is said by the school, and by the bureau, which brings in the ledgers of its schools: what others find there would else count as what the school
/// found itself.
fn not_for_a_school(before: Option<&Row>, row: &Row, actor: &Actor) -> Result<(), Refusal> {
    let same = |name: &str| before.is_some_and(|before| before.get(&HAZARD, name) == row.get(&HAZARD, name));
    let own = actor.role == Role::Bureau || who::of_the_school(actor, row.get(&HAZARD, "school").id());
    let says = row.get(&HAZARD, "source").text() == Some("self_check") && !(same("source") && same("school"));
    if says && !own { Err(Refusal::at("hazard.not_self_check", "source")) } else { Ok(()) }
}

/// What was found is its finder's to put down, and for what a school found itself its officer's and its head's, too; where nobody here found it, the bureau's;
/// and where its finder is not there any more, that of whoever stands in for him ([`stead`]). Whoever else reads it adds a remark. The day on which it was
/// found is the finder's alone, and never put off: from it runs the time in which it is to be handed over, and whoever let that pass would have it anew. Nobody
/// rewrites what has been graded.
fn check_edit(before: &Row, after: &Row, actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    let settled = is_settled(before);
    let (mine, own) = (found(before, actor, facts), checked_itself(before, actor));
    let changed = |name: &str| before.get(&HAZARD, name) != after.get(&HAZARD, name);
    let put_down = HAZARD.fields.iter().filter(|field| field.writable() && field.name != "remark");
    match put_down.map(|field| field.name).find(|name| changed(name)) {
        Some(field) if settled => Err(Refusal::at("hazard.settled", field)),
        Some(field) if !mine && !own => Err(Refusal::at("hazard.found_by_other", field)),
        _ if before.get(&HAZARD, "found_on").date() < after.get(&HAZARD, "found_on").date() => {
            Err(Refusal::at("hazard.found_later", "found_on"))
        }
        _ if !mine && !nobodys(before) && changed("found_on") => Err(Refusal::at("hazard.found_on_other", "found_on")),
        _ => Ok(()),
    }
}

/// What [`check_edit`] lets him change.
pub fn edited(actor: &Actor, row: &Row, field: &str, facts: &Facts) -> bool {
    let dated = field == "found_on" && !nobodys(row);
    field == "remark" || (!is_settled(row) && (found(row, actor, facts) || (checked_itself(row, actor) && !dated)))
}

fn is_settled(row: &Row) -> bool {
    row.get(&HAZARD, "state").text() != Some("registered")
}

/// Nobody with a name here found it: a tip's reporter, an account without a person.
fn nobodys(row: &Row) -> bool {
    row.get(&HAZARD, "found_by").is_null()
}

fn found(row: &Row, actor: &Actor, facts: &Facts) -> bool {
    match row.get(&HAZARD, "found_by").id() {
        None => matches!(actor.role, Role::Director | Role::Bureau),
        Some(finder) => Some(finder) == actor.person() || stead::stands_in(actor, finder, facts),
    }
}

/// His school found it itself, and he answers for that.
fn checked_itself(row: &Row, actor: &Actor) -> bool {
    let itself = row.get(&HAZARD, "source").text() == Some("self_check");
    who::is_officer(actor) && itself && who::of_the_school(actor, row.get(&HAZARD, "school").id())
}

/// Every fault at once: nothing is found tomorrow, every place belongs to a school or a township, and what is recorded anew was found while that school was
/// there.
pub fn rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let empty = |field| row.get(&HAZARD, field).is_null();
    let found_on: Option<NaiveDate> = row.get(&HAZARD, "found_on").date();
    let kind = row.get(&HAZARD, "place_kind").text().unwrap_or_default();
    let faults = [
        (found_on.is_some_and(|day| day > facts.today), "hazard.day_to_come", "found_on"),
        (kind == "school" && empty("school"), "hazard.school_needed", "school"),
        (kind == "surroundings" && empty("school"), "hazard.school_needed", "school"),
        (kind == "township" && empty("township"), "hazard.township_needed", "township"),
        (kind == "township" && !empty("school"), "hazard.no_school_here", "school"),
    ];
    let told = faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field));
    let new = found_on.filter(|_| row.version == 0);
    told.chain(not_open(row.get(&HAZARD, "school"), new, "found_on", facts)).collect()
}

/// What the product knows already when someone reports: his school, today, and that he found it himself.
pub fn suggest(actor: &Actor, today: NaiveDate) -> Vec<(&'static str, String)> {
    let mut known = vec![("found_on", today.to_string())];
    if let Some(school) = actor.scope.home {
        known.push(("place_kind", "school".into()));
        if !finds_at_work(actor) {
            known.extend([("school", school.to_string()), ("source", "self_check".into())]);
        }
    }
    known
}

/// A department has no school in its charge, and yet finds what is wrong at one or around it: it may name any, and sees of it what it found there.
pub fn names(actor: &Actor, field: &str) -> bool {
    field == "school" && actor.role == Role::Department
}

/// Guards and class teachers find what is wrong at their own school, while they work there: nothing of that is asked of them.
pub fn finds_at_work(actor: &Actor) -> bool {
    actor.scope.home.is_some() && matches!(actor.role, Role::Guard | Role::Teacher)
}
