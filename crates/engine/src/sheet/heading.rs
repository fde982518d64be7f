//! Finding the heading row among titles, units and notes (标题行、单位行、说明行), and collecting the rows below it.

use std::collections::BTreeSet;

use super::merged::Merged;
use super::table::{Line, Mark, Rows, Table};
use super::{Known, SheetError};

/// The heading row is looked for in this many rows that are not blank.
const SEARCHED: usize = 10;
/// So many different known headings make a heading row, whatever stands beside them: no title and no data say as many.
const MANY: usize = 4;

/// Takes the rows of one sheet in order; the first ones wait until the headings are found.
pub(super) struct Gather<'k> {
    known: &'k Known<'k>,
    waiting: Vec<Line>,
    found: Option<Table>,
    merged: Merged,
}

/// What a sheet turned out to be.
pub(super) enum Sheet {
    /// A table.
    Table(Box<Table>),
    /// Something without known headings; with the fullest of the rows that were looked at.
    Other(Vec<String>),
    /// Nothing at all.
    Blank,
}

impl<'k> Gather<'k> {
    pub fn new(known: &'k Known<'k>) -> Self {
        Self { known, waiting: Vec::new(), found: None, merged: Merged::default() }
    }

    /// With the cells that are merged in the sheet.
    pub fn merged(known: &'k Known<'k>, merged: Merged) -> Self {
        Self { merged, ..Self::new(known) }
    }

    /// Takes a row. `false`: there are no headings here, so reading on is of no use.
    pub fn push(&mut self, line: &mut Line) -> Result<bool, SheetError> {
        if let Some(table) = &mut self.found {
            self.merged.fill(line);
            if !repeats(line, &table.headings, self.known) {
                table.rows.push(line)?;
            }
            return Ok(true);
        }
        if !line.cells.is_empty() {
            self.waiting.push(line.clone());
        }
        // One row more than is searched, because the last one searched may have sub-headings.
        if self.waiting.len() > SEARCHED {
            self.settle()?;
            return Ok(self.found.is_some());
        }
        Ok(true)
    }

    /// The end of the sheet.
    pub fn finish(mut self, name: &str) -> Result<Sheet, SheetError> {
        if self.found.is_none() {
            self.settle()?;
        }
        match self.found {
            Some(table) => Ok(Sheet::Table(Box::new(Table { sheet: name.to_owned(), ..table }))),
            None if self.waiting.is_empty() => Ok(Sheet::Blank),
            None => Ok(Sheet::Other(fullest(&self.waiting))),
        }
    }

    fn settle(&mut self) -> Result<(), SheetError> {
        let Some((first, last)) = find(&self.waiting, self.known) else {
            return Ok(());
        };
        let headings = labels(&self.waiting, first, last, self.known);
        let limit = self.waiting.get(first..=last).unwrap_or_default().iter().filter_map(|line| line.width).max();
        let mut rows = Rows::new(headings.len(), limit);
        let heading_row = self.waiting.get(last).map_or(0, |line| line.number);
        for line in self.waiting.iter_mut().skip(last + 1) {
            self.merged.fill(line);
            if !repeats(line, &headings, self.known) {
                rows.push(line)?;
            }
        }
        self.found = Some(Table { sheet: String::new(), headings, heading_row, rows, unread: Vec::new() });
        Ok(())
    }
}

/// The headings once more, as they stand at the top of every printed page: no row of data. A single cell that says its heading is left to be read.
fn repeats(line: &Line, headings: &[String], known: &Known<'_>) -> bool {
    let said = |text: &str| label_of(text, known).or_else(|| noted(text, known));
    let same = |at: usize, text: &str| {
        let heading = headings.get(at).filter(|heading| !heading.is_empty());
        heading.is_some_and(|heading| heading == text || said(text).as_ref() == Some(heading))
    };
    line.cells.len() > 1 && line.cells.iter().all(|(at, text, _)| same(*at, text))
}

/// How many known headings the first rows hold; decides between the delimiters of a CSV file.
pub(super) fn score(lines: &[Line], known: &Known<'_>) -> usize {
    find(lines, known).map_or(0, |(first, last)| {
        labels(lines, first, last, known).iter().filter(|label| label_of(label, known).is_some()).count()
    })
}

/// The heading a text stands for. People break and space headings to fit the column (`姓  名`) and star the required ones.
fn label_of(text: &str, known: &Known<'_>) -> Option<String> {
    let spaced = spaced(text);
    let bare = spaced.trim_matches(['*', '＊', ' ']).to_owned();
    let joined: String = bare.split_whitespace().collect();
    [spaced, bare, joined].into_iter().find(|label| !label.is_empty() && known(label))
}

/// The heading without what forms add to say how it is filled in: 姓名（必填）, 性别(男/女), 入学日期：. What is in brackets to tell one
/// column from another (电话（家长）) is no such note.
fn without_note(text: &str) -> Option<String> {
    const NOTES: [&str; 14] =
        ["必填", "选填", "選填", "可空", "不填", "填写", "填寫", "格式", "如", "例", "文本", "/", "、", "-"];
    let text = spaced(text);
    let text = text.trim_end_matches(['*', '＊', ' ', ':', '：']);
    let open = text.rfind(['(', '（']).filter(|_| text.ends_with([')', '）']));
    let Some((label, note)) = open.and_then(|at| text.split_at_checked(at)) else { return Some(text.to_owned()) };
    let noted = NOTES.iter().any(|word| note.contains(word)) || note.chars().filter(char::is_ascii_digit).count() > 1;
    noted.then(|| label.trim_end().to_owned())
}

/// A heading that is known only without its note.
fn noted(text: &str, known: &Known<'_>) -> Option<String> {
    label_of(text, known).is_none().then(|| label_of(&without_note(text)?, known)).flatten()
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The known and all cells of a row.
fn count(line: &Line, known: &Known<'_>) -> (usize, usize) {
    let is_known = |text: &str| label_of(text, known).or_else(|| noted(text, known)).is_some();
    let hits = line.cells.iter().filter(|(_, text, _)| is_known(text)).count();
    (hits, line.cells.len())
}

/// The first and the last heading row, as places in the list.
fn find(lines: &[Line], known: &Known<'_>) -> Option<(usize, usize)> {
    let counts: Vec<_> = lines.iter().take(SEARCHED).map(|line| count(line, known)).collect();
    // A single known word may be a title; it counts only where no real heading row follows.
    let several = counts.iter().position(|(hits, all)| *hits >= 2 && hits * 2 >= *all);
    let first = match (several, fullest_of(lines, known)) {
        (Some(few), Some(many)) => {
            let hits = counts.get(few).map_or(0, |(hits, _)| *hits);
            // Fewer are a line of labels with their values (学校：, 班级：) above the headings, or a row of data that holds heading words; but
            // group headings with the many as sub-headings below them.
            let kept = few <= many && (hits >= MANY || joined(lines, few, many, known));
            if kept { few } else { many }
        }
        (Some(first), None) | (None, Some(first)) => first,
        (None, None) => counts.iter().position(|(hits, all)| *hits == 1 && *all == 1)?,
    };
    let double = joined(lines, first, first + 1, known);
    Some((first, first + usize::from(double)))
}

/// The row with the most different known headings, if it has [`MANY`].
fn fullest_of(lines: &[Line], known: &Known<'_>) -> Option<usize> {
    let label = |text: &str| label_of(text, known).or_else(|| noted(text, known));
    let labels = |line: &Line| line.cells.iter().filter_map(|(_, text, _)| label(text)).collect::<BTreeSet<_>>().len();
    let mut best = (MANY - 1, None);
    for (at, line) in lines.iter().take(SEARCHED).enumerate() {
        let hits = labels(line);
        if hits > best.0 {
            best = (hits, Some(at));
        }
    }
    best.1
}

/// Whether one row of the list is the sub-headings of the other.
fn joined(lines: &[Line], high: usize, low: usize, known: &Known<'_>) -> bool {
    lines.get(high).zip(lines.get(low)).is_some_and(|(high, low)| continues(high, low, known))
}

/// Whether the lower row holds sub-headings: mostly known, and one of them under the blank part of a merged heading.
/// The latter keeps a sparse first row of data, where a value happens to be a heading word, from being swallowed.
fn continues(high: &Line, low: &Line, known: &Known<'_>) -> bool {
    let (hits, all) = count(low, known);
    let under_blank =
        |(column, text, _): &(usize, String, Mark)| high.at(*column).is_empty() && label_of(text, known).is_some();
    hits * 2 >= all && low.number == high.number + 1 && low.cells.iter().any(under_blank)
}

/// One label per column: the lowest known cell of the heading rows, else the lowest text. A column that is blank in
/// them may have its heading in a merged cell directly above (`姓名` beside a group heading over sub-headings).
fn labels(lines: &[Line], first: usize, last: usize, known: &Known<'_>) -> Vec<String> {
    let chosen = lines.get(first..=last).unwrap_or_default();
    let above = first
        .checked_sub(1)
        .and_then(|i| lines.get(i))
        .filter(|line| line.cells.len() >= 2 && chosen.first().is_some_and(|low| low.number == line.number + 1));
    let label = |column: usize| {
        let mut texts = chosen.iter().rev().map(|line| line.at(column)).filter(|t| !t.is_empty());
        let lowest = texts.clone().next();
        texts
            .find_map(|text| label_of(text, known))
            .or_else(|| lowest.map(spaced))
            .or_else(|| above.and_then(|line| label_of(line.at(column), known)))
            .unwrap_or_default()
    };
    let cells = chosen.iter().chain(above).flat_map(|line| &line.cells);
    let width = cells.map(|(column, ..)| column + 1).max().unwrap_or(0);
    let mut labels: Vec<String> = (0..width).map(label).collect();
    // A note is left out only where that makes no second column of the same name.
    for at in 0..labels.len() {
        let Some(bare) = labels.get(at).and_then(|text| noted(text, known)) else { continue };
        if let Some(slot) = Some(()).filter(|()| !labels.contains(&bare)).and_then(|()| labels.get_mut(at)) {
            *slot = bare;
        }
    }
    while labels.last().is_some_and(String::is_empty) {
        labels.pop();
    }
    labels
}

/// The texts of the row with the most cells, shown when no heading was found.
fn fullest(lines: &[Line]) -> Vec<String> {
    let mut best: &[(usize, String, Mark)] = &[];
    for line in lines {
        if line.cells.len() > best.len() {
            best = &line.cells;
        }
    }
    best.iter().take(12).map(|(_, text, _)| spaced(text).chars().take(30).collect()).collect()
}
