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
pub mod hours;
pub mod life;
pub mod mine;
pub mod morning;
mod one;
mod pages;
mod question;
pub mod reading;
pub mod record;
pub mod rhythm;
pub mod rolls;
pub mod rules;
pub mod today;
mod view;

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock};

use axum::Router;
use engine::area::Entry;
use engine::view::Tone;
use engine::{App, Area, Cx, Kind};
use kit::duty::{DutyNorm, DutyNorms, Fact, Fulfil};
use kit::{Cell, Lang, Query};
use store::Migration;

use life::{DeedLife, WaiverLife};
use record::{DEED, WAIVER};

use crate::organisation::record::POSTS;
use crate::patrols::kinds::RouteKind;

/// The facts that records of other rooms prove, and whether these records are only what was found: whoever looked in vain has none then.
pub(super) static ROOMS: LazyLock<HashMap<&'static str, bool>> = LazyLock::new(|| {
    let rooms = crate::all();
    let fulfils = rooms.iter().flat_map(|area| &area.kinds).flat_map(|kind| kind.fulfils);
    let mut facts = HashMap::new();
    for fulfil in fulfils {
        if let Fact::Is(fact) = fulfil.fact {
            *facts.entry(fact).or_default() |= fulfil.finds;
        }
    }
    facts
});

/// Whether these norms agree with the house: what can be recorded, which posts there are, what has a word.
///
/// # Errors
/// The line, the duty and what is wrong with it.
pub fn check(norms: &DutyNorms) -> Result<(), String> {
    let proven: HashSet<&str> = ROOMS.keys().chain(record::FACTS).copied().collect();
    for norm in norms.iter() {
        let wrong = |what: String| Err(format!("line {}: {}: {what}", norm.line, norm.code));
        if !proven.contains(norm.fact.as_str()) {
            return wrong(format!("no record proves the fact {:?}", norm.fact));
        }
        if !POSTS.contains(&norm.keeper.as_str()) {
            return wrong(format!("there is no post {:?}", norm.keeper));
        }
        if norm.hours.as_deref().is_some_and(|hours| RouteKind::read(hours).is_none()) {
            return wrong(format!("there are no rounds {:?}", norm.hours.as_deref().unwrap_or_default()));
        }
        if !has_word(&norm.code) && (norm.about.trim().is_empty() || norm.en.trim().is_empty()) {
            return wrong("is new: say what it is called in `about` and `en`".into());
        }
    }
    Ok(())
}

/// The duties that the program has words for.
static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("text.toml").lines();
    lines.filter_map(|line| line.strip_prefix("\"duty.")?.split_once('"')).map(|(code, _)| code).collect()
});

fn has_word(code: &str) -> bool {
    WORDS.contains(code)
}

/// What a duty is called: the program's word, or what the county's own file says.
pub fn called(cx: &Cx, code: &str) -> String {
    if has_word(code) {
        return cx.word(&format!("duty.{code}")).to_owned();
    }
    let rules = cx.app.rules();
    let said = |norm: &DutyNorm| if cx.lang == Lang::En { norm.en.clone() } else { norm.about.clone() };
    // One that is gone from the file is still known by its code.
    rules.conduct.duties.any(code).map_or_else(|| code.to_owned(), said)
}

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0070_duties", sql: include_str!("schema.sql") },
    Migration { name: "0071_duty_feeds", sql: feed::SCHEMA },
    // Everything that what was done is asked for: read from the index alone, however many deeds there are.
    Migration {
        name: "0076_deed_proofs",
        sql: "drop index deed_fact;\ncreate index deed_fact on deed (fact, day, state, class, school, entered_at)",
    },
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
                .offers(|cx, field, code| rules::deed_offered(&cx.actor, field, code))
                .tones(DEED_TONES)
                .fulfils(FULFILS)
                .begun_elsewhere()
                .board(today::board),
            Kind::new(&WAIVER, "bookmark")
                .life(&WaiverLife)
                .derive(rules::waiver)
                .rules(rules::waiver_rules)
                .begun_elsewhere()
                .tones(WAIVER_TONES),
            Kind::new(&feed::FEED, "calendar").off_menu(),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(routes),
        described: None,
        nav: NAV,
    }
}

fn routes() -> Router<Arc<App>> {
    pages::routes().merge(calendar::routes()).merge(feed::routes())
}
