//! Rows and bytes compared: what a backup takes, what a check names, what is swept.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use kit::{Cell, Query, Row, Scope, Test};
use store::{Store, StoreError};

use super::vault::{THUMB, Vault};
use super::{ATTACHMENT, Files};

/// Bytes without a row are left alone for so long: their row may be on its way.
const PATIENCE: Duration = Duration::from_hours(24);

/// Live attachments against what lies there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Hashes that live rows name.
    pub live: usize,
    /// Bytes that lie there.
    pub bytes: u64,
    /// Hashes whose bytes are not there.
    pub missing: Vec<String>,
    /// Names that no live row needs, and their bytes together.
    pub orphans: Vec<String>,
    pub orphan_bytes: u64,
}

/// The hashes of everything that is attached and not removed.
pub async fn live(store: &Store) -> Result<HashSet<String>, StoreError> {
    let query = Query::new().filter("removed_at", Test::OneOf(vec![Cell::Null]));
    let rows = store.group(&ATTACHMENT, "sha256", None, &query, &Scope::county()).await?;
    Ok(rows.into_iter().filter_map(|(cell, _)| cell.text().map(ToOwned::to_owned)).collect())
}

/// How rows and bytes stand to each other.
pub async fn standing(store: &Store, vault: &dyn Vault) -> Result<Standing, StoreError> {
    let live = live(store).await?;
    let entries = vault.entries().await.map_err(StoreError::Attachments)?;
    let there: HashSet<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
    let mut missing: Vec<_> = live.iter().filter(|hash| !there.contains(hash.as_str())).cloned().collect();
    missing.sort();
    let orphans = entries.iter().filter(|entry| !needed(&live, &entry.name));
    Ok(Standing {
        live: live.len(),
        bytes: entries.iter().map(|entry| entry.size).sum(),
        missing,
        orphan_bytes: orphans.clone().map(|entry| entry.size).sum(),
        orphans: orphans.map(|entry| entry.name.clone()).collect(),
    })
}

fn needed(live: &HashSet<String>, name: &str) -> bool {
    live.contains(name.strip_suffix(THUMB).unwrap_or(name))
}

/// Removes what no live row has needed for a day; answers with how many names went. Nothing where the history ends before what is signed: under an old
/// copy of the records, the files of all that came since would look like nobody's.
pub async fn sweep(store: &Store, files: &Files, now: SystemTime) -> Result<usize, StoreError> {
    if let Some(signed) = store.signed_beyond().await? {
        tracing::error!(
            signed,
            "the history ends before its checkpoints: no file is removed, an old copy may have been put back"
        );
        return Ok(0);
    }
    let _gate = files.gate.lock().await;
    let live = live(store).await?;
    let old = |since: Option<SystemTime>| {
        since.is_some_and(|since| now.duration_since(since).is_ok_and(|age| age >= PATIENCE))
    };
    let mut swept = 0;
    for entry in files.vault().entries().await.map_err(StoreError::Attachments)? {
        let hash = entry.name.strip_suffix(THUMB).unwrap_or(&entry.name);
        if !needed(&live, &entry.name) && !files.pinned(hash) && old(entry.since) {
            files.vault().remove(&entry.name).await.map_err(StoreError::Attachments)?;
            swept += 1;
        }
    }
    Ok(swept)
}

/// Removes the bytes of rows that were just taken away, unless another live row names them or is about to.
pub async fn let_go(store: &Store, files: &Files, rows: &[Row]) -> Result<(), StoreError> {
    let _gate = files.gate.lock().await;
    let hashes: Vec<_> = rows.iter().map(|row| row.get(&ATTACHMENT, "sha256").clone()).collect();
    let others = store.find_by(&ATTACHMENT, "sha256", &hashes, &Scope::county()).await?;
    let named: HashSet<&str> = others
        .iter()
        .filter(|row| super::around::is_live(row))
        .filter_map(|row| row.get(&ATTACHMENT, "sha256").text())
        .collect();
    for hash in hashes.iter().filter_map(Cell::text).filter(|hash| !named.contains(hash) && !files.pinned(hash)) {
        for name in [hash.to_owned(), format!("{hash}{THUMB}")] {
            files.vault().remove(&name).await.map_err(StoreError::Attachments)?;
        }
    }
    Ok(())
}
