//! Keeping a county running: saving it, putting it back, and looking after the machine that it lives on.

pub mod doctor;
pub mod held;
pub mod restore;
pub mod retain;
pub mod save;
mod secret;
pub mod settle;
pub mod upgrade;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use engine::files::vault::{Vault, is_name};
use indicatif::ProgressBar;
use store::backup::{Attached, Content, Folder};

use crate::county::{self, About};
use crate::options::Config;
use crate::prove;

/// Where attachments lie.
pub fn files_path(config: &Config) -> PathBuf {
    config.data.join("files")
}

/// The list of the backups that were made, one line each.
pub fn backups_path(config: &Config) -> PathBuf {
    config.data.join("backups.log")
}

/// What belongs to a county beside its database and its attachments.
pub fn content(config: &Config, about: &About, with_keys: bool) -> anyhow::Result<Content> {
    Ok(Content {
        about: toml::to_string(about)?,
        keys: county::keys_path(config),
        with_keys,
        files: None,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: machine_now(),
    })
}

/// The attachments, for a backup.
pub fn attached(config: &Config) -> anyhow::Result<Arc<dyn Attached>> {
    let vault = county::vault(config)?;
    Ok(match vault.path() {
        Some(path) => Arc::new(Folder(path.to_owned())),
        None => Arc::new(Bucket(vault)),
    })
}

/// A bucket's attachments stand in the archive as a folder's do, so that either can be restored from the other's backup.
struct Bucket(Arc<dyn Vault>);

impl std::fmt::Debug for Bucket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Bucket")
    }
}

#[async_trait]
impl Attached for Bucket {
    async fn names(&self) -> io::Result<Vec<PathBuf>> {
        let entries = self.0.entries().await?.into_iter().filter(|entry| is_name(&entry.name));
        Ok(entries.map(|entry| Path::new(&entry.name[..2]).join(&entry.name)).collect())
    }

    async fn read(&self, name: &Path) -> io::Result<Option<Vec<u8>>> {
        self.0.get(name.file_name().and_then(|name| name.to_str()).unwrap_or_default()).await
    }
}

/// The machine's own time, also where a sample county has another: copies are kept in real time.
pub fn machine_now() -> i64 {
    engine::clock::Clock::default().now()
}

/// `20211220T000000Z`: a moment in the name of a file, in order when sorted.
pub fn stamp(at: i64) -> String {
    moment(at, "%Y%m%dT%H%M%SZ")
}

/// A moment for people: the county's time.
pub fn moment_text(at: i64) -> String {
    moment(at + 8 * 3_600_000, "%Y-%m-%d %H:%M")
}

fn moment(at: i64, form: &str) -> String {
    DateTime::<Utc>::from_timestamp_millis(at).map(|at| at.format(form).to_string()).unwrap_or_default()
}

/// A sign of life that says what is being done.
fn bar(what: &str) -> ProgressBar {
    let bar = prove::progress(what, None);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

fn told(bar: &ProgressBar) -> impl FnMut(&str, u64) + '_ {
    |what, count| {
        bar.set_message(what.to_owned());
        bar.set_position(count);
    }
}

/// Flushes a folder, so that what was renamed in it is there after a power cut.
fn flush(folder: &Path) -> std::io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}
