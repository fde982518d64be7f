//! A row of a file on its way to becoming a record: what was given, what is veiled, what is wrong.

use kit::{Cell, Kind, Noun, Refusal, Row};
use uuid::Uuid;

use super::Progress;
use super::columns::{Column, Columns};
use super::refs::{Lookups, short};
use crate::app::Cx;
use crate::sheet::{self, Mark, Table};

/// After so many rows others get their turn, and the reader hears how far it is.
pub const TURN: usize = 2048;

/// A set of fields, by their places in the field table; one number, because a roster has a hundred thousand of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fields(u128);

impl Fields {
    pub fn add(&mut self, index: usize) {
        self.0 |= Self::bit(index);
    }

    pub fn remove(&mut self, index: usize) {
        self.0 &= !Self::bit(index);
    }

    pub fn has(self, index: usize) -> bool {
        self.0 & Self::bit(index) != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(index: usize) -> u128 {
        u32::try_from(index).ok().and_then(|index| 1_u128.checked_shl(index)).unwrap_or(0)
    }
}

/// What a fault is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Row,
    Id,
    Field(usize),
    /// A column of the file, by its place there.
    Column(usize),
}

/// A row in the making.
pub struct Draft {
    /// Its place in the table, from 0.
    pub at: usize,
    /// Its row number in the file, from 1.
    pub number: u32,
    /// What the file says, as a new record.
    pub row: Row,
    /// The record that the row itself names.
    pub named: Option<Uuid>,
    /// Fields with a readable cell; an empty one empties the field.
    pub given: Fields,
    /// Fields whose cell is a mask.
    pub veiled: Fields,
    /// Fields about which something was said already.
    pub faulty: Fields,
    pub faults: Vec<(Spot, Refusal)>,
}

impl Draft {
    pub fn fault(&mut self, spot: Spot, refusal: Refusal) {
        if let Spot::Field(index) = spot {
            self.faulty.add(index);
            self.given.remove(index);
        }
        self.faults.push((spot, refusal));
    }
}

/// Everything that reading the rows needs.
pub struct Reader<'a> {
    pub cx: &'a Cx,
    pub noun: &'static Noun,
    pub columns: &'a Columns,
    pub lookups: &'a Lookups,
}

impl Reader<'_> {
    /// Reads every row; nothing stops at the first fault.
    pub async fn read(&self, table: &Table, progress: Progress<'_>) -> Vec<Draft> {
        let total = table.rows.len();
        let mut drafts = Vec::with_capacity(total);
        for (at, row) in table.rows.iter().enumerate() {
            // A row that says nothing in any column that is read (a total, a note, a reason) is no record.
            if self.columns.places().any(|column| !row.cell(column).is_empty()) {
                drafts.push(self.row(at, &row));
            }
            if at % TURN == TURN - 1 {
                progress("check", at as u64, 2 * total as u64);
                tokio::task::yield_now().await;
            }
        }
        drafts
    }

    fn row(&self, at: usize, line: &sheet::Row<'_>) -> Draft {
        let row = Row::blank(self.noun, self.cx.app.store.new_id(self.cx.now));
        let (given, veiled, faulty) = (Fields::default(), Fields::default(), Fields::default());
        let mut draft =
            Draft { at, number: line.number(), row, named: None, given, veiled, faulty, faults: Vec::new() };
        if line.excess() > 0 {
            draft.fault(Spot::Row, Refusal::new("io.more_cells").with("n", line.excess()));
        }
        // The first of them: moved away, all are.
        if let Some(at) = self.columns.surplus.iter().find(|at| !line.cell(**at).is_empty()) {
            draft.fault(Spot::Column(*at), Refusal::new("io.surplus").with("value", short(line.cell(*at))));
        }
        if let Some(text) = self.columns.id.map(|column| line.cell(column)).filter(|text| !text.is_empty()) {
            match text.parse() {
                Ok(id) => draft.named = Some(id),
                Err(_) => draft.fault(Spot::Id, Refusal::new("io.id_unknown").with("value", short(text))),
            }
        }
        for column in &self.columns.fields {
            self.cell(&mut draft, line, column);
        }
        draft
    }

    fn cell(&self, draft: &mut Draft, line: &sheet::Row<'_>, column: &Column) {
        let text = line.cell(column.at);
        let veiled = column.veiled(text) || self.lookups.get(column.index).is_some_and(|lookup| lookup.veiled(text));
        let read = match line.mark(column.at) {
            Mark::Error => Err(Refusal::at("io.error_cell", column.field.name).with("value", short(text))),
            Mark::Unsolved => Err(Refusal::at("io.unsolved", column.field.name)),
            // The digits are gone for good; only whoever has the original can say which they were.
            Mark::Lossy => Err(Refusal::at("io.lossy", column.field.name).with("value", short(text))),
            Mark::None if veiled => return draft.veiled.add(column.index),
            // Nobody can see a sealed value, so an empty cell is no wish to lose it.
            Mark::None if text.is_empty() && column.field.sealed.is_some() => return,
            Mark::None if text.is_empty() => Ok(Cell::Null),
            Mark::None if matches!(column.field.kind, Kind::Ref(_)) => match self.reference(draft, column, text) {
                // It names no record: it may be the code of the field beside.
                Some(Err(refusal)) if refusal.code == "value.unknown" && instead(draft, column, text) => Ok(Cell::Null),
                Some(read) => read,
                None => return draft.faulty.add(column.index),
            },
            Mark::None => column.read(text, self.cx.app.pretend),
        };
        match read {
            // Who has the record's id needs nothing told apart: what stands here is what he was shown.
            Err(_) if column.field.apart && draft.named.is_some() => {}
            Ok(cell) => {
                if !column.field.apart {
                    draft.given.add(column.index);
                }
                if let Some(slot) = draft.row.cells.get_mut(column.index) {
                    *slot = cell;
                }
            }
            Err(refusal) => draft.fault(Spot::Field(column.index), refusal),
        }
    }

    /// `None` when the record within which the name would mean something is itself unknown: that has been said.
    fn reference(&self, draft: &Draft, column: &Column, text: &str) -> Option<Result<Cell, Refusal>> {
        let Some(lookup) = self.lookups.get(column.index) else {
            return Some(Err(Refusal::at("value.reference", column.field.name).with("value", short(text))));
        };
        if lookup.depends().any(|index| draft.faulty.has(index)) {
            return None;
        }
        Some(lookup.find(self.cx, column.field, text, &draft.row).map(Cell::Id))
    }
}

/// Puts what a text means in the field beside a reference, unless another value stands there already. Answers whether it means anything there.
fn instead(draft: &mut Draft, column: &Column, text: &str) -> bool {
    let Some((index, code)) = column.instead(text) else { return false };
    let Some(slot) = draft.row.cells.get_mut(index).filter(|slot| slot.is_null() || **slot == code) else {
        return false;
    };
    *slot = code;
    draft.given.add(index);
    true
}
