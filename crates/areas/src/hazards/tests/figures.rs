//! The figures' questions, asked of a handful of rows.

use kit::dates::Period;
use kit::figure::Frame;

use super::super::figures::ALL;
use super::super::returns::{self, MONTHLY_RETURN, ReturnLife};
use super::*;

fn value(id: &str, rows: &[Row]) -> usize {
    let figure = ALL.iter().find(|figure| figure.id == id).unwrap();
    let frame = Frame { period: Period::Year(2021), cutoff: day("2022-01-31"), unit: None, now: None };
    let query = (figure.rows)(&frame);
    rows.iter().filter(|row| query.holds(figure.noun, row)).count()
}

/// Found, first limit, limit, closed; what is missing stays empty.
fn hazard(found: &str, first: &str, due: &str, closed: &str) -> Row {
    let date = |text: &str| text.parse().map_or(Cell::Null, Cell::Date);
    let state = if closed.is_empty() { "rectifying" } else { "closed" };
    recorded("teacher", "2021-09-30")
        .with(&HAZARD, "found_on", date(found))
        .with(&HAZARD, "first_due_on", date(first))
        .with(&HAZARD, "due_on", date(due))
        .with(&HAZARD, "closed_on", date(closed))
        .with(&HAZARD, "state", text(state))
}

#[test]
fn each_ratio_has_its_own_denominator() {
    let rows = [
        hazard("2020-12-20", "2021-01-05", "2021-01-05", "2021-01-04"),
        hazard("2021-03-01", "2021-03-08", "2021-03-08", "2021-03-08"),
        hazard("2021-03-01", "2021-03-08", "2021-03-22", "2021-03-20"),
        hazard("2021-03-01", "2021-03-08", "2021-03-08", "2021-03-09").with(&HAZARD, "reopened", Cell::Int(1)),
        hazard("2021-12-28", "2022-01-05", "2022-01-05", "2022-01-04"),
        hazard("2021-12-28", "2021-12-30", "2021-12-30", ""),
        hazard("2021-06-01", "", "", "").with(&HAZARD, "state", text("mistaken")),
        hazard("2022-01-05", "2022-01-12", "2022-01-12", ""),
    ];
    let expected = [
        ("hazards.found", 5),
        ("hazards.closed", 4),
        ("hazards.closed_on_time", 2),
        ("hazards.closed_after_extension", 1),
        ("hazards.closed_late", 1),
        ("hazards.relapsed", 1),
        ("hazards.rate_of_found", 4),
        ("hazards.due", 5),
        ("hazards.rate_of_due", 3),
        ("hazards.stock", 6),
        ("hazards.rate_of_stock", 4),
        ("hazards.open", 2),
        ("hazards.overdue", 1),
        ("hazards.self_found", 5),
        ("hazards.major_open", 0),
        ("hazards.refused", 0),
    ];
    for (id, count) in expected {
        assert_eq!(value(id, &rows), count, "{id}");
    }
}

/// What was found or closed on the first day, on the last, on the eve of the one or by the cut-off.
#[test]
fn the_days_at_the_ends_of_a_year_belong_to_it_and_the_eve_does_not() {
    let rows = [
        hazard("2020-11-01", "2020-11-08", "2020-11-08", "2020-12-31"),
        hazard("2020-11-01", "2020-12-30", "2021-01-01", "2021-01-01"),
        hazard("2021-01-01", "2021-01-08", "2021-01-08", "2021-01-08"),
        hazard("2021-12-31", "2022-01-10", "2022-01-10", ""),
        // Due on the last day it is not overdue on it, and the day before it is.
        hazard("2021-12-01", "2021-12-31", "2021-12-31", ""),
        hazard("2021-12-01", "2021-12-30", "2021-12-30", ""),
        hazard("2021-12-01", "2021-12-08", "2021-12-08", "2021-12-31"),
        // Closed on the day of the cut-off, and on the next.
        hazard("2021-11-01", "2021-11-08", "2021-11-08", "2022-01-31"),
        hazard("2021-11-01", "2021-11-08", "2021-11-08", "2022-02-01"),
        hazard("2022-01-01", "2022-01-10", "2022-01-10", "").with(&HAZARD, "grade", text("major")),
    ];
    for (id, count) in [
        ("hazards.found", 7),
        ("hazards.closed", 3),
        ("hazards.closed_on_time", 1),
        ("hazards.closed_after_extension", 0),
        ("hazards.closed_late", 2),
        ("hazards.rate_of_found", 3),
        ("hazards.due", 7),
        ("hazards.rate_of_due", 2),
        ("hazards.stock", 8),
        ("hazards.rate_of_stock", 3),
        ("hazards.open", 5),
        ("hazards.overdue", 3),
        ("hazards.major_found", 0),
        ("hazards.major_open", 0),
    ] {
        assert_eq!(value(id, &rows), count, "{id}");
    }
    let marked = |field: &str, cell: Cell| [rows[2].clone().with(&HAZARD, field, cell)];
    let refused =
        |on: &str| marked("refused", Cell::Bool(true)).map(|row| row.with(&HAZARD, "refused_on", Cell::Date(day(on))));
    let handed = |on: &str, signed: &str| {
        let signed = signed.parse().map_or(Cell::Null, Cell::Date);
        [rows[5].clone().with(&HAZARD, "handed_on", Cell::Date(day(on))).with(&HAZARD, "signed_on", signed)]
    };
    for (id, rows) in [("hazards.refused", refused("2022-02-01")), ("hazards.unsigned", handed("2022-01-01", ""))] {
        assert_eq!(value(id, &rows), 0, "{id} after the day that counts");
    }
    assert_eq!(value("hazards.unsigned", &handed("2021-12-01", "2021-12-31")), 0);
    for (id, rows) in [
        ("hazards.major_found", marked("grade", text("major"))),
        ("hazards.on_the_spot", marked("on_the_spot", Cell::Bool(true))),
        ("hazards.refused", refused("2022-01-31")),
        ("hazards.reopened", marked("reopened", Cell::Int(1))),
        ("hazards.relapsed", marked("reopened", Cell::Int(2))),
        ("hazards.unsigned", handed("2021-12-31", "")),
        // Signed for, or put right, when the year was over: at its end it was neither.
        ("hazards.unsigned", handed("2021-12-01", "2022-01-01")),
    ] {
        assert_eq!(value(id, &rows), 1, "{id}");
    }
    let other = marked("source", text("inspection"));
    assert_eq!((value("hazards.self_found", &other), value("hazards.found", &other)), (0, 1));
    assert!(rows.iter().all(|row| value("hazards.unsigned", std::slice::from_ref(row)) == 0));
}

#[test]
fn every_share_is_part_of_its_whole() {
    let wholes: Vec<_> = ALL.iter().map(|figure| figure.id).collect();
    for figure in ALL {
        assert!(figure.of.is_none_or(|of| wholes.contains(&of) && of != figure.id), "{}", figure.id);
        let frame = Frame { period: Period::Year(2021), cutoff: day("2021-12-20"), unit: None, now: None };
        for filter in (figure.rows)(&frame).filters {
            assert!(figure.noun.field(filter.field).is_some(), "{}: {}", figure.id, filter.field);
        }
    }
}

#[test]
fn zero_is_confirmed_by_the_school_when_the_month_is_over() {
    let draft = returns::draft(id(700), JUNIOR, day("2021-11-17"), 0);
    for (who, today, expected) in [
        ("principal", "2021-11-30", Some("monthly_return.month_open")),
        ("villager", "2021-12-01", Some("monthly_return.own_school")),
        ("bureau", "2021-12-01", Some("monthly_return.own_school")),
        ("principal", "2021-12-01", None),
    ] {
        let said = ReturnLife.may(&actor(who), &draft, "confirm", &facts(today)).err().map(|refusal| refusal.code);
        assert_eq!(said, expected, "{who} on {today}");
    }
    let change =
        ReturnLife.step(&actor("principal"), &draft, "confirm", &Input::default(), &facts("2021-12-01")).unwrap();
    let rows = [draft.clone(), change.after];
    assert_eq!(rows[1].get(&MONTHLY_RETURN, "month"), &Cell::Date(day("2021-11-01")));
    for (id, count) in [("returns.made", 2), ("returns.confirmed", 1), ("returns.zero", 1)] {
        assert_eq!(value(id, &rows), count, "{id}");
    }
    assert!(ReturnLife.next("confirmed", "confirm").is_none());
    // Confirmed anew after more was recorded: the day of the first time stays, by which the duty was done.
    let back = rows[1].clone().with(&MONTHLY_RETURN, "state", text("draft"));
    let again =
        ReturnLife.step(&actor("principal"), &back, "confirm", &Input::default(), &facts("2021-12-09")).unwrap();
    let said = |field| again.after.get(&MONTHLY_RETURN, field).date();
    assert_eq!((said("confirmed_on"), said("again_on")), (Some(day("2021-12-01")), Some(day("2021-12-09"))));
}
