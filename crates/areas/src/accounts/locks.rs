//! 解锁: an account that wrong passwords have locked is opened again by the security administrator. The password stays its holder's own, and nobody is
//! shut out.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use engine::auth::ACCOUNT;
use engine::error::{refused_page, render};
use engine::pages::{done, layout, words};
use engine::save::{self, Refused};
use engine::view::{LinkView, OncePage};
use engine::web::{Posted, Reader};
use engine::{App, Cx, show};
use kit::{Row, dates};
use store::StoreError;
use uuid::Uuid;

/// The field under which the auditor reads that a lock was lifted.
const FIELD: &str = "lock";

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/accounts/{id}/unlock", get(ask).post(lift))
}

/// Until when an account is locked, if it is.
pub async fn until(cx: &Cx, account: Uuid) -> Result<Option<i64>, StoreError> {
    let secret = cx.app.store.secret(account).await?;
    Ok(secret.map(|secret| secret.locked_until).filter(|until| *until > cx.now))
}

/// A moment as this room writes it.
pub fn moment(at: i64) -> String {
    dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string()
}

async fn lockable(cx: &Cx, id: &str) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(ACCOUNT.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id.parse::<Uuid>().map_err(|_| Refused::Missing)?).await?;
    if !cx.may(ACCOUNT.name, "unlock") {
        return Err(Refused::Forbidden);
    }
    Ok(row)
}

async fn ask(reader: Reader, Path(id): Path<String>) -> Response {
    match asked(&reader, &id).await {
        Ok(response) => response,
        Err(refused) => refused_page(&reader, &refused),
    }
}

async fn asked(reader: &Reader, id: &str) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let row = lockable(cx, id).await?;
    let until = until(cx, row.id).await?;
    let here = format!("/{}/{}", ACCOUNT.plural, row.id);
    let lead = if until.is_some() { "unlock.lead" } else { "unlock.open" };
    let params = [("name", show::title(cx, &ACCOUNT, &row)), ("until", until.map(moment).unwrap_or_default())];
    let lift = || LinkView { label: cx.word("move.account.unlock").to_owned(), href: format!("{here}/unlock") };
    Ok(render(&OncePage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "unlock.title"),
        heading: cx.word("unlock.title").to_owned(),
        lead: cx.app.words.fill(cx.lang, lead, &params),
        action: until.map(|_| lift()),
        made: None,
        back: LinkView { label: cx.word("invite.back").to_owned(), href: here },
    }))
}

async fn lift(Path(id): Path<String>, posted: Posted) -> Response {
    let reader = &posted.reader;
    match lifted(&reader.cx, &id).await {
        Ok(row) => done(&reader.cx.app, &format!("/{}/{}", ACCOUNT.plural, row.id), "move.account.unlock"),
        Err(refused) => refused_page(reader, &refused),
    }
}

/// Noted before it is done, like an invitation. Where there is no lock any more there is nothing to note.
async fn lifted(cx: &Cx, id: &str) -> Result<Row, Refused> {
    let row = lockable(cx, id).await?;
    if until(cx, row.id).await?.is_some() {
        cx.app.store.note_reading(cx.now, cx.actor.account, &ACCOUNT, row.id, FIELD, cx.word("unlock.noted")).await?;
        cx.app.store.unlock(row.id).await?;
    }
    Ok(row)
}
