//! What the pages of patrols are made of: plain text, already in the reader's language.

use askama::Template;
use engine::view::{Layout, LinkView, OptionView, Tone, Words};

/// One route on the list of what is due.
#[derive(Clone, Debug)]
pub struct TurnView {
    pub name: String,
    pub kind: String,
    /// 09:50–10:20, for the next one that is due.
    pub when: String,
    pub badge: String,
    pub tone: Tone,
    /// How many of the day's rounds are walked.
    pub done: String,
    pub href: String,
    pub button: String,
    /// Its time is now, or it is under way.
    pub loud: bool,
    /// The telephone keeps its page.
    pub kept: bool,
}

/// 待巡查
#[derive(Template)]
#[template(path = "patrols/due.html")]
pub struct DuePage {
    pub t: Words,
    pub layout: Layout,
    pub lead: String,
    /// Said once after a round.
    pub finished: Option<String>,
    pub turns: Vec<TurnView>,
    /// Routes that are others' to walk; anybody may step in.
    pub others: Vec<TurnView>,
    pub today: Option<LinkView>,
}

/// A point on the way.
#[derive(Clone, Debug)]
pub struct StopView {
    pub number: String,
    pub name: String,
    /// When it was visited; empty until then.
    pub time: String,
    pub finding: bool,
    /// The first that is not visited yet.
    pub next: bool,
    pub action: String,
    pub request_id: String,
    /// What was marked well and can be corrected.
    pub correct: Option<String>,
}

/// What ends a round or a post, or takes one over.
#[derive(Clone, Debug)]
pub struct TouchView {
    pub action: String,
    pub request_id: String,
    pub label: String,
    /// Name and value that are sent.
    pub field: &'static str,
    pub value: String,
    pub hint: String,
    /// What is asked before it is done.
    pub sure: Option<String>,
}

/// 巡查中
#[derive(Template)]
#[template(path = "patrols/walk.html")]
pub struct WalkPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    pub progress: String,
    pub badge: String,
    pub tone: Tone,
    pub stops: Vec<StopView>,
    pub touches: Vec<TouchView>,
    /// Its own address, to which a touch without a network comes back, the one that ends the round, and after how many minutes another one begins.
    pub here: String,
    pub end: String,
    pub longest: i64,
    /// 护学岗
    pub post: bool,
}

/// One point: all well, or a finding.
#[derive(Template)]
#[template(path = "patrols/point.html")]
pub struct PointPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    pub progress: String,
    pub action: String,
    /// One for each form.
    pub requests: [String; 2],
    pub label: String,
    pub troubles: Vec<OptionView>,
    pub words: String,
    /// The finding's form stands open.
    pub open: bool,
    pub fault: Option<String>,
    pub trouble_fault: Option<String>,
    pub words_fault: Option<String>,
    /// A photograph and a voice note may come with a finding.
    pub files: bool,
    pub way: LinkView,
}

/// A sheet for a point.
pub struct PlateView {
    pub school: String,
    pub route: String,
    pub point: String,
    pub image: String,
    pub alt: String,
    /// The address in letters: for whoever cannot scan, and for a tag (NFC) that is to open the same page.
    pub address: String,
}

/// Sheets to print, two on a page.
#[derive(Template)]
#[template(path = "patrols/sheet.html")]
pub struct PlatesPage {
    pub t: Words,
    pub layout: Layout,
    pub plates: Vec<PlateView>,
}
