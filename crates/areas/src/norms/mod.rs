//! 规范: what the law, the ministry and the county ask, as everybody may read it, and what the county decided about it.
//!
//! The figures themselves stand in `rules/`, dated, each with who says so and how certain that is. A county lays its own decisions over them: another
//! figure with its approval, the confirmation of one that was uncertain (待核), the adoption of one before its day. A decision is a record like any other,
//! with a history, and holds from its day on: what was computed for a past day stays as it was.

pub mod applied;
pub mod chapters;
pub mod list;
pub mod pages;
pub mod record;
pub mod rules;
pub mod uses;
pub mod view;
pub mod words;

#[cfg(test)]
mod tests;

use engine::area::Entry;
use engine::{Area, Kind};
use store::Migration;

pub use applied::applied;
use record::NORM_DECISION;

const MIGRATIONS: &[Migration] = &[Migration { name: "0061_norms", sql: include_str!("schema.sql") }];

const NAV: &[Entry] =
    &[Entry { label: "norms.all", href: "/norms", icon: "list-check", needs: ("norm_decision", "read") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "norms",
        kinds: vec![
            Kind::new(&NORM_DECISION, "list-check").called(words::called).derive(rules::derived).rules(rules::decision),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
