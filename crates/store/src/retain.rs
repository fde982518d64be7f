//! Logs outside the history that end after a term. What is chained never does: it is listed for a decision instead.

use sea_orm::ConnectionTrait;

use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

/// A log whose lines may be deleted when their term is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Log {
    /// Who opened which sealed value.
    Reading,
    /// Notices, read or never looked at.
    Notice,
    /// Messages that went out, or were given up.
    Message,
    /// Sessions that ended or were left.
    Session,
    /// Tokens that were ended.
    Token,
}

/// What of a log is past its term.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aged {
    pub count: u64,
    /// Milliseconds UTC.
    pub oldest: Option<i64>,
}

/// How many lines one statement deletes: other writers wait no longer than that.
const TOGETHER: u32 = 2000;

impl Log {
    pub const ALL: [Self; 5] = [Self::Reading, Self::Notice, Self::Message, Self::Session, Self::Token];

    fn table(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Notice => "notice",
            Self::Message => "message",
            Self::Session => "session",
            Self::Token => "token",
        }
    }

    /// The moment from which its term counts; a line that has none is still in use.
    fn ended(self) -> &'static str {
        match self {
            Self::Reading => "at",
            // What nobody read for the whole of the term nobody will: it counts from when it was written, or it stood at the bell for ever.
            Self::Notice => "coalesce(read_at, at)",
            Self::Message => "coalesce(ended_at, sent_at)",
            // One that was never ended is over since it was last seen: none lives for months.
            Self::Session => "coalesce(ended_at, seen_at)",
            Self::Token => "ended_at",
        }
    }

    /// In which order lines go. What is interrupted between two portions leaves no hole in the log of readings, whatever the clock said.
    fn order(self) -> &'static str {
        if self == Self::Reading { "seq, id" } else { "id" }
    }

    /// What ended before a moment. The log of readings loses its beginning only, never a line behind one that stays.
    fn over(self, sql: &mut Sql, before: i64) {
        sql.push(self.ended()).push(" < ").bind(before);
        if self == Self::Reading {
            sql.push(" and coalesce(seq, 0) < coalesce((select min(kept.seq) from reading kept where kept.at >= ");
            sql.bind(before).push("), ").bind(i64::MAX).push(")");
        }
    }
}

impl Store {
    /// How much of a log ended before a moment.
    pub async fn aged(&self, log: Log, before: i64) -> Result<Aged, StoreError> {
        let mut sql = Sql::new(format!("select count(*), min({}) from {} where ", log.ended(), log.table()));
        log.over(&mut sql, before);
        let row = self.pools.one(sql).await?;
        let Some(row) = row else { return Ok(Aged::default()) };
        Ok(Aged { count: row.try_get_by_index::<i64>(0)?.unsigned_abs(), oldest: row.try_get_by_index(1)? })
    }

    /// Deletes what of a log ended before a moment, in portions; tells after each how much is gone.
    pub async fn delete_aged(
        &self,
        log: Log,
        before: i64,
        step: &mut (dyn FnMut(u64) + Send),
    ) -> Result<u64, StoreError> {
        let table = log.table();
        let mut gone = 0;
        loop {
            let mut sql = Sql::new(format!("delete from {table} where id in (select id from {table} where "));
            log.over(&mut sql, before);
            sql.push(&format!(" order by {} limit {TOGETHER})", log.order()));
            let portion = self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected();
            gone += portion;
            step(gone);
            if portion < u64::from(TOGETHER) {
                return Ok(gone);
            }
        }
    }
}
