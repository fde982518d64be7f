//! The last school days before the sample county's own: every class called by its teacher, with the exceptions of an ordinary December, each
//! written by the rules themselves.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Role, Row, Rules, Scope, dates};
use uuid::Uuid;

use super::book::Batch;
use super::faculty::Faculty;
use super::lodging::Lodging;
use super::rng::Rng;
use super::schools::{Cohort, School};
use crate::attendance::call::{Ground, Missed, Sent, called};
use crate::attendance::missing::{self, People};
use crate::attendance::record::{MARK, MISSING, SHEET};
use crate::attendance::session::slots;
use crate::organisation::record::CLASS;

/// School days that were called.
const DAYS: usize = 3;
const MINUTE: i64 = 60_000;

/// What the roll-calls need of the county.
pub struct County<'a> {
    pub schools: &'a [School],
    pub faculties: &'a [Faculty],
    /// The pupils of each class.
    pub rolls: &'a HashMap<Uuid, Vec<Uuid>>,
    pub lodging: &'a Lodging,
    /// Who is told at the bureau.
    pub officer: Uuid,
    pub rules: &'a Rules,
    pub today: NaiveDate,
}

/// The steps of one day, alike beside alike.
#[derive(Default)]
struct Day {
    sheets: Vec<Change>,
    marks: Vec<Change>,
    checks: Vec<Change>,
    /// What came of the checks, and the marks and sheets that follow.
    ends: [Vec<Change>; 3],
}

/// The school days whose rolls are there, in order.
pub fn called_days(calendar: &Calendar, today: NaiveDate) -> Vec<NaiveDate> {
    let back = std::iter::successors(today.pred_opt(), NaiveDate::pred_opt);
    let mut days: Vec<_> = back.filter(|day| calendar.is_workday(*day)).take(DAYS).collect();
    days.reverse();
    days
}

pub fn build(rng: &mut Rng, county: &County<'_>) -> Vec<Batch> {
    let found = called_days(&county.rules.calendar, county.today);
    let last = found.last().copied();
    found.into_iter().flat_map(|day| one(rng, county, day, Some(day) == last)).collect()
}

/// One day: all sheets at the end of the arrivals, what came of the checks an hour later.
fn one(rng: &mut Rng, county: &County<'_>, day: NaiveDate, last: bool) -> Vec<Batch> {
    let mut steps = Day::default();
    let quiet = Lodging::default();
    let told = if last { county.lodging } else { &quiet };
    for (school, faculty) in county.schools.iter().zip(county.faculties) {
        for (at, cohort) in school.cohorts.iter().enumerate() {
            let teacher = faculty.teachers.get(at).map(|teacher| teacher.id);
            if let (Some(teacher), Some(roll)) = (teacher, county.rolls.get(&cohort.id)) {
                class(rng, county, day, &mut steps, &Class { school, faculty, cohort, teacher, roll, told });
            }
        }
    }
    let nine = dates::shanghai_start(day) + 9 * 60 * MINUTE;
    let batch = |at, changes| Batch { at, actor: None, changes };
    let [checks, marks, sheets] = steps.ends;
    // Sheets with their marks, as they come from the telephones.
    let called = steps.sheets.into_iter().chain(steps.marks).collect();
    let first = [called, steps.checks].into_iter().map(|changes| batch(nine, changes));
    let last = [checks, marks, sheets].into_iter().map(|changes| batch(nine + 75 * MINUTE, changes));
    first.chain(last).filter(|batch| !batch.changes.is_empty()).collect()
}

struct Class<'a> {
    school: &'a School,
    faculty: &'a Faculty,
    cohort: &'a Cohort,
    teacher: Uuid,
    roll: &'a [Uuid],
    /// Of whom this day tells something.
    told: &'a Lodging,
}

/// One class: called around the time at which everybody should have come, by some a little late.
fn class(rng: &mut Rng, county: &County<'_>, day: NaiveDate, steps: &mut Day, class: &Class<'_>) {
    let slots = slots(&county.rules.timetable, class.cohort.stage.code, class.school.boarding, day);
    let Some(slot) = slots.iter().find(|slot| slot.session == "arrival") else { return };
    // A few classes are not called at all.
    if rng.chance(6) {
        return;
    }
    let late = rng.chance(35);
    let at = slot.begins(day) + rng.between(if late { 11 } else { -6 }, if late { 45 } else { 9 }) * MINUTE;
    let facts = Facts::at(county.rules, at);
    let ground = Ground {
        class: Row::blank(&CLASS, class.cohort.id).with(&CLASS, "school", Cell::Id(class.school.id)).with(
            &CLASS,
            "stage",
            Cell::Text(class.cohort.stage.code.to_owned()),
        ),
        roll: class.roll.to_vec(),
        slots,
        teacher: Some(class.teacher),
        lesson: None,
        grade: class.cohort.grade(dates::school_year_of(day)).map(i64::from),
        people: people(county, class, day),
    };
    let sent = Sent {
        id: rng.id(at),
        day,
        session: "arrival",
        missed: class.roll.iter().filter_map(|pupil| chosen(*pupil, missed(rng, *pupil), class.told)).collect(),
        device_at: None,
        skew: 0,
        opened_at: None,
        substitute: false,
    };
    let Ok(changes) = called(&sent, &ground, &actor(class), &facts) else { return };
    let mut sheet = None;
    let mut marks = HashMap::new();
    for mut change in changes {
        change.messages.clear();
        change.notices.clear();
        if change.noun.name == SHEET.name {
            sheet = Some(change.after.clone());
            steps.sheets.push(change);
        } else if change.noun.name == MARK.name {
            marks.insert(change.after.id, change.after.clone());
            steps.marks.push(change);
        } else {
            let mark = change.after.get(&MISSING, "mark").id().and_then(|id| marks.get(&id).cloned());
            if let (Some(before), Some(mark)) = (sheet.take(), mark) {
                // What is told of one child changes nothing for the others.
                let mut own = rng.part("told");
                let sought = class.told.sought.is_some() && mark.get(&MARK, "pupil").id() == class.told.sought;
                let rng = if sought { &mut own } else { &mut *rng };
                sheet = Some(ended(rng, county.rules, steps, (&change.after, &mark, before)));
            }
            steps.checks.push(change);
        }
    }
}

/// How a check ends: nearly always at home in bed, sometimes late on the way. Answers with the sheet as it is then.
fn ended(rng: &mut Rng, rules: &Rules, steps: &mut Day, (check, mark, sheet): (&Row, &Row, Row)) -> Row {
    let told = check.get(&MISSING, "told_at").int().or(check.get(&MISSING, "begun_at").int()).unwrap_or_default();
    let mut facts = Facts::at(rules, told + rng.between(1, 22) * MINUTE);
    facts.known = Arc::new([(mark.id, mark.clone()), (sheet.id, sheet.clone())].into());
    let text = |text: &str| Cell::Text(text.to_owned());
    let (mv, input) = match rng.weighted(&[(0, 62), (1, 20), (2, 14), (3, 4)]) {
        0 => ("at_home", vec![("answer", text("sick")), ("reply", text("发烧在家，忘了请假"))]),
        1 => ("at_home", vec![("answer", text("leave")), ("reply", text("家里有事，跟老师请假没打通电话"))]),
        2 => ("found", vec![("found", text("school")), ("place", text("路上车坏了，已到教室"))]),
        _ => ("found", vec![("found", text("relatives")), ("place", text("在姑姑家过夜，没带课本"))]),
    };
    let Ok(mut end) = missing::step(check, mv, &Input(input), &facts) else { return sheet };
    let followed = missing::follow(&end, &facts);
    end.notices.clear();
    end.withdrawn.clear();
    end.followed.clear();
    steps.ends[0].push(end);
    let mut after = sheet;
    for change in followed {
        if change.noun.name == SHEET.name {
            after = change.after.clone();
            steps.ends[2].push(change);
        } else {
            steps.ends[1].push(change);
        }
    }
    after
}

/// December: three in a hundred are ill or on leave, one in a thousand is simply not there.
fn missed(rng: &mut Rng, pupil: Uuid) -> Option<Missed> {
    const SYMPTOMS: [&str; 6] = ["fever", "cough", "fever", "diarrhoea", "vomiting", "other"];
    let kind = rng.weighted(&[("", 9_690), ("absent", 10), ("sick", 160), ("leave", 80), ("late", 60)]);
    let symptom = (kind == "sick").then(|| *rng.pick(&SYMPTOMS));
    (!kind.is_empty()).then_some(Missed { pupil, kind, symptom })
}

/// On the last day three of one room are ill, and a child with a care flag is not there.
fn chosen(pupil: Uuid, drawn: Option<Missed>, told: &Lodging) -> Option<Missed> {
    if told.ill.contains(&pupil) {
        return Some(Missed { pupil, kind: "sick", symptom: Some("diarrhoea") });
    }
    if told.sought == Some(pupil) { Some(Missed { pupil, kind: "absent", symptom: None }) } else { drawn }
}

fn people(county: &County<'_>, class: &Class<'_>, day: NaiveDate) -> People {
    People {
        cared: class.roll.iter().copied().filter(|pupil| county.lodging.cared.contains(pupil)).collect(),
        leader: Some(class.faculty.vice_on(day).id),
        officer: Some(county.officer),
        caller: Some(class.faculty.principal_on(day).id),
        ..People::default()
    }
}

fn actor(class: &Class<'_>) -> Actor {
    let scope = Scope {
        home: Some(class.school.id),
        classes: vec![class.cohort.id],
        person: Some(class.teacher),
        ..Scope::default()
    };
    Actor {
        account: Uuid::nil(),
        login: String::new(),
        name: String::new(),
        role: Role::Teacher,
        unit: Some(class.school.id),
        scope,
    }
}
