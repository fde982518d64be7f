//! `anxiao retain`: applies the terms of `rules/retention.toml`.

use anyhow::bail;
use areas::retention::run::{self, Due};
use clap::Args;
use engine::App;
use kit::Lang;

use super::{bar, moment_text, told};
use crate::county;
use crate::options::Config;

#[derive(Args, Debug)]
pub struct Retain {
    /// Say what is past its term; delete nothing
    #[arg(long)]
    pub dry_run: bool,
    /// The machine's clock is right although it stands far from the last event
    #[arg(long)]
    pub clock_is_right: bool,
}

pub async fn retain(config: &Config, retain: &Retain) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    if !retain.dry_run && !retain.clock_is_right {
        doubt(&app).await?;
    }
    let cx = county::cx(&app, None, Lang::En).await?;
    let all = run::look(&cx).await?;
    for due in &all {
        print(due, retain.dry_run);
    }
    if retain.dry_run {
        println!("nothing was deleted");
        return Ok(());
    }
    let bar = bar("deleting");
    let mut told = told(&bar);
    let deleted = run::carry_out(&cx, &mut |count| told("deleting", count)).await?;
    bar.finish_and_clear();
    county::close(&app).await?;
    println!(
        "{} lines were deleted; the list of disposals says which",
        deleted.iter().map(|due| due.count).sum::<u64>()
    );
    Ok(())
}

/// By a clock that is a year ahead what was kept for a year is past its term; deleted, it is gone when the clock is right again.
async fn doubt(app: &App) -> anyhow::Result<()> {
    const MINUTE: i64 = 60_000;
    const YEAR: i64 = 366 * 24 * 60 * MINUTE;
    let (now, last) = (app.clock.now(), app.store.health().await?.last_at);
    match last.filter(|last| !app.clock.is_own() && (*last > now + MINUTE || now - *last > YEAR)) {
        None => Ok(()),
        Some(last) => bail!(
            "the machine's clock says {}, but the last event was written at {}: set the clock, or say --clock-is-right; nothing was deleted",
            moment_text(now),
            moment_text(last)
        ),
    }
}

fn print(due: &Due, dry: bool) {
    let does = match (due.is_deleted(), dry) {
        (true, true) => "would be deleted",
        (true, false) => "are deleted",
        (false, _) => "for a decision with the archive",
    };
    let kind = due.term.kind;
    let Some(cutoff) = due.cutoff else {
        println!("{kind:<16} {:<10} {}", due.length, due.basis);
        return;
    };
    let oldest = due.oldest.map(|day| format!(", the oldest of {day}")).unwrap_or_default();
    let what = if due.count == 0 { "nothing".to_owned() } else { format!("{} {does}{oldest}", due.count) };
    println!("{kind:<16} {:<10} ended before {cutoff}: {what}\n{:<28}{}", due.length, "", due.basis);
}
