//! What anybody sees who scans a code: no session, no account, no script, no cookie but the one that slows a device down.

mod follow;
mod form;
mod send;
mod typed;
mod visitor;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Extension, Router};
use engine::{App, clock};
use kit::{Cell, Scope};
use store::{Store, StoreError};
use uuid::Uuid;

use super::code;
use super::photo::Held;
use super::record::TIP_CODE;
use super::throttle::Throttle;

/// The most that one tip may weigh: a photograph of a new telephone and a few words.
const BODY: usize = 16 * 1024 * 1024;

/// What lives as long as the process, and no longer.
pub(super) struct Door {
    throttle: Throttle,
    held: Held,
}

pub fn routes() -> Router<Arc<App>> {
    let mut salt = [0; 32];
    clock::random(&mut salt);
    let door = Arc::new(Door { throttle: Throttle::new(salt), held: Held::default() });
    Router::new()
        .route("/t/{code}", get(form::page).post(send::send))
        .layer(DefaultBodyLimit::max(BODY))
        // Whoever types the beginning of what hangs on the wall has a code to type, or one to follow.
        .route("/t", get(|| async { axum::response::Redirect::to("/t/follow") }))
        .route("/t/follow", get(follow::ask))
        .route("/t/follow/{code}", get(follow::page).post(follow::say))
        .layer(Extension(door))
}

/// What hangs on a wall under a code.
enum Wall {
    Unknown,
    /// Renewed since it was printed.
    Expired,
    School {
        id: Uuid,
        code: String,
    },
}

async fn wall(app: &App, typed: &str) -> Result<Wall, StoreError> {
    let code = code::read(typed);
    let found = app.store.find_by(&TIP_CODE, "code", &[Cell::Text(code.clone())], &Scope::county()).await?;
    let Some(row) = found.into_iter().next() else { return Ok(Wall::Unknown) };
    let school = row.get(&TIP_CODE, "school").id().filter(|_| row.get(&TIP_CODE, "ended_on").is_null());
    Ok(school.map_or(Wall::Expired, |id| Wall::School { id, code }))
}

/// The code by which the reporter follows a tip.
pub(crate) fn follow_code(store: &Store, tip: Uuid) -> Result<String, StoreError> {
    Ok(code::of_digest(&store.blind("tip.id", &tip.to_string())?))
}

/// What the record keeps of that code.
pub(crate) fn follow_digest(store: &Store, code: &str) -> Result<String, StoreError> {
    store.blind("tip.follow", code)
}
