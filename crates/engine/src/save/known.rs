//! What the rules may know about a record that is to be saved, beside the record itself.

use std::collections::HashMap;

use kit::{Cell, Facts, Field, Kind as FieldKind, Query, Row, Scope, Test};
use store::StoreError;
use uuid::Uuid;

use crate::app::Cx;
use crate::area::Kind;

/// What is known, with the records out of his sight that the asker may name all the same.
pub(super) async fn nameable(cx: &Cx, kind: &Kind, row: &Row, facts: Facts) -> Result<Facts, StoreError> {
    let Some(names) = kind.names else { return Ok(facts) };
    let mut known = HashMap::clone(&facts.known);
    for (field, cell) in row.pairs(kind.noun).filter(|(field, _)| names(&cx.actor, field.name)) {
        let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, cell) else { continue };
        if let Some(kind) = cx.app.kind_of(target).filter(|_| !facts.known.contains_key(id)) {
            known.extend(cx.app.store.find_many(kind.noun, &[*id], &Scope::county()).await?);
        }
    }
    Ok(Facts { known: known.into(), ..facts })
}

/// What is known, with the records that the kind's rules ask for beside what these rows refer to.
pub async fn beside(cx: &Cx, kind: &Kind, rows: &[&Row], facts: Facts) -> Result<Facts, StoreError> {
    if kind.beside.is_empty() && kind.beside_of_day.is_empty() {
        return Ok(facts);
    }
    let mut beside = Vec::new();
    for (field, noun, naming) in kind.beside {
        let named = named(kind, rows, field, &facts);
        let found = cx.app.store.find_by(noun, naming, &named, &Scope::county()).await?;
        beside.extend(found.into_iter().map(|row| (*noun, row)));
    }
    for (field, noun, naming) in kind.beside_of_day {
        let named = named(kind, rows, field, &facts);
        if !named.is_empty() {
            let query = Query::new().is("day", Cell::Date(facts.today)).filter(naming, Test::OneOf(named));
            let found = cx.app.store.all(noun, &query, &Scope::county()).await?;
            beside.extend(found.into_iter().map(|row| (*noun, row)));
        }
    }
    Ok(Facts { beside: beside.into(), ..facts })
}

/// What the rows name in a field, as far as it is known, each once.
fn named(kind: &Kind, rows: &[&Row], field: &str, facts: &Facts) -> Vec<Cell> {
    let mut named: Vec<_> = rows.iter().filter_map(|row| row.get(kind.noun, field).id()).collect();
    named.retain(|id| facts.known.contains_key(id));
    named.sort_unstable();
    named.dedup();
    named.into_iter().map(Cell::Id).collect()
}

/// The references that a change brings in and that must therefore be in the asker's scope.
pub(super) fn brought<'a>(
    kind: &'a Kind,
    before: Option<&'a Row>,
    after: &'a Row,
) -> impl Iterator<Item = (&'static str, Uuid)> + 'a {
    after.pairs(kind.noun).filter_map(move |(field, cell)| {
        let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, cell) else { return None };
        let same = before.is_some_and(|row| row.get(kind.noun, field.name) == cell);
        (!same && field.writable()).then_some((target, *id))
    })
}

/// The doer's own school, where nobody says which: the rules are to know it as if he had said it.
pub fn at_home(cx: &Cx, kind: &Kind, before: Option<&Row>, after: &Row) -> Option<(&'static str, Uuid)> {
    let home = cx.scope().home.filter(|_| before.is_none() && kind.derive.is_some())?;
    let open = |field: &&'static Field| field.writable() && after.get(kind.noun, field.name).is_null();
    let field = kind.noun.scope.home.iter().filter_map(|name| kind.noun.field(name)).find(open)?;
    match field.kind {
        FieldKind::Ref(target) => Some((target, home)),
        _ => None,
    }
}
