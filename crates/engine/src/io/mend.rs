//! Corrections into the file that they correct: a workbook of faults holds the faulty rows only, and nothing of its file was
//! imported, so the corrected rows go back to their places and the whole file is tried again.

use std::collections::HashMap;

use axum::body::Bytes;

use super::columns::{Headings, Place};
use super::import::{Stopped, read};
use crate::app::Cx;
use crate::area::Kind;
use crate::sheet::{Row, Table};

/// Where a workbook of faults has the row numbers of its file; `None` when the table is none.
pub fn corrects(cx: &Cx, kind: &Kind, table: &Table) -> Option<usize> {
    let headings = Headings::of(&cx.app.words, kind.noun);
    table.headings.iter().position(|text| headings.find(text) == Some(Place::Line))
}

/// The original with the corrected rows in their places, as CSV whose row numbers are those of the original. `line` is where
/// the corrections have those.
pub async fn mend(
    cx: &Cx,
    kind: &Kind,
    original: (&str, Bytes),
    (new, line): (&Table, usize),
) -> Result<Vec<u8>, Stopped> {
    let old = read(cx, kind, original.0, original.1).await?;
    let rows: HashMap<u32, Row<'_>> =
        new.rows.iter().filter_map(|row| Some((row.cell(line).parse().ok()?, row))).collect();
    // Both have the same headings, because the one was made from the other.
    let places: Vec<Option<usize>> = old
        .headings
        .iter()
        .map(|text| new.headings.iter().position(|other| other == text && !text.is_empty()))
        .collect();
    Ok(written(&old, &rows, &places).into_bytes())
}

fn written(old: &Table, rows: &HashMap<u32, Row<'_>>, places: &[Option<usize>]) -> String {
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
        let corrected = rows.get(&row.number());
        let cell = |(at, place): (usize, &Option<usize>)| match (corrected, place) {
            (Some(corrected), Some(place)) => quoted(&corrected.again(*place)),
            _ => quoted(&row.again(at)),
        };
        put(row.number(), places.iter().enumerate().map(cell).collect());
    }
    text
}

fn quoted(cell: &str) -> String {
    format!("\"{}\"", crate::sheet::safe(cell).replace('"', "\"\""))
}
