//! What is issued with a step: 督办单、通报、约谈通知、挂牌督办通知. Composed from the case; people give it its number and sign it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use engine::days::written;
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::view::{PaperPage, SheetView};
use engine::web::Reader;
use engine::{App, Cx};
use kit::dates::{shanghai_date, shanghai_time};
use kit::{Cell, Row};
use uuid::Uuid;

use super::case::ALL;
use super::record::{CLIMB, moment, said};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/climbs/{id}/paper", get(page))
}

async fn page(reader: Reader, Path(id): Path<String>) -> Response {
    let made = match id.parse() {
        Ok(id) => made(&reader, id).await,
        Err(_) => Err(Refused::Missing),
    };
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn made(reader: &Reader, id: Uuid) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let kind = cx.app.kind_of(CLIMB.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id).await?;
    if !cx.may(CLIMB.name, "issue") {
        return Err(Refused::Forbidden);
    }
    let name = said(&row, "paper").to_owned();
    let sheets = if name.is_empty() { Vec::new() } else { vec![sheet(cx, &row, &name).await?] };
    let title = if name.is_empty() { "climbs.paper".to_owned() } else { format!("climb.paper.{name}") };
    Ok(render(&PaperPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, &title),
        heading: cx.word(&title).to_owned(),
        lead: cx.word("climbs.paper.lead").to_owned(),
        sheets,
        empty: cx.word("climbs.paper.none").to_owned(),
    }))
}

async fn sheet(cx: &Cx, row: &Row, name: &str) -> Result<SheetView, Refused> {
    let fill = |key: &str, args: &[(&str, String)]| cx.app.words.fill(cx.lang, key, args);
    let place = ["unit", "school", "township"].iter().find_map(|field| row.get(&CLIMB, field).id());
    let to = place.map(|id| cx.app.tree().name(id).to_owned()).unwrap_or_default();
    let since = written(cx.lang, shanghai_date(moment(row, "since") - 1));
    let days = (cx.today() - shanghai_date(moment(row, "since") - 1)).num_days().to_string();
    let rules = cx.app.rules();
    let basis = rules.conduct.ladders.get(said(row, "ladder")).map(|ladder| ladder.basis.clone()).unwrap_or_default();
    let number = row.get(&CLIMB, "number").text().unwrap_or("＿＿＿＿＿＿").to_owned();
    let issued = written(cx.lang, row.get(&CLIMB, "issued_on").date().unwrap_or_else(|| cx.today()));
    let rung = cx.word(&format!("climb.rung.{}", said(row, "rung"))).to_owned();
    Ok(SheetView {
        heading: cx.word(&format!("climb.paper.{name}")).to_owned(),
        number: fill("paper.number", &[("n", number)]),
        to: fill("climbs.paper.to", &[("unit", to)]),
        before: vec![
            fill("climbs.paper.basis", &[("basis", basis)]),
            fill(&format!("climbs.paper.{name}.text"), &[("since", since), ("days", days)]),
        ],
        columns: ["climbs.paper.case", "climb.since", "climb.rung", "climb.reached_at"]
            .map(|key| cx.word(key).to_owned())
            .to_vec(),
        rows: vec![vec![title(cx, row).await?, minute(row, "since"), rung, minute(row, "reached_at")]],
        after: vec![fill("paper.issued", &[("day", issued)])],
        signs: ["climbs.paper.issuer", "climbs.paper.receiver"].map(|key| cx.word(key).to_owned()).to_vec(),
    })
}

/// A moment as the record's own page says it.
fn minute(row: &Row, field: &str) -> String {
    shanghai_time(moment(row, field)).format("%Y-%m-%d %H:%M").to_string()
}

/// What the case is called, where it is in the reader's scope.
async fn title(cx: &Cx, row: &Row) -> Result<String, Refused> {
    for case in ALL {
        let Cell::Id(id) = row.get(&CLIMB, case.field()) else { continue };
        if let Some(found) = cx.app.store.find(case.noun(), *id, cx.scope()).await? {
            return Ok(case.title(&found));
        }
    }
    Ok(String::new())
}
