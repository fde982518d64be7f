//! Figures for programs: `GET /api/v1/figures` and `GET /api/v1/figures/{id}?period=&cutoff=&unit=`.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use kit::figure::{FigureDef, Frame};
use serde_json::{Value, json};

use super::{address, coverage, find, frame, kept_back, opens, readable, rows, value};
use crate::app::Cx;
use crate::error::refused_json;
use crate::fresh::Fresh;
use crate::save::Refused;
use crate::web::{Asked, Client};

pub(super) async fn list(Client(cx): Client, asked: Asked, headers: HeaderMap) -> Result<Response, Response> {
    asked.only(&[]).map_err(|refusal| refused_json(&cx, &Refused::Faults(vec![refusal])))?;
    let fresh = fresh(&cx, &headers).await?;
    if let Some(known) = fresh.known() {
        return Ok(known);
    }
    let items: Vec<_> = cx.app.figures().filter(|def| readable(&cx, def)).map(|def| about(&cx, def)).collect();
    Ok(fresh.mark(answer(&json!({ "total": items.len(), "items": items }))))
}

pub(super) async fn show(
    Client(cx): Client,
    Path(id): Path<String>,
    asked: Asked,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let def = find(&cx, &id).ok_or_else(|| refused_json(&cx, &Refused::Missing))?;
    let fresh = fresh(&cx, &headers).await?.about(def.noun);
    if let Some(known) = fresh.known() {
        return Ok(known);
    }
    let frame = asked.only(&["period", "cutoff", "unit"]).and_then(|()| frame(&cx, &asked));
    let frame = frame.map_err(|refusal| refused_json(&cx, &Refused::from(refusal)))?;
    let json = figure(&cx, def, &frame).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    Ok(fresh.mark(answer(&json)))
}

async fn fresh(cx: &Cx, headers: &HeaderMap) -> Result<Fresh, Response> {
    Fresh::client(cx, headers).await.map_err(|error| refused_json(cx, &Refused::Broken(error)))
}

fn answer(value: &Value) -> Response {
    ([(header::CACHE_CONTROL, "private, no-cache")], Json(value)).into_response()
}

/// What a figure means, without its value.
fn about(cx: &Cx, def: &FigureDef) -> Value {
    json!({
        "id": def.id,
        "name": cx.word(&format!("figure.{}", def.id)),
        "definition": cx.word(&format!("figure.{}.definition", def.id)),
        "formula": def.formula,
        // As of several: what is measured, not how much of it.
        "unit": cx.app.words.fill(cx.lang, def.unit, &[("n", String::new())]),
        "of": def.of,
        "noun": def.noun.name,
    })
}

async fn figure(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Value, store::StoreError> {
    let figure = value(cx, def, frame).await?;
    let mut json = about(cx, def);
    let small = kept_back(cx, def, frame, figure.value).await?;
    let queries = rows(cx, def, frame).await?;
    let list = match queries.as_slice() {
        [query] if !small && opens(cx, def) => Some(address(def.noun, query)),
        _ => None,
    };
    let coverage = coverage(cx, def, frame).await?;
    json["value"] = if small || figure.none { Value::Null } else { figure.value.into() };
    json["small"] = small.into();
    json["denominator"] = figure.denominator.filter(|_| !small).into();
    json["share"] = figure.share().filter(|_| !small).map(per_cent).into();
    json["period"] = frame.period.to_string().into();
    json["from"] = frame.first().to_string().into();
    json["to"] = frame.period.last().to_string().into();
    json["cutoff"] = frame.cutoff.to_string().into();
    json["place"] = frame.unit.map(|unit| unit.to_string()).into();
    json["coverage"] = coverage.map_or(
        Value::Null,
        |coverage| json!({ "returned": coverage.returned(), "all": coverage.all, "missing": coverage.rows }),
    );
    json["rows"] = list.into();
    Ok(json)
}

/// Hundredths of a per cent as a number with two decimals.
fn per_cent(hundredths: i64) -> Value {
    format!("{}.{:02}", hundredths / 100, hundredths % 100).parse::<f64>().map_or(Value::Null, Value::from)
}
