//! Opening a masked value: only with a reason, and noted before anything is shown.

use axum::extract::Path;
use axum::response::Response;
use kit::{Field, Row};
use store::StoreError;

use super::show::{Beside, view};
use super::{broken, kind};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::refused_page;
use crate::save::{self, Refused};
use crate::view::Tone;
use crate::web::Posted;

/// Characters of a reason that says something.
pub(super) const REASON: usize = 4;

pub async fn open(Path((plural, id)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let id = super::id(reader, &id)?;
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    if !cx.may(kind.noun.name, "open") {
        return Err(refused_page(reader, &Refused::Forbidden));
    }
    let field = posted
        .get("field")
        .and_then(|name| kind.noun.field(name))
        .filter(|field| field.mask.is_some() && !field.hidden);
    let Some(field) = field else { return Err(refused_page(reader, &Refused::Missing)) };
    let reason: String = posted.get("reason").unwrap_or_default().trim().chars().take(200).collect();
    let beside = if reason.chars().count() < REASON {
        Beside { flash: Some((Tone::Bad, cx.word("error.open.reason").to_owned())), ..Beside::default() }
    } else {
        cx.app
            .store
            .note_reading(cx.now, cx.actor.account, kind.noun, row.id, field.name, &reason)
            .await
            .map_err(broken(reader))?;
        clear(cx, kind, &row, field).await.map_err(broken(reader))?
    };
    view(reader, kind, &row, beside).await.map_err(broken(reader))
}

async fn clear<'a>(cx: &Cx, kind: &Kind, row: &Row, field: &'static Field) -> Result<Beside<'a>, StoreError> {
    let clear = if field.sealed.is_some() {
        cx.app.store.reveal(kind.noun, field.name, std::slice::from_ref(row)).await?.pop().flatten()
    } else {
        row.get(kind.noun, field.name).text().map(str::to_owned)
    };
    Ok(match clear {
        Some(clear) => Beside {
            opened: Some((field.name, clear)),
            flash: Some((Tone::Info, cx.word("ui.opened").to_owned())),
            ..Beside::default()
        },
        None => Beside { flash: Some((Tone::Warn, cx.word("ui.sealed").to_owned())), ..Beside::default() },
    })
}
