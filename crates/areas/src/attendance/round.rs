//! The round: once a minute the program looks at what nobody has to remember. Which classes have not been called and are reminded; which marks say
//! that nobody knows why a child is not there and have no check yet, because they were added to a sheet later; which checks have come to the
//! end of their chain and become an incident; whom a later roll has that is looked for still; who was registered as guardian since; where so many are ill that it is reported. Everything that it writes has an id that follows from its cause, so a round made twice writes once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::{App, Cx};
use kit::{Author, Cell, Change, Facts, Query, Row, Scope, Test, dates};
use store::StoreError;
use uuid::Uuid;

use super::incident::{self, INCIDENT};
use super::missing::{self, Place};
use super::record::{MARK, MISSING, SHEET, goes_on};
use super::remind::{self, REMINDER, Whom};
use super::session::{self, NIGHT, Slot};
use super::{alarm, anew, board, door, kin, late, named, rules, seen};
use crate::duties::rolls;
use crate::organisation::answerable::LEADERS;
use crate::organisation::record::{CLASS, CLASS_YEAR, POST};

/// Looks once, at a moment of the county's clock. Answers how many records were written.
///
/// # Errors
/// Those of the store, and a figure that is missing from the norms.
pub async fn round(app: &Arc<App>, now: i64) -> Result<usize, StoreError> {
    let cx = Cx::program(app, now);
    let facts = door::facts(&cx);
    // One after the other: each reads what the one before it wrote.
    let mut written = write(&cx, reminders(&cx, &facts).await?).await?;
    written += write(&cx, checks(&cx, &facts).await?).await?;
    written += write(&cx, incidents(&cx).await?).await?;
    written += write(&cx, seen::changes(&cx).await?).await?;
    written += write(&cx, kin::changes(&cx).await?).await?;
    alarm::told(&cx, &facts).await?;
    Ok(written)
}

pub(super) async fn write(cx: &Cx, changes: Vec<Change>) -> Result<usize, StoreError> {
    if changes.is_empty() {
        return Ok(0);
    }
    let author = Author { actor: None, at: cx.now, request: cx.app.store.new_id(cx.now) };
    Ok(cx.app.store.commit(author, changes).await?.changed)
}

/// Reminders of what is due now and not called.
async fn reminders(cx: &Cx, facts: &Facts) -> Result<Vec<Change>, StoreError> {
    let (store, all, today) = (&cx.app.store, Scope::county(), facts.today);
    let going_on = board::going_on(today);
    if !any_due(facts)? {
        return Ok(Vec::new());
    }
    let classes = store.all(&CLASS, &going_on, &all).await?;
    let of_day = Query::new().is("day", Cell::Date(today));
    let sheets = store.all(&SHEET, &of_day.clone().among("state", &["called"]), &all).await?;
    let reminded = store.all(&REMINDER, &of_day, &all).await?;
    let at = |noun, row: &Row| {
        let session = row.get(noun, "session").text().unwrap_or_default().to_owned();
        Some((row.get(noun, "class").id()?, session))
    };
    let settled: HashSet<(Uuid, String)> = sheets
        .iter()
        .filter_map(|row| at(&SHEET, row))
        .chain(reminded.iter().filter_map(|row| at(&REMINDER, row)))
        .collect();
    let with_boarders = door::with_boarders(cx, None).await?;
    let let_off = rolls::let_off(cx, today).await?;
    let due = |class: &Row| -> Result<Vec<Slot>, StoreError> {
        let school = class.get(&CLASS, "school").id().unwrap_or_default();
        let mut due = Vec::new();
        for slot in session::slots(&facts.timetable, door::stage(class), door::boards(cx, class), today) {
            let fits = session::asked(slot.session)
                && (!session::boarders_only(slot.session) || with_boarders.contains(&class.id))
                && !settled.contains(&(class.id, slot.session.to_owned()))
                && session::takes_place(slot.session, school, today, facts)
                && !(slot.session == "arrival" && let_off.contains(&school));
            if fits && remind::is_now(&slot, facts)? {
                due.push(slot);
            }
        }
        Ok(due)
    };
    let mut open = Vec::new();
    for class in &classes {
        open.extend(due(class)?.into_iter().map(|slot| (class, slot)));
    }
    if !open.is_empty() {
        let with_pupils = door::with_pupils(cx, today).await?;
        open.retain(|(class, _)| with_pupils.contains(&class.id));
    }
    let teachers = teachers(cx, open.iter().map(|(class, _)| class.id)).await?;
    let substitute = |class: Uuid| {
        let mine = sheets.iter().filter(|row| row.get(&SHEET, "class").id() == Some(class));
        let of = mine.filter(|row| row.get(&SHEET, "substitute") == &Cell::Bool(true));
        of.max_by_key(|row| row.get(&SHEET, "called_at").int()).and_then(|row| row.get(&SHEET, "called_by").id())
    };
    let school = |class: &Row| class.get(&CLASS, "school").id().unwrap_or_default();
    let alone = |class: &&Row| !teachers.contains_key(&class.id) && substitute(class.id).is_none();
    let leaders = leaders(cx, open.iter().map(|(class, _)| *class).filter(alone).map(school)).await?;
    let change = |(class, slot): &(&Row, Slot)| {
        let leader = leaders.get(&school(class)).copied();
        let whom = Whom { teacher: teachers.get(&class.id).copied(), substitute: substitute(class.id), leader };
        remind::reminder(class, slot, whom, facts)
    };
    Ok(open.iter().map(change).collect())
}

/// Whether any hours of any stage have something due now: most minutes of a day nothing is read at all.
fn any_due(facts: &Facts) -> Result<bool, StoreError> {
    for stage in ["kindergarten", "primary", "junior", "senior"] {
        for boarding in [false, true] {
            for slot in session::slots(&facts.timetable, stage, boarding, facts.today) {
                if session::asked(slot.session) && remind::is_now(&slot, facts)? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// The teachers of these classes this school year.
async fn teachers(cx: &Cx, classes: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Uuid>, StoreError> {
    let ids: Vec<_> = classes.map(Cell::Id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let year = i64::from(dates::school_year_of(cx.today()));
    let query = Query::new().is("year", Cell::Int(year)).filter("class", Test::OneOf(ids));
    let years = cx.app.store.all(&CLASS_YEAR, &query, &Scope::county()).await?;
    let one = |row: &Row| Some((row.get(&CLASS_YEAR, "class").id()?, row.get(&CLASS_YEAR, "teacher").id()?));
    let mut teachers: HashMap<_, _> = years.iter().filter_map(one).collect();
    let named: Vec<_> = teachers.values().copied().collect();
    let here = door::working(cx, &named, cx.today()).await?;
    teachers.retain(|_, teacher| here.contains(teacher));
    Ok(teachers)
}

/// Who leads at each of these schools.
async fn leaders(cx: &Cx, schools: impl Iterator<Item = Uuid>) -> Result<HashMap<Uuid, Uuid>, StoreError> {
    let schools: HashSet<_> = schools.collect();
    if schools.is_empty() {
        return Ok(HashMap::new());
    }
    let here = Test::OneOf(schools.iter().copied().map(Cell::Id).collect());
    let posts = Query::new().among("post", LEADERS).filter("school", here);
    let posts = cx.app.store.all(&POST, &posts, &Scope::county()).await?;
    let one = |school: Uuid| Some((school, named::leader(&posts, school, cx.today())?));
    Ok(schools.into_iter().filter_map(one).collect())
}

/// Checks for children who were marked later, as if they had been marked with the sheet; a night's after midnight, and in the morning after it, too.
async fn checks(cx: &Cx, facts: &Facts) -> Result<Vec<Change>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let eve = dates::shanghai_date(facts.now - NIGHT);
    let of_day = Query::new().within("day", eve.pred_opt().unwrap_or(eve), facts.today);
    let mut marks = store.all(&MARK, &of_day.clone().among("state", &["unknown"]), &all).await?;
    marks.retain(|mark| {
        let session = mark.get(&MARK, "session").text().unwrap_or_default();
        mark.get(&MARK, "day").date().is_some_and(|day| late::asks(session, day, facts.now))
    });
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let known = store.all(&MISSING, &of_day, &all).await?;
    let own: HashMap<_, _> = known.iter().filter_map(|row| Some((row.get(&MISSING, "mark").id()?, row))).collect();
    // As long as its own check goes on, no other one answers for a mark.
    let over = |check: &&Row| !goes_on(check);
    marks.retain(|mark| own.get(&mark.id).is_none_or(over));
    let answered = answered(cx, &marks).await?;
    let mut changes = known_too(cx, &marks, &answered).await?;
    marks.retain(|mark| !answered.contains_key(&mark.id));
    let (ended, marks): (Vec<_>, Vec<_>) = marks.into_iter().partition(|mark| own.contains_key(&mark.id));
    let ended: Vec<_> = ended.iter().filter_map(|mark| own.get(&mark.id).copied()).collect();
    let resumed = resumed(cx, &ended, facts).await?;
    let pupil = |check: &Change| check.after.get(&MISSING, "pupil").id();
    let mut sought: HashSet<_> = resumed.iter().filter(|one| one.noun.name == MISSING.name).map(pupil).collect();
    changes.extend(resumed);
    let mut by_class: HashMap<(Uuid, NaiveDate, String), Vec<Row>> = HashMap::new();
    for mark in marks {
        let session = mark.get(&MARK, "session").text().unwrap_or_default().to_owned();
        let of = mark.get(&MARK, "class").id().zip(mark.get(&MARK, "day").date());
        let Some((class, day)) = of else { continue };
        by_class.entry((class, day, session)).or_default().push(mark);
    }
    for ((class, day, session), marks) in by_class {
        let Some(session) = session::code(&session) else { continue };
        let Some(class) = store.find(&CLASS, class, &all).await? else { continue };
        let mut ground = door::ground(cx, class, day, session).await?;
        let pupils: Vec<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
        ground.people = door::people(cx, &ground.class, day, &pupils).await?;
        ground.people.since = late::there_since(cx, ground.class.id, (day, session), &pupils).await?;
        ground.teacher = door::still(cx, ground.teacher, day).await?;
        let Some(slot) = ground.slots.iter().find(|slot| slot.session == session) else { continue };
        let place =
            Place { grade: ground.grade, teacher: ground.teacher, begins: slot.begins(day), people: &ground.people };
        // Two rolls that miss one child begin one check.
        for mark in &marks {
            let begun = missing::begun(mark, place, facts)?;
            changes.extend(begun.filter(|check| sought.insert(pupil(check))));
        }
    }
    Ok(changes)
}

/// Checks that have ended, of marks that say since then that nobody knows: each goes on, where no other one looks for its child.
async fn resumed(cx: &Cx, ended: &[&Row], facts: &Facts) -> Result<Vec<Change>, StoreError> {
    let pupils: Vec<_> = ended.iter().filter_map(|check| check.get(&MISSING, "pupil").id()).collect();
    if pupils.is_empty() {
        return Ok(Vec::new());
    }
    let open = cx.app.store.of_each(&MISSING, "pupil", &pupils, &missing::open()).await?;
    let mut sought: HashSet<_> = open.iter().filter_map(|check| check.get(&MISSING, "pupil").id()).collect();
    let mut changes = Vec::new();
    for check in ended {
        if check.get(&MISSING, "pupil").id().is_some_and(|pupil| sought.insert(pupil)) {
            changes.extend(anew::again(cx, check, facts).await?);
        }
    }
    Ok(changes)
}

/// What is known of a child is known of every roll that missed it meanwhile: of each sheet one mark with each look, because its counters follow.
async fn known_too(cx: &Cx, marks: &[Row], answered: &HashMap<Uuid, Row>) -> Result<Vec<Change>, StoreError> {
    let mut sheets = HashSet::new();
    let sheet = |mark: &Row| mark.get(&MARK, "sheet").id().unwrap_or_default();
    let marks = marks.iter().filter_map(|mark| Some((mark, answered.get(&mark.id)?)));
    let marks: Vec<_> = marks.filter(|(mark, _)| sheets.insert(sheet(mark))).collect();
    let sheets: Vec<_> = sheets.into_iter().collect();
    let sheets = cx.app.store.find_many(&SHEET, &sheets, &Scope::county()).await?;
    let mut changes = Vec::new();
    for (mark, first) in marks {
        let moved = missing::as_known(mark, first);
        changes.extend(sheets.get(&sheet(mark)).and_then(|sheet| rules::counted(sheet, &moved)));
        changes.push(moved);
    }
    Ok(changes)
}

/// Which of these marks another check has answered, with the mark that began it: who was missing at eight and at nine, and has come at ten, is not asked
/// for again because of nine.
async fn answered(cx: &Cx, marks: &[Row]) -> Result<HashMap<Uuid, Row>, StoreError> {
    let pupils: HashSet<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
    if pupils.is_empty() {
        return Ok(HashMap::new());
    }
    let store = &cx.app.store;
    let over = Query::new().among("state", &["closed"]);
    let checks = store.of_each(&MISSING, "pupil", &Vec::from_iter(pupils), &over).await?;
    let begun_by: Vec<_> = checks.iter().filter_map(|check| check.get(&MISSING, "mark").id()).collect();
    let begun_by = store.find_many(&MARK, &begun_by, &Scope::county()).await?;
    let of = |check: &Row| begun_by.get(&check.get(&MISSING, "mark").id()?);
    let first = |mark: &Row| {
        let check = checks.iter().find(|check| missing::answers(check, of(check), mark))?;
        Some((mark.id, of(check)?.clone()))
    };
    Ok(marks.iter().filter_map(first).collect())
}

/// What the end of a chain leaves: an incident where a child is still looked for, and its end where the child was found.
async fn incidents(cx: &Cx) -> Result<Vec<Change>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let sought = store.all(&MISSING, &missing::open(), &all).await?;
    let late = |row: &&Row| row.get(&MISSING, "police_at").int().is_some_and(|at| at <= cx.now);
    let late: Vec<_> = sought.iter().filter(late).collect();
    let ids: Vec<_> = late.iter().map(|row| Cell::Id(row.id)).collect();
    let known = store.find_by(&INCIDENT, "missing", &ids, &all).await?;
    let has = |row: &&&Row| known.iter().all(|incident| incident.get(&INCIDENT, "missing").id() != Some(row.id));
    let mut changes: Vec<_> = late.iter().filter(has).map(|row| incident::opened(row, cx.now)).collect();
    let open = store.all(&INCIDENT, &Query::new().not_among("state", &["closed"]), &all).await?;
    let checks: Vec<_> = open.iter().filter_map(|row| row.get(&INCIDENT, "missing").id()).collect();
    let checks = store.find_many(&MISSING, &checks, &all).await?;
    let end = |row: &Row| incident::ended(row, checks.get(&row.get(&INCIDENT, "missing").id()?)?);
    changes.extend(open.iter().filter_map(end));
    Ok(changes)
}
