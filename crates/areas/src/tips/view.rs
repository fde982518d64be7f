//! What the pages of tips are made of: plain text, already in the reader's language.

use askama::Template;
use engine::view::{LanguageView, Layout, LinkView, OptionView, Words};

/// What surrounds a page for somebody without an account: no menu, no script.
#[derive(Clone, Debug)]
pub struct Frame {
    pub title: String,
    pub assets: String,
    pub county: String,
    /// Says that nothing here is real.
    pub sample: bool,
    /// Where a code is typed.
    pub follow: String,
    pub languages: Vec<LanguageView>,
}

/// The form behind a code.
#[derive(Template)]
#[template(path = "tips/form.html")]
pub struct FormPage {
    pub t: Words,
    pub frame: Frame,
    pub school: String,
    pub action: String,
    pub id: String,
    pub token: String,
    pub spots: Vec<OptionView>,
    pub words: String,
    pub about_people: bool,
    pub contact: String,
    /// Photographs can be kept here at all.
    pub photographs: bool,
    /// A photograph came already and is kept.
    pub photo_held: bool,
    /// What concerns no field.
    pub fault: Option<String>,
    pub wrong: bool,
    pub spot_fault: Option<String>,
    pub words_fault: Option<String>,
    pub contact_fault: Option<String>,
    pub photo_fault: Option<String>,
}

/// An earlier tip, as strangers may see it.
pub struct SameView {
    pub id: String,
    pub spot: String,
    pub when: String,
    pub category: String,
    /// Empty until somebody here has read them.
    pub words: String,
    pub state: String,
}

/// Is it one of these?
#[derive(Template)]
#[template(path = "tips/same.html")]
pub struct SamePage {
    pub t: Words,
    pub frame: Frame,
    pub action: String,
    pub id: String,
    pub token: String,
    pub spot: String,
    pub words: String,
    pub contact: String,
    pub likely: Vec<SameView>,
}

/// Something that happened.
pub struct StepView {
    pub label: String,
    pub when: String,
}

/// Is it really fixed?
pub struct AskView {
    pub action: String,
    pub id: String,
    pub token: String,
    /// Asked, rather than left open to say.
    pub loud: bool,
    /// "Yes" can be said.
    pub yes: bool,
    pub most: usize,
}

/// A tip as its reporter follows it.
#[derive(Template)]
#[template(path = "tips/follow.html")]
pub struct FollowPage {
    pub t: Words,
    pub frame: Frame,
    pub heading: String,
    pub code: String,
    pub link: String,
    pub school: String,
    pub spot: String,
    pub words: String,
    /// It was found to be the same as an earlier one, which this page follows.
    pub same: bool,
    pub steps: Vec<StepView>,
    pub next: String,
    pub answer: String,
    pub question: Option<AskView>,
    pub fault: Option<String>,
}

/// One sentence, and where a code may be typed.
#[derive(Template)]
#[template(path = "tips/plain.html")]
pub struct PlainPage {
    pub t: Words,
    pub frame: Frame,
    pub heading: String,
    pub sentence: String,
    /// What was typed, where a code is asked for.
    pub code: Option<String>,
}

/// A sheet for a wall.
pub struct WallView {
    pub school: String,
    pub image: String,
    pub alt: String,
    /// The address in letters, for whoever cannot scan and for whoever prints to see where it leads.
    pub address: String,
}

/// Sheets to print, one a school.
#[derive(Template)]
#[template(path = "tips/sheet.html")]
pub struct SheetPage {
    pub t: Words,
    pub layout: Layout,
    pub sheets: Vec<WallView>,
}

/// A likely duplicate, with the button that says so.
pub struct LikelyView {
    pub label: String,
    pub meta: String,
    pub href: String,
    /// Where saying so is sent, and the name and value of what is sent.
    pub action: String,
    pub field: &'static str,
    pub value: String,
    pub button: String,
    pub request_id: String,
}

/// One tip on the triager's table.
#[derive(Template)]
#[template(path = "tips/triage.html")]
pub struct TriagePage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub school: String,
    pub spot: String,
    pub about_people: bool,
    pub received: String,
    pub due: String,
    pub late: bool,
    pub record: LinkView,
    pub photos: Vec<LinkView>,
    pub likely: Vec<LikelyView>,
    /// Where the moves are sent: followed by the name of one.
    pub base: String,
    pub version: String,
    /// Four ids, one for each form.
    pub requests: [String; 4],
    pub place: String,
    pub categories: Vec<OptionView>,
    pub finding: String,
    pub may_set_aside: bool,
    pub may_keep: bool,
    /// Why this reader may look and not act.
    pub barred: Option<String>,
}
