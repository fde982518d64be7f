//! What climbed to whom, on the first page.

use chrono::NaiveDate;
use engine::area::Card;
use engine::view::Tone;
use kit::{Actor, Cell, Query, Role};

pub const CARDS: &[Card] = &[Card { label: "today.climbs.mine", tone: Tone::Bad, roles: Role::ALL, query: mine }];

/// What climbed to this reader and is not done: his by name, or by what his account is for. The longest waiting first.
pub fn mine(actor: &Actor, _: NaiveDate) -> Query {
    let open = Query { sort: Some("reached_at"), ..Query::new() }.among("state", &["climbing"]);
    match rungs(actor.role) {
        [] => open.is("person", Cell::Id(actor.person().unwrap_or_default())),
        rungs => open.among("rung", rungs),
    }
}

fn rungs(role: Role) -> &'static [&'static str] {
    match role {
        Role::County => &["group"],
        Role::Director => &["deputy", "director"],
        Role::Bureau => &["section"],
        Role::Principal => &["head"],
        _ => &[],
    }
}
