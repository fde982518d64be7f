//! `anxiao backup`: the county in one file, while it is served.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use engine::files::keeping;
use serde::{Deserialize, Serialize};
use store::Store;
use store::backup::{self, BackupError, Content, Passphrase, Summary};

use super::secret::Secret;
use super::{attached, backups_path, bar, content, told};
use crate::county;
use crate::options::Config;

#[derive(Args, Debug)]
pub struct Backup {
    /// The file to write; it must not be there yet
    pub file: PathBuf,
    /// Encrypt it with a passphrase and take the keys along; without, the keys stay out and are kept apart
    #[arg(long)]
    pub encrypt: bool,
    /// Write it although the bytes of some attachments are not there; it says which
    #[arg(long)]
    pub incomplete: bool,
    #[command(flatten)]
    pub secret: Secret,
}

/// A line of the list of backups.
#[derive(Debug, Serialize, Deserialize)]
pub struct Made {
    /// Milliseconds UTC.
    pub at: i64,
    pub file: PathBuf,
    pub seq: i64,
    pub encrypted: bool,
}

/// The last backup that was made of this county.
pub fn last(config: &Config) -> Option<Made> {
    let text = std::fs::read_to_string(backups_path(config)).unwrap_or_default();
    text.lines().rev().find_map(|line| serde_json::from_str(line).ok())
}

pub async fn backup(config: &Config, backup: &Backup) -> anyhow::Result<()> {
    let about = county::about(config)?;
    if backup.file.exists() {
        bail!("{} is there already; a backup never replaces another", backup.file.display());
    }
    let encrypted = backup.encrypt || backup.secret.given();
    let passphrase = if encrypted { Some(backup.secret.choose()?) } else { None };
    let store = county::open_store(config, &about).await?;
    look_at_attachments(config, &store, backup.incomplete).await?;
    // Signed first, so that the copy's history is proven to its end.
    store.checkpoint(county::clock(config, &about)?.now()).await?;
    let content = Content { files: Some(attached(config)?), ..content(config, &about, encrypted)? };
    let bar = bar("backup");
    let done =
        whole(&backup.file, async |file| write(&store, &content, passphrase.as_ref(), file, &mut told(&bar)).await);
    let summary = done.await?;
    store.close().await;
    bar.finish_and_clear();
    note(config, backup, &summary, encrypted);
    say(backup, &summary, encrypted)
}

/// Whoever keeps backups believes that they are whole: attachments whose bytes are gone are told while an older backup still has them.
async fn look_at_attachments(config: &Config, store: &Store, anyway: bool) -> anyhow::Result<()> {
    let standing = keeping::standing(store, county::vault(config)?.as_ref()).await?;
    let Some(first) = standing.missing.first() else { return Ok(()) };
    let (gone, all) = (standing.missing.len(), standing.live);
    if !anyway {
        bail!(
            "the bytes of {gone} of {all} attachments are not there, the first: {first}\n\
             fetch them from the last backup (its folder files/), or back up without them: --incomplete"
        );
    }
    standing.missing.iter().for_each(|hash| println!("not in the backup, because it is not there: {hash}"));
    Ok(())
}

/// Writes a file that is there whole or not at all: beside it first, under its name when it is on the disk.
async fn whole<T>(path: &Path, write: impl AsyncFnOnce(File) -> Result<(T, File), BackupError>) -> anyhow::Result<T> {
    let part = path.with_added_extension("part");
    let said = || part.display().to_string();
    let open = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part);
    let written = match write(open.with_context(said)?).await {
        Ok((done, file)) => file.sync_all().map(|()| done).map_err(BackupError::Write),
        Err(error) => Err(error),
    };
    let done = written.inspect_err(|_| {
        let _ = std::fs::remove_file(&part);
    })?;
    std::fs::rename(&part, path).with_context(said)?;
    super::flush(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
    Ok(done)
}

async fn write(
    store: &Store,
    content: &Content,
    passphrase: Option<&Passphrase>,
    file: File,
    step: backup::Step<'_>,
) -> Result<(Summary, File), BackupError> {
    let mut out = backup::seal(BufWriter::with_capacity(1 << 18, file), passphrase)?;
    let summary = store.backup(content, &mut out, step).await?;
    let file = out.finish()?.into_inner().map_err(|error| BackupError::Write(error.into_error()))?;
    Ok((summary, file))
}

/// The list is for whoever asks when the last backup was; a backup is not lost because it cannot be listed.
fn note(config: &Config, backup: &Backup, summary: &Summary, encrypted: bool) {
    let file = std::path::absolute(&backup.file).unwrap_or_else(|_| backup.file.clone());
    let made = Made { at: summary.at, file, seq: summary.seq, encrypted };
    let append = || -> std::io::Result<()> {
        let mut list = OpenOptions::new().create(true).append(true).mode(0o600).open(backups_path(config))?;
        writeln!(list, "{}", serde_json::to_string(&made)?)
    };
    if let Err(error) = append() {
        eprintln!("anxiao: the backup is not in {}: {error}", backups_path(config).display());
    }
}

fn say(backup: &Backup, summary: &Summary, encrypted: bool) -> anyhow::Result<()> {
    for gone in &summary.gone {
        println!("deleted while the backup ran: {}", gone.display());
    }
    let length = std::fs::metadata(&backup.file)?.len();
    println!(
        "{} ({length} bytes): {} rows in {} tables, {} attachments, the history up to event {}",
        backup.file.display(),
        summary.rows,
        summary.tables,
        summary.files,
        summary.seq
    );
    if encrypted {
        println!("encrypted, keys included: whoever has the passphrase can read everything, and without it nobody can");
    } else {
        println!("not encrypted: the keys are not in it, keep a copy of the key folder in another place");
    }
    Ok(())
}
