//! 消息: what the house tells people, and what became of it. The carrying is the engine's ([`engine::messages`]); here stand the pages: the outbox for those
//! who look after it, dead letters, each person's channels, the reports of gateways, and the answers of people without an account.

mod answer;
pub mod answers;
mod browsers;
mod dead;
pub mod figures;
mod mine;
mod pages;
mod report;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use engine::area::{Entry, Paper};
use engine::messages::MESSAGE;
use engine::view::Tone;
use engine::{App, Area, Kind};
use kit::Row;

pub(crate) use answer::answered;

const TONES: &[(&str, Tone)] = &[
    ("queued", Tone::Warn),
    ("sent", Tone::Info),
    ("delivered", Tone::Good),
    ("read", Tone::Good),
    ("answered", Tone::Good),
    ("dead", Tone::Bad),
    ("withdrawn", Tone::Plain),
];

/// A message has its cause.
const PAPERS: &[Paper] = &[Paper {
    name: "cause",
    label: "messages.cause",
    icon: "link",
    needs: "read",
    fits: about_a_record,
    many: false,
    first: false,
}];

/// The morning's message is about no record.
fn about_a_record(row: &Row) -> bool {
    row.get(&MESSAGE, "code").text() != Some(crate::duties::digest::CODE)
}

const NAV: &[Entry] =
    &[Entry { label: "messages.dead", href: "/messages/dead", icon: "mail", needs: ("message", "again") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "messages",
        kinds: vec![Kind::new(&MESSAGE, "mail").tones(TONES).papers(PAPERS)],
        migrations: &[],
        words: concat!(include_str!("text.toml"), include_str!("push.toml")),
        figures: figures::ALL,
        routes: Some(routes),
        described: None,
        nav: NAV,
    }
}

fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/messages/{id}/cause", get(pages::cause))
        .route("/messages/dead", get(dead::page))
        .route("/messages/dead/again", post(dead::again))
        .route("/messages/reports/{channel}", post(report::take))
        .route("/account/channels", get(mine::page).post(mine::save))
        .route("/account/push", post(browsers::add))
        .route("/account/push/end", post(browsers::end))
        .route("/answer/{token}", get(answer::page).post(answer::take))
}
