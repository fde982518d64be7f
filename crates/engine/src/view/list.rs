//! A list: filters, exact total, sortable columns, rows, pages.

use askama::Template;

use super::{Layout, LinkView, ListTools, Tone, Words};

/// One choice of a select or a data list.
#[derive(Debug, Clone, Default)]
pub struct OptionView {
    pub value: String,
    pub label: String,
    pub selected: bool,
}

/// Two dates that a range stands between.
#[derive(Debug, Clone, Default)]
pub struct DateRangeView {
    pub from_name: String,
    /// ISO date or empty.
    pub from: String,
    pub to_name: String,
    /// ISO date or empty.
    pub to: String,
}

/// How a filter is asked for.
#[derive(Debug, Clone)]
pub enum FilterKind {
    /// A word to search for, with what it searches as a hint. The key `/` goes to the first of these.
    Text {
        value: String,
        hint: String,
    },
    Select(Vec<OptionView>),
    Dates(DateRangeView),
}

/// One field of the filter form.
#[derive(Debug, Clone)]
pub struct FilterView {
    pub name: String,
    pub label: String,
    pub kind: FilterKind,
}

/// Which way a column is sorted now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sorted {
    #[default]
    No,
    Up,
    Down,
}

impl Sorted {
    /// The value of `aria-sort`.
    pub fn aria(&self) -> &'static str {
        match self {
            Self::No => "none",
            Self::Up => "ascending",
            Self::Down => "descending",
        }
    }

    /// The icon that shows it.
    pub fn icon(&self) -> &'static str {
        match self {
            Self::No => "arrows-sort",
            Self::Up => "arrow-up",
            Self::Down => "arrow-down",
        }
    }
}

/// Where a click on a heading leads.
#[derive(Debug, Clone, Default)]
pub struct SortView {
    pub href: String,
    pub now: Sorted,
}

/// The heading of a column.
#[derive(Debug, Clone, Default)]
pub struct ColumnView {
    pub label: String,
    pub sort: Option<SortView>,
    /// Numbers stand at the right.
    pub number: bool,
}

/// How a cell is written.
#[derive(Debug, Clone, Default)]
pub enum CellKind {
    #[default]
    Text,
    Number,
    Date,
    /// A day by which something must be done, with its kind.
    Day(crate::days::DayNote),
    Badge(Tone),
    /// Written with stars on purpose.
    Masked,
    Link(String),
}

/// One cell.
#[derive(Debug, Clone, Default)]
pub struct CellView {
    pub text: String,
    pub kind: CellKind,
}

impl CellView {
    /// A cell of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), kind: CellKind::Text }
    }

    /// The class of its cell: numbers at the right, short words on one line (a name is never broken in two).
    pub fn class(&self) -> &'static str {
        match self.kind {
            CellKind::Number => "ax-right",
            // A number that stands out is still one of its column.
            CellKind::Badge(_) if self.text.parse::<i64>().is_ok() => "ax-right",
            // A day that stands out is said with the name of its column.
            CellKind::Badge(_) if self.text.parse::<chrono::NaiveDate>().is_ok() => "ax-short ax-half",
            CellKind::Badge(_) => "ax-cell-badge",
            _ if self.half() => "ax-short ax-half",
            _ if self.text.chars().count() <= 12 => "ax-short",
            _ => "",
        }
    }

    /// Short enough to share a line of a phone with another one: six Chinese characters or twelve letters.
    fn half(&self) -> bool {
        let width = self.text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum::<usize>();
        // A day has its kind beside it.
        width <= 12 && !matches!(self.kind, CellKind::Day(_))
    }

    /// A state in its colour.
    pub fn badge(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), kind: CellKind::Badge(tone) }
    }
}

/// One row; its first cell carries the link.
#[derive(Debug, Clone, Default)]
pub struct RowView {
    /// Empty when the reader may not open it.
    pub href: String,
    pub cells: Vec<CellView>,
    /// Value of the check box, for lists with a [`BulkView`].
    pub pick: Option<String>,
}

impl RowView {
    /// The classes of the headings above this row: at the right, where any of the rows has a number.
    pub fn heads(&self, rows: &[Self]) -> Vec<&'static str> {
        let number = |row: &Self, at: usize| row.cells.get(at).is_some_and(|cell| cell.class() == "ax-right");
        let class = |(at, cell): (usize, &CellView)| {
            if rows.iter().any(|row| number(row, at)) { "ax-right" } else { cell.class() }
        };
        self.cells.iter().enumerate().map(class).collect()
    }
}

/// What can be done with several rows at once.
#[derive(Debug, Clone, Default)]
pub struct BulkView {
    /// Address of the form; each chosen row is sent as `id`.
    pub action: String,
    pub label: String,
    pub icon: String,
}

/// Where the reader stands among the pages.
#[derive(Debug, Clone, Default)]
pub struct PagerView {
    /// `1–50`.
    pub range: String,
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
}

/// The list of one kind of record.
#[derive(Debug, Clone, Template)]
#[template(path = "list.html")]
pub struct ListPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub description: String,
    /// Exact total, with its word: `共 114,302 条`.
    pub total: String,
    /// Address that the filter form goes to.
    pub action: String,
    pub filters: Vec<FilterView>,
    /// Hidden parameters the filter form keeps (the sort).
    pub kept: Vec<(String, String)>,
    /// Each filter in force; its link takes it off.
    pub chips: Vec<LinkView>,
    /// Takes all filters off.
    pub clear: String,
    pub columns: Vec<ColumnView>,
    pub rows: Vec<RowView>,
    pub pager: PagerView,
    pub new: Option<LinkView>,
    /// Where a record is found by the whole of a sealed value.
    pub find: Option<String>,
    pub import: Option<String>,
    /// Links of the export menu (Excel, CSV).
    pub exports: Vec<LinkView>,
    pub bulk: Option<BulkView>,
    /// Saved views and columns, where the list is one of records.
    pub tools: Option<ListTools>,
    /// What to do when there is no row at all.
    pub empty: String,
}
