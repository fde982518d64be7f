//! What was answered outlives whatever ends or holds up the program: a kill, an orderly end, a locked database, a full disk.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, Executor};

use crate::program::{Served, anxiao, curl, done, one, serve, text, township};

fn report(served: &Served, token: &str, place: &str) -> (u16, String) {
    reported(&served.url, token, place).unwrap()
}

/// Nothing where nobody answers.
fn reported(address: &str, token: &str, place: &str) -> Option<(u16, String)> {
    let hazard = serde_json::json!({ "place_kind": "school", "place": place, "description": "窗扇松动", "category": "building",
        "source": "self_check", "found_on": "2021-12-20" });
    curl(address, "POST", "/api/v1/hazards", Some(token), Some(&hazard))
}

fn id(body: &str) -> String {
    serde_json::from_str::<Value>(body).unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_county_is_served_by_one_program_and_what_may_not_happen_beside_it_waits() {
    let folder = township();
    let keys = || std::fs::read_to_string(folder.path().join("keys/county.key")).unwrap();
    let (before, served) = (keys(), serve(folder.path()));
    let by = format!("is being served by the process {}", served.process.id());
    for args in [&["--listen", "127.0.0.1:0", "serve"][..], &["rotate-keys"], &["doctor", "--mend"]] {
        let output = anxiao(folder.path(), args);
        assert!(!output.status.success() && text(&output).contains(&by), "{args:?}: {}", text(&output));
    }
    assert_eq!(keys(), before);
    done(&anxiao(folder.path(), &["verify"]));
    // Killed, it holds nothing any more.
    drop(served);
    assert!(done(&anxiao(folder.path(), &["rotate-keys"])).contains("county key v2"));
    assert!(done(&anxiao(folder.path(), &["doctor", "--mend"])).contains("agrees with the rows"));
    drop(serve(folder.path()));
}

#[test]
fn what_was_answered_survives_a_kill() {
    let folder = township();
    let token = done(&anxiao(folder.path(), &["token", "teacher"])).trim().to_owned();
    let mut answered = Vec::new();
    for round in 0..3 {
        let mut served = serve(folder.path());
        for number in 0..10 {
            let (status, body) = report(&served, &token, &format!("{round}-{number}"));
            assert_eq!(status, 201, "{body}");
            answered.push(id(&body));
        }
        // No warning, no chance to tidy up: the signal is KILL.
        served.process.kill().unwrap();
        served.process.wait().unwrap();
    }
    let served = serve(folder.path());
    for id in answered {
        let (status, _) = curl(&served.url, "GET", &format!("/api/v1/hazards/{id}"), Some(&token), None).unwrap();
        assert_eq!(status, 200);
    }
    drop(served);
    done(&anxiao(folder.path(), &["verify"]));
}

/// Told to end (TERM) in the middle of its work, it answers what it has begun, signs the end of the history, and goes without a fault.
#[test]
fn what_was_answered_survives_an_orderly_end() {
    let folder = township();
    let token = done(&anxiao(folder.path(), &["token", "teacher"])).trim().to_owned();
    let mut served = serve(folder.path());
    let (address, pid) = (served.url.clone(), served.process.id().to_string());
    // Each goes on until nobody answers any more.
    let answered: Vec<String> = std::thread::scope(|scope| {
        let (address, token) = (address.as_str(), token.as_str());
        let write = |writer: usize| {
            let each = move |number: usize| reported(address, token, &format!("{writer}-{number}"));
            let made = |(status, body): (u16, String)| {
                assert_eq!(status, 201, "{body}");
                id(&body)
            };
            scope.spawn(move || (0..).map_while(each).map(made).collect::<Vec<_>>())
        };
        let writers: Vec<_> = (0..4).map(write).collect();
        std::thread::sleep(Duration::from_millis(700));
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert!(served.process.wait().unwrap().success(), "it ended without a fault");
    assert!(answered.len() > 4, "{}", answered.len());
    let proof = done(&anxiao(folder.path(), &["verify"]));
    let served = serve(folder.path());
    for id in &answered {
        let (status, _) = curl(&served.url, "GET", &format!("/api/v1/hazards/{id}"), Some(&token), None).unwrap();
        assert_eq!(status, 200, "{proof}");
    }
}

/// Somebody holds the database for longer than the program waits: that is said, nothing is half done, and it goes on by itself. Where the program's own
/// work stands before it in the queue, whoever waits hears after a minute that it may have been done (408); else that it was not.
#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_is_refused_clearly_and_recovers() {
    let folder = township();
    let token = done(&anxiao(folder.path(), &["token", "teacher"])).trim().to_owned();
    let served = serve(folder.path());
    assert_eq!(report(&served, &token, "之前").0, 201);
    let url = format!("sqlite://{}", folder.path().join("anxiao.db").display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("begin immediate").await.unwrap();
    let (status_held, body) = tokio::task::block_in_place(|| report(&served, &token, "锁住的时候"));
    let told = serde_json::from_str::<Value>(&body).unwrap();
    let said = told["error"]["code"].as_str().is_some_and(|code| code.starts_with("server."));
    assert!((status_held >= 500 || status_held == 408) && said, "{status_held} {body}");
    let read = || curl(&served.url, "GET", "/api/v1/hazards?limit=1", Some(&token), None).unwrap().0;
    assert_eq!(tokio::task::block_in_place(read), 200, "whoever only reads goes on");
    other.execute("rollback").await.unwrap();
    let (status, body) = tokio::task::block_in_place(|| report(&served, &token, "又打开了"));
    assert_eq!(status, 201, "{body}");
    let count = |place: &'static str| format!("select cast(count(*) as text) from hazard where place = '{place}'");
    assert_eq!(one(folder.path(), &count("又打开了")).await, "1");
    let held = one(folder.path(), &count("锁住的时候")).await;
    assert!(held == "0" || held == "1" && status_held == 408, "{held} {status_held}");
    other.close().await.unwrap();
    drop(served);
    done(&anxiao(folder.path(), &["verify"]));
}

/// Sets how long any file of the program may become.
fn limit(served: &Served, bytes: &str) {
    let pid = served.process.id().to_string();
    let set = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={bytes}:")]).status().unwrap();
    assert!(set.success());
}

#[test]
fn a_full_disk_loses_nothing_that_was_answered() {
    let folder = township();
    let token = done(&anxiao(folder.path(), &["token", "teacher"])).trim().to_owned();
    let mut served = serve(folder.path());
    assert_eq!(report(&served, &token, "before").0, 201);
    let log = std::fs::metadata(folder.path().join("anxiao.db-wal")).unwrap().len();
    let mut answered = Vec::new();
    // Full in the middle of a change, a little further on each time.
    for room in [4_000, 9_000, 20_000, 40_000] {
        limit(&served, &(log + room).to_string());
        for number in 0..3 {
            let (status, body) = report(&served, &token, &format!("{room}-{number}"));
            assert!([201, 500].contains(&status), "{status} {body}");
            answered.extend((status == 201).then(|| id(&body)));
        }
    }
    assert!(answered.len() < 12, "the disk was full");
    limit(&served, "unlimited");
    for number in 0..5 {
        let (status, body) = report(&served, &token, &format!("after-{number}"));
        assert_eq!(status, 201, "{body}");
        answered.push(id(&body));
    }
    let found = |served: &Served, id: &str| {
        curl(&served.url, "GET", &format!("/api/v1/hazards/{id}"), Some(&token), None).unwrap().0
    };
    assert!(answered.iter().all(|id| found(&served, id) == 200), "readers see what was answered");
    served.process.kill().unwrap();
    served.process.wait().unwrap();
    let served = serve(folder.path());
    assert!(answered.iter().all(|id| found(&served, id) == 200), "and so does who comes later");
    drop(served);
    done(&anxiao(folder.path(), &["verify"]));
}
