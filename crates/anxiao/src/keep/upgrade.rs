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

/// Where the copies from before an upgrade are.
fn folder(config: &Config) -> PathBuf {
    config.data.join("upgrades")
}

/// Copies the records before a new version changes their schema; says where the copy is and how to go back.
pub async fn before(config: &Config, about: &About, target: &Target) -> anyhow::Result<()> {
    let State::Behind(steps) = store::state(target, &house::migrations()).await? else { return Ok(()) };
    let folder = folder(config);
    county::make_private(&folder)?;
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
    Ok(())
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
    let place = county::target(config, &about.code);
    match store::state(&place, &house::migrations()).await {
        Err(StoreError::Newer(_)) => {}
        Ok(_) => bail!("the records fit this version: first install the version to go back to, then run this with it"),
        Err(error) => return Err(error.into()),
    }
    let aside = place.aside(&stamp(machine_now()));
    for copy in copies(config)? {
        if put_back(config, &place, &copy, &aside).await? {
            println!("{} {}: as in {}", about.code, about.name, copy.display());
            println!("what was recorded since is kept as {aside}");
            return trim_checkpoints(config, &about).await;
        }
    }
    bail!("no copy in {} can be read by this version", folder(config).display())
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
    held::take(config)?;
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
