//! Deeds and waivers in figures. Duties themselves are counted on their own page, because they are no rows: `/duties/figures`.

use kit::figure::FigureDef;
use kit::{Cell, Query, Test};

use super::record::{DEED, WAIVER};

pub const ALL: &[FigureDef] = &[
    FigureDef::count("deeds.recorded", &DEED, "unit.deeds", None, |frame| {
        Query::new().among("state", &["recorded"]).within("day", frame.first(), frame.last())
    }),
    // Those in force on any of the days: a year that a waiver reaches into is excused by it. The first formula counted those that began in the period.
    FigureDef {
        formula: 2,
        ..FigureDef::count("waivers.granted", &WAIVER, "unit.waivers", None, |frame| {
            let lasts = Test::Between(Some(Cell::Date(frame.first())), None);
            Query::new().among("state", &["granted"]).up_to("from_on", frame.last()).filter("until_on", lasts)
        })
    },
];
