//! Proving the history: the chain is whole, its checkpoints agree, and every row is what its events say.

use std::collections::{BTreeSet, HashMap, HashSet};

use ed25519_dalek::VerifyingKey;
use kit::query::{Place, Query};
use kit::{Cell, Noun, Row, Scope};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::chain::{self, EventHead, Walker};
use crate::error::StoreError;
use crate::history::{said, whole_of};
use crate::parts::parts_of;
use crate::people::{PersonKeys, sealed_in_history, subject_of};
use crate::seal;
use crate::sql::{Sql, columns, place_clause, row_of, where_clause};
use crate::store::Store;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// In the chain itself or its checkpoints.
    Chain(chain::Fault),
    /// The head's own note of where the chain ends disagrees with the last event.
    Head { noted: i64, last: i64 },
    /// It notes another hash than the last event's: what is written next would not follow it.
    HeadHash { last: i64 },
    /// There is a history, but no checkpoint that agrees with it: nothing proves that its tail is there.
    Unsigned,
    /// A row holds something else than its events say.
    Row { noun: &'static str, id: Uuid, field: String },
    /// A row that no event made.
    Unborn { noun: &'static str, id: Uuid },
    /// A record of the history that has no row.
    Lost { noun: String, id: Uuid },
    /// A person's wrapped key that the county's key does not open: what is sealed under it cannot be compared.
    Key { person: Uuid },
}

impl std::fmt::Display for Flaw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Chain(fault) => write!(f, "{fault}"),
            Self::Head { noted, last } => write!(f, "the history ends at event {last}, but {noted} were written"),
            Self::HeadHash { last } => write!(f, "the note of the history's end holds another hash than event {last}"),
            Self::Unsigned => {
                write!(f, "no signed checkpoint covers any of the history: the log of checkpoints is missing or empty")
            }
            Self::Row { noun, id, field } => write!(f, "{noun} {id}: {field} is not what its events say"),
            Self::Unborn { noun, id } => write!(f, "{noun} {id} has a row but no event"),
            Self::Lost { noun, id } => write!(f, "{noun} {id} has events but no row"),
            Self::Key { person } => {
                write!(f, "the key of the person {person} was exchanged or altered: it does not open")
            }
        }
    }
}

/// What a verification found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub events: u64,
    pub rows: u64,
    /// Up to this event a signed checkpoint agrees.
    pub signed: i64,
    /// Personal values that could not be compared: their keys are away or were destroyed by an erasure.
    pub sealed: u64,
    pub flaws: Vec<Flaw>,
}

/// How many events or rows are in memory at once. Of a history of years not all may be.
const TOGETHER: usize = 5_000;

/// What was told of each record, by its id and noun, with the place of each in the history.
type Lives = HashMap<(Uuid, String), Vec<(i64, String)>>;

/// What is settled once all rows were seen.
#[derive(Default)]
struct Aside {
    /// Rows whose events do not stand where they should.
    rows: Vec<(&'static Noun, Row)>,
    /// Persons whose keys do not open; their records are many, the key is one.
    closed: BTreeSet<Uuid>,
}

/// The records that some events tell of, by noun.
type Named = HashMap<String, HashSet<Uuid>>;

impl Store {
    /// Reads the whole history and every row, as they are at one moment: what a server writes meanwhile is left to the next time. `checkpoints` is the
    /// text of the log, read before: whatever it covers has been committed. `step` is told how many events were read.
    ///
    /// The history is gone through once in its order, for the chain and for records without a row; then each row is held beside its own events.
    pub async fn verify(
        &self,
        checkpoints: &str,
        key: &VerifyingKey,
        step: &mut (dyn FnMut(u64) + Send),
    ) -> Result<Report, StoreError> {
        let (signed, bad) = chain::read_checkpoints(checkpoints, key);
        let mut walker = Walker::new(&self.county).only_for(&signed);
        let tx = self.pools.snapshot().await?;
        let lost = self.walk(&tx, &mut walker, step).await?;
        let verdict = walker.finish(&signed);
        let mut report = Report { events: verdict.events, signed: verdict.signed, ..Report::default() };
        report.flaws.extend(bad.into_iter().chain(verdict.faults).map(Flaw::Chain));
        if verdict.events > 0 && signed.is_empty() {
            report.flaws.push(Flaw::Unsigned);
        }
        let (noted, hash) = self.noted_head(&tx).await?;
        if noted != verdict.seq {
            report.flaws.push(Flaw::Head { noted, last: verdict.seq });
        } else if hash != verdict.hash {
            report.flaws.push(Flaw::HeadHash { last: verdict.seq });
        }
        let mut aside = Aside::default();
        for noun in self.nouns.iter() {
            self.compare(&tx, noun, &mut aside, &mut report).await?;
        }
        self.compare_apart(&tx, &mut aside, &mut report).await?;
        tx.rollback().await?;
        report.flaws.extend(aside.closed.into_iter().map(|person| Flaw::Key { person }));
        report.flaws.extend(lost.into_iter().map(|(noun, id)| Flaw::Lost { noun, id }));
        Ok(report)
    }

    /// Where the history ends by its own note.
    async fn noted_head(&self, tx: &DatabaseTransaction) -> Result<(i64, chain::Hash), StoreError> {
        let sql = Sql::new("select seq, hash from chain where id = 1");
        let row = tx.query_one_raw(sql.statement(self.pools.backend)).await?;
        let Some(row) = row else { return Ok((0, chain::genesis(&self.county))) };
        Ok((row.try_get_by_index(0)?, chain::stored_hash(&row.try_get_by_index::<Vec<u8>>(1)?)))
    }

    /// Through the whole history; answers the records that it tells of and that have no row.
    async fn walk(
        &self,
        tx: &DatabaseTransaction,
        walker: &mut Walker,
        step: &mut (dyn FnMut(u64) + Send),
    ) -> Result<BTreeSet<(String, Uuid)>, StoreError> {
        let (mut after, mut count, mut lost) = (i64::MIN, 0, BTreeSet::new());
        loop {
            let mut sql = Sql::new(
                "select seq, id, at, actor, noun, record, verb, request, payload_hash, prev, hash, payload from event where seq > ",
            );
            sql.bind(after).push(&format!(" order by seq limit {TOGETHER}"));
            let rows = tx.query_all_raw(sql.statement(self.pools.backend)).await?;
            if rows.is_empty() {
                return Ok(lost);
            }
            let mut named = Named::new();
            for row in &rows {
                after = row.try_get_by_index(0)?;
                feed(walker, &mut named, row, after);
            }
            self.without_row(tx, named, &mut lost).await?;
            count += rows.len() as u64;
            step(count);
        }
    }

    async fn without_row(
        &self,
        tx: &DatabaseTransaction,
        named: Named,
        lost: &mut BTreeSet<(String, Uuid)>,
    ) -> Result<(), StoreError> {
        for (noun, mut ids) in named {
            if self.nouns.iter().any(|known| known.name == noun) {
                for chunk in ids.iter().copied().collect::<Vec<_>>().chunks(TOGETHER) {
                    let mut sql = Sql::new(format!("select \"id\" from \"{noun}\" where \"id\" in "));
                    sql.bind_ids(chunk.iter().copied());
                    for row in tx.query_all_raw(sql.statement(self.pools.backend)).await? {
                        ids.remove(&row.try_get_by_index::<Uuid>(0)?);
                    }
                }
            }
            lost.extend(ids.into_iter().map(|id| (noun.clone(), id)));
        }
        Ok(())
    }

    /// Compares every row of a noun with its events. What has none, or not its first where the row says that it should be, is put aside.
    async fn compare(
        &self,
        tx: &DatabaseTransaction,
        noun: &'static Noun,
        aside: &mut Aside,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let mut place = None;
        loop {
            let rows = self.by_id(tx, noun, place).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            place = Some(last.id);
            report.rows += rows.len() as u64;
            let persons = self.persons_of(tx, noun, &rows, aside).await?;
            let lives = self.lives(tx, noun, &rows).await?;
            for row in rows {
                match lives.get(&(row.id, noun.name.to_owned())) {
                    Some(told) if begins(told) => compare_row(noun, &row, told, &persons, report),
                    _ => aside.rows.push((noun, row)),
                }
            }
        }
    }

    /// The keys of those whom rows are about, where there are keys; whose key does not open is put aside.
    async fn persons_of(
        &self,
        tx: &DatabaseTransaction,
        noun: &Noun,
        rows: &[Row],
        aside: &mut Aside,
    ) -> Result<PersonKeys, StoreError> {
        let Some(keys) = &self.keys else { return Ok(PersonKeys::default()) };
        let subjects = rows.iter().filter_map(|row| subject_of(noun, row));
        let (persons, closed) = PersonKeys::proven(tx, &self.pools, keys, subjects).await?;
        aside.closed.extend(closed);
        Ok(persons)
    }

    /// What is told of these rows: by their own events, and by those of the wholes that they say they are parts of.
    async fn lives(&self, tx: &DatabaseTransaction, noun: &Noun, rows: &[Row]) -> Result<Lives, StoreError> {
        let wholes = rows.iter().filter_map(|row| whole_of(noun, row)).map(|(_, id)| id);
        let records: BTreeSet<Uuid> = rows.iter().map(|row| row.id).chain(wholes).collect();
        let mut lives = Lives::new();
        for chunk in records.into_iter().collect::<Vec<_>>().chunks(TOGETHER) {
            let mut sql = Sql::new("select seq, noun, record, payload from event where record in ");
            sql.bind_ids(chunk.iter().copied());
            for event in tx.query_all_raw(sql.statement(self.pools.backend)).await? {
                hear(&mut lives, &event, |told, _| told == noun.name);
            }
        }
        Ok(lives)
    }

    /// Rows whose events do not stand where the row says: the whole history is asked for them once more.
    async fn compare_apart(
        &self,
        tx: &DatabaseTransaction,
        aside: &mut Aside,
        report: &mut Report,
    ) -> Result<(), StoreError> {
        let apart = std::mem::take(&mut aside.rows);
        if apart.is_empty() {
            return Ok(());
        }
        let wanted: HashSet<_> = apart.iter().map(|(noun, row)| (noun.name, row.id)).collect();
        let mut lives = Lives::new();
        let mut after = i64::MIN;
        loop {
            let mut sql = Sql::new("select seq, noun, record, payload from event where seq > ");
            sql.bind(after).push(&format!(" order by seq limit {TOGETHER}"));
            let events = tx.query_all_raw(sql.statement(self.pools.backend)).await?;
            let Some(last) = events.last() else { break };
            after = last.try_get_by_index(0)?;
            for event in &events {
                hear(&mut lives, event, |noun, id| wanted.contains(&(noun, id)));
            }
        }
        for (noun, row) in apart {
            let persons = self.persons_of(tx, noun, std::slice::from_ref(&row), aside).await?;
            match lives.get(&(row.id, noun.name.to_owned())) {
                Some(told) => compare_row(noun, &row, told, &persons, report),
                None => report.flaws.push(Flaw::Unborn { noun: noun.name, id: row.id }),
            }
        }
        Ok(())
    }

    /// A few thousand rows of a noun, whoever's they are, after one that was read.
    pub(crate) async fn by_id(
        &self,
        conn: &impl ConnectionTrait,
        noun: &Noun,
        after: Option<Uuid>,
    ) -> Result<Vec<Row>, StoreError> {
        let mut sql = Sql::new(format!("select {} from \"{}\"", columns(noun), noun.name));
        where_clause(&mut sql, noun, &Query::new(), &Scope::county());
        if let Some(id) = after {
            // By id alone: a placeholder field whose sort expression is the id itself.
            let by_id = kit::Field::refer("id", "");
            place_clause(&mut sql, &by_id.required(), &Place { value: Cell::Id(id), id, backwards: false }, false);
        }
        sql.push(&format!(" order by \"id\" limit {TOGETHER}"));
        let results = conn.query_all_raw(sql.statement(self.pools.backend)).await?;
        results.iter().map(|result| row_of(noun, result)).collect()
    }
}

/// An event whose columns cannot even be read was altered too: it is named, and the walk goes on.
fn feed(walker: &mut Walker, named: &mut Named, row: &sea_orm::QueryResult, seq: i64) {
    let hash = row.try_get_by_index::<Vec<u8>>(10).map(|bytes| chain::stored_hash(&bytes)).unwrap_or_default();
    let read = || -> Result<_, sea_orm::DbErr> {
        let head = EventHead {
            seq,
            id: row.try_get_by_index(1)?,
            at: row.try_get_by_index(2)?,
            actor: row.try_get_by_index(3)?,
            noun: row.try_get_by_index(4)?,
            record: row.try_get_by_index(5)?,
            verb: row.try_get_by_index(6)?,
            request: row.try_get_by_index(7)?,
            payload_hash: chain::stored_hash(&row.try_get_by_index::<Vec<u8>>(8)?),
        };
        Ok((head, chain::stored_hash(&row.try_get_by_index::<Vec<u8>>(9)?), row.try_get_by_index::<String>(11)?))
    };
    match read() {
        Ok((head, prev, payload)) => {
            walker.feed(&head, &prev, &hash, &payload);
            for part in parts_of(&payload, head.record) {
                named.entry(part.noun).or_default().insert(part.id);
            }
            named.entry(head.noun).or_default().insert(head.record);
        }
        Err(_) => walker.feed_unreadable(seq, &hash),
    }
}

/// What an event tells of the records that are asked for. One that cannot be read was named by the walk.
fn hear(lives: &mut Lives, event: &sea_orm::QueryResult, asked: impl Fn(&str, Uuid) -> bool) {
    let read = || -> Result<(i64, String, Uuid, String), sea_orm::DbErr> {
        let (seq, noun) = (event.try_get_by_index(0)?, event.try_get_by_index(1)?);
        Ok((seq, noun, event.try_get_by_index(2)?, event.try_get_by_index(3)?))
    };
    let Ok((seq, noun, record, payload)) = read() else { return };
    for part in parts_of(&payload, record).into_iter().filter(|part| asked(&part.noun, part.id)) {
        lives.entry((part.id, part.noun.clone())).or_default().push((seq, part.payload()));
    }
    if asked(&noun, record) {
        lives.entry((record, noun)).or_default().push((seq, payload));
    }
}

/// Whether the first of what is told made the record.
fn begins(told: &[(i64, String)]) -> bool {
    let first = told.iter().min_by_key(|(seq, _)| *seq);
    first.is_some_and(|(_, payload)| said(payload).0 == 1)
}

fn compare_row(noun: &'static Noun, row: &Row, told: &[(i64, String)], persons: &PersonKeys, report: &mut Report) {
    let mut told: Vec<_> = told.iter().collect();
    told.sort_by_key(|(seq, _)| *seq);
    let mut state = Map::new();
    let mut version = 0;
    for (_, payload) in told {
        let (newest, set) = said(payload);
        version = newest;
        state.extend(set);
    }
    let subject = subject_of(noun, row);
    let mut wrong = HashSet::new();
    if version != row.version {
        wrong.insert("version");
    }
    for (field, cell) in row.pairs(noun) {
        let said = state.get(field.name).unwrap_or(&Value::Null);
        // What an earlier version wrote in the clear is compared as it is.
        let same = if sealed_in_history(noun, field) && said.as_str().is_some_and(seal::is_sealed) {
            let clear = opened(subject, persons, field.name, said);
            report.sealed += u64::from(clear.is_none());
            clear.is_none_or(|clear| cell.text() == Some(&clear))
        } else {
            Cell::from_json(&field.kind, said).as_ref() == Some(cell)
        };
        if !same {
            wrong.insert(field.name);
        }
    }
    let mut wrong: Vec<_> = wrong.into_iter().collect();
    wrong.sort_unstable();
    report.flaws.extend(wrong.into_iter().map(|field| Flaw::Row {
        noun: noun.name,
        id: row.id,
        field: field.to_owned(),
    }));
}

fn opened(subject: Option<Uuid>, persons: &PersonKeys, field: &str, said: &Value) -> Option<String> {
    let person = subject?;
    seal::open(persons.get(person)?, field, person, said.as_str()?).ok()
}

#[cfg(test)]
mod tests {
    use kit::{Field, Mask, ScopeBy};

    use super::*;

    static FIELDS: [Field; 2] =
        [Field::text("phone", 20).sealed(Mask::Phone, "phone_index"), Field::index("phone_index")];
    static NOUN: Noun = Noun {
        name: "x",
        plural: "xs",
        fields: &FIELDS,
        scope: ScopeBy::EVERYONE,
        title: &[],
        subject: Some("id"),
        order: "id",
        tallies: &[],
    };

    #[test]
    fn a_blind_index_is_compared_in_the_clear_as_it_was_once_written_and_counted_where_it_is_sealed() {
        let row = |index: &str| {
            let row = Row::blank(&NOUN, Uuid::from_u128(1)).with(&NOUN, "phone", Cell::Text("s1:a".into()));
            Row { version: 1, ..row.with(&NOUN, "phone_index", Cell::Text(index.into())) }
        };
        for (told, held, flaws, sealed) in
            [("h1:a", "h1:a", 0, 0), ("h1:a", "h1:b", 1, 0), ("s1:x", "h1:a", 0, 1), ("s1:x", "s1:y", 0, 1)]
        {
            let payload = format!(r#"{{"set":{{"phone":"s1:a","phone_index":"{told}"}}}}"#);
            let mut report = Report::default();
            compare_row(&NOUN, &row(held), &[(1, payload)], &PersonKeys::default(), &mut report);
            assert_eq!((report.flaws.len(), report.sealed), (flaws, sealed), "{told} {held}");
        }
    }
}
