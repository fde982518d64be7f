//! The state of routes on a day: what is due, what was walked, what is missing. Three statements for any number of routes.

use std::collections::HashMap;

use chrono::NaiveDate;
use engine::Cx;
use engine::save::Refused;
use engine::view::Tone;
use kit::{Cell, Facts, Query, Row, Scope};
use uuid::Uuid;

use super::day::School;
use super::due::{self, Due, Minute, Outcome, Sum, Walked, Watch, clock};
use super::kinds::{RouteKind, When};
use super::mark::{self, kind_of};
use super::record::{ROUND, ROUTE, in_use};
use crate::duties::reading;
use crate::organisation::record::SCHOOL;

/// One route on one day.
#[derive(Clone, Debug)]
pub struct Turn {
    pub route: Row,
    pub kind: RouteKind,
    pub due: Vec<Due>,
    pub outcomes: Vec<Outcome>,
    /// The reader himself is on his way, or on his post.
    pub under_way: bool,
    /// Rounds that were walked and answer for none that was due: on a free day, or once more.
    pub more: usize,
    /// Until when the round that is due now is in time, where its own time is over.
    pub over: Option<Minute>,
}

impl Turn {
    /// The round that the reader is on, or the next that is due now or later; the last one when the day's are over.
    pub fn next(&self) -> Option<Due> {
        let own = |outcome: &Outcome| self.under_way && *outcome == Outcome::UnderWay;
        let open = self.outcomes.iter().position(|outcome| own(outcome) || outcome.open());
        open.map_or(self.due.last(), |at| self.due.get(at)).copied()
    }

    /// When that one is due, in words.
    pub fn when(&self, cx: &Cx) -> String {
        let Some(due) = self.next() else { return String::new() };
        let when = format!("{}–{}", clock(due.from), clock(due.until));
        match self.over {
            Some(until) => cx.app.words.fill(cx.lang, "patrol.over", &[("when", when), ("until", clock(until))]),
            None => when,
        }
    }

    /// How it stands for its walker, in a word and a colour.
    pub fn mark(&self) -> (&'static str, Tone) {
        match self.outcome() {
            _ if self.under_way && self.kind.post() => ("patrol.on_post", Tone::Info),
            _ if self.under_way => ("patrol.under_way", Tone::Info),
            Some(Outcome::Now) => ("patrol.now", Tone::Warn),
            Some(Outcome::Later) => ("patrol.later", Tone::Plain),
            _ if self.missed() => ("patrol.missed", Tone::Bad),
            _ if self.outcomes.contains(&Outcome::UnderWay) => ("patrol.under_way", Tone::Info),
            _ => ("patrol.all_walked", Tone::Good),
        }
    }

    /// How it stands with what nobody has begun yet.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcomes.iter().copied().find(|outcome| outcome.open())
    }

    pub fn missed(&self) -> bool {
        self.outcomes.contains(&Outcome::Missed)
    }

    pub fn walked(&self) -> usize {
        self.outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Walked | Outcome::Late)).count()
    }

    pub fn sum(&self) -> Sum {
        let more = Sum { more: i64::try_from(self.more).unwrap_or(i64::MAX), ..Sum::default() };
        self.outcomes.iter().fold(more, |sum, outcome| sum.with(*outcome))
    }
}

/// The day's rounds of the reader's own school: his own, and those that others walk; what is to be done now first.
pub async fn offered(cx: &Cx) -> Result<(Vec<Turn>, Vec<Turn>), Refused> {
    let Some(home) = cx.scope().home.or(cx.actor.unit) else { return Ok((Vec::new(), Vec::new())) };
    let mut routes = cx.app.store.all(&ROUTE, &Query::new().is("school", Cell::Id(home)), cx.scope()).await?;
    routes.retain(|route| in_use(&ROUTE, route, cx.today()));
    let (_, mut turns) = turns(cx, &routes, cx.today()).await?;
    for night in nights(cx, &routes).await? {
        turns.retain(|turn| turn.route.id != night.route.id);
        turns.push(night);
    }
    let mine = |turn: &Turn| turn.kind.walkers().contains(&cx.actor.role);
    let due = turns.into_iter().filter(|turn| !turn.due.is_empty());
    let (mut own, mut others): (Vec<_>, Vec<_>) = due.partition(mine);
    for list in [&mut own, &mut others] {
        list.sort_by_key(|turn| (urgency(turn), turn.next().map(|due| due.from)));
    }
    Ok((own, others))
}

/// After midnight a dormitory's night is still that of the evening before, as long as something of it is to be walked.
async fn nights(cx: &Cx, routes: &[Row]) -> Result<Vec<Turn>, Refused> {
    let (eve, _) = mark::day_of(RouteKind::Dormitory, cx.now);
    if eve == cx.today() {
        return Ok(Vec::new());
    }
    let routes: Vec<_> =
        routes.iter().filter(|route| kind_of(&ROUTE, route) == RouteKind::Dormitory).cloned().collect();
    let (_, mut nights) = turns(cx, &routes, eve).await?;
    nights.retain(|night| night.under_way || night.outcome() == Some(Outcome::Now));
    Ok(nights)
}

pub(super) fn urgency(turn: &Turn) -> u8 {
    match turn.outcome() {
        _ if turn.under_way => 0,
        Some(Outcome::Now) => 1,
        Some(Outcome::Later) => 2,
        _ => 3,
    }
}

/// What is due of these routes on a day and what became of it; the facts hold their schools.
pub async fn turns(cx: &Cx, routes: &[Row], day: NaiveDate) -> Result<(Facts, Vec<Turn>), Refused> {
    let mut schools: Vec<_> = routes.iter().filter_map(|route| route.get(&ROUTE, "school").id()).collect();
    schools.sort_unstable();
    schools.dedup();
    let known = cx.app.store.find_many(&SCHOOL, &schools, &Scope::county()).await?;
    let facts = cx.facts_with(known);
    let rounds = rounds_of(cx, &schools, day).await?;
    let waived = reading::waived(cx, day, day).await?;
    let norm = |key| facts.norms.value(key, day);
    let watch = Watch { now: now_on(day, cx.now), grace: norm("patrol.grace")?, longest: norm("patrol.longest")? };
    let mut turns = Vec::with_capacity(routes.len());
    for route in routes {
        let kind = kind_of(&ROUTE, route);
        let school = route.get(&ROUTE, "school").id();
        let asked = !waived.iter().any(|one| Some(one.subject) == school && one.duty == kind.duty());
        let school = school.filter(|_| asked).and_then(|id| facts.known.get(&id)).map(School::of);
        let due = school.map_or(Ok(Vec::new()), |school| school.due(kind, day, &facts))?;
        let own = rounds.get(&route.id).map_or(&[][..], Vec::as_slice);
        let begun = own.iter().filter(|round| !taken_over(round, own));
        let walked: Vec<_> = begun.filter_map(|round| walked(kind, day, round)).collect();
        let me = cx.actor.person();
        let under_way =
            own.iter().any(|round| mark::goes_on(round) && me.is_some() && round.get(&ROUND, "walker").id() == me);
        let outcomes = became(kind, &due, &walked, &watch);
        let over = due::over(&due, &outcomes, &watch);
        let more = due::more(&walked, &outcomes);
        turns.push(Turn { route: route.clone(), kind, due, outcomes, under_way, more, over });
    }
    Ok((facts, turns))
}

fn became(kind: RouteKind, due: &[Due], walked: &[Walked], watch: &Watch) -> Vec<Outcome> {
    if kind.when() == When::Night {
        due::outcomes_of_night(due, walked, watch)
    } else {
        due::outcomes(due, walked, watch)
    }
}

/// 计划外: whether a round answers for none that was due, beside the other rounds of its route and day. On a free day nothing is due that it could answer for, and
/// nothing that it would be beside.
pub fn off_plan(round: &Row, of_route: &[&Row], due: &[Due], watch: &Watch) -> bool {
    let Some(day) = round.get(&ROUND, "day").date().filter(|_| !due.is_empty()) else { return false };
    let kind = kind_of(&ROUND, round);
    let mut others: Vec<&Row> = of_route.iter().copied().filter(|other| other.id != round.id).collect();
    let more = |rounds: &[&Row]| {
        let walked: Vec<_> = rounds.iter().filter_map(|round| walked(kind, day, round)).collect();
        due::more(&walked, &became(kind, due, &walked, watch))
    };
    let before = more(&others);
    others.push(round);
    more(&others) > before
}

/// The rounds of a day by route. Whether somebody has walked is no secret within a school; who did is asked with scope.
async fn rounds_of(cx: &Cx, schools: &[Uuid], day: NaiveDate) -> Result<HashMap<Uuid, Vec<Row>>, Refused> {
    let query = Query::new().is("day", Cell::Date(day));
    let query = match schools {
        [one] => query.is("school", Cell::Id(*one)),
        _ => query,
    };
    let mut by: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for round in cx.app.store.all(&ROUND, &query, &Scope::county()).await? {
        if let Some(route) = round.get(&ROUND, "route").id() {
            by.entry(route).or_default().push(round);
        }
    }
    Ok(by)
}

/// 接岗: whether a post is another's that goes on under the next name. The two are one post, and answer for one.
fn taken_over(round: &Row, others: &[Row]) -> bool {
    let handed = |other: &&Row| other.get(&ROUND, "state").text() == Some("handed_over") && other.id != round.id;
    let to_him = |other: &Row| {
        let began = round.get(&ROUND, "started_at").int();
        other.get(&ROUND, "handed_to") == round.get(&ROUND, "walker") && other.get(&ROUND, "ended_at").int() == began
    };
    others.iter().filter(handed).any(to_him)
}

/// A round that answers for one that was due: walked to its end, on its way, or a post that somebody stands on.
fn walked(kind: RouteKind, day: NaiveDate, round: &Row) -> Option<Walked> {
    let goes_on = mark::goes_on(round) && !kind.post();
    let minute = minute_on(day, round)?;
    let paper = round.get(&ROUND, "entry").text() == Some("paper");
    let cut_short = round.get(&ROUND, "state").text() == Some("cut_short");
    (!cut_short).then_some(Walked { at: minute, paper, goes_on })
}

fn minute_on(day: NaiveDate, round: &Row) -> Option<Minute> {
    let at = round.get(&ROUND, "started_at").int()?;
    Some((at - kit::dates::shanghai_start(day)) / 60_000)
}

/// The minute at which a round began, of its own day.
pub fn minute_of(round: &Row) -> Option<Minute> {
    minute_on(round.get(&ROUND, "day").date()?, round)
}

/// The minute of a day at an instant: `None` when everything of that day is over, the night after it included.
pub fn now_on(day: NaiveDate, now: i64) -> Option<Minute> {
    let minute = (now - kit::dates::shanghai_start(day)) / 60_000;
    (minute < 36 * 60).then_some(minute)
}
