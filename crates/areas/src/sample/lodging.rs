//! Who sleeps where (住宿安排), and the few pupils for whom nobody waits (特殊关爱标记).

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use kit::Cell;
use uuid::Uuid;

use super::book::{Book, day, maybe_id, morning, row, text};
use super::faculty::Faculty;
use super::pupils::{Boarder, Rolls};
use super::rng::Rng;
use super::schools::{SAMPLE_SCHOOL, School};
use crate::attendance::bed::BED;
use crate::attendance::care::CARE;

/// Beds of a room, rooms of a floor, floors of a building.
const BEDS: usize = 8;
const ROOMS: usize = 10;
const FLOORS: usize = 5;
/// Days on which a flag may be set: after the first weeks of the autumn term, and in the spring before.
const AUTUMN: NaiveDate = day_of(2021, 9, 6);
const SPRING: NaiveDate = day_of(2021, 3, 8);
/// The end of the school year, with which a flag of the spring ends.
const SUMMER: NaiveDate = day_of(2021, 7, 2);

const fn day_of(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

/// What the roll-calls of the last days make of it.
#[derive(Default)]
pub struct Lodging {
    /// Pupils with a flag that holds.
    pub cared: HashSet<Uuid>,
    /// One of them, at the sample school, in a class where nobody else is urgent.
    pub sought: Option<Uuid>,
    /// Three who share a room at the sample school.
    pub ill: HashSet<Uuid>,
}

pub fn build(book: &mut Book, rng: &mut Rng, schools: &[School], faculties: &[Faculty], rolls: &Rolls) -> Lodging {
    let mut lodging = Lodging::default();
    let (mut sleeping, mut caring) = (rng.part("beds"), rng.part("care"));
    for (school, faculty) in schools.iter().zip(faculties) {
        let sample = school.name == SAMPLE_SCHOOL;
        let first = beds(book, &mut sleeping, school, rolls.boarders.get(&school.id).map_or(&[], Vec::as_slice));
        if sample {
            lodging.ill = first;
        }
        flags(book, &mut caring, (school, faculty), &rolls.of, &mut lodging);
    }
    lodging
}

/// A bed for every boarder, boys and girls apart, room after room as the classes follow; answers with three of the first full room
/// that several classes share.
fn beds(book: &mut Book, rng: &mut Rng, school: &School, boarders: &[Boarder]) -> HashSet<Uuid> {
    let since = day(2021, 9, 1);
    let mut first = HashSet::new();
    for (male, word) in [(false, "女生"), (true, "男生")] {
        let mine: Vec<_> = boarders.iter().filter(|one| one.male == male).collect();
        let houses = mine.len().div_ceil(BEDS * ROOMS * FLOORS);
        for (number, room) in mine.chunks(BEDS).enumerate() {
            let (house, floor) = (number / (ROOMS * FLOORS) + 1, number / ROOMS % FLOORS + 1);
            let house = if houses > 1 { format!("{word}{house}号楼") } else { format!("{word}楼") };
            let name = format!("{house}{}", floor * 100 + number % ROOMS + 1);
            for one in room {
                let cells = [
                    ("school", Cell::Id(school.id)),
                    ("class", Cell::Id(one.class)),
                    ("pupil", Cell::Id(one.pupil)),
                    ("dormitory", text(&name)),
                    ("from_on", Cell::Date(since)),
                ];
                let id = rng.id(morning(since));
                book.create(since, 21, &BED, row(&BED, id, cells));
            }
            // Of several classes, if there are: the room makes the cluster, and no class does.
            let classes: HashSet<_> = room.iter().map(|one| one.class).collect();
            if first.is_empty() && room.len() == BEDS && classes.len() > 1 {
                first.extend([0, BEDS - 2, BEDS - 1].map(|at| room[at].pupil));
            }
        }
    }
    first
}

/// Three or four in a thousand, and somebody in the first class and in an upper one of the sample school; as many again had one last spring.
fn flags(
    book: &mut Book,
    rng: &mut Rng,
    (school, faculty): (&School, &Faculty),
    rolls: &HashMap<Uuid, Vec<Uuid>>,
    lodging: &mut Lodging,
) {
    for (at, cohort) in school.cohorts.iter().enumerate() {
        let shown = school.name == SAMPLE_SCHOOL && (at == 0 || at + 1 == school.cohorts.len());
        for (number, pupil) in rolls.get(&cohort.id).into_iter().flatten().enumerate() {
            let drawn = rng.weighted(&[("", 9_935), ("now", 35), ("over", 30)]);
            let since = if drawn == "over" { rng.day(SPRING, 60) } else { rng.day(AUTUMN, 90) };
            let held = drawn == "now" || (shown && number == 6);
            if !held && (drawn.is_empty() || cohort.entered_on() >= SPRING) {
                continue;
            }
            let cells = [
                ("school", Cell::Id(school.id)),
                ("class", Cell::Id(cohort.id)),
                ("pupil", Cell::Id(*pupil)),
                ("from_on", Cell::Date(since)),
                ("set_by", maybe_id(faculty.teachers.get(at).map(|teacher| teacher.id))),
            ];
            let flag = row(&CARE, rng.id(morning(since)), cells);
            book.create(since, 22, &CARE, flag.clone());
            if !held {
                book.edit(SUMMER, 23, &CARE, flag, &[("until_on", Cell::Date(SUMMER))]);
                continue;
            }
            lodging.cared.insert(*pupil);
            if shown && at > 0 {
                lodging.sought = lodging.sought.or(Some(*pupil));
            }
        }
    }
}
