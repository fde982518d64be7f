//! A list as a file at any size: one moment, flat memory, nothing left behind.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use kit::query::{Query, Test};
use kit::{Cell, Scope};
use sqlx::{Connection, Executor};
use store::{BATCH, Target};
use tower::ServiceExt;

use crate::county::{self, County};
use crate::visitor::Visitor;

/// A statement that copies hazards within the table until it holds so many.
fn copies(have: i64, rows: i64, id: &str) -> String {
    let noun = &areas::hazards::record::HAZARD;
    let fields: Vec<_> = noun.fields.iter().map(|field| format!("h.\"{}\"", field.name)).collect();
    let names = noun.fields.iter().map(|field| format!("\"{}\"", field.name)).collect::<Vec<_>>().join(",");
    let each = (rows - have).max(0) / have + 1;
    format!(
        "insert into hazard (id, version, {names}) with recursive n(i) as (select 1 union all select i + 1 from n where i < {each}) \
         select {id}, 1, {} from hazard h cross join n",
        fields.join(",")
    )
}

async fn multiply(county: &County, rows: i64) {
    let noun = county.app.kind("hazards").unwrap().noun;
    let have = county.app.store.count(noun, &Query::new(), &Scope::county()).await.unwrap();
    let id = match county.target {
        Target::Sqlite(_) => "randomblob(16)",
        Target::Postgres { .. } => "gen_random_uuid()",
    };
    assert!(county.raw(&copies(have, rows, id)).await > 0);
    // Rows that came past the store are in no total.
    county.app.store.remake_tallies().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_walk_holds_one_batch_and_sees_one_moment() {
    for county in county::both().await {
        multiply(&county, 9_500).await;
        let hazard = county.app.kind("hazards").unwrap().noun;
        let query = Query::new().filter("state", Test::Present);
        let snapshot = county.app.store.snapshot().await.unwrap();
        let mut walk = snapshot.walk(hazard, &query, &Scope::county()).await.unwrap();
        let mut seen = std::collections::HashSet::new();
        loop {
            let rows = snapshot.next(&mut walk).await.unwrap();
            if rows.is_empty() {
                break;
            }
            assert!(rows.len() as u64 <= BATCH, "{}", rows.len());
            seen.extend(rows.iter().map(|row| row.id));
            // Whatever is written meanwhile belongs to another moment.
            county.raw("update hazard set place = 'elsewhere', state = 'graded' where state = 'closed'").await;
            assert!(rows.iter().all(|row| row.get(hazard, "place").text() != Some("elsewhere")));
        }
        assert_eq!(i64::try_from(seen.len()).unwrap(), walk.total(), "{}", county.backend());
        assert!(seen.len() >= 9_500);
        drop(snapshot);
        let query = Query::new().is("place", Cell::Text("elsewhere".into()));
        assert!(county.app.store.count(hazard, &query, &Scope::county()).await.unwrap() > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_the_rows_and_the_order_of_its_list_and_longer_ones_have_them_all() {
    for county in county::both().await {
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = county.get(&county.token("school").await, "/api/v1/hazards?sort=-found_on&limit=1000").await.1;
        let ids: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect();
        let file = visitor.get("/hazards/export.csv?sort=-found_on&columns=place,found_on").await.text();
        let lines: Vec<_> = file.lines().skip(1).filter_map(|line| line.get(..36)).collect();
        assert_eq!(lines, ids, "{}: its own scope, its own order", county.backend());
        multiply(&county, 9_000).await;
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let all = bureau.get("/hazards/export.csv?columns=place").await;
        let total =
            county.get(&county.token("bureau").await, "/api/v1/hazards?limit=1").await.1["total"].as_i64().unwrap();
        assert_eq!(i64::try_from(all.text().lines().count()).unwrap(), total + 1);
        let ledger = bureau.get("/hazards/ledger.csv?state=closed").await.text();
        let closed = county.get(&county.token("bureau").await, "/api/v1/hazards?state=closed&limit=1").await.1;
        let numbers: Vec<_> = ledger.split("\r\n").skip(1).filter(|line| !line.is_empty()).collect();
        assert_eq!(i64::try_from(numbers.len()).unwrap(), closed["total"].as_i64().unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_breaks_in_the_middle_ends_abnormally_or_never_starts() {
    for county in county::both().await {
        multiply(&county, 9_000).await;
        let account = county.app.account_id("bureau").await.unwrap().unwrap();
        let cookie = county.app.begin_session(account, "test").await.unwrap();
        let router = engine::router::router(Arc::clone(&county.app));
        let ask = async |path: &str| {
            let request = Request::builder().uri(path).header("cookie", format!("sid={cookie}"));
            router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
        };
        // The database has it and the reader chokes on it: a day that is none, last in the order; a column that is gone.
        if matches!(county.target, Target::Sqlite(_)) {
            county.raw("update hazard set found_on = 'never' where id = (select max(id) from hazard)").await;
            let begun = ask("/hazards/export.csv?sort=found_on").await;
            assert_eq!(begun.status(), StatusCode::OK, "its first rows are whole");
            assert!(begun.into_body().collect().await.is_err(), "half a list is no list");
        } else {
            county.raw("alter table hazard rename column remark to unremarked").await;
            assert_eq!(ask("/hazards/export.csv").await.status(), StatusCode::INTERNAL_SERVER_ERROR);
        }
        let workbook = ask("/hazards/export.xlsx").await;
        assert_eq!(workbook.status(), StatusCode::INTERNAL_SERVER_ERROR, "{}", county.backend());
    }
}

/// Peak memory of the program while it exports, KiB; and the lines of the file.
fn export(data: &Path, file: &Path) -> u64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_anxiao"))
        .arg("--data")
        .arg(data)
        .args(["export", "hazards"])
        .arg(file)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let now = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(now.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return peak;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// `ANXIAO_ROWS=1000000` exports a million.
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_flat_however_long_the_list_is() {
    let rows: i64 = std::env::var("ANXIAO_ROWS").map_or(45_000, |rows| rows.parse().unwrap());
    let folder = tempfile::TempDir::new().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_anxiao"))
        .arg("--data")
        .arg(folder.path())
        .args(["demo", "--township", "--create-only"])
        .output()
        .unwrap();
    assert!(made.status.success());
    let (short, long) = (folder.path().join("short.csv"), folder.path().join("long.csv"));
    let few = export(folder.path(), &short);
    let url = format!("sqlite://{}", folder.path().join("anxiao.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let have: i64 = sqlx::query_scalar("select count(*) from hazard").fetch_one(&mut db).await.unwrap();
    db.execute(sqlx::AssertSqlSafe(copies(have, rows, "randomblob(16)"))).await.unwrap();
    db.close().await.unwrap();
    for file in [long, folder.path().join("long.xlsx")] {
        let started = engine::clock::started();
        let many = export(folder.path(), &file);
        let bytes = std::fs::metadata(&file).unwrap().len();
        println!(
            "{rows} rows, {bytes} bytes: peak {many} KiB after {few} KiB for a short list, {:?}",
            started.elapsed()
        );
        // Batches, labels and the page cache of one connection; a million rows in memory would be a gibibyte.
        assert!(many < few + 150_000, "{} took {many} KiB, a short list {few} KiB", file.display());
        if file.extension().is_some_and(|ending| ending == "csv") {
            let text = std::io::BufReader::new(std::fs::File::open(&file).unwrap());
            assert!(i64::try_from(std::io::BufRead::lines(text).count()).unwrap() > rows);
        }
    }
    let left: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().filter_map(Result::ok).map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with(".tmp")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_question_says_what_was_wrong_with_it() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        for (query, said) in [
            ("found_on.from=2021-02-30", &["2021-02-30"][..]),
            ("colour=red&found_on.to=2021-02-31", &["colour", "2021-02-31"]),
            ("grade=huge", &["huge"]),
            ("sort=nothing", &["nothing"]),
        ] {
            for ending in ["xlsx", "csv"] {
                let answer = bureau.get(&format!("/hazards/export.{ending}?{query}")).await;
                assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{} {query}", county.backend());
                let text = answer.text();
                let main = text.split("<main").nth(1).unwrap();
                assert!(!main.contains('{') && said.iter().all(|said| main.contains(said)), "{query} {main}");
            }
        }
    }
}
