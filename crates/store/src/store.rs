//! A county's records: opening, closing, and the queue through which everything is written.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use kit::{Author, Change, Noun};
use sea_orm::ConnectionTrait;
use tokio::sync::{Mutex, Notify, mpsc, oneshot};
use uuid::Uuid;

use crate::chain::{self, Checkpoint, Hash};
use crate::crowd::Crowd;
use crate::dialect::{Pools, Target};
use crate::error::StoreError;
use crate::keys::KeyFolder;
use crate::migrate::{self, Migration};
use crate::sql::Sql;
use crate::tally;
use crate::write::{self, FILLING, Job, TOGETHER};

/// How a store is opened.
pub struct Opening<'a> {
    pub target: Target,
    /// Six digits: names the chain's beginning.
    pub county: String,
    /// Without keys the store opens and verifies, and sealed values stay sealed.
    pub keys: Option<KeyFolder>,
    /// The log of signed checkpoints, outside the database.
    pub checkpoints: PathBuf,
    pub nouns: Vec<&'static Noun>,
    pub migrations: &'a [Migration],
    /// The source of randomness for keys, nonces and event ids.
    pub random: fn(&mut [u8]),
}

/// An open county. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) pools: Pools,
    pub(crate) keys: Option<Arc<KeyFolder>>,
    pub(crate) county: Arc<str>,
    pub(crate) nouns: Arc<[&'static Noun]>,
    pub(crate) random: fn(&mut [u8]),
    pub(crate) checkpoints: Arc<PathBuf>,
    /// Sequence number of the last event covered by a checkpoint.
    pub(crate) signed: Arc<Mutex<i64>>,
    /// Messages written since the outbox was looked at.
    pub(crate) waiting: Arc<AtomicU64>,
    /// A new county is being filled: nobody waits for an answer.
    filling: Arc<AtomicBool>,
    pub(crate) outbox: Arc<Notify>,
    /// How many ids were made.
    made: Arc<AtomicU32>,
    /// What is asked of many records at the same moment, and of many sessions.
    pub(crate) records: Crowd<Uuid>,
    pub(crate) sessions: Crowd<String>,
    queue: mpsc::Sender<Job>,
}

/// What a commit did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How many records changed.
    pub changed: usize,
    /// The same request had been carried out before; nothing was done now.
    pub repeated: bool,
}

impl Store {
    /// Opens, migrates and starts the writer.
    pub async fn open(opening: Opening<'_>) -> Result<Self, StoreError> {
        let pools = Pools::open(&opening.target).await?;
        migrate::run(&pools, opening.migrations).await?;
        tally::raise(&pools, &opening.nouns).await?;
        let (queue, jobs) = mpsc::channel(1024);
        let store = Self {
            pools,
            keys: opening.keys.map(Arc::new),
            county: opening.county.into(),
            nouns: opening.nouns.into(),
            random: opening.random,
            checkpoints: Arc::new(opening.checkpoints),
            signed: Arc::default(),
            waiting: Arc::default(),
            filling: Arc::default(),
            outbox: Arc::default(),
            made: Arc::default(),
            records: Crowd::default(),
            sessions: Crowd::default(),
            queue,
        };
        store.begin_chain().await?;
        store.keep_search().await?;
        tokio::spawn(write::run(store.clone_without_queue(), jobs));
        Ok(store)
    }

    /// The writer's own handle holds a dead queue, so that the task ends when the last real handle is dropped.
    fn clone_without_queue(&self) -> Self {
        Self { queue: mpsc::channel(1).0, ..self.clone() }
    }

    async fn begin_chain(&self) -> Result<(), StoreError> {
        let mut sql = Sql::new("insert into chain (id, seq, hash) values (1, 0, ");
        sql.bind(chain::genesis(&self.county).to_vec()).push(") on conflict (id) do nothing");
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        self.begin_readings().await
    }

    pub fn county(&self) -> &str {
        &self.county
    }

    pub fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    pub fn nouns(&self) -> &[&'static Noun] {
        &self.nouns
    }

    pub fn noun(&self, name: &str) -> Option<&'static Noun> {
        self.nouns.iter().copied().find(|noun| noun.name == name)
    }

    /// Ids in the order in which they are made ([`kit::ids`]), from the store's own randomness and the caller's clock.
    pub fn new_id(&self, at: i64) -> Uuid {
        let mut random = [0; 10];
        (self.random)(&mut random);
        kit::ids::id(at, self.made.fetch_add(1, Ordering::Relaxed), random)
    }

    /// Carries out changes, all or none, with their events and notices, in one durable transaction. Answers after the commit.
    pub async fn commit(&self, author: Author, changes: Vec<Change>) -> Result<Receipt, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.queue.send(Job { author, changes, reply }).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Hands in many jobs at once, so that they share transactions; the first failure is the answer.
    pub async fn commit_all(&self, jobs: impl IntoIterator<Item = (Author, Vec<Change>)>) -> Result<usize, StoreError> {
        let mut answers = std::collections::VecDeque::new();
        let mut changed = 0;
        for (author, changes) in jobs {
            let (reply, answer) = oneshot::channel();
            self.queue.send(Job { author, changes, reply }).await.map_err(|_| StoreError::Closed)?;
            answers.push_back(answer);
            if answers.len() > 4 * self.together()
                && let Some(answer) = answers.pop_front()
            {
                changed += answer.await.map_err(|_| StoreError::Closed)??.changed;
            }
        }
        for answer in answers {
            changed += answer.await.map_err(|_| StoreError::Closed)??.changed;
        }
        Ok(changed)
    }

    /// How many jobs share one transaction at most.
    pub(crate) fn together(&self) -> usize {
        if self.is_filling() { FILLING } else { TOGETHER }
    }

    /// Whether this is a county's first filling: nothing of it is in the history already, and nobody but the filling writes.
    pub(crate) fn is_filling(&self) -> bool {
        self.filling.load(Ordering::Relaxed)
    }

    /// Whether a request has been carried out before.
    pub async fn carried_out(&self, request: Uuid) -> Result<bool, StoreError> {
        let mut sql = Sql::new("select 1 from event where request = ");
        sql.bind(request).push(" limit 1");
        Ok(self.pools.one(sql).await?.is_some())
    }

    /// Whether a request has changed this record.
    pub async fn carried_out_on(&self, request: Uuid, record: Uuid) -> Result<bool, StoreError> {
        let mut sql = Sql::new("select 1 from event where request = ");
        sql.bind(request).push(" and record = ").bind(record).push(" limit 1");
        Ok(self.pools.one(sql).await?.is_some())
    }

    /// Signs the head of the chain and appends it to the log outside the database. Nothing to do without keys or without news. One at a time, and
    /// signed is what stands in the log: who finds the head signed may go, and what could not be written is tried again.
    pub async fn checkpoint(&self, at: i64) -> Result<(), StoreError> {
        let Some(keys) = &self.keys else { return Ok(()) };
        let mut signed = self.signed.lock().await;
        let Some((seq, hash)) = self.last_event().await? else { return Ok(()) };
        if seq == *signed {
            return Ok(());
        }
        let line = Checkpoint { county: self.county.to_string(), seq, hash, at }.sign(keys.signing_key());
        let path = Arc::clone(&self.checkpoints);
        let append = move || append_line(&path, &line);
        tokio::task::spawn_blocking(append).await.map_err(|_| StoreError::Closed)??;
        *signed = seq;
        Ok(())
    }

    /// Where the history ends, as its head notes it and its last event has it. Where the two differ, somebody was at the database: signed, the note
    /// would speak against the honest history for good.
    async fn last_event(&self) -> Result<Option<(i64, Hash)>, StoreError> {
        let sql = Sql::new(
            "select chain.seq, chain.hash, event.seq, event.hash from chain left join event on event.seq = (select max(seq) from event) where chain.id = 1",
        );
        let Some(row) = self.pools.one(sql).await? else { return Ok(None) };
        let (seq, hash): (i64, Vec<u8>) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let hash = chain::stored_hash(&hash);
        let last: Option<(i64, Vec<u8>)> = row.try_get_by_index::<Option<i64>>(2)?.zip(row.try_get_by_index(3)?);
        let same = match last {
            Some((last, of_last)) => last == seq && chain::stored_hash(&of_last) == hash,
            None => seq == 0 && hash == chain::genesis(&self.county),
        };
        if same { Ok(Some((seq, hash))) } else { Err(StoreError::Head(seq)) }
    }

    /// The furthest event that the log of checkpoints names, where the history ends before it: its end was cut off, or an old copy was put back.
    pub async fn signed_beyond(&self) -> Result<Option<i64>, StoreError> {
        let path = Arc::clone(&self.checkpoints);
        let furthest = tokio::task::spawn_blocking(move || furthest(&path)).await.map_err(|_| StoreError::Closed)??;
        let head = self.head().await?;
        Ok(furthest.filter(|signed| *signed > head))
    }

    /// Writes everything that a new county begins with. Nobody asks it for anything meanwhile, and what is interrupted is thrown away: so the disk is waited for
    /// once, and indexes are made once, at the end.
    pub async fn populate(&self, jobs: impl IntoIterator<Item = (Author, Vec<Change>)>) -> Result<usize, StoreError> {
        self.pools.hurry().await?;
        let indexes = self.pools.indexes_apart().await?;
        self.filling.store(true, Ordering::Relaxed);
        let changed = self.commit_all(jobs).await;
        self.filling.store(false, Ordering::Relaxed);
        let changed = changed?;
        self.pools.indexes_again(&indexes).await?;
        self.pools.settle().await?;
        Ok(changed)
    }

    /// Lets the planner learn what a large import brought.
    pub async fn tidy_up(&self) -> Result<(), StoreError> {
        self.pools.write.execute_unprepared("analyze").await?;
        Ok(())
    }

    /// Closes the connections; what was answered has been committed.
    pub async fn close(self) {
        let _ = self.pools.write.close_by_ref().await;
        let _ = self.pools.read.close_by_ref().await;
        let _ = self.pools.long.close_by_ref().await;
    }

    /// How long the history is: any change of any record makes it longer.
    pub async fn head(&self) -> Result<i64, StoreError> {
        let sql = Sql::new("select seq from chain where id = 1");
        let row = self.pools.one(sql).await?;
        row.map_or(Ok(0), |row| row.try_get_by_index(0).map_err(Into::into))
    }

    /// Whether the database answers.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.head().await.map(drop)
    }

    /// Tables and columns as the database has them, for the test that both databases hold the same.
    pub async fn catalogue(&self) -> Result<Vec<(String, String)>, StoreError> {
        let rows = self.pools.all(Sql::new(self.pools.catalogue())).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }
}

/// One line in one piece, and on a line of its own even where the machine stopped while the last was written. Two programs (a backup beside the
/// server) write one after the other.
fn append_line(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    match file.lock() {
        // Where a folder knows no locks, a piece is short enough to be written at once.
        Err(error) if error.kind() != io::ErrorKind::Unsupported => return Err(error),
        _ => {}
    }
    let before = if ends_a_line(&mut file)? { "" } else { "\n" };
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_data()
}

/// The furthest event that any line names.
fn furthest(path: &Path) -> io::Result<Option<i64>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut furthest = None;
    for line in BufReader::new(file).split(b'\n') {
        let line = line?;
        let named = String::from_utf8_lossy(&line).split(' ').nth(2).and_then(|text| text.parse::<i64>().ok());
        furthest = furthest.max(named);
    }
    Ok(furthest)
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    #[test]
    fn every_line_stands_on_a_line_of_its_own() {
        let folder = tempfile::TempDir::new().unwrap();
        for (before, after) in
            [(None, "b\n"), (Some(""), "b\n"), (Some("a\n"), "a\nb\n"), (Some("a\nto"), "a\nto\nb\n")]
        {
            let path = folder.path().join("log");
            let _ = std::fs::remove_file(&path);
            if let Some(before) = before {
                std::fs::write(&path, before).unwrap();
            }
            append_line(&path, "b").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        let path = folder.path().join("many");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| (0..20).for_each(|_| append_line(&path, &"x".repeat(200)).unwrap()));
            }
        });
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() == 160 && text.lines().all(|line| line.len() == 200));
    }
}
