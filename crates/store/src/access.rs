//! What opens the door: password hashes, sessions, tokens. Secrets are kept as digests only, and outside the history:
//! a hash that stands in an unchangeable chain could never be forgotten.

use kit::{Noun, Row};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::crowd::Question;
use crate::error::StoreError;
use crate::migrate::Migration;
use crate::sql::{Sql, row_from};
use crate::store::Store;

/// An account's password, as its hash, and how often it was missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// argon2id in PHC form.
    pub hash: String,
    /// A one-time password: nothing else can be done before it is changed.
    pub must_change: bool,
    pub failed: i64,
    /// Milliseconds UTC; 0 when not locked.
    pub locked_until: i64,
    pub changed_at: i64,
}

/// A signed-in device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Uuid,
    /// SHA-256 of the cookie's value, in hex.
    pub secret: String,
    pub account: Uuid,
    pub csrf: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub agent: String,
    pub ended_at: Option<i64>,
    /// The telephone that it is open on, where that is known: shut out, it ends.
    pub device: Option<Uuid>,
    /// Its account has a one-time password, which must be changed before anything else.
    pub must_change: bool,
}

/// A bearer token of an account, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    pub created_at: i64,
}

const SESSION: &str = "select s.id, s.secret, s.account, s.csrf, s.created_at, s.seen_at, s.agent, s.ended_at, coalesce(p.must_change, false), s.device \
     from session s left join account_secret p on p.account = s.account where s.";

/// On which telephone a session is open.
pub(crate) const STEP: Migration = Migration {
    name: "0150_session_device",
    sql: "
alter table session add column device uuid;
create index session_device on session (device) where device is not null",
};

/// How many columns of [`SESSION`] are the session's, and which of them is its digest.
const SESSION_COLUMNS: usize = 10;
const SECRET: usize = 1;

impl Store {
    pub async fn secret(&self, account: Uuid) -> Result<Option<Secret>, StoreError> {
        let mut sql =
            Sql::new("select hash, must_change, failed, locked_until, changed_at from account_secret where account = ");
        sql.bind(account);
        let row = self.pools.one(sql).await?;
        row.map(|row| {
            Ok(Secret {
                hash: row.try_get_by_index(0)?,
                must_change: row.try_get_by_index(1)?,
                failed: row.try_get_by_index(2)?,
                locked_until: row.try_get_by_index(3)?,
                changed_at: row.try_get_by_index(4)?,
            })
        })
        .transpose()
    }

    /// Sets an account's password, whether or not it had one.
    pub async fn set_secret(&self, account: Uuid, secret: &Secret) -> Result<(), StoreError> {
        let mut sql = Sql::new(
            "insert into account_secret (account, hash, must_change, failed, locked_until, changed_at) values (",
        );
        sql.bind(account)
            .push(",")
            .bind(secret.hash.clone())
            .push(",")
            .bind(secret.must_change)
            .push(",")
            .bind(secret.failed);
        sql.push(",").bind(secret.locked_until).push(",").bind(secret.changed_at);
        sql.push(") on conflict (account) do update set hash = excluded.hash, must_change = excluded.must_change, failed = excluded.failed, locked_until = excluded.locked_until, changed_at = excluded.changed_at");
        self.run(sql).await
    }

    /// Counts a miss, in one statement that leaves the hash alone: misses at the same moment are all counted, and a password that is set meanwhile
    /// stays. The last of `most` locks the account until `until`.
    pub async fn count_miss(&self, account: Uuid, most: i64, now: i64, until: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update account_secret set locked_until = case when failed + 1 >= ");
        sql.bind(most).push(" then ").bind(until).push(" else locked_until end, failed = case when failed + 1 >= ");
        sql.bind(most).push(" then 0 else failed + 1 end where account = ").bind(account);
        sql.push(" and locked_until <= ").bind(now);
        self.run(sql).await
    }

    /// Forgives the misses of whoever came in; not those that locked the account meanwhile.
    pub async fn forgive_misses(&self, account: Uuid, now: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update account_secret set failed = 0, locked_until = 0 where account = ");
        sql.bind(account).push(" and locked_until <= ").bind(now);
        self.run(sql).await
    }

    /// The accounts that are locked at a moment, each with the end of its lock.
    pub async fn locked(&self, now: i64) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let mut sql = Sql::new("select account, locked_until from account_secret where locked_until > ");
        sql.bind(now).push(" order by locked_until, account limit 100");
        let rows = self.pools.all(sql).await?;
        let lock = |row: &QueryResult| -> Result<(Uuid, i64), StoreError> {
            Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
        };
        rows.iter().map(lock).collect()
    }

    /// Lifts the lock of an account and forgets its misses; the password stays.
    pub async fn unlock(&self, account: Uuid) -> Result<(), StoreError> {
        let mut sql = Sql::new("update account_secret set failed = 0, locked_until = 0 where account = ");
        sql.bind(account);
        self.run(sql).await
    }

    pub async fn add_session(&self, session: &Session) -> Result<(), StoreError> {
        let mut sql =
            Sql::new("insert into session (id, secret, account, csrf, created_at, seen_at, agent, device) values (");
        sql.bind(session.id)
            .push(",")
            .bind(session.secret.clone())
            .push(",")
            .bind(session.account)
            .push(",")
            .bind(session.csrf.clone());
        sql.push(",")
            .bind(session.created_at)
            .push(",")
            .bind(session.seen_at)
            .push(",")
            .bind(session.agent.clone())
            .push(",")
            .bind(session.device)
            .push(")");
        self.run(sql).await
    }

    /// The session with this digest, ended or not.
    pub async fn session(&self, secret: &str) -> Result<Option<Session>, StoreError> {
        let mut sql = Sql::new(SESSION);
        sql.push("secret = ").bind(secret);
        let row = self.pools.one(sql).await?;
        row.as_ref().map(session_of).transpose()
    }

    /// The session with this digest, ended or not, with the record of its account: every request asks for both, in one statement, and requests that
    /// come at the same moment share it.
    pub async fn session_of(&self, accounts: &Noun, secret: &str) -> Result<Option<(Session, Row)>, StoreError> {
        let fields = accounts.fields.iter().fold(String::new(), |text, field| text + ", a.\"" + field.name + "\"");
        let from = format!(", a.id, a.version{fields} from \"{}\" a join session s on s.account = a.id", accounts.name);
        let mut asked = Sql::new(SESSION.replacen(" from session s", &from, 1));
        asked.push("secret in ");
        let rows = self.sessions.ask(&self.pools, Question { asked, column: SECRET }, &[secret.to_owned()]).await?;
        rows.first().map(|row| Ok((session_of(row)?, row_from(accounts, row, SESSION_COLUMNS)?))).transpose()
    }

    /// An account's sessions that have not ended, newest first.
    pub async fn sessions(&self, account: Uuid) -> Result<Vec<Session>, StoreError> {
        let mut sql = Sql::new(SESSION);
        sql.push("account = ").bind(account).push(" and s.ended_at is null order by s.seen_at desc limit 100");
        let rows = self.pools.all(sql).await?;
        rows.iter().map(session_of).collect()
    }

    pub async fn see_session(&self, id: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update session set seen_at = ");
        sql.bind(at).push(" where id = ").bind(id);
        self.run(sql).await
    }

    /// Ends one session of an account, or all of them.
    pub async fn end_sessions(&self, account: Uuid, only: Option<Uuid>, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update session set ended_at = ");
        sql.bind(at).push(" where ended_at is null and account = ").bind(account);
        if let Some(id) = only {
            sql.push(" and id = ").bind(id);
        }
        self.run(sql).await
    }

    /// Says on which telephone a session is open.
    pub async fn hold_session(&self, id: Uuid, device: Uuid) -> Result<(), StoreError> {
        let mut sql = Sql::new("update session set device = ");
        sql.bind(device).push(" where id = ").bind(id);
        self.run(sql).await
    }

    /// Ends the sessions that are open on a telephone, but for one.
    pub async fn end_sessions_on(&self, device: Uuid, but: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update session set ended_at = ");
        sql.bind(at).push(" where ended_at is null and device = ").bind(device).push(" and id <> ").bind(but);
        self.run(sql).await
    }

    /// A bearer token by its digest: the account, unless the token was ended.
    pub async fn token(&self, secret: &str) -> Result<Option<Uuid>, StoreError> {
        let mut sql = Sql::new("select account from token where ended_at is null and secret = ");
        sql.bind(secret);
        let row = self.pools.one(sql).await?;
        row.map(|row| row.try_get_by_index(0).map_err(Into::into)).transpose()
    }

    pub async fn add_token(
        &self,
        id: Uuid,
        secret: &str,
        account: Uuid,
        name: &str,
        at: i64,
    ) -> Result<(), StoreError> {
        let mut sql = Sql::new("insert into token (id, secret, account, name, created_at) values (");
        sql.bind(id).push(",").bind(secret).push(",").bind(account).push(",").bind(name).push(",").bind(at).push(")");
        self.run(sql).await
    }

    /// An account's tokens that have not ended, newest first.
    pub async fn tokens(&self, account: Uuid) -> Result<Vec<Token>, StoreError> {
        let mut sql = Sql::new("select id, name, created_at from token where ended_at is null and account = ");
        sql.bind(account).push(" order by created_at desc, id limit 100");
        let rows = self.pools.all(sql).await?;
        let token = |row: &QueryResult| {
            Ok(Token {
                id: row.try_get_by_index(0)?,
                name: row.try_get_by_index(1)?,
                created_at: row.try_get_by_index(2)?,
            })
        };
        rows.iter().map(token).collect()
    }

    /// Ends a token of an account; whether there was one to end.
    pub async fn end_token(&self, account: Uuid, id: Uuid, at: i64) -> Result<bool, StoreError> {
        let mut sql = Sql::new("update token set ended_at = ");
        sql.bind(at).push(" where ended_at is null and account = ").bind(account).push(" and id = ").bind(id);
        let ended = self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(ended.rows_affected() > 0)
    }

    /// Ends all tokens of an account.
    pub async fn end_tokens(&self, account: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update token set ended_at = ");
        sql.bind(at).push(" where ended_at is null and account = ").bind(account);
        self.run(sql).await
    }

    async fn run(&self, sql: Sql) -> Result<(), StoreError> {
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }
}

fn session_of(row: &QueryResult) -> Result<Session, StoreError> {
    Ok(Session {
        id: row.try_get_by_index(0)?,
        secret: row.try_get_by_index(1)?,
        account: row.try_get_by_index(2)?,
        csrf: row.try_get_by_index(3)?,
        created_at: row.try_get_by_index(4)?,
        seen_at: row.try_get_by_index(5)?,
        agent: row.try_get_by_index(6)?,
        ended_at: row.try_get_by_index(7)?,
        must_change: row.try_get_by_index(8)?,
        device: row.try_get_by_index(9)?,
    })
}
