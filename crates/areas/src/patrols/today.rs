//! What of patrols stands on the first page.

use chrono::NaiveDate;
use engine::area::Card;
use engine::view::Tone;
use kit::{Actor, Query, Role};

/// Rounds that somebody is to look at: the school's leaders, never the walkers.
pub const FLAGS: &[Card] = &[Card {
    label: "today.patrols.flags",
    tone: Tone::Warn,
    roles: &[Role::Bureau, Role::Principal, Role::School],
    query: waiting,
}];

fn waiting(_: &Actor, _: NaiveDate) -> Query {
    Query::new().among("state", &["waiting"])
}
