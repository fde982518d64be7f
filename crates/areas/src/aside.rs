//! 误记、作废: what was touched by mistake and did not happen is set aside by a move, with its reason. The history keeps both, and it counts nowhere. Pure.

use kit::life::Input;
use kit::{Cell, Change, Field, Life, Noun, Query, Refusal, Row, Test};

/// Whether a record counts. What was written before there was a state has none, and stands.
pub fn stands(noun: &Noun, row: &Row) -> bool {
    row.get(noun, "state").text() != Some("mistaken")
}

/// The records that count.
pub fn standing() -> Query {
    let mistaken = Test::NoneOf(vec![Cell::Text("mistaken".into())]);
    Query::new().filter("state", Test::NullOr(Box::new(mistaken)))
}

/// The step of a life whose moves only write down what they ask for: the reason.
pub fn step(life: &dyn Life, row: &Row, mv: &str, input: &Input) -> Result<Change, Refusal> {
    let noun = life.noun();
    let state = row.get(noun, "state").text().unwrap_or_default();
    let spec = life.moves().iter().find(|spec| spec.name == mv);
    let (Some(spec), Some(next)) = (spec, life.next(state, mv)) else {
        return Err(Refusal::new("move.not_now").with("state", state));
    };
    let said = |row: Row, field: &Field| row.with(noun, field.name, input.get(field.name).clone());
    let after = spec.fields.iter().fold(row.clone(), said);
    Ok(Change::update(noun, spec.name, row.clone(), after.with(noun, "state", Cell::Text(next.into()))))
}
