//! A new version of the program on an old data folder: a copy first, and the way back.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use areas::house;
use store::backup::{self, BackupError, Landing};
use store::{State, StoreError, Target};

use super::{bar, content, held, machine_now, settle, stamp, told};
use crate::county::{self, About};
use crate::options::Config;

/// Beginning of the name under which attachments are kept when older records take the place of theirs.
const FILES_ASIDE: &str = "files-replaced-";

/// Where the copies from before an upgrade are.
fn folder(config: &Config) -> PathBuf {
    config.data.join("upgrades")
}

/// Copies the records before a new version changes their schema; says where the copy is and how to go back. A county whose records are not there is
/// refused: opened, it would begin anew in their place, be proven whole, and be saved as the last backup.
pub async fn before(config: &Config, about: &About, target: &Target) -> anyhow::Result<Option<PathBuf>> {
    let steps = match store::state(target, &house::migrations()).await? {
        State::Empty if county::exists(&config.data) => return Err(gone(about, target)),
        State::Current | State::Empty => return Ok(None),
        State::Behind(steps) => steps,
    };
    held::take(config, &about.code).await.context("the records are of an earlier version")?;
    let folder = folder(config);
    county::make_private(&folder)?;
    remove_halves(&folder)?;
    let version = env!("CARGO_PKG_VERSION");
    let path = folder.join(format!("before-{version}-{}", stamp(machine_now())));
    let content = content(config, about, false)?;
    let copy = backup::before_upgrade(target, &about.code, &content, &path)
        .await
        .context("the copy before the upgrade; nothing was changed")?;
    eprintln!(
        "the records are brought up to version {version} ({})\nthe copy from before is {}\nto go back: install the version that you had, and run `anxiao migrate --back`",
        steps.join(", "),
        copy.display()
    );
    Ok(Some(copy))
}

/// Removes what a copy that was interrupted left: nobody else is making one now.
fn remove_halves(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "part") {
            fs::remove_file(&path).with_context(|| path.display().to_string())?;
        }
    }
    Ok(())
}

/// What to do where a county has lost its records.
fn gone(about: &About, target: &Target) -> anyhow::Error {
    let place = match target {
        Target::Sqlite(_) => {
            "mount the disk that they are on; name the server with --database-url if they are on one; if going back to a copy broke off, give the newest \
             anxiao-replaced-….db its name anxiao.db again; or restore a backup into an empty folder"
        }
        Target::Postgres { .. } => "look at --database-url; or restore a backup with an empty data folder",
    };
    anyhow::anyhow!(
        "the records of the county {} are not there ({target}); nothing was begun in their place. {place}",
        about.code
    )
}

/// An upgrade that did not come off changed nothing, and its copy is one too many: a service that is started again and again would fill the disk
/// with them.
pub async fn undone(target: &Target, copy: &Path) {
    if let Ok(State::Behind(_)) = store::state(target, &house::migrations()).await {
        match fs::remove_file(copy) {
            Ok(()) => eprintln!("nothing was changed; the copy is not needed and was removed"),
            Err(error) => eprintln!("anxiao: {}: {error}", copy.display()),
        }
    }
}

/// Every copy of the records that the program has kept in the data folder: from before upgrades, and what others took the place of. Whoever was erased
/// since stands in them.
pub fn kept(config: &Config) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let data = &config.data;
    for (folder, begins) in [(&folder(config), "before-"), (data, "anxiao-replaced-"), (data, FILES_ASIDE)] {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(begins) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The copies, newest first.
fn copies(config: &Config) -> anyhow::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder(config)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    found.retain(|path| path.extension().is_some_and(|ending| ending == "db" || ending == "anxiao"));
    // The time stands at the end of the name.
    found.sort_by_key(|path| path.file_stem().and_then(|stem| stem.to_str()?.rsplit('-').next().map(str::to_owned)));
    found.reverse();
    Ok(found)
}

/// `anxiao migrate --back`, run by the earlier version: the newest copy that it can read takes the place of the records, which are
/// kept beside.
pub async fn back(config: &Config) -> anyhow::Result<()> {
    let about = county::about(config)?;
    held::take(config, &about.code).await?;
    let place = county::target(config, &about.code);
    match store::state(&place, &house::migrations()).await {
        Err(StoreError::Newer(_)) => {}
        Ok(State::Empty) => return Err(gone(&about, &place)),
        Ok(_) => bail!("the records fit this version: first install the version to go back to, then run this with it"),
        Err(error) => return Err(error.into()),
    }
    let stamp = stamp(machine_now());
    let aside = place.aside(&stamp);
    for copy in copies(config)? {
        if put_back(config, &place, &copy, &aside).await? {
            println!("{} {}: as in {}", about.code, about.name, copy.display());
            println!("what was recorded since is kept as {aside}");
            if let Some(files) = keep_files(config, &stamp)? {
                println!("and the attachments with it in {}", files.display());
            }
            return trim_checkpoints(config, &about).await;
        }
    }
    bail!("no copy in {} can be read by this version", folder(config).display())
}

/// Keeps the attachments beside, as links: those that came since are nobody's in the records that were put back, and a server removes them in a day.
fn keep_files(config: &Config, stamp: &str) -> anyhow::Result<Option<PathBuf>> {
    let Some(from) = county::vault(config)?.path().filter(|path| path.exists()).map(Path::to_owned) else {
        return Ok(None);
    };
    let to = config.data.join(format!("{FILES_ASIDE}{stamp}"));
    for folder in fs::read_dir(&from)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        let beside = to.join(folder.file_name());
        county::make_private(&beside)?;
        for file in fs::read_dir(folder.path())? {
            let file = file?.path();
            let link = beside.join(file.file_name().unwrap_or_default());
            fs::hard_link(&file, &link)
                .or_else(|_| fs::copy(&file, &link).map(|_| ()))
                .with_context(|| file.display().to_string())?;
        }
    }
    Ok(to.exists().then_some(to))
}

/// Whether this copy could be put back: one of a version that is newer still cannot.
async fn put_back(config: &Config, place: &Target, copy: &Path, aside: &str) -> anyhow::Result<bool> {
    let room = config.data.join(".going-back");
    county::make_private(&room)?;
    let beside = if matches!(place, Target::Sqlite(_)) {
        let migrations = house::migrations();
        if store::state(&Target::Sqlite(copy.to_owned()), &migrations).await.is_err() {
            return Ok(false);
        }
        let beside = place.beside(&room);
        beside.clear().await?;
        Target::Sqlite(copy.to_owned()).copy_file(&room.join("anxiao.db")).await?;
        beside
    } else {
        match unpack(config, place, copy, &room).await {
            Ok(beside) => beside,
            Err(BackupError::Newer { .. }) => return Ok(false),
            Err(error) => return Err(error).with_context(|| copy.display().to_string()),
        }
    };
    beside.take_place(place, Some(aside)).await?;
    fs::remove_dir_all(&room)?;
    Ok(true)
}

async fn unpack(config: &Config, place: &Target, copy: &Path, room: &Path) -> Result<Target, BackupError> {
    let file = fs::File::open(copy).map_err(|source| BackupError::File { path: copy.to_owned(), source })?;
    let archive = backup::open::<_, BackupError>(file, || Ok(None))?;
    let migrations = house::migrations();
    let place_of = |_: &str| place.clone();
    let landing = Landing {
        place: &place_of,
        replace: true,
        folder: room.to_owned(),
        keys: county::keys_path(config),
        nouns: house::nouns(),
        migrations: &migrations,
        random: engine::clock::random,
        // It is put back as it was; `verify` says what it is.
        even_if_flawed: true,
    };
    let bar = bar("going back");
    let restored = backup::restore(archive, &landing, &mut told(&bar)).await;
    bar.finish_and_clear();
    Ok(restored?.beside)
}

/// Checkpoints of what is no longer there would prove the history cut.
async fn trim_checkpoints(config: &Config, about: &About) -> anyhow::Result<()> {
    let store = county::open_store(config, about).await?;
    let seq = store.health().await?.seq;
    store.close().await;
    let path = county::checkpoints_path(config);
    let log = fs::read_to_string(&path).unwrap_or_default();
    if let Some(aside) = settle::checkpoints(&backup::checkpoints_up_to(log.as_bytes(), seq), &path)? {
        println!("the checkpoints since are kept in {}", aside.display());
    }
    Ok(())
}
