//! 安全提醒: the minute before going home, the flag-raising, the assembly, the class's safety lesson.
//!
//! What is to be said stands ready: two sentences of the season, to be read aloud, the same for a class and its school on the same day
//! (`rules/topics.toml`). It is offered at its minute, by the timetable, and one touch says that it was said. No photograph is asked
//! for and none is missing when nobody touched: leaving traces is not the measure of the work (整治形式主义为基层减负). What was touched by
//! mistake is set aside on its day ([`life`]).
//!
//! Law: 中小学幼儿园安全管理办法 (教育部令第23号) arts. 38–41; 国旗法 art. 14.

pub(crate) mod act;
pub mod figures;
pub mod life;
pub mod offer;
mod pages;
pub mod record;
pub mod rules;
mod view;

#[cfg(test)]
mod tests;

use engine::area::Entry;
use engine::view::Tone;
use engine::{Area, Kind};
use kit::Noun;
use kit::duty::Fulfil;
use store::Migration;

use record::TALK;

use crate::aside::standing;
use crate::attendance::handover::HANDOVER;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0051_talks", sql: include_str!("schema.sql") },
    // A class is told once a day; what was a mistake is none.
    Migration {
        name: "0163_talk_mistaken",
        sql: "alter table talk add column reason text;\nalter table talk add column state text;\ndrop index talk_class_key;\ncreate unique index talk_class_key on talk (class, day) where kind = 'minute' and (state is null or state <> 'mistaken')",
    },
];

const TONES: &[(&str, Tone)] = &[("said", Tone::Good), ("mistaken", Tone::Plain)];

const NAV: &[Entry] = &[Entry { label: "talk.now", href: "/talk", icon: "bell", needs: ("talk", "create") }];

const FULFILS: &[Fulfil] = &[
    Fulfil::of_class("talk.minute", "class", "school", "day")
        .entered("recorded_at")
        .only(|| standing().among("kind", &["minute"])),
    Fulfil::new("talk.flag", "school", "day").entered("recorded_at").only(|| standing().among("kind", &["flag"])),
];

/// Whether the class went home before its hour.
static GONE: &[(&str, &Noun, &str)] = &[("class", &HANDOVER, "class")];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "talks",
        kinds: vec![
            Kind::new(&TALK, "bell")
                .derive(rules::derive)
                .suggest(rules::suggest)
                .rules(rules::rules)
                .beside_of_day(GONE)
                .life(&life::TalkLife)
                .tones(TONES)
                .fulfils(FULFILS)
                .day("/talk", "talk", "create"),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
