//! 隐患台账: the bureau's own columns, in its own order.

use kit::{Cell, Field, Row};

use super::record::HAZARD;

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// 序号: the line's number on this sheet.
    Number,
    /// A field, as everywhere else.
    Field(&'static str),
    /// A field that counts as long as the work is done: 整改完成时间. Sent back or come back, it is to be done again, and says when it was no more.
    Done(&'static str),
    /// A sum kept in 分, written in 元.
    Yuan(&'static str),
}

/// Heading (key of its word) and content of every column.
pub const LEDGER: &[(&str, Source)] = &[
    ("ledger.number", Source::Number),
    ("hazard.school", Source::Field("school")),
    ("hazard.found_on", Source::Field("found_on")),
    ("hazard.place", Source::Field("place")),
    ("hazard.description", Source::Field("description")),
    ("hazard.category", Source::Field("category")),
    ("hazard.grade", Source::Field("grade")),
    ("hazard.source", Source::Field("source")),
    ("hazard.measures", Source::Field("measures")),
    ("hazard.keeper", Source::Field("keeper")),
    ("ledger.money", Source::Yuan("money_fen")),
    ("hazard.due_on", Source::Field("due_on")),
    ("hazard.plan", Source::Field("plan")),
    ("hazard.submitted_on", Source::Done("submitted_on")),
    ("hazard.rechecked_by", Source::Field("rechecked_by")),
    ("hazard.rechecked_on", Source::Field("rechecked_on")),
    ("ledger.closed", Source::Field("closed_on")),
    ("hazard.remark", Source::Field("remark")),
];

/// One line of the ledger. `show` gives the text of a value in the reader's language: names of schools and persons, words of codes.
pub fn line(number: usize, row: &Row, show: &dyn Fn(&Field, &Cell) -> String) -> Vec<String> {
    let text = |name| HAZARD.field(name).map(|field| show(field, row.get(&HAZARD, name))).unwrap_or_default();
    let done = matches!(row.get(&HAZARD, "state").text(), Some("submitted" | "closed"));
    let column = |(_, source): &(&str, Source)| match *source {
        Source::Number => number.to_string(),
        Source::Done(_) if !done => String::new(),
        Source::Field(name) | Source::Done(name) => text(name),
        Source::Yuan(name) => row.get(&HAZARD, name).int().map(yuan).unwrap_or_default(),
    };
    LEDGER.iter().map(column).collect()
}

/// 分 as 元 with two places: `1200.50`. Sums of money are never negative here.
pub fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
