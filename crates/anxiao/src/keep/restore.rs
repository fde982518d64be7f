//! `anxiao restore`: a county from a file, into an empty place, whole or not at all.
//!
//! Everything is read into `.restoring` in the data folder (on PostgreSQL: into a schema beside) and verified there. Then a file
//! `ready` is written, and what lies there takes its place, `county.toml` last: without it a folder is no county. A restore that was
//! killed before `ready` begins anew; one that was killed after it is finished by the next.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use areas::house;
use clap::Args;
use engine::files::vault::{Folder, Vault, is_name};
use store::Target;
use store::backup::{self, BackupError, Landing, Restored};

use super::secret::Secret;
use super::{bar, flush, held, moment_text, settle, told};
use crate::county;
use crate::options::Config;

/// Where a restore is put together, in the data folder.
pub const ROOM: &str = ".restoring";
const READY: &str = "ready";

#[derive(Args, Debug)]
pub struct Restore {
    /// The backup
    pub file: PathBuf,
    /// Restore although its history does not verify: it did not when it was saved
    #[arg(long)]
    pub even_if_flawed: bool,
    #[command(flatten)]
    pub secret: Secret,
}

pub async fn restore(config: &Config, restore: &Restore) -> anyhow::Result<()> {
    let room = config.data.join(ROOM);
    if room.join(READY).exists() {
        println!("finishing the restore that was interrupted");
        return place(config, &room).await;
    }
    refuse_living(&config.data)?;
    // What the settings say of attachments is found out before anything is read.
    county::vault(config)?;
    let file = File::open(&restore.file).with_context(|| restore.file.display().to_string())?;
    let archive = backup::open(file, || restore.secret.read())?;
    remove(&room)?;
    county::make_private(&room)?;
    let bar = bar("restore");
    let place_of = |code: &str| county::target(config, code);
    let migrations = house::migrations();
    let landing = Landing {
        place: &place_of,
        replace: false,
        folder: room.clone(),
        keys: county::keys_path(config),
        nouns: house::nouns(),
        migrations: &migrations,
        random: engine::clock::random,
        even_if_flawed: restore.even_if_flawed,
    };
    let restored = backup::restore(archive, &landing, &mut told(&bar)).await;
    bar.finish_and_clear();
    let ready = match restored {
        Ok(restored) => match make_ready(config, &room, &restored) {
            Ok(()) => Ok(restored),
            Err(error) => {
                restored.beside.clear().await?;
                Err(error)
            }
        },
        Err(error) => Err(advise(error)),
    };
    match ready {
        Ok(restored) => {
            say(config, &restored);
            place(config, &room).await
        }
        Err(error) => {
            remove(&room)?;
            Err(error)
        }
    }
}

/// From here on nothing can be refused any more, only taken up again.
fn make_ready(config: &Config, room: &Path, restored: &Restored) -> anyhow::Result<()> {
    if config.county.as_ref().is_some_and(|county| *county != restored.head.county) {
        bail!("the backup is one of the county {}", restored.head.county);
    }
    if !room.join("county.toml").exists() {
        bail!("the backup has no county.toml");
    }
    settle::refuse_other_keys(&room.join("keys"), &county::keys_path(config))?;
    settle::write(&room.join(READY), restored.head.county.as_bytes())
}

/// Brings what lies ready to its place, or what is left of it after an interruption.
async fn place(config: &Config, room: &Path) -> anyhow::Result<()> {
    let code = fs::read_to_string(room.join(READY))?;
    if let Some(aside) = settle::keys(&room.join("keys"), &county::keys_path(config))? {
        println!("checkpoints signed after the backup are kept in {}: they prove what is not in it", aside.display());
    }
    if room.join("files").exists() {
        attachments(config, &room.join("files")).await?;
    }
    let place = county::target(config, &code);
    let beside = place.beside(room);
    if beside.taken().await? {
        beside.take_place(&place, None).await?;
    } else if let Target::Postgres { .. } = &beside {
        // The look at it has made an empty one.
        beside.clear().await?;
    }
    fs::rename(room.join("county.toml"), county::about_path(config))?;
    flush(&config.data)?;
    remove(room)?;
    let about = county::about(config)?;
    println!("{} {}: restored into {}", about.code, about.name, config.data.display());
    Ok(())
}

/// A folder takes its place; into a bucket everything is put, which may be done twice.
async fn attachments(config: &Config, from: &Path) -> anyhow::Result<()> {
    let vault = county::vault(config)?;
    if let Some(place) = vault.path() {
        return fs::rename(from, place).with_context(|| place.display().to_string());
    }
    let came = Folder::new(from.to_owned());
    for entry in came.entries().await?.into_iter().filter(|entry| is_name(&entry.name)) {
        let bytes = came.get(&entry.name).await?.unwrap_or_default();
        vault.put(&entry.name, bytes).await.with_context(|| {
            format!("{} was not put into the bucket; run the restore again, it goes on from here", entry.name)
        })?;
    }
    Ok(())
}

fn say(config: &Config, restored: &Restored) {
    for flaw in restored.report.flaws.iter().take(1000) {
        println!("WRONG  {flaw}");
    }
    let Restored { head, summary, report, .. } = restored;
    println!(
        "backup of {} by version {}: {} rows in {} tables, {} attachments, the history up to event {} (signed up to {})",
        moment_text(head.at),
        head.program,
        summary.rows,
        summary.tables,
        summary.files,
        head.seq,
        report.signed
    );
    let keys = county::keys_path(config);
    if !head.keys && !keys.join("county.key").exists() {
        println!(
            "the keys are not in this backup: put your copy of them into {}; until then sealed values stay sealed",
            keys.display()
        );
    }
}

/// What may be in a folder that a county is restored into: settings and keys, and what an interrupted restore left.
fn refuse_living(data: &Path) -> anyhow::Result<()> {
    if county::exists(data) {
        bail!(
            "{} holds a county; a restore never replaces one: name an empty folder with --data, or move that one away",
            data.display()
        );
    }
    let entries = match fs::read_dir(data) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| data.display().to_string()),
    };
    for entry in entries {
        let name = entry?.file_name();
        if ![ROOM, "anxiao.toml", "keys", "lost+found", "backups.log", held::NAME].iter().any(|known| name == *known) {
            bail!("{} is not empty ({}): a county is restored into an empty folder", data.display(), name.display());
        }
    }
    Ok(())
}

fn remove(room: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(room) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| room.display().to_string())
        }
        _ => Ok(()),
    }
}

fn advise(error: BackupError) -> anyhow::Error {
    match error {
        BackupError::Living(what) => anyhow::anyhow!(
            "{what} holds a county already; a restore never replaces one: name another place with --database-url, or move that one away"
        ),
        BackupError::Flawed(flaws) => {
            for flaw in flaws.iter().take(20) {
                println!("WRONG  {flaw}");
            }
            anyhow::anyhow!(
                "the history in the backup does not verify ({} things are wrong); nothing was restored. If it was like that when it was saved, --even-if-flawed restores it",
                flaws.len()
            )
        }
        other => other.into(),
    }
}
