//! Writing: changes that wait are committed together in one durable transaction; who fails, fails alone.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use kit::{Author, Cell, Change, Noun, Row, Scope};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, ExecResult, TransactionTrait, Value};
use serde_json::{Map, Value as Json};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::chain::{self, EventHead, Hash};
use crate::error::StoreError;
use crate::group;
use crate::known::Known;
use crate::lane::Lane;
use crate::outbox;
use crate::parts::{self, Parts};
use crate::past;
use crate::people::{PersonKeys, former_subject, sealed_in_history, subject_of};
use crate::seal;
use crate::search;
use crate::settle::{self, Done};
use crate::sql::{Sql, columns, value_of, where_clause};
use crate::store::{Receipt, Store};
use crate::tally::Sums;

/// Changes waiting to be written.
pub(crate) struct Job {
    pub author: Author,
    pub changes: Vec<Change>,
    pub reply: oneshot::Sender<Result<Receipt, StoreError>>,
}

/// How many jobs share one transaction at most. With four times as many, half of a county's telephones that send at once wait longer for their answer.
pub(crate) const TOGETHER: usize = 64;
/// Where nobody waits for an answer, more of them do: fewer commits, and each total is written once for more of what it counts.
pub(crate) const FILLING: usize = 8 * TOGETHER;
/// After so many events the head is signed again.
const EVENTS_PER_CHECKPOINT: i64 = 1000;

/// The writer: the one task through which every change goes. A request that is dropped does not stop it.
pub(crate) async fn run(store: Store, mut jobs: mpsc::Receiver<Job>) {
    let mut last_at = 0;
    while let Some(job) = jobs.recv().await {
        // Whoever is about to bring his own does so first: with nobody else at work this costs nothing. Waiting for them was slower.
        tokio::task::yield_now().await;
        let most = store.together();
        let mut batch = vec![job];
        while batch.len() < most
            && let Ok(job) = jobs.try_recv()
        {
            batch.push(job);
        }
        last_at = batch.last().map_or(last_at, |job| job.author.at);
        let seq = carry_out(&store, batch).await;
        let signed = *store.signed.lock().await;
        if seq.is_some_and(|seq| seq - signed >= EVENTS_PER_CHECKPOINT)
            && let Err(error) = store.checkpoint(last_at).await
        {
            tracing::error!(%error, "the checkpoint was not written");
        }
    }
}

/// One transaction for all; when any of them fails, one transaction for each.
async fn carry_out(store: &Store, batch: Vec<Job>) -> Option<i64> {
    if batch.len() > 1 {
        match attempt(store, &batch).await {
            Ok(done) => {
                for (job, receipt) in batch.into_iter().zip(done.receipts) {
                    let _ = job.reply.send(Ok(receipt));
                }
                return Some(done.seq);
            }
            Err(error) => tracing::debug!(%error, "a batch failed; its jobs are tried one by one"),
        }
    }
    let mut head = None;
    for job in batch {
        let answer = attempt(store, std::slice::from_ref(&job)).await;
        let answer = answer.map(|done| {
            head = Some(done.seq);
            done.receipts.first().copied().unwrap_or(Receipt { changed: 0, repeated: false })
        });
        let _ = job.reply.send(answer);
    }
    head
}

async fn attempt(store: &Store, batch: &[Job]) -> Result<Done, StoreError> {
    let tx = Arc::new(store.pools.write.begin().await?);
    let written = Writer::write(store, &tx, batch).await;
    let tx = Arc::into_inner(tx).ok_or(StoreError::Closed)?;
    match written {
        Ok(done) => {
            let done = settle::commit(store, tx, done).await?;
            store.wake();
            Ok(done)
        }
        Err(error) => {
            // What went wrong first is what is told.
            if let Err(second) = tx.rollback().await {
                tracing::warn!(error = %second, "a change was not taken back; its connection is not used again");
            }
            Err(error)
        }
    }
}

/// A transaction in the making.
struct Writer<'a> {
    store: &'a Store,
    lane: Lane,
    seq: i64,
    hash: Hash,
    persons: PersonKeys,
    parts: Parts,
    /// Events to be written, in their order, and what the tallies change by: of all changes together.
    events: Vec<Vec<Value>>,
    sums: Sums,
    /// Messages written.
    told: u64,
}

impl<'a> Writer<'a> {
    async fn write(store: &'a Store, tx: &Arc<DatabaseTransaction>, batch: &[Job]) -> Result<Done, StoreError> {
        // An update first: it takes the write lock at once, on both databases, and so serialises the chain.
        let sql = Sql::new("update chain set seq = seq where id = 1 returning seq, hash");
        let row = tx.query_one_raw(sql.statement(store.pools.backend)).await?.ok_or(StoreError::Closed)?;
        let (seq, hash) = (row.try_get_by_index(0)?, chain::stored_hash(&row.try_get_by_index::<Vec<u8>>(1)?));
        let known = if store.is_filling() {
            store.pools.hurry_once(tx).await?;
            Known::default()
        } else {
            Known::ask(store, tx, batch).await?
        };
        let (persons, parts, events, sums) = Default::default();
        let lane = Lane::new(tx, store.pools.backend);
        let mut writer = Self { store, lane, seq, hash, persons, parts, events, sums, told: 0 };
        let done = writer.batch(batch, known).await;
        // Whatever became of it, nothing of it is under way any more; what went wrong first is what is told.
        let ended = writer.lane.end().await;
        let done = done?;
        ended?;
        store.waiting.fetch_add(writer.told, Ordering::SeqCst);
        Ok(done)
    }

    async fn batch(&mut self, batch: &[Job], mut known: Known) -> Result<Done, StoreError> {
        // What comes twice in one batch is as much a repetition as what comes later.
        let repeated: Vec<bool> = batch.iter().map(|job| !known.requests.insert(job.author.request)).collect();
        let fresh: Vec<&Job> = batch.iter().zip(&repeated).filter(|(_, again)| !**again).map(|(job, _)| job).collect();
        known.refuse_others(fresh.iter().flat_map(|job| &job.changes))?;
        self.prepare_keys(&fresh).await?;
        for (whole, change) in fresh.iter().flat_map(|job| parts::together(&job.changes)) {
            self.parts.add(whole, change.noun, self.sealed(change.noun, &change.after)?);
        }
        self.jobs(&fresh).await?;
        self.leave(&fresh).await?;
        self.finish().await?;
        let receipt = |(job, repeated): (&Job, bool)| {
            let changed = if repeated { 0 } else { job.changes.len() };
            Receipt { changed, repeated }
        };
        let receipts = batch.iter().zip(repeated).map(receipt).collect();
        Ok(Done { receipts, seq: self.seq, hash: self.hash })
    }

    /// Whether what must be left is left, now that everything is written and before anybody sees it.
    async fn leave(&mut self, jobs: &[&Job]) -> Result<(), StoreError> {
        for change in jobs.iter().flat_map(|job| &job.changes) {
            let Some(leaves) = &change.leaves else { continue };
            let mut sql = Sql::new(format!("select 1 from \"{}\"", change.noun.name));
            where_clause(&mut sql, change.noun, &leaves.query, &Scope::county());
            sql.push(" limit 1");
            let tx = self.lane.free().await?;
            if tx.query_one_raw(sql.statement(self.store.pools.backend)).await?.is_none() {
                return Err(leaves.refusal.clone().into());
            }
        }
        Ok(())
    }

    async fn prepare_keys(&mut self, jobs: &[&Job]) -> Result<(), StoreError> {
        let needed: HashSet<Uuid> = jobs
            .iter()
            .flat_map(|job| &job.changes)
            .filter_map(|change| subject_of(change.noun, &change.after))
            .collect();
        if needed.is_empty() {
            return Ok(());
        }
        let keys = self.store.keys.as_ref().ok_or(StoreError::NoKeys)?;
        let former = jobs.iter().flat_map(|job| &job.changes).filter_map(former_subject);
        let known = needed.iter().copied().chain(former);
        let tx = self.lane.free().await?;
        self.persons = PersonKeys::load(tx, &self.store.pools, keys, known).await?;
        self.persons.add_missing(tx, &self.store.pools, keys, &needed, self.store.random).await
    }

    /// Jobs that touch different records are written together, with one statement for each table and kind of write: when a county calls its rolls,
    /// sixty sheets cost as many statements as one. Where a record comes again, the next of them begin. Larger jobs hold many rows in a statement as they are.
    async fn jobs(&mut self, jobs: &[&Job]) -> Result<(), StoreError> {
        for group in group::apart(jobs) {
            match group {
                [job] => self.job(job).await?,
                several => self.several(several).await?,
            }
        }
        Ok(())
    }

    async fn several(&mut self, jobs: &[&Job]) -> Result<(), StoreError> {
        for (authors, changes) in group::alike(jobs) {
            if let Some(first) = changes.first() {
                self.run(&authors, first.noun, &changes).await?;
            }
        }
        let said: Vec<_> = jobs.iter().map(|job| (&job.author, job.changes.as_slice())).collect();
        self.tell(&said).await?;
        for job in jobs {
            self.forget(job).await?;
        }
        Ok(())
    }

    async fn job(&mut self, job: &Job) -> Result<(), StoreError> {
        let mut rest = job.changes.as_slice();
        while let Some(first) = rest.first() {
            // A run: same noun, all new or all known, no record twice, so that one statement can hold many.
            let mut seen = HashSet::new();
            let fits = |change: &&Change| {
                std::ptr::eq(change.noun, first.noun)
                    && change.before.is_some() == first.before.is_some()
                    && seen.insert(change.after.id)
            };
            let length = rest.iter().take_while(fits).count().max(1);
            let (run, later) = rest.split_at(length);
            self.run(&vec![job.author; run.len()], first.noun, run).await?;
            rest = later;
        }
        self.tell(&[(&job.author, &job.changes)]).await?;
        self.forget(job).await
    }

    /// What is said to somebody goes with its cause; most changes say nothing to anybody, and nothing waits for them.
    async fn tell(&mut self, said: &[outbox::Said<'_>]) -> Result<(), StoreError> {
        if outbox::speaks(said) {
            self.told += outbox::write(self.store, self.lane.free().await?, said).await?;
        }
        Ok(())
    }

    /// Last of all: until here the keys were needed to seal what the erasure itself says.
    async fn forget(&mut self, job: &Job) -> Result<(), StoreError> {
        let persons: Vec<Uuid> = job.changes.iter().filter_map(|change| change.forget).collect();
        for chunk in persons.chunks(1_000) {
            let mut sql = Sql::new("delete from person_key where person in ");
            sql.bind_list(chunk.iter().copied());
            let tx = self.lane.free().await?;
            tx.execute_raw(sql.statement(self.store.pools.backend)).await?;
            outbox::forget(self.store, tx, chunk).await?;
        }
        Ok(())
    }

    /// Changes that one statement can hold, each with its author.
    async fn run(&mut self, authors: &[Author], noun: &'static Noun, run: &[Change]) -> Result<(), StoreError> {
        let known = run.first().is_some_and(|change| change.before.is_some());
        let per_statement = (self.store.pools.max_values() / (noun.fields.len() + 2)).clamp(1, 1000);
        for (chunk, authors) in run.chunks(per_statement).zip(authors.chunks(per_statement)) {
            let rows = chunk.iter().map(|change| self.stored(change)).collect::<Result<Vec<_>, _>>()?;
            self.upsert(noun, &rows, known).await?;
            if let Some(sql) = search::follow(noun, chunk, &rows) {
                self.lane.begin(sql).await?;
            }
            if let Some(sql) = past::follow(noun, authors, chunk) {
                self.lane.begin(sql).await?;
            }
            self.tell_of(authors, chunk, &rows).await?;
        }
        self.sums.add(noun, run);
        Ok(())
    }

    fn stored(&self, change: &Change) -> Result<Row, StoreError> {
        match self.parts.row(change) {
            Some(row) => Ok(row.clone()),
            None => self.sealed(change.noun, self.handed_over(change).as_ref().unwrap_or(&change.after)),
        }
    }

    /// The row of a record that is about somebody else from now on, with what is sealed under the former's key opened, to be sealed anew. Where that
    /// key was destroyed, the values are gone already and stay so.
    fn handed_over(&self, change: &Change) -> Option<Row> {
        let former = former_subject(change)?;
        let key = self.persons.get(former)?;
        let mut row = change.after.clone();
        for (field, cell) in change.after.pairs(change.noun).filter(|(field, _)| field.sealed.is_some()) {
            let plain = cell.text().and_then(|sealed| seal::open(key, field.name, former, sealed).ok());
            if let Some(plain) = plain {
                row.set(change.noun, field.name, Cell::Secret(plain));
            }
        }
        Some(row)
    }

    /// The row as it is stored: secrets sealed under the person's key, their blind indexes beside them.
    fn sealed(&self, noun: &Noun, row: &Row) -> Result<Row, StoreError> {
        let mut stored = row.clone();
        for (field, cell) in row.pairs(noun) {
            let (Cell::Secret(plain), Some(index)) = (cell, field.sealed) else { continue };
            stored.set(noun, field.name, Cell::Text(self.seal(noun, row, field.name, plain)?));
            stored.set(noun, index, Cell::Text(self.store.blind(field.name, plain)?));
        }
        Ok(stored)
    }

    fn seal(&self, noun: &Noun, row: &Row, field: &str, plain: &str) -> Result<String, StoreError> {
        let person = subject_of(noun, row).ok_or(StoreError::NoKeys)?;
        let key = self.persons.get(person).ok_or(StoreError::NoKeys)?;
        let mut nonce = [0; seal::NONCE_LEN];
        (self.store.random)(&mut nonce);
        Ok(seal::seal(key, field, person, plain, nonce)?)
    }

    /// New rows are inserted; known ones are replaced where the version is still the one that was read.
    async fn upsert(&mut self, noun: &'static Noun, rows: &[Row], known: bool) -> Result<(), StoreError> {
        let mut sql = Sql::new(format!("insert into \"{}\" ({}) ", noun.name, columns(noun)));
        let values = |row: &Row| {
            let cells = row.pairs(noun).map(|(field, cell)| value_of(&field.kind, cell));
            [row.id.into(), row.version.into()].into_iter().chain(cells).collect()
        };
        sql.bind_rows(rows.iter().map(values));
        if known {
            let sets = noun.fields.iter().fold("\"version\" = excluded.\"version\"".to_owned(), |text, field| {
                text + &format!(", \"{0}\" = excluded.\"{0}\"", field.name)
            });
            sql.push(&format!(
                " on conflict (\"id\") do update set {sets} where \"{0}\".\"version\" = excluded.\"version\" - 1",
                noun.name
            ));
        }
        let (first, expected) = (rows.first().map(|row| row.id), rows.len() as u64);
        let judge = move |result: Result<ExecResult, DbErr>| {
            let written = result.map_err(|error| taken(noun, error))?.rows_affected();
            match first {
                Some(id) if written != expected => Err(StoreError::Stale { noun: noun.name, id }),
                _ => Ok(()),
            }
        };
        self.lane.judged(sql, judge).await
    }

    /// What the event says: the version, and each field that changed with its new value. What was before is what the
    /// record's earlier events say; it is not written twice. The parts that are made with it stand beside.
    fn payload(&self, change: &Change, stored: &Row) -> Result<String, StoreError> {
        let set = self.set(change.noun, change.before.as_ref(), stored, former_subject(change).is_some())?;
        let mut parts = Vec::new();
        for (noun, rows) in self.parts.of(change) {
            let each = rows.into_iter().map(|row| Ok((row.id, self.set(noun, None, row, false)?)));
            let (of, _) = noun.whole().unwrap_or_default();
            parts.push(parts::told(noun, of, &set, each.collect::<Result<_, StoreError>>()?));
        }
        let mut payload = Map::new();
        // What is made is the first.
        if stored.version != 1 {
            payload.insert("version".into(), stored.version.into());
        }
        payload.insert("set".into(), Json::Object(set));
        if !parts.is_empty() {
            payload.insert("parts".into(), Json::Array(parts));
        }
        Ok(Json::Object(payload).to_string())
    }

    /// The fields that changed. A person's plain values (a name) and blind indexes travel sealed; a record that is about nobody (a whole class's handover) has no key
    /// to seal with. Once it is about somebody else, they are said again (`anew`), under his key.
    fn set(
        &self,
        noun: &Noun,
        before: Option<&Row>,
        stored: &Row,
        anew: bool,
    ) -> Result<Map<String, Json>, StoreError> {
        let about_somebody = subject_of(noun, stored).is_some();
        let mut set = Map::new();
        for (at, (field, cell)) in stored.pairs(noun).enumerate() {
            let before = before.and_then(|row| row.cells.get(at)).unwrap_or(&Cell::Null);
            let sealed = about_somebody && sealed_in_history(noun, field);
            if before == cell && !(anew && sealed) {
                continue;
            }
            let json = match cell {
                Cell::Text(text) if sealed => Json::String(self.seal(noun, stored, field.name, text)?),
                cell => cell.json(),
            };
            set.insert(field.name.to_owned(), json);
        }
        Ok(set)
    }

    /// One event for each change, but for parts that are told of with their wholes.
    async fn tell_of(&mut self, authors: &[Author], run: &[Change], rows: &[Row]) -> Result<(), StoreError> {
        let per_statement = (self.store.pools.max_values() / 12).min(1000);
        for ((change, author), row) in run.iter().zip(authors).zip(rows) {
            if self.parts.row(change).is_some() {
                continue;
            }
            let payload = self.payload(change, row)?;
            let event = self.event(author, change, payload);
            self.events.push(event);
            if self.events.len() == per_statement {
                self.write_events().await?;
            }
        }
        Ok(())
    }

    async fn write_events(&mut self) -> Result<(), StoreError> {
        if self.events.is_empty() {
            return Ok(());
        }
        let mut sql = Sql::new(
            "insert into event (seq, id, at, actor, noun, record, verb, request, payload_hash, prev, hash, payload) ",
        );
        sql.bind_rows(std::mem::take(&mut self.events));
        self.lane.begin(sql).await
    }

    /// What is said once of all changes together: their events, what the tallies come to, and the head of the chain.
    async fn finish(&mut self) -> Result<(), StoreError> {
        self.write_events().await?;
        for sql in self.sums.written(&self.store.pools) {
            self.lane.begin(sql).await?;
        }
        let mut sql = Sql::new("update chain set seq = ");
        sql.bind(self.seq).push(", hash = ").bind(self.hash.to_vec()).push(" where id = 1");
        self.lane.begin(sql).await
    }

    /// The next event of the chain, column by column.
    fn event(&mut self, author: &Author, change: &Change, payload: String) -> Vec<Value> {
        self.seq += 1;
        let head = EventHead {
            seq: self.seq,
            id: self.store.new_id(author.at),
            at: author.at,
            actor: author.actor,
            noun: change.noun.name.to_owned(),
            record: change.after.id,
            verb: change.verb.to_owned(),
            request: author.request,
            payload_hash: chain::payload_hash(&payload),
        };
        let prev = std::mem::take(&mut self.hash);
        self.hash = chain::link(&prev, &head);
        vec![
            head.seq.into(),
            head.id.into(),
            head.at.into(),
            head.actor.into(),
            head.noun.into(),
            head.record.into(),
            head.verb.into(),
            head.request.into(),
            head.payload_hash.to_vec().into(),
            prev.to_vec().into(),
            self.hash.to_vec().into(),
            payload.into(),
        ]
    }
}

/// A broken unique constraint becomes the field that it guards: indexes are named `<noun>_<field>_key`.
fn taken(noun: &'static Noun, error: DbErr) -> StoreError {
    let Some(sea_orm::SqlErr::UniqueConstraintViolation(text)) = error.sql_err() else {
        return StoreError::Database(error);
    };
    let named = |field: &&kit::Field| {
        text.contains(&format!("{}_{}_key", noun.name, field.name))
            || text.contains(&format!("{}.{}", noun.name, field.name))
    };
    let field = noun.fields.iter().find(named).map_or("id", |field| field.name);
    StoreError::Taken { noun: noun.name, field: field.to_owned() }
}
