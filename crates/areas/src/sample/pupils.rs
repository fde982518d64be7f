//! Classes and their years, pupils with their enrolments, and guardians.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use kit::{Cell, Row};
use uuid::Uuid;

use super::book::{Book, day, maybe_id, morning, row, secret, text};
use super::faculty::Faculty;
use super::names::{Registry, given, surname, surname_of};
use super::rng::Rng;
use super::schools::{Cohort, School};
use crate::organisation::record::{CLASS, CLASS_YEAR, ENROLMENT, GUARDIAN, PUPIL};

/// Calendar years in which the school years begin that the county keeps.
const YEARS: [i32; 2] = [2020, 2021];
/// From this day the few who changed classes are in the other one.
const MOVED: NaiveDate = match NaiveDate::from_ymd_opt(2021, 3, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// The pupils of each class as it is now, and of each school those who sleep there.
#[derive(Default)]
pub struct Rolls {
    pub of: HashMap<Uuid, Vec<Uuid>>,
    pub boarders: HashMap<Uuid, Vec<Boarder>>,
}

#[derive(Clone, Copy, Debug)]
pub struct Boarder {
    pub pupil: Uuid,
    pub class: Uuid,
    pub male: bool,
}

pub fn build(
    book: &mut Book,
    rng: &mut Rng,
    registry: &mut Registry,
    schools: &[School],
    faculties: &[Faculty],
) -> Rolls {
    let mut rolls = Rolls::default();
    for (school, faculty) in schools.iter().zip(faculties) {
        for (at, cohort) in school.cohorts.iter().enumerate() {
            class(book, rng, school, cohort, (at, faculty));
            for number in 0..cohort.size {
                let (id, boarder) = pupil(book, rng, registry, school, (cohort, number));
                rolls.of.entry(cohort.id).or_default().push(id);
                rolls.boarders.entry(school.id).or_default().extend(boarder);
            }
        }
    }
    rolls
}

fn class(book: &mut Book, rng: &mut Rng, school: &School, cohort: &Cohort, (at, faculty): (usize, &Faculty)) {
    let cells = [
        ("school", Cell::Id(school.id)),
        ("entry_year", Cell::Int(cohort.entry_year.into())),
        ("stage", text(cohort.stage.code)),
        ("number", Cell::Int(i64::try_from(cohort.number).unwrap_or(1))),
        ("name", text(&cohort.name)),
    ];
    book.create(cohort.entered_on(), 5, &CLASS, row(&CLASS, cohort.id, cells));
    for year in YEARS {
        let Some(grade) = cohort.grade(year) else { continue };
        let begins = day(year, 9, 1);
        let cells = [
            ("school", Cell::Id(school.id)),
            ("class", Cell::Id(cohort.id)),
            ("year", Cell::Int(year.into())),
            ("grade", Cell::Int(grade.into())),
            ("teacher", maybe_id(faculty.teachers.get(at).map(|teacher| teacher.id))),
        ];
        let id = rng.id(morning(begins));
        book.create(begins, 6, &CLASS_YEAR, row(&CLASS_YEAR, id, cells));
    }
}

/// Whether this pupil came from the class beside: one in a hundred, where there is such a class.
fn came_from<'a>(rng: &mut Rng, school: &'a School, cohort: &Cohort) -> Option<&'a Cohort> {
    let beside = |other: &&Cohort| {
        other.stage == cohort.stage && other.entry_year == cohort.entry_year && other.number != cohort.number
    };
    let earlier = cohort.entered_on() < MOVED && rng.chance(10);
    earlier.then(|| school.cohorts.iter().find(beside)).flatten()
}

fn pupil(
    book: &mut Book,
    rng: &mut Rng,
    registry: &mut Registry,
    school: &School,
    (cohort, number): (&Cohort, usize),
) -> (Uuid, Option<Boarder>) {
    let entered = cohort.entered_on();
    let male = rng.chance(525);
    // Of age on 31 August of the year of entry (Compulsory Education Law, art. 11).
    let born = rng.day(day(cohort.entry_year - cohort.stage.age - 1, 9, 1), 365);
    let name = format!("{}{}", surname(rng), given(rng, male));
    let id_number = registry.id_number(male, born);
    let id = rng.id(morning(entered));
    let before = came_from(rng, school, cohort);
    let class = before.map_or(cohort.id, |class| class.id);
    let enrolment = rng.id(morning(entered));
    let boards = school.boarding && boards(rng, cohort, number);
    let cells = [
        ("name", text(&name)),
        ("sex", text(if male { "1" } else { "2" })),
        ("school", Cell::Id(school.id)),
        ("class", Cell::Id(class)),
        ("number", secret(format!("G{id_number}"))),
        ("id_number", secret(id_number)),
        ("boarder", Cell::Bool(boards)),
        ("enrolled_on", Cell::Date(entered)),
        ("enrolment", Cell::Id(enrolment)),
    ];
    let pupil = row(&PUPIL, id, cells);
    let first = enrolment_row(enrolment, id, (school.id, class), entered);
    let guardian = guardian(rng, registry, school, (id, &name), class);
    book.create(entered, 7, &PUPIL, pupil.clone());
    book.create(entered, 8, &ENROLMENT, first.clone());
    book.create(entered, 9, &GUARDIAN, guardian.clone());
    if before.is_some() {
        let second = rng.id(morning(MOVED));
        let last = MOVED.checked_sub_days(Days::new(1)).unwrap_or(MOVED);
        book.edit(MOVED, 17, &PUPIL, pupil, &[("class", Cell::Id(cohort.id)), ("enrolment", Cell::Id(second))]);
        book.edit(MOVED, 18, &ENROLMENT, first, &[("until_on", Cell::Date(last))]);
        book.create(MOVED, 19, &ENROLMENT, enrolment_row(second, id, (school.id, cohort.id), MOVED));
        book.edit(MOVED, 20, &GUARDIAN, guardian, &[("class", Cell::Id(cohort.id))]);
    }
    (id, boards.then_some(Boarder { pupil: id, class: cohort.id, male }))
}

/// Of a boarding school's pupils: most of the senior ones, half of the junior ones, of the small ones none.
fn boards(rng: &mut Rng, cohort: &Cohort, number: usize) -> bool {
    let per_mille = match cohort.stage.code {
        "senior" => 720,
        "junior" => 560,
        "primary" if cohort.entry_year <= 2018 => 180,
        _ => 0,
    };
    // Somebody boards in each class of a boarding school's upper grades.
    (number == 0 && per_mille > 0) || rng.chance(per_mille)
}

fn enrolment_row(id: Uuid, pupil: Uuid, (school, class): (Uuid, Uuid), from: NaiveDate) -> Row {
    let cells = [
        ("pupil", Cell::Id(pupil)),
        ("school", Cell::Id(school)),
        ("class", Cell::Id(class)),
        ("from_on", Cell::Date(from)),
    ];
    row(&ENROLMENT, id, cells)
}

/// One guardian; many children live with their grandparents while the parents work elsewhere (留守儿童).
fn guardian(rng: &mut Rng, registry: &mut Registry, school: &School, (pupil, name): (Uuid, &str), class: Uuid) -> Row {
    let (relation, male, same_name) = rng.weighted(&[
        (("51", true, true), 40),
        (("52", false, false), 38),
        (("61", true, true), 9),
        (("62", false, false), 8),
        (("63", true, false), 3),
        (("64", false, false), 2),
    ]);
    let family = if same_name { surname_of(name) } else { surname(rng) };
    let cells = [
        ("pupil", Cell::Id(pupil)),
        ("school", Cell::Id(school.id)),
        ("class", Cell::Id(class)),
        ("name", text(format!("{family}{}", given(rng, male)))),
        ("relation", text(relation)),
        ("phone", secret(registry.phone())),
    ];
    let id = rng.id(morning(day(2020, 1, 1)));
    row(&GUARDIAN, id, cells)
}
