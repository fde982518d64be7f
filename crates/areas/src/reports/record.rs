//! The frozen report as a record. Only freezing writes one, and nothing changes it afterwards.

use kit::{Field, Noun, ScopeBy};

/// 定稿快照: the figures of a report as they were when it was frozen, with their hash and the prose composed from them.
pub static SNAPSHOT: Noun = Noun {
    name: "report_snapshot",
    plural: "report-snapshots",
    fields: &[
        Field::choice("kind", &["year"]).required().fixed().list().filter(),
        // As a period is written: `2021`.
        Field::text("period", 10).required().fixed().list().filter().sort(),
        Field::date("cutoff").required().fixed().list().sort(),
        Field::moment("taken_at").required().fixed().list().sort(),
        // Empty when the program itself froze it.
        Field::refer("taken_by", "account").fixed().list(),
        // The period that it is compared with.
        Field::text("compared", 10).required().fixed(),
        // Canonical JSON (RFC 8785): the same figures are the same bytes.
        Field::long("figures", 200_000).required().fixed(),
        // SHA-256 of `figures`, hexadecimal.
        Field::text("hash", 64).required().fixed().list(),
        // Markdown in simplified Chinese.
        Field::long("prose", 100_000).required().fixed(),
    ],
    scope: ScopeBy::NOBODY,
    title: &["period"],
    subject: None,
    order: "-taken_at",
    tallies: &[],
};
