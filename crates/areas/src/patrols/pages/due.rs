//! 待巡查: what this reader is to walk now, in large letters; what he has walked; and what is others' to walk.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use engine::error::render;
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::LinkView;
use engine::web::{Asked, Reader};
use engine::{App, Cx, days};

use super::answer;
use crate::patrols::board::{self, Turn};
use crate::patrols::due::Outcome;
use crate::patrols::record::ROUTE;
use crate::patrols::view::{DuePage, TurnView};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/patrol", get(page))
}

async fn page(reader: Reader, asked: Asked) -> Response {
    let made = made(&reader, &asked).await;
    answer(&reader, made)
}

async fn made(reader: &Reader, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(ROUTE.name, "walk") {
        return Err(Refused::Missing);
    }
    let (mine, others) = board::offered(cx).await?;
    let overview = || LinkView { label: cx.word("patrol.today").to_owned(), href: "/patrol/today".into() };
    Ok(render(&DuePage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "patrol.due"),
        lead: cx.app.words.fill(cx.lang, "patrol.due.lead", &[("day", days::of_week(cx, cx.today()))]),
        finished: asked.get("done").map(|_| cx.word("patrol.round_done").to_owned()),
        turns: mine.iter().map(|turn| turn_view(cx, turn, true)).collect(),
        others: others.iter().map(|turn| turn_view(cx, turn, false)).collect(),
        today: cx.may("patrol_round", "export").then(overview),
    }))
}

fn turn_view(cx: &Cx, turn: &Turn, mine: bool) -> TurnView {
    let kind = turn.kind;
    let (badge, tone) = turn.mark();
    let count = [("done", turn.walked().to_string()), ("all", turn.due.len().to_string())];
    let button = match (turn.under_way, kind.post()) {
        (_, true) => "patrol.to_post",
        (true, false) => "patrol.go_on",
        (false, false) => "patrol.start",
    };
    TurnView {
        name: turn.route.get(&ROUTE, "name").text().unwrap_or_default().to_owned(),
        kind: cx.word(&format!("patrol_route.kind.{}", kind.code())).to_owned(),
        when: turn.when(cx),
        badge: cx.word(badge).to_owned(),
        tone,
        done: cx.app.words.fill(cx.lang, "patrol.walked_of", &count),
        href: format!("/patrol-routes/{}/walk", turn.route.id),
        button: cx.word(button).to_owned(),
        loud: turn.under_way || turn.outcome() == Some(Outcome::Now),
        kept: mine && (turn.under_way || turn.outcome().is_some()),
    }
}
