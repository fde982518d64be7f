//! Reading a list to its end, however long it is: at one moment, and a few thousand rows at a time.

use std::collections::HashMap;
use std::sync::Arc;

use kit::query::{Place, Query};
use kit::{Noun, Row, Scope};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::keys::KeyFolder;
use crate::page::{self, Order};
use crate::past::source;
use crate::read::{by_ids, reveal};
use crate::sql::{Sql, columns, row_of, where_clause};
use crate::store::Store;

/// Rows that are in memory at once.
pub const BATCH: u64 = 4_000;
/// A list of at most so many rows comes in the order that was asked for: the database sorts it anew for each batch. A longer one
/// comes in the order of ids, which is that of their making and costs nothing.
const SORTED: i64 = 40_000;

/// The records at one moment, whatever is written meanwhile. Dropped, it is over.
pub struct Snapshot {
    tx: DatabaseTransaction,
    pools: Pools,
    keys: Option<Arc<KeyFolder>>,
}

/// How far one has come in reading a list.
#[derive(Clone, Debug)]
pub struct Walk {
    noun: &'static Noun,
    query: Query,
    scope: Scope,
    total: i64,
    sorted: bool,
    last: Option<Place>,
    ended: bool,
}

impl Walk {
    /// Exactly how many rows there are to read.
    pub fn total(&self) -> i64 {
        self.total
    }
}

impl Store {
    /// Holds on to this moment.
    pub async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        Ok(Snapshot { tx: self.pools.snapshot().await?, pools: self.pools.clone(), keys: self.keys.clone() })
    }

    /// The records that stand before and after one in a list.
    pub async fn neighbours(
        &self,
        noun: &'static Noun,
        query: &Query,
        scope: &Scope,
        row: &Row,
    ) -> Result<(Option<Uuid>, Option<Uuid>), StoreError> {
        let mut found = [None; 2];
        for (slot, backwards) in found.iter_mut().zip([true, false]) {
            let value = row.get(noun, Order::of(noun, query).field.name).clone();
            let place = Some(Place { value, id: row.id, backwards });
            // A page of no rows reads one, to know whether there are more: that one is the neighbour.
            let query = Query { place, limit: 0, ..query.clone() };
            let sql = page::statement(noun, &query, scope, &Order::of(noun, &query), self.pools.planner());
            *slot = self.rows(noun, sql).await?.first().map(|row| row.id);
        }
        let [before, after] = found;
        Ok((before, after))
    }
}

impl Snapshot {
    /// Begins to read a list. The place and the limit of the question are those of a page and mean nothing here.
    pub async fn walk(&self, noun: &'static Noun, query: &Query, scope: &Scope) -> Result<Walk, StoreError> {
        let sql = page::total(noun, query, scope, self.pools.planner());
        let row = self.tx.query_one_raw(sql.statement(self.pools.backend)).await?;
        let total = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
        let (query, scope) = (query.clone(), scope.clone());
        Ok(Walk { noun, query, scope, total, sorted: total <= SORTED, last: None, ended: false })
    }

    /// The next rows, at most [`BATCH`]; none at the end.
    pub async fn next(&self, walk: &mut Walk) -> Result<Vec<Row>, StoreError> {
        if walk.ended {
            return Ok(Vec::new());
        }
        let noun = walk.noun;
        let mut sql = Sql::new(format!("select {} from {}", columns(noun), source(noun, &walk.query)));
        where_clause(&mut sql, noun, &walk.query, &walk.scope);
        // The place and the limit of the question are those of a page.
        let order = Order::of(noun, &Query { place: None, ..walk.query.clone() });
        if walk.sorted {
            order.place(&mut sql, walk.last.as_ref());
            sql.push(&order.ending(BATCH));
        } else {
            if let Some(place) = &walk.last {
                sql.push(" and \"id\" > ").bind(place.id);
            }
            sql.push(&format!(" order by \"id\" limit {BATCH}"));
        }
        let rows = self.rows(noun, sql).await?;
        walk.ended = (rows.len() as u64) < BATCH;
        let place = |row: &Row| Place { value: row.get(noun, order.field.name).clone(), id: row.id, backwards: false };
        walk.last = rows.last().map(place);
        Ok(rows)
    }

    /// Several records by id, as they stood at this moment.
    pub async fn find_many(&self, noun: &Noun, ids: &[Uuid], scope: &Scope) -> Result<HashMap<Uuid, Row>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for sql in by_ids(noun, ids, scope) {
            found.extend(self.rows(noun, sql).await?.into_iter().map(|row| (row.id, row)));
        }
        Ok(found)
    }

    /// As [`Store::reveal`], at this moment.
    pub async fn reveal(&self, noun: &Noun, field: &str, rows: &[Row]) -> Result<Vec<Option<String>>, StoreError> {
        reveal(&self.tx, &self.pools, self.keys.as_deref(), noun, field, rows).await
    }

    async fn rows(&self, noun: &Noun, sql: Sql) -> Result<Vec<Row>, StoreError> {
        let results = self.tx.query_all_raw(sql.statement(self.pools.backend)).await?;
        results.iter().map(|result| row_of(noun, result)).collect()
    }
}
