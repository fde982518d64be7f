//! One point: the page behind its printed code, and the same page reached from the list. Scanning is one touch, "all well" the second.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use engine::error::{Failure, Where, render};
use engine::files::{asked_for, come_with};
use engine::pages::{done as done_at, titled, words};
use engine::save::{Refused, typed};
use engine::view::{LinkView, OptionView};
use engine::web::{Posted, Reader};
use engine::{App, Cx};
use kit::Refusal;

use super::{answer, request};
use crate::hazards::record::HAZARD;
use crate::patrols::act::{self, Place};
use crate::patrols::mark::kind_of;
use crate::patrols::record::{POINT, ROUTE, VISIT};
use crate::patrols::trouble::TROUBLES;
use crate::patrols::view::PointPage;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/p/{code}", get(scanned).post(mark_scanned))
        .route("/patrol-points/{id}/mark", get(chosen).post(mark_chosen))
}

/// How somebody came to a point.
struct Way {
    entry: &'static str,
    action: String,
}

/// The point behind a code, or the page that says why there is none.
async fn behind(reader: &Reader, code: &str) -> Result<Result<Place, Response>, Refused> {
    let cx = &reader.cx;
    match act::behind(cx, code).await? {
        Ok(point) => Ok(Ok(act::place(cx, point).await?)),
        Err(why) => {
            let status = if why == "patrol.code_expired" { StatusCode::GONE } else { StatusCode::NOT_FOUND };
            Ok(Err(Failure::page(&Where::of(reader), status, why)))
        }
    }
}

fn by_code(code: &str) -> Way {
    Way { entry: "scanned", action: format!("/p/{}", crate::tips::code::read(code)) }
}

async fn scanned(reader: Reader, Path(code): Path<String>) -> Response {
    let made = async {
        match behind(&reader, &code).await? {
            Ok(place) => Ok(render(&view(&reader, &place, &by_code(&code), &[], &[]).await?)),
            Err(page) => Ok(page),
        }
    };
    let made = made.await;
    answer(&reader, made)
}

async fn mark_scanned(Path(code): Path<String>, mut posted: Posted) -> Response {
    let made = async {
        match behind(&posted.reader, &code).await? {
            Ok(place) => marked(&mut posted, &place, &by_code(&code)).await,
            Err(page) => Ok(page),
        }
    };
    let made = made.await;
    answer(&posted.reader, made)
}

async fn of_id(cx: &Cx, id: &str) -> Result<(Place, Way), Refused> {
    let place = act::place(cx, id.parse().map_err(|_| Refused::Missing)?).await?;
    let action = format!("/patrol-points/{}/mark", place.point.id);
    Ok((place, Way { entry: "tapped", action }))
}

async fn chosen(reader: Reader, Path(id): Path<String>) -> Response {
    let made = async {
        let (place, way) = of_id(&reader.cx, &id).await?;
        Ok(render(&view(&reader, &place, &way, &[], &[]).await?))
    };
    let made = made.await;
    answer(&reader, made)
}

async fn mark_chosen(Path(id): Path<String>, mut posted: Posted) -> Response {
    let made = async {
        let (place, way) = of_id(&posted.reader.cx, &id).await?;
        marked(&mut posted, &place, &way).await
    };
    let made = made.await;
    answer(&posted.reader, made)
}

/// On to the round, or back to what is due when it is complete. What was typed stays when something is missing.
async fn marked(posted: &mut Posted, place: &Place, way: &Way) -> Result<Response, Refused> {
    let files = std::mem::take(&mut posted.files);
    let with_files = !files.is_empty();
    posted.values.retain(|(name, _)| name != act::SPOKEN);
    if files.iter().any(|(field, _)| field == "voice") {
        posted.values.push((act::SPOKEN.to_owned(), "1".to_owned()));
    }
    let reader = &posted.reader;
    let cx = &reader.cx;
    // Which telephone is known of an enrolled one alone: whoever signs in once more on his way holds the same one.
    let device = reader.offline.map(|offline| offline.device).or(reader.session.device).map(|id| id.to_string());
    let done = act::visit(cx, place, way.entry, reader.done_at(), &posted.values, device.as_deref()).await;
    if let (Ok(_), false, Some("finding")) = (&done, files.is_empty(), typed(&posted.values, "result")) {
        let kind = cx.app.kind_of(HAZARD.name).ok_or(Refused::Missing)?;
        let hazard = act::found(cx).await?;
        // The finding stands; what is no good of what came with it is given again on its page.
        if !come_with(cx, kind, &hazard, files).await?.refused.is_empty() {
            return Ok(done_at(&cx.app, &format!("/hazards/{}", hazard.id), "patrol_file"));
        }
    }
    match done {
        Ok(done) if done.complete => Ok(Redirect::to("/patrol?done=1").into_response()),
        Ok(_) => Ok(Redirect::to(&format!("/patrol-routes/{}/walk", place.route.id)).into_response()),
        Err(Refused::Faults(mut faults)) => {
            // A browser gives no file back to a form.
            faults.extend(with_files.then(|| Refusal::new("files.again")));
            let page = view(reader, place, way, &posted.values, &faults).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, render(&page)).into_response())
        }
        Err(refused) => Err(refused),
    }
}

async fn view(
    reader: &Reader,
    place: &Place,
    way: &Way,
    form: &[(String, String)],
    faults: &[Refusal],
) -> Result<PointPage, Refused> {
    let cx = &reader.cx;
    let name = place.point.get(&POINT, "name").text().unwrap_or_default().to_owned();
    let route = place.route.get(&ROUTE, "name").text().unwrap_or_default().to_owned();
    let visits = act::under_way(cx, &place.route).await?.map(|under| under.visits).unwrap_or_default();
    let seen = |point: &&kit::Row| visits.iter().any(|visit| visit.get(&VISIT, "point").id() == Some(point.id));
    let count =
        [("done", place.points.iter().filter(seen).count().to_string()), ("all", place.points.len().to_string())];
    let at =
        |field: &str| faults.iter().find(|fault| fault.field == Some(field)).map(|fault| cx.app.text(cx.lang, fault));
    let (trouble_fault, words_fault) = (at("trouble"), at("words"));
    // All of them above the form, too: its fields may lie below the screen.
    let said: Vec<_> = faults.iter().map(|fault| cx.app.text(cx.lang, fault)).collect();
    let chosen = typed(form, "trouble").unwrap_or_default();
    let trouble = |(code, _): &(&str, _)| OptionView {
        value: (*code).to_owned(),
        label: cx.word(&format!("patrol.trouble.{code}")).to_owned(),
        selected: chosen == *code,
    };
    let mut layout = titled(reader, name.clone());
    layout.crumbs.push(LinkView { label: cx.word("patrol.due").to_owned(), href: "/patrol".into() });
    let post = kind_of(&ROUTE, &place.route).post();
    Ok(PointPage {
        t: words(&cx.app, cx.lang),
        layout,
        label: cx.app.words.fill(cx.lang, "patrol.kept", &[("name", name.clone())]),
        heading: name,
        progress: if post { String::new() } else { cx.app.words.fill(cx.lang, "patrol.points_of", &count) },
        action: way.action.clone(),
        requests: [request(cx), request(cx)],
        troubles: TROUBLES.iter().map(trouble).collect(),
        words: typed(form, "words").unwrap_or_default().to_owned(),
        open: typed(form, "result") == Some("finding"),
        fault: (!said.is_empty()).then(|| said.join(" ")),
        trouble_fault,
        words_fault,
        files: cx.app.kind_of(HAZARD.name).is_some_and(|kind| asked_for(cx, kind)),
        way: LinkView {
            label: cx.app.words.fill(cx.lang, "patrol.back", &[("name", route.clone())]),
            href: format!("/patrol-routes/{}/walk", place.route.id),
        },
        lead: route,
    })
}
