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

#[cfg(test)]
mod tests;

use engine::area::Entry;
use engine::{Area, Kind};
use store::Migration;

pub use applied::applied;
use record::{SCHOOL_DAY, SUSPENSION, TERM};

const MIGRATIONS: &[Migration] = &[Migration { name: "0060_terms", sql: include_str!("schema.sql") }];

const NAV: &[Entry] =
    &[Entry { label: "calendar.title", href: "/calendar", icon: "calendar", needs: ("term", "read") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "terms",
        kinds: vec![
            Kind::new(&TERM, "calendar").rules(rules::term),
            Kind::new(&SUSPENSION, "alert-circle").derive(rules::suspension_derived).rules(rules::suspension),
            Kind::new(&SCHOOL_DAY, "calendar").derive(rules::school_day_derived).rules(rules::school_day),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
