//! A round on its way, or a post at the gate: what is done, what comes next, and how it ends.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use engine::error::render;
use engine::pages::{done, titled, words};
use engine::save::Refused;
use engine::view::{LinkView, Tone};
use engine::web::{Posted, Reader, labels};
use engine::{App, Cx};
use kit::{Row, dates};
use uuid::Uuid;

use super::{answer, request};
use crate::patrols::act;
use crate::patrols::mark::{Under, kind_of};
use crate::patrols::record::{POINT, ROUND, ROUTE, VISIT};
use crate::patrols::view::{StopView, TouchView, WalkPage};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/patrol-routes/{id}/walk", get(page)).route("/patrol-routes/{id}/finish", post(finish))
}

async fn page(reader: Reader, Path(id): Path<String>) -> Response {
    let made = made(&reader, &id).await;
    answer(&reader, made)
}

async fn made(reader: &Reader, id: &str) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let (route, points) = act::route_of(cx, id.parse().map_err(|_| Refused::Missing)?).await?;
    if !cx.may(ROUTE.name, "walk") {
        return Err(Refused::Forbidden);
    }
    let mine = act::under_way(cx, &route).await?;
    let kind = kind_of(&ROUTE, &route);
    let name = route.get(&ROUTE, "name").text().unwrap_or_default().to_owned();
    let mut layout = titled(reader, name.clone());
    layout.crumbs.push(LinkView { label: cx.word("patrol.due").to_owned(), href: "/patrol".into() });
    let visited = mine.as_ref().map_or(0, |under| seen(&points, under));
    let (badge, tone) = match (&mine, kind.post()) {
        (Some(_), true) => ("patrol.on_post", Tone::Good),
        (Some(_), false) => ("patrol.under_way", Tone::Info),
        (None, true) => ("patrol.not_on_post", Tone::Plain),
        (None, false) => ("patrol.not_begun", Tone::Plain),
    };
    let count = [("done", visited.to_string()), ("all", points.len().to_string())];
    let touches = if kind.post() {
        post_touches(cx, &route, &points, mine.as_ref()).await?
    } else {
        ends(cx, &route, mine.as_ref(), points.len().saturating_sub(visited))
    };
    Ok(render(&WalkPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading: name,
        lead: cx.word(&format!("patrol_route.kind.{}", kind.code())).to_owned(),
        progress: cx.app.words.fill(cx.lang, "patrol.points_of", &count),
        badge: cx.word(badge).to_owned(),
        tone,
        stops: if kind.post() { Vec::new() } else { stops(cx, &points, mine.as_ref()) },
        touches,
        here: format!("/patrol-routes/{}/walk", route.id),
        end: format!("/patrol-routes/{}/finish", route.id),
        longest: cx.app.norms().value("patrol.longest", cx.today())?,
        post: kind.post(),
    }))
}

fn visit_at<'a>(point: &Row, under: &'a Under) -> Option<&'a Row> {
    under.visits.iter().find(|visit| visit.get(&VISIT, "point").id() == Some(point.id))
}

fn seen(points: &[Row], under: &Under) -> usize {
    points.iter().filter(|point| visit_at(point, under).is_some()).count()
}

fn stops(cx: &Cx, points: &[Row], mine: Option<&Under>) -> Vec<StopView> {
    let visit = |point: &Row| mine.and_then(|under| visit_at(point, under));
    let first = points.iter().position(|point| visit(point).is_none());
    let stop = |(at, point): (usize, &Row)| {
        let visit = visit(point);
        let time = visit.and_then(|visit| visit.get(&VISIT, "at").int());
        StopView {
            number: point.get(&POINT, "number").int().unwrap_or_default().to_string(),
            name: point.get(&POINT, "name").text().unwrap_or_default().to_owned(),
            time: time.map(|at| dates::shanghai_time(at).format("%H:%M").to_string()).unwrap_or_default(),
            finding: visit.is_some_and(|visit| visit.get(&VISIT, "result").text() == Some("finding")),
            next: first == Some(at),
            action: format!("/patrol-points/{}/mark", point.id),
            request_id: request(cx),
            correct: visit.and_then(correct),
        }
    };
    points.iter().enumerate().map(stop).collect()
}

/// The page of what was marked well, where it is corrected.
fn correct(visit: &Row) -> Option<String> {
    let well = visit.get(&VISIT, "result").text() == Some("ok");
    well.then(|| format!("/{}/{}", VISIT.plural, visit.id))
}

/// A round that cannot be walked to its end is ended by hand, and nobody ends one with a wet thumb.
fn ends(cx: &Cx, route: &Row, mine: Option<&Under>, left: usize) -> Vec<TouchView> {
    let end = |_: &Under| TouchView {
        action: format!("/patrol-routes/{}/finish", route.id),
        request_id: request(cx),
        label: cx.word("patrol.finish").to_owned(),
        field: "result",
        value: "ok".into(),
        hint: cx.word("patrol.finish.hint").to_owned(),
        sure: Some(cx.app.words.fill(cx.lang, "patrol.finish.sure", &[("n", left.to_string())])),
    };
    mine.map(end).into_iter().collect()
}

/// 到岗, 接岗, 离岗
async fn post_touches(cx: &Cx, route: &Row, points: &[Row], mine: Option<&Under>) -> Result<Vec<TouchView>, Refused> {
    let Some(point) = points.first() else { return Ok(Vec::new()) };
    let touch = |action: String, key: &str, field: &'static str, value: &str, hint: String| TouchView {
        action,
        request_id: request(cx),
        label: cx.word(key).to_owned(),
        field,
        value: value.to_owned(),
        hint,
        sure: None,
    };
    if mine.is_some() {
        let finish = format!("/patrol-routes/{}/finish", route.id);
        return Ok(vec![touch(finish, "patrol.leave", "result", "ok", cx.word("patrol.leave.hint").to_owned())]);
    }
    let mark = format!("/patrol-points/{}/mark", point.id);
    let others = act::on_post(cx, route, cx.now).await?;
    let who: Vec<Uuid> = others.iter().filter_map(|round| round.get(&ROUND, "walker").id()).collect();
    let names = labels(cx, std::collections::HashMap::from([("staff", who.clone())])).await?;
    let names: Vec<_> = who.iter().filter_map(|id| names.get(id).map(String::as_str)).collect();
    let mut touches = Vec::new();
    if !names.is_empty() {
        let hint = cx.app.words.fill(cx.lang, "patrol.take.hint", &[("who", names.join(cx.word("ui.comma")))]);
        touches.push(touch(mark.clone(), "patrol.take", "take", "1", hint));
    }
    touches.push(touch(mark, "patrol.present", "take", "", cx.word("patrol.present.hint").to_owned()));
    Ok(touches)
}

async fn finish(Path(id): Path<String>, posted: Posted) -> Response {
    let reader = &posted.reader;
    let made = async {
        let (route, _) = act::route_of(&reader.cx, id.parse().map_err(|_| Refused::Missing)?).await?;
        act::finish(&reader.cx, &route, reader.done_at()).await?;
        let ended = if kind_of(&ROUTE, &route).post() { "patrol_left" } else { "patrol_cut" };
        Ok(done(&reader.cx.app, "/patrol", ended))
    };
    let made = made.await;
    answer(reader, made)
}
