//! Pages for those who are not signed in, or whose request went wrong before anybody knew who they are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::around::REQUEST_ID;
use super::{frame, words};
use crate::app::App;
use crate::error::{refused_page, render};
use crate::save::Refused;
use crate::view::{self, LinkView};
use crate::web::{Reader, language};

/// What surrounds a page outside; `title` is a word key.
pub(crate) fn layout(app: &App, headers: &HeaderMap, title: &str, here: &str) -> (view::Words, view::Layout) {
    let jar = CookieJar::from_headers(headers);
    let t = words(app, language(headers, &jar));
    let theme =
        jar.get("theme").map(|cookie| cookie.value().to_owned()).filter(|theme| theme == "light" || theme == "dark");
    let title = t.get(title);
    let large = jar.get("large").is_some_and(|cookie| cookie.value() == "1");
    (t, view::Layout { title, theme, large, ..frame(app, language(headers, &jar), here) })
}

/// What went wrong, and the way back.
pub(super) fn failure(app: &App, headers: &HeaderMap, status: StatusCode, code: &str) -> Response {
    let (t, layout) = layout(app, headers, "ui.error", "/");
    let request = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let page = view::ErrorPage {
        sentence: t.get(&format!("error.{code}")),
        next: vec![LinkView { label: t.get("ui.today"), href: "/".into() }],
        code: status.as_u16(),
        detail: String::new(),
        request,
        layout,
        t,
    };
    (status, render(&page)).into_response()
}

/// An address that leads nowhere.
pub async fn nowhere(State(app): State<Arc<App>>, headers: HeaderMap, reader: Result<Reader, Response>) -> Response {
    match reader {
        Ok(reader) => refused_page(&reader, &Refused::Missing),
        Err(_) => failure(&app, &headers, StatusCode::NOT_FOUND, "missing"),
    }
}
