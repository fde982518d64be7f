//! Writing workbooks with constant memory, row by row.

use std::io::Write;

use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::SheetError;
use super::guard::written;

/// A column of a list.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// The heading.
    pub heading: String,
    /// What to enter, shown as a note on the heading of a template.
    pub hint: String,
    /// Width in characters of the standard font (a Chinese character takes two); 0 = as wide as the heading needs.
    pub width: u16,
    /// The values allowed, when they are a list.
    pub choices: Vec<String>,
    /// Whether it must be filled in.
    pub required: bool,
    /// Digits that are no quantity (ID number, pupil number, telephone): the cells are text, nothing is rounded.
    pub text: bool,
}

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Out {
    /// A text, guarded by [`super::safe`].
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number; one that is not finite leaves the cell empty.
    Real(f64),
    /// A day.
    Date(NaiveDate),
    /// Nothing.
    Empty,
}

impl From<XlsxError> for SheetError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::RowColumnLimitError => Self::TooManyRows,
            XlsxError::IoError(error) => Self::Io(error),
            error => Self::Write(error.to_string()),
        }
    }
}

/// The looks of a cell.
pub(super) struct Looks {
    pub head: Format,
    pub must: Format,
    pub text: Format,
    pub date: Format,
    pub fault: Format,
    pub wrap: Format,
}

impl Looks {
    pub fn new() -> Self {
        let head = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_align(FormatAlign::VerticalCenter)
            .set_background_color(0x00DC_E9F5)
            .set_border_bottom(FormatBorder::Thin);
        Self {
            must: head.clone().set_background_color(0x00FC_E4C8),
            head,
            text: Format::new().set_num_format("@"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            fault: Format::new().set_num_format("@").set_background_color(0x00FF_C7CE),
            wrap: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// The heading row: bold, filled (another colour where required), frozen; widths and text columns set.
pub(super) fn head(sheet: &mut Worksheet, columns: &[Column], looks: &Looks) -> Result<(), SheetError> {
    for (at, column) in (0_u16..).zip(columns) {
        sheet.set_column_width(at, column_width(column))?;
        if column.text {
            sheet.set_column_format(at, &looks.text)?;
        }
    }
    for (at, column) in (0_u16..).zip(columns) {
        let look = if column.required { &looks.must } else { &looks.head };
        sheet.write_string_with_format(0, at, written(&column.heading), look)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The filter buttons, once the last row is known.
pub(super) fn filter(sheet: &mut Worksheet, columns: usize, last: u32) -> Result<(), SheetError> {
    if let Some(right) = columns.checked_sub(1).and_then(|c| u16::try_from(c).ok()) {
        sheet.autofilter(0, 0, last, right)?;
    }
    Ok(())
}

fn column_width(column: &Column) -> f64 {
    let wide = |c: char| if c.is_ascii() { 1 } else { 2 };
    let needed = || column.heading.chars().map(wide).sum::<u16>().saturating_add(4).clamp(8, 60);
    f64::from(if column.width == 0 { needed() } else { column.width.min(255) })
}

/// A workbook of one sheet in the making: its rows go to a file of the system's as they come, so that memory stays flat.
pub struct Book {
    workbook: Workbook,
    columns: Vec<Column>,
    looks: Looks,
    last: u32,
}

impl Book {
    /// The sheet with its headings.
    ///
    /// # Errors
    /// `Write` for a sheet name Excel refuses; `Io`.
    pub fn begin(sheet: &str, columns: Vec<Column>) -> Result<Self, SheetError> {
        let (mut workbook, looks) = (Workbook::new(), Looks::new());
        let page = workbook.add_worksheet_with_constant_memory()?;
        page.set_name(sheet)?;
        head(page, &columns, &looks)?;
        Ok(Self { workbook, columns, looks, last: 0 })
    }

    /// One more row.
    ///
    /// # Errors
    /// `TooManyRows`; `Write` for a text over 32,767 characters; `Io`.
    pub fn push(&mut self, row: Vec<Out>) -> Result<(), SheetError> {
        let (page, number) = (self.workbook.worksheet_from_index(0)?, self.last.saturating_add(1));
        for ((at, value), column) in (0_u16..).zip(row).zip(&self.columns) {
            put(page, (number, at), value, column, &self.looks)?;
        }
        self.last = number;
        Ok(())
    }

    /// The finished workbook.
    ///
    /// # Errors
    /// `Io`.
    pub fn finish(mut self, out: impl Write + Send) -> Result<(), SheetError> {
        filter(self.workbook.worksheet_from_index(0)?, self.columns.len(), self.last)?;
        self.workbook.save_to_writer(out)?;
        Ok(())
    }
}

/// Writes a list as a workbook of one sheet.
///
/// # Errors
/// As [`Book`].
pub fn write_xlsx(
    out: impl Write + Send,
    sheet: &str,
    columns: &[Column],
    rows: impl Iterator<Item = Vec<Out>>,
) -> Result<(), SheetError> {
    let mut book = Book::begin(sheet, columns.to_vec())?;
    for row in rows {
        book.push(row)?;
    }
    book.finish(out)
}

fn put(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    value: Out,
    column: &Column,
    looks: &Looks,
) -> Result<(), SheetError> {
    match value {
        Out::Text(text) => sheet.write_string(row, at, written(&text))?,
        // Excel keeps 15 digits of a number; a longer one stays whole only as text.
        Out::Int(i) if column.text || i.unsigned_abs() >= 1_000_000_000_000_000 => {
            sheet.write_string(row, at, i.to_string())?
        }
        #[expect(clippy::cast_precision_loss, reason = "below 10^15 every whole number is exact")]
        Out::Int(i) => sheet.write_number(row, at, i as f64)?,
        Out::Real(f) if f.is_finite() => sheet.write_number(row, at, f)?,
        Out::Date(day) => match serial(day) {
            Some(date) => sheet.write_datetime_with_format(row, at, date, &looks.date)?,
            None => sheet.write_string(row, at, day.format("%Y-%m-%d").to_string())?,
        },
        Out::Real(_) | Out::Empty => sheet,
    };
    Ok(())
}

/// The day as Excel counts it; none before 1900-03-01, where its calendar has a day (29 February 1900) that never was.
fn serial(day: NaiveDate) -> Option<ExcelDateTime> {
    if day < NaiveDate::from_ymd_opt(1900, 3, 1)? {
        return None;
    }
    let part = |n: u32| u8::try_from(n).ok();
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, part(day.month())?, part(day.day())?).ok()
}

/// One fault of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The column, from 0; none when the whole row is meant.
    pub column: Option<usize>,
    /// The reason, in the reader's language.
    pub message: String,
}

/// A row with faults, as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultyRow {
    /// The row number of the file.
    pub number: u32,
    /// The texts of its cells, one per heading.
    pub cells: Vec<String>,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// The words of the fault workbook.
#[derive(Debug, Clone)]
pub struct FaultWords {
    /// The name of the sheet.
    pub sheet: String,
    /// The heading of the first column: the row number of the original file.
    pub row: String,
    /// The heading of the last column: the reasons.
    pub reasons: String,
    /// What stands between two reasons.
    pub separator: String,
}

/// Writes the faulty rows only, with their original values as text, the faulty cells marked and the reasons at the end;
/// corrected, the workbook can be read again as it is.
///
/// When it is read back, `known` decides about the two extra columns: whoever calls should know their headings (so that
/// they count as headings of a narrow list) and leave the columns out.
///
/// # Errors
/// As [`write_xlsx`].
pub fn write_faults(
    out: impl Write + Send,
    words: &FaultWords,
    columns: &[Column],
    rows: impl Iterator<Item = FaultyRow>,
) -> Result<(), SheetError> {
    let looks = Looks::new();
    let extra = |heading: &str, width| Column { heading: heading.to_owned(), width, ..Column::default() };
    let mut all = vec![extra(&words.row, 10)];
    // Every value goes back as the text it was, so that nothing changes its form on the way.
    all.extend(columns.iter().map(|column| Column { text: true, ..column.clone() }));
    all.push(extra(&words.reasons, 60));
    let mut book = Workbook::new();
    let page = book.add_worksheet_with_constant_memory()?;
    page.set_name(&words.sheet)?;
    head(page, &all, &looks)?;
    let mut last = 0;
    for (at, row) in (1_u32..).zip(rows) {
        faulty(page, at, &row, columns, (words, &looks))?;
        last = at;
    }
    filter(page, all.len(), last)?;
    book.save_to_writer(out)?;
    Ok(())
}

fn faulty(
    sheet: &mut Worksheet,
    at: u32,
    row: &FaultyRow,
    columns: &[Column],
    (words, looks): (&FaultWords, &Looks),
) -> Result<(), SheetError> {
    sheet.write_number(at, 0, row.number)?;
    for (index, place) in (0..columns.len()).zip(1_u16..) {
        let text = row.cells.get(index).map(|text| written(text)).unwrap_or_default();
        if row.faults.iter().any(|fault| fault.column == Some(index)) {
            sheet.write_string_with_format(at, place, text, &looks.fault)?;
        } else {
            sheet.write_string(at, place, text)?;
        }
    }
    let reason = |fault: &Fault| match fault.column.and_then(|c| columns.get(c)) {
        Some(column) => format!("{}: {}", column.heading, fault.message),
        None => fault.message.clone(),
    };
    let reasons = row.faults.iter().map(reason).collect::<Vec<_>>().join(&words.separator);
    let right = u16::try_from(columns.len() + 1).map_err(|_| SheetError::Write("too many columns".to_owned()))?;
    // Excel's limit; nobody reads that far, and the column is not read back.
    sheet.write_string(at, right, written(&reasons.chars().take(8_000).collect::<String>()))?;
    Ok(())
}
