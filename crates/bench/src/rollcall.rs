//! A county calls its roll: every class one sheet, a pupil in twenty-five not simply there, from thirty-two telephones that ask as fast as they are
//! answered, over HTTP with sessions and forms. Beside it the very rows that came of it (sheets, marks, checks, events, messages, notices), put in
//! over one bare connection with one durable transaction for each sheet. Then all telephones at once after a day without a network, and the
//! board over a school year of sheets.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, ensure};
use areas::organisation::record::{CLASS, CLASS_YEAR, ENROLMENT, GUARDIAN};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use chrono::NaiveDate;
use engine::auth::{ACCOUNT, digest};
use engine::clock;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use kit::{Author, Cell, Change, Query, Row, Scope, dates};
use tower::ServiceExt;
use uuid::Uuid;

use crate::county::{County, Database};
use crate::line::{Line, Served};
use crate::raw::Raw;
use crate::report::{Leg, Run, Times, millis};
use crate::roster;
use crate::sheets::{Written, sizes, told_sizes};

/// Telephones that ask at the same time.
const CLIENTS: usize = 32;
/// One pupil in so many is not simply there.
const ONE_IN: usize = 25;
/// Of ten of these: who is not there and nobody knows why, ill, on leave, late.
const KINDS: [&str; 10] = ["absent", "sick", "sick", "sick", "sick", "leave", "leave", "leave", "late", "late"];
/// The real worst minute: sheets a second, readers beside them, and how many seconds of it are measured.
const EACH_SECOND: usize = 30;
const READERS: usize = 50;
const SECONDS: usize = 20;
/// Sessions of each day of the school year that the board is looked at over.
const YEAR: [&str; 2] = ["arrival", "noon"];
/// Records of one transaction of the preparation.
const TOGETHER: usize = 1_000;

/// A class with who calls it.
struct Class {
    id: Uuid,
    cookie: String,
    csrf: String,
    roll: Vec<Uuid>,
}

/// One form, as a telephone sends it.
struct Form {
    path: String,
    cookie: String,
    body: String,
}

pub async fn measure(county: &County, folder: &Path, database: Database, leg: &mut Leg) -> anyhow::Result<()> {
    let cx = county.cx("bureau").await?;
    if county.app.store.count(&ENROLMENT, &Query::new(), &Scope::county()).await? == 0 {
        roster::put(county, folder).await?;
    }
    let classes = classes(county).await?;
    guardians(county, &classes).await?;
    let today = cx.today();
    let friday = today.checked_sub_days(chrono::Days::new(3)).context("no day before")?;
    ill(county, friday).await?;
    county.app.store.tidy_up().await?;
    let served = Served::start(&county.app).await?;
    morning(county, (database, today), &classes, served.address, leg).await?;
    let (some, rest) = classes.split_at(classes.len().min(2 * SECONDS * EACH_SECOND) / 2);
    minute(county, friday, some, served.address, leg).await?;
    storm(county, friday, rest, served.address, leg).await?;
    drop(served);
    board(county, today, leg).await
}

/// Every class that has pupils, its teacher signed in.
async fn classes(county: &County) -> anyhow::Result<Vec<Class>> {
    let (app, all) = (&county.app, Scope::county());
    let store = &app.store;
    let year = i64::from(dates::school_year_of(dates::shanghai_date(app.clock.now())));
    let years = store.all(&CLASS_YEAR, &Query::new().is("year", Cell::Int(year)), &all).await?;
    let going_on = store.all(&CLASS, &Query::new().is("ended_on", Cell::Null), &all).await?;
    let mut rolls: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in store.all(&ENROLMENT, &Query::new().is("until_on", Cell::Null), &all).await? {
        if let (Some(class), Some(pupil)) = (row.get(&ENROLMENT, "class").id(), row.get(&ENROLMENT, "pupil").id()) {
            rolls.entry(class).or_default().push(pupil);
        }
    }
    let known = store.all(&ACCOUNT, &Query::new(), &all).await?;
    let teaching = |row: &&Row| row.get(&ACCOUNT, "role").text() == Some("teacher");
    let mut accounts: HashMap<Uuid, Uuid> =
        known.iter().filter(teaching).filter_map(|row| Some((row.get(&ACCOUNT, "staff").id()?, row.id))).collect();
    let mut teachers = HashMap::new();
    let mut new = Vec::new();
    for row in &years {
        let get = |field| row.get(&CLASS_YEAR, field).id();
        let (Some(class), Some(teacher), Some(school)) = (get("class"), get("teacher"), get("school")) else {
            continue;
        };
        let account = *accounts.entry(teacher).or_insert_with(|| {
            let text = |text: String| Cell::Text(text);
            let row = Row::blank(&ACCOUNT, store.new_id(app.clock.now()))
                .with(&ACCOUNT, "login", text(format!("bench{}", new.len())))
                .with(&ACCOUNT, "name", text("班主任".into()))
                .with(&ACCOUNT, "role", text("teacher".into()))
                .with(&ACCOUNT, "staff", Cell::Id(teacher))
                .with(&ACCOUNT, "school", Cell::Id(school));
            let id = row.id;
            new.push(Change::create(&ACCOUNT, "create", row));
            id
        });
        teachers.insert(class, account);
    }
    commit(county, new).await?;
    let mut classes = Vec::new();
    for class in going_on {
        let (Some(roll), Some(account)) = (rolls.remove(&class.id), teachers.get(&class.id)) else { continue };
        let cookie = app.begin_session(*account, "bench").await?;
        let session = store.session(&digest(&cookie)).await?.context("no session")?;
        classes.push(Class { id: class.id, cookie, csrf: session.csrf, roll });
    }
    ensure!(!classes.is_empty(), "nobody to call");
    let pupils: usize = classes.iter().map(|class| class.roll.len()).sum();
    eprintln!("  {} classes, {pupils} pupils", classes.len());
    Ok(classes)
}

async fn commit(county: &County, changes: Vec<Change>) -> anyhow::Result<()> {
    let store = &county.app.store;
    let at = county.app.clock.now();
    let author = || Author { actor: None, at, request: store.new_id(at) };
    store.commit_all(changes.chunks(TOGETHER).map(|chunk| (author(), chunk.to_vec()))).await?;
    Ok(())
}

/// Who is not simply there, counted through the county, so that every run has the same.
fn missed(classes: &[Class]) -> impl Iterator<Item = (usize, Uuid, &'static str)> {
    let all = classes.iter().enumerate().flat_map(|(class, one)| one.roll.iter().map(move |pupil| (class, *pupil)));
    all.skip(7).step_by(ONE_IN).enumerate().map(|(at, (class, pupil))| (class, pupil, KINDS[at % KINDS.len()]))
}

/// A guardian with a telephone for everybody whom the county will ask for.
async fn guardians(county: &County, classes: &[Class]) -> anyhow::Result<()> {
    let store = &county.app.store;
    let absent: Vec<_> = missed(classes).filter(|(_, _, kind)| *kind == "absent").collect();
    let pupils: Vec<_> = absent.iter().map(|(_, pupil, _)| Cell::Id(*pupil)).collect();
    let known = store.find_by(&GUARDIAN, "pupil", &pupils, &Scope::county()).await?;
    let schools = store.find_by(&ENROLMENT, "pupil", &pupils, &Scope::county()).await?;
    let school = |pupil| schools.iter().find(|row| row.get(&ENROLMENT, "pupil").id() == Some(pupil));
    let without =
        absent.iter().filter(|(_, pupil, _)| known.iter().all(|row| row.get(&GUARDIAN, "pupil").id() != Some(*pupil)));
    let new = without.filter_map(|(class, pupil, _)| {
        let row = Row::blank(&GUARDIAN, store.new_id(county.app.clock.now()))
            .with(&GUARDIAN, "pupil", Cell::Id(*pupil))
            .with(&GUARDIAN, "school", school(*pupil)?.get(&ENROLMENT, "school").clone())
            .with(&GUARDIAN, "class", Cell::Id(classes.get(*class)?.id))
            .with(&GUARDIAN, "name", Cell::Text("家长".into()))
            .with(&GUARDIAN, "relation", Cell::Text("51".into()))
            .with(&GUARDIAN, "phone", Cell::Secret("13900000000".into()));
        Some(Change::create(&GUARDIAN, "create", row))
    });
    let new: Vec<_> = new.collect();
    commit(county, new).await
}

/// On the school day before, one of each class was ill: a county that has never called a roll plans its questions for an empty table.
async fn ill(county: &County, day: NaiveDate) -> anyhow::Result<()> {
    let mut raw = Raw::open(&county.ours).await?;
    let (new, cast) = made(&raw);
    let text = format!(
        "insert into mark (id, version, school, class, pupil, sheet, day, session, kind, state, marked_at) \
         select {new}, 1, e.school, e.class, e.pupil, {new}, '{day}'{cast}, 'arrival', 'sick', 'known', 0 from \
         (select school, class, pupil, row_number() over (partition by class order by pupil) as place from enrolment where until_on is null) e \
         where e.place = 1 and not exists (select 1 from mark m where m.pupil = e.pupil and m.day = '{day}'{cast})"
    );
    raw.run(text, Vec::new()).await?;
    Ok(())
}

/// How each database makes an id, and reads a text as a day.
fn made(raw: &Raw) -> (&'static str, &'static str) {
    match raw {
        Raw::Sqlite(_) => ("randomblob(16)", ""),
        Raw::Postgres(_) => ("gen_random_uuid()", "::date"),
    }
}

/// The forms of one session.
fn forms(county: &County, classes: &[Class], day: NaiveDate, session: &str) -> Vec<Form> {
    let (store, now) = (&county.app.store, county.app.clock.now());
    let mut bodies: Vec<_> = classes
        .iter()
        .map(|class| format!("csrf={}&request_id={}&day={day}&opened_at={now}", class.csrf, store.new_id(now)))
        .collect();
    for (class, pupil, kind) in missed(classes) {
        if let Some(body) = bodies.get_mut(class) {
            *body += &format!("&missed={pupil}&kind.{pupil}={kind}");
            if kind == "sick" {
                *body += &format!("&symptom.{pupil}=cough");
            }
        }
    }
    let form = |(class, body): (&Class, String)| Form {
        path: format!("/rollcall/{}/{session}", class.id),
        cookie: format!("sid={}; lang=zh", class.cookie),
        body,
    };
    classes.iter().zip(bodies).map(form).collect()
}

/// A form as the request that a telephone makes of it.
fn request(form: &Form) -> anyhow::Result<Request<Full<Bytes>>> {
    let request = Request::post(&form.path).header("host", "localhost").header("cookie", &form.cookie);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    Ok(request.body(Full::new(Bytes::from(form.body.clone())))?)
}

/// Sends one form. Answers how long it took.
async fn call(line: &mut Line, form: &Form) -> anyhow::Result<f64> {
    let (status, said, took) = line.ask(request(form)?).await?;
    ensure!(status == StatusCode::SEE_OTHER, "{}: {status}: {}", form.path, String::from_utf8_lossy(&said));
    Ok(took)
}

/// One telephone: the next form as soon as the last one is answered. Answers how long each took.
async fn telephone(address: SocketAddr, forms: Arc<Vec<Form>>, next: Arc<AtomicUsize>) -> anyhow::Result<Vec<f64>> {
    let mut line = Line::open(address).await?;
    let mut took = Vec::new();
    while let Some(form) = forms.get(next.fetch_add(1, Ordering::SeqCst)) {
        took.push(call(&mut line, form).await?);
    }
    Ok(took)
}

/// One telephone that comes with one form: to reach the county is a part of what it waits for.
async fn comes(address: SocketAddr, form: Form) -> anyhow::Result<f64> {
    let started = clock::started();
    call(&mut Line::open(address).await?, &form).await?;
    Ok(millis(started.elapsed()))
}

/// The arrival of today, and the same rows without the house.
async fn morning(
    county: &County,
    (database, day): (Database, NaiveDate),
    classes: &[Class],
    address: SocketAddr,
    leg: &mut Leg,
) -> anyhow::Result<()> {
    let mut raw = Raw::open(&county.ours).await?;
    let before = raw.number("select seq from chain where id = 1", &[]).await?;
    let sizes = sizes(&mut raw, database).await?;
    let forms = Arc::new(forms(county, classes, day, "arrival"));
    let (count, next) = (forms.len(), Arc::new(AtomicUsize::new(0)));
    let started = clock::started();
    let lanes: Vec<_> =
        (0..CLIENTS).map(|_| tokio::spawn(telephone(address, Arc::clone(&forms), Arc::clone(&next)))).collect();
    let mut ours = Times::default();
    for lane in lanes {
        ours.0.extend(lane.await??);
    }
    let ours_ms = millis(started.elapsed());
    let written = Written::read(&mut raw, before).await?;
    ensure!(written.sheets.len() == count, "{} of {count} sheets", written.sheets.len());
    told_sizes(&mut raw, database, &sizes, count, leg).await?;
    drop(raw);
    let rows = written.rows();
    let mut raw = Raw::open(&county.raw).await?;
    let mut theirs = Times::default();
    let started = clock::started();
    for sheet in written.apart()? {
        let one = clock::started();
        raw.together(sheet).await?;
        theirs.0.push(millis(one.elapsed()));
    }
    let raw_ms = millis(started.elapsed());
    eprintln!(
        "  {:.0} sheets a second, raw {:.0}; throughput {:.2} of raw; {rows} rows",
        per_second(count, ours_ms),
        per_second(count, raw_ms),
        raw_ms / ours_ms
    );
    let run = Run::of(String::new(), &ours, &theirs);
    let name = format!("roll of {count} classes, {CLIENTS} clients");
    leg.push(Run { name, ours_ms, raw_ms: Some(raw_ms), ratio: Some(ours_ms / raw_ms), ..run });
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "far fewer sheets than 2^53")]
fn per_second(count: usize, ms: f64) -> f64 {
    count as f64 * 1000.0 / ms
}

/// The real worst minute: thirty sheets a second, and fifty readers who ask for a page each second.
async fn minute(
    county: &County,
    day: NaiveDate,
    classes: &[Class],
    address: SocketAddr,
    leg: &mut Leg,
) -> anyhow::Result<()> {
    let mut cookies = Vec::new();
    for login in ["bureau", "principal", "school", "teacher", "inspector"] {
        let account = county.app.account_id(login).await?.with_context(|| format!("no account {login}"))?;
        cookies.push(format!("sid={}; lang=zh", county.app.begin_session(account, "bench").await?));
    }
    let until = clock::started() + Duration::from_millis(u64::try_from(classes.len())? * 1000 / EACH_SECOND as u64);
    let mut readers = Vec::new();
    for number in 0..READERS {
        let cookies = cookies.clone();
        readers.push(tokio::spawn(async move { reader(address, cookies, number, until).await }));
    }
    let mut tick = tokio::time::interval(Duration::from_millis(1000 / EACH_SECOND as u64));
    let mut waiting = Vec::new();
    for form in forms(county, classes, day, "noon") {
        tick.tick().await;
        waiting.push(tokio::spawn(comes(address, form)));
    }
    let (mut sheets, mut pages) = (Times::default(), Times::default());
    for answer in waiting {
        sheets.0.push(answer.await??);
    }
    for reader in readers {
        pages.0.extend(reader.await??);
    }
    leg.push(Run::alone(format!("{EACH_SECOND} sheets a second, beside {READERS} readers"), &sheets));
    leg.push(Run::alone(format!("pages of {READERS} readers meanwhile"), &pages));
    Ok(())
}

/// One page a second, each time another one.
async fn reader(
    address: SocketAddr,
    cookies: Vec<String>,
    number: usize,
    until: std::time::Instant,
) -> anyhow::Result<Vec<f64>> {
    const PAGES: [&str; 5] =
        ["/", "/rollcall/board?session=arrival", "/hazards", "/hazards?state=submitted", "/sheets"];
    let mut took = Vec::new();
    tokio::time::sleep(Duration::from_millis(number as u64 * 1000 / READERS as u64)).await;
    let mut line = Line::open(address).await?;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    for at in 0.. {
        tick.tick().await;
        if clock::started() >= until {
            break;
        }
        let cookie = cookies.get(number % cookies.len()).context("nobody reads")?;
        let page = PAGES[(number + at) % PAGES.len()];
        let request = Request::get(page).header("host", "localhost").header("cookie", cookie);
        let (status, _, millis) = line.ask(request.body(Full::default())?).await?;
        ensure!(status == StatusCode::OK, "{page}: {status}");
        took.push(millis);
    }
    Ok(took)
}

/// The network is back: every telephone comes at the same moment.
async fn storm(
    county: &County,
    day: NaiveDate,
    classes: &[Class],
    address: SocketAddr,
    leg: &mut Leg,
) -> anyhow::Result<()> {
    let started = clock::started();
    let forms = forms(county, classes, day, "noon");
    let waiting: Vec<_> = forms.into_iter().map(|form| tokio::spawn(comes(address, form))).collect();
    let mut times = Times::default();
    for answer in waiting {
        times.0.push(answer.await??);
    }
    let (count, all) = (times.0.len(), millis(started.elapsed()));
    eprintln!("  all at once: {count} sheets, {:.0} a second", per_second(count, all));
    let run = Run::alone(format!("all {count} telephones at once"), &times);
    leg.push(Run { ours_ms: all, ..run });
    Ok(())
}

/// The county's board over a school year of sheets, beside the one statement that it is made of.
async fn board(county: &County, today: NaiveDate, leg: &mut Leg) -> anyhow::Result<()> {
    let mut raw = Raw::open(&county.ours).await?;
    let sheets = year(county, &mut raw, today).await?;
    county.app.store.tidy_up().await?;
    let account = county.app.account_id("bureau").await?.context("no account bureau")?;
    let cookie = county.app.begin_session(account, "bench").await?;
    let router = engine::router::router(Arc::clone(&county.app));
    let by_hand = format!(
        "select count(*) from (select school, count(*), sum(enrolled), sum(absent), sum(sick), sum(on_leave), sum(late), sum(left_early) from sheet \
         where day = '{today}' and session = 'arrival' and state = 'called' group by school) x"
    );
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for at in 0..=100 {
        let request =
            Request::get("/rollcall/board?session=arrival").header("cookie", format!("sid={cookie}; lang=zh"));
        let started = clock::started();
        let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
        let (parts, body) = answer.into_parts();
        body.collect().await?;
        ours.add(at, millis(started.elapsed()));
        ensure!(parts.status == StatusCode::OK, "the board: {}", parts.status);
        let started = clock::started();
        raw.number(&by_hand, &[]).await?;
        theirs.add(at, millis(started.elapsed()));
    }
    leg.push(Run::of(format!("county board over {sheets} sheets"), &ours, &theirs));
    Ok(())
}

/// A school year of sheets, straight into the table: the board asks for nothing else.
async fn year(county: &County, raw: &mut Raw, today: NaiveDate) -> anyhow::Result<i64> {
    let cx = county.cx("bureau").await?;
    let facts = cx.facts_with(HashMap::new());
    let first = today.checked_sub_days(chrono::Days::new(365)).context("no day before")?;
    let days: Vec<_> = first
        .iter_days()
        .take_while(|day| *day < today)
        .filter(|day| facts.calendar.is_workday(*day) && !matches!(chrono::Datelike::month(day), 7 | 8))
        .map(|day| format!("('{day}')"))
        .collect();
    let (new, cast) = made(raw);
    for session in YEAR {
        let text = format!(
            "insert into sheet (id, version, school, class, day, session, state, substitute, called_at, overdue, enrolled, absent, sick, on_leave, late, left_early) \
             select {new}, 1, c.school, c.id, d.day{cast}, '{session}', 'called', false, 0, false, 45, 0, 1, 1, 0, 0 \
             from class c cross join (with d (day) as (values {}) select day from d) d where c.ended_on is null \
             and not exists (select 1 from sheet s where s.class = c.id and s.day = d.day{cast} and s.session = '{session}' and s.state = 'called')",
            days.join(",")
        );
        raw.run(text, Vec::new()).await?;
    }
    Ok(raw.number("select count(*) from sheet", &[]).await?)
}
