//! Attachments that lie in a folder.

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;

use super::Attached;

/// A local folder; it need not exist.
#[derive(Clone, Debug)]
pub struct Folder(pub PathBuf);

#[async_trait]
impl Attached for Folder {
    async fn names(&self) -> io::Result<Vec<PathBuf>> {
        let inside = |path: PathBuf| path.strip_prefix(&self.0).map_or_else(|_| path.clone(), Path::to_owned);
        Ok(below(&self.0)?.into_iter().map(inside).collect())
    }

    async fn read(&self, name: &Path) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }
}

/// The files below a folder in the order of their names; none, where there is no folder.
fn below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut found = Vec::new();
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_dir() {
            found.extend(below(&entry.path())?);
        } else if kind.is_file() && entry.path().extension().is_none_or(|ending| ending != "part") {
            // What ends in `.part` is being written, and has no row yet.
            found.push(entry.path());
        }
    }
    Ok(found)
}
