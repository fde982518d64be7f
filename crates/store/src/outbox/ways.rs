//! How each person wants to be told: his channels with their addresses, sealed under his own key, and his quiet hours.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, TransactionTrait};
use uuid::Uuid;

use crate::error::StoreError;
use crate::people::PersonKeys;
use crate::seal;
use crate::sql::Sql;
use crate::store::Store;

/// One channel of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    pub channel: String,
    /// He wants to be told by it.
    pub used: bool,
    /// E-mail address, or name at the gateway. Empty where the person's own record says it (the telephone number).
    pub address: Option<String>,
}

/// Hours in which only what is urgent is told, in minutes of the county's day; over midnight where it ends before it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quiet {
    pub from_minute: i64,
    pub until_minute: i64,
    /// The language in which he is told.
    pub lang: String,
}

impl Store {
    /// The channels of these persons.
    pub async fn ways(&self, persons: &[Uuid]) -> Result<HashMap<Uuid, Vec<Way>>, StoreError> {
        let mut found: HashMap<Uuid, Vec<Way>> = HashMap::new();
        let keys = match &self.keys {
            Some(keys) if !persons.is_empty() => {
                PersonKeys::readable(&self.pools.read, &self.pools, keys, persons.iter().copied()).await?
            }
            _ => PersonKeys::default(),
        };
        for chunk in persons.chunks(10_000) {
            let mut sql = Sql::new("select person, channel, used, address from message_way where person in ");
            sql.bind_list(chunk.iter().copied()).push(" order by person, channel");
            for row in self.pools.all(sql).await? {
                let person: Uuid = row.try_get_by_index(0)?;
                let channel: String = row.try_get_by_index(1)?;
                let sealed: Option<String> = row.try_get_by_index(3)?;
                let address = sealed.and_then(|sealed| seal::open(keys.get(person)?, &channel, person, &sealed).ok());
                found.entry(person).or_default().push(Way { channel, used: row.try_get_by_index(2)?, address });
            }
        }
        Ok(found)
    }

    /// The quiet hours of these persons.
    pub async fn quiet(&self, persons: &[Uuid]) -> Result<HashMap<Uuid, Quiet>, StoreError> {
        let mut found = HashMap::new();
        for chunk in persons.chunks(10_000) {
            let mut sql =
                Sql::new("select person, from_minute, until_minute, lang from message_quiet where person in ");
            sql.bind_list(chunk.iter().copied());
            for row in self.pools.all(sql).await? {
                let quiet = Quiet {
                    from_minute: row.try_get_by_index(1)?,
                    until_minute: row.try_get_by_index(2)?,
                    lang: row.try_get_by_index(3)?,
                };
                found.insert(row.try_get_by_index(0)?, quiet);
            }
        }
        Ok(found)
    }

    /// Sets a person's channels and quiet hours, all at once.
    pub async fn set_ways(&self, person: Uuid, ways: &[Way], quiet: &Quiet) -> Result<(), StoreError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        let tx = self.pools.write.begin().await?;
        let mut held = PersonKeys::load(&tx, &self.pools, keys, [person]).await?;
        held.add_missing(&tx, &self.pools, keys, &HashSet::from([person]), self.random).await?;
        let key = held.get(person).ok_or(StoreError::NoKeys)?;
        for way in ways {
            let mut nonce = [0; seal::NONCE_LEN];
            (self.random)(&mut nonce);
            let address =
                way.address.as_ref().map(|clear| seal::seal(key, &way.channel, person, clear, nonce)).transpose()?;
            let mut sql = Sql::new("insert into message_way (person, channel, used, address) values (");
            sql.bind(person).push(",").bind(way.channel.as_str()).push(",").bind(way.used).push(",").bind(address);
            sql.push(") on conflict (person, channel) do update set used = excluded.used, address = excluded.address");
            tx.execute_raw(sql.statement(self.pools.backend)).await?;
        }
        let mut sql = Sql::new("insert into message_quiet (person, from_minute, until_minute, lang) values (");
        sql.bind(person)
            .push(",")
            .bind(quiet.from_minute)
            .push(",")
            .bind(quiet.until_minute)
            .push(",")
            .bind(quiet.lang.as_str());
        sql.push(") on conflict (person) do update set from_minute = excluded.from_minute, until_minute = excluded.until_minute, lang = excluded.lang");
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        tx.commit().await?;
        Ok(())
    }
}
