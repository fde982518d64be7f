//! Keeping a county running: saving it, putting it back, and looking after the machine that it lives on.

pub mod doctor;
pub mod restore;
pub mod retain;
pub mod save;
mod secret;
pub mod settle;
pub mod upgrade;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indicatif::ProgressBar;
use store::backup::Content;

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

/// What belongs to a county beside its database.
pub fn content(config: &Config, about: &About, with_keys: bool) -> anyhow::Result<Content> {
    Ok(Content {
        about: toml::to_string(about)?,
        keys: county::keys_path(config),
        with_keys,
        files: files_path(config),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        at: machine_now(),
    })
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
