//! 聚集性病例: who is told that so many are ill. Looked at with every round and not when a sheet comes, because a case becomes known in many ways: by the
//! sheet, by a guardian's answer, by a correction, by a mark that is added. What can still be taken back is not counted yet.

use std::collections::HashSet;

use chrono::Days;
use engine::Cx;
use kit::{Cell, Change, Facts, Query, Row, Scope, Test};
use store::StoreError;
use store::outbox::Telling;
use uuid::Uuid;

use super::bed::BED;
use super::door;
use super::outbreak::{self, OUTBREAK};
use super::record::{MARK, SHEET};
use super::sickness::{self, Called, Found, Group};
use crate::organisation::record::CLASS;

/// The name of this look.
const LOOK: &str = "sickness";

/// Tells of every cluster of the days that a roll can still come in for, each once. The first look reads every case of these days, a later one those of
/// the classes and dormitories in which something has changed since. Answers how many messages were written.
///
/// # Errors
/// Those of the store, and a figure that is missing from the norms.
pub async fn told(cx: &Cx, facts: &Facts) -> Result<u64, StoreError> {
    let (store, norms) = (&cx.app.store, &facts.norms);
    let slip = norms.value("rollcall.take_back", facts.today)? * 60_000;
    let head = store.head().await?;
    let changed = match cx.app.looked.since(LOOK, slip) {
        Some(since) => Some(changed(cx, since).await?),
        None => None,
    };
    let late = norms.value("rollcall.late_days", facts.today)?;
    let first = facts.today.checked_sub_days(Days::new(late.unsigned_abs())).unwrap_or(facts.today);
    let span = Query::new().within("day", sickness::first_day(first, norms)?, facts.today).among("kind", &["sick"]);
    let mut marks = match &changed {
        Some(groups) => of_groups(cx, groups, &span).await?,
        None => store.all(&MARK, &span, &Scope::county()).await?,
    };
    marks.retain(|mark| sickness::settled(mark, slip, facts.now));
    let mut found = Vec::new();
    if !marks.is_empty() {
        let pupils: HashSet<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
        let beds = store.of_each(&BED, "pupil", &Vec::from_iter(pupils), &Query::new()).await?;
        for day in first.iter_days().take_while(|day| *day <= facts.today) {
            found.extend(sickness::clusters(&marks, &beds, day, norms)?);
        }
    }
    // The same children ill for another day are no news. Of any other group there is only a part.
    found.retain(|one| one.cluster.grows && changed.as_ref().is_none_or(|groups| groups.contains(&one.group)));
    let written = tell(cx, facts, found, first).await?;
    cx.app.looked.done(LOOK, (cx.now, head), slip);
    Ok(written)
}

/// Those of whom nobody has been told.
async fn tell(cx: &Cx, facts: &Facts, mut found: Vec<Found>, first: chrono::NaiveDate) -> Result<u64, StoreError> {
    if found.is_empty() {
        return Ok(0);
    }
    let store = &cx.app.store;
    let causes: Vec<_> = found.iter().map(Found::cause).collect();
    let known = store.caused(&causes, kit::dates::shanghai_start(first)).await?;
    found.retain(|one| !known.contains(&one.cause()));
    super::round::write(cx, records(cx, facts, &found).await?).await?;
    let mut all = Vec::new();
    for one in &found {
        all.extend(messages(cx, facts, one).await?);
    }
    store.tell(cx.now, all).await
}

/// What has to be reported stands there before anybody is told of it; one that stands there already, because the program was stopped in between, is no second.
async fn records(cx: &Cx, facts: &Facts, found: &[Found]) -> Result<Vec<Change>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let ids: Vec<_> = found.iter().map(outbreak::id).collect();
    let known = store.find_many(&OUTBREAK, &ids, &all).await?;
    let classes: Vec<_> = found.iter().map(|one| one.class).collect();
    let classes = store.find_many(&CLASS, &classes, &all).await?;
    let new = found.iter().filter(|one| !known.contains_key(&outbreak::id(one)));
    let record = |one: &Found| {
        let school = classes.get(&one.class)?.get(&CLASS, "school").clone();
        Some(outbreak::opened(one, school, &facts.norms))
    };
    Ok(new.filter_map(record).collect::<Result<_, _>>()?)
}

/// The classes and dormitories of whoever has become a case since an event, or has another bed.
async fn changed(cx: &Cx, since: i64) -> Result<HashSet<Group>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let records = store.changed_since(since, &[&SHEET, &MARK, &BED]).await?;
    let of = |name: &str| records.iter().filter(|(noun, _)| noun == name).map(|(_, id)| *id).collect::<Vec<_>>();
    let sheets: Vec<_> = of(SHEET.name).into_iter().map(Cell::Id).collect();
    let mut marks = store.find_by(&MARK, "sheet", &sheets, &all).await?;
    marks.extend(store.find_many(&MARK, &of(MARK.name), &all).await?.into_values());
    marks.retain(|mark| sickness::case(mark).is_some());
    let moved = store.find_many(&BED, &of(BED.name), &all).await?;
    let ill = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id());
    let pupils: HashSet<Uuid> = ill.chain(moved.values().filter_map(|bed| bed.get(&BED, "pupil").id())).collect();
    if pupils.is_empty() {
        return Ok(HashSet::new());
    }
    let beds = store.of_each(&BED, "pupil", &Vec::from_iter(pupils), &Query::new()).await?;
    let classes = marks.iter().filter_map(|mark| mark.get(&MARK, "class").id()).map(Group::Class);
    Ok(classes.chain(beds.iter().filter_map(sickness::room)).collect())
}

/// The marks of these classes, and of everybody who has ever slept in these dormitories.
async fn of_groups(cx: &Cx, groups: &HashSet<Group>, span: &Query) -> Result<Vec<Row>, StoreError> {
    let (store, all) = (&cx.app.store, Scope::county());
    let (mut classes, mut schools, mut rooms) = (Vec::new(), Vec::new(), Vec::new());
    for group in groups {
        match group {
            Group::Class(class) => classes.push(Cell::Id(*class)),
            Group::Dormitory { school, name } => {
                schools.push(Cell::Id(*school));
                rooms.push(Cell::Text(name.clone()));
            }
        }
    }
    let mut marks = Vec::new();
    if !classes.is_empty() {
        marks = store.all(&MARK, &span.clone().filter("class", Test::OneOf(classes)), &all).await?;
    }
    if !rooms.is_empty() {
        let beds = Query::new().filter("school", Test::OneOf(schools)).filter("dormitory", Test::OneOf(rooms));
        let beds = store.all(&BED, &beds, &all).await?;
        let pupils: HashSet<_> = beds.iter().filter_map(|bed| bed.get(&BED, "pupil").id()).collect();
        marks.extend(store.of_each(&MARK, "pupil", &Vec::from_iter(pupils), span).await?);
    }
    // Who sleeps there and is of such a class comes by both ways.
    marks.sort_unstable_by_key(|mark| mark.id);
    marks.dedup_by_key(|mark| mark.id);
    Ok(marks)
}

/// To whoever leads at the school and to the bureau; about the roll that made it a cluster.
async fn messages(cx: &Cx, facts: &Facts, found: &Found) -> Result<Vec<Telling>, StoreError> {
    let Some(class) = cx.app.store.find(&CLASS, found.class, &Scope::county()).await? else { return Ok(Vec::new()) };
    let people = door::people(cx, &class, found.day, &[]).await?;
    let place = class.get(&CLASS, "school").id();
    let name = class.get(&CLASS, "name").text().unwrap_or_default();
    let tree = cx.app.tree();
    let called = Called { school: tree.name(place.unwrap_or_default()), class: name };
    let messages = sickness::alarm(found, called, &people, &facts.norms)?;
    let told = |message: kit::Message| Telling {
        person: message.recipient(),
        place,
        about: Some((super::record::SHEET.name, found.sheet)),
        message,
    };
    Ok(messages.into_iter().map(told).collect())
}
