//! 升级: what becomes of the classes when a school year begins on 1 September.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike, NaiveDate};
use engine::Cx;
use engine::save::Refused;
use kit::dates::school_year_of;
use kit::{Author, Cell, Change, Query, Refusal, Row, Test};
use store::StoreError;
use uuid::Uuid;

use super::record::{CLASS, CLASS_YEAR, ENROLMENT, PUPIL};

/// As many classes are asked for in one statement.
const CLASSES: usize = 5_000;

/// First and last grade of a stage: 01–03 kindergarten, 11–16 primary, 21–23 junior, 31–33 senior (六三三学制). A nine-year school's pupils
/// finish as a primary cohort in grade 16 and begin grade 21 as a junior cohort, because classes are formed anew.
pub fn grades(stage: &str) -> Option<(i64, i64)> {
    match stage {
        "kindergarten" => Some((1, 3)),
        "primary" => Some((11, 16)),
        "junior" => Some((21, 23)),
        "senior" => Some((31, 33)),
        _ => None,
    }
}

/// The grade of a cohort in the school year that begins in `year`; `None` before it begins and after its last grade.
pub fn grade_in(stage: &str, entry_year: i64, year: i64) -> Option<i64> {
    let (first, last) = grades(stage)?;
    let grade = first + (year - entry_year);
    (year >= entry_year && grade <= last).then_some(grade)
}

/// What a class says of itself: stage and year of entry.
pub fn cohort(class: &Row) -> Option<(&str, i64)> {
    Some((class.get(&CLASS, "stage").text()?, class.get(&CLASS, "entry_year").int()?))
}

/// The grade of a class on a day, by its cohort alone: it has one on the first of September, whether or not the year was begun in the records.
pub fn grade_on(class: &Row, day: NaiveDate) -> Option<i64> {
    let (stage, entry_year) = cohort(class)?;
    grade_in(stage, entry_year, i64::from(school_year_of(day)))
}

/// The changes with which the school year that begins in `year` begins: a row for every class that goes on, with its grade and the teacher
/// of the year before; an end for every class that is beyond its last grade. Run twice, it changes nothing the second time.
pub fn roll_over(classes: &[Row], years: &[Row], year: i32, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let year = i64::from(year);
    let key = |row: &Row| Some((row.get(&CLASS_YEAR, "class").id()?, row.get(&CLASS_YEAR, "year").int()?));
    let mut done: HashSet<(Uuid, i64)> = years.iter().filter_map(key).collect();
    let teachers = last_teachers(years, year);
    let mut changes = Vec::new();
    for class in classes.iter().filter(|class| class.get(&CLASS, "ended_on").is_null()) {
        let Some((stage, entry_year)) = cohort(class) else { continue };
        if let Some(grade) = grade_in(stage, entry_year, year) {
            if done.insert((class.id, year)) {
                let teacher = teachers.get(&class.id).map_or(Cell::Null, |(_, teacher)| teacher.clone());
                changes.push(Change::create(&CLASS_YEAR, "roll_over", one_year(class, new_id(), year, grade, teacher)));
            }
        } else if year > entry_year {
            let end = last_day(stage, entry_year).map_or(Cell::Null, Cell::Date);
            let after = class.clone().with(&CLASS, "ended_on", end);
            changes.push(Change::update(&CLASS, "roll_over", class.clone(), after));
        }
    }
    changes.retain(|change| !change.is_empty());
    changes
}

/// The last day of a class that has had all its years; `None` for one that goes on, or that ended early: whoever was in that is to be moved.
fn graduated(class: &Row) -> Option<NaiveDate> {
    let (stage, entry_year) = cohort(class)?;
    let ended = class.get(&CLASS, "ended_on").date()?;
    last_day(stage, entry_year).filter(|last| last.year() <= ended.year()).map(|_| ended)
}

/// Whoever is still in a class that has had all its years left with it: else he would be counted among the pupils for ever. His flag and his bed stay
/// as they are, because a pupil who goes on in another class keeps both.
pub(super) fn graduates(classes: &[Row], pupils: &[Row], enrolments: &HashMap<Uuid, Row>) -> Vec<Change> {
    let ends: HashMap<Uuid, NaiveDate> =
        classes.iter().filter_map(|class| Some((class.id, graduated(class)?))).collect();
    let mut changes = Vec::new();
    for pupil in pupils.iter().filter(|pupil| pupil.get(&PUPIL, "left_on").is_null()) {
        let end = pupil.get(&PUPIL, "class").id().and_then(|class| ends.get(&class));
        let enrolment = pupil.get(&PUPIL, "enrolment").id().and_then(|id| enrolments.get(&id));
        let (Some(end), Some(enrolment)) = (end, enrolment) else { continue };
        // Who was put into it when it was over has not left it yet.
        if enrolment.get(&ENROLMENT, "from_on").date().is_none_or(|from| from > *end) {
            continue;
        }
        let left = Cell::Date(*end);
        let after = pupil.clone().with(&PUPIL, "left_on", left.clone());
        changes.push(Change::update(&PUPIL, "roll_over", pupil.clone(), after));
        let after = enrolment.clone().with(&ENROLMENT, "until_on", left);
        changes.push(Change::update(&ENROLMENT, "roll_over", enrolment.clone(), after));
    }
    // Alike beside alike, so that one statement holds many.
    changes.sort_by_key(|change| change.noun.name);
    changes
}

/// Who leaves with the classes that end now, or left with one that had ended before.
async fn leavers(cx: &Cx, ending: Vec<Row>) -> Result<Vec<Change>, StoreError> {
    let store = &cx.app.store;
    let mut classes = store.all(&CLASS, &Query::new().filter("ended_on", Test::Present), cx.scope()).await?;
    classes.extend(ending);
    classes.retain(|class| graduated(class).is_some());
    let ids: Vec<_> = classes.iter().map(|class| Cell::Id(class.id)).collect();
    let mut changes = Vec::new();
    for ids in ids.chunks(CLASSES) {
        let here = Query::new().is("left_on", Cell::Null).filter("class", Test::OneOf(ids.to_vec()));
        let pupils = store.all(&PUPIL, &here, cx.scope()).await?;
        let held: Vec<_> = pupils.iter().filter_map(|pupil| pupil.get(&PUPIL, "enrolment").id()).collect();
        let enrolments = store.find_many(&ENROLMENT, &held, cx.scope()).await?;
        changes.extend(graduates(&classes, &pupils, &enrolments));
    }
    Ok(changes)
}

/// What a roll-over did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rolled {
    /// Classes that begin the year.
    pub begun: usize,
    /// Classes that were beyond their last grade.
    pub ended: usize,
}

/// Begins the school year `year` for every class within the actor's scope, in one transaction; who is still in a class that has had its years leaves
/// with it.
///
/// # Errors
/// `Forbidden` for who may not write classes; a refusal for a year that is neither the present one nor the next.
pub async fn run(cx: &Cx, year: i32) -> Result<Rolled, Refused> {
    if !cx.may(CLASS.name, "edit") || !cx.may(CLASS_YEAR.name, "create") {
        return Err(Refused::Forbidden);
    }
    let present = school_year_of(cx.today());
    if !(present..=present + 1).contains(&year) {
        return Err(Refusal::new("class_year.roll_over").with("first", present).with("last", present + 1).into());
    }
    let store = &cx.app.store;
    let classes = store.all(&CLASS, &Query::new().is("ended_on", Cell::Null), cx.scope()).await?;
    let years = store.all(&CLASS_YEAR, &Query::new(), cx.scope()).await?;
    let mut changes = roll_over(&classes, &years, year, &mut || store.new_id(cx.now));
    // Alike beside alike, so that one statement holds many.
    changes.sort_by_key(|change| change.before.is_some());
    let begun = changes.iter().filter(|change| change.before.is_none()).count();
    let done = Rolled { begun, ended: changes.len() - begun };
    let ending = changes.iter().filter(|change| change.before.is_some()).map(|change| change.after.clone()).collect();
    changes.extend(leavers(cx, ending).await?);
    if !changes.is_empty() {
        // The nil account is the program itself.
        let actor = Some(cx.actor.account).filter(|account| !account.is_nil());
        store.commit(Author { actor, at: cx.now, request: cx.request }, changes).await?;
    }
    Ok(done)
}

fn one_year(class: &Row, id: Uuid, year: i64, grade: i64, teacher: Cell) -> Row {
    Row::blank(&CLASS_YEAR, id)
        .with(&CLASS_YEAR, "school", class.get(&CLASS, "school").clone())
        .with(&CLASS_YEAR, "class", Cell::Id(class.id))
        .with(&CLASS_YEAR, "year", Cell::Int(year))
        .with(&CLASS_YEAR, "grade", Cell::Int(grade))
        .with(&CLASS_YEAR, "teacher", teacher)
}

/// Each class's teacher in its latest year before this one.
fn last_teachers(years: &[Row], year: i64) -> HashMap<Uuid, (i64, Cell)> {
    let mut last: HashMap<Uuid, (i64, Cell)> = HashMap::new();
    for row in years {
        let (Some(class), Some(then)) = (row.get(&CLASS_YEAR, "class").id(), row.get(&CLASS_YEAR, "year").int()) else {
            continue;
        };
        if then < year && last.get(&class).is_none_or(|(known, _)| *known < then) {
            last.insert(class, (then, row.get(&CLASS_YEAR, "teacher").clone()));
        }
    }
    last
}

/// 31 August after a cohort's last grade, however late the roll-over is run.
fn last_day(stage: &str, entry_year: i64) -> Option<NaiveDate> {
    let (first, last) = grades(stage)?;
    NaiveDate::from_ymd_opt(i32::try_from(entry_year + last - first + 1).ok()?, 8, 31)
}
