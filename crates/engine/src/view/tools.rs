//! What a list offers beside its rows: saved views, the choice of columns, and the way back.

use askama::Template;

use super::{FieldKind, FieldView, Layout, LinkView, OptionView, Words};

/// A saved view in the menu of its list.
#[derive(Debug, Clone, Default)]
pub struct ViewLink {
    pub label: String,
    pub href: String,
    /// Whose it is, or that it opens by itself.
    pub note: String,
    pub current: bool,
}

/// The tools above the rows of a list.
#[derive(Debug, Clone, Default)]
pub struct ListTools {
    /// The view that is shown now.
    pub active: Option<String>,
    /// Everything, then the views.
    pub views: Vec<ViewLink>,
    /// Where the present question is kept as a view, and one's own views are changed.
    pub keep: String,
    /// Address of the form that chooses columns.
    pub action: String,
    /// What that form keeps of the question.
    pub kept: Vec<(String, String)>,
    /// The first column, which always stays.
    pub first: String,
    pub columns: Vec<OptionView>,
    /// Back to the usual columns, when others are shown.
    pub usual: Option<String>,
    /// The present list, for those who come back to it.
    pub back: Option<String>,
}

/// One of the reader's own views, to be changed or removed.
#[derive(Debug, Clone, Default)]
pub struct OwnView {
    pub label: String,
    pub href: String,
    /// What it asks, in words.
    pub says: String,
    pub notes: Vec<String>,
    pub change: String,
    pub remove: String,
    /// Asked before it is removed.
    pub ask: String,
    pub fields: Vec<FieldView>,
    pub open: bool,
}

/// Keeping the present question as a view, and what has been kept.
#[derive(Debug, Clone, Template)]
#[template(path = "views.html")]
pub struct ViewsPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    /// Each filter of the present question, in words.
    pub says: Vec<String>,
    /// Address of the form.
    pub action: String,
    /// The present question as an address.
    pub question: String,
    pub request_id: String,
    pub fields: Vec<FieldView>,
    pub own: Vec<OwnView>,
    pub others: Vec<ViewLink>,
    pub back: String,
}

/// The list from which a record was opened.
#[derive(Debug, Clone, Default)]
pub struct BackView {
    pub list: LinkView,
    /// The address that forms carry on.
    pub carried: String,
    pub previous: Option<String>,
    pub next: Option<String>,
}
