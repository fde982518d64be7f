//! What a change of patrols does to other records, in the same transaction.

use engine::area::Company;
use kit::{Change, Facts, Row};
use uuid::Uuid;

use super::record::{CODE, POINT, code};

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
