//! 安全提醒: the flag-raisings of the last weeks in every school, and the minute before going home in nearly every class on the last school days.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use kit::{Cell, Change, dates};
use uuid::Uuid;

use super::CONDUCT;
use super::book::{Batch, maybe_id, row, text};
use super::cases::Desk;
use super::hazards::County;
use super::schools::Habit;
use crate::talks::record::TALK;

const MINUTE: i64 = 60_000;
/// School days with a minute, and days back to which flags were raised.
const MINUTES: usize = 2;
const BACK: u64 = 35;

pub fn build(desk: &mut Desk<'_>, county: &County<'_>) {
    let taught: Vec<NaiveDate> = (1..BACK)
        .filter_map(|back| county.today.checked_sub_days(Days::new(back)))
        .filter(|day| desk.calendar.is_workday(*day))
        .collect();
    for day in taught.iter().filter(|day| day.weekday() == Weekday::Mon) {
        let mut changes = Vec::new();
        for (school, faculty) in county.schools.iter().zip(county.faculties) {
            if school.parent.is_none() && desk.rng.chance(940) {
                let talk =
                    Said { school: school.id, class: None, speaker: faculty.vice_on(*day).id, reach: school.pupils() };
                changes.push(talk.change(desk, *day, "flag", 0, 8 * 60 + 10));
            }
        }
        write(desk, *day, 8 * 60 + 30, changes);
    }
    for day in taught.iter().take(MINUTES) {
        let off = if day.weekday() == Weekday::Fri { 2 } else { 0 };
        let mut changes = Vec::new();
        for (school, faculty) in county.schools.iter().zip(county.faculties) {
            for (cohort, teacher) in school.cohorts.iter().zip(&faculty.teachers) {
                if !desk.rng.chance(if school.habit == Habit::Silent { 500 } else { 962 }) {
                    continue;
                }
                let talk = Said { school: school.id, class: Some(cohort.id), speaker: teacher.id, reach: cohort.size };
                changes.push(talk.change(desk, *day, "minute", off, 16 * 60));
            }
        }
        write(desk, *day, 17 * 60, changes);
    }
}

/// Who said it to whom.
struct Said {
    school: Uuid,
    class: Option<Uuid>,
    speaker: Uuid,
    reach: usize,
}

impl Said {
    fn change(&self, desk: &mut Desk<'_>, day: NaiveDate, kind: &str, off: u32, minute: i64) -> Change {
        let at = dates::shanghai_start(day) + (minute + desk.rng.between(0, 15)) * MINUTE;
        let topic = CONDUCT.topics.on(day, off).map(|topic| topic.title.clone()).unwrap_or_default();
        let cells = [
            ("school", Cell::Id(self.school)),
            ("class", maybe_id(self.class)),
            ("day", Cell::Date(day)),
            ("kind", text(kind)),
            ("topic", text(topic)),
            ("reach", Cell::Int(i64::try_from(self.reach).unwrap_or(0))),
            ("speaker", Cell::Id(self.speaker)),
            ("late", Cell::Bool(false)),
            ("recorded_at", Cell::Int(at)),
            ("state", text("said")),
        ];
        Change::create(&TALK, "create", row(&TALK, desk.rng.id(at), cells))
    }
}

/// The talks of a morning or an afternoon together.
fn write(desk: &mut Desk<'_>, day: NaiveDate, minute: i64, changes: Vec<Change>) {
    if !changes.is_empty() {
        let at = dates::shanghai_start(day) + minute * MINUTE;
        desk.steps.push(Batch { at, actor: None, changes });
    }
}
