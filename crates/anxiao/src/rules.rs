//! The folder of the rules: what a county edits without a build, read as a whole or not at all.

use std::path::Path;

use anyhow::{Context, bail};
use areas::house;
use engine::App;
use kit::Rules;

use crate::options::{Config, RulesCommand};

/// The rules that this county lives by: of its own folder, or as they ship.
pub fn read(config: &Config) -> anyhow::Result<Rules> {
    match &config.rules {
        Some(dir) => folder(dir),
        None => house::rules().map_err(anyhow::Error::msg),
    }
}

/// Reads a folder. It must hold everything that ships: a file that is missing would silently take its norms away.
fn folder(dir: &Path) -> anyhow::Result<Rules> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry.with_context(|| dir.display().to_string())?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((path.display().to_string(), text));
        }
    }
    files.sort();
    let named = |name: &str| files.iter().find(|(path, _)| Path::new(path).file_name().is_some_and(|own| own == name));
    let shipped = house::NORMS.iter().chain(house::OTHERS).map(|(name, _)| name.trim_start_matches("rules/"));
    if let Some(name) = shipped.into_iter().find(|name| named(name).is_none()) {
        bail!("{}: there is no {name}; `anxiao rules write` writes all files of the program", dir.display());
    }
    // Whatever is not one of the others holds norms: a county may add a file of its own.
    let other =
        |path: &str| house::OTHERS.iter().any(|(name, _)| Path::new(path).file_name() == Path::new(name).file_name());
    let (others, norms): (Vec<_>, Vec<_>) =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).partition(|(path, _)| other(path));
    house::rules_of(&others, &norms).map_err(anyhow::Error::msg)
}

pub fn command(command: &RulesCommand) -> anyhow::Result<()> {
    match command {
        RulesCommand::Check { dir } => {
            let rules = folder(dir)?;
            println!("{}: {} norms, in order", dir.display(), rules.norms.iter().count());
            Ok(())
        }
        RulesCommand::Write { dir } => write(dir),
    }
}

/// Never over what is there: somebody has edited it.
fn write(dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    for (name, text) in house::NORMS.iter().chain(house::OTHERS) {
        let path = dir.join(name.trim_start_matches("rules/"));
        if path.exists() {
            bail!("{} is there already: nothing was written over it", path.display());
        }
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    println!("{}: {} files", dir.display(), house::NORMS.len() + house::OTHERS.len());
    Ok(())
}

/// Reads the folder again with every SIGHUP. One with a fault is refused, with its place in the log, and the rules that were there stay.
pub async fn reread(app: std::sync::Arc<App>, config: Config) {
    let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()) else {
        tracing::error!("SIGHUP cannot be heard: rules are read at the start only");
        return;
    };
    while signal.recv().await.is_some() {
        match read(&config) {
            Ok(rules) => match app.take_rules(rules).await {
                Ok(()) => tracing::info!("the rules were read again"),
                Err(error) => tracing::error!(%error, "the rules were not read again"),
            },
            Err(error) => tracing::error!(error = format!("{error:#}"), "the rules have a fault; the old ones stay"),
        }
    }
}
