//! The short lives of a deed, which may turn out to be a mistake, and of a waiver, which may be withdrawn.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Role, Row};

use super::record::{DEED, DEED_STATES, WAIVER, WAIVER_STATES};
use crate::aside;

static DEED_MOVES: &[MoveSpec] = &[MoveSpec::new("mistaken", &[Field::long("reason", 300).required()]).grave()];
static WAIVER_MOVES: &[MoveSpec] = &[MoveSpec::new("withdraw", &[]).grave()];

pub struct DeedLife;

impl Life for DeedLife {
    fn noun(&self) -> &'static Noun {
        &DEED
    }

    fn states(&self) -> &'static [&'static str] {
        DEED_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        DEED_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "recorded" && mv == "mistaken").then_some("mistaken")
    }

    /// Whoever recorded it, and who answers for the school or unit.
    fn may(&self, actor: &Actor, row: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        let mine = actor.person().is_some() && row.get(&DEED, "by").id() == actor.person();
        let answers = matches!(actor.role, Role::Principal | Role::School) || actor.role.county_wide();
        if mine || answers { Ok(()) } else { Err(Refusal::new("deed.other")) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        aside::step(self, row, mv, input)
    }
}

pub struct WaiverLife;

impl Life for WaiverLife {
    fn noun(&self) -> &'static Noun {
        &WAIVER
    }

    fn states(&self) -> &'static [&'static str] {
        WAIVER_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        WAIVER_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "granted" && mv == "withdraw").then_some("withdrawn")
    }

    fn may(&self, _: &Actor, _: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&WAIVER, "state").text().unwrap_or_default();
        let Some(next) = self.next(state, mv) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let after = row.clone().with(&WAIVER, "withdrawn_on", Cell::Date(facts.today)).with(
            &WAIVER,
            "state",
            Cell::Text(next.into()),
        );
        Ok(Change::update(&WAIVER, "withdraw", row.clone(), after))
    }
}
