//! Who corrects what was put down by somebody who is not there any more. A ledger that was brought in, or a finding that was mistyped on one's last day, would
//! else stay wrong for good.

use engine::auth::{ACCOUNT, role_of};
use kit::{Actor, Facts, Noun, Role, Row};
use uuid::Uuid;

use super::who;
use crate::organisation::record::STAFF;

/// The accounts of whoever found it: whether he can still sign in is no field of his own.
pub const FINDER: &[(&str, &Noun, &str)] = &[("found_by", &ACCOUNT, "staff")];

/// Whether this reader stands in for a finder who is gone: for one of a school its safety officer and its head; for one of an office whoever has the same
/// task there; for whoever went out for the bureau (督学), wherever he worked, and for its own people the bureau's officers. As long as the finder can sign in
/// nobody does: a school would else put the findings of an inspector into milder words.
pub fn stands_in(actor: &Actor, finder: Uuid, facts: &Facts) -> bool {
    let Some(staff) = facts.known.get(&finder).filter(|staff| is_gone(staff, facts)) else { return false };
    let roles: Vec<Role> = accounts(finder, facts).filter_map(role_of).collect();
    let for_bureau = roles.iter().any(|role| role.county_wide() || *role == Role::Inspector);
    let place = |field| staff.get(&STAFF, field).id();
    let head = |unit| head(unit, facts);
    match (place("school"), place("unit").map(head)) {
        (Some(school), _) if !for_bureau => who::of_the_school(actor, Some(school)) && who::is_officer(actor),
        (_, office) => {
            let bureaus = for_bureau || office.is_some_and(|office| facts.tree.kind(office) == "bureau");
            let same_task = roles.is_empty() || roles.contains(&actor.role);
            let here = office.is_some() && actor.unit.map(head) == office;
            (bureaus && actor.role == Role::Bureau) || (here && same_task)
        }
    }
}

/// He has left, or none of his accounts is open. Somebody without any was entered by others and never signed in.
fn is_gone(staff: &Row, facts: &Facts) -> bool {
    let left = staff.get(&STAFF, "left_on").date().is_some_and(|last| last < facts.today);
    let closed = |account: &Row| account.get(&ACCOUNT, "disabled_on").date().is_some_and(|day| day <= facts.today);
    left || accounts(staff.id, facts).all(closed)
}

fn accounts(person: Uuid, facts: &Facts) -> impl Iterator<Item = &Row> {
    let all = facts.beside.iter().filter(|(noun, _)| noun.name == ACCOUNT.name).map(|(_, account)| account);
    all.filter(move |account| account.get(&ACCOUNT, "staff").id() == Some(person))
}

/// A section is a part of its office.
fn head(unit: Uuid, facts: &Facts) -> Uuid {
    let section = facts.tree.get(unit).filter(|node| node.kind == "section");
    section.and_then(|node| node.parent).unwrap_or(unit)
}
