//! What the pages of messages are made of: plain text, already in the reader's language.

use std::ops::Deref;

use askama::Template;
use engine::view::{FieldKind, FormPage, Layout, OptionView, Words};

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

/// One of somebody's browsers.
pub struct BrowserView {
    pub id: String,
    pub name: String,
    pub since: String,
    /// A hash of its address.
    pub known: String,
}

/// The browsers that are written to, and the key that another one subscribes for.
pub struct BrowsersView {
    pub key: String,
    pub browsers: Vec<BrowserView>,
}

/// My channels: a form like any other, and beside it what is no field.
#[derive(Template)]
#[template(path = "messages/channels.html")]
pub struct ChannelsPage {
    pub form: FormPage,
    pub push: Option<BrowsersView>,
}

/// The page that it extends finds its fields in the form.
impl Deref for ChannelsPage {
    type Target = FormPage;

    fn deref(&self) -> &FormPage {
        &self.form
    }
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
    /// What was answered; empty before.
    pub given: String,
    pub most: usize,
}
