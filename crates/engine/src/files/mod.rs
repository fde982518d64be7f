//! Attachments: every record carries its evidence.
//!
//! An attachment is a record of its own ([`ATTACHMENT`]): historied, verified and exported like any other. Its bytes lie outside
//! the database, under the SHA-256 of what they are ([`vault`]). It is seen by whoever sees the record that it belongs to and
//! by nobody else: every reading goes through that record, so an address alone opens nothing.
//!
//! A picture is never kept as it came. It is decoded within limits, turned upright, made no larger than a screen needs, and
//! encoded anew: what a camera writes into it beside the picture (position, device, owner) is gone. Where a record type asks
//! for it (`Kind::pairs`), the moment and the position are kept as values of the row, where permissions reach them.
//!
//! The bytes are written first and the row after. A crash between leaves bytes without a row, which [`keeping`] names and
//! sweeps; never a row without bytes.

mod alike;
mod along;
mod api;
mod around;
#[cfg(feature = "s3")]
pub mod bucket;
pub mod keeping;
mod noun;
mod pages;
mod real;
mod serve;
mod show;
mod sound;
mod take;
mod told;
pub mod vault;

#[cfg(test)]
mod tests;

pub use along::{asked_for, come_with};
pub use around::{attached, erased, of, pieces, removed, row};
pub use noun::{ATTACHMENT, MIGRATION, ROLES};
pub use pages::routes;
pub(crate) use show::{Tried, view};
pub use take::{Prepared, Taken, Upload, Want, lay, painted, prepare, take};
pub(crate) use told::told;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;
use vault::{Folder, Vault};

use crate::app::App;

/// How much may be attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// One file, in bytes.
    pub file: usize,
    /// Files of one record.
    pub record: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { file: 20 * 1024 * 1024, record: 60 }
    }
}

/// Pictures that are decoded at once: each may take some hundred megabytes for a moment.
const AT_ONCE: usize = 2;

/// Where attachments lie, and how they get there.
pub struct Files {
    vault: Arc<dyn Vault>,
    pub limits: Limits,
    turns: Semaphore,
    /// Held while bytes are put and while they are removed, so that neither happens between the other's look and its deed.
    gate: tokio::sync::Mutex<()>,
    pins: Pins,
}

/// Bytes whose row is about to be committed, by how many: they are not removed meanwhile.
type Pins = Arc<Mutex<HashMap<String, usize>>>;

impl Files {
    pub fn over(vault: Arc<dyn Vault>, limits: Limits) -> Self {
        let turns = Semaphore::new(AT_ONCE);
        Self { vault, limits, turns, gate: tokio::sync::Mutex::default(), pins: Pins::default() }
    }

    /// A local folder, made when the first file comes.
    pub fn folder(path: PathBuf, limits: Limits) -> Self {
        Self::over(Arc::new(Folder::new(path)), limits)
    }

    pub fn vault(&self) -> &dyn Vault {
        self.vault.as_ref()
    }

    fn pin(&self, name: &str) -> Pin {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        *pins.entry(name.to_owned()).or_default() += 1;
        Pin { name: name.to_owned(), pins: Arc::clone(&self.pins) }
    }

    fn pinned(&self, name: &str) -> bool {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

/// Keeps bytes from being removed until their row has been committed.
#[derive(Debug)]
pub struct Pin {
    name: String,
    pins: Pins,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pins = self.pins.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = pins.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                pins.remove(&self.name);
            }
        }
    }
}

/// The local folder, where there is one: what a backup copies.
pub fn folder(app: &App) -> Option<&Path> {
    app.files.as_ref()?.vault().path()
}
