//! Where bytes lie: under a name that says what they are, so that putting them twice is putting them once.

use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use async_trait::async_trait;

/// A name in a vault: the SHA-256 of the bytes in hexadecimal, or that of a picture followed by the ending of its thumbnail.
pub const THUMB: &str = ".thumb";

/// Whether a name is one of ours. Nothing else is ever read, written or removed.
pub fn is_name(name: &str) -> bool {
    let hash = name.strip_suffix(THUMB).unwrap_or(name);
    hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a write that was interrupted left behind.
fn is_half(name: &str) -> bool {
    name.strip_suffix(".part").is_some_and(|hex| hex.len() == 18 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What lies there: its name, its size, and since when, where that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub size: u64,
    pub since: Option<SystemTime>,
}

/// A place for bytes: a local folder, or with the feature `s3` a bucket.
#[async_trait]
pub trait Vault: Send + Sync {
    /// Puts bytes under their name, durably. What is there already stays, and counts as put just now.
    async fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()>;

    /// The bytes of a name; `None` when they are not there.
    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>>;

    /// Removes a name; one that is not there is removed already.
    async fn remove(&self, name: &str) -> io::Result<()>;

    /// Everything that is there.
    async fn entries(&self) -> io::Result<Vec<Entry>>;

    /// The folder, if it is one.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// A local folder, for nobody but its owner. Files stand in subfolders by the first two digits of their name.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn place(&self, name: &str) -> io::Result<PathBuf> {
        if !is_name(name) && !is_half(name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name of ours"));
        }
        Ok(self.0.join(&name[..2]).join(name))
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

#[async_trait]
impl Vault for Folder {
    async fn put(&self, name: &str, bytes: Vec<u8>) -> io::Result<()> {
        let (place, root) = (self.place(name)?, self.0.clone());
        blocking(move || put(&root, &place, &bytes)).await
    }

    async fn get(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let place = self.place(name)?;
        blocking(move || missing_is_none(std::fs::read(place))).await
    }

    async fn remove(&self, name: &str) -> io::Result<()> {
        let place = self.place(name)?;
        blocking(move || missing_is_none(std::fs::remove_file(place)).map(|_| ())).await
    }

    async fn entries(&self) -> io::Result<Vec<Entry>> {
        let root = self.0.clone();
        blocking(move || entries(&root)).await
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.0)
    }
}

fn missing_is_none<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}

/// Under a temporary name first, to the disk, then renamed: what bears a name is whole, also after a power cut.
fn put(root: &Path, place: &Path, bytes: &[u8]) -> io::Result<()> {
    use std::io::Write;
    let folder = place.parent().unwrap_or(root);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    if std::fs::metadata(place).is_ok_and(|there| there.len() == bytes.len() as u64) {
        return std::fs::File::open(place)?.set_modified(crate::clock::of_files());
    }
    let mut chance = [0; 8];
    crate::clock::random(&mut chance);
    let hash = place.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let half = folder.join(format!("{}{}.part", hash.get(..2).unwrap_or_default(), hex::encode(chance)));
    let mut file = std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&half)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| std::fs::rename(&half, place));
    if written.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    written?;
    std::fs::File::open(folder)?.sync_all()
}

/// Halves of a write that was interrupted are named too, so that they are swept with the rest.
fn entries(root: &Path) -> io::Result<Vec<Entry>> {
    let mut found = Vec::new();
    for folder in missing_is_none(std::fs::read_dir(root))?.into_iter().flatten() {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path())? {
            let file = file?;
            let about = file.metadata()?;
            if let (true, Ok(name)) = (about.is_file(), file.file_name().into_string()) {
                found.push(Entry { name, size: about.len(), since: about.modified().ok() });
            }
        }
    }
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(found)
}
