//! What the page of a hazard says beside its state: 补录, 逾期未签收.

use std::collections::HashMap;

use engine::Cx;
use engine::view::Tone;
use kit::dates::shanghai_date;
use kit::{Facts, Record, Row};

use super::due;
use super::record::Hazard;

/// `first` is the moment of its first event.
pub fn of(cx: &Cx, row: &Row, first: i64) -> Vec<(&'static str, Tone)> {
    said(row, first, &cx.facts_with(HashMap::new()))
}

/// A norm that is missing says nothing here: whoever moves the case hears of it.
pub(super) fn said(row: &Row, first: i64, facts: &Facts) -> Vec<(&'static str, Tone)> {
    let Ok(hazard) = Hazard::from_row(row) else { return Vec::new() };
    let late = due::late_entry(&hazard, shanghai_date(first), facts).unwrap_or(false);
    let unsigned = due::unsigned(&hazard, facts).unwrap_or(false);
    let marks = [(late, "hazard.late_entry", Tone::Warn), (unsigned, "hazard.unsigned", Tone::Bad)];
    marks.into_iter().filter(|(holds, ..)| *holds).map(|(_, key, tone)| (key, tone)).collect()
}
