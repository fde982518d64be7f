//! The statements of one transaction, one of which is under way while the next is made ready.
//!
//! A database works by itself, SQLite on a thread of its driver and PostgreSQL in another process: whoever waits for each statement before he makes the
//! next one ready leaves one of two cores idle all the time. More than one ahead would need a task of its own.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use futures_util::poll;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult};

use crate::error::StoreError;
use crate::sql::Sql;

type Work<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// A transaction, and what it is doing.
pub(crate) struct Lane<'a> {
    tx: &'a DatabaseTransaction,
    backend: DbBackend,
    under_way: Option<Work<'a>>,
}

impl<'a> Lane<'a> {
    pub fn new(tx: &'a DatabaseTransaction, backend: DbBackend) -> Self {
        Self { tx, backend, under_way: None }
    }

    /// Begins a statement as soon as the one before is done. What is wrong with it is said by whatever comes next.
    pub async fn begin(&mut self, sql: Sql) -> Result<(), StoreError> {
        self.judged(sql, |result| Ok(result.map(drop)?)).await
    }

    /// Begins a statement of whose result somebody makes more than that it went well.
    pub async fn judged(
        &mut self,
        sql: Sql,
        judge: impl FnOnce(Result<ExecResult, DbErr>) -> Result<(), StoreError> + Send + 'a,
    ) -> Result<(), StoreError> {
        let (tx, statement) = (self.tx, sql.statement(self.backend));
        self.rest().await?;
        let mut work: Work<'a> = Box::pin(async move { judge(tx.execute_raw(statement).await) });
        // Asked once, it is with the database.
        match poll!(&mut work) {
            Poll::Ready(done) => done,
            Poll::Pending => {
                self.under_way = Some(work);
                Ok(())
            }
        }
    }

    /// The transaction itself, with nothing under way: for whoever asks it something.
    pub async fn free(&mut self) -> Result<&'a DatabaseTransaction, StoreError> {
        self.rest().await?;
        Ok(self.tx)
    }

    /// Waits until nothing is under way.
    async fn rest(&mut self) -> Result<(), StoreError> {
        match self.under_way.take() {
            Some(work) => work.await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use sea_orm::TransactionTrait;

    use super::*;
    use crate::dialect::{Pools, Target};

    fn cup(id: i64) -> Sql {
        let mut sql = Sql::new("insert into cup (id) values (");
        sql.bind(id).push(")");
        sql
    }

    #[tokio::test]
    async fn what_went_wrong_is_said_by_what_comes_next_and_nothing_is_begun_after_it() -> Result<(), Box<dyn Error>> {
        let home = tempfile::tempdir()?;
        let pools = Pools::open(&Target::Sqlite(home.path().join("cups.db"))).await?;
        pools.write.execute_unprepared("create table cup (id integer primary key)").await?;
        let tx = pools.write.begin().await?;
        let mut lane = Lane::new(&tx, pools.backend);
        let one = |result: Result<ExecResult, DbErr>| match result?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::Closed),
        };
        lane.judged(cup(1), one).await?;
        lane.begin(cup(2)).await?;
        let several = async {
            lane.begin(cup(2)).await?;
            lane.begin(cup(3)).await?;
            lane.free().await.map(drop)
        };
        assert!(matches!(several.await, Err(StoreError::Database(_))));
        // What a statement came to is judged by whoever knows what it should.
        let none = async {
            lane.judged(Sql::new("delete from cup where id = 9"), one).await?;
            lane.free().await.map(drop)
        };
        assert!(matches!(none.await, Err(StoreError::Closed)));
        let left = lane.free().await?;
        let rows = left.query_all_raw(Sql::new("select id from cup order by id").statement(pools.backend)).await?;
        let ids = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>()?;
        assert_eq!(ids, [1, 2]);
        Ok(())
    }
}
