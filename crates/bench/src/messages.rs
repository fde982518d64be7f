//! A morning's messages, from their cause to a gateway on a socket. The time is what each message notes down of itself; nothing raw stands beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use areas::house;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use engine::clock;
use engine::messages::{MESSAGE, Settings, worker};
use kit::{Cell, Query, Scope, Test};
use tokio::net::TcpListener;

use crate::burst;
use crate::county::{self, Database};
use crate::report::{Leg, Run, Times};

/// Nobody waits longer for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn measure(folder: &std::path::Path, database: Database, leg: &mut Leg) -> anyhow::Result<()> {
    let (url, taken) = gateway().await?;
    let county = county::open_with(folder, database, settings(folder, &url)?).await?;
    let since = county.app.clock.now();
    let worker = tokio::spawn(worker::run(Arc::clone(&county.app), house::PHONES));
    let school = county.cx("school").await?.actor.unit.context("a school's officer without a school")?;
    let told = burst::write(&county.app, school).await?;
    let asked = clock::started();
    while taken.load(Ordering::SeqCst) < told {
        ensure!(asked.elapsed() < PATIENCE, "{} messages came", taken.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The worker notes down what was taken.
    tokio::time::sleep(Duration::from_secs(1)).await;
    worker.abort();
    let query = Query::new().filter("at", Test::Between(Some(Cell::Int(since)), None));
    let rows = county.app.store.all(&MESSAGE, &query, &Scope::county()).await?;
    let waits = rows.iter().filter_map(|row| row.get(&MESSAGE, "wait_ms").int());
    let ours = Times(waits.filter_map(|wait| i32::try_from(wait).ok()).map(f64::from).collect());
    ensure!(!ours.0.is_empty(), "no message says how long it took");
    let name = format!("{} of {told} messages, cause to gateway", ours.0.len());
    leg.push(Run::alone(name, &ours));
    Ok(())
}

/// A gateway on a socket that takes everything, and how much it took.
async fn gateway() -> anyhow::Result<(String, Arc<AtomicUsize>)> {
    let taken = Arc::new(AtomicUsize::new(0));
    let take = async |State(taken): State<Arc<AtomicUsize>>, _: Bytes| {
        taken.fetch_add(1, Ordering::SeqCst);
        r#"{"id":"r"}"#
    };
    let router = Router::new().route("/send", post(take)).with_state(Arc::clone(&taken));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/send", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((url, taken))
}

fn settings(folder: &std::path::Path, url: &str) -> anyhow::Result<Settings> {
    let secret = folder.join("sms.secret");
    std::fs::write(&secret, "a gateway's secret\n")?;
    let secret = secret.display().to_string();
    Ok(toml::from_str(&format!("[sms]\nurl = {url:?}\nsignature = \"道县教育局\"\nsecret_file = {secret:?}\n"))?)
}
