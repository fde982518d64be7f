//! A county on disk: its folder, its settings, its keys, and opening it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use areas::house;
use areas::retention::sealing;
use engine::clock::{self, Clock};
use engine::files::vault::{Folder, Vault};
use engine::files::{Files, Limits};
use engine::{App, Cx};
use kit::{Actor, Lang};
use serde::{Deserialize, Serialize};
use store::keys::KeyFolder;
use store::{Opening, Store, Target};

use crate::keep;
use crate::options::Config;
use crate::spoken::say;

/// `county.toml`: what a county is, written when it is created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct About {
    pub code: String,
    pub name: String,
    /// Invented: shown with a banner, served on loopback only, with a clock of its own.
    pub sample: bool,
}

pub fn about_path(config: &Config) -> PathBuf {
    config.data.join("county.toml")
}

pub fn keys_path(config: &Config) -> PathBuf {
    config.keys.clone().unwrap_or_else(|| config.data.join("keys"))
}

/// The log of signed checkpoints: beside the keys, outside the database.
pub fn checkpoints_path(config: &Config) -> PathBuf {
    keys_path(config).join("checkpoints.log")
}

pub fn about(config: &Config) -> anyhow::Result<About> {
    let path = about_path(config);
    let text = std::fs::read_to_string(&path).map_err(|error| unread(&config.data, error))?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// Why a county's settings cannot be read. Whoever may not look into a folder does not know that nothing is there, and must not be told to make a
/// county in it.
fn unread(data: &Path, error: std::io::Error) -> anyhow::Error {
    let folder = data.display();
    let says = if error.kind() == ErrorKind::PermissionDenied {
        let owner = owner(data).map_or_else(String::new, |owner| say("cli.county.owner", &[("owner", &owner)]));
        say("cli.county.closed", &[("folder", &folder), ("owner", &owner)])
    } else {
        say("cli.county.none", &[("folder", &folder)])
    };
    anyhow::Error::new(error).context(says)
}

/// Whose a folder is: by name, or by number where the machine knows none.
fn owner(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let number = std::fs::metadata(path).ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == number).then(|| name.to_owned())
    });
    Some(name.unwrap_or_else(|| format!("#{number}")))
}

/// Makes the folder and the keys of a new county, where there is room for one. It is a county with its settings: [`found`] is the last step, so that
/// one whose making broke off is not taken for whole.
pub async fn prepare(config: &Config, about: &About) -> anyhow::Result<()> {
    if about.code.len() != 6 || !about.code.bytes().all(|byte| byte.is_ascii_digit()) {
        bail!(say("cli.county.code", &[("code", &format!("{:?}", about.code))]));
    }
    if let Err(error) = std::fs::metadata(about_path(config))
        && error.kind() == ErrorKind::PermissionDenied
    {
        return Err(unread(&config.data, error));
    }
    vacant(config, &about.code).await?;
    make_private(&config.data)?;
    let keys = keys_path(config);
    if !keys.join("county.key").exists() {
        KeyFolder::create(&keys, &mut |bytes: &mut [u8]| clock::random(bytes))
            .with_context(|| keys.display().to_string())?;
    }
    Ok(())
}

/// Refuses a place that holds records: a second county would get its own keys and administrator in the history of the first, and the pupils of a
/// sample would stand among those of a real one, for good.
async fn vacant(config: &Config, code: &str) -> anyhow::Result<()> {
    let target = target(config, code);
    if !target.taken().await.context("the database")? {
        return Ok(());
    }
    match target {
        Target::Sqlite(path) => bail!(
            "{} is there without a county.toml: put that and the keys back, or, if making a county broke off, remove the file and start again",
            path.display()
        ),
        Target::Postgres { schema, .. } => bail!(
            "the database holds a county {code} already (schema {schema}): serve it with its own county.toml and keys, or, if making one broke off, drop the schema and start again"
        ),
    }
}

/// Writes down that there is a county.
pub fn found(config: &Config, about: &About) -> anyhow::Result<()> {
    let path = about_path(config);
    std::fs::write(&path, toml::to_string(about)?).with_context(|| path.display().to_string())
}

/// Makes a folder that nobody else may look into; one that is there stays as it is.
pub fn make_private(folder: &Path) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true).mode(0o700).create(folder).with_context(|| folder.display().to_string())
}

/// Where the records of a county are.
pub fn target(config: &Config, code: &str) -> Target {
    match &config.database_url {
        Some(url) => Target::Postgres { url: url.clone(), schema: format!("county_{code}") },
        None => Target::Sqlite(config.data.join("anxiao.db")),
    }
}

/// Opens the records of a county; with its keys if they are there.
pub async fn open_store(config: &Config, about: &About) -> anyhow::Result<Store> {
    if let Some(county) = config.county.as_ref().filter(|county| **county != about.code) {
        let folder = config.data.display();
        bail!(say("cli.county.other", &[("folder", &folder), ("own", &about.code), ("county", county)]));
    }
    let target = target(config, &about.code);
    let copy = keep::upgrade::before(config, about, &target).await?;
    // The public key alone, left for whoever only verifies, is not a key folder.
    let folder = keys_path(config);
    let keys =
        if folder.join("county.key").exists() { KeyFolder::open_optional(&folder).context("the keys")? } else { None };
    let opening = Opening {
        target: target.clone(),
        county: about.code.clone(),
        keys,
        checkpoints: checkpoints_path(config),
        nouns: house::nouns(),
        migrations: &house::migrations(),
        random: clock::random,
    };
    let opened = Store::open(opening).await.context("the database");
    if let (Err(_), Some(copy)) = (&opened, copy) {
        keep::upgrade::undone(&target, &copy).await;
    }
    opened
}

/// Where attachments lie: a folder beside the database, or a bucket.
pub fn vault(config: &Config) -> anyhow::Result<Arc<dyn Vault>> {
    #[cfg(feature = "s3")]
    if let Some(bucket) = &config.files_bucket {
        let bucket = engine::files::bucket::Bucket::from_env(bucket).context("the bucket of the attachments")?;
        return Ok(Arc::new(bucket));
    }
    #[cfg(not(feature = "s3"))]
    if config.files_bucket.is_some() {
        bail!("this build keeps attachments in a folder; one for a bucket is made with `--features s3`");
    }
    Ok(Arc::new(Folder::new(keep::files_path(config))))
}

/// The county's clock: the machine's, or in a sample county its own.
pub fn clock(config: &Config, about: &About) -> anyhow::Result<Clock> {
    let day = match (about.sample, config.today) {
        (true, day) => day.unwrap_or(areas::sample::Plan::county().today),
        (false, None) => return Ok(Clock::default()),
        (false, Some(_)) => bail!(say("cli.county.today", &[])),
    };
    Ok(Clock::starting_at(kit::dates::shanghai_start(day) + 8 * 3_600_000))
}

/// Opens everything that a request or a command needs.
pub async fn open(config: &Config) -> anyhow::Result<Arc<App>> {
    open_as(config, &about(config)?).await
}

/// The same for a county whose settings are not written yet.
pub async fn open_as(config: &Config, about: &About) -> anyhow::Result<Arc<App>> {
    open_at(config, about, clock(config, about)?).await
}

/// The same by another clock than the settings say.
pub async fn open_at(config: &Config, about: &About, clock: Clock) -> anyhow::Result<Arc<App>> {
    let store = open_store(config, about).await?;
    let pretend = about.sample.then_some(areas::sample::PRETEND);
    let mut setting = house::setting(store, &about.name, clock, pretend).map_err(anyhow::Error::msg)?;
    setting.rules = crate::rules::read(config).context("the rules")?;
    setting.secure = config.tls_cert.is_some() || config.trusted_proxy;
    setting.public_url = config.public_url.as_deref().map(crate::options::site).transpose()?;
    setting.metrics = Some(crate::watch::text);
    let limits = Limits { file: config.file_mb * 1024 * 1024, record: config.files_per_record };
    setting.files = Some(Files::over(vault(config)?, limits));
    setting.outside = house::outside(config.messages.clone()).map_err(anyhow::Error::msg)?;
    Ok(App::new(setting).await?)
}

/// A command's own actor: the account named, or the program itself with the bureau's rights.
pub async fn actor(app: &Arc<App>, login: Option<&str>) -> anyhow::Result<Actor> {
    let Some(login) = login else { return Ok(Actor::program()) };
    let account = app.account_id(login).await?.with_context(|| format!("no account is called {login}"))?;
    app.actor(account).await?.with_context(|| format!("the account {login} is disabled"))
}

/// The context of a command.
pub async fn cx(app: &Arc<App>, login: Option<&str>, lang: Lang) -> anyhow::Result<Cx> {
    let now = app.clock.now();
    Ok(Cx { app: Arc::clone(app), actor: actor(app, login).await?, lang, now, request: app.store.new_id(now) })
}

/// Signs the end of what a command did, with the end of the log of readings in it. Should the server seal that at the same moment, it is done all the same.
pub async fn close(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    if let Err(error) = sealing::seal(&app.store, now, 0).await {
        tracing::error!(%error, "the log of readings was not sealed");
    }
    Ok(app.store.checkpoint(now).await?)
}

pub async fn migrate(config: &Config, back: bool) -> anyhow::Result<()> {
    if back {
        return keep::upgrade::back(config).await;
    }
    let about = about(config)?;
    open_store(config, &about).await?;
    println!("{} {}: up to date", about.code, about.name);
    Ok(())
}

/// Whether a folder holds a county already.
pub fn exists(data: &Path) -> bool {
    data.join("county.toml").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_read_a_folder_is_not_told_to_make_a_county_in_it() {
        let data = std::env::temp_dir();
        for (kind, says, not) in [
            (ErrorKind::NotFound, "anxiao init", "cannot be read"),
            (ErrorKind::PermissionDenied, "cannot be read", "anxiao init"),
        ] {
            let told = format!("{:#}", unread(&data, kind.into()));
            assert!(told.contains(says) && !told.contains(not), "{told}");
            assert!(told.contains(&data.display().to_string()), "{told}");
        }
        let told = unread(&data, ErrorKind::PermissionDenied.into()).to_string();
        assert!(told.contains("it belongs to "), "{told}");
    }
}
