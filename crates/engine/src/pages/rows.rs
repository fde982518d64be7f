//! Records as lines of a table: labels of references and sealed values are read for all rows at once.

use std::collections::HashMap;

use kit::{Cell, Field, Kind as FieldKind, Row};
use store::StoreError;
use uuid::Uuid;

use crate::app::Cx;
use crate::area::Kind;
use crate::days;
use crate::show;
use crate::view::{CellKind, CellView, RowView, Tone};
use crate::web;

/// The field that says by when a case must be done, wherever a record type has one.
pub(super) const DUE: &str = "due_on";

/// The fields that stand in a list: first what a record is called, or whom it is about (on a telephone the heading of its card), then how far it has come.
pub(crate) fn listed(kind: &Kind) -> Vec<&'static Field> {
    let mut fields: Vec<_> = kind.noun.fields.iter().filter(|field| field.listed && !field.hidden).collect();
    let called = |field: &&Field| {
        kind.noun.title.contains(&field.name) && matches!(field.kind, FieldKind::Text { .. } | FieldKind::Long { .. })
    };
    let about = |field: &&Field| kind.noun.subject == Some(field.name);
    if let Some(at) = fields.iter().position(called).or_else(|| fields.iter().position(about)) {
        let name = fields.remove(at);
        fields.insert(0, name);
    }
    if let Some(at) = fields.iter().position(|field| field.name == "state").filter(|at| *at > 1) {
        let state = fields.remove(at);
        fields.insert(1, state);
    }
    fields
}

/// What of it a list shows to whoever chose nothing.
pub(crate) fn shown(kind: &Kind) -> Vec<&'static Field> {
    listed(kind).into_iter().filter(|field| !kind.spare.contains(&field.name)).collect()
}

/// What some rows say in some fields, read once for all of them.
pub(crate) struct Said {
    labels: HashMap<Uuid, String>,
    masked: HashMap<&'static str, Vec<String>>,
}

/// Reads what these rows say in these fields.
pub(crate) async fn said(cx: &Cx, kind: &Kind, rows: &[Row], fields: &[&'static Field]) -> Result<Said, StoreError> {
    let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    let mut masked = HashMap::new();
    for field in fields {
        if let FieldKind::Ref(target) = field.kind {
            wanted.entry(target).or_default().extend(rows.iter().filter_map(|row| row.get(kind.noun, field.name).id()));
        }
        if field.sealed.is_some() {
            masked.insert(field.name, show::masked(cx, kind.noun, field, rows).await?);
        }
    }
    wanted.retain(|_, ids| !ids.is_empty());
    Ok(Said { labels: web::labels(cx, wanted).await?, masked })
}

impl Said {
    /// The text of a field of the row at a place among those that were read.
    pub fn text(&self, cx: &Cx, kind: &Kind, at: usize, row: &Row, field: &Field) -> String {
        if let Some(masked) = self.masked.get(field.name) {
            return masked.get(at).cloned().unwrap_or_default();
        }
        match row.get(kind.noun, field.name) {
            Cell::Id(id) => self.labels.get(id).cloned().unwrap_or_else(|| cx.word("ui.unreadable").to_owned()),
            _ => show::told(cx, kind.noun, field, row),
        }
    }
}

/// The cells of one row.
fn cells(cx: &Cx, kind: &Kind, said: &Said, at: usize, row: &Row, fields: &[&'static Field]) -> Vec<CellView> {
    let cell = |field: &&'static Field| CellView {
        text: said.text(cx, kind, at, row, field),
        kind: look(cx, kind, row, field),
    };
    fields.iter().map(cell).collect()
}

fn look(cx: &Cx, kind: &Kind, row: &Row, field: &Field) -> CellKind {
    let cell = row.get(kind.noun, field.name);
    match field.kind {
        _ if cell.is_null() => CellKind::Text,
        _ if field.sealed.is_some() || !cx.sees(kind.noun, field) => CellKind::Masked,
        FieldKind::Choice(_) if field.name == "state" => CellKind::Badge(kind.tone(cell.text().unwrap_or_default())),
        FieldKind::Int { .. } if field.worded.is_some() => CellKind::Text,
        FieldKind::Int { .. } | FieldKind::Real { .. } => CellKind::Number,
        FieldKind::Date if field.name == DUE && late_by(cx, kind, row) > 0 => CellKind::Badge(Tone::Bad),
        FieldKind::Date if field.name == DUE => match cell.date() {
            Some(day) => CellKind::Day(days::note(cx, day, days::school_of(cx, kind.noun, row))),
            None => CellKind::Date,
        },
        FieldKind::Date => CellKind::Date,
        _ => CellKind::Text,
    }
}

/// The day by which something must be done, with its kind; any other text as it is.
pub(super) fn with_day(cx: &Cx, kind: &Kind, row: &Row, field: &Field, text: String) -> String {
    match row.get(kind.noun, field.name).date().filter(|_| field.name == DUE) {
        Some(day) => days::beside(cx, &text, day, days::school_of(cx, kind.noun, row)),
        None => text,
    }
}

/// Days by which a case that is not done has passed its day; 0 when it has not.
pub(super) fn late_by(cx: &Cx, kind: &Kind, row: &Row) -> i64 {
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    let waits = !kind.tones.is_empty() && !matches!(kind.tone(state), Tone::Good | Tone::Plain);
    let due = row.get(kind.noun, DUE).date().filter(|_| waits);
    due.map_or(0, |due| (cx.today() - due).num_days().max(0))
}

/// Rows as lines that lead to their records; with `pick`, each can be chosen.
pub(crate) async fn views(
    cx: &Cx,
    kind: &Kind,
    rows: &[Row],
    fields: &[&'static Field],
    pick: bool,
) -> Result<Vec<RowView>, StoreError> {
    let said = said(cx, kind, rows, fields).await?;
    let named = kind.called.is_some() && fields.first().is_some_and(|field| kind.noun.title.contains(&field.name));
    let line = |(at, row): (usize, &Row)| {
        let mut cells = cells(cx, kind, &said, at, row, fields);
        // The first cell carries the link: where its field is empty, or there is a better name, it says what the record is called.
        if let Some(first) = cells.first_mut().filter(|first| named || first.text.is_empty()) {
            first.text = title(cx, kind, row);
        }
        RowView { href: href(kind, row), cells, pick: pick.then(|| row.id.to_string()) }
    };
    Ok(rows.iter().enumerate().map(line).collect())
}

pub(crate) fn href(kind: &Kind, row: &Row) -> String {
    format!("/{}/{}", kind.noun.plural, row.id)
}

/// What a person calls a record, or at least what it is.
pub(crate) fn title(cx: &Cx, kind: &Kind, row: &Row) -> String {
    let title = show::title(cx, kind.noun, row);
    if title.is_empty() { cx.word(kind.noun.name).to_owned() } else { title }
}

/// The other records by whose names this one is called. A unit or a school needs no reading: the title itself says it.
pub(super) fn named_after(kind: &Kind) -> impl Iterator<Item = &'static Field> {
    let title = kind.noun.title;
    let read = |field: &&Field| matches!(field.kind, FieldKind::Ref(target) if !["unit", "school"].contains(&target));
    kind.noun.fields.iter().filter(move |field| title.contains(&field.name)).filter(read)
}

/// What records are called where they are read one by one: what is about a child and has no name of its own begins with the child's, as this
/// reader may read it. Three children who are missed are not three times the same day. So does what is called by another record's name.
pub(super) async fn named(cx: &Cx, kind: &Kind, rows: &[Row]) -> Result<Vec<String>, StoreError> {
    let words = |field: &Field| matches!(field.kind, FieldKind::Text { .. } | FieldKind::Long { .. });
    let own_name = kind.noun.fields.iter().any(|field| kind.noun.title.contains(&field.name) && words(field));
    let child = |field: &&Field| !field.hidden && crate::fresh::names_child(&cx.app, field);
    let subject = kind.noun.subject.and_then(|name| kind.noun.field(name));
    let subject = subject.or_else(|| kind.noun.fields.iter().find(child)).filter(|_| !own_name);
    let subject = subject.into_iter().filter(|field| matches!(field.kind, FieldKind::Ref(_)));
    let fields: Vec<_> = subject.chain(named_after(kind)).collect();
    let said = said(cx, kind, rows, &fields).await?;
    let line = |(at, row): (usize, &Row)| {
        let about = fields.iter().map(|field| said.text(cx, kind, at, row, field)).filter(|text| !text.is_empty());
        about.chain([title(cx, kind, row)]).collect::<Vec<_>>().join(" · ")
    };
    Ok(rows.iter().enumerate().map(line).collect())
}

/// The label of a field.
pub(crate) fn label(cx: &Cx, kind: &Kind, field: &str) -> String {
    cx.word(&format!("{}.{field}", kind.noun.name)).to_owned()
}
