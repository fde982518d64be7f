//! A county in one file, the same whichever database it lay in: saved from one snapshot while it is served, and put back whole or not at all.
//!
//! The file is a tar archive, compressed (gzip), and encrypted (age, with a passphrase) when it carries keys; the ordinary tools open it:
//! `age -d FILE | tar xz`. It begins with `head.json` (what made it, which steps of the schema it has, which columns each table has) and ends
//! with `manifest.json` (how much there was of everything, with its SHA-256): an archive that was cut has no end.

mod attached;
mod envelope;
mod load;
mod pack;
mod rows;

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::dialect::{Pools, Target};
use crate::error::StoreError;
use crate::store::Store;
use crate::verify::Flaw;

pub use attached::Folder;
pub use envelope::{Opened, Sealed, open, seal};
pub use load::{Landing, Restored, restore};
pub use pack::checkpoints_up_to;
pub use rows::{Column, Holds, Table};

/// The version of the format. A program reads what it and its forerunners wrote.
pub const FORMAT: u32 = 1;
const HEAD: &str = "head.json";
const MANIFEST: &str = "manifest.json";
const ABOUT: &str = "county.toml";
const CHECKPOINTS: &str = "checkpoints.log";
const PUBLIC: &str = "sign.pub";
/// What is secret in the key folder: only in an encrypted archive.
const KEYS: [&str; 3] = ["county.key", "index.key", "sign.key"];
const TABLES: &str = "tables";
const FILES: &str = "files";

/// A passphrase leaves no copy in memory.
pub type Passphrase = Zeroizing<String>;
/// Told what is being done and how far it is.
pub type Step<'a> = &'a mut dyn FnMut(&str, u64);

/// The beginning of an archive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Head {
    pub format: u32,
    /// The version of the program that wrote it.
    pub program: String,
    pub county: String,
    /// Milliseconds UTC.
    pub at: i64,
    /// The steps of the schema that the records had.
    pub steps: Vec<String>,
    /// Whether the keys are in it, too.
    pub keys: bool,
    /// The last event and its hash, in hex.
    pub seq: i64,
    pub hash: String,
    pub tables: Vec<Table>,
}

/// The end of an archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub tables: Vec<Part>,
    pub files: Part,
    /// `county.toml`, checkpoints, keys.
    pub small: Vec<Part>,
}

/// How much there is of something, and its SHA-256 in hex.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub count: u64,
    pub bytes: u64,
    pub sha256: String,
}

/// What is saved beside the database.
#[derive(Clone, Debug)]
pub struct Content {
    /// The text of `county.toml`.
    pub about: String,
    /// The key folder: `sign.pub` and the checkpoints are always taken, the keys only if `with_keys`.
    pub keys: PathBuf,
    pub with_keys: bool,
    /// Where the attachments lie; `None` for the records alone.
    pub files: Option<Arc<dyn Attached>>,
    pub program: String,
    pub at: i64,
}

/// Where attachments lie, as a backup takes them: one after the other, each whole.
#[async_trait]
pub trait Attached: std::fmt::Debug + Send + Sync {
    /// Their names in the archive, in order.
    async fn names(&self) -> io::Result<Vec<PathBuf>>;

    /// The bytes of one; `None` when it was deleted meanwhile.
    async fn read(&self, name: &Path) -> io::Result<Option<Vec<u8>>>;
}

/// What a backup or a restore moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub county: String,
    pub at: i64,
    pub seq: i64,
    pub tables: u64,
    pub rows: u64,
    pub files: u64,
    /// Files that were there when the copy began and gone when it came to them.
    pub gone: Vec<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the backup could not be written: {0}")]
    Write(#[source] std::io::Error),
    #[error("this is not a backup of anxiao")]
    Foreign,
    #[error("the backup ends in the middle: it was cut while it was written or copied; take another copy")]
    Cut,
    #[error("the backup is damaged or was cut ({0}); take another copy")]
    Damaged(String),
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    #[error("the backup is encrypted: its passphrase is needed")]
    NeedsPassphrase,
    #[error("the backup was made by a newer program ({program}): {what}; restore it with that version or a later one")]
    Newer { program: String, what: String },
    #[error("{0} holds a county already")]
    Living(String),
    #[error("the county cannot be verified: sign.pub is neither in the backup nor in the key folder")]
    NoPublicKey,
    #[error("the history of the backup does not verify: {} things are wrong, the first: {}", .0.len(), first(.0))]
    Flawed(Vec<Flaw>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn first(flaws: &[Flaw]) -> String {
    flaws.first().map(ToString::to_string).unwrap_or_default()
}

impl From<sea_orm::DbErr> for BackupError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

pub(crate) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    |source| BackupError::File { path, source }
}

/// What goes wrong while an archive is read is the archive's fault: the layers tell a cut from a changed byte.
fn damage(error: &std::io::Error) -> BackupError {
    if error.kind() == std::io::ErrorKind::UnexpectedEof {
        BackupError::Cut
    } else {
        BackupError::Damaged(error.to_string())
    }
}

impl Store {
    /// Saves the county as it is at one moment, while others read and write.
    pub async fn backup<W: std::io::Write>(
        &self,
        content: &Content,
        out: &mut Sealed<W>,
        step: Step<'_>,
    ) -> Result<Summary, BackupError> {
        pack::pack(&self.pools, &self.county, content, out, step).await
    }
}

/// A copy of records that are about to be changed by an upgrade, made without opening them as a county: on SQLite the database's own
/// copy, elsewhere an archive without keys. `path` gets the ending that fits; the file is there whole or not at all.
pub async fn before_upgrade(
    target: &Target,
    county: &str,
    content: &Content,
    path: &Path,
) -> Result<PathBuf, BackupError> {
    let part = path.with_added_extension("part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(&part)(error)),
        _ => {}
    }
    let copied = async {
        if target.copy_file(&part).await? {
            return Ok("db");
        }
        pack_unopened(target, county, content, &part).await.map(|()| "anxiao")
    };
    // Half a copy would take what little room a full disk has left.
    let ending = copied.await.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    let path = path.with_added_extension(ending);
    std::fs::rename(&part, &path).map_err(at(&path))?;
    Ok(path)
}

async fn pack_unopened(target: &Target, county: &str, content: &Content, path: &Path) -> Result<(), BackupError> {
    let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let file = open.map_err(at(path))?;
    let mut out = seal(std::io::BufWriter::new(file), None)?;
    let pools = Pools::open(target).await?;
    let packed = pack::pack(&pools, county, content, &mut out, &mut |_, _| {}).await;
    pools.close().await;
    packed?;
    let file = out.finish()?.into_inner().map_err(|error| BackupError::Write(error.into_error()))?;
    file.sync_all().map_err(BackupError::Write)
}
