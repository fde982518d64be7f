//! The one door through which a roll is called: page, interface and a telephone that was without a network come through here alike.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use engine::Cx;
use engine::save::Refused;
use kit::{Author, Cell, Facts, Query, Refusal, Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::call::{self, Ground, Sent};
use super::care::CARE;
use super::handover::{self, HANDOVER, Heard, Last};
use super::missing::{self, People};
use super::record::{MARK, MISSING, SHEET};
use super::roll::{self, Stay};
use super::session::{self, boarders_only, slots, timetabled};
use super::{late, named};
use crate::lessons::day::{self as lessons, Lesson};
use crate::organisation::record::{CLASS, CLASS_YEAR, ENROLMENT, GUARDIAN, POST, PUPIL, STAFF};
use crate::organisation::rollover::grade_on;

/// Whether this reader calls rolls at all.
pub fn calls(cx: &Cx) -> bool {
    cx.may(CLASS.name, "call")
}

/// A class that this reader may see and call.
pub async fn class(cx: &Cx, id: Uuid) -> Result<Row, Refused> {
    if !calls(cx) {
        return Err(Refused::Missing);
    }
    // Every class of the county comes through here in the same minutes.
    cx.app.store.find_beside(&CLASS, id, cx.scope()).await?.ok_or(Refused::Missing)
}

/// The sheet of a class, a day and a session, if it was called. Whoever may call the class may see that it was called.
pub async fn sheet_of(cx: &Cx, class: Uuid, day: NaiveDate, session: &str) -> Result<Option<Row>, StoreError> {
    let query = Query::new()
        .is("class", Cell::Id(class))
        .is("day", Cell::Date(day))
        .among("session", &[session])
        .among("state", &["called"]);
    Ok(cx.app.store.all(&SHEET, &query, &Scope::county()).await?.into_iter().next())
}

/// What the rules must know about a class on a day.
pub async fn ground(cx: &Cx, class: Row, day: NaiveDate, session: &str) -> Result<Ground, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let years = Query::new().is("year", Cell::Int(i64::from(dates::school_year_of(day))));
    let years = store.of_one(&CLASS_YEAR, "class", class.id, &years);
    let (mut roll, years) = tokio::try_join!(enrolled(cx, &class, day), years)?;
    if boarders_only(session) {
        let pupils = store.find_many(&PUPIL, &roll, &all).await?;
        let boards = |id: &Uuid| pupils.get(id).is_some_and(|row| row.get(&PUPIL, "boarder") == &Cell::Bool(true));
        roll.retain(boards);
    }
    let teacher = years.first().and_then(|row| row.get(&CLASS_YEAR, "teacher").id());
    let mut slots = slots(&cx.app.timetable(), stage(&class), boards(cx, &class), day);
    let own = own_lessons(cx, &class, day, session).await?;
    if is_lesson(session) {
        slots = timetabled(slots, &own);
    }
    // Small children are small before anybody has begun the school year in the records.
    let grade = grade_on(&class, day);
    let lesson = taught(&own, session);
    Ok(Ground { class, roll, slots, teacher, lesson, grade, people: People::default() })
}

/// The pupils of a class on a day, in the order in which they came.
async fn enrolled(cx: &Cx, class: &Row, day: NaiveDate) -> Result<Vec<Uuid>, StoreError> {
    if !roll::goes_on(class, day) {
        return Ok(Vec::new());
    }
    let held = Query::new().in_force(day);
    let pupils = cx.app.store.values_of_one(&ENROLMENT, ("pupil", "class"), class.id, &held).await?;
    let mut pupils: Vec<_> = pupils.iter().filter_map(Cell::id).collect();
    pupils.sort_unstable();
    pupils.dedup();
    Ok(pupils)
}

fn is_lesson(session: &str) -> bool {
    session.starts_with("lesson.")
}

/// The lessons of a class on a day where one of them is called: what everybody calls has its template's hours and costs no question more.
async fn own_lessons(cx: &Cx, class: &Row, day: NaiveDate, session: &str) -> Result<Vec<Lesson>, StoreError> {
    if !is_lesson(session) {
        return Ok(Vec::new());
    }
    Ok(lessons(cx, std::slice::from_ref(class), day).await?.remove(&class.id).unwrap_or_default())
}

fn taught(lessons: &[Lesson], session: &str) -> Option<Uuid> {
    lessons.iter().find(|lesson| lesson.session() == session)?.teacher
}

/// Who has a lesson of a class by the school's timetable.
pub async fn taught_by(cx: &Cx, class: &Row, day: NaiveDate, session: &str) -> Result<Option<Uuid>, StoreError> {
    Ok(taught(&own_lessons(cx, class, day, session).await?, session))
}

/// A member of staff, if he has not left by a day: whoever has gone is told nothing.
pub(super) async fn still(cx: &Cx, staff: Option<Uuid>, day: NaiveDate) -> Result<Option<Uuid>, StoreError> {
    let ids: Vec<_> = staff.into_iter().collect();
    Ok(working(cx, &ids, day).await?.into_iter().next())
}

/// Those of them who have not left by a day.
pub(super) async fn working(cx: &Cx, staff: &[Uuid], day: NaiveDate) -> Result<HashSet<Uuid>, StoreError> {
    let known = cx.app.store.find_many(&STAFF, staff, &Scope::county()).await?;
    let here = |row: &Row| row.get(&STAFF, "left_on").date().is_none_or(|left| day <= left);
    Ok(known.into_values().filter(here).map(|row| row.id).collect())
}

/// Whom a check of these pupils concerns: their guardians, and at the school and the bureau the person for each hop.
pub(super) async fn people(cx: &Cx, class: &Row, day: NaiveDate, pupils: &[Uuid]) -> Result<People, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    // Whom a later roll had is not looked for any more, also where nobody has closed the check: missed anew, its family is told anew.
    let open = missing::open().is("seen_at", Cell::Null);
    let cared = Query::new().in_force(day);
    let school = class.get(&CLASS, "school").id().unwrap_or_default();
    let posts = Query::new().among("post", named::SCHOOL);
    let bureau = Query::new().among("post", named::BUREAU);
    let any = Query::new();
    let (guardians, open, cared, posts, bureau, names) = tokio::try_join!(
        store.of_each(&GUARDIAN, "pupil", pupils, &any),
        store.of_each(&MISSING, "pupil", pupils, &open),
        store.of_each(&CARE, "pupil", pupils, &cared),
        store.of_one(&POST, "school", school, &posts),
        store.all(&POST, &bureau, &all),
        names(cx, pupils),
    )?;
    let rules = cx.app.rules();
    Ok(People {
        guardians,
        names,
        cared: cared.iter().filter_map(|row| row.get(&CARE, "pupil").id()).collect(),
        sought: open.iter().filter_map(|row| row.get(&MISSING, "pupil").id()).collect(),
        since: Vec::new(),
        leader: named::leader(&posts, school, day),
        officer: named::officer(&bureau, &cx.app.tree(), rules.conduct.ladders.section(), day),
        caller: named::caller(&posts, school, day),
    })
}

/// The lessons of classes of one school on a day, by their school's timetable.
pub async fn lessons(cx: &Cx, classes: &[Row], day: NaiveDate) -> Result<HashMap<Uuid, Vec<Lesson>>, StoreError> {
    let school = classes.first().and_then(|class| class.get(&CLASS, "school").id()).unwrap_or_default();
    let ids: Vec<_> = classes.iter().map(|class| class.id).collect();
    lessons::of_classes(cx, school, &ids, day, &facts(cx)).await
}

pub fn stage(class: &Row) -> &str {
    class.get(&CLASS, "stage").text().unwrap_or_default()
}

/// The classes that have boarders: of these, or of the whole county.
pub async fn with_boarders(cx: &Cx, classes: Option<&[Row]>) -> Result<HashSet<Uuid>, StoreError> {
    let eve = cx.today().pred_opt().unwrap_or(cx.today());
    let mut query = Query::new().is("boarder", Cell::Bool(true)).not_ended("left_on", eve);
    if let Some(classes) = classes {
        let ids = classes.iter().map(|class| Cell::Id(class.id)).collect();
        query = query.filter("class", kit::Test::OneOf(ids));
    }
    let found = cx.app.store.group(&PUPIL, "class", None, &query, &Scope::county()).await?;
    Ok(found.into_iter().filter_map(|(class, _)| class.id()).collect())
}

/// The classes that have pupils on a day: of one without any no roll can be called, and nobody is asked for it.
pub async fn with_pupils(cx: &Cx, day: NaiveDate) -> Result<HashSet<Uuid>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let found = if day < cx.today() {
        store.group(&ENROLMENT, "class", None, &Query::new().in_force(day), &all).await?
    } else {
        // Today's are kept counted.
        let here = Query::new().not_ended("left_on", day.pred_opt().unwrap_or(day));
        store.group(&PUPIL, "class", None, &here, &all).await?
    };
    Ok(found.into_iter().filter_map(|(class, _)| class.id()).collect())
}

/// Whether a class's school takes boarders: its hours are others.
pub fn boards(cx: &Cx, class: &Row) -> bool {
    let tree = cx.app.tree();
    class.get(&CLASS, "school").id().and_then(|school| tree.get(school)).is_some_and(|node| node.boards)
}

/// The session that each of these classes most likely means now.
pub async fn now_of(cx: &Cx, classes: &[Row]) -> Result<HashMap<Uuid, &'static str>, StoreError> {
    let facts = facts(cx);
    // Who boards is asked only when boarders alone are called.
    let night = boarders_only(session::now(&facts));
    let boarding = if night { with_boarders(cx, Some(classes)).await? } else { HashSet::new() };
    let now = |class: &Row| {
        let boards = boards(cx, class) && (!night || boarding.contains(&class.id));
        (class.id, session::now_of(&facts, stage(class), boards))
    };
    Ok(classes.iter().map(now).collect())
}

/// The facts for the rules, with no record known.
pub fn facts(cx: &Cx) -> Facts {
    cx.facts_with(HashMap::new())
}

/// Calls the roll; the same sheet sent again is the same sheet. Answers with the sheet and whether it had been called before.
pub async fn call(cx: &Cx, class: Row, sent: &Sent) -> Result<(Row, bool), Refused> {
    let id = class.id;
    let absent: Vec<_> = sent.missed.iter().filter(|one| one.kind == "absent").map(|one| one.pupil).collect();
    let facts = facts(cx);
    let concerned = async {
        if absent.is_empty() {
            return Ok(People::default());
        }
        let since = late::there_since(cx, id, (sent.day, sent.session), &absent).await?;
        Ok::<_, StoreError>(People { since, ..people(cx, &class, sent.day, &absent).await? })
    };
    // One telephone's answer is a dozen short questions; none waits for another that it does not need.
    let (mut ground, people) = tokio::try_join!(ground(cx, class.clone(), sent.day, sent.session), concerned)?;
    if !absent.is_empty() {
        ground.teacher = still(cx, ground.teacher, sent.day).await?;
    }
    ground.people = people;
    let changes = match call::called(sent, &ground, &cx.actor, &facts) {
        Ok(changes) => changes,
        // What could be called then and cannot now may have been called then. Only who is refused, and whom the database refuses, is looked up:
        // nearly every sheet is the first.
        Err(faults) => match sheet_of(cx, id, sent.day, sent.session).await? {
            Some(sheet) => return again(&sheet, sent, id).map(|()| (sheet, true)).map_err(Into::into),
            None => return Err(Refused::Faults(faults)),
        },
    };
    let row = changes.first().map(|change| change.after.clone()).ok_or(Refused::Missing)?;
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: sent.id };
    match cx.app.store.commit(author, changes).await {
        Ok(receipt) if !receipt.repeated => Ok((row, false)),
        // Two of the same came at once, or the id has been used for something else.
        Ok(_) | Err(StoreError::Taken { .. }) => repeated(cx, sent, id).await,
        Err(error) => Err(error.into()),
    }
}

async fn repeated(cx: &Cx, sent: &Sent, class: Uuid) -> Result<(Row, bool), Refused> {
    let sheet = sheet_of(cx, class, sent.day, sent.session).await?.ok_or_else(|| Refusal::new("sheet.same_id"))?;
    again(&sheet, sent, class)?;
    Ok((sheet, true))
}

/// Whether this is what was called before: the same id with the same content.
fn again(sheet: &Row, sent: &Sent, class: Uuid) -> Result<(), Refusal> {
    if sheet.id != sent.id {
        let at = dates::shanghai_time(sheet.get(&SHEET, "called_at").int().unwrap_or_default());
        return Err(Refusal::new("sheet.called").with("at", at.format("%H:%M")));
    }
    let same = sheet.get(&SHEET, "digest").text() == Some(call::digest(sent, class).as_str());
    if same { Ok(()) } else { Err(Refusal::new("sheet.same_id")) }
}

/// The marks of a sheet that this reader may see.
pub async fn marks(cx: &Cx, sheet: Uuid) -> Result<Vec<Row>, StoreError> {
    cx.app.store.find_by(&MARK, "sheet", &[Cell::Id(sheet)], cx.scope()).await
}

/// Names of the pupils of a class: who calls it must see them, a substitute too.
pub async fn names(cx: &Cx, roll: &[Uuid]) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows = cx.app.store.find_many(&PUPIL, roll, &Scope::county()).await?;
    let name = |row: Row| row.get(&PUPIL, "name").text().unwrap_or_default().to_owned();
    Ok(rows.into_iter().map(|(id, row)| (id, name(row))).collect())
}

/// Where and to whom a pupil was last handed over on a day, with the handover if there was one.
pub async fn last(cx: &Cx, pupil: &Row, day: NaiveDate) -> Result<(Last, Option<Row>), StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let of_day = Query::new().is("day", Cell::Date(day));
    let own = of_day.clone().is("pupil", Cell::Id(pupil.id));
    let (stays, mut sheets) = heard(cx, pupil, day).await?;
    // The roll of those who sleep there says nothing of who went home.
    let boards = boarded(cx, pupil, day).await?;
    sheets.retain(|sheet| boards || !boarders_only(sheet.get(&SHEET, "session").text().unwrap_or_default()));
    let marks = store.all(&MARK, &own, &all).await?;
    let classes = kit::Test::OneOf(stays.iter().map(|stay| Cell::Id(stay.class)).collect());
    let mut handovers = store.all(&HANDOVER, &of_day.is("pupil", Cell::Null).filter("class", classes), &all).await?;
    handovers.retain(|row| {
        let at = row.get(&HANDOVER, "handed_at").int().unwrap_or_default();
        stays.iter().any(|stay| stay.holds(row.get(&HANDOVER, "class").id(), at))
    });
    handovers.extend(store.all(&HANDOVER, &own, &all).await?);
    let heard = Heard { sought: sought(cx, pupil.id, day).await?, came: came_to_school(cx, &marks).await? };
    let last = handover::last(pupil.id, &sheets, &marks, &heard, &handovers);
    let row = match last {
        Last::Handed { handover, .. } => handovers.into_iter().find(|row| row.id == handover),
        _ => None,
    };
    Ok((last, row))
}

/// The check by which a pupil is looked for, and since when: whoever was missed last night is looked for in the morning still.
async fn sought(cx: &Cx, pupil: Uuid, day: NaiveDate) -> Result<Option<(Uuid, i64)>, StoreError> {
    let open = missing::open().is("pupil", Cell::Id(pupil)).up_to("day", day);
    let checks = cx.app.store.all(&MISSING, &open, &Scope::county()).await?;
    let since = |check: &Row| check.get(&MISSING, "begun_at").int().unwrap_or_default();
    Ok(checks.iter().map(|check| (check.id, since(check))).min_by_key(|(_, at)| *at))
}

/// When a pupil whom a roll had missed came after all: his marks say that he did, their history says when.
async fn came_to_school(cx: &Cx, marks: &[Row]) -> Result<Vec<i64>, StoreError> {
    let mut came = Vec::new();
    for mark in marks.iter().filter(|mark| mark.get(&MARK, "state").text() == Some("arrived")) {
        let said = |event: &store::Event| {
            event.changes.iter().any(|(field, _, after)| field == "state" && after.as_str() == Some("arrived"))
        };
        let events = cx.app.store.timeline(&MARK, mark).await?;
        came.extend(events.iter().filter(|event| said(event)).map(|event| event.at).max());
    }
    Ok(came)
}

/// Where a pupil is on a day, and the sheets of it that say something of him: those of his class, called while he was in it.
async fn heard(cx: &Cx, pupil: &Row, day: NaiveDate) -> Result<(Vec<Stay>, Vec<Row>), StoreError> {
    let store = &cx.app.store;
    let enrolments = enrolments(cx, pupil).await?;
    if enrolment_on(cx, &enrolments, day).await?.is_none() {
        return Ok((Vec::new(), Vec::new()));
    }
    // Who moved on this day was in several classes; the history says when he came to each.
    let came = match roll::held_on(&enrolments, day) {
        (Some(held), Some(_)) => came(&store.timeline(&ENROLMENT, held).await?),
        _ => Vec::new(),
    };
    let stays = roll::stays(&enrolments, day, &came);
    let classes = stays.iter().map(|stay| Cell::Id(stay.class)).collect();
    let sheets = Query::new().filter("class", kit::Test::OneOf(classes)).is("day", Cell::Date(day));
    let mut sheets = store.all(&SHEET, &sheets.among("state", &["called"]), &Scope::county()).await?;
    sheets.retain(|sheet| stays.iter().any(|stay| stay.heard(sheet)));
    Ok((stays, sheets))
}

/// When an enrolment came to each of its classes, by its history.
fn came(events: &[store::Event]) -> Vec<(i64, Uuid)> {
    let class = |event: &store::Event| {
        let (_, _, after) = event.changes.iter().find(|(field, ..)| field == "class")?;
        Some((event.at, after.as_str()?.parse().ok()?))
    };
    let mut came: Vec<_> = events.iter().filter_map(class).collect();
    came.sort_unstable();
    came
}

/// Whether a pupil boarded on a day: what was changed since then is undone by the history.
async fn boarded(cx: &Cx, pupil: &Row, day: NaiveDate) -> Result<bool, StoreError> {
    let boards = pupil.get(&PUPIL, "boarder") == &Cell::Bool(true);
    if day >= cx.today() {
        return Ok(boards);
    }
    let over = dates::shanghai_start(day.succ_opt().unwrap_or(day));
    let events = cx.app.store.timeline(&PUPIL, pupil).await?;
    let before = |event: &store::Event| event.changes.iter().find(|(field, ..)| field == "boarder")?.1.as_bool();
    let since = events.iter().filter(|event| event.at >= over).filter_map(|event| Some((event.seq, before(event)?)));
    Ok(since.min().map_or(boards, |(_, before)| before))
}

async fn enrolments(cx: &Cx, pupil: &Row) -> Result<Vec<Row>, StoreError> {
    cx.app.store.find_by(&ENROLMENT, "pupil", &[Cell::Id(pupil.id)], &Scope::county()).await
}

/// Which of a pupil's enrolments holds on a day, if his class was still there.
async fn enrolment_on<'a>(cx: &Cx, enrolments: &'a [Row], day: NaiveDate) -> Result<Option<&'a Row>, StoreError> {
    let (Some(held), _) = roll::held_on(enrolments, day) else { return Ok(None) };
    let class = held.get(&ENROLMENT, "class").id().unwrap_or_default();
    let class = cx.app.store.find(&CLASS, class, &Scope::county()).await?;
    Ok(class.is_some_and(|class| roll::goes_on(&class, day)).then_some(held))
}

/// School and class of a pupil on a day.
pub async fn place_on(cx: &Cx, pupil: &Row, day: NaiveDate) -> Result<Option<(Uuid, Uuid)>, StoreError> {
    let enrolments = enrolments(cx, pupil).await?;
    let held = enrolment_on(cx, &enrolments, day).await?;
    let id = |row: &Row, field| row.get(&ENROLMENT, field).id();
    Ok(held.and_then(|row| id(row, "school").zip(id(row, "class"))))
}

/// What is known about one pupil on one day in one session.
pub async fn presence(
    cx: &Cx,
    pupil: &Row,
    day: NaiveDate,
    sessions: &[&str],
) -> Result<Vec<roll::Presence>, StoreError> {
    let (stays, sheets) = heard(cx, pupil, day).await?;
    let marks = Query::new().is("pupil", Cell::Id(pupil.id)).is("day", Cell::Date(day));
    let marks = cx.app.store.all(&MARK, &marks, &Scope::county()).await?;
    let boarder = boarded(cx, pupil, day).await?;
    let one = |session: &&str| roll::presence((&stays, &sheets, &marks), (day, session), boarder);
    Ok(sessions.iter().map(one).collect())
}
