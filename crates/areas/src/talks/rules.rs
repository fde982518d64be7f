//! What the program completes in a talk, and what must hold across its fields.

use chrono::NaiveDate;
use kit::{Actor, Cell, Facts, Refusal, Role, Row, dates};

use super::offer;
use super::record::TALK;
use crate::aside::stands;
use crate::attendance::handover::{HANDOVER, gone};
use crate::attendance::roll::exists_on;
use crate::organisation::record::CLASS;
use crate::patrols::due::{clock, minute};

/// What whoever spoke need not say: that it was today, at his school, before his class where he has one, and that he spoke.
pub fn suggest(actor: &Actor, today: NaiveDate) -> Vec<(&'static str, String)> {
    let mut known = vec![("day", today.to_string())];
    known.extend(actor.scope.home.map(|school| ("school", school.to_string())));
    if let [class] = actor.scope.classes[..] {
        known.push(("class", class.to_string()));
    }
    known.extend(actor.person().map(|person| ("speaker", person.to_string())));
    known
}

/// The school of the class or of whoever speaks, the speaker, and whether it is written down late.
pub fn derive(before: Option<&Row>, mut row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_some_and(|before| !stands(&TALK, before)) {
        return Err(Refusal::new("talk.set_aside"));
    }
    let class = row.get(&TALK, "class").id().and_then(|id| facts.known.get(&id));
    if let Some(class) = class {
        row.set(&TALK, "school", class.get(&CLASS, "school").clone());
    } else if row.get(&TALK, "school").is_null() {
        row.set(&TALK, "school", actor.scope.home.map_or(Cell::Null, Cell::Id));
    }
    if row.get(&TALK, "speaker").is_null() {
        row.set(&TALK, "speaker", actor.person().map_or(Cell::Null, Cell::Id));
    }
    if before.is_none() {
        own(&row, actor)?;
        row.set(&TALK, "recorded_at", Cell::Int(facts.now));
        let late = row.get(&TALK, "day").date().is_some_and(|day| day < facts.today);
        row.set(&TALK, "late", Cell::Bool(late));
        row.set(&TALK, "state", Cell::Text("said".into()));
    }
    Ok(row)
}

/// A class teacher speaks to his classes, the leaders to the school: what is said to have been said ends somebody's duty.
fn own(row: &Row, actor: &Actor) -> Result<(), Refusal> {
    if actor.role != Role::Teacher {
        return Ok(());
    }
    match row.get(&TALK, "class").id() {
        Some(class) if actor.scope.classes.contains(&class) => Ok(()),
        Some(_) => Err(Refusal::at("talk.own_class", "class")),
        None if matches!(row.get(&TALK, "kind").text(), Some("flag" | "assembly")) => {
            Err(Refusal::at("talk.leaders", "kind"))
        }
        // What a class's talk lacks without its class is said with everything else.
        None => Ok(()),
    }
}

/// Every fault at once: nothing was said tomorrow; a minute and a lesson are a class's, a flag is raised for the school.
pub fn rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let kind = row.get(&TALK, "kind").text().unwrap_or_default();
    let (of_class, class) = (matches!(kind, "minute" | "lesson"), !row.get(&TALK, "class").is_null());
    let day = row.get(&TALK, "day").date();
    let known = row.get(&TALK, "class").id().and_then(|id| facts.known.get(&id));
    let over = known.zip(day).is_some_and(|(class, day)| !exists_on(class, day));
    let faults = [
        (day.is_some_and(|day| day > facts.today), "talk.to_come", "day"),
        (over, "talk.no_class", "class"),
        (of_class && !class, "talk.which_class", "class"),
        (kind == "flag" && class, "talk.whole_school", "class"),
    ];
    let faults = faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field));
    faults.chain(known.and_then(|class| not_yet(row, class, facts))).collect()
}

/// Nobody has said in the morning what is said before going home; what was said earlier is a lesson. A class that has been handed over has gone home, whatever the
/// timetable says: it was told before it went.
fn not_yet(row: &Row, class: &Row, facts: &Facts) -> Option<Refusal> {
    let now = row.version == 0 && row.get(&TALK, "kind").text() == Some("minute");
    let day = row.get(&TALK, "day").date().filter(|day| now && *day == facts.today)?;
    let time = offer::minute_of(class, day, facts)?;
    let early = minute(dates::shanghai_time(facts.now).time()) < time.from;
    let mut handed = facts.beside.iter().filter(|(noun, _)| noun.name == HANDOVER.name);
    let went = handed.any(|(_, row)| gone(row, class.id, day));
    (early && !went).then(|| Refusal::at("talk.not_yet", "kind").with("time", clock(time.from)))
}
