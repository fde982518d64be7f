//! Spreadsheets in and out: .xlsx, .xls and .csv as plain tables of text.
//!
//! This module knows nothing of the database or of fields. Reading finds the heading row among the headings the
//! caller knows and hands every cell over as text with the row number of the file; writing takes plain columns.
//! Excel's own limits are those of ECMA-376 and the Excel specifications: 1,048,576 rows, 32,767 characters in a cell.
//!
//! **Formula injection.** Every text we write passes [`safe`], every text we read passes [`unsafe_prefix_removed`].

mod biff;
mod cell;
mod csv;
mod guard;
mod heading;
mod merged;
mod read;
mod table;
mod template;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_biff;
#[cfg(test)]
pub(crate) mod tests_foreign;
#[cfg(test)]
mod tests_write;
mod unpack;
mod write;
mod zeros;

pub use self::csv::{csv_head, csv_rows, write_csv};
pub use self::guard::{safe, unsafe_prefix_removed};
pub use self::read::{from_bytes, open};
pub use self::table::{Mark, Row, Rows, Table};
pub use self::template::{TemplateWords, template};
pub use self::write::{Book, Column, Fault, FaultWords, FaultyRow, Out, write_faults, write_xlsx};

/// A heading label the caller knows: asked with the text of a cell, tidied.
pub type Known<'a> = dyn Fn(&str) -> bool + 'a;

/// Rows of one sheet, headings included (the limit of Excel, ECMA-376).
pub const MAX_ROWS: u32 = 1_048_576;
/// Columns of one sheet (the limit of Excel, ECMA-376).
pub const MAX_COLUMNS: usize = 16_384;
/// Bytes of a file on disk or of an upload.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;
/// Bytes of all entries of a workbook together when unpacked.
pub const MAX_UNPACKED: u64 = 1_500_000_000;
/// UTF-16 units in one cell (Excel's 32,767, less one for the guard of [`safe`]).
pub const MAX_CELL: usize = 32_766;

/// Why a file could not be read or written. The `Display` text is for the log; people get the words of [`SheetError::code`].
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The file or the output stream failed.
    #[error("the file cannot be read or written: {0}")]
    Io(#[from] std::io::Error),
    /// More than [`MAX_FILE`] bytes.
    #[error("the file has {0} bytes, more than {MAX_FILE}")]
    TooBig(u64),
    /// The entries unpack to more than is sensible (a "zip bomb").
    #[error("the file unpacks to more than is allowed")]
    Bomb,
    /// More than [`MAX_ROWS`] rows.
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// The file is protected by a password.
    #[error("the file is encrypted")]
    Encrypted,
    /// A damaged workbook.
    #[error("the file is damaged: {0}")]
    Corrupt(String),
    /// Nothing in the file.
    #[error("the file is empty")]
    Empty,
    /// Not a spreadsheet, or one of a kind that is not read (.ods, .xlsb).
    #[error("not a spreadsheet that can be read")]
    WrongType,
    /// A web page or an XML document named .xls, as many older systems export it; Excel can save it as .xlsx.
    #[error("a web page or XML document, not a workbook")]
    Markup,
    /// A text file in no encoding that is known here.
    #[error("the text is neither UTF-8, UTF-16 nor GB 18030")]
    Encoding,
    /// No heading row within the first rows; with what stood in the likeliest one.
    #[error("no heading row found; the first row with several cells was {seen:?}")]
    NoHeadings {
        /// The texts of the row that looked most like headings.
        seen: Vec<String>,
    },
    /// Several sheets with the same headings: a sheet for each grade. To read one of them would lose the others without a word.
    #[error("several sheets hold a list: {0:?}")]
    Several(Vec<String>),
    /// A quotation in a CSV file that is never closed, or only by the mark that opens another: the rows below are within it.
    #[error("row {row}: a quotation is not closed")]
    OpenQuote {
        /// The row of the file in which it opens, from 1.
        row: u32,
    },
    /// A cell longer than [`MAX_CELL`].
    #[error("row {row}, column {column}: the cell is too long")]
    LongCell {
        /// The row of the file, from 1.
        row: u32,
        /// The column, from 1.
        column: usize,
    },
    /// A newer kind of error value (such as `#SPILL!`) that the reader cannot place.
    #[error("a cell holds the error value {0}")]
    ErrorValue(String),
    /// The workbook could not be made.
    #[error("the workbook cannot be made: {0}")]
    Write(String),
}

impl SheetError {
    /// A stable code, the key of the message in every language.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Io(_) => "sheet.io",
            Self::TooBig(_) => "sheet.too_big",
            Self::Bomb => "sheet.bomb",
            Self::TooManyRows => "sheet.too_many_rows",
            Self::Encrypted => "sheet.encrypted",
            Self::Corrupt(_) => "sheet.corrupt",
            Self::Empty => "sheet.empty",
            Self::WrongType => "sheet.wrong_type",
            Self::Markup => "sheet.markup",
            Self::Encoding => "sheet.encoding",
            Self::NoHeadings { .. } => "sheet.no_headings",
            Self::Several(_) => "sheet.several",
            Self::OpenQuote { .. } => "sheet.open_quote",
            Self::LongCell { .. } => "sheet.long_cell",
            Self::ErrorValue(_) => "sheet.error_value",
            Self::Write(_) => "sheet.write",
        }
    }
}
