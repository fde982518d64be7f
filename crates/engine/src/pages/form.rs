//! Making and changing one record: what was typed stays, every fault stands at its field.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Field, Refusal, Row};
use store::StoreError;

use super::input::{Asking, Choices, resolve};
use super::{broken, done, kept, kind, rows, titled, words};
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::save::{self, Refused, Typed, typed};
use crate::show;
use crate::view::{ErrorLine, FormPage, LinkView};
use crate::web::{Asked, Posted, Reader};

fn writable(kind: &Kind) -> Vec<&'static Field> {
    kind.noun.fields.iter().filter(|field| field.writable()).collect()
}

/// An empty form; parameters of the address fill it in advance.
pub async fn blank(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    if !reader.cx.may(kind.noun.name, "create") {
        return Err(refused_page(&reader, &Refused::Forbidden));
    }
    // What the product knows already is not asked again; what the address says counts more.
    let known = kind.suggest.map(|suggest| suggest(&reader.cx.actor, reader.cx.today())).unwrap_or_default();
    let mut values: Vec<_> = known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    values.extend(asked);
    page(&reader, kind, None, &values, &[], Vec::new()).await.map_err(broken(&reader))
}

/// The form of a record as it stands.
pub async fn edit(reader: Reader, Path((plural, id)): Path<(String, String)>) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let id = super::id(&reader, &id)?;
    let row = save::find(&reader.cx, kind, id).await.map_err(|refused| refused_page(&reader, &refused))?;
    if !reader.cx.may(kind.noun.name, "edit") {
        return Err(refused_page(&reader, &Refused::Forbidden));
    }
    page(&reader, kind, Some(&row), &[], &[], Vec::new()).await.map_err(broken(&reader))
}

pub async fn create(Path(plural): Path<String>, posted: Posted) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let values = resolve(cx, &writable(kind), &posted.values, None).await.map_err(broken(reader))?;
    // The form's own id names the record: the form sent twice makes one.
    match save::create(cx, kind, Some(cx.request), &values).await {
        Ok(row) => Ok(done(&cx.app, &rows::href(kind, &row), "created")),
        Err(Refused::Faults(faults)) => {
            page(reader, kind, None, &posted.values, &faults, Vec::new()).await.map_err(broken(reader))
        }
        Err(refused) => Err(refused_page(reader, &refused)),
    }
}

pub async fn save(Path((plural, id)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let id = super::id(reader, &id)?;
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let values = resolve(cx, &writable(kind), &posted.values, Some((kind, &row))).await.map_err(broken(reader))?;
    let version = posted.get("version").and_then(|text| text.parse().ok()).unwrap_or_default();
    match save::edit(cx, kind, id, version, &values).await {
        Ok(row) => Ok(done(&cx.app, &rows::href(kind, &row), "saved")),
        Err(Refused::Faults(faults)) => {
            page(reader, kind, Some(&row), &posted.values, &faults, Vec::new()).await.map_err(broken(reader))
        }
        Err(Refused::Stale) => stale(&posted, kind, id, &values).await,
        Err(refused) => Err(refused_page(reader, &refused)),
    }
}

/// Someone else was faster: both versions side by side. Sent again, the form carries the version that is shown now.
async fn stale(posted: &Posted, kind: &Kind, id: uuid::Uuid, values: &Typed) -> Result<Response, Response> {
    let reader = &posted.reader;
    let row = save::find(&reader.cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let lines = differences(reader, kind, &row, values).await.map_err(broken(reader))?;
    page(reader, kind, Some(&row), &posted.values, &[Refusal::new("record.stale")], lines).await.map_err(broken(reader))
}

async fn differences(reader: &Reader, kind: &Kind, row: &Row, values: &Typed) -> Result<Vec<ErrorLine>, StoreError> {
    let cx = &reader.cx;
    let Ok(mine) = save::fill(cx, kind, row.clone(), values) else { return Ok(Vec::new()) };
    let changed = |field: &&'static Field| row.get(kind.noun, field.name) != mine.get(kind.noun, field.name);
    let fields: Vec<_> = writable(kind).into_iter().filter(|field| field.sealed.is_none()).filter(changed).collect();
    let both = [row.clone(), mine];
    let said = rows::said(cx, kind, &both, &fields).await?;
    let line = |field: &&'static Field| {
        let text = |at: usize| {
            let text = both.get(at).map(|row| said.text(cx, kind, at, row, field)).unwrap_or_default();
            if text.is_empty() { cx.word("ui.unfilled").to_owned() } else { text }
        };
        let args = [("field", rows::label(cx, kind, field.name)), ("now", text(0)), ("typed", text(1))];
        ErrorLine { field_id: format!("f-{}", field.name), text: cx.app.words.fill(cx.lang, "ui.stale_field", &args) }
    };
    Ok(fields.iter().map(line).collect())
}

async fn page(
    reader: &Reader,
    kind: &Kind,
    row: Option<&Row>,
    values: &Typed,
    faults: &[Refusal],
    more: Vec<ErrorLine>,
) -> Result<Response, StoreError> {
    let cx = &reader.cx;
    let asking = Asking { kind, step: None, fields: writable(kind), row, typed: values, faults, prefix: String::new() };
    let fields = asking.views(cx, &mut Choices::default()).await?;
    let t = words(&cx.app, cx.lang);
    let noun = cx.word(kind.noun.name);
    let list = format!("/{}", kind.noun.plural);
    let back = row.map_or_else(|| list.clone(), |row| rows::href(kind, row));
    let heading = t.put(if row.is_some() { "ui.edit_noun" } else { "ui.new" }, noun);
    let mut layout = titled(reader, heading.clone());
    layout
        .crumbs
        .push(LinkView { label: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(), href: list.clone() });
    layout.crumbs.extend(row.map(|row| LinkView { label: rows::title(cx, kind, row), href: back.clone() }));
    let request = typed(values, "request_id").and_then(|text| text.parse().ok()).unwrap_or(cx.request);
    let page = FormPage {
        heading,
        description: row.map(|row| show::title(cx, kind.noun, row)).unwrap_or_default(),
        action: back.clone(),
        groups: vec![(String::new(), fields)],
        errors: asking.lines(cx).into_iter().chain(more).collect(),
        request_id: request.to_string(),
        version: row.map(|row| row.version.to_string()).unwrap_or_default(),
        submit: String::new(),
        cancel: back,
        layout,
        t,
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(kept(kind.noun, (status, render(&page)).into_response()))
}
