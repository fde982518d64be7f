//! Reading: every question names whose eyes it is for.

use std::collections::HashMap;

use kit::query::{Place, Query};
use kit::{Cell, Field, Noun, Row, Scope};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::keys::KeyFolder;
use crate::page::{self, Order};
use crate::past::source;
use crate::people::{PersonKeys, subject_of};
use crate::seal;
use crate::sql::{Sql, columns, row_of, where_clause};
use crate::store::Store;

/// A page of a list, with the exact number of all rows that match.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub rows: Vec<Row>,
    pub total: i64,
    /// Where to go on; `None` at the end.
    pub next: Option<Place>,
    pub previous: Option<Place>,
}

/// The statements that find records by id, so many at a time as both databases bind.
pub(crate) fn by_ids(noun: &Noun, ids: &[Uuid], scope: &Scope) -> impl Iterator<Item = Sql> {
    ids.chunks(10_000).map(move |chunk| {
        let mut sql = Sql::new(format!("select {} from \"{}\"", columns(noun), noun.name));
        where_clause(&mut sql, noun, &Query::new(), scope);
        sql.push(" and \"id\" in ").bind_ids(chunk.iter().copied());
        sql
    })
}

impl Store {
    /// One page, sorted, with the exact total.
    pub async fn list(&self, noun: &Noun, query: &Query, scope: &Scope) -> Result<Page, StoreError> {
        let order = Order::of(noun, query);
        let page = self.rows(noun, page::statement(noun, query, scope, &order, self.pools.planner()));
        let (mut rows, counted) = if page::walks(noun, query, scope) {
            let (rows, total) = tokio::try_join!(page, self.count(noun, query, scope))?;
            (rows, Some(total))
        } else {
            (page.await?, None)
        };
        let more = rows.len() as u64 > query.limit;
        if more {
            rows.pop();
        }
        if order.backwards {
            rows.reverse();
        }
        // A list that fits on one page has been counted by reading it.
        let total = match (counted, &query.place) {
            (Some(total), _) => total,
            (None, None) if !more => i64::try_from(rows.len()).unwrap_or(i64::MAX),
            (None, _) => self.count(noun, query, scope).await?,
        };
        let place = |row: Option<&Row>, backwards| {
            row.map(|row| Place { value: row.get(noun, order.field.name).clone(), id: row.id, backwards })
        };
        let next = if more || order.backwards { place(rows.last(), false) } else { None };
        let first = order.backwards && !more || query.place.is_none();
        let previous = if first { None } else { place(rows.first(), true) };
        Ok(Page { rows, total, next, previous })
    }

    /// Exactly how many rows match.
    pub async fn count(&self, noun: &Noun, query: &Query, scope: &Scope) -> Result<i64, StoreError> {
        let sql = crate::search::count(noun, query, scope)
            .unwrap_or_else(|| page::total(noun, query, scope, self.pools.planner()));
        let row = self.pools.one(sql).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0).map_err(Into::into))
    }

    /// How many rows match for each value of a field (or the sum of `sum` over them), in one statement.
    pub async fn group(
        &self,
        noun: &Noun,
        by: &str,
        sum: Option<&str>,
        query: &Query,
        scope: &Scope,
    ) -> Result<Vec<(Cell, i64)>, StoreError> {
        let Some(field) = noun.field(by) else { return Ok(Vec::new()) };
        let summed = |sum: &str| {
            let measure = format!("cast(coalesce(sum(\"{sum}\"), 0) as bigint)");
            let mut sql = Sql::new(format!("select \"{by}\", {measure} from {}", source(noun, query)));
            where_clause(&mut sql, noun, query, scope);
            sql.push(&format!(" group by \"{by}\" order by 2 desc, 1"));
            sql
        };
        let sql = sum.map_or_else(|| page::grouped(noun, by, query, scope), summed);
        let rows = self.pools.all(sql).await?;
        let read = |row: &QueryResult| Ok((crate::sql::cell_of(row, 0, &field.kind)?, row.try_get_by_index(1)?));
        rows.iter().map(read).collect()
    }

    /// One field of each row that matches, with the row's id, in no order: for boards, which need no more of thousands of rows.
    pub async fn column(
        &self,
        noun: &Noun,
        field: &str,
        query: &Query,
        scope: &Scope,
    ) -> Result<Vec<(Uuid, Cell)>, StoreError> {
        let Some(field) = noun.field(field) else { return Ok(Vec::new()) };
        let mut sql = Sql::new(format!("select \"id\", \"{}\" from {}", field.name, source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        let rows = self.pools.all(sql).await?;
        let read = |row: &QueryResult| Ok((row.try_get_by_index(0)?, crate::sql::cell_of(row, 1, &field.kind)?));
        rows.iter().map(read).collect()
    }

    /// How many rows match for each pair of values of two fields: on which days at which school, for one.
    pub async fn pairs(
        &self,
        noun: &Noun,
        [one, other]: [&str; 2],
        query: &Query,
        scope: &Scope,
    ) -> Result<Vec<(Cell, Cell, i64)>, StoreError> {
        let Some((first, second)) = noun.field(one).zip(noun.field(other)) else { return Ok(Vec::new()) };
        let mut sql = Sql::new(format!("select \"{one}\", \"{other}\", count(*) from {}", source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        sql.push(&format!(" group by \"{one}\", \"{other}\" order by 1, 2"));
        let rows = self.pools.all(sql).await?;
        let cell = |row: &QueryResult, at, field: &Field| crate::sql::cell_of(row, at, &field.kind);
        let read = |row: &QueryResult| Ok((cell(row, 0, first)?, cell(row, 1, second)?, row.try_get_by_index(2)?));
        rows.iter().map(read).collect()
    }

    /// How many rows match for each value of a field, and the sums of these whole-number fields over them: one statement for a board.
    pub async fn group_sums(
        &self,
        noun: &Noun,
        by: &str,
        sums: &[&str],
        query: &Query,
        scope: &Scope,
    ) -> Result<Vec<(Cell, i64, Vec<i64>)>, StoreError> {
        let Some(field) = noun.field(by) else { return Ok(Vec::new()) };
        let mut sql = Sql::new(format!("select \"{by}\", count(*)"));
        for field in sums {
            sql.push(&format!(", cast(coalesce(sum(\"{field}\"), 0) as bigint)"));
        }
        sql.push(&format!(" from {}", source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        sql.push(&format!(" group by \"{by}\" order by 1"));
        let rows = self.pools.all(sql).await?;
        let read = |row: &QueryResult| {
            let sums = (0..sums.len()).map(|at| row.try_get_by_index(at + 2)).collect::<Result<_, _>>()?;
            Ok((crate::sql::cell_of(row, 0, &field.kind)?, row.try_get_by_index(1)?, sums))
        };
        rows.iter().map(read).collect()
    }

    /// The sum of a whole-number field over all rows that match.
    pub async fn sum(&self, noun: &Noun, field: &str, query: &Query, scope: &Scope) -> Result<i64, StoreError> {
        let mut sql =
            Sql::new(format!("select cast(coalesce(sum(\"{field}\"), 0) as bigint) from {}", source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        let row = self.pools.one(sql).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0).map_err(Into::into))
    }

    /// The value of a whole-number field below which so many per cent of the rows lie that these questions find, none of them twice (nearest rank: a value that
    /// occurs); `None` where there are none. Rows without a value are not asked.
    pub async fn percentile(
        &self,
        noun: &Noun,
        field: &'static str,
        percent: u8,
        queries: &[Query],
        scope: &Scope,
    ) -> Result<Option<i64>, StoreError> {
        let mut sql = Sql::new(format!(
            "select \"{field}\" from (select \"{field}\", row_number() over (order by \"{field}\") as place, count(*) over () as whole from ("
        ));
        for (at, query) in queries.iter().enumerate() {
            sql.push(if at == 0 { "" } else { " union all " });
            sql.push(&format!("select \"{field}\" from {}", source(noun, query)));
            where_clause(&mut sql, noun, &query.clone().filter(field, kit::Test::Present), scope);
        }
        if queries.is_empty() {
            return Ok(None);
        }
        sql.push(&format!(") found) ranked where place = (whole * {percent} + 99) / 100"));
        let row = self.pools.one(sql).await?;
        row.map(|row| row.try_get_by_index(0).map_err(Into::into)).transpose()
    }

    /// One record, if it exists for this scope.
    pub async fn find(&self, noun: &Noun, id: Uuid, scope: &Scope) -> Result<Option<Row>, StoreError> {
        Ok(self.find_many(noun, &[id], scope).await?.remove(&id))
    }

    /// Several records at once, by id; who is out of scope is not there.
    pub async fn find_many(&self, noun: &Noun, ids: &[Uuid], scope: &Scope) -> Result<HashMap<Uuid, Row>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for sql in by_ids(noun, ids, scope) {
            found.extend(self.rows(noun, sql).await?.into_iter().map(|row| (row.id, row)));
        }
        Ok(found)
    }

    /// The records whose field has one of these values: for keys of an import and blind indexes.
    pub async fn find_by(
        &self,
        noun: &Noun,
        field: &'static str,
        values: &[Cell],
        scope: &Scope,
    ) -> Result<Vec<Row>, StoreError> {
        let mut found = Vec::new();
        for chunk in values.chunks(10_000) {
            let query = Query::new().filter(field, kit::Test::OneOf(chunk.to_vec()));
            found.extend(self.all(noun, &query, scope).await?);
        }
        Ok(found)
    }

    /// Every row that matches, in order of id: for exports, imports and rules over all; the caller knows how many there can be.
    pub async fn all(&self, noun: &Noun, query: &Query, scope: &Scope) -> Result<Vec<Row>, StoreError> {
        let mut sql = Sql::new(format!("select {} from {}", columns(noun), source(noun, query)));
        where_clause(&mut sql, noun, query, scope);
        sql.push(" order by \"id\"");
        self.rows(noun, sql).await
    }

    pub(crate) async fn rows(&self, noun: &Noun, sql: Sql) -> Result<Vec<Row>, StoreError> {
        let results = self.pools.all(sql).await?;
        results.iter().map(|result| row_of(noun, result)).collect()
    }

    /// The clear text of a sealed field, row by row; `None` where it is empty, erased, or the keys are away.
    pub async fn reveal(&self, noun: &Noun, field: &str, rows: &[Row]) -> Result<Vec<Option<String>>, StoreError> {
        reveal(&self.pools.read, &self.pools, self.keys.as_deref(), noun, field, rows).await
    }

    /// What the hidden index of a sealed field holds for a value: for exact search and for the keys of an import.
    pub fn blind(&self, field: &str, plain: &str) -> Result<String, StoreError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        Ok(seal::blind(keys.index_key(), field, plain))
    }
}

/// The clear text of a sealed field, read over this connection.
pub(crate) async fn reveal(
    conn: &impl ConnectionTrait,
    pools: &Pools,
    keys: Option<&KeyFolder>,
    noun: &Noun,
    field: &str,
    rows: &[Row],
) -> Result<Vec<Option<String>>, StoreError> {
    let Some(keys) = keys else { return Ok(vec![None; rows.len()]) };
    let holders = rows.iter().filter_map(|row| subject_of(noun, row));
    let persons = PersonKeys::readable(conn, pools, keys, holders).await?;
    let open = |row: &Row| {
        let person = subject_of(noun, row)?;
        seal::open(persons.get(person)?, field, person, row.get(noun, field).text()?).ok()
    };
    Ok(rows.iter().map(open).collect())
}
