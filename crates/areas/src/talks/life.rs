//! 误记: what was touched by mistake and never said. On its own day, by whoever spoke or answers for the school; the history keeps both, and it counts nowhere.

use kit::life::Input;
use kit::{Actor, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Role, Row, dates};

use super::record::{MISTAKES, STATES, TALK};
use crate::aside;

pub struct TalkLife;

static MOVES: &[MoveSpec] = &[MoveSpec::new("mistaken", &[Field::choice("reason", MISTAKES).required()]).grave()];

impl Life for TalkLife {
    fn noun(&self) -> &'static Noun {
        &TALK
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (matches!(state, "said" | "") && mv == "mistaken").then_some("mistaken")
    }

    fn may(&self, actor: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        let mine = actor.person().is_some() && row.get(&TALK, "speaker").id() == actor.person();
        let today = row.get(&TALK, "recorded_at").int().map(dates::shanghai_date) == Some(facts.today);
        if !mine && !matches!(actor.role, Role::Principal | Role::School) {
            return Err(Refusal::new("talk.not_yours"));
        }
        if today { Ok(()) } else { Err(Refusal::new("talk.day_over")) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        aside::step(self, row, mv, input)
    }
}
