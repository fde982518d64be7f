//! Browsers that are written to (Web Push): whose each is, and how it is reached, sealed under its owner's key. Outside the history: that somebody wants to be
//! told on his telephone is no record of the county's business. A browser that its service no longer knows is deleted.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, TransactionTrait};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::migrate::Migration;
use crate::people::PersonKeys;
use crate::seal;
use crate::sql::Sql;
use crate::store::Store;

pub(crate) const STEP: Migration = Migration {
    name: "0075_push",
    sql: "
create table push_device (
  id uuid primary key, person uuid not null, endpoint text not null, address text not null, server text not null, name text not null, since bigint not null);
create unique index push_device_endpoint_key on push_device (endpoint);
create index push_device_person on push_device (person);
alter table message add column device uuid",
};

/// As what an address is sealed.
const SEALED_AS: &str = "push";
/// As many browsers of one person as are written to; the oldest gives way.
const MOST: u64 = 8;

/// A browser that is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushDevice {
    pub id: Uuid,
    /// What it calls itself.
    pub name: String,
    pub since: i64,
    /// How it is reached, as the channel writes it; `None` where it cannot be opened any more.
    pub address: Option<String>,
}

/// A browser that asks to be written to.
#[derive(Clone, Debug)]
pub struct NewDevice<'a> {
    pub person: Uuid,
    /// Names the browser at its service: the same one again is the same device, whoever holds it now.
    pub endpoint: &'a str,
    pub address: &'a str,
    /// The county's public key that it subscribed for: with another one it cannot be written to.
    pub server: &'a str,
    pub name: &'a str,
}

impl Store {
    /// The key by which push services know the county; `make` makes one where there is none yet.
    pub fn push_key(&self, make: impl FnOnce() -> Option<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        Ok(keys.push_key(make)?)
    }

    /// Takes a browser in. One that somebody else had is this person's from now on.
    pub async fn add_push_device(&self, new: &NewDevice<'_>, at: i64) -> Result<Uuid, StoreError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        let NewDevice { person, .. } = *new;
        let known = self.blind(SEALED_AS, new.endpoint)?;
        let id = self.new_id(at);
        let tx = self.pools.write.begin().await?;
        let mut held = PersonKeys::load(&tx, &self.pools, keys, [person]).await?;
        held.add_missing(&tx, &self.pools, keys, &HashSet::from([person]), self.random).await?;
        let mut nonce = [0; seal::NONCE_LEN];
        (self.random)(&mut nonce);
        let key = held.get(person).ok_or(StoreError::NoKeys)?;
        let address = seal::seal(key, SEALED_AS, person, new.address, nonce)?;
        // With an id of its own: what was on its way to whoever had it before does not come to this one.
        let mut sql = Sql::new("delete from push_device where endpoint = ");
        sql.bind(known.as_str());
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        let mut sql = Sql::new("insert into push_device (id, person, endpoint, address, server, name, since) values (");
        sql.bind(id).push(",").bind(person).push(",").bind(known).push(",").bind(address).push(",").bind(new.server);
        sql.push(",").bind(new.name).push(",").bind(at).push(")");
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        let mut sql = Sql::new("delete from push_device where person = ");
        sql.bind(person).push(" and id not in (select id from push_device where person = ").bind(person);
        sql.push(&format!(" order by since desc, id desc limit {MOST})"));
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The browsers of these persons that subscribed for this key of ours, each person's newest first.
    pub async fn push_devices(
        &self,
        persons: &[Uuid],
        server: &str,
    ) -> Result<HashMap<Uuid, Vec<PushDevice>>, StoreError> {
        let mut found: HashMap<Uuid, Vec<PushDevice>> = HashMap::new();
        let keys = match &self.keys {
            Some(keys) if !persons.is_empty() => {
                PersonKeys::readable(&self.pools.read, &self.pools, keys, persons.iter().copied()).await?
            }
            _ => PersonKeys::default(),
        };
        for chunk in persons.chunks(10_000) {
            let mut sql = Sql::new("select person, id, name, since, address from push_device where server = ");
            sql.bind(server).push(" and person in ").bind_list(chunk.iter().copied());
            sql.push(" order by person, since desc, id desc");
            for row in self.pools.all(sql).await? {
                let person: Uuid = row.try_get_by_index(0)?;
                let sealed: String = row.try_get_by_index(4)?;
                let address = keys.get(person).and_then(|key| seal::open(key, SEALED_AS, person, &sealed).ok());
                found.entry(person).or_default().push(PushDevice {
                    id: row.try_get_by_index(1)?,
                    name: row.try_get_by_index(2)?,
                    since: row.try_get_by_index(3)?,
                    address,
                });
            }
        }
        Ok(found)
    }

    /// Writes to a browser no more: one of this person's, or, where nobody is named, one that its service does not know any more.
    pub async fn end_push_device(&self, id: Uuid, person: Option<Uuid>) -> Result<bool, StoreError> {
        let mut sql = Sql::new("delete from push_device where id = ");
        sql.bind(id);
        if let Some(person) = person {
            sql.push(" and person = ").bind(person);
        }
        Ok(self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected() > 0)
    }
}
