//! Proving the history from the command line, without the server.

use std::collections::BTreeMap;

use anyhow::Context;
use areas::retention::sealing;
use indicatif::{ProgressBar, ProgressStyle};
use store::StoreError;

use crate::county;
use crate::options::Config;
use crate::spoken::say;

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
    let key = store::keys::read_public(&county::keys_path(config)).with_context(|| say("cli.verify.key", &[]))?;
    let log = std::fs::read_to_string(county::checkpoints_path(config)).unwrap_or_default();
    let bar = progress(&say("cli.verify.events", &[]), None);
    let report = store.verify(&log, &key, &mut |count| bar.set_position(count)).await?;
    let readings = sealing::prove(&store).await?;
    let totals = totals(store.wrong_tallies().await);
    bar.finish_and_clear();
    for flaw in report.flaws.iter().take(1000) {
        println!("{}", say("cli.verify.wrong", &[("what", flaw)]));
    }
    for torn in readings.iter().take(1000) {
        println!("{}", say("cli.verify.wrong", &[("what", torn)]));
    }
    for total in &totals {
        println!("{}", say("cli.verify.wrong", &[("what", total)]));
    }
    let counted: [(&str, &dyn std::fmt::Display); 3] =
        [("events", &report.events), ("rows", &report.rows), ("signed", &report.signed)];
    println!("{}", say("cli.verify.counted", &counted));
    if report.sealed > 0 {
        println!("{}", say("cli.verify.sealed", &[("n", &report.sealed)]));
    }
    let wrong = report.flaws.len() + readings.len() + totals.len();
    if wrong > 0 {
        anyhow::bail!(say("cli.verify.bad", &[("n", &wrong)]));
    }
    println!("{}", say("cli.verify.whole", &[]));
    Ok(())
}

/// What reports are printed from: a total that says something else than the rows is found by no event.
fn totals(wrong: Result<BTreeMap<String, u64>, StoreError>) -> Vec<String> {
    let told = |(table, lines): (String, u64)| say("cli.verify.totals", &[("table", &table), ("n", &lines)]);
    match wrong {
        Ok(wrong) => wrong.into_iter().map(told).collect(),
        Err(error) => vec![say("cli.verify.no_totals", &[("error", &error)])],
    }
}
