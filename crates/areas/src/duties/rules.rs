//! What a deed and a waiver must be: whose they are, that they agree with what is asked, and that nothing is done tomorrow.

use chrono::NaiveDate;
use kit::duty::{DutyNorm, Level};
use kit::{Actor, Cell, Facts, Noun, Refusal, Role, Row};

use super::mine::levels;
use super::record::{DEED, IN_WORDS, WAIVER};
use crate::organisation::record::CLASS;

fn id(noun: &Noun, row: &Row, field: &str) -> Option<uuid::Uuid> {
    row.get(noun, field).id()
}

/// Whose it is: the class's school, else what is named, else the reader's own school or unit.
pub fn deed(before: Option<&Row>, mut row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if let Some(before) = before {
        // Only the line of note is ever edited: another day or fact would be another deed.
        let moved = DEED.fields.iter().filter(|field| field.writable() && field.name != "note");
        let moved = moved.map(|field| field.name).find(|name| before.get(&DEED, name) != row.get(&DEED, name));
        return moved.map_or(Ok(row), |field| Err(Refusal::at("deed.settled", field)));
    }
    if let Some(class) = id(&DEED, &row, "class") {
        if actor.role == Role::Teacher && !actor.scope.classes.contains(&class) {
            return Err(Refusal::at("deed.own_class", "class"));
        }
        let school = facts.known.get(&class).map_or(Cell::Null, |class| class.get(&CLASS, "school").clone());
        row.set(&DEED, "school", school);
    }
    if id(&DEED, &row, "school").is_none() && id(&DEED, &row, "unit").is_none() {
        match (actor.scope.home, actor.unit) {
            (Some(home), _) => row.set(&DEED, "school", Cell::Id(home)),
            (None, Some(unit)) => row.set(&DEED, "unit", Cell::Id(unit)),
            (None, None) => {}
        }
    }
    row.set(&DEED, "by", actor.person().map_or(Cell::Null, Cell::Id));
    row.set(&DEED, "entered_at", Cell::Int(facts.now));
    row.set(&DEED, "state", Cell::Text("recorded".into()));
    Ok(row)
}

/// Which of its columns names whose a deed is.
fn level_fits(norm: &DutyNorm, row: &Row) -> bool {
    let has = |field| id(&DEED, row, field).is_some();
    match norm.level {
        Level::Class => has("class"),
        Level::School => has("school") && !has("class"),
        Level::County | Level::Bureau | Level::Department | Level::Township => has("unit"),
    }
}

/// What is walked or called counts where it is done.
fn kept_elsewhere(fact: &str) -> bool {
    super::ROOMS.get(fact).is_some_and(|finds| !finds)
}

/// Whether a fact is recorded with a sentence, and so by its form and never by one touch.
pub fn in_words(fact: &str) -> bool {
    IN_WORDS.contains(&fact)
}

/// What can be recorded at all, and of whom: a class's by whoever has classes, a unit's by whoever is of none of the schools.
pub fn deed_offered(actor: &Actor, field: &str, code: &str) -> bool {
    let levels = levels(actor.role);
    match field {
        "fact" => !kept_elsewhere(code),
        "class" => levels.contains(&Level::Class) || actor.role.county_wide(),
        "unit" => actor.scope.home.is_none(),
        _ => true,
    }
}

/// Every fault at once.
pub fn deed_rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let has = |field| id(&DEED, row, field).is_some();
    let fact = row.get(&DEED, "fact").text().unwrap_or_default();
    let day = row.get(&DEED, "day").date();
    let fits = facts.conduct.duties.iter().filter(|norm| norm.fact == fact).any(|norm| level_fits(norm, row));
    // What is walked or called is not written down instead: the round itself counts, also one that is typed in from paper.
    let walked = row.version == 0 && kept_elsewhere(fact);
    let faults = [
        (walked, "deed.walked", "fact"),
        (in_words(fact) && row.get(&DEED, "note").is_null(), "deed.say_what", "note"),
        (day.is_some_and(|day| day > facts.today), "deed.day_to_come", "day"),
        (has("school") == has("unit"), "deed.one_place", "school"),
        (!fact.is_empty() && has("school") != has("unit") && !fits, "deed.level", "fact"),
    ];
    faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field)).collect()
}

/// Who granted it and when. What was granted is withdrawn, not edited.
pub fn waiver(before: Option<&Row>, mut row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_some() {
        return Err(Refusal::new("waiver.settled"));
    }
    // Nobody excuses himself (自己不得免除自己).
    let own = |field| id(&WAIVER, &row, field).is_some_and(|unit| actor.unit == Some(unit));
    if own("unit") && actor.role != Role::County || own("school") {
        return Err(Refusal::at("waiver.own", "unit"));
    }
    row.set(&WAIVER, "by", actor.person().map_or(Cell::Null, Cell::Id));
    row.set(&WAIVER, "granted_on", Cell::Date(facts.today));
    row.set(&WAIVER, "state", Cell::Text("granted".into()));
    Ok(row)
}

/// Every fault at once.
pub fn waiver_rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let day = |field| row.get(&WAIVER, field).date();
    let reversed = |from: NaiveDate| day("until_on").is_some_and(|until| until < from);
    let has = |field| id(&WAIVER, row, field).is_some();
    let code = row.get(&WAIVER, "duty").text().unwrap_or_default();
    let faults = [
        (!code.is_empty() && facts.conduct.duties.any(code).is_none(), "waiver.unknown_duty", "duty"),
        (day("from_on").is_some_and(reversed), "waiver.reversed", "until_on"),
        (has("school") == has("unit"), "waiver.one_place", "school"),
    ];
    faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field)).collect()
}

/// What an empty form begins with.
pub fn deed_known(actor: &Actor, today: NaiveDate) -> Vec<(&'static str, String)> {
    let mut known = vec![("day", today.to_string())];
    known.extend(actor.scope.home.map(|school| ("school", school.to_string())));
    known
}
