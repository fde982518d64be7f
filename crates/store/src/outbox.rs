//! The outbox: messages written in the transaction of their cause, and how far each has come since.
//!
//! A message is a row without a channel; whoever sends decides the channels ([`Store::route`]), takes those that are due ([`Store::claim`]) and writes
//! down what became of them ([`Store::settle`]). A claim that is not settled ends by itself, so that nothing is lost by whoever dies in between; the
//! key travels with the message, so that a gateway which knows it repeats nothing. Rows are not chained: what became of a message is no record
//! of the county's business, its cause is.

mod claim;
mod follow;
mod ways;
mod write;

pub(crate) use claim::places;
pub use claim::{Outcome, Route, Told, Unrouted, Waiting};
pub(crate) use follow::STEP as OUTSIDE;
pub use ways::{Quiet, Way};
pub use write::Telling;
pub(crate) use write::{Said, forget, speaks, write};

use crate::migrate::Migration;
use crate::store::Store;

pub(crate) const STEP: Migration = Migration {
    name: "0030_outbox",
    sql: "
create table message (
  id uuid primary key, version bigint not null, at bigint not null, key text, cause text not null, code text not null, noun text not null, record uuid not null,
  place uuid, person uuid, recipient uuid not null, subject uuid, contact_field text, contact text, params text not null, urgent boolean not null,
  alert text, status text not null, answers text, channel text, state text not null, not_before bigint not null, next_at bigint not null,
  claimed_until bigint not null, attempts bigint not null, fault text, reference text, sent_at bigint, delivered_at bigint, read_at bigint,
  answered_at bigint, ended_at bigint, answer text, wait_ms bigint);
create unique index message_key on message (key);
create index message_next on message (next_at) where state = 'queued';
create index message_cause on message (cause) where state = 'queued';
create index message_person on message (person, record);
create index message_place on message (place, at);
create index message_at on message (at);
create index message_state on message (state, at);
create index message_reference on message (reference) where reference is not null;
create table message_way (person uuid not null, channel text not null, used boolean not null, address text, primary key (person, channel));
create table message_quiet (person uuid primary key, from_minute bigint not null, until_minute bigint not null, lang text not null)",
};

/// How long the answer took, so that it can be asked for in figures.
pub(crate) const ANSWERS: Migration = Migration {
    name: "0033_outbox_answers",
    sql: "
alter table message add column answer_s bigint;
update message set answer_s = (answered_at - case when not_before > at then not_before else at end) / 1000 where answered_at is not null",
};

/// Where a message stands.
pub const STATES: &[&str] = &["queued", "sent", "delivered", "read", "answered", "dead", "withdrawn"];

impl Store {
    /// Wakes whoever sends, when something was written since.
    pub(crate) fn wake(&self) {
        if self.waiting.swap(0, std::sync::atomic::Ordering::SeqCst) > 0 {
            self.outbox.notify_one();
        }
    }

    /// Something by chance, from what the store was given for it.
    pub fn chance(&self) -> u16 {
        let mut bytes = [0; 2];
        (self.random)(&mut bytes);
        u16::from_le_bytes(bytes)
    }

    /// Waits until a message is written by this program.
    pub async fn message_written(&self) {
        self.outbox.notified().await;
    }
}
