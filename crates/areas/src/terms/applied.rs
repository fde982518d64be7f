//! The school calendar as the rules ask it: records made into [`Terms`], townships looked up in the tree.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use kit::terms::{Home, Special, SpecialDays, Suspension, Term, Where};
use kit::tree::Node;
use kit::{Noun, Row, Rules, Terms, Tree};
use uuid::Uuid;

use super::record::{SCHOOL_DAY, SUSPENSION, TERM};
use super::withdraw::stands;

/// The rules with the county's terms, suspensions and special days. A row that lacks what it must have cannot be stored; were there one, it
/// would say nothing.
pub fn applied<S: std::hash::BuildHasher>(
    rules: &Rules,
    records: &HashMap<&'static str, Vec<Row>, S>,
    tree: &Tree,
) -> Rules {
    let of = |noun: &Noun| records.get(noun.name).map_or(&[][..], Vec::as_slice);
    let standing = |noun| of(noun).iter().filter(move |row| stands(noun, row));
    let terms = of(&TERM).iter().filter_map(term).collect::<Vec<_>>();
    let inherited = inherited(&terms, tree);
    let terms = Terms::new(
        inherited.into_iter().chain(terms),
        standing(&SUSPENSION).filter_map(|row| suspension(row, tree)).collect(),
        standing(&SCHOOL_DAY).filter_map(|row| special(row, tree)).collect(),
        rules.timetable.usual(),
    );
    let terms = terms.closing(tree.iter().filter_map(|node| Some((node.id, closed(node, tree)?))));
    Rules { terms: Arc::new(terms), ..rules.clone() }
}

/// A campus is closed with its school at the latest.
fn closed(node: &Node, tree: &Tree) -> Option<NaiveDate> {
    let above = node.parent.filter(|_| node.kind == "campus").and_then(|parent| tree.get(parent)?.closed);
    node.closed.into_iter().chain(above).min()
}

fn term(row: &Row) -> Option<Term> {
    let get = |field| row.get(&TERM, field);
    Some(Term {
        school: get("school").id(),
        year: i32::try_from(get("year").int()?).ok()?,
        season: get("season").text()?.to_owned(),
        from: get("from_on").date()?,
        until: get("until_on").date()?,
        home: get("home").text().and_then(Home::read)?,
    })
}

/// A campus keeps the terms of its school where it has none of its own; its own are put in after these and win on the same first day.
fn inherited(terms: &[Term], tree: &Tree) -> Vec<Term> {
    let own: HashSet<_> = terms.iter().map(|term| (term.school, term.year, term.season.as_str())).collect();
    let mut more = Vec::new();
    for campus in tree.of_kind("campus") {
        let parents = terms.iter().filter(|term| term.school.is_some() && term.school == campus.parent);
        let missing = parents.filter(|term| !own.contains(&(Some(campus.id), term.year, term.season.as_str())));
        more.extend(missing.map(|term| Term { school: Some(campus.id), ..term.clone() }));
    }
    more
}

/// A school with its campuses, a township with its schools, or everywhere.
fn place(school: Option<Uuid>, unit: Option<Uuid>, tree: &Tree) -> Where {
    let county = unit.is_some_and(|unit| tree.kind(unit) == "county");
    match school.or(unit.filter(|_| !county)) {
        Some(top) => Where::Schools(tree.under(top).into_iter().collect()),
        None => Where::Everywhere,
    }
}

fn suspension(row: &Row, tree: &Tree) -> Option<Suspension> {
    let get = |field| row.get(&SUSPENSION, field);
    Some(Suspension {
        place: place(get("school").id(), get("unit").id(), tree),
        from: get("from_on").date()?,
        until: get("until_on").date().unwrap_or(NaiveDate::MAX),
        reason: get("reason").text()?.to_owned(),
    })
}

fn special(row: &Row, tree: &Tree) -> Option<SpecialDays> {
    let get = |field| row.get(&SCHOOL_DAY, field);
    Some(SpecialDays {
        place: place(get("school").id(), None, tree),
        kind: get("kind").text().and_then(Special::read)?,
        from: get("from_on").date()?,
        until: get("until_on").date()?,
        name: get("name").text()?.to_owned(),
    })
}
