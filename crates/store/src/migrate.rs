//! The schema, step by step. A step that has shipped is never edited; a change of mind is a new step.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::dialect::{Pools, Target};
use crate::error::StoreError;
use crate::sql::Sql;

/// One step: statements separated by a semicolon at the end of a line, written with the types
/// `uuid`, `text`, `bytes`, `bigint`, `serial`, `boolean`, `date`, `double precision`.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

/// What every county has: the history, its head, the keys of persons, readings, notices, and what opens the door.
const BASE: Migration = Migration {
    name: "0000_base",
    sql: "
create table chain (id bigint primary key, seq bigint not null, hash bytes not null);
create table event (
  seq bigint primary key, id uuid not null, at bigint not null, actor uuid, noun text not null, record uuid not null,
  verb text not null, request uuid not null, payload_hash bytes not null, prev bytes not null, hash bytes not null, payload text not null);
create index event_record on event (record, seq);
create index event_request on event (request);
create table person_key (person uuid primary key, wrapped text not null);
create table reading (
  id uuid primary key, at bigint not null, actor uuid not null, noun text not null, record uuid not null, field text not null, reason text not null);
create index reading_record on reading (record, at);
create table notice (
  id uuid primary key, at bigint not null, person uuid not null, code text not null, noun text not null, record uuid not null, read_at bigint);
create index notice_person on notice (person, at);
create table account_secret (
  account uuid primary key, hash text not null, must_change boolean not null, failed bigint not null, locked_until bigint not null, changed_at bigint not null);
create table session (
  id uuid primary key, secret text not null, account uuid not null, csrf text not null, created_at bigint not null, seen_at bigint not null, agent text not null, ended_at bigint);
create unique index session_secret on session (secret);
create index session_account on session (account);
create table token (
  id uuid primary key, secret text not null, account uuid not null, name text not null, created_at bigint not null, ended_at bigint);
create unique index token_secret on token (secret)",
};

/// The store's own steps, in order, before those of the areas.
const STEPS: &[Migration] = &[
    BASE,
    crate::tally::STEP,
    crate::search::SEARCH,
    crate::outbox::STEP,
    crate::devices::STEP,
    crate::outbox::ANSWERS,
    crate::push::STEP,
    crate::parts::STEP,
    crate::people::STEP,
    crate::outbox::OUTSIDE,
    crate::access::STEP,
    crate::readings::TIME,
    crate::readings::CHAIN,
];

/// How far a schema is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is there yet.
    Empty,
    Current,
    /// These steps are still to be made.
    Behind(Vec<&'static str>),
}

/// Looks how far a schema is without touching it; one with steps that are not known here is an error.
pub async fn state(target: &Target, steps: &[Migration]) -> Result<State, StoreError> {
    if !target.taken().await? {
        return Ok(State::Empty);
    }
    let pools = Pools::open(target).await?;
    let done = done(&pools.read, &pools).await;
    pools.close().await;
    let Some(done) = done? else { return Ok(State::Empty) };
    refuse_newer(steps, &done)?;
    let behind: Vec<_> = all(steps).filter(|step| !done.contains(step.name)).map(|step| step.name).collect();
    Ok(if behind.is_empty() { State::Current } else { State::Behind(behind) })
}

fn all(steps: &[Migration]) -> impl Iterator<Item = &Migration> {
    STEPS.iter().chain(steps)
}

/// Of these names, those that no step of this program has.
pub(crate) fn unknown(steps: &[Migration], names: &[String]) -> Vec<String> {
    let mut unknown: Vec<_> =
        names.iter().filter(|name| !all(steps).any(|step| step.name == **name)).cloned().collect();
    unknown.sort();
    unknown
}

fn refuse_newer(steps: &[Migration], done: &HashSet<String>) -> Result<(), StoreError> {
    let unknown = unknown(steps, &done.iter().cloned().collect::<Vec<_>>());
    if unknown.is_empty() { Ok(()) } else { Err(StoreError::Newer(unknown.join(", "))) }
}

/// The steps that were made; `None` where none ever was.
async fn done(db: &impl ConnectionTrait, pools: &Pools) -> Result<Option<HashSet<String>>, StoreError> {
    let catalogue = db.query_all_raw(Sql::new(pools.catalogue()).statement(pools.backend)).await?;
    let mut tables = catalogue.iter().map(|row| row.try_get_by_index::<String>(0));
    if !tables.any(|table| table.is_ok_and(|table| table == "migration")) {
        return Ok(None);
    }
    let rows = db.query_all_raw(Sql::new("select name from migration").statement(pools.backend)).await?;
    Ok(Some(rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect::<Result<_, _>>()?))
}

/// Brings the schema up to date; a step that is already there is left alone. All steps of one call in one transaction.
pub(crate) async fn run(pools: &Pools, steps: &[Migration]) -> Result<Vec<&'static str>, StoreError> {
    make(pools, steps, |_| true).await
}

/// Makes only the steps with these names, in their order: the schema that a backup was taken from.
pub(crate) async fn run_only(pools: &Pools, steps: &[Migration], names: &[String]) -> Result<(), StoreError> {
    make(pools, steps, |step| names.iter().any(|name| name == step.name)).await?;
    Ok(())
}

async fn make(
    pools: &Pools,
    steps: &[Migration],
    wanted: impl Fn(&Migration) -> bool,
) -> Result<Vec<&'static str>, StoreError> {
    let tx = pools.write.begin().await?;
    let table = pools.schema_text("create table if not exists migration (name text primary key)");
    tx.execute_unprepared(&table).await?;
    let done = done(&tx, pools).await?.unwrap_or_default();
    refuse_newer(steps, &done)?;
    let mut ran = Vec::new();
    for step in all(steps).filter(|step| !done.contains(step.name) && wanted(step)) {
        for statement in step.sql.split(";\n").filter(|text| !text.trim().is_empty()) {
            tx.execute_unprepared(&pools.schema_text(statement)).await?;
        }
        let mut note = Sql::new("insert into migration (name) values (");
        note.bind(step.name).push(")");
        tx.execute_raw(note.statement(pools.backend)).await?;
        ran.push(step.name);
    }
    tx.commit().await?;
    Ok(ran)
}
