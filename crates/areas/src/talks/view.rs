//! What the page of the day's talks is made of.

use askama::Template;
use engine::view::{Layout, LinkView, Tone, Words};

/// One touch: for a class, or for the whole school.
#[derive(Clone, Debug)]
pub struct SayView {
    pub label: String,
    /// It was said today already.
    pub done: bool,
    pub request_id: String,
    pub class: String,
    /// What the outbox of a telephone without network calls it.
    pub kept: String,
}

/// Something to say, with its two sentences.
#[derive(Clone, Debug)]
pub struct OfferView {
    pub kind: &'static str,
    pub heading: String,
    pub when: String,
    pub badge: String,
    pub tone: Tone,
    /// Code of the topic.
    pub topic: String,
    pub title: String,
    pub text: String,
    pub says: Vec<SayView>,
    /// Its minute is now.
    pub loud: bool,
}

#[derive(Template)]
#[template(path = "talks/now.html")]
pub struct NowPage {
    pub t: Words,
    pub layout: Layout,
    pub lead: String,
    pub offers: Vec<OfferView>,
    pub more: Option<LinkView>,
}
