//! Writing messages with their cause.

use std::collections::{BTreeMap, HashSet};

use kit::change::Hasten;
use kit::message::{Message, TODAY, To};
use kit::{Author, Cell, Change, Noun, Row};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::error::StoreError;
use crate::people::PersonKeys;
use crate::seal;
use crate::sql::Sql;
use crate::store::Store;

/// As what the parameters of a message to somebody outside are sealed.
pub(super) const SEALED_AS: &str = "message";
const COLUMNS: &str = "id, version, at, key, cause, code, noun, record, place, person, recipient, subject, contact_field, contact, params, urgent, alert, status, answers, state, not_before, next_at, claimed_until, attempts";
/// Values of one line of [`COLUMNS`].
const VALUES: usize = 24;

/// One message, when it is said, and what it is about.
struct Line {
    at: i64,
    message: Message,
    cause: String,
    about: About,
}

/// What a message is about.
struct About {
    noun: &'static str,
    record: Uuid,
    /// Whose business it is.
    place: Option<Uuid>,
}

/// A message that goes with no change of a record: what the day asks of somebody, or what follows from many records.
#[derive(Clone, Debug)]
pub struct Telling {
    pub person: Uuid,
    /// The school or unit whose business it is.
    pub place: Option<Uuid>,
    /// The record that it is about, by its noun; without one it is about somebody's first page.
    pub about: Option<(&'static str, Uuid)>,
    pub message: Message,
}

impl Store {
    /// Writes messages that go with no change, in one transaction: all or none. Answers how many were new.
    pub async fn tell(&self, at: i64, told: Vec<Telling>) -> Result<u64, StoreError> {
        if told.is_empty() {
            return Ok(0);
        }
        let lines: BTreeMap<_, _> = told.into_iter().map(|told| of_no_change(at, told)).collect();
        let tx = self.pools.write.begin().await?;
        let written = insert(self, &tx, lines).await?;
        tx.commit().await?;
        if written > 0 {
            self.outbox.notify_one();
        }
        Ok(written)
    }

    /// Whether anybody was told because of this.
    pub async fn was_caused(&self, cause: &str, since: i64) -> Result<bool, StoreError> {
        let mut sql = Sql::new("select count(*) from message where at >= ");
        sql.bind(since).push(" and cause = ").bind(cause);
        let row = self.pools.one(sql).await?;
        Ok(row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))? > 0)
    }

    /// Because of which of these anybody was told.
    pub async fn caused(&self, causes: &[String], since: i64) -> Result<HashSet<String>, StoreError> {
        let mut known = HashSet::new();
        for some in causes.chunks(5_000) {
            let mut sql = Sql::new("select distinct cause from message where at >= ");
            sql.bind(since).push(" and cause in ").bind_list(some.iter().map(String::as_str));
            for row in self.pools.all(sql).await? {
                known.insert(row.try_get_by_index(0)?);
            }
        }
        Ok(known)
    }
}

fn of_no_change(at: i64, told: Telling) -> (String, Line) {
    let Telling { person, place, about, message } = told;
    let (noun, record) = about.unwrap_or((TODAY, person));
    let about = About { noun, record, place };
    (message.key(""), Line { at, cause: message.cause.clone(), message, about })
}

/// What one job says: by whom and when, and its changes.
pub(crate) type Said<'a> = (&'a Author, &'a [Change]);

/// Whether any of these jobs says, withdraws or hastens anything.
pub(crate) fn speaks(jobs: &[Said<'_>]) -> bool {
    jobs.iter().flat_map(|(_, changes)| *changes).any(|change| {
        let Change { notices, messages, withdrawn, hastened, followed, .. } = change;
        let silent = notices.is_empty() && messages.is_empty() && withdrawn.is_empty();
        !(silent && hastened.is_empty() && followed.is_empty())
    })
}

/// Writes what these jobs say to whom, withdraws what they withdraw and hastens what they hasten. Answers how many were written: a cause that was told before is not.
pub(crate) async fn write(store: &Store, tx: &DatabaseTransaction, jobs: &[Said<'_>]) -> Result<u64, StoreError> {
    // What one withdraws may be what another has just said: then each after the other. Otherwise all share their statements.
    let size = if crossed(jobs) { 1 } else { jobs.len().max(1) };
    let mut written = 0;
    for some in jobs.chunks(size) {
        withdraw(store, tx, some).await?;
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        for (key, line) in some.iter().flat_map(said) {
            lines.entry(key).or_insert(line);
        }
        written += insert(store, tx, lines).await?;
        written += hasten(store, tx, some).await?;
        written += super::follow::write(store, tx, some).await?;
    }
    Ok(written)
}

/// The causes that a job withdraws, with its moment.
fn withdrawn<'a>((author, changes): &Said<'a>) -> impl Iterator<Item = (&'a str, i64)> + use<'a> {
    let at = author.at;
    changes.iter().flat_map(|change| &change.withdrawn).map(move |cause| (cause.as_str(), at))
}

/// Whether one of these withdraws what one before him says.
fn crossed(jobs: &[Said<'_>]) -> bool {
    let mut causes: HashSet<String> = HashSet::new();
    jobs.iter().any(|job| {
        let crossed = withdrawn(job).any(|(cause, _)| causes.contains(cause));
        causes.extend(said(job).map(|(_, line)| line.cause));
        crossed
    })
}

async fn insert(store: &Store, tx: &DatabaseTransaction, lines: BTreeMap<String, Line>) -> Result<u64, StoreError> {
    if lines.is_empty() {
        return Ok(0);
    }
    lines.values().try_for_each(|line| line.message.check())?;
    let persons = keys(store, tx, &lines).await?;
    let lines: Vec<_> = lines.into_iter().collect();
    let mut written = 0;
    for chunk in lines.chunks((store.pools.max_values() / VALUES).min(1_000)) {
        let mut ids = Vec::with_capacity(chunk.len());
        let mut rows = Vec::with_capacity(chunk.len());
        for (key, line) in chunk {
            let Some((contact, params)) = sealed(store, &persons, &line.message)? else { continue };
            let id = store.new_id(line.at);
            rows.push(values(id, key, line, contact, params));
            ids.push((id, line));
        }
        if ids.is_empty() {
            continue;
        }
        let mut sql = Sql::new(format!("insert into message ({COLUMNS}) "));
        // What is withdrawn on its way and said again before that is settled is not withdrawn any more.
        sql.bind_rows(rows).push(
            " on conflict (key) do update set ended_at = null where message.state = 'queued' and message.ended_at is not null returning id",
        );
        let rows = tx.query_all_raw(sql.statement(store.pools.backend)).await?;
        let new = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<HashSet<Uuid>, _>>()?;
        written += new.len() as u64;
        notices(store, tx, ids.iter().filter(|(id, _)| new.contains(id))).await?;
    }
    Ok(written)
}

/// What a job says, each with its key.
fn said((author, changes): &Said<'_>) -> impl Iterator<Item = (String, Line)> {
    changes.iter().flat_map(|change| of_change(author.at, change))
}

fn of_change(at: i64, change: &Change) -> impl Iterator<Item = (String, Line)> {
    let own = change.cause();
    let told = change.notices.iter().map(|notice| Message::person(notice.person, notice.code));
    told.chain(change.messages.iter().cloned()).map(move |message| {
        let cause = if message.cause.is_empty() { own.clone() } else { message.cause.clone() };
        let about = About { noun: change.noun.name, record: change.after.id, place: place(change.noun, &change.after) };
        (message.key(&own), Line { at, message, cause, about })
    })
}

/// What has not been sent is withdrawn; its key is free again, so that the same cause can come back. What is on its way at this moment cannot be
/// called back, but if it does not arrive it is not tried again: its end stands there already, and whoever settles it finds it.
async fn withdraw(store: &Store, tx: &DatabaseTransaction, jobs: &[Said<'_>]) -> Result<(), StoreError> {
    let causes: Vec<_> = jobs.iter().flat_map(withdrawn).collect();
    for chunk in causes.chunks(5_000) {
        for (what, which) in [
            ("state = 'withdrawn', key = null, ended_at = gone.at", "message.claimed_until <= gone.at"),
            ("ended_at = gone.at", "message.claimed_until > gone.at"),
        ] {
            let mut sql = Sql::new("with gone (cause, at) as (");
            sql.bind_rows(chunk.iter().map(|(cause, at)| vec![(*cause).into(), (*at).into()]));
            sql.push(&format!(
                ") update message set {what} from gone where message.cause = gone.cause and message.state = 'queued' and {which}"
            ));
            tx.execute_raw(sql.statement(store.pools.backend)).await?;
        }
    }
    Ok(())
}

/// Empties what messages about these persons' records say of them: to somebody with an account a name stands in the clear, and an older answer may
/// hold words behind its choice. That he was told and when, and that it was answered, stays. What was said with the record of something else (a ladder's case) is not known to be about them.
pub(crate) async fn forget(store: &Store, tx: &DatabaseTransaction, persons: &[Uuid]) -> Result<(), StoreError> {
    let mut sql = Sql::default();
    for (noun, subject) in store.nouns().iter().filter_map(|noun| Some((noun, noun.subject?))) {
        sql.push(if sql.text.is_empty() { "" } else { " union all " });
        sql.push(&format!("select id from \"{}\" where \"{subject}\" in ", noun.name))
            .bind_list(persons.iter().copied());
    }
    if sql.text.is_empty() {
        return Ok(());
    }
    let rows = tx.query_all_raw(sql.statement(store.pools.backend)).await?;
    let records = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<Vec<Uuid>, _>>()?;
    // Nearly every key that is destroyed is a tip's, of which nothing is left to look for.
    for chunk in records.chunks(5_000) {
        let mut sql = Sql::new(
            "update message set params = '{}', version = version + 1 where subject is null and params <> '{}' and record in ",
        );
        sql.bind_list(chunk.iter().copied());
        tx.execute_raw(sql.statement(store.pools.backend)).await?;
        let mut sql =
            Sql::new("update message set answer = '', version = version + 1 where answer like '%: %' and record in ");
        sql.bind_list(chunk.iter().copied());
        tx.execute_raw(sql.statement(store.pools.backend)).await?;
    }
    Ok(())
}

/// What waits for its moment goes sooner. Answers how many: whoever sends rests until what was due before.
async fn hasten(store: &Store, tx: &DatabaseTransaction, jobs: &[Said<'_>]) -> Result<u64, StoreError> {
    let mut sooner = 0;
    for Hasten { cause, code, at } in jobs.iter().flat_map(|(_, changes)| *changes).flat_map(|change| &change.hastened)
    {
        let mut sql = Sql::new("update message set not_before = case when not_before > ");
        sql.bind(*at).push(" then ").bind(*at).push(" else not_before end, next_at = ").bind(*at);
        sql.push(" where state = 'queued' and next_at > ").bind(*at).push(" and cause = ").bind(cause.as_str());
        sql.push(" and code = ").bind(*code);
        sooner += tx.execute_raw(sql.statement(store.pools.backend)).await?.rows_affected();
    }
    Ok(sooner)
}

async fn keys(
    store: &Store,
    tx: &DatabaseTransaction,
    lines: &BTreeMap<String, Line>,
) -> Result<PersonKeys, StoreError> {
    let subjects: Vec<Uuid> =
        lines.values().filter_map(|line| outside(&line.message)).map(|(subject, _)| subject).collect();
    if subjects.is_empty() {
        return Ok(PersonKeys::default());
    }
    let keys = store.keys.as_ref().ok_or(StoreError::NoKeys)?;
    // Whoever cannot be written to must not keep the news from all the others.
    PersonKeys::readable(tx, &store.pools, keys, subjects).await
}

fn outside(message: &Message) -> Option<(Uuid, &kit::message::Outside)> {
    match &message.to {
        To::Outside(outside) => Some((outside.subject, outside)),
        To::Person(_) => None,
    }
}

/// How somebody outside is reached, and the parameters as they are kept; `None` where the person was erased: nobody is reached by what is gone.
fn sealed(
    store: &Store,
    persons: &PersonKeys,
    message: &Message,
) -> Result<Option<(Option<String>, String)>, StoreError> {
    let params = message.params.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_str())));
    let params = Value::Object(params.collect::<Map<_, _>>()).to_string();
    let Some((subject, outside)) = outside(message) else { return Ok(Some((None, params))) };
    let Some(key) = persons.get(subject) else { return Ok(None) };
    let mut nonce = [0; seal::NONCE_LEN];
    (store.random)(&mut nonce);
    let params = seal::seal(key, SEALED_AS, subject, &params, nonce)?;
    Ok(Some((Some(outside.sealed.clone()), params)))
}

/// One line of [`COLUMNS`].
fn values(id: Uuid, key: &str, line: &Line, contact: Option<String>, params: String) -> Vec<sea_orm::Value> {
    let Line { at, message, cause, about } = line;
    let at = *at;
    let outside = outside(message);
    let person = if outside.is_none() { Some(message.recipient()) } else { None };
    let due = message.not_before.max(at);
    let alert = message.alert.as_ref().and_then(|alert| serde_json::to_string(alert).ok());
    // What is no alert is no exercise either.
    let status = message.alert.as_ref().map_or("Actual", |alert| alert.status.code());
    vec![
        id.into(),
        1_i64.into(),
        at.into(),
        key.into(),
        cause.as_str().into(),
        message.code.into(),
        about.noun.into(),
        about.record.into(),
        about.place.into(),
        person.into(),
        message.recipient().into(),
        outside.map(|(subject, _)| subject).into(),
        outside.map(|(_, outside)| outside.field.to_owned()).into(),
        contact.into(),
        params.into(),
        message.urgent.into(),
        alert.into(),
        status.into(),
        message.answers.map(str::to_owned).into(),
        "queued".into(),
        message.not_before.into(),
        due.into(),
        0_i64.into(),
        0_i64.into(),
    ]
}

/// Whose business the cause is: the first school or unit that its record belongs to.
fn place(noun: &Noun, row: &Row) -> Option<Uuid> {
    noun.scope
        .home
        .iter()
        .chain(noun.scope.units)
        .map(|field| if *field == "id" { Some(row.id) } else { id(row.get(noun, field)) })
        .find_map(|id| id)
}

fn id(cell: &Cell) -> Option<Uuid> {
    cell.id()
}

/// In the app a person is told at once, unless it may still be withdrawn; then he is told when it is due.
async fn notices<'a>(
    store: &Store,
    tx: &DatabaseTransaction,
    lines: impl Iterator<Item = &'a (Uuid, &'a Line)>,
) -> Result<(), StoreError> {
    let now = |line: &Line| {
        let shown = matches!(line.message.to, To::Person(_)) && line.about.noun != TODAY;
        shown && line.message.not_before <= line.at
    };
    let lines: Vec<_> = lines.filter(|(_, line)| now(line)).collect();
    for chunk in lines.chunks(2_000) {
        let values = |(id, line): &&(Uuid, &Line)| {
            let Line { at, message, about, .. } = *line;
            let (person, code) = (message.recipient().into(), message.code.into());
            vec![(*id).into(), (*at).into(), person, code, about.noun.into(), about.record.into()]
        };
        let mut sql = Sql::new("insert into notice (id, at, person, code, noun, record) ");
        sql.bind_rows(chunk.iter().map(values));
        tx.execute_raw(sql.statement(store.pools.backend)).await?;
    }
    Ok(())
}
