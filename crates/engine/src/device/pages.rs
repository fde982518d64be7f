//! One's telephones, and those of an account for whom the table names: enrolling, shutting out, renewing.

use std::sync::Arc;

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Author, Cell, Change, Refusal, Row, Scope, dates};
use serde_json::json;
use uuid::Uuid;

use super::open::BY_PIN;
use super::proof::Key;
use super::record::{DAYS, DEVICE, Device, MOST};
use crate::app::Cx;
use crate::auth::{ACCOUNT, idle_minutes};
use crate::error::{Failure, refused_json, refused_page, render};
use crate::pages::{broken, cookie, device_name, done, layout, words};
use crate::save::{self, Refused};
use crate::view::{DeviceView, DevicesPage};
use crate::web::{Posted, Reader, local};

/// Seconds that a browser keeps a choice: the longest that browsers allow.
const LONG: i64 = 400 * 24 * 60 * 60;

/// Every telephone of an account, newest first.
async fn of(cx: &Cx, account: Uuid) -> Result<Vec<Device>, store::StoreError> {
    let rows = cx.app.store.find_by(&DEVICE, "account", &[Cell::Id(account)], &Scope::county()).await?;
    let mut devices: Vec<_> = rows.into_iter().filter_map(Device::of).collect();
    devices.sort_by_key(|device| std::cmp::Reverse(device.row.id));
    Ok(devices)
}

async fn listed(cx: &Cx, account: Uuid) -> Result<Vec<DeviceView>, store::StoreError> {
    let devices = of(cx, account).await?;
    let ids: Vec<_> = devices.iter().map(|device| device.row.id).collect();
    let seen = cx.app.store.devices_seen(&ids).await?;
    let time = |at: i64| dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string();
    let view = |device: &Device| {
        let row = &device.row;
        let text = |field| row.get(&DEVICE, field).text().unwrap_or_default().to_owned();
        let shut = device.shut(cx.today());
        let date = |field| row.get(&DEVICE, field).date().map(|day| day.to_string()).unwrap_or_default();
        let ended = shut.map(|code| {
            if device.ended() {
                let why = cx.word(&format!("device.ended_why.{}", text("ended_why"))).to_owned();
                return cx.app.words.fill(cx.lang, "device.ended_since", &[("day", date("ended_on")), ("why", why)]);
            }
            cx.app.text(cx.lang, &Refusal::new(code))
        });
        DeviceView {
            id: row.id.to_string(),
            name: text("name"),
            since: row.get(&DEVICE, "enrolled_at").int().map(time).unwrap_or_default(),
            seen: seen.get(&row.id).copied().map(time).unwrap_or_default(),
            until: date("until_on"),
            expired: shut == Some("device.expired"),
            ended,
        }
    };
    Ok(devices.iter().map(view).collect())
}

pub async fn own(reader: Reader) -> Result<Response, Response> {
    let cx = &reader.cx;
    let page = DevicesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "device.plural"),
        heading: cx.word("device.plural").to_owned(),
        lead: cx.word("device.lead").to_owned(),
        devices: listed(cx, cx.actor.account).await.map_err(broken(&reader))?,
        end: "/account/devices/end".to_owned(),
        enrol: Some(idle_minutes(cx.actor.role)),
        request_id: cx.request.to_string(),
    };
    Ok(render(&page))
}

/// The account whose telephones may be shut out by this reader.
async fn holder(cx: &Cx, id: &str) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(ACCOUNT.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
    if cx.may(ACCOUNT.name, "revoke") { Ok(row) } else { Err(Refused::Forbidden) }
}

pub async fn others(reader: Reader, Path(id): Path<String>) -> Result<Response, Response> {
    let cx = &reader.cx;
    let account = holder(cx, &id).await.map_err(|refused| refused_page(&reader, &refused))?;
    let name = account.get(&ACCOUNT, "name").text().unwrap_or_default().to_owned();
    let page = DevicesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "device.plural"),
        heading: cx.app.words.fill(cx.lang, "device.of", &[("name", name)]),
        lead: cx.word("device.lead_others").to_owned(),
        devices: listed(cx, account.id).await.map_err(broken(&reader))?,
        end: format!("/accounts/{}/devices/end", account.id),
        enrol: None,
        request_id: cx.request.to_string(),
    };
    Ok(render(&page))
}

/// Enrols the telephone from which it is asked: it has made a key and shows the public half. Asked twice it is enrolled once.
pub async fn enrol(posted: Posted) -> Response {
    match enrolled(&posted).await {
        Ok(answer) => answer,
        Err(refused) => refused_json(&posted.reader.cx, &refused),
    }
}

/// Whether he came in with his password. What a PIN opened, or the telephone itself signed, enrols no further telephone and renews none: a borrowed one
/// would be borrowed for good.
fn by_password(reader: &Reader) -> Result<(), Refused> {
    let with_pin = reader.offline.is_some() || reader.session.agent.starts_with(BY_PIN);
    if with_pin { Err(Refusal::new("device.password_first").into()) } else { Ok(()) }
}

async fn enrolled(posted: &Posted) -> Result<Response, Refused> {
    let cx = &posted.reader.cx;
    let account = cx.actor.account;
    by_password(&posted.reader)?;
    let key =
        posted.get("key").filter(|key| Key::read(key).is_some()).ok_or_else(|| Refusal::new("device.unreadable"))?;
    let live = of(cx, account).await?.into_iter().filter(|device| !device.ended() && device.row.id != cx.request);
    if live.count() >= MOST {
        return Err(Refusal::new("device.many").with("most", MOST).into());
    }
    let (share, _) = crate::auth::new_secret();
    let until = cx.today() + chrono::Days::new(DAYS.unsigned_abs());
    let row = Row::blank(&DEVICE, cx.request)
        .with(&DEVICE, "account", Cell::Id(account))
        .with(&DEVICE, "name", Cell::Text(device_name(&posted.reader.session.agent)))
        .with(&DEVICE, "key", Cell::Text(key.to_owned()))
        .with(&DEVICE, "enrolled_at", Cell::Int(cx.now))
        .with(&DEVICE, "until_on", Cell::Date(until));
    cx.app.store.commit(author(cx), vec![Change::create(&DEVICE, "enrol", row)]).await?;
    cx.app.store.add_device_use(cx.request, &share, cx.now).await?;
    cx.app.store.hold_session(posted.reader.session.id, cx.request).await?;
    // Asked twice, the first share counts.
    let share = mine(cx, cx.request).await?.1;
    let told = json!({
        "device": cx.request, "account": account, "name": cx.actor.name, "share": share, "idle": idle_minutes(cx.actor.role),
        "role": cx.word(&format!("role.{}", cx.actor.role)),
    });
    Ok((StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(told)).into_response())
}

fn author(cx: &Cx) -> Author {
    Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request }
}

/// One of the asker's own telephones that has not ended, with its share.
async fn mine(cx: &Cx, id: Uuid) -> Result<(Device, String), Refused> {
    let row = cx.app.store.find(&DEVICE, id, &Scope::county()).await?;
    let own = |device: &Device| device.account == cx.actor.account && !device.ended();
    let device = row.and_then(Device::of).filter(own).ok_or(Refused::Missing)?;
    let share = cx.app.store.device_share(id).await?.ok_or(Refused::Missing)?;
    Ok((device, share))
}

fn named(posted: &Posted) -> Result<Uuid, Refused> {
    posted.get("id").and_then(|text| text.parse().ok()).ok_or(Refused::Missing)
}

/// The share that opens a telephone whose PIN was forgotten: to its holder, after a sign-in with the password.
pub async fn share(posted: Posted) -> Response {
    let cx = &posted.reader.cx;
    let found = async {
        by_password(&posted.reader)?;
        mine(cx, named(&posted)?).await
    };
    match found.await {
        Ok((_, share)) => ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "share": share }))).into_response(),
        Err(refused) => refused_json(cx, &refused),
    }
}

/// Counts on for as long again: after a sign-in with the password.
pub async fn renew(posted: Posted) -> Response {
    let reader = &posted.reader;
    let cx = &reader.cx;
    let made = async {
        by_password(reader)?;
        let (device, _) = mine(cx, named(&posted)?).await?;
        let until = cx.today() + chrono::Days::new(DAYS.unsigned_abs());
        let after = device.row.clone().with(&DEVICE, "until_on", Cell::Date(until));
        cx.app.store.commit(author(cx), vec![Change::update(&DEVICE, "renew", device.row, after)]).await?;
        Ok::<(), Refused>(())
    };
    match made.await {
        Ok(()) => done(&cx.app, "/account/devices", "device_renewed"),
        Err(refused) => refused_page(reader, &refused),
    }
}

/// Shuts one out, with what is open on it: whoever found it is out with the next page. Whoever asks for it goes on, also on that telephone itself. One that
/// has ended stays as it ended.
async fn end(reader: &Reader, account: Uuid, id: Uuid, why: &str) -> Result<(), Refused> {
    let cx = &reader.cx;
    let row = cx.app.store.find(&DEVICE, id, &Scope::county()).await?;
    let device = row.and_then(Device::of).filter(|device| device.account == account).ok_or(Refused::Missing)?;
    if !device.ended() {
        let after = device.ending(cx.today(), cx.actor.account, why);
        let author = Author { request: cx.app.store.new_id(cx.now), ..author(cx) };
        cx.app.store.commit(author, vec![Change::update(&DEVICE, "revoke", device.row, after)]).await?;
    }
    cx.app.store.end_sessions_on(id, reader.session.id, cx.now).await?;
    Ok(())
}

pub async fn end_own(posted: Posted) -> Response {
    let reader = &posted.reader;
    let ended = async { end(reader, reader.cx.actor.account, named(&posted)?, "holder").await };
    match ended.await {
        Ok(()) => done(&reader.cx.app, "/account/devices", "device_ended"),
        Err(refused) => refused_page(reader, &refused),
    }
}

pub async fn end_others(Path(id): Path<String>, posted: Posted) -> Response {
    let reader = &posted.reader;
    let ended = async {
        let account = holder(&reader.cx, &id).await?;
        end(reader, account.id, named(&posted)?, "office").await
    };
    match ended.await {
        Ok(()) => done(&reader.cx.app, &format!("/accounts/{id}/devices"), "device_ended"),
        Err(refused) => refused_page(reader, &refused),
    }
}

/// A telephone whose person signs out on it is wiped, so it no longer counts. One that is not his is none of his business.
pub(crate) async fn signed_out(posted: &Posted) {
    let cx = &posted.reader.cx;
    let Some(id) = posted.get("device").and_then(|text| text.parse().ok()) else { return };
    match end(&posted.reader, cx.actor.account, id, "signed_out").await {
        Ok(()) | Err(Refused::Missing) => {}
        Err(error) => tracing::error!(?error, "a telephone that was signed out of still counts"),
    }
}

/// Larger letters and targets, or the usual ones, on this device.
pub async fn display(posted: Posted) -> Response {
    let app = Arc::clone(&posted.reader.cx.app);
    let large = if posted.get("large") == Some("1") { "1" } else { "0" };
    let mut answer = Redirect::to(local(posted.get("next").or(Some("/account/devices")))).into_response();
    match HeaderValue::from_str(&cookie(&app, "large", large, Some(LONG))) {
        Ok(cookie) => {
            answer.headers_mut().append(header::SET_COOKIE, cookie);
            answer
        }
        Err(error) => Failure::broken(&error),
    }
}
