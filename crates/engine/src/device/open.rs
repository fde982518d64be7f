//! Opening with the PIN: a telephone that answers a challenge with its key begins a session of its person.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use kit::{Scope, dates};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::proof::{Key, opening};
use super::record::{DEVICE, Device};
use crate::app::App;
use crate::error::Failure;
use crate::pages::cookie;
use crate::web::{language, same_origin, session_cookie};

/// How long a challenge may be answered.
const PATIENCE: i64 = 2 * 60_000;
/// As many wait at once; a flood of them pushes out the oldest.
const MOST: usize = 10_000;
/// Marks a session that was begun without a password, in the name of its device.
pub const BY_PIN: &str = "PIN · ";

/// Challenges that wait for their answer. In memory: who asked before a restart asks again.
#[derive(Debug, Default)]
pub struct Challenges(Mutex<HashMap<String, i64>>);

impl Challenges {
    fn ask(&self, now: i64) -> String {
        let (challenge, _) = crate::auth::new_secret();
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() >= MOST {
            waiting.retain(|_, at| now - *at <= PATIENCE);
            if waiting.len() >= MOST {
                waiting.clear();
            }
        }
        waiting.insert(challenge.clone(), now);
        challenge
    }

    /// Whether this one was asked a moment ago and not answered yet.
    fn answer(&self, challenge: &str, now: i64) -> bool {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.remove(challenge).is_some_and(|at| now - at <= PATIENCE)
    }
}

pub async fn challenge(State(app): State<Arc<App>>) -> Response {
    let challenge = app.challenges.ask(app.clock.now());
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "challenge": challenge }))).into_response()
}

#[derive(Debug, Deserialize)]
pub struct Opening {
    device: Uuid,
    challenge: String,
    proof: String,
}

/// Begins a session, and ends the one of whoever held the telephone before.
pub async fn open(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    asked: Result<Json<Opening>, JsonRejection>,
) -> Response {
    let lang = language(&headers, &CookieJar::from_headers(&headers));
    let refuse = |code| Failure::json(&app, lang, StatusCode::FORBIDDEN, code);
    let Some(Json(asked)) = asked.ok().filter(|_| same_origin(&headers)) else { return refuse("device.unreadable") };
    if !app.challenges.answer(&asked.challenge, app.clock.now()) {
        return refuse("device.challenge");
    }
    let device = match trusted(&app, asked.device).await {
        Ok(Ok(device)) => device,
        Ok(Err(code)) => return refuse(code),
        Err(error) => return Failure::broken(&error),
    };
    let signed =
        Key::read(&device.key).is_some_and(|key| key.signed(&opening(asked.device, &asked.challenge), &asked.proof));
    if !signed {
        return refuse("device.proof");
    }
    match begin(&app, &headers, &device).await {
        Ok(Some(cookie)) => {
            let mut answer = Json(json!({ "opened": true })).into_response();
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                answer.headers_mut().append(header::SET_COOKIE, cookie);
            }
            answer
        }
        Ok(None) => refuse("device.disabled"),
        Err(error) => Failure::broken(&error),
    }
}

/// Puts the telephone down: the session that is open on it ends, so that whoever takes it up finds nothing but the question for a PIN. It needs no
/// token: the page that asks is nobody's, and whoever can send it from here holds the telephone.
pub async fn lock(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let jar = CookieJar::from_headers(&headers);
    if !same_origin(&headers) {
        return Failure::json(&app, language(&headers, &jar), StatusCode::FORBIDDEN, "device.unreadable");
    }
    if let Err(error) = end_held(&app, &jar).await {
        return Failure::broken(&error);
    }
    let mut answer = ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "locked": true }))).into_response();
    // Nothing is taken away that has not been sent: a session that begins meanwhile stays.
    let gone = jar.get(session_cookie(&app)).map(|_| cookie(&app, session_cookie(&app), "", Some(0)));
    if let Some(Ok(cookie)) = gone.map(|cookie| HeaderValue::from_str(&cookie)) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

/// Ends the session of whoever held the telephone before.
async fn end_held(app: &App, jar: &CookieJar) -> Result<(), store::StoreError> {
    if let Some(held) = jar.get(session_cookie(app))
        && let Some((session, _)) = app.resume(held.value()).await?
    {
        app.store.end_sessions(session.account, Some(session.id), app.clock.now()).await?;
    }
    Ok(())
}

/// The device, if what it sends counts today; else the code of the refusal.
pub(super) async fn trusted(app: &App, id: Uuid) -> Result<Result<Device, &'static str>, store::StoreError> {
    let row = app.store.find(&DEVICE, id, &Scope::county()).await?;
    let Some(device) = row.and_then(Device::of) else { return Ok(Err("device.unknown")) };
    Ok(match device.shut(dates::shanghai_date(app.clock.now())) {
        Some(code) => Err(code),
        None => Ok(device),
    })
}

async fn begin(app: &App, headers: &HeaderMap, device: &Device) -> Result<Option<String>, store::StoreError> {
    if app.actor(device.account).await?.is_none() {
        return Ok(None);
    }
    let now = app.clock.now();
    end_held(app, &CookieJar::from_headers(headers)).await?;
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let secret = app.begin_session_on(device.account, &format!("{BY_PIN}{agent}"), Some(device.row.id)).await?;
    app.store.see_device(device.row.id, now).await?;
    Ok(Some(cookie(app, session_cookie(app), &secret, None)))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_answered_once_and_soon() {
        let challenges = Challenges::default();
        let (first, second) = (challenges.ask(0), challenges.ask(0));
        assert!(challenges.answer(&first, PATIENCE));
        assert!(!challenges.answer(&first, PATIENCE), "twice");
        assert!(!challenges.answer(&second, PATIENCE + 1), "too late");
        assert!(!challenges.answer("", 0));
        for at in 0..=MOST {
            challenges.ask(i64::try_from(at).unwrap());
        }
        assert!(challenges.0.lock().unwrap().len() <= MOST);
    }
}
