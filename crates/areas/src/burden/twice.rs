//! The same fact asked twice: each field names its fact, and a fact has one form in which it is told.

use std::collections::BTreeMap;

use engine::Kind;
use kit::Field;

/// A place where a fact is asked for: a record's own form, or a move of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub noun: &'static str,
    /// The move, if it is not the record's own form.
    pub step: Option<&'static str>,
    pub field: &'static str,
    pub source: bool,
}

/// The facts that the forms of more than one record type ask for. A move of the same record is no second form: it writes the same field.
pub fn twice<'a>(kinds: impl Iterator<Item = &'a Kind>) -> BTreeMap<&'static str, Vec<Asked>> {
    let mut facts: BTreeMap<&'static str, Vec<Asked>> = BTreeMap::new();
    for kind in kinds {
        let mut note = |field: &'static Field, step| {
            if let Some(fact) = field.fact {
                let asked = Asked { noun: kind.noun.name, step, field: field.name, source: field.source };
                facts.entry(fact).or_default().push(asked);
            }
        };
        kind.noun.fields.iter().filter(|field| field.writable()).for_each(|field| note(field, None));
        for spec in kind.life.iter().flat_map(|life| life.moves()) {
            spec.fields.iter().for_each(|field| note(field, Some(spec.name)));
        }
    }
    facts.retain(|_, asked| asked.iter().any(|one| one.noun != asked[0].noun));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form that asks for what another one knows has that other one named as its source: else one of the two goes.
    #[test]
    fn no_fact_is_asked_twice_without_a_source() {
        let areas = crate::all();
        let twice = twice(areas.iter().flat_map(|area| &area.kinds));
        let sources = |asked: &[Asked]| asked.iter().filter(|one| one.source).count();
        let faults: Vec<_> = twice.iter().filter(|(_, asked)| sources(asked) != 1).collect();
        assert_eq!(faults, Vec::new());
        let place: Vec<_> = twice["hazard.place"].iter().map(|one| (one.noun, one.source)).collect();
        assert_eq!(place, [("hazard", true), ("tip", false)], "a tip that becomes a hazard says where");
    }
}
