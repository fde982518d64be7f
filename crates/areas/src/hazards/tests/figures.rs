//! The figures' questions, asked of a handful of rows.

use kit::dates::Period;
use kit::figure::Frame;
use kit::{Noun, Query, Test};

use super::super::figures::ALL;
use super::super::returns::{self, MONTHLY_RETURN, ReturnLife};
use super::*;

fn passes(test: &Test, cell: &Cell, other: impl Fn(&str) -> Option<NaiveDate>) -> bool {
    let order = |cell: &Cell| cell.date().map(|day| i64::from(chrono::Datelike::num_days_from_ce(&day))).or(cell.int());
    match test {
        Test::OneOf(cells) => cells.contains(cell),
        Test::NoneOf(cells) => !cell.is_null() && !cells.contains(cell),
        Test::Between(low, high) => order(cell).is_some_and(|value| {
            low.as_ref().is_none_or(|low| order(low) <= Some(value))
                && high.as_ref().is_none_or(|high| Some(value) <= order(high))
        }),
        Test::After(field) => cell.date().zip(other(field)).is_some_and(|(day, other)| day > other),
        Test::NotAfter(field) => cell.date().zip(other(field)).is_some_and(|(day, other)| day <= other),
        // Of hazards only days are kept.
        Test::LaterBy(..) => false,
        Test::Present => !cell.is_null(),
        Test::NullOr(test) => cell.is_null() || passes(test, cell, other),
    }
}

fn matches(noun: &Noun, query: &Query, row: &Row) -> bool {
    query
        .filters
        .iter()
        .all(|filter| passes(&filter.test, row.get(noun, filter.field), |field| row.get(noun, field).date()))
}

fn value(id: &str, rows: &[Row]) -> usize {
    let figure = ALL.iter().find(|figure| figure.id == id).unwrap();
    let frame = Frame { period: Period::Year(2021), cutoff: day("2022-01-31"), unit: None };
    let query = (figure.rows)(&frame);
    rows.iter().filter(|row| matches(figure.noun, &query, row)).count()
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

#[test]
fn every_share_is_part_of_its_whole() {
    let wholes: Vec<_> = ALL.iter().map(|figure| figure.id).collect();
    for figure in ALL {
        assert!(figure.of.is_none_or(|of| wholes.contains(&of) && of != figure.id), "{}", figure.id);
        let frame = Frame { period: Period::Year(2021), cutoff: day("2021-12-20"), unit: None };
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
}
