//! What was found in two years: by size of school and by season, in the schools, around them, and in the townships.

use chrono::{Datelike, NaiveDate};
use kit::{Cell, Row, dates::Period};
use uuid::Uuid;

use super::book::{Batch, Book, day, maybe_id, row, text};
use super::cases::{Case, Desk};
use super::faculty::Faculty;
use super::paths::{self, Fate, Parts};
use super::people::Officials;
use super::rng::Rng;
use super::schools::{Habit, SAMPLE_SCHOOL, School};
use super::templates::{MAJORS, Needs, Season, TEMPLATES, TOWNSHIP_WATERS, Template};
use super::units::Units;
use crate::hazards::record::HAZARD;
use crate::hazards::returns::{self, MONTHLY_RETURN};

/// The county's people and places, as far as hazards need them.
pub struct County<'a> {
    pub units: &'a Units,
    pub schools: &'a [School],
    pub faculties: &'a [Faculty],
    pub officials: &'a Officials,
    pub today: NaiveDate,
}

/// How much is found in each month, in hundredths: schools are closed in summer, and were in the spring of 2020.
fn season(month: NaiveDate) -> u64 {
    match (month.year(), month.month()) {
        (2020, 2 | 3) => 10,
        (_, 2) => 40,
        (_, 7 | 8) => 18,
        (_, 1) => 60,
        (_, 3 | 6) => 115,
        (_, 4 | 5) => 140,
        (_, 10 | 11) => 135,
        _ => 105,
    }
}

fn rainy(month: u32) -> bool {
    (3..=6).contains(&month)
}

fn months(today: NaiveDate) -> Vec<NaiveDate> {
    let all = (0..24).map(|at| day(2020 + at / 12, u32::try_from(at % 12 + 1).unwrap_or(1), 1));
    all.filter(|month| *month <= today).collect()
}

/// All hazards, school by school; the order of time is made by the book.
pub fn build(desk: &mut Desk<'_>, county: &County<'_>) {
    for at in 0..county.schools.len() {
        if county.schools[at].parent.is_none() {
            school(desk, county, at);
        }
    }
    majors(desk, county);
    townships(desk, county);
    for most in 1..=5 {
        just_now(desk, county, most);
    }
}

fn school(desk: &mut Desk<'_>, county: &County<'_>, at: usize) {
    let school = &county.schools[at];
    let mut earlier: Vec<paths::Earlier> = Vec::new();
    for month in months(county.today) {
        // Thousandths: some are found everywhere, the rest where there are more pupils.
        let expected = (700 + school.pupils() as u64 * 7 / 10) * season(month) / 100;
        let mut days: Vec<NaiveDate> = (0..expected / 1000 + u64::from(desk.rng.chance(expected % 1000)))
            .map(|_| desk.rng.day(month, 27))
            .map(|day| desk.calendar.next_workday_on_or_after(day))
            .filter(|day| day.month() == month.month())
            .collect();
        days.sort_unstable();
        for day in days {
            // The one that does everything in time has nothing open on the last days either.
            if school.habit == Habit::Perfect && day > county.today - chrono::TimeDelta::days(21) {
                continue;
            }
            let template = draw(desk.rng, school, month.month());
            let (record, parts) = found(desk, county, at, template, day);
            let own = template.measures.len() < 60 && parts.finder == parts.worker;
            let recent = day > county.today - chrono::TimeDelta::days(75);
            let idle = recent && school.habit != Habit::Perfect && desk.rng.chance(40);
            let itself = record.get(&HAZARD, "source").text() == Some("self_check");
            let fate = if idle { Fate::Idle } else { paths::fate(desk, school.habit, own, (day, itself, &earlier)) };
            let mut case = Case::begin(desk, record, day, parts.finder, usize::MAX);
            paths::general(desk, &mut case, template, &parts, fate);
            if case.begun && !matches!(fate, Fate::Mistaken | Fate::Merged(_)) {
                earlier.push((case.row.id, case.date("closed_on"), itself));
            }
        }
    }
}

/// A template that fits the school, more often one of the season.
fn draw(rng: &mut Rng, school: &School, month: u32) -> &'static Template {
    for _ in 0..50 {
        let template = rng.pick(TEMPLATES);
        let fits = match template.needs {
            Needs::Anywhere => true,
            Needs::Surroundings(_) => rng.chance(350),
            Needs::Boarders => school.boarding,
            Needs::Canteen => school.canteen != "delivered",
            Needs::Laboratory => school.cohorts.iter().any(|cohort| matches!(cohort.stage.code, "junior" | "senior")),
            Needs::Bus => school.private,
            Needs::Township => false,
        };
        let timely = match template.season {
            Season::Always => rng.chance(550),
            Season::Rain => rainy(month) || rng.chance(150),
            Season::Dry => (9..=12).contains(&month) || rng.chance(200),
        };
        if fits && timely {
            return template;
        }
    }
    &TEMPLATES[0]
}

/// The record as it is first written, and who will have a part in it.
fn found(desk: &mut Desk<'_>, county: &County<'_>, at: usize, template: &Template, day: NaiveDate) -> (Row, Parts) {
    let (school, faculty) = (&county.schools[at], &county.faculties[at]);
    let mut parts = parts(desk, county, at, day);
    let (mut kind, mut source) = ("school", "self_check");
    if let Needs::Surroundings(letters) = template.needs {
        kind = "surroundings";
        if let Some(body) = county.officials.department(letters) {
            (parts.handed_unit, parts.keeper, parts.worker) = (Some(body.unit.id), None, body.liaison.id);
            parts.grader = parts.officer;
        }
    } else {
        parts.keeper = Some(keeper(desk.rng, faculty, template, day));
    }
    if desk.rng.chance(220) {
        let joint = desk.rng.chance(250);
        source = if joint { "joint" } else { "inspection" };
        parts.finder = if joint { parts.officer } else { inspector(county, at) };
    } else if desk.rng.chance(40) {
        source = "tip";
    }
    let cells = [
        ("place_kind", text(kind)),
        ("school", Cell::Id(school.id)),
        ("township", Cell::Id(school.township)),
        ("place", text(fill(desk.rng, template.place, ""))),
        ("description", text(template.says)),
    ];
    (begun(row(&HAZARD, Uuid::nil(), cells), template, source, day, parts.finder), parts)
}

fn begun(record: Row, template: &Template, source: &str, day: NaiveDate, finder: Uuid) -> Row {
    let mut record = record
        .with(&HAZARD, "category", text(template.category.code()))
        .with(&HAZARD, "source", text(source))
        .with(&HAZARD, "found_on", Cell::Date(day))
        .with(&HAZARD, "found_by", Cell::Id(finder))
        .with(&HAZARD, "state", text("registered"));
    for flag in ["on_the_spot", "refused"] {
        record.set(&HAZARD, flag, Cell::Bool(false));
    }
    for counter in ["extensions", "sent_back", "reopened"] {
        record.set(&HAZARD, counter, Cell::Int(0));
    }
    record
}

/// Inside a school: its safety officer finds, grades and works, its principal confirms, or the central school's.
fn parts(desk: &mut Desk<'_>, county: &County<'_>, at: usize, day: NaiveDate) -> Parts {
    let (school, faculty) = (&county.schools[at], &county.faculties[at]);
    let confirming = &county.faculties[school.central.unwrap_or(at)];
    let officers = &county.officials.officers;
    Parts {
        finder: faculty.safety.id,
        grader: faculty.safety.id,
        keeper: None,
        handed_unit: None,
        worker: faculty.safety.id,
        checker: confirming.principal_on(day).id,
        central: school.central.map(|central| county.schools[central].id),
        officer: desk.rng.pick(officers).id,
        director: county.officials.director.id,
    }
}

fn inspector(county: &County<'_>, at: usize) -> Uuid {
    county.officials.inspector_of(at).map_or(county.officials.safety_head.id, |inspector| inspector.staffer.id)
}

/// Who is answerable inside the school: by what it is about.
fn keeper(rng: &mut Rng, faculty: &Faculty, template: &Template, day: NaiveDate) -> Uuid {
    use crate::hazards::record::Category::{Food, Security, Stampede};
    let canteen =
        faculty.canteen.as_ref().filter(|_| matches!(template.needs, Needs::Canteen) || template.category == Food);
    match (canteen, template.category) {
        (Some(manager), _) => manager.id,
        (None, Security) if !faculty.guards.is_empty() => rng.pick(&faculty.guards).id,
        (None, Stampede) if !faculty.teachers.is_empty() => {
            faculty.teachers[rng.below(faculty.teachers.len().min(3))].id
        }
        _ => faculty.vice_on(day).id,
    }
}

/// `{b}` a building, `{n}` a floor, `{v}` a village.
fn fill(rng: &mut Rng, place: &str, village: &str) -> String {
    let building = *rng.pick(&["教学楼", "综合楼", "一号教学楼", "二号教学楼"]);
    let floor = *rng.pick(&["一", "二", "三", "四"]);
    place.replace("{b}", building).replace("{n}", floor).replace("{v}", village)
}

/// A few a year, in schools whose names are invented; the last one is still being worked on.
fn majors(desk: &mut Desk<'_>, county: &County<'_>) {
    let invented = |school: &School| {
        let of_town = ["镇初级中学", "乡学校", "双语学校", "月岩学校"].iter().any(|end| school.name.ends_with(end));
        school.parent.is_none() && school.boarding && school.habit == Habit::Ordinary && of_town
    };
    let places: Vec<usize> = (0..county.schools.len()).filter(|at| invented(&county.schools[*at])).collect();
    let found_on = [
        (2020, 5, 12),
        (2020, 6, 3),
        (2020, 10, 20),
        (2020, 11, 17),
        (2021, 4, 8),
        (2021, 5, 19),
        (2021, 10, 14),
        (2021, 11, 23),
    ];
    for (number, date) in found_on.into_iter().enumerate() {
        let Some(at) = places.get(number * 5 % places.len().max(1)).copied() else { continue };
        let found_on = day(date.0, date.1, date.2);
        let wanted = if rainy(date.1) { Season::Rain } else { Season::Dry };
        let fitting: Vec<&Template> = MAJORS.iter().filter(|template| template.season == wanted).collect();
        let template = fitting[number % fitting.len()];
        let (school, faculty) = (&county.schools[at], &county.faculties[at]);
        let mut parts = parts(desk, county, at, found_on);
        let principal = faculty.principal_on(found_on).id;
        (parts.finder, parts.keeper, parts.worker) = (inspector(county, at), Some(principal), principal);
        (parts.grader, parts.checker) = (parts.officer, county.officials.safety_head.id);
        let cells = [
            ("place_kind", text("school")),
            ("school", Cell::Id(school.id)),
            ("township", Cell::Id(school.township)),
            ("place", text(fill(desk.rng, template.place, ""))),
            ("description", text(template.says)),
        ];
        let record = begun(row(&HAZARD, Uuid::nil(), cells), template, "inspection", found_on, parts.finder);
        let mut case = Case::begin(desk, record, found_on, parts.finder, usize::MAX);
        let workdays = desk.rng.between(28, 44);
        paths::major(desk, &mut case, template, &parts, workdays);
    }
}

/// Waters and crossings of the townships, found by their heads in spring and before summer.
fn townships(desk: &mut Desk<'_>, county: &County<'_>) {
    for (township, body) in county.units.townships.iter().zip(&county.officials.townships) {
        for (year, month) in [(2020, 5), (2020, 6), (2021, 4), (2021, 6), (2021, 12)] {
            let first = day(year, month, 3);
            let drawn = desk.rng.day(first, 18);
            let found_on = desk.calendar.next_workday_on_or_after(drawn);
            if township.places.is_empty() || found_on >= county.today || desk.rng.chance(250) {
                continue;
            }
            let template = desk.rng.pick(TOWNSHIP_WATERS);
            let officer = desk.rng.pick(&county.officials.officers).id;
            let parts = Parts {
                finder: body.head.id,
                grader: officer,
                keeper: None,
                handed_unit: Some(body.unit.id),
                worker: body.head.id,
                checker: county.officials.safety_head.id,
                central: None,
                officer,
                director: county.officials.director.id,
            };
            let village = desk.rng.pick(&township.places).clone();
            let cells = [
                ("place_kind", text("township")),
                ("township", maybe_id(Some(body.unit.id))),
                ("place", text(fill(desk.rng, template.place, &village))),
                ("description", text(template.says)),
            ];
            let record = begun(row(&HAZARD, Uuid::nil(), cells), template, "self_check", found_on, parts.finder);
            let fate = *desk.rng.pick(&[Fate::InTime, Fate::InTime, Fate::InTime, Fate::Extended, Fate::Late]);
            let mut case = Case::begin(desk, record, found_on, parts.finder, usize::MAX);
            paths::general(desk, &mut case, template, &parts, fate);
        }
    }
}

/// One hazard in each open state, in the school of the sample accounts, found within the last days.
fn just_now(desk: &mut Desk<'_>, county: &County<'_>, most: usize) {
    let Some(at) = county.schools.iter().position(|school| school.name == SAMPLE_SCHOOL) else { return };
    let found_on = desk.calendar.next_workday_on_or_after(county.today - chrono::TimeDelta::days(10));
    let template = &TEMPLATES[most * 5 % 12];
    let (mut record, mut parts) = found(desk, county, at, template, found_on);
    record.set(&HAZARD, "source", text("self_check"));
    let safety = county.faculties[at].safety.id;
    record.set(&HAZARD, "found_by", Cell::Id(safety));
    parts.finder = safety;
    let mut case = Case::begin(desk, record, found_on, safety, most);
    paths::general(desk, &mut case, template, &parts, Fate::InTime);
}

/// 月度确认: a draft on the first of the next month, confirmed by the head within five days; never by the silent one.
pub fn returns(book: &mut Book, desk: &mut Desk<'_>, county: &County<'_>, found: &[(Uuid, NaiveDate)]) {
    let mut unheard = desk.rng.part("returns");
    for month in months(county.today) {
        let after = Period::month_of(month).last().succ_opt().unwrap_or(month);
        for (at, school) in county.schools.iter().enumerate() {
            if after > county.today || school.parent.is_some() {
                continue;
            }
            // What was found at a teaching point counts for its parent.
            let own = |of: &Uuid| {
                *of == school.id || county.schools.iter().any(|point| point.id == *of && point.parent == Some(at))
            };
            let in_month = found.iter().filter(|(_, on)| Period::month_of(month).contains(*on));
            let count = in_month.filter(|(of, _)| own(of)).count();
            let silent = school.habit == Habit::Silent;
            let rng = if silent { &mut unheard } else { &mut *desk.rng };
            let id = rng.id(super::book::morning(after));
            let mut draft = returns::draft(id, school.id, month, i64::try_from(count).unwrap_or(0));
            draft.version = 1;
            book.create(after, 40, &MONTHLY_RETURN, draft.clone());
            if silent {
                continue;
            }
            let confirmed_on = desk.soon(after, 0, 3);
            let head = county.faculties[at].principal_on(confirmed_on).id;
            let after = draft
                .clone()
                .with(&MONTHLY_RETURN, "confirmed_by", Cell::Id(head))
                .with(&MONTHLY_RETURN, "confirmed_on", Cell::Date(confirmed_on))
                .with(&MONTHLY_RETURN, "state", text("confirmed"));
            let moment = super::book::morning(confirmed_on) + desk.rng.between(10, 400) * 60_000;
            let change = kit::Change::update(&MONTHLY_RETURN, "confirm", draft, after);
            desk.steps.push(Batch { at: moment, actor: desk.accounts.of(head), changes: vec![change] });
        }
    }
}
