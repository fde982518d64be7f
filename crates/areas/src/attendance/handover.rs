//! 放学交接: to whom the children were handed when school was over, and who had them last before.
//!
//! Between arrival and dismissal nothing is entered: whoever called the last sheet had the class. At dismissal one record says how the class went,
//! and one more for each child who went another way. Kindergarten children and those of the lower grades go to a registered guardian, the
//! school bus, the walking group or the dormitory, never alone and never to a stranger (教育部令第23号 art. 31).
//!
//! A note is about a child, so it stands in the child's own record and travels under the child's key (Personal Information Protection Law
//! 个人信息保护法 arts. 28, 31 and 47; 儿童个人信息网络保护规定 art. 20). A record of a whole class is about nobody who could ask for its erasure: it takes none.
//! Why a class went early ([`super::early`]), or why a record was a mistake, is a code for the same reason.

use chrono::NaiveDate;
use engine::Cx;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, Mask, MoveSpec, Noun, Query, Refusal, Role, Row, ScopeBy};
use uuid::Uuid;

use super::early;
use super::missing;
use super::record::{MARK, SHEET};
use super::roll;
use super::rules::in_class;
use super::there;
use crate::aside::{self, stands};
use crate::organisation::record::{CLASS, GUARDIAN, PUPIL};
use crate::organisation::rollover::grade_on;

/// To whom: 监护人、校车、路队、宿舍、自行离校
pub const TAKEN_BY: &[&str] = &["guardian", "bus", "walking_group", "dormitory", "alone"];
/// What was written before there was a state has none, and stands.
pub const STATES: &[&str] = &["handed", "mistaken"];
/// 误记原因: 点错、选错班级、选错学生、其实没有离校
pub const MISTAKES: &[&str] = &["slip", "wrong_class", "wrong_pupil", "not_gone"];

/// 放学交接
pub static HANDOVER: Noun = Noun {
    name: "handover",
    plural: "handovers",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().list().filter(),
        Field::date("day").required().fixed().list().filter().sort(),
        // Empty: the whole class but for those who have a record of their own.
        Field::refer("pupil", "pupil").list().filter(),
        Field::choice("taken_by", TAKEN_BY).required().list().filter(),
        // Who of the pupil's registered guardians.
        Field::refer("guardian", "guardian"),
        // 提前离校的原因
        Field::choice("early", early::WHY).filter(),
        Field::refer("handed_by", "staff").fixed().list(),
        Field::moment("handed_at").required().fixed().list(),
        Field::text("note", 200).personal(Mask::Whole),
        Field::choice("reason", MISTAKES).fixed(),
        Field::choice("state", STATES).fixed().list().filter(),
        // What one touch says of a child, and about when: of two that come in the same moment the database keeps one.
        Field::index("touch"),
    ],
    scope: ScopeBy { classes: &["class"], persons: &["handed_by"], ..ScopeBy::units(&["school"]) },
    title: &["day", "taken_by"],
    subject: Some("pupil"),
    order: "-day",
    tallies: &[],
};

/// The class of whoever has just one.
pub fn suggest(actor: &Actor, _: NaiveDate) -> Vec<(&'static str, String)> {
    match actor.scope.classes[..] {
        [class] => vec![("class", class.to_string())],
        _ => Vec::new(),
    }
}

/// 宿舍 is offered only where the asker's school boards; a page that a telephone kept may still hold it, and is told so at its field.
pub fn offered(cx: &Cx, field: &str, code: &str) -> bool {
    let boards = |school| cx.app.tree().get(school).is_some_and(|node| node.boards);
    (field, code) != ("taken_by", "dormitory") || cx.scope().home.is_none_or(boards)
}

/// What only the program may write: whose class it is, who hands over, and when; at a gate without a network, when it was done there. What was touched by
/// mistake is put right on the same day, and the history keeps both; of another child or class another record tells.
pub fn derived(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if let Some(before) = before {
        let other =
            ["class", "pupil"].into_iter().find(|field| row.get(&HANDOVER, field) != before.get(&HANDOVER, field));
        return match other {
            _ if !stands(&HANDOVER, before) => Err(Refusal::new("handover.set_aside")),
            Some(field) => Err(Refusal::at("handover.of_another", field)),
            None if before.get(&HANDOVER, "day").date() != Some(facts.today) => Err(Refusal::new("handover.day_over")),
            None => Ok(early::kept(there::put_right(before, row), facts)),
        };
    }
    let class = row.get(&HANDOVER, "class").id();
    let own = class.is_some_and(|class| actor.scope.classes.contains(&class));
    let Some(known) = class.and_then(|id| facts.known.get(&id)) else { return Ok(row) };
    let school = known.get(&CLASS, "school").clone();
    let leads = matches!(actor.role, Role::Principal | Role::School)
        && school.id().is_some_and(|school| actor.scope.units.contains(&school));
    if !own && !leads {
        return Err(Refusal::at("handover.not_yours", "class"));
    }
    let row = row
        .with(&HANDOVER, "school", school)
        .with(&HANDOVER, "day", Cell::Date(facts.today))
        .with(&HANDOVER, "handed_by", actor.person().map_or(Cell::Null, Cell::Id))
        .with(&HANDOVER, "handed_at", Cell::Int(facts.now))
        .with(&HANDOVER, "state", Cell::Text("handed".into()));
    Ok(early::kept(there::touched(row, facts), facts))
}

/// The records of whole classes that count.
pub fn whole_classes() -> Query {
    aside::standing().is("pupil", Cell::Null)
}

/// Whether a record says that a whole class went on a day.
pub fn gone(row: &Row, class: Uuid, day: NaiveDate) -> bool {
    let whole = row.get(&HANDOVER, "pupil").is_null() && row.get(&HANDOVER, "class").id() == Some(class);
    whole && row.get(&HANDOVER, "day").date() == Some(day) && stands(&HANDOVER, row)
}

/// 误记: what was touched by mistake and did not happen at all.
pub struct HandoverLife;

static MOVES: &[MoveSpec] = &[MoveSpec::new("mistaken", &[Field::choice("reason", MISTAKES).required()]).grave()];

impl Life for HandoverLife {
    fn noun(&self) -> &'static Noun {
        &HANDOVER
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (matches!(state, "handed" | "") && mv == "mistaken").then_some("mistaken")
    }

    /// As what is put right: on its own day, by whoever may edit it.
    fn may(&self, _: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        let today = row.get(&HANDOVER, "day").date() == Some(facts.today);
        if today { Ok(()) } else { Err(Refusal::new("handover.day_over")) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        aside::step(self, row, mv, input)
    }
}

pub fn rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let known = |field| row.get(&HANDOVER, field).id().and_then(|id| facts.known.get(&id));
    let taken_by = row.get(&HANDOVER, "taken_by").text().unwrap_or_default();
    let small = match known("class").map(|class| small(class, facts)) {
        Some(Err(refusal)) => return vec![refusal],
        Some(Ok(small)) => small,
        None => false,
    };
    let pupil = known("pupil");
    let mut faults = Vec::new();
    if small && taken_by == "alone" {
        faults.push(Refusal::at("handover.not_alone", "taken_by"));
    }
    let day = row.get(&HANDOVER, "day").date().unwrap_or(facts.today);
    if known("class").is_some_and(|class| !roll::exists_on(class, day)) {
        faults.push(Refusal::at("handover.no_class", "class"));
    }
    if pupil.is_some_and(|pupil| !in_class(pupil, row.get(&HANDOVER, "class"), day, facts)) {
        faults.push(Refusal::at("handover.not_in_class", "pupil"));
    }
    faults.extend(known("class").and_then(|class| early::unsaid(class, row, facts)));
    if row.get(&HANDOVER, "pupil").is_null() && !row.get(&HANDOVER, "note").is_null() {
        faults.push(Refusal::at("handover.whose_note", "note"));
    }
    faults.extend(no_dormitory(taken_by, pupil, known("class"), facts));
    let guardian = known("guardian");
    if small && pupil.is_some() && taken_by == "guardian" && guardian.is_none() {
        faults.push(Refusal::at("handover.which_guardian", "guardian"));
    }
    let another = pupil.zip(guardian).filter(|(pupil, one)| one.get(&GUARDIAN, "pupil").id() != Some(pupil.id));
    if let Some((pupil, one)) = another {
        let name = |noun, row: &Row| row.get(noun, "name").text().unwrap_or_default().to_owned();
        let wrong = Refusal::at("handover.not_his", "guardian").with("guardian", name(&GUARDIAN, one));
        faults.push(wrong.with("pupil", name(&PUPIL, pupil)));
    }
    let stranger =
        guardian.is_some_and(|one| pupil.is_none_or(|pupil| one.get(&GUARDIAN, "pupil").id() != Some(pupil.id)));
    if another.is_none() && (stranger || (guardian.is_some() && taken_by != "guardian")) {
        faults.push(Refusal::at("handover.not_registered", "guardian"));
    }
    faults.extend(there::faults(row, facts));
    faults
}

/// A child sleeps at school or does not: his own record says so, whatever is written about the school. Of a whole class only the school can say it.
fn no_dormitory(taken_by: &str, pupil: Option<&Row>, class: Option<&Row>, facts: &Facts) -> Option<Refusal> {
    if taken_by != "dormitory" {
        return None;
    }
    let school = class.and_then(|class| class.get(&CLASS, "school").id());
    let day_school = school.and_then(|school| facts.tree.get(school)).is_some_and(|node| !node.boards);
    match pupil {
        Some(pupil) if pupil.get(&PUPIL, "boarder") == &Cell::Bool(true) => None,
        None if !day_school => None,
        _ if day_school => Some(Refusal::at("handover.no_dormitory", "taken_by")),
        _ => Some(Refusal::at("handover.no_boarder", "taken_by")),
    }
}

/// Kindergarten and the first grades of primary school: as for a child who is missing.
fn small(class: &Row, facts: &Facts) -> Result<bool, Refusal> {
    Ok(missing::small(grade_on(class, facts.today), facts)?.is_some())
}

/// Who has a child, as far as anybody wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last {
    /// Nothing was written today.
    Nothing,
    /// Called and there: with whoever called.
    With { staff: Option<Uuid>, sheet: Uuid, at: i64 },
    /// Called and not there.
    Away { mark: Uuid, at: i64 },
    /// It is looked for.
    Sought { check: Uuid, at: i64 },
    /// It came to school, or was found there, after that.
    Came { at: i64 },
    /// Handed over when school was over.
    Handed { handover: Uuid, at: i64 },
}

/// What was heard of a child beside the rolls of its class.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    /// The check by which it is looked for, and since when.
    pub sought: Option<(Uuid, i64)>,
    /// When it came to school, or was found there.
    pub came: Vec<i64>,
}

/// One word about where a child is.
enum Word<'a> {
    Called(&'a Row),
    Sought(Uuid),
    Came,
    Handed(&'a Row),
}

/// Where and to whom a child was last handed over on a day: the last word of the sheets of its class, its marks, what else was heard, and the handovers of
/// class and child. With its class went whoever was there when it was last called and has not gone by himself since; who was fetched in the morning and is back at
/// noon goes with it. Whoever is looked for went with nobody's class.
pub fn last(pupil: Uuid, sheets: &[Row], marks: &[Row], heard: &Heard, handovers: &[Row]) -> Last {
    let called = sheets.iter().filter(|row| row.get(&SHEET, "state").text() == Some("called"));
    let called = called.map(|row| (roll::called_at(row), 0, row.id, Word::Called(row)));
    let his = |row: &&Row| row.get(&HANDOVER, "pupil").is_null() || row.get(&HANDOVER, "pupil").id() == Some(pupil);
    let handed = handovers.iter().filter(his).filter(|row| stands(&HANDOVER, row));
    let handed_at = |row: &Row| row.get(&HANDOVER, "handed_at").int().unwrap_or_default();
    let handed = handed.map(|row| (handed_at(row), 2, row.id, Word::Handed(row)));
    let sought = heard.sought.iter().map(|(check, at)| (*at, 1, *check, Word::Sought(*check)));
    let came = heard.came.iter().map(|at| (*at, 1, Uuid::nil(), Word::Came));
    let mut words: Vec<_> = called.chain(sought).chain(came).chain(handed).collect();
    words.sort_by_key(|(at, order, id, _)| (*at, *order, *id));
    let looked_for = |at: i64| heard.sought.is_some_and(|(_, since)| since <= at);
    let (mut last, mut with_class) = (Last::Nothing, true);
    for (at, _, id, word) in words {
        match word {
            Word::Called(sheet) => {
                last = when_called(sheet, marks, at);
                // Whoever was not there was not handed over with his class.
                with_class = matches!(last, Last::With { .. }) && !looked_for(at);
            }
            Word::Sought(check) => (last, with_class) = (Last::Sought { check, at }, false),
            Word::Came => (last, with_class) = (Last::Came { at }, true),
            Word::Handed(row) => {
                let own = !row.get(&HANDOVER, "pupil").is_null();
                if own || with_class {
                    last = Last::Handed { handover: id, at };
                    with_class = !own;
                }
            }
        }
    }
    last
}

fn when_called(sheet: &Row, marks: &[Row], at: i64) -> Last {
    let gone = |mark: &&Row| {
        let away = matches!(mark.get(&MARK, "kind").text(), Some("absent" | "sick" | "leave" | "left_early"));
        let arrived = mark.get(&MARK, "state").text() == Some("arrived");
        away && !arrived && mark.get(&MARK, "sheet").id() == Some(sheet.id) && roll::counts(mark)
    };
    match marks.iter().find(gone) {
        Some(mark) => Last::Away { mark: mark.id, at },
        None => Last::With { staff: sheet.get(&SHEET, "called_by").id(), sheet: sheet.id, at },
    }
}
