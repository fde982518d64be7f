//! The chain of a check as it stands. Pure.

use kit::Row;

use super::record::MISSING;

/// A hop of the chain with the moment at which it is due, when it was answered, and whether anybody is named for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hop {
    pub code: &'static str,
    pub at: i64,
    pub done_at: Option<i64>,
    /// When the family was called in vain.
    pub tried_at: Option<i64>,
    pub named: bool,
}

/// The chain as it stands: what is due when, what has been done, and what reaches nobody.
pub fn hops(row: &Row) -> [Hop; 4] {
    let at = |field| row.get(&MISSING, field).int();
    let begun = at("begun_at").unwrap_or_default();
    let named = |field| !row.get(&MISSING, field).is_null();
    // Looked for again: the call of the first search is none of this one.
    let anew = matches!(row.get(&MISSING, "state").text(), Some("asked" | "answered" | "searching"));
    let hop = |code, due, done_at, named| Hop { code, at: at(due).unwrap_or(begun), done_at, tried_at: None, named };
    [
        Hop { tried_at: at("tried_at"), ..hop("guardian", "told_at", at("answered_at"), named("told_at")) },
        hop("search", "search_at", at("searched_at"), named("leader")),
        hop("bureau", "report_at", None, named("officer")),
        hop("police", "police_at", at("police_called_at").filter(|_| !anew), named("caller")),
    ]
}
