//! Filters in a mixture that nobody thought of before. An index for each mixture would be hundreds; one index for each order of the list
//! holds all that is asked by (`kit::Field::mixed`), and is walked past what does not answer without a look at the rows: half a million
//! in a twentieth of a second, on both databases.

use kit::query::{Query, Test};
use kit::{Cell, Field, Noun};

use crate::sql::Way;

/// The index in this order that answers a question by itself: that of each unit for whoever sees records by their unit, or asks for some
/// units'.
pub(crate) fn index(noun: &Noun, query: &Query, order: &Field, ways: Option<&[Way]>) -> Option<String> {
    let unit = noun.scope.units.first().copied();
    let first = ways.map(|ways| ways.first().map(|(column, _)| *column));
    let by_unit = match first {
        None => query.filters.iter().any(|filter| Some(filter.field) == unit && names(&filter.test)),
        Some(first) if first == unit => true,
        Some(_) => return None,
    };
    let knows = |name: &str| match noun.field(name) {
        // Where records come to a reader by two columns, an index of one that knew the other would be walked from its end for the other.
        Some(field) if by_unit && noun.scope.units.contains(&name) => Some(field.name) == unit,
        Some(field) => field.mixed,
        None => false,
    };
    let mut asked = query.filters.iter().flat_map(|filter| [Some(filter.field), filter.test.other()]).flatten();
    let plain = query.search.is_none() && query.as_of.is_none();
    (plain && order.sorted && order.mixed && asked.all(knows)).then(|| {
        let unit = unit.filter(|_| by_unit).map_or_else(String::new, |unit| format!("_{unit}"));
        format!("{}{unit}_{}", noun.name, order.name)
    })
}

/// Whether it names the values that it wants.
fn names(test: &Test) -> bool {
    matches!(test, Test::OneOf(cells) if !cells.iter().any(Cell::is_null))
}
