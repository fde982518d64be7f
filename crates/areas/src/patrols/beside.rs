//! 计划外: which rounds from paper answer for nothing that was due, beside the other rounds of their route and day.
//!
//! It stands in the record, because what proves a duty is asked of the database. So it is said anew of the others of a day when one of them becomes another round, or a
//! walked one arrives, and of what was typed in before anybody asked it: as long as it is not said, such a round proves a duty that the board calls missed. A step
//! of the schema could not say it: what was due takes terms, timetable and norms of that day, and what is written past the history would be called altered by it.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use engine::Cx;
use engine::save::Refused;
use kit::{Author, Cell, Change, Facts, Query, Refusal, Row, Scope, Test};
use uuid::Uuid;

use super::board::{now_on, off_plan};
use super::day::School;
use super::due::{Due, Watch};
use super::mark::kind_of;
use super::record::ROUND;
use crate::organisation::record::SCHOOL;

/// So many that nobody has asked yet are judged at once: a county that is years old has them judged within the hour, and nobody waits for it.
const AT_ONCE: u64 = 200;

/// What was due on a day and by what it is judged.
pub struct Plan {
    pub due: Vec<Due>,
    pub watch: Watch,
}

impl Plan {
    /// What was due of a round's kind, at its school.
    fn of(school: Option<&Row>, round: &Row, day: NaiveDate, now: i64, facts: &Facts) -> Result<Self, Refusal> {
        let kind = kind_of(&ROUND, round);
        let due = school.map_or(Ok(Vec::new()), |row| School::of(row).due(kind, day, facts))?;
        let norm = |key| facts.norms.value(key, day);
        let watch = Watch { now: now_on(day, now), grace: norm("patrol.grace")?, longest: norm("patrol.longest")? };
        Ok(Self { due, watch })
    }

    /// The same, with the school asked for.
    pub async fn found(cx: &Cx, round: &Row, day: NaiveDate, facts: &Facts) -> Result<Self, Refused> {
        let school = match round.get(&ROUND, "school").id() {
            Some(school) => cx.app.store.find(&SCHOOL, school, &Scope::county()).await?,
            None => None,
        };
        Ok(Self::of(school.as_ref(), round, day, cx.now, facts)?)
    }
}

/// Of the rounds of one route and day, those from paper that answer for nothing. What was scanned comes first, then one sheet after the other as they were
/// typed in: who typed first is not beside the plan because somebody typed the same hour again.
pub fn beside_plan(of_route: &[Row], plan: &Plan) -> HashSet<Uuid> {
    let (mut typed, mut known): (Vec<&Row>, Vec<&Row>) = of_route.iter().partition(|round| on_paper(round));
    typed.sort_by_key(|round| (round.get(&ROUND, "recorded_at").int(), round.id));
    let mut found = HashSet::new();
    for round in typed {
        if off_plan(round, &known, &plan.due, &plan.watch) {
            found.insert(round.id);
        }
        known.push(round);
    }
    found
}

fn on_paper(round: &Row) -> bool {
    round.get(&ROUND, "entry").text() == Some("paper")
}

/// The round with what it came to, where it does not say so yet.
pub fn said(round: &Row, off: &HashSet<Uuid>) -> Option<Change> {
    let found = Cell::Bool(off.contains(&round.id));
    (round.get(&ROUND, "off_plan") != &found).then(|| {
        let after = round.clone().with(&ROUND, "off_plan", found);
        Change::update(&ROUND, "edit", round.clone(), after)
    })
}

/// Those beside the one that is saved that come to something else by it. What was never asked is left to [`earlier`]: it is no consequence of this.
pub fn others(of_route: &[Row], saved: &Row, off: &HashSet<Uuid>) -> Vec<Change> {
    let asked = |other: &&Row| other.id != saved.id && on_paper(other) && !other.get(&ROUND, "off_plan").is_null();
    of_route.iter().filter(asked).filter_map(|other| said(other, off)).collect()
}

/// Whether two rounds are of one route and day.
pub fn together(one: &Row, other: &Row) -> bool {
    ["route", "day"].iter().all(|field| one.get(&ROUND, field) == other.get(&ROUND, field))
}

/// The rounds of a round's route and day, with the one that is saved as it will be.
pub async fn of_place(cx: &Cx, place: &Row, saved: &Row) -> Result<Vec<Row>, Refused> {
    let same = |query: Query, field| query.is(field, place.get(&ROUND, field).clone());
    let query = same(same(Query::new(), "route"), "day");
    let mut rounds = cx.app.store.all(&ROUND, &query, &Scope::county()).await?;
    rounds.retain(|other| other.id != saved.id);
    if together(place, saved) {
        rounds.push(saved.clone());
    }
    Ok(rounds)
}

/// The sheets of a place that come to something else by a round that is saved: one that was there before, or one that was walked there and that a telephone without
/// a network brings when paper has answered for it already.
pub async fn anew(cx: &Cx, place: &Row, saved: &Row, facts: &Facts) -> Result<Vec<Change>, Refused> {
    let of_route = of_place(cx, place, saved).await?;
    let Some(day) = place.get(&ROUND, "day").date().filter(|_| of_route.iter().any(on_paper)) else {
        return Ok(Vec::new());
    };
    let plan = Plan::found(cx, place, day, facts).await?;
    Ok(others(&of_route, saved, &beside_plan(&of_route, &plan)))
}

/// What was typed in before it was asked whether it is beside the plan: asked now, so many at a time. It is a question to nobody any more, so no flag is raised.
/// Answers how many rounds say it now.
pub async fn earlier(cx: &Cx) -> Result<usize, Refused> {
    let (store, all) = (&cx.app.store, Scope::county());
    let open = Query::new().among("entry", &["paper"]).is("off_plan", Cell::Null).limit(AT_ONCE);
    let unasked = store.list(&ROUND, &open, &all).await?.rows;
    if unasked.is_empty() {
        return Ok(0);
    }
    let every = |field| Test::OneOf(cells_of(&unasked, field));
    let query = Query::new().filter("day", every("day")).filter("route", every("route"));
    let mut by: HashMap<(Option<Uuid>, Option<NaiveDate>), Vec<Row>> = HashMap::new();
    for round in store.all(&ROUND, &query, &all).await? {
        by.entry(place_of(&round)).or_default().push(round);
    }
    let schools: BTreeSet<_> = unasked.iter().filter_map(|round| round.get(&ROUND, "school").id()).collect();
    let schools: Vec<_> = schools.into_iter().collect();
    let facts = cx.facts_with(store.find_many(&SCHOOL, &schools, &all).await?);
    let waiting: BTreeSet<_> = unasked.iter().map(place_of).collect();
    let mut changes = Vec::with_capacity(unasked.len());
    for place in waiting {
        let rounds = by.get(&place).map_or(&[][..], Vec::as_slice);
        let off = judged(rounds, cx.now, &facts);
        let unsaid = |round: &&Row| on_paper(round) && round.get(&ROUND, "off_plan").is_null();
        changes.extend(rounds.iter().filter(unsaid).filter_map(|round| said(round, &off)));
    }
    let author = Author { actor: None, at: cx.now, request: store.new_id(cx.now) };
    Ok(store.commit(author, changes).await?.changed)
}

/// On a day that no norm reaches nothing was due, and nothing is beside it.
fn judged(rounds: &[Row], now: i64, facts: &Facts) -> HashSet<Uuid> {
    let Some((round, day)) = rounds.first().and_then(|round| Some((round, round.get(&ROUND, "day").date()?))) else {
        return HashSet::new();
    };
    let school = round.get(&ROUND, "school").id().and_then(|id| facts.known.get(&id));
    Plan::of(school, round, day, now, facts).map(|plan| beside_plan(rounds, &plan)).unwrap_or_default()
}

fn place_of(round: &Row) -> (Option<Uuid>, Option<NaiveDate>) {
    (round.get(&ROUND, "route").id(), round.get(&ROUND, "day").date())
}

fn cells_of(rounds: &[Row], field: &str) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    for round in rounds {
        let cell = round.get(&ROUND, field);
        if !cells.contains(cell) {
            cells.push(cell.clone());
        }
    }
    cells
}
