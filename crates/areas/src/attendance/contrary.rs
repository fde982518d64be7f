//! 说法不一: what one of the family says otherwise than another did, or than is noted. Pure.
//!
//! A check ends with the first word of where the child is. Another guardian may know better: whoever says later that it left for school is not told that
//! nobody asks any more. Both answers stand with their times, and the class teacher and whoever led the search are told to ask the family again. Nothing
//! begins or ends by it: which of two words is true only a person finds out.

use kit::{Cell, Change, Facts, Message, Row};

use super::record::{MISSING, goes_on};

/// Where a child is, as far as it matters whom to believe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// With its family.
    Home,
    /// At school, or on its way there.
    School,
}

/// Where it is by an answer; whoever does not know contradicts nobody.
fn answered(choice: &str) -> Option<Place> {
    match choice {
        "sick" | "leave" => Some(Place::Home),
        "on_the_way" | "left_home" => Some(Place::School),
        _ => None,
    }
}

/// Where it is by how the check ended. Wherever else a person found it he has seen to it.
fn ended(found: &str) -> Option<Place> {
    match found {
        "home" => Some(Place::Home),
        "school" | "taken_back" => Some(Place::School),
        _ => None,
    }
}

/// Whether an answer says otherwise than is noted: where the check ended, or what was answered before.
fn differs(row: &Row, choice: &str) -> bool {
    let text = |field| row.get(&MISSING, field).text().unwrap_or_default();
    let noted = if goes_on(row) { answered(text("answer")) } else { ended(text("found")) };
    noted.zip(answered(choice)).is_some_and(|(noted, said)| noted != said)
}

/// Keeps what was answered before, where now something else is.
pub fn keep(row: &mut Row, answer: &Cell) {
    let before = row.get(&MISSING, "answer");
    if before.is_null() || before == answer {
        return;
    }
    for (from, to) in [("answer", "other_answer"), ("answered_at", "other_answered_at"), ("reply", "other_reply")] {
        row.set(&MISSING, to, row.get(&MISSING, from).clone());
    }
}

/// What is answered when the check is over, and says otherwise than it ended.
pub fn afterwards(row: &Row, choice: &str, reply: Cell, facts: &Facts) -> Option<Change> {
    if !differs(row, choice) {
        return None;
    }
    let after = row
        .clone()
        .with(&MISSING, "other_answer", Cell::Text(choice.to_owned()))
        .with(&MISSING, "other_answered_at", Cell::Int(facts.now))
        .with(&MISSING, "other_reply", reply);
    Some(told(Change::update(&MISSING, "contradict", row.clone(), after), row, choice))
}

/// Tells the class teacher and whoever leads the search, where an answer says otherwise; none of them is told in the same breath that the child is found.
pub fn told(mut change: Change, before: &Row, choice: &str) -> Change {
    if !differs(before, choice) {
        return change;
    }
    let mut who: Vec<_> = ["teacher", "leader"].iter().filter_map(|who| before.get(&MISSING, who).id()).collect();
    who.dedup();
    change.notices.retain(|notice| !who.contains(&notice.person));
    who.into_iter().fold(change, |change, person| change.send(Message::person(person, "missing.contrary").urgent()))
}
