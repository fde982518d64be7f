//! From a message to what it was about.

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use engine::error::refused_page;
use engine::messages::{MESSAGE, text};
use engine::save::{self, Refused};
use engine::web::Reader;
use store::outbox::Told;

/// The message, if it is in this reader's scope, as the outbox knows it.
pub(super) async fn told(reader: &Reader, id: &str) -> Result<Told, Refused> {
    let cx = &reader.cx;
    let kind = cx.app.kind_of(MESSAGE.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
    cx.app.store.told(row.id).await?.ok_or(Refused::Missing)
}

/// The record that it was about; whoever may not read that one does not find it.
pub async fn cause(reader: Reader, Path(id): Path<String>) -> Response {
    match told(&reader, &id).await {
        Ok(told) => match reader.cx.app.kind_of(&told.noun) {
            Some(kind) => Redirect::to(&text::address(kind, told.record, &told.code)).into_response(),
            None => refused_page(&reader, &Refused::Missing),
        },
        Err(refused) => refused_page(&reader, &refused),
    }
}
