//! What the records say of themselves: schema, clock, history, attachments.

use std::path::Path;

use areas::house;
use engine::auth::ACCOUNT;
use engine::files::keeping;
use engine::files::vault::{Vault, is_name};
use sha2::{Digest, Sha256};
use store::chain::{Checkpoint, read_checkpoints};
use store::{Health, State, Store, StoreError};

use super::{Check, Finding, days, shown};
use crate::county::{self, About};
use crate::keep::{held, machine_now, moment_text};
use crate::options::Config;

pub async fn look(config: &Config, full: bool) -> Vec<Check> {
    let Ok(about) = county::about(config) else { return Vec::new() };
    let target = county::target(config, &about.code);
    let schema = schema(store::state(&target, &house::migrations()).await);
    let current = schema.finding == Finding::Ok;
    let mut checks = vec![schema];
    if current {
        // Opened only when opening changes nothing: whoever looks must not upgrade.
        match county::open_store(config, &about).await {
            Ok(store) => {
                checks.extend(records(config, &about, &store, full).await);
                store.close().await;
            }
            Err(error) => checks.push(Check::new("database", Finding::Bad, format!("{error:#}"), "mend what it says")),
        }
    }
    checks.push(match county::vault(config) {
        Ok(vault) => attachments(vault.as_ref(), full).await,
        Err(error) => Check::new("attachments", Finding::Bad, format!("{error:#}"), "mend the settings"),
    });
    checks
}

/// Makes anew what the store makes from the rows.
pub async fn mend(config: &Config) -> anyhow::Result<()> {
    let about = county::about(config)?;
    held::take(config, &about.code).await?;
    let store = county::open_store(config, &about).await?;
    store.remake_tallies().await?;
    store.refill_search().await?;
    store.close().await;
    Ok(())
}

fn schema(state: Result<State, StoreError>) -> Check {
    const NAME: &str = "schema";
    match state {
        Ok(State::Current) => Check::ok(NAME, "that of this version"),
        Ok(State::Empty) => {
            Check::new(NAME, Finding::Bad, "there are no records", "check --data and database_url, or restore a backup")
        }
        Ok(State::Behind(steps)) => {
            let says = format!("of an earlier version; the next start makes these steps: {}", steps.join(", "));
            Check::new(NAME, Finding::Warn, says, "run `anxiao migrate`; it keeps a copy from before")
        }
        Err(error @ StoreError::Newer(_)) => Check::new(
            NAME,
            Finding::Bad,
            error.to_string(),
            "install the newer version again, or run `anxiao migrate --back`",
        ),
        Err(error) => {
            Check::new(NAME, Finding::Bad, error.to_string(), "check database_url and whether the server runs")
        }
    }
}

async fn records(config: &Config, about: &About, store: &Store, full: bool) -> Vec<Check> {
    let health = match store.health().await {
        Ok(health) => health,
        Err(error) => return vec![Check::new("database", Finding::Bad, error.to_string(), "mend what it says")],
    };
    let mut checks = vec![Check::ok("database", health.database.clone()), clock(about, &health), head(&health)];
    checks.push(checkpoint(config, about, &health));
    checks.push(if full { history(config, store).await } else { unread() });
    let totals = "stop the server and run `anxiao doctor --mend`: it makes them anew from the rows";
    checks.push(derived("totals", store.check_tallies().await, totals));
    let words = "stop the server and run `anxiao doctor --mend`: it makes it anew from the rows";
    checks.push(derived("search index", store.check_search().await, words));
    checks.push(administrators(store).await);
    if let Ok(vault) = county::vault(config) {
        checks.push(owners(vault.as_ref(), store).await);
    }
    checks
}

/// What the store makes from the rows by itself, compared with them.
fn derived(name: &'static str, differences: Result<u64, StoreError>, then: &'static str) -> Check {
    match differences {
        Ok(0) => Check::ok(name, "agrees with the rows"),
        Ok(count) => Check::new(name, Finding::Bad, format!("{count} lines differ from the rows"), then),
        Err(error) => Check::new(name, Finding::Bad, error.to_string(), "mend what it says"),
    }
}

/// 三员: while one of them has no person, nothing can tell that they are three.
async fn administrators(store: &Store) -> Check {
    const NAME: &str = "administrators";
    match areas::accounts::unnamed(store, kit::dates::shanghai_date(machine_now())).await {
        Ok(None) => Check::ok(NAME, "each has his person"),
        Ok(Some(row)) => {
            let login = row.get(&ACCOUNT, "login").text().unwrap_or_default();
            let then = format!("once there is staff, run `anxiao user person {login} NUMBER`");
            Check::new(
                NAME,
                Finding::Warn,
                format!("{login} has no person: nobody can tell that the three are three"),
                then,
            )
        }
        Err(error) => Check::new(NAME, Finding::Bad, error.to_string(), "mend what it says"),
    }
}

/// Attachments whose bytes are gone, and bytes that belong to nobody.
async fn owners(vault: &dyn Vault, store: &Store) -> Check {
    const NAME: &str = "attachments' owners";
    let standing = match keeping::standing(store, vault).await {
        Ok(standing) => standing,
        Err(error) => return Check::new(NAME, Finding::Bad, error.to_string(), "mend what it says"),
    };
    if let Some(first) = standing.missing.first() {
        let says =
            format!("the bytes of {} of {} are not there, the first: {first}", standing.missing.len(), standing.live);
        return Check::new(NAME, Finding::Bad, says, "fetch them from the last backup: its folder files/");
    }
    if !standing.orphans.is_empty() {
        let says = format!("{} files ({} bytes) belong to no record", standing.orphans.len(), standing.orphan_bytes);
        return Check::new(NAME, Finding::Warn, says, "nothing: the server sweeps them once they are a day old");
    }
    Check::ok(NAME, format!("{} files, each with its record", standing.live))
}

/// A clock that is wrong dates every deadline wrongly, and events written by a wrong one stay in the history.
fn clock(about: &About, health: &Health) -> Check {
    const APART: i64 = 60_000;
    let now = machine_now();
    let then = "set the machine's clock and let it follow a time server (timedatectl set-ntp true)";
    let apart = (now - health.clock).abs();
    if apart > APART {
        let says = format!("{} s apart from the database's", apart / 1000);
        return Check::new("clock", Finding::Bad, says, then);
    }
    match health.last_at.filter(|_| !about.sample) {
        Some(last) if last > now + APART => {
            let says = format!("{}, but the last event was written at {}", moment_text(now), moment_text(last));
            Check::new("clock", Finding::Bad, says, then)
        }
        Some(last) if days(last, now) > 400 => {
            let says = format!("{}, and the last event was {} days ago", moment_text(now), days(last, now));
            Check::new("clock", Finding::Warn, says, then)
        }
        _ => Check::ok("clock", moment_text(now)),
    }
}

fn head(health: &Health) -> Check {
    if health.head_agrees {
        return Check::ok("head", format!("event {}", health.seq));
    }
    let says = format!("the note of the history's end (event {}) is not its last event", health.seq);
    Check::new("head", Finding::Bad, says, "run `anxiao verify`: somebody was at the database")
}

/// What the last checkpoint covers, and how old it is.
fn checkpoint(config: &Config, about: &About, health: &Health) -> Check {
    const NAME: &str = "checkpoint";
    let Ok(key) = store::keys::read_public(&county::keys_path(config)) else {
        return Check::new(NAME, Finding::Unknown, "sign.pub is not here", "put the copy of the key folder back");
    };
    let log = std::fs::read_to_string(county::checkpoints_path(config)).unwrap_or_default();
    let (good, bad) = read_checkpoints(&log, &key);
    if let Some(fault) = bad.first() {
        return Check::new(
            NAME,
            Finding::Bad,
            fault.to_string(),
            "put the copy of checkpoints.log back, and run `anxiao verify`",
        );
    }
    match good.iter().max_by_key(|checkpoint| checkpoint.seq) {
        None if health.seq == 0 => Check::ok(NAME, "nothing to sign yet"),
        None => Check::new(NAME, Finding::Bad, "no event is signed", "put the copy of checkpoints.log back"),
        Some(last) => signed(about, last, health),
    }
}

fn signed(about: &About, last: &Checkpoint, health: &Health) -> Check {
    const NAME: &str = "checkpoint";
    let open = health.seq - last.seq;
    if open < 0 {
        let says = format!("event {} is signed, but the history ends at {}", last.seq, health.seq);
        return Check::new(
            NAME,
            Finding::Bad,
            says,
            "run `anxiao verify`: the end was cut off, or an old copy put back",
        );
    }
    let says = format!("event {} of {}, signed {}", last.seq, health.seq, moment_text(last.at));
    if open > 0 && !about.sample && days(last.at, machine_now()) >= 1 {
        return Check::new(NAME, Finding::Warn, says, "start the server: it signs once a minute");
    }
    Check::ok(NAME, says)
}

fn unread() -> Check {
    Check::new("history", Finding::Unknown, "not read through", "`anxiao doctor --full` does, or `anxiao verify`")
}

async fn history(config: &Config, store: &Store) -> Check {
    const NAME: &str = "history";
    let Ok(key) = store::keys::read_public(&county::keys_path(config)) else {
        return Check::new(NAME, Finding::Unknown, "sign.pub is not here", "put the copy of the key folder back");
    };
    let log = std::fs::read_to_string(county::checkpoints_path(config)).unwrap_or_default();
    match store.verify(&log, &key, &mut |_| {}).await {
        Ok(report) if report.flaws.is_empty() => {
            Check::ok(NAME, format!("whole: {} events, {} rows", report.events, report.rows))
        }
        Ok(report) => {
            let says = format!("{} things are wrong", report.flaws.len());
            Check::new(NAME, Finding::Bad, says, "run `anxiao verify`: it names them")
        }
        Err(error) => Check::new(NAME, Finding::Bad, error.to_string(), "run `anxiao verify`"),
    }
}

/// Attachments are called by the SHA-256 of their bytes.
async fn attachments(vault: &dyn Vault, full: bool) -> Check {
    const NAME: &str = "attachments";
    let folder = vault.path();
    if folder.is_some_and(|folder| !folder.exists()) {
        return Check::ok(NAME, "none");
    }
    let mut counted = (0_u64, Vec::new());
    let looked = match folder {
        Some(folder) => walk(folder, full, &mut counted),
        None => fetch(vault, full, &mut counted).await,
    };
    if let Err(error) = looked {
        let (says, then) = match folder {
            Some(folder) => (format!("{}: {error}", shown(folder)), "mend the folder's rights or the disk"),
            // It names itself.
            None => (error.to_string(), "look at its address and keys (AWS_ENDPOINT and so on) and at the network"),
        };
        return Check::new(NAME, Finding::Bad, says, then);
    }
    let (count, wrong) = counted;
    match wrong.first() {
        None if full => Check::ok(NAME, format!("{count}, each what its name says")),
        None => Check::new(NAME, Finding::Unknown, format!("{count}, not read through"), "`anxiao doctor --full` does"),
        Some(first) => {
            let says = format!("{} of {count} are not what their names say, the first: {first}", wrong.len());
            Check::new(NAME, Finding::Bad, says, "fetch these files from the last backup; look at the disk")
        }
    }
}

fn walk(folder: &Path, full: bool, found: &mut (u64, Vec<String>)) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), full, found)?;
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            continue;
        }
        found.0 += 1;
        if full {
            let mut sha = Sha256::new();
            std::io::copy(&mut std::fs::File::open(entry.path())?, &mut Digesting(&mut sha))?;
            if name != hex::encode(sha.finalize()) {
                found.1.push(name);
            }
        }
    }
    Ok(())
}

async fn fetch(vault: &dyn Vault, full: bool, found: &mut (u64, Vec<String>)) -> std::io::Result<()> {
    for entry in vault.entries().await?.into_iter().filter(|entry| is_name(&entry.name) && entry.name.len() == 64) {
        found.0 += 1;
        if full && vault.get(&entry.name).await?.is_some_and(|bytes| entry.name != hex::encode(Sha256::digest(&bytes)))
        {
            found.1.push(entry.name);
        }
    }
    Ok(())
}

struct Digesting<'a>(&'a mut Sha256);

impl std::io::Write for Digesting<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
