//! What being at a point does to records: it begins a round or goes on with one, and ends it at the last point. Pure: times, ids and what is
//! known come in, changes go out, and all of them are written together.

use chrono::{NaiveDate, NaiveTime};
use kit::{Cell, Change, Facts, Refusal, Row, dates};
use uuid::Uuid;

use super::day::School;
use super::due::{self, Minute};
use super::flags::{Limits, Sign, Step};
use super::kinds::{RouteKind, When};
use super::life;
use super::record::{FLAG, POINT, ROUND, ROUTE, VISIT};

const DAY_MINUTES: Minute = 24 * 60;
/// A second touch at the same point within this time is the same one.
const TWICE_MS: i64 = 120_000;

/// Who is where, and when.
#[derive(Clone, Debug)]
pub struct Here<'a> {
    pub route: &'a Row,
    /// Those in use, in order.
    pub points: &'a [Row],
    pub point: &'a Row,
    pub walker: Uuid,
    /// When it was, and when the server heard of it.
    pub at: i64,
    pub now: i64,
    pub entry: &'static str,
    pub device: Option<String>,
    /// What was found here, if anything.
    pub hazard: Option<Uuid>,
}

/// The round of this walker on this route that goes on, or has just ended.
#[derive(Clone, Debug)]
pub struct Under {
    pub round: Row,
    pub visits: Vec<Row>,
}

/// The day to which an instant belongs for a kind of route, and its minute: after midnight a night still belongs to the evening before.
pub fn day_of(kind: RouteKind, at: i64) -> (NaiveDate, Minute) {
    let time = dates::shanghai_time(at);
    let minute = due::minute(time.time());
    let night = kind.when() == When::Night && minute < DAY_MINUTES / 2;
    match time.date().pred_opt().filter(|_| night) {
        Some(eve) => (eve, minute + DAY_MINUTES),
        None => (time.date(), minute),
    }
}

/// The kind of a route or a round; the field table knows no other.
pub fn kind_of(noun: &kit::Noun, row: &Row) -> RouteKind {
    row.get(noun, "kind").text().and_then(RouteKind::read).unwrap_or(RouteKind::Guard)
}

/// What is due of this route on a day; nothing on a day without school.
pub fn due_here(route: &Row, day: NaiveDate, facts: &Facts) -> Result<Vec<due::Due>, Refusal> {
    let school = route.get(&ROUTE, "school").id().and_then(|id| facts.known.get(&id));
    school.map_or(Ok(Vec::new()), |school| School::of(school).due(kind_of(&ROUTE, route), day, facts))
}

/// The changes, and whether the round is complete with them.
pub struct Marked {
    pub round: Row,
    pub changes: Vec<Change>,
    pub complete: bool,
}

/// Marks a point. The ids of what is new follow from the request, so that what is sent twice is written once.
pub fn mark(here: &Here<'_>, under: Option<&Under>, request: Uuid, facts: &Facts) -> Result<Marked, Refusal> {
    let left = match under {
        Some(under) => left_open(here.route, under, here.at, facts)?,
        None => None,
    };
    let under = under.filter(|_| left.is_none());
    let visited =
        |under: &Under| under.visits.iter().any(|visit| visit.get(&VISIT, "point").id() == Some(here.point.id));
    let again = under.filter(|under| visited(under) && here.hazard.is_none());
    if let Some(under) = again.filter(|under| goes_on(&under.round) || ended_just_now(&under.round, here.at)) {
        let complete = !goes_on(&under.round);
        return Ok(Marked { round: under.round.clone(), changes: Vec::new(), complete });
    }
    let open = under.filter(|under| goes_on(&under.round));
    let visit = Uuid::new_v5(&request, b"visit");
    let mut round = match open {
        Some(under) => under.round.clone(),
        None => begin(here, Uuid::new_v5(&request, b"round"), facts)?,
    };
    let fresh = open.is_none_or(|under| !visited(under));
    if fresh {
        count(&mut round, "visited");
    }
    if here.hazard.is_some() {
        count(&mut round, "findings");
    }
    if here.entry == "tapped" {
        round.set(&ROUND, "entry", Cell::Text("tapped".into()));
    }
    // Every point that is in use: one that was given up on the way stands for none of those that are left.
    let seen = |point: &Row| {
        let at = |visit: &Row| visit.get(&VISIT, "point").id() == Some(point.id);
        point.id == here.point.id || open.is_some_and(|under| under.visits.iter().any(at))
    };
    let complete = !kind_of(&ROUTE, here.route).post() && here.points.iter().all(seen);
    if complete {
        end(&mut round, here.at, "done");
    }
    let change = match open {
        Some(under) => Change::update(&ROUND, "walk", under.round.clone(), round.clone()),
        None => Change::create(&ROUND, "walk", round.clone()),
    };
    let visit = Change::create(&VISIT, "walk", row_of_visit(here, visit, &round));
    Ok(Marked { round, changes: [change, visit].into_iter().chain(left).collect(), complete })
}

/// The end of a round of another time of the day that nobody ended: whoever walks on when the next one is due, and was nowhere for longer than the norm's
/// grace, walks that one. What he left open ended where he was last.
pub fn left_open(route: &Row, under: &Under, now: i64, facts: &Facts) -> Result<Option<Change>, Refusal> {
    let kind = kind_of(&ROUTE, route);
    if !goes_on(&under.round) || kind.post() {
        return Ok(None);
    }
    let begun = under.round.get(&ROUND, "started_at").int().unwrap_or(now);
    let last = under.visits.iter().filter_map(|visit| visit.get(&VISIT, "at").int()).max().unwrap_or(begun);
    let ((day, minute), (_, first)) = (day_of(kind, now), day_of(kind, begun));
    let grace = facts.norms.value("patrol.grace", day)? * 60_000;
    if now - last <= grace || !due::another(&due_here(route, day, facts)?, first, minute) {
        return Ok(None);
    }
    life::ended(&under.round, last, facts).map(Some)
}

pub fn goes_on(round: &Row) -> bool {
    round.get(&ROUND, "state").text() == Some("walking")
}

fn ended_just_now(round: &Row, at: i64) -> bool {
    round.get(&ROUND, "ended_at").int().is_some_and(|ended| (at - ended).abs() < TWICE_MS)
}

pub fn count(round: &mut Row, field: &str) {
    let before = round.get(&ROUND, field).int().unwrap_or(0);
    round.set(&ROUND, field, Cell::Int(before + 1));
}

pub fn end(round: &mut Row, at: i64, state: &str) {
    round.set(&ROUND, "ended_at", Cell::Int(at));
    round.set(&ROUND, "state", Cell::Text(state.into()));
}

fn begin(here: &Here<'_>, id: Uuid, facts: &Facts) -> Result<Row, Refusal> {
    let kind = kind_of(&ROUTE, here.route);
    let (day, minute) = day_of(kind, here.at);
    let due = due_here(here.route, day, facts)?;
    let grace = facts.norms.value("patrol.grace", day)?;
    let late = !due.is_empty() && !due::in_time(&due, minute, grace);
    let points = i64::try_from(here.points.len()).unwrap_or(0);
    Ok(Row::blank(&ROUND, id)
        .with(&ROUND, "route", Cell::Id(here.route.id))
        .with(&ROUND, "school", here.route.get(&ROUTE, "school").clone())
        .with(&ROUND, "kind", Cell::Text(kind.code().into()))
        .with(&ROUND, "day", Cell::Date(day))
        .with(&ROUND, "began", Cell::Text(due::clock(minute)))
        .with(&ROUND, "walker", Cell::Id(here.walker))
        .with(&ROUND, "visited", Cell::Int(0))
        .with(&ROUND, "points", Cell::Int(points))
        .with(&ROUND, "findings", Cell::Int(0))
        .with(&ROUND, "entry", Cell::Text(here.entry.into()))
        .with(&ROUND, "late", Cell::Bool(late))
        .with(&ROUND, "started_at", Cell::Int(here.at))
        .with(&ROUND, "recorded_at", Cell::Int(here.now))
        .with(&ROUND, "state", Cell::Text("walking".into())))
}

fn row_of_visit(here: &Here<'_>, id: Uuid, round: &Row) -> Row {
    let result = if here.hazard.is_some() { "finding" } else { "ok" };
    Row::blank(&VISIT, id)
        .with(&VISIT, "round", Cell::Id(round.id))
        .with(&VISIT, "point", Cell::Id(here.point.id))
        .with(&VISIT, "school", round.get(&ROUND, "school").clone())
        .with(&VISIT, "walker", Cell::Id(here.walker))
        .with(&VISIT, "day", round.get(&ROUND, "day").clone())
        .with(&VISIT, "at", Cell::Int(here.at))
        .with(&VISIT, "result", Cell::Text(result.into()))
        .with(&VISIT, "entry", Cell::Text(here.entry.into()))
        .with(&VISIT, "hazard", here.hazard.map_or(Cell::Null, Cell::Id))
        .with(&VISIT, "recorded_at", Cell::Int(here.now))
        .with(&VISIT, "device", here.device.clone().map_or(Cell::Null, Cell::Text))
}

/// The steps of a round, as the signs read them; `points` are the rows of the route's points, also those that are not in use any more.
pub fn steps(visits: &[Row], points: &[Row]) -> Vec<Step> {
    let step = |visit: &Row| {
        let point = visit.get(&VISIT, "point").id()?;
        let row = points.iter().find(|row| row.id == point);
        Some(Step {
            point,
            number: row.and_then(|row| row.get(&POINT, "number").int()).unwrap_or(0),
            at: visit.get(&VISIT, "at").int()?,
            walk_seconds: row.and_then(|row| row.get(&POINT, "walk_seconds").int()),
            device: visit.get(&VISIT, "device").text().map(str::to_owned),
        })
    };
    visits.iter().filter_map(step).collect()
}

pub fn limits(facts: &Facts, day: NaiveDate) -> Result<Limits, Refusal> {
    let norm = |key| facts.norms.value(key, day);
    Ok(Limits {
        walk: norm("patrol.sign.walk")?,
        round: norm("patrol.sign.round")?,
        gaps: norm("patrol.sign.gaps")?,
        even: norm("patrol.sign.even")?,
        phones: norm("patrol.sign.phones")?,
    })
}

/// A sign as a record that waits for somebody; its id follows from the round, so that a sign stands once.
pub fn flag(round: &Row, sign: &Sign) -> Change {
    let row = Row::blank(&FLAG, Uuid::new_v5(&round.id, sign.sign.as_bytes()))
        .with(&FLAG, "round", Cell::Id(round.id))
        .with(&FLAG, "school", round.get(&ROUND, "school").clone())
        .with(&FLAG, "walker", round.get(&ROUND, "walker").clone())
        .with(&FLAG, "day", round.get(&ROUND, "day").clone())
        .with(&FLAG, "sign", Cell::Text(sign.sign.into()))
        .with(&FLAG, "measured", Cell::Int(sign.measured))
        .with(&FLAG, "expected", Cell::Int(sign.expected))
        .with(&FLAG, "state", Cell::Text("waiting".into()));
    Change::create(&FLAG, "create", row)
}

/// The instant of a wall clock's time on a day of rounds.
pub fn instant(kind: RouteKind, day: NaiveDate, time: NaiveTime) -> i64 {
    let night = kind.when() == When::Night && due::minute(time) < DAY_MINUTES / 2;
    let minute = due::minute(time) + if night { DAY_MINUTES } else { 0 };
    dates::shanghai_start(day) + minute * 60_000
}

/// 接岗: the post of somebody else ends with this hand-over.
pub fn hand_over(round: &Row, to: Uuid, at: i64) -> Change {
    let mut after = round.clone();
    end(&mut after, at, "handed_over");
    after.set(&ROUND, "handed_to", Cell::Id(to));
    Change::update(&ROUND, "hand_over", round.clone(), after)
}
