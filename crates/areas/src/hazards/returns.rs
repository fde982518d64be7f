//! 月度确认: each school says once a month that the program's count of its hazards is the whole truth.
//!
//! Zero means a confirmed zero (零报告): a month without this confirmation is shown as "no return", not as nothing found.
//! The program makes the draft with its count; the head of the school confirms it with one move. When more is recorded for the month afterwards, what
//! was signed is true no more: the return is a draft again, and he is told to confirm the new number. That he confirmed the other one, and when, stays.

use chrono::NaiveDate;
use engine::Cx;
use engine::area::Following;
use kit::dates::{Period, shanghai_date};
use kit::ids::known_from;
use kit::life::Input;
use kit::message::Message;
use kit::{Actor, Author, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Query, Refusal, Row, Scope, ScopeBy};
use std::collections::{BTreeMap, HashMap};
use store::{Store, StoreError};
use uuid::Uuid;

use super::figures::counted;
use super::record::HAZARD;
use crate::organisation::answerable::holders_on;
use crate::organisation::record::{POST, SCHOOL};

const STATES: &[&str] = &["draft", "confirmed"];
/// The program's own verb for a confirmation that is true no more.
const FALL_BACK: &str = "fall_back";
/// A program that has not run for longer begins anew.
const MOST_MONTHS: usize = 60;
static MOVES: &[MoveSpec] = &[MoveSpec::new("confirm", &[]).touch()];

/// 月度确认
pub static MONTHLY_RETURN: Noun = Noun {
    name: "monthly_return",
    plural: "monthly-returns",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter().key(),
        Field::month("month").required().fixed().list().filter().sort().key(),
        Field::int("hazards_found", 0, 100_000).required().fixed().list(),
        Field::bool("zero").required().fixed().list().filter().past(),
        Field::refer("confirmed_by", "staff").fixed().list(),
        // The first time, by which the duty was done.
        Field::date("confirmed_on").fixed().list(),
        Field::date("again_on").fixed(),
        Field::choice("state", STATES).required().fixed().list().filter().past(),
    ],
    scope: ScopeBy { home: &["school"], ..ScopeBy::units(&["school"]) },
    title: &["school", "month"],
    subject: None,
    order: "-month",
    tallies: &[],
};

/// What the program puts before a school: its count for the month of a day.
pub fn draft(id: Uuid, school: Uuid, day: NaiveDate, hazards_found: i64) -> Row {
    Row::blank(&MONTHLY_RETURN, id)
        .with(&MONTHLY_RETURN, "school", Cell::Id(school))
        .with(&MONTHLY_RETURN, "month", Cell::Date(Period::month_of(day).first()))
        .with(&MONTHLY_RETURN, "hazards_found", Cell::Int(hazards_found))
        .with(&MONTHLY_RETURN, "zero", Cell::Bool(hazards_found == 0))
        .with(&MONTHLY_RETURN, "state", Cell::Text("draft".into()))
}

/// Puts the month that ended last before every school that was open in it, with those before it that passed while no program ran, corrects the
/// count of every draft that nobody has confirmed yet, and takes back what was confirmed when less was known. A few statements for each such month, whatever the number of schools; run again, it
/// changes nothing. Answers how many returns were written.
///
/// A campus has no return of its own: what was found there counts for its parent. `now` is in milliseconds UTC.
///
/// # Errors
/// Those of the store.
pub async fn draft_missing(store: &Store, now: i64) -> Result<usize, StoreError> {
    let all = Scope::county();
    let schools = store.all(&SCHOOL, &Query::new(), &all).await?;
    let mut changes = Vec::new();
    for month in unmade(store, Period::month_of(shanghai_date(now)).previous()).await? {
        let made = store.find_by(&MONTHLY_RETURN, "month", &[Cell::Date(month.first())], &all).await?;
        let counts = counts(store, &schools, month).await?;
        let days = (month, shanghai_date(now));
        changes.extend(missing(&schools, &made, &counts, days, &mut || store.new_id(now)));
    }
    let mut returns: BTreeMap<Period, Vec<Row>> = BTreeMap::new();
    for row in store.all(&MONTHLY_RETURN, &Query::new(), &all).await? {
        if let Some(month) = month_of(&row) {
            returns.entry(month).or_default().push(row);
        }
    }
    for (month, rows) in &returns {
        let counts = counts(store, &schools, *month).await?;
        changes.extend(
            rows.iter().filter_map(|row| recounted(row, counts.get(&school_of(row)?).copied().unwrap_or_default())),
        );
    }
    if changes.is_empty() {
        return Ok(0);
    }
    let changes = told(store, changes, shanghai_date(now)).await?;
    let author = Author { actor: None, at: now, request: store.new_id(now) };
    Ok(store.commit(author, changes).await?.changed)
}

fn month_of(row: &Row) -> Option<Period> {
    row.get(&MONTHLY_RETURN, "month").date().map(Period::month_of)
}

fn school_of(row: &Row) -> Option<Uuid> {
    row.get(&MONTHLY_RETURN, "school").id()
}

/// The months that are to be put before the schools: those since the last for which that was done, and the last that is over in any case, for a school
/// that has come since. A county that has only begun owes nothing for what was before.
async fn unmade(store: &Store, last: Period) -> Result<Vec<Period>, StoreError> {
    let newest = Query { sort: Some("month"), descending: true, limit: 1, ..Query::new() };
    let newest = store.list(&MONTHLY_RETURN, &newest, &Scope::county()).await?.rows;
    let newest = newest.first().and_then(|row| row.get(&MONTHLY_RETURN, "month").date()).map(Period::month_of);
    let back = std::iter::successors(Some(last.previous()), |month| Some(month.previous()));
    let mut months = vec![last];
    if let Some(newest) = newest {
        months.extend(back.take_while(|month| *month > newest).take(MOST_MONTHS));
    }
    Ok(months)
}

/// How many hazards of a month each school had, those of its campuses among them.
async fn counts(store: &Store, schools: &[Row], month: Period) -> Result<HashMap<Uuid, i64>, StoreError> {
    let found = counted().within("found_on", month.first(), month.last());
    Ok(by_parent(schools, &store.group(&HAZARD, "school", None, &found, &Scope::county()).await?))
}

fn is_campus(school: &Row) -> bool {
    school.get(&SCHOOL, "campus") == &Cell::Bool(true)
}

/// Whether it was open, and known here, before the month was over.
fn open_in(school: &Row, month: Period, today: NaiveDate) -> bool {
    let day = |field| school.get(&SCHOOL, field).date();
    let known = known_from(school.id, day("opened_on"), today).is_none_or(|day| day <= month.last());
    known && day("closed_on").is_none_or(|day| day > month.first())
}

fn by_parent(schools: &[Row], found: &[(Cell, i64)]) -> HashMap<Uuid, i64> {
    let campuses = schools.iter().filter(|school| is_campus(school));
    let parents: HashMap<_, _> =
        campuses.filter_map(|school| Some((school.id, school.get(&SCHOOL, "parent").id()?))).collect();
    let mut counts = HashMap::new();
    for (school, count) in found.iter().filter_map(|(school, count)| Some((school.id()?, count))) {
        *counts.entry(parents.get(&school).copied().unwrap_or(school)).or_default() += count;
    }
    counts
}

fn missing(
    schools: &[Row],
    made: &[Row],
    counts: &HashMap<Uuid, i64>,
    (month, today): (Period, NaiveDate),
    new_id: &mut dyn FnMut() -> Uuid,
) -> Vec<Change> {
    let known: Vec<_> = made.iter().filter_map(|row| row.get(&MONTHLY_RETURN, "school").id()).collect();
    let owes = |school: &Row| !is_campus(school) && open_in(school, month, today) && !known.contains(&school.id);
    let due = schools.iter().filter(|school| owes(school));
    let count = |school: &Row| counts.get(&school.id).copied().unwrap_or_default();
    due.map(|school| {
        Change::create(&MONTHLY_RETURN, "create", draft(new_id(), school.id, month.first(), count(school)))
    })
    .collect()
}

/// A hazard may be recorded after its month: nobody shall confirm a zero that is none any more, nor has he confirmed the new number who confirmed a lower
/// one. What turned out to be mistaken since leaves standing what was signed.
fn recounted(row: &Row, count: i64) -> Option<Change> {
    let draft = row.get(&MONTHLY_RETURN, "state").text() == Some("draft");
    let more = row.get(&MONTHLY_RETURN, "hazards_found").int().is_some_and(|known| known < count);
    let after = row
        .clone()
        .with(&MONTHLY_RETURN, "hazards_found", Cell::Int(count))
        .with(&MONTHLY_RETURN, "zero", Cell::Bool(count == 0))
        .with(&MONTHLY_RETURN, "state", Cell::Text("draft".into()));
    let verb = if draft { "recount" } else { FALL_BACK };
    Some(Change::update(&MONTHLY_RETURN, verb, row.clone(), after))
        .filter(|change| (draft || more) && !change.is_empty())
}

/// Whoever leads the school is told that he is to confirm again.
async fn told(store: &Store, changes: Vec<Change>, today: NaiveDate) -> Result<Vec<Change>, StoreError> {
    if changes.iter().all(|change| change.verb != FALL_BACK) {
        return Ok(changes);
    }
    let principals = Query::new().among("post", &["principal"]).in_force(today);
    let posts = store.all(&POST, &principals, &Scope::county()).await?;
    let told = |change: Change| {
        let (Some(month), Some(school)) = (month_of(&change.after), school_of(&change.after)) else { return change };
        let who = if change.verb == FALL_BACK { holders_on(&posts, "principal", school, today) } else { Vec::new() };
        let n = change.after.get(&MONTHLY_RETURN, "hazards_found").int().unwrap_or_default();
        let message = |person| Message::person(person, "returns.again").with("month", month.to_string()).with("n", n);
        who.into_iter().map(message).fold(change, Change::send)
    };
    Ok(changes.into_iter().map(told).collect())
}

/// What is recorded for a month that is over takes back a confirmation that did not know of it. What a file brings is counted with the next night: it may
/// bring a hundred of one month.
pub fn recorded_late<'a>(cx: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let place = |row: &Row| {
            let aside = matches!(row.get(&HAZARD, "state").text(), Some("mistaken" | "merged"));
            let day = row.get(&HAZARD, "found_on").date().filter(|_| !aside)?;
            Some((row.get(&HAZARD, "school").id()?, Period::month_of(day)))
        };
        let (Some((school, month)), "create" | "edit") = (place(&change.after), change.verb) else {
            return Ok(Vec::new());
        };
        if month.last() >= cx.today() {
            return Ok(Vec::new());
        }
        let store = &cx.app.store;
        let schools = store.all(&SCHOOL, &Query::new(), &Scope::county()).await?;
        let owner = |school| by_parent(&schools, &[(Cell::Id(school), 1)]).into_keys().next();
        let before = change.before.as_ref().and_then(place).map(|(school, month)| (owner(school), month));
        let (Some(own), false) = (owner(school), before == Some((owner(school), month))) else {
            return Ok(Vec::new());
        };
        let returns = Query::new().is("month", Cell::Date(month.first())).is("school", Cell::Id(own));
        let returns = store.all(&MONTHLY_RETURN, &returns.among("state", &["confirmed"]), &Scope::county()).await?;
        let Some(row) = returns.first() else { return Ok(Vec::new()) };
        let known = counts(store, &schools, month).await?.get(&own).copied().unwrap_or_default();
        Ok(told(store, recounted(row, known + 1).into_iter().collect(), cx.today()).await?)
    })
}

/// What was recorded since the draft was counted is not confirmed unseen: the drafts are counted again, and whoever confirms sees the new number first.
pub fn still_true<'a>(cx: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let row = &change.after;
        let (Some(month), "confirm") = (month_of(row), change.verb) else { return Ok(Vec::new()) };
        let store = &cx.app.store;
        let schools = store.all(&SCHOOL, &Query::new(), &Scope::county()).await?;
        let counts = counts(store, &schools, month).await?;
        let count = school_of(row).and_then(|school| counts.get(&school)).copied().unwrap_or_default();
        if row.get(&MONTHLY_RETURN, "hazards_found").int() == Some(count) {
            return Ok(Vec::new());
        }
        draft_missing(store, cx.now).await?;
        Err(Refusal::new("monthly_return.moved").with("n", count).into())
    })
}

pub struct ReturnLife;

impl Life for ReturnLife {
    fn noun(&self) -> &'static Noun {
        &MONTHLY_RETURN
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "draft" && mv == "confirm").then_some("confirmed")
    }

    /// Only the school itself knows, and only when the month is over.
    fn may(&self, actor: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        let school = school_of(row);
        if school.is_none() || (actor.scope.home != school && actor.unit != school) {
            return Err(Refusal::new("monthly_return.own_school"));
        }
        if month_of(row).is_none_or(|month| facts.today <= month.last()) {
            return Err(Refusal::new("monthly_return.month_open"));
        }
        Ok(())
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&MONTHLY_RETURN, "state").text().unwrap_or_default();
        let Some(state) = self.next(state, mv) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        // The school did its duty when it first confirmed; what came later is not its delay.
        let first = row.get(&MONTHLY_RETURN, "confirmed_on").is_null();
        let after = row
            .clone()
            .with(&MONTHLY_RETURN, "confirmed_by", actor.person().map_or(Cell::Null, Cell::Id))
            .with(&MONTHLY_RETURN, if first { "confirmed_on" } else { "again_on" }, Cell::Date(facts.today))
            .with(&MONTHLY_RETURN, "state", Cell::Text(state.into()));
        Ok(Change::update(&MONTHLY_RETURN, "confirm", row.clone(), after))
    }
}
