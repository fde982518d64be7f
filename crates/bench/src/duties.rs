//! Duties of the whole county: every school-level duty of a school year with its state, computed from what was read in sets, and the first page of
//! each role. Beside them the one statement that reads what was done, written out.

use anyhow::{Context, bail};
use areas::duties::morning;
use areas::duties::reading::{Wanted, read};
use areas::duties::record::{DEED, FACTS};
use areas::organisation::record::SCHOOL;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::NaiveDate;
use engine::clock;
use http_body_util::BodyExt;
use kit::dates::shanghai_start;
use kit::duty::{Level, Per, State, Tally};
use kit::{Author, Cell, Change, Query, Row, Scope};
use tower::ServiceExt;

use crate::county::County;
use crate::raw::Raw;
use crate::report::{Leg, Run, Times, millis};

/// How often a year is computed; the first time makes the almanacs.
const TIMES: usize = 8;
const FIRST: (i32, u32, u32) = (2020, 9, 1);
const LAST: (i32, u32, u32) = (2021, 8, 31);
/// Deeds of one transaction.
const TOGETHER: usize = 2_000;

fn day((year, month, day): (i32, u32, u32)) -> anyhow::Result<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day).context("a day that is none")
}

pub async fn measure(county: &County, requests: u32, leg: &mut Leg) -> anyhow::Result<()> {
    let (first, last) = (day(FIRST)?, day(LAST)?);
    let cx = county.cx("bureau").await?;
    let wanted = Wanted::new(first, last, &[Level::School]);
    fill(county, &wanted).await?;
    let mut raw = Raw::open(&county.ours).await?;
    let by_hand = format!(
        "select count(*) from (select fact, school, day, entered_at, count(*) from deed where state = 'recorded' and class is null and school is not null \
         and day >= '{first}' and day <= '{last}' group by fact, school, day, entered_at) x"
    );
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    let mut tally = Tally::default();
    for at in 0..TIMES {
        let started = clock::started();
        tally = Tally::default();
        let reading = read(&cx, &wanted).await?;
        reading.each(cx.now, |duty| tally.add(duty.state, 1));
        let took = millis(started.elapsed());
        if at == 0 {
            eprintln!("  the first time, with the almanacs: {took:.0} ms");
        }
        ours.add(at, took);
        let started = clock::started();
        let read = raw.number(&by_hand, &[]).await?;
        theirs.add(at, millis(started.elapsed()));
        if read == 0 {
            bail!("nothing was done");
        }
    }
    if tally.get(State::Done) == 0 {
        bail!("nothing was done");
    }
    leg.push(Run::of(format!("{} school duties of a school year", tally.whole()), &ours, &theirs));
    let started = clock::started();
    let told = morning::round(&county.app, cx.now).await?.unwrap_or_default();
    eprintln!("  the morning of the county: {told} told in {:.0} ms", millis(started.elapsed()));
    for login in ["bureau", "director", "inspector", "township", "principal", "school", "teacher", "guard"] {
        today(county, login, requests, leg, (&mut raw, &by_hand)).await?;
    }
    Ok(())
}

/// What every school does every day was done on every day of the year, so that the reading has as much to read as a real year.
async fn fill(county: &County, wanted: &Wanted) -> anyhow::Result<()> {
    let store = &county.app.store;
    let cx = county.cx("bureau").await?;
    let daily = |per| matches!(per, Per::Day | Per::SchoolDay);
    let mut changes = Vec::new();
    let reading = read(&cx, wanted).await?;
    reading.each(cx.now, |duty| {
        if daily(duty.norm.per) && FACTS.contains(&duty.norm.fact.as_str()) && duty.acts == 0 {
            let at = shanghai_start(duty.span.first) + 16 * 3_600_000;
            let row = Row::blank(&DEED, store.new_id(cx.now))
                .with(&DEED, "fact", Cell::Text(duty.norm.fact.clone()))
                .with(&DEED, "school", Cell::Id(duty.subject))
                .with(&DEED, "day", Cell::Date(duty.span.first))
                .with(&DEED, "entered_at", Cell::Int(at))
                .with(&DEED, "state", Cell::Text("recorded".into()));
            changes.extend((0..duty.norm.times).map(|_| {
                let row = Row { id: store.new_id(cx.now), ..row.clone() };
                Change::create(&DEED, "create", row)
            }));
        }
    });
    let norms = county.app.rules().conduct.duties.iter().count();
    let schools = store.count(&SCHOOL, &Query::new(), &Scope::county()).await?;
    eprintln!("  {} norms, {schools} schools and campuses, {} deeds more", norms, changes.len());
    let author = || Author { actor: None, at: cx.now, request: store.new_id(cx.now) };
    // A quarter of a million changes: handed on, not copied.
    let (mut changes, mut parts) = (changes.into_iter().peekable(), Vec::new());
    while changes.peek().is_some() {
        parts.push((author(), changes.by_ref().take(TOGETHER).collect::<Vec<_>>()));
    }
    store.commit_all(parts).await?;
    store.tidy_up().await?;
    Ok(())
}

/// The first page, as a browser asks for it.
async fn today(
    county: &County,
    login: &str,
    requests: u32,
    leg: &mut Leg,
    (raw, by_hand): (&mut Raw, &str),
) -> anyhow::Result<()> {
    let account = county.app.account_id(login).await?.with_context(|| format!("no account {login}"))?;
    let cookie = county.app.begin_session(account, "bench").await?;
    let router = engine::router::router(std::sync::Arc::clone(&county.app));
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for at in 0..=requests.min(200) as usize {
        let request = Request::builder().uri("/").header("cookie", format!("sid={cookie}; lang=zh"));
        let started = clock::started();
        let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
        let (parts, body) = answer.into_parts();
        body.collect().await?;
        ours.add(at, millis(started.elapsed()));
        if parts.status != StatusCode::OK {
            bail!("{login}: {}", parts.status);
        }
        if at < 3 {
            let started = clock::started();
            raw.number(by_hand, &[]).await?;
            theirs.add(at, millis(started.elapsed()));
        }
    }
    leg.push(Run::of(format!("Today as {login}, beside the year's reading"), &ours, &theirs));
    Ok(())
}
