//! What changed from one version of a record to another.

use axum::extract::Path;
use axum::response::Response;
use kit::Row;
use store::StoreError;

use super::{back, broken, kept, kind, rows, timeline, titled, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::save::{self, Refused};
use crate::together::{self, Past};
use crate::view::{DifferenceView, LinkView, OptionView, VersionsPage};
use crate::web::{Asked, Reader};

pub async fn page(
    reader: Reader,
    Path((plural, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let (cx, id) = (&reader.cx, super::id(&reader, &id)?);
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(&reader, &refused))?;
    let past = Past::of(cx, kind, &row).await.map_err(broken(&reader))?;
    let versions = together::chosen(&past, &row, &asked).ok();
    let rows = versions.and_then(|(from, to)| Some([past.at(kind, id, from)?, past.at(kind, id, to)?]));
    // A version that the record never had does not exist.
    let Some([before, after]) = rows else { return Err(refused_page(&reader, &Refused::Missing)) };
    view(&reader, kind, &row, &past, [before, after]).await.map_err(broken(&reader))
}

async fn view(reader: &Reader, kind: &Kind, row: &Row, past: &Past, both: [Row; 2]) -> Result<Response, StoreError> {
    let cx = &reader.cx;
    let record = LinkView { label: rows::title(cx, kind, row), href: rows::href(kind, row) };
    let mut layout = titled(reader, cx.word("together.versions").to_owned());
    layout.crumbs.extend([back::crumb(cx, kind, None), record.clone()]);
    let name = |version: i64| {
        past.events.iter().find(|event| event.version == version).map(|event| label(cx, kind, past, event))
    };
    let page = VersionsPage {
        t: words(&cx.app, cx.lang),
        heading: layout.title.clone(),
        action: format!("{}/versions", record.href),
        from: options(cx, kind, past, both[0].version),
        to: options(cx, kind, past, both[1].version),
        before: name(both[0].version).unwrap_or_default(),
        after: name(both[1].version).unwrap_or_default(),
        differences: differences(cx, kind, &both).await?,
        record,
        layout,
    };
    Ok(kept(&cx.app, kind.noun, render(&page)))
}

/// Fields that differ, as this reader may see them.
async fn differences(cx: &Cx, kind: &Kind, both: &[Row; 2]) -> Result<Vec<DifferenceView>, StoreError> {
    let [before, after] = both;
    let differs = |name: &str| before.get(kind.noun, name) != after.get(kind.noun, name);
    let fields: Vec<_> = kind.noun.fields.iter().filter(|field| !field.hidden && differs(field.name)).collect();
    let open: Vec<_> = fields.iter().copied().filter(|field| field.sealed.is_none()).collect();
    let said = rows::said(cx, kind, both, &open).await?;
    let text = |at: usize, row: &Row, field: &kit::Field| match row.get(kind.noun, field.name) {
        kit::Cell::Null => String::new(),
        _ if field.sealed.is_some() => "***".to_owned(),
        _ => said.text(cx, kind, at, row, field),
    };
    let view = |field: &&'static kit::Field| DifferenceView {
        label: rows::label(cx, kind, field.name),
        before: text(0, before, field),
        after: text(1, after, field),
    };
    Ok(fields.iter().map(view).collect())
}

/// A version in words: its number, what made it, when, who.
fn label(cx: &Cx, kind: &Kind, past: &Past, event: &store::Event) -> String {
    let args = [
        ("n", event.version.to_string()),
        ("what", timeline::verb(cx, kind, &event.verb)),
        ("when", together::when(event.at)),
        ("who", past.who(cx, event)),
    ];
    cx.app.words.fill(cx.lang, "together.version", &args)
}

/// Every version, the newest first.
pub(super) fn options(cx: &Cx, kind: &Kind, past: &Past, chosen: i64) -> Vec<OptionView> {
    let option = |event: &store::Event| OptionView {
        value: event.version.to_string(),
        label: label(cx, kind, past, event),
        selected: event.version == chosen,
    };
    past.events.iter().rev().map(option).collect()
}
