//! 作废: a suspension or a special day that was entered by mistake, or does not come about after all: the ice did not come. The calendar goes on as if it had not
//! been decided, so every roll and patrol that was let off is asked for; the history keeps both. Pure.

use kit::life::Input;
use kit::{Actor, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Row};

use super::record::{SCHOOL_DAY, STATES, SUSPENSION};
use super::rules;
use crate::aside;

/// The life of what interrupts the calendar.
pub struct Interruption {
    noun: &'static Noun,
    /// The refusal of what another school decided.
    not_yours: &'static str,
}

pub static SUSPENSION_LIFE: Interruption = Interruption { noun: &SUSPENSION, not_yours: rules::SUSPENSION_NOT_YOURS };
pub static SCHOOL_DAY_LIFE: Interruption = Interruption { noun: &SCHOOL_DAY, not_yours: rules::SCHOOL_DAY_NOT_YOURS };

static MOVES: &[MoveSpec] = &[MoveSpec::new("withdraw", &[Field::long("withdrawn_for", 200).required()]).grave()];

/// Whether the calendar knows of it. What was written before there was a state has none, and stands.
pub fn stands(noun: &Noun, row: &Row) -> bool {
    row.get(noun, "state").text() != Some("withdrawn")
}

impl Life for Interruption {
    fn noun(&self) -> &'static Noun {
        self.noun
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (matches!(state, "in_force" | "") && mv == "withdraw").then_some("withdrawn")
    }

    /// Whoever may decide it may take it back, as long as none of its days is over for him.
    fn may(&self, actor: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        rules::own(self.noun, [Some(row), None], actor, self.not_yours)?;
        rules::not_past(self.noun, [Some(row), None], actor, facts)
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        aside::step(self, row, mv, input)
    }
}
