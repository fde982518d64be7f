//! The program is killed again and again while thirty-two telephones call a school's rolls, on both databases: whatever was answered is there and
//! once, the history holds, and every guardian hears of it once.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Row};
use uuid::Uuid;

use crate::backup::Home;
use crate::messages::gateways::Gateway;
use crate::program::curl;

const CLIENTS: usize = 32;
const ROUNDS: usize = 4;
const LESSONS: [&str; 5] = ["lesson.1", "lesson.2", "lesson.3", "lesson.4", "lesson.5"];

/// Ends with the test, however it ends.
struct Serving {
    process: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // SIGKILL: nothing is tidied up.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(home: &Home) -> Serving {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let mut command = home.command(&["--listen", &address, "serve"]);
    let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let serving = Serving { process, address };
    for _ in 0..400 {
        if curl(&serving.address, "GET", "/readyz", None, None).is_some_and(|(status, _)| status == 200) {
            return serving;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("the county is not served");
}

/// One sheet to be called: its path and what is sent.
struct Call {
    id: String,
    path: String,
    body: Value,
}

fn get(address: &str, token: &str, path: &str) -> Value {
    let (status, body) = curl(address, "GET", path, Some(token), None).unwrap();
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// This morning's arrival and Friday's lessons of every class of the principal's school, each with one pupil who was not there.
fn calls(address: &str, token: &str) -> Vec<Call> {
    let classes = get(address, token, "/api/v1/classes?limit=200");
    let mut calls = Vec::new();
    for class in classes["items"].as_array().unwrap() {
        let class = class["id"].as_str().unwrap();
        let roll = get(address, token, &format!("/api/v1/rollcall/{class}/arrival"));
        let Some(pupil) = roll["roll"][0]["id"].as_str() else { continue };
        let lessons = LESSONS.iter().map(|lesson| (*lesson, "2021-12-17"));
        for (session, day) in lessons.chain([("arrival", "2021-12-20")]) {
            let id = Uuid::new_v5(&class.parse().unwrap(), session.as_bytes()).to_string();
            let body =
                json!({ "id": id, "day": day, "substitute": true, "missed": [{ "pupil": pupil, "kind": "absent" }] });
            calls.push(Call { id, path: format!("/api/v1/rollcall/{class}/{session}"), body });
        }
    }
    calls
}

/// Every open call, by all telephones at once; killed when so many were answered. Answers which were.
fn load(serving: &mut Serving, token: &str, calls: &[Call], open: &[usize], kill_at: Option<usize>) -> Vec<usize> {
    let (say, said) = mpsc::channel();
    let address = serving.address.clone();
    std::thread::scope(|scope| {
        for lane in 0..CLIENTS {
            let (say, address) = (say.clone(), &address);
            scope.spawn(move || {
                for at in open.iter().skip(lane).step_by(CLIENTS) {
                    let Some((status, body)) =
                        curl(address, "POST", &calls[*at].path, Some(token), Some(&calls[*at].body))
                    else {
                        return;
                    };
                    assert_eq!(status, 201, "{body}");
                    say.send(*at).unwrap();
                }
            });
        }
        drop(say);
        let mut answered = Vec::new();
        for at in &said {
            answered.push(at);
            if kill_at == Some(answered.len()) {
                serving.process.kill().unwrap();
            }
        }
        answered
    })
}

/// The numbers that a statement answers, past the house.
async fn numbers(home: &Home, statement: &str) -> Vec<i64> {
    let text = AssertSqlSafe(statement.to_owned());
    if let Some(url) = &home.url {
        let schema = format!("set search_path to \"county_{}\"", areas::sample::COUNTY);
        let mut db = sqlx::PgConnection::connect(url).await.unwrap();
        sqlx::query(AssertSqlSafe(schema)).execute(&mut db).await.unwrap();
        return sqlx::query(text).fetch_all(&mut db).await.unwrap().iter().map(|row| row.get(0)).collect();
    }
    let url = format!("sqlite://{}", home.path("anxiao.db").display());
    let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(text).fetch_all(&mut db).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// How many messages to guardians the gateway took, each key once: the program itself reminds of other rolls too.
fn guardians(gateway: &Gateway) -> usize {
    gateway.taken().into_keys().filter(|key| key.contains("|missing.guardian|")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_called_survives_a_kill_and_is_called_and_told_once() {
    for home in Home::both().await {
        let gateway = Gateway::start(0).await;
        gateway.set_up(&home);
        let token = home.done(&["token", "principal"]).trim().to_owned();
        let calls = tokio::task::block_in_place(|| {
            let mut serving = serve(&home);
            let calls = calls(&serving.address, &token);
            assert!(calls.len() > CLIENTS, "{}", calls.len());
            let mut answered = BTreeSet::new();
            for round in 1..=ROUNDS {
                let open: Vec<_> = (0..calls.len()).filter(|at| !answered.contains(at)).collect();
                // Killed in the middle, a little later each time; in the last round it lives.
                let kill_at = (round < ROUNDS).then_some(round * 5);
                answered.extend(load(&mut serving, &token, &calls, &open, kill_at));
                drop(serving);
                serving = serve(&home);
                for at in &answered {
                    get(&serving.address, &token, &format!("/api/v1/sheets/{}", calls[*at].id));
                }
            }
            assert_eq!(answered.len(), calls.len(), "what was not answered was sent again");
            calls
        });
        let mine = calls.iter().map(|call| call.id.to_lowercase()).collect::<BTreeSet<_>>();
        assert_eq!(mine.len(), calls.len());
        let today = calls.iter().filter(|call| call.path.ends_with("/arrival")).count();
        let count = async |text: &str| usize::try_from(numbers(&home, text).await[0]).unwrap();
        assert_eq!(count("select count(*) from missing where day = '2021-12-20'").await, today, "one check each");
        assert!(home.done(&["verify"]).contains("the history is whole"));
        // The moment at which guardians are told is moved here, so that nobody has to wait until school begins.
        let waiting = "update message set not_before = 0, next_at = 0 where code = 'missing.guardian' and state = 'queued' returning attempts";
        let waiting = numbers(&home, waiting).await.len();
        assert!(waiting >= today / 2, "{waiting} of {today}");
        for enough in [waiting / 3, waiting] {
            let serving = tokio::task::block_in_place(|| serve(&home));
            let mut waited = 0;
            while guardians(&gateway) < enough {
                tokio::time::sleep(Duration::from_millis(10)).await;
                waited += 1;
                assert!(waited < 6_000, "{} of {enough}", guardians(&gateway));
            }
            drop(serving);
        }
        assert_eq!(guardians(&gateway), waiting, "every guardian once");
    }
}
