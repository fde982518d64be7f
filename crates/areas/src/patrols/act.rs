//! Being at a point, as an action: reads what is known, lets [`mark`] calculate, and writes round, point, hazard and flags in one transaction.

use engine::Cx;
use engine::area::Following;
use engine::save::{self, Refused, typed};
use kit::{Cell, Change, Facts, Query, Refusal, Row, Scope, Test, dates, tidy};
use store::StoreError;
use uuid::Uuid;

use super::mark::{self, Here, Under, kind_of};
use super::record::{CODE, POINT, ROUND, ROUTE, VISIT, in_use};
use super::{beside, flags, paper, trouble};
use crate::hazards::record::HAZARD;
use crate::organisation::record::SCHOOL;

/// Rounds of the same walker with which a new one is compared.
const EARLIER: u64 = 5;
/// Somebody else was writing the same round: tried so often.
const TRIES: usize = 3;
/// Stands among what was typed where a voice note says what it is: set by the door, never by a form.
pub const SPOKEN: &str = "spoken";
/// As much as a finding may say.
const WORDS: usize = 200;

/// A point with its route and the points beside it.
#[derive(Clone, Debug)]
pub struct Place {
    pub route: Row,
    pub point: Row,
    /// Those in use, in order.
    pub points: Vec<Row>,
}

/// What was marked: the round, and whether it is complete.
pub struct Done {
    pub round: Row,
    pub complete: bool,
}

/// May this reader walk here at all? The point must exist for him; whose code it is nobody else learns.
pub async fn place(cx: &Cx, point: Uuid) -> Result<Place, Refused> {
    let kind = cx.app.kind_of(POINT.name).ok_or(Refused::Missing)?;
    let point = save::find(cx, kind, point).await?;
    let route = point.get(&POINT, "route").id().ok_or(Refused::Missing)?;
    let (route, points) = route_of(cx, route).await?;
    if !cx.may(ROUTE.name, "walk") {
        return Err(Refused::Forbidden);
    }
    Ok(Place { route, point, points })
}

/// A route within the reader's scope, with its points.
pub async fn route_of(cx: &Cx, id: Uuid) -> Result<(Row, Vec<Row>), Refused> {
    let kind = cx.app.kind_of(ROUTE.name).ok_or(Refused::Missing)?;
    let route = save::find(cx, kind, id).await?;
    let points = cx.app.store.find_by(&POINT, "route", &[Cell::Id(id)], cx.scope()).await?;
    Ok((route, ordered(points, cx.today())))
}

fn ordered(mut points: Vec<Row>, day: chrono::NaiveDate) -> Vec<Row> {
    points.retain(|point| in_use(&POINT, point, day));
    points.sort_by_key(|point| (point.get(&POINT, "number").int(), point.id));
    points
}

/// The point behind a printed code: `Ok(None)` where the code is nobody's, an expired code by its own name.
pub async fn behind(cx: &Cx, typed: &str) -> Result<Result<Uuid, &'static str>, StoreError> {
    let code = Cell::Text(crate::tips::code::read(typed));
    let found = cx.app.store.find_by(&CODE, "code", &[code], &Scope::county()).await?;
    let Some(row) = found.into_iter().next() else { return Ok(Err("patrol.code_unknown")) };
    let point = row.get(&CODE, "point").id().filter(|_| row.get(&CODE, "ended_on").is_null());
    Ok(point.ok_or("patrol.code_expired"))
}

/// Marks the point. `entry` says whether its code was scanned.
pub async fn visit(
    cx: &Cx,
    place: &Place,
    entry: &'static str,
    at: i64,
    form: &[(String, String)],
    device: Option<&str>,
) -> Result<Done, Refused> {
    let walker = cx.actor.person().ok_or_else(|| Refusal::new("patrol.no_person"))?;
    let day = dates::shanghai_date(at);
    if !in_use(&ROUTE, &place.route, day) || !in_use(&POINT, &place.point, day) {
        return Err(Refusal::new("patrol.not_in_use").into());
    }
    // As for a roll: what a telephone kept longer than that is typed in as late, by whoever answers for it.
    let days = cx.app.norms().value("rollcall.late_days", cx.today())?;
    if cx.today().signed_duration_since(day).num_days() > days {
        return Err(Refusal::new("patrol.too_late").with("days", days).into());
    }
    let device = device.map(|device| cx.app.store.blind("patrol.device", device)).transpose()?;
    for tried in 0..TRIES {
        if let Some(done) = before(cx).await? {
            return Ok(done);
        }
        match once(cx, place, (walker, entry, at), form, device.as_deref()).await {
            Err(refused) if tried + 1 < TRIES && outrun(&refused) => {}
            answer => return answer,
        }
    }
    Err(Refused::Stale)
}

/// Another touch was faster: it wrote the round that goes on, or began the one that this one would have begun.
fn outrun(refused: &Refused) -> bool {
    match refused {
        Refused::Stale => true,
        Refused::Faults(faults) => faults.iter().any(|fault| fault.code == "record.taken"),
        _ => false,
    }
}

/// The round as it is, when this very request was carried out before.
async fn before(cx: &Cx) -> Result<Option<Done>, Refused> {
    if !cx.app.store.carried_out(cx.request).await? {
        return Ok(None);
    }
    let visit = cx.app.store.find(&VISIT, Uuid::new_v5(&cx.request, b"visit"), cx.scope()).await?;
    let round = visit.and_then(|visit| visit.get(&VISIT, "round").id()).ok_or(Refused::Missing)?;
    let round = cx.app.store.find(&ROUND, round, cx.scope()).await?.ok_or(Refused::Missing)?;
    let complete = !mark::goes_on(&round);
    Ok(Some(Done { round, complete }))
}

async fn once(
    cx: &Cx,
    place: &Place,
    (walker, entry, at): (Uuid, &'static str, i64),
    form: &[(String, String)],
    device: Option<&str>,
) -> Result<Done, Refused> {
    let school = place.route.get(&ROUTE, "school").id().ok_or(Refused::Missing)?;
    let facts = cx.facts(&[(&ROUTE, &place.route)], &[(SCHOOL.name, school)]).await?;
    let hazard = hazard(cx, place, at, form, &facts)?;
    let under = under(cx, &place.route, walker, at).await?;
    let here = Here {
        route: &place.route,
        points: &place.points,
        point: &place.point,
        walker,
        at,
        now: cx.now,
        entry,
        device: device.map(str::to_owned),
        hazard: hazard.as_ref().map(|change| change.after.id),
    };
    let marked = mark::mark(&here, under.as_ref(), cx.request, &facts)?;
    if marked.changes.is_empty() {
        return Ok(Done { round: marked.round, complete: marked.complete });
    }
    let mut changes = marked.changes;
    if marked.complete {
        let visits: Vec<Row> = under
            .filter(|under| under.round.id == marked.round.id)
            .map(|under| under.visits)
            .into_iter()
            .flatten()
            .chain(changes.iter().filter(|change| change.noun.name == VISIT.name).map(|change| change.after.clone()))
            .collect();
        changes.extend(looked_at(cx, &marked.round, &visits, &place.points, &facts).await?);
        changes.extend(beside::anew(cx, &marked.round, &marked.round, &facts).await?);
    }
    if typed(form, "take") == Some("1") && kind_of(&ROUTE, &place.route).post() {
        let others = on_post(cx, &place.route, at).await?;
        let others = others.iter().filter(|round| round.get(&ROUND, "walker").id() != Some(walker));
        changes.extend(others.map(|round| mark::hand_over(round, walker, at)));
    }
    changes.extend(hazard);
    let kind = cx.app.kind_of(VISIT.name).ok_or(Refused::Missing)?;
    save::commit(cx, kind, changes, &facts).await?;
    Ok(Done { round: marked.round, complete: marked.complete })
}

/// The latest round of this walker on this route on the day of an instant, with its points.
pub async fn under(cx: &Cx, route: &Row, walker: Uuid, at: i64) -> Result<Option<Under>, StoreError> {
    let (day, _) = mark::day_of(kind_of(&ROUTE, route), at);
    let query = Query { sort: Some("day"), descending: true, limit: 50, ..Query::new() }
        .is("route", Cell::Id(route.id))
        .is("walker", Cell::Id(walker))
        .is("day", Cell::Date(day))
        .not_among("entry", &["paper"]);
    let rounds = cx.app.store.list(&ROUND, &query, &Scope::county()).await?.rows;
    let latest = rounds.into_iter().max_by_key(|round| (mark::goes_on(round), round.get(&ROUND, "started_at").int()));
    let Some(round) = latest else { return Ok(None) };
    let visits = visits_of(cx, &[round.id]).await?;
    Ok(Some(Under { round, visits }))
}

/// The round that this walker is on; one that he left open earlier in the day is over.
pub async fn under_way(cx: &Cx, route: &Row) -> Result<Option<Under>, Refused> {
    let Some(walker) = cx.actor.person() else { return Ok(None) };
    let Some(under) = under(cx, route, walker, cx.now).await?.filter(|under| mark::goes_on(&under.round)) else {
        return Ok(None);
    };
    let school = route.get(&ROUTE, "school").id().ok_or(Refused::Missing)?;
    let facts = cx.facts(&[(&ROUTE, route)], &[(SCHOOL.name, school)]).await?;
    Ok(if mark::left_open(route, &under, cx.now, &facts)?.is_none() { Some(under) } else { None })
}

pub async fn visits_of(cx: &Cx, rounds: &[Uuid]) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<_> = rounds.iter().copied().map(Cell::Id).collect();
    cx.app.store.find_by(&VISIT, "round", &ids, &Scope::county()).await
}

/// What a person is to look at in a complete round. Read for the county: another telephone at the same code may be anybody's.
async fn looked_at(
    cx: &Cx,
    round: &Row,
    visits: &[Row],
    points: &[Row],
    facts: &Facts,
) -> Result<Vec<Change>, Refused> {
    let limits = mark::limits(facts, facts.today)?;
    let query = Query { sort: Some("day"), descending: true, limit: EARLIER, ..Query::new() }
        .is("route", round.get(&ROUND, "route").clone())
        .is("walker", round.get(&ROUND, "walker").clone())
        .not_among("entry", &["paper"]);
    let earlier = cx.app.store.list(&ROUND, &query, &Scope::county()).await?.rows;
    let ids: Vec<_> = earlier.iter().map(|row| row.id).filter(|id| *id != round.id).collect();
    let before = visits_of(cx, &ids).await?;
    let of = |id: &Uuid| {
        let own = before.iter().filter(|visit| visit.get(&VISIT, "round").id() == Some(*id)).cloned();
        mark::steps(&own.collect::<Vec<_>>(), points)
    };
    let earlier: Vec<_> = ids.iter().map(of).collect();
    let span = limits.phones * 1000;
    let times = visits.iter().filter_map(|visit| visit.get(&VISIT, "at").int());
    let (first, last) = times.fold((i64::MAX, i64::MIN), |(low, high), at| (low.min(at), high.max(at)));
    let near = Test::Between(Some(Cell::Int(first - span)), Some(Cell::Int(last + span)));
    let here: Vec<_> = points.iter().map(|point| Cell::Id(point.id)).collect();
    let query = Query::new().filter("at", near).filter("point", Test::OneOf(here)).limit(500);
    let others = cx.app.store.list(&VISIT, &query, &Scope::county()).await?.rows;
    let signs = flags::signs(&mark::steps(visits, points), &earlier, &mark::steps(&others, points), &limits);
    Ok(signs.iter().map(|sign| mark::flag(round, sign)).collect())
}

/// The hazard that a finding becomes.
fn hazard(
    cx: &Cx,
    place: &Place,
    at: i64,
    form: &[(String, String)],
    facts: &Facts,
) -> Result<Option<Change>, Refused> {
    match typed(form, "result").unwrap_or_default() {
        "ok" => return Ok(None),
        "finding" => {}
        _ => return Err(Refusal::at("value.choice", "result").with("value", "").into()),
    }
    let text = |name| typed(form, name).unwrap_or_default();
    let said = (text("trouble"), text("words"), text(SPOKEN) == "1");
    let id = Uuid::new_v5(&cx.request, b"hazard");
    entered(cx, (&place.route, &place.point), (id, at), said, facts).map(Some)
}

/// What was found at a point, in the ledger through the hazards' own door: their derivation, their required fields, their rules.
pub fn entered(
    cx: &Cx,
    (route, point): (&Row, &Row),
    (id, at): (Uuid, i64),
    (code, words, spoken): (&str, &str, bool),
    facts: &Facts,
) -> Result<Change, Refused> {
    if !cx.may(HAZARD.name, "create") {
        return Err(Refused::Forbidden);
    }
    let category = trouble::category(code).ok_or_else(|| Refusal::at("patrol.which_trouble", "trouble"))?;
    let words = tidy::tidy_text(words);
    let length = words.chars().count();
    if length > WORDS {
        return Err(Refusal::at("value.long", "words").with("max", WORDS).with("length", length).into());
    }
    // The ledger is kept in the county's language.
    let word = |key: &str| cx.app.words.get(kit::Lang::Zh, key).to_owned();
    let chosen = word(&format!("patrol.trouble.{code}"));
    let description = match (code, words.is_empty()) {
        ("other", true) if spoken => word("patrol.trouble.spoken"),
        ("other", true) => return Err(Refusal::at("patrol.say_what", "words").into()),
        ("other", false) => words,
        (_, true) => chosen,
        (_, false) => format!("{chosen}：{words}"),
    };
    let names = [(&ROUTE, route), (&POINT, point)].map(|(noun, row)| row.get(noun, "name").text());
    let found = names.into_iter().flatten().collect::<Vec<_>>().join("·");
    let kind = cx.app.kind_of(HAZARD.name).ok_or(Refused::Missing)?;
    let row = Row::blank(&HAZARD, id)
        .with(&HAZARD, "place_kind", Cell::Text("school".into()))
        .with(&HAZARD, "school", route.get(&ROUTE, "school").clone())
        .with(&HAZARD, "place", Cell::Text(found.chars().take(80).collect()))
        .with(&HAZARD, "description", Cell::Text(description))
        .with(&HAZARD, "category", Cell::Text(category.code().into()))
        .with(&HAZARD, "source", Cell::Text("self_check".into()))
        .with(&HAZARD, "found_on", Cell::Date(dates::shanghai_date(at)));
    let row = save::judge(cx, kind, None, row, facts).map_err(Refused::Faults)?;
    Ok(Change::create(&HAZARD, "create", row))
}

/// The round that goes on is ended by its own move, at the moment when its walker ended it; sent again, there is nothing left to end.
pub async fn finish(cx: &Cx, route: &Row, at: i64) -> Result<(), Refused> {
    let walker = cx.actor.person().ok_or_else(|| Refusal::new("patrol.no_person"))?;
    let Some(under) = under(cx, route, walker, at).await?.filter(|under| mark::goes_on(&under.round)) else {
        return Ok(());
    };
    let kind = cx.app.kind_of(ROUND.name).ok_or(Refused::Missing)?;
    let life = kind.life.filter(|_| cx.may(ROUND.name, "finish")).ok_or(Refused::Forbidden)?;
    let facts = Facts { now: at, ..cx.facts(&[(&ROUND, &under.round)], &[]).await? };
    life.may(&cx.actor, &under.round, "finish", &facts)?;
    let change = life.step(&cx.actor, &under.round, "finish", &kit::life::Input::default(), &facts)?;
    save::commit(cx, kind, vec![change], &facts).await?;
    Ok(())
}

/// What is typed in from paper is typed in once. A round that is ended by hand, by the page or by a program, is looked at like one that ended at its last
/// point; a post that was kept has no way from point to point.
pub fn of_round<'a>(cx: &'a Cx, change: &'a Change, facts: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let round = &change.after;
        if round.get(&ROUND, "entry").text() == Some("paper") {
            if typed_already(cx, round).await? {
                return Err(Refusal::at("patrol.typed_already", "began").into());
            }
            return paper::follows(cx, change, facts).await;
        }
        if change.verb != "finish" {
            return Ok(Vec::new());
        }
        let sheets = beside::anew(cx, round, round, facts).await?;
        if kind_of(&ROUND, round).post() {
            return Ok(sheets);
        }
        let visits = visits_of(cx, &[round.id]).await?;
        let route = [round.get(&ROUND, "route").clone()];
        let points = cx.app.store.find_by(&POINT, "route", &route, &Scope::county()).await?;
        let flags = looked_at(cx, round, &visits, &ordered(points, cx.today()), facts).await?;
        Ok(sheets.into_iter().chain(flags).collect())
    })
}

/// Whether the same line of paper is a round already: typed in by two people it would answer for two that were due.
async fn typed_already(cx: &Cx, round: &Row) -> Result<bool, StoreError> {
    let same = ["route", "walker", "day", "began"].map(|field| (field, round.get(&ROUND, field).clone()));
    let query = same.into_iter().fold(Query::new(), |query, (field, cell)| query.is(field, cell));
    let known = cx.app.store.all(&ROUND, &query.among("entry", &["paper"]), &Scope::county()).await?;
    Ok(known.iter().any(|other| other.id != round.id))
}

/// The hazard that this request's finding became.
pub async fn found(cx: &Cx) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(HAZARD.name).ok_or(Refused::Missing)?;
    save::find(cx, kind, Uuid::new_v5(&cx.request, b"hazard")).await
}

/// Who stands at a gate now.
pub async fn on_post(cx: &Cx, route: &Row, at: i64) -> Result<Vec<Row>, StoreError> {
    let (day, _) = mark::day_of(kind_of(&ROUTE, route), at);
    let query = Query::new().is("route", Cell::Id(route.id)).is("day", Cell::Date(day)).among("state", &["walking"]);
    Ok(cx.app.store.list(&ROUND, &query, &Scope::county()).await?.rows)
}
