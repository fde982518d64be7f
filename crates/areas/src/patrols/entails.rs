//! What a change of patrols does to other records, in the same transaction.

use engine::area::Company;
use kit::{Change, Facts, Row};
use uuid::Uuid;

use super::record::{CODE, POINT, ROUND, VISIT, code};
use super::{flags, mark};

/// A point never hangs without a code.
pub fn of_point(change: &Change, _: Company<'_>, facts: &Facts, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let fresh = change.before.is_none() && !change.after.get(&POINT, "school").is_null();
    fresh.then(|| Change::create(&CODE, "create", code(new_id(), &change.after, facts.today))).into_iter().collect()
}

/// Nor does one whose code was renewed.
pub fn of_code(change: &Change, _: Company<'_>, facts: &Facts, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    if change.verb != "renew" {
        return Vec::new();
    }
    let of = change.after.get(&CODE, "point").id();
    let point = of.map(|id| Row::blank(&POINT, id).with(&POINT, "school", change.after.get(&CODE, "school").clone()));
    point.map(|point| Change::create(&CODE, "create", code(new_id(), &point, facts.today))).into_iter().collect()
}

/// A round that is ended by hand is looked at like any other, as far as its own points say.
pub fn of_round(change: &Change, company: Company<'_>, facts: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let day = change.after.get(&ROUND, "day").date().unwrap_or(facts.today);
    let Some(limits) = mark::limits(facts, day).ok().filter(|_| change.verb == "finish") else { return Vec::new() };
    let visits: Vec<_> =
        company.iter().filter(|(noun, _)| noun.name == VISIT.name).map(|(_, row)| row.clone()).collect();
    let signs = flags::signs(&mark::steps(&visits, &[]), &[], &[], &limits);
    signs.iter().map(|sign| mark::flag(&change.after, sign)).collect()
}
