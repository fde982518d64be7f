//! What the reader of .xls does not tell about a cell: the zeros that its format shows, and that its formula was never calculated. Both stand in the
//! records of the workbook ([MS-XLS] 2.4, and BIFF5 before it), which are gone through once more.

use std::collections::{BTreeSet, HashMap};
use std::io::{Cursor, Error, Read};

use super::SheetError;
use super::zeros::width;

/// The records that are looked at, by their numbers.
mod kind {
    pub const FORMULA: u16 = 0x0006;
    pub const EOF: u16 = 0x000A;
    pub const FILE_PASS: u16 = 0x002F;
    pub const BOUND_SHEET: u16 = 0x0085;
    pub const MUL_RK: u16 = 0x00BD;
    pub const R_STRING: u16 = 0x00D6;
    pub const XF: u16 = 0x00E0;
    pub const LABEL_SST: u16 = 0x00FD;
    pub const DIMENSIONS: u16 = 0x0200;
    pub const NUMBER: u16 = 0x0203;
    pub const LABEL: u16 = 0x0204;
    pub const BOOL_ERR: u16 = 0x0205;
    pub const STRING: u16 = 0x0207;
    pub const RK: u16 = 0x027E;
    pub const FORMAT: u16 = 0x041E;
    pub const BOF: u16 = 0x0809;
}

/// The version in a [`kind::BOF`] from which texts have two bytes of length and may be UTF-16.
const BIFF8: u16 = 0x0600;

/// Cells from the first to the last that holds something, in all sheets together. The reader keeps each of them, the empty ones included, and two cells
/// in opposite corners are enough for thirty million.
const MAX_AREA: usize = 8_000_000;
/// Rows and columns of a sheet of this format.
const ROWS: u32 = 65_536;
const COLUMNS: u32 = 256;

/// What has to be known about the cells of a sheet beside their values; rows and columns from 0.
#[derive(Default)]
pub(super) struct Notes {
    widths: HashMap<(u32, u32), usize>,
    unsolved: BTreeSet<(u32, u32)>,
    cells: Span,
    formulas: Span,
}

/// The first and the last row and column that hold something.
#[derive(Default, Clone, Copy)]
struct Span(Option<[(u32, u32); 2]>);

impl Span {
    fn add(&mut self, (row, column): (u32, u32)) {
        let [(top, left), (bottom, right)] = self.0.unwrap_or([(row, column); 2]);
        self.0 = Some([(top.min(row), left.min(column)), (bottom.max(row), right.max(column))]);
    }

    /// How many cells that are; more than there can be in one that goes beyond the sheet.
    fn area(self) -> usize {
        let Some([(top, left), (bottom, right)]) = self.0 else { return 0 };
        let area = (bottom - top + 1) as usize * (right - left + 1) as usize;
        if bottom < ROWS && right < COLUMNS { area } else { usize::MAX }
    }
}

impl Notes {
    /// How many digits the cell shows at least.
    pub fn width(&self, at: (u32, u32)) -> usize {
        self.widths.get(&at).copied().unwrap_or(0)
    }

    /// The columns of a row whose formulas have no result.
    pub fn unsolved(&self, row: u32) -> impl Iterator<Item = u32> {
        self.unsolved.range((row, 0)..=(row, u32::MAX)).map(|(_, column)| *column)
    }

    fn cell(&mut self, widths: &[usize], at: (u32, u32), style: u16) {
        self.cells.add(at);
        if let Some(width) = widths.get(usize::from(style)).filter(|width| **width > 0) {
            self.widths.insert(at, *width);
        }
    }
}

/// Whether a sheet says that it is larger than sheets are.
fn oversized(data: &[u8]) -> bool {
    let long = |at: usize| data.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
    data.len() > 10 && (long(4) > ROWS || short(data, 10).is_some_and(|right| u32::from(right) > COLUMNS))
}

/// The notes of every sheet, in the order of the workbook.
///
/// # Errors
/// `Encrypted`; `WrongType` where the file holds no workbook but another program's document; `Bomb` where its cells are too far apart; `Corrupt`.
pub(super) fn notes(bytes: &[u8]) -> Result<Vec<Notes>, SheetError> {
    let damaged = |error: Error| SheetError::Corrupt(error.to_string());
    let mut file = cfb::CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let name = ["Workbook", "Book"].into_iter().find(|name| file.is_stream(name)).ok_or(SheetError::WrongType)?;
    let mut stream = Vec::new();
    file.open_stream(name).and_then(|mut records| records.read_to_end(&mut stream)).map_err(damaged)?;
    let (widths, sheets) = globals(&stream)?;
    let (mut notes, mut area) = (Vec::new(), 0_usize);
    for from in sheets {
        let sheet = of_sheet(stream.get(from..).unwrap_or_default(), &widths);
        area = area.saturating_add(sheet.cells.area()).saturating_add(sheet.formulas.area());
        if area > MAX_AREA {
            return Err(SheetError::Bomb);
        }
        notes.push(sheet);
    }
    Ok(notes)
}

/// Kind and content of each record; one that is cut off is the last.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (kind, length) = (short(self.0, 0)?, short(self.0, 2)?);
        let (record, rest) = self.0.split_at_checked(4 + usize::from(length))?;
        self.0 = rest;
        Some((kind, record.get(4..)?))
    }
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn place(bytes: &[u8]) -> Option<(u32, u32)> {
    Some((short(bytes, 0)?.into(), short(bytes, 2)?.into()))
}

/// How many digits each style shows at least, and where each sheet begins. Behind a password nothing is what it seems.
fn globals(stream: &[u8]) -> Result<(Vec<usize>, Vec<usize>), SheetError> {
    let (mut formats, mut styles, mut sheets) = (HashMap::new(), Vec::new(), Vec::new());
    let mut version = BIFF8;
    for (kind, data) in Records(stream) {
        match kind {
            kind::FILE_PASS => return Err(SheetError::Encrypted),
            kind::BOF => version = short(data, 0).unwrap_or(BIFF8),
            kind::FORMAT => formats.extend(short(data, 0).zip(format(data.get(2..).unwrap_or_default(), version))),
            kind::XF => styles.push(short(data, 2).unwrap_or(0)),
            kind::BOUND_SHEET => {
                let from = data.get(..4).and_then(|bytes| bytes.try_into().ok()).map_or(u32::MAX, u32::from_le_bytes);
                sheets.push(usize::try_from(from).unwrap_or(usize::MAX));
            }
            kind::EOF => break,
            _ => {}
        }
    }
    let digits = |format: &u16| formats.get(format).copied().unwrap_or(0);
    Ok((styles.iter().map(digits).collect(), sheets))
}

/// How many digits the format shows at least. All that matters in one is ASCII.
fn format(text: &[u8], version: u16) -> Option<usize> {
    let code: String = match (version, text) {
        (BIFF8, [_, _, flags, rest @ ..]) if flags & 1 == 1 => rest
            .chunks_exact(2)
            .map(|unit| if unit.get(1) == Some(&0) { char::from(*unit.first().unwrap_or(&0)) } else { '?' })
            .collect(),
        (BIFF8, [_, _, _, rest @ ..]) | (_, [_, rest @ ..]) => rest.iter().map(|byte| char::from(*byte)).collect(),
        _ => return None,
    };
    Some(width(&code))
}

fn of_sheet(stream: &[u8], widths: &[usize]) -> Notes {
    let mut notes = Notes::default();
    // Charts within a sheet have records like its cells'.
    let mut depth = 0_usize;
    let mut awaited = None;
    for (kind, data) in Records(stream) {
        let cell = || place(data).zip(short(data, 4));
        match kind {
            kind::BOF => depth += 1,
            kind::EOF if depth <= 1 => break,
            kind::EOF => depth -= 1,
            _ if depth > 1 => {}
            // The reader makes room for what is announced here before it has seen a cell.
            kind::DIMENSIONS if oversized(data) => notes.cells.add((ROWS, COLUMNS)),
            kind::NUMBER | kind::RK | kind::LABEL | kind::LABEL_SST | kind::R_STRING | kind::BOOL_ERR => {
                if let Some((at, style)) = cell() {
                    notes.cell(widths, at, style);
                }
            }
            kind::MUL_RK => {
                let Some((row, first)) = place(data) else { continue };
                let cells = data.get(4..).unwrap_or_default().chunks_exact(6);
                for (column, style) in (first..).zip(cells.filter_map(|cell| short(cell, 0))) {
                    notes.cell(widths, (row, column), style);
                }
            }
            kind::FORMULA => {
                let Some((at, style)) = cell() else { continue };
                notes.cell(widths, at, style);
                notes.formulas.add(at);
                awaited = result(data, &mut notes, at);
            }
            kind::STRING => {
                if let Some(at) = awaited.take() {
                    notes.unsolved.remove(&at);
                }
            }
            _ => {}
        }
    }
    notes
}

/// Notes a formula without a result; answers its place if that is a text, which stands in a record of its own.
///
/// Programs that do not calculate (Apache POI) leave a zero or nothing and ask for a calculation on opening. One that says so and has another
/// result was calculated, and one that does not say so means its zero.
fn result(data: &[u8], notes: &mut Notes, at: (u32, u32)) -> Option<(u32, u32)> {
    let value = data.get(6..14)?;
    let on_opening = short(data, 14)? & 2 != 0;
    match value {
        [0, .., 0xFF, 0xFF] => {
            notes.unsolved.insert(at);
            return Some(at);
        }
        [3, .., 0xFF, 0xFF] | [0, 0, 0, 0, 0, 0, 0, 0] if on_opening => _ = notes.unsolved.insert(at),
        _ => {}
    }
    None
}
