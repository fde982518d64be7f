//! What can go wrong between the records and the disk.

use kit::Refusal;
use uuid::Uuid;

use crate::keys::KeyError;
use crate::seal::SealError;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database: {0}")]
    Database(#[from] sea_orm::DbErr),
    #[error("the database: {0}")]
    Driver(#[from] sqlx::Error),
    #[error("the database did not say whether it was saved: {0}")]
    Unanswered(sea_orm::DbErr),
    #[error("keys: {0}")]
    Keys(#[from] KeyError),
    /// A setting that needs the keys, and what is wrong with it.
    #[error("{0}")]
    Setting(String),
    #[error("a sealed value: {0}")]
    Seal(#[from] SealError),
    #[error("{0:?} cannot name a county's schema: letters, digits and underscores only")]
    Schema(String),
    #[error("{noun} {id} was changed by someone else in the meantime")]
    Stale { noun: &'static str, id: Uuid },
    #[error("{noun} exists already: {field}")]
    Taken { noun: &'static str, field: String },
    #[error("the keys are not here: sealed values can be neither written nor read")]
    NoKeys,
    #[error(
        "the note of the history's end (event {0}) is not its last event, so it is not signed: `anxiao verify` says what is wrong"
    )]
    Head(i64),
    #[error("the store is closed")]
    Closed,
    #[error("{0}")]
    Refused(#[from] Refusal),
    #[error("the data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// Where they lie, a folder or a bucket, says so itself.
    #[error("the attachments: {0}")]
    Attachments(std::io::Error),
    #[error("what stands in {table} cannot be read: {reason}")]
    Unreadable { table: &'static str, reason: String },
    #[error("what stands in {table}.{column} cannot be read: {reason}")]
    Cell { table: String, column: String, reason: String },
    #[error("{table}.{column} is of the type {word:?}, which a backup does not know")]
    UnknownType { table: String, column: String, word: String },
    #[error(
        "the records were written by a newer program (steps unknown here: {0}): install that version again, or go back to the copy made before the upgrade with `anxiao migrate --back`"
    )]
    Newer(String),
    #[error("{} is in use: stop the server and try again", .0.display())]
    InUse(std::path::PathBuf),
    /// From where, and since when.
    #[error(
        "the county is being served by another program, connected from {0}: stop that program first, or, where its machine is gone, wait a minute"
    )]
    Served(String),
}

impl StoreError {
    /// The refusal that a person is shown, where it is his to mend; everything else is the program's fault.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Stale { .. } => Some(Refusal::new("record.stale")),
            Self::Taken { field, .. } => Some(Refusal::new("record.taken").with("field", field)),
            Self::NoKeys => Some(Refusal::new("keys.missing")),
            Self::Refused(refusal) => Some(refusal.clone()),
            _ => None,
        }
    }
}
