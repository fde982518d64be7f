//! The life of a tip, and the short one of a code on a wall.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Life, MoveSpec, Noun, Refusal, Row};

use super::moves::{MOVES, name_of};
use super::record::{CODE_STATES, STATES, TIP, TIP_CODE, said};
use super::{step, who};

/// 随手拍: 受理、办理、答复、回访
pub struct TipLife;

impl Life for TipLife {
    fn noun(&self) -> &'static Noun {
        &TIP
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        Some(match (state, mv) {
            ("received", "to_hazard" | "join") | ("triaged", "answer") => "triaged",
            ("received" | "answered", "answer") => "answered",
            ("received", "merge") => "merged",
            ("received", "set_aside") => "set_aside",
            ("received", "keep_from_school") => "received",
            ("triaged" | "not_fixed", "say_fixed") => "confirmed",
            ("triaged" | "not_fixed" | "confirmed", "say_not_fixed") | ("not_fixed", "answer") => "not_fixed",
            _ => return None,
        })
    }

    fn may(&self, actor: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
        who::may(actor, row, mv, facts)
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = said(row, "state");
        let (Some(verb), Some(next)) = (name_of(mv), self.next(state, mv)) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let after = step::after(actor, row, verb, input, facts)?.with(&TIP, "state", Cell::Text(next.into()));
        let change = Change::update(&TIP, verb, row.clone(), after);
        Ok(if ends(next) { step::without_contact(change) } else { change })
    }
}

/// Where nothing more is to be said to the reporter, nothing is kept of how to reach him.
fn ends(state: &str) -> bool {
    matches!(state, "answered" | "set_aside" | "confirmed")
}

/// 二维码: in use until it is renewed.
pub struct CodeLife;

static CODE_MOVES: &[MoveSpec] = &[MoveSpec::new("renew", &[]).grave()];

impl Life for CodeLife {
    fn noun(&self) -> &'static Noun {
        &TIP_CODE
    }

    fn states(&self) -> &'static [&'static str] {
        CODE_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        CODE_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "in_use" && mv == "renew").then_some("expired")
    }

    fn may(&self, _: &Actor, _: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&TIP_CODE, "state").text().unwrap_or_default();
        let Some(next) = self.next(state, mv) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let after = row.clone().with(&TIP_CODE, "ended_on", Cell::Date(facts.today)).with(
            &TIP_CODE,
            "state",
            Cell::Text(next.into()),
        );
        Ok(Change::update(&TIP_CODE, "renew", row.clone(), after))
    }
}
