//! The roll-call for programs: the same door and the same eyes as the pages.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::NaiveDate;
use engine::area::Described;
use engine::error::refused_json;
use engine::openapi::{content, id, named, refused, within};
use engine::save::Refused;
use engine::web::Client;
use engine::{App, Cx};
use kit::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::call::{self, Missed, Sent};
use super::record::{KINDS, SESSIONS, SHEET, SYMPTOMS};
use super::{board, door, session};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/rollcall/{id}/{code}", get(roll).post(call))
}

/// The roll of a class in a session: who is expected, and calling it by naming who is not simply there.
pub fn described() -> Vec<Described> {
    let (uuid, integer) = (json!({ "type": "string", "format": "uuid" }), json!({ "type": "integer" }));
    let place = [id(), within("code", &json!({ "type": "string", "enum": SESSIONS }))];
    let pupil = json!({ "type": "object", "properties": { "id": uuid, "name": { "type": ["string", "null"] } } });
    let roll = json!({ "type": "object", "properties": {
        "roll": { "type": "array", "items": pupil }, "sheet": { "anyOf": [named(SHEET.name), { "type": "null" }] },
        "called": integer, "classes": integer } });
    let mark = json!({ "type": "object", "required": ["pupil", "kind"], "properties": {
        "pupil": uuid, "kind": { "type": "string", "enum": KINDS }, "symptom": { "type": ["string", "null"], "enum": SYMPTOMS } } });
    let body = json!({ "type": "object", "required": ["day"], "properties": {
        "id": uuid, "day": { "type": "string", "format": "date" }, "missed": { "type": "array", "items": mark },
        "device_at": integer, "substitute": { "type": "boolean" } } });
    vec![(
        "/api/v1/rollcall/{id}/{code}".into(),
        json!({
            "get": { "operationId": "read_roll", "parameters": place, "responses": { "200": content(&roll) } },
            "post": { "operationId": "call_roll", "parameters": place,
                "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
                "responses": { "201": content(&named(SHEET.name)), "422": refused() } },
        }),
    )]
}

/// Who is expected, and the sheet if there is one.
async fn roll(Client(cx): Client, Path((id, code)): Path<(String, String)>) -> Response {
    let made = async {
        let (class, session) = wanted(&cx, &id, &code).await?;
        call::caller(&cx.actor, &class, None)?;
        let day = session::roll_day(session, cx.now);
        let sheet = door::sheet_of(&cx, class.id, day, session).await?;
        let ground = door::ground(&cx, class, day, session).await?;
        let names = door::names(&cx, &ground.roll).await?;
        let pupil = |id: &Uuid| json!({ "id": id, "name": names.get(id) });
        let (done, classes) = board::numbers(&cx, session).await?;
        Ok(json!({
            "roll": ground.roll.iter().map(pupil).collect::<Vec<_>>(),
            "sheet": sheet.map(|row| row.json(&SHEET)),
            "called": done,
            "classes": classes,
        }))
    };
    answer(&cx, StatusCode::OK, made.await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    id: Option<Uuid>,
    day: NaiveDate,
    #[serde(default)]
    missed: Vec<BodyMark>,
    #[serde(default)]
    device_at: Option<i64>,
    #[serde(default)]
    substitute: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BodyMark {
    pupil: Uuid,
    kind: String,
    #[serde(default)]
    symptom: Option<String>,
}

fn missed(mark: &BodyMark) -> Result<Missed, Refusal> {
    let wrong = |field, text: &str| {
        let short: String = text.chars().take(40).collect();
        Refusal::at("value.choice", field).with("value", short)
    };
    let kind = call::kind(&mark.kind).ok_or_else(|| wrong("kind", &mark.kind))?;
    let symptom = match mark.symptom.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => Some(call::symptom(text).ok_or_else(|| wrong("symptom", text))?),
        None => None,
    };
    if symptom.is_some() && kind != "sick" {
        return Err(Refusal::at("mark.symptom_not_sick", "symptom"));
    }
    Ok(Missed { pupil: mark.pupil, kind, symptom })
}

async fn call(
    Client(cx): Client,
    Path((id, code)): Path<(String, String)>,
    body: Result<Json<Body>, axum::extract::rejection::JsonRejection>,
) -> Response {
    let made = async {
        let (class, session) = wanted(&cx, &id, &code).await?;
        let Json(body) = body.map_err(|_| Refusal::new("sheet.unreadable"))?;
        let sent = Sent {
            id: body.id.unwrap_or(cx.request),
            day: body.day,
            session,
            missed: body.missed.iter().map(missed).collect::<Result<_, _>>()?,
            device_at: body.device_at,
            skew: 0,
            opened_at: None,
            substitute: body.substitute,
        };
        let (row, _) = door::call(&cx, class, &sent).await?;
        Ok(Value::Object(row.json(&SHEET)))
    };
    answer(&cx, StatusCode::CREATED, made.await)
}

async fn wanted(cx: &Cx, id: &str, code: &str) -> Result<(kit::Row, &'static str), Refused> {
    let id = id.parse().map_err(|_| Refused::Missing)?;
    let session = session::code(code).ok_or(Refused::Missing)?;
    Ok((door::class(cx, id).await?, session))
}

fn answer(cx: &Cx, status: StatusCode, made: Result<Value, Refused>) -> Response {
    match made {
        // The roll names children.
        Ok(value) => (status, [(header::CACHE_CONTROL, "no-store")], Json(value)).into_response(),
        Err(refused) => refused_json(cx, &refused),
    }
}
