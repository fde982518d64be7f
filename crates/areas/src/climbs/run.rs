//! The round: reads what may be left undone with as many statements as a case has states that must not last, and writes what has to climb in one transaction.

use engine::App;
use kit::dates::shanghai_date;
use kit::{Author, Cell, Query, Scope};
use store::StoreError;

use super::case::{ALL, Case};
use super::plan::{Desk, changes, late};
use super::record::CLIMB;
use crate::organisation::record::POST;

/// Looks once, at a moment of the county's clock. Run again at the same moment, it changes nothing. Answers how many records moved.
///
/// # Errors
/// Those of the store. Somebody who paused a case in the same instant wins: the round is made again with the next one.
pub async fn round(app: &App, now: i64) -> Result<usize, StoreError> {
    let today = shanghai_date(now);
    let posts = app.store.all(&POST, &kit::Query::new().in_force(today), &Scope::county()).await?;
    let (tree, rules) = (app.tree(), app.rules());
    let ladders = &rules.conduct.ladders;
    let desk = Desk { now, ladders, calendar: &rules.calendar, norms: &rules.norms, tree: &tree, posts: &posts };
    let mut all = Vec::new();
    for case in ALL {
        all.extend(of_kind(app, &desk, *case).await?);
    }
    if all.is_empty() {
        return Ok(0);
    }
    all.sort_by_key(|change| change.before.is_some());
    let author = Author { actor: None, at: now, request: app.store.new_id(now) };
    Ok(app.store.commit(author, all).await?.changed)
}

async fn of_kind(app: &App, desk: &Desk<'_>, case: &dyn Case) -> Result<Vec<kit::Change>, StoreError> {
    let all = Scope::county();
    let mut asked = Vec::new();
    for query in case.asked(shanghai_date(desk.now)) {
        asked.extend(app.store.all(case.noun(), &query, &all).await?);
    }
    let late = late(desk, case, asked);
    let mut climbs = app.store.all(&CLIMB, &Query::new().among("state", &["climbing", "paused"]), &all).await?;
    climbs.retain(|row| !row.get(&CLIMB, case.field()).is_null());
    // Those that ended and whose case is back.
    let cases: Vec<_> = late.iter().map(|row| Cell::Id(row.id)).collect();
    if !cases.is_empty() {
        let back = app.store.find_by(&CLIMB, case.field(), &cases, &all).await?;
        climbs.extend(back.into_iter().filter(|row| row.get(&CLIMB, "state").text() == Some("solved")));
    }
    Ok(changes(desk, case, &late, &climbs, &mut || app.store.new_id(desk.now)))
}
