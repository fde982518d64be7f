//! The deletion as a record. Only a run of `anxiao retain` writes one, and nothing changes it afterwards.

use kit::{Field, Noun, ScopeBy};

/// The kinds of [`terms`](super::terms) that are deleted.
pub const KINDS: &[&str] = &["reading", "notice", "message", "session", "token", "tip_photo"];

/// 销毁登记: what was deleted because its term was over, by which norm.
pub static DISPOSAL: Noun = Noun {
    name: "disposal",
    plural: "disposals",
    fields: &[
        Field::choice("kind", KINDS).required().fixed().list().filter(),
        // As it was that day: 24 months.
        Field::text("term", 40).required().fixed().list(),
        Field::long("basis", 400).required().fixed(),
        // What had ended before this day.
        Field::date("cutoff").required().fixed().list().sort(),
        Field::int("count", 0, 1 << 40).required().fixed().list(),
        Field::date("oldest").fixed().list(),
        Field::moment("done_at").required().fixed().list().sort(),
    ],
    // It names nobody: whoever may read the list may read all of it.
    scope: ScopeBy::EVERYONE,
    title: &["kind", "cutoff"],
    subject: None,
    order: "-done_at",
    tallies: &[],
};
