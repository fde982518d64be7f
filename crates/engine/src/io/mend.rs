//! Corrections into the file that they correct: a workbook of faults holds the faulty rows only, and nothing of its file was
//! imported, so the corrected rows go back to their places and the whole file is tried again. The workbook bears a tag of its file, by
//! which the two find each other again whoever has them: in the browser, a day later, or at the command line.

use std::collections::{HashMap, HashSet};

use axum::body::Bytes;
use kit::Refusal;

use super::Progress;
use super::columns::{Headings, Place};
use super::import::{Stopped, read, read_and_plan};
use super::plan::Plan;
use crate::app::Cx;
use crate::area::Kind;
use crate::save::Refused;
use crate::sheet::{Row, Table};

/// Letters of a tag.
const TAG: usize = 12;

/// What a workbook of a file's faults bears in the name of its sheet: the beginning of the file's hash.
pub fn tag(original: &[u8]) -> String {
    let mut hash = crate::auth::digest_of(original);
    hash.truncate(TAG);
    hash
}

/// The tags in the name of a sheet or a file.
pub fn tags(name: &str) -> impl Iterator<Item = &str> {
    let hex = |letter: char| letter.is_ascii_digit() || ('a'..='f').contains(&letter);
    name.split(move |letter| !hex(letter)).filter(|piece| piece.len() == TAG)
}

/// Whether a table is a workbook of faults: its rows alone are not the file that they come from.
pub fn is_of_faults(cx: &Cx, kind: &Kind, table: &Table) -> bool {
    corrects(cx, kind, table).is_some()
}

/// A file with the corrections of the workbooks of its faults, one after the other, checked. Each is given with its name.
///
/// # Errors
/// `io.no_faults` when one is no such workbook, `io.other_file` when it is another file's.
pub async fn corrected(
    cx: &Cx,
    kind: &Kind,
    (name, original): (&str, Bytes),
    corrections: Vec<(String, Bytes)>,
    progress: Progress<'_>,
) -> Result<Plan, Stopped> {
    let refused = |code| Stopped::Refused(Refusal::new(code).into());
    let own = tag(&original);
    let (mut name, mut whole) = (name.to_owned(), original);
    for (by, bytes) in corrections {
        let table = read(cx, kind, &by, bytes).await?;
        let line = corrects(cx, kind, &table).ok_or_else(|| refused("io.no_faults"))?;
        let mut borne = tags(&table.sheet).chain(tags(&by)).peekable();
        if borne.peek().is_some() && !borne.any(|tag| tag == own) {
            return Err(refused("io.other_file"));
        }
        whole = mend(cx, kind, (&name, whole), (&table, line)).await?.into();
        // The name says what it now is: text.
        name = format!("{}.csv", name.trim_end_matches(".csv"));
    }
    read_and_plan(cx, kind, &name, whole, progress).await
}

/// Where a workbook of faults has the row numbers of its file; `None` when the table is none.
pub fn corrects(cx: &Cx, kind: &Kind, table: &Table) -> Option<usize> {
    let headings = Headings::of(&cx.app.words, kind.noun);
    table.headings.iter().position(|text| headings.find(text) == Some(Place::Line))
}

/// The original with the corrected rows in their places and new ones below, as CSV whose row numbers are those of the original. `line` is where
/// the corrections have those.
pub async fn mend(
    cx: &Cx,
    kind: &Kind,
    original: (&str, Bytes),
    (new, line): (&Table, usize),
) -> Result<Vec<u8>, Stopped> {
    let old = read(cx, kind, original.0, original.1).await?;
    let sides = Sides::of(&Headings::of(&cx.app.words, kind.noun), &old, new);
    let told = Told::of(&old, new, line, &sides.places).map_err(|faults| Stopped::Refused(Refused::Faults(faults)))?;
    Ok(written(&old, &told, &sides).into_bytes())
}

/// Where a workbook of faults has the columns of its file.
struct Sides {
    /// For each column of the file. Both have the same headings, because the one was made from the other.
    places: Vec<Option<usize>>,
    /// What a row had more than its heading row.
    surplus: Vec<usize>,
}

impl Sides {
    fn of(headings: &Headings, old: &Table, new: &Table) -> Self {
        let mut free: HashMap<&str, Vec<usize>> = HashMap::new();
        // From behind, so that the first of several alike is the next to be taken.
        for (at, text) in new.headings.iter().enumerate().rev().filter(|(_, text)| !text.is_empty()) {
            free.entry(text).or_default().push(at);
        }
        let places = old.headings.iter().map(|text| free.get_mut(text.as_str())?.pop()).collect();
        let left = free.into_iter().filter(|(text, _)| headings.find(text) == Some(Place::Surplus));
        let mut surplus: Vec<usize> = left.flat_map(|(_, places)| places).collect();
        surplus.sort_unstable();
        Self { places, surplus }
    }

    /// The cells of a row of the file, corrected or as they were, in the columns of the file; what is too much stands behind them.
    fn cells(&self, old: Option<Row<'_>>, corrected: Option<Row<'_>>, breadth: usize) -> Vec<String> {
        let cell = |(at, place): (usize, &Option<usize>)| match (corrected, place) {
            (Some(corrected), Some(place)) => corrected.again(*place),
            _ => old.map(|old| old.again(at)).unwrap_or_default(),
        };
        let mut cells: Vec<_> = self.places.iter().enumerate().map(cell).map(|text| quoted(&text)).collect();
        // What the workbook has no column for is wrong as long as nothing in the row was corrected.
        let kept = corrected.is_none_or(|new| self.surplus.is_empty() && old.is_some_and(|old| self.same(old, new)));
        let beyond = old.into_iter().flat_map(Row::beyond).filter(|(at, _)| kept || *at < breadth);
        let surplus =
            self.surplus.iter().enumerate().filter_map(|(at, place)| Some((breadth + at, corrected?.cell(*place))));
        for (at, text) in beyond.chain(surplus).filter(|(_, text)| !text.is_empty()) {
            cells.resize(cells.len().max(at + 1), String::new());
            if let Some(slot) = cells.get_mut(at) {
                *slot = quoted(text);
            }
        }
        cells
    }

    fn same(&self, old: Row<'_>, new: Row<'_>) -> bool {
        let mut both = self.places.iter().enumerate().filter_map(|(at, place)| Some((at, (*place)?)));
        both.all(|(at, place)| new.again(place) == old.again(at))
    }
}

/// What a workbook of faults says: the rows that it corrects, by their numbers, and those that it adds.
struct Told<'a> {
    corrected: HashMap<u32, Row<'a>>,
    added: Vec<Row<'a>>,
}

impl<'a> Told<'a> {
    /// A row without a number is a new one. One whose number is no row's of the file, or another's too, is refused: dropped without a word, it
    /// would be missing from the roster.
    fn of(old: &Table, new: &'a Table, line: usize, places: &[Option<usize>]) -> Result<Self, Vec<Refusal>> {
        let numbers: HashSet<u32> = old.rows.iter().map(|row| row.number()).collect();
        let mut told = Self { corrected: HashMap::new(), added: Vec::new() };
        let mut faults = Vec::new();
        for row in new.rows.iter() {
            let empty = places.iter().flatten().all(|place| row.cell(*place).is_empty());
            let text = row.cell(line);
            let mut fault = |code| {
                faults.push(Refusal::new(code).with("row", row.number()).with("value", super::refs::short(text)));
            };
            match text.parse::<u32>() {
                // A remark below the rows; what was wrong with the whole file.
                _ if empty && text.is_empty() => {}
                Ok(number) if empty && number == old.heading_row => {}
                _ if text.is_empty() => told.added.push(row),
                Ok(number) if told.corrected.contains_key(&number) => fault("io.row_twice"),
                Ok(number) if numbers.contains(&number) => _ = told.corrected.insert(number, row),
                _ => fault("io.row_unknown"),
            }
        }
        if faults.is_empty() { Ok(told) } else { Err(faults) }
    }
}

fn written(old: &Table, told: &Told<'_>, sides: &Sides) -> String {
    let mut text = String::new();
    let mut number = 1;
    let mut put = |at: u32, cells: Vec<String>| {
        // Empty lines count as rows of a sheet, so every row keeps its number.
        while number < at {
            text.push('\n');
            number += 1;
        }
        text.push_str(&cells.join(","));
        text.push('\n');
        number += 1;
    };
    let breadth = old.rows.breadth();
    let mut headings: Vec<_> = old.headings.iter().map(|cell| quoted(cell)).collect();
    // Columns without a heading are columns.
    headings.resize(breadth.max(headings.len()), String::new());
    put(old.heading_row, headings);
    for row in old.rows.iter() {
        put(row.number(), sides.cells(Some(row), told.corrected.get(&row.number()).copied(), breadth));
    }
    for row in &told.added {
        put(0, sides.cells(None, Some(*row), breadth));
    }
    text
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", crate::sheet::safe(cell).replace('"', "\"\""))
}
