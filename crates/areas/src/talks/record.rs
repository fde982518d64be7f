//! 安全提醒: what was said to whom, as one record.

use kit::{Field, Noun, ScopeBy};

/// 放学前一分钟提醒, 升旗讲话, 集会, 班级安全课
pub const KINDS: &[&str] = &["minute", "flag", "assembly", "lesson"];

pub const STATES: &[&str] = &["said", "mistaken"];
/// 误记原因: 点错、选错班级、其实没有讲
pub const MISTAKES: &[&str] = &["slip", "wrong_class", "not_said"];

pub static TALK: Noun = Noun {
    name: "talk",
    plural: "talks",
    fields: &[
        Field::refer("school", "school").required().list().filter().key(),
        // Empty where the whole school listened.
        Field::refer("class", "class").list().filter().key(),
        Field::date("day").required().list().filter().sort().key(),
        Field::choice("kind", KINDS).required().list().filter().key(),
        Field::text("topic", 40).required().list().search(),
        // 受教育人数: the pupils of the class or the school on that day, where nobody counted.
        Field::int("reach", 0, 20_000).list(),
        Field::int("minutes", 1, 240),
        Field::refer("speaker", "staff").list().filter(),
        // 补录: written down on a later day.
        Field::bool("late").required().fixed().list().filter(),
        Field::moment("recorded_at").required().fixed(),
        Field::choice("reason", MISTAKES).fixed(),
        Field::choice("state", STATES).fixed().list().filter(),
    ],
    scope: ScopeBy { classes: &["class"], persons: &["speaker"], ..ScopeBy::units(&["school"]) },
    title: &["topic"],
    subject: None,
    order: "-day",
    tallies: &[&["day", "kind", "late", "state"], &["school", "day", "kind", "late", "state"]],
};
