//! The statements of one transaction: one is under way, a few wait behind it, and meanwhile the next are made ready.
//!
//! A database works by itself, SQLite on a thread of its driver and PostgreSQL in another process: whoever waits for each statement before he makes the
//! next one ready leaves one of two cores idle. With one statement ahead, it was idle for a third of a county's creation: sealing a thousand rows takes
//! longer than writing their words, and hashing their events shorter than writing them.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, Statement};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::StoreError;
use crate::sql::Sql;

/// So many statements wait at most: enough to even out what takes long to make ready, and little enough to hold in memory.
const AHEAD: usize = 4;

type Judge = Box<dyn FnOnce(Result<ExecResult, DbErr>) -> Result<(), StoreError> + Send>;

enum Step {
    Work(Statement, Judge),
    /// Whoever sent it waits until everything before it is done.
    Rest(oneshot::Sender<()>),
}

/// A transaction, and what it is doing.
pub(crate) struct Lane {
    tx: Arc<DatabaseTransaction>,
    backend: DbBackend,
    steps: mpsc::Sender<Step>,
    work: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Lane {
    pub fn new(tx: &Arc<DatabaseTransaction>, backend: DbBackend) -> Self {
        let (steps, waiting) = mpsc::channel(AHEAD);
        let work = tokio::spawn(carry_out(Arc::clone(tx), waiting));
        Self { tx: Arc::clone(tx), backend, steps, work: Some(work) }
    }

    /// Puts a statement behind those that wait. What is wrong with it is said by whatever comes later.
    pub async fn begin(&mut self, sql: Sql) -> Result<(), StoreError> {
        self.judged(sql, |result| Ok(result.map(drop)?)).await
    }

    /// The same of a statement of whose result somebody makes more than that it went well.
    pub async fn judged(
        &mut self,
        sql: Sql,
        judge: impl FnOnce(Result<ExecResult, DbErr>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        self.step(Step::Work(sql.statement(self.backend), Box::new(judge))).await
    }

    /// The transaction itself, with nothing under way: for whoever asks it something.
    pub async fn free(&mut self) -> Result<&DatabaseTransaction, StoreError> {
        let (done, all) = oneshot::channel();
        self.step(Step::Rest(done)).await?;
        match all.await {
            Ok(()) => Ok(&self.tx),
            Err(_) => Err(self.wrong().await),
        }
    }

    /// Waits until nothing is under way any more, and lets go of the transaction.
    pub async fn end(self) -> Result<(), StoreError> {
        drop(self.steps);
        outcome(self.work).await
    }

    async fn step(&mut self, step: Step) -> Result<(), StoreError> {
        if self.steps.send(step).await.is_err() {
            return Err(self.wrong().await);
        }
        // Whom a sender wakes, nobody else may take up: without this turn the statement would lie there while the next is made ready.
        tokio::task::yield_now().await;
        Ok(())
    }

    /// Why nothing is carried out any more; said once.
    async fn wrong(&mut self) -> StoreError {
        outcome(self.work.take()).await.err().unwrap_or(StoreError::Closed)
    }
}

async fn outcome(work: Option<JoinHandle<Result<(), StoreError>>>) -> Result<(), StoreError> {
    match work {
        Some(work) => work.await.unwrap_or(Err(StoreError::Closed)),
        None => Ok(()),
    }
}

/// One statement after the other; with the first that goes wrong the rest are left.
async fn carry_out(tx: Arc<DatabaseTransaction>, mut waiting: mpsc::Receiver<Step>) -> Result<(), StoreError> {
    while let Some(step) = waiting.recv().await {
        match step {
            Step::Work(statement, judge) => judge(tx.execute_raw(statement).await)?,
            Step::Rest(done) => {
                let _ = done.send(());
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use sea_orm::{QueryResult, TransactionTrait};

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
        let tx = Arc::new(pools.write.begin().await?);
        let mut lane = Lane::new(&tx, pools.backend);
        let one = |result: Result<ExecResult, DbErr>| match result?.rows_affected() {
            1 => Ok(()),
            _ => Err(StoreError::Closed),
        };
        lane.judged(cup(1), one).await?;
        lane.begin(cup(2)).await?;
        let ids =
            |rows: Vec<QueryResult>| rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<i64>, _>>();
        let asked = || Sql::new("select id from cup order by id").statement(pools.backend);
        assert_eq!(ids(lane.free().await?.query_all_raw(asked()).await?)?, [1, 2]);
        let several = async {
            lane.begin(cup(2)).await?;
            lane.begin(cup(3)).await?;
            lane.free().await.map(drop)
        };
        assert!(matches!(several.await, Err(StoreError::Database(_))));
        assert!(matches!(lane.begin(cup(4)).await, Err(StoreError::Closed)));
        drop(lane);
        // What a statement came to is judged by whoever knows what it should.
        let mut lane = Lane::new(&tx, pools.backend);
        lane.judged(Sql::new("delete from cup where id = 9"), one).await?;
        assert!(matches!(lane.end().await, Err(StoreError::Closed)));
        assert_eq!(ids(tx.query_all_raw(asked()).await?)?, [1, 2]);
        assert!(Arc::into_inner(tx).is_some(), "nobody holds a transaction that has ended");
        Ok(())
    }
}
