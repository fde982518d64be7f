//! Persons' keys: every sensitive value is sealed under the key of the person whom it is about, so that erasing one key
//! erases one person everywhere, in rows and in history, without touching the chain.

use std::collections::{HashMap, HashSet};

use kit::{Change, Field, Noun};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::keys::KeyFolder;
use crate::migrate::Migration;
use crate::seal::{self, PersonKey, SealError};
use crate::sql::Sql;
use crate::store::Store;

/// Changes no table: a program that does not know that blind indexes travel sealed would take their rows for altered, and is to refuse this history.
pub(crate) const STEP: Migration = Migration { name: "0142_index_seals", sql: "" };

/// Keys of some persons, unwrapped for as long as one request takes.
#[derive(Default)]
pub(crate) struct PersonKeys(HashMap<Uuid, PersonKey>);

impl PersonKeys {
    pub fn get(&self, person: Uuid) -> Option<&PersonKey> {
        self.0.get(&person)
    }

    /// Loads the keys of these persons; who has none (erased, or never had a sealed value) is simply not there. One that does not unwrap is an error
    /// for whoever writes.
    pub async fn load(
        conn: &impl ConnectionTrait,
        pools: &Pools,
        keys: &KeyFolder,
        persons: impl IntoIterator<Item = Uuid>,
    ) -> Result<Self, StoreError> {
        let found = unwrapped(conn, pools, keys, persons).await?;
        let found: Result<HashMap<_, _>, _> =
            found.into_iter().map(|(person, key)| key.map(|key| (person, key))).collect();
        Ok(Self(found?))
    }

    /// The same for whoever proves: those that do not unwrap are named. Without the version of the county's key that they ask for, nothing is known of them.
    pub async fn proven(
        conn: &impl ConnectionTrait,
        pools: &Pools,
        keys: &KeyFolder,
        persons: impl IntoIterator<Item = Uuid>,
    ) -> Result<(Self, Vec<Uuid>), StoreError> {
        let (mut open, mut closed) = (HashMap::new(), Vec::new());
        for (person, key) in unwrapped(conn, pools, keys, persons).await? {
            match key {
                Ok(key) => drop(open.insert(person, key)),
                Err(error @ SealError::UnknownKey(_)) => return Err(error.into()),
                Err(_) => closed.push(person),
            }
        }
        Ok((Self(open), closed))
    }

    /// The same for whoever reads: a key that does not unwrap closes what is sealed under it, and nothing of anybody else.
    pub async fn readable(
        conn: &impl ConnectionTrait,
        pools: &Pools,
        keys: &KeyFolder,
        persons: impl IntoIterator<Item = Uuid>,
    ) -> Result<Self, StoreError> {
        let mut readable = HashMap::new();
        for (person, key) in unwrapped(conn, pools, keys, persons).await? {
            match key {
                Ok(key) => drop(readable.insert(person, key)),
                Err(error) => {
                    tracing::error!(%person, %error, "a person's key does not open; what it seals stays closed");
                }
            }
        }
        Ok(Self(readable))
    }

    /// Makes keys for those who have none yet, in one statement per few thousand.
    pub async fn add_missing(
        &mut self,
        conn: &impl ConnectionTrait,
        pools: &Pools,
        keys: &KeyFolder,
        persons: &HashSet<Uuid>,
        random: fn(&mut [u8]),
    ) -> Result<(), StoreError> {
        let missing: Vec<Uuid> = persons.iter().copied().filter(|person| !self.0.contains_key(person)).collect();
        for chunk in missing.chunks(5_000) {
            let mut rows = Vec::with_capacity(chunk.len());
            for person in chunk {
                let (mut bytes, mut nonce) = ([0; seal::KEY_LEN], [0; seal::NONCE_LEN]);
                random(&mut bytes);
                random(&mut nonce);
                let key = PersonKey::new(bytes);
                rows.push(vec![(*person).into(), seal::wrap(*person, &key, keys.newest(), nonce)?.into()]);
                self.0.insert(*person, key);
            }
            let mut sql = Sql::new("insert into person_key (person, wrapped) ");
            sql.bind_rows(rows);
            conn.execute_raw(sql.statement(pools.backend)).await?;
        }
        Ok(())
    }
}

type Unwrapped = (Uuid, Result<PersonKey, SealError>);

async fn unwrapped(
    conn: &impl ConnectionTrait,
    pools: &Pools,
    keys: &KeyFolder,
    persons: impl IntoIterator<Item = Uuid>,
) -> Result<Vec<Unwrapped>, StoreError> {
    let persons: Vec<Uuid> = persons.into_iter().collect::<HashSet<_>>().into_iter().collect();
    let mut found = Vec::with_capacity(persons.len());
    for chunk in persons.chunks(10_000) {
        let mut sql = Sql::new("select person, wrapped from person_key where person in ");
        sql.bind_ids(chunk.iter().copied());
        for row in conn.query_all_raw(sql.statement(pools.backend)).await? {
            let person: Uuid = row.try_get_by_index(0)?;
            // What is not even a text was put there past the house: this person's key is damaged, and not the database.
            let wrapped = row.try_get_by_index::<String>(1).map_err(|_| SealError::Malformed);
            found.push((person, wrapped.and_then(|wrapped| seal::unwrap(person, &wrapped, keys.county_keys()))));
        }
    }
    Ok(found)
}

/// What came of wrapping every person's key anew.
#[derive(Debug, Default)]
pub struct Rewrapped {
    /// How many are under the newest key now.
    pub wrapped: u64,
    /// Whose key does not open: it stays as it was found, for a copy of it may still open under an older version.
    pub closed: Vec<Uuid>,
}

impl Store {
    /// Wraps every person's key anew under the county's newest key: values are not touched. One that does not open keeps nobody else's back.
    pub async fn rewrap(&self) -> Result<Rewrapped, StoreError> {
        let keys = self.keys.as_ref().ok_or(StoreError::NoKeys)?;
        let (mut after, mut done) = (Uuid::nil(), Rewrapped::default());
        loop {
            let mut sql = Sql::new("select person, wrapped from person_key where person > ");
            sql.bind(after).push(" order by person limit 5000");
            let rows = self.pools.all(sql).await?;
            if rows.is_empty() {
                return Ok(done);
            }
            let mut wrapped_anew = Vec::with_capacity(rows.len());
            for row in &rows {
                after = row.try_get_by_index(0)?;
                let mut nonce = [0; seal::NONCE_LEN];
                (self.random)(&mut nonce);
                let wrapped = row.try_get_by_index::<String>(1).map_err(|_| SealError::Malformed);
                match wrapped.and_then(|wrapped| seal::rewrap(after, &wrapped, keys.county_keys(), nonce)) {
                    Ok(wrapped) => wrapped_anew.push(vec![after.into(), wrapped.into()]),
                    Err(_) => done.closed.push(after),
                }
            }
            if wrapped_anew.is_empty() {
                continue;
            }
            // An update alone: a key that an erasure destroys meanwhile is not brought back.
            let mut sql = Sql::new("with anew (person, wrapped) as (");
            sql.bind_rows(wrapped_anew);
            sql.push(") update person_key set wrapped = anew.wrapped from anew where person_key.person = anew.person");
            done.wrapped += self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected();
        }
    }
}

/// The person whom a record is about, by its noun's subject field.
pub(crate) fn subject_of(noun: &Noun, row: &kit::Row) -> Option<Uuid> {
    match noun.subject? {
        "id" => Some(row.id),
        field => row.get(noun, field).id(),
    }
}

/// What rows hold in the clear and the history sealed: a person's plain values, and the blind indexes of his sealed ones. An index tells that two are the
/// same, and whoever has its key can try all telephone numbers: in the history it would outlive the person's erasure.
pub(crate) fn sealed_in_history(noun: &Noun, field: &Field) -> bool {
    let index = || noun.fields.iter().any(|other| other.sealed == Some(field.name));
    field.sealed.is_none() && (field.about_person() || index())
}

/// Whom a record was about before a change that makes it somebody else's: what is sealed under his key has to be sealed under the other's.
pub(crate) fn former_subject(change: &Change) -> Option<Uuid> {
    let before = subject_of(change.noun, change.before.as_ref()?)?;
    let after = subject_of(change.noun, &change.after)?;
    (before != after).then_some(before)
}
