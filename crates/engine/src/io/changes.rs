//! What an import would do, record by record and field by field: whoever confirms it knows whose records become what. Page, interface and
//! command line tell the same.

use std::collections::HashMap;

use kit::{Cell, Change, Field, Row};
use store::StoreError;
use uuid::Uuid;

use super::plan::Plan;
use super::refs;
use crate::app::Cx;
use crate::area::Kind;
use crate::pages::rows::{self, Said};
use crate::show;

/// A record that would be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The row of the file.
    pub row: u32,
    /// By its number, where it has one, and its name: a number that has lost its zeros is seen.
    pub record: String,
}

/// A field of a record that would say something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The row of the file.
    pub row: u32,
    pub id: Uuid,
    pub record: String,
    /// The field's name, and what people call it.
    pub field: &'static str,
    pub label: String,
    pub old: String,
    pub new: String,
}

/// A record of the same schools that the file does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    pub id: Uuid,
    pub record: String,
}

/// What would be done, as this reader may see it: the first of each, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    pub added: Vec<Added>,
    pub changes: Vec<Changed>,
    /// How many changed fields there are beside those that are listed.
    pub more: usize,
    pub missing: Vec<Missing>,
}

/// The first of what a plan would do, at most so many of each. Of a file with faults nothing is done: what it would change is said once it has none.
///
/// # Errors
/// The store.
pub async fn preview(cx: &Cx, kind: &Kind, plan: &Plan, most: usize) -> Result<Preview, StoreError> {
    if !plan.faults.is_empty() {
        return Ok(Preview::default());
    }
    let places: HashMap<Uuid, usize> = plan.origins.iter().map(|(at, id)| (*id, *at)).collect();
    let mut changes: Vec<_> = plan.changes.iter().collect();
    changes.sort_by_key(|change| places.get(&change.after.id));
    let number = |change: &Change| {
        let row = places.get(&change.after.id).and_then(|at| plan.table.rows.get(*at));
        row.map_or(0, |row| row.number())
    };
    let new = changes.iter().filter(|change| change.before.is_none()).take(most);
    let added =
        new.map(|change| Added { row: number(change), record: refs::label(cx, kind.noun, &change.after) }).collect();
    let (changes, more) = changed(cx, kind, &changes, &number, most).await?;
    let missing = plan.missing.iter().take(most);
    let missing = missing.map(|row| Missing { id: row.id, record: refs::label(cx, kind.noun, row) }).collect();
    Ok(Preview { added, changes, more, missing })
}

/// The first fields that would say something else, and how many there are beside them.
async fn changed(
    cx: &Cx,
    kind: &Kind,
    changes: &[&Change],
    number: &(impl Fn(&Change) -> u32 + Sync),
    most: usize,
) -> Result<(Vec<Changed>, usize), StoreError> {
    let fields: Vec<_> = kind.noun.fields.iter().filter(|field| !field.hidden).collect();
    let count = |change: &Change| fields.iter().filter(|field| differs(kind, change, field)).count();
    let total: usize = changes.iter().map(|change| count(change)).sum();
    let known: Vec<_> =
        changes.iter().filter_map(|change| Some((*change, change.before.clone()?))).take(most).collect();
    let (before, after): (Vec<Row>, Vec<Row>) =
        known.iter().map(|(change, before)| (before.clone(), change.after.clone())).unzip();
    let said = [rows::said(cx, kind, &before, &fields).await?, rows::said(cx, kind, &after, &fields).await?];
    let mut lines = Vec::new();
    for (place, (change, old)) in known.iter().enumerate() {
        for field in fields.iter().filter(|field| differs(kind, change, field)) {
            lines.push(Changed {
                row: number(change),
                id: old.id,
                record: rows::title(cx, kind, old),
                field: field.name,
                label: rows::label(cx, kind, field.name),
                old: text(cx, kind, &said[0], (place, old), field),
                new: text(cx, kind, &said[1], (place, &change.after), field),
            });
        }
    }
    lines.truncate(most);
    let more = total - lines.len();
    Ok((lines, more))
}

fn differs(kind: &Kind, change: &Change, field: &Field) -> bool {
    change
        .before
        .as_ref()
        .is_some_and(|before| before.get(kind.noun, field.name) != change.after.get(kind.noun, field.name))
}

/// What is to be sealed is not yet: it is masked as it will be.
fn text(cx: &Cx, kind: &Kind, said: &Said, (at, row): (usize, &Row), field: &Field) -> String {
    match row.get(kind.noun, field.name) {
        Cell::Secret(clear) => show::mask(field, clear),
        Cell::Null => String::new(),
        _ => said.text(cx, kind, at, row, field),
    }
}
