//! What is stored of duties: the light record of something done that no room keeps (履职记录), and the waiver (免除). All else is computed.

use kit::{Field, Noun, ScopeBy};

/// What a deed can say. A test holds them to `rules/duties.toml`.
pub const FACTS: &[&str] = &[
    "gate.post",
    "patrol.guard",
    "patrol.break",
    "patrol.noon",
    "patrol.night",
    "fire.patrol",
    "watch.leader",
    "canteen.accompany",
    "canteen.sample",
    "canteen.daily",
    "bus.check",
    "rollcall.arrival",
    "health.morning",
    "rollcall.handover",
    "talk.minute",
    "talk.five",
    "talk.flag",
    "hazard.check",
    "leader.round",
    "canteen.weekly",
    "drill.evacuation",
    "fire.check",
    "visit.inspector",
    "canteen.monthly",
    "meeting.group",
    "drill.night",
    "drill.bus",
    "drill.fire",
    "lecture.experts",
    "training.staff",
    "survey.bullying",
    "meeting.parents",
    "canteen.onsite",
    "canteen.survey",
    "building.check",
    "term.opening",
    "talk.first",
    "talk.last",
    "letter.parents",
    "letter.annual",
    "check.background",
    "day.safety",
    "month.safety",
    "day.fire",
    "day.traffic",
    "lesson.law",
    "test.mind",
    "report.school",
    "visit.leader",
    "hazard.statistics",
    "hazard.statistics_year",
    "inspection.opening",
    "report.year",
    "inspection.joint",
    "assessment.year",
    "surroundings.check",
    "water.check",
];

/// What is told in a sentence: whoever comes from outside says what he looked at, and a touch says nothing of it.
pub const IN_WORDS: &[&str] = &["visit.inspector"];

pub const DEED_STATES: &[&str] = &["recorded", "mistaken"];
pub const WAIVER_STATES: &[&str] = &["granted", "withdrawn"];

/// 履职记录: that something was done, on which day, for which school, unit or class. Attachments are welcome and count for nothing.
pub static DEED: Noun = Noun {
    name: "deed",
    plural: "deeds",
    fields: &[
        Field::choice("fact", FACTS).required().list().filter(),
        // Exactly one of school and unit; a class beside its school.
        Field::refer("school", "school").list().filter(),
        Field::refer("unit", "unit").filter(),
        Field::refer("class", "class").filter(),
        Field::date("day").required().list().filter().sort(),
        Field::text("note", 200).list().search(),
        Field::refer("by", "staff").fixed().list(),
        // When it was entered: what is entered late is shown as late.
        Field::moment("entered_at").required().fixed(),
        Field::long("reason", 300).fixed(),
        Field::choice("state", DEED_STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy { home: &["school"], classes: &["class"], persons: &["by"], ..ScopeBy::units(&["school", "unit"]) },
    title: &["school", "unit", "fact"],
    subject: None,
    order: "-day",
    tallies: &[],
};

/// 免除: that a duty is not asked of a school or unit from one day to another, with the reason, by somebody above it.
pub static WAIVER: Noun = Noun {
    name: "waiver",
    plural: "waivers",
    fields: &[
        // A code of `rules/duties.toml`.
        Field::text("duty", 40).worded("duty.").required().list().filter(),
        Field::refer("school", "school").list().filter(),
        Field::refer("unit", "unit").list().filter(),
        Field::date("from_on").required().list().sort(),
        Field::date("until_on").required().list(),
        Field::long("reason", 300).required().list(),
        Field::refer("by", "staff").fixed().list(),
        Field::date("granted_on").required().fixed(),
        Field::date("withdrawn_on").fixed(),
        Field::choice("state", WAIVER_STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy { home: &["school"], ..ScopeBy::units(&["school", "unit"]) },
    title: &["school", "unit", "duty"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};
