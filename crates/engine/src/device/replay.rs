//! A form that was filled in without a network, sent later by the telephone itself.
//!
//! It comes with the proof of the device instead of a session's token, and goes on to the same handler. The smallest seam: the middleware reads
//! and verifies, leaves a [`Proven`] in the request, and `Reader` and `Posted` take that for what they otherwise find in cookie and token.
//! What the handler answers (the way to the next page, a page with faults, a page with two versions) is told to the telephone in a few words.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use kit::{Actor, Lang};
use serde_json::json;
use store::{Entry, StoreError};
use uuid::Uuid;

use super::open::trusted;
use super::proof::{Claim, Key, digest, digest_of_parts};
use crate::app::App;
use crate::error::Failure;
use crate::web::{language, same_origin};

/// Most of one kept form with its photographs and its voice note, in bytes.
pub const KEPT: usize = 12 * 1024 * 1024;
/// From so many milliseconds on, a device's clock is called wrong.
pub const SKEW: i64 = 5 * 60_000;

/// What a telephone says of a form that was filled in without a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offline {
    pub device: Uuid,
    /// When it was done, by the device's clock; milliseconds UTC.
    pub done_at: i64,
    /// How far that clock was ahead of ours when it sent; beyond [`SKEW`] it is flagged.
    pub skew: i64,
}

impl Offline {
    /// When it was done, by our clock: as the telephone says, less how far its clock was ahead when it sent. Nothing was done later than now.
    pub fn at(&self, now: i64) -> i64 {
        self.done_at.saturating_sub(self.skew).min(now)
    }

    /// How far its clock was ahead when it was done, as far as that can be known: as far as when it sent, unless it was done later than it was sent. Then
    /// it was put right in between, as a telephone's is when its network comes back.
    pub fn lead(&self, now: i64) -> i64 {
        let later = self.done_at.saturating_sub(self.skew).saturating_sub(now);
        if later >= SKEW { self.done_at.saturating_sub(now) } else { self.skew }
    }
}

/// A request whose proof holds.
#[derive(Clone, Debug)]
pub struct Proven {
    pub actor: Actor,
    pub request: Uuid,
    pub offline: Offline,
}

/// The headers of a proof.
struct Said {
    device: Uuid,
    account: Uuid,
    request: Uuid,
    done: i64,
    sent: i64,
    proof: String,
}

impl Said {
    fn read(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Some(Self {
            device: text("x-device")?.parse().ok()?,
            account: text("x-device-account")?.parse().ok()?,
            request: text("x-device-request")?.parse().ok()?,
            done: text("x-device-done")?.parse().ok()?,
            sent: text("x-device-sent")?.parse().ok()?,
            proof: text("x-device-proof")?.to_owned(),
        })
    }
}

/// Why a proof does not count: status and code.
enum Unproven {
    Refused(StatusCode, &'static str),
    Broken(StoreError),
}

impl From<StoreError> for Unproven {
    fn from(error: StoreError) -> Self {
        Self::Broken(error)
    }
}

fn refused(code: &'static str) -> Unproven {
    let status = match code {
        "device.other_content" | "device.foreign" => StatusCode::CONFLICT,
        "device.unreadable" => StatusCode::BAD_REQUEST,
        "server.too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::FORBIDDEN,
    };
    Unproven::Refused(status, code)
}

/// The middleware: verifies a device's proof, and answers a program (`x-keep`) in words that it understands.
pub async fn prove(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let asked = request.method() == Method::POST && headers.contains_key("x-keep");
    if !asked {
        return next.run(request).await;
    }
    let lang = language(headers, &CookieJar::from_headers(headers));
    let proven = headers.contains_key("x-device");
    let request = if proven {
        match proved(&app, request).await {
            Ok(request) => request,
            Err(Unproven::Refused(status, code)) => return Failure::json(&app, lang, status, code),
            Err(Unproven::Broken(error)) => return Failure::broken(&error),
        }
    } else {
        request
    };
    told(&app, lang, next.run(request).await)
}

async fn proved(app: &Arc<App>, request: Request) -> Result<Request, Unproven> {
    let (mut parts, body) = request.into_parts();
    let said = Said::read(&parts.headers).filter(|_| same_origin(&parts.headers));
    let said = said.ok_or_else(|| refused("device.unreadable"))?;
    let body = to_bytes(body, KEPT).await.map_err(|_| refused("server.too_large"))?;
    let device = trusted(app, said.device).await?.map_err(refused)?;
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let media = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Said { device: id, account, request, done, sent, proof } = said;
    let claim = Claim { device: id, account, path: &path, media, request, done, sent, body: &body };
    if !Key::read(&device.key).is_some_and(|key| key.signed(&claim.text(), &proof)) {
        return Err(refused("device.proof"));
    }
    if device.account != account {
        return Err(refused("device.foreign"));
    }
    let actor = app.actor(account).await?.ok_or_else(|| refused("device.disabled"))?;
    let now = app.clock.now();
    let told = app.clock.told(sent);
    let entry = Entry {
        request,
        device: id,
        account,
        body: digest_of_parts(media, &body),
        done_at: app.clock.told(done),
        skew: told.saturating_sub(now),
        received_at: now,
    };
    note(app, &entry, &body).await?;
    let offline = Offline { device: id, done_at: entry.done_at, skew: entry.skew };
    parts.extensions.insert(Proven { actor, request, offline });
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// Notes what comes. A request that was carried out already is the same one sent again, or it is refused: never another under its number.
async fn note(app: &App, entry: &Entry, body: &[u8]) -> Result<(), Unproven> {
    match (app.store.carried_out_by(entry.request).await?, app.store.entry(entry.request).await?) {
        (Some(actor), _) if actor != Some(entry.account) => return Err(refused("device.foreign")),
        // Older entries hold the hash of the whole body.
        (Some(_), Some(before)) if before.body != entry.body && before.body != digest(body) => {
            return Err(refused("device.other_content"));
        }
        (Some(_), _) => {}
        (None, Some(before)) if before.account != entry.account => return Err(refused("device.foreign")),
        (_, _) => app.store.note_entry(entry).await?,
    }
    app.store.see_device(entry.device, entry.received_at).await?;
    Ok(())
}

/// The handler's answer as the telephone needs it: done and where it stands, or why not.
fn told(app: &Arc<App>, lang: Lang, answer: Response) -> Response {
    let status = answer.status();
    let location = answer.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
    let code = match status {
        _ if status.is_redirection() => match location {
            Some(to) if to.starts_with("/login") || to.starts_with("/password") => "device.ended",
            to => return done(&answer, to.unwrap_or("/")),
        },
        _ if status.is_success() => return done(&answer, ""),
        StatusCode::CONFLICT => "device.conflict",
        StatusCode::UNPROCESSABLE_ENTITY => "device.refused",
        StatusCode::NOT_FOUND => "missing",
        StatusCode::FORBIDDEN => "forbidden",
        StatusCode::PAYLOAD_TOO_LARGE => "server.too_large",
        _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => return answer,
        _ => "server.unreadable",
    };
    let status = if code == "device.ended" { StatusCode::UNAUTHORIZED } else { status };
    Failure::json(app, lang, status, code)
}

/// What the next page will say once travels on in its cookie.
fn done(answer: &Response, to: &str) -> Response {
    let mut told = Json(json!({ "done": true, "href": to })).into_response();
    for cookie in answer.headers().get_all(header::SET_COOKIE) {
        told.headers_mut().append(header::SET_COOKIE, cookie.clone());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_by_our_clock() {
        const HOUR: i64 = 3_600_000;
        let now = 100 * HOUR;
        let offline = |done_at, skew| Offline { device: Uuid::nil(), done_at, skew };
        for (done, skew, at, lead) in [
            (now - HOUR, 0, now - HOUR, 0),
            (now - HOUR, SKEW - 1, now - HOUR - SKEW + 1, SKEW - 1),
            // Two hours ahead or behind: the hour that it waited stays an hour.
            (now + HOUR, 2 * HOUR, now - HOUR, 2 * HOUR),
            (now - 3 * HOUR, -2 * HOUR, now - HOUR, -2 * HOUR),
            // Done after it was sent: its clock was ahead, and was put right, or not far enough.
            (now + HOUR, 0, now, HOUR),
            (now + SKEW - 1, 0, now, 0),
            (now + SKEW, 0, now, SKEW),
            (now + 2 * HOUR, HOUR, now, 2 * HOUR),
            // By no clock at all.
            (i64::MAX, i64::MIN, now, i64::MAX - now),
            (i64::MIN, i64::MAX, i64::MIN, i64::MAX),
        ] {
            let said = offline(done, skew);
            assert_eq!((said.at(now), said.lead(now)), (at, lead), "{done} {skew}");
        }
    }
}
