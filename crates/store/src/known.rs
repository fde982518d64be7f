//! What the history knows of jobs before they are written: requests that were carried out, and ids that are another record's.

use std::collections::{HashMap, HashSet};

use kit::{Change, Refusal};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;
use crate::write::Job;

/// Of so many new records at once it is asked whether their ids are others'.
const ASKED: usize = 4_096;

#[derive(Default)]
pub(crate) struct Known {
    /// Requests that were carried out already: a client that never heard the answer asks again, and nothing happens twice.
    pub requests: HashSet<Uuid>,
    /// Records that are there, and what they are.
    records: HashMap<Uuid, String>,
}

impl Known {
    /// One statement, whatever the number of jobs; only a file of thousands of rows has several. A part that has no event of its own is looked for in
    /// its table.
    pub async fn ask(store: &Store, tx: &DatabaseTransaction, batch: &[Job]) -> Result<Self, StoreError> {
        let made: Vec<Uuid> = batch.iter().flat_map(|job| made(&job.changes)).map(|change| change.after.id).collect();
        let parts = store.nouns.iter().filter(|noun| noun.whole().is_some());
        let own = parts.map(|noun| format!(", (select '{0}' from \"{0}\" where id = one.column1)", noun.name));
        let event = "(select noun from event where record = one.column1 limit 1)";
        // The null is for a house without parts: SQLite chooses among two at least.
        let nouns = format!("coalesce({event}{}, null)", own.collect::<String>());
        let mut known = Self::default();
        let mut requests = Some(batch.iter().map(|job| job.author.request).collect::<Vec<_>>());
        let mut rest = made.as_slice();
        while requests.is_some() || !rest.is_empty() {
            let (ids, later) = rest.split_at(rest.len().min(ASKED));
            rest = later;
            let mut sql = Sql::default();
            if !ids.is_empty() {
                looked_up(&mut sql, ids, &nouns);
            }
            if let Some(requests) = requests.take() {
                sql.push(if ids.is_empty() { "" } else { " union all " });
                looked_up(&mut sql, &requests, "(select '' from event where request = one.column1 limit 1)");
            }
            for row in tx.query_all_raw(sql.statement(store.pools.backend)).await? {
                known.add(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            }
        }
        Ok(known)
    }

    /// `noun` is empty where the id is a request's.
    fn add(&mut self, noun: String, id: Uuid) {
        if noun.is_empty() {
            self.requests.insert(id);
        } else {
            self.records.insert(id, noun);
        }
    }

    /// A table keeps only its own ids apart, but words, messages and history know a record by its id. A client may name what it makes, and may not
    /// take the name of something else.
    pub fn refuse_others<'a>(&'a self, changes: impl Iterator<Item = &'a Change>) -> Result<(), StoreError> {
        let mut names: HashMap<Uuid, &str> = HashMap::new();
        for change in changes.filter(|change| change.before.is_none()) {
            let (id, noun) = (change.after.id, change.noun.name);
            let before = self.records.get(&id).map(String::as_str);
            if before.is_some_and(|before| before != noun) || *names.entry(id).or_insert(noun) != noun {
                return Err(Refusal::at("record.id_elsewhere", "id").into());
            }
        }
        Ok(())
    }
}

/// What is said of each of these ids; of those of which nothing is said, nothing. Told of all of them in a list, PostgreSQL reads the whole history of a
/// county whose tables it has not counted yet, again for every list; asked for one after the other, it looks for each in the index.
fn looked_up(sql: &mut Sql, ids: &[Uuid], said: &str) {
    sql.push(&format!("select noun, id from (select {said} as noun, one.column1 as id from ("));
    sql.bind_id_rows(ids.iter().copied()).push(") as one) as known where noun is not null");
}

fn made(changes: &[Change]) -> impl Iterator<Item = &Change> {
    changes.iter().filter(|change| change.before.is_none())
}

#[cfg(test)]
mod tests {
    use kit::{Noun, Row, ScopeBy};

    use super::*;

    const fn noun(name: &'static str) -> Noun {
        let scope = ScopeBy::EVERYONE;
        Noun { name, plural: name, fields: &[], scope, title: &[], subject: None, order: "id", tallies: &[] }
    }

    static CUP: Noun = noun("cup");
    static JUG: Noun = noun("jug");

    #[test]
    fn an_id_is_that_of_one_kind_of_record() {
        let made = |noun: &'static Noun, id| Change::create(noun, "create", Row::blank(noun, Uuid::from_u128(id)));
        let mut known = Known::default();
        known.add("cup".into(), Uuid::from_u128(1));
        known.add(String::new(), Uuid::from_u128(2));
        assert!(known.requests.contains(&Uuid::from_u128(2)));
        let changed = |id| Change::update(&JUG, "edit", made(&JUG, id).after, made(&JUG, id).after);
        for (changes, refused) in [
            (vec![made(&CUP, 1)], false),
            (vec![made(&JUG, 1)], true),
            // What is there already was let in before: it can still be mended.
            (vec![changed(1)], false),
            // The id of a request is no record's.
            (vec![made(&JUG, 2), made(&CUP, 3)], false),
            (vec![made(&JUG, 3), made(&CUP, 3)], true),
        ] {
            let answer = known.refuse_others(changes.iter()).err().and_then(|error| error.refusal());
            assert_eq!(answer, refused.then(|| Refusal::at("record.id_elsewhere", "id")), "{changes:?}");
        }
    }
}
