//! The key folder: what must never be in the database, nor in its backup.
//!
//! A folder of mode 0700 with four text files of mode 0600:
//!
//! - `county.key`: the county's wrapping keys, one line `v<version> <base64>` each, newest last;
//! - `index.key`: `hmac-sha256 <base64>`, the key of the blind indexes;
//! - `sign.key`: `ed25519 <base64>`, the seed (RFC 8032) that signs checkpoints;
//! - `sign.pub`: `ed25519 <base64>`, the public half, which may be copied anywhere to verify;
//! - `push.key`, only where browsers are written to: `p256 <base64>` (PKCS#8), by which their push services know the county.
//!
//! Losing `county.key` loses every sealed value for good: the folder needs a backup of its own, kept apart from the
//! data.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::seal::{CountyKey, IndexKey, KEY_LEN};

const COUNTY: &str = "county.key";
const INDEX: &str = "index.key";
const SIGN: &str = "sign.key";
const PUBLIC: &str = "sign.pub";
const FILES: [&str; 4] = [COUNTY, INDEX, SIGN, PUBLIC];
const PUSH: &str = "push.key";
const P256: &str = "p256";
const HMAC: &str = "hmac-sha256";
const ED25519: &str = "ed25519";
/// The mode bits that let the group or others in.
const OTHERS: u32 = 0o077;

/// Why the key folder cannot be used. Never holds key material.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key folder here.
    #[error("there is no key folder at {}", .0.display())]
    Missing(PathBuf),
    /// A folder with some of the files: restore it; only where nothing was ever sealed with it may it be made anew.
    #[error("{} is missing from the key folder: restore it from its backup", .0.display())]
    Incomplete(PathBuf),
    /// Keys are there already; they are never overwritten.
    #[error("{} holds keys already; they are not overwritten", .0.display())]
    Exists(PathBuf),
    /// The group or others may reach the keys.
    #[error("{} is open to others (mode {mode:04o}); run: chmod go= {0}", .path.display())]
    Exposed {
        /// The folder or file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line is not what the format demands.
    #[error("{}, line {line}: not a key in the expected form", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Counts from 1.
        line: usize,
    },
    /// `sign.pub` does not belong to `sign.key`.
    #[error("{} does not belong to sign.key beside it", .0.display())]
    Mismatch(PathBuf),
    /// The versions of the county's key are used up.
    #[error("no further version of the county key is possible")]
    Exhausted,
    /// The system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The opened keys of one county.
#[derive(Debug)]
pub struct KeyFolder {
    dir: PathBuf,
    county: Vec<CountyKey>,
    index: IndexKey,
    sign: SigningKey,
}

impl KeyFolder {
    /// Makes a new set of keys in `dir`, which is made too when it does not exist. `random` must fill with secure
    /// random bytes.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when any key file is there: a key that was used once is never overwritten.
    pub fn create(dir: &Path, random: &mut impl FnMut(&mut [u8])) -> Result<Self, KeyError> {
        if let Some(found) = FILES.iter().map(|name| dir.join(name)).find(|path| path.exists()) {
            return Err(KeyError::Exists(found));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(at(dir))?;
        refuse_exposed(dir)?;
        let sign = SigningKey::from_bytes(&draw(random));
        let folder = Self {
            dir: dir.to_owned(),
            county: vec![CountyKey::new(1, *draw(random))],
            index: IndexKey::new(*draw(random)),
            sign,
        };
        let seed = Zeroizing::new(folder.sign.to_bytes());
        write(dir, SIGN, &line(ED25519, &seed))?;
        write(dir, PUBLIC, &line(ED25519, folder.sign.verifying_key().as_bytes()))?;
        write(dir, INDEX, &line(HMAC, folder.index.expose()))?;
        write(dir, COUNTY, &county_text(&folder.county))?;
        Ok(folder)
    }

    /// Opens the keys in `dir`.
    ///
    /// # Errors
    /// [`KeyError::Missing`] without a folder, [`KeyError::Exposed`] when the group or others may read it or a file in it.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        Self::open_optional(dir)?.ok_or_else(|| KeyError::Missing(dir.to_owned()))
    }

    /// Opens the keys in `dir`, or gives `None` when there is no folder or no key in it: the program then works with
    /// sealed fields shown as sealed. A folder with only some of the files is an error, for keys are not lost in
    /// silence.
    pub fn open_optional(dir: &Path) -> Result<Option<Self>, KeyError> {
        if !FILES.iter().any(|name| dir.join(name).exists()) {
            return Ok(None);
        }
        refuse_exposed(dir)?;
        let seed = read_key(dir, SIGN, ED25519)?;
        let folder = Self {
            dir: dir.to_owned(),
            county: read_county(dir)?,
            index: IndexKey::new(*read_key(dir, INDEX, HMAC)?),
            sign: SigningKey::from_bytes(&seed),
        };
        if read_public(dir)? != folder.sign.verifying_key() {
            return Err(KeyError::Mismatch(dir.join(PUBLIC)));
        }
        Ok(Some(folder))
    }

    /// Rotation, first half: adds a version of the county's key and writes it safely before it is used. The second
    /// half wraps every person's key again ([`crate::seal::rewrap`]). Gives the new version.
    pub fn add_county_key(&mut self, random: &mut impl FnMut(&mut [u8])) -> Result<u32, KeyError> {
        // Read again: another process may have added a version since, and a lost key loses data.
        let mut keys = read_county(&self.dir)?;
        let newest = keys.last().map_or(0, |key| key.version);
        let version = newest.checked_add(1).ok_or(KeyError::Exhausted)?;
        keys.push(CountyKey::new(version, *draw(random)));
        write(&self.dir, COUNTY, &county_text(&keys))?;
        self.county = keys;
        Ok(version)
    }

    /// All versions of the county's wrapping key, oldest first; never empty.
    pub fn county_keys(&self) -> &[CountyKey] {
        &self.county
    }

    /// The version that new wrapping uses.
    pub fn newest(&self) -> &CountyKey {
        // Reading and creating both see to it that there is at least one.
        &self.county[self.county.len() - 1]
    }

    /// The key of the blind indexes.
    pub fn index_key(&self) -> &IndexKey {
        &self.index
    }

    /// The key that signs checkpoints.
    pub fn signing_key(&self) -> &SigningKey {
        &self.sign
    }

    /// The public key that proves checkpoints.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.sign.verifying_key()
    }

    /// The key by which push services know the county, made when it is asked for first. It opens nothing: lost, browsers subscribe anew.
    ///
    /// # Errors
    /// It cannot be read or written, or others may read it.
    pub fn push_key(&self, make: impl FnOnce() -> Option<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let path = self.dir.join(PUSH);
        if !path.exists() {
            let fresh = Zeroizing::new(make().ok_or_else(|| malformed(&path, 1))?);
            let text = Zeroizing::new(format!("{P256} {}\n", STANDARD.encode(fresh.as_slice())));
            write(&self.dir, PUSH, &text)?;
        }
        let text = read_secret(&path)?;
        let body = text.trim_end().strip_prefix(P256).and_then(|rest| rest.strip_prefix(' '));
        let bytes = body.and_then(|body| STANDARD.decode(body).ok()).ok_or_else(|| malformed(&path, 1))?;
        Ok(Zeroizing::new(bytes))
    }

    /// Where the keys are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// Reads only `sign.pub`, which need not be secret: enough to verify a county's history without its keys.
pub fn read_public(dir: &Path) -> Result<VerifyingKey, KeyError> {
    let path = dir.join(PUBLIC);
    let text = read(&path)?;
    let bytes = parse(&text, ED25519).ok_or_else(|| malformed(&path, 1))?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| malformed(&path, 1))
}

fn draw(random: &mut impl FnMut(&mut [u8])) -> Zeroizing<[u8; KEY_LEN]> {
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    random(bytes.as_mut_slice());
    bytes
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> KeyError {
    let path = path.to_owned();
    |source| KeyError::Io { path, source }
}

fn malformed(path: &Path, line: usize) -> KeyError {
    KeyError::Malformed { path: path.to_owned(), line }
}

fn refuse_exposed(path: &Path) -> Result<(), KeyError> {
    let mode = fs::metadata(path).map_err(at(path))?.permissions().mode() & 0o7777;
    if mode & OTHERS == 0 { Ok(()) } else { Err(KeyError::Exposed { path: path.to_owned(), mode }) }
}

fn line(name: &str, key: &[u8; KEY_LEN]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(STANDARD.encode(key));
    Zeroizing::new(format!("{name} {}\n", base64.as_str()))
}

fn county_text(keys: &[CountyKey]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(keys.len() * 64));
    for key in keys {
        text.push_str(&line(&format!("v{}", key.version), key.expose()));
    }
    text
}

/// The key in `<name> <base64>`.
fn parse(text: &str, name: &str) -> Option<Zeroizing<[u8; KEY_LEN]>> {
    let body = text.trim_end().strip_prefix(name)?.strip_prefix(' ')?;
    let bytes = Zeroizing::new(STANDARD.decode(body).ok()?);
    Some(Zeroizing::new(bytes.as_slice().try_into().ok()?))
}

fn read(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Zeroizing::new(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(KeyError::Incomplete(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(malformed(path, 1)),
        Err(error) => Err(at(path)(error)),
    }
}

fn read_secret(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let text = read(path)?;
    refuse_exposed(path)?;
    Ok(text)
}

fn read_key(dir: &Path, file: &str, name: &str) -> Result<Zeroizing<[u8; KEY_LEN]>, KeyError> {
    let path = dir.join(file);
    parse(&read_secret(&path)?, name).ok_or_else(|| malformed(&path, 1))
}

/// Reads `county.key`: at least one key, versions from 1 upwards in order.
fn read_county(dir: &Path) -> Result<Vec<CountyKey>, KeyError> {
    let path = dir.join(COUNTY);
    let mut keys: Vec<CountyKey> = Vec::new();
    for (index, text) in read_secret(&path)?.lines().enumerate() {
        let before = keys.last().map_or(0, |key| key.version);
        let key = parse_version(text).filter(|key| key.version > before);
        keys.push(key.ok_or_else(|| malformed(&path, index + 1))?);
    }
    if keys.is_empty() { Err(malformed(&path, 1)) } else { Ok(keys) }
}

fn parse_version(text: &str) -> Option<CountyKey> {
    let (name, _) = text.split_once(' ')?;
    let version = name.strip_prefix('v')?.parse().ok()?;
    Some(CountyKey::new(version, *parse(text, name)?))
}

/// Writes a file whole or not at all: a new file beside it, flushed to the disk, takes its place; then the folder is
/// flushed.
fn write(dir: &Path, name: &str, text: &str) -> Result<(), KeyError> {
    let path = dir.join(name);
    let fresh = dir.join(format!("{name}.new"));
    // What an interrupted attempt left was never in use.
    match fs::remove_file(&fresh) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(at(&fresh)(error)),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh).map_err(at(&fresh))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(at(&fresh))?;
    fs::rename(&fresh, &path).map_err(at(&path))?;
    File::open(dir).and_then(|folder| folder.sync_all()).map_err(at(dir))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    /// A counter in the place of randomness: every key differs.
    fn counting() -> impl FnMut(&mut [u8]) {
        let mut next = 0_u8;
        move |bytes| {
            next += 1;
            bytes.fill(next);
        }
    }

    fn fresh() -> (tempfile::TempDir, PathBuf, KeyFolder) {
        let temp = tempfile::tempdir().unwrap();
        let dir = temp.path().join("keys");
        let folder = KeyFolder::create(&dir, &mut counting()).unwrap();
        (temp, dir, folder)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_created_opens_again_and_is_private() {
        let (_temp, dir, made) = fresh();
        assert_eq!(mode(&dir), 0o700);
        for name in FILES {
            assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
        }
        let opened = KeyFolder::open(&dir).unwrap();
        assert_eq!(opened.county_keys(), made.county_keys());
        assert_eq!(opened.index_key(), made.index_key());
        assert_eq!(opened.verifying_key(), made.verifying_key());
        assert_eq!(read_public(&dir).unwrap(), made.verifying_key());
        assert!(fs::read_to_string(dir.join(COUNTY)).unwrap().starts_with("v1 "));
        assert_eq!(fs::read_dir(&dir).unwrap().count(), FILES.len());
        // One more where browsers are written to: made once, and as private.
        let key = opened.push_key(|| Some(vec![7; 138])).unwrap();
        assert_eq!((*key).clone(), *opened.push_key(|| None).unwrap());
        assert_eq!((key.len(), mode(&dir.join(PUSH))), (138, 0o600));
        fs::write(dir.join(PUSH), "p256 not base64\n").unwrap();
        assert!(matches!(opened.push_key(|| None), Err(KeyError::Malformed { line: 1, .. })));
        fs::set_permissions(dir.join(PUSH), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(opened.push_key(|| None), Err(KeyError::Exposed { mode: 0o644, .. })));
    }

    #[test]
    fn the_keys_differ_from_each_other() {
        let (_temp, _dir, made) = fresh();
        assert_ne!(made.newest().expose(), made.index_key().expose());
        assert_ne!(made.newest().expose(), &made.signing_key().to_bytes());
    }

    #[test]
    fn no_keys_is_none_and_some_keys_is_an_error() {
        let (temp, dir, _) = fresh();
        assert!(KeyFolder::open_optional(&temp.path().join("elsewhere")).unwrap().is_none());
        assert!(KeyFolder::open_optional(temp.path()).unwrap().is_none());
        assert!(matches!(KeyFolder::open(temp.path()), Err(KeyError::Missing(_))));
        for name in FILES {
            let kept = fs::read(dir.join(name)).unwrap();
            fs::remove_file(dir.join(name)).unwrap();
            let error = KeyFolder::open_optional(&dir).unwrap_err();
            assert!(matches!(&error, KeyError::Incomplete(path) if path.ends_with(name)), "{error}");
            write(&dir, name, std::str::from_utf8(&kept).unwrap()).unwrap();
        }
        assert!(KeyFolder::open(&dir).is_ok());
    }

    #[test]
    fn keys_are_never_overwritten() {
        let (_temp, dir, _) = fresh();
        assert!(matches!(KeyFolder::create(&dir, &mut counting()), Err(KeyError::Exists(_))));
        fs::remove_file(dir.join(COUNTY)).unwrap();
        assert!(matches!(KeyFolder::create(&dir, &mut counting()), Err(KeyError::Exists(_))));
    }

    #[test]
    fn a_folder_or_file_open_to_others_is_refused() {
        let (_temp, dir, _) = fresh();
        for (path, bits) in
            [(dir.join(COUNTY), 0o640), (dir.join(SIGN), 0o604), (dir.join(INDEX), 0o620), (dir.clone(), 0o750)]
        {
            let before = mode(&path);
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            let error = KeyFolder::open(&dir).unwrap_err();
            assert!(
                matches!(&error, KeyError::Exposed { path: named, mode } if *named == path && *mode == bits),
                "{error}"
            );
            assert!(error.to_string().contains("chmod go= /"), "{error}");
            fs::set_permissions(&path, fs::Permissions::from_mode(before)).unwrap();
        }
        assert!(KeyFolder::open(&dir).is_ok());
    }

    #[test]
    fn an_existing_folder_that_is_open_to_others_gets_no_keys() {
        let temp = tempfile::tempdir().unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        assert!(matches!(KeyFolder::create(temp.path(), &mut counting()), Err(KeyError::Exposed { .. })));
        assert_eq!(fs::read_dir(temp.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_new_version_is_kept_beside_the_old() {
        let (_temp, dir, mut folder) = fresh();
        let mut other = KeyFolder::open(&dir).unwrap();
        assert_eq!(folder.add_county_key(&mut |bytes| bytes.fill(0xEE)).unwrap(), 2);
        assert_eq!(other.add_county_key(&mut |bytes| bytes.fill(0xDD)).unwrap(), 3);
        let versions: Vec<u32> = KeyFolder::open(&dir).unwrap().county_keys().iter().map(|key| key.version).collect();
        assert_eq!(versions, [1, 2, 3]);
        assert_eq!(other.newest().version, 3);
        assert_eq!(mode(&dir.join(COUNTY)), 0o600);
    }

    #[test]
    fn damaged_files_are_named_with_their_line() {
        let (_temp, dir, mut folder) = fresh();
        folder.add_county_key(&mut |bytes| bytes.fill(9)).unwrap();
        let good = fs::read_to_string(dir.join(COUNTY)).unwrap();
        let swapped = good.lines().rev().collect::<Vec<_>>().join("\n");
        for (text, expected) in
            [(String::new(), 1), (good.replace("v2 ", "x2 "), 2), (swapped, 2), (format!("{good}v3 AAAA\n"), 3)]
        {
            write(&dir, COUNTY, &text).unwrap();
            let error = KeyFolder::open(&dir).unwrap_err();
            assert!(matches!(&error, KeyError::Malformed { line, .. } if *line == expected), "{error}");
        }
    }

    #[test]
    fn a_foreign_public_key_is_found() {
        let (_temp, dir, _) = fresh();
        let other = SigningKey::from_bytes(&[77; 32]).verifying_key();
        write(&dir, PUBLIC, &line(ED25519, other.as_bytes())).unwrap();
        assert!(matches!(KeyFolder::open(&dir), Err(KeyError::Mismatch(_))));
    }

    #[test]
    fn debug_shows_no_key() {
        let (_temp, dir, folder) = fresh();
        let shown = format!("{folder:?}");
        for name in [COUNTY, INDEX, SIGN] {
            let text = fs::read_to_string(dir.join(name)).unwrap();
            assert!(!shown.contains(text.trim_end().split_once(' ').unwrap().1));
        }
        assert!(!shown.contains("secret_key: ["));
    }
}
