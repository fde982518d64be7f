//! The records that a file speaks of and that exist already, found as a set: by id, by natural key, and beside their neighbours.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use kit::query::Query;
use kit::{Cell, Kind, Noun, Refusal, Row, Test};
use store::StoreError;
use uuid::Uuid;

use super::columns::{Columns, importable};
use super::draft::{Draft, Spot};
use crate::app::Cx;

/// Of so many schools the records are read at once.
const AT_ONCE: usize = 8;

/// The natural key of a record type; without one, all that can be typed is the key, so that the same file again changes nothing.
pub struct Key {
    pub noun: &'static Noun,
    pub fields: Vec<usize>,
}

impl Key {
    pub fn of(noun: &'static Noun) -> Self {
        let places = |wanted: fn(&kit::Field) -> bool| -> Vec<usize> {
            noun.fields.iter().enumerate().filter(|(_, field)| wanted(field)).map(|(at, _)| at).collect()
        };
        let keyed = places(|field| field.key);
        Self { noun, fields: if keyed.is_empty() { places(importable) } else { keyed } }
    }

    /// A row's key in comparable form; `None` when nothing of it is there.
    pub fn text(&self, cx: &Cx, row: &Row) -> Result<Option<String>, StoreError> {
        let mut text = String::new();
        let mut empty = true;
        for index in &self.fields {
            let part = comparable(cx, self.noun, *index, row)?;
            empty &= part.is_empty();
            text.push_str(&part);
            text.push('\u{1f}');
        }
        Ok((!empty).then_some(text))
    }
}

/// A cell as text that is equal exactly when the values are; of a sealed one its blind index.
pub fn comparable(cx: &Cx, noun: &'static Noun, index: usize, row: &Row) -> Result<String, StoreError> {
    let (Some(field), Some(cell)) = (noun.fields.get(index), row.cells.get(index)) else { return Ok(String::new()) };
    Ok(match (cell, field.sealed) {
        (Cell::Secret(plain), _) => cx.app.store.blind(field.name, plain)?,
        (Cell::Null, _) => String::new(),
        (_, Some(blind)) => row.get(noun, blind).text().unwrap_or_default().to_owned(),
        (cell, None) => plain_text(cell),
    })
}

fn plain_text(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) | Cell::Secret(text) => text.clone(),
        Cell::Id(id) => id.simple().to_string(),
        Cell::Null => String::new(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Int(int) => int.to_string(),
        Cell::Real(real) => {
            let mut text = String::new();
            // Writing into a String cannot fail. Fifteen digits are what a sheet keeps.
            let _ = write!(text, "{real:.12e}");
            text
        }
        Cell::Date(date) => date.to_string(),
    }
}

/// Whether what is given is what is there. A stored text that is not in its tidy form equals its tidy form.
pub fn same(cx: &Cx, noun: &'static Noun, index: usize, before: &Row, given: &Row) -> Result<bool, StoreError> {
    let (Some(old), Some(new)) = (before.cells.get(index), given.cells.get(index)) else { return Ok(true) };
    if old == new {
        return Ok(true);
    }
    match (old, new, noun.fields.get(index)) {
        (_, Cell::Secret(_), _) => Ok(comparable(cx, noun, index, before)? == comparable(cx, noun, index, given)?),
        (Cell::Real(_) | Cell::Int(_), Cell::Real(_) | Cell::Int(_), _) => {
            Ok(plain_text(&as_real(old)) == plain_text(&as_real(new)))
        }
        (Cell::Text(text), Cell::Text(_) | Cell::Null, Some(field)) if field.sealed.is_none() => {
            Ok(crate::parse::cell(field, text, cx.app.pretend).is_ok_and(|tidied| tidied == *new))
        }
        _ => Ok(false),
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers in a sheet are far below 2^53")]
fn as_real(cell: &Cell) -> Cell {
    match cell {
        Cell::Int(int) => Cell::Real(*int as f64),
        other => other.clone(),
    }
}

/// The records in the reader's scope that the file may mean.
pub struct Known {
    rows: HashMap<Uuid, Row>,
    keys: HashMap<String, Vec<Uuid>>,
    /// Those of the file's schools who have not left.
    present: Vec<Uuid>,
    /// Which row of the file took which record.
    taken: HashMap<Uuid, u32>,
}

impl Known {
    pub async fn load(cx: &Cx, key: &Key, columns: &Columns, drafts: &[Draft]) -> Result<Self, StoreError> {
        let noun = key.noun;
        let mut known = Self { rows: HashMap::new(), keys: HashMap::new(), present: Vec::new(), taken: HashMap::new() };
        let neighbours = neighbours(cx, noun, columns, drafts).await?;
        known.present = neighbours.iter().map(|row| row.id).collect();
        known.add(cx, key, neighbours)?;
        let named: Vec<_> =
            drafts.iter().filter_map(|draft| draft.named).filter(|id| !known.rows.contains_key(id)).collect();
        let named = cx.app.store.find_many(noun, &named, cx.scope()).await?;
        known.add(cx, key, named.into_values())?;
        if let Some((field, cells)) = probe(cx, key, drafts, &known.keys)? {
            let found = cx.app.store.find_by(noun, field, &cells, cx.scope()).await?;
            known.add(cx, key, found)?;
        }
        Ok(known)
    }

    fn add(&mut self, cx: &Cx, key: &Key, rows: impl IntoIterator<Item = Row>) -> Result<(), StoreError> {
        for row in rows {
            if self.rows.contains_key(&row.id) {
                continue;
            }
            if let Some(text) = key.text(cx, &row)? {
                self.keys.entry(text).or_default().push(row.id);
            }
            self.rows.insert(row.id, row);
        }
        Ok(())
    }

    /// Finds the record of each row and hands it over; `None` for a new one. What is wrong with that is said in the drafts.
    pub fn pair(&mut self, cx: &Cx, key: &Key, drafts: &mut [Draft]) -> Result<Vec<Option<Row>>, StoreError> {
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut pairs = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let whole = !key.fields.iter().any(|index| draft.faulty.has(*index) || draft.veiled.has(*index));
            let text = if whole { key.text(cx, &draft.row)? } else { None };
            let said = draft.faults.len();
            let before = match draft.named {
                Some(id) => self.by_id(draft, id),
                None => self.by_key(cx, key, draft, text.as_deref())?,
            };
            let kept = match &before {
                Some(row) => text.is_some() && key.text(cx, row)? == text,
                None => false,
            };
            // Whatever else is wrong with a row, its key is told with it: whoever mends the one is not sent back for the other.
            if let (Some(text), false, true) = (text, kept, draft.faults.len() == said) {
                match seen.get(&text) {
                    Some(other) => twice(cx, key, draft, *other),
                    None => _ = seen.insert(text, draft.number),
                }
            }
            pairs.push(before);
        }
        Ok(pairs)
    }

    fn by_id(&mut self, draft: &mut Draft, id: Uuid) -> Option<Row> {
        if let Some(other) = self.taken.get(&id) {
            draft.fault(Spot::Id, Refusal::new("io.twice").with("row", other));
            return None;
        }
        let row = self.rows.remove(&id);
        match &row {
            Some(_) => _ = self.taken.insert(id, draft.number),
            None => draft.fault(Spot::Id, Refusal::new("io.id_unknown").with("value", id)),
        }
        row
    }

    fn by_key(&mut self, cx: &Cx, key: &Key, draft: &mut Draft, text: Option<&str>) -> Result<Option<Row>, StoreError> {
        let ids = text.and_then(|text| self.keys.get(text)).map_or(&[][..], Vec::as_slice);
        let free: Vec<Uuid> = ids.iter().copied().filter(|id| self.rows.contains_key(id)).collect();
        let id = match (free.as_slice(), ids) {
            ([], []) => return Ok(None),
            ([], [first, ..]) => {
                let other = self.taken.get(first).copied().unwrap_or_default();
                twice(cx, key, draft, other);
                return Ok(None);
            }
            ([one], _) => *one,
            (several, _) => {
                let Some(id) = self.alike(cx, key.noun, several, draft)? else {
                    draft.fault(spot(key), Refusal::new("io.several_records").with("n", several.len()));
                    return Ok(None);
                };
                id
            }
        };
        self.taken.insert(id, draft.number);
        Ok(self.rows.remove(&id))
    }

    /// Of several records with one key, the one that already says what the row says.
    fn alike(&self, cx: &Cx, noun: &'static Noun, ids: &[Uuid], draft: &Draft) -> Result<Option<Uuid>, StoreError> {
        for id in ids {
            let Some(row) = self.rows.get(id) else { continue };
            let mut alike = true;
            for index in (0..noun.fields.len()).filter(|index| draft.given.has(*index)) {
                alike &= same(cx, noun, index, row, &draft.row)?;
            }
            if alike {
                return Ok(Some(*id));
            }
        }
        Ok(None)
    }

    /// Those who are there and whom no row of the file means.
    pub fn missing(mut self) -> Vec<Row> {
        self.present.iter().filter_map(|id| self.rows.remove(id)).collect()
    }
}

fn spot(key: &Key) -> Spot {
    key.fields.first().map_or(Spot::Row, |index| Spot::Field(*index))
}

/// A row with the key of another. No field of several is at fault by itself: the sentence names them all.
fn twice(cx: &Cx, key: &Key, draft: &mut Draft, other: u32) {
    if key.fields.len() == 1 {
        return draft.fault(spot(key), Refusal::new("io.twice").with("row", other));
    }
    // Where all fields together are the key, there are too many of them to name.
    if !key.noun.fields.iter().any(|field| field.key) {
        return draft.fault(Spot::Row, Refusal::new("io.twice").with("row", other));
    }
    let label = |index: &usize| {
        let field = key.noun.fields.get(*index)?;
        Some(cx.word(&format!("{}.{}", key.noun.name, field.name)).to_owned())
    };
    let fields: Vec<_> = key.fields.iter().filter_map(label).collect();
    let refusal = Refusal::new("io.twice_key").with("row", other).with("fields", fields.join(" / "));
    draft.fault(Spot::Row, refusal);
}

/// The present records of the schools in the file, where a record type knows leaving (离校、离职).
async fn neighbours(cx: &Cx, noun: &'static Noun, columns: &Columns, drafts: &[Draft]) -> Result<Vec<Row>, StoreError> {
    let parent = columns
        .fields
        .iter()
        .find(|column| matches!(column.field.kind, Kind::Ref(_)) && noun.scope.units.contains(&column.field.name));
    let (Some(parent), Some(_)) = (parent, noun.index("left_on")) else { return Ok(Vec::new()) };
    let ids: HashSet<Uuid> = drafts.iter().filter_map(|draft| draft.row.cells.get(parent.index)?.id()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = ids.into_iter().map(Cell::Id).collect();
    let mut rows = Vec::new();
    // A few schools at a time: what the driver holds of a whole county at once is several times the rows themselves.
    for schools in ids.chunks(AT_ONCE) {
        let query =
            Query::new().filter(parent.field.name, Test::OneOf(schools.to_vec())).not_ended("left_on", cx.today());
        rows.extend(cx.app.store.all(noun, &query, cx.scope()).await?);
    }
    Ok(rows)
}

/// By which column the records of the remaining keys are looked for, and its values.
fn probe(
    cx: &Cx,
    key: &Key,
    drafts: &[Draft],
    found: &HashMap<String, Vec<Uuid>>,
) -> Result<Option<(&'static str, Vec<Cell>)>, StoreError> {
    let sealed =
        key.fields.iter().find(|index| key.noun.fields.get(**index).is_some_and(|field| field.sealed.is_some()));
    let Some(index) = sealed.or(key.fields.first()).copied() else { return Ok(None) };
    let Some(field) = key.noun.fields.get(index) else { return Ok(None) };
    let mut cells: HashMap<String, Cell> = HashMap::new();
    for draft in drafts.iter().filter(|draft| draft.named.is_none()) {
        if key.text(cx, &draft.row)?.is_none_or(|text| found.contains_key(&text)) {
            continue;
        }
        let text = comparable(cx, key.noun, index, &draft.row)?;
        let cell = if field.sealed.is_some() {
            Cell::Text(text.clone())
        } else {
            draft.row.cells.get(index).cloned().unwrap_or(Cell::Null)
        };
        cells.insert(text, cell);
    }
    Ok(Some((field.sealed.unwrap_or(field.name), cells.into_values().collect())))
}
