//! Three short lives: a printed code is in use until it is renewed, a round goes on until it ends, a flag waits until somebody looked.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Row};

use super::mark;
use super::record::{CODE, CONCLUSIONS, FLAG, FLAG_STATES, ROUND, ROUND_STATES};
use crate::printed::PrintedLife;

fn state<'a>(noun: &Noun, row: &'a Row) -> &'a str {
    row.get(noun, "state").text().unwrap_or_default()
}

fn not_now(state: &str) -> Refusal {
    Refusal::new("move.not_now").with("state", state)
}

/// 更换二维码
pub static CODE_LIFE: PrintedLife = PrintedLife::of(&CODE, CODE_MOVES);

static CODE_MOVES: &[MoveSpec] = &[MoveSpec::new("renew", &[]).bulk().grave()];

/// 结束巡查、离岗
pub struct RoundLife;

static ROUND_MOVES: &[MoveSpec] = &[MoveSpec::new("finish", &[])];

impl Life for RoundLife {
    fn noun(&self) -> &'static Noun {
        &ROUND
    }

    fn states(&self) -> &'static [&'static str] {
        ROUND_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        ROUND_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "walking" && mv == "finish").then_some("done")
    }

    /// Whoever walks it ends it.
    fn may(&self, actor: &Actor, row: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        let mine = actor.person().is_some() && row.get(&ROUND, "walker").id() == actor.person();
        if mine { Ok(()) } else { Err(Refusal::new("patrol.not_yours")) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        self.next(state(&ROUND, row), mv).ok_or_else(|| not_now(state(&ROUND, row)))?;
        ended(row, facts.now, facts)
    }
}

/// A post that was kept, or a round with nearly all of its points, is done; any other was cut short.
pub fn ended(row: &Row, at: i64, facts: &Facts) -> Result<Change, Refusal> {
    let mut after = row.clone();
    mark::end(&mut after, at, came_to(row, facts)?);
    Ok(Change::update(&ROUND, "finish", row.clone(), after))
}

/// What a round came to, by the points that were seen on it.
pub fn came_to(row: &Row, facts: &Facts) -> Result<&'static str, Refusal> {
    let count = |field| row.get(&ROUND, field).int().unwrap_or(0);
    let whole = count("points") * facts.norms.value("patrol.complete", facts.today)?;
    let post = mark::kind_of(&ROUND, row).post();
    Ok(if post || count("visited") * 100 >= whole { "done" } else { "cut_short" })
}

/// 核实
pub struct FlagLife;

static FLAG_MOVES: &[MoveSpec] =
    &[MoveSpec::new("look_at", &[Field::choice("conclusion", CONCLUSIONS).required(), Field::long("note", 300)])];

impl Life for FlagLife {
    fn noun(&self) -> &'static Noun {
        &FLAG
    }

    fn states(&self) -> &'static [&'static str] {
        FLAG_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        FLAG_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "waiting" && mv == "look_at").then_some("looked_at")
    }

    /// Nobody concludes about his own round.
    fn may(&self, actor: &Actor, row: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        let own = actor.person().is_some() && row.get(&FLAG, "walker").id() == actor.person();
        if own { Err(Refusal::new("patrol.own_round")) } else { Ok(()) }
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let next = self.next(state(&FLAG, row), mv).ok_or_else(|| not_now(state(&FLAG, row)))?;
        let after = row
            .clone()
            .with(&FLAG, "conclusion", input.get("conclusion").clone())
            .with(&FLAG, "note", input.get("note").clone())
            .with(&FLAG, "looked_by", actor.person().map_or(Cell::Null, Cell::Id))
            .with(&FLAG, "looked_on", Cell::Date(facts.today))
            .with(&FLAG, "state", Cell::Text(next.into()));
        Ok(Change::update(&FLAG, "look_at", row.clone(), after))
    }
}
