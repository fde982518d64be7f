//! A morning's messages, from their cause to a gateway on a socket: twenty causes that tell fifty people each, while others write what they have
//! done, one durable transaction each. The time is what each message notes down of itself; nothing raw stands beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use areas::duties::record::DEED;
use areas::hazards::record::HAZARD;
use areas::house;
use areas::organisation::record::STAFF;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use engine::clock;
use engine::messages::{MESSAGE, Settings, worker};
use kit::dates::shanghai_date;
use kit::{Author, Cell, Change, Message, Query, Row, Scope, Test};
use tokio::net::TcpListener;

use crate::county::{self, County, Database};
use crate::report::{Leg, Run, Times};

const CAUSES: usize = 20;
const TOLD: u64 = 50;
/// As many deeds are written meanwhile.
const DEEDS: usize = 200;
/// Nobody waits longer for what never comes.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn measure(folder: &std::path::Path, database: Database, leg: &mut Leg) -> anyhow::Result<()> {
    let (url, taken) = gateway().await?;
    let county = county::open_with(folder, database, settings(folder, &url)?).await?;
    let since = county.app.clock.now();
    let worker = tokio::spawn(worker::run(Arc::clone(&county.app), house::PHONES));
    tokio::try_join!(causes(&county), deeds(&county))?;
    let asked = clock::started();
    while taken.load(Ordering::SeqCst) < CAUSES * usize::try_from(TOLD)? {
        ensure!(asked.elapsed() < PATIENCE, "{} messages came", taken.load(Ordering::SeqCst));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The worker notes down what was taken.
    tokio::time::sleep(Duration::from_secs(1)).await;
    worker.abort();
    let query = Query { limit: 500, ..Query::new() }.filter("at", Test::Between(Some(Cell::Int(since)), None));
    let rows = county.app.store.list(&MESSAGE, &query, &Scope::county()).await?.rows;
    let waits = rows.iter().filter_map(|row| row.get(&MESSAGE, "wait_ms").int());
    let ours = Times(waits.filter_map(|wait| i32::try_from(wait).ok()).map(f64::from).collect());
    ensure!(!ours.0.is_empty(), "no message says how long it took");
    let name = format!("{} of {} messages, cause to gateway", ours.0.len(), CAUSES * usize::try_from(TOLD)?);
    leg.push(Run::of(name, &ours, &ours));
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

/// Causes one after another, each of which tells everybody at once.
async fn causes(county: &County) -> anyhow::Result<()> {
    let (store, all) = (&county.app.store, Scope::county());
    let staff = store.list(&STAFF, &Query::new().filter("phone", Test::Present).limit(TOLD), &all).await?.rows;
    for cause in 0..CAUSES {
        let closed = Query::new().among("state", &["closed"]).limit(1);
        let before = store.list(&HAZARD, &closed, &all).await?.rows.pop().context("no hazard was closed")?;
        let after = before.clone().with(&HAZARD, "remark", Cell::Text(format!("{cause} {}", before.version)));
        let tell = |row: &Row| Message::person(row.id, "hazard.sent_back").urgent().because(format!("bench/{cause}"));
        let change = staff.iter().map(tell).fold(Change::update(&HAZARD, "edit", before, after), Change::send);
        store.commit(author(county), vec![change]).await?;
    }
    Ok(())
}

/// What schools do meanwhile.
async fn deeds(county: &County) -> anyhow::Result<()> {
    let school = county.cx("school").await?.actor.unit.context("a school's officer without a school")?;
    for _ in 0..DEEDS {
        let author = author(county);
        let row = Row::blank(&DEED, county.app.store.new_id(author.at))
            .with(&DEED, "fact", Cell::Text("gate.post".into()))
            .with(&DEED, "school", Cell::Id(school))
            .with(&DEED, "day", Cell::Date(shanghai_date(author.at)))
            .with(&DEED, "entered_at", Cell::Int(author.at))
            .with(&DEED, "state", Cell::Text("recorded".into()));
        county.app.store.commit(author, vec![Change::create(&DEED, "create", row)]).await?;
    }
    Ok(())
}

fn author(county: &County) -> Author {
    let at = county.app.clock.now();
    Author { actor: None, at, request: county.app.store.new_id(at) }
}
