//! What an import would do, and everything that is wrong with the file, before anything is done.

use std::collections::BTreeSet;

use kit::{Change, Facts, Lang, Refusal, Row};
use uuid::Uuid;

use super::Progress;
use super::columns::{Columns, importable};
use super::draft::{Draft, Fields, Reader, Spot, TURN};
use super::judge::{Bench, Case};
use super::known::{Key, Known};
use super::refs::Lookups;
use super::shortened;
use super::siblings::Siblings;
use crate::app::Cx;
use crate::area::Kind;
use crate::save::Refused;
use crate::sheet::Table;

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row number of the file, from 1; the heading row's own for what concerns the whole file.
    pub row: u32,
    /// The column of the file, from 0; none for the row as a whole or for a field that the file does not have.
    pub column: Option<usize>,
    pub refusal: Refusal,
}

/// A file, read and checked.
pub struct Plan {
    pub new: usize,
    pub changed: usize,
    pub unchanged: usize,
    /// Every fault of every row, in the order of the file.
    pub faults: Vec<Fault>,
    /// Records of the same schools that are not in the file, where a record type knows leaving: listed, never touched.
    pub missing: Vec<Row>,
    pub changes: Vec<Change>,
    pub facts: Facts,
    /// Headings that nobody understands, and columns without one; their columns are left out.
    pub ignored: Vec<String>,
    /// Sheets beside the one that was read; what stands there is left out.
    pub unread: Vec<String>,
    pub table: Table,
    /// Which row of the table (from 0) became which changed record.
    pub(super) origins: Vec<(usize, Uuid)>,
}

impl Plan {
    /// How many rows of the file have a fault.
    pub fn faulty(&self) -> usize {
        let rows: BTreeSet<u32> =
            self.faults.iter().map(|fault| fault.row).filter(|row| *row > self.table.heading_row).collect();
        rows.len()
    }

    /// All that was left out, columns and sheets, for those who tell it as one list.
    pub fn left_out(&self, cx: &Cx) -> Vec<String> {
        let sheet = |name: &String| cx.app.words.fill(cx.lang, "io.sheet", &[("n", name.clone())]);
        self.ignored.iter().cloned().chain(self.unread.iter().map(sheet)).collect()
    }
}

/// The columns that hold something and have no heading, by the letters that a spreadsheet program gives them.
fn nameless(cx: &Cx, table: &Table) -> impl Iterator<Item = String> {
    let letters =
        |at: usize| u16::try_from(at).map(rust_xlsxwriter::utility::column_number_to_name).unwrap_or_default();
    let said = move |at| cx.app.words.fill(cx.lang, "io.nameless", &[("n", letters(at))]);
    table.nameless().into_iter().map(said)
}

/// The sheets that were not read, but for the page of notes that a template of ours has.
fn unread(cx: &Cx, table: &Table) -> Vec<String> {
    let notes = |name: &str| Lang::ALL.iter().any(|lang| cx.app.words.get(*lang, "io.notes") == name);
    table.unread.iter().filter(|name| !notes(name)).cloned().collect()
}

/// Reads every row of a table and says what it would change; nothing is written.
///
/// # Errors
/// Only for what no row can be blamed for: headings, keys that are away, the database.
pub async fn build(cx: &Cx, kind: &Kind, table: Table, progress: Progress<'_>) -> Result<Plan, Refused> {
    let noun = kind.noun;
    let columns = Columns::of(&cx.app.words, noun, &table)?;
    let lookups = Lookups::load(cx, noun, &columns, &table).await?;
    let mut drafts = Reader { cx, noun, columns: &columns, lookups: &lookups }.read(&table, progress).await;
    if drafts.is_empty() {
        return Err(Refusal::new("sheet.empty").into());
    }
    let key = Key::of(noun);
    let mut known = Known::load(cx, &key, &columns, &drafts).await?;
    let befores = known.pair(cx, &key, &mut drafts)?;
    let missing = known.missing();
    let mut cases: Vec<_> = drafts.into_iter().zip(befores).map(|(draft, before)| Case { draft, before }).collect();
    let bench = Bench { cx, kind, columns: &columns, table: &table };
    bench.look_again(&mut cases, &lookups).await?;
    for case in &mut cases {
        bench.unveil(case);
    }
    bench.numbers(&mut cases, &key).await?;
    shortened::told(cx, &key, &mut cases).await?;
    let total = cases.len();
    let mut open = Vec::new();
    for case in cases {
        let differing = bench.differences(&case)?;
        if differing.is_none_or(|fields| !fields.is_empty()) || !case.draft.faults.is_empty() {
            open.push((case, differing));
        }
    }
    let facts = bench.facts(&open, lookups).await?;
    let settled = total - open.len();
    let mut outcome = Outcome { unchanged: settled, ..Outcome::default() };
    let judging = Judging { bench: &bench, facts: &facts, total };
    judging.all(open, &mut outcome, progress).await;
    let faults = outcome.faults(&bench);
    // New records first: the writer makes one statement of many alike.
    outcome.changes.sort_by_key(|change| change.before.is_some());
    let Outcome { new, changed, unchanged, changes, origins, .. } = outcome;
    let (mut ignored, unread) = (columns.ignored, unread(cx, &table));
    ignored.extend(nameless(cx, &table));
    Ok(Plan { new, changed, unchanged, faults, missing, changes, facts, ignored, unread, table, origins })
}

#[derive(Default)]
struct Outcome {
    new: usize,
    changed: usize,
    unchanged: usize,
    changes: Vec<Change>,
    origins: Vec<(usize, Uuid)>,
    drafts: Vec<(Draft, bool)>,
}

struct Judging<'a> {
    bench: &'a Bench<'a>,
    facts: &'a Facts,
    total: usize,
}

impl Judging<'_> {
    async fn all(&self, mut open: Vec<(Case, Option<Fields>)>, outcome: &mut Outcome, progress: Progress<'_>) {
        let settled = self.total - open.len();
        let mut siblings = Siblings::of(self.bench.kind, self.facts);
        if siblings.asked() {
            // What a file ends is over for what it begins, whichever stands first in it.
            open.sort_by_key(|(case, _)| case.before.is_none());
        }
        outcome.changes.reserve(open.len());
        for (done, (case, differing)) in open.into_iter().enumerate() {
            let (at, new) = (case.draft.at, case.before.is_none());
            match self.bench.change(case, differing, &siblings) {
                Ok(Some(change)) => {
                    if new {
                        outcome.new += 1;
                    } else {
                        outcome.changed += 1;
                    }
                    siblings.note(&change);
                    outcome.origins.push((at, change.after.id));
                    outcome.changes.push(change);
                }
                Ok(None) => outcome.unchanged += 1,
                Err(draft) => outcome.drafts.push((*draft, new)),
            }
            if done % TURN == TURN - 1 {
                progress("check", (self.total + settled + done) as u64, 2 * self.total as u64);
                tokio::task::yield_now().await;
            }
        }
        progress("check", 2 * self.total as u64, 2 * self.total as u64);
    }
}

impl Outcome {
    /// The faults in the order of the file. A required column that is not there at all is said once, not for every row.
    fn faults(&mut self, bench: &Bench<'_>) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut absent: BTreeSet<usize> = BTreeSet::new();
        for (draft, new) in std::mem::take(&mut self.drafts) {
            for (spot, refusal) in draft.faults {
                let column = match spot {
                    Spot::Row => None,
                    Spot::Id => bench.columns.id,
                    Spot::Column(at) => Some(at),
                    Spot::Field(index) => bench.columns.of_field(index),
                };
                match spot {
                    Spot::Field(index)
                        if new && column.is_none() && refusal.code == "value.required" && writable(bench, index) =>
                    {
                        _ = absent.insert(index);
                    }
                    _ => faults.push(Fault { row: draft.number, column, refusal }),
                }
            }
        }
        faults.sort_by_key(|fault| (fault.row, fault.column.unwrap_or(usize::MAX)));
        if !absent.is_empty() {
            let label = |index: &usize| {
                bench.kind.noun.fields.get(*index).map(|field| format!("{}.{}", bench.kind.noun.name, field.name))
            };
            let labels: Vec<_> = absent.iter().filter_map(label).map(|key| bench.cx.word(&key).to_owned()).collect();
            let refusal = Refusal::new("io.column_missing").with("n", labels.join(" / "));
            faults.insert(0, Fault { row: bench.table.heading_row, column: None, refusal });
        }
        faults
    }
}

fn writable(bench: &Bench<'_>, index: usize) -> bool {
    bench.kind.noun.fields.get(index).is_some_and(importable)
}
