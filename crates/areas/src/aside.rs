//! 误记、作废: what was touched by mistake and did not happen is set aside by a move, with its reason. The history keeps both, and it counts nowhere. Pure.

use kit::life::Input;
use kit::{Cell, Change, Life, Noun, Query, Refusal, Row, Test};

/// Whether a record counts. What was written before there was a state has none, and stands.
pub fn stands(noun: &Noun, row: &Row) -> bool {
    row.get(noun, "state").text() != Some("mistaken")
}

/// The records that count.
pub fn standing() -> Query {
    let mistaken = Test::NoneOf(vec![Cell::Text("mistaken".into())]);
    Query::new().filter("state", Test::NullOr(Box::new(mistaken)))
}

/// The step of a life whose moves ask for a reason and for nothing else.
pub fn step(life: &dyn Life, row: &Row, mv: &str, input: &Input) -> Result<Change, Refusal> {
    let noun = life.noun();
    let state = row.get(noun, "state").text().unwrap_or_default();
    let verb = life.moves().iter().map(|spec| spec.name).find(|name| *name == mv);
    let (Some(verb), Some(next)) = (verb, life.next(state, mv)) else {
        return Err(Refusal::new("move.not_now").with("state", state));
    };
    let after = row.clone().with(noun, "reason", input.get("reason").clone());
    Ok(Change::update(noun, verb, row.clone(), after.with(noun, "state", Cell::Text(next.into()))))
}
