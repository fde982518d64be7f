//! The timetable of one school: who brought one in has it, the others keep the hours of their stage.

use kit::{Cell, Rules};

use super::book::{Book, day, maybe_id, morning, row, text};
use super::faculty::Faculty;
use super::rng::Rng;
use super::schools::{Cohort, SAMPLE_SCHOOL, School};
use crate::lessons::record::{LESSON, WEEKDAYS};

/// After classes and people, in the order of one morning.
const RANK: u8 = 60;
/// The school year of the table.
const YEAR: i32 = 2021;

/// What follows what, over and over; each pair of classes begins somewhere else.
const PRIMARY: [&str; 11] =
    ["语文", "数学", "体育与健康", "语文", "英语", "数学", "音乐", "语文", "科学", "道德与法治", "美术"];
const JUNIOR: [&str; 13] = [
    "语文",
    "数学",
    "英语",
    "物理",
    "体育与健康",
    "数学",
    "语文",
    "历史",
    "英语",
    "道德与法治",
    "生物学",
    "地理",
    "劳动",
];

pub fn build(book: &mut Book, rng: &mut Rng, schools: &[School], faculties: &[Faculty], rules: &Rules) {
    let Some((school, faculty)) = schools.iter().zip(faculties).find(|(school, _)| school.name == SAMPLE_SCHOOL) else {
        return;
    };
    let classes: Vec<_> =
        school.cohorts.iter().zip(&faculty.teachers).filter(|(cohort, _)| cohort.grade(YEAR).is_some()).collect();
    for (at, (cohort, teacher)) in classes.iter().enumerate() {
        // Two classes change their teachers for mathematics, so that nobody stands in two rooms at once.
        let partner = classes.get(at ^ 1).map_or(teacher.id, |(_, partner)| partner.id);
        week(book, rng, (school, rules), cohort, at / 2, |subject| match subject {
            "语文" => Some(teacher.id),
            "数学" => Some(partner),
            _ => None,
        });
    }
}

fn week(
    book: &mut Book,
    rng: &mut Rng,
    (school, rules): (&School, &Rules),
    cohort: &Cohort,
    pair: usize,
    who: impl Fn(&str) -> Option<uuid::Uuid>,
) {
    let from = day(YEAR, 9, 1);
    let subjects: &[&str] = if cohort.stage.code == "junior" { &JUNIOR } else { &PRIMARY };
    let slots = rules.timetable.slots(cohort.stage.code, school.boarding, from);
    let lessons: Vec<_> = slots.iter().filter(|slot| slot.session.starts_with("lesson.")).collect();
    for (on, weekday) in WEEKDAYS.iter().take(5).enumerate() {
        for (at, slot) in lessons.iter().enumerate() {
            let subject = subjects[(on * lessons.len() + at + 3 * pair) % subjects.len()];
            let cells = [
                ("school", Cell::Id(school.id)),
                ("class", Cell::Id(cohort.id)),
                ("weekday", text(*weekday)),
                ("number", Cell::Int(i64::try_from(at + 1).unwrap_or(1))),
                ("begins", text(slot.from.format("%H:%M").to_string())),
                ("ends", text(slot.until.format("%H:%M").to_string())),
                ("subject", text(subject)),
                ("teacher", maybe_id(who(subject))),
                ("from_on", Cell::Date(from)),
            ];
            book.create(from, RANK, &LESSON, row(&LESSON, rng.id(morning(from)), cells));
        }
    }
}
