//! The records that refer to this one: the first of each kind, and the way to all of them.

use kit::{Cell, Kind as FieldKind, Noun, Query, Row};
use store::StoreError;

use super::{filters, listed, rows, thousands, views, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::view::RelatedView;

const FIRST: u64 = 10;

/// With the nouns of which something is shown.
pub(super) async fn related(
    cx: &Cx,
    kind: &Kind,
    row: &Row,
) -> Result<(Vec<RelatedView>, Vec<&'static Noun>), StoreError> {
    let (mut views, mut nouns) = (Vec::new(), Vec::new());
    for other in cx.app.kinds().filter(|other| cx.may(other.noun.name, "read")) {
        let Some(field) = reference(kind, other) else { continue };
        let query = Query::new().is(field, Cell::Id(row.id)).limit(FIRST);
        let page = cx.app.store.list(other.noun, &query, cx.scope()).await?;
        if page.total > 0 {
            views.push(view(cx, (kind, row), other, field, &query, &page).await?);
            nouns.push(other.noun);
        }
    }
    Ok((views, nouns))
}

/// By which field another kind belongs to this one: the one called like it, else the first that it can be listed by.
fn reference(kind: &Kind, other: &Kind) -> Option<&'static str> {
    let refers =
        |field: &&kit::Field| matches!(field.kind, FieldKind::Ref(target) if target == kind.noun.name) && !field.hidden;
    let fields: Vec<_> = other.noun.fields.iter().filter(refers).collect();
    let own = fields.iter().find(|field| field.name == kind.noun.name);
    own.or_else(|| fields.iter().find(|field| field.filtered)).map(|field| field.name)
}

async fn view(
    cx: &Cx,
    (kind, row): (&Kind, &Row),
    other: &Kind,
    field: &str,
    query: &Query,
    page: &store::Page,
) -> Result<RelatedView, StoreError> {
    // What all of them share with the record above them is said there: the school of a class is that of its pupils.
    let shared = |candidate: &kit::Field| {
        let own = row.get(kind.noun, candidate.name);
        own.id().is_some() && page.rows.iter().all(|line| line.get(other.noun, candidate.name) == own)
    };
    let told = |candidate: &&kit::Field| candidate.name != field && !shared(candidate);
    let mut fields: Vec<_> = listed(other).into_iter().filter(told).collect();
    // The first column leads to the record: ten links that all say "done" tell nobody which is which, the day does.
    let order = other.noun.order.trim_start_matches('-');
    if fields.first().is_some_and(|first| first.name == "state")
        && let Some(at) = fields.iter().position(|candidate| candidate.name == order)
    {
        let day = fields.remove(at);
        fields.insert(0, day);
    }
    fields.truncate(5);
    Ok(RelatedView {
        heading: cx.word(&format!("{}.plural", other.noun.name)).to_owned(),
        total: words(&cx.app, cx.lang).put("ui.total", &thousands(page.total)),
        href: filters::address(other, query),
        columns: fields.iter().map(|field| rows::label(cx, other, field.name)).collect(),
        rows: views(cx, other, &page.rows, &fields, false).await?,
        empty: String::new(),
    })
}
