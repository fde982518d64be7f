//! The history as a person reads it, and what he has not read yet.

use kit::{Noun, Query, Row, Scope};
use sea_orm::ConnectionTrait;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::StoreError;
use crate::parts::parts_of;
use crate::people::{PersonKeys, sealed_in_history, subject_of};
use crate::seal;
use crate::sql::{Sql, where_clause};
use crate::store::Store;

/// One change of one record, with what was before.
#[derive(Clone, Debug)]
pub struct Event {
    pub seq: i64,
    pub at: i64,
    pub actor: Option<Uuid>,
    /// Of the record, once this had happened.
    pub version: i64,
    pub verb: String,
    /// Field, before, after; sealed values as they are stored.
    pub changes: Vec<(String, Value, Value)>,
}

/// A notice to a person that has not been read.
#[derive(Clone, Debug)]
pub struct Unread {
    pub id: Uuid,
    pub at: i64,
    pub code: String,
    pub noun: String,
    pub record: Uuid,
    /// What fills the places of its words, and whether it is real.
    pub params: Vec<(String, String)>,
    pub status: String,
}

impl Store {
    /// Everything that happened to a record, oldest first; what made a part may be the event of its whole. The caller has already found
    /// the record in his scope.
    pub async fn timeline(&self, noun: &Noun, record: &Row) -> Result<Vec<Event>, StoreError> {
        let subject = subject_of(noun, record);
        let mut sql = Sql::new("select seq, at, actor, verb, payload, record from event where record = ");
        sql.bind(record.id).push(" and noun = ").bind(noun.name);
        if let Some((whole, id)) = whole_of(noun, record) {
            sql.push(" or record = ").bind(id).push(" and noun = ").bind(whole);
        }
        sql.push(" order by seq");
        let rows = self.pools.all(sql).await?;
        let persons = match (&self.keys, subject) {
            (Some(keys), Some(person)) => PersonKeys::readable(&self.pools.read, &self.pools, keys, [person]).await?,
            _ => PersonKeys::default(),
        };
        let mut state = Map::new();
        let mut events = Vec::with_capacity(rows.len());
        for row in rows {
            let payload: String = row.try_get_by_index(4)?;
            let told_of: Uuid = row.try_get_by_index(5)?;
            let (version, set) = if told_of == record.id {
                said(&payload)
            } else {
                let part =
                    parts_of(&payload, told_of).into_iter().find(|part| part.noun == noun.name && part.id == record.id);
                let Some(part) = part else { continue };
                (1, part.set)
            };
            let changes = set.into_iter().map(|(field, after)| {
                let after = plain(noun, &field, after, subject, &persons);
                let before = state.insert(field.clone(), after.clone()).unwrap_or(Value::Null);
                (field, before, after)
            });
            let changes = changes.collect();
            events.push(Event {
                seq: row.try_get_by_index(0)?,
                at: row.try_get_by_index(1)?,
                actor: row.try_get_by_index(2)?,
                version,
                verb: row.try_get_by_index(3)?,
                changes,
            });
        }
        Ok(events)
    }

    /// The records of these nouns that an event later than this one is about, by whatever program it came. What was made as a part of a whole is told
    /// of the whole.
    pub async fn changed_since(&self, seq: i64, nouns: &[&Noun]) -> Result<Vec<(String, Uuid)>, StoreError> {
        let mut sql = Sql::new("select distinct noun, record from event where seq > ");
        sql.bind(seq).push(" and noun in ").bind_list(nouns.iter().map(|noun| noun.name));
        let rows = self.pools.all(sql).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }

    /// The records of a question with which a move was made within some time (milliseconds UTC, the second no longer), and when last. The history is never
    /// changed, so neither is the answer about a time that is over, as long as the question finds the same records.
    pub async fn moved(
        &self,
        noun: &Noun,
        verb: &str,
        query: &Query,
        (from, until): (i64, i64),
    ) -> Result<Vec<(Uuid, i64)>, StoreError> {
        let mut sql = Sql::new("select record, max(at) from event where noun = ");
        sql.bind(noun.name)
            .push(" and verb = ")
            .bind(verb)
            .push(" and at >= ")
            .bind(from)
            .push(" and at < ")
            .bind(until);
        sql.push(&format!(" and record in (select \"id\" from \"{}\"", noun.name));
        where_clause(&mut sql, noun, query, &Scope::county());
        sql.push(") group by record order by record");
        let rows = self.pools.all(sql).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }

    /// A person's unread notices, newest first.
    pub async fn notices(&self, person: Uuid, limit: u64) -> Result<Vec<Unread>, StoreError> {
        let mut sql = Sql::new(
            "select n.id, n.at, n.code, n.noun, n.record, m.params, m.status from notice n left join message m on m.id = n.id where n.person = ",
        );
        sql.bind(person).push(&format!(" and n.read_at is null order by n.at desc, n.id limit {limit}"));
        let rows = self.pools.all(sql).await?;
        let read = |row: &sea_orm::QueryResult| {
            Ok(Unread {
                id: row.try_get_by_index(0)?,
                at: row.try_get_by_index(1)?,
                code: row.try_get_by_index(2)?,
                noun: row.try_get_by_index(3)?,
                record: row.try_get_by_index(4)?,
                params: crate::outbox::places(row.try_get_by_index::<Option<String>>(5)?.as_deref()),
                status: row.try_get_by_index::<Option<String>>(6)?.unwrap_or_default(),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Marks a person's notices about a record as read.
    pub async fn notices_read(&self, person: Uuid, record: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update notice set read_at = ");
        sql.bind(at)
            .push(" where person = ")
            .bind(person)
            .push(" and record = ")
            .bind(record)
            .push(" and read_at is null");
        if self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected() == 0 {
            return Ok(());
        }
        // Whatever channel it went by besides.
        let mut sql = Sql::new("update message set version = version + 1, state = 'read', read_at = ");
        sql.bind(at).push(" where state in ('sent', 'delivered') and person = ").bind(person);
        sql.push(" and record = ").bind(record);
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }
}

/// What a record is a part of: noun and id.
pub(crate) fn whole_of(noun: &Noun, record: &Row) -> Option<(&'static str, Uuid)> {
    let (field, whole) = noun.whole()?;
    Some((whole, record.get(noun, field).id()?))
}

/// The version that a payload names and the fields that it sets. One that names none is the first, one that cannot be read is none.
pub(crate) fn said(payload: &str) -> (i64, Map<String, Value>) {
    let Ok(mut payload) = serde_json::from_str::<Map<String, Value>>(payload) else { return (-1, Map::new()) };
    let version = payload.get("version").map_or(1, |version| version.as_i64().unwrap_or(-1));
    match payload.remove("set") {
        Some(Value::Object(set)) => (version, set),
        _ => (version, Map::new()),
    }
}

/// What travels sealed (a name, a blind index) is opened here; sealed fields stay sealed.
fn plain(noun: &Noun, field: &str, value: Value, subject: Option<Uuid>, persons: &PersonKeys) -> Value {
    let plain_field = noun.field(field).is_some_and(|field| sealed_in_history(noun, field));
    let (true, Value::String(text), Some(person)) = (plain_field, &value, subject) else { return value };
    match persons.get(person).and_then(|key| seal::open(key, field, person, text).ok()) {
        Some(clear) => Value::String(clear),
        None if seal::is_sealed(text) => Value::Null,
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_need_not_say_that_it_is_the_first_version() {
        for (payload, version, fields) in [
            (r#"{"set":{"a":1}}"#, 1, 1),
            (r#"{"version":1,"set":{"a":1}}"#, 1, 1),
            (r#"{"version":7,"set":{}}"#, 7, 0),
            (r#"{"version":"x","set":7}"#, -1, 0),
            ("", -1, 0),
            ("[]", -1, 0),
        ] {
            let (read, set) = said(payload);
            assert_eq!((read, set.len()), (version, fields), "{payload}");
        }
    }
}
