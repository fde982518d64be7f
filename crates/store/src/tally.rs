//! Exact totals that are kept, not counted: for each set of fields that a noun names, one line for each combination of values that
//! occurs, with the number of its rows. The lines change in the transaction that changes the rows, so they are right or the
//! change is not there; a list of half a million rows learns its total from a few lines.
//!
//! A tally's columns have the names and types of the noun's own, so the very clauses of a query ask it. Rejected: capped counts
//! ("1000+"), which no office can put into a report; and triggers, which would be written twice, once for each database.

use std::collections::{BTreeMap, HashMap};

use kit::query::Query;
use kit::{Cell, Change, Field, Kind, Noun, Row};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::migrate::Migration;
use crate::past::{self, Past};
use crate::sql::{Sql, cell_of, value_of};
use crate::store::Store;

/// Which tallies the database holds, and over which fields: a noun that names other fields than before has its tally made anew.
pub(crate) const STEP: Migration =
    Migration { name: "0001_tally", sql: "create table tally (name text primary key, fields text not null)" };

/// One set of fields of a noun.
pub(crate) struct Tally {
    pub name: String,
    pub fields: Vec<&'static Field>,
}

/// Lines of a tally: values, and how many rows have them.
type Lines = BTreeMap<String, (Vec<Cell>, i64)>;

impl Tally {
    /// The tallies of a noun, the smallest first.
    pub fn all(noun: &Noun) -> impl Iterator<Item = Self> + '_ {
        noun.tallies.iter().enumerate().map(|(at, names)| Self {
            name: format!("tally_{}_{}", noun.name, at + 1),
            fields: names.iter().filter_map(|name| noun.field(name)).collect(),
        })
    }

    /// The smallest tally of a noun that can answer this question, asked by these columns besides.
    pub fn covering(noun: &Noun, query: &Query, columns: &[&str]) -> Option<Self> {
        if query.search.is_some() || query.as_of.is_some() {
            return None;
        }
        let tests = query.filters.iter().flat_map(|filter| [filter.field, filter.test.other().unwrap_or_default()]);
        let asked: Vec<&str> = tests.chain(columns.iter().copied()).filter(|name| !name.is_empty()).collect();
        let has = |tally: &Self, name: &str| tally.fields.iter().any(|field| field.name == name);
        Self::all(noun).find(|tally| asked.iter().all(|name| has(tally, name)))
    }

    fn said(&self) -> String {
        self.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(" ")
    }

    fn columns(&self) -> String {
        self.fields.iter().map(|field| format!("\"{}\"", field.name)).collect::<Vec<_>>().join(", ")
    }

    /// Adds up what these rows come to; `sign` is 1 for rows that are there now and -1 for those that are no longer so.
    fn add(&self, lines: &mut Lines, noun: &Noun, row: &Row, sign: i64) {
        let cells: Vec<Cell> = self.fields.iter().map(|field| row.get(noun, field.name).clone()).collect();
        let line = lines.entry(key(&cells)).or_insert_with(|| (cells, 0));
        line.1 += sign;
    }

    /// The statements that write lines: those that are there already are added to.
    fn written(&self, pools: &Pools, lines: &Lines) -> Vec<Sql> {
        let lines: Vec<_> = lines.iter().filter(|(_, (_, count))| *count != 0).collect();
        let statement = |chunk: &[(&String, &(Vec<Cell>, i64))]| {
            let values = |(key, (cells, count)): &(&String, &(Vec<Cell>, i64))| {
                let cells = self.fields.iter().zip(cells).map(|(field, cell)| value_of(&field.kind, cell));
                [key.as_str().into(), (*count).into()].into_iter().chain(cells).collect()
            };
            let mut sql = Sql::new(format!("insert into \"{}\" (cell, n, {}) ", self.name, self.columns()));
            sql.bind_rows(chunk.iter().map(values));
            sql.push(&format!(" on conflict (cell) do update set n = \"{}\".n + excluded.n", self.name));
            sql
        };
        lines.chunks((pools.max_values() / (self.fields.len() + 2)).min(2_000)).map(statement).collect()
    }

    /// What the rows themselves say.
    async fn counted(&self, conn: &impl ConnectionTrait, pools: &Pools, noun: &Noun) -> Result<Lines, StoreError> {
        let columns = self.columns();
        let sql = Sql::new(format!("select count(*), {columns} from \"{}\" group by {columns}", noun.name));
        self.read(conn, pools, sql).await
    }

    /// What the tally says.
    async fn kept(&self, conn: &impl ConnectionTrait, pools: &Pools) -> Result<Lines, StoreError> {
        let sql = Sql::new(format!("select n, {} from \"{}\" where n <> 0", self.columns(), self.name));
        self.read(conn, pools, sql).await
    }

    async fn read(&self, conn: &impl ConnectionTrait, pools: &Pools, sql: Sql) -> Result<Lines, StoreError> {
        let mut lines = Lines::new();
        for result in conn.query_all_raw(sql.statement(pools.backend)).await? {
            let cells = self.fields.iter().enumerate();
            let cells =
                cells.map(|(at, field)| cell_of(&result, at + 1, &field.kind)).collect::<Result<Vec<_>, _>>()?;
            lines.insert(key(&cells), (cells, result.try_get_by_index(0)?));
        }
        Ok(lines)
    }

    /// Makes the tally from the rows that are there.
    async fn make(&self, tx: &DatabaseTransaction, pools: &Pools, noun: &Noun) -> Result<(), StoreError> {
        tx.execute_unprepared(&format!("drop table if exists \"{}\"", self.name)).await?;
        let columns = self.fields.iter().map(|field| format!(", \"{}\" {}", field.name, type_of(&field.kind)));
        let table = format!(
            "create table \"{}\" (cell text primary key, n bigint not null{})",
            self.name,
            columns.collect::<String>()
        );
        tx.execute_unprepared(&pools.schema_text(&table)).await?;
        if let Some(first) = self.fields.first() {
            let index = format!("create index \"{0}_first\" on \"{0}\" (\"{1}\")", self.name, first.name);
            tx.execute_unprepared(&index).await?;
        }
        let lines = self.counted(tx, pools, noun).await?;
        for sql in self.written(pools, &lines) {
            tx.execute_raw(sql.statement(pools.backend)).await?;
        }
        Ok(())
    }
}

/// One text for one combination of values, the same on both databases.
fn key(cells: &[Cell]) -> String {
    serde_json::Value::Array(cells.iter().map(Cell::json).collect()).to_string()
}

pub(crate) fn type_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_) => "text",
        Kind::Int { .. } | Kind::Moment => "bigint",
        Kind::Real { .. } => "double precision",
        Kind::Date => "date",
        Kind::Bool => "boolean",
        Kind::Ref(_) => "uuid",
    }
}

/// What the changes of one transaction come to, until it is written: one statement a tally, however many changes there were.
#[derive(Default)]
pub(crate) struct Sums(BTreeMap<String, (Tally, Lines)>);

impl Sums {
    pub fn add(&mut self, noun: &'static Noun, changes: &[Change]) {
        for tally in Tally::all(noun) {
            let (tally, lines) = self.0.entry(tally.name.clone()).or_insert_with(|| (tally, Lines::new()));
            for change in changes {
                if let Some(before) = &change.before {
                    tally.add(lines, noun, before, -1);
                }
                tally.add(lines, noun, &change.after, 1);
            }
        }
    }

    /// The statements that bring the tallies to what was added up.
    pub fn written(&self, pools: &Pools) -> Vec<Sql> {
        self.0.values().flat_map(|(tally, lines)| tally.written(pools, lines)).collect()
    }
}

/// Sees to it that every tally that a noun names is there, and none that no noun names any more.
pub(crate) async fn raise(pools: &Pools, nouns: &[&'static Noun]) -> Result<(), StoreError> {
    let rows = pools.write.query_all_raw(Sql::new("select name, fields from tally").statement(pools.backend)).await?;
    let mut known = HashMap::with_capacity(rows.len());
    for row in rows {
        known.insert(row.try_get_by_index::<String>(0)?, row.try_get_by_index::<String>(1)?);
    }
    let named: Vec<_> = nouns.iter().flat_map(|noun| Tally::all(noun).map(move |tally| (*noun, tally))).collect();
    let fits = |tally: &Tally| known.get(&tally.name).is_some_and(|fields| *fields == tally.said());
    let stale: Vec<_> = named.iter().filter(|(_, tally)| !fits(tally)).collect();
    let past: Vec<_> = nouns.iter().filter_map(|noun| Some(Past::of(noun)?.table)).collect();
    let unnamed = |name: &&String| named.iter().all(|(_, tally)| tally.name != **name) && !past.contains(name);
    let gone: Vec<_> = known.keys().filter(unnamed).collect();
    past::raise(pools, nouns, &known).await?;
    if stale.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let tx = pools.write.begin().await?;
    for name in gone {
        tx.execute_unprepared(&format!("drop table if exists \"{name}\"")).await?;
        let mut sql = Sql::new("delete from tally where name = ");
        sql.bind(name.as_str());
        tx.execute_raw(sql.statement(pools.backend)).await?;
    }
    for (noun, tally) in stale {
        tally.make(&tx, pools, noun).await?;
        note(&tx, pools, &tally.name, tally.said()).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Notes over which fields a table was made.
pub(crate) async fn note(
    tx: &DatabaseTransaction,
    pools: &Pools,
    name: &str,
    fields: String,
) -> Result<(), StoreError> {
    let mut sql = Sql::new("insert into tally (name, fields) values (");
    sql.bind(name).push(",").bind(fields).push(") on conflict (name) do update set fields = excluded.fields");
    tx.execute_raw(sql.statement(pools.backend)).await?;
    Ok(())
}

impl Store {
    /// How many lines of the tallies say another number than the rows do, or of what records said before than the history: none, unless somebody wrote past the house.
    pub async fn check_tallies(&self) -> Result<u64, StoreError> {
        Ok(self.wrong_tallies().await?.values().sum())
    }

    /// The same by the name of the table, without those that have none.
    pub async fn wrong_tallies(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let tx = self.pools.snapshot().await?;
        let mut wrong = BTreeMap::new();
        for noun in self.nouns() {
            for tally in Tally::all(noun) {
                let (counted, kept) =
                    (tally.counted(&tx, &self.pools, noun).await?, tally.kept(&tx, &self.pools).await?);
                let differs = |key: &&String| counted.get(*key) != kept.get(*key);
                let missing = kept.keys().filter(|key| !counted.contains_key(*key)).count();
                wrong.insert(tally.name, (counted.keys().filter(differs).count() + missing) as u64);
            }
            if let Some(past) = Past::of(noun) {
                let lines = past.wrong(&tx, &self.pools, noun).await?;
                wrong.insert(past.table, lines as u64);
            }
        }
        tx.rollback().await?;
        wrong.retain(|_, lines| *lines > 0);
        Ok(wrong)
    }

    /// Makes every tally anew from the rows, and what records said before from the history.
    pub async fn remake_tallies(&self) -> Result<(), StoreError> {
        let tx = self.pools.write.begin().await?;
        for noun in self.nouns() {
            for tally in Tally::all(noun) {
                tally.make(&tx, &self.pools, noun).await?;
            }
            if let Some(past) = Past::of(noun) {
                past.make(&tx, &self.pools, noun).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }
}
