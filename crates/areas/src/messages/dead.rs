//! Dead letters: what could not be sent, why, and sending it again.

use axum::response::Response;
use engine::error::{refused_page, render};
use engine::messages::MESSAGE;
use engine::pages::{done, layout, words};
use engine::save::Refused;
use engine::show;
use engine::web::{Posted, Reader};
use kit::{Query, Row, dates};

use super::pages::told;
use super::view::{DeadPage, DeadView};

/// As many as one page shows; the list of messages shows all.
const MOST: u64 = 100;

pub async fn page(reader: Reader) -> Response {
    made(&reader).await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn made(reader: &Reader) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(MESSAGE.name, "again") {
        return Err(Refused::Missing);
    }
    let query = Query::new().among("state", &["dead"]).limit(MOST);
    let dead = cx.app.store.list(&MESSAGE, &query, cx.scope()).await?;
    let fault =
        |row: &Row| MESSAGE.field("fault").map_or_else(String::new, |field| show::told(cx, &MESSAGE, field, row));
    let view = |row: &Row| {
        let text = |field| row.get(&MESSAGE, field).text().unwrap_or_default();
        let at = dates::shanghai_time(row.get(&MESSAGE, "at").int().unwrap_or_default());
        let channel = cx.word(&format!("message.channel.{}", text("channel"))).to_owned();
        DeadView {
            id: row.id.to_string(),
            text: show::title(cx, &MESSAGE, row),
            meta: format!("{channel} · {}", at.format("%Y-%m-%d %H:%M")),
            fault: cx.app.words.fill(cx.lang, "messages.dead.fault", &[("fault", fault(row))]),
            href: format!("/messages/{}", row.id),
        }
    };
    Ok(render(&DeadPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "messages.dead"),
        letters: dead.rows.iter().map(view).collect(),
    }))
}

/// Sends one again; what is not in the reader's scope is not there.
pub async fn again(posted: Posted) -> Response {
    let reader = &posted.reader;
    match resend(reader, posted.get("id").unwrap_or_default()).await {
        Ok(()) => done(&reader.cx.app, "/messages/dead", "again"),
        Err(refused) => refused_page(reader, &refused),
    }
}

async fn resend(reader: &Reader, id: &str) -> Result<(), Refused> {
    let cx = &reader.cx;
    if !cx.may(MESSAGE.name, "again") {
        return Err(Refused::Missing);
    }
    let told = told(reader, id).await?;
    if cx.app.store.again(&[told.id], cx.now).await? == 0 {
        let state = cx.word(&format!("message.state.{}", told.state)).to_owned();
        return Err(kit::Refusal::new("move.not_now").with("state", state).into());
    }
    Ok(())
}
