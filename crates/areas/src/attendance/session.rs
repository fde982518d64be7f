//! 时段: which sessions a class is called in, and when. Pure.

use chrono::{NaiveDate, NaiveTime};
use kit::terms::SchoolDay;
use kit::{Facts, Norms, Refusal, Timetable, dates, terms};
use uuid::Uuid;

use super::record::SESSIONS;
use crate::lessons::day::Lesson;

pub const MINUTE: i64 = 60_000;
/// So long after midnight the boarders' rolls are still those of the evening before.
pub const NIGHT: i64 = 4 * 3_600_000;

/// A session that can be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    pub session: &'static str,
    /// When its roll is to be called: the clocks of whoever is not there run from here.
    pub at: NaiveTime,
}

impl Slot {
    /// The instant on a day.
    pub fn begins(&self, day: NaiveDate) -> i64 {
        dates::shanghai_start(day) + self.at.signed_duration_since(NaiveTime::MIN).num_milliseconds()
    }
}

/// The code of a session that can be called, as it stands in the table of codes.
pub fn code(text: &str) -> Option<&'static str> {
    SESSIONS.iter().copied().find(|known| *known == text)
}

/// Sessions that every class is asked for; lessons are called where somebody wants to (晨检、午检、晚点名: 教育部令第23号 arts. 24 and 25).
pub fn asked(session: &str) -> bool {
    matches!(session, "arrival" | "noon" | "evening" | "dormitory")
}

/// Only boarders are expected (住宿生).
pub fn boarders_only(session: &str) -> bool {
    matches!(session, "evening" | "dormitory")
}

/// The day to whose roll an instant belongs: after midnight the boarders' sessions are still those of the evening before.
pub fn roll_day(session: &str, now: i64) -> NaiveDate {
    dates::shanghai_date(if boarders_only(session) { now - NIGHT } else { now })
}

/// How a session stands for a class that has not been called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Too early.
    Later,
    /// Now.
    Open,
    /// The norm's minutes are over.
    Overdue,
}

/// From when on a session can be called: some minutes before it begins.
pub fn opens(slot: &Slot, day: NaiveDate, norms: &Norms) -> Result<i64, Refusal> {
    Ok(slot.begins(day) - norms.value("rollcall.early", day)? * MINUTE)
}

/// Whether it is time.
pub fn standing(slot: &Slot, day: NaiveDate, now: i64, norms: &Norms) -> Result<Standing, Refusal> {
    if now < opens(slot, day, norms)? {
        return Ok(Standing::Later);
    }
    let due = slot.begins(day) + norms.value("attendance.rollcall", day)? * MINUTE;
    Ok(if now <= due { Standing::Open } else { Standing::Overdue })
}

/// Whether a session takes place at a school on a day: lessons on school days, the boarders' sessions on the nights that they stay.
pub fn takes_place(session: &str, school: Uuid, day: NaiveDate, facts: &Facts) -> bool {
    let (calendar, terms) = (&facts.calendar, &facts.terms);
    if boarders_only(session) {
        return terms::boarders_stay(calendar, terms, school, day);
    }
    terms::is_school_day(calendar, terms, school, day)
}

/// Why these schools have no session on a day: lessons were called off on a day on which there would be some (停课、校定放假), or there is no school anyhow. A county
/// whose schools are all closed because of ice is not on holiday.
pub fn off(schools: &[Uuid], day: NaiveDate, facts: &Facts) -> &'static str {
    let decided = |school: &Uuid| {
        let of_day = terms::school_day(&facts.calendar, &facts.terms, *school, day);
        matches!(of_day, SchoolDay::Suspended(_) | SchoolDay::Off(_))
    };
    let called_off = facts.calendar.is_workday(day) && schools.iter().any(decided);
    if called_off { "rollcall.suspended" } else { "rollcall.no_school" }
}

/// The sessions of a stage that can be called on a day, in order. Pupils come until the arrival and the noon rest end, and are called then;
/// everything else is called when it begins.
pub fn slots(timetable: &Timetable, stage: &str, boarding: bool, day: NaiveDate) -> Vec<Slot> {
    let slot = |slot: &kit::timetable::Slot| {
        let session = code(&slot.session)?;
        Some(Slot { session, at: if matches!(session, "arrival" | "noon") { slot.until } else { slot.from } })
    };
    timetable.slots(stage, boarding, day).iter().filter_map(slot).collect()
}

/// The sessions that an instant may be about, in order, each with the day of its roll: those of a night that goes on stand before the new day's.
pub fn rolls(timetable: &Timetable, stage: &str, boarding: bool, now: i64) -> Vec<(NaiveDate, Slot)> {
    let today = dates::shanghai_date(now);
    let eve = dates::shanghai_date(now - NIGHT);
    let days = std::iter::once(eve).filter(|eve| *eve != today).chain([today]);
    let on = |day| slots(timetable, stage, boarding, day).into_iter().map(move |slot| (day, slot));
    days.flat_map(on).filter(|(day, slot)| roll_day(slot.session, now) == *day).collect()
}

/// A class's own timetable in the place of its template's lessons; without one, the template's.
pub fn timetabled(slots: Vec<Slot>, lessons: &[Lesson]) -> Vec<Slot> {
    if lessons.is_empty() {
        return slots;
    }
    let own = lessons.iter().filter_map(|lesson| Some(Slot { session: code(&lesson.session())?, at: lesson.from }));
    let mut all: Vec<_> = slots.into_iter().filter(|slot| !slot.session.starts_with("lesson.")).chain(own).collect();
    all.sort_by_key(|slot| slot.at);
    all
}

/// The session that somebody most likely means: the last that can be called of those that are asked for.
pub fn now(facts: &Facts) -> &'static str {
    now_of(facts, "senior", true)
}

/// The same of a class: of one without boarders no evening is called.
pub fn now_of(facts: &Facts, stage: &str, boards: bool) -> &'static str {
    let rolls = rolls(&facts.timetable, stage, boards, facts.now);
    let begun = |(day, slot): &&(NaiveDate, Slot)| {
        let standing = standing(slot, *day, facts.now, &facts.norms);
        let called = asked(slot.session) && (boards || !boarders_only(slot.session));
        called && standing.is_ok_and(|standing| standing != Standing::Later)
    };
    rolls.iter().rfind(begun).map_or("arrival", |(_, slot)| slot.session)
}
