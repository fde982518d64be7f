//! The rules of tips: who may what, what a move writes and entails, what is likely the same.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod life;
mod same;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::life::Input;
use kit::tree::Node;
use kit::{Actor, Cell, Change, Facts, Life, Norms, Policy, Refusal, Role, Row, Scope, Tree};
use uuid::Uuid;

use super::life::TipLife;
use super::record::{Sent, TIP, received};
use super::{due, entails};
use crate::hazards::record::{Category, HAZARD};

pub const POLICY: &str = include_str!("../../permissions.txt");
pub const SCHOOL: Uuid = Uuid::from_u128(10);
pub const OTHER: Uuid = Uuid::from_u128(11);
pub const TOWNSHIP: Uuid = Uuid::from_u128(5);
pub const HAZARD_ID: Uuid = Uuid::from_u128(900);

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn facts(today: &str, known: &[Row]) -> Facts {
    let tree = [
        Node::of(TOWNSHIP, None, "township"),
        Node::of(SCHOOL, Some(TOWNSHIP), "school"),
        Node::of(OTHER, Some(TOWNSHIP), "school"),
    ];
    let norms = [
        ("hazards", include_str!("../../../../../rules/hazards.toml")),
        ("tips", include_str!("../../../../../rules/tips.toml")),
    ];
    Facts {
        now: kit::dates::shanghai_start(day(today)),
        today: day(today),
        tree: Arc::new(Tree::new(tree)),
        calendar: Arc::new(Calendar::parse(include_str!("../../../../../rules/calendar.toml")).unwrap()),
        norms: Arc::new(Norms::parse(&norms).unwrap()),
        terms: Arc::default(),
        timetable: Arc::default(),
        conduct: Arc::default(),
        known: Arc::new(known.iter().map(|row| (row.id, row.clone())).collect::<HashMap<_, _>>()),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

pub fn actor(role: Role) -> Actor {
    let school = matches!(role, Role::Principal | Role::School).then_some(SCHOOL);
    let person = Some(Uuid::from_u128(100 + role as u128));
    let scope = Scope {
        all: role.county_wide(),
        units: school.into_iter().collect(),
        home: school,
        person,
        ..Scope::default()
    };
    Actor { account: Uuid::from_u128(200), login: String::new(), name: String::new(), role, unit: school, scope }
}

/// Received on Friday 17 December 2021, so to be taken up by Wednesday 22 December.
pub fn tip(about_people: bool) -> Row {
    let sent = Sent {
        school: SCHOOL,
        spot: "corridor".into(),
        words: "楼梯灯坏了".into(),
        category: Category::Stampede,
        about_people,
        contact: Some("13800000000".into()),
    };
    let facts = facts("2021-12-17", &[]);
    let row = received(Uuid::from_u128(500), &sent, facts.now, due::answer(&facts).unwrap());
    Change::create(&TIP, "create", row).after
}

pub fn text(words: &str) -> Cell {
    Cell::Text(words.into())
}

/// A closed hazard that the tip had become.
pub fn closed(on: &str) -> Row {
    let mut row = Row::blank(&HAZARD, HAZARD_ID)
        .with(&HAZARD, "place_kind", text("school"))
        .with(&HAZARD, "school", Cell::Id(SCHOOL))
        .with(&HAZARD, "place", text("二楼楼梯"))
        .with(&HAZARD, "description", text("照明灯不亮"))
        .with(&HAZARD, "category", text("stampede"))
        .with(&HAZARD, "source", text("tip"))
        .with(&HAZARD, "found_on", Cell::Date(day("2021-09-01")))
        .with(&HAZARD, "grade", text("general"))
        .with(&HAZARD, "closed_on", Cell::Date(day(on)))
        .with(&HAZARD, "state", text("closed"));
    for flag in ["on_the_spot", "refused"] {
        row.set(&HAZARD, flag, Cell::Bool(false));
    }
    for count in ["extensions", "sent_back", "reopened"] {
        row.set(&HAZARD, count, Cell::Int(0));
    }
    row.version = 6;
    row
}

/// What the engine does: the role, the diagram, the rules, the step, and what it entails.
pub fn act(
    row: &Row,
    role: Role,
    mv: &str,
    input: &[(&'static str, Cell)],
    facts: &Facts,
) -> Result<(Change, Vec<Change>), Refusal> {
    let actor = actor(role);
    if !Policy::parse(POLICY).unwrap().allows(role, "tip", mv) {
        return Err(Refusal::new("role"));
    }
    if TipLife.next(row.get(&TIP, "state").text().unwrap(), mv).is_none() {
        return Err(Refusal::new("move.not_now"));
    }
    TipLife.may(&actor, row, mv, facts)?;
    let change = TipLife.step(&actor, row, mv, &Input(input.to_vec()), facts)?;
    let mut ids = 7_000;
    let mut new_id = || {
        ids += 1;
        Uuid::from_u128(ids)
    };
    let entailed = entails::of_tip(&change, &[], facts, &mut new_id);
    Ok((change, entailed))
}
