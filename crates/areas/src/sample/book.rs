//! The book in which the county's records are written down before anything is stored: changes by instant and record type.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kit::{Cell, Change, Noun, Row, dates};
use uuid::Uuid;

/// Changes at most in one batch, so that no transaction holds the whole county in memory twice.
const TOGETHER: usize = 20_000;

/// Changes that belong together: one author, one instant.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The account that did it; `None` for the program itself.
    pub actor: Option<Uuid>,
    pub changes: Vec<Change>,
}

/// Records in order of time, and within an instant by record type, so that one statement can hold many.
#[derive(Default)]
pub struct Book {
    pages: BTreeMap<(i64, u8), Vec<Change>>,
    /// Steps of cases, each with its own author.
    pub steps: Vec<Batch>,
}

/// Before 2020 the county kept no records here: what is older was taken over on that morning.
pub const START: NaiveDate = match NaiveDate::from_ymd_opt(2020, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// Eight in the morning of a day, or of the first day of the records.
pub fn morning(day: NaiveDate) -> i64 {
    dates::shanghai_start(day.max(START)) + 8 * 3_600_000
}

impl Book {
    /// A new record; `rank` orders the record types of one instant.
    pub fn create(&mut self, day: NaiveDate, rank: u8, noun: &'static Noun, row: Row) {
        self.pages.entry((morning(day), rank)).or_default().push(Change::create(noun, "create", row));
    }

    /// A later change of a record; answers the record as it is then.
    pub fn edit(&mut self, day: NaiveDate, rank: u8, noun: &'static Noun, before: Row, cells: &[(&str, Cell)]) {
        let mut after = before.clone();
        for (field, cell) in cells {
            after.set(noun, field, cell.clone());
        }
        self.pages.entry((morning(day), rank)).or_default().push(Change::update(noun, "edit", before, after));
    }

    /// Everything in order of time.
    pub fn batches(self) -> Vec<Batch> {
        let mut batches: Vec<Batch> = Vec::new();
        for ((at, _), changes) in self.pages {
            for change in changes {
                match batches.last_mut() {
                    Some(last) if last.at == at && last.changes.len() < TOGETHER => last.changes.push(change),
                    _ => batches.push(Batch { at, actor: None, changes: vec![change] }),
                }
            }
        }
        batches.extend(self.steps);
        // Stable: steps of one instant stay in their order.
        batches.sort_by_key(|batch| batch.at);
        batches
    }
}

/// A record from its cells by name.
pub fn row<const N: usize>(noun: &Noun, id: Uuid, cells: [(&str, Cell); N]) -> Row {
    let mut row = Row { version: 1, ..Row::blank(noun, id) };
    for (field, cell) in cells {
        debug_assert!(noun.index(field).is_some(), "{} has no field {field}", noun.name);
        row.set(noun, field, cell);
    }
    row
}

pub fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

pub fn secret(text: impl Into<String>) -> Cell {
    Cell::Secret(text.into())
}

pub fn maybe_id(id: Option<Uuid>) -> Cell {
    id.map_or(Cell::Null, Cell::Id)
}

pub fn maybe_date(date: Option<NaiveDate>) -> Cell {
    date.map_or(Cell::Null, Cell::Date)
}

/// A day that is known to exist; the first day of the records where it does not.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(START)
}
