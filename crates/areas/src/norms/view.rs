//! What the pages of norms are made of: plain text, laid out by the templates.

use askama::Template;
use engine::view::{Layout, LinkView, OptionView, Tone, Words};

/// `/norms`
#[derive(Template)]
#[template(path = "norms/list.html")]
pub struct NormsPage {
    pub t: Words,
    pub layout: Layout,
    pub typed: String,
    pub topics: Vec<OptionView>,
    pub marks: Vec<OptionView>,
    /// The day that is asked about, `2021-12-20`.
    pub day: String,
    pub total: String,
    pub lines: Vec<LineView>,
}

/// One norm in the list.
pub struct LineView {
    pub href: String,
    pub key: String,
    pub about: String,
    pub value: String,
    pub mark: String,
    pub tone: Tone,
    pub basis: String,
}

/// `/norms/{key}`
#[derive(Template)]
#[template(path = "norms/one.html")]
pub struct NormPage {
    pub t: Words,
    pub layout: Layout,
    pub key: String,
    pub about: String,
    pub day: String,
    /// What holds on the day; empty where nothing does.
    pub now: Vec<StateView>,
    pub history: Vec<StateView>,
    pub uses: Vec<String>,
    /// To decide about it, for who may.
    pub actions: Vec<LinkView>,
}

/// One line of a norm's history.
pub struct StateView {
    pub value: String,
    /// The table of a figure that is one: heading and rows.
    pub table: Vec<Vec<String>>,
    pub applies: String,
    pub from: String,
    pub until: String,
    pub mark: String,
    pub tone: Tone,
    pub level: String,
    pub basis: String,
    pub source: String,
    pub place: String,
    /// The record of the county's decision about it.
    pub decision: Option<LinkView>,
    pub notes: Vec<String>,
}
