//! The table that reading gives: headings and a compact store of rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{MAX_CELL, MAX_ROWS, SheetError};

/// All text of a sheet and its places together, in bytes; more is not a list that people keep. Also keeps the offsets within `u32`.
const MAX_TEXT: usize = 512 * 1024 * 1024;

/// What has to be said about the content of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Nothing.
    None,
    /// A number of more than 15 digits: stored as a number, so the last digits are lost (an ID number, 身份证号).
    Lossy,
    /// An error value such as `#REF!`, or `#N/A` from a lookup.
    Error,
    /// A formula whose result is not stored, as programs write it that do not calculate: what it would say is not known, so it is not empty.
    Unsolved,
}

/// One sheet with its headings.
#[derive(Debug)]
pub struct Table {
    /// The name of the sheet; of a CSV file the file's own.
    pub sheet: String,
    /// One per column; a label the caller knows as the caller knows it, else the tidied text, empty without heading.
    pub headings: Vec<String>,
    /// The row of the (lowest) heading row in the file, from 1.
    pub heading_row: u32,
    /// The rows below the headings that are not blank.
    pub rows: Rows,
    /// The visible sheets of the same workbook that hold something and were not read.
    pub unread: Vec<String>,
}

impl Table {
    /// The columns (from 0) that hold something and have no heading.
    pub fn nameless(&self) -> Vec<usize> {
        let nameless = self.headings.iter().enumerate().filter(|(_, text)| text.is_empty()).map(|(at, _)| at);
        let filled = |at: &usize| self.rows.iter().any(|row| !row.cell(*at).is_empty());
        nameless.filter(filled).chain(self.rows.stray.iter().copied()).collect()
    }
}

/// The rows: one long text and the end of each cell in it, about 4 bytes more than the text itself per cell.
#[derive(Debug, Default)]
pub struct Rows {
    width: usize,
    text: String,
    ends: Vec<u32>,
    numbers: Vec<u32>,
    /// Row number, column and mark, ascending.
    marks: Vec<(u32, usize, Mark)>,
    /// How many cells the heading row itself has, where each row says how many it has (CSV).
    limit: Option<usize>,
    /// Columns beyond the headings that hold something.
    stray: BTreeSet<usize>,
    /// What stands beyond the headings, by row number and column, ascending.
    beyond: Vec<(u32, usize, String)>,
    /// Its bytes.
    spare: usize,
}

/// A row on its way in: the cells that hold something, by column.
#[derive(Debug, Default, Clone)]
pub(super) struct Line {
    pub number: u32,
    pub cells: Vec<(usize, String, Mark)>,
    /// How many cells the row has, the empty ones included, where the file says so.
    pub width: Option<usize>,
}

impl Line {
    /// The text in a column; empty when there is none.
    pub fn at(&self, column: usize) -> &str {
        self.cells.iter().find(|(c, ..)| *c == column).map_or("", |(_, text, _)| text)
    }

    /// Adds a cell unless it is empty.
    pub fn put(&mut self, column: usize, (text, mark): (String, Mark)) -> Result<(), SheetError> {
        // A UTF-16 unit takes at most three bytes of UTF-8 (four for a pair), so most cells need no counting.
        if text.len() > MAX_CELL && text.encode_utf16().count() > MAX_CELL {
            return Err(SheetError::LongCell { row: self.number, column: column + 1 });
        }
        if !text.is_empty() {
            self.cells.push((column, text, mark));
        }
        Ok(())
    }
}

impl Rows {
    pub(super) fn new(width: usize, limit: Option<usize>) -> Self {
        Self { width, limit: limit.map(|limit| limit.max(width)), ..Self::default() }
    }

    /// Adds a row; one without anything below the headings is blank and left out.
    pub(super) fn push(&mut self, line: &mut Line) -> Result<(), SheetError> {
        let mut beyond: Vec<_> = line.cells.extract_if(.., |(column, ..)| *column >= self.width).collect();
        let limit = self.limit.unwrap_or(usize::MAX);
        self.stray.extend(beyond.iter().map(|(column, ..)| *column).filter(|column| *column < limit));
        if line.cells.is_empty() {
            return Ok(());
        }
        // A million rows of a cell each take little room in a file, and a great deal here below thousands of headings.
        let ends = (self.ends.len() + self.width) * size_of::<u32>();
        let spare = self.spare + self.beyond.len() * size_of::<(u32, usize, String)>();
        if self.text.len() + ends + spare > MAX_TEXT {
            return Err(SheetError::Bomb);
        }
        beyond.sort_by_key(|(column, ..)| *column);
        for (column, text, _) in beyond {
            self.spare += text.len();
            self.beyond.push((line.number, column, text));
        }
        if line.number > MAX_ROWS {
            return Err(SheetError::TooManyRows);
        }
        // Stable, so of two cells that claim one place the first stays.
        line.cells.sort_by_key(|(column, ..)| *column);
        line.cells.dedup_by_key(|(column, ..)| *column);
        let mut cells = line.cells.iter().peekable();
        for column in 0..self.width {
            if let Some((_, text, mark)) = cells.next_if(|(c, ..)| *c == column) {
                self.text.push_str(text);
                if *mark != Mark::None {
                    self.marks.push((line.number, column, *mark));
                }
            }
            self.ends.push(u32::try_from(self.text.len()).map_err(|_| SheetError::Bomb)?);
        }
        self.numbers.push(line.number);
        Ok(())
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many columns, those without heading included.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A row by its place in the list, from 0.
    pub fn get(&self, index: usize) -> Option<Row<'_>> {
        self.numbers.get(index).map(|number| Row { rows: self, index, number: *number })
    }

    /// All rows in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        self.numbers.iter().enumerate().map(|(index, number)| Row { rows: self, index, number: *number })
    }

    /// Every cell with something to say about it: row number of the file, column from 0, mark; ascending.
    pub fn marks(&self) -> &[(u32, usize, Mark)] {
        &self.marks
    }

    /// How many columns a row has before it has too many: those of the heading row where the file says how many each row has, else up to the last
    /// that holds something.
    pub fn breadth(&self) -> usize {
        self.limit.unwrap_or_else(|| self.stray.last().map_or(self.width, |last| last + 1))
    }

    /// Bytes held, for measurements.
    pub fn bytes(&self) -> usize {
        self.text.capacity() + 4 * (self.ends.capacity() + self.numbers.capacity())
    }
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
    index: usize,
    number: u32,
}

impl<'a> Row<'a> {
    /// The row number of the file, from 1, as the program that made it shows it.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The text of a column, from 0; empty beyond the headings.
    pub fn cell(&self, column: usize) -> &'a str {
        if column >= self.rows.width {
            return "";
        }
        let at = self.index * self.rows.width + column;
        let end = |i: usize| self.rows.ends.get(i).map_or(0, |e| *e as usize);
        let start = if at == 0 { 0 } else { end(at - 1) };
        self.rows.text.get(start..end(at)).unwrap_or_default()
    }

    /// All cells, one per heading.
    pub fn cells(self) -> impl ExactSizeIterator<Item = &'a str> {
        (0..self.rows.width).map(move |column| self.cell(column))
    }

    /// The text of a column as it is written for somebody who reads it again: what had to be said about it will be said again.
    pub fn again(&self, column: usize) -> Cow<'a, str> {
        match self.mark(column) {
            Mark::Lossy => Cow::Owned(super::cell::lossy(self.cell(column))),
            // The formula itself would be read again as a text.
            Mark::Unsolved => Cow::Borrowed(super::cell::NOT_AVAILABLE),
            Mark::None | Mark::Error => Cow::Borrowed(self.cell(column)),
        }
    }

    /// What stands beyond the headings: the columns that hold something and their texts.
    pub fn beyond(self) -> impl Iterator<Item = (usize, &'a str)> {
        let from = self.rows.beyond.partition_point(|(row, ..)| *row < self.number);
        let own = self.rows.beyond.iter().skip(from).take_while(move |(row, ..)| *row == self.number);
        own.map(|(_, column, text)| (*column, text.as_str()))
    }

    /// How many cells the row has more than the heading row, where the file says how many each has.
    pub fn excess(&self) -> usize {
        let limit = self.rows.limit.unwrap_or(usize::MAX);
        self.beyond().last().map_or(0, |(column, _)| (column + 1).saturating_sub(limit))
    }

    /// What has to be said about a cell.
    pub fn mark(&self, column: usize) -> Mark {
        let found = self.rows.marks.binary_search_by_key(&(self.number, column), |(row, col, _)| (*row, *col));
        found.ok().and_then(|i| self.rows.marks.get(i)).map_or(Mark::None, |m| m.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_too_wide_for_memory_are_refused_before_room_is_made_for_them() {
        let line = || Line { number: 2, cells: vec![(0, "x".to_owned(), Mark::None)], width: None };
        assert!(matches!(Rows::new(200_000_000, None).push(&mut line()), Err(SheetError::Bomb)));
        assert!(Rows::new(16_384, None).push(&mut line()).is_ok());
    }
}
