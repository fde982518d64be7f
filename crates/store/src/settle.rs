//! The end of a transaction: what was written is committed, and where nobody says whether it was, the history is asked.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, RuntimeErr, TransactionTrait};

use crate::chain::Hash;
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::{Receipt, Store};

/// What a transaction came to: an answer for each of its jobs, and where the history ends with it.
pub(crate) struct Done {
    pub receipts: Vec<Receipt>,
    pub seq: i64,
    pub hash: Hash,
}

/// Commits. An answer that was lost on its way is no failure: told that nothing was saved, people would enter it once more.
pub(crate) async fn commit(store: &Store, tx: DatabaseTransaction, done: Done) -> Result<Done, StoreError> {
    let Err(error) = tx.commit().await else { return Ok(done) };
    if !is_lost(&error) {
        return Err(error.into());
    }
    tracing::warn!(%error, "the database did not say whether it committed; the history is asked");
    match is_written(store, &done).await {
        Ok(true) => Ok(done),
        Ok(false) => Err(error.into()),
        Err(second) => {
            tracing::warn!(error = %second, "nor did the history answer");
            Err(StoreError::Unanswered(error))
        }
    }
}

/// Whether this leaves open what was done. The database's own word settles it, unless it says that it is being stopped (PostgreSQL's class 57, operator
/// intervention: <https://www.postgresql.org/docs/current/errcodes-appendix.html>).
fn is_lost(error: &DbErr) -> bool {
    let said = match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => error.as_database_error(),
        _ => None,
    };
    said.is_none_or(|error| error.code().is_some_and(|code| code.len() == 5 && code.starts_with("57")))
}

/// Whether the history holds what was written. Whoever has the write lock comes after a commit that is still under way.
async fn is_written(store: &Store, done: &Done) -> Result<bool, StoreError> {
    let backend = store.pools.backend;
    let tx = store.pools.write.begin().await?;
    tx.execute_raw(Sql::new("update chain set seq = seq where id = 1").statement(backend)).await?;
    let mut sql = Sql::new("select 1 from event where seq = ");
    sql.bind(done.seq).push(" and hash = ").bind(done.hash.to_vec());
    let found = tx.query_one_raw(sql.statement(backend)).await?.is_some();
    tx.rollback().await?;
    Ok(found)
}
