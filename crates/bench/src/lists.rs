//! The list of hazards: filtered, sorted, fifty rows and the exact total, as the bureau and as one school, asked by one client
//! and by four at once; through the store, through the interface with its JSON, and raw (`lists.toml`). Then any mixture of filters, as
//! a township too.

use std::sync::Arc;

use anyhow::{Context, bail};
use areas::hazards::record::HAZARD;
use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engine::{Cx, ask, clock};
use http_body_util::BodyExt;
use kit::Query;
use serde::Deserialize;
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use crate::county::County;
use crate::mixtures;
use crate::raw::{Raw, Table};
use crate::report::{Leg, Run, Times, millis};

/// A measurement ends after so many milliseconds, however few requests it made: a run is bounded.
const LONGEST: f64 = 6_000.0;

#[derive(Deserialize)]
struct Lists {
    list: Vec<List>,
}

/// One list: as it is asked, and as one writes it by hand.
#[derive(Clone, Debug, Deserialize)]
pub struct List {
    pub name: String,
    pub ask: String,
    pub r#where: String,
    pub order: String,
}

/// What one reader asks, in the three ways.
struct Questions {
    cx: Cx,
    token: String,
    queries: Vec<Query>,
    addresses: Vec<String>,
    statements: Vec<Statement>,
}

struct Statement {
    count: String,
    page: String,
    ids: Vec<Uuid>,
}

pub async fn measure(county: &County, requests: u32, leg: &mut Leg) -> anyhow::Result<()> {
    let Lists { list: lists } = toml::from_str(include_str!("../lists.toml"))?;
    for login in ["bureau", "school"] {
        let totals = ask_as(county, login, "hazard list", (&lists, &[1, 4]), requests, leg).await?;
        leg.totals.insert(login.to_owned(), totals);
    }
    let mixtures = mixtures::lists();
    for login in ["bureau", "township", "school"] {
        ask_as(county, login, "any mixture of filters", (&mixtures, &[1]), requests, leg).await?;
    }
    Ok(())
}

/// These lists as one reader, by so many clients at once; answers their totals.
async fn ask_as(
    county: &County,
    login: &str,
    what: &str,
    (lists, at_once): (&[List], &[usize]),
    requests: u32,
    leg: &mut Leg,
) -> anyhow::Result<Vec<(String, i64)>> {
    let school = county.cx("school").await?.actor.scope.home.context("the school's account has no school")?;
    let questions = Arc::new(questions(county, login, school, lists).await?);
    let totals = agree(county, &questions, lists).await?;
    for clients in at_once.iter().copied() {
        let mut times = Vec::new();
        for way in [Way::Store, Way::Route, Way::Raw] {
            let mut workers = Vec::new();
            for _ in 0..clients {
                workers.push(Worker::new(county, way, &questions).await?);
            }
            times.push(drive(workers, lists.len(), requests as usize).await?);
        }
        let [store, route, raw] = times.as_slice() else { bail!("three ways") };
        let plural = if clients == 1 { "client" } else { "clients" };
        leg.push(Run::of(format!("{what} as {login}, {clients} {plural}: query"), store, raw));
        leg.push(Run::of(format!("{what} as {login}, {clients} {plural}: JSON"), route, raw));
    }
    Ok(totals)
}

async fn questions(county: &County, login: &str, school: Uuid, lists: &[List]) -> anyhow::Result<Questions> {
    let cx = county.cx(login).await?;
    let token = county.app.issue_token(login, "bench").await?.with_context(|| format!("no token for {login}"))?;
    let raw = Raw::open(&county.ours).await?;
    let (mut queries, mut addresses, mut statements) = (Vec::new(), Vec::new(), Vec::new());
    for list in lists {
        let asked = list.ask.replace("{school}", &school.to_string());
        let pairs = asked.split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = ask::query(&cx, &HAZARD, &pairs);
        queries.push(query.map_err(|faults| anyhow::anyhow!("{}: {faults:?}", list.name))?);
        addresses.push(format!("/api/v1/{}?{asked}", HAZARD.plural));
        statements.push(statement(&cx, list, school, &raw));
    }
    Ok(Questions { cx, token, queries, addresses, statements })
}

/// The two statements, with the scope as one would write it out: nothing for the bureau, five columns for a school.
fn statement(cx: &Cx, list: &List, school: Uuid, raw: &Raw) -> Statement {
    let (mut ids, scope) = (Vec::new(), cx.scope());
    let mut place = |id: Uuid| {
        ids.push(id);
        raw.place(ids.len())
    };
    let mut parts = Vec::new();
    for column in ["school", "township", "central", "handed_school", "handed_unit"] {
        if !scope.units.is_empty() {
            let places: Vec<_> = scope.units.iter().map(|unit| place(*unit)).collect();
            parts.push(format!("\"{column}\" in ({})", places.join(",")));
        }
    }
    let own =
        [("school", scope.home), ("handed_school", scope.home), ("keeper", scope.person), ("found_by", scope.person)];
    parts.extend(own.into_iter().filter_map(|(column, id)| Some(format!("\"{column}\" = {}", place(id?)))));
    let mine = if scope.all { "1 = 1".to_owned() } else { format!("({})", parts.join(" or ")) };
    if scope.all {
        ids.clear();
    }
    let mut filter = list.r#where.clone();
    if filter.contains("{school}") {
        ids.push(school);
        filter = filter.replace("{school}", &raw.place(ids.len()));
    }
    let count = format!("select count(*) from hazard where {mine} and {filter}");
    let columns = Table::of(&HAZARD).names();
    let page = format!("select {columns} from hazard where {mine} and {filter} order by {} limit 51", list.order);
    Statement { count, page, ids }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Store,
    Route,
    Raw,
}

/// One client.
enum Worker {
    Store(Arc<Questions>),
    Route(Router, Arc<Questions>),
    Raw(Raw, Arc<Questions>),
}

/// What a list said: the total, and the ids of its page.
type Seen = (i64, Vec<Uuid>);

impl Worker {
    async fn new(county: &County, way: Way, questions: &Arc<Questions>) -> anyhow::Result<Self> {
        let questions = Arc::clone(questions);
        Ok(match way {
            Way::Store => Self::Store(questions),
            Way::Route => Self::Route(engine::router::router(Arc::clone(&county.app)), questions),
            Way::Raw => Self::Raw(Raw::open(&county.ours).await?, questions),
        })
    }

    /// Asks once; what the interface answered is taken apart only when somebody wants to compare it.
    async fn once(&mut self, at: usize, compare: bool) -> anyhow::Result<Seen> {
        match self {
            Self::Store(questions) => {
                let page = questions.cx.app.store.list(&HAZARD, &questions.queries[at], questions.cx.scope()).await?;
                Ok((page.total, page.rows.iter().map(|row| row.id).collect()))
            }
            Self::Route(router, questions) => {
                let bearer = format!("Bearer {}", questions.token);
                let request = Request::builder().uri(&questions.addresses[at]).header("authorization", bearer);
                let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
                let (parts, body) = answer.into_parts();
                let body = body.collect().await?.to_bytes();
                if parts.status != StatusCode::OK {
                    bail!("{}: {}", questions.addresses[at], parts.status);
                }
                if compare { seen(&serde_json::from_slice(&body)?) } else { Ok((0, Vec::new())) }
            }
            Self::Raw(raw, questions) => {
                let statement = &questions.statements[at];
                let total = raw.number(&statement.count, &statement.ids).await?;
                let mut ids = raw.ids(&statement.page, &statement.ids).await?;
                ids.truncate(50);
                Ok((total, ids))
            }
        }
    }
}

fn seen(body: &Value) -> anyhow::Result<Seen> {
    let total = body["total"].as_i64().context("no total")?;
    let items = body["items"].as_array().context("no items")?;
    let ids = items.iter().map(|item| item["id"].as_str().context("no id").and_then(|id| Ok(id.parse()?)));
    Ok((total, ids.collect::<anyhow::Result<_>>()?))
}

/// All three ways must give the same answer to every list; the totals, for the record.
async fn agree(county: &County, questions: &Arc<Questions>, lists: &[List]) -> anyhow::Result<Vec<(String, i64)>> {
    let mut totals = Vec::new();
    for (at, list) in lists.iter().enumerate() {
        let raw = Worker::new(county, Way::Raw, questions).await?.once(at, true).await?;
        for way in [Way::Store, Way::Route] {
            let ours = Worker::new(county, way, questions).await?.once(at, true).await?;
            if ours != raw {
                bail!("{} ({way:?}): {} rows, raw {}, or another page", list.name, ours.0, raw.0);
            }
        }
        totals.push((list.name.clone(), raw.0));
    }
    Ok(totals)
}

/// Lets the workers ask the lists in turn, and answers how long each request took.
async fn drive(workers: Vec<Worker>, lists: usize, requests: usize) -> anyhow::Result<Times> {
    let clients = workers.len();
    let tasks: Vec<_> = workers
        .into_iter()
        .enumerate()
        .map(|(client, mut worker)| {
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(requests / clients + 1);
                for at in 0..lists {
                    worker.once(at, false).await?;
                }
                let begun = clock::started();
                for at in (client..requests).step_by(clients) {
                    let started = clock::started();
                    worker.once(at % lists, false).await?;
                    times.push(millis(started.elapsed()));
                    if millis(begun.elapsed()) > LONGEST {
                        break;
                    }
                }
                anyhow::Ok(times)
            })
        })
        .collect();
    let mut all = Times::default();
    for task in tasks {
        all.0.extend(task.await??);
    }
    Ok(all)
}
