//! 聚集性病例上报: a cluster of illness that has to be reported, by when, and who said that it was. Opened with the message of the cluster; the clock of the
//! report runs until somebody notes to whom it was reported, or why it need not be (学校和托幼机构传染病疫情报告工作规范（试行）, 2006).
//!
//! ```text
//!  due ──report──▶ reported      due ──set_aside──▶ set_aside
//! ```

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Norms, Noun, Query, Refusal, Row, ScopeBy};
use uuid::Uuid;

use super::sickness::{self, Found, Group};

pub const STATES: &[&str] = &["due", "reported", "set_aside"];

/// 聚集性病例
pub static OUTBREAK: Noun = Noun {
    name: "outbreak",
    plural: "outbreaks",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::choice("kind", &["class", "dormitory"]).required().fixed().list(),
        Field::refer("class", "class").fixed().list(),
        Field::text("dormitory", 60).fixed().list(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("state", STATES).required().fixed().list().filter(),
        // Children who fell ill that day, and in the days that are counted together: numbers, and nobody's name.
        Field::int("cases", 0, 5000).required().fixed().list(),
        Field::int("span", 0, 5000).required().fixed(),
        Field::moment("due_at").required().fixed().list(),
        Field::text("reported_to", 100).fixed(),
        Field::long("words", 500).fixed(),
        Field::moment("reported_at").fixed().list(),
        Field::long("reason", 300).fixed(),
    ],
    scope: ScopeBy::units(&["school"]),
    title: &["day", "kind"],
    subject: None,
    order: "-day",
    tallies: &[],
};

/// Still to be reported.
pub fn due() -> Query {
    Query::new().among("state", &["due"])
}

/// One group has one of a day, however often it is looked at.
pub fn id(found: &Found) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, found.cause().as_bytes())
}

/// The record of a cluster of this school.
pub fn opened(found: &Found, school: Cell, norms: &Norms) -> Result<Change, Refusal> {
    let number = |n: usize| Cell::Int(i64::try_from(n).unwrap_or(i64::MAX));
    let row = Row::blank(&OUTBREAK, id(found))
        .with(&OUTBREAK, "school", school)
        .with(&OUTBREAK, "day", Cell::Date(found.day))
        .with(&OUTBREAK, "state", Cell::Text("due".into()))
        .with(&OUTBREAK, "cases", number(found.cluster.today))
        .with(&OUTBREAK, "span", number(found.cluster.span))
        .with(&OUTBREAK, "due_at", Cell::Int(sickness::report_by(&found.cluster, found.day, norms)?));
    let (kind, field, cell) = match &found.group {
        Group::Class(class) => ("class", "class", Cell::Id(*class)),
        Group::Dormitory { name, .. } => ("dormitory", "dormitory", Cell::Text(name.clone())),
    };
    let row = row.with(&OUTBREAK, "kind", Cell::Text(kind.into())).with(&OUTBREAK, field, cell);
    Ok(Change::create(&OUTBREAK, "create", row))
}

/// Whether its report is late at a moment.
pub fn late(row: &Row, now: i64) -> bool {
    row.get(&OUTBREAK, "state").text() == Some("due") && row.get(&OUTBREAK, "due_at").int() <= Some(now)
}

pub struct OutbreakLife;

static MOVES: &[MoveSpec] = &[
    MoveSpec::new("report", &[Field::text("reported_to", 100).required(), Field::long("words", 500)]),
    MoveSpec::new("set_aside", &[Field::long("reason", 300).required()]),
];

impl Life for OutbreakLife {
    fn noun(&self) -> &'static Noun {
        &OUTBREAK
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    /// What was taken for no cluster can be reported all the same; what was reported stays so.
    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        Some(match (state, mv) {
            ("due" | "set_aside", "report") => "reported",
            ("due", "set_aside") => "set_aside",
            _ => return None,
        })
    }

    fn may(&self, _: &Actor, _: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&OUTBREAK, "state").text().unwrap_or_default();
        let spec = MOVES.iter().find(|spec| spec.name == mv);
        let (Some(spec), Some(next)) = (spec, self.next(state, mv)) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let mut after = row.clone().with(&OUTBREAK, "state", Cell::Text(next.into()));
        for field in spec.fields {
            after.set(&OUTBREAK, field.name, input.get(field.name).clone());
        }
        if next == "reported" {
            after.set(&OUTBREAK, "reported_at", Cell::Int(facts.now));
        }
        Ok(Change::update(&OUTBREAK, spec.name, row.clone(), after))
    }
}
