//! 校历: when a school teaches.
//!
//! Terms of the county and of schools that have their own, the days that are special in them (exams, lessons on a weekend, a day off), and
//! suspensions (停课), which nobody had planned. From these and the statutory calendar follows what a day is at a school
//! ([`kit::terms::school_day`]); attendance, drills and every duty of a school day ask there. The county's office sets the terms; a school
//! suspends and marks days for itself alone.

pub mod applied;
pub mod pages;
pub mod record;
pub mod rules;
pub mod view;
pub mod withdraw;

#[cfg(test)]
mod tests;

use engine::area::Entry;
use engine::view::Tone;
use engine::{Area, Kind};
use store::Migration;

pub use applied::applied;
use record::{SCHOOL_DAY, SUSPENSION, TERM};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0060_terms", sql: include_str!("schema.sql") },
    // The ice did not come; before, nothing could be taken back.
    Migration {
        name: "0169_calendar_withdrawn",
        sql: "alter table suspension add column state text;\nalter table suspension add column withdrawn_for text;\nalter table school_day add column state text;\nalter table school_day add column withdrawn_for text",
    },
];

const TONES: &[(&str, Tone)] = &[("in_force", Tone::Good), ("withdrawn", Tone::Plain)];

const NAV: &[Entry] =
    &[Entry { label: "calendar.title", href: "/calendar", icon: "calendar", needs: ("term", "read") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "terms",
        kinds: vec![
            Kind::new(&TERM, "calendar").rules(rules::term),
            Kind::new(&SUSPENSION, "alert-circle")
                .life(&withdraw::SUSPENSION_LIFE)
                .derive(rules::suspension_derived)
                .rules(rules::suspension)
                .suggest(rules::known)
                .offers(|cx, field, _| rules::offered(&cx.actor, field))
                .tones(TONES)
                .begun_elsewhere(),
            Kind::new(&SCHOOL_DAY, "calendar")
                .life(&withdraw::SCHOOL_DAY_LIFE)
                .derive(rules::school_day_derived)
                .rules(rules::school_day)
                .suggest(rules::known)
                .tones(TONES)
                .begun_elsewhere(),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
