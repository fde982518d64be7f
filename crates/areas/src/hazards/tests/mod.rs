//! The cast: a village school that is too small to confirm for itself, a junior school, and everyone who has to do with a hazard there.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod figures;
mod handing;
mod life;
mod merging;
mod papers;
mod proof;
mod property;
mod stead;
mod who;
mod words;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::life::Input;
use kit::tree::Node;
use kit::{Actor, Cell, Facts, Life, Norms, Policy, Record, Refusal, Role, Row, Scope, Tree};
use uuid::Uuid;

use super::life::HazardLife;
use super::record::{HAZARD, Hazard};
use super::rules;
use crate::organisation::record::SCHOOL;

pub const POLICY: &str = include_str!("../../permissions.txt");

pub static CALENDAR: LazyLock<Arc<Calendar>> =
    LazyLock::new(|| Arc::new(Calendar::parse(include_str!("../../../../../rules/calendar.toml")).unwrap()));
pub static NORMS: LazyLock<Arc<Norms>> = LazyLock::new(|| {
    Arc::new(Norms::parse(&[("hazards.toml", include_str!("../../../../../rules/hazards.toml"))]).unwrap())
});

pub const fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

pub const COUNTY: Uuid = id(1);
pub const BUREAU: Uuid = id(2);
pub const SECTION: Uuid = id(3);
pub const POLICE: Uuid = id(4);
pub const TOWNSHIP: Uuid = id(5);
pub const JUNIOR: Uuid = id(10);
pub const VILLAGE: Uuid = id(11);

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn facts(today: &str) -> Facts {
    let tree = Tree::new([
        Node::of(COUNTY, None, "county"),
        Node::of(BUREAU, Some(COUNTY), "bureau"),
        Node::of(SECTION, Some(BUREAU), "section"),
        Node::of(POLICE, Some(COUNTY), "department"),
        Node::of(TOWNSHIP, Some(COUNTY), "township"),
        Node::of(JUNIOR, Some(TOWNSHIP), "school"),
        Node::of(VILLAGE, Some(TOWNSHIP), "school"),
    ]);
    let village = Row::blank(&SCHOOL, VILLAGE).with(&SCHOOL, "central", Cell::Id(JUNIOR));
    let known = [(JUNIOR, Row::blank(&SCHOOL, JUNIOR)), (VILLAGE, village)];
    Facts {
        now: 0,
        today: day(today),
        tree: Arc::new(tree),
        calendar: Arc::clone(&CALENDAR),
        norms: Arc::clone(&NORMS),
        terms: Arc::default(),
        timetable: Arc::default(),
        conduct: Arc::default(),
        known: Arc::new(HashMap::from(known)),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

/// Someone, by the name used in the tables of these tests; the person's id follows from the name.
pub fn actor(name: &'static str) -> Actor {
    let (number, role, place) = match name {
        "county" => (101, Role::County, COUNTY),
        "director" => (102, Role::Director, BUREAU),
        "bureau" => (103, Role::Bureau, BUREAU),
        "inspector" => (104, Role::Inspector, BUREAU),
        "police" => (105, Role::Department, POLICE),
        "township" => (106, Role::Township, TOWNSHIP),
        "principal" => (107, Role::Principal, JUNIOR),
        "officer" => (108, Role::School, JUNIOR),
        "teacher" => (109, Role::Teacher, JUNIOR),
        "guard" => (110, Role::Guard, JUNIOR),
        "villager" => (111, Role::Principal, VILLAGE),
        "village_teacher" => (112, Role::Teacher, VILLAGE),
        _ => panic!("nobody is called {name}"),
    };
    let home = [JUNIOR, VILLAGE].contains(&place).then_some(place);
    let scope =
        Scope { all: role.county_wide(), units: vec![place], home, person: Some(id(number)), ..Scope::default() };
    Actor { account: id(number + 1000), login: name.into(), name: name.into(), role, unit: Some(place), scope }
}

pub fn person(name: &'static str) -> Cell {
    Cell::Id(actor(name).person().unwrap())
}

pub fn text(words: &str) -> Cell {
    Cell::Text(words.into())
}

/// A hazard as someone records it.
pub fn recorded(by: &'static str, today: &str) -> Row {
    let typed = Row::blank(&HAZARD, id(500))
        .with(&HAZARD, "place_kind", text("school"))
        .with(&HAZARD, "place", text("dormitory 2, east stairs"))
        .with(&HAZARD, "description", text("handrail loose"))
        .with(&HAZARD, "category", text("building"))
        .with(&HAZARD, "source", text(if actor(by).scope.home.is_some() { "self_check" } else { "inspection" }))
        .with(&HAZARD, "found_on", Cell::Date(day(today)));
    let typed = if actor(by).scope.home.is_none() { typed.with(&HAZARD, "school", Cell::Id(JUNIOR)) } else { typed };
    rules::derive(None, typed, &actor(by), &facts(today)).unwrap()
}

/// What the engine does: the role, the diagram, the rules, then the step.
pub fn act(
    row: &Row,
    who: &'static str,
    mv: &str,
    input: &[(&'static str, Cell)],
    today: &str,
) -> Result<Row, Refusal> {
    act_as(row, &actor(who), mv, &Input(input.to_vec()), &facts(today))
}

pub fn act_as(row: &Row, actor: &Actor, mv: &str, input: &Input, facts: &Facts) -> Result<Row, Refusal> {
    let policy = Policy::parse(POLICY).unwrap();
    if !policy.allows(actor.role, "hazard", mv) {
        return Err(Refusal::new("role"));
    }
    let state = row.get(&HAZARD, "state").text().unwrap();
    if HazardLife.next(state, mv).is_none() {
        return Err(Refusal::new("move.not_now"));
    }
    HazardLife.may(actor, row, mv, facts)?;
    HazardLife.step(actor, row, mv, input, facts).map(|change| change.after)
}

pub fn typed(row: &Row) -> Hazard {
    Hazard::from_row(row).unwrap()
}

pub fn general() -> Vec<(&'static str, Cell)> {
    vec![("grade", text("general"))]
}

pub fn to(keeper: &'static str) -> Vec<(&'static str, Cell)> {
    vec![("keeper", person(keeper)), ("measures", text("weld and test"))]
}

pub fn done() -> Vec<(&'static str, Cell)> {
    vec![("statement", text("welded, pulled at with 1 kN"))]
}

/// From the recording to the request for closing, within the junior school.
pub fn submitted() -> Row {
    let row = recorded("teacher", "2021-09-30");
    let row = act(&row, "officer", "grade", &general(), "2021-09-30").unwrap();
    let row = act(&row, "officer", "hand_over", &to("guard"), "2021-09-30").unwrap();
    let row = act(&row, "guard", "sign_for", &[], "2021-10-08").unwrap();
    act(&row, "guard", "submit", &done(), "2021-10-12").unwrap()
}
