//! Boards that move by themselves (server-sent events): whoever looks at one is told that something has changed, and his browser asks for the page
//! again, with his own eyes. What changed is not said here. Without a script, or without this, the page is read again by hand.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engine::App;
use engine::error::refused_page;
use engine::save::Refused;
use engine::web::Reader;
use futures_util::stream;
use store::Store;
use tokio::sync::watch;

use super::record::SHEET;

/// How soon a change is seen.
const PAUSE: Duration = Duration::from_secs(2);
/// So many pauses later the stream ends and the browser opens another, if its session still holds.
const MOST: u32 = 300;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall/live", get(live))
}

async fn live(reader: Reader) -> Response {
    if !reader.cx.may(SHEET.name, "read") {
        return refused_page(&reader, &Refused::Missing);
    }
    let app = &reader.cx.app;
    let watch = Watch { store: app.store.clone(), ending: app.ending.subscribe(), seen: None, pauses: 0 };
    let changes = stream::unfold(watch, changed);
    Sse::new(changes).keep_alive(KeepAlive::default()).into_response()
}

/// What a looker-on has seen.
struct Watch {
    store: Store,
    ending: watch::Receiver<bool>,
    seen: Option<i64>,
    pauses: u32,
}

/// Waits for the next change of anything; ends when the database does not answer, the time is over, or the program stops.
async fn changed(mut watch: Watch) -> Option<(Result<Event, Infallible>, Watch)> {
    while watch.pauses < MOST {
        let head = watch.store.head().await.ok()?;
        if watch.seen != Some(head) {
            watch.seen = Some(head);
            return Some((Ok(Event::default().data("changed")), watch));
        }
        // Whoever only looks on holds up no stop; the browser comes back to the program that follows.
        if tokio::time::timeout(PAUSE, watch.ending.wait_for(|ending| *ending)).await.is_ok() {
            return None;
        }
        watch.pauses += 1;
    }
    None
}
