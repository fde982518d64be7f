//! Cells that are merged over several rows: a roster that names the school once beside all its pupils. The file keeps the value in the first row alone;
//! whoever reads the sheet sees it beside each.

use std::collections::VecDeque;

use calamine::Dimensions;

use super::table::{Line, Mark};

/// The merged cells of a sheet, gone through with its rows.
#[derive(Default)]
pub(super) struct Merged {
    /// First and last row and the column, by first row; rows and columns from 0.
    waiting: VecDeque<(u32, u32, usize)>,
    open: Vec<Open>,
}

/// A cell that goes on in further rows.
struct Open {
    last: u32,
    column: usize,
    text: String,
    mark: Mark,
}

impl Merged {
    /// Only the first column of a merged cell says something: those beside it are no cells of their own.
    pub fn of(regions: Vec<Dimensions>) -> Self {
        let several = regions.into_iter().filter(|region| region.end.0 > region.start.0);
        let mut waiting: Vec<_> =
            several.map(|region| (region.start.0, region.end.0, region.start.1 as usize)).collect();
        waiting.sort_unstable();
        Self { waiting: waiting.into(), open: Vec::new() }
    }

    /// Puts into a row below the headings what is merged from above. A row that says nothing else is blank: the border of a merged cell often goes
    /// further than its list.
    pub fn fill(&mut self, line: &mut Line) {
        let row = line.number.saturating_sub(1);
        self.open.retain(|open| open.last >= row);
        if !line.cells.is_empty() {
            for open in &self.open {
                if line.at(open.column).is_empty() {
                    line.cells.push((open.column, open.text.clone(), open.mark));
                }
            }
        }
        while let Some((first, last, column)) = self.waiting.pop_front_if(|(first, ..)| *first <= row) {
            let cell = line.cells.iter().find(|(at, ..)| *at == column);
            if let Some((_, text, mark)) = cell.filter(|_| first == row) {
                self.open.push(Open { last, column, text: text.clone(), mark: *mark });
            }
        }
    }
}
