//! `anxiao doctor`: looks at everything that a county stands on, says in a sentence how it is, and what to do where it is not well.

mod county_checks;
mod machine;

use std::path::Path;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use crate::options::Config;

#[derive(Args, Debug)]
pub struct Doctor {
    /// Read the whole history, every row and every attachment, too
    #[arg(long)]
    pub full: bool,
    /// Make totals and search index anew from the rows before looking; the server must be stopped
    #[arg(long)]
    pub mend: bool,
    /// Print the checks as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Finding {
    Ok,
    /// Could not be looked at, for want of the keys, of the records, or of the time for it.
    Unknown,
    Warn,
    Bad,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// Stable: for programs that read the answer.
    pub name: &'static str,
    pub finding: Finding,
    /// How it is.
    pub says: String,
    /// What to do; empty where there is nothing.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub then: String,
}

impl Check {
    fn new(name: &'static str, finding: Finding, says: impl Into<String>, then: impl Into<String>) -> Self {
        Self { name, finding, says: says.into(), then: then.into() }
    }

    fn ok(name: &'static str, says: impl Into<String>) -> Self {
        Self::new(name, Finding::Ok, says, "")
    }
}

pub async fn doctor(config: &Config, doctor: &Doctor) -> anyhow::Result<()> {
    if doctor.mend {
        county_checks::mend(config).await?;
    }
    let mut checks = machine::look(config).await;
    checks.extend(county_checks::look(config, doctor.full).await);
    if doctor.json {
        println!("{}", serde_json::to_string_pretty(&checks)?);
    } else {
        print(&checks);
    }
    let bad = checks.iter().filter(|check| check.finding == Finding::Bad).count();
    if bad > 0 {
        bail!("{bad} of {} checks are bad", checks.len());
    }
    Ok(())
}

fn print(checks: &[Check]) {
    for check in checks {
        let mark = match check.finding {
            Finding::Ok => "ok",
            Finding::Unknown => "?",
            Finding::Warn => "WARN",
            Finding::Bad => "BAD",
        };
        println!("{mark:<5} {:<14} {}", check.name, check.says);
        if !check.then.is_empty() {
            println!("{:<20} → {}", "", check.then);
        }
    }
}

/// Sizes as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{}.{} GiB", bytes / 1_073_741_824, bytes % 1_073_741_824 * 10 / 1_073_741_824),
    }
}

/// What was done last, in days before now; at least 0.
fn days(from: i64, now: i64) -> i64 {
    (now - from).max(0) / 86_400_000
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
