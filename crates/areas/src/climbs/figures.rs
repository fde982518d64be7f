//! Escalation in figures: how many cases stand on which step, and how many were done after which.

use kit::Query;
use kit::figure::{FigureDef, Frame, Measure};

use super::record::CLIMB;

macro_rules! rungs {
    ($($id:literal, $raised:literal = $rung:literal),* $(,)?) => {
        pub const ALL: &[FigureDef] = &[
            FigureDef { rows: open, of: None, ..figure("climbs.open") },
            $(FigureDef { rows: |frame| open(frame).among("rung", &[$rung]), of: Some("climbs.open"), ..figure($id) }),*,
            FigureDef { rows: |_| Query::new().among("state", &["paused"]), of: None, ..figure("climbs.paused") },
            FigureDef { rows: solved, of: None, ..figure("climbs.solved") },
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

const fn figure(id: &'static str) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.cases", noun: &CLIMB, measure: Measure::Count, rows: open, of: None }
}

/// What climbs now, whatever the period: a step is a state, not an event.
fn open(_: &Frame) -> Query {
    Query::new().among("state", &["climbing"])
}

/// Whose time ran out in the period and who stood on a step since, whatever became of them: the rung is the highest that they reached.
fn raised(frame: &Frame) -> Query {
    Query::new().filter("since", moments(frame))
}

fn solved(frame: &Frame) -> Query {
    Query::new().among("state", &["solved"]).filter("ended_at", moments(frame))
}

fn moments(frame: &Frame) -> kit::Test {
    let moment = |day| kit::dates::shanghai_start(day);
    let end = frame.last().succ_opt().unwrap_or_else(|| frame.last());
    kit::Test::Between(Some(kit::Cell::Int(moment(frame.first()))), Some(kit::Cell::Int(moment(end) - 1)))
}
