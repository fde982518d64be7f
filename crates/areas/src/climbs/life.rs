//! What people do with a case on its ladder: pause it with a reason, let it go on, number the paper of its step.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Row};

use super::record::{CLIMB, STATES, moment, said};

pub struct ClimbLife;

const REASON: Field = Field::long("pause_reason", 300).required();
const NUMBER: Field = Field::text("number", 60).required();

static MOVES: &[MoveSpec] =
    &[MoveSpec::new("pause", &[REASON]).grave(), MoveSpec::new("resume", &[]), MoveSpec::new("issue", &[NUMBER])];

impl Life for ClimbLife {
    fn noun(&self) -> &'static Noun {
        &CLIMB
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        match (state, mv) {
            ("climbing", "pause") => Some("paused"),
            ("paused", "resume") | ("climbing", "issue") => Some("climbing"),
            _ => None,
        }
    }

    fn may(&self, actor: &Actor, row: &Row, mv: &str, _: &Facts) -> Result<(), Refusal> {
        match mv {
            // Whoever has to do it does not stop its clock.
            "pause" if actor.person().is_some() && actor.person() == row.get(&CLIMB, "keeper").id() => {
                Err(Refusal::new("climb.own"))
            }
            "issue" if row.get(&CLIMB, "paper").is_null() => Err(Refusal::new("climb.no_paper")),
            _ => Ok(()),
        }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let mut after = row.clone();
        match mv {
            "pause" => {
                let more = facts.conduct.ladders.worked(&facts.calendar, moment(row, "counted_from"), facts.now);
                after.set(&CLIMB, "worked", Cell::Int(moment(row, "worked") + more));
                after.set(&CLIMB, "paused_at", Cell::Int(facts.now));
                after.set(&CLIMB, "next_at", Cell::Null);
                after.set(&CLIMB, "pause_reason", input.get("pause_reason").clone());
                after.set(&CLIMB, "state", Cell::Text("paused".into()));
                Ok(Change::update(&CLIMB, "pause", row.clone(), after))
            }
            "resume" => {
                after.set(&CLIMB, "counted_from", Cell::Int(facts.now));
                after.set(&CLIMB, "paused_at", Cell::Null);
                after.set(&CLIMB, "state", Cell::Text("climbing".into()));
                Ok(Change::update(&CLIMB, "resume", row.clone(), after))
            }
            "issue" => {
                after.set(&CLIMB, "number", input.get("number").clone());
                after.set(&CLIMB, "issued_on", Cell::Date(facts.today));
                Ok(Change::update(&CLIMB, "issue", row.clone(), after))
            }
            _ => Err(Refusal::new("move.not_now").with("state", said(row, "state").to_owned())),
        }
    }
}
