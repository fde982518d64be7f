//! One program serves a county, wherever its data folder is: on PostgreSQL a connection of its own holds a lock of the database for as long as it lives.
//!
//! What is written stays whole with two (the chain's row lets one write at a time), but both would send messages, remind and climb, and each would keep the
//! other's tree and rules for its own. A row that says who serves was rejected: after a kill nobody would take it back. The lock goes with its connection.

use std::str::FromStr;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Postgres};
use tokio::time::{sleep, timeout};

use super::Target;
use crate::error::StoreError;

/// A machine that fell silent without a word is missed within half a minute, and not after the two hours that a system waits by itself.
const ALIVE: [(&str, &str); 3] =
    [("tcp_keepalives_idle", "10"), ("tcp_keepalives_interval", "5"), ("tcp_keepalives_count", "3")];
/// By this whoever looks after the database knows it from the others.
const NAME: &str = "anxiao serving";
/// The database hears a moment later that a program was killed: so often it is asked again.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(300);
/// A database that says nothing for so long is taken for away.
const ANSWERS: Duration = Duration::from_secs(10);

/// The records of a county, held by this program alone until it ends.
pub struct Sole {
    options: PgConnectOptions,
    key: i64,
    /// The number of the connection, as the database knows it.
    pid: i32,
    db: PgConnection,
}

impl Target {
    /// Takes the records for this program alone; `None` where they are a file: whoever holds its folder holds it.
    ///
    /// # Errors
    /// Another program has them ([`StoreError::Served`]), or the database does not answer.
    pub async fn take_alone(&self) -> Result<Option<Sole>, StoreError> {
        let Self::Postgres { url, schema } = self else { return Ok(None) };
        let options = PgConnectOptions::from_str(url)?.options(ALIVE).application_name(NAME);
        let key = key_of(schema);
        let mut db = PgConnection::connect_with(&options).await?;
        for _ in 0..TRIES {
            if let Some(pid) = lock(&mut db, key).await? {
                return Ok(Some(Sole { options, key, pid, db }));
            }
            sleep(PAUSE).await;
        }
        let who = holder(&mut db, key).await?.map(|(_, who)| who);
        Err(StoreError::Served(who.unwrap_or_else(|| "an address that is not known".to_owned())))
    }
}

impl Sole {
    /// Whether the records are still held. A connection that broke is made anew; `false` where that is not known yet.
    ///
    /// # Errors
    /// Another program has taken them meanwhile ([`StoreError::Served`]), or the database does not answer.
    pub async fn hold(&mut self) -> Result<bool, StoreError> {
        if matches!(timeout(ANSWERS, holds(&mut self.db)).await, Ok(Ok(true))) {
            return Ok(true);
        }
        timeout(ANSWERS, self.take_again()).await.unwrap_or(Ok(false))
    }

    async fn take_again(&mut self) -> Result<bool, StoreError> {
        let mut db = PgConnection::connect_with(&self.options).await?;
        if let Some(pid) = lock(&mut db, self.key).await? {
            self.pid = pid;
            self.db = db;
            return Ok(true);
        }
        match holder(&mut db, self.key).await? {
            Some((pid, who)) if pid != self.pid => Err(StoreError::Served(who)),
            // Its own connection, of which the database has not heard yet that it broke, or one that has just gone.
            _ => Ok(false),
        }
    }
}

/// What a county is locked by: locks are the whole database's, and several counties may share one.
fn key_of(schema: &str) -> i64 {
    let digest = Sha256::digest(format!("anxiao-serving-1 {schema}"));
    let key = digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte));
    // The list of locks gives it back in two halves without a sign.
    key & i64::MAX
}

/// The number of the connection, if it has the lock now.
async fn lock(db: &mut PgConnection, key: i64) -> Result<Option<i32>, sqlx::Error> {
    let asked = sqlx::query_as::<Postgres, (i32, bool)>("select pg_backend_pid(), pg_try_advisory_lock($1)");
    let (pid, taken) = asked.bind(key).fetch_one(db).await?;
    Ok(taken.then_some(pid))
}

/// Whether this connection has it still. The connection holds no other, so its number says enough; behind a pooler that passes it on, it is not its own.
async fn holds(db: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let asked =
        "select exists (select 1 from pg_locks where locktype = 'advisory' and granted and pid = pg_backend_pid())";
    sqlx::query_scalar::<Postgres, bool>(asked).fetch_one(db).await
}

/// Whoever has it: his connection's number, and from where and since when he works.
async fn holder(db: &mut PgConnection, key: i64) -> Result<Option<(i32, String)>, sqlx::Error> {
    let asked = "
select a.pid, concat(coalesce(host(a.client_addr), 'the machine of the database'), to_char(a.backend_start at time zone 'Asia/Shanghai', '\", since\" YYYY-MM-DD HH24:MI'))
from pg_locks l join pg_stat_activity a on a.pid = l.pid
where l.locktype = 'advisory' and l.granted and l.objsubid = 1 and ((l.classid::bigint << 32) | l.objid::bigint) = $1
  and l.database = (select oid from pg_database where datname = current_database())
limit 1";
    sqlx::query_as::<Postgres, (i32, String)>(asked).bind(key).fetch_optional(db).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_county_has_a_lock_of_its_own() {
        let keys = ["county_431124", "county_431124_restoring", "county_430000"].map(key_of);
        assert!(keys.iter().all(|key| *key > 0), "{keys:?}");
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2], "{keys:?}");
        assert_eq!(keys[0], key_of("county_431124"));
    }
}
