//! 聚集性病例: who is told that so many are ill. Looked at with every round and not when a sheet comes, because a case becomes known in many ways: by the
//! sheet, by a guardian's answer, by a correction, by a mark that is added. What can still be taken back is not counted yet.

use std::collections::HashSet;

use chrono::Days;
use engine::Cx;
use kit::{Facts, Query, Scope};
use store::StoreError;
use store::outbox::Telling;

use super::bed::BED;
use super::door;
use super::record::MARK;
use super::sickness::{self, Found};
use crate::organisation::record::CLASS;

/// Tells of every cluster of the days that a roll can still come in for, each once. Answers how many messages were written.
///
/// # Errors
/// Those of the store, and a figure that is missing from the norms.
pub async fn told(cx: &Cx, facts: &Facts) -> Result<u64, StoreError> {
    let (store, norms) = (&cx.app.store, &facts.norms);
    let late = norms.value("rollcall.late_days", facts.today)?;
    let first = facts.today.checked_sub_days(Days::new(late.unsigned_abs())).unwrap_or(facts.today);
    let span = Query::new().within("day", sickness::first_day(first, norms)?, facts.today);
    let mut marks = store.all(&MARK, &span.among("kind", &["sick"]), &Scope::county()).await?;
    let slip = norms.value("rollcall.take_back", facts.today)? * 60_000;
    marks.retain(|mark| sickness::settled(mark, slip, facts.now));
    let pupils: HashSet<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
    if pupils.is_empty() {
        return Ok(0);
    }
    let beds = store.of_each(&BED, "pupil", &Vec::from_iter(pupils), &Query::new()).await?;
    let mut found = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= facts.today) {
        found.extend(sickness::clusters(&marks, &beds, day, norms)?);
    }
    let causes: Vec<_> = found.iter().map(Found::cause).collect();
    let known = store.caused(&causes, kit::dates::shanghai_start(first)).await?;
    found.retain(|one| !known.contains(&one.cause()));
    let mut all = Vec::new();
    for one in &found {
        all.extend(messages(cx, facts, one).await?);
    }
    store.tell(cx.now, all).await
}

/// To whoever leads at the school and to the bureau; about the roll that made it a cluster.
async fn messages(cx: &Cx, facts: &Facts, found: &Found) -> Result<Vec<Telling>, StoreError> {
    let Some(class) = cx.app.store.find(&CLASS, found.class, &Scope::county()).await? else { return Ok(Vec::new()) };
    let people = door::people(cx, &class, found.day, &[]).await?;
    let place = class.get(&CLASS, "school").id();
    let messages = sickness::alarm(found, &people, &facts.norms)?;
    let told = |message: kit::Message| Telling {
        person: message.recipient(),
        place,
        about: Some((super::record::SHEET.name, found.sheet)),
        message,
    };
    Ok(messages.into_iter().map(told).collect())
}
