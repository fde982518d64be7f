//! Messages in figures: by channel, and by how far they came. The rows of each are one click away.

use engine::messages::MESSAGE;
use kit::dates::shanghai_start;
use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query, Test};

pub const ALL: &[FigureDef] = &[
    figure("messages.all", None, caused),
    figure("messages.app", WHOLE, |frame| caused(frame).among("channel", &["app"])),
    figure("messages.mail", WHOLE, |frame| caused(frame).among("channel", &["mail"])),
    figure("messages.sms", WHOLE, |frame| caused(frame).among("channel", &["sms"])),
    figure("messages.wecom", WHOLE, |frame| caused(frame).among("channel", &["wecom"])),
    figure("messages.dingtalk", WHOLE, |frame| caused(frame).among("channel", &["dingtalk"])),
    figure("messages.push", WHOLE, |frame| caused(frame).among("channel", &["push"])),
    figure("messages.waiting", WHOLE, |frame| caused(frame).among("state", &["queued"])),
    figure("messages.arrived", WHOLE, |frame| caused(frame).among("state", &["delivered", "read", "answered"])),
    figure("messages.read", WHOLE, |frame| caused(frame).among("state", &["read", "answered"])),
    figure("messages.answered", WHOLE, |frame| caused(frame).among("state", &["answered"])),
    figure("messages.dead", WHOLE, |frame| caused(frame).among("state", &["dead"])),
    figure("messages.withdrawn", WHOLE, |frame| caused(frame).among("state", &["withdrawn"])),
    figure("messages.within_second", WHOLE, |frame| {
        caused(frame).filter("wait_ms", Test::Between(Some(Cell::Int(0)), Some(Cell::Int(1_000))))
    }),
    percentile("messages.sent_median", "unit.milliseconds", "wait_ms", 50, left),
    percentile("messages.sent_p90", "unit.milliseconds", "wait_ms", 90, left),
    percentile("messages.answer_median", "unit.seconds", "answer_s", 50, answered),
    percentile("messages.answer_p90", "unit.seconds", "answer_s", 90, answered),
];

const WHOLE: Option<&str> = Some("messages.all");

const fn figure(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.messages", noun: &MESSAGE, measure: Measure::Count, rows, of }
}

const fn percentile(
    id: &'static str,
    unit: &'static str,
    field: &'static str,
    percent: u8,
    rows: fn(&Frame) -> Query,
) -> FigureDef {
    FigureDef { measure: Measure::Percentile(field, percent), unit, ..figure(id, None, rows) }
}

/// What left the app: in the app itself everybody is told at once.
fn left(frame: &Frame) -> Query {
    caused(frame).among("channel", &["mail", "sms", "wecom", "dingtalk", "push"]).filter("wait_ms", at_least_nought())
}

fn answered(frame: &Frame) -> Query {
    caused(frame).filter("answer_s", at_least_nought())
}

fn at_least_nought() -> Test {
    Test::Between(Some(Cell::Int(0)), None)
}

fn caused(frame: &Frame) -> Query {
    let end = frame.last().succ_opt().unwrap_or_else(|| frame.last());
    let bounds =
        Test::Between(Some(Cell::Int(shanghai_start(frame.first()))), Some(Cell::Int(shanghai_start(end) - 1)));
    Query::new().filter("at", bounds)
}
