//! The workbook of what is wrong: the faulty rows of a file with the reasons, to be corrected and fed back.

use std::collections::{BTreeSet, HashMap};

use kit::Lang;

use super::columns::{Headings, Place};
use super::import::message;
use super::plan::Plan;
use crate::app::App;
use crate::area::Kind;
use crate::sheet::{self, Column, FaultWords, FaultyRow, MAX_COLUMNS, Row, SheetError};

/// The faulty rows with their reasons, as a workbook that can be corrected and fed back. `tag` names the file that they come from, in the name of
/// the sheet: it stays whatever is done with the cells.
pub fn write_faults(app: &App, kind: &Kind, plan: &Plan, lang: Lang, tag: Option<&str>) -> Result<Vec<u8>, SheetError> {
    let word = |key: &str| app.words.get(lang, key).to_owned();
    let words = FaultWords {
        sheet: tag.map_or_else(|| word("io.faults"), |tag| format!("{} {tag}", word("io.faults"))),
        row: word("io.row"),
        reasons: word("io.reasons"),
        // Every reason is a sentence with its full stop.
        separator: " ".to_owned(),
    };
    let mut told: HashMap<u32, Vec<&super::Fault>> = HashMap::new();
    for fault in &plan.faults {
        told.entry(fault.row).or_default().push(fault);
    }
    let sides = Sides::of(&Headings::of(&app.words, kind.noun), plan, &told);
    let row = |number: u32, cells: Vec<String>| {
        let fault = |fault: &&super::Fault| sheet::Fault {
            column: fault.column.and_then(|column| sides.kept.iter().position(|at| *at == column)),
            message: message(app, lang, kind, fault),
        };
        told.get(&number).map(|faults| FaultyRow { number, cells, faults: faults.iter().map(fault).collect() })
    };
    // What concerns the whole file stands above its rows.
    let whole = row(plan.table.heading_row, Vec::new());
    let faulty = plan.table.rows.iter().filter(|line| told.contains_key(&line.number()));
    let rows = whole.into_iter().chain(faulty.filter_map(|line| row(line.number(), sides.cells(line))));
    let mut out = Vec::new();
    sheet::write_faults(std::io::Cursor::new(&mut out), &words, &sides.columns(plan, &word("io.surplus")), rows)?;
    Ok(out)
}

/// Where the columns of the workbook come from: those of the file that have a heading or stand between such, and those that the faulty rows fill beyond
/// them. Uploaded without its file, the workbook is all that is left of these rows.
struct Sides {
    kept: Vec<usize>,
    beyond: Vec<usize>,
}

impl Sides {
    fn of(headings: &Headings, plan: &Plan, told: &HashMap<u32, Vec<&super::Fault>>) -> Self {
        // A workbook of faults that is fed back has its two extra columns already.
        let own = |text: &str| matches!(headings.find(text), Some(Place::Line | Place::Reasons));
        let kept = plan.table.headings.iter().enumerate().filter(|(_, text)| !own(text));
        let kept: Vec<usize> = kept.map(|(at, _)| at).collect();
        let faulty = plan.table.rows.iter().filter(|row| told.contains_key(&row.number()));
        let beyond: BTreeSet<usize> = faulty.flat_map(|row| row.beyond().map(|(at, _)| at)).collect();
        let room = MAX_COLUMNS.saturating_sub(kept.len() + 2);
        Self { kept, beyond: beyond.into_iter().take(room).collect() }
    }

    /// What has no heading in the file has none here; what is too much in its row is called so.
    fn columns(&self, plan: &Plan, surplus: &str) -> Vec<Column> {
        let heading = |at: &usize| plan.table.headings.get(*at).cloned().unwrap_or_default();
        let breadth = plan.table.rows.breadth();
        let further = |at: &usize| if *at < breadth { String::new() } else { surplus.to_owned() };
        let headings = self.kept.iter().map(heading).chain(self.beyond.iter().map(further));
        headings.map(|heading| Column { heading, ..Column::default() }).collect()
    }

    fn cells(&self, row: Row<'_>) -> Vec<String> {
        let mut beyond: HashMap<usize, &str> = row.beyond().collect();
        let kept = self.kept.iter().map(|at| row.again(*at).into_owned());
        let further = self.beyond.iter().map(|at| beyond.remove(at).unwrap_or_default().to_owned());
        kept.chain(further).collect()
    }
}
