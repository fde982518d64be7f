#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod classes;
mod places;
mod posts;
mod pupils;
mod words;

use std::sync::Arc;

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::codes::id_check_digit;
use kit::{Actor, Cell, Facts, Norms, Noun, Role, Row, Scope, Tree};
use uuid::Uuid;

use super::record::CLASS;

/// Cells to change in a good record.
type Cells<'a> = &'a [(&'a str, Cell)];
/// The faults, each with its field.
type Faults<'a> = &'a [(&'a str, &'a str)];

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn on(text: &str) -> Cell {
    Cell::Date(day(text))
}

fn word(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn row(noun: &Noun, n: u128, cells: &[(&str, Cell)]) -> Row {
    let mut row = Row::blank(noun, id(n));
    for (field, cell) in cells {
        assert!(noun.index(field).is_some(), "{}.{field}", noun.name);
        row.set(noun, field, cell.clone());
    }
    row
}

fn facts(today: &str, known: &[&Row]) -> Facts {
    Facts {
        now: 0,
        today: day(today),
        tree: Arc::new(Tree::default()),
        calendar: Arc::new(Calendar::parse(include_str!("../../../../../rules/calendar.toml")).unwrap()),
        norms: Arc::new(Norms::default()),
        terms: Arc::default(),
        timetable: Arc::default(),
        conduct: Arc::default(),
        known: Arc::new(known.iter().map(|row| (row.id, (*row).clone())).collect()),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

fn actor() -> Actor {
    Actor {
        account: id(1),
        login: "x".into(),
        name: "x".into(),
        role: Role::School,
        unit: None,
        scope: Scope::county(),
    }
}

/// Runs a rule over a good record with a few cells changed, and compares the faults.
#[track_caller]
fn judged(
    rule: engine::area::Rules,
    noun: &Noun,
    good: &Row,
    facts: &Facts,
    cells: &[(&str, Cell)],
    expected: &[(&str, &str)],
) {
    let mut row = good.clone();
    for (field, cell) in cells {
        row.set(noun, field, cell.clone());
    }
    let found: Vec<_> = rule(&row, facts).iter().map(|refusal| (refusal.code, refusal.field.unwrap())).collect();
    assert_eq!(found, expected, "{cells:?}");
}

fn id_number(birth: &str, serial: &str) -> String {
    let body = format!("431124{birth}{serial}");
    format!("{body}{}", id_check_digit(&body).unwrap())
}

fn class(n: u128, school: u128) -> Row {
    row(&CLASS, n, &[("school", Cell::Id(id(school))), ("stage", word("primary")), ("entry_year", Cell::Int(2019))])
}
