//! What a telephone needs beside its record: the half of a key that waits here for a forgotten PIN, when it was last used, and when what it
//! sent was done. Outside the history: who was enrolled and who was shut out stands there, as a record.

use std::collections::HashMap;

use kit::{Noun, Row};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::error::StoreError;
use crate::history::whole_of;
use crate::migrate::Migration;
use crate::sql::Sql;
use crate::store::Store;

pub(crate) const STEP: Migration = Migration {
    name: "0060_device_use",
    sql: "
create table device_use (device uuid primary key, share text not null, seen_at bigint not null);
create table device_entry (
  request uuid primary key, device uuid not null, account uuid not null, body text not null, done_at bigint not null, skew bigint not null, received_at bigint not null)",
};

/// One form that was filled in without a network and sent later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The form's own id.
    pub request: Uuid,
    pub device: Uuid,
    pub account: Uuid,
    /// SHA-256 of what was sent, in hex.
    pub body: String,
    /// When it was done, by the device's clock; milliseconds UTC.
    pub done_at: i64,
    /// How far the device's clock was ahead of ours when it sent, in milliseconds.
    pub skew: i64,
    pub received_at: i64,
}

impl Store {
    /// Keeps a device's share. It says nothing without the device, and never changes.
    pub async fn add_device_use(&self, device: Uuid, share: &str, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("insert into device_use (device, share, seen_at) values (");
        sql.bind(device).push(",").bind(share).push(",").bind(at).push(") on conflict (device) do nothing");
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    pub async fn device_share(&self, device: Uuid) -> Result<Option<String>, StoreError> {
        let mut sql = Sql::new("select share from device_use where device = ");
        sql.bind(device);
        let row = self.pools.one(sql).await?;
        row.map(|row| row.try_get_by_index(0).map_err(Into::into)).transpose()
    }

    pub async fn see_device(&self, device: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update device_use set seen_at = ");
        sql.bind(at).push(" where device = ").bind(device);
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    /// When each of these devices was used last.
    pub async fn devices_seen(&self, devices: &[Uuid]) -> Result<HashMap<Uuid, i64>, StoreError> {
        let mut sql = Sql::new("select device, seen_at from device_use where device in ");
        sql.bind_list(devices.iter().copied());
        let rows = self.pools.all(sql).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }

    /// Notes what a device sends, before it is carried out. Sent again after a refusal, the newest counts; what was carried out stays.
    pub async fn note_entry(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut sql =
            Sql::new("insert into device_entry (request, device, account, body, done_at, skew, received_at) values (");
        sql.bind(entry.request).push(",").bind(entry.device).push(",").bind(entry.account).push(",");
        sql.bind(entry.body.clone()).push(",").bind(entry.done_at).push(",").bind(entry.skew).push(",");
        sql.bind(entry.received_at).push(
            ") on conflict (request) do update set device = excluded.device, account = excluded.account, body = excluded.body, done_at = excluded.done_at, skew = excluded.skew, received_at = excluded.received_at",
        );
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    pub async fn entry(&self, request: Uuid) -> Result<Option<Entry>, StoreError> {
        let mut sql = Sql::new(
            "select request, device, account, body, done_at, skew, received_at from device_entry where request = ",
        );
        sql.bind(request);
        let row = self.pools.one(sql).await?;
        row.as_ref().map(|row| entry_of(row, 0)).transpose()
    }

    /// Who carried a request out; `None` when nobody has.
    pub async fn carried_out_by(&self, request: Uuid) -> Result<Option<Option<Uuid>>, StoreError> {
        let mut sql = Sql::new("select actor from event where request = ");
        sql.bind(request).push(" limit 1");
        let row = self.pools.one(sql).await?;
        row.map(|row| row.try_get_by_index(0).map_err(Into::into)).transpose()
    }

    /// What of a record's history, or of its whole's, was done without a network, by the number of its event.
    pub async fn entries_of(&self, noun: &Noun, record: &Row) -> Result<HashMap<i64, Entry>, StoreError> {
        let mut sql = Sql::new(
            "select e.seq, d.request, d.device, d.account, d.body, d.done_at, d.skew, d.received_at from event e join device_entry d on d.request = e.request where e.record = ",
        );
        sql.bind(record.id).push(" and e.noun = ").bind(noun.name);
        if let Some((whole, id)) = whole_of(noun, record) {
            sql.push(" or e.record = ").bind(id).push(" and e.noun = ").bind(whole);
        }
        let rows = self.pools.all(sql).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, entry_of(row, 1)?))).collect()
    }
}

fn entry_of(row: &QueryResult, first: usize) -> Result<Entry, StoreError> {
    Ok(Entry {
        request: row.try_get_by_index(first)?,
        device: row.try_get_by_index(first + 1)?,
        account: row.try_get_by_index(first + 2)?,
        body: row.try_get_by_index(first + 3)?,
        done_at: row.try_get_by_index(first + 4)?,
        skew: row.try_get_by_index(first + 5)?,
        received_at: row.try_get_by_index(first + 6)?,
    })
}
