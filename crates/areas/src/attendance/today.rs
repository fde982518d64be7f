//! What of it stands on the first page: children of whom nobody knows where they are.

use engine::area::Card;
use engine::view::Tone;
use kit::{Query, Role};

use super::{missing, outbreak};

/// 失联
pub const INCIDENTS: &[Card] = &[Card {
    label: "incident.card",
    tone: Tone::Bad,
    roles: &[Role::Principal, Role::School, Role::Bureau, Role::Director],
    query: |_, _| Query::new().not_among("state", &["closed"]),
}];

/// 聚集性病例
pub const OUTBREAKS: &[Card] = &[Card {
    label: "outbreak.card",
    tone: Tone::Bad,
    roles: &[Role::Principal, Role::School, Role::Bureau],
    query: |_, _| outbreak::due(),
}];

pub const CARDS: &[Card] = &[Card {
    label: "missing.card",
    tone: Tone::Bad,
    roles: &[Role::Teacher, Role::Principal, Role::School, Role::Bureau],
    query: |_, _| missing::open(),
}];
