//! The roll-call in figures. The county counts sheets and what stands on them; no pupil is named.

use chrono::NaiveDate;
use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query, Test};

use super::handover::{HANDOVER, whole_classes};
use super::record::{FOUND, MISSING, SHEET};

pub const ALL: &[FigureDef] = &[
    count("attendance.sheets", None, sheets),
    count("attendance.in_time", Some("attendance.sheets"), |frame| sheets(frame).is("overdue", Cell::Bool(false))),
    count("attendance.substituted", Some("attendance.sheets"), |frame| {
        sheets(frame).is("substitute", Cell::Bool(true))
    }),
    sum("attendance.expected", "enrolled", None),
    sum("attendance.absent", "absent", Some("attendance.expected")),
    sum("attendance.sick", "sick", Some("attendance.expected")),
    sum("attendance.leave", "on_leave", Some("attendance.expected")),
    sum("attendance.late", "late", Some("attendance.expected")),
    check("missing.total", None, checks),
    check("missing.answered", Some("missing.total"), |frame| checks(frame).filter("answered_at", Test::Present)),
    // A check that has only begun has lasted no hour, which the second formula did not know.
    FigureDef {
        formula: 3,
        ..check("missing.over_hour", Some("missing.total"), |frame| over_hour(checks(frame), frame.moment()))
    },
    check("missing.open", Some("missing.total"), |frame| checks(frame).not_among("state", &["closed"])),
    check("missing.police", Some("missing.total"), |frame| checks(frame).filter("police_called_at", Test::Present)),
    handed("handover.classes", "unit.class_days", None, handed_over),
    handed("handover.early", "unit.class_days", Some("handover.classes"), |frame| {
        handed_over(frame).filter("early", Test::Present)
    }),
];

const fn handed(
    id: &'static str,
    unit: &'static str,
    of: Option<&'static str>,
    rows: fn(&Frame) -> Query,
) -> FigureDef {
    FigureDef { id, formula: 1, unit, noun: &HANDOVER, measure: Measure::Count, rows, of }
}

/// A class once a day; a child that was handed over by itself went beside its class.
fn handed_over(frame: &Frame) -> Query {
    whole_classes().within("day", frame.first(), frame.last())
}

const fn check(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 2, unit: "unit.checks", noun: &MISSING, measure: Measure::Count, rows, of }
}

fn checks(frame: &Frame) -> Query {
    begun(frame.first(), frame.last())
}

/// The checks of some days: of a mark or a sheet that was taken back there was none.
pub fn begun(first: NaiveDate, last: NaiveDate) -> Query {
    let ends = FOUND.iter().map(|code| Cell::Text((*code).to_owned()));
    let real = std::iter::once(Cell::Null).chain(ends).collect();
    Query::new().within("day", first, last).filter("found", Test::OneOf(real))
}

/// An hour, in minutes: what the figure is called by.
const HOUR: i64 = 60;

/// Those of them that lasted longer than an hour from where the clock runs, or that are not closed and had run for longer by a moment: whatever of it was
/// due when. What was closed after more than an hour began more than an hour ago, so one bound serves both.
pub fn over_hour(checks: Query, moment: i64) -> Query {
    let begun = Test::Between(None, Some(Cell::Int(moment - HOUR * 60_000 - 1)));
    checks.filter("begun_at", begun).filter("closed_at", Test::NullOr(Box::new(Test::LaterBy("begun_at", HOUR))))
}

const fn count(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.sheets", noun: &SHEET, measure: Measure::Count, rows, of }
}

/// 人次
const fn sum(id: &'static str, field: &'static str, of: Option<&'static str>) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.calls", noun: &SHEET, measure: Measure::Sum(field), rows: sheets, of }
}

fn sheets(frame: &Frame) -> Query {
    Query::new().within("day", frame.first(), frame.last()).among("state", &["called"])
}
