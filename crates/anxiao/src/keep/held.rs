//! One program serves a county. Whoever serves holds a file of the data folder for as long as he lives, however he ends, and on PostgreSQL a lock of the
//! database besides: a second folder with the same keys is another folder, but not another county. What may not happen beside a server asks for the same.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Mutex;
use std::time::Duration;

use anyhow::bail;
use store::{Sole, StoreError};

use crate::county;
use crate::options::Config;

/// In the data folder: empty or the number of the process that held it last.
pub const NAME: &str = "serving.lock";

/// Until the process ends.
static FOLDER: Mutex<Option<File>> = Mutex::new(None);
static RECORDS: tokio::sync::Mutex<Option<Sole>> = tokio::sync::Mutex::const_new(None);

/// How often it is looked whether the records are still held.
const EACH: Duration = Duration::from_secs(10);

/// Takes the county with this code for this process alone.
///
/// # Errors
/// Another process serves it.
pub async fn take(config: &Config, code: &str) -> anyhow::Result<()> {
    take_folder(config)?;
    let mut held = RECORDS.lock().await;
    if held.is_none() {
        *held = county::target(config, code).take_alone().await?;
    }
    Ok(())
}

fn take_folder(config: &Config) -> anyhow::Result<()> {
    let mut held = FOLDER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if held.is_some() {
        return Ok(());
    }
    let path = config.data.join(NAME);
    let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).mode(0o600).open(&path);
    let locked = open.and_then(|file| match file.try_lock() {
        Ok(()) => Ok((true, file)),
        Err(TryLockError::WouldBlock) => Ok((false, file)),
        Err(TryLockError::Error(error)) => Err(error),
    });
    match locked {
        Ok((true, mut file)) => {
            // The number is for whoever is refused.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            *held = Some(file);
            Ok(())
        }
        Ok((false, file)) => bail!(
            "the county in {} is being served{}: stop that program first",
            config.data.display(),
            by(file).map(|number| format!(" by the process {number}")).unwrap_or_default()
        ),
        // A folder that cannot be written to or knows no locks keeps nobody from serving.
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "whether another program serves this county is not known");
            Ok(())
        }
    }
}

fn by(mut file: File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).ok()?;
    text.parse().ok()
}

/// Waits until another program has the records: the connection that held them broke, and that one came first. While the database does not answer,
/// nobody writes anything, and nobody need end.
pub async fn lost() -> StoreError {
    loop {
        tokio::time::sleep(EACH).await;
        let mut held = RECORDS.lock().await;
        let Some(sole) = held.as_mut() else {
            drop(held);
            return std::future::pending().await;
        };
        match sole.hold().await {
            Ok(true) => {}
            Err(error @ StoreError::Served(_)) => return error,
            Ok(false) => tracing::warn!("whether another program serves this county is not known"),
            Err(error) => tracing::warn!(%error, "whether another program serves this county is not known"),
        }
    }
}
