//! The same for programs.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Cell, Field, Refusal, Row};
use serde_json::{Value, json};
use uuid::Uuid;

use super::past::Past;
use crate::api;
use crate::app::Cx;
use crate::area::Kind;
use crate::error::refused_json;
use crate::save::{self, Refused};
use crate::show;
use crate::web::Asked;

/// Someone else was faster: what stands there now, what he changed since, who he was and when.
pub(crate) async fn conflict(cx: &Cx, kind: &Kind, id: Uuid, version: Option<i64>) -> Response {
    told(cx, kind, id, version).await.unwrap_or_else(|refused| refused_json(cx, &refused))
}

async fn told(cx: &Cx, kind: &Kind, id: Uuid, version: Option<i64>) -> Result<Response, Refused> {
    let row = save::find(cx, kind, id).await?;
    let past = Past::of(cx, kind, &row).await?;
    let base = version.and_then(|version| past.beside(kind, &row, version));
    let differs = |field: &&Field| {
        !field.hidden
            && base.as_ref().is_some_and(|base| base.get(kind.noun, field.name) != row.get(kind.noun, field.name))
    };
    let changed: Vec<_> = kind.noun.fields.iter().filter(differs).map(|field| field.name).collect();
    let current = api::whole(cx, kind, &row).await?;
    let last = past.events.last();
    let message = cx.app.text(cx.lang, &Refusal::new("record.stale"));
    let error = json!({
        "code": "record.stale", "message": message, "current": current, "changed": changed,
        "by": last.map(|event| json!({ "account": event.actor, "name": past.who(cx, event) })), "at": last.map(|event| event.at),
    });
    Ok((StatusCode::CONFLICT, Json(json!({ "error": error }))).into_response())
}

/// What differs between two versions, the versions that there are, and who made them.
pub(crate) async fn versions(cx: &Cx, kind: &Kind, id: Uuid, asked: &Asked) -> Result<Value, Refused> {
    let row = save::find(cx, kind, id).await?;
    let past = Past::of(cx, kind, &row).await?;
    let (from, to) = chosen(&past, &row, asked)?;
    let (before, after) = (past.at(kind, id, from), past.at(kind, id, to));
    let (Some(before), Some(after)) = (before, after) else { return Err(Refusal::new("version.unknown").into()) };
    let shown = kind.noun.fields.iter().filter(|field| !field.hidden);
    let differing = shown.filter(|field| before.get(kind.noun, field.name) != after.get(kind.noun, field.name));
    let fields: Vec<_> = differing
        .map(|field| json!({ "field": field.name, "from": value(cx, kind, field, &before), "to": value(cx, kind, field, &after) }))
        .collect();
    let all: Vec<_> = past
        .events
        .iter()
        .map(|event| json!({ "version": event.version, "verb": event.verb, "at": event.at, "by": past.who(cx, event) }))
        .collect();
    Ok(json!({ "from": from, "to": to, "changes": fields, "versions": all }))
}

/// The versions that are asked for; without any, the last and the one before it.
pub(crate) fn chosen(past: &Past, row: &Row, asked: &Asked) -> Result<(i64, i64), Refusal> {
    let known = |version: &i64| past.events.iter().any(|event| event.version == *version);
    let read = |name: &str, usual: i64| match asked.get(name) {
        None => Ok(usual),
        Some(text) => text.parse().ok().filter(known).ok_or_else(|| Refusal::new("version.unknown")),
    };
    let to = read("to", row.version)?;
    Ok((read("from", (to - 1).max(1))?, to))
}

/// A value as this reader may see it.
fn value(cx: &Cx, kind: &Kind, field: &Field, row: &Row) -> Value {
    match row.get(kind.noun, field.name) {
        Cell::Null => Value::Null,
        _ if field.sealed.is_some() => "***".into(),
        Cell::Text(text) if field.mask.is_some() && !cx.sees(kind.noun, field) => show::mask(field, text).into(),
        cell => cell.json(),
    }
}
