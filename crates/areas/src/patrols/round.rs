//! 漏巡提醒: a round that was due and that nobody walked is told to whoever leads the school's safety, once. Looked at once a minute; nothing is
//! written about anybody, and nobody who might have walked is named: the leader asks, and what was walked is typed in. What somebody began and forgot to end is ended
//! by the same look.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::Days;
use engine::save::{self, Refused};
use engine::{App, Cx};
use kit::{Cell, Message, Query, Row, Scope, Test};
use store::StoreError;
use store::outbox::Telling;
use uuid::Uuid;

use super::beside;
use super::board::{Turn, now_on, turns};
use super::due::{Due, Minute, Outcome, clock};
use super::record::{ROUND, ROUTE, VISIT, in_use};
use super::{act, life, mark};
use crate::organisation::answerable::{LEADERS, first_of};
use crate::organisation::record::POST;
use crate::patrols::kinds::RouteKind;

/// What became known only so long after its moment stands on the page of the day; a program that was not running tells nobody of last week.
const LATEST: Minute = 60;

/// Looks once, at a moment of the county's clock. Answers how many messages were written.
///
/// # Errors
/// Those of the store, and a figure that is missing from the norms.
pub async fn round(app: &Arc<App>, now: i64) -> Result<usize, StoreError> {
    let cx = Cx::program(app, now);
    abandoned(&cx).await.map_err(broken)?;
    beside::earlier(&cx).await.map_err(broken)?;
    let today = cx.today();
    let (eve, _) = mark::day_of(RouteKind::Dormitory, now);
    let routes = app.store.all(&ROUTE, &Query::new(), &Scope::county()).await?;
    let mut told = Vec::new();
    // After midnight last evening's night goes on.
    for day in HashSet::from([today, eve]) {
        let here = |route: &&Row| {
            let kind = mark::kind_of(&ROUTE, route);
            in_use(&ROUTE, route, day) && !kind.post() && (day == today || kind == RouteKind::Dormitory)
        };
        let routes: Vec<_> = routes.iter().filter(here).cloned().collect();
        let Some(minute) = now_on(day, now).filter(|_| !routes.is_empty()) else { continue };
        let wait = app.norms().value("patrol.missed", day)?;
        let (_, turns) = turns(&cx, &routes, day).await.map_err(broken)?;
        for turn in &turns {
            let left = left_out(&turn.due, &turn.outcomes, minute, wait);
            told.extend(left.map(|at| Said::of(turn, at, day)));
        }
    }
    tell(&cx, told).await
}

/// A round that nobody ended ends where its walker was last, once no telephone can bring a point of it any more: else one point and a forgotten touch would
/// count for a round. A post was kept.
async fn abandoned(cx: &Cx) -> Result<(), Refused> {
    let late = cx.app.norms().value("rollcall.late_days", cx.today())?.unsigned_abs() + 1;
    let Some(last) = cx.today().checked_sub_days(Days::new(late)) else { return Ok(()) };
    let open = Query::new().up_to("day", last).among("state", &["walking"]);
    let (store, all) = (&cx.app.store, Scope::county());
    // The totals that are kept say that there is none, nearly always.
    if store.count(&ROUND, &open, &all).await? == 0 {
        return Ok(());
    }
    let rounds = store.all(&ROUND, &open, &all).await?;
    let ids: Vec<_> = rounds.iter().map(|round| round.id).collect();
    let visits = act::visits_of(cx, &ids).await?;
    let facts = cx.facts_with(HashMap::new());
    let mut changes = Vec::with_capacity(rounds.len());
    for round in &rounds {
        let own = visits.iter().filter(|visit| visit.get(&VISIT, "round").id() == Some(round.id));
        let seen = own.filter_map(|visit| visit.get(&VISIT, "at").int()).max();
        let at = seen.or(round.get(&ROUND, "started_at").int()).unwrap_or(cx.now);
        changes.push(life::ended(round, at, &facts)?);
    }
    let kind = cx.app.kind_of(ROUND.name).ok_or(Refused::Missing)?;
    save::commit(cx, kind, changes, &facts).await?;
    Ok(())
}

/// The store's own failure goes on; anything else that a reading may be refused for is a norm that is missing.
fn broken(refused: Refused) -> StoreError {
    match refused {
        Refused::Broken(error) => error,
        Refused::Faults(mut faults) if !faults.is_empty() => faults.remove(0).into(),
        _ => kit::Refusal::new("server.broken").into(),
    }
}

/// Which of these were left out and are to be told of now: over for so many minutes, and not long ago.
pub fn left_out<'a>(
    due: &'a [Due],
    outcomes: &'a [Outcome],
    now: Minute,
    wait: Minute,
) -> impl Iterator<Item = usize> + use<'a> {
    let told = move |due: &Due| (due.until + wait..=due.until + wait + LATEST).contains(&now);
    let missed =
        due.iter().zip(outcomes).enumerate().filter(move |(_, (due, became))| **became == Outcome::Missed && told(due));
    missed.map(|(at, _)| at)
}

/// What is said of a round that was left out, and of which school and route.
struct Said {
    school: Uuid,
    route: Uuid,
    name: String,
    day: chrono::NaiveDate,
    due: Due,
    cause: String,
}

impl Said {
    fn of(turn: &Turn, at: usize, day: chrono::NaiveDate) -> Self {
        let route = &turn.route;
        Self {
            school: route.get(&ROUTE, "school").id().unwrap_or_default(),
            route: route.id,
            name: route.get(&ROUTE, "name").text().unwrap_or_default().to_owned(),
            day,
            due: turn.due[at],
            cause: format!("patrol/{}/{day}/{at}", route.id),
        }
    }

    /// Not urgent: at night it waits for the morning, when it can be asked about.
    fn to(&self, person: Uuid) -> Telling {
        let message = Message::person(person, "patrol.missed").because(&self.cause[..]);
        let message = message.with("route", &self.name);
        let message = message.with("from", clock(self.due.from)).with("until", clock(self.due.until));
        Telling { person, place: Some(self.school), about: Some((ROUTE.name, self.route)), message }
    }
}

async fn tell(cx: &Cx, mut said: Vec<Said>) -> Result<usize, StoreError> {
    let Some(first) = said.iter().map(|one| one.day).min() else { return Ok(0) };
    let store = &cx.app.store;
    let causes: Vec<_> = said.iter().map(|one| one.cause.clone()).collect();
    let known = store.caused(&causes, kit::dates::shanghai_start(first)).await?;
    said.retain(|one| !known.contains(&one.cause));
    let schools: HashSet<_> = said.iter().map(|one| one.school).collect();
    if schools.is_empty() {
        return Ok(0);
    }
    let posts =
        Query::new().among("post", LEADERS).filter("school", Test::OneOf(schools.into_iter().map(Cell::Id).collect()));
    let posts = store.all(&POST, &posts, &Scope::county()).await?;
    let leader = |one: &Said| first_of(&posts, LEADERS, one.school, one.day);
    let told = said.iter().filter_map(|one| Some(one.to(leader(one)?))).collect();
    let written = store.tell(cx.now, told).await?;
    Ok(usize::try_from(written).unwrap_or(usize::MAX))
}
