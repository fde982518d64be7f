//! What came of a run: a table for people, `bench.json` for programs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds of each measurement.
#[derive(Clone, Debug, Default)]
pub struct Times(pub Vec<f64>);

impl Times {
    /// Adds a measurement; the first one warms up and does not count.
    pub fn add(&mut self, at: usize, millis: f64) {
        if at > 0 {
            self.0.push(millis);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "far fewer measurements than 2^53")]
    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len().max(1) as f64
    }

    /// The time that so many hundredths of the requests did not exceed.
    fn percentile(&self, hundredths: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() * hundredths).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or_default()
    }
}

pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// One line: ours beside the raw database. Milliseconds; of a request where many were made (mean, p50, p99).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Run {
    pub name: String,
    pub database: String,
    pub ours_ms: f64,
    /// With its ratio, unless nothing raw stands beside it.
    pub raw_ms: Option<f64>,
    pub ratio: Option<f64>,
    pub p50: Option<f64>,
    pub p99: Option<f64>,
    pub raw_p50: Option<f64>,
    pub raw_p99: Option<f64>,
    pub samples: usize,
}

impl Run {
    /// Something that was done once.
    pub fn once(name: String, ours_ms: f64, raw_ms: f64) -> Self {
        Self {
            name,
            database: String::new(),
            ours_ms,
            raw_ms: Some(raw_ms),
            ratio: Some(ours_ms / raw_ms),
            p50: None,
            p99: None,
            raw_p50: None,
            raw_p99: None,
            samples: 1,
        }
    }

    /// Something that no statement does by itself: its times alone.
    pub fn alone(name: String, ours: &Times) -> Self {
        Self { raw_ms: None, ratio: None, raw_p50: None, raw_p99: None, ..Self::of(name, ours, ours) }
    }

    pub fn of(name: String, ours: &Times, raw: &Times) -> Self {
        Self {
            p50: Some(ours.percentile(50)),
            p99: Some(ours.percentile(99)),
            raw_p50: Some(raw.percentile(50)),
            raw_p99: Some(raw.percentile(99)),
            samples: ours.0.len(),
            ..Self::once(name, ours.mean(), raw.mean())
        }
    }
}

/// What was measured on one database.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Leg {
    pub database: String,
    pub version: String,
    /// Pupils of the roster.
    pub rows: usize,
    /// Peak memory of the process after the import, KiB; nothing else had run in it.
    pub import_peak_kib: Option<u64>,
    /// Of these, pages of files that are mapped (the database's own; the system may take them back), KiB.
    pub import_mapped_kib: Option<u64>,
    /// By reader: how many hazards each list holds.
    pub totals: BTreeMap<String, Vec<(String, i64)>>,
    pub runs: Vec<Run>,
}

impl Leg {
    pub fn new(database: &str, version: String) -> Self {
        Self { database: database.to_owned(), version, ..Self::default() }
    }

    pub fn push(&mut self, run: Run) {
        self.runs.push(Run { database: self.database.clone(), ..run });
    }

    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}

/// Where it was measured.
#[derive(Clone, Debug, Serialize)]
struct Machine {
    cores: usize,
    processor: String,
    memory_kib: Option<u64>,
    kernel: String,
    /// `release`, or `dev`, whose numbers say nothing.
    profile: &'static str,
    databases: BTreeMap<String, String>,
    note: &'static str,
}

/// The run as a whole, as it is written to `bench.json`.
#[derive(Clone, Debug, Serialize)]
pub struct Whole {
    machine: Machine,
    township: bool,
    seconds: f64,
    pupils: usize,
    import_peak_kib: BTreeMap<String, Option<u64>>,
    import_mapped_kib: BTreeMap<String, Option<u64>>,
    list_totals: BTreeMap<String, BTreeMap<String, Vec<(String, i64)>>>,
    runs: Vec<Run>,
}

/// How durable a commit is.
const NOTE: &str = "Every commit is forced to disk: PostgreSQL runs with its defaults, SQLite with synchronous = full, on both sides alike.";

impl Whole {
    pub fn new(township: bool, legs: Vec<Leg>, took: Duration) -> Self {
        let by_database = |leg: &Leg| leg.database.clone();
        Self {
            machine: machine(&legs),
            township,
            seconds: took.as_secs_f64(),
            pupils: legs.first().map_or(0, |leg| leg.rows),
            import_peak_kib: legs.iter().map(|leg| (by_database(leg), leg.import_peak_kib)).collect(),
            import_mapped_kib: legs.iter().map(|leg| (by_database(leg), leg.import_mapped_kib)).collect(),
            list_totals: legs.iter().map(|leg| (by_database(leg), leg.totals.clone())).collect(),
            runs: legs.into_iter().flat_map(|leg| leg.runs).collect(),
        }
    }

    /// The table for people.
    pub fn table(&self) -> String {
        let machine = &self.machine;
        let databases: Vec<_> = machine.databases.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let mut text = format!(
            "\n{} cores, {}, {}, {} build\n",
            machine.cores,
            machine.processor,
            databases.join(", "),
            machine.profile
        );
        text += &format!("Milliseconds, ours beside the raw database. {NOTE}\n\n");
        text += &format!("{:<10}  {:<44}{:>9}{:>9}{:>7}{:>9}{:>9}\n", "", "", "ours", "raw", "ratio", "p50", "p99");
        for run in &self.runs {
            let part = |value: Option<f64>| value.map_or_else(String::new, plain);
            text += &format!(
                "{:<10}  {:<44}{:>9}{:>9}{:>7}{:>9}{:>9}\n",
                run.database,
                run.name,
                plain(run.ours_ms),
                part(run.raw_ms),
                run.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}")),
                part(run.p50),
                part(run.p99)
            );
        }
        text.push('\n');
        let mib = |kib: Option<u64>| kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{} MiB", kib / 1024));
        for (database, peak) in &self.import_peak_kib {
            let mapped = self.import_mapped_kib.get(database).copied().flatten();
            text += &format!(
                "{database}: peak memory of the import {}, of which mapped files {}\n",
                mib(*peak),
                mib(mapped)
            );
        }
        text + &format!("The whole run took {:.0} s.\n", self.seconds)
    }
}

fn plain(millis: f64) -> String {
    if millis >= 100.0 { format!("{millis:.0}") } else { format!("{millis:.2}") }
}

fn machine(legs: &[Leg]) -> Machine {
    Machine {
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        processor: line_of("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        memory_kib: kib("/proc/meminfo", "MemTotal"),
        kernel: std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
        profile: if cfg!(debug_assertions) { "dev" } else { "release" },
        databases: legs.iter().map(|leg| (leg.database.clone(), leg.version.clone())).collect(),
        note: NOTE,
    }
}

/// Peak resident memory of this process, KiB; `None` where the system does not say.
pub fn memory_peak() -> Option<u64> {
    kib("/proc/self/status", "VmHWM")
}

/// Mapped file pages of this process, KiB.
pub fn memory_mapped() -> Option<u64> {
    kib("/proc/self/status", "RssFile")
}

fn kib(path: &str, name: &str) -> Option<u64> {
    line_of(path, name)?.split_whitespace().next()?.parse().ok()
}

fn line_of(path: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
