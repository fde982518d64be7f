//! The tip and the code on the school's wall as records: their field tables.

use kit::{Cell, Field, Mask, Noun, Row, ScopeBy, codes};
use uuid::Uuid;

use crate::hazards::record::Category;

/// 位置: where people stand when they see something. One touch names it; more precise is the triager's business.
pub const SPOTS: &[&str] =
    &["gate", "classroom", "corridor", "playground", "canteen", "dormitory", "toilet", "bus", "surroundings", "other"];

/// 状态
pub const STATES: &[&str] = &["received", "triaged", "answered", "merged", "set_aside", "confirmed", "not_fixed"];

/// As long as three words ever get.
pub const WORDS: usize = 200;

/// 随手拍线索. Every field is fixed: a tip is received once, and afterwards only moved.
pub static TIP: Noun = Noun {
    name: "tip",
    plural: "tips",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        // The school that may see it: its own, unless the tip is about its people. The scope reads this column and no other, so
        // that such a tip is in no list, count, search hit or picker of that school.
        Field { hidden: true, ..Field::refer("seen_by", "school").fixed() },
        Field::choice("spot", SPOTS).required().fixed().list().filter(),
        Field::long("words", WORDS).required().fixed().list().search(),
        // Guessed from the words, so that nobody has to choose one of thirteen at a school gate; the triager corrects it.
        Field::choice("category", Category::CODES).required().fixed().list().filter(),
        Field::bool("about_people").required().fixed().list().filter(),
        // The only thing that says who reported, and only if he wants to be called: sealed under a key of this tip's own, which is
        // destroyed when the tip ends (Personal Information Protection Law, arts. 6 and 19).
        Field::text("contact", 20).sealed(Mask::Phone, "contact_index").check(|text, _| codes::phone(text)).fixed(),
        Field::index("contact_index"),
        // The tip itself while it holds a number, else nobody: without a number there is no key to keep.
        Field { hidden: true, ..Field::refer("holder", "tip").fixed() },
        // A keyed digest of the code by which the reporter follows it; the code itself is stored nowhere.
        Field::index("follow"),
        Field::moment("received_at").required().fixed(),
        Field::date("received_on").required().fixed().list().filter().sort(),
        Field::date("due_on").required().fixed().list().filter().sort(),
        // Triage
        Field::refer("triaged_by", "staff").fixed(),
        Field::date("triaged_on").fixed().filter(),
        Field::text("place", 80).fixed(),
        Field::long("finding", 500).fixed(),
        // The triager's word that no face and no number plate can be recognised.
        Field::bool("photo_along").fixed(),
        Field::refer("hazard", "hazard").fixed().filter(),
        Field::refer("duplicate_of", "tip").fixed().filter(),
        // The tip whose "no" came too late to reopen its hazard.
        Field::refer("earlier", "tip").fixed(),
        Field::long("answer", 500).fixed(),
        Field::date("answered_on").fixed().filter(),
        Field::long("reason", 300).fixed(),
        // Really fixed? (回访)
        Field::date("said_on").fixed().filter(),
        Field::int("not_fixed", 0, 100).required().fixed().filter(),
        Field::choice("state", STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy::units(&["seen_by"]),
    title: &["words"],
    subject: Some("holder"),
    order: "-received_on",
    tallies: &[],
};

/// 随手拍二维码: what hangs on a school's wall. A renewed one stays known, so that an old print says so instead of failing.
pub static TIP_CODE: Noun = Noun {
    name: "tip_code",
    plural: "tip-codes",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::text("code", 16).public().required().fixed().list(),
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

/// What was sent from the wall, checked field by field.
#[derive(Clone, Debug)]
pub struct Sent {
    pub school: Uuid,
    pub spot: String,
    pub words: String,
    pub category: Category,
    pub about_people: bool,
    pub contact: Option<String>,
}

/// The record of what was sent, as it is received.
pub fn received(id: Uuid, sent: &Sent, at: i64, due_on: chrono::NaiveDate) -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut row = Row::blank(&TIP, id)
        .with(&TIP, "school", Cell::Id(sent.school))
        .with(&TIP, "spot", text(&sent.spot))
        .with(&TIP, "words", text(&sent.words))
        .with(&TIP, "category", text(sent.category.code()))
        .with(&TIP, "received_at", Cell::Int(at))
        .with(&TIP, "received_on", Cell::Date(kit::dates::shanghai_date(at)))
        .with(&TIP, "due_on", Cell::Date(due_on))
        .with(&TIP, "not_fixed", Cell::Int(0))
        .with(&TIP, "state", text("received"));
    if let Some(contact) = &sent.contact {
        row = row.with(&TIP, "contact", Cell::Secret(contact.clone())).with(&TIP, "holder", Cell::Id(id));
    }
    show_to_school(&mut row, !sent.about_people);
    row
}

/// Whether its school sees it: both columns, always together.
pub fn show_to_school(row: &mut Row, shown: bool) {
    let school = row.get(&TIP, "school").clone();
    row.set(&TIP, "about_people", Cell::Bool(!shown));
    row.set(&TIP, "seen_by", if shown { school } else { Cell::Null });
}

/// A fresh code for a school.
pub fn code(id: Uuid, school: Uuid, made_on: chrono::NaiveDate) -> Row {
    Row::blank(&TIP_CODE, id)
        .with(&TIP_CODE, "school", Cell::Id(school))
        .with(&TIP_CODE, "code", Cell::Text(super::code::of_wall(id)))
        .with(&TIP_CODE, "made_on", Cell::Date(made_on))
        .with(&TIP_CODE, "state", Cell::Text("in_use".into()))
}

/// A text field of a tip; empty where there is none.
pub fn said<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(&TIP, field).text().unwrap_or_default()
}
