//! What of tips stands on the first page.

use chrono::{Days, NaiveDate};
use engine::area::Card;
use engine::view::Tone;
use kit::{Actor, Cell, Query, Role, Test};

/// What schools left lying is the bureau's own now; then what waits for whoever triages.
pub const CARDS: &[Card] = &[
    Card { label: "today.tips.left", tone: Tone::Bad, roles: &[Role::Bureau], query: left },
    Card {
        label: "today.tips.waiting",
        tone: Tone::Warn,
        roles: &[Role::Bureau, Role::Principal, Role::School],
        query: waiting,
    },
];

fn received() -> Query {
    Query::new().among("state", &["received"])
}

/// The newest first: whoever is warned at a gate is not warned for next week. What is late stands on the bureau's other card.
fn waiting(_: &Actor, today: NaiveDate) -> Query {
    received().filter("due_on", Test::Between(Some(Cell::Date(today)), None))
}

fn left(_: &Actor, today: NaiveDate) -> Query {
    let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    Query { sort: Some("due_on"), ..received() }.up_to("due_on", yesterday)
}
