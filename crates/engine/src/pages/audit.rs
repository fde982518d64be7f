//! Who opened what, and why: the log of sensitive readings.

use std::collections::HashMap;

use axum::response::Response;
use kit::dates;
use uuid::Uuid;

use super::{broken, kept, layout, rows, thousands, timeline, words};
use crate::auth::ACCOUNT;
use crate::error::{refused_page, render};
use crate::save::Refused;
use crate::view::{CellView, ColumnView, ListPage, PagerView, RowView};
use crate::web::{Reader, labels};

/// The newest; more belong in an export.
const MOST: u64 = 500;

pub async fn page(reader: Reader) -> Result<Response, Response> {
    let cx = &reader.cx;
    if !cx.may("audit", "read") {
        return Err(refused_page(&reader, &Refused::Missing));
    }
    let readings = cx.app.store.readings(MOST).await.map_err(broken(&reader))?;
    let who =
        timeline::accounts(cx, readings.iter().map(|reading| reading.1).collect()).await.map_err(broken(&reader))?;
    let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    for (_, _, noun, record, _, _) in &readings {
        if let Some(kind) = cx.app.kind_of(noun) {
            wanted.entry(kind.noun.name).or_default().push(*record);
        }
    }
    let titles = labels(cx, wanted).await.map_err(broken(&reader))?;
    let row = |(at, actor, noun, record, field, reason): &(i64, Uuid, String, Uuid, String, String)| {
        // An export concerns no one field.
        let kind = cx.app.kind_of(noun).filter(|_| !field.is_empty());
        let label = kind.map(|kind| rows::label(cx, kind, field)).unwrap_or_default();
        let texts = [
            dates::shanghai_time(*at).format("%Y-%m-%d %H:%M").to_string(),
            who.get(actor).cloned().unwrap_or_default(),
            cx.word(noun).to_owned(),
            titles.get(record).cloned().unwrap_or_default(),
            label,
            reason.clone(),
        ];
        RowView { href: String::new(), cells: texts.into_iter().map(CellView::text).collect(), pick: None }
    };
    let column = |key: &str| ColumnView { label: cx.word(key).to_owned(), ..ColumnView::default() };
    let t = words(&cx.app, cx.lang);
    let page = ListPage {
        layout: layout(&reader, "ui.audit"),
        heading: cx.word("ui.audit").to_owned(),
        description: cx.word("ui.audit_lead").to_owned(),
        total: t.put("ui.total", &thousands(i64::try_from(readings.len()).unwrap_or_default())),
        action: "/audit".into(),
        filters: Vec::new(),
        kept: Vec::new(),
        chips: Vec::new(),
        clear: "/audit".into(),
        columns: ["ui.when", "ui.who", "ui.what", "ui.record", "ui.field", "ui.reason"].map(column).to_vec(),
        rows: readings.iter().map(row).collect(),
        pager: PagerView::default(),
        new: None,
        find: None,
        import: None,
        exports: Vec::new(),
        bulk: None,
        tools: None,
        empty: cx.word("ui.audit_empty").to_owned(),
        t,
    };
    // Reasons and names of persons: as closely kept as an account.
    Ok(kept(&ACCOUNT, render(&page)))
}
