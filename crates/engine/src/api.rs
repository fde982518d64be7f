//! The interface for programs: `/api/v1/<plural>`, JSON, bearer tokens. The same door and the same eyes as the pages.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use kit::{MoveSpec, Refusal, Row};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::app::{App, Cx};
use crate::area::Kind;
use crate::ask;
use crate::error::{refusal_json, refused_json};
use crate::fresh::{Fresh, may_be_kept};
use crate::pages::made_otherwise;
use crate::save::{self, Refused, Typed};
use crate::sent::Sent;
use crate::show;
use crate::together;
use crate::views;
use crate::web::{Asked, Client, IDEMPOTENCY_KEY, content, meant_anew};

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api/v1/{plural}", get(list).post(create))
        .route("/api/v1/{plural}/{id}", get(find).patch(edit))
        .route("/api/v1/{plural}/{id}/timeline", get(timeline))
        .route("/api/v1/{plural}/{id}/versions", get(versions))
        .route("/api/v1/{plural}/{id}/{move}", post(act))
}

/// Public: a description holds no record.
async fn openapi(State(app): State<Arc<App>>) -> Json<Value> {
    Json(crate::openapi::document(&app))
}

pub(crate) fn kind<'a>(cx: &'a Cx, plural: &str) -> Result<&'a Kind, Response> {
    let kind = cx.app.kind(plural).filter(|kind| cx.may(kind.noun.name, "read"));
    kind.ok_or_else(|| refused_json(cx, &Refused::Missing))
}

/// A record by its address. What is no id names no record, for whoever asks and whatever he asks about.
pub(crate) fn named<'a>(cx: &'a Cx, (plural, id): (&str, &str)) -> Result<(&'a Kind, Uuid), Response> {
    let kind = kind(cx, plural)?;
    let id = id.parse().map_err(|_| refused_json(cx, &Refused::Missing))?;
    Ok((kind, id))
}

async fn list(
    Client(cx): Client,
    Path(plural): Path<String>,
    Asked(asked): Asked,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let kind = kind(&cx, &plural)?;
    let broken = |error| refused_json(&cx, &Refused::Broken(error));
    let fresh = Fresh::client(&cx, &headers).await.map_err(broken)?;
    if let Some(known) = fresh.known().filter(|_| may_be_kept(&cx.app, kind.noun)) {
        return Ok(known);
    }
    let whole = views::asked(&cx, kind, &asked).await.map_err(|refused| refused_json(&cx, &refused))?;
    let query =
        ask::query(&cx, kind.noun, &whole.asked).map_err(|faults| refused_json(&cx, &Refused::Faults(faults)))?;
    let columns = views::chosen(kind, &whole.asked).map_err(|refused| refused_json(&cx, &refused))?;
    let page = cx.app.store.list(kind.noun, &query, cx.scope()).await.map_err(broken)?;
    let mut items = items(&cx, kind, &page.rows).await.map_err(broken)?;
    if let Some(columns) = columns {
        let stays = |name: &str| ["id", "version"].contains(&name) || columns.iter().any(|field| field.name == name);
        for item in &mut items {
            item.retain(|name, _| stays(name));
        }
    }
    let next = page.next.as_ref().map(ask::place_word);
    // `json!` would copy the items, which are nearly all of the answer.
    let items = items.into_iter().map(Value::Object).collect();
    let mut whole_answer = json!({ "items": Value::Null, "total": page.total, "next": next });
    whole_answer["items"] = Value::Array(items);
    // What a view says and its reader may not ask is told, never guessed.
    if let (Some(view), Some(map)) = (&whole.view, whole_answer.as_object_mut()) {
        let left_out: Vec<_> = whole.left_out.iter().map(|fault| refusal_json(&cx, fault)).collect();
        map.insert("view".into(), json!({ "name": view.name, "label": view.label, "left_out": left_out }));
    }
    Ok(fresh.mark(answer_of(&cx, kind, &whole_answer)))
}

async fn find(Client(cx): Client, Path((plural, id)): Path<(String, String)>) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    let row = save::find(&cx, kind, id).await.map_err(|refused| refused_json(&cx, &refused))?;
    one(&cx, kind, row, StatusCode::OK).await
}

async fn one(cx: &Cx, kind: &Kind, row: Row, status: StatusCode) -> Result<Response, Response> {
    let item = whole(cx, kind, &row).await.map_err(|error| refused_json(cx, &Refused::Broken(error)))?;
    Ok((status, answer_of(cx, kind, &Value::Object(item))).into_response())
}

/// An answer about records: kept nowhere if any of their fields is sensitive.
fn answer_of(cx: &Cx, kind: &Kind, value: &Value) -> Response {
    if may_be_kept(&cx.app, kind.noun) {
        return answer(value);
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(value)).into_response()
}

/// An answer that holds nothing sensitive.
pub(crate) fn answer(value: &Value) -> Response {
    ([(header::CACHE_CONTROL, "private, no-cache")], Json(value)).into_response()
}

async fn create(
    Client(cx): Client,
    Path(plural): Path<String>,
    headers: HeaderMap,
    body: Json<Map<String, Value>>,
) -> Result<Response, Response> {
    let kind = kind(&cx, &plural)?;
    let refuse = |refused| refused_json(&cx, &refused);
    let sent = Sent::create(&cx, kind, &body).map_err(refuse)?;
    // Who names the request and not the record is found what the first made, not a second record.
    let of_request = || headers.contains_key(IDEMPOTENCY_KEY).then(|| Uuid::new_v5(&cx.request, plural.as_bytes()));
    let id = sent.id.or_else(of_request);
    let known = Known::of(&cx, &headers, &["create", &plural], &body).await.map_err(refuse)?;
    let made = save::create(&cx, kind, id, &sent.values).await;
    let row = known.made(&cx, kind, known.judged(made), &sent.values).await.map_err(refuse)?;
    one(&cx, kind, row, StatusCode::CREATED).await
}

async fn edit(
    Client(cx): Client,
    Path((plural, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Json<Map<String, Value>>,
) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    let refuse = |refused| refused_json(&cx, &refused);
    let sent = Sent::edit(&cx, kind, id, &body).await.map_err(refuse)?;
    let version = sent.version.unwrap_or_default();
    let known = Known::of(&cx, &headers, &["edit", &plural, &id.to_string()], &body).await.map_err(refuse)?;
    let saved = save::edit(&cx, kind, id, version, &sent.values).await;
    settled(&cx, kind, id, Some(version), known.judged(saved)).await
}

async fn act(
    Client(cx): Client,
    Path((plural, id, name)): Path<(String, String, String)>,
    headers: HeaderMap,
    body: Option<Json<Map<String, Value>>>,
) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    let refuse = |refused| refused_json(&cx, &refused);
    let body = body.map(|Json(body)| body).unwrap_or_default();
    let sent = Sent::act(&cx, kind, (id, &name), &body).await.map_err(refuse)?;
    let known = Known::of(&cx, &headers, &[&name, &plural, &id.to_string()], &body).await.map_err(refuse)?;
    let saved = save::act(&cx, kind, id, &name, sent.version, &sent.values).await;
    settled(&cx, kind, id, sent.version, known.judged(saved)).await
}

/// What is known of a request that its sender named: under one name one thing is done.
#[derive(Default)]
struct Known {
    /// It was carried out, with something else in it.
    other: bool,
    /// Nobody remembers it: it is new, or the program was started anew meanwhile.
    forgotten: bool,
}

impl Known {
    /// By what is to be done with which record and what is sent for it, in whatever order. One that was refused may come again, mended.
    async fn of(cx: &Cx, headers: &HeaderMap, what: &[&str], body: &Map<String, Value>) -> Result<Self, Refused> {
        if !headers.contains_key(IDEMPOTENCY_KEY) {
            return Ok(Self::default());
        }
        let mut parts: Vec<_> = body.iter().map(|(name, value)| (name.clone(), value.to_string())).collect();
        parts.sort_unstable();
        parts.push((String::new(), what.join(" ")));
        let forgotten = !cx.app.named.knows(cx.request);
        let other = meant_anew(&cx.app.store, &cx.app.named, cx.request, content(&parts)).await?;
        Ok(Self { other, forgotten })
    }

    /// What was done under this name before is not the answer to something else.
    fn judged(&self, saved: Result<Row, Refused>) -> Result<Row, Refused> {
        match saved {
            Ok(_) if self.other => Err(Refusal::new("request.other").into()),
            saved => saved,
        }
    }

    /// A record that is there: after a restart the history tells whether this request has made it, with these values.
    async fn made(&self, cx: &Cx, kind: &Kind, made: Result<Row, Refused>, values: &Typed) -> Result<Row, Refused> {
        let row = made?;
        if self.forgotten && made_otherwise(cx, kind, &row, values).await? {
            cx.app.named.forget(cx.request);
            return Err(Refusal::new("request.other").into());
        }
        Ok(row)
    }
}

/// The record as it now is; where someone else was faster, what he made of it.
async fn settled(
    cx: &Cx,
    kind: &Kind,
    id: Uuid,
    version: Option<i64>,
    saved: Result<Row, Refused>,
) -> Result<Response, Response> {
    match saved {
        Ok(row) => one(cx, kind, row, StatusCode::OK).await,
        Err(Refused::Stale) => Err(together::conflict(cx, kind, id, version).await),
        Err(refused) => Err(refused_json(cx, &refused)),
    }
}

async fn versions(
    Client(cx): Client,
    Path((plural, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    asked.only(&["from", "to"]).map_err(|refusal| refused_json(&cx, &Refused::from(refusal)))?;
    let told = together::versions(&cx, kind, id, &asked).await.map_err(|refused| refused_json(&cx, &refused))?;
    Ok(answer_of(&cx, kind, &told))
}

async fn timeline(Client(cx): Client, Path((plural, id)): Path<(String, String)>) -> Result<Response, Response> {
    let (kind, id) = named(&cx, (&plural, &id))?;
    let row = save::find(&cx, kind, id).await.map_err(|refused| refused_json(&cx, &refused))?;
    let events =
        cx.app.store.timeline(kind.noun, &row).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    let event = |event: &store::Event| {
        let shown = event.changes.iter().filter(|(name, _, _)| open(&cx, kind, name));
        let changes: Vec<_> =
            shown.map(|(field, before, after)| json!({ "field": field, "before": before, "after": after })).collect();
        json!({ "seq": event.seq, "at": event.at, "actor": event.actor, "verb": event.verb, "version": event.version, "changes": changes })
    };
    Ok(answer_of(&cx, kind, &json!({ "items": events.iter().map(event).collect::<Vec<_>>() })))
}

/// Whether a field's history may be shown to this reader in the clear.
fn open(cx: &Cx, kind: &Kind, name: &str) -> bool {
    kind.noun.field(name).is_some_and(|field| !field.hidden && field.sealed.is_none() && cx.sees(kind.noun, field))
}

/// Rows as JSON: masked where this reader may not see, with the moves that he may make now. What a move asks for stands in the answer
/// about one record ([`whole`]); fifty times in a list it would be a quarter of its bytes.
pub(crate) async fn items(cx: &Cx, kind: &Kind, rows: &[Row]) -> Result<Vec<Map<String, Value>>, store::StoreError> {
    let mut items: Vec<Map<String, Value>> = rows.iter().map(|row| item(cx, kind, row)).collect();
    for field in kind.noun.fields.iter().filter(|field| field.sealed.is_some() && !field.hidden) {
        for (item, masked) in items.iter_mut().zip(show::masked(cx, kind.noun, field, rows).await?) {
            item.insert(field.name.into(), if masked.is_empty() { Value::Null } else { masked.into() });
        }
    }
    if kind.life.is_some() {
        let held: Vec<_> = rows.iter().map(|row| (kind.noun, row)).collect();
        let facts = cx.facts(&held, &[]).await?;
        for (item, row) in items.iter_mut().zip(rows) {
            let own = |spec: &&'static MoveSpec| json!({ "name": spec.name, "label": cx.word(&format!("move.{}.{}", kind.noun.name, spec.name)) });
            item.insert("moves".into(), save::moves(cx, kind, row, &facts).iter().map(own).collect());
        }
    }
    Ok(items)
}

/// One record as JSON, with the fields that its moves ask for.
pub(crate) async fn whole(cx: &Cx, kind: &Kind, row: &Row) -> Result<Map<String, Value>, store::StoreError> {
    let mut item = items(cx, kind, std::slice::from_ref(row)).await?.pop().unwrap_or_default();
    for own in item.get_mut("moves").and_then(Value::as_array_mut).into_iter().flatten() {
        let specs = kind.life.map(kit::Life::moves).unwrap_or_default();
        if let Some(spec) = specs.iter().find(|spec| own["name"] == spec.name) {
            let field = |field| crate::openapi::field_json(cx, kind.noun.name, spec.name, field);
            own["fields"] = spec.fields.iter().map(field).collect();
        }
    }
    Ok(item)
}

/// A row without its sealed values.
pub(crate) fn item(cx: &Cx, kind: &Kind, row: &Row) -> Map<String, Value> {
    let mut map = Map::with_capacity(row.cells.len() + 3);
    map.insert("id".into(), row.id.to_string().into());
    map.insert("version".into(), row.version.into());
    for (field, cell) in row.pairs(kind.noun).filter(|(field, _)| !field.hidden && field.sealed.is_none()) {
        let value = match cell.text() {
            Some(text) if field.mask.is_some() && !cx.sees(kind.noun, field) => show::mask(field, text).into(),
            _ => cell.json(),
        };
        map.insert(field.name.into(), value);
    }
    map
}

/// A refusal for handlers of other rooms.
pub fn refuse(cx: &Cx, refusal: &Refusal) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": refusal_json(cx, refusal) }))).into_response()
}
