//! A telephone that works without a network: enrolled once, opened with a PIN, trusted by the signature of its own key.
//!
//! Three things meet here. The *record* ([`DEVICE`]) says whose telephone it is, until when, and who shut it out; it is in the history. The
//! *shell* ([`shell`]) is what the service worker keeps: one page without anybody's data, in which the telephone shows what it holds under its
//! person's key. The *replay* ([`replay`]) takes a form that was filled in without a network: it carries the device's signature over person,
//! request id, address, body and time, and is handed to the same handler as a form of a signed-in page.
//!
//! The PIN never comes here. What comes is half of a key that opens nothing by itself and lets a forgotten PIN be set anew after a sign-in.

mod lapse;
mod open;
mod pages;
mod proof;
mod record;
mod replay;
mod shell;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

pub use open::Challenges;
pub(crate) use pages::signed_out;
pub use proof::{Claim, Key};
pub use record::{DAYS, DEVICE, Device, MIGRATION};
pub use replay::{KEPT, Offline, Proven, SKEW, prove};

use crate::app::App;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/sw.js", get(shell::worker))
        .route("/manifest.webmanifest", get(shell::manifest))
        .route("/offline", get(shell::page))
        .route("/outbox", get(shell::page))
        .route("/unlock", get(shell::page))
        .route("/device/challenge", get(open::challenge))
        .route("/device/open", post(open::open))
        .route("/device/lock", post(open::lock))
        .route("/device/day", get(shell::day))
        .route("/account/display", post(pages::display))
        .route("/account/devices", get(pages::own).post(pages::enrol))
        .route("/account/devices/end", post(pages::end_own))
        .route("/account/devices/share", post(pages::share))
        .route("/account/devices/renew", post(pages::renew))
        .route("/accounts/{id}/devices", get(pages::others))
        .route("/accounts/{id}/devices/end", post(pages::end_others))
}
