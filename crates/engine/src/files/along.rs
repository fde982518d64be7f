//! Files that come along with the form that makes their record: the photograph of a hazard, the voice note of who cannot type.

use kit::Row;
use uuid::Uuid;

use super::pages::{Said, accept, keep};
use super::{ATTACHMENT, Tried, Upload};
use crate::app::Cx;
use crate::area::Kind;
use crate::save::Refused;

/// The name from which the request of the files is made: the record and its files are two changes of one form.
const APART: &[u8] = b"files";

/// Whether the empty form of a record type asks for them.
pub fn asked_for(cx: &Cx, kind: &Kind) -> bool {
    kind.pairs
        && cx.app.files.is_some()
        && cx.app.kind_of(ATTACHMENT.name).is_some()
        && cx.may(kind.noun.name, "attach")
}

/// Attaches what came with a new record. The form sent twice attaches once; what is no good is named, the others stay.
pub async fn come_with(cx: &Cx, kind: &Kind, record: &Row, files: Vec<(String, Upload)>) -> Result<Tried, Refused> {
    let role = if kind.pairs { "before" } else { "other" };
    let mut tried = Tried { role: role.to_owned(), ..Tried::default() };
    let cx = Cx { request: Uuid::new_v5(&cx.request, APART), ..cx.clone() };
    if files.is_empty() || !asked_for(&cx, kind) || cx.app.store.carried_out(cx.request).await? {
        return Ok(tried);
    }
    let place = crate::show::title(&cx, kind.noun, record);
    let (mut before, mut other) = (Vec::new(), Vec::new());
    for (field, upload) in files {
        let name = upload.name.clone();
        let said = Said { role, place: &place, taken_on: "", camera: field == "camera" };
        match accept(&cx, kind, before.len() + other.len(), Some(upload), &said).await {
            Ok(taken) if taken.media.starts_with("image/") => before.push(taken),
            Ok(taken) => other.push(taken),
            Err(refusal) => tried.refused.push((name, cx.app.text(cx.lang, &refusal))),
        }
    }
    // What shows the hazard as it was found stands before its removal; what is heard stands beside.
    let sound = Cx { request: Uuid::new_v5(&cx.request, APART), ..cx.clone() };
    keep(&sound, kind, record, other, "other").await?;
    keep(&cx, kind, record, before, role).await?;
    Ok(tried)
}
