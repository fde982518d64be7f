//! Attachments for programs: `/api/v1/<plural>/<id>/files`. A file is the body of a request, its name and what it shows are
//! parameters of the address.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use kit::{Class, Row};
use serde_json::{Map, Value, json};

use super::around::{is_live, of};
use super::pages::{Said, accept, found, keep, taken_away};
use super::take::Upload;
use super::{ATTACHMENT, serve};
use crate::app::{App, Cx};
use crate::error::refused_json;
use crate::save::Refused;
use crate::web::{Asked, Client};

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/{plural}/{id}/files", get(list).post(add))
        .route("/api/v1/{plural}/{id}/files/{file}", get(file))
        .route("/api/v1/{plural}/{id}/files/{file}/thumb", get(thumb))
        .route("/api/v1/{plural}/{id}/files/{file}/remove", post(remove))
}

fn answer(cx: &Cx, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_json(cx, &refused))
}

fn kept(status: StatusCode, value: &Value) -> Response {
    (status, [(header::CACHE_CONTROL, "private, no-store")], Json(value)).into_response()
}

/// Everything that is attached, and what is left of what was taken away.
async fn list(Client(cx): Client, Path((plural, id)): Path<(String, String)>, asked: Asked) -> Response {
    let made = async {
        asked.only(&[])?;
        let (kind, record) = serve::parent(&cx, &plural, &id).await?;
        let rows = of(&cx.app.store, kind.noun, record.id).await?;
        let items: Vec<_> = rows.iter().map(|row| item(&cx, row)).collect();
        Ok(kept(StatusCode::OK, &json!({ "items": items })))
    };
    answer(&cx, made.await)
}

/// An attachment as JSON. Whether it repeats another one is a note for people, and stands on the page.
fn item(cx: &Cx, row: &Row) -> Value {
    let sees = cx.may(ATTACHMENT.name, "see");
    let shown = row
        .pairs(&ATTACHMENT)
        .filter(|(field, _)| !field.hidden && field.name != "distance" && (sees || field.class < Class::Personal));
    let mut map = Map::new();
    map.insert("id".into(), row.id.to_string().into());
    map.extend(shown.map(|(field, cell)| (field.name.to_owned(), cell.json())));
    map.insert("live".into(), is_live(row).into());
    Value::Object(map)
}

async fn add(Client(cx): Client, Path((plural, id)): Path<(String, String)>, asked: Asked, body: Body) -> Response {
    let made = added(&cx, &plural, &id, &asked, body).await;
    answer(&cx, made)
}

async fn added(cx: &Cx, plural: &str, id: &str, asked: &Asked, body: Body) -> Result<Response, Refused> {
    asked.only(&["name", "role", "place", "taken_on"])?;
    let (kind, record) = serve::parent(cx, plural, id).await?;
    if !cx.may(kind.noun.name, "attach") {
        return Err(Refused::Forbidden);
    }
    let had = of(&cx.app.store, kind.noun, record.id).await?;
    if cx.app.store.carried_out(cx.request).await? {
        let items: Vec<_> = had.iter().map(|row| item(cx, row)).collect();
        return Ok(kept(StatusCode::OK, &json!({ "items": items })));
    }
    let said = |name: &str| crate::save::typed(&asked.0, name).unwrap_or_default();
    let most = cx.app.files.as_ref().map_or(0, |files| files.limits.file);
    let upload = match to_bytes(body, most).await {
        Ok(bytes) => Some(Upload { name: said("name").chars().take(300).collect(), bytes: bytes.into() }),
        Err(error) if too_long(&error) => None,
        Err(_) => return Err(kit::Refusal::at("files.cut", "file").into()),
    };
    let role = if said("role").is_empty() { "other" } else { said("role") };
    let beside = Said { role, place: said("place"), taken_on: said("taken_on"), camera: false };
    let count = had.iter().filter(|row| is_live(row)).count();
    let taken = accept(cx, kind, count, upload, &beside).await?;
    let rows = keep(cx, kind, &record, vec![taken], role).await?;
    let items: Vec<_> = rows.iter().map(|row| item(cx, row)).collect();
    Ok(kept(StatusCode::CREATED, &json!({ "items": items })))
}

/// Whether a body was refused for its length rather than cut off.
fn too_long(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

async fn file(Client(cx): Client, Path((plural, id, file)): Path<(String, String, String)>) -> Response {
    let made = found(&cx, &plural, &id, &file, false).await;
    answer(&cx, made)
}

async fn thumb(Client(cx): Client, Path((plural, id, file)): Path<(String, String, String)>) -> Response {
    let made = found(&cx, &plural, &id, &file, true).await;
    answer(&cx, made)
}

async fn remove(
    Client(cx): Client,
    Path((plural, id, file)): Path<(String, String, String)>,
    body: Option<Json<Map<String, Value>>>,
) -> Response {
    let reason = body.as_ref().and_then(|body| body.get("reason")).and_then(Value::as_str).unwrap_or_default();
    let made = taken_away(&cx, &plural, &id, &file, reason).await;
    answer(&cx, made.map(|row| kept(StatusCode::OK, &item(&cx, &row))))
}
