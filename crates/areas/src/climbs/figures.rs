//! Escalation in figures: how many cases stand on which step, and how many were done after which.

use kit::Query;
use kit::figure::{FigureDef, Frame, Measure};

use super::record::CLIMB;

macro_rules! rungs {
    ($($id:literal, $raised:literal = $rung:literal),* $(,)?) => {
        pub const ALL: &[FigureDef] = &[
            FigureDef { rows: open, of: None, ..figure("climbs.open") },
            $(FigureDef { rows: |frame| open(frame).among("rung", &[$rung]), of: Some("climbs.open"), ..figure($id) }),*,
            FigureDef { rows: |frame| stood(frame, "paused"), of: None, ..figure("climbs.paused") },
            FigureDef { formula: 1, rows: solved, of: None, ..figure("climbs.solved") },
            FigureDef { rows: |frame| raised(frame).filter("rung", kit::Test::Present), of: None, ..figure("climbs.raised") },
            $(FigureDef { rows: |frame| raised(frame).among("rung", &[$rung]), of: Some("climbs.raised"), ..figure($raised) }),*,
        ];
    };
}

rungs! {
    "climbs.keeper", "climbs.raised_keeper" = "keeper", "climbs.head", "climbs.raised_head" = "head",
    "climbs.section", "climbs.raised_section" = "section", "climbs.deputy", "climbs.raised_deputy" = "deputy",
    "climbs.director", "climbs.raised_director" = "director", "climbs.group", "climbs.raised_group" = "group",
}

/// Where cases stand is asked as of the day that counts; the first formula knew only where they stand now, whatever the period.
const fn figure(id: &'static str) -> FigureDef {
    FigureDef { id, formula: 2, unit: "unit.cases", noun: &CLIMB, measure: Measure::Count, rows: open, of: None }
}

fn open(frame: &Frame) -> Query {
    stood(frame, "climbing")
}

/// What was in a state at the end of the last day that counts.
fn stood(frame: &Frame, state: &str) -> Query {
    let begun = kit::Test::Between(None, Some(kit::Cell::Int(end_of(frame.last()))));
    Query::new().among("state", &[state]).filter("since", begun).as_of(frame.last())
}

/// Whose time ran out in the period and who stood on a step since, whatever became of them: the rung is the highest that they had reached at the
/// cut-off.
fn raised(frame: &Frame) -> Query {
    Query::new().filter("since", moments(frame)).as_of(frame.cutoff)
}

fn solved(frame: &Frame) -> Query {
    Query::new().among("state", &["solved"]).filter("ended_at", moments(frame))
}

fn moments(frame: &Frame) -> kit::Test {
    let first = kit::dates::shanghai_start(frame.first());
    kit::Test::Between(Some(kit::Cell::Int(first)), Some(kit::Cell::Int(end_of(frame.last()))))
}

/// The last moment of a day.
fn end_of(day: chrono::NaiveDate) -> i64 {
    kit::dates::shanghai_start(day.succ_opt().unwrap_or(day)) - 1
}
