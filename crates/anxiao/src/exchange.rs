//! Files in and out, and reports, from the command line.

use crate::options::{Config, Exchange, Import, Report};

pub async fn import(_: &Config, import: &Import) -> anyhow::Result<()> {
    anyhow::bail!("{}", import.kind)
}

pub async fn export(_: &Config, export: &Exchange) -> anyhow::Result<()> {
    anyhow::bail!("{}", export.kind)
}

pub async fn template(_: &Config, export: &Exchange) -> anyhow::Result<()> {
    anyhow::bail!("{}", export.kind)
}

pub async fn report(_: &Config, report: &Report) -> anyhow::Result<()> {
    anyhow::bail!("{}", report.year)
}

pub async fn openapi(config: &Config) -> anyhow::Result<()> {
    let app = crate::county::open(config).await?;
    println!("{}", serde_json::to_string_pretty(&engine::openapi::document(&app))?);
    Ok(())
}
