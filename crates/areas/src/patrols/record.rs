//! Routes, their points and printed codes, rounds with what was seen at each point, and what a person is to look at.

use kit::{Cell, Field, Noun, Row, ScopeBy};

use super::kinds::RouteKind;
use super::trouble;

/// A school's own: whoever manages it, and whoever merely works there.
const OF_SCHOOL: ScopeBy = ScopeBy { home: &["school"], ..ScopeBy::units(&["school"]) };

/// 巡查路线. What is to be walked follows from its kind: how often a day is a norm, when is the timetable's.
pub static ROUTE: Noun = Noun {
    name: "patrol_route",
    plural: "patrol-routes",
    fields: &[
        Field::refer("school", "school").required().list().filter().key(),
        Field::text("name", 40).required().list().search().key(),
        Field::choice("kind", RouteKind::CODES).required().list().filter(),
        Field::date("from_on").required().list(),
        Field::date("ended_on").list(),
    ],
    scope: OF_SCHOOL,
    title: &["name"],
    subject: None,
    order: "name",
    tallies: &[],
};

/// 巡查点: a place on a route, in its order.
pub static POINT: Noun = Noun {
    name: "patrol_point",
    plural: "patrol-points",
    fields: &[
        Field::refer("route", "patrol_route").required().list().filter().key(),
        // Its route's. Routes are called alike in every school, so a file says of which one they are.
        Field::refer("school", "school").required().fixed().list().filter().apart(),
        Field::int("number", 1, 60).required().list().key(),
        Field::text("name", 40).required().list().search(),
        // 步行用时: the least time from the point before it, walked once with a watch; the norm where nobody has.
        Field::int("walk_seconds", 1, 3600).list(),
        Field::date("ended_on").list(),
    ],
    scope: OF_SCHOOL,
    // A number before the name would read like a count of it.
    title: &["name"],
    subject: None,
    order: "number",
    tallies: &[],
};

/// 巡查点二维码: what hangs at a point. Who walks cannot read it here: a list of codes would be a round from an armchair.
pub static CODE: Noun = Noun {
    name: "patrol_code",
    plural: "patrol-codes",
    fields: &[
        Field::refer("point", "patrol_point").required().fixed().list().filter(),
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::text("code", 16).required().fixed().list(),
        Field::date("made_on").required().fixed().list().filter().sort(),
        Field::date("ended_on").fixed().list(),
        Field::choice("state", crate::printed::STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy::units(&["school"]),
    title: &["code"],
    subject: None,
    order: "-made_on",
    tallies: &[],
};

/// How a round or a point came to be known: by the code at the place, by a touch in the list, or typed in later from paper.
pub const ENTRIES: &[&str] = &["scanned", "tapped", "paper"];
pub const ROUND_STATES: &[&str] = &["walking", "done", "cut_short", "handed_over"];

/// 一次巡查
pub static ROUND: Noun = Noun {
    name: "patrol_round",
    plural: "patrol-rounds",
    fields: &[
        Field::refer("route", "patrol_route").required().list().filter().key(),
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::choice("kind", RouteKind::CODES).required().fixed().list().filter(),
        Field::date("day").required().list().filter().sort().key(),
        // The wall clock at its beginning, 09:50: what the paper says.
        Field::text("began", 5).required().list().key(),
        Field::refer("walker", "staff").required().list().filter().key(),
        Field::int("visited", 0, 60).list(),
        Field::int("points", 0, 60).required().fixed().list(),
        Field::int("findings", 0, 60).required().fixed().list().filter(),
        Field::choice("entry", ENTRIES).required().fixed().list().filter(),
        // Outside its session, or written down after it.
        Field::bool("late").required().fixed().list().filter(),
        // 计划外: typed in from paper, and answers for none that was due.
        Field::bool("off_plan").fixed().filter(),
        Field::moment("started_at").required().fixed(),
        Field::moment("ended_at").fixed(),
        // The server's clock, where the telephone had no network at the time.
        Field::moment("recorded_at").required().fixed(),
        Field::refer("handed_to", "staff").fixed(),
        Field::long("note", 300),
        Field::choice("state", ROUND_STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy { persons: &["walker", "handed_to"], ..OF_SCHOOL },
    // A night is walked after midnight too: its time beside the day of the duty would be another day's.
    title: &["kind", "day"],
    subject: None,
    order: "-day",
    tallies: &[&["day", "kind", "late", "entry", "state"], &["school", "day", "kind", "late", "entry", "state"]],
};

pub const RESULTS: &[&str] = &["ok", "finding"];

/// 到点记录: a row of a round.
pub static VISIT: Noun = Noun {
    name: "patrol_visit",
    plural: "patrol-visits",
    fields: &[
        Field::refer("round", "patrol_round").required().fixed().filter(),
        Field::refer("point", "patrol_point").required().fixed().list().filter(),
        Field::refer("school", "school").required().fixed().filter(),
        Field::refer("walker", "staff").required().fixed().list().filter(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::moment("at").required().fixed().list().sort(),
        Field::choice("result", RESULTS).required().fixed().list().filter(),
        Field::choice("entry", ENTRIES).required().fixed().list().filter(),
        Field::refer("hazard", "hazard").fixed().list().filter(),
        // 更正: what was wrong after all, and why it was marked well.
        Field::choice("trouble", trouble::CODES).fixed(),
        Field::text("reason", 200).fixed(),
        Field::moment("recorded_at").required().fixed(),
        // A keyed digest of the enrolled telephone: whether two of them showed the same code, not which.
        Field::index("device"),
    ],
    scope: ScopeBy { persons: &["walker"], ..OF_SCHOOL },
    title: &["point", "day"],
    subject: None,
    order: "-at",
    tallies: &[&["day", "result", "entry"], &["school", "day", "result", "entry"]],
};

/// 提示: what a round looks like. Each is a question to a person, never an answer.
pub const SIGNS: &[&str] = &["too_fast", "too_short", "even", "repeated", "two_phones", "off_plan", "typed_late"];
pub const FLAG_STATES: &[&str] = &["waiting", "looked_at"];
/// 核实结论
pub const CONCLUSIONS: &[&str] = &["explained", "point_moved", "code_copied", "not_walked"];

/// 待核实: a round that somebody is to look at. It is counted nowhere against anybody.
pub static FLAG: Noun = Noun {
    name: "patrol_flag",
    plural: "patrol-flags",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("round", "patrol_round").required().fixed().list().filter(),
        Field::refer("walker", "staff").required().fixed().list().filter(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("sign", SIGNS).required().fixed().list().filter(),
        // What was measured, and what the norm or the point says, in seconds.
        Field::int("measured", 0, 1_000_000_000).required().fixed().list(),
        Field::int("expected", 0, 1_000_000_000).required().fixed().list(),
        Field::choice("conclusion", CONCLUSIONS).fixed().list().filter(),
        Field::long("note", 300).fixed(),
        Field::refer("looked_by", "staff").fixed(),
        Field::date("looked_on").fixed().filter(),
        Field::choice("state", FLAG_STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy { persons: &["walker"], ..ScopeBy::units(&["school"]) },
    title: &["sign", "day"],
    subject: None,
    order: "-day",
    tallies: &[&["state", "day"], &["school", "state", "day"]],
};

/// A fresh code for a point.
pub fn code(id: uuid::Uuid, point: &Row, made_on: chrono::NaiveDate) -> Row {
    Row::blank(&CODE, id)
        .with(&CODE, "point", Cell::Id(point.id))
        .with(&CODE, "school", point.get(&POINT, "school").clone())
        .with(&CODE, "code", Cell::Text(crate::tips::code::of_point(id)))
        .with(&CODE, "made_on", Cell::Date(made_on))
        .with(&CODE, "state", Cell::Text("in_use".into()))
}

/// Whether a route or a point is still in use on a day.
pub fn in_use(noun: &Noun, row: &Row, day: chrono::NaiveDate) -> bool {
    let begun = row.get(noun, "from_on").date().is_none_or(|from| from <= day);
    begun && row.get(noun, "ended_on").date().is_none_or(|ended| ended > day)
}
