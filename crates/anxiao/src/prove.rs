//! Proving the history from the command line, without the server.

use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};

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
    bar.finish_and_clear();
    for flaw in report.flaws.iter().take(1000) {
        println!("WRONG  {flaw}");
    }
    println!("{} events, {} rows, signed up to event {}", report.events, report.rows, report.signed);
    if report.sealed > 0 {
        println!("{} sealed values were not compared: their keys are away or erased", report.sealed);
    }
    if !report.flaws.is_empty() {
        anyhow::bail!("{} things are wrong", report.flaws.len());
    }
    println!("the history is whole, and every row is what its events say");
    Ok(())
}
