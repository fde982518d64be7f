//! What the program does by itself, daily: a code for every school that has none, and an end to telephone numbers.

use std::collections::HashSet;

use chrono::{NaiveDate, TimeDelta};
use kit::dates::shanghai_date;
use kit::{Author, Change, Norms, Query, Row, Scope, Test};
use store::{Store, StoreError};
use uuid::Uuid;

use super::record::{TIP, TIP_CODE, code};
use super::step::without_contact;
use crate::organisation::record::SCHOOL;

/// Gives every open school a code and erases the telephone numbers that have been kept long enough. Run again, it changes nothing.
/// Answers how many records changed; `now` is in milliseconds UTC.
///
/// # Errors
/// Those of the store.
pub async fn daily(store: &Store, norms: &Norms, now: i64) -> Result<usize, StoreError> {
    let (today, all) = (shanghai_date(now), Scope::county());
    let schools = store.all(&SCHOOL, &Query::new(), &all).await?;
    let codes = store.all(&TIP_CODE, &Query::new().among("state", &["in_use"]), &all).await?;
    let mut changes = missing(&schools, &codes, today, &mut || store.new_id(now));
    if let Some(last) = norms.value("tip.contact", today).ok().and_then(|days| eve(today, days)) {
        let old = Query::new().up_to("received_on", last).filter("holder", Test::Present);
        let tips = store.all(&TIP, &old, &all).await?;
        changes
            .extend(tips.iter().map(|row| without_contact(Change::update(&TIP, "forget", row.clone(), row.clone()))));
    }
    if changes.is_empty() {
        return Ok(0);
    }
    Ok(store.commit(Author { actor: None, at: now, request: store.new_id(now) }, changes).await?.changed)
}

fn eve(today: NaiveDate, days: i64) -> Option<NaiveDate> {
    today.checked_sub_signed(TimeDelta::try_days(days)?)
}

/// Campuses have walls of their own; a school that has closed needs no code.
fn missing(schools: &[Row], codes: &[Row], today: NaiveDate, new_id: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let have: HashSet<_> = codes.iter().filter_map(|row| row.get(&TIP_CODE, "school").id()).collect();
    let open = |school: &&Row| school.get(&SCHOOL, "closed_on").date().is_none_or(|day| day > today);
    let without = schools.iter().filter(open).filter(|school| !have.contains(&school.id));
    without.map(|school| Change::create(&TIP_CODE, "create", code(new_id(), school.id, today))).collect()
}
