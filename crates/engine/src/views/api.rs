//! Saved views for programs: `/api/v1/<plural>/views`.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::record::parameters;
use super::{Draft, View};
use crate::api::{answer, kind, named};
use crate::app::{App, Cx};
use crate::error::refused_json;
use crate::save::Refused;
use crate::web::{Asked, Client, encode};

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/{plural}/views", get(list).post(create))
        .route("/api/v1/{plural}/views/{id}", get(find).patch(change).delete(remove))
}

/// An address of these takes no question.
fn unasked(cx: &Cx, asked: &Asked) -> Result<(), Response> {
    asked.only(&[]).map_err(|refusal| refused_json(cx, &Refused::from(refusal)))
}

async fn list(Client(cx): Client, Path(plural): Path<String>, asked: Asked) -> Result<Response, Response> {
    unasked(&cx, &asked)?;
    let kind = kind(&cx, &plural)?;
    let views = super::all(&cx, kind).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    let items: Vec<_> = views.iter().map(|view| item(&cx, &plural, view)).collect();
    Ok(answer(&json!({ "items": items, "total": items.len() })))
}

fn item(cx: &Cx, plural: &str, view: &View) -> Value {
    let question: Map<_, _> =
        view.question.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    json!({
        "id": view.row.id, "name": view.name, "label": view.label, "question": question, "columns": view.columns,
        "shared": view.shared, "preferred": view.preferred && view.is_own(&cx.actor), "own": view.is_own(&cx.actor),
        "href": format!("/api/v1/{plural}?view={}", encode(&view.name)),
    })
}

async fn find(
    Client(cx): Client,
    Path((plural, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Response> {
    unasked(&cx, &asked)?;
    let (kind, id) = named(&cx, (&plural, &id))?;
    let views = super::all(&cx, kind).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    let view = views.iter().find(|view| view.row.id == id).ok_or_else(|| refused_json(&cx, &Refused::Missing))?;
    Ok(answer(&item(&cx, &plural, view)))
}

/// The question as an object of parameters, or as the text of an address.
fn draft(body: &Map<String, Value>, before: Option<&View>) -> Draft {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(ToOwned::to_owned);
    let mut asked = match body.get("question") {
        Some(Value::String(text)) => parameters(text.trim_start_matches('?')),
        Some(Value::Object(map)) => map.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        _ => Vec::new(),
    };
    asked.extend(body.get("columns").map(|columns| ("columns".to_owned(), plain(columns))));
    Draft {
        label: text("label").or(before.map(|view| view.label.clone())).unwrap_or_default(),
        shared: text("shared").or(before.map(|view| view.shared.clone())).unwrap_or_default(),
        preferred: body
            .get("preferred")
            .and_then(Value::as_bool)
            .or(before.map(|view| view.preferred))
            .unwrap_or(false),
        asked,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(plain).collect::<Vec<_>>().join(","),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

async fn create(
    Client(cx): Client,
    Path(plural): Path<String>,
    body: Json<Map<String, Value>>,
) -> Result<Response, Response> {
    let kind = kind(&cx, &plural)?;
    let view = super::keep(&cx, kind, &draft(&body, None)).await.map_err(|refused| refused_json(&cx, &refused))?;
    Ok((StatusCode::CREATED, answer(&item(&cx, &plural, &view))).into_response())
}

async fn change(
    Client(cx): Client,
    Path((plural, id)): Path<(String, String)>,
    body: Json<Map<String, Value>>,
) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    let views = super::all(&cx, kind).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    let before: HashMap<_, _> = views.iter().map(|view| (view.row.id, view)).collect();
    let draft = draft(&body, before.get(&id).copied());
    let view = super::change(&cx, kind, id, &draft).await.map_err(|refused| refused_json(&cx, &refused))?;
    Ok(answer(&item(&cx, &plural, &view)))
}

async fn remove(Client(cx): Client, Path((plural, id)): Path<(String, String)>) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    super::remove(&cx, kind, id).await.map_err(|refused| refused_json(&cx, &refused))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
