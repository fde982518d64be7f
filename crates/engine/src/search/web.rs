//! The search over everything as a page and for programs.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kit::{Field, Kind as FieldKind, Refusal, Row, tokens};
use serde_json::{Value, json};
use store::StoreError;

use super::{FEW, Group, MOST, address, groups, kinds, typed};
use crate::api;
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_json, render};
use crate::pages::{self, layout, thousands, words};
use crate::save::Refused;
use crate::show;
use crate::view::{CardView, CellKind, ItemView, LinkView, SearchPage, SearchedView, Tone};
use crate::web::{Asked, Client, Reader, encode};

/// What stands beside a record's name, at most.
const BESIDE: usize = 4;

pub(super) async fn page(mut reader: Reader, asked: Asked) -> Result<Response, Response> {
    let text = asked.get("q").unwrap_or_default();
    let asked = if text.trim().is_empty() { Ok(None) } else { typed(text).map(Some) };
    if asked.is_err() {
        // The links of the frame lead back here; what cannot be asked is not carried along, however long it is.
        "/search".clone_into(&mut reader.here);
    }
    let cx = &reader.cx;
    let found = match &asked {
        Ok(Some(typed)) => groups(cx, typed, FEW).await.map_err(pages::broken(&reader))?,
        _ => Vec::new(),
    };
    let mut cards = Vec::with_capacity(found.len());
    for group in &found {
        cards.push(card(cx, group, text.trim()).await.map_err(pages::broken(&reader))?);
    }
    let nothing = cards.is_empty() && matches!(asked, Ok(Some(_)));
    let status = if asked.is_err() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let mut layout = layout(&reader, "search.title");
    layout.search = None;
    let page = SearchPage {
        t: words(&cx.app, cx.lang),
        layout,
        typed: text.chars().take(tokens::MOST).collect(),
        most: tokens::MOST,
        fault: asked.err().map(|refusal| cx.app.text(cx.lang, &refusal)),
        found: if cards.is_empty() { String::new() } else { sum(cx, &found) },
        searched: if cards.is_empty() { kinds(cx).map(|kind| searched(cx, kind)).collect() } else { Vec::new() },
        cards,
        nothing,
    };
    let mut response = (status, render(&page)).into_response();
    // Names of persons, in the question or in the answer: kept nowhere.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn sum(cx: &Cx, found: &[Group]) -> String {
    let total: i64 = found.iter().map(|group| group.found.total).sum();
    let args = [("n", thousands(total)), ("kinds", found.len().to_string())];
    cx.app.words.fill(cx.lang, "search.found", &args)
}

async fn card(cx: &Cx, group: &Group<'_>, typed: &str) -> Result<CardView, StoreError> {
    let Group { kind, found } = group;
    let total = thousands(found.total);
    let more = found.total > i64::try_from(found.rows.len()).unwrap_or(i64::MAX);
    Ok(CardView {
        heading: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(),
        icon: kind.icon.to_owned(),
        tone: Tone::Plain,
        items: items(cx, kind, &found.rows).await?,
        more: Some(LinkView {
            label: words(&cx.app, cx.lang).put(if more { "ui.see_all" } else { "search.list" }, &total),
            href: list(kind, typed),
        }),
        total,
        empty: String::new(),
    })
}

/// The address of the list that holds all of them.
fn list(kind: &Kind, typed: &str) -> String {
    let parts: Vec<_> = address(kind, typed).iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("/{}?{}", kind.noun.plural, parts.join("&"))
}

/// Each record by its name, with some of what its list would show, and its state.
async fn items(cx: &Cx, kind: &Kind, rows: &[Row]) -> Result<Vec<ItemView>, StoreError> {
    // A bare yes or no says nothing without its heading.
    let beside = |field: &&Field| !kind.noun.title.contains(&field.name) && !matches!(field.kind, FieldKind::Bool);
    let beside: Vec<&'static Field> = pages::listed(kind).into_iter().filter(beside).collect();
    let lines = pages::views(cx, kind, rows, &beside, false).await?;
    let item = |(row, line): (&Row, crate::view::RowView)| {
        let badge = line.cells.iter().find_map(|cell| match cell.kind {
            CellKind::Badge(tone) => Some((cell.text.clone(), tone)),
            _ => None,
        });
        let (mark, tone) = badge.unwrap_or_default();
        let plain = line.cells.into_iter().filter(|cell| !matches!(cell.kind, CellKind::Badge(_)));
        let plain = plain.map(|cell| cell.text).filter(|text| !text.is_empty() && text != "—");
        let title = show::title(cx, kind.noun, row);
        let title = if title.is_empty() { cx.word(kind.noun.name).to_owned() } else { title };
        ItemView {
            title,
            meta: plain.take(BESIDE).collect::<Vec<_>>().join(" · "),
            href: line.href,
            mark,
            tone,
            tap: None,
        }
    };
    Ok(rows.iter().zip(lines).map(item).collect())
}

fn searched(cx: &Cx, kind: &Kind) -> SearchedView {
    let label = |field: &Field| cx.word(&format!("{}.{}", kind.noun.name, field.name)).to_owned();
    SearchedView {
        label: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(),
        href: format!("/{}", kind.noun.plural),
        icon: kind.icon.to_owned(),
        fields: tokens::fields(kind.noun).map(label).collect::<Vec<_>>().join(cx.word("ui.comma")),
    }
}

/// `GET /api/v1/search?q=&limit=`
pub(super) async fn api(Client(cx): Client, asked: Asked) -> Result<Response, Response> {
    let refuse = |refusal: Refusal| refused_json(&cx, &Refused::Faults(vec![refusal]));
    asked.only(&["q", "limit"]).map_err(refuse)?;
    let typed = typed(asked.get("q").unwrap_or_default()).map_err(refuse)?;
    let limit = match asked.get("limit") {
        None => FEW,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
            limit.ok_or_else(|| refuse(Refusal::at("query.limit", "limit").with("most", MOST)))?
        }
    };
    let groups = groups(&cx, &typed, limit).await.map_err(|error| refused_json(&cx, &Refused::Broken(error)))?;
    let total: i64 = groups.iter().map(|group| group.found.total).sum();
    let groups: Vec<_> = groups.iter().map(|group| group_json(&cx, group, &typed)).collect();
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(json!({ "total": total, "groups": groups }))).into_response())
}

fn group_json(cx: &Cx, group: &Group, typed: &str) -> Value {
    let Group { kind, found } = group;
    let item = |row: &Row| {
        let mut item = api::item(cx, kind, row);
        item.insert("title".into(), show::title(cx, kind.noun, row).into());
        item
    };
    json!({
        "noun": kind.noun.name,
        "label": cx.word(&format!("{}.plural", kind.noun.name)),
        "total": found.total,
        "exact": found.exact,
        "list": format!("/api/v1{}", list(kind, typed)),
        "items": found.rows.iter().map(item).collect::<Vec<_>>(),
    })
}

/// The search in the description of the interface.
pub(crate) fn described() -> Value {
    let text =
        |name: &str, schema: Value| json!({ "name": name, "in": "query", "required": name == "q", "schema": schema });
    let group = json!({ "type": "object", "properties": {
        "noun": { "type": "string" }, "label": { "type": "string" }, "total": { "type": "integer" },
        "exact": { "type": "integer", "description": "how many of the items have a value that is exactly what was typed; they come first" },
        "list": { "type": "string", "description": "address of the list of all of them" },
        "items": { "type": "array", "items": { "type": "object" } } } });
    let answer = json!({ "type": "object", "properties": {
        "total": { "type": "integer" }, "groups": { "type": "array", "items": group } } });
    json!({
        "operationId": "search",
        "parameters": [
            text("q", json!({ "type": "string", "maxLength": tokens::MOST })),
            text("limit", json!({ "type": "integer", "minimum": 1, "maximum": MOST, "default": FEW })),
        ],
        "responses": {
            "200": { "description": "ok", "content": { "application/json": { "schema": answer } } },
            "422": { "description": "refused, each fault at its field" },
        },
    })
}
