//! The pages of patrols beside those that every record type has: what is due, a round, a point, the day of a school or of the county, the sheets.

mod due;
mod point;
mod sheet;
mod today;
mod walk;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use engine::App;
use engine::error::refused_page;
use engine::save::Refused;
use engine::web::Reader;

pub fn routes() -> Router<Arc<App>> {
    due::routes().merge(walk::routes()).merge(point::routes()).merge(today::routes()).merge(sheet::routes())
}

fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

/// A form's own id.
fn request(cx: &engine::Cx) -> String {
    cx.app.store.new_id(cx.now).to_string()
}
