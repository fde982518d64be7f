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
    // Both have the same headings, because the one was made from the other.
    let places: Vec<Option<usize>> = old
        .headings
        .iter()
        .map(|text| new.headings.iter().position(|other| other == text && !text.is_empty()))
        .collect();
    let told = Told::of(&old, new, line, &places).map_err(|faults| Stopped::Refused(Refused::Faults(faults)))?;
    Ok(written(&old, &told, &places).into_bytes())
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

fn written(old: &Table, told: &Told<'_>, places: &[Option<usize>]) -> String {
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
    put(old.heading_row, old.headings.iter().map(|cell| quoted(cell)).collect());
    for row in old.rows.iter() {
        let same = |corrected: &Row<'_>| {
            let mut places = places.iter().enumerate().filter_map(|(at, place)| Some((at, (*place)?)));
            places.all(|(at, place)| corrected.again(place) == row.again(at))
        };
        let corrected = told.corrected.get(&row.number());
        // What the workbook has no column for is wrong as long as nothing in the row was corrected.
        let excess = if corrected.is_none_or(same) { row.excess() } else { &[] };
        let cell = |(at, place): (usize, &Option<usize>)| match (corrected, place) {
            (Some(corrected), Some(place)) => quoted(&corrected.again(*place)),
            _ => quoted(&row.again(at)),
        };
        let cells = places.iter().enumerate().map(cell);
        put(row.number(), cells.chain(excess.iter().map(|text| quoted(text))).collect());
    }
    for row in &told.added {
        put(0, places.iter().map(|place| quoted(&place.map(|place| row.again(place)).unwrap_or_default())).collect());
    }
    text
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", crate::sheet::safe(cell).replace('"', "\"\""))
}
