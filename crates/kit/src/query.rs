//! A question about records, as data: what a list page shows, an export writes and a figure counts.

use crate::cell::Cell;

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
    /// Has a value.
    Present,
    /// Empty, or passes this test: not ended, or ended later.
    NullOr(Box<Test>),
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

    /// The field is empty or not later than a day: what has a first day, perhaps unknown, and had begun by then.
    #[must_use]
    pub fn begun(self, field: &'static str, day: chrono::NaiveDate) -> Self {
        self.filter(field, Test::NullOr(Box::new(Test::Between(None, Some(Cell::Date(day))))))
    }

    #[must_use]
    pub fn limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }
}
