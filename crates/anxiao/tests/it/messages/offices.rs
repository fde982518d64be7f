//! 企业微信 and 钉钉 against a listener that answers as their public interfaces do: 200 whatever happens, and the truth in `errcode`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query as Asked, State};
use axum::http::{StatusCode, Uri};
use axum::routing::any;
use engine::messages::{MESSAGE, Outside, Settings, worker};
use kit::{Change, Message};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ALWAYS, say, staff, text, until, way};
use crate::county::{self, County};

/// Everything that was asked: path, parameters, body.
type Taken = Vec<(String, BTreeMap<String, String>, Value)>;

#[derive(Default)]
struct Seen {
    taken: Taken,
    /// What it answers next, by path; when there is nothing more, what it answers when all is well.
    next: HashMap<String, VecDeque<String>>,
    tokens: usize,
}

/// Both offices on one socket: their paths differ.
#[derive(Clone)]
struct Office {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

const WECOM: &str = "/cgi-bin/message/send";
const WECOM_TOKEN: &str = "/cgi-bin/gettoken";
const DINGTALK: &str = "/topapi/message/corpconversation/asyncsend_v2";
const DINGTALK_TOKEN: &str = "/gettoken";

impl Office {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(any(take)).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    fn answers(&self, path: &str, answers: &[&str]) {
        let answers = answers.iter().map(ToString::to_string).collect();
        self.seen.lock().unwrap().next.insert(path.into(), answers);
    }

    /// The bodies and parameters that a path was asked with since the last time.
    fn taken(&self, path: &str) -> Vec<(BTreeMap<String, String>, Value)> {
        let mut seen = self.seen.lock().unwrap();
        let (mine, others): (Taken, Taken) = seen.taken.drain(..).partition(|(asked, ..)| asked == path);
        seen.taken = others;
        mine.into_iter().map(|(_, query, body)| (query, body)).collect()
    }

    fn settings(&self, folder: &std::path::Path) -> Settings {
        let secret = folder.join("office.secret");
        std::fs::write(&secret, "corp secret\n").unwrap();
        let toml = format!(
            "retry_seconds = 0\nattempts = 3\n[wecom]\nurl = \"{0}\"\ncorp_id = \"ww1\"\nagent_id = 1000002\nsecret_file = {1:?}\n\
             [dingtalk]\nurl = \"{0}\"\napp_key = \"ding1\"\nagent_id = 1234\nsecret_file = {1:?}\n",
            self.url,
            secret.display().to_string()
        );
        toml::from_str(&toml).unwrap()
    }
}

async fn take(
    State(seen): State<Arc<Mutex<Seen>>>,
    uri: Uri,
    Asked(query): Asked<BTreeMap<String, String>>,
    body: Bytes,
) -> (StatusCode, String) {
    let mut seen = seen.lock().unwrap();
    let path = uri.path().to_owned();
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    seen.taken.push((path.clone(), query, body));
    if let Some(answer) = seen.next.get_mut(&path).and_then(VecDeque::pop_front) {
        return (StatusCode::OK, answer);
    }
    let answer = match path.as_str() {
        WECOM_TOKEN | DINGTALK_TOKEN => {
            seen.tokens += 1;
            json!({"errcode": 0, "errmsg": "ok", "access_token": format!("token {}", seen.tokens), "expires_in": 7200})
        }
        WECOM => json!({"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": format!("m{}", seen.taken.len())}),
        DINGTALK => {
            json!({"errcode": 0, "errmsg": "ok", "task_id": 256_271_667_526_i64 + i64::try_from(seen.taken.len()).unwrap(), "request_id": "r"})
        }
        _ => return (StatusCode::NOT_FOUND, String::new()),
    };
    (StatusCode::OK, answer.to_string())
}

/// The text of a body, without the mark by which it is told from another of the same words.
fn content(body: &Value) -> String {
    let text = body["text"]["content"].as_str().or_else(|| body["msg"]["text"]["content"].as_str()).unwrap();
    text.split_once('〔').unwrap().0.to_owned()
}

async fn tell(county: &County, person: Uuid) -> i64 {
    // A moment of its own, by which it is told from the one before it.
    tokio::time::sleep(Duration::from_millis(5)).await;
    say(county, |change: Change| change.send(Message::person(person, "hazard.sent_back"))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_told_as_both_offices_define_it_and_what_they_refuse_is_tried_again_or_given_up() {
    for county in county::both().await {
        let office = Office::start().await;
        let settings = office.settings(county.folder.path());
        let county = county.with_gateways(settings).await;
        let persons = staff(&county, 2).await;
        let store = &county.app.store;
        store.set_ways(persons[0], &[way("wecom", Some("wang.wu"))], &ALWAYS).await.unwrap();
        store.set_ways(persons[1], &[way("dingtalk", Some("manager4220"))], &ALWAYS).await.unwrap();
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        as_defined(&county, &office, &persons).await;
        as_refused(&county, &office, &persons).await;
        // A wrong secret is the county's to mend: the letter waits for its next attempt.
        office.answers(WECOM, &[EXPIRED]);
        office.answers(WECOM_TOKEN, &[r#"{"errcode": 40001, "errmsg": "invalid credential"}"#]);
        let since = tell(&county, persons[0]).await;
        until(&county, since, &["sent"]).await;
        office.taken(WECOM);
        // Whatever was written into an address before it was looked at: nobody but one member is told.
        for (person, channel, address) in [(0, "wecom", "@all"), (1, "dingtalk", "a,b")] {
            store.set_ways(persons[person], &[way(channel, Some(address))], &ALWAYS).await.unwrap();
            let since = tell(&county, persons[person]).await;
            let rows = until(&county, since, &["dead"]).await;
            assert_eq!(text(&rows[0], "fault"), "address", "{}", county.backend());
        }
        assert_eq!((office.taken(WECOM).len(), office.taken(DINGTALK).len()), (0, 0), "{}", county.backend());
    }
}

/// As their interfaces define it, to one member and to nobody else.
async fn as_defined(county: &County, office: &Office, persons: &[Uuid]) {
    let pairs = |pairs: [(&str, &str); 2]| pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let since = tell(county, persons[0]).await;
    until(county, since, &["sent"]).await;
    let asked = office.taken(WECOM_TOKEN);
    assert_eq!(asked, [(pairs([("corpid", "ww1"), ("corpsecret", "corp secret")]), Value::Null)]);
    let sent = office.taken(WECOM);
    let (query, body) = &sent[0];
    assert_eq!((sent.len(), query["access_token"].as_str()), (1, "token 1"), "{}", county.backend());
    assert_eq!(content(body), "隐患复查不合格，请继续整改");
    assert_eq!(
        *body,
        json!({"touser": "wang.wu", "msgtype": "text", "agentid": 1_000_002, "text": {"content": body["text"]["content"]},
            "enable_duplicate_check": 1, "duplicate_check_interval": 14_400})
    );
    let first = body["text"]["content"].clone();

    let since = tell(county, persons[1]).await;
    until(county, since, &["sent"]).await;
    let asked = office.taken(DINGTALK_TOKEN);
    assert_eq!(asked, [(pairs([("appkey", "ding1"), ("appsecret", "corp secret")]), Value::Null)]);
    let sent = office.taken(DINGTALK);
    assert_eq!(sent.len(), 1, "{}", county.backend());
    let body = &sent[0].1;
    assert_eq!(content(body), "隐患复查不合格，请继续整改");
    assert_eq!(
        *body,
        json!({"agent_id": 1234, "userid_list": "manager4220", "to_all_user": false,
            "msg": {"msgtype": "text", "text": {"content": body["msg"]["text"]["content"]}}})
    );

    // The same words about something else are another text, or they would be dropped as a repetition.
    let since = tell(county, persons[0]).await;
    until(county, since, &["sent"]).await;
    assert_ne!(office.taken(WECOM)[0].1["text"]["content"], first);
}

const BUSY: &str = r#"{"errcode": 45009, "errmsg": "api freq out of limit"}"#;
const EXPIRED: &str = r#"{"errcode": 42001, "errmsg": "access_token expired"}"#;

/// To whom, by which path, what is answered first; then the state, the attempts, and how the fault begins.
type Refusal = (usize, &'static str, &'static [&'static str], &'static str, i64, &'static str);

const REFUSALS: &[Refusal] = &[
    // A token that ran out is fetched anew, within the same attempt.
    (0, WECOM, &[EXPIRED], "sent", 1, ""),
    (1, DINGTALK, &[r#"{"errcode": 88, "sub_code": "40014", "errmsg": "不合法的access_token"}"#], "sent", 1, ""),
    // Busy, or no JSON at all: again.
    (0, WECOM, &[BUSY, r#"{"errcode": -1, "errmsg": "system busy"}"#], "sent", 3, ""),
    (1, DINGTALK, &[r#"{"errcode": 90018, "errmsg": "too fast"}"#], "sent", 2, ""),
    (0, WECOM, &["<html>maintenance"], "sent", 2, ""),
    // Busy for ever: a dead letter, with what was said.
    (0, WECOM, &[BUSY, BUSY, BUSY], "dead", 3, "45009 api freq out of limit"),
    // A member who is not there, or may not: at once.
    (0, WECOM, &[r#"{"errcode": 81013, "errmsg": "user & party & tag all invalid"}"#], "dead", 1, "81013"),
    (0, WECOM, &[r#"{"errcode": 0, "errmsg": "ok", "invaliduser": "wang.wu"}"#], "dead", 1, "invaliduser"),
    (1, DINGTALK, &[r#"{"errcode": 33012, "errmsg": "无效的USERID"}"#], "dead", 1, "33012"),
];

async fn as_refused(county: &County, office: &Office, persons: &[Uuid]) {
    for (person, path, answers, state, attempts, fault) in REFUSALS {
        office.answers(path, answers);
        let since = tell(county, persons[*person]).await;
        let rows = until(county, since, &["sent", "dead"]).await;
        let (row, said) = (&rows[0], format!("{}: {answers:?}: {rows:#?}", county.backend()));
        assert_eq!(text(row, "state"), *state, "{said}");
        assert_eq!(row.get(&MESSAGE, "attempts").int(), Some(*attempts), "{said}");
        assert!(text(row, "fault").starts_with(fault) && text(row, "fault").is_empty() == fault.is_empty(), "{said}");
        office.taken(path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_group_s_robot_is_ever_a_gateway_and_no_channel_reaches_a_group() {
    assert_eq!(
        engine::messages::CHANNELS,
        ["app", "mail", "sms", "wecom", "dingtalk", "push"],
        "each of these reaches one person"
    );
    let folder = tempfile::TempDir::new().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "s").unwrap();
    for robot in [
        "https://oapi.dingtalk.com/robot/send?access_token=x",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=x",
    ] {
        for table in [
            format!("[sms]\nurl = \"{robot}\"\nsignature = \"s\"\nsecret_file = {secret:?}\n"),
            format!("[wecom]\nurl = \"{robot}\"\ncorp_id = \"c\"\nagent_id = 1\nsecret_file = {secret:?}\n"),
            format!("[dingtalk]\nurl = \"{robot}\"\napp_key = \"c\"\nagent_id = 1\nsecret_file = {secret:?}\n"),
        ] {
            let settings: Settings = toml::from_str(&table).unwrap();
            let refused = Outside::open(settings).err().unwrap();
            assert!(refused.contains("persons only"), "{table}: {refused}");
        }
    }
    // Nor can the settings name a whole office or department to be told.
    for more in ["touser = \"@all\"", "toparty = \"1\"", "to_all_user = true", "webhook = \"https://x\""] {
        let table = format!("[wecom]\ncorp_id = \"c\"\nagent_id = 1\nsecret_file = {secret:?}\n{more}\n");
        assert!(toml::from_str::<Settings>(&table).is_err(), "{more}");
    }
}
