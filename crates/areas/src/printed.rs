//! 印出来的二维码: what hangs on a wall or at a point is in use until it is renewed, and stays known then, so that an old print says so instead of failing.

use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Life, MoveSpec, Noun, Refusal, Row};

pub const STATES: &[&str] = &["in_use", "expired"];

/// The life of the codes of a noun, which has the fields `ended_on` and `state`. Whoever it belongs to hangs a new one: see its `entails`.
pub struct PrintedLife {
    noun: &'static Noun,
    moves: &'static [MoveSpec],
}

impl PrintedLife {
    /// `moves` is one: `renew`.
    pub const fn of(noun: &'static Noun, moves: &'static [MoveSpec]) -> Self {
        Self { noun, moves }
    }
}

impl Life for PrintedLife {
    fn noun(&self) -> &'static Noun {
        self.noun
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        self.moves
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "in_use" && mv == "renew").then_some("expired")
    }

    fn may(&self, _: &Actor, _: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(self.noun, "state").text().unwrap_or_default();
        let next = self.next(state, mv).ok_or_else(|| Refusal::new("move.not_now").with("state", state))?;
        let after = row.clone().with(self.noun, "ended_on", Cell::Date(facts.today));
        Ok(Change::update(self.noun, "renew", row.clone(), after.with(self.noun, "state", Cell::Text(next.into()))))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use crate::patrols::record::CODE;
    use crate::tips::record::TIP_CODE;

    #[test]
    fn whoever_prints_codes_has_the_fields_of_their_life() {
        for noun in [&CODE, &TIP_CODE] {
            let life = PrintedLife::of(noun, &[]);
            let field = noun.fields.iter().find(|field| field.name == "state").unwrap();
            assert!(matches!(field.kind, kit::Kind::Choice(codes) if codes == STATES), "{}", noun.name);
            assert!(
                noun.fields.iter().any(|field| field.name == "ended_on") && life.next("expired", "renew").is_none()
            );
        }
    }
}
