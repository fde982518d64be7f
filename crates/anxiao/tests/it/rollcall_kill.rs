//! The program is killed again and again while a school calls its rolls: whatever was answered is there, and what was not is sent again and is
//! there once.

use std::collections::HashMap;
use std::sync::mpsc;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::program::{anxiao, curl, done, serve, township};

/// One sheet to be called: its path and what is sent.
struct Call {
    id: String,
    path: String,
    body: Value,
}

/// Friday's lessons of every class of the principal's school, each with one pupil who was not there.
fn calls(url: &str, token: &str) -> Vec<Call> {
    let get = |path: &str| -> Value {
        let (status, body) = curl(url, "GET", path, Some(token), None).unwrap();
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let classes = get("/api/v1/classes?limit=200");
    let classes: Vec<_> =
        classes["items"].as_array().unwrap().iter().map(|class| class["id"].as_str().unwrap().to_owned()).collect();
    let mut calls = Vec::new();
    for class in classes {
        let roll = get(&format!("/api/v1/rollcall/{class}/lesson.1"));
        let Some(pupil) = roll["roll"][0]["id"].as_str() else { continue };
        for session in ["lesson.1", "lesson.2", "lesson.3"] {
            let id = Uuid::new_v5(&class.parse().unwrap(), session.as_bytes()).to_string();
            let body = json!({ "id": id, "day": "2021-12-17", "substitute": true, "missed": [{ "pupil": pupil, "kind": "absent" }] });
            calls.push(Call { id, path: format!("/api/v1/rollcall/{class}/{session}"), body });
        }
    }
    calls
}

#[test]
fn what_was_called_survives_a_kill_and_is_called_once() {
    let folder = township();
    let token = done(&anxiao(folder.path(), &["token", "principal"])).trim().to_owned();
    let mut served = serve(folder.path());
    let calls = calls(&served.url, &token);
    assert!(calls.len() >= 24, "{}", calls.len());
    let mut answered: HashMap<usize, u16> = HashMap::new();
    for round in 1..=4 {
        let open: Vec<_> = (0..calls.len()).filter(|at| !answered.contains_key(at)).collect();
        let (say, said) = mpsc::channel();
        let (url, token, calls) = (served.url.clone(), &token, &calls);
        std::thread::scope(|scope| {
            for lane in 0..6 {
                let (say, url, open) = (say.clone(), &url, &open);
                scope.spawn(move || {
                    for at in open.iter().skip(lane).step_by(6) {
                        let answer = curl(url, "POST", &calls[*at].path, Some(token), Some(&calls[*at].body));
                        let Some((status, body)) = answer else { return };
                        assert_eq!(status, 201, "{body}");
                        say.send(*at).unwrap();
                    }
                });
            }
            drop(say);
            // Killed in the middle, a little later each time; in the last round it lives.
            for (number, at) in said.iter().enumerate() {
                answered.insert(at, 201);
                if round < 4 && number + 1 == round * 3 {
                    served.process.kill().unwrap();
                }
            }
        });
        let _ = served.process.kill();
        served.process.wait().unwrap();
        served = serve(folder.path());
        for at in answered.keys() {
            let path = format!("/api/v1/sheets/{}", calls[*at].id);
            let (status, body) = curl(&served.url, "GET", &path, Some(token), None).unwrap();
            assert_eq!(status, 200, "round {round}: {body}");
        }
    }
    assert_eq!(answered.len(), calls.len(), "what was not answered was sent again");
    let (_, list) = curl(
        &served.url,
        "GET",
        "/api/v1/sheets?day=2021-12-17&session=lesson.1,lesson.2,lesson.3&limit=1",
        Some(&token),
        None,
    )
    .unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(usize::try_from(list["total"].as_u64().unwrap()).unwrap(), calls.len(), "each once");
    drop(served);
    assert!(done(&anxiao(folder.path(), &["verify"])).contains("the history is whole"));
}
