//! The search over everything.

use askama::Template;

use super::{CardView, Layout, Words};

/// One kind of record that this reader can search.
#[derive(Debug, Clone, Default)]
pub struct SearchedView {
    pub label: String,
    pub href: String,
    pub icon: String,
    /// What of it is searched, in words.
    pub fields: String,
}

/// What was asked, and what was found of each kind of record.
#[derive(Debug, Clone, Template)]
#[template(path = "search.html")]
pub struct SearchPage {
    pub t: Words,
    pub layout: Layout,
    pub typed: String,
    /// Characters that can be asked for.
    pub most: usize,
    pub fault: Option<String>,
    /// `共 12 条，3 类`; empty when nothing was asked.
    pub found: String,
    pub cards: Vec<CardView>,
    /// Something was asked, and nothing is called so.
    pub nothing: bool,
    /// What can be searched at all; shown when nothing is found.
    pub searched: Vec<SearchedView>,
}
