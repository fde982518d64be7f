//! 更正: a point that was marked well though something was wrong there. Whoever marked it says so on the same day and why; it becomes a finding with its hazard,
//! in the round that it belongs to, and the history keeps what was said first.

use engine::Cx;
use engine::area::Following;
use engine::save::Refused;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Row, Scope, dates};
use uuid::Uuid;

use super::record::{POINT, RESULTS, ROUND, ROUTE, VISIT};
use super::{act, mark, trouble};
use crate::organisation::record::SCHOOL;

pub struct VisitLife;

static MOVES: &[MoveSpec] = &[MoveSpec::new(
    "correct",
    &[Field::choice("trouble", trouble::CODES).required(), Field::text("reason", 200).required()],
)];

impl Life for VisitLife {
    fn noun(&self) -> &'static Noun {
        &VISIT
    }

    fn states(&self) -> &'static [&'static str] {
        RESULTS
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    /// What was seen is its result; it has no state beside that, and whether it was well is asked of the result.
    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (matches!(state, "ok" | "") && mv == "correct").then_some("finding")
    }

    fn may(&self, actor: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        let mine = actor.person().is_some() && row.get(&VISIT, "walker").id() == actor.person();
        let today = row.get(&VISIT, "at").int().map(dates::shanghai_date) == Some(facts.today);
        let well = row.get(&VISIT, "result").text() == Some("ok");
        let wrong = [(!mine, "patrol.not_your_point"), (!well, "patrol.found_already"), (!today, "patrol.day_over")];
        wrong.into_iter().find(|(wrong, _)| *wrong).map_or(Ok(()), |(_, code)| Err(Refusal::new(code)))
    }

    fn step(&self, _: &Actor, row: &Row, _: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        let after = row
            .clone()
            .with(&VISIT, "result", Cell::Text("finding".into()))
            .with(&VISIT, "trouble", input.get("trouble").clone())
            .with(&VISIT, "reason", input.get("reason").clone())
            .with(&VISIT, "hazard", Cell::Id(Uuid::new_v5(&row.id, b"hazard")));
        Ok(Change::update(&VISIT, "correct", row.clone(), after))
    }
}

/// The hazard that it becomes, and its round, which counts it.
pub fn of_visit<'a>(cx: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        if change.verb != "correct" {
            return Ok(Vec::new());
        }
        let visit = &change.after;
        let round = named(cx, &ROUND, visit.get(&VISIT, "round")).await?;
        let point = named(cx, &POINT, visit.get(&VISIT, "point")).await?;
        let route = named(cx, &ROUTE, point.get(&POINT, "route")).await?;
        let school = visit.get(&VISIT, "school").id().ok_or(Refused::Missing)?;
        let facts = cx.facts(&[(&ROUTE, &route)], &[(SCHOOL.name, school)]).await?;
        let hazard = visit.get(&VISIT, "hazard").id().ok_or(Refused::Missing)?;
        let at = visit.get(&VISIT, "at").int().unwrap_or(cx.now);
        let text = |field| visit.get(&VISIT, field).text().unwrap_or_default();
        let said = (text("trouble"), text("reason"), false);
        let hazard = act::entered(cx, (&route, &point), (hazard, at), said, &facts)?;
        let mut counted = round.clone();
        mark::count(&mut counted, "findings");
        Ok(vec![hazard, Change::update(&ROUND, "walk", round, counted)])
    })
}

async fn named(cx: &Cx, noun: &'static Noun, id: &Cell) -> Result<Row, Refused> {
    let id = id.id().ok_or(Refused::Missing)?;
    cx.app.store.find(noun, id, &Scope::county()).await?.ok_or(Refused::Missing)
}
