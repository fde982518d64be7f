//! Two people, one record: what each of them made of it, and what changed from one version to another.

use askama::Template;

use super::{Layout, LinkView, OptionView, Words};

/// Who decides about a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Side {
    /// Only the other one changed it.
    #[default]
    Theirs,
    /// Only this reader did.
    Mine,
    /// Both, and differently: chosen here; `true` when the reader's own is suggested.
    Choice(bool),
}

/// One field of a record that two people changed.
#[derive(Debug, Clone, Default)]
pub struct MergeLine {
    pub name: String,
    pub label: String,
    /// What it was when the reader began.
    pub base: String,
    pub theirs: String,
    /// Who made it so, and when.
    pub by: String,
    pub mine: String,
    pub side: Side,
    /// What the reader typed, as the form sent it.
    pub typed: Option<String>,
    /// The other's value as a form would send it; only moves need it.
    pub other: Option<String>,
}

/// A save that came too late, with both versions side by side.
#[derive(Debug, Clone, Template)]
#[template(path = "merge.html")]
pub struct MergePage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub description: String,
    /// What happened since: what, who, when.
    pub since: Vec<(String, String, String)>,
    pub lines: Vec<MergeLine>,
    /// Address of the form; `None` when it can no longer be done, and `refused` says why.
    pub action: Option<String>,
    pub refused: String,
    pub submit: String,
    pub request_id: String,
    /// The version that is shown as the other's.
    pub version: String,
    pub back: Option<String>,
    pub record: LinkView,
}

/// A field that differs between two versions.
#[derive(Debug, Clone, Default)]
pub struct DifferenceView {
    pub label: String,
    pub before: String,
    pub after: String,
}

/// What changed from one version to another.
#[derive(Debug, Clone, Template)]
#[template(path = "versions.html")]
pub struct VersionsPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub action: String,
    pub from: Vec<OptionView>,
    pub to: Vec<OptionView>,
    pub before: String,
    pub after: String,
    pub differences: Vec<DifferenceView>,
    pub record: LinkView,
}
