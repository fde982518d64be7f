//! 职责: what the law, the ministry and the county ask of whom, when, and what became of it; and what of it is somebody's own today.
//!
//! No duty is stored. [`kit::duty`] computes each from `rules/duties.toml`, the calendar, the subjects and the records of all rooms; here these
//! are read as sets and shown: on the first page, in a list, in a calendar, in somebody's own telephone. Only two things are records: a deed
//! (履职记录), one tap for what no room keeps, and a waiver (免除) with its reason.
//!
//! Nobody is ranked: a class's duties are its own teacher's to see, all others see counts.

pub mod calendar;
mod counts;
pub mod days;
pub mod digest;
pub mod feed;
pub mod figures;
pub mod life;
pub mod mine;
mod one;
mod pages;
pub mod reading;
pub mod record;
pub mod rules;
pub mod today;
mod view;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use axum::Router;
use engine::area::Entry;
use engine::view::Tone;
use engine::{App, Area, Kind};
use kit::duty::{DutyNorms, Fulfil};
use kit::{Cell, Query};
use store::Migration;

use life::{DeedLife, WaiverLife};
use record::{DEED, WAIVER};

/// What is asked.
pub const RULES: &str = include_str!("../../../../rules/duties.toml");

static NORMS: LazyLock<Result<DutyNorms, String>> = LazyLock::new(|| DutyNorms::parse(&[("rules/duties.toml", RULES)]));
static NONE: LazyLock<DutyNorms> = LazyLock::new(DutyNorms::default);

/// The norms of duties; opening the house has found them readable ([`check`]).
pub fn norms() -> &'static DutyNorms {
    NORMS.as_ref().unwrap_or(&NONE)
}

/// Whether the rules can be read.
///
/// # Errors
/// The fault with file and norm.
pub fn check() -> Result<(), String> {
    NORMS.as_ref().map(drop).map_err(Clone::clone)
}

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0070_duties", sql: include_str!("schema.sql") },
    Migration { name: "0071_duty_feeds", sql: feed::SCHEMA },
];

fn of_schools() -> Query {
    recorded().is("class", Cell::Null).filter("school", kit::Test::Present)
}

fn recorded() -> Query {
    Query::new().among("state", &["recorded"])
}

/// A deed answers for a class, a school or a unit.
const FULFILS: &[Fulfil] = &[
    Fulfil::any("fact", "school", "day").entered("entered_at").only(of_schools),
    Fulfil::any("fact", "unit", "day").entered("entered_at").only(recorded),
    Fulfil { school: Some("school"), ..Fulfil::any("fact", "class", "day").entered("entered_at").only(recorded) },
];

const DEED_TONES: &[(&str, Tone)] = &[("recorded", Tone::Good), ("mistaken", Tone::Plain)];
const WAIVER_TONES: &[(&str, Tone)] = &[("granted", Tone::Info), ("withdrawn", Tone::Plain)];

const NAV: &[Entry] = &[
    Entry { label: "duties.title", href: "/duties", icon: "list-check", needs: ("duty", "read") },
    Entry { label: "duties.calendar", href: "/duties/calendar", icon: "calendar", needs: ("duty", "read") },
];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "duties",
        kinds: vec![
            Kind::new(&DEED, "check")
                .life(&DeedLife)
                .derive(rules::deed)
                .rules(rules::deed_rules)
                .suggest(rules::deed_known)
                .tones(DEED_TONES)
                .fulfils(FULFILS)
                .board(today::board),
            Kind::new(&WAIVER, "bookmark")
                .life(&WaiverLife)
                .derive(rules::waiver)
                .rules(rules::waiver_rules)
                .tones(WAIVER_TONES),
            Kind::new(&feed::FEED, "calendar").off_menu(),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(routes),
        nav: NAV,
    }
}

fn routes() -> Router<Arc<App>> {
    pages::routes().merge(calendar::routes()).merge(feed::routes())
}
