//! How a county's store is, for whoever looks after the machine.

use crate::chain;
use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

/// What can be seen of a store without reading it through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// `SQLite 3.50.4`
    pub database: String,
    /// The database's own clock, in milliseconds UTC.
    pub clock: i64,
    /// The last event: its place, its hash in hex, and when it was written.
    pub seq: i64,
    pub hash: String,
    pub last_at: Option<i64>,
    /// Whether the note of the chain's end and its last event are the same.
    pub head_agrees: bool,
}

impl Store {
    /// When the register began: the moment of the first event, in milliseconds UTC; nothing that was before it was ever written down in its time.
    pub async fn began(&self) -> Result<Option<i64>, StoreError> {
        let first = self.pools.one(Sql::new("select at from event order by seq limit 1")).await?;
        Ok(first.map(|row| row.try_get_by_index(0)).transpose()?)
    }

    pub async fn health(&self) -> Result<Health, StoreError> {
        let ask = async |sql: Sql| self.pools.one(sql).await;
        let noted = ask(Sql::new("select seq, hash from chain where id = 1")).await?.ok_or(StoreError::Closed)?;
        let (seq, hash): (i64, Vec<u8>) = (noted.try_get_by_index(0)?, noted.try_get_by_index(1)?);
        let last = ask(Sql::new("select seq, hash, at from event order by seq desc limit 1")).await?;
        let (head_agrees, last_at) = match last {
            Some(row) => {
                let same = row.try_get_by_index::<i64>(0)? == seq && row.try_get_by_index::<Vec<u8>>(1)? == hash;
                (same, Some(row.try_get_by_index(2)?))
            }
            None => (seq == 0 && chain::stored_hash(&hash) == chain::genesis(&self.county), None),
        };
        Ok(Health {
            database: self.pools.version().await?,
            clock: self.pools.clock().await?,
            seq,
            hash: hex::encode(hash),
            last_at,
            head_agrees,
        })
    }
}
