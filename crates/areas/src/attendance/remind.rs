//! 催点名: a class that nobody has called when it is time. Its teacher is reminded once, and whoever called it today in his place; whoever calls
//! it withdraws what has not been sent. Of classes without a teacher whoever leads at the school hears, once. Pure, but for the record: that somebody had to be reminded is what the school looks at afterwards.

use chrono::NaiveDate;
use kit::{Cell, Change, Facts, Field, Message, Norms, Noun, Refusal, Row, ScopeBy};
use uuid::Uuid;

use super::record::SESSIONS;
use super::session::Slot;
use crate::organisation::record::CLASS;

const MINUTE: i64 = 60_000;

/// 催点名
pub static REMINDER: Noun = Noun {
    name: "reminder",
    plural: "reminders",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::date("day").required().fixed().list().filter().sort(),
        Field::choice("session", SESSIONS).required().fixed().list().filter(),
        Field::moment("at").required().fixed().list(),
        Field::refer("teacher", "staff").fixed().list(),
        Field::refer("substitute", "staff").fixed().list(),
    ],
    scope: ScopeBy { classes: &["class"], persons: &["teacher", "substitute"], ..ScopeBy::units(&["school"]) },
    title: &["day", "session"],
    subject: None,
    order: "-day",
    tallies: &[],
};

/// Whoever is asked to call a roll is led to it, also when he reads that a day late.
pub fn to_roll(row: &Row, _: &str) -> Option<String> {
    let (session, day) = (row.get(&REMINDER, "session").text()?, row.get(&REMINDER, "day").date()?);
    Some(format!("/rollcall/{}/{session}?day={day}", row.get(&REMINDER, "class").id()?))
}

/// Names the cause of a reminder, so that calling the class withdraws it.
pub fn cause(class: Uuid, day: NaiveDate, session: &str) -> String {
    format!("rollcall/{class}/{day}/{session}")
}

/// When whoever has not called is reminded.
pub fn due(slot: &Slot, day: NaiveDate, norms: &Norms) -> Result<i64, Refusal> {
    Ok(slot.begins(day) + norms.value("rollcall.remind", day)? * MINUTE)
}

/// Whether it is the moment: due, and not so long ago that it would only be noise (a program that was not running all morning).
pub fn is_now(slot: &Slot, facts: &Facts) -> Result<bool, Refusal> {
    let due = due(slot, facts.today, &facts.norms)?;
    let last = due + facts.norms.value("rollcall.remind_until", facts.today)? * MINUTE;
    Ok((due..=last).contains(&facts.now))
}

/// Who is reminded of one class in one session.
#[derive(Clone, Copy, Debug)]
pub struct Whom {
    pub teacher: Option<Uuid>,
    /// Who called this class today in his place.
    pub substitute: Option<Uuid>,
    /// Who leads at its school: told where there is neither of them, once for all such classes.
    pub leader: Option<Uuid>,
}

/// The reminder of one class. Its id follows from class, day and session: there is never a second one.
pub fn reminder(class: &Row, slot: &Slot, whom: Whom, facts: &Facts) -> Change {
    let cause = cause(class.id, facts.today, slot.session);
    let person = |id: Option<Uuid>| id.map_or(Cell::Null, Cell::Id);
    let row = Row::blank(&REMINDER, Uuid::new_v5(&class.id, cause.as_bytes()))
        .with(&REMINDER, "school", class.get(&CLASS, "school").clone())
        .with(&REMINDER, "class", Cell::Id(class.id))
        .with(&REMINDER, "day", Cell::Date(facts.today))
        .with(&REMINDER, "session", Cell::Text(slot.session.to_owned()))
        .with(&REMINDER, "at", Cell::Int(facts.now))
        .with(&REMINDER, "teacher", person(whom.teacher))
        .with(&REMINDER, "substitute", person(whom.substitute));
    let mut told: Vec<_> = [whom.teacher, whom.substitute].into_iter().flatten().collect();
    told.dedup();
    let alone = whom.leader.filter(|_| told.is_empty()).zip(class.get(&CLASS, "school").id());
    let school = |(leader, school)| {
        let cause = self::cause(school, facts.today, slot.session);
        Message::person(leader, "rollcall.remind_leader").with("at", slot.at.format("%H:%M")).urgent().because(cause)
    };
    let name = class.get(&CLASS, "name").text().unwrap_or_default();
    let change = alone.map(school).into_iter().fold(Change::create(&REMINDER, "create", row), Change::send);
    told.into_iter().fold(change, |change, person| {
        let message = Message::person(person, "rollcall.remind").with("class", name);
        change.send(message.with("at", slot.at.format("%H:%M")).urgent().because(&cause[..]))
    })
}
