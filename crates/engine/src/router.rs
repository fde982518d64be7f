//! Every address of the product: pages, interface, files, and what watches over them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::{api, assets, clock, device, figures, files, io, pages, search, views};

/// Most of what a form or a program may send, in bytes.
pub const BODY: usize = 1024 * 1024;
/// A page that has not answered by then never will.
const PATIENCE: Duration = Duration::from_mins(1);
/// A workbook of the whole county takes longer on a slow machine.
const LONG_PATIENCE: Duration = Duration::from_mins(10);

/// The whole house.
pub fn router(app: Arc<App>) -> Router {
    let rooms = app.areas.iter().filter_map(|area| area.routes).fold(Router::new(), |rooms, room| rooms.merge(room()));
    let wait = |time| TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, time);
    let quick = Router::new()
        .merge(pages::routes())
        .merge(api::routes())
        .merge(views::api::routes())
        .merge(figures::routes())
        .merge(search::routes())
        .merge(device::routes())
        .merge(rooms)
        .route("/assets/{version}/{*name}", get(assets::file))
        .route("/favicon.ico", get(assets::icon))
        .layer(DefaultBodyLimit::max(BODY))
        .layer(wait(PATIENCE));
    // Workbooks: their own limit of size stands in `io`.
    let people = quick
        .merge(io::routes().merge(files::routes()).layer(wait(LONG_PATIENCE)))
        .fallback(pages::nowhere)
        .layer(from_fn_with_state(Arc::clone(&app), device::prove))
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(Arc::clone(&app), pages::dress))
        .layer(from_fn(pages::track));
    // Machines that watch want a bare answer, not a page.
    let machines = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics));
    people
        .merge(machines)
        .layer(from_fn_with_state(Arc::clone(&app), pages::guard))
        .layer(CompressionLayer::new())
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(Numbers))
        .with_state(app)
}

/// Whether the database answers.
async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.store.ready().await {
        Ok(()) => "ready".into_response(),
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}

/// For Prometheus (text format 0.0.4), when the program keeps measures.
async fn metrics(State(app): State<Arc<App>>) -> Response {
    match app.metrics {
        Some(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Numbers for requests: chance, so that nobody can count them.
#[derive(Clone, Copy)]
struct Numbers;

impl MakeRequestId for Numbers {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let mut bytes = [0; 8];
        clock::random(&mut bytes);
        HeaderValue::from_str(&hex::encode(bytes)).ok().map(RequestId::new)
    }
}
