//! Hazard work in figures.
//!
//! Three different ratios are all called 整改率 in practice; each has its own name and denominator here. What was closed is
//! split without remainder into closed within the first limit, closed within an extension, and closed late.

use chrono::NaiveDate;
use kit::dates::Period;
use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query, Test};

use super::record::HAZARD;
use super::returns::MONTHLY_RETURN;

pub const ALL: &[FigureDef] = &[
    // Found in the period
    count("hazards.found", found),
    count("hazards.major_found", |frame| major(found(frame))),
    rate("hazards.self_found", "hazards.found", |frame| found(frame).among("source", &["self_check"])),
    rate_then("hazards.on_the_spot", "hazards.found", |frame| {
        found(frame).is("on_the_spot", Cell::Bool(true)).as_of(frame.cutoff)
    }),
    // By the first refusal; earlier formulas knew only the last.
    FigureDef {
        formula: 3,
        ..count("hazards.refused", |frame| {
            found(frame).is("refused", Cell::Bool(true)).up_to("refused_on", frame.cutoff)
        })
    },
    then("hazards.reopened", |frame| found(frame).filter("reopened", at_least(1)).as_of(frame.cutoff)),
    // What became of them
    then("hazards.closed", closed),
    then("hazards.closed_on_time", |frame| closed(frame).filter("closed_on", Test::NotAfter("first_due_on"))),
    then("hazards.closed_after_extension", |frame| {
        closed(frame).filter("closed_on", Test::After("first_due_on")).filter("closed_on", Test::NotAfter("due_on"))
    }),
    then("hazards.closed_late", |frame| closed(frame).filter("closed_on", Test::After("due_on"))),
    share_then("hazards.relapsed", "hazards.closed", |frame| closed(frame).filter("reopened", at_least(1))),
    // 整改率, three ways
    rate_then("hazards.rate_of_found", "hazards.found", closed),
    FigureDef { formula: 3, ..count("hazards.due", due) },
    FigureDef {
        formula: 3,
        ..rate_then("hazards.rate_of_due", "hazards.due", |frame| {
            due(frame).up_to("closed_on", frame.last()).filter("closed_on", Test::NotAfter("due_on"))
        })
    },
    then("hazards.stock", stock),
    rate_then("hazards.rate_of_stock", "hazards.stock", |frame| {
        counted().within("closed_on", frame.first(), frame.last()).as_of(frame.last())
    }),
    // What is open at the cut-off, whenever it was found
    then("hazards.open", open),
    then("hazards.overdue", |frame| open(frame).up_to("due_on", eve(frame.last()))),
    then("hazards.major_open", |frame| major(open(frame))),
    then("hazards.unsigned", |frame| {
        let handed = open(frame).up_to("handed_on", frame.last());
        handed.not_ended("signed_on", frame.last()).not_ended("submitted_on", frame.last())
    }),
    // 月度确认
    FigureDef { formula: 2, ..returns("returns.made", None, months) },
    returns("returns.confirmed", Some("returns.made"), confirmed),
    returns("returns.zero", Some("returns.confirmed"), |frame| confirmed(frame).is("zero", Cell::Bool(true))),
];

const fn count(id: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef::count(id, &HAZARD, "unit.hazards", None, rows)
}

const fn share(id: &'static str, of: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef::count(id, &HAZARD, "unit.hazards", Some(of), rows)
}

/// What depends on limits and closings that may have been taken back since: asked as of the day that counts, which the first formula did not.
const fn then(id: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { formula: 2, ..count(id, rows) }
}

const fn share_then(id: &'static str, of: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { formula: 2, ..share(id, of, rows) }
}

/// What is itself called a rate, unlike a number that is also a part of another.
const fn rate(id: &'static str, of: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { measure: Measure::Share, ..share(id, of, rows) }
}

const fn rate_then(id: &'static str, of: &'static str, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { formula: 2, ..rate(id, of, rows) }
}

const fn returns(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { formula: 3, ..FigureDef::count(id, &MONTHLY_RETURN, "unit.returns", of, rows) }
}

/// Hazards that are ones: neither mistaken nor counted under another.
pub(super) fn counted() -> Query {
    Query::new().not_among("state", &["mistaken", "merged"])
}

fn found(frame: &Frame) -> Query {
    counted().within("found_on", frame.first(), frame.last())
}

/// Of those found in the period, closed by the cut-off: work done after the year's end still counts for the year's hazards.
fn closed(frame: &Frame) -> Query {
    found(frame).up_to("closed_on", frame.cutoff).as_of(frame.cutoff)
}

/// Whose limit, extensions included, ran out in the period. While the period goes on, what is due on the day that counts has not run out: it is not overdue either.
fn due(frame: &Frame) -> Query {
    let goes_on = frame.cutoff < frame.period.last();
    let last = if goes_on { eve(frame.last()) } else { frame.last() };
    counted().within("due_on", frame.first(), last).as_of(frame.last())
}

/// Open when the period began, or found or come back in it.
fn stock(frame: &Frame) -> Query {
    counted().up_to("found_on", frame.last()).not_ended("closed_on", eve(frame.first())).as_of(frame.last())
}

fn open(frame: &Frame) -> Query {
    counted().up_to("found_on", frame.last()).not_ended("closed_on", frame.last()).as_of(frame.last())
}

fn major(query: Query) -> Query {
    query.among("grade", &["major"])
}

/// Confirmed on the day that counts: what was recorded later has taken some back since, which the second formula did not know.
fn confirmed(frame: &Frame) -> Query {
    months(frame).among("state", &["confirmed"]).up_to("confirmed_on", frame.cutoff).as_of(frame.cutoff)
}

/// Those of the months that were over at the cut-off: the draft of its own month is made after it, and nobody could have confirmed it.
fn months(frame: &Frame) -> Query {
    let over = Period::month_of(frame.cutoff).previous().first();
    Query::new().within("month", frame.first(), frame.last().min(over))
}

fn at_least(count: i64) -> Test {
    Test::Between(Some(Cell::Int(count)), None)
}

fn eve(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}
