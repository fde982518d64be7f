//! Who outside heard of a beginning hears of its end. Whom a cause reached only the outbox knows, and what he is reached at stays sealed on the way.

use std::collections::{HashMap, HashSet};

use kit::Change;
use kit::change::Follow;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::write::Said;
use crate::error::StoreError;
use crate::migrate::Migration;
use crate::sql::Sql;
use crate::store::Store;

/// Those outside are found by the record that they were told about.
pub(crate) const STEP: Migration = Migration {
    name: "0083_message_outside",
    sql: "create index message_outside on message (record) where person is null",
};

/// Writes the second message to each, once. Answers how many were new.
pub(super) async fn write(store: &Store, tx: &DatabaseTransaction, jobs: &[Said<'_>]) -> Result<u64, StoreError> {
    let mut written = 0;
    for (author, changes) in jobs {
        for change in *changes {
            for follow in &change.followed {
                written += one(store, tx, (author.at, change), follow).await?;
            }
        }
    }
    Ok(written)
}

async fn one(
    store: &Store,
    tx: &DatabaseTransaction,
    (at, change): (i64, &Change),
    follow: &Follow,
) -> Result<u64, StoreError> {
    let mut sql = Sql::new("select id, recipient from message where person is null and record = ");
    sql.bind(change.after.id).push(" and cause = ").bind(follow.cause.as_str()).push(" and code = ").bind(follow.told);
    sql.push(" and (state in ('sent', 'delivered', 'read', 'answered') or (state = 'queued' and claimed_until > ");
    sql.bind(at).push(")) order by id");
    let told = tx.query_all_raw(sql.statement(store.pools.backend)).await?;
    let (own, mut seen, mut written) = (change.cause(), HashSet::new(), 0);
    for row in told {
        let (first, recipient): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if !seen.insert(recipient) {
            continue;
        }
        let key = format!("{own}|{}|{recipient}", follow.code);
        let mut sql = Sql::new(
            "insert into message (id, version, at, key, cause, code, noun, record, place, person, recipient, subject, contact_field, contact, params, urgent, status, state, not_before, next_at, claimed_until, attempts) select ",
        );
        sql.bind(store.new_id(at)).push(", 1, ").bind(at).push(", ").bind(key).push(", ").bind(own.as_str());
        sql.push(", ").bind(follow.code).push(", noun, record, place, person, recipient, subject, contact_field, contact, params, urgent, status, 'queued', 0, ");
        sql.bind(at).push(", 0, 0 from message where id = ").bind(first).push(" on conflict (key) do nothing");
        written += tx.execute_raw(sql.statement(store.pools.backend)).await?.rows_affected();
    }
    Ok(written)
}

impl Store {
    /// When a message to somebody outside about each of these records first went, as far as it went: of several the first.
    pub async fn first_sent(&self, code: &str, records: &[Uuid]) -> Result<HashMap<Uuid, i64>, StoreError> {
        let mut found = HashMap::new();
        for chunk in records.chunks(5_000) {
            let mut sql = Sql::new("select record, min(sent_at) from message where person is null and record in ");
            sql.bind_ids(chunk.iter().copied());
            sql.push(" and sent_at is not null and code = ").bind(code).push(" group by record");
            for row in self.pools.all(sql).await? {
                found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            }
        }
        Ok(found)
    }

    /// Of these records those about which somebody outside was to be told, and nothing reached anybody: every message has come to its end without being sent.
    pub async fn undelivered(&self, code: &str, records: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
        let mut found = HashSet::new();
        for chunk in records.chunks(5_000) {
            let mut sql = Sql::new("select record from message where person is null and record in ");
            sql.bind_ids(chunk.iter().copied());
            sql.push(" and code = ")
                .bind(code)
                .push(" group by record having min(case when state = 'dead' then 1 else 0 end) = 1");
            for row in self.pools.all(sql).await? {
                found.insert(row.try_get_by_index(0)?);
            }
        }
        Ok(found)
    }
}
