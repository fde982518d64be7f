//! Numbers that are shown with leading zeros: a school's number 000123 kept as 123 in the format `000000`.

use std::io::{Cursor, Read, Seek};

use calamine::{Style, Xlsx, XlsxCellReader, XlsxError};

/// The cells of a sheet whose format is a row of zeros, read beside its values and in the same order.
pub(super) struct Zeros<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// How many digits each style shows at least; 0 where it says nothing of that.
    widths: Vec<usize>,
    next: Option<(u32, u32, usize)>,
}

/// The same workbook once more, when any of its styles shows leading zeros.
pub(super) fn twin<'b>(
    bytes: &'b [u8],
    book: &mut Xlsx<Cursor<&'b [u8]>>,
    name: &str,
) -> Result<Option<Xlsx<Cursor<&'b [u8]>>>, XlsxError> {
    let some = book.worksheet_cells_reader(name)?.styles().iter().any(|style| of_style(style) > 0);
    some.then(|| calamine::Reader::new(Cursor::new(bytes))).transpose()
}

/// How many digits a style shows at least; 0 where it says nothing of that.
fn of_style(style: &Style) -> usize {
    style.number_format.as_ref().map_or(0, |format| width(&format.format_code))
}

/// How many digits a format shows at least. What stands before the zeros in brackets (a language, a colour), after them as a gap (`_ `), and the
/// sections for other numbers change nothing in that; any other sign makes a quantity of it.
pub(super) fn width(code: &str) -> usize {
    let mut code = code.split(';').next().unwrap_or_default();
    while let Some((_, rest)) = code.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        code = rest;
    }
    if let Some((zeros, gap)) = code.split_once('_')
        && gap.chars().count() == 1
    {
        code = zeros;
    }
    if code.len() > 1 && code.bytes().all(|b| b == b'0') { code.len() } else { 0 }
}

impl<'a, R: Read + Seek> Zeros<'a, R> {
    pub fn of(book: &'a mut Xlsx<R>, name: &str) -> Result<Self, XlsxError> {
        let cells = book.worksheet_cells_reader(name)?;
        let widths = cells.styles().iter().map(of_style).collect();
        let mut zeros = Self { cells, widths, next: None };
        zeros.advance()?;
        Ok(zeros)
    }

    fn advance(&mut self) -> Result<(), XlsxError> {
        self.next = self.cells.next_style_id()?;
        Ok(())
    }

    /// How many digits the cell shows at least. Asked for every cell in the order of the file.
    pub fn at(&mut self, (row, column): (u32, u32)) -> Result<usize, XlsxError> {
        match self.next {
            Some((r, c, style)) if (r, c) == (row, column) => {
                self.advance()?;
                Ok(self.widths.get(style).copied().unwrap_or(0))
            }
            _ => Ok(0),
        }
    }
}
