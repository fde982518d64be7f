//! The two steps of an import.

use std::collections::HashMap;

use axum::body::Bytes;
use kit::{Cell, Lang, Refusal, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::Progress;
use super::columns::{Columns, Headings, importable};
use super::known::{Key, comparable};
use super::plan::{self, Fault, Plan};
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::save::{self, Refused};
use crate::sheet::{self, SheetError, Table};

/// After so many changes the planner of the database is told.
const MANY: usize = 5_000;

/// Why there is no plan.
#[derive(Debug)]
pub enum Stopped {
    /// The file cannot be read as a table.
    Sheet(SheetError),
    /// The import cannot begin.
    Refused(Refused),
}

impl Stopped {
    /// Every reason as a refusal, for those who tell all of them alike.
    pub fn refused(self) -> Refused {
        match self {
            Self::Sheet(error) => refusal_of(&error).into(),
            Self::Refused(refused) => refused,
        }
    }
}

/// What a sheet's error tells its reader.
pub fn refusal_of(error: &SheetError) -> Refusal {
    let refusal = Refusal::new(error.code());
    match error {
        SheetError::NoHeadings { seen } => refusal.with("seen", seen.join(" | ")),
        SheetError::Several(sheets) => refusal.with("list", sheets.join(" / ")),
        SheetError::OpenQuote { row } => refusal.with("row", row),
        SheetError::LongCell { row, column } => refusal.with("row", row).with("column", column),
        SheetError::ErrorValue(value) => refusal.with("value", value),
        _ => refusal,
    }
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub missing: usize,
}

fn allowed(cx: &Cx, kind: &Kind) -> Result<(), Refused> {
    if !cx.may(kind.noun.name, "read") {
        return Err(Refused::Missing);
    }
    if !cx.may(kind.noun.name, "import") || !kind.noun.fields.iter().any(importable) {
        return Err(Refused::Forbidden);
    }
    Ok(())
}

/// Reads a file of any kind that sheets come in, checks all of it, and says what it would do. Nothing is written.
pub async fn read_and_plan(
    cx: &Cx,
    kind: &Kind,
    name: &str,
    bytes: impl Into<Bytes>,
    progress: Progress<'_>,
) -> Result<Plan, Stopped> {
    progress("read", 0, 1);
    let table = read(cx, kind, name, bytes.into()).await?;
    progress("read", 1, 1);
    plan::build(cx, kind, table, progress).await.map_err(Stopped::Refused)
}

/// A file as a table, read where it holds up nobody else.
pub(super) async fn read(cx: &Cx, kind: &Kind, name: &str, bytes: Bytes) -> Result<Table, Stopped> {
    allowed(cx, kind).map_err(Stopped::Refused)?;
    let headings = Headings::of(&cx.app.words, kind.noun);
    let name = name.to_owned();
    let read = move || sheet::from_bytes(&name, &bytes, &|text| headings.find(text).is_some());
    let table =
        tokio::task::spawn_blocking(read).await.map_err(|_| Stopped::Refused(Refused::Broken(StoreError::Closed)))?;
    table.map_err(Stopped::Sheet)
}

/// Does what a plan says, in one transaction: all of it or, with a single fault, nothing.
///
/// A value that turns out to be taken by a record that the importer cannot see is written into the plan's faults, with its row.
pub async fn carry_out(cx: &Cx, kind: &Kind, plan: &mut Plan, progress: Progress<'_>) -> Result<Summary, Refused> {
    allowed(cx, kind)?;
    if !plan.faults.is_empty() {
        return Err(Refused::Faults(plan.faults.iter().map(|fault| fault.refusal.clone()).collect()));
    }
    let changes = std::mem::take(&mut plan.changes);
    let summary =
        Summary { new: plan.new, changed: plan.changed, unchanged: plan.unchanged, missing: plan.missing.len() };
    let total = changes.len();
    if total == 0 {
        return Ok(summary);
    }
    // The same file sent again changes nothing: what would change something under a number that was used is another file.
    if cx.app.store.carried_out(cx.request).await? {
        return Err(Refusal::new("request.other").into());
    }
    progress("write", 0, total as u64);
    let facts = plan.facts.clone();
    // Which row has taken another's key of several parts cannot be told by one of them.
    let several = kind.noun.keys().count() > 1;
    let written: Vec<_> = changes.iter().filter(|_| several).map(|change| change.after.clone()).collect();
    match save::commit(cx, kind, changes, &facts).await {
        Ok(_) => {
            if total > MANY {
                cx.app.store.tidy_up().await?;
            }
            progress("write", total as u64, total as u64);
            Ok(summary)
        }
        Err(Refused::Faults(refusals)) => {
            for refusal in &refusals {
                blame(cx, kind, plan, (refusal, &written)).await?;
            }
            Err(Refused::Faults(refusals))
        }
        Err(refused) => Err(refused),
    }
}

/// Finds the rows whose value another record, or another row, has taken.
async fn blame(cx: &Cx, kind: &Kind, plan: &mut Plan, (refusal, written): (&Refusal, &[Row])) -> Result<(), Refused> {
    let noun = kind.noun;
    let named = refusal.args.iter().find(|(name, _)| *name == "field").map(|(_, field)| field.as_str());
    let index = named.and_then(|field| noun.index(field));
    let Some((index, field)) = index.and_then(|index| Some((index, noun.fields.get(index)?))) else { return Ok(()) };
    if field.key && !written.is_empty() {
        return blame_whole(cx, kind, plan, (index, written)).await;
    }
    let columns = Columns::of(&cx.app.words, noun, &plan.table)?;
    let Some(column) = columns.fields.iter().find(|column| column.index == index) else { return Ok(()) };
    let mut firsts: HashMap<String, (usize, Uuid)> = HashMap::new();
    let mut cells = Vec::new();
    let mut at_fault: Vec<usize> = Vec::new();
    for (at, id) in &plan.origins {
        let text = plan.table.rows.get(*at).map_or("", |row| row.cell(column.at));
        let Ok(cell) = column.read(text, cx.app.pretend) else { continue };
        let mut row = kit::Row::blank(noun, *id);
        row.set(noun, field.name, cell.clone());
        let value = comparable(cx, noun, index, &row)?;
        if value.is_empty() {
            continue;
        }
        if firsts.contains_key(&value) {
            at_fault.push(*at);
            continue;
        }
        cells.push(if field.sealed.is_some() { Cell::Text(value.clone()) } else { cell });
        firsts.insert(value, (*at, *id));
    }
    for row in cx.app.store.find_by(noun, field.sealed.unwrap_or(field.name), &cells, &Scope::county()).await? {
        let first = firsts.get(&comparable(cx, noun, index, &row)?);
        at_fault.extend(first.filter(|(_, id)| *id != row.id).map(|(at, _)| *at));
    }
    at_fault.sort_unstable();
    let fault = |at: usize| {
        Some(Fault {
            row: plan.table.rows.get(at)?.number(),
            column: Some(column.at),
            refusal: Refusal::new("io.taken"),
        })
    };
    let faults: Vec<_> = at_fault.into_iter().filter_map(fault).collect();
    plan.faults.extend(faults);
    Ok(())
}

/// The same where several fields together are the key: each of them stands in many records, and only all of them are one.
async fn blame_whole(cx: &Cx, kind: &Kind, plan: &mut Plan, (index, written): (usize, &[Row])) -> Result<(), Refused> {
    let (noun, key) = (kind.noun, Key::of(kind.noun));
    let Some(field) = noun.fields.get(index) else { return Ok(()) };
    let (mut cells, mut firsts, mut found) = (HashMap::new(), HashMap::new(), Vec::new());
    for row in written {
        let Some(text) = key.text(cx, row)? else { continue };
        if firsts.contains_key(&text) {
            found.push((row.id, "record.taken"));
            continue;
        }
        firsts.insert(text, row.id);
        let part = comparable(cx, noun, index, row)?;
        let cell = if field.sealed.is_some() { Cell::Text(part.clone()) } else { row.get(noun, field.name).clone() };
        cells.insert(part, cell);
    }
    let cells: Vec<_> = cells.into_values().collect();
    for other in cx.app.store.find_by(noun, field.sealed.unwrap_or(field.name), &cells, &Scope::county()).await? {
        let first = key.text(cx, &other)?.and_then(|text| firsts.get(&text).copied());
        let code = if cx.scope().sees(noun, &other) { "record.taken" } else { "record.taken_elsewhere" };
        found.extend(first.filter(|id| *id != other.id).map(|id| (id, code)));
    }
    let fault = |(at, id): &(usize, Uuid)| {
        let &(_, code) = found.iter().find(|(row, _)| row == id)?;
        Some(Fault { row: plan.table.rows.get(*at)?.number(), column: None, refusal: Refusal::new(code) })
    };
    let faults: Vec<_> = plan.origins.iter().filter_map(fault).collect();
    plan.faults.extend(faults);
    Ok(())
}

/// A fault as a sentence. One about a field that the file has no column for says which field.
pub fn message(app: &App, lang: Lang, kind: &Kind, fault: &Fault) -> String {
    let text = app.text(lang, &fault.refusal);
    match (fault.column, fault.refusal.field) {
        (None, Some(field)) => {
            let label = app.words.get(lang, &format!("{}.{field}", kind.noun.name)).to_owned();
            app.words.fill(lang, "io.about", &[("n", label), ("m", text)])
        }
        _ => text,
    }
}
