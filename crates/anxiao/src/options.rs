//! The command line, the configuration file and the environment, joined.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

use crate::spoken::say;

/// 安校: a county's Safe Campus work.
#[derive(Parser, Debug)]
#[command(version, about, long_about = None)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands. Each can also stand in the configuration file, or in the environment as `ANXIAO_…`.
#[derive(Args, Debug, Default, Serialize)]
pub struct Common {
    /// Folder of the county: database, keys, settings
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Configuration file (default: anxiao.toml in the data folder; without one, /etc/anxiao/anxiao.toml)
    #[arg(long, global = true, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// A PostgreSQL server instead of the file in the data folder
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// Six-digit code of the county; on PostgreSQL it names the schema
    #[arg(long, global = true, value_name = "CODE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// Folder of the keys (default: keys in the data folder)
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<PathBuf>,
    /// Address to serve on
    #[arg(long, global = true, value_name = "ADDR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// TLS certificate chain (PEM)
    #[arg(long, global = true, value_name = "FILE", requires = "tls_key")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_cert: Option<PathBuf>,
    /// TLS private key (PEM)
    #[arg(long, global = true, value_name = "FILE", requires = "tls_cert")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_key: Option<PathBuf>,
    /// A proxy in front speaks TLS; without it or a certificate only loopback addresses are served
    #[arg(long, global = true)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub trusted_proxy: bool,
    /// How the site is reached from outside (`https://anquan.example.gov.cn`): for printed codes and links in messages (default: as whoever prints reached it)
    #[arg(long, global = true, value_name = "URL")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// An S3-compatible bucket for attachments; address and keys as AWS_… in the environment (only with the feature `s3`)
    #[arg(long, global = true, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_bucket: Option<String>,
    /// Largest file that may be attached, in megabytes (default 20)
    #[arg(long, global = true, value_name = "MB")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_mb: Option<usize>,
    /// Most files of one record (default 60)
    #[arg(long, global = true, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files_per_record: Option<usize>,
    /// Folder of the rules (norms, calendar, session times), if not those that ship with the program; a SIGHUP reads it again
    #[arg(long, global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<PathBuf>,
    /// The day in a sample county (default 2021-12-20)
    #[arg(long, global = true, value_name = "DATE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub today: Option<chrono::NaiveDate>,
}

/// The joined settings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Config {
    pub data: PathBuf,
    pub database_url: Option<String>,
    #[serde(default, deserialize_with = "code")]
    pub county: Option<String>,
    pub keys: Option<PathBuf>,
    pub listen: SocketAddr,
    pub tls_cert: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
    pub trusted_proxy: bool,
    pub public_url: Option<String>,
    pub files_bucket: Option<String>,
    pub file_mb: usize,
    pub files_per_record: usize,
    pub rules: Option<PathBuf>,
    pub today: Option<chrono::NaiveDate>,
    /// Gateways for messages: `[messages.…]`.
    #[serde(default)]
    pub messages: engine::messages::Settings,
    /// `warn,anxiao=info` in the language of `tracing`.
    pub log: String,
    /// Log lines as JSON, one to a line.
    pub log_json: bool,
}

/// An address that a telephone can open: with its scheme and a host, without anything behind.
pub fn site(text: &str) -> anyhow::Result<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.trim_end_matches('/')).unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    if host.is_empty() || !host.chars().all(fits) {
        anyhow::bail!("public_url {text:?}: write it as https://anquan.example.gov.cn");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// A code of digits comes out of the environment and out of a file as a number, unless somebody quoted it.
fn code<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Code {
        Text(String),
        Number(u64),
    }
    Ok(Option::<Code>::deserialize(value)?.map(|code| match code {
        Code::Text(text) => text,
        Code::Number(number) => number.to_string(),
    }))
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Serve the county in the data folder
    Serve,
    /// Create the sample county if there is none, and serve it on loopback
    Demo(Demo),
    /// Create an empty county and its first administrator
    Init(Init),
    /// Read records from an .xlsx, .xls or .csv file: all of it, or nothing and every fault
    Import(Import),
    /// Write all records of a kind into an .xlsx or .csv file
    Export(Exchange),
    /// Write the empty workbook for an import: headings, hints, allowed values
    Template(Exchange),
    /// Compose a report from figures
    Report(Report),
    /// Prove that nothing was changed, removed or cut off behind the history's back
    Verify,
    /// Bring the database up to this version; a copy from before is kept
    Migrate {
        /// Run by the version you had before an upgrade: put back the copy from before it
        #[arg(long)]
        back: bool,
    },
    /// Save the county in one file, while it is served
    Backup(crate::keep::save::Backup),
    /// Put a county back from a backup, into an empty place
    Restore(crate::keep::restore::Restore),
    /// Delete logs whose term is over, and list the records whose term is
    Retain(crate::keep::retain::Retain),
    /// Look whether everything is in order, and say what to do where it is not
    Doctor(crate::keep::doctor::Doctor),
    /// Print the description of the interface (OpenAPI 3.1)
    Openapi,
    /// Rules: norms, calendar, session times
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Accounts
    #[command(subcommand)]
    User(UserCommand),
    /// Make a new county key and wrap every person's key under it
    RotateKeys,
    /// Begin a school year: a row for every class that goes on, an end for every class beyond its last grade
    RollOver(RollOver),
    /// Erase a pupil's personal data for good, guardians included (the record and its history stay, unreadable)
    Erase(Erase),
    /// Print a new bearer token for an account; or list its tokens, or end one
    Token {
        account: String,
        /// List the tokens that work, without their secrets
        #[arg(long, conflicts_with = "end")]
        list: bool,
        /// End the token with this id
        #[arg(long, value_name = "ID")]
        end: Option<uuid::Uuid>,
    },
}

#[derive(Subcommand, Debug)]
pub enum UserCommand {
    /// List the accounts
    List,
    /// Give an account a new one-time password and print it
    Password { account: String },
    /// Open a disabled account again: the way back when no administrator is left who could
    Enable { account: String },
    /// Close an account, where no administrator has been let in yet who could
    Disable { account: String },
    /// Say who holds an administrator's account that has no person yet, by the number of a member of staff (工号)
    Person { account: String, number: String },
}

#[derive(Subcommand, Debug)]
pub enum RulesCommand {
    /// Read a folder as `serve --rules` would, and name file and line of the first fault
    Check { dir: PathBuf },
    /// Write the rules that ship with the program into a folder, to begin from
    Write { dir: PathBuf },
}

#[derive(Args, Debug)]
pub struct Demo {
    /// Write the sample accounts' passwords to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// A single township instead of the whole county
    #[arg(long)]
    pub township: bool,
    /// Another sample county: the same number makes the same one
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Create only; do not serve
    #[arg(long, conflicts_with = "live")]
    pub create_only: bool,
    /// Play a school day: rolls are called, rounds walked, children looked for and found
    #[arg(long)]
    pub live: bool,
    /// How many times as fast as the real clock the played day goes by
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=600), requires = "live")]
    pub speed: u32,
}

#[derive(Args, Debug)]
pub struct Init {
    /// Name of the county, 道县
    #[arg(long)]
    pub name: String,
    /// Login of the first system administrator
    #[arg(long, default_value = "admin")]
    pub admin: String,
}

#[derive(Args, Debug)]
pub struct Import {
    /// What the rows are: pupils, schools, staff, hazards, …
    pub kind: String,
    pub file: PathBuf,
    /// Check everything, change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write the faulty rows with the reasons into this workbook
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
    /// The workbook that --errors wrote of this file, corrected: its rows take the places of the faulty ones (may be given again, for
    /// what was still wrong)
    #[arg(long, value_name = "FILE")]
    pub corrected: Vec<PathBuf>,
    /// Import as this account (its scope and rights hold)
    #[arg(long = "as", value_name = "ACCOUNT")]
    pub account: Option<String>,
}

#[derive(Args, Debug)]
pub struct Exchange {
    /// What the rows are: pupils, schools, staff, hazards, …
    pub kind: String,
    pub file: PathBuf,
    #[arg(long = "as", value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// zh, tw or en
    #[arg(long, default_value = "zh")]
    pub lang: kit::Lang,
}

#[derive(Args, Debug)]
pub struct RollOver {
    /// The year in which the school year begins: 2022 for that of 1 September 2022
    #[arg(long)]
    pub year: i32,
    /// Roll over as this account: its classes only, and it must be allowed to change them
    #[arg(long = "as", value_name = "ACCOUNT")]
    pub account: Option<String>,
}

#[derive(Args, Debug)]
pub struct Erase {
    /// Id of the pupil
    pub pupil: uuid::Uuid,
    /// Erase as this account; it must be allowed to edit the pupil
    #[arg(long = "as", value_name = "ACCOUNT")]
    pub account: Option<String>,
}

#[derive(Args, Debug)]
pub struct Report {
    #[arg(value_enum)]
    pub kind: ReportKind,
    #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2999))]
    pub year: i32,
    /// Counts what was known at the end of this day; today unless it is given, so that what was confirmed or closed after the year's end is counted. What was
    /// open when the year ended is counted as of its last day in any case
    #[arg(long, value_name = "DATE")]
    pub cutoff: Option<chrono::NaiveDate>,
    #[arg(long, value_enum, default_value = "md")]
    pub format: ReportFormat,
    /// Write into this file instead of the terminal
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[arg(long, default_value = "zh")]
    pub lang: kit::Lang,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportKind {
    Year,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ReportFormat {
    Md,
    Html,
}

/// Where the settings are if nobody says: in the data folder; on a machine with the package, where that put them.
fn settings(cli: &Cli, data: &Path) -> PathBuf {
    const MACHINE: &str = "/etc/anxiao/anxiao.toml";
    let named = cli.common.data.is_some() || std::env::var_os("ANXIAO_DATA").is_some();
    let own = data.join("anxiao.toml");
    if named || own.exists() || data.join("county.toml").exists() { own } else { PathBuf::from(MACHINE) }
}

/// Defaults, then the file, then the environment, then the command line: the later wins.
pub fn configure(cli: &Cli) -> anyhow::Result<Config> {
    let defaults = Config {
        data: PathBuf::from("data"),
        database_url: None,
        county: None,
        keys: None,
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        tls_cert: None,
        tls_key: None,
        trusted_proxy: false,
        public_url: None,
        files_bucket: None,
        file_mb: 20,
        files_per_record: 60,
        rules: None,
        today: None,
        messages: engine::messages::Settings::default(),
        log: "warn,anxiao=info,engine=info,store=info".to_owned(),
        log_json: false,
    };
    let mut figment = Figment::from(Serialized::defaults(&defaults));
    let early: Config = figment
        .clone()
        .merge(Env::prefixed("ANXIAO_"))
        .merge(Serialized::globals(&cli.common))
        .extract()
        .with_context(the_settings)?;
    let file = cli.common.config.clone().unwrap_or_else(|| settings(cli, &early.data));
    if cli.common.config.is_some() && !file.exists() {
        anyhow::bail!(say("cli.settings.missing", &[("file", &file.display())]));
    }
    refuse_unknown(&file, &defaults)?;
    if file.is_file() {
        // Exactly this one: otherwise a relative one is looked for in every folder above, too.
        figment = figment.merge(Toml::file_exact(file));
    }
    let all = figment.merge(Env::prefixed("ANXIAO_")).merge(Serialized::globals(&cli.common));
    all.extract().with_context(the_settings)
}

fn the_settings() -> String {
    say("cli.settings", &[])
}

/// Somebody relies on every line of the file: with `database-url` in it, a county of the server would quietly begin anew in a file beside.
fn refuse_unknown(file: &Path, defaults: &Config) -> anyhow::Result<()> {
    // What cannot be read at all is named when the settings are joined.
    let Ok(text) = std::fs::read_to_string(file) else { return Ok(()) };
    let Ok(settings) = text.parse::<toml::Table>() else { return Ok(()) };
    let known = serde_json::to_value(defaults)?;
    let Some(unknown) = settings.keys().find(|name| known.get(name.as_str()).is_none()) else { return Ok(()) };
    let meant = unknown.replace('-', "_");
    let says = match known.as_object() {
        Some(known) if !known.contains_key(&meant) => known.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
        _ => meant,
    };
    let name = format!("{unknown:?}");
    anyhow::bail!(say("cli.settings.unknown", &[("file", &file.display()), ("name", &name), ("known", &says)]))
}
