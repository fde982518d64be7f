//! One's own duties in one's own calendar program (RFC 5545), under an address that only its owner knows and that he can end.
//!
//! The address is a secret and names nobody. Its digest is stored, in a historied record; what it shows are duties, never a pupil.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State as Shared};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::{NaiveDate, TimeDelta};
use engine::auth::{digest, new_secret};
use engine::error::refused_page;
use engine::pages::done;
use engine::save::Refused;
use engine::web::{Posted, language};
use engine::{App, Cx};
use icalendar::{Calendar, Component, Event, EventLike};
use kit::dates::shanghai_time;
use kit::duty::{Duty, Level};
use kit::{Author, Cell, Change, Field, Noun, Row, Scope, ScopeBy};
use uuid::Uuid;

use super::called;
use super::mine::{Posts, levels};
use super::pages::{may, names};
use super::reading::{Wanted, read};

pub const SCHEMA: &str =
    "create table duty_feed (id uuid primary key, version bigint not null, account uuid not null, digest text not null,
  made_on date not null, ended_on date);
create index duty_feed_account on duty_feed (account);
create unique index duty_feed_digest_key on duty_feed (digest)";

/// 日历订阅
pub static FEED: Noun = Noun {
    name: "duty_feed",
    plural: "duty-feeds",
    fields: &[
        Field::refer("account", "account").required().fixed().list(),
        Field::index("digest"),
        Field::date("made_on").required().fixed().list().sort(),
        Field::date("ended_on").fixed().list(),
    ],
    scope: ScopeBy::NOBODY,
    title: &["made_on"],
    subject: None,
    order: "-made_on",
    tallies: &[],
};

/// How far the calendar reaches, in days.
const BACK: i64 = 31;
const AHEAD: i64 = 180;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/cal/{name}", get(calendar))
        .route("/duties/feed", post(renew))
        .route("/duties/feed/end", post(end))
}

/// The living addresses of an account: at most one.
pub async fn living(cx: &Cx) -> Result<Vec<Row>, store::StoreError> {
    let rows = cx.app.store.find_by(&FEED, "account", &[Cell::Id(cx.actor.account)], &Scope::county()).await?;
    Ok(rows.into_iter().filter(|row| row.get(&FEED, "ended_on").is_null()).collect())
}

fn ended(row: Row, today: NaiveDate) -> Change {
    let after = row.clone().with(&FEED, "ended_on", Cell::Date(today));
    Change::update(&FEED, "end", row, after)
}

async fn write(cx: &Cx, changes: Vec<Change>) -> Result<(), Refused> {
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request };
    cx.app.store.commit(author, changes).await?;
    Ok(())
}

/// A new address; the one before it ends with it. It is shown once.
async fn renew(headers: HeaderMap, posted: Posted) -> Response {
    match renewed(&posted.reader.cx).await {
        Ok(secret) => super::calendar::with_feed(&posted.reader, address(&headers, &secret)).await,
        Err(refused) => refused_page(&posted.reader, &refused),
    }
}

async fn renewed(cx: &Cx) -> Result<String, Refused> {
    may(cx)?;
    let (secret, digest) = new_secret();
    let mut changes: Vec<_> = living(cx).await?.into_iter().map(|row| ended(row, cx.today())).collect();
    let row = Row::blank(&FEED, cx.app.store.new_id(cx.now))
        .with(&FEED, "account", Cell::Id(cx.actor.account))
        .with(&FEED, "digest", Cell::Text(digest))
        .with(&FEED, "made_on", Cell::Date(cx.today()));
    changes.push(Change::create(&FEED, "create", row));
    write(cx, changes).await?;
    Ok(secret)
}

async fn end(posted: Posted) -> Response {
    let cx = &posted.reader.cx;
    match finished(cx).await {
        Ok(()) => done(&cx.app, "/duties/calendar", "feed_ended"),
        Err(refused) => refused_page(&posted.reader, &refused),
    }
}

async fn finished(cx: &Cx) -> Result<(), Refused> {
    may(cx)?;
    let changes: Vec<_> = living(cx).await?.into_iter().map(|row| ended(row, cx.today())).collect();
    if changes.is_empty() { Ok(()) } else { write(cx, changes).await }
}

/// `webcal://…`, which calendar programs open by themselves.
fn address(headers: &HeaderMap, secret: &str) -> String {
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
    format!("webcal://{host}/cal/{secret}.ics")
}

/// Whoever has the address needs no session; one that was ended, or whose account was, does not exist.
async fn calendar(Shared(app): Shared<Arc<App>>, headers: HeaderMap, Path(name): Path<String>) -> Response {
    match made(&app, &headers, &name).await {
        Ok(Some(text)) => {
            let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
            let keep = HeaderValue::from_static("private, no-store");
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], text).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a calendar could not be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn made(app: &Arc<App>, headers: &HeaderMap, name: &str) -> Result<Option<String>, store::StoreError> {
    let Some(secret) = name.strip_suffix(".ics").filter(|secret| secret.len() == 64) else { return Ok(None) };
    let rows = app.store.find_by(&FEED, "digest", &[Cell::Text(digest(secret))], &Scope::county()).await?;
    let Some(feed) = rows.into_iter().find(|row| row.get(&FEED, "ended_on").is_null()) else { return Ok(None) };
    let account = feed.get(&FEED, "account").id().unwrap_or_default();
    let Some(actor) = app.actor(account).await? else { return Ok(None) };
    let now = app.clock.now();
    let lang = language(headers, &axum_extra::extract::CookieJar::default());
    let cx = Cx { app: Arc::clone(app), actor, lang, now, request: app.store.new_id(now) };
    Ok(Some(text(&cx).await?))
}

async fn text(cx: &Cx) -> Result<String, store::StoreError> {
    let today = cx.today();
    let wanted = Wanted::new(today - TimeDelta::days(BACK), today + TimeDelta::days(AHEAD), levels(cx.actor.role));
    let posts = Posts::of(cx, today).await?;
    let reading = read(cx, &wanted).await?;
    let names = names(cx, &reading).await?;
    let mut calendar = Calendar::new();
    calendar.name(cx.word("duties.feed_name"));
    reading.each(cx.now, |duty| {
        // What is done every day would bury everything else.
        if posts.keep(&cx.actor, &duty) && duty.span.first != duty.span.last {
            let place = names.get(&duty.subject).filter(|_| names.len() > 1 || duty.norm.level == Level::Class);
            calendar.push(event(cx, &duty, place.map_or("", String::as_str)));
        }
    });
    Ok(calendar.done().to_string())
}

fn event(cx: &Cx, duty: &Duty<'_>, place: &str) -> Event {
    let name = format!("{} {} {}", duty.norm.code, duty.subject, duty.span.first);
    let word = called(cx, &duty.norm.code);
    let summary = if place.is_empty() { word.clone() } else { format!("{word} · {place}") };
    let state = cx.word(&format!("duties.state.{}", duty.state.code())).to_owned();
    Event::new()
        .uid(&Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).to_string())
        .summary(&summary)
        .description(&format!("{state} · {}", duty.norm.basis))
        .timestamp(shanghai_time(cx.now).and_utc() - TimeDelta::hours(8))
        .all_day(duty.span.due_on)
        .done()
}
