//! Reading a file of any kind: what it is, is decided by its content and not by its name.

use std::collections::HashMap;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use calamine::{Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx, XlsxError};

use super::biff::{self, Notes};
use super::heading::{Gather, Sheet};
use super::merged::Merged;
use super::table::{Line, Table};
use super::zeros::{Zeros, twin};
use super::{Known, MAX_FILE, SheetError, cell, csv, unpack};

/// Reads the visible sheet of a file that has known headings; several with the same ones are refused.
///
/// # Errors
/// Every kind of [`SheetError`] but `Write`.
pub fn open(path: &Path, known: &Known<'_>) -> Result<Table, SheetError> {
    let mut bytes = Vec::new();
    // One byte more than is allowed tells a file that is too big from one that just fits, whatever its metadata say.
    std::fs::File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
    from_bytes(&name, &bytes, known)
}

/// Reads the same from memory, for uploads. `name` is the file's own name.
///
/// # Errors
/// Every kind of [`SheetError`] but `Write`.
pub fn from_bytes(name: &str, bytes: &[u8], known: &Known<'_>) -> Result<Table, SheetError> {
    if bytes.len() as u64 > MAX_FILE {
        return Err(SheetError::TooBig(bytes.len() as u64));
    }
    // The parsers of the binary formats do arithmetic on what the file says; a hostile file may make them panic.
    let result = catch_unwind(AssertUnwindSafe(|| match kind(bytes) {
        Kind::Nothing => Err(SheetError::Empty),
        Kind::Zip => xlsx(bytes, known),
        Kind::Compound => xls(bytes, known),
        Kind::Markup => Err(SheetError::Markup),
        Kind::Other => csv::read(name, bytes, known),
    }));
    result.unwrap_or_else(|_| Err(SheetError::Corrupt("the parser gave up".to_owned())))
}

enum Kind {
    Nothing,
    Zip,
    Compound,
    Markup,
    Other,
}

fn kind(bytes: &[u8]) -> Kind {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if text.is_empty() {
        Kind::Nothing
    } else if bytes.starts_with(b"PK") {
        Kind::Zip
    } else if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") {
        Kind::Compound
    } else if text.starts_with(b"<") {
        Kind::Markup
    } else {
        Kind::Other
    }
}

/// Goes through the visible sheets for the one that has known headings and rows below them. Others may stand beside it (notes, sums) and are
/// named: one may go on with the list and have no headings of its own.
fn only_table(
    sheets: &[String],
    known: &Known<'_>,
    mut read: impl FnMut(&str) -> Result<Sheet, SheetError>,
) -> Result<Table, SheetError> {
    let mut failure = SheetError::Empty;
    let mut found: Option<Table> = None;
    let mut others = Vec::new();
    let mut unread = Vec::new();
    for name in sheets {
        match read(name)? {
            Sheet::Table(table) => match &found {
                None => found = Some(*table),
                Some(_) if table.rows.is_empty() => {}
                Some(first) if !alike(first, &table, known) => unread.push(table.sheet),
                Some(first) if first.rows.is_empty() => found = Some(*table),
                Some(_) => others.push(table.sheet),
            },
            Sheet::Other(seen) => {
                if matches!(failure, SheetError::Empty) {
                    failure = SheetError::NoHeadings { seen };
                }
                unread.push(name.clone());
            }
            Sheet::Blank => {}
        }
    }
    let table = found.ok_or(failure)?;
    if others.is_empty() {
        return Ok(Table { unread, ..table });
    }
    others.insert(0, table.sheet);
    Err(SheetError::Several(others))
}

/// Whether a second sheet goes on with the list of the first: it has at least half of its known headings.
fn alike(first: &Table, second: &Table, known: &Known<'_>) -> bool {
    let own: Vec<_> = first.headings.iter().filter(|heading| known(heading)).collect();
    own.iter().filter(|heading| second.headings.contains(heading)).count() * 2 >= own.len()
}

fn visible(sheets: &[calamine::Sheet]) -> Vec<String> {
    let shown = |s: &&calamine::Sheet| s.visible == SheetVisible::Visible && s.typ == SheetType::WorkSheet;
    sheets.iter().filter(shown).map(|s| s.name.clone()).collect()
}

fn xlsx(bytes: &[u8], known: &Known<'_>) -> Result<Table, SheetError> {
    let merges = unpack::check(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(reading)?;
    if book.sheets_metadata().is_empty() {
        // An archive without a workbook in it: a document, slides, an .ods.
        return Err(SheetError::WrongType);
    }
    let sheets = visible(book.sheets_metadata());
    only_table(&sheets, known, |name| {
        let mut twin = twin(bytes, &mut book, name).map_err(reading)?;
        let mut zeros = twin.as_mut().map(|book| Zeros::of(book, name)).transpose().map_err(reading)?;
        // They stand behind the cells, so the sheet is gone through once more where there are any.
        let regions = if merges { book.merge_cells_by_sheet_name(name).unwrap_or_default() } else { Vec::new() };
        let mut cells = book.worksheet_cells_reader(name).map_err(reading)?;
        let mut gather = Gather::merged(known, Merged::of(regions));
        let mut line = Line::default();
        while let Some(found) = cells.next_cell_with_formula_metadata().map_err(reading)? {
            let (row, column) = found.pos;
            if row + 1 != line.number {
                if row + 1 < line.number {
                    return Err(SheetError::Corrupt("rows out of order".to_owned()));
                }
                if !gather.push(&mut line)? {
                    return gather.finish(name);
                }
                line.number = row + 1;
                line.cells.clear();
            }
            let width = zeros.as_mut().map_or(Ok(0), |zeros| zeros.at(found.pos)).map_err(reading)?;
            let shown = cell::padded(cell::solved(&found.value, found.formula.as_ref()), width);
            line.put(column as usize, shown)?;
        }
        gather.push(&mut line)?;
        gather.finish(name)
    })
}

fn xls(bytes: &[u8], known: &Known<'_>) -> Result<Table, SheetError> {
    // An encrypted .xlsx is a compound file with a stream of this name (MS-OFFCRYPTO).
    let package: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if bytes.windows(package.len()).any(|w| w == package) {
        return Err(SheetError::Encrypted);
    }
    let notes = biff::notes(bytes)?;
    let mut book = Xls::new(Cursor::new(bytes)).map_err(|error| match error {
        XlsError::Password => SheetError::Encrypted,
        error => SheetError::Corrupt(error.to_string()),
    })?;
    let none = Notes::default();
    let places: HashMap<String, usize> =
        (0..).zip(book.sheets_metadata()).map(|(at, s)| (s.name.clone(), at)).collect();
    let sheets = visible(book.sheets_metadata());
    only_table(&sheets, known, |name| {
        let range = book.worksheet_range(name).map_err(|e| SheetError::Corrupt(e.to_string()))?;
        let notes = places.get(name).and_then(|at| notes.get(*at)).unwrap_or(&none);
        let (top, left) = range.start().unwrap_or_default();
        let regions = book.merge_cells_by_sheet_name(name).unwrap_or_default();
        let mut gather = Gather::merged(known, Merged::of(regions));
        for (at, row) in (top..).zip(range.rows()) {
            let mut line = Line { number: at + 1, ..Line::default() };
            // Of two cells in one place the first stays.
            for column in notes.unsolved(at) {
                line.put(column as usize, cell::unsolved())?;
            }
            for (column, value) in (left..).zip(row) {
                let shown = cell::padded(cell::text(&cell::borrowed(value)), notes.width((at, column)));
                line.put(column as usize, shown)?;
            }
            if !gather.push(&mut line)? {
                break;
            }
        }
        gather.finish(name)
    })
}

fn reading(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Encrypted,
        XlsxError::RowNumberOverflow => SheetError::TooManyRows,
        XlsxError::CellError(value) => SheetError::ErrorValue(value),
        error => SheetError::Corrupt(error.to_string()),
    }
}
