//! What the program completes in routes, points and in rounds that are typed in from paper, and what must hold across their fields.

use kit::{Actor, Cell, Facts, Refusal, Row};

use super::due;
use super::life;
use super::mark::{self, kind_of};
use super::record::{POINT, ROUND, ROUTE, in_use};

/// A route belongs to the school of whoever makes it, from today.
pub fn route(before: Option<&Row>, mut row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_none() {
        if row.get(&ROUTE, "school").is_null() {
            row.set(&ROUTE, "school", actor.scope.home.map_or(Cell::Null, Cell::Id));
        }
        if row.get(&ROUTE, "from_on").is_null() {
            row.set(&ROUTE, "from_on", Cell::Date(facts.today));
        }
    }
    // Rounds say of which school and kind they were; a route that became another one would make them say it wrongly.
    for field in ["school", "kind"] {
        if before.is_some_and(|before| before.get(&ROUTE, field) != row.get(&ROUTE, field)) {
            return Err(Refusal::at("patrol.route_is_walked", field));
        }
    }
    Ok(row)
}

pub fn route_rules(row: &Row, _: &Facts) -> Vec<Refusal> {
    let days = (row.get(&ROUTE, "from_on").date(), row.get(&ROUTE, "ended_on").date());
    let wrong = matches!(days, (Some(from), Some(ended)) if ended < from);
    wrong.then(|| Refusal::at("patrol.ends_before", "ended_on")).into_iter().collect()
}

/// A point is of its route's school.
pub fn point(before: Option<&Row>, mut row: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_some_and(|before| before.get(&POINT, "route") != row.get(&POINT, "route")) {
        return Err(Refusal::at("patrol.point_is_walked", "route"));
    }
    let route = row.get(&POINT, "route").id().and_then(|id| facts.known.get(&id));
    if let Some(route) = route {
        row.set(&POINT, "school", route.get(&ROUTE, "school").clone());
    }
    Ok(row)
}

/// 补录: what was walked with paper and is typed in later. It is late and says so, and it is no less a round.
pub fn paper(before: Option<&Row>, mut row: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if before.is_some_and(|before| before.get(&ROUND, "entry").text() != Some("paper")) {
        return Err(Refusal::new("patrol.not_paper"));
    }
    let Some(route) = row.get(&ROUND, "route").id().and_then(|id| facts.known.get(&id)) else { return Ok(row) };
    let kind = kind_of(&ROUTE, route);
    row.set(&ROUND, "school", route.get(&ROUTE, "school").clone());
    row.set(&ROUND, "kind", Cell::Text(kind.code().into()));
    let time = row.get(&ROUND, "began").text().and_then(due::read_clock);
    if let (Some(day), Some(time)) = (row.get(&ROUND, "day").date(), time) {
        let at = mark::instant(kind, day, time);
        row.set(&ROUND, "began", Cell::Text(time.format("%H:%M").to_string()));
        row.set(&ROUND, "started_at", Cell::Int(at));
        row.set(&ROUND, "ended_at", Cell::Int(at));
    } else {
        // Refused by the rules; until then it stands at the beginning of time, not at a time that somebody might believe.
        row.set(&ROUND, "started_at", Cell::Int(0));
    }
    if before.is_none() {
        row.set(&ROUND, "recorded_at", Cell::Int(facts.now));
        row.set(&ROUND, "findings", Cell::Int(0));
    }
    let day = row.get(&ROUND, "day").date().unwrap_or(facts.today);
    // Where a route had no points yet, there is nothing to measure its rounds by.
    let points = match points_on(route, day, facts) {
        0 => row.get(&ROUND, "visited").int().unwrap_or(0),
        points => points,
    };
    row.set(&ROUND, "points", Cell::Int(points));
    row.set(&ROUND, "entry", Cell::Text("paper".into()));
    row.set(&ROUND, "late", Cell::Bool(true));
    let state = life::came_to(&row, facts)?;
    row.set(&ROUND, "state", Cell::Text(state.into()));
    Ok(row)
}

/// How many points a route had on a day: a round on paper is measured by them like one that was scanned.
fn points_on(route: &Row, day: chrono::NaiveDate, facts: &Facts) -> i64 {
    let points = facts.beside.iter().filter(|(noun, _)| noun.name == POINT.name).map(|(_, row)| row);
    let own = points.filter(|row| row.get(&POINT, "route").id() == Some(route.id) && in_use(&POINT, row, day));
    i64::try_from(own.count()).unwrap_or(i64::MAX)
}

/// Every fault at once: a time that is one, not tomorrow, on a route that was there, by somebody of the school.
pub fn paper_rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    if row.get(&ROUND, "entry").text() != Some("paper") {
        return Vec::new();
    }
    let known = |field| row.get(&ROUND, field).id().and_then(|id| facts.known.get(&id));
    let day = row.get(&ROUND, "day").date();
    let began = row.get(&ROUND, "began").text().and_then(due::read_clock);
    let to_come = row.get(&ROUND, "started_at").int().is_some_and(|at| at > facts.now);
    let before = day.zip(known("route")).is_some_and(|(day, route)| !in_use(&ROUTE, route, day));
    let staff = &crate::organisation::record::STAFF;
    let other = known("walker").is_some_and(|who| who.get(staff, "school") != row.get(&ROUND, "school"));
    let count = |field| row.get(&ROUND, field).int();
    let more = count("visited") > count("points");
    let faults = [
        (began.is_none(), "patrol.clock", "began"),
        (to_come, "patrol.to_come", "day"),
        (before, "patrol.route_ended", "route"),
        (other, "patrol.not_of_school", "walker"),
        (more, "patrol.more_points", "visited"),
    ];
    faults.into_iter().filter(|(wrong, ..)| *wrong).map(|(_, code, field)| Refusal::at(code, field)).collect()
}
