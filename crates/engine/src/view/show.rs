//! One record: what it says, what can be done with it, what has been done.

use askama::Template;

use super::{BackView, CellKind, EvidenceView, FieldKind, FieldView, Layout, OptionView, RowView, Tone, Words};

/// The form that shows a masked value once a reason is given; every opening is logged.
#[derive(Debug, Clone, Default)]
pub struct UnmaskView {
    pub action: String,
    /// Name of the masked field, sent as `field`.
    pub field: String,
}

/// How a value is written.
#[derive(Debug, Clone, Default)]
pub enum ValueKind {
    #[default]
    Text,
    Link(String),
    Badge(Tone),
    /// Written with stars; with a form when this reader may ask.
    Masked(Option<UnmaskView>),
    /// Under a key that is not here, or erased: the text says which.
    Sealed,
}

/// A label and its value; an empty text is shown as a dash.
#[derive(Debug, Clone, Default)]
pub struct PairView {
    pub label: String,
    pub text: String,
    pub kind: ValueKind,
    /// Long text takes the whole width.
    pub wide: bool,
    /// Small print under the value (a date's weekday, a working-day count).
    pub note: String,
}

/// A group of values under one heading.
#[derive(Debug, Clone, Default)]
pub struct SectionView {
    pub heading: String,
    pub pairs: Vec<PairView>,
}

/// A step of what goes on: done, due, or still to come.
#[derive(Debug, Clone)]
pub struct StepView {
    pub label: String,
    pub said: String,
    pub tone: Tone,
}

/// A page about the record.
#[derive(Debug, Clone)]
pub struct PaperView {
    pub label: String,
    pub href: String,
    pub icon: String,
    /// What is done first stands out, before every move.
    pub first: bool,
}

/// Something this reader may do now; opens a form of its own.
#[derive(Debug, Clone, Default)]
pub struct MoveView {
    /// Used as an anchor.
    pub name: String,
    pub label: String,
    pub icon: String,
    /// `Good` is the way on and stands out, `Bad` asks for care, others are quiet.
    pub tone: Tone,
    pub action: String,
    /// What it does and who must have agreed.
    pub description: String,
    pub fields: Vec<FieldView>,
    /// Client-made id of the request, so that sending twice acts once.
    pub request_id: String,
    /// Version of the record the reader has seen.
    pub version: String,
    /// Asked before it is sent, if anything is.
    pub confirm: Option<String>,
    /// Open at once: it was refused, and what was typed is still there.
    pub open: bool,
    pub error: Option<String>,
}

/// A field before and after.
#[derive(Debug, Clone, Default)]
pub struct ChangeView {
    pub field: String,
    pub before: String,
    pub after: String,
}

/// One event of the record's history, newest first.
#[derive(Debug, Clone, Default)]
pub struct EventView {
    pub when: String,
    pub who: String,
    pub what: String,
    pub note: String,
    pub tone: Tone,
    pub changes: Vec<ChangeView>,
    /// Says how late it was, if it was.
    pub late: Option<String>,
}

/// Records that belong to this one.
#[derive(Debug, Clone, Default)]
pub struct RelatedView {
    pub heading: String,
    pub total: String,
    /// The whole list.
    pub href: String,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    pub empty: String,
}

/// The page of one record.
#[derive(Debug, Clone, Template)]
#[template(path = "show.html")]
pub struct ShowPage {
    pub t: Words,
    pub layout: Layout,
    /// An enrolled telephone keeps its forms while there is no network.
    pub keep: bool,
    /// What it is: the noun above the heading, with its number.
    pub kicker: String,
    pub heading: String,
    pub state: String,
    pub state_tone: Tone,
    /// Further facts beside the state: grade, lateness.
    pub marks: Vec<(String, Tone)>,
    /// How far it is, step by step.
    pub steps: Vec<StepView>,
    pub edit: Option<String>,
    pub papers: Vec<PaperView>,
    pub moves: Vec<MoveView>,
    pub sections: Vec<SectionView>,
    /// What is attached, and the form that adds more.
    pub evidence: Option<EvidenceView>,
    pub related: Vec<RelatedView>,
    pub events: Vec<EventView>,
    /// Address at which two versions are compared, and the versions; empty while there is only one.
    pub compare: String,
    pub versions: Vec<OptionView>,
    /// The list from which the reader came.
    pub back: Option<BackView>,
}
