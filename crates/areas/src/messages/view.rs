//! What the pages of messages are made of: plain text, already in the reader's language.

use askama::Template;
use engine::view::{Layout, OptionView, Words};

/// One dead letter.
pub struct DeadView {
    pub id: String,
    pub text: String,
    pub meta: String,
    pub fault: String,
    pub href: String,
}

#[derive(Template)]
#[template(path = "messages/dead.html")]
pub struct DeadPage {
    pub t: Words,
    pub layout: Layout,
    pub letters: Vec<DeadView>,
}

/// A question to somebody without an account.
#[derive(Template)]
#[template(path = "messages/answer.html")]
pub struct AnswerPage {
    pub t: Words,
    pub assets: String,
    pub county: String,
    pub sample: bool,
    pub heading: String,
    pub said: String,
    /// Where the answer goes; empty when there is nothing to answer any more.
    pub action: String,
    pub question: String,
    pub choices: Vec<OptionView>,
    pub note: String,
    pub most: usize,
}
