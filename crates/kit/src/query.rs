//! A question about records, as data: what a list page shows, an export writes and a figure counts.

use std::cmp::Ordering;

use crate::cell::Cell;
use crate::{Noun, Row};

/// How a field is compared.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Equal to one of these; `Null` among them matches an empty field.
    OneOf(Vec<Cell>),
    /// Not equal to any of these, and not empty.
    NoneOf(Vec<Cell>),
    /// Inclusive bounds; an empty field matches neither.
    Between(Option<Cell>, Option<Cell>),
    /// Later (or greater) than another field of the same record: closed late, for one.
    After(&'static str),
    /// Not later than another field of the same record.
    NotAfter(&'static str),
    /// More than so many minutes later than another moment of the same record: it took longer than an hour, for one.
    LaterBy(&'static str, i64),
    /// Has a value.
    Present,
    /// Empty, or passes this test: not ended, or ended later.
    NullOr(Box<Test>),
}

/// In milliseconds, as moments are kept.
pub const MINUTE: i64 = 60_000;

impl Test {
    /// Whether a value passes, exactly as a database says it; `other` gives the other field of the same record. What is empty is neither greater nor less
    /// nor another than anything.
    pub fn passes<'a>(&self, cell: &Cell, other: &impl Fn(&str) -> &'a Cell) -> bool {
        let among = |cells: &[Cell]| cells.iter().any(|one| order(cell, one) == Some(Ordering::Equal));
        match self {
            Self::OneOf(cells) => among(cells) || (cell.is_null() && cells.iter().any(Cell::is_null)),
            Self::NoneOf(cells) => !cell.is_null() && !among(cells) && cells.iter().any(|one| !one.is_null()),
            Self::Between(low, high) => {
                let above = |low: &Cell| order(cell, low).is_some_and(Ordering::is_ge);
                let below = |high: &Cell| order(cell, high).is_some_and(Ordering::is_le);
                !cell.is_null() && low.as_ref().is_none_or(above) && high.as_ref().is_none_or(below)
            }
            Self::After(name) => order(cell, other(name)).is_some_and(Ordering::is_gt),
            Self::NotAfter(name) => order(cell, other(name)).is_some_and(Ordering::is_le),
            Self::LaterBy(name, minutes) => {
                cell.int().zip(other(name).int()).is_some_and(|(at, from)| at - from > minutes * MINUTE)
            }
            Self::Present => !cell.is_null(),
            Self::NullOr(test) => cell.is_null() || test.passes(cell, other),
        }
    }

    /// The other field that it compares with, if it does.
    pub fn other(&self) -> Option<&'static str> {
        match self {
            Self::After(name) | Self::NotAfter(name) | Self::LaterBy(name, _) => Some(name),
            Self::NullOr(test) => test.other(),
            Self::OneOf(_) | Self::NoneOf(_) | Self::Between(..) | Self::Present => None,
        }
    }
}

/// How two values of one field stand to each other; nothing where one is empty.
fn order(one: &Cell, other: &Cell) -> Option<Ordering> {
    match (one, other) {
        (Cell::Bool(one), Cell::Bool(other)) => Some(one.cmp(other)),
        (Cell::Int(one), Cell::Int(other)) => Some(one.cmp(other)),
        (Cell::Text(one), Cell::Text(other)) => Some(one.cmp(other)),
        (Cell::Date(one), Cell::Date(other)) => Some(one.cmp(other)),
        (Cell::Id(one), Cell::Id(other)) => Some(one.cmp(other)),
        (one, other) => real(one)?.partial_cmp(&real(other)?),
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers typed for a field of real ones are far below 2^53")]
fn real(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Real(real) => Some(*real),
        Cell::Int(int) => Some(*int as f64),
        _ => None,
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    pub field: &'static str,
    pub test: Test,
}

/// Filters are joined by *and*. Scope is not part of a query: the store demands it beside every one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    pub filters: Vec<Filter>,
    /// Words to find in the searched fields.
    pub search: Option<String>,
    pub sort: Option<&'static str>,
    pub descending: bool,
    /// Continue after (or before) this place: the sort value and id of a row already seen.
    pub place: Option<Place>,
    pub limit: u64,
    /// As the records stood at the end of an earlier day, in the fields whose past is kept ([`crate::Field::past`]); without it, as they stand.
    pub as_of: Option<chrono::NaiveDate>,
}

/// A place in a sorted list that stays where it is while rows come and go.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub value: Cell,
    pub id: uuid::Uuid,
    pub backwards: bool,
}

impl Query {
    pub fn new() -> Self {
        Self { limit: 50, ..Self::default() }
    }

    #[must_use]
    pub fn filter(mut self, field: &'static str, test: Test) -> Self {
        self.filters.push(Filter { field, test });
        self
    }

    #[must_use]
    pub fn is(self, field: &'static str, cell: Cell) -> Self {
        self.filter(field, Test::OneOf(vec![cell]))
    }

    #[must_use]
    pub fn among(self, field: &'static str, codes: &[&str]) -> Self {
        self.filter(field, Test::OneOf(codes.iter().map(|code| Cell::Text((*code).to_owned())).collect()))
    }

    #[must_use]
    pub fn not_among(self, field: &'static str, codes: &[&str]) -> Self {
        self.filter(field, Test::NoneOf(codes.iter().map(|code| Cell::Text((*code).to_owned())).collect()))
    }

    #[must_use]
    pub fn within(self, field: &'static str, first: chrono::NaiveDate, last: chrono::NaiveDate) -> Self {
        self.filter(field, Test::Between(Some(Cell::Date(first)), Some(Cell::Date(last))))
    }

    #[must_use]
    pub fn up_to(self, field: &'static str, last: chrono::NaiveDate) -> Self {
        self.filter(field, Test::Between(None, Some(Cell::Date(last))))
    }

    /// The field is empty or later than a day: what has an end date and has not ended by then.
    #[must_use]
    pub fn not_ended(self, field: &'static str, day: chrono::NaiveDate) -> Self {
        let next = day.succ_opt().unwrap_or(day);
        self.filter(field, Test::NullOr(Box::new(Test::Between(Some(Cell::Date(next)), None))))
    }

    /// What holds on a day, by its first day and its last, if it has one; both belong to it.
    #[must_use]
    pub fn in_force(self, day: chrono::NaiveDate) -> Self {
        let ends = Test::Between(Some(Cell::Date(day)), None);
        self.up_to("from_on", day).filter("until_on", Test::NullOr(Box::new(ends)))
    }

    /// The field is empty or not later than a day: what has a first day, perhaps unknown, and had begun by then.
    #[must_use]
    pub fn begun(self, field: &'static str, day: chrono::NaiveDate) -> Self {
        self.filter(field, Test::NullOr(Box::new(Test::Between(None, Some(Cell::Date(day))))))
    }

    /// As the records stood at the end of a day.
    #[must_use]
    pub fn as_of(self, day: chrono::NaiveDate) -> Self {
        Self { as_of: Some(day), ..self }
    }

    /// Whether a record is among those asked for, but for words that were typed and for its past: a rule that refuses what a form does not offer is the
    /// same question.
    pub fn holds(&self, noun: &Noun, row: &Row) -> bool {
        let other = |name: &str| row.get(noun, name);
        self.filters.iter().all(|filter| filter.test.passes(row.get(noun, filter.field), &other))
    }

    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Cell {
        text.parse().map_or(Cell::Null, Cell::Date)
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    /// Each test with what it is put to, beside another field of the same record; in the order of the answers.
    #[test]
    fn what_is_empty_is_neither_greater_nor_less_nor_another_than_anything() {
        let one = |cell: Cell| Test::OneOf(vec![cell]);
        let none = |cells: &[Cell]| Test::NoneOf(cells.to_vec());
        let between = |low: Option<i64>, high: Option<i64>| Test::Between(low.map(Cell::Int), high.map(Cell::Int));
        let first = day("2021-12-20");
        for (test, cell, other, expected) in [
            (one(text("a")), text("a"), Cell::Null, true),
            (one(text("a")), text("b"), Cell::Null, false),
            (one(text("a")), Cell::Null, Cell::Null, false),
            (one(Cell::Null), Cell::Null, Cell::Null, true),
            (one(Cell::Null), text("a"), Cell::Null, false),
            (Test::OneOf(vec![]), Cell::Null, Cell::Null, false),
            (one(Cell::Int(1)), Cell::Real(1.0), Cell::Null, true),
            (one(Cell::Int(1)), text("1"), Cell::Null, false),
            (none(&[text("a")]), text("b"), Cell::Null, true),
            (none(&[text("a")]), text("a"), Cell::Null, false),
            (none(&[text("a")]), Cell::Null, Cell::Null, false),
            (none(&[text("a"), Cell::Null]), text("b"), Cell::Null, true),
            (none(&[]), text("b"), Cell::Null, false),
            (none(&[Cell::Null]), text("b"), Cell::Null, false),
            (between(Some(2), Some(4)), Cell::Int(1), Cell::Null, false),
            (between(Some(2), Some(4)), Cell::Int(2), Cell::Null, true),
            (between(Some(2), Some(4)), Cell::Int(4), Cell::Null, true),
            (between(Some(2), Some(4)), Cell::Int(5), Cell::Null, false),
            (between(None, Some(4)), Cell::Null, Cell::Null, false),
            (between(None, None), Cell::Null, Cell::Null, false),
            (between(None, None), Cell::Int(9), Cell::Null, true),
            (Test::After("o"), day("2021-12-21"), first.clone(), true),
            (Test::After("o"), first.clone(), first.clone(), false),
            (Test::After("o"), first.clone(), Cell::Null, false),
            (Test::After("o"), Cell::Null, first.clone(), false),
            (Test::NotAfter("o"), first.clone(), first.clone(), true),
            (Test::NotAfter("o"), day("2021-12-21"), first.clone(), false),
            (Test::NotAfter("o"), first.clone(), Cell::Null, false),
            (Test::Present, first.clone(), Cell::Null, true),
            (Test::Present, Cell::Null, first.clone(), false),
            (Test::NullOr(Box::new(Test::After("o"))), Cell::Null, first.clone(), true),
            (Test::NullOr(Box::new(Test::After("o"))), first.clone(), first.clone(), false),
        ] {
            let passes = test.passes(&cell, &|name| if name == "o" { &other } else { &Cell::Null });
            assert_eq!(passes, expected, "{test:?} {cell:?} {other:?}");
        }
    }

    /// First and last day belong to what holds; what ends on a day has ended by it, and what begins on it has begun.
    #[test]
    fn days_at_the_ends_of_a_stretch() {
        let on = "2021-12-20".parse().unwrap_or_default();
        let passes = |query: &Query, from: &str, until: &str| {
            let cell = |name: &str| if name == "from_on" { day(from) } else { day(until) };
            query.filters.iter().all(|filter| filter.test.passes(&cell(filter.field), &|_| &Cell::Null))
        };
        let asked = [
            Query::new().in_force(on),
            Query::new().not_ended("until_on", on),
            Query::new().begun("from_on", on),
            Query::new().up_to("from_on", on),
            Query::new().within("from_on", on, on),
        ];
        for (from, until, expected) in [
            ("2021-12-01", "", [true, true, true, true, false]),
            ("2021-12-20", "", [true, true, true, true, true]),
            ("2021-12-21", "", [false, true, false, false, false]),
            ("2021-12-01", "2021-12-19", [false, false, true, true, false]),
            ("2021-12-01", "2021-12-20", [true, false, true, true, false]),
            ("2021-12-01", "2021-12-21", [true, true, true, true, false]),
            ("", "", [false, true, true, false, false]),
        ] {
            assert_eq!(asked.each_ref().map(|query| passes(query, from, until)), expected, "{from} to {until}");
        }
        assert_eq!((Query::new().limit, Query::new().limit(7).limit), (50, 7));
        let codes = Query::new().among("from_on", &["a"]).not_among("until_on", &["b"]).is("from_on", Cell::Null);
        let tests: Vec<_> = codes.filters.into_iter().map(|filter| filter.test).collect();
        let expected = [Test::OneOf(vec![text("a")]), Test::NoneOf(vec![text("b")]), Test::OneOf(vec![Cell::Null])];
        assert_eq!(tests, expected);
    }

    #[test]
    fn longer_than_so_many_minutes_is_longer_and_not_as_long() {
        let begun = Cell::Int(1_000);
        let (test, closed) =
            (Test::LaterBy("begun_at", 60), |minutes: i64, more: i64| Cell::Int(1_000 + minutes * MINUTE + more));
        let passes = |test: &Test, cell: &Cell, begun: &Cell| {
            test.passes(cell, &|name| if name == "begun_at" { begun } else { &Cell::Null })
        };
        assert!(passes(&test, &closed(60, 1), &begun) && !passes(&test, &closed(60, 0), &begun));
        assert!(!passes(&test, &Cell::Null, &begun) && !passes(&test, &closed(90, 0), &Cell::Null));
        assert_eq!(test.other(), Some("begun_at"));
        let open = Test::NullOr(Box::new(test));
        assert!(passes(&open, &Cell::Null, &begun) && !passes(&open, &closed(5, 0), &begun));
    }
}
