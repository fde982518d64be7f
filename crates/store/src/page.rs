//! The two statements of a list, its page and its total, in the form that an index can answer.
//!
//! A record is seen in one of several ways (it is of my school, or handed to it, or I found it), and a filter may allow several
//! values. Written as one condition with `or`, neither database can read such a list in its order: it gathers every matching row,
//! sorts, and throws all but a page away. Written as one short list for each alternative, each is read from an index up to the
//! end of the page, and only these are put together. The answer is the same; `tests` and the bench compare it.
//!
//! Nearly all that a reader sees comes to him in the first way, his own school. What comes in another way is asked for only as far as it
//! does not come in the first, below that school's id and above it ([`Apart`]): a finder's thousand hazards of his own school are then
//! stepped over in the index, and not walked.
//!
//! What is asked as of an earlier day ([`past`]) is asked plainly: no index knows how the records stood then.
//!
//! Filters in a mixture for which there is no index of its own are walked in one that knows all of them ([`mixed`]).

use kit::query::{Place, Query, Test};
use kit::{Cell, Field, Noun, Scope};

use uuid::Uuid;

use crate::dialect::Planner;
use crate::mixed;
use crate::past;
use crate::sql::{
    Sql, Way, codes, columns, filters_clause, place_clause, reach, sort_expression, value_of, where_clause,
};
use crate::tally::Tally;

/// Short lists that one statement puts together at most; beyond that a sort is cheaper.
const MOST: usize = 48;

/// How a list is sorted and in which direction it is read.
pub(crate) struct Order {
    pub field: &'static Field,
    pub descending: bool,
    /// Towards the beginning: the page before a place.
    pub backwards: bool,
}

impl Order {
    pub fn of(noun: &Noun, query: &Query) -> Self {
        let asked = query.sort.and_then(|name| noun.field(name)).map(|field| (field, query.descending));
        let (field, descending) = asked.unwrap_or_else(|| {
            let (name, descending) = noun.order.strip_prefix('-').map_or((noun.order, false), |name| (name, true));
            (noun.field(name).unwrap_or(&noun.fields[0]), descending)
        });
        Self { field, descending, backwards: query.place.as_ref().is_some_and(|place| place.backwards) }
    }

    fn direction(&self) -> &'static str {
        if self.descending == self.backwards { "asc" } else { "desc" }
    }

    /// ` and …`: what stands after a place, or before it.
    pub fn place(&self, sql: &mut Sql, place: Option<&Place>) {
        if let Some(place) = place {
            place_clause(sql, self.field, place, self.descending);
        }
    }

    /// ` order by … limit …`
    pub fn ending(&self, limit: u64) -> String {
        let (key, direction) = (sort_expression(self.field), self.direction());
        format!(" order by {key} {direction}, \"id\" {direction} limit {limit}")
    }
}

/// One alternative: a condition that stands in place of the scope, or of the filter at a place.
enum Part {
    /// All records, where one index knows what is asked.
    All,
    Way(&'static str, Vec<Uuid>),
    /// A way, as far as records do not come in the first one.
    Other(&'static str, Vec<Uuid>, Apart),
    Value(usize, &'static Field, Cell),
}

/// Where a record stands that does not come in the first way. Each is a stretch of the index on (column, first column); `not in` would
/// walk all that the column holds, of which nearly every row is the reader's own in the first way already.
#[derive(Clone, Copy)]
enum Apart {
    None,
    Below,
    Above,
    /// Of several ids: a stretch between each two of them would be as many short lists.
    Outside {
        /// The ids of the other way are joined, each by itself.
        joined: bool,
    },
}

impl Apart {
    fn of(first: &[Uuid], planner: Planner) -> Vec<Self> {
        match first {
            [_] => vec![Self::None, Self::Below, Self::Above],
            _ => vec![Self::Outside { joined: planner.joins_ids() }],
        }
    }

    fn clause(self, sql: &mut Sql, (column, ids): &Way) {
        let test = match self {
            Self::None => " is null",
            Self::Below => " < ",
            Self::Above => " > ",
            Self::Outside { .. } => {
                sql.not_in(column, ids);
                return;
            }
        };
        sql.push("\"").push(column).push("\"").push(test);
        if let (Self::Below | Self::Above, Some(id)) = (self, ids.first()) {
            sql.bind(*id);
        }
    }
}

/// One row more than the page, so that it is known whether there are more.
pub(crate) fn statement(noun: &Noun, query: &Query, scope: &Scope, order: &Order, planner: Planner) -> Sql {
    let ways = reach(noun, scope);
    let limit = query.limit + 1;
    if let Some(ways) = ways.as_deref().filter(|_| query.as_of.is_none() && of_a_person(noun, query)) {
        let mut sql = Sql::new(format!("select {} from ", columns(noun)));
        narrowed(&mut sql, noun, query, scope, ways);
        order.place(&mut sql, query.place.as_ref());
        sql.push(&order.ending(limit));
        return sql;
    }
    let mixed = mixed::index(noun, query, order.field, ways.as_deref()).filter(|_| !daily(noun, query, order.field));
    let parts = parts(noun, query, ways.as_deref(), mixed.is_some(), planner);
    if parts.len() > MOST || parts.len() < 2 && mixed.is_none() {
        let mut sql = Sql::new(format!("select {} from {}", columns(noun), past::source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        order.place(&mut sql, query.place.as_ref());
        sql.push(&order.ending(limit));
        return sql;
    }
    let direction = order.direction();
    let mut sql =
        Sql::new(format!("select {} from \"{}\" where \"id\" in (select \"id\" from (", columns(noun), noun.name));
    let key = sort_expression(order.field);
    let index = mixed.map_or_else(String::new, |name| planner.by_index(&name));
    for (at, part) in parts.iter().enumerate() {
        sql.push(if at == 0 { "" } else { " union " });
        sql.push(&format!("select * from (select \"id\", {key} as k from "));
        let without = part.rows(&mut sql, noun, ways.as_deref(), &index);
        filters_clause(&mut sql, noun, query, scope, without);
        order.place(&mut sql, query.place.as_ref());
        sql.push(&format!(" order by {key} {direction}, \"id\" {direction} limit {limit}) as p{at}"));
    }
    sql.push(&format!(") as parts order by k {direction}, \"id\" {direction} limit {limit})"));
    sql.push(&order.ending(limit));
    sql
}

/// Whether its page and its total may both be long walks through all records, of which one need not wait for the other.
pub(crate) fn walks(noun: &Noun, query: &Query, scope: &Scope) -> bool {
    let order = Order::of(noun, query).field;
    let walked = || mixed::index(noun, query, order, None).is_some();
    query.place.is_none() && reach(noun, scope).is_none() && Tally::covering(noun, query, &[]).is_none() && walked()
}

/// Whether this is one of the lists that are asked for every day, which have indexes of their own: those that one tally counts, in an order
/// that it knows.
fn daily(noun: &Noun, query: &Query, order: &Field) -> bool {
    Tally::covering(noun, query, &[order.name]).is_some()
}

impl Part {
    /// Writes the rows and the condition; answers which filter it stands for.
    fn rows(&self, sql: &mut Sql, noun: &Noun, ways: Option<&[Way]>, index: &str) -> Option<usize> {
        match self {
            Self::All => {
                sql.push(&format!("\"{}\"{index} where 1 = 1", noun.name));
                None
            }
            Self::Way(column, ids) => {
                sql.push(&format!("\"{}\"{index} where \"{column}\" in ", noun.name));
                sql.bind_list(ids.iter().copied());
                None
            }
            Self::Other(column, ids, apart) => {
                elsewhere(sql, noun, (column, ids), *apart, ways.and_then(<[Way]>::first));
                None
            }
            Self::Value(at, field, cell) => {
                sql.push("\"").push(noun.name).push("\" where \"").push(field.name).push("\" = ");
                match codes(field, std::slice::from_ref(cell)).as_deref() {
                    Some([code]) => sql.push(&format!("'{code}'")),
                    _ => sql.bind(value_of(&field.kind, cell)),
                };
                if let Some(ways) = ways {
                    sql.push(" and (").any_of(ways).push(")");
                }
                Some(*at)
            }
        }
    }
}

/// The rows that come in another way than the first, which are next to none: found by their own column before anything else is asked
/// of them. The limit, which no table reaches, is a fence for both planners: without it they look at what is asked (a period, a state),
/// guess that it leaves little, and walk all that the whole county has of it. Of several ids the index alone tells which rows do not come in the
/// first way; only those are fetched.
fn elsewhere(sql: &mut Sql, noun: &Noun, (column, ids): (&str, &[Uuid]), apart: Apart, first: Option<&Way>) {
    let name = noun.name;
    match (apart, first) {
        (Apart::Outside { joined: true }, Some(first)) => {
            // A join that keeps its order.
            sql.push(&format!("(select * from \"{name}\" where \"id\" in (with mine(one) as ("));
            sql.bind_rows(ids.iter().map(|id| vec![(*id).into()]));
            sql.push(&format!(") select \"id\" from mine cross join \"{name}\" where \"{column}\" = mine.one and "));
            apart.clause(sql, first);
            sql.push(")");
        }
        (Apart::Outside { joined: false }, Some(first)) => {
            // Each row is fetched for itself, as its own limit says: told of all the ids, the planner would rather read the whole table.
            sql.push(&format!("(select one.* from (select \"id\" from \"{name}\" where \"{column}\" in "));
            sql.bind_list(ids.iter().copied()).push(" and ");
            apart.clause(sql, first);
            sql.push(&format!(
                " limit {}) as ids cross join lateral (select * from \"{name}\" where \"id\" = ids.\"id\" limit 1) as one",
                i64::MAX
            ));
        }
        (apart, first) => {
            sql.push(&format!("(select * from \"{name}\" where \"{column}\" in ")).bind_list(ids.iter().copied());
            if let Some(first) = first {
                apart.clause(sql.push(" and "), first);
            }
        }
    }
    sql.push(&format!(" limit {}) as \"{name}\" where 1 = 1", i64::MAX));
}

/// Whether a person's own records are asked for (what I keep, what I found): few, and together in an index, wherever they happened.
fn of_a_person(noun: &Noun, query: &Query) -> bool {
    let one = |test: &Test| matches!(test, Test::OneOf(cells) if matches!(cells.as_slice(), [Cell::Id(_)]));
    query.filters.iter().any(|filter| noun.scope.persons.contains(&filter.field) && one(&filter.test))
}

/// What is asked first, behind the same fence as in [`elsewhere`]; then in which way the reader sees it. The other way round, each of his ways is
/// walked for rows of which hardly one is that person's.
fn narrowed(sql: &mut Sql, noun: &Noun, query: &Query, scope: &Scope, ways: &[Way]) {
    sql.push(&format!("(select * from \"{}\" where 1 = 1", noun.name));
    filters_clause(sql, noun, query, scope, None);
    sql.push(&format!(" limit {}) as \"{}\" where (", i64::MAX, noun.name)).any_of(ways).push(")");
}

/// The alternatives of a question: its ways, each id for itself where they are few; else the values of a filter that the noun is
/// asked by often, which is one by which it keeps a tally. One index that knows all that is asked needs no alternatives.
fn parts(noun: &Noun, query: &Query, ways: Option<&[Way]>, mixed: bool, planner: Planner) -> Vec<Part> {
    if query.search.is_some() || query.as_of.is_some() {
        return Vec::new();
    }
    match ways {
        Some([(first, mine), others @ ..]) if mixed || !others.is_empty() => ways_of(first, mine, others, planner),
        None if mixed => vec![Part::All],
        _ => values(noun, query),
    }
}

fn ways_of(first: &'static str, mine: &[Uuid], others: &[Way], planner: Planner) -> Vec<Part> {
    let apart = Apart::of(mine, planner);
    let elsewhere =
        others.iter().flat_map(|(column, ids)| apart.iter().map(move |apart| Part::Other(column, ids.clone(), *apart)));
    let mine: Vec<Part> = if mine.len() + others.len() <= MOST {
        mine.iter().map(|id| Part::Way(first, vec![*id])).collect()
    } else {
        vec![Part::Way(first, mine.to_vec())]
    };
    mine.into_iter().chain(elsewhere).collect()
}

fn values(noun: &Noun, query: &Query) -> Vec<Part> {
    let often = |name: &str| noun.tallies.iter().any(|fields| fields.contains(&name));
    let split = query.filters.iter().enumerate().find_map(|(at, filter)| match &filter.test {
        Test::OneOf(cells) if cells.len() > 1 && often(filter.field) && !cells.iter().any(Cell::is_null) => {
            Some((at, noun.field(filter.field)?, cells))
        }
        _ => None,
    });
    split.map_or_else(Vec::new, |(at, field, cells)| {
        cells.iter().map(|cell| Part::Value(at, field, cell.clone())).collect()
    })
}

/// Exactly how many rows match: from a tally where one can say it. Where a reader's records come to him in several ways, those of the
/// first (his own school's, nearly all of them) and those that are only his in another way are counted apart and added.
pub(crate) fn total(noun: &Noun, query: &Query, scope: &Scope, planner: Planner) -> Sql {
    let ways = reach(noun, scope);
    if let Some(sql) = past::total(noun, query, scope, |today| total(noun, today, scope, planner)) {
        return sql;
    }
    if let Some(tally) = tallied(noun, query, scope, None) {
        let mut sql = Sql::new(sum_of(&tally.name));
        where_clause(&mut sql, noun, query, scope);
        return sql;
    }
    if let Some(ways) = ways.as_deref().filter(|_| of_a_person(noun, query)) {
        let mut sql = Sql::new("select count(*) from ");
        narrowed(&mut sql, noun, query, scope, ways);
        return sql;
    }
    let mixed = mixed::index(noun, query, Order::of(noun, &Query::new()).field, ways.as_deref());
    let index = mixed.map_or_else(String::new, |name| planner.by_index(&name));
    let counted = format!("select count(*) from \"{}\"{index}", noun.name);
    let Some((first, others)) = ways.as_deref().and_then(<[Way]>::split_first).filter(|(_, rest)| !rest.is_empty())
    else {
        let mut sql = Sql::new(counted);
        where_clause(&mut sql, noun, query, scope);
        return sql;
    };
    let (column, ids) = first;
    let own = Tally::covering(noun, query, &[column]).map_or(counted, |tally| sum_of(&tally.name));
    let mut sql = Sql::new(format!("select ({own} where \"{column}\" in "));
    sql.bind_list(ids.iter().copied());
    filters_clause(&mut sql, noun, query, scope, None);
    sql.push(") + (select count(*) from (");
    let parts = others.iter().flat_map(|way| Apart::of(ids, planner).into_iter().map(move |apart| (way, apart)));
    for (at, ((column, theirs), apart)) in parts.enumerate() {
        sql.push(if at == 0 { "" } else { " union " }).push("select \"id\" from ");
        elsewhere(&mut sql, noun, (column, theirs), apart, Some(first));
        filters_clause(&mut sql, noun, query, scope, None);
    }
    sql.push(") as others)");
    sql
}

/// How many rows match for each value of a field, the most first: from a tally where one can say it.
pub(crate) fn grouped(noun: &Noun, by: &str, query: &Query, scope: &Scope) -> Sql {
    let kept = tallied(noun, query, scope, Some(by));
    let (count, source) = match &kept {
        Some(tally) => ("cast(sum(n) as bigint)", format!("\"{}\"", tally.name)),
        None => ("count(*)", past::source(noun, query)),
    };
    let mut sql = Sql::new(format!("select \"{by}\", {count} from {source}"));
    where_clause(&mut sql, noun, query, scope);
    // The lines of a tally stay when nothing is left of what they counted.
    sql.push(&format!(
        " group by \"{by}\"{} order by 2 desc, 1",
        if kept.is_some() { " having sum(n) > 0" } else { "" }
    ));
    sql
}

/// The tally that answers this question for this reader, asked by one more column perhaps.
fn tallied(noun: &Noun, query: &Query, scope: &Scope, by: Option<&str>) -> Option<Tally> {
    let ways = reach(noun, scope);
    let columns: Vec<&str> = ways.iter().flatten().map(|(column, _)| *column).chain(by).collect();
    Tally::covering(noun, query, &columns)
}

impl Sql {
    fn not_in(&mut self, column: &str, ids: &[Uuid]) -> &mut Self {
        self.push(&format!("(\"{column}\" is null or \"{column}\" not in ")).bind_list(ids.iter().copied()).push(")")
    }
}

fn sum_of(tally: &str) -> String {
    format!("select cast(coalesce(sum(n), 0) as bigint) from \"{tally}\"")
}

#[cfg(test)]
mod tests {
    use kit::{Noun, ScopeBy};

    use super::*;

    static CASE: Noun = Noun {
        name: "case",
        plural: "cases",
        fields: &[
            Field::refer("school", "school").filter(),
            Field::refer("keeper", "staff").filter(),
            Field::choice("state", &["a", "b", "c"]).required().filter(),
            Field::date("due_on").filter().sort(),
            Field::choice("kind", &["x", "y"]).mixed(),
            Field::date("seen_on").required().mixed().sort(),
        ],
        scope: ScopeBy { persons: &["keeper"], ..ScopeBy::units(&["school"]) },
        title: &[],
        subject: None,
        order: "-due_on",
        tallies: &[&["state"], &["school", "state"]],
    };

    fn mine() -> Scope {
        Scope { units: vec![Uuid::from_u128(1)], person: Some(Uuid::from_u128(2)), ..Scope::default() }
    }

    fn page(query: &Query, scope: &Scope) -> String {
        statement(&CASE, query, scope, &Order::of(&CASE, query), Planner::Sqlite).text
    }

    #[test]
    fn a_page_is_read_in_parts_where_there_are_alternatives() {
        let two = Query::new().among("state", &["a", "b"]);
        for (query, scope, parts) in [
            (Query::new(), Scope::county(), 0),
            (Query::new(), mine(), 4),
            (two.clone(), Scope::county(), 2),
            (two.clone(), mine(), 4),
            (Query::new().among("state", &["a"]), Scope::county(), 0),
            (Query { search: Some("x".into()), ..two }, Scope::county(), 0),
        ] {
            assert_eq!(page(&query, &scope).matches(" as k from ").count(), parts, "{query:?}");
        }
    }

    #[test]
    fn a_total_comes_from_the_smallest_tally_that_can_say_it() {
        let state = Query::new().among("state", &["a"]);
        let due = state.clone().filter("due_on", Test::Present);
        for (query, scope, says) in [
            (Query::new(), Scope::county(), "tally_case_1"),
            (state.clone(), Scope::county(), "tally_case_1"),
            (state.clone().is("school", Cell::Id(Uuid::from_u128(1))), Scope::county(), "tally_case_2"),
            (due.clone(), Scope::county(), "select count(*) from \"case\""),
            (state, mine(), "tally_case_2\" where \"school\" in ($1) and \"state\" = 'a') + (select count(*)"),
            (due, mine(), "select (select count(*) from \"case\" where \"school\" in"),
        ] {
            let text = total(&CASE, &query, &scope, Planner::Sqlite).text;
            assert!(text.contains(says), "{text}");
        }
    }

    #[test]
    fn what_a_person_keeps_is_found_before_it_is_asked_who_sees_it() {
        let kept = Query::new().is("keeper", Cell::Id(Uuid::from_u128(3)));
        for text in [page(&kept, &mine()), total(&CASE, &kept, &mine(), Planner::Sqlite).text] {
            let (asked, seen) = text.split_once(" limit ").unwrap_or_default();
            assert!(asked.contains("\"keeper\" in") && !asked.contains("\"school\" in"), "{text}");
            assert!(seen.contains("\"school\" in") && !seen.contains(" union "), "{text}");
        }
        let anyone = Query::new().filter("keeper", Test::Present);
        assert!(page(&anyone, &mine()).contains(" union "));
    }

    #[test]
    fn the_ids_of_many_units_are_joined_where_a_list_of_them_is_taken_for_the_whole_table() {
        let units = Scope { units: (1..=60).map(Uuid::from_u128).collect(), ..mine() };
        for (planner, joins) in [(Planner::Sqlite, 1), (Planner::Postgres, 0)] {
            let text = total(&CASE, &Query::new().filter("due_on", Test::Present), &units, planner).text;
            assert_eq!(text.matches("mine cross join").count(), joins, "{text}");
            assert!(text.contains("\"school\" not in ("), "{text}");
        }
    }

    #[test]
    fn a_mixture_is_walked_in_the_index_that_knows_all_of_it() {
        let seen = || Query { sort: Some("seen_on"), ..Query::new() };
        let kind = || seen().among("kind", &["x"]);
        let school = |query: Query| query.is("school", Cell::Id(Uuid::from_u128(1)));
        let units = Scope { units: (1..=60).map(Uuid::from_u128).collect(), ..Scope::default() };
        for (query, scope, index, times) in [
            (kind(), Scope::county(), "case_seen_on", 1),
            (seen(), Scope::county(), "case_seen_on", 1),
            (school(kind()), Scope::county(), "case_school_seen_on", 1),
            (kind(), mine(), "case_school_seen_on", 1),
            (kind(), units, "case_school_seen_on", 1),
            // In another order, by what it does not know, in words.
            (Query::new().among("kind", &["x"]), Scope::county(), "", 0),
            (kind().among("state", &["a"]), Scope::county(), "", 0),
            (kind().filter("keeper", Test::Present), mine(), "", 0),
            (Query { search: Some("x".into()), ..kind() }, Scope::county(), "", 0),
        ] {
            let text = page(&query, &scope);
            assert_eq!(text.matches(&format!(" indexed by \"{index}\"")).count(), times, "{query:?}: {text}");
            assert_eq!(text.matches(" indexed by ").count(), times, "{query:?}: {text}");
            let free = statement(&CASE, &query, &scope, &Order::of(&CASE, &query), Planner::Postgres).text;
            assert!(!free.contains("indexed by"), "{free}");
        }
    }

    #[test]
    fn nobody_sees_nothing() {
        let nobody = Scope::default();
        assert!(page(&Query::new(), &nobody).contains("where (1 = 0)"));
        assert!(total(&CASE, &Query::new(), &nobody, Planner::Sqlite).text.contains("1 = 0"));
    }
}
