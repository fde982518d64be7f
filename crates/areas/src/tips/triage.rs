//! What a tip is likely the same as: other tips and open hazards of its school. Pure; whose eyes it is for was asked before.

use kit::Row;

use super::record::{TIP, said};
use super::same::{self, Report};
use crate::hazards::record::HAZARD;

/// As many of each as are worth looking at.
pub const FEW: usize = 4;

/// A tip as it is compared.
pub fn of_tip(row: &Row) -> Report<'_> {
    let on = row.get(&TIP, "received_on").date().unwrap_or_default();
    Report { spot: said(row, "spot"), place: "", category: said(row, "category"), words: said(row, "words"), on }
}

/// A hazard as it is compared.
fn of_hazard(row: &Row) -> Report<'_> {
    let text = |field| row.get(&HAZARD, field).text().unwrap_or_default();
    let on = row.get(&HAZARD, "found_on").date().unwrap_or_default();
    Report { spot: "", place: text("place"), category: text("category"), words: text("description"), on }
}

/// Other tips that are likely the same, best first; of what the school may not see, none is named on what it sees.
pub fn tips<'a>(tip: &Row, others: &'a [Row], days: i64) -> Vec<&'a Row> {
    let hidden = |row: &Row| row.get(&TIP, "seen_by").is_null();
    let fits = |row: &&Row| {
        row.id != tip.id
            && !matches!(said(row, "state"), "merged" | "set_aside")
            && row.get(&TIP, "school") == tip.get(&TIP, "school")
            && (!hidden(row) || hidden(tip))
    };
    let others = others.iter().filter(fits).map(|row| (row, of_tip(row)));
    same::likely(&of_tip(tip), others, days, FEW)
}

/// Open hazards that are likely the same, best first.
pub fn hazards<'a>(tip: &Row, open: &'a [Row], days: i64) -> Vec<&'a Row> {
    same::likely(&of_tip(tip), open.iter().map(|row| (row, of_hazard(row))), days, FEW)
}
