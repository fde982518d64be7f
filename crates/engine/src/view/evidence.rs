//! What is attached to a record: photographs side by side, files, and the form that adds more.

use askama::Template;

use super::{Layout, LinkView, OptionView, Tone, Words};

/// One attachment.
#[derive(Debug, Clone, Default)]
pub struct PieceView {
    pub id: String,
    pub name: String,
    pub href: String,
    /// Address of the small picture, if it is one.
    pub thumb: Option<String>,
    /// A voice note: heard in place.
    pub sound: bool,
    /// Who added it, when, and how large it is.
    pub added: String,
    /// When and where it was taken, if that is known.
    pub taken: String,
    /// What is missing or strange about it.
    pub marks: Vec<(String, Tone)>,
    /// The same picture elsewhere, for a person to look at.
    pub alike: Vec<AlikeView>,
    /// Where it is removed, if this reader may.
    pub remove: Option<String>,
}

/// A sentence about another picture, and the record that it belongs to where this reader may see it.
#[derive(Debug, Clone, Default)]
pub struct AlikeView {
    pub text: String,
    pub link: Option<LinkView>,
}

/// Photographs that belong together under one heading.
#[derive(Debug, Clone, Default)]
pub struct SideView {
    pub heading: String,
    pub pieces: Vec<PieceView>,
}

/// An attachment that was taken away: what is left of it.
#[derive(Debug, Clone, Default)]
pub struct GoneView {
    pub name: String,
    pub why: String,
    pub hash: String,
}

/// The form that adds files.
#[derive(Debug, Clone, Default)]
pub struct AttachView {
    pub action: String,
    pub request_id: String,
    pub accept: &'static str,
    pub hint: String,
    /// What they show; empty where that is not asked.
    pub roles: Vec<OptionView>,
    /// Where and when they were taken, where that is asked.
    pub asks: bool,
    pub place: String,
    pub taken_on: String,
    /// Files that were refused, each with its reason.
    pub refused: Vec<(String, String)>,
    pub open: bool,
}

/// Everything that is attached to one record.
#[derive(Debug, Clone, Default)]
pub struct EvidenceView {
    /// Before and after, where the record type has them; an empty side says that it is waited for.
    pub sides: Vec<SideView>,
    pub others: Vec<PieceView>,
    pub gone: Vec<GoneView>,
    pub attach: Option<AttachView>,
}

impl EvidenceView {
    /// How many pieces there are: whoever decides by them sees that before he scrolls.
    pub fn count(&self) -> usize {
        self.others.len() + self.sides.iter().map(|side| side.pieces.len()).sum::<usize>()
    }
}

/// Two pictures that look the same.
#[derive(Debug, Clone, Default)]
pub struct TwinView {
    pub mark: (String, Tone),
    pub pieces: Vec<(PieceView, LinkView)>,
}

/// All pairs of pictures that look the same.
#[derive(Debug, Clone, Template)]
#[template(path = "alike.html")]
pub struct AlikePage {
    pub t: Words,
    pub layout: Layout,
    pub total: String,
    pub twins: Vec<TwinView>,
    pub next: Option<String>,
}
