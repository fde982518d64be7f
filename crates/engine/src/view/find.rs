//! Finding a record by the whole of a sealed value.

use askama::Template;

use super::{CellKind, ErrorLine, FieldKind, FieldView, Layout, RowView, Words};

/// What was found, as the list shows it.
#[derive(Debug, Clone, Default)]
pub struct FoundView {
    /// How many, and that it was noted.
    pub said: String,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
}

/// Which value, the whole of it, and why.
#[derive(Debug, Clone, Template)]
#[template(path = "find.html")]
pub struct FindPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub action: String,
    pub errors: Vec<ErrorLine>,
    pub fields: Vec<FieldView>,
    pub back: String,
    /// `None` before anything was asked.
    pub found: Option<FoundView>,
}
