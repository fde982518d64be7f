//! Proving the history from the command line, without the server.

use std::collections::BTreeMap;

use anyhow::Context;
use areas::retention::sealing;
use indicatif::{ProgressBar, ProgressStyle};
use store::StoreError;

use crate::county;
use crate::options::Config;

/// A counter on the terminal; nothing where nobody looks.
pub fn progress(what: &str, length: Option<u64>) -> ProgressBar {
    let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let form =
        if length.is_some() { "{msg} {wide_bar} {pos}/{len} {elapsed}" } else { "{spinner} {msg} {pos} {elapsed}" };
    bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_message(what.to_owned());
    bar
}

pub async fn verify(config: &Config) -> anyhow::Result<()> {
    let about = county::about(config)?;
    let store = county::open_store(config, &about).await?;
    let key = store::keys::read_public(&county::keys_path(config))
        .context("the public key that proves checkpoints (sign.pub in the key folder)")?;
    let log = std::fs::read_to_string(county::checkpoints_path(config)).unwrap_or_default();
    let bar = progress("events", None);
    let report = store.verify(&log, &key, &mut |count| bar.set_position(count)).await?;
    let readings = sealing::prove(&store).await?;
    let totals = totals(store.wrong_tallies().await);
    bar.finish_and_clear();
    for flaw in report.flaws.iter().take(1000) {
        println!("WRONG  {flaw}");
    }
    for torn in readings.iter().take(1000) {
        println!("WRONG  {torn}");
    }
    for total in &totals {
        println!("WRONG  {total}");
    }
    println!("{} events, {} rows, signed up to event {}", report.events, report.rows, report.signed);
    if report.sealed > 0 {
        println!("{} sealed values were not compared: their keys are away or erased", report.sealed);
    }
    let wrong = report.flaws.len() + readings.len() + totals.len();
    if wrong > 0 {
        anyhow::bail!("{wrong} things are wrong");
    }
    println!(
        "the history is whole, every row is what its events say, the log of readings is as it was written, and the totals are those of the rows"
    );
    Ok(())
}

/// What reports are printed from: a total that says something else than the rows is found by no event.
fn totals(wrong: Result<BTreeMap<String, u64>, StoreError>) -> Vec<String> {
    let told = |(table, lines): (String, u64)| {
        format!(
            "{table}: {lines} lines differ from the rows; where the rows are right, stop the server and run `anxiao doctor --mend`"
        )
    };
    match wrong {
        Ok(wrong) => wrong.into_iter().map(told).collect(),
        Err(error) => vec![format!("the totals cannot be compared with the rows: {error}")],
    }
}
