//! 突发事件 (失联): what a child's absence becomes when it has not been found in time. A bare record with a life of its own, opened by the last
//! step of the chain and closed with where the child was (生产安全事故报告和调查处理条例 has its own clocks; this is the school's and the bureau's file).
//!
//! ```text
//!  opened ──report──▶ reported      opened, reported ──close, (the child is found)──▶ closed
//! ```

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, Mask, MoveSpec, Noun, Refusal, Row, ScopeBy};
use uuid::Uuid;

use super::record::{ENDS, FOUND, MISSING, goes_on};

pub const STATES: &[&str] = &["opened", "reported", "closed"];

/// 突发事件
pub static INCIDENT: Noun = Noun {
    name: "incident",
    plural: "incidents",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").fixed().list(),
        Field::refer("pupil", "pupil").required().fixed().list().filter(),
        Field::refer("missing", "missing").required().fixed(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("kind", &["lost_contact"]).required().fixed().list().filter(),
        Field::choice("state", STATES).required().fixed().list().filter(),
        Field::moment("opened_at").required().fixed().list(),
        // The named persons of the chain.
        Field::refer("leader", "staff").fixed(),
        Field::refer("officer", "staff").fixed(),
        Field::refer("caller", "staff").fixed(),
        Field::text("reported_to", 100).fixed(),
        Field::text("words", 500).personal(Mask::Whole).fixed(),
        Field::moment("reported_at").fixed(),
        Field::choice("found", ENDS).fixed().list().filter(),
        Field::text("place", 100).personal(Mask::Whole).fixed(),
        Field::moment("closed_at").fixed().list(),
    ],
    scope: ScopeBy { persons: &["leader", "officer", "caller"], ..ScopeBy::units(&["school"]) },
    title: &["day", "kind"],
    subject: Some("pupil"),
    order: "-day",
    tallies: &[],
};

/// The incident of a check; the same check never has two.
pub fn opened(missing: &Row, now: i64) -> Change {
    let mut row = Row::blank(&INCIDENT, Uuid::new_v5(&missing.id, b"incident"));
    for field in ["school", "class", "pupil", "day", "leader", "officer", "caller"] {
        row.set(&INCIDENT, field, missing.get(&MISSING, field).clone());
    }
    let row = row
        .with(&INCIDENT, "missing", Cell::Id(missing.id))
        .with(&INCIDENT, "kind", Cell::Text("lost_contact".into()))
        .with(&INCIDENT, "state", Cell::Text("opened".into()))
        .with(&INCIDENT, "opened_at", Cell::Int(now));
    let told = ["leader", "officer"].map(|who| missing.get(&MISSING, who).id());
    told.into_iter().fold(Change::create(&INCIDENT, "create", row), |change, who| change.tell(who, "incident.opened"))
}

/// The child was found: the incident ends with where.
pub fn ended(incident: &Row, missing: &Row) -> Option<Change> {
    if goes_on(missing) || incident.get(&INCIDENT, "state").text() == Some("closed") {
        return None;
    }
    let mut after = incident.clone().with(&INCIDENT, "state", Cell::Text("closed".into()));
    for field in ["found", "place", "closed_at"] {
        after.set(&INCIDENT, field, missing.get(&MISSING, field).clone());
    }
    Some(Change::update(&INCIDENT, "close", incident.clone(), after))
}

/// The child is looked for again.
fn reopened(incident: &Row) -> Option<Change> {
    let over = incident.get(&INCIDENT, "state").text() == Some("closed");
    let reported = !incident.get(&INCIDENT, "reported_at").is_null();
    let state = if reported { "reported" } else { "opened" };
    let after = incident.clone().with(&INCIDENT, "state", Cell::Text(state.into()));
    let after =
        ["found", "place", "closed_at"].into_iter().fold(after, |row, field| row.with(&INCIDENT, field, Cell::Null));
    over.then(|| Change::update(&INCIDENT, "again", incident.clone(), after))
}

/// What a change of a check does to its incident: the call to the police opens one, an end closes it.
pub fn follow<'a>(change: &Change, mut known: impl Iterator<Item = &'a Row>, facts: &Facts) -> Option<Change> {
    match known.next() {
        Some(incident) if change.verb == "again" => reopened(incident),
        Some(incident) => ended(incident, &change.after),
        // Whoever was to call the police and has not is told that somebody has.
        None => (change.verb == "police_called").then(|| {
            let caller = change.after.get(&MISSING, "caller").id();
            opened(&change.after, facts.now).tell(caller, "incident.opened")
        }),
    }
}

pub struct IncidentLife;

static MOVES: &[MoveSpec] = &[
    MoveSpec::new(
        "report",
        &[Field::text("reported_to", 100).required(), Field::text("words", 500).personal(Mask::Whole).required()],
    ),
    MoveSpec::new(
        "close",
        &[Field::choice("found", FOUND).required(), Field::text("place", 100).personal(Mask::Whole).required()],
    ),
];

impl Life for IncidentLife {
    fn noun(&self) -> &'static Noun {
        &INCIDENT
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        Some(match (state, mv) {
            ("opened", "report") => "reported",
            ("opened" | "reported", "close") => "closed",
            _ => return None,
        })
    }

    /// As long as the child is looked for, the check ends it: there it is said where the child was, once.
    fn may(&self, _: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
        let missing = row.get(&INCIDENT, "missing").id().and_then(|id| facts.known.get(&id));
        let sought = missing.is_some_and(goes_on);
        if mv == "close" && sought { Err(Refusal::new("incident.sought")) } else { Ok(()) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&INCIDENT, "state").text().unwrap_or_default();
        let verb = MOVES.iter().map(|spec| spec.name).find(|name| *name == mv);
        let (Some(verb), Some(next)) = (verb, self.next(state, mv)) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let mut after = row.clone().with(&INCIDENT, "state", Cell::Text(next.into()));
        let (fields, at): (&[&str], _) = if verb == "report" {
            (&["reported_to", "words"], "reported_at")
        } else {
            (&["found", "place"], "closed_at")
        };
        for field in fields {
            after.set(&INCIDENT, field, input.get(field).clone());
        }
        after.set(&INCIDENT, at, Cell::Int(facts.now));
        Ok(Change::update(&INCIDENT, verb, row.clone(), after))
    }
}
