//! The empty workbook people fill in: headings with hints, lists of allowed values, and a page that explains them.

use std::io::Write;

use rust_xlsxwriter::{DataValidation, Formula, Note, Workbook, Worksheet};

use super::guard::written;
use super::write::{Column, Looks, filter, head};
use super::{MAX_ROWS, SheetError};

/// Excel's limit for a list of values kept in the cell rule itself, in UTF-16 units, commas included.
const INLINE_LIST: usize = 255;
/// The hidden sheet for longer lists.
const LISTS: &str = "_lists";
/// What of a long list of values is shown on the page of notes, in characters.
const SHOWN: usize = 2_000;

/// The words of the page of notes, in the reader's language.
#[derive(Debug, Clone)]
pub struct TemplateWords {
    /// The name of the page, such as 说明.
    pub sheet: String,
    /// Lines above the table.
    pub notes: Vec<String>,
    /// Heading: the column.
    pub column: String,
    /// Heading: whether it must be filled in.
    pub required: String,
    /// Heading: the hint.
    pub hint: String,
    /// Heading: the values allowed.
    pub choices: String,
    /// Yes, for required.
    pub yes: String,
    /// No, for required.
    pub no: String,
}

/// Writes the empty workbook. Hints are notes on the headings, so that the second row is already data.
///
/// # Errors
/// As [`super::write_xlsx`].
pub fn template(
    out: impl Write + Send,
    sheet: &str,
    columns: &[Column],
    words: &TemplateWords,
) -> Result<(), SheetError> {
    let looks = Looks::new();
    let mut book = Workbook::new();
    let page = book.add_worksheet();
    page.set_name(sheet)?;
    head(page, columns, &looks)?;
    filter(page, columns.len(), 0)?;
    let mut lists = Worksheet::new();
    let mut used = 0_u16;
    for (at, column) in (0_u16..).zip(columns) {
        note(page, at, column)?;
        if column.choices.is_empty() {
            continue;
        }
        let rule = if fits(&column.choices) {
            DataValidation::new().allow_list_strings(&column.choices)?
        } else {
            let range = list(&mut lists, used, &column.choices)?;
            used += 1;
            DataValidation::new().allow_list_formula(Formula::new(range))
        };
        page.add_data_validation(1, at, MAX_ROWS - 1, at, &rule)?;
    }
    explain(book.add_worksheet(), columns, words, &looks)?;
    if used > 0 {
        lists.set_name(LISTS)?.set_hidden(true);
        book.push_worksheet(lists);
    }
    book.save_to_writer(out)?;
    Ok(())
}

/// Whether the values can stand in the rule itself; a comma would split a value in two.
fn fits(choices: &[String]) -> bool {
    let units: usize = choices.iter().map(|c| c.encode_utf16().count() + 1).sum();
    units <= INLINE_LIST && !choices.iter().any(|c| c.contains([',', '"']))
}

/// Writes a list into a column of the hidden sheet and gives its range.
fn list(lists: &mut Worksheet, column: u16, choices: &[String]) -> Result<String, SheetError> {
    for (row, choice) in (0_u32..).zip(choices) {
        lists.write_string(row, column, choice)?;
    }
    let name = rust_xlsxwriter::utility::column_number_to_name(column);
    Ok(format!("={LISTS}!${name}$1:${name}${}", choices.len()))
}

fn note(page: &mut Worksheet, at: u16, column: &Column) -> Result<(), SheetError> {
    if !column.hint.is_empty() {
        let note = Note::new(&column.hint).add_author_prefix(false).set_width(220);
        page.insert_note(0, at, &note)?;
    }
    Ok(())
}

/// The page that says of each column what it is for.
fn explain(page: &mut Worksheet, columns: &[Column], words: &TemplateWords, looks: &Looks) -> Result<(), SheetError> {
    page.set_name(&words.sheet)?;
    for (at, width) in (0_u16..).zip([24, 10, 60, 60]) {
        page.set_column_width(at, width)?;
    }
    let mut row = 0;
    for line in &words.notes {
        page.write_string(row, 0, written(line))?;
        row += 1;
    }
    for (at, word) in (0_u16..).zip([&words.column, &words.required, &words.hint, &words.choices]) {
        page.write_string_with_format(row, at, written(word), &looks.head)?;
    }
    for column in columns {
        row += 1;
        let required = if column.required { &words.yes } else { &words.no };
        let choices: String = column.choices.join(" / ").chars().take(SHOWN).collect();
        for (at, text) in (0_u16..).zip([&column.heading, required, &column.hint, &choices]) {
            page.write_string_with_format(row, at, written(text), &looks.wrap)?;
        }
    }
    Ok(())
}
