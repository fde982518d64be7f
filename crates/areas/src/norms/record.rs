//! The county's decision about a norm, as a record. What a county decided about its rules is no secret.

use kit::norms::decide::Kind;
use kit::timetable::STAGES;
use kit::{Field, Noun, ScopeBy};

/// 规范核定: another figure, a confirmation or an early adoption, with its approval.
pub static NORM_DECISION: Noun = Noun {
    name: "norm_decision",
    plural: "norm-decisions",
    fields: &[
        // hazard.general.rectify
        Field::text("key", 80).public().required().list().search(),
        Field::choice("kind", Kind::CODES).public().required().list().filter(),
        // Only for schools of this type.
        Field::choice("stage", STAGES).public().list().filter(),
        // As it is typed: 3, 0.5, max, 03-31, 18:00.
        Field::text("value", 200).public().list(),
        Field::date("from_on").public().required().list().sort(),
        Field::date("until_on").public().list(),
        // 批准文号、批准人、批准日期
        Field::text("approval", 60).public().required().list().search(),
        Field::text("approver", 40).public().required(),
        Field::date("approved_on").public().required(),
        Field::long("reason", 400).public().required(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["key"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};
