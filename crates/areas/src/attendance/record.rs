//! The records of the roll-call: a sheet for each class and session that was called, and a mark for each pupil who was not simply
//! there. No row says that somebody was present: that follows from his enrolment and the sheet, see [`super::roll`].

use kit::{Field, Mask, Noun, Row, ScopeBy};

/// 点名时段: codes of the timetable that can be called. Which of them a day asks for says [`super::session`].
pub const SESSIONS: &[&str] = &[
    "arrival",
    "lesson.1",
    "lesson.2",
    "lesson.3",
    "lesson.4",
    "noon",
    "lesson.5",
    "lesson.6",
    "lesson.7",
    "lesson.8",
    "evening",
    "dormitory",
];
pub const SHEET_STATES: &[&str] = &["called", "withdrawn"];
/// 设备时钟: whose telephone goes wrong.
pub const CLOCKS: &[&str] = &["ahead", "behind"];

/// 点名册: one class, one day, one session.
pub static SHEET: Noun = Noun {
    name: "sheet",
    plural: "sheets",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("session", SESSIONS).required().fixed().list().filter(),
        Field::choice("state", SHEET_STATES).required().fixed().list().filter(),
        Field::refer("called_by", "staff").fixed().list().filter(),
        // 代点: not the class's own teacher.
        Field::bool("substitute").required().fixed().filter(),
        Field::moment("called_at").required().fixed().list().sort(),
        // When it was called on a telephone without a network, by our clock; `called_at` is when it came.
        Field::moment("device_at").fixed(),
        Field::choice("clock", CLOCKS).fixed().filter(),
        // 超时: called after the norm's minutes.
        Field::bool("overdue").required().fixed().list().filter(),
        // 应到
        Field::int("enrolled", 0, 500).required().fixed().list(),
        Field::int("absent", 0, 500).required().fixed().list(),
        Field::int("sick", 0, 500).required().fixed().list(),
        Field::int("on_leave", 0, 500).required().fixed().list(),
        Field::int("late", 0, 500).required().fixed().list(),
        Field::int("left_early", 0, 500).required().fixed().list(),
        Field::text("reason", 200).fixed(),
        // What was sent, so that the same id with another content is not taken for the same.
        Field::index("digest"),
    ],
    scope: ScopeBy { home: &["school"], classes: &["class"], persons: &["called_by"], ..ScopeBy::units(&["school"]) },
    title: &["class", "day", "session"],
    subject: None,
    order: "-day",
    tallies: &[],
};

/// 异常情况: the counters of a sheet stand in the same order.
pub const KINDS: &[&str] = &["absent", "sick", "leave", "late", "left_early"];
/// 症状 (学校卫生工作条例; 学校和托幼机构传染病疫情报告工作规范): what the morning check looks for.
pub const SYMPTOMS: &[&str] = &["fever", "cough", "rash", "diarrhoea", "vomiting", "jaundice", "injury", "other"];
pub const MARK_STATES: &[&str] = &["unknown", "known", "arrived", "returned", "mistaken", "taken_back"];

/// 点名异常: a pupil who was not simply there.
pub static MARK: Noun = Noun {
    name: "mark",
    plural: "marks",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::refer("pupil", "pupil").required().list().filter(),
        Field::refer("sheet", "sheet").required().filter().whole(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("session", SESSIONS).required().fixed().list().filter(),
        Field::choice("kind", KINDS).required().list().filter(),
        // Health is nobody's business but the school's (个人信息保护法 art. 28).
        Field::choice("symptom", SYMPTOMS).personal(Mask::Whole),
        Field::choice("state", MARK_STATES).required().fixed().list().filter(),
        Field::refer("marked_by", "staff").fixed(),
        Field::moment("marked_at").required().fixed(),
        // 家长回复
        Field::text("reply", 200).personal(Mask::Whole).fixed(),
        Field::text("reason", 200).personal(Mask::Whole),
        // 返校: whoever was ill is followed until he is back.
        Field::date("returned_on").fixed(),
    ],
    scope: ScopeBy { classes: &["class"], persons: &["marked_by"], ..ScopeBy::units(&["school"]) },
    title: &["day", "session", "kind"],
    subject: Some("pupil"),
    order: "-day",
    tallies: &[],
};

/// 未到校核查: the chain from "nobody knows" to where the child was.
pub const MISSING_STATES: &[&str] = &["asked", "answered", "searching", "police", "closed"];

/// Whether it is still not known where the child is: the check goes on.
pub fn goes_on(check: &Row) -> bool {
    check.get(&MISSING, "state").text() != Some("closed")
}

/// Why everything goes at once and in half the time.
/// `direct` names no reason: that a child has a care flag is its school's business alone.
pub const URGENT: &[&str] = &["kindergarten", "lower_grade", "near_water", "direct"];
pub const ANSWERS: &[&str] = &["sick", "leave", "on_the_way", "left_home", "not_known"];
/// Where the child was.
pub const FOUND: &[&str] = &["school", "home", "relatives", "hospital", "on_the_way", "elsewhere"];
/// How a check ended: with where the child was, or because mark or sheet was taken back and it had never been missing.
pub const ENDS: &[&str] = &["school", "home", "relatives", "hospital", "on_the_way", "elsewhere", "taken_back"];

/// 未到校核查: one child of whom nobody knows why it is not there.
pub static MISSING: Noun = Noun {
    name: "missing",
    plural: "missing",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::refer("pupil", "pupil").required().fixed().list().filter(),
        Field::refer("sheet", "sheet").required().fixed(),
        Field::refer("mark", "mark").required().fixed(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("session", SESSIONS).required().fixed().list().filter(),
        Field::choice("state", MISSING_STATES).required().fixed().list().filter(),
        Field::choice("urgent", URGENT).fixed().list().filter(),
        // 目击情况: where it was seen near water. It stands before all else, and no answer of the family takes its place.
        Field::text("sighting", 200).personal(Mask::Whole).fixed(),
        // The clocks run from here.
        Field::moment("begun_at").required().fixed().sort(),
        Field::moment("told_at").fixed(),
        // How many guardians the message goes to.
        Field::int("guardians", 0, 20).required().fixed(),
        Field::moment("search_at").required().fixed(),
        Field::moment("report_at").required().fixed(),
        Field::moment("police_at").required().fixed(),
        // 班主任、查找人、教育局接报人、报警人: a named person for each hop.
        Field::refer("teacher", "staff").fixed(),
        Field::refer("leader", "staff").fixed(),
        Field::refer("officer", "staff").fixed(),
        Field::refer("caller", "staff").fixed(),
        Field::choice("answer", ANSWERS).fixed().list().filter(),
        Field::moment("answered_at").fixed(),
        Field::text("reply", 200).personal(Mask::Whole).fixed(),
        // 另一说法: what the family said otherwise, before that or after it.
        Field::choice("other_answer", ANSWERS).fixed(),
        Field::moment("other_answered_at").fixed(),
        Field::text("other_reply", 200).personal(Mask::Whole).fixed(),
        // 联系不上: when somebody last called the family and nobody answered.
        Field::moment("tried_at").fixed(),
        // 后来点名在校: a later roll does not miss the child who is looked for. What follows from it a person says.
        Field::moment("seen_at").fixed(),
        Field::refer("seen_sheet", "sheet").fixed(),
        Field::moment("searched_at").fixed(),
        Field::bool("campus").fixed(),
        Field::bool("gate_video").fixed(),
        Field::bool("classmates").fixed(),
        Field::bool("way_home").fixed(),
        Field::moment("police_called_at").fixed(),
        Field::text("police_note", 200).fixed(),
        Field::choice("found", ENDS).fixed().list().filter(),
        Field::text("place", 100).personal(Mask::Whole).fixed(),
        Field::moment("closed_at").fixed(),
    ],
    scope: ScopeBy {
        classes: &["class"],
        persons: &["teacher", "leader", "caller", "officer"],
        ..ScopeBy::units(&["school"])
    },
    title: &["day", "session"],
    subject: Some("pupil"),
    order: "-day",
    tallies: &[],
};
