//! 补录: what a round from paper comes to beside the rounds that are known. Nobody walks two at once; what answers for nothing that was due
//! proves no duty, and like what is typed in long afterwards it is a question to a person.

use engine::Cx;
use engine::save::Refused;
use kit::{Cell, Change, Facts, Query, Refusal, Row, Scope};

use super::beside::{self, Plan};
use super::board;
use super::due::{Due, Minute};
use super::flags::{Limits, Sign};
use super::mark::{self, kind_of};
use super::record::{POINT, ROUND, in_use};

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Refuses what cannot be, and says of the rest what a person is to look at.
pub async fn follows(cx: &Cx, change: &Change, facts: &Facts) -> Result<Vec<Change>, Refused> {
    let round = &change.after;
    let Some(day) = round.get(&ROUND, "day").date() else { return Ok(Vec::new()) };
    let (store, all) = (&cx.app.store, Scope::county());
    let get = |field| round.get(&ROUND, field).clone();
    let of_day = Query::new().is("day", Cell::Date(day));
    let own = store.all(&ROUND, &of_day.is("walker", get("walker")), &all).await?;
    let mut points = store.find_by(&POINT, "route", &[get("route")], &all).await?;
    points.retain(|point| in_use(&POINT, point, day));
    let least = least(&points, &mark::limits(facts, day)?);
    if own.iter().any(|other| at_once(round, other, least)) {
        return Err(Refusal::at("patrol.two_at_once", "began").into());
    }
    let plan = Plan::found(cx, round, day, facts).await?;
    let of_route = beside::of_place(cx, round, round).await?;
    let off = beside::beside_plan(&of_route, &plan);
    let off_plan = off.contains(&round.id);
    let mut changes: Vec<_> = beside::said(round, &off).into_iter().collect();
    if let Some(before) = &change.before {
        changes.extend(beside::others(&of_route, round, &off));
        // What it answered for where it was before is open again.
        if !beside::together(before, round) {
            changes.extend(beside::anew(cx, before, round, facts).await?);
        }
    } else {
        let days = facts.norms.value("rollcall.late_days", day)?;
        let since = facts.today.signed_duration_since(day).num_days();
        let grace = plan.watch.grace * 60;
        let signs = [
            off_plan.then(|| Sign { sign: "off_plan", measured: apart(round, &plan.due), expected: grace }),
            (since > days).then_some(Sign {
                sign: "typed_late",
                measured: since * DAY_SECONDS,
                expected: days * DAY_SECONDS,
            }),
        ];
        changes.extend(signs.iter().flatten().map(|sign| mark::flag(round, sign)));
    }
    Ok(changes)
}

/// How long a round takes at least, in milliseconds: from point to point, and never less than the norm's round.
pub fn least(points: &[Row], limits: &Limits) -> i64 {
    let walk = |point: &Row| point.get(&POINT, "walk_seconds").int().unwrap_or(limits.walk);
    let mut points: Vec<_> = points.iter().collect();
    points.sort_by_key(|point| point.get(&POINT, "number").int());
    points.into_iter().skip(1).map(walk).sum::<i64>().max(limits.round) * 1000
}

/// Whether one walker would be on two rounds at once. Paper says when one began and not when it ended: it took its time. Who keeps a post is not on a round.
pub fn at_once(round: &Row, other: &Row, least: i64) -> bool {
    let span = |row: &Row| {
        let begun = row.get(&ROUND, "started_at").int()?;
        let ended = row.get(&ROUND, "ended_at").int().unwrap_or(begun);
        Some((begun, ended.max(begun + least)))
    };
    let walks = |row: &Row| !kind_of(&ROUND, row).post();
    let both = span(round).zip(span(other)).filter(|_| round.id != other.id && walks(round) && walks(other));
    both.is_some_and(|((from, until), (begun, ended))| from < ended && begun < until)
}

/// How many seconds a round is away from the nearest one that was due.
fn apart(round: &Row, due: &[Due]) -> i64 {
    let Some(minute) = board::minute_of(round) else { return 0 };
    let away = |one: &Due| -> Minute { (one.from - minute).max(minute - one.until).max(0) };
    due.iter().map(away).min().unwrap_or(0) * 60
}
