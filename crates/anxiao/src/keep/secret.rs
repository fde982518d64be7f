//! The passphrase of a backup: from a file, the environment or a terminal, never an argument, which everybody on the machine could read.

use std::io::IsTerminal;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use store::backup::Passphrase;

const VARIABLE: &str = "ANXIAO_PASSPHRASE";
const SHORTEST: usize = 12;

#[derive(Args, Debug)]
pub struct Secret {
    /// File with the passphrase on its first line (or set `ANXIAO_PASSPHRASE`; on a terminal it is asked for)
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl Secret {
    /// Whether a passphrase was given without asking.
    pub fn given(&self) -> bool {
        self.passphrase_file.is_some() || std::env::var_os(VARIABLE).is_some()
    }

    /// The passphrase to open a backup with; `None` where nobody can be asked.
    pub fn read(&self) -> anyhow::Result<Option<Passphrase>> {
        if let Some(path) = &self.passphrase_file {
            return from_file(path).map(Some);
        }
        if let Some(text) = std::env::var_os(VARIABLE) {
            let text = text.into_string().map_err(|_| anyhow::anyhow!("{VARIABLE} is not text"))?;
            return Ok(Some(Passphrase::from(text)));
        }
        if std::io::stdin().is_terminal() { ask("passphrase: ").map(Some) } else { Ok(None) }
    }

    /// The passphrase to make a backup with: asked for twice, and not too short to guess.
    pub fn choose(&self) -> anyhow::Result<Passphrase> {
        let asked = !self.given();
        let passphrase = self.read()?.with_context(|| {
            format!(
                "encrypting needs a passphrase: --passphrase-file, the variable {VARIABLE}, or a terminal to ask on"
            )
        })?;
        if passphrase.chars().count() < SHORTEST {
            bail!(
                "the passphrase is too short: at least {SHORTEST} characters, or whoever finds the backup tries them all"
            );
        }
        if asked && *ask("once more:  ")? != *passphrase {
            bail!("the two are not the same");
        }
        Ok(passphrase)
    }
}

fn ask(prompt: &str) -> anyhow::Result<Passphrase> {
    let terminal = console::Term::stderr();
    terminal.write_str(prompt)?;
    Ok(Passphrase::from(terminal.read_secure_line()?))
}

fn from_file(path: &Path) -> anyhow::Result<Passphrase> {
    let said = || path.display().to_string();
    let mode = std::fs::metadata(path).with_context(said)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        bail!("{} is open to others (mode {mode:04o}); run: chmod go= {0}", path.display());
    }
    let text = Passphrase::from(std::fs::read_to_string(path).with_context(said)?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("{} holds no passphrase on its first line", path.display());
    }
    Ok(Passphrase::from(line.to_owned()))
}
