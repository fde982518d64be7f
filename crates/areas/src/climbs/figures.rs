//! Escalation in figures: how many cases stand on which step, and how many were done after which.

use kit::Query;
use kit::figure::{FigureDef, Frame, Measure};

use super::record::CLIMB;

macro_rules! rungs {
    ($($id:literal = $rung:literal),* $(,)?) => {
        pub const ALL: &[FigureDef] = &[
            FigureDef { rows: open, of: None, ..figure("climbs.open") },
            $(FigureDef { rows: |frame| open(frame).among("rung", &[$rung]), of: Some("climbs.open"), ..figure($id) }),*,
            FigureDef { rows: |_| Query::new().among("state", &["paused"]), of: None, ..figure("climbs.paused") },
            FigureDef { rows: solved, of: None, ..figure("climbs.solved") },
        ];
    };
}

rungs! {
    "climbs.keeper" = "keeper", "climbs.head" = "head", "climbs.section" = "section",
    "climbs.deputy" = "deputy", "climbs.director" = "director", "climbs.group" = "group",
}

const fn figure(id: &'static str) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.cases", noun: &CLIMB, measure: Measure::Count, rows: open, of: None }
}

/// What climbs now, whatever the period: a step is a state, not an event.
fn open(_: &Frame) -> Query {
    Query::new().among("state", &["climbing"])
}

fn solved(frame: &Frame) -> Query {
    let moment = |day| kit::Cell::Int(kit::dates::shanghai_start(day));
    let end = frame.last().succ_opt().unwrap_or_else(|| frame.last());
    let until = kit::Cell::Int(kit::dates::shanghai_start(end) - 1);
    Query::new()
        .among("state", &["solved"])
        .filter("ended_at", kit::Test::Between(Some(moment(frame.first())), Some(until)))
}
