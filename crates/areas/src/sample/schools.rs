//! The 76 schools with a school ID of their own, their teaching points, and the cohorts of each.

use chrono::NaiveDate;
use kit::Cell;
use uuid::Uuid;

use super::book::{Book, START, day, maybe_id, morning, row, text};
use super::names::credit_code;
use super::rng::Rng;
use super::specs::{Spec, specs};
use super::units::{Township, Units};
use super::{Plan, Size};
use crate::organisation::record::SCHOOL;

/// The school of the sample accounts: of middling size, with boarders.
pub const SAMPLE_SCHOOL: &str = "下蒋学校";
/// Classes of the whole county.
pub const CLASSES: usize = 2533;
/// No class has fewer or more pupils.
pub const CLASS_SIZE: std::ops::RangeInclusive<usize> = 20..=56;

/// How a school keeps its returns and its hazards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    Ordinary,
    /// Never confirms a month.
    Silent,
    /// Closes every hazard, and in time.
    Perfect,
}

/// 学段: code, its first grade's code, grades, age at entry, pupils in an ordinary class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    pub code: &'static str,
    pub word: &'static str,
    pub first_grade: i32,
    pub grades: i32,
    pub age: i32,
    pub size: usize,
}

pub const STAGES: [Stage; 4] = [
    Stage { code: "kindergarten", word: "幼儿园", first_grade: 1, grades: 3, age: 3, size: 31 },
    Stage { code: "primary", word: "小学", first_grade: 11, grades: 6, age: 6, size: 46 },
    Stage { code: "junior", word: "初中", first_grade: 21, grades: 3, age: 12, size: 49 },
    Stage { code: "senior", word: "高中", first_grade: 31, grades: 3, age: 15, size: 51 },
];

/// A class from its first grade to its last.
#[derive(Clone, Debug)]
pub struct Cohort {
    pub id: Uuid,
    pub stage: Stage,
    pub entry_year: i32,
    pub number: usize,
    pub name: String,
    pub size: usize,
}

impl Cohort {
    /// The grade in the school year that begins in `year`; `None` before the class began.
    pub fn grade(&self, year: i32) -> Option<i32> {
        let years = year - self.entry_year;
        (0..self.stage.grades).contains(&years).then_some(self.stage.first_grade + years)
    }

    pub fn entered_on(&self) -> NaiveDate {
        day(self.entry_year, 9, 1)
    }
}

#[derive(Clone, Debug)]
pub struct School {
    pub id: Uuid,
    pub local_code: String,
    pub name: String,
    pub kind: &'static str,
    /// A teaching point: the place of its parent in the list.
    pub parent: Option<usize>,
    pub township: Uuid,
    /// 中心学校: the place in the list of the one that confirms for it.
    pub central: Option<usize>,
    pub boarding: bool,
    pub canteen: &'static str,
    pub private: bool,
    pub habit: Habit,
    pub cohorts: Vec<Cohort>,
}

impl School {
    pub fn pupils(&self) -> usize {
        self.cohorts.iter().map(|cohort| cohort.size).sum()
    }
}

/// Schools first, then their teaching points, whose `parent` points back into the list.
pub fn build(book: &mut Book, rng: &mut Rng, plan: &Plan, units: &Units) -> Vec<School> {
    let plans: Vec<(Spec, &Township)> = specs(units)
        .into_iter()
        .filter_map(|spec| units.township(&spec.township).map(|township| (spec, township)))
        .take(plan.schools)
        .collect();
    let mut schools: Vec<School> = Vec::new();
    for (at, (spec, township)) in plans.iter().enumerate() {
        schools.push(school(rng, plan, at, spec, township.unit.id));
    }
    for (at, (spec, township)) in plans.iter().enumerate() {
        let points = if plan.size == Size::Township { spec.points.min(2) } else { spec.points };
        let villages = township.places.iter().filter(|name| name.ends_with('村') && !name.starts_with("下蒋"));
        for (number, village) in villages.take(points).enumerate() {
            schools.push(point(
                rng,
                plan,
                at,
                &schools[at],
                (number + 1, &format!("{}{}教学点", township.short(), village.trim_end_matches('村'))),
            ));
        }
    }
    if plan.size == Size::Full {
        fit_classes(rng, &mut schools);
        fit_pupils(rng, &mut schools);
    }
    let central: Vec<(Uuid, Uuid)> = plans
        .iter()
        .zip(&schools)
        .filter(|((spec, _), _)| spec.central)
        .map(|((_, township), school)| (township.unit.id, school.id))
        .collect();
    let mut named = Vec::with_capacity(schools.len());
    for (at, school) in schools.iter().enumerate() {
        let parent = school.parent.map(|parent| schools[parent].id);
        let spec = &plans[school.parent.unwrap_or(at)].0;
        // Only a school that is too small to confirm for itself names another one.
        let small = spec.small || school.parent.is_some();
        let central = central.iter().find(|(township, _)| small && *township == school.township).map(|(_, id)| *id);
        write(book, rng, school, spec, (parent, central), at);
        named.push(central.and_then(|id| schools.iter().position(|school| school.id == id)));
    }
    for (school, central) in schools.iter_mut().zip(named) {
        school.central = central;
    }
    schools
}

fn school(rng: &mut Rng, plan: &Plan, at: usize, spec: &Spec, township: Uuid) -> School {
    // Serials from 990001: far above what the province has given out.
    let code = format!("{}43{:06}", spec.id_type(), 990_001 + at);
    let mut cohorts = Vec::new();
    for (stage, streams) in STAGES.into_iter().zip(spec.streams) {
        let grades = if spec.kind == "incomplete_primary" { 4 } else { stage.grades };
        let streams = if plan.size == Size::Township {
            streams.min(if spec.kind == "nine_year" { 1 } else { 2 })
        } else {
            streams
        };
        cohorts.extend(classes(rng, plan, stage, grades, streams, spec.several_stages()));
    }
    if spec.kind == "special" {
        for cohort in &mut cohorts {
            cohort.size = *CLASS_SIZE.start();
        }
    }
    School {
        id: rng.id(morning(START)),
        local_code: code,
        name: spec.name.clone(),
        kind: spec.kind,
        parent: None,
        township,
        central: None,
        boarding: spec.boarding,
        canteen: if spec.private { "contracted" } else { "own" },
        private: spec.private,
        habit: spec.habit,
        cohorts,
    }
}

/// A teaching point (教学点): grades one to three, one class each, few pupils.
fn point(rng: &mut Rng, plan: &Plan, at: usize, parent: &School, (number, name): (usize, &str)) -> School {
    let mut cohorts = classes(rng, plan, STAGES[1], 3, 1, false);
    for cohort in &mut cohorts {
        cohort.size = 20 + rng.below(6);
    }
    School {
        id: rng.id(morning(START)),
        local_code: format!("{}-{number:02}", parent.local_code),
        name: name.to_owned(),
        kind: "teaching_point",
        parent: Some(at),
        township: parent.township,
        central: None,
        boarding: false,
        canteen: "delivered",
        private: false,
        habit: parent.habit,
        cohorts,
    }
}

fn classes(rng: &mut Rng, plan: &Plan, stage: Stage, grades: i32, streams: usize, several: bool) -> Vec<Cohort> {
    let this_year = kit::dates::school_year_of(plan.today);
    let word = if several { stage.word } else { "" };
    let usual = if plan.size == Size::Township { stage.size.min(33) } else { stage.size };
    let mut cohorts = Vec::new();
    for entry_year in (0..grades).map(|years| this_year - years) {
        for number in 1..=streams {
            let entered = morning(day(entry_year, 9, 1));
            cohorts.push(Cohort {
                id: rng.id(entered),
                stage,
                entry_year,
                number,
                name: format!("{word}{entry_year}级{number}班"),
                size: (usual - 4 + rng.below(9)).clamp(*CLASS_SIZE.start(), *CLASS_SIZE.end()),
            });
        }
    }
    cohorts
}

/// Takes the last class of grades here and there, or adds one, until the county has its number of classes.
fn fit_classes(rng: &mut Rng, schools: &mut [School]) {
    let mut total: usize = schools.iter().map(|school| school.cohorts.len()).sum();
    // Bounded: with fewer grades than classes to take away the county would stay too large, and the tests say so.
    for _ in 0..100_000 {
        if total == CLASSES {
            break;
        }
        let at = rng.below(schools.len());
        let school = &mut schools[at];
        let chosen = rng.below(school.cohorts.len());
        let Some(model) = school.cohorts.get(chosen).cloned() else { continue };
        let same = |cohort: &Cohort| cohort.stage == model.stage && cohort.entry_year == model.entry_year;
        let last = school.cohorts.iter().filter(|cohort| same(cohort)).map(|cohort| cohort.number).max().unwrap_or(0);
        if last < 4 {
            continue;
        }
        if total > CLASSES {
            school.cohorts.retain(|cohort| !(same(cohort) && cohort.number == last));
            total -= 1;
        } else {
            let name = model.name.replace(&format!("级{}班", model.number), &format!("级{}班", last + 1));
            school.cohorts.push(Cohort { id: rng.id(morning(model.entered_on())), number: last + 1, name, ..model });
            total += 1;
        }
    }
}

/// Adds or takes one pupil here and there until the county has between 114,000 and 114,999.
fn fit_pupils(rng: &mut Rng, schools: &mut [School]) {
    let target = 114_000 + rng.below(1000);
    let mut total: usize = schools.iter().map(School::pupils).sum();
    for _ in 0..1_000_000 {
        if total == target {
            break;
        }
        let at = rng.below(schools.len());
        let school = &mut schools[at];
        let chosen = rng.below(school.cohorts.len());
        let Some(cohort) =
            school.cohorts.get_mut(chosen).filter(|_| school.parent.is_none() && school.kind != "special")
        else {
            continue;
        };
        if total > target && cohort.size > cohort.stage.size.saturating_sub(12).max(*CLASS_SIZE.start()) {
            cohort.size -= 1;
            total -= 1;
        } else if total < target && cohort.size < (cohort.stage.size + 8).min(*CLASS_SIZE.end()) {
            cohort.size += 1;
            total += 1;
        }
    }
}

fn write(
    book: &mut Book,
    rng: &mut Rng,
    school: &School,
    spec: &Spec,
    (parent, central): (Option<Uuid>, Option<Uuid>),
    at: usize,
) {
    let campus = school.parent.is_some();
    let degrees = |units: i64| i32::try_from(units).map_or(0.0, |units| f64::from(units) / 10_000.0);
    let buses = if spec.private && !campus { rng.between(2, 6) } else { 0 };
    let opened = day(i32::try_from(rng.between(1952, 2016)).unwrap_or(1980), 9, 1);
    let cells = [
        ("code", if campus { Cell::Null } else { text(&school.local_code) }),
        ("local_code", text(&school.local_code)),
        ("name", text(&school.name)),
        ("kind", text(school.kind)),
        ("campus", Cell::Bool(campus)),
        ("parent", maybe_id(parent)),
        ("township", Cell::Id(school.township)),
        ("central", maybe_id(central)),
        ("owner", text(spec.owner())),
        ("urban_rural", text(if campus { "220" } else { spec.urban_rural })),
        ("boarding", Cell::Bool(school.boarding)),
        ("canteen", text(school.canteen)),
        ("buses", Cell::Int(buses)),
        ("credit_code", if campus { Cell::Null } else { text(credit_code(at + 1)) }),
        ("lat", Cell::Real(degrees(rng.between(251_500, 257_500)))),
        ("lon", Cell::Real(degrees(rng.between(1_113_500, 1_118_500)))),
        ("opened_on", Cell::Date(opened)),
    ];
    book.create(START, 1, &SCHOOL, row(&SCHOOL, school.id, cells));
}
