//! The life of a tip, and the short one of a code on a wall.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Life, MoveSpec, Noun, Refusal, Row};

use super::moves::{MOVES, name_of};
use super::record::{STATES, TIP, TIP_CODE, said};
use super::{step, who};
use crate::printed::PrintedLife;

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
        // Kept from the school once, there is nothing more to keep from it.
        if mv == "keep_from_school" && row.get(&TIP, "seen_by").is_null() {
            return Err(Refusal::new("move.not_now").with("state", said(row, "state")));
        }
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

/// 二维码
pub static CODE_LIFE: PrintedLife = PrintedLife::of(&TIP_CODE, CODE_MOVES);

static CODE_MOVES: &[MoveSpec] = &[MoveSpec::new("renew", &[]).grave()];
