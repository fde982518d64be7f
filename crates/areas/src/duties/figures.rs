//! Deeds and waivers in figures. Duties themselves are counted on their own page, because they are no rows: `/duties/figures`.

use kit::figure::{FigureDef, Frame, Measure};
use kit::{Noun, Query};

use super::record::{DEED, WAIVER};

pub const ALL: &[FigureDef] = &[
    figure("deeds.recorded", &DEED, "unit.deeds", |frame| {
        Query::new().among("state", &["recorded"]).within("day", frame.first(), frame.last())
    }),
    figure("waivers.granted", &WAIVER, "unit.waivers", |frame| {
        Query::new().among("state", &["granted"]).within("from_on", frame.first(), frame.last())
    }),
];

const fn figure(id: &'static str, noun: &'static Noun, unit: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit, noun, measure: Measure::Count, rows, of: None }
}
