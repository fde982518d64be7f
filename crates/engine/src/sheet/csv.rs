//! Comma-separated values (RFC 4180) with the encodings and delimiters met in practice.

use std::io::Write;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::guard::written;
use super::heading::{Gather, Sheet, score};
use super::table::{Line, Table};
use super::write::{Column, Out};
use super::{Known, SheetError, cell};

const DELIMITERS: [u8; 3] = *b",\t;";
/// Rows looked at to find the delimiter.
const SAMPLE: usize = 11;

/// Reads a text file.
pub(super) fn read(name: &str, bytes: &[u8], known: &Known<'_>) -> Result<Table, SheetError> {
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let named_text = ["", "csv", "txt", "tsv", "xls"].iter().any(|e| extension.eq_ignore_ascii_case(e));
    let text = match decode(bytes) {
        Some(text) if named_text && !binary(&text) => text,
        None if named_text && !bytes.contains(&0) => return Err(SheetError::Encoding),
        _ => return Err(SheetError::WrongType),
    };
    // One kind of line end, so that lines can be counted; the last line ends too.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.push('\n');
    let delimiter = delimiter(&text, known);
    if let Some(row) = unclosed(&text, delimiter) {
        return Err(SheetError::OpenQuote { row });
    }
    let mut gather = Gather::new(known);
    lines(&text, delimiter, |line| gather.push(line))?;
    match gather.finish(stem)? {
        Sheet::Table(table) => Ok(*table),
        Sheet::Other(seen) => Err(SheetError::NoHeadings { seen }),
        Sheet::Blank => Err(SheetError::Empty),
    }
}

/// The text in the first encoding that fits without a fault: by its mark, UTF-16 by its zero bytes, UTF-8, GB 18030
/// (which holds GBK and GB 2312, what Excel in China writes).
fn decode(bytes: &[u8]) -> Option<String> {
    let strict = |encoding: &'static Encoding, bytes| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes).map(std::borrow::Cow::into_owned)
    };
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return strict(encoding, bytes.get(length..)?);
    }
    let head = bytes.get(..4096).unwrap_or(bytes);
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    match (zeros(0), zeros(1)) {
        (0, 0) => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_owned()),
            Err(_) => strict(GB18030, bytes),
        },
        (high, low) if low > high => strict(UTF_16LE, bytes),
        _ => strict(UTF_16BE, bytes),
    }
}

/// Whether the text holds what no text file holds.
fn binary(text: &str) -> bool {
    text.starts_with("%PDF")
        || text.contains(|c: char| {
            c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\x0B' | '\x0C' | '\u{85}' | '\x1A')
        })
}

/// The delimiter with which the most headings are known.
fn delimiter(text: &str, known: &Known<'_>) -> u8 {
    let mut best = (0, b',');
    for candidate in DELIMITERS {
        let mut sample = Vec::new();
        let read = lines(text, candidate, |line| {
            sample.push(line.clone());
            Ok(sample.len() < SAMPLE)
        });
        let hits = read.map_or(0, |()| score(&sample, known));
        if hits > best.0 {
            best = (hits, candidate);
        }
    }
    best.1
}

/// Hands over the rows that are not blank until `take` has enough. Row numbers are those a spreadsheet program shows:
/// blank lines count, a line break inside quotation marks does not.
fn lines(
    text: &str,
    delimiter: u8,
    mut take: impl FnMut(&mut Line) -> Result<bool, SheetError>,
) -> Result<(), SheetError> {
    let mut reader =
        ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut record = ::csv::StringRecord::new();
    let mut line = Line::default();
    let mut before = reader.position().line();
    while reader.read_record(&mut record).map_err(|e| SheetError::Corrupt(e.to_string()))? {
        let inside = record.iter().map(|cell| cell.bytes().filter(|b| *b == b'\n').count() as u64).sum::<u64>();
        let after = reader.position().line();
        let advance = (after - before).saturating_sub(inside).max(1);
        before = after;
        line.number = line.number.saturating_add(u32::try_from(advance).unwrap_or(u32::MAX));
        line.cells.clear();
        line.width = Some(record.len());
        for (column, text) in record.iter().enumerate() {
            line.put(column, cell::string(digits_kept(text)))?;
        }
        if !line.cells.is_empty() && !take(&mut line)? {
            break;
        }
    }
    Ok(())
}

/// The text of `="000777"`, which programs write so that a spreadsheet keeps the zeros.
fn digits_kept(text: &str) -> &str {
    let inner = text.trim().strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).unwrap_or(text)
}

/// Where a reader of quotations is within a cell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Plain,
    Quoted,
    /// At the quotation mark that ends the quotation, or the first of two that stand for one.
    Closing,
    /// Blanks after it.
    Closed,
}

/// The row (as [`lines`] counts them) with a quotation that swallows what follows it: it goes on to the end of the file, or over several lines to
/// a mark that ends no cell, because there the next one opens.
fn unclosed(text: &str, delimiter: u8) -> Option<u32> {
    let (mut row, mut opened, mut broken) = (1_u32, 1, false);
    let mut place = Place::Start;
    for byte in text.bytes() {
        place = match (place, byte) {
            (Place::Quoted, b'"') => Place::Closing,
            (Place::Quoted, _) => {
                broken |= byte == b'\n';
                Place::Quoted
            }
            (Place::Closing, b'"') => Place::Quoted,
            (_, b'\n') => {
                row = row.saturating_add(1);
                Place::Start
            }
            (_, _) if byte == delimiter => Place::Start,
            (Place::Start, b'"') => {
                (opened, broken) = (row, false);
                Place::Quoted
            }
            (Place::Closing | Place::Closed, b' ') => Place::Closed,
            (Place::Closing | Place::Closed, _) if broken => return Some(opened),
            _ => Place::Plain,
        };
    }
    (place == Place::Quoted).then_some(opened)
}

/// Writes UTF-8 with its mark (else Excel takes it for GBK) and CR LF.
///
/// Excel shows a long number in a CSV file as `4.31E+17` whatever is done, so lists with ID numbers are better
/// exported as .xlsx; the file itself is exact.
///
/// # Errors
/// `Io` when the output fails.
pub fn write_csv(
    mut out: impl Write,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Out>>,
) -> Result<(), SheetError> {
    csv_head(&mut out, columns)?;
    csv_rows(out, rows)
}

/// The beginning of such a file: mark and headings.
///
/// # Errors
/// `Io` when the output fails.
pub fn csv_head(mut out: impl Write, columns: &[Column]) -> Result<(), SheetError> {
    out.write_all("\u{FEFF}".as_bytes())?;
    records(out, std::iter::once(columns.iter().map(|column| written(&column.heading))))
}

/// Some of its rows.
///
/// # Errors
/// `Io` when the output fails.
pub fn csv_rows(out: impl Write, rows: impl Iterator<Item = Vec<Out>>) -> Result<(), SheetError> {
    records(out, rows.map(|row| row.into_iter().map(text)))
}

fn records<R: Iterator<Item = String>>(out: impl Write, rows: impl Iterator<Item = R>) -> Result<(), SheetError> {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).flexible(true).from_writer(out);
    for row in rows {
        writer.write_record(row).map_err(|error| SheetError::Io(error.into()))?;
    }
    writer.flush()?;
    Ok(())
}

/// Only text is guarded: a negative number is a number.
fn text(value: Out) -> String {
    match value {
        Out::Text(text) => written(&text),
        Out::Int(i) => i.to_string(),
        Out::Real(f) if f.is_finite() => f.to_string(),
        Out::Date(day) => day.format("%Y-%m-%d").to_string(),
        Out::Real(_) | Out::Empty => String::new(),
    }
}
