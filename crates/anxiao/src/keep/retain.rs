//! `anxiao retain`: applies the terms of `rules/retention.toml`.

use areas::retention::run::{self, Due};
use clap::Args;
use kit::Lang;

use super::{bar, told};
use crate::county;
use crate::options::Config;

#[derive(Args, Debug)]
pub struct Retain {
    /// Say what is past its term; delete nothing
    #[arg(long)]
    pub dry_run: bool,
}

pub async fn retain(config: &Config, retain: &Retain) -> anyhow::Result<()> {
    let app = county::open(config).await?;
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
