//! 随手拍: a tip by somebody without an account, from the code on a school's wall to the answer and the question "really fixed?".
//!
//! Whoever scans the code takes a photograph, touches where he stands and writes three words; he is nobody to us unless he
//! leaves a telephone number. The bureau sees every tip at once, the school its own, unless the tip is about its people. What a
//! school has not taken up within three working days is the bureau's. A tip becomes a hazard, joins one, is answered, is found
//! to be the same as another, or is set aside as abuse — by the bureau alone, so that no school buries what it would rather not
//! read. When the hazard is closed, the reporter is asked; his "no" reopens it.
//!
//! ```text
//!  received ──to_hazard, join──▶ triaged ──say_fixed──▶ confirmed
//!     │                             │                      │
//!     │                             └──say_not_fixed──▶ not_fixed ◀── say_not_fixed
//!     │                                                    └── say_fixed ──▶ confirmed
//!     ├──answer──▶ answered      ├──merge──▶ merged      └──set_aside──▶ set_aside
//!  received stays: keep_from_school. Whatever has been taken up can be answered besides.
//! ```
//!
//! Whose a tip is follows from its day (`due_on`, written when it was received) wherever the question is put, in [`who`] and
//! on the first page: there is no step that escalates it and could fail to.
//!
//! Law: 个人信息保护法 arts. 6 and 19; 未成年人学校保护规定 (教育部令第50号) art. 20 and 安全生产法 (2021) art. 74, which
//! make reports from the public part of safety work.

pub mod code;
pub mod due;
mod entails;
pub mod examples;
pub mod figures;
pub mod guess;
pub mod keeper;
pub mod life;
mod moves;
mod pages;
mod photo;
mod public;
pub mod record;
pub mod same;
mod sheet;
mod step;
mod throttle;
pub mod today;
mod token;
pub mod triage;
mod view;
pub mod who;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use engine::area::Paper;
use engine::files::ATTACHMENT;
use engine::view::Tone;
use engine::{App, Area, Kind};
use kit::Noun;
use store::Migration;

use life::{CODE_LIFE, TipLife};
pub(crate) use public::{follow_code, follow_digest};
use record::{TIP, TIP_CODE};

const MIGRATIONS: &[Migration] = &[Migration { name: "0020_tips", sql: include_str!("schema.sql") }];

/// What waits is warm; what has been taken up is nobody's delay any more.
const TONES: &[(&str, Tone)] = &[
    ("received", Tone::Warn),
    ("triaged", Tone::Good),
    ("answered", Tone::Good),
    ("confirmed", Tone::Good),
    ("merged", Tone::Plain),
    ("set_aside", Tone::Plain),
    ("not_fixed", Tone::Plain),
];

const CODE_TONES: &[(&str, Tone)] = &[("in_use", Tone::Good), ("expired", Tone::Plain)];

const PAPERS: &[Paper] = &[Paper {
    name: "triage",
    label: "tips.triage",
    icon: "list-check",
    needs: "answer",
    fits: |row| row.get(&TIP, "state").text() == Some("received"),
    many: false,
    first: true,
}];

const SHEETS: &[Paper] = &[Paper {
    name: "sheet",
    label: "tips.sheet",
    icon: "printer",
    needs: "read",
    fits: |row| row.get(&TIP_CODE, "state").text() == Some("in_use"),
    many: true,
    first: false,
}];

/// What was found to be the same as a tip goes where it goes, and so do its photographs if the triager says so.
static FOLLOWERS: &[(&Noun, &str)] = &[(&TIP, "duplicate_of"), (&ATTACHMENT, "record")];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "tips",
        kinds: vec![
            Kind::new(&TIP, "inbox")
                .spare(&["category"])
                .life(&TipLife)
                .among(step::among)
                .entails(entails::of_tip)
                .companions(FOLLOWERS)
                .deadline("due_on", "received_on")
                .today(today::CARDS)
                .tones(TONES)
                .papers(PAPERS),
            Kind::new(&TIP_CODE, "table").life(&CODE_LIFE).entails(entails::of_code).tones(CODE_TONES).papers(SHEETS),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(routes),
        described: None,
        nav: &[],
    }
}

fn routes() -> Router<Arc<App>> {
    public::routes().merge(pages::routes()).merge(sheet::routes())
}
