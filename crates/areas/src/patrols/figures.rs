//! Patrols in figures: what was walked, how it came to be known, what was found. What was due and what was missed is derived for a day
//! ([`super::due`]) and stands on the page of the day: it is no record, and counts against nobody.

use kit::figure::{FigureDef, Frame};
use kit::{Cell, Query, Test};

use super::record::{FLAG, ROUND, VISIT};

pub const ALL: &[FigureDef] = &[
    rounds("patrols.rounds", None, walked),
    rounds("patrols.rounds_late", Some("patrols.rounds"), |frame| walked(frame).is("late", Cell::Bool(true))),
    rounds("patrols.rounds_paper", Some("patrols.rounds"), |frame| walked(frame).among("entry", &["paper"])),
    rounds("patrols.cut_short", None, |frame| days(frame).among("state", &["cut_short"])),
    // 三间
    rounds("patrols.break", Some("patrols.rounds"), |frame| walked(frame).among("kind", &["break"])),
    rounds("patrols.noon", Some("patrols.rounds"), |frame| walked(frame).among("kind", &["noon"])),
    rounds("patrols.night", Some("patrols.rounds"), |frame| walked(frame).among("kind", &["night", "dormitory"])),
    rounds("patrols.guard", Some("patrols.rounds"), |frame| walked(frame).among("kind", &["guard"])),
    rounds("patrols.head", Some("patrols.rounds"), |frame| walked(frame).among("kind", &["head"])),
    // 重点时段: who stood at the gate.
    rounds("patrols.gate", Some("patrols.rounds"), |frame| {
        walked(frame).among("kind", &["gate_arrival", "gate_dismissal"])
    }),
    visits("patrols.points", None, days),
    visits("patrols.scanned", Some("patrols.points"), |frame| days(frame).among("entry", &["scanned"])),
    visits("patrols.findings", Some("patrols.points"), |frame| days(frame).among("result", &["finding"])),
    visits("patrols.hazards", Some("patrols.findings"), |frame| {
        days(frame).among("result", &["finding"]).filter("hazard", Test::Present)
    }),
    flags("patrols.flags", None, days),
    flags("patrols.flags_waiting", Some("patrols.flags"), |frame| days(frame).not_ended("looked_on", frame.cutoff)),
];

const fn rounds(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { formula: 2, ..FigureDef::count(id, &ROUND, "unit.rounds", of, rows) }
}

const fn visits(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef::count(id, &VISIT, "unit.points", of, rows)
}

const fn flags(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef::count(id, &FLAG, "unit.flags", of, rows)
}

fn days(frame: &Frame) -> Query {
    Query::new().within("day", frame.first(), frame.last())
}

/// Rounds that were walked to their end and posts that were kept to theirs: one that was cut short is none, one that goes on is none yet.
fn walked(frame: &Frame) -> Query {
    days(frame).not_among("state", &["cut_short", "walking"])
}
