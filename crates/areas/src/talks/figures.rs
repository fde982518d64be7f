//! Talks in figures: held and heard. None is ever missing: what is drawn as a sample or asked once a week is the duties' business.

use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query};

use super::record::TALK;
use crate::aside::standing;

pub const ALL: &[FigureDef] = &[
    figure("talks.held", "unit.talks", Measure::Count, None, held),
    figure("talks.minute", "unit.talks", Measure::Count, Some("talks.held"), |frame| {
        held(frame).among("kind", &["minute"])
    }),
    figure("talks.flag", "unit.talks", Measure::Count, Some("talks.held"), |frame| {
        held(frame).among("kind", &["flag"])
    }),
    figure("talks.assembly", "unit.talks", Measure::Count, Some("talks.held"), |frame| {
        held(frame).among("kind", &["assembly"])
    }),
    figure("talks.lesson", "unit.talks", Measure::Count, Some("talks.held"), |frame| {
        held(frame).among("kind", &["lesson"])
    }),
    figure("talks.late", "unit.talks", Measure::Count, Some("talks.held"), |frame| {
        held(frame).is("late", Cell::Bool(true))
    }),
    // 受教育人次: whoever heard two talks counts twice.
    figure("talks.reach", "unit.listeners", Measure::Sum("reach"), None, held),
];

const fn figure(
    id: &'static str,
    unit: &'static str,
    measure: Measure,
    of: Option<&'static str>,
    rows: fn(&Frame) -> Query,
) -> FigureDef {
    FigureDef { id, formula: 1, unit, noun: &TALK, measure, rows, of }
}

fn held(frame: &Frame) -> Query {
    standing().within("day", frame.first(), frame.last())
}
