//! Who is told in the morning what the day asks of him: an action; what he is told is composed by [`super::digest`].
//!
//! Accounts, posts, what is asked of the county and what waits in it are read once and looked through for each, not asked for each: a test holds the
//! statements of a morning to the same number for any number of accounts. The messages of a morning are written in
//! one transaction, so that there are all of them or none: whoever is started after them writes no more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::{NaiveDate, TimeDelta};
use engine::auth::ACCOUNT;
use engine::{App, Cx};
use kit::dates::{shanghai_date, shanghai_start, shanghai_time};
use kit::duty::{Duty, Level, Proof, State};
use kit::terms::is_school_day;
use kit::{Actor, Query, Role, Scope};
use store::StoreError;
use store::outbox::Telling;
use uuid::Uuid;

use super::digest::{WAITS, cause, compose};
use super::mine::{Posts, levels};
use super::reading::{Wanted, read_for};
use super::today::{BACK, Shown, own_of};

/// Tells everybody what the day asks of him, once, in the hours that `rules/messages.toml` gives the morning. Answers how many were told; `None` while it is
/// not morning.
///
/// # Errors
/// Those of the store: nobody was told then, and the next minute tries again.
pub async fn round(app: &Arc<App>, now: i64) -> Result<Option<u64>, StoreError> {
    let today = shanghai_date(now);
    let rules = app.rules();
    let time = shanghai_time(now).time();
    if !rules.conduct.texts.morning.is_some_and(|morning| morning.from <= time && time < morning.until) {
        return Ok(None);
    }
    if app.store.was_caused(&cause(today), shanghai_start(today)).await? {
        return Ok(Some(0));
    }
    let mornings = mornings(app, now, today).await?;
    if mornings.is_empty() {
        return Ok(Some(0));
    }
    Ok(Some(app.store.tell(now, mornings).await?))
}

async fn mornings(app: &Arc<App>, now: i64, today: NaiveDate) -> Result<Vec<Telling>, StoreError> {
    let people = people(app, today).await?;
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let posts = Posts::all(app, today).await?;
    let waits = waiting(app, &people, today).await?;
    let cx = Cx::program(app, now);
    let (from, to) = (today - TimeDelta::days(BACK), today.succ_opt().unwrap_or(today));
    let wanted = Wanted { everyone: true, ..Wanted::new(from, to, Level::ALL) };
    let reading = read_for(&cx, &wanted, &Scope::county()).await?;
    let mut open: HashMap<Uuid, Vec<Duty<'_>>> = HashMap::new();
    reading.each(now, |duty| {
        if duty.norm.proof == Proof::Record && matches!(duty.state, State::Due | State::Missed) {
            open.entry(duty.subject).or_default().push(duty);
        }
    });
    let mut mornings = Vec::new();
    for (person, actors) in people {
        let none = Posts::default();
        let held = posts.get(&person).unwrap_or(&none);
        let mine = reached(&actors, held).into_iter().filter_map(|subject| open.get(&subject)).flatten();
        let mine = mine.filter(|duty| actors.iter().any(|actor| held.keep(actor, duty)));
        let own = own_of(mine.map(|duty| (Shown::of(duty), duty.span.first, duty.span.due_on)).collect(), today);
        if let Some(digest) = compose(&own, waits.get(&person).copied().unwrap_or_default(), today) {
            let place = actors.iter().find_map(|actor| actor.unit);
            mornings.push(Telling { person, place, about: None, message: digest.message(person, today) });
        }
    }
    Ok(mornings)
}

/// Everybody who works today, with his accounts: at a school on its school days, elsewhere on working days.
async fn people(app: &App, today: NaiveDate) -> Result<BTreeMap<Uuid, Vec<Actor>>, StoreError> {
    let rules = app.rules();
    let works = |actor: &Actor| match actor.scope.home {
        Some(school) => is_school_day(&rules.calendar, &rules.terms, school, today),
        None => rules.calendar.is_workday(today),
    };
    let accounts = app.store.all(&ACCOUNT, &Query::new().filter("staff", kit::Test::Present), &Scope::county()).await?;
    let mut people: BTreeMap<Uuid, Vec<Actor>> = BTreeMap::new();
    for actor in app.actors(&accounts, today).await? {
        if let Some(person) = actor.person().filter(|_| !levels(actor.role).is_empty() && works(&actor)) {
            people.entry(person).or_default().push(actor);
        }
    }
    Ok(people)
}

/// The subjects whose duties can be somebody's own.
fn reached(actors: &[Actor], held: &Posts) -> BTreeSet<Uuid> {
    let mut found: BTreeSet<_> = held.places().collect();
    for actor in actors {
        found.extend(actor.unit.iter().chain(&actor.scope.home).chain(&actor.scope.classes));
        if actor.role == Role::Inspector {
            found.extend(&actor.scope.units);
        }
    }
    found
}

/// What waits for each in other rooms, as his first page counts it: one statement for each card, whoever sees it.
async fn waiting(
    app: &App,
    people: &BTreeMap<Uuid, Vec<Actor>>,
    today: NaiveDate,
) -> Result<HashMap<Uuid, usize>, StoreError> {
    let actors: Vec<_> = people.iter().flat_map(|(person, own)| own.iter().map(|actor| (*person, actor))).collect();
    let mut waiting: HashMap<Uuid, usize> = HashMap::new();
    for kind in app.kinds() {
        for card in kind.today.iter().filter(|card| WAITS.contains(&card.label)) {
            let reaches = |actor: &Actor| {
                card.roles.contains(&actor.role) && app.policy.allows(actor.role, kind.noun.name, "read")
            };
            let seen: Vec<_> = actors.iter().filter(|(_, actor)| reaches(actor)).collect();
            let asked: Vec<_> = seen.iter().map(|(_, actor)| ((card.query)(actor, today), &actor.scope)).collect();
            for ((person, _), count) in seen.into_iter().zip(app.store.count_each(kind.noun, &asked).await?) {
                *waiting.entry(*person).or_default() += usize::try_from(count).unwrap_or_default();
            }
        }
    }
    Ok(waiting)
}
