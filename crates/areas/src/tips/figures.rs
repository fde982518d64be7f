//! Tips in figures: counts with their denominators.

use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Query, Test};

use super::record::TIP;

pub const ALL: &[FigureDef] = &[
    figure("tips.received", None, received),
    figure("tips.about_people", Some("tips.received"), |frame| received(frame).is("about_people", Cell::Bool(true))),
    // Taken up by anybody within the days of the norm.
    figure("tips.in_time", Some("tips.received"), |frame| {
        received(frame).up_to("triaged_on", frame.cutoff).filter("triaged_on", Test::NotAfter("due_on"))
    }),
    figure("tips.waiting", Some("tips.received"), |frame| received(frame).not_ended("triaged_on", frame.cutoff)),
    figure("tips.hazards", Some("tips.received"), |frame| {
        received(frame).filter("hazard", Test::Present).up_to("triaged_on", frame.cutoff)
    }),
    figure("tips.answered", Some("tips.received"), |frame| received(frame).up_to("answered_on", frame.cutoff)),
    figure("tips.merged", Some("tips.received"), |frame| received(frame).among("state", &["merged"])),
    figure("tips.set_aside", Some("tips.received"), |frame| received(frame).among("state", &["set_aside"])),
    // 回访: of those whose reporter has said anything.
    figure("tips.said", Some("tips.hazards"), said),
    figure("tips.confirmed", Some("tips.said"), |frame| said(frame).among("state", &["confirmed"])),
    figure("tips.not_fixed", Some("tips.said"), |frame| {
        said(frame).filter("not_fixed", Test::Between(Some(Cell::Int(1)), None))
    }),
];

const fn figure(id: &'static str, of: Option<&'static str>, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit: "unit.tips", noun: &TIP, measure: Measure::Count, rows, of }
}

fn received(frame: &Frame) -> Query {
    Query::new().within("received_on", frame.first(), frame.last())
}

fn said(frame: &Frame) -> Query {
    received(frame).up_to("said_on", frame.cutoff)
}
