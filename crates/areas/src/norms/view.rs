//! What the pages of norms are made of: plain text, laid out by the templates.

use askama::Template;
use engine::view::{Layout, LinkView, OptionView, PagerView, Tone, Words};

/// `/norms`: how many there are, by chapter and topic.
#[derive(Template)]
#[template(path = "norms/index.html")]
pub struct IndexPage {
    pub t: Words,
    pub layout: Layout,
    pub filters: FiltersView,
    pub marks: Vec<MarkView>,
    pub total: String,
    pub chapters: Vec<ChapterView>,
}

/// `/norms?topic=patrol`: those that were asked for.
#[derive(Template)]
#[template(path = "norms/list.html")]
pub struct NormsPage {
    pub t: Words,
    pub layout: Layout,
    pub filters: FiltersView,
    pub marks: Vec<MarkView>,
    pub chips: Vec<LinkView>,
    pub total: String,
    pub lines: Vec<LineView>,
    /// None where all fit on one page.
    pub pager: Option<PagerView>,
}

/// What the form above both pages holds.
pub struct FiltersView {
    pub typed: String,
    /// The chapters with their topics.
    pub topics: Vec<(String, Vec<OptionView>)>,
    pub marks: Vec<OptionView>,
    /// The day that is asked about, `2021-12-20`.
    pub day: String,
}

/// A badge and what it means.
pub struct MarkView {
    pub label: String,
    pub tone: Tone,
    pub means: String,
    pub href: String,
}

pub struct ChapterView {
    pub href: String,
    pub name: String,
    /// To those of it that wait for a decision.
    pub pending: Option<LinkView>,
    pub topics: Vec<TopicView>,
}

pub struct TopicView {
    pub href: String,
    pub label: String,
    pub count: String,
}

/// One norm in the list.
pub struct LineView {
    pub href: String,
    pub about: String,
    /// Empty where all lines are of one topic.
    pub topic: String,
    /// Empty where it is for all schools.
    pub applies: String,
    pub value: String,
    pub table: Vec<Vec<String>>,
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
    pub topic: LinkView,
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
