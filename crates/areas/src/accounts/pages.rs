//! 邀请: the security administrator gives an account its one-time password, which is shown once and must be changed at the first sign-in.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use engine::auth::{ACCOUNT, password};
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::view::{LinkView, OncePage};
use engine::web::{Posted, Reader};
use engine::{App, Cx, show};
use kit::{Refusal, Row};
use uuid::Uuid;

/// The field under which the auditor reads that a password was given.
const FIELD: &str = "password";

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/accounts/{id}/invite", get(ask).post(invite)).merge(super::locks::routes())
}

/// The account, if this reader may invite it now: not his own, and not one that is disabled.
async fn invitable(cx: &Cx, id: &str) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(ACCOUNT.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id.parse::<Uuid>().map_err(|_| Refused::Missing)?).await?;
    if !cx.may(ACCOUNT.name, "invite") {
        return Err(Refused::Forbidden);
    }
    if row.id == cx.actor.account {
        return Err(Refusal::new("account.invite_self").into());
    }
    if let Some(login) = super::waits_for(&cx.app.store, &row, cx.today()).await? {
        return Err(Refusal::new("account.unnamed").with("login", login).into());
    }
    if cx.app.actor(row.id).await?.is_none() {
        return Err(Refusal::new("account.disabled").into());
    }
    Ok(row)
}

async fn ask(reader: Reader, Path(id): Path<String>) -> Response {
    match invitable(&reader.cx, &id).await {
        Ok(row) => page(&reader, &row, None),
        Err(refused) => refused_page(&reader, &refused),
    }
}

async fn invite(Path(id): Path<String>, posted: Posted) -> Response {
    let reader = &posted.reader;
    match give(&reader.cx, &id).await {
        Ok((row, secret)) => page(reader, &row, Some(secret)),
        Err(refused) => refused_page(reader, &refused),
    }
}

/// Noted before it is done, like every sensitive reading; whoever held the account must sign in anew.
async fn give(cx: &Cx, id: &str) -> Result<(Row, String), Refused> {
    let row = invitable(cx, id).await?;
    let secret = password::one_time();
    cx.app.store.note_reading(cx.now, cx.actor.account, &ACCOUNT, row.id, FIELD, cx.word("invite.noted")).await?;
    cx.app.set_password(row.id, secret.clone(), true).await?;
    cx.app.shut_out(row.id, Some(cx.actor.account)).await?;
    Ok((row, secret))
}

fn page(reader: &Reader, row: &Row, secret: Option<String>) -> Response {
    let cx = &reader.cx;
    let login = row.get(&ACCOUNT, "login").text().unwrap_or_default().to_owned();
    let here = format!("/{}/{}", ACCOUNT.plural, row.id);
    let name = show::title(cx, &ACCOUNT, row);
    let lead = if secret.is_some() { "invite.made" } else { "invite.lead" };
    let make = || LinkView { label: cx.word("invite.do").to_owned(), href: format!("{here}/invite") };
    let page = OncePage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "invite.title"),
        heading: cx.word("invite.title").to_owned(),
        lead: cx.app.words.fill(cx.lang, lead, &[("name", name), ("login", login)]),
        action: secret.is_none().then(make),
        made: secret.map(|secret| (cx.word("account.password").to_owned(), secret)),
        back: LinkView { label: cx.word("invite.back").to_owned(), href: here },
    };
    let mut response = render(&page);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
