//! When what is offered: the minute before the dismissal of the timetable, the flag-raising of the first school day of a week. A lesson and an assembly have no hour.

use chrono::{NaiveDate, NaiveTime, Timelike, Weekday};
use kit::calendar::Calendar;
use kit::terms::{Terms, is_school_day};
use kit::timetable::Slot;
use kit::{Facts, Row};
use uuid::Uuid;

use crate::organisation::record::CLASS;

/// Minutes before dismissal from which the minute is offered.
const BEFORE: i64 = 15;
/// Days off are counted so far.
const FURTHEST: usize = 12;

/// The time of day for which something is offered, in minutes from midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub from: i64,
    pub until: i64,
}

impl Time {
    pub fn holds(self, minute: i64) -> bool {
        (self.from..=self.until).contains(&minute)
    }
}

fn minute(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}

fn slot<'a>(slots: &'a [Slot], session: &str) -> Option<&'a Slot> {
    slots.iter().find(|slot| slot.session == session)
}

/// 放学前: none on a day without dismissal.
pub fn minute_before(slots: &[Slot]) -> Option<Time> {
    let slot = slot(slots, "dismissal")?;
    Some(Time { from: minute(slot.from) - BEFORE, until: minute(slot.until) })
}

/// The same of a class, by the timetable of its own stage: none on a day without school.
pub fn minute_of(class: &Row, day: NaiveDate, facts: &Facts) -> Option<Time> {
    let school = class.get(&CLASS, "school").id()?;
    let boards = facts.tree.get(school).is_some_and(|node| node.boards);
    let stage = class.get(&CLASS, "stage").text().unwrap_or_default();
    let open = is_school_day(&facts.calendar, &facts.terms, school, day);
    minute_before(&facts.timetable.slots(stage, boards, day)).filter(|_| open)
}

/// 升旗: on the first morning of the week, from arrival to the end of the first lesson (国旗法 art. 14: schools raise the flag once a week).
pub fn flag_raising(slots: &[Slot], first_of_week: bool) -> Option<Time> {
    let arrival = slot(slots, "arrival").filter(|_| first_of_week)?;
    let until = slot(slots, "lesson.1").or_else(|| slot(slots, "break")).unwrap_or(arrival);
    Some(Time { from: minute(arrival.from), until: minute(until.until) })
}

/// Whether a school's week begins on this day: there is school, and there was none since Monday. After a holiday that is Tuesday or later; a Sunday that is worked for
/// the days to come belongs to the week before, whose flag was raised.
pub fn begins_week(calendar: &Calendar, terms: &Terms, school: Uuid, day: NaiveDate) -> bool {
    let open = |day: NaiveDate| is_school_day(calendar, terms, school, day);
    let since = day.week(Weekday::Mon).first_day();
    open(day) && !since.iter_days().take_while(|earlier| *earlier < day).any(open)
}

/// How many days without school follow a day.
pub fn days_off(calendar: &Calendar, terms: &Terms, school: Uuid, day: NaiveDate) -> u32 {
    let after = day.iter_days().skip(1).take(FURTHEST);
    let off = after.take_while(|day| !is_school_day(calendar, terms, school, *day)).count();
    u32::try_from(off).unwrap_or(0)
}
