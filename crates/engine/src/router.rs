//! Every route of the house on one page.

use std::sync::Arc;

use axum::Router;

use crate::app::App;

pub fn router(app: Arc<App>) -> Router {
    crate::api::routes().with_state(app)
}
