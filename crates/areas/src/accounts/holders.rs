//! Who may hold which account: one for each person, at the place where he works, and none that he closes over himself.

use engine::auth::{ACCOUNT, RANK, role_of};
use kit::tree::Tree;
use kit::{Actor, Facts, Refusal, Role, Row};
use uuid::Uuid;

use super::open;
use crate::organisation::record::STAFF;

/// What the engine writes, and what follows from people and places. Asked when an account is opened or moved, so that one that was wrong before can still
/// be closed.
pub fn derive(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    let row = engine::auth::derive(before, row, actor, facts)?;
    let differs = |field: &str| before.is_none_or(|before| before.get(&ACCOUNT, field) != row.get(&ACCOUNT, field));
    if before.is_some_and(|before| before.id == actor.account) && differs("disabled_on") {
        return Err(Refusal::at("account.not_yourself", "disabled_on"));
    }
    let opened = before.is_none_or(|before| !open(before, facts.today));
    if open(&row, facts.today) && (opened || RANK.iter().any(|field| differs(field))) {
        has_its_place(&row, &facts.tree)?;
        works_there(&row, facts)?;
        holds_no_other(&row, facts)?;
    }
    Ok(row)
}

/// The kinds of units whose work a role does; none for a role of a school, and for those that administer.
const fn places(role: Role) -> &'static [&'static str] {
    match role {
        Role::County => &["county"],
        Role::Director | Role::Bureau | Role::Inspector => &["bureau", "section"],
        Role::Department => &["department"],
        Role::Township => &["township", "farm"],
        _ => &[],
    }
}

const fn at_a_school(role: Role) -> bool {
    matches!(role, Role::Principal | Role::School | Role::Teacher | Role::Guard)
}

/// What is not filled in at all is the engine's to say, but for an office of which nobody said which.
fn has_its_place(row: &Row, tree: &Tree) -> Result<(), Refusal> {
    let Some(role) = role_of(row) else { return Ok(()) };
    let kinds = places(role);
    match row.get(&ACCOUNT, "unit").id() {
        _ if kinds.is_empty() => Ok(()),
        Some(unit) if kinds.contains(&tree.kind(unit)) => Ok(()),
        Some(_) => Err(Refusal::at("account.other_unit", "unit")),
        None if role.county_wide() => Err(Refusal::at("account.incomplete", "unit")),
        None => Ok(()),
    }
}

/// Whoever answers for a school, a township or a department works there; the county's own are often lent by others.
fn works_there(row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let person = row.get(&ACCOUNT, "staff").id().and_then(|id| facts.known.get(&id));
    let (Some(role), Some(person)) = (role_of(row), person) else { return Ok(()) };
    let at = |field| person.get(&STAFF, field).id();
    let of = |field| row.get(&ACCOUNT, field).id();
    let there = match role {
        _ if at_a_school(role) => within(&facts.tree, of("school"), at("school")),
        Role::Township | Role::Department => within(&facts.tree, of("unit"), at("unit")),
        _ => true,
    };
    if there { Ok(()) } else { Err(Refusal::at("account.person_elsewhere", "staff")) }
}

/// The same one, or one that is part of the other: a campus and its school.
fn within(tree: &Tree, account: Option<Uuid>, person: Option<Uuid>) -> bool {
    let (Some(account), Some(person)) = (account, person) else { return account.is_none() };
    tree.belong_together(account, person)
}

/// Whoever administers has no other account: two pairs of eyes are to check each other. That he administers already, the unique column says (三员). Of the
/// others one may well be a class teacher and the school's safety officer, but nobody has the same account twice.
fn holds_no_other(row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let Some(person) = row.get(&ACCOUNT, "staff").id() else { return Ok(()) };
    let administers = |row: &Row| role_of(row).is_some_and(Role::administers);
    let alike =
        |other: &Row| ["role", "school", "unit"].iter().all(|at| other.get(&ACCOUNT, at) == row.get(&ACCOUNT, at));
    let clashes = |other: &Row| match (administers(other), administers(row)) {
        (false, false) => alike(other),
        (one, both) => one != both,
    };
    let his = |other: &&Row| {
        let same = other.id != row.id && other.get(&ACCOUNT, "staff").id() == Some(person);
        same && open(other, facts.today) && clashes(other)
    };
    let mut accounts = facts.beside.iter().filter(|(noun, _)| noun.name == ACCOUNT.name).map(|(_, row)| row);
    match accounts.find(his) {
        Some(other) => {
            let login = other.get(&ACCOUNT, "login").text().unwrap_or_default();
            Err(Refusal::at("account.person_has_one", "staff").with("login", login))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kit::tree::Node;
    use kit::{Cell, Rules, Scope};

    use super::*;

    const fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// 1 county, 2 bureau, 3 section, 4 department, 5 township, 10 school, 11 its campus, 12 another school; 20 works at 10, 21 in 3, 22 in 4.
    fn facts() -> Facts {
        let node = |own, parent, kind| Node::of(id(own), Some(id(parent)).filter(|parent| *parent != id(0)), kind);
        let nodes = [
            node(1, 0, "county"),
            node(2, 1, "bureau"),
            node(3, 2, "section"),
            node(4, 1, "department"),
            node(5, 1, "township"),
            node(10, 5, "school"),
            node(11, 10, "campus"),
            node(12, 5, "school"),
        ];
        let person = |own, field, place| {
            let row = Row::blank(&STAFF, id(own)).with(&STAFF, field, Cell::Id(id(place)));
            (id(own), row)
        };
        let known = [person(20, "school", 10), person(21, "unit", 3), person(22, "unit", 4)];
        Facts {
            tree: Arc::new(Tree::new(nodes)),
            known: Arc::new(known.into()),
            ..Facts::at(&Rules::default(), 1_640_000_000_000)
        }
    }

    fn actor(account: u128) -> Actor {
        Actor { account: id(account), role: Role::Secadmin, scope: Scope::county(), ..Actor::program() }
    }

    fn account(own: u128, role: &str, staff: u128, field: &str, place: u128) -> Row {
        Row::blank(&ACCOUNT, id(own))
            .with(&ACCOUNT, "login", Cell::Text(format!("login{own}")))
            .with(&ACCOUNT, "role", Cell::Text(role.into()))
            .with(&ACCOUNT, "staff", if staff == 0 { Cell::Null } else { Cell::Id(id(staff)) })
            .with(&ACCOUNT, field, if place == 0 { Cell::Null } else { Cell::Id(id(place)) })
    }

    fn said(before: Option<&Row>, row: &Row, by: u128, facts: &Facts) -> Option<(&'static str, Option<&'static str>)> {
        derive(before, row.clone(), &actor(by), facts).err().map(|refusal| (refusal.code, refusal.field))
    }

    #[test]
    fn an_account_stands_where_its_holder_works() {
        let facts = facts();
        let elsewhere = Some(("account.person_elsewhere", Some("staff")));
        let other = Some(("account.other_unit", Some("unit")));
        for (role, staff, field, place, expected) in [
            ("principal", 20, "school", 10, None),
            ("principal", 20, "school", 11, None),
            ("principal", 20, "school", 12, elsewhere),
            ("teacher", 21, "school", 10, elsewhere),
            ("inspector", 20, "unit", 2, None),
            ("bureau", 21, "unit", 2, None),
            ("bureau", 0, "unit", 5, other),
            ("bureau", 0, "unit", 0, Some(("account.incomplete", Some("unit")))),
            ("county", 22, "unit", 1, None),
            ("director", 0, "unit", 1, other),
            ("department", 22, "unit", 4, None),
            ("department", 21, "unit", 4, elsewhere),
            ("township", 0, "unit", 5, None),
            ("township", 0, "unit", 4, other),
        ] {
            let row = account(50, role, staff, field, place);
            assert_eq!(said(None, &row, 90, &facts), expected, "{role} {staff} {place}");
        }
        // One that was wrong before is still named otherwise, and closed.
        let wrong = account(50, "principal", 20, "school", 12);
        let named = wrong.clone().with(&ACCOUNT, "name", Cell::Text("Zhou".into()));
        assert_eq!(said(Some(&wrong), &named, 90, &facts), None);
        let closed = wrong.clone().with(&ACCOUNT, "disabled_on", Cell::Date(facts.today));
        assert_eq!(said(Some(&wrong), &closed, 90, &facts), None);
        assert_eq!(said(Some(&closed), &wrong, 90, &facts), elsewhere, "and not opened again");
    }

    #[test]
    fn nobody_has_an_account_twice_or_beside_an_office_or_closes_his_own() {
        let row = account(50, "principal", 20, "school", 10);
        let other = account(51, "guard", 20, "school", 10);
        let closed = other.clone().with(&ACCOUNT, "disabled_on", Cell::Date(facts().today));
        let has_one = Some(("account.person_has_one", Some("staff")));
        for (role, beside, expected) in [
            ("guard", &other, has_one),
            ("guard", &closed, None),
            ("principal", &other, None),
            ("principal", &row, None),
            ("auditor", &other, has_one),
        ] {
            let facts = Facts { beside: Arc::from([(&ACCOUNT, beside.clone())]), ..facts() };
            assert_eq!(said(None, &account(50, role, 20, "school", 10), 90, &facts), expected, "{role}");
        }
        let closed = row.clone().with(&ACCOUNT, "disabled_on", Cell::Date(facts().today));
        assert_eq!(said(Some(&row), &closed, 50, &facts()), Some(("account.not_yourself", Some("disabled_on"))));
        assert_eq!(said(Some(&row), &closed, 90, &facts()), None);
    }
}
