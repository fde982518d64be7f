//! The roll-call in figures. The county counts sheets and what stands on them; no pupil is named.

use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query, Test};

use super::record::{MISSING, SHEET};

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
    check("missing.over_hour", Some("missing.total"), |frame| {
        checks(frame).filter("closed_at", Test::After("report_at"))
    }),
    check("missing.open", Some("missing.total"), |frame| checks(frame).not_among("state", &["closed"])),
    check("missing.police", Some("missing.total"), |frame| checks(frame).filter("police_called_at", Test::Present)),
];

const fn check(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.checks", noun: &MISSING, measure: Measure::Count, rows, of }
}

fn checks(frame: &Frame) -> Query {
    Query::new().within("day", frame.first(), frame.last())
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
