//! Statements: text with numbered places, the values for them, and how cells become values and come back.

use chrono::{Datelike, NaiveDate};
use kit::query::{MINUTE, Place, Query, Test};
use kit::{Cell, Field, Kind, Noun, Row, Scope, tokens};
use sea_orm::{DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;

thread_local! {
    static STATEMENTS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many statements this thread has made: for the tests that keep questions from asking once per row.
pub fn statements() -> u64 {
    STATEMENTS.get()
}

/// A statement in the making. Places are written `$1`; nothing else in a statement holds a dollar sign, because
/// every value is bound but a code that the noun itself names and a day.
#[derive(Clone, Default)]
pub(crate) struct Sql {
    pub text: String,
    pub values: Vec<Value>,
    /// Whether one of its lists is a long one.
    pub long: bool,
}

/// A list of more values than these is long: how many rows it finds depends on which they are.
const LONG: usize = 16;

impl Sql {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        use std::fmt::Write;
        self.values.push(value.into());
        // Writing into a String cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    /// `(…, …, …)`; of nothing, `(null)`, which matches nothing.
    pub fn bind_list<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let before = self.values.len();
        self.push("(").bind_each(values);
        let count = self.values.len() - before;
        self.long |= count > LONG;
        self.push(if count == 0 { "null)" } else { ")" })
    }

    /// The same of ids, as many as the next power of two is, the last one again and again: the records of any page are found by one of few
    /// statements, which the database has prepared already.
    pub fn bind_ids(&mut self, ids: impl IntoIterator<Item = Uuid>) -> &mut Self {
        self.bind_few(ids)
    }

    /// The same of anything else by which records are found.
    pub fn bind_few<V: Clone + Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        self.bind_list(few(values))
    }

    /// The same of ids as the only column of rows, `values ($1),($2)`: for what is asked of one id after the other.
    pub fn bind_id_rows(&mut self, ids: impl IntoIterator<Item = Uuid>) -> &mut Self {
        self.bind_rows(few(ids).into_iter().map(|id| vec![id.into()]))
    }

    /// `values (…), (…)`: rows to be written, each as long as the others.
    pub fn bind_rows(&mut self, rows: impl IntoIterator<Item = Vec<Value>>) -> &mut Self {
        let mut before = "values (";
        for row in rows {
            self.push(before).bind_each(row).push(")");
            before = ",(";
        }
        self
    }

    fn bind_each<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        for (at, value) in values.into_iter().enumerate() {
            self.push(if at == 0 { "" } else { "," }).bind(value);
        }
        self
    }

    /// Another statement within this one, its places after those that are there.
    pub fn push_sql(&mut self, other: Self) -> &mut Self {
        let before = self.values.len();
        let mut parts = other.text.split('$');
        self.push(parts.next().unwrap_or_default());
        for part in parts {
            let rest = part.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let place: usize = part[..part.len() - rest.len()].parse().unwrap_or_default();
            self.push(&format!("${}", before + place)).push(rest);
        }
        self.values.extend(other.values);
        self.long |= other.long;
        self
    }

    pub fn statement(self, backend: DbBackend) -> Statement {
        STATEMENTS.set(STATEMENTS.get() + 1);
        let text = if Pools::numbered(backend) { self.text } else { anonymous(&self.text) };
        Statement::from_sql_and_values(backend, text, self.values)
    }
}

/// As many as the next power of two is, the last one again and again.
fn few<V: Clone>(values: impl IntoIterator<Item = V>) -> Vec<V> {
    let mut values: Vec<V> = values.into_iter().collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// `$1, $2` as `?, ?`. SQLite keeps a list of the names of numbered places, and its driver searches that list once for each
/// value: quadratic, minutes for the roster of a county. Places are bound in the order in which they are written, so none needs a name.
fn anonymous(text: &str) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push('?');
        out.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    out
}

/// The value to bind for a cell; an empty one still needs its type on PostgreSQL.
pub(crate) fn value_of(kind: &Kind, cell: &Cell) -> Value {
    match (kind, cell) {
        (_, Cell::Bool(flag)) => (*flag).into(),
        (Kind::Real { .. }, Cell::Int(int)) => int_as_real(*int).into(),
        (_, Cell::Int(int)) => (*int).into(),
        (_, Cell::Real(real)) => (*real).into(),
        (_, Cell::Text(text)) => text.clone().into(),
        (_, Cell::Date(date)) => (*date).into(),
        (_, Cell::Id(id)) => (*id).into(),
        (kind, Cell::Null | Cell::Secret(_)) => null_of(kind),
    }
}

#[expect(clippy::cast_precision_loss, reason = "whole numbers typed into a field for real ones are far below 2^53")]
fn int_as_real(int: i64) -> f64 {
    int as f64
}

fn null_of(kind: &Kind) -> Value {
    match kind {
        Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_) => Option::<String>::None.into(),
        Kind::Int { .. } | Kind::Moment => Option::<i64>::None.into(),
        Kind::Real { .. } => Option::<f64>::None.into(),
        Kind::Date => Option::<NaiveDate>::None.into(),
        Kind::Bool => Option::<bool>::None.into(),
        Kind::Ref(_) => Option::<Uuid>::None.into(),
    }
}

pub(crate) fn cell_of(result: &QueryResult, at: usize, kind: &Kind) -> Result<Cell, StoreError> {
    fn or_null<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Cell {
        value.map_or(Cell::Null, cell)
    }
    Ok(match kind {
        Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_) => or_null(result.try_get_by_index(at)?, Cell::Text),
        Kind::Int { .. } | Kind::Moment => or_null(result.try_get_by_index(at)?, Cell::Int),
        Kind::Real { .. } => or_null(result.try_get_by_index(at)?, Cell::Real),
        Kind::Date => or_null(result.try_get_by_index(at)?, Cell::Date),
        Kind::Bool => or_null(result.try_get_by_index(at)?, Cell::Bool),
        Kind::Ref(_) => or_null(result.try_get_by_index(at)?, Cell::Id),
    })
}

/// Reads a row selected with [`columns`].
pub(crate) fn row_of(noun: &Noun, result: &QueryResult) -> Result<Row, StoreError> {
    row_from(noun, result, 0)
}

/// Reads a row whose columns begin after `first` others.
pub(crate) fn row_from(noun: &Noun, result: &QueryResult, first: usize) -> Result<Row, StoreError> {
    let cells = noun.fields.iter().enumerate();
    let cells = cells.map(|(at, field)| cell_of(result, first + at + 2, &field.kind)).collect::<Result<_, _>>()?;
    Ok(Row { id: result.try_get_by_index(first)?, version: result.try_get_by_index(first + 1)?, cells })
}

/// `"id", "version", …` in the order of the field table.
pub(crate) fn columns(noun: &Noun) -> String {
    noun.fields.iter().fold("\"id\", \"version\"".to_owned(), |text, field| text + ", \"" + field.name + "\"")
}

/// ` where …` for a query within a scope. Every read of a record goes through here, or through [`crate::page`], which says the same in parts.
pub(crate) fn where_clause(sql: &mut Sql, noun: &Noun, query: &Query, scope: &Scope) {
    sql.push(" where ");
    match reach(noun, scope) {
        None => sql.push("1 = 1"),
        Some(ways) => sql.push("(").any_of(&ways).push(")"),
    };
    filters_clause(sql, noun, query, scope, None);
}

/// ` and …` for the filters and words of a query, but for the filter at one place.
pub(crate) fn filters_clause(sql: &mut Sql, noun: &Noun, query: &Query, scope: &Scope, without: Option<usize>) {
    for (at, filter) in query.filters.iter().enumerate().filter(|(at, _)| Some(*at) != without) {
        if let Some(field) = noun.field(filter.field) {
            sql.push(" and ");
            test_clause(sql, field, &query.filters[at].test);
        }
    }
    if let Some(typed) = &query.search {
        crate::search::clause(sql, tokens::question(noun, typed, scope));
    }
}

/// A column by which records are seen, and the ids that it may hold.
pub(crate) type Way = (&'static str, Vec<Uuid>);

/// The ways in which a record can be in someone's scope, each column once; `None` when every record is.
pub(crate) fn reach(noun: &Noun, scope: &Scope) -> Option<Vec<Way>> {
    if scope.all || noun.scope.everyone {
        return None;
    }
    let mut ways: Vec<Way> = Vec::new();
    let mine = [
        (noun.scope.units, scope.units.as_slice()),
        (noun.scope.home, scope.home.as_slice()),
        (noun.scope.persons, scope.person.as_slice()),
        (noun.scope.classes, scope.classes.as_slice()),
    ];
    for (columns, ids) in mine.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        for column in columns {
            match ways.iter_mut().find(|(known, _)| known == column) {
                Some((_, known)) => known.extend(ids.iter().filter(|id| !scope.units.contains(id))),
                None => ways.push((column, ids.to_vec())),
            }
        }
    }
    Some(ways)
}

impl Sql {
    /// `1 = 0 or "school" in (…) or …`: without any way, a reader sees nothing.
    pub fn any_of(&mut self, ways: &[Way]) -> &mut Self {
        self.push("1 = 0");
        for (column, ids) in ways {
            self.push(" or \"").push(column).push("\" in ").bind_list(ids.iter().copied());
        }
        self
    }
}

fn test_clause(sql: &mut Sql, field: &Field, test: &Test) {
    let column = format!("\"{}\"", field.name);
    let list = |sql: &mut Sql, cells: &[Cell]| {
        sql.bind_list(cells.iter().filter(|cell| !cell.is_null()).map(|cell| value_of(&field.kind, cell)));
    };
    match test {
        // Alone, as an index over the rows that are empty there says it.
        Test::OneOf(cells) if !cells.is_empty() && cells.iter().all(Cell::is_null) => {
            sql.push(&column).push(" is null");
        }
        Test::OneOf(cells) if cells.iter().any(Cell::is_null) => {
            sql.push("(").push(&column).push(" is null or ").push(&column).push(" in ");
            list(sql, cells);
            sql.push(")");
        }
        Test::OneOf(cells) => match codes(field, cells).as_deref() {
            Some([code]) => {
                sql.push(&format!("{column} = '{code}'"));
            }
            Some(codes) => {
                sql.push(&format!("{column} in ('{}')", codes.join("', '")));
            }
            None => list(sql.push(&column).push(" in "), cells),
        },
        Test::NoneOf(cells) => match codes(field, cells) {
            Some(codes) => {
                sql.push(&format!("{column} not in ('{}')", codes.join("', '")));
            }
            None => list(sql.push(&column).push(" not in "), cells),
        },
        Test::Between(low, high) => {
            sql.push("(").push(&column).push(" is not null");
            for (sign, bound) in [(" >= ", low), (" <= ", high)] {
                if let Some(bound) = bound {
                    bound_of(sql.push(" and ").push(&column).push(sign), field, bound);
                }
            }
            sql.push(")");
        }
        Test::After(other) => {
            sql.push(&format!("{column} > \"{other}\""));
        }
        Test::NotAfter(other) => {
            sql.push(&format!("{column} <= \"{other}\""));
        }
        Test::LaterBy(other, minutes) => {
            sql.push(&format!("{column} - \"{other}\" > {}", minutes * MINUTE));
        }
        Test::Present => {
            sql.push(&column).push(" is not null");
        }
        Test::NullOr(inner) => {
            sql.push("(").push(&column).push(" is null or ");
            test_clause(sql, field, inner);
            sql.push(")");
        }
    }
}

/// One end of a stretch. A day stands in the text of the statement: how much of a table lies behind it is what its plan depends on.
fn bound_of(sql: &mut Sql, field: &Field, bound: &Cell) {
    match bound {
        Cell::Date(day) if (1..=9999).contains(&day.year()) => sql.push(&format!("'{day}'")),
        bound => sql.bind(value_of(&field.kind, bound)),
    };
}

/// The codes that a field is asked for, as its noun writes them. They stand in the text of the statement rather than beside it: only then does a
/// database use an index over the rows that have one, or have none of them, and only then does a plan that is made once know that nearly
/// every case is closed and hardly any a mistake.
pub(crate) fn codes(field: &Field, cells: &[Cell]) -> Option<Vec<&'static str>> {
    let Kind::Choice(known) = &field.kind else { return None };
    let code = |cell: &Cell| {
        let asked = cell.text()?;
        known.iter().copied().find(|code| *code == asked && code.bytes().all(plain))
    };
    (!cells.is_empty()).then(|| cells.iter().map(code).collect()).flatten()
}

/// What can stand in a statement as it is.
fn plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(&byte)
}

/// The expression that a list is sorted by: an empty field counts as the least value, on both databases alike.
pub(crate) fn sort_expression(field: &Field) -> String {
    let least = match field.kind {
        _ if field.required => return format!("\"{}\"", field.name),
        Kind::Int { .. } | Kind::Moment => "-9007199254740991",
        Kind::Real { .. } => "-1e300",
        Kind::Date => "'0001-01-01'",
        Kind::Bool => "false",
        Kind::Ref(_) => return "\"id\"".to_owned(),
        Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_) => "''",
    };
    format!("coalesce(\"{}\", {least})", field.name)
}

/// What [`sort_expression`] makes of a row's cell.
pub(crate) fn sort_value(field: &Field, cell: &Cell, id: Uuid) -> Value {
    match (&field.kind, cell) {
        (Kind::Ref(_), _) if !field.required => id.into(),
        (Kind::Int { .. } | Kind::Moment, Cell::Null) => (-9_007_199_254_740_991_i64).into(),
        (Kind::Real { .. }, Cell::Null) => (-1e300_f64).into(),
        (Kind::Date, Cell::Null) => NaiveDate::from_ymd_opt(1, 1, 1).into(),
        (Kind::Bool, Cell::Null) => false.into(),
        (Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_), Cell::Null) => String::new().into(),
        (kind, cell) => value_of(kind, cell),
    }
}

/// ` and (sort, id) > (…)`: rows after a place in the list, or before it.
pub(crate) fn place_clause(sql: &mut Sql, field: &Field, place: &Place, descending: bool) {
    let sign = if descending == place.backwards { ">" } else { "<" };
    sql.push(" and (").push(&sort_expression(field)).push(", \"id\") ").push(sign).push(" (");
    sql.bind(sort_value(field, &place.value, place.id)).push(", ").bind(place.id).push(")");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_bound_as_many_at_a_time_as_few_statements_have() {
        for (count, places, long) in
            [(0, 0, false), (1, 1, false), (2, 2, false), (3, 4, false), (16, 16, false), (17, 32, true)]
        {
            let mut sql = Sql::new("id in ");
            sql.bind_ids((1..=count).map(Uuid::from_u128));
            assert_eq!((sql.values.len(), sql.long), (places, long), "{count}");
            assert_eq!(sql.values.last().cloned(), (count > 0).then(|| Uuid::from_u128(count).into()));
            assert!(count > 0 || sql.text == "id in (null)");
        }
    }

    #[test]
    fn a_statement_within_another_keeps_its_values_in_their_order() {
        let mut inner = Sql::new("b in ");
        inner.bind_list([2_i64, 3]).push(" or c = ").bind(4_i64);
        let mut sql = Sql::new("a = ");
        sql.bind(1_i64).push(" and (").push_sql(inner).push(") and d = ").bind(5_i64);
        assert_eq!(sql.text, "a = $1 and (b in ($2,$3) or c = $4) and d = $5");
        assert_eq!(sql.values, [1_i64, 2, 3, 4, 5].map(Value::from));
    }

    #[test]
    fn places_lose_their_numbers_and_nothing_else() {
        for (numbered, bare) in [
            ("a = $1 and b in ($2,$13)", "a = ? and b in (?,?)"),
            ("select 1", "select 1"),
            ("$1", "?"),
            ("", ""),
            ("x$1 = 5", "x? = 5"),
        ] {
            assert_eq!(anonymous(numbered), bare);
        }
    }
}
