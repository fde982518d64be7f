//! The last steps of a restore: what lies ready takes its place, and an interruption at any of them can be taken up again.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::flush;

const KEYS: [&str; 4] = ["county.key", "index.key", "sign.key", "sign.pub"];
const LOG: &str = "checkpoints.log";

/// What to do with one file of the key folder.
enum Fate {
    Write,
    Keep,
}

/// Whether a key file may be written. One that is there is kept if it is the same, or has more versions of the county's key.
fn fate(from: &Path, to: &Path) -> anyhow::Result<Fate> {
    let new = fs::read(from).with_context(|| from.display().to_string())?;
    match fs::read(to) {
        Ok(old) if old.starts_with(&new) => Ok(Fate::Keep),
        Ok(_) => bail!(
            "{} is the key of another county or of another time; move it away, or name another folder with --keys",
            to.display()
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Fate::Write),
        Err(error) => Err(error).with_context(|| to.display().to_string()),
    }
}

/// Refuses before anything is moved: keys are never overwritten.
pub fn refuse_other_keys(from: &Path, to: &Path) -> anyhow::Result<()> {
    for name in KEYS.iter().filter(|name| from.join(name).exists()) {
        fate(&from.join(name), &to.join(name))?;
    }
    Ok(())
}

/// Puts keys and checkpoints into the key folder. Gives the file in which checkpoints signed after the backup are kept, if there are any.
pub fn keys(from: &Path, to: &Path) -> anyhow::Result<Option<PathBuf>> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(to).with_context(|| to.display().to_string())?;
    for name in KEYS.iter().filter(|name| from.join(name).exists()) {
        if matches!(fate(&from.join(name), &to.join(name))?, Fate::Write) {
            write(&to.join(name), &fs::read(from.join(name))?)?;
        }
    }
    let log = fs::read_to_string(from.join(LOG)).unwrap_or_default();
    checkpoints(&log, &to.join(LOG))
}

/// Makes this the log of checkpoints. Lines of the old one that are not in it are kept beside: they prove a history that is not here.
pub fn checkpoints(log: &str, path: &Path) -> anyhow::Result<Option<PathBuf>> {
    let old = fs::read_to_string(path).unwrap_or_default();
    let known: std::collections::HashSet<&str> = log.lines().collect();
    let more: String =
        old.lines().filter(|line| !known.contains(line)).fold(String::new(), |text, line| text + line + "\n");
    let aside = (!more.is_empty())
        .then(|| path.with_file_name(format!("checkpoints-replaced-{}.log", super::stamp(super::machine_now()))));
    if let Some(aside) = &aside {
        write(aside, more.as_bytes())?;
    }
    if old != log {
        write(path, log.as_bytes())?;
    }
    Ok(aside)
}

/// A file that is there whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_added_extension("new");
    let put = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        flush(path.parent().unwrap_or(Path::new(".")))
    };
    put().with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::TempDir::new().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_key_is_never_overwritten_and_a_newer_one_is_kept() {
        let from = folder(&[("county.key", "v1 a\n"), ("sign.pub", "p\n")]);
        for (there, refused, left) in [
            (None, false, "v1 a\n"),
            (Some("v1 a\nv2 b\n"), false, "v1 a\nv2 b\n"),
            (Some("v1 x\n"), true, "v1 x\n"),
            (Some("v1"), true, "v1"),
        ] {
            let to = folder(&there.map(|text| ("county.key", text)).into_iter().collect::<Vec<_>>());
            assert_eq!(refuse_other_keys(from.path(), to.path()).is_err(), refused, "{there:?}");
            assert_eq!(keys(from.path(), to.path()).is_err(), refused, "{there:?}");
            assert_eq!(fs::read_to_string(to.path().join("county.key")).unwrap(), left);
        }
    }

    #[test]
    fn checkpoints_that_reach_further_than_the_backup_are_kept_beside() {
        let to = folder(&[("checkpoints.log", "one\ntwo\nthree\n")]);
        let path = to.path().join("checkpoints.log");
        let aside = checkpoints("one\n", &path).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
        assert_eq!(fs::read_to_string(aside).unwrap(), "two\nthree\n");
        assert!(checkpoints("one\n", &path).unwrap().is_none(), "the second time there is nothing to do");
    }
}
