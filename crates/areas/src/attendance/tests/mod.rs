//! The rules of the roll-call: who may call, what a sheet must be, what a mark becomes, and who was there.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

mod calling;
mod clocks;
mod contrary;
mod ends;
mod follows;
mod handover;
mod late;
mod marks;
mod missing;
mod off;
mod presence;
mod remind;
mod seen;
mod sickness;
mod words;

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::tree::Node;
use kit::{Actor, Cell, Facts, Norms, Role, Row, Scope, Terms, Timetable, Tree};
use uuid::Uuid;

use super::call::{Ground, Missed, Sent};
use super::session::slots;
use crate::organisation::record::{CLASS, ENROLMENT};

pub const SCHOOL: Uuid = Uuid::from_u128(10);
pub const OTHER: Uuid = Uuid::from_u128(11);
pub const CLASS_ID: Uuid = Uuid::from_u128(20);
pub const OTHER_CLASS: Uuid = Uuid::from_u128(21);
pub const TEACHER: Uuid = Uuid::from_u128(100);
pub const COLLEAGUE: Uuid = Uuid::from_u128(101);

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant of Shanghai: `2021-12-20 07:55`.
pub fn at(text: &str) -> i64 {
    let (date, time) = text.split_once(' ').unwrap();
    let time: chrono::NaiveTime = time.parse().unwrap();
    kit::dates::shanghai_start(day(date)) + time.signed_duration_since(chrono::NaiveTime::MIN).num_milliseconds()
}

pub fn timetable() -> Timetable {
    Timetable::parse(include_str!("../../../../../rules/sessions.toml")).unwrap()
}

pub fn facts(now: &str, known: &[Row]) -> Facts {
    let norms = [
        ("attendance", include_str!("../../../../../rules/attendance.toml")),
        ("rollcall", include_str!("../../../../../rules/rollcall.toml")),
        ("reports", include_str!("../../../../../rules/reports.toml")),
    ];
    let now = at(&format!("{now}:00"));
    Facts {
        now,
        today: kit::dates::shanghai_date(now),
        tree: Arc::new(Tree::new([Node { name: "濂溪小学".into(), ..Node::of(SCHOOL, None, "school") }])),
        calendar: Arc::new(Calendar::parse(include_str!("../../../../../rules/calendar.toml")).unwrap()),
        norms: Arc::new(Norms::parse(&norms).unwrap()),
        terms: Arc::new(Terms::new([], Vec::new(), Vec::new(), timetable().usual())),
        timetable: Arc::new(timetable()),
        conduct: Arc::default(),
        known: Arc::new(known.iter().map(|row| (row.id, row.clone())).collect::<HashMap<_, _>>()),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

pub fn actor(role: Role, person: Uuid, school: Uuid, classes: &[Uuid]) -> Actor {
    let leads = matches!(role, Role::Principal | Role::School);
    let scope = Scope {
        all: role.county_wide(),
        units: leads.then_some(school).into_iter().collect(),
        home: Some(school),
        classes: classes.to_vec(),
        person: Some(person),
    };
    Actor { account: Uuid::from_u128(200), login: String::new(), name: String::new(), role, unit: Some(school), scope }
}

pub fn teacher() -> Actor {
    actor(Role::Teacher, TEACHER, SCHOOL, &[CLASS_ID])
}

pub fn class() -> Row {
    Row::blank(&CLASS, CLASS_ID).with(&CLASS, "school", Cell::Id(SCHOOL)).with(&CLASS, "stage", text("primary")).with(
        &CLASS,
        "name",
        text("2019级3班"),
    )
}

pub fn text(words: &str) -> Cell {
    Cell::Text(words.into())
}

pub fn pupil(number: u128) -> Uuid {
    Uuid::from_u128(1_000 + number)
}

/// The sheet and its marks, without the checks that begin with them.
pub fn written(sent: &Sent, ground: &Ground, now: &str) -> Vec<Row> {
    let changes = super::call::called(sent, ground, &teacher(), &facts(now, &[])).unwrap();
    changes.into_iter().filter(|change| change.noun.name != "missing").map(|change| change.after).collect()
}

/// A class of five.
pub fn ground() -> Ground {
    Ground {
        class: class(),
        roll: (0..5).map(pupil).collect(),
        slots: slots(&timetable(), "primary", false, day("2021-12-20")),
        teacher: Some(TEACHER),
        lesson: None,
        grade: Some(15),
        people: super::missing::People::default(),
    }
}

pub fn missed(number: u128, kind: &'static str) -> Missed {
    Missed { pupil: pupil(number), kind, symptom: None }
}

/// The arrival of Monday 20 December 2021.
pub fn sent(missed: &[Missed]) -> Sent {
    Sent {
        id: Uuid::from_u128(500),
        day: day("2021-12-20"),
        session: "arrival",
        missed: missed.to_vec(),
        device_at: None,
        skew: 0,
        opened_at: None,
        substitute: false,
    }
}

pub fn enrolment(number: u128, class: Uuid, from: &str, until: Option<&str>) -> Row {
    Row::blank(&ENROLMENT, Uuid::from_u128(3_000 + number))
        .with(&ENROLMENT, "pupil", Cell::Id(pupil(number)))
        .with(&ENROLMENT, "class", Cell::Id(class))
        .with(&ENROLMENT, "from_on", Cell::Date(day(from)))
        .with(&ENROLMENT, "until_on", until.map_or(Cell::Null, |until| Cell::Date(day(until))))
}
