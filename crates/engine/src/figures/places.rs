//! Where a figure's rows are: cut to one unit's tree, and split by place so that the parts sum to the whole.

use std::collections::HashMap;

use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Field, Kind, Noun, Query, Test, Tree};
use store::StoreError;
use uuid::Uuid;

use crate::app::Cx;
use crate::ask;

/// The columns that say where a record is. One called `township` goes with the school and follows from it; any other one for a
/// unit stands instead of a school (staff of the bureau, posts of a township).
#[derive(Clone, Copy)]
struct Columns {
    /// The record is itself a school.
    own: bool,
    school: Option<&'static str>,
    unit: Option<&'static str>,
}

impl Columns {
    fn of(noun: &'static Noun) -> Self {
        let refers = |target: &str| {
            let named = noun.scope.units.iter().filter_map(|name| noun.field(name));
            // A hidden column says who sees a record; where it is stands in the field named like its target.
            let plain = |field: &'static Field| if field.hidden { noun.field(target).unwrap_or(field) } else { field };
            named
                .filter(|field| matches!(field.kind, Kind::Ref(to) if to == target))
                .map(|field| plain(field).name)
                .next()
        };
        Self { own: noun.scope.units.contains(&"id"), school: refers("school"), unit: refers("unit") }
    }
}

fn is_school(tree: &Tree, id: Uuid) -> bool {
    matches!(tree.kind(id), "school" | "campus")
}

fn one_of(ids: &[Uuid]) -> Test {
    Test::OneOf(ids.iter().copied().map(Cell::Id).collect())
}

/// The questions whose rows, none of them twice, are the figure's. One, except where a unit's own records stand beside its schools'.
pub async fn rows(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Vec<Query>, StoreError> {
    let mut query = (def.rows)(&Frame { now: Some(cx.now), ..frame.clone() });
    // As of today records stand as they stand.
    query.as_of = query.as_of.filter(|day| *day < cx.today());
    let tree = cx.app.tree();
    let Some(node) = frame.unit.and_then(|unit| tree.get(unit)) else { return Ok(vec![query]) };
    if node.parent.is_none() {
        return Ok(vec![query]);
    }
    let (schools, units): (Vec<_>, Vec<_>) = tree.under(node.id).into_iter().partition(|id| is_school(&tree, *id));
    let columns = Columns::of(def.noun);
    if columns.own && units.is_empty() {
        return by_key(cx, def.noun, query, &schools).await;
    }
    Ok(cut(columns, &query, &schools, &units))
}

fn cut(columns: Columns, query: &Query, schools: &[Uuid], units: &[Uuid]) -> Vec<Query> {
    let mut parts = Vec::new();
    let mut part = |query: Query, column, ids: &[Uuid]| {
        if !ids.is_empty() {
            parts.push(query.filter(column, one_of(ids)));
        }
    };
    match (columns.school, columns.unit) {
        (_, Some("township")) if !units.is_empty() => part(query.clone(), "township", units),
        (None, Some(unit)) if !units.is_empty() => part(query.clone(), unit, &[units, schools].concat()),
        (Some(school), None) => part(query.clone(), school, schools),
        (Some(school), Some(unit)) => {
            part(query.clone(), school, schools);
            part(query.clone().is(school, Cell::Null), unit, units);
        }
        // A column that may hold either, such as the place of a message.
        (None, Some(unit)) => part(query.clone(), unit, schools),
        (None, None) => {}
    }
    parts
}

/// Schools as records have no column that names themselves: they are asked for by their natural key.
pub(super) async fn by_key(cx: &Cx, noun: &'static Noun, query: Query, ids: &[Uuid]) -> Result<Vec<Query>, StoreError> {
    let Some(key) = noun.keys().next() else { return Ok(Vec::new()) };
    let mut rows: Vec<_> = cx.app.store.find_many(noun, ids, cx.scope()).await?.into_values().collect();
    rows.sort_by_key(|row| row.id);
    let keys: Vec<_> = rows.iter().map(|row| row.get(noun, key.name).clone()).collect();
    Ok(if keys.is_empty() { Vec::new() } else { vec![query.filter(key.name, Test::OneOf(keys))] })
}

/// How a figure is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    School,
    /// Townships, and whatever else stands directly below the county.
    Township,
}

/// A figure's part in one place.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// `None` for records that name no place.
    pub place: Option<Uuid>,
    pub value: i64,
    /// The figure of this place, or its rows; `None` where one address cannot say it.
    pub href: Option<String>,
}

/// Rows that name one place, with the question that finds them.
struct Group {
    place: Option<Uuid>,
    value: i64,
    query: Query,
}

/// The figure split by place, largest first; the values sum to the figure's. One grouped statement, and a second one where records
/// without a school name a unit.
pub async fn lines(cx: &Cx, def: &FigureDef, frame: &Frame, by: By) -> Result<Vec<Line>, StoreError> {
    // The middle of a whole is not the middle of its parts.
    if matches!(def.measure, Measure::Percentile(..)) {
        return Ok(Vec::new());
    }
    let tree = cx.app.tree();
    let mut merged: HashMap<Option<Uuid>, Vec<Group>> = HashMap::new();
    for query in rows(cx, def, frame).await? {
        for group in groups(cx, def, &query).await? {
            let place = group.place.map(|place| whole(&tree, place, by));
            merged.entry(place).or_default().push(group);
        }
    }
    let line = |(place, groups): (Option<Uuid>, Vec<Group>)| {
        let value = groups.iter().map(|group| group.value).sum();
        Line { place, value, href: href(cx, def, frame, by, place, &groups) }
    };
    let mut lines: Vec<_> = merged.into_iter().map(line).collect();
    lines.sort_by(|left, right| right.value.cmp(&left.value).then(left.place.cmp(&right.place)));
    Ok(lines)
}

async fn groups(cx: &Cx, def: &FigureDef, query: &Query) -> Result<Vec<Group>, StoreError> {
    let columns = Columns::of(def.noun);
    let mut groups = Vec::new();
    let mut query = query.clone();
    for column in [columns.school, columns.unit].into_iter().flatten() {
        let sum = match def.measure {
            Measure::Count | Measure::Share | Measure::Percentile(..) => None,
            Measure::Sum(field) => Some(field),
        };
        let found = cx.app.store.group(def.noun, column, sum, &query, cx.scope()).await?;
        let left = found.iter().any(|(cell, _)| cell.is_null());
        let group = |(cell, value): &(Cell, i64)| Group {
            place: cell.id(),
            value: *value,
            query: query.clone().is(column, cell.clone()),
        };
        groups.extend(found.iter().filter(|(cell, _)| !cell.is_null()).map(group));
        if !left {
            return Ok(groups);
        }
        query = query.is(column, Cell::Null);
    }
    let value = match def.measure {
        Measure::Count | Measure::Share | Measure::Percentile(..) => {
            cx.app.store.count(def.noun, &query, cx.scope()).await?
        }
        Measure::Sum(field) => cx.app.store.sum(def.noun, field, &query, cx.scope()).await?,
    };
    groups.push(Group { place: None, value, query });
    Ok(groups)
}

/// The place under which another is counted: a campus under its school, a village under its township.
fn whole(tree: &Tree, place: Uuid, by: By) -> Uuid {
    match by {
        By::School => tree.above(place, "school").unwrap_or(place),
        By::Township => below_root(tree, place),
    }
}

fn below_root(tree: &Tree, place: Uuid) -> Uuid {
    let mut at = place;
    // The county's tree is five deep; a ring, which only a broken import could make, is left after a few turns.
    for _ in 0..16 {
        match tree
            .get(at)
            .and_then(|node| node.parent)
            .filter(|parent| tree.get(*parent).is_some_and(|node| node.parent.is_some()))
        {
            Some(parent) => at = parent,
            None => break,
        }
    }
    at
}

/// Where a line leads: a school or a township to its own figure, anything else (the county's own records, those of a unit beside its
/// schools) to its rows.
fn href(cx: &Cx, def: &FigureDef, frame: &Frame, by: By, place: Option<Uuid>, groups: &[Group]) -> Option<String> {
    let tree = cx.app.tree();
    let own = |place: &Uuid| {
        let below = tree.get(*place).is_some_and(|node| node.parent.is_some());
        below && frame.unit != Some(*place) && (by == By::Township || is_school(&tree, *place))
    };
    if let Some(place) = place.filter(own) {
        return Some(super::page(def.id, &Frame { unit: Some(place), ..frame.clone() }));
    }
    match groups {
        [group] if super::opens(cx, def) => Some(super::address(def.noun, &group.query)),
        _ => None,
    }
}

/// What does not hold of a figure, in words for a test; empty when its rows sum to its value, by place and by list, and the list
/// page understands the address.
pub async fn rows_sum_to_value(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Vec<String>, StoreError> {
    let figure = super::value(cx, def, frame).await?;
    let mut wrong = Vec::new();
    let parted = !matches!(def.measure, Measure::Percentile(..));
    for by in [By::School, By::Township].into_iter().filter(|_| parted) {
        let sum: i64 = lines(cx, def, frame, by).await?.iter().map(|line| line.value).sum();
        if sum != figure.value {
            wrong.push(format!("{} {by:?}: {sum} instead of {}", def.id, figure.value));
        }
    }
    let (mut listed, mut values) = (0, Vec::new());
    for query in rows(cx, def, frame).await? {
        let Ok(read) = ask::query(cx, def.noun, &ask::address(&query)) else {
            wrong.push(format!("{}: the list cannot read {}", def.id, super::address(def.noun, &query)));
            continue;
        };
        listed += match def.measure {
            Measure::Percentile(field, _) => {
                let rows = cx.app.store.all(def.noun, &read, cx.scope()).await?;
                values.extend(rows.iter().filter_map(|row| row.get(def.noun, field).int()));
                0
            }
            Measure::Count | Measure::Share => cx.app.store.list(def.noun, &read, cx.scope()).await?.total,
            Measure::Sum(field) => cx
                .app
                .store
                .all(def.noun, &read, cx.scope())
                .await?
                .iter()
                .filter_map(|row| row.get(def.noun, field).int())
                .sum(),
        };
    }
    if let Measure::Percentile(_, percent) = def.measure {
        values.sort_unstable();
        let place = (values.len() * usize::from(percent)).div_ceil(100);
        listed = place.checked_sub(1).and_then(|at| values.get(at).copied()).unwrap_or(0);
    }
    if listed != figure.value {
        wrong.push(format!("{}: {listed} rows are listed instead of {}", def.id, figure.value));
    }
    if figure.denominator.is_some_and(|whole| figure.value > whole) {
        wrong.push(format!("{}: {} is more than its whole {:?}", def.id, figure.value, figure.denominator));
    }
    Ok(wrong)
}

#[cfg(test)]
mod tests {
    use kit::{Field, ScopeBy};

    use super::*;

    static FIELDS: &[Field] =
        &[Field::refer("school", "school"), Field::refer("unit", "unit"), Field::refer("township", "unit")];

    fn noun(units: &'static [&'static str]) -> &'static Noun {
        Box::leak(Box::new(Noun {
            name: "x",
            plural: "xs",
            fields: FIELDS,
            scope: ScopeBy::units(units),
            title: &[],
            subject: None,
            order: "school",
            tallies: &[],
        }))
    }

    #[test]
    fn a_unit_cuts_by_the_column_that_says_where() {
        let (schools, units) = ([Uuid::from_u128(1)], [Uuid::from_u128(2)]);
        let of = |columns: &'static [&'static str], schools: &[Uuid], units: &[Uuid]| {
            let parts = cut(Columns::of(noun(columns)), &Query::new(), schools, units);
            let names = |query: &Query| query.filters.iter().map(|filter| filter.field).collect::<Vec<_>>();
            parts.iter().map(names).collect::<Vec<_>>()
        };
        assert_eq!(of(&["school"], &schools, &units), [["school"]]);
        assert_eq!(of(&["school", "township"], &schools, &units), [["township"]]);
        assert_eq!(of(&["school", "township"], &schools, &[]), [["school"]]);
        assert_eq!(of(&["school", "unit"], &schools, &units), [vec!["school"], vec!["school", "unit"]]);
        assert_eq!(of(&["id", "township"], &schools, &units), [["township"]]);
        assert!(of(&["school"], &[], &units).is_empty());
    }
}
