//! What a machine may watch of a served county: `/metrics`, in the text of Prometheus.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use engine::App;
use engine::messages::MESSAGE;
use kit::{Query, Scope};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use store::StoreError;

use crate::keep::save;
use crate::options::Config;

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

pub fn begin() -> anyhow::Result<()> {
    let handle = PrometheusBuilder::new().install_recorder().context("metrics")?;
    METRICS.set(handle).ok();
    Ok(())
}

/// The text of `/metrics`.
pub fn text() -> String {
    METRICS.get().map(PrometheusHandle::render).unwrap_or_default()
}

/// Something that the program does by itself did not come off; its reason stands in the log.
pub fn failed(task: &'static str) {
    metrics::counter!("anxiao_failures_total", "task" => task).increment(1);
}

/// Looks at the county once a minute.
pub async fn run(app: Arc<App>, config: Config) {
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    loop {
        minute.tick().await;
        // How long each request took is kept one by one until it is summed up, and on most machines nobody ever asks.
        if let Some(handle) = METRICS.get() {
            handle.run_upkeep();
        }
        if let Err(error) = measure(&app, &config).await {
            tracing::error!(%error, "the county was not measured");
            failed("measures");
        }
    }
}

async fn measure(app: &App, config: &Config) -> Result<(), StoreError> {
    for state in ["queued", "dead"] {
        let count = app.store.count(&MESSAGE, &Query::new().among("state", &[state]), &Scope::county()).await?;
        metrics::gauge!("anxiao_messages", "state" => state).set(number(count));
    }
    metrics::gauge!("anxiao_history_events").set(number(app.store.health().await?.seq));
    if let Some(last) = save::last(config) {
        metrics::gauge!("anxiao_backup_timestamp_seconds").set(number(last.at / 1000));
    }
    Ok(())
}

/// A count, or a second since 1970, as a measure.
fn number(value: i64) -> f64 {
    f64::from(u32::try_from(value).unwrap_or(u32::MAX))
}
