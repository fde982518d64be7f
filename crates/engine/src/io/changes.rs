//! What an import would change, field by field: whoever confirms it knows whose records become what.

use std::collections::HashMap;

use kit::{Cell, Change, Field, Row};
use store::StoreError;
use uuid::Uuid;

use super::plan::Plan;
use crate::app::Cx;
use crate::area::Kind;
use crate::pages::rows::{self, Said};
use crate::show;
use crate::view::ChangedView;

/// The first fields that would say something else, at most so many, in the order of the file; the records as this reader may see them.
pub(super) async fn lines(cx: &Cx, kind: &Kind, plan: &Plan, most: usize) -> Result<Vec<ChangedView>, StoreError> {
    let at: HashMap<Uuid, usize> = plan.origins.iter().map(|(at, id)| (*id, *at)).collect();
    let mut known: Vec<_> = plan.changes.iter().filter(|change| change.before.is_some()).collect();
    known.sort_by_key(|change| at.get(&change.after.id));
    known.truncate(most);
    let before: Vec<Row> = known.iter().filter_map(|change| change.before.clone()).collect();
    let after: Vec<Row> = known.iter().map(|change| change.after.clone()).collect();
    let fields: Vec<_> = kind.noun.fields.iter().filter(|field| !field.hidden).collect();
    let said = [rows::said(cx, kind, &before, &fields).await?, rows::said(cx, kind, &after, &fields).await?];
    let number = |change: &Change| {
        let row = at.get(&change.after.id).and_then(|at| plan.table.rows.get(*at));
        row.map_or_else(String::new, |row| row.number().to_string())
    };
    let mut lines = Vec::new();
    for (place, (change, old)) in known.into_iter().zip(&before).enumerate() {
        for field in fields.iter().filter(|field| differs(kind, change, field)) {
            lines.push(ChangedView {
                row: number(change),
                record: rows::title(cx, kind, old),
                href: rows::href(kind, old),
                field: rows::label(cx, kind, field.name),
                old: text(cx, kind, &said[0], (place, old), field),
                new: text(cx, kind, &said[1], (place, &change.after), field),
            });
        }
    }
    lines.truncate(most);
    Ok(lines)
}

fn differs(kind: &Kind, change: &Change, field: &Field) -> bool {
    change
        .before
        .as_ref()
        .is_some_and(|before| before.get(kind.noun, field.name) != change.after.get(kind.noun, field.name))
}

/// What is to be sealed is not yet: it is masked as it will be.
fn text(cx: &Cx, kind: &Kind, said: &Said, (at, row): (usize, &Row), field: &Field) -> String {
    match row.get(kind.noun, field.name) {
        Cell::Secret(clear) => show::mask(field, clear),
        Cell::Null => String::new(),
        _ => said.text(cx, kind, at, row, field),
    }
}
