//! 浏览器推送 on my channels: which of my browsers are written to, and the touch by which this one is or is no longer.

use axum::response::Response;
use engine::Cx;
use engine::error::refused_page;
use engine::messages::push::{Address, Push};
use engine::pages::{browser, done};
use engine::save::Refused;
use engine::web::Posted;
use kit::{Refusal, dates};
use sha2::{Digest, Sha256};
use store::{NewDevice, PushDevice, StoreError};
use uuid::Uuid;

use super::view::{BrowserView, BrowsersView};

const HERE: &str = "/account/channels";

/// What the page says of them; nothing where the county writes to none.
pub(super) async fn shown(cx: &Cx) -> Result<Option<BrowsersView>, StoreError> {
    let Some((push, person)) = cx.app.outside.push.as_ref().zip(cx.actor.person()) else { return Ok(None) };
    let own = cx.app.store.push_devices(&[person], &push.public()).await?.remove(&person).unwrap_or_default();
    Ok(Some(BrowsersView { key: push.public(), browsers: own.into_iter().map(view).collect() }))
}

fn view(device: PushDevice) -> BrowserView {
    let endpoint = device.address.and_then(|text| serde_json::from_str::<Address>(&text).ok());
    let known = |address: Address| hex::encode(Sha256::digest(address.endpoint.as_bytes()));
    BrowserView {
        id: device.id.to_string(),
        name: device.name,
        since: dates::shanghai_time(device.since).format("%Y-%m-%d %H:%M").to_string(),
        // By this the browser finds itself in the list; its address itself is in no page.
        known: endpoint.map(known).unwrap_or_default(),
    }
}

/// Takes the browser in that sends its address.
pub async fn add(posted: Posted) -> Response {
    answer(&posted, added(&posted).await, "browser_on")
}

async fn added(posted: &Posted) -> Result<(), Refused> {
    let cx = &posted.reader.cx;
    let (push, person) = open(cx)?;
    let get = |name: &str| posted.get(name).unwrap_or_default().trim().to_owned();
    let address = Address { endpoint: get("endpoint"), public: get("public"), auth: get("auth") };
    if !push.takes(&address) {
        return Err(Refusal::new("message.browser").into());
    }
    let agent = posted.reader.session.agent.as_str();
    let name = if agent.is_empty() { cx.word("ui.session_unknown").to_owned() } else { browser(agent) };
    let text = serde_json::json!(address).to_string();
    let new = NewDevice { person, endpoint: &address.endpoint, address: &text, server: &push.public(), name: &name };
    cx.app.store.add_push_device(&new, cx.now).await?;
    Ok(())
}

/// Writes no more to one of one's own; another's is not among them.
pub async fn end(posted: Posted) -> Response {
    answer(&posted, ended(&posted).await, "browser_off")
}

async fn ended(posted: &Posted) -> Result<(), Refused> {
    let cx = &posted.reader.cx;
    let (_, person) = open(cx)?;
    let id: Uuid = posted.get("id").and_then(|id| id.parse().ok()).ok_or(Refused::Missing)?;
    if cx.app.store.end_push_device(id, Some(person)).await? { Ok(()) } else { Err(Refused::Missing) }
}

/// The channel, and who may use it: where the county has none, there is no such page.
fn open(cx: &Cx) -> Result<(&Push, Uuid), Refused> {
    let push = cx.app.outside.push.as_deref().ok_or(Refused::Missing)?;
    let person = cx.actor.person().ok_or_else(|| Refusal::new("message.nobody"))?;
    Ok((push, person))
}

fn answer(posted: &Posted, result: Result<(), Refused>, said: &str) -> Response {
    match result {
        Ok(()) => done(&posted.reader.cx.app, HERE, said),
        Err(refused) => refused_page(&posted.reader, &refused),
    }
}
