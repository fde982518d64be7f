//! From an address to the bytes: always through the record that they belong to.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use kit::Row;
use store::StoreError;
use uuid::Uuid;

use super::around::is_live;
use super::vault::THUMB;
use super::{ATTACHMENT, real};
use crate::app::Cx;
use crate::area::Kind;
use crate::save::{self, Refused};
use crate::web::encode;

/// The record type and the record of an address, if they exist for this reader.
pub async fn parent<'a>(cx: &'a Cx, plural: &str, id: &str) -> Result<(&'a Kind, Row), Refused> {
    let kind = cx.app.kind(plural).ok_or(Refused::Missing)?;
    let id = id.parse().map_err(|_| Refused::Missing)?;
    let row = save::find(cx, kind, id).await?;
    Ok((kind, row))
}

/// An attachment of this record that is still there.
pub async fn one(cx: &Cx, kind: &Kind, record: Uuid, file: &str) -> Result<Row, Refused> {
    let file: Uuid = file.parse().map_err(|_| Refused::Missing)?;
    let found = cx.app.store.find(&ATTACHMENT, file, &kit::Scope::county()).await?;
    let belongs = |row: &Row| {
        row.get(&ATTACHMENT, "record").id() == Some(record)
            && row.get(&ATTACHMENT, "noun").text() == Some(kind.noun.name)
            && is_live(row)
    };
    found.filter(belongs).ok_or(Refused::Missing)
}

/// The bytes as an answer. Pictures and PDF are shown in place, everything else is a file to take away; no cache keeps them.
pub async fn bytes(cx: &Cx, row: &Row, small: bool) -> Result<Response, Refused> {
    let files = cx.app.files.as_ref().ok_or(Refused::Missing)?;
    let text = |field| row.get(&ATTACHMENT, field).text().unwrap_or_default();
    let (mut name, mut media) = (text("sha256").to_owned(), text("media"));
    if small {
        name.push_str(THUMB);
        media = "image/jpeg";
    }
    let found = files.vault().get(&name).await.map_err(|error| Refused::Broken(StoreError::Attachments(error)))?;
    let Some(bytes) = found else {
        tracing::error!(attachment = %row.id, "the bytes of an attachment are not there");
        return Err(Refused::Missing);
    };
    let way = if real::shown_in_place(media) { "inline" } else { "attachment" };
    let headers = [
        (header::CONTENT_TYPE, media.to_owned()),
        (header::CONTENT_DISPOSITION, format!("{way}; filename*=UTF-8''{}", encode(text("name")).replace('/', "_"))),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}
