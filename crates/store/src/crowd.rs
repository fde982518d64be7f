//! What a crowd asks is asked together: what many ask at the same moment, each of another record, is one statement.
//!
//! The same thought as the writer's, whose waiting changes share a transaction: the first question goes as soon as whoever is ready has had his turn; who
//! comes while it is under way waits for it, and is asked with all who came meanwhile. With nobody beside him nobody waits. When a statement
//! fails, each who waits is told why. These are questions of the house and its rules, which see the whole county; what a reader is shown is asked
//! within his own scope, and alone, but for the one record that everybody begins with: it is read together and then put to his scope.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kit::{Cell, Noun, Query, Row, Scope};
use sea_orm::{DbErr, QueryResult, TryGetable, Value};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::sql::{Sql, cell_of, columns, row_from, where_clause};
use crate::store::Store;

/// So much is asked for at once; a longer list would be planned anew each time.
const MOST: usize = 16;

/// What each of those who ask has of his own: the id of a record, the digest of a session.
pub(crate) trait Sought: Clone + Eq + Hash + Into<Value> + TryGetable + Send + Sync + 'static {}
impl<T: Clone + Eq + Hash + Into<Value> + TryGetable + Send + Sync + 'static> Sought for T {}

/// The rows that one of them asked for.
type Answer = Result<Vec<QueryResult>, DbErr>;
/// Who waits for the next statement: for what, and where the answer goes.
type Waiting<K> = Vec<(K, oneshot::Sender<Answer>)>;

/// The questions under way, each known by its text and values, and who waits for the next of its kind.
#[derive(Clone)]
pub(crate) struct Crowd<K>(Arc<Mutex<HashMap<String, Waiting<K>>>>);

/// A question but for the list at its end, and the column in which an answer says whose it is.
#[derive(Clone)]
pub(crate) struct Question {
    pub asked: Sql,
    pub column: usize,
}

impl Store {
    /// A record by its id, read together with those that others ask for at the same moment; who is out of scope is not there.
    pub async fn find_beside(&self, noun: &Noun, id: Uuid, scope: &Scope) -> Result<Option<Row>, StoreError> {
        let found = self.of_one(noun, "id", id, &Query::new()).await?.pop();
        Ok(found.filter(|row| scope.sees(noun, row)))
    }

    /// The rows whose field is this id, in order of id, read together with whatever others ask the same of another id.
    pub async fn of_one(&self, noun: &Noun, field: &str, id: Uuid, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.of_each(noun, field, &[id], query).await
    }

    /// The same of a few ids.
    pub async fn of_each(&self, noun: &Noun, field: &str, ids: &[Uuid], query: &Query) -> Result<Vec<Row>, StoreError> {
        let question = question(noun, (field, &columns(noun)), query);
        let rows = self.records.ask(&self.pools, question, ids).await?;
        let mut rows = rows.iter().map(|row| row_from(noun, row, 1)).collect::<Result<Vec<_>, _>>()?;
        rows.sort_unstable_by_key(|row| row.id);
        Ok(rows)
    }

    /// The same for the values of one field, without the rows and in no order.
    pub async fn values_of_one(
        &self,
        noun: &Noun,
        (value, field): (&str, &str),
        id: Uuid,
        query: &Query,
    ) -> Result<Vec<Cell>, StoreError> {
        let Some(value) = noun.field(value) else { return Ok(Vec::new()) };
        let question = question(noun, (field, &format!("\"{}\"", value.name)), query);
        let rows = self.records.ask(&self.pools, question, &[id]).await?;
        rows.iter().map(|row| cell_of(row, 1, &value.kind)).collect()
    }
}

fn question(noun: &Noun, (field, selected): (&str, &str), query: &Query) -> Question {
    let mut asked = Sql::new(format!("select \"{field}\", {selected} from \"{}\"", noun.name));
    where_clause(&mut asked, noun, query, &Scope::county());
    asked.push(&format!(" and \"{field}\" in "));
    Question { asked, column: 0 }
}

impl<K> Default for Crowd<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K> Crowd<K> {
    /// A panic elsewhere leaves nothing half done here.
    fn lines(&self) -> MutexGuard<'_, HashMap<String, Waiting<K>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Sought> Crowd<K> {
    /// The rows of each that is sought.
    pub async fn ask(&self, pools: &Pools, question: Question, sought: &[K]) -> Result<Vec<QueryResult>, StoreError> {
        let mut seen = HashSet::new();
        let (mut waiting, mut answers) = (Waiting::new(), Vec::new());
        for one in sought.iter().filter(|one| seen.insert(*one)) {
            let (reply, answer) = oneshot::channel();
            waiting.push((one.clone(), reply));
            answers.push((one.clone(), answer));
        }
        if waiting.is_empty() {
            return Ok(Vec::new());
        }
        let key = format!("{}{:?}", question.asked.text, question.asked.values);
        if self.join(&key, waiting) {
            let (crowd, pools, question) = (self.clone(), pools.clone(), question.clone());
            tokio::spawn(Asking { crowd, pools, key, question }.run());
        }
        let (mut rows, mut left) = (Vec::new(), Vec::new());
        for (one, answer) in answers {
            match answer.await {
                Ok(answer) => rows.extend(answer?),
                Err(_) => left.push(one),
            }
        }
        if !left.is_empty() {
            let mut alone = question.asked;
            alone.bind_few(left);
            rows.extend(pools.all(alone).await?);
        }
        Ok(rows)
    }

    /// Waits with others; whether nobody asks yet.
    fn join(&self, key: &str, more: Waiting<K>) -> bool {
        let mut lines = self.lines();
        if let Some(waiting) = lines.get_mut(key) {
            waiting.extend(more);
            return false;
        }
        lines.insert(key.to_owned(), more);
        true
    }

    /// All who wait.
    fn rest(&self, key: &str) -> Waiting<K> {
        self.lines().get_mut(key).map(std::mem::take).unwrap_or_default()
    }

    /// Those who are asked for next, each once: who asks for the same a second time waits for the statement after.
    fn next(&self, key: &str) -> Waiting<K> {
        let mut lines = self.lines();
        let Some(waiting) = lines.get_mut(key) else { return Waiting::new() };
        let mut seen = HashSet::new();
        let first = |(sought, _): &(K, _)| seen.len() < MOST && seen.insert(sought.clone());
        let (now, later) = std::mem::take(waiting).into_iter().partition(first);
        *waiting = later;
        now
    }
}

/// A question that is asked for as long as anybody waits for it.
struct Asking<K> {
    crowd: Crowd<K>,
    pools: Pools,
    key: String,
    question: Question,
}

impl<K: Sought> Asking<K> {
    async fn run(self) {
        loop {
            // Whoever is about to ask the same does so first: with nobody else at work this costs nothing.
            tokio::task::yield_now().await;
            let now = self.crowd.next(&self.key);
            if now.is_empty() {
                return;
            }
            let sought: Vec<K> = now.iter().map(|(sought, _)| sought.clone()).collect();
            match self.found(sought).await {
                Ok(mut found) => {
                    for (sought, reply) in now {
                        let _ = reply.send(Ok(found.remove(&sought).unwrap_or_default()));
                    }
                }
                // Nobody waits for a second statement that will fail like the first.
                Err(error) => {
                    for (_, reply) in now.into_iter().chain(self.crowd.rest(&self.key)) {
                        let _ = reply.send(Err(error.clone()));
                    }
                }
            }
        }
    }

    async fn found(&self, sought: Vec<K>) -> Result<HashMap<K, Vec<QueryResult>>, DbErr> {
        let mut sql = self.question.asked.clone();
        sql.bind_few(sought);
        let mut found: HashMap<K, Vec<QueryResult>> = HashMap::new();
        for row in self.pools.all(sql).await? {
            found.entry(row.try_get_by_index(self.question.column)?).or_default().push(row);
        }
        Ok(found)
    }
}

/// Who came at the last moment asks for himself.
impl<K> Drop for Asking<K> {
    fn drop(&mut self) {
        self.crowd.lines().remove(&self.key);
    }
}
