//! The schema, step by step. A step that has shipped is never edited; a change of mind is a new step.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::dialect::Pools;
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
const STEPS: &[Migration] = &[BASE, crate::tally::STEP, crate::search::SEARCH];

/// Brings the schema up to date; a step that is already there is left alone. All steps of one call in one transaction.
pub(crate) async fn run(pools: &Pools, steps: &[Migration]) -> Result<Vec<&'static str>, StoreError> {
    let tx = pools.write.begin().await?;
    let table = pools.schema_text("create table if not exists migration (name text primary key)");
    tx.execute_unprepared(&table).await?;
    let rows = tx.query_all_raw(Sql::new("select name from migration").statement(pools.backend)).await?;
    let done = rows.iter().map(|row| row.try_get_by_index::<String>(0)).collect::<Result<HashSet<_>, _>>()?;
    let mut ran = Vec::new();
    for step in STEPS.iter().chain(steps).filter(|step| !done.contains(step.name)) {
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
