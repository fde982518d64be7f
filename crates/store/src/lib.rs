//! The only crate that speaks to a database: connections, transactions, scoped reading, the history chain, keys.
//!
//! It knows nouns and rows, no HTTP and no business word. SeaORM serves both databases through one connection type; its
//! entity derive is not used, because the engine needs a record as data (list, form, import, history) and a typed struct
//! only where a rule steps, and serde gives that without restating a field.

mod access;
pub mod backup;
pub mod chain;
mod crowd;
mod devices;
mod dialect;
mod each;
pub mod entries;
mod error;
mod group;
mod health;
mod history;
pub mod keys;
mod known;
mod lane;
mod migrate;
mod mixed;
pub mod outbox;
mod page;
mod parts;
mod past;
mod people;
mod proofs;
mod push;
mod read;
mod readings;
mod retain;
pub mod seal;
mod search;
mod settle;
mod sql;
mod store;
mod stream;
mod tally;
mod verify;
mod write;

pub use access::{Secret, Session, Token};
pub use devices::Entry;
pub use dialect::{Sole, Target};
pub use error::StoreError;
pub use health::Health;
pub use history::{Event, Unread};
pub use migrate::{Migration, State, state};
pub use people::Rewrapped;
pub use proofs::{Asked, Proven};
pub use push::{NewDevice, PushDevice};
pub use read::Page;
pub use readings::{Last, Reading, Torn};
pub use retain::{Aged, Log};
pub use search::Found;
pub use sql::statements;
pub use store::{Opening, Receipt, Store};
pub use stream::{BATCH, Snapshot, Walk};
pub use verify::{Flaw, Report};
