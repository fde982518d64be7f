//! Coming in, going out, and choosing a language.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use kit::{Lang, Refusal};

use super::{cookie, outside};
use crate::app::App;
use crate::auth;
use crate::error::{Failure, render};
use crate::save::typed;
use crate::view::LoginPage;
use crate::web::{self, Asked, Posted, Reader, encode, language as language_of, local, same_origin};

/// Seconds that a browser keeps what should outlast a session: the longest that browsers allow.
const LONG: i64 = 400 * 24 * 60 * 60;

/// The page to sign in.
pub async fn page(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    Asked(asked): Asked,
    reader: Result<Reader, Response>,
) -> Response {
    let next = local(typed(&asked, "next")).to_owned();
    if reader.is_ok() {
        return Redirect::to(&next).into_response();
    }
    let mut response = form(&app, &headers, String::new(), &next, None);
    if CookieJar::from_headers(&headers).get("device").is_none() {
        set(&mut response, &cookie(&app, "device", &auth::new_secret().0, Some(LONG)));
    }
    response
}

fn form(app: &App, headers: &HeaderMap, login: String, next: &str, refusal: Option<&Refusal>) -> Response {
    let here = format!("/login?next={}", encode(next));
    let (t, layout) = outside::layout(app, headers, "ui.sign_in", &here);
    let lang = language_of(headers, &CookieJar::from_headers(headers));
    let error = refusal.map(|refusal| app.text(lang, refusal));
    let mut response = render(&LoginPage { t, layout, login, error, next: next.to_owned() });
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Signs in. A page of another site cannot do it for someone: then he would work in a stranger's account without knowing.
pub async fn sign_in(
    State(app): State<Arc<App>>,
    connection: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Form(values): Form<Vec<(String, String)>>,
) -> Response {
    let get = |name| typed(&values, name).unwrap_or_default();
    let (login, next) = (get("login").trim().to_owned(), local(typed(&values, "next")).to_owned());
    if !same_origin(&headers) {
        return (StatusCode::FORBIDDEN, form(&app, &headers, login, &next, Some(&Refusal::new("form.foreign"))))
            .into_response();
    }
    let known = CookieJar::from_headers(&headers)
        .get("device")
        .map(|cookie| cookie.value().chars().take(64).collect::<String>());
    let device = known.clone().unwrap_or_else(|| auth::new_secret().0);
    let address = web::address(connection.as_ref().map(|connection| &connection.0));
    let mut response = match app.sign_in(&login, get("password"), &device, &address).await {
        Ok(account) => admit(&app, &headers, account, &next).await,
        Err(refusal) => {
            (StatusCode::UNPROCESSABLE_ENTITY, form(&app, &headers, login, &next, Some(&refusal))).into_response()
        }
    };
    if known.is_none() {
        set(&mut response, &cookie(&app, "device", &device, Some(LONG)));
    }
    response
}

async fn admit(app: &App, headers: &HeaderMap, account: uuid::Uuid, next: &str) -> Response {
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match app.begin_session(account, agent).await {
        Ok(secret) => {
            let mut response = Redirect::to(next).into_response();
            set(&mut response, &cookie(app, web::session_cookie(app), &secret, None));
            response
        }
        Err(error) => Failure::broken(&error),
    }
}

fn set(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

pub async fn sign_out(posted: Posted) -> Response {
    let app = &posted.reader.cx.app;
    let session = &posted.reader.session;
    crate::device::signed_out(&posted).await;
    if let Err(error) = app.store.end_sessions(session.account, Some(session.id), posted.reader.cx.now).await {
        return Failure::broken(&error);
    }
    let mut response = Redirect::to("/login").into_response();
    set(&mut response, &cookie(app, web::session_cookie(app), "", Some(0)));
    // Pages that the browser kept for going back are nobody's any more. Where it keeps what is to be sent (`storage`) the device's own script clears: on a
    // shared telephone that is also others'.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}

/// Chooses a language and goes back to where the reader was.
pub async fn language(State(app): State<Arc<App>>, Path(code): Path<String>, Asked(asked): Asked) -> Response {
    let mut response = Redirect::to(local(typed(&asked, "next"))).into_response();
    if let Ok(lang) = code.parse::<Lang>() {
        set(&mut response, &cookie(&app, "lang", lang.code(), Some(LONG)));
    }
    response
}
