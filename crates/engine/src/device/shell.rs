//! What the service worker keeps, and what the telephone may keep beside it.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use kit::Role;
use serde_json::json;

use crate::app::App;
use crate::assets;
use crate::error::render;
use crate::pages::layout_outside;
use crate::view::ShellPage;
use crate::web::Reader;

/// Pages that one telephone keeps at most, and their size together: the day's own, not the county's. A list's page has fifty rows, so these
/// are a few hundred at most. A guard's rounds have a page for each point, where he says what he found.
const MOST_PAGES: usize = 16;
const MOST_OF_ROUNDS: usize = 24;
const MOST_BYTES: usize = 3_000_000;

/// The shell: nobody's data, the same for everybody. What it shows, it finds on the telephone itself.
pub async fn page(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let (t, layout) = layout_outside(&app, &headers, "device.shell", uri.path());
    ([(header::CACHE_CONTROL, "no-cache")], render(&ShellPage { t, layout })).into_response()
}

/// The service worker. Its text names the build, so that a new build is a new worker.
pub async fn worker() -> Response {
    let base = assets::base();
    let text = assets::text("sw.js").unwrap_or_default();
    let text = format!("self.ANXIAO_ASSETS = {};\n{text}", serde_json::Value::from(base));
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], text)
        .into_response()
}

/// The web app manifest: what a telephone puts on its first screen.
pub async fn manifest(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let (t, _) = layout_outside(&app, &headers, "ui.product", "/");
    let icon = |name: &str, size: &str, purpose: &str| json!({ "src": format!("{}{name}", assets::base()), "sizes": size, "type": "image/png", "purpose": purpose });
    let told = json!({
        "id": "/", "start_url": "/", "scope": "/", "display": "standalone", "lang": t.lang, "name": format!("{} · {}", t.get("ui.product"), app.county_name),
        "short_name": t.get("ui.product"), "theme_color": "#0f6b5c", "background_color": "#f4f7f6",
        "icons": [icon("icon-192.png", "192x192", "any"), icon("icon-512.png", "512x512", "any"), icon("icon-mask.png", "512x512", "maskable")],
    });
    ([(header::CONTENT_TYPE, "application/manifest+json"), (header::CACHE_CONTROL, "no-cache")], told.to_string())
        .into_response()
}

/// The pages that this reader's telephone may keep, and how much of them: the first page, where the work of his day is done, the empty forms. Those
/// that they mark (`data-day`) may be kept as well, as far as there is room.
pub async fn day(reader: Reader) -> Response {
    let cx = &reader.cx;
    let own = cx.app.kinds().filter(|kind| kind.offline && cx.may(kind.noun.name, "create"));
    let mut pages: Vec<_> = std::iter::once("/".to_owned())
        .chain(cx.app.kinds().filter_map(|kind| kind.day_of(cx)).map(str::to_owned))
        .chain(own.map(|kind| format!("/{}/new", kind.noun.plural)))
        .collect();
    // The work of several records is done on one page.
    let mut named = HashSet::new();
    pages.retain(|page| named.insert(page.clone()));
    let most = if cx.actor.role == Role::Guard { MOST_OF_ROUNDS } else { MOST_PAGES };
    let told = json!({ "pages": pages, "most": most, "bytes": MOST_BYTES });
    ([(header::CACHE_CONTROL, "no-store")], Json(told)).into_response()
}
