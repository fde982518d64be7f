//! Sending, seen from the database: which messages are due, and what became of them.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, TransactionTrait};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::write::SEALED_AS;
use crate::error::StoreError;
use crate::people::PersonKeys;
use crate::seal;
use crate::sql::Sql;
use crate::store::Store;

/// A message that is due and has no channel yet.
#[derive(Clone, Debug)]
pub struct Unrouted {
    pub id: Uuid,
    pub at: i64,
    pub code: String,
    /// Somebody with an account; `None` for somebody outside.
    pub person: Option<Uuid>,
    pub urgent: bool,
}

/// A message that its sender has claimed.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub id: Uuid,
    /// What a gateway recognises it by, whoever sends it again.
    pub key: String,
    pub at: i64,
    pub code: String,
    pub noun: String,
    pub record: Uuid,
    pub person: Option<Uuid>,
    pub urgent: bool,
    pub status: String,
    pub answers: Option<String>,
    pub channel: String,
    /// Which of his browsers, where the channel writes to each of them.
    pub device: Option<Uuid>,
    pub attempts: i64,
    /// Somebody outside: what he is reached at, opened to be sent. `None` where it cannot be opened any more.
    pub contact: Option<String>,
    pub params: Vec<(String, String)>,
}

/// A way that a message takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    pub channel: &'static str,
    pub device: Option<Uuid>,
}

impl Route {
    /// The app alone, where everybody is told.
    const APP: Self = Self::by("app");

    pub const fn by(channel: &'static str) -> Self {
        Self { channel, device: None }
    }

    /// What tells its key from those of the message's other ways.
    fn mark(self) -> String {
        self.device.map_or_else(|| format!("#{}", self.channel), |device| format!("#{}:{device}", self.channel))
    }
}

/// What became of an attempt.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// The gateway has it; `reference` is what it will call it by in its reports.
    Sent { reference: Option<String> },
    /// To be tried again at a moment.
    Later { at: i64, fault: String },
    /// Given up.
    Dead { fault: String },
}

/// A message as its recipient's answer page, a status report or a page about one needs it.
#[derive(Clone, Debug)]
pub struct Told {
    pub id: Uuid,
    pub at: i64,
    pub code: String,
    pub noun: String,
    pub record: Uuid,
    pub person: Option<Uuid>,
    pub state: String,
    pub status: String,
    pub answers: Option<String>,
    pub answer: Option<String>,
    pub params: Vec<(String, String)>,
}

const WAITING: &str = "id, key, at, code, noun, record, person, urgent, status, answers, channel, attempts, subject, contact_field, contact, params, device";

impl Store {
    /// Messages that are due and have no channel, urgent ones first.
    pub async fn unrouted(&self, now: i64, limit: u64) -> Result<Vec<Unrouted>, StoreError> {
        let mut sql = Sql::new(
            "select id, at, code, person, urgent from message where state = 'queued' and channel is null and next_at <= ",
        );
        sql.bind(now).push(&format!(" order by urgent desc, next_at, id limit {limit}"));
        let rows = self.pools.write.query_all_raw(sql.statement(self.pools.backend)).await?;
        let read = |row: &QueryResult| {
            Ok(Unrouted {
                id: row.try_get_by_index(0)?,
                at: row.try_get_by_index(1)?,
                code: row.try_get_by_index(2)?,
                person: row.try_get_by_index(3)?,
                urgent: row.try_get_by_index(4)?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Gives messages their channels: none is the app alone, where it has arrived; several make several rows, each with its own key.
    /// A person is told in the app with it, if he has not been.
    pub async fn route(&self, now: i64, routes: &[(Uuid, Vec<Route>)]) -> Result<(), StoreError> {
        let mut first: BTreeMap<Route, Vec<Uuid>> = BTreeMap::new();
        for (id, ways) in routes {
            first.entry(ways.first().copied().unwrap_or(Route::APP)).or_default().push(*id);
        }
        let tx = self.pools.write.begin().await?;
        for chunk in routes.chunks(2_000) {
            let mut sql = Sql::new("insert into notice (id, at, person, code, noun, record) select id, ");
            sql.bind(now).push(
                ", person, code, noun, record from message where person is not null and state = 'queued' and noun <> ",
            );
            sql.bind(kit::message::TODAY).push(" and id in ");
            sql.bind_list(chunk.iter().map(|(id, _)| *id)).push(" on conflict (id) do nothing");
            tx.execute_raw(sql.statement(self.pools.backend)).await?;
        }
        for (way, ids) in first {
            for chunk in ids.chunks(5_000) {
                let mut sql = Sql::new("update message set channel = ");
                sql.bind(way.channel).push(", device = ").bind(way.device);
                if way == Route::APP {
                    sql.push(", state = 'delivered', sent_at = next_at, delivered_at = next_at, wait_ms = 0");
                }
                sql.push(" where state = 'queued' and channel is null and id in ").bind_list(chunk.iter().copied());
                tx.execute_raw(sql.statement(self.pools.backend)).await?;
            }
        }
        for (id, ways) in routes {
            for way in ways.iter().skip(1) {
                self.another(&tx, *id, *way, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// The same message by one more channel.
    async fn another(&self, tx: &DatabaseTransaction, id: Uuid, way: Route, now: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new(
            "insert into message (id, version, at, key, cause, code, noun, record, place, person, recipient, subject, contact_field, contact, params, urgent, alert, status, answers, channel, device, state, not_before, next_at, claimed_until, attempts) select ",
        );
        sql.bind(self.new_id(now)).push(", version, at, key || ").bind(way.mark());
        sql.push(", cause, code, noun, record, place, person, recipient, subject, contact_field, contact, params, urgent, alert, status, answers, ");
        sql.bind(way.channel)
            .push(", ")
            .bind(way.device)
            .push(", 'queued', not_before, next_at, 0, 0 from message where state = 'queued' and id = ")
            .bind(id);
        sql.push(" on conflict (key) do nothing");
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    /// Puts messages off to a moment: quiet hours. One that was claimed is free again and has not been tried.
    pub async fn put_off(&self, ids: &[Uuid], until: i64) -> Result<(), StoreError> {
        for chunk in ids.chunks(5_000) {
            let mut sql = Sql::new(
                "update message set attempts = case when claimed_until > 0 and attempts > 0 then attempts - 1 else attempts end, claimed_until = 0, ",
            );
            sql.push(&unless_ended("state"))
                .push(", next_at = ")
                .bind(until)
                .push(" where state = 'queued' and id in ")
                .bind_list(chunk.iter().copied());
            self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        }
        Ok(())
    }

    /// Takes messages that are due, urgent ones first; nobody else gets them until the claim ends.
    pub async fn claim(&self, now: i64, until: i64, limit: u64) -> Result<Vec<Waiting>, StoreError> {
        self.claim_but(&[], now, until, limit).await
    }

    /// The same without those of some channels.
    pub async fn claim_but(
        &self,
        channels: &[&'static str],
        now: i64,
        until: i64,
        limit: u64,
    ) -> Result<Vec<Waiting>, StoreError> {
        let mut sql = Sql::new("update message set attempts = attempts + 1, claimed_until = ");
        sql.bind(until).push(
            " where id in (select id from message where state = 'queued' and ended_at is null and channel is not null and next_at <= ",
        );
        sql.bind(now).push(" and claimed_until <= ").bind(now);
        if !channels.is_empty() {
            sql.push(" and channel not in ").bind_list(channels.iter().copied());
        }
        sql.push(&format!(
            " order by urgent desc, next_at, id limit {limit}{}) returning {WAITING}",
            self.pools.skip_locked()
        ));
        let rows = self.pools.write.query_all_raw(sql.statement(self.pools.backend)).await?;
        let subjects =
            rows.iter().map(|row| row.try_get_by_index::<Option<Uuid>>(12)).collect::<Result<Vec<_>, _>>()?;
        let persons = self.keys_of(subjects.into_iter().flatten()).await?;
        rows.iter().map(|row| waiting(row, &persons)).collect()
    }

    async fn keys_of(&self, persons: impl Iterator<Item = Uuid>) -> Result<PersonKeys, StoreError> {
        let persons: Vec<_> = persons.collect();
        match &self.keys {
            Some(keys) if !persons.is_empty() => {
                PersonKeys::readable(&self.pools.read, &self.pools, keys, persons).await
            }
            _ => Ok(PersonKeys::default()),
        }
    }

    /// Frees what a program that died had claimed; what was withdrawn meanwhile is not sent again.
    pub async fn free_claims(&self) -> Result<u64, StoreError> {
        let sql = Sql::new(format!(
            "update message set claimed_until = 0, {} where state = 'queued' and claimed_until > 0",
            unless_ended("state")
        ));
        Ok(self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected())
    }

    /// Writes down what became of claimed messages, all in one transaction.
    pub async fn settle(&self, now: i64, outcomes: &[(Uuid, Outcome)]) -> Result<(), StoreError> {
        let tx = self.pools.write.begin().await?;
        for (id, outcome) in outcomes {
            let mut sql = Sql::new("update message set claimed_until = 0, version = version + 1");
            match outcome {
                Outcome::Sent { reference } => {
                    sql.push(", state = 'sent', ended_at = null, fault = null, sent_at = ")
                        .bind(now)
                        .push(", reference = ")
                        .bind(reference.clone());
                    sql.push(", wait_ms = ").bind(now).push(" - case when not_before > at then not_before else at end");
                }
                Outcome::Later { at, fault } => {
                    sql.push(", ").push(&unless_ended("state")).push(", next_at = ").bind(*at);
                    sql.push(", fault = ").bind(fault.as_str());
                }
                Outcome::Dead { fault } => {
                    sql.push(", ").push(&unless_ended("'dead'")).push(", ended_at = coalesce(ended_at, ").bind(now);
                    sql.push("), fault = ").bind(fault.as_str());
                }
            }
            sql.push(" where state = 'queued' and id = ").bind(*id);
            tx.execute_raw(sql.statement(self.pools.backend)).await?;
        }
        tx.commit().await?;
        // Whoever sends rests until what was due when he looked; this may be due before.
        if outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Later { .. })) {
            self.outbox.notify_one();
        }
        Ok(())
    }

    /// What a gateway reports later about what it calls `reference`; whether anything was waiting for it.
    pub async fn reported(&self, reference: &str, at: i64, fault: Option<&str>) -> Result<bool, StoreError> {
        let mut sql = Sql::new("update message set version = version + 1, ");
        match fault {
            None => sql.push("state = 'delivered', delivered_at = ").bind(at),
            Some(fault) => sql.push("state = 'dead', ended_at = ").bind(at).push(", fault = ").bind(fault),
        };
        sql.push(" where state = 'sent' and reference = ").bind(reference);
        Ok(self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected() > 0)
    }

    /// A dead letter goes out again, or one that waits for its next attempt goes now.
    pub async fn again(&self, ids: &[Uuid], now: i64) -> Result<u64, StoreError> {
        let mut sql = Sql::new(
            "update message set version = version + 1, state = 'queued', ended_at = null, attempts = 0, claimed_until = 0, next_at = ",
        );
        sql.bind(now)
            .push(" where state in ('dead', 'queued') and channel is not null and claimed_until = 0 and id in ")
            .bind_list(ids.iter().copied());
        let done = self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected();
        self.outbox.notify_one();
        Ok(done)
    }

    /// One message.
    pub async fn told(&self, id: Uuid) -> Result<Option<Told>, StoreError> {
        let mut sql = Sql::new(
            "select id, at, code, noun, record, person, state, status, answers, answer, subject, params from message where id = ",
        );
        sql.bind(id);
        let Some(row) = self.pools.one(sql).await? else {
            return Ok(None);
        };
        let subject: Option<Uuid> = row.try_get_by_index(10)?;
        let persons = self.keys_of(subject.into_iter()).await?;
        Ok(Some(Told {
            id: row.try_get_by_index(0)?,
            at: row.try_get_by_index(1)?,
            code: row.try_get_by_index(2)?,
            noun: row.try_get_by_index(3)?,
            record: row.try_get_by_index(4)?,
            person: row.try_get_by_index(5)?,
            state: row.try_get_by_index(6)?,
            status: row.try_get_by_index(7)?,
            answers: row.try_get_by_index(8)?,
            answer: row.try_get_by_index(9)?,
            params: params(&row.try_get_by_index::<String>(11)?, subject, &persons),
        }))
    }

    /// The link was opened, or the page of its cause: it has been read.
    pub async fn message_read(&self, id: Uuid, at: i64) -> Result<(), StoreError> {
        let mut sql = Sql::new("update message set version = version + 1, state = 'read', read_at = ");
        sql.bind(at).push(" where state in ('sent', 'delivered') and id = ").bind(id);
        self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?;
        Ok(())
    }

    /// It has been answered, by this choice; whether this was the first answer.
    pub async fn message_answered(&self, id: Uuid, answer: &str, at: i64) -> Result<bool, StoreError> {
        let mut sql = Sql::new("update message set version = version + 1, state = 'answered', answered_at = ");
        sql.bind(at).push(", read_at = coalesce(read_at, ").bind(at).push("), answer = ").bind(answer);
        sql.push(", answer_s = (").bind(at).push(" - case when not_before > at then not_before else at end) / 1000");
        sql.push(" where answer is null and answers is not null and state <> 'withdrawn' and id = ").bind(id);
        Ok(self.pools.write.execute_raw(sql.statement(self.pools.backend)).await?.rows_affected() > 0)
    }

    /// When the next message is due, if one waits.
    pub async fn next_due(&self) -> Result<Option<i64>, StoreError> {
        let sql = Sql::new(
            "select min(case when claimed_until > next_at then claimed_until else next_at end) from message where state = 'queued' and ended_at is null",
        );
        let row = self.pools.one(sql).await?;
        row.map_or(Ok(None), |row| row.try_get_by_index(0).map_err(Into::into))
    }
}

/// The state after an attempt that came to nothing: this one, but withdrawn where its cause was withdrawn while it was on its way. Its key is free then.
fn unless_ended(state: &str) -> String {
    format!(
        "state = case when ended_at is null then {state} else 'withdrawn' end, key = case when ended_at is null then key else null end"
    )
}

fn waiting(row: &QueryResult, persons: &PersonKeys) -> Result<Waiting, StoreError> {
    let subject: Option<Uuid> = row.try_get_by_index(12)?;
    let field: Option<String> = row.try_get_by_index(13)?;
    let sealed: Option<String> = row.try_get_by_index(14)?;
    let contact = subject
        .zip(field)
        .zip(sealed)
        .and_then(|((subject, field), sealed)| seal::open(persons.get(subject)?, &field, subject, &sealed).ok());
    Ok(Waiting {
        id: row.try_get_by_index(0)?,
        key: row.try_get_by_index::<Option<String>>(1)?.unwrap_or_default(),
        at: row.try_get_by_index(2)?,
        code: row.try_get_by_index(3)?,
        noun: row.try_get_by_index(4)?,
        record: row.try_get_by_index(5)?,
        person: row.try_get_by_index(6)?,
        urgent: row.try_get_by_index(7)?,
        status: row.try_get_by_index(8)?,
        answers: row.try_get_by_index(9)?,
        channel: row.try_get_by_index(10)?,
        attempts: row.try_get_by_index(11)?,
        contact,
        params: params(&row.try_get_by_index::<String>(15)?, subject, persons),
        device: row.try_get_by_index(16)?,
    })
}

/// The parameters in the clear; those of somebody erased are gone.
fn params(kept: &str, subject: Option<Uuid>, persons: &PersonKeys) -> Vec<(String, String)> {
    let clear = match subject {
        Some(subject) => persons.get(subject).and_then(|key| seal::open(key, SEALED_AS, subject, kept).ok()),
        None => Some(kept.to_owned()),
    };
    places(clear.as_deref())
}

/// Names and values, as they are kept.
pub(crate) fn places(kept: Option<&str>) -> Vec<(String, String)> {
    let map = kept.and_then(|text| serde_json::from_str::<Map<String, Value>>(text).ok()).unwrap_or_default();
    map.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
}
