//! Around every answer: the headers that browsers obey, a page where the machinery below had only a number, and a trace.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;

use super::outside;
use crate::app::App;
use crate::clock;
use crate::error::Failure;
use crate::web::language;

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'";

/// The header that names a request in the log and on an error page.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What browsers are told with every answer; a message that was shown once is forgotten.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let told = request.method() == Method::GET && CookieJar::from_headers(request.headers()).get("flash").is_some();
    let mut response = next.run(request).await;
    let shown = told && response.status() == StatusCode::OK && is(response.headers(), &["text/html"]);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-cache"));
    if app.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if shown && let Ok(cookie) = HeaderValue::from_str(&super::cookie(&app, "flash", "", Some(0))) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// Turns a bare failure (a panic, a timeout, a body too large, a wrong method) into what its reader can use.
pub async fn dress(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let headers = request.headers().clone();
    let mut response = next.run(request).await;
    let status = response.status();
    let bare =
        (status.is_client_error() || status.is_server_error()) && !is(response.headers(), &["text/html", "json"]);
    if !bare {
        return response;
    }
    let code = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "server.too_large",
        StatusCode::REQUEST_TIMEOUT | StatusCode::SERVICE_UNAVAILABLE => "server.busy",
        StatusCode::NOT_FOUND => "missing",
        StatusCode::METHOD_NOT_ALLOWED if api => "request.method",
        StatusCode::METHOD_NOT_ALLOWED => "server.method",
        status if status.is_client_error() => "server.unreadable",
        _ => "server.broken",
    };
    if api {
        response = Failure::json(&app, language(&headers, &CookieJar::default()), status, code);
    } else {
        response = outside::failure(&app, &headers, status, code);
    }
    response
}

fn is(headers: &HeaderMap, kinds: &[&str]) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kinds.iter().any(|wanted| kind.contains(wanted))
}

/// One line of the log and two measures for each request: by route, never by address, which may hold a name.
pub async fn track(request: Request, next: Next) -> Response {
    let begun = clock::started();
    let method = request.method().clone();
    let route =
        request.extensions().get::<MatchedPath>().map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let id = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let response = next.run(request).await;
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    tracing::info!(%method, route, status, ms = took.as_millis(), request = id, "answered");
    let labels = [("method", measured(&method).to_owned()), ("route", route), ("status", status.to_string())];
    metrics::counter!("http_requests_total", &labels).increment(1);
    metrics::histogram!("http_request_seconds", &labels).record(took.as_secs_f64());
    response
}

/// A method that no route knows is whatever somebody typed: each would be a measure of its own, for as long as the program runs.
fn measured(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
