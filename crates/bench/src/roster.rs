//! The roster of a whole county: a workbook read, checked and written, beside its rows inserted and nothing else.

use std::path::Path;

use anyhow::{Context, bail};
use areas::organisation::record::{ENROLMENT, PUPIL};
use engine::{clock, io};

use crate::county::County;
use crate::prepare::ROSTER;
use crate::raw::{Raw, Roster, Table};
use crate::report::{Leg, Run, memory_mapped, memory_peak, millis};

pub async fn measure(county: &County, folder: &Path, leg: &mut Leg) -> anyhow::Result<()> {
    let mut raw = Raw::open(&county.ours).await?;
    let before = raw.number("select seq from chain where id = 1", &[]).await?;
    let (plan_ms, write_ms, rows) = ours(county, folder).await?;
    (leg.import_peak_kib, leg.import_mapped_kib) = (memory_peak(), memory_mapped());
    let roster = read_back(&mut raw, before).await?;
    drop(raw);
    let mut raw = Raw::open(&county.raw).await?;
    let started = clock::started();
    raw.import(roster).await?;
    let raw_ms = millis(started.elapsed());
    for table in ["pupil", "enrolment", "person_key", "event"] {
        same(county, &mut raw, table).await?;
    }
    leg.rows = rows;
    leg.push(Run::once(format!("roster of {rows}: read, check, write"), plan_ms + write_ms, raw_ms));
    leg.push(Run::once(format!("roster of {rows}: write alone"), write_ms, raw_ms));
    Ok(())
}

/// Puts the roster in without measuring it, for what needs pupils.
pub async fn put(county: &County, folder: &Path) -> anyhow::Result<()> {
    ours(county, folder).await.map(drop)
}

/// Milliseconds of reading and checking, and of writing; and how many pupils there were.
async fn ours(county: &County, folder: &Path) -> anyhow::Result<(f64, f64, usize)> {
    let cx = county.cx("bureau").await?;
    let kind = county.app.kind_of("pupil").context("no pupils")?;
    let started = clock::started();
    let bytes = std::fs::read(folder.join(ROSTER))?;
    let plan = io::read_and_plan(&cx, kind, ROSTER, bytes, &io::quiet).await;
    let mut plan = plan.map_err(|stopped| anyhow::anyhow!("the roster cannot be read: {:?}", stopped.refused()))?;
    let plan_ms = millis(started.elapsed());
    if let Some(fault) = plan.faults.first() {
        bail!("row {}: {} ({} faults)", fault.row, io::message(&county.app, cx.lang, kind, fault), plan.faults.len());
    }
    let started = clock::started();
    let summary = io::carry_out(&cx, kind, &mut plan, &io::quiet).await;
    let summary = summary.map_err(|refused| anyhow::anyhow!("the roster was refused: {refused:?}"))?;
    Ok((plan_ms, millis(started.elapsed()), summary.new))
}

/// The rows that the import has just written.
async fn read_back(raw: &mut Raw, before: i64) -> anyhow::Result<Roster> {
    let order = raw.order_of_writing();
    let (keys, enrolments, pupils, events) = (Table::keys(), Table::of(&ENROLMENT), Table::of(&PUPIL), Table::events());
    Ok(Roster {
        keys: (
            keys.clone(),
            raw.rows(&keys, &format!("where person in (select id from pupil) order by {order}")).await?,
        ),
        enrolments: (enrolments.clone(), raw.rows(&enrolments, &format!("order by {order}")).await?),
        pupils: (pupils.clone(), raw.rows(&pupils, &format!("order by {order}")).await?),
        events: (events.clone(), raw.rows(&events, &format!("where seq > {before} order by seq")).await?),
    })
}

/// The raw database must hold what ours holds, or it did not do the same work.
async fn same(county: &County, raw: &mut Raw, table: &str) -> anyhow::Result<()> {
    let text = format!("select count(*) from {table}");
    let (theirs, ours) = (raw.number(&text, &[]).await?, Raw::open(&county.ours).await?.number(&text, &[]).await?);
    if theirs != ours {
        bail!("{table}: {ours} rows, raw {theirs}");
    }
    Ok(())
}
