//! `make bench`: the hot paths beside the raw database doing the same work, in one run, on both databases.
//!
//! A time alone says more about the machine than about the program; the ratio to the same statements on one bare connection
//! with the same settings says what the house costs. What "raw" is stands in [`raw`], beside what is measured.
//!
//! Each step runs in a process of its own, so that the peak memory of an import is the import's and nobody else's.

mod burst;
mod county;
mod duties;
mod figures;
mod line;
mod lists;
mod messages;
mod mixtures;
mod prepare;
mod raw;
mod report;
mod rollcall;
mod roster;
mod search;
mod sheets;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Parser, ValueEnum};
use county::Database;
use engine::clock;

/// Measures the hot paths beside the raw database.
#[derive(Parser, Debug)]
struct Options {
    /// One township and 5,000 hazards instead of the whole county and 500,000
    #[arg(long)]
    township: bool,
    /// Requests of each measurement of a list
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    requests: u32,
    /// Measures only this
    #[arg(long)]
    only: Option<Part>,
    /// Where the numbers go
    #[arg(long, default_value = "target/bench.json", value_name = "FILE")]
    out: PathBuf,
    #[arg(long, hide = true)]
    step: Option<Step>,
    #[arg(long, hide = true, default_value = ".")]
    folder: PathBuf,
}

/// What can be measured for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Roster,
    Lists,
    Search,
    Figures,
    Duties,
    Rollcall,
    Messages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Writes the roster and the county that both sides begin with.
    Prepare,
    Sqlite,
    Postgres,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let Some(step) = options.step else { return all(&options) };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match step {
        Step::Prepare => {
            // These need a county and few of its hazards.
            let few = matches!(options.only, Some(Part::Rollcall | Part::Roster | Part::Messages));
            let few = options.township || few;
            runtime.block_on(prepare::prepare(&options.folder, options.township, few))
        }
        Step::Sqlite => runtime.block_on(measure(&options, Database::Sqlite)),
        Step::Postgres => runtime.block_on(measure(&options, Database::Postgres)),
    }
}

/// Every step, one after the other, and what came of them.
fn all(options: &Options) -> anyhow::Result<()> {
    let started = clock::started();
    let beside = options.out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(beside)?;
    // On the disk that the product would use, not in a folder that may lie in memory.
    let folder = tempfile::TempDir::new_in(beside)?;
    run(options, Step::Prepare, folder.path())?;
    let mut legs = Vec::new();
    for database in Database::present() {
        let step = if database == Database::Sqlite { Step::Sqlite } else { Step::Postgres };
        run(options, step, folder.path())?;
        legs.push(report::Leg::read(&leg_file(folder.path(), database))?);
    }
    let whole = report::Whole::new(options.township, legs, started.elapsed());
    std::fs::write(&options.out, serde_json::to_vec_pretty(&whole)?)?;
    print!("{}", whole.table());
    println!("Written to {}.", options.out.display());
    Ok(())
}

fn run(options: &Options, step: Step, folder: &Path) -> anyhow::Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    let name = step.to_possible_value().context("a step without a name")?;
    command.arg("--step").arg(name.get_name()).arg("--folder").arg(folder);
    command.arg("--requests").arg(options.requests.to_string());
    if options.township {
        command.arg("--township");
    }
    if let Some(part) = options.only.as_ref().and_then(ValueEnum::to_possible_value) {
        command.arg("--only").arg(part.get_name());
    }
    let status = command.status()?;
    if !status.success() {
        bail!("the step {} failed", name.get_name());
    }
    Ok(())
}

fn leg_file(folder: &Path, database: Database) -> PathBuf {
    folder.join(format!("{}.json", database.name()))
}

/// Everything that is measured on one database.
async fn measure(options: &Options, database: Database) -> anyhow::Result<()> {
    let county = county::open(&options.folder, database).await?;
    let mut leg = report::Leg::new(database.name(), raw::Raw::open(&county.raw).await?.version().await?);
    let wanted = |part| options.only.is_none_or(|only| only == part);
    if wanted(Part::Roster) {
        eprintln!("{}: roster …", database.name());
        roster::measure(&county, &options.folder, &mut leg).await?;
    }
    if wanted(Part::Lists) {
        eprintln!("{}: lists …", database.name());
        lists::measure(&county, options.requests, &mut leg).await?;
    }
    if wanted(Part::Search) {
        eprintln!("{}: search …", database.name());
        search::measure(&county, options.requests, &mut leg).await?;
    }
    if wanted(Part::Figures) {
        eprintln!("{}: figures …", database.name());
        figures::measure(&county, &mut leg).await?;
    }
    if wanted(Part::Duties) {
        eprintln!("{}: duties …", database.name());
        duties::measure(&county, options.requests, &mut leg).await?;
    }
    if wanted(Part::Rollcall) {
        eprintln!("{}: roll-call …", database.name());
        rollcall::measure(&county, &options.folder, database, &mut leg).await?;
    }
    if wanted(Part::Messages) {
        eprintln!("{}: messages …", database.name());
        messages::measure(&options.folder, database, &mut leg).await?;
    }
    std::fs::write(leg_file(&options.folder, database), serde_json::to_vec(&leg)?)?;
    Ok(())
}
