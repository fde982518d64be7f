//! 提前离校: a class, or a child, that goes while its class still has lessons. It happens and is not refused; but in the morning a touch on the wrong button looks
//! the same, so whoever hands over then says why. Pure.

use chrono::{NaiveDate, NaiveTime};
use kit::{Cell, Facts, Refusal, Row, dates};

use super::door::stage;
use super::handover::HANDOVER;
use super::session::takes_place;
use crate::lessons::day as lessons;
use crate::lessons::record::LESSON;
use crate::organisation::record::CLASS;

/// 学校提前放学、停课、考试或活动结束、请假、家长接走. What ails a child is said nowhere here.
pub const WHY: &[&str] = &["school", "suspended", "event", "leave", "fetched"];

/// That nobody said why, where it was handed over before the last session of its class began.
pub fn unsaid(class: &Row, row: &Row, facts: &Facts) -> Option<Refusal> {
    if !row.get(&HANDOVER, "early").is_null() {
        return None;
    }
    let (day, time) = when(row, facts);
    let (begins, ends) = last(class, day, facts)?;
    let early = time < begins;
    early.then(|| Refusal::at("handover.early", "early").with("time", ends.format("%H:%M").to_string()))
}

/// Whoever goes when the lessons are over goes in time, whatever was touched: a reason would count the class among those that left early.
pub fn kept(row: Row, facts: &Facts) -> Row {
    let class = row.get(&HANDOVER, "class").id().and_then(|id| facts.known.get(&id));
    let (day, time) = when(&row, facts);
    let over = class.and_then(|class| last(class, day, facts)).is_some_and(|(_, ends)| ends <= time);
    if over { row.with(&HANDOVER, "early", Cell::Null) } else { row }
}

fn when(row: &Row, facts: &Facts) -> (NaiveDate, NaiveTime) {
    let at = row.get(&HANDOVER, "handed_at").int().unwrap_or(facts.now);
    (row.get(&HANDOVER, "day").date().unwrap_or(facts.today), dates::shanghai_time(at).time())
}

/// When the last session of a class begins and ends on a day: by its own lines of the timetable, else by the hours of its stage. Who has no lessons, as in a
/// kindergarten, goes when dismissal begins. The last lesson itself may end a little earlier: nobody is asked for that.
fn last(class: &Row, day: NaiveDate, facts: &Facts) -> Option<(NaiveTime, NaiveTime)> {
    let school = class.get(&CLASS, "school").id()?;
    if !takes_place("arrival", school, day, facts) {
        return None;
    }
    let lines = facts.beside.iter().filter(|(noun, _)| noun.name == LESSON.name);
    let lines: Vec<_> = lines.map(|(_, row)| row).filter(|row| of(class, row)).cloned().collect();
    if let Some(own) = lessons::on(&lines, day).iter().max_by_key(|lesson| lesson.from) {
        return Some((own.from, own.until));
    }
    let boards = facts.tree.get(school).is_some_and(|node| node.boards);
    let slots = facts.timetable.slots(stage(class), boards, day);
    let lesson = slots.iter().rfind(|slot| slot.session.starts_with("lesson.")).map(|slot| (slot.from, slot.until));
    let dismissal = || slots.iter().find(|slot| slot.session == "dismissal").map(|slot| (slot.from, slot.from));
    lesson.or_else(dismissal)
}

fn of(class: &Row, line: &Row) -> bool {
    line.get(&LESSON, "class") == &Cell::Id(class.id)
}
