//! Deeds and waivers in figures. Duties themselves are counted on their own page, because they are no rows: `/duties/figures`.

use kit::Query;
use kit::figure::FigureDef;

use super::record::{DEED, WAIVER};

pub const ALL: &[FigureDef] = &[
    FigureDef::count("deeds.recorded", &DEED, "unit.deeds", None, |frame| {
        Query::new().among("state", &["recorded"]).within("day", frame.first(), frame.last())
    }),
    FigureDef::count("waivers.granted", &WAIVER, "unit.waivers", None, |frame| {
        Query::new().among("state", &["granted"]).within("from_on", frame.first(), frame.last())
    }),
];
