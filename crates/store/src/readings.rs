//! Who opened which sealed value: a log with a chain of its own, because its lines end after a term and those of the history never do.
//!
//! Each line carries the hash of the one before, as an event does. A log that is shortened at its beginning stays provable: what is left
//! follows one another to the end, and the history records how many lines were deleted (销毁登记) and, day by day, where the log ended.

use kit::Noun;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, TransactionTrait};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::chain::{Hash, field, stored_hash};
use crate::error::StoreError;
use crate::migrate::Migration;
use crate::sql::Sql;
use crate::store::Store;

/// The log is read page by page, newest first, and ends by its age.
pub(crate) const TIME: Migration =
    Migration { name: "0151_reading_time", sql: "create index reading_at on reading (at, id)" };

/// Lines from before have no place in the chain and end as they would have.
pub(crate) const CHAIN: Migration = Migration {
    name: "0156_reading_chain",
    sql: "alter table reading add column seq bigint;
alter table reading add column hash bytes;
create unique index reading_seq on reading (seq);
create table reading_head (id bigint primary key, seq bigint not null, hash bytes not null)",
};

const LINE: &str = "anxiao-reading-1";
const GENESIS: &str = "anxiao-readings-1";

const UNPLACED: &str = "select count(*) from reading where seq is null";

/// How many lines are in memory at once.
const TOGETHER: usize = 5_000;

/// Time, account, noun, record, field, reason.
pub type Reading = (i64, Uuid, String, Uuid, String, String);

/// Where the log ended at some time, as the history has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    pub seq: i64,
    pub hash: Hash,
}

/// What is wrong with the log of readings, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Torn {
    /// A line holds something else than was written, or another stands in its place.
    Altered { seq: i64 },
    /// Lines are missing between two others.
    Missing { from: i64, to: i64 },
    /// More is gone from the beginning than the history says was deleted.
    Begins { first: i64, deleted: u64 },
    /// The end was cut off: so many lines were written.
    Cut { have: i64, written: i64 },
    /// The history says that another line stood here.
    Exchanged { seq: i64 },
    /// More lines without a place than the history has ever said that there are.
    Strange { count: i64 },
}

impl std::fmt::Display for Torn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Altered { seq } => write!(f, "line {seq} of the log of readings was altered"),
            Self::Missing { from, to } => write!(f, "lines {from} to {to} of the log of readings are missing"),
            Self::Begins { first, deleted } => {
                write!(f, "the log of readings begins at line {first}, but {deleted} lines were deleted by their term")
            }
            Self::Cut { have, written } => {
                write!(f, "the log of readings ends at line {have}, but {written} were written")
            }
            Self::Exchanged { seq } => {
                write!(f, "line {seq} of the log of readings is not the one that the history names")
            }
            Self::Strange { count } => write!(f, "{count} lines of the log of readings were put in from outside"),
        }
    }
}

/// A line as it is chained.
struct Line<'a> {
    seq: i64,
    id: Uuid,
    at: i64,
    actor: Uuid,
    noun: &'a str,
    record: Uuid,
    field: &'a str,
    reason: &'a str,
}

/// What the first line of a county follows.
fn genesis(county: &str) -> Hash {
    let mut hasher = Sha256::new();
    field(&mut hasher, GENESIS.as_bytes());
    field(&mut hasher, county.as_bytes());
    hasher.finalize().into()
}

fn link(prev: &Hash, line: &Line) -> Hash {
    let mut hasher = Sha256::new();
    field(&mut hasher, LINE.as_bytes());
    field(&mut hasher, prev);
    field(&mut hasher, &line.seq.to_be_bytes());
    field(&mut hasher, line.id.as_bytes());
    field(&mut hasher, &line.at.to_be_bytes());
    field(&mut hasher, line.actor.as_bytes());
    field(&mut hasher, line.noun.as_bytes());
    field(&mut hasher, line.record.as_bytes());
    field(&mut hasher, line.field.as_bytes());
    field(&mut hasher, line.reason.as_bytes());
    hasher.finalize().into()
}

impl Store {
    pub(crate) async fn begin_readings(&self) -> Result<(), StoreError> {
        let mut sql = Sql::new("insert into reading_head (id, seq, hash) values (1, 0, ");
        sql.bind(genesis(&self.county).to_vec()).push(") on conflict (id) do nothing");
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    /// Notes that someone read a sensitive value, before he is shown it.
    pub async fn note_reading(
        &self,
        at: i64,
        actor: Uuid,
        noun: &Noun,
        record: Uuid,
        field: &str,
        reason: &str,
    ) -> Result<(), StoreError> {
        let backend = self.pools.backend;
        let tx = self.pools.write.begin().await?;
        // An update first, as for the history: it takes the lock, and so one line follows another.
        let head = Sql::new("update reading_head set seq = seq + 1 where id = 1 returning seq, hash");
        let head = tx.query_one_raw(head.statement(backend)).await?.ok_or(StoreError::Closed)?;
        let (seq, prev) = (head.try_get_by_index(0)?, stored_hash(&head.try_get_by_index::<Vec<u8>>(1)?));
        let line = Line { seq, id: self.new_id(at), at, actor, noun: noun.name, record, field, reason };
        let hash = link(&prev, &line).to_vec();
        let mut sql = Sql::new("insert into reading (id, at, actor, noun, record, field, reason, seq, hash) values (");
        sql.bind(line.id).push(",").bind(at).push(",").bind(actor).push(",").bind(noun.name).push(",").bind(record);
        sql.push(",").bind(field).push(",").bind(reason).push(",").bind(seq).push(",").bind(hash.clone()).push(")");
        tx.execute_raw(sql.statement(backend)).await?;
        let mut sql = Sql::new("update reading_head set hash = ");
        sql.bind(hash).push(" where id = 1");
        tx.execute_raw(sql.statement(backend)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The newest of who opened what; see [`Store::older_readings`].
    pub async fn readings(&self, limit: u64) -> Result<Vec<Reading>, StoreError> {
        self.older_readings(0, limit).await
    }

    /// Who opened what, newest first, beyond so many.
    pub async fn older_readings(&self, beyond: u64, limit: u64) -> Result<Vec<Reading>, StoreError> {
        let sql = Sql::new(format!(
            "select at, actor, noun, record, field, reason from reading order by at desc, id desc limit {limit} offset {beyond}"
        ));
        let rows = self.pools.all(sql).await?;
        let read = |row: &QueryResult| {
            Ok((
                row.try_get_by_index(0)?,
                row.try_get_by_index(1)?,
                row.try_get_by_index(2)?,
                row.try_get_by_index(3)?,
                row.try_get_by_index(4)?,
                row.try_get_by_index(5)?,
            ))
        };
        rows.iter().map(read).collect()
    }

    /// Where the log of readings ends.
    pub async fn last_reading(&self) -> Result<Last, StoreError> {
        let row = self.pools.one(Sql::new("select seq, hash from reading_head where id = 1")).await?;
        head_of(row.as_ref(), &self.county)
    }

    /// Whether the line at which the log once ended is still the same.
    pub async fn has_reading(&self, end: Last) -> Result<bool, StoreError> {
        let mut sql = Sql::new("select seq from reading where seq = ");
        sql.bind(end.seq).push(" and hash = ").bind(end.hash.to_vec());
        Ok(self.pools.one(sql).await?.is_some())
    }

    /// How many lines have no place: they are from before the chain.
    pub async fn unplaced_readings(&self) -> Result<i64, StoreError> {
        let row = self.pools.one(Sql::new(UNPLACED)).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0).map_err(Into::into))
    }

    /// Reads the log through. `sealed` says where it once ended, in rising order, `unplaced` how few lines without a place there were, and `deleted` how many
    /// lines went by their term, all as the history has them: what is written here alone could be written by whoever changed the log. The first two are
    /// asked before the moment at which the log is read, so that it holds all of them, and the last after it: what a term deletes meanwhile is recorded
    /// first, so that nothing is missing which `deleted` does not count yet.
    pub async fn prove_readings(
        &self,
        sealed: &[Last],
        unplaced: Option<i64>,
        deleted: impl Future<Output = Result<u64, StoreError>>,
    ) -> Result<Vec<Torn>, StoreError> {
        let tx = self.pools.snapshot().await?;
        let head = Sql::new("select seq, hash from reading_head where id = 1").statement(self.pools.backend);
        let head = head_of(tx.query_one_raw(head).await?.as_ref(), &self.county)?;
        let deleted = deleted.await?;
        let mut walk = Walk { last: None, torn: Vec::new(), sealed, deleted, genesis: genesis(&self.county) };
        let mut after = 0_i64;
        loop {
            let mut sql =
                Sql::new("select seq, hash, id, at, actor, noun, record, field, reason from reading where seq > ");
            sql.bind(after).push(&format!(" order by seq limit {TOGETHER}"));
            let rows = tx.query_all_raw(sql.statement(self.pools.backend)).await?;
            let Some(last) = rows.last() else { break };
            after = last.try_get_by_index(0)?;
            rows.iter().try_for_each(|row| walk.feed(row))?;
        }
        let strange = match unplaced {
            Some(least) => self.unplaced(&tx).await? - least,
            None => 0,
        };
        tx.rollback().await?;
        Ok(walk.finish(head, strange))
    }

    /// The same as the transaction sees it. That they are older than the first line of the chain was asked before, and accused whoever had worked by a
    /// clock that was ahead; what is put in with an early time was found by nobody.
    async fn unplaced(&self, tx: &DatabaseTransaction) -> Result<i64, StoreError> {
        let row = tx.query_one_raw(Sql::new(UNPLACED).statement(self.pools.backend)).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0).map_err(Into::into))
    }
}

fn head_of(row: Option<&QueryResult>, county: &str) -> Result<Last, StoreError> {
    let Some(row) = row else { return Ok(Last { seq: 0, hash: genesis(county) }) };
    Ok(Last { seq: row.try_get_by_index(0)?, hash: stored_hash(&row.try_get_by_index::<Vec<u8>>(1)?) })
}

/// A walk through the lines in their order.
struct Walk<'a> {
    last: Option<Last>,
    torn: Vec<Torn>,
    sealed: &'a [Last],
    deleted: u64,
    genesis: Hash,
}

impl Walk<'_> {
    fn feed(&mut self, row: &QueryResult) -> Result<(), StoreError> {
        let seq: i64 = row.try_get_by_index(0)?;
        let hash = stored_hash(&row.try_get_by_index::<Option<Vec<u8>>>(1)?.unwrap_or_default());
        let (noun, field): (String, String) = (row.try_get_by_index(5)?, row.try_get_by_index(7)?);
        let reason: String = row.try_get_by_index(8)?;
        let line = Line {
            seq,
            id: row.try_get_by_index(2)?,
            at: row.try_get_by_index(3)?,
            actor: row.try_get_by_index(4)?,
            noun: &noun,
            record: row.try_get_by_index(6)?,
            field: &field,
            reason: &reason,
        };
        self.step(&line, hash);
        Ok(())
    }

    /// What the first line that is left follows was deleted with the line before it; from there on each proves the next.
    fn step(&mut self, line: &Line, hash: Hash) {
        let seq = line.seq;
        let prev = match self.last {
            Some(last) if seq > last.seq + 1 => {
                self.torn.push(Torn::Missing { from: last.seq + 1, to: seq - 1 });
                None
            }
            Some(last) => Some(last.hash),
            None if seq == 1 => Some(self.genesis),
            None => {
                if (seq - 1).unsigned_abs() > self.deleted {
                    self.torn.push(Torn::Begins { first: seq, deleted: self.deleted });
                }
                None
            }
        };
        if prev.is_some_and(|prev| link(&prev, line) != hash) {
            self.torn.push(Torn::Altered { seq });
        }
        let sealed = self.sealed.binary_search_by_key(&seq, |sealed| sealed.seq);
        if sealed.is_ok_and(|at| self.sealed[at].hash != hash) {
            self.torn.push(Torn::Exchanged { seq });
        }
        self.last = Some(Last { seq, hash });
    }

    fn finish(mut self, head: Last, strange: i64) -> Vec<Torn> {
        let written = self.sealed.iter().map(|sealed| sealed.seq).max().unwrap_or(0).max(head.seq);
        match self.last {
            Some(last) if last.seq < written => self.torn.push(Torn::Cut { have: last.seq, written }),
            Some(last) if last != head => self.torn.push(Torn::Altered { seq: last.seq }),
            // All that was written may have been deleted by its term.
            None if written.unsigned_abs() > self.deleted => self.torn.push(Torn::Cut { have: 0, written }),
            _ => {}
        }
        if strange > 0 {
            self.torn.push(Torn::Strange { count: strange });
        }
        self.torn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(seq: i64, reason: &str) -> Line<'_> {
        let id = Uuid::from_u128(seq.unsigned_abs().into());
        Line { seq, id, at: seq, actor: id, noun: "pupil", record: id, field: "id_number", reason }
    }

    /// Five honest lines.
    fn log() -> Vec<(i64, &'static str, Hash)> {
        let mut prev = genesis("431124");
        (1..=5)
            .map(|seq| {
                prev = link(&prev, &line(seq, "r"));
                (seq, "r", prev)
            })
            .collect()
    }

    fn walked(lines: &[(i64, &str, Hash)], sealed: &[Last], deleted: u64) -> Vec<Torn> {
        let head = Last { seq: 5, hash: log()[4].2 };
        let mut walk = Walk { last: None, torn: Vec::new(), sealed, deleted, genesis: genesis("431124") };
        for (seq, reason, hash) in lines {
            walk.step(&line(*seq, reason), *hash);
        }
        walk.finish(head, 0)
    }

    #[test]
    fn what_was_changed_taken_out_or_cut_off_is_named_and_a_term_may_shorten_the_beginning() {
        let whole = log();
        let sealed = [Last { seq: 3, hash: whole[2].2 }, Last { seq: 5, hash: whole[4].2 }];
        let mut altered = whole.clone();
        altered[2].1 = "x";
        let mut rewritten = whole.clone();
        rewritten[4] = (5, "x", link(&whole[3].2, &line(5, "x")));
        let without = [&whole[..2], &whole[3..]].concat();
        for (name, lines, deleted, torn) in [
            ("whole", &whole[..], 0, vec![]),
            ("shortened by its term", &whole[3..], 3, vec![]),
            ("all ended", &[], 5, vec![]),
            ("shortened by hand", &whole[3..], 2, vec![Torn::Begins { first: 4, deleted: 2 }]),
            ("altered", &altered, 0, vec![Torn::Altered { seq: 3 }]),
            ("taken out", &without, 0, vec![Torn::Missing { from: 3, to: 3 }]),
            ("cut off", &whole[..4], 0, vec![Torn::Cut { have: 4, written: 5 }]),
            ("emptied", &[], 0, vec![Torn::Cut { have: 0, written: 5 }]),
            ("rewritten", &rewritten, 0, vec![Torn::Exchanged { seq: 5 }, Torn::Altered { seq: 5 }]),
        ] {
            assert_eq!(walked(lines, &sealed, deleted), torn, "{name}");
        }
    }
}
