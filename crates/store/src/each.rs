//! Many counts at once: how many records each of many readers would find, each by his own question and within his own scope.
//!
//! Their questions are put together into one that finds at least all their records; of these only the columns that the questions and scopes speak of are
//! read, with how many have the same, and each reader's own question is put to those that can be his. So a morning costs as much as its
//! records, whatever the number of people.

use std::collections::{BTreeSet, HashMap};

use kit::query::{Query, Test};
use kit::{Cell, Kind, Noun, Scope};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::{Sql, cell_of, reach, where_clause};
use crate::store::Store;

/// A filter of so many values finds too much to be worth sending.
const MOST: usize = 10_000;

/// Records that are the same in all that anybody asks, and how many there are.
type Line = (Vec<Cell>, i64);

/// Which of the lines hold an id in a column.
type Places = HashMap<(usize, Uuid), Vec<usize>>;

/// What a question speaks of, in the order in which it is read.
struct Columns(Vec<(&'static str, Kind)>);

impl Store {
    /// What [`Store::count`] says of each of these questions without words, by one statement however many there are.
    pub async fn count_each(&self, noun: &Noun, asked: &[(Query, &Scope)]) -> Result<Vec<i64>, StoreError> {
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let columns = Columns::of(noun, asked);
        let lines = self.lines(noun, &columns, &together(asked)).await?;
        let places = columns.places(noun, &lines);
        Ok(asked.iter().map(|(query, scope)| count(noun, query, scope, &columns, (&lines, &places))).collect())
    }

    async fn lines(&self, noun: &Noun, columns: &Columns, query: &Query) -> Result<Vec<Line>, StoreError> {
        let names: Vec<_> = columns.0.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let names = names.join(", ");
        let mut sql = Sql::new(format!("select count(*), {names} from \"{}\"", noun.name));
        // Whose each is, is looked at below: nobody is counted what his scope does not hold.
        where_clause(&mut sql, noun, query, &Scope::county());
        sql.push(" group by ").push(&names);
        let mut lines = Vec::new();
        for row in self.pools.all(sql).await? {
            let cells = columns.0.iter().enumerate().map(|(at, (_, kind))| cell_of(&row, at + 1, kind));
            lines.push((cells.collect::<Result<_, _>>()?, row.try_get_by_index(0)?));
        }
        Ok(lines)
    }
}

impl Columns {
    /// The fields of all filters, and the columns by which the noun is seen.
    fn of(noun: &Noun, asked: &[(Query, &Scope)]) -> Self {
        let seen = [noun.scope.units, noun.scope.home, noun.scope.persons, noun.scope.classes];
        let filters = asked.iter().flat_map(|(query, _)| &query.filters);
        let names = filters.flat_map(|filter| [Some(filter.field), filter.test.other()]).flatten();
        let names: BTreeSet<_> = names.chain(seen.into_iter().flatten().copied()).collect();
        let kind = |name: &str| if name == "id" { Some(Kind::Ref("")) } else { Some(noun.field(name)?.kind) };
        // A question about nothing of everybody still needs something to group by.
        let columns: Vec<_> = names.into_iter().filter_map(|name| Some((name, kind(name)?))).collect();
        Self(if columns.is_empty() { vec![("id", Kind::Ref(""))] } else { columns })
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|(known, _)| *known == name)
    }

    fn cell<'a>(&self, cells: &'a [Cell], name: &str) -> &'a Cell {
        self.at(name).and_then(|at| cells.get(at)).unwrap_or(&Cell::Null)
    }

    /// Which lines hold an id in a column by which the noun is seen.
    fn places(&self, noun: &Noun, lines: &[Line]) -> Places {
        let seen = [noun.scope.units, noun.scope.home, noun.scope.persons, noun.scope.classes];
        let seen: BTreeSet<_> = seen.into_iter().flatten().filter_map(|name| self.at(name)).collect();
        let mut places = Places::new();
        for (line, (cells, _)) in lines.iter().enumerate() {
            for column in &seen {
                if let Some(id) = cells[*column].id() {
                    places.entry((*column, id)).or_default().push(line);
                }
            }
        }
        places
    }
}

fn count(noun: &Noun, query: &Query, scope: &Scope, columns: &Columns, (lines, places): (&[Line], &Places)) -> i64 {
    let mine = |(cells, _): &&Line| {
        let other = |name: &str| columns.cell(cells, name);
        query.filters.iter().all(|filter| filter.test.passes(columns.cell(cells, filter.field), &other))
    };
    let Some(ways) = reach(noun, scope) else { return lines.iter().filter(mine).map(|(_, count)| count).sum() };
    let ids = ways.iter().flat_map(|(column, ids)| ids.iter().map(move |id| (columns.at(column), *id)));
    let found = ids.filter_map(|(at, id)| places.get(&(at?, id))).flatten().copied();
    // Once each, though it may be his in several ways.
    let found: BTreeSet<_> = found.collect();
    found.into_iter().filter_map(|at| lines.get(at)).filter(mine).map(|(_, count)| count).sum()
}

/// A question that finds at least what each of these finds: what all of them ask alike, with the values of all.
fn together(asked: &[(Query, &Scope)]) -> Query {
    let Some(((first, _), rest)) = asked.split_first() else { return Query::new() };
    let mut whole = Query::new();
    for filter in &first.filters {
        let both = |test: Test, (query, _): &(Query, &Scope)| {
            query
                .filters
                .iter()
                .filter(|other| other.field == filter.field)
                .find_map(|other| either(&test, &other.test))
        };
        if let Some(test) = rest.iter().try_fold(filter.test.clone(), both) {
            whole = whole.filter(filter.field, test);
        }
    }
    whole
}

fn either(one: &Test, other: &Test) -> Option<Test> {
    match (one, other) {
        _ if one == other => Some(one.clone()),
        (Test::OneOf(cells), Test::OneOf(more)) if cells.len() + more.len() <= MOST => {
            let new = more.iter().filter(|cell| !cells.contains(cell));
            Some(Test::OneOf(cells.iter().chain(new).cloned().collect()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_put_together_into_one_that_finds_no_less() {
        let id = |n| Cell::Id(Uuid::from_u128(n));
        let mine = |n| Query::new().is("keeper", id(n)).among("state", &["a", "b"]);
        let all = Scope::county();
        let put = |queries: &[Query]| together(&queries.iter().map(|query| (query.clone(), &all)).collect::<Vec<_>>());
        let both = Query::new().filter("keeper", Test::OneOf(vec![id(1), id(2)])).among("state", &["a", "b"]);
        assert_eq!(put(&[mine(1), mine(2), mine(1)]), both);
        assert_eq!(put(&[mine(1), Query::new().among("state", &["c"])]), Query::new().among("state", &["a", "b", "c"]));
        assert_eq!(put(&[mine(1), Query::new()]), Query::new());
        assert_eq!(put(&[Query::new().filter("x", Test::Present), Query::new().is("x", Cell::Null)]), Query::new());
    }
}
