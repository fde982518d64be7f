//! Messages from their cause to a gateway: a real listener for SMS, a real SMTP server, both on sockets, on both databases.

mod closed;
pub mod gateways;
mod guardian;
mod hangs;
mod killed;
mod load;
mod offices;
mod push;
mod stopped;

use areas::hazards::record::HAZARD;
use areas::organisation::record::{GUARDIAN, STAFF};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engine::messages::{MESSAGE, Settings, worker};
use kit::{Author, Cell, Change, Message, Outside, Query, Row, Scope};
use store::outbox::{Outcome, Quiet, Route, Way};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;
use gateways::{Gateway, Post};

/// The settings for both gateways, with their secrets in files of the county's folder.
fn settings(county: &County, gateway: &Gateway, post: &Post) -> Settings {
    let secret = |name: &str, text: &str| {
        let path = county.folder.path().join(name);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        path.display().to_string()
    };
    let toml = format!(
        "retry_seconds = 0\nattempts = 4\n\
         [mail]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"anxiao@example.cn\"\n\
         [sms]\nurl = \"{}\"\nsignature = \"道县教育局\"\nsecret_file = {:?}\nreport_secret_file = {:?}\n\
         templates = {{ AX1002 = \"SMS_777\" }}\n",
        post.port,
        gateway.url,
        secret("sms.secret", gateways::SECRET),
        secret("report.secret", "report me"),
    );
    toml::from_str(&toml).unwrap()
}

async fn any_hazard(county: &County) -> Row {
    let query = Query::new().among("state", &["closed"]).limit(1);
    county.app.store.list(&HAZARD, &query, &Scope::county()).await.unwrap().rows.remove(0)
}

/// Changes a hazard's remark, with what the change says to whom.
async fn say(county: &County, say: impl FnOnce(Change) -> Change) -> i64 {
    let before = any_hazard(county).await;
    let now = county.app.clock.now();
    let remark = Cell::Text(format!("{now} {}", before.version));
    let after = before.clone().with(&HAZARD, "remark", remark);
    let change = say(Change::update(&HAZARD, "edit", before, after));
    let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
    county.app.store.commit(author, vec![change]).await.unwrap();
    now
}

async fn messages(county: &County, since: i64) -> Vec<Row> {
    let query = Query { limit: 2_000, ..Query::new() };
    let query = query.filter("at", kit::Test::Between(Some(Cell::Int(since)), None));
    county.app.store.list(&MESSAGE, &query, &Scope::county()).await.unwrap().rows
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(&MESSAGE, field).text().unwrap_or_default()
}

/// Waits until every message since a moment is in one of these states; what never comes fails the test.
async fn until(county: &County, since: i64, states: &[&str]) -> Vec<Row> {
    for _ in 0..1_000 {
        let rows = messages(county, since).await;
        if !rows.is_empty() && rows.iter().all(|row| states.contains(&text(row, "state"))) {
            return rows;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("{:#?}", messages(county, since).await);
}

async fn staff(county: &County, count: u64) -> Vec<Uuid> {
    let query = Query::new().filter("phone", kit::Test::Present).limit(count);
    let rows = county.app.store.list(&STAFF, &query, &Scope::county()).await.unwrap().rows;
    rows.iter().map(|row| row.id).collect()
}

fn way(channel: &str, address: Option<&str>) -> Way {
    Way { channel: channel.into(), used: true, address: address.map(str::to_owned) }
}

const ALWAYS: Quiet = Quiet { from_minute: 0, until_minute: 0, lang: String::new() };

#[tokio::test(flavor = "multi_thread")]
async fn a_message_reaches_a_person_and_a_guardian_by_every_channel_once() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(2).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        let store = &county.app.store;
        let person = staff(&county, 1).await[0];
        store.set_ways(person, &[way("mail", Some("wang@example.cn")), way("sms", None)], &ALWAYS).await.unwrap();
        let guardian = store.list(&GUARDIAN, &Query::new().limit(1), &Scope::county()).await.unwrap().rows.remove(0);
        let phone =
            store.reveal(&GUARDIAN, "phone", std::slice::from_ref(&guardian)).await.unwrap()[0].clone().unwrap();
        let outside = Outside::of(&GUARDIAN, &guardian, "phone").unwrap();
        let since = say(&county, |change| {
            let told = Message::outside(outside, "ladder.keeper").with("title", "张小明未到校");
            change.send(Message::person(person, "hazard.sent_back")).send(told).tell(Some(person), "hazard.closed")
        })
        .await;
        // What is on the way is kept sealed.
        let name = county.backend();
        assert_eq!(
            county
                .raw("update message set version = version where contact is not null and contact not like 's1:%'")
                .await,
            0
        );
        assert_eq!(
            county
                .raw(&format!(
                    "update message set version = version where params like '%张小明%' or contact like '%{phone}%'"
                ))
                .await,
            0
        );
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let rows = until(&county, since, &["sent", "delivered"]).await;
        let went = |channel: &str| rows.iter().filter(|row| text(row, "channel") == channel).count();
        // A text that is not approved for outside is told in the app alone.
        assert_eq!((went("sms"), went("mail"), went("app")), (2, 1, 1), "{name}");
        let taken = gateway.taken();
        assert_eq!(taken.len(), 2, "{name}: {taken:#?}");
        let to_guardian = taken.values().find(|body| body["phone"] == phone.as_str()).unwrap();
        assert_eq!(
            (to_guardian["template"].as_str(), to_guardian["params"]["title"].as_str()),
            (Some("AX1101"), Some("张小明未到校"))
        );
        assert!(taken.values().any(|body| body["template"] == "SMS_777" && body["signature"] == "道县教育局"));
        assert!(gateway.requests() >= 4, "it was busy twice: {}", gateway.requests());
        let mails = post.letters();
        assert_eq!(mails.len(), 1, "{name}: {mails:?}");
        assert!(mails[0].contains("To: wang@example.cn") && mails[0].contains("Message-ID: <"), "{}", mails[0]);
        // In the app it was told at once; reading it there counts for every channel.
        let unread = store.notices(person, 50).await.unwrap();
        assert!(unread.iter().any(|notice| notice.code == "hazard.sent_back"));
        store.notices_read(person, unread[0].record, since + 5).await.unwrap();
        let read = messages(&county, since).await.into_iter().filter(|row| text(row, "state") == "read").count();
        assert_eq!(read, 3, "{name}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
        reports(&county, since).await;
    }
}

/// The gateway says later that it arrived; somebody else cannot.
async fn reports(county: &County, since: i64) {
    let call = async |secret: &str, body: &str| {
        let request =
            Request::builder().method("POST").uri("/messages/reports/sms").header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {secret}")).body(Body::from(body.to_owned()));
        let (status, _, bytes) = county.send(request.unwrap()).await;
        (status, String::from_utf8_lossy(&bytes).into_owned())
    };
    let row = messages(county, since).await.into_iter().find(|row| text(row, "state") == "sent").unwrap();
    county
        .raw(&format!(
            "update message set reference = 'r-1' where wait_ms = {} and state = 'sent'",
            row.get(&MESSAGE, "wait_ms").int().unwrap()
        ))
        .await;
    let body = r#"[{"id": "r-1", "status": "delivered"}, {"id": "r-none", "status": "failed"}, {"id": "r-1", "status": "sending"}]"#;
    assert_eq!(call("wrong", body).await.0, StatusCode::NOT_FOUND);
    assert_eq!(call("", body).await.0, StatusCode::NOT_FOUND);
    for bad in ["", "{}", "[{\"id\": 3}]", "[[]]"] {
        assert_eq!(call("report me", bad).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(call("report me", body).await, (StatusCode::OK, r#"{"taken":1}"#.to_owned()));
    assert_eq!(call("report me", body).await.1, r#"{"taken":0}"#);
    let row = county.app.store.find(&MESSAGE, row.id, &Scope::county()).await.unwrap().unwrap();
    assert_eq!(text(&row, "state"), "delivered");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_back_is_not_sent_and_the_same_cause_is_told_once() {
    for county in county::both().await {
        let persons = staff(&county, 2).await;
        let name = county.backend();
        let absent = |change: Change, at: i64| {
            let say = |person: &Uuid| {
                Message::person(*person, "hazard.sent_back").because("absence/1").not_before(at + 60_000)
            };
            persons.iter().map(say).fold(change, Change::send)
        };
        let now = county.app.clock.now();
        let since = say(&county, |change| absent(change, now)).await;
        say(&county, |change| absent(change, now)).await;
        assert_eq!(messages(&county, since).await.len(), 2, "{name}: once each");
        assert!(county.app.store.notices(persons[0], 50).await.unwrap().iter().all(|notice| notice.at < since));
        say(&county, |change| change.withdraw("absence/1")).await;
        assert!(messages(&county, since).await.iter().all(|row| text(row, "state") == "withdrawn"), "{name}");
        // It comes back: the key is free.
        say(&county, |change| absent(change, now)).await;
        let states: Vec<_> = messages(&county, since).await.iter().map(|row| text(row, "state").to_owned()).collect();
        assert_eq!(states.iter().filter(|state| *state == "queued").count(), 2, "{name}: {states:?}");
        on_its_way(&county, persons[0]).await;
        // Nothing passes for an alert that does not say whether it is real.
        let before = any_hazard(&county).await;
        let after = before.clone().with(&HAZARD, "remark", Cell::Text("警报".into()));
        let change = Change::update(&HAZARD, "edit", before, after).send(Message::person(persons[0], "alert.storm"));
        let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
        let refused = county.app.store.commit(author, vec![change]).await.unwrap_err();
        assert_eq!(refused.refusal().unwrap().code, "message.not_whole");
    }
}

/// Withdrawn while it is on its way: it is not tried again, unless it was said again meanwhile.
async fn on_its_way(county: &County, person: Uuid) {
    let (store, name) = (&county.app.store, county.backend());
    let absent = |change: Change| change.send(Message::person(person, "hazard.sent_back").because("absence/2"));
    let later = |now: i64| Outcome::Later { at: now, fault: "busy".into() };
    let dead = Outcome::Dead { fault: "gone".into() };
    for (said_again, outcome, state) in
        [(false, None, "withdrawn"), (false, Some(dead), "withdrawn"), (true, None, "queued")]
    {
        let since = say(county, absent).await;
        let row = messages(county, since).await.remove(0);
        store.route(since, &[(row.id, vec![Route::by("sms")])]).await.unwrap();
        let claimed = store.claim(since + 1, since + 60_000, 500).await.unwrap();
        assert!(claimed.iter().any(|message| message.id == row.id), "{name}");
        say(county, |change| change.withdraw("absence/2")).await;
        if said_again {
            say(county, absent).await;
        }
        let outcome = outcome.unwrap_or_else(|| later(since + 2));
        store.settle(since + 2, &[(row.id, outcome)]).await.unwrap();
        let told = store.told(row.id).await.unwrap().unwrap();
        assert_eq!(told.state, state, "{name} {said_again}");
    }
    say(county, |change| change.withdraw("absence/2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quiet_hours_hold_back_what_is_not_urgent_and_dead_letters_go_again() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        let store = county.app.store.clone();
        let persons = staff(&county, 2).await;
        let night = Quiet { from_minute: 7 * 60, until_minute: 9 * 60, lang: "en".into() };
        store.set_ways(persons[0], &[way("sms", None)], &night).await.unwrap();
        store.set_ways(persons[1], &[way("mail", Some("nobody@refused.example"))], &ALWAYS).await.unwrap();
        let since = say(&county, |change| {
            let quiet = Message::person(persons[0], "hazard.reopened");
            let urgent = Message::person(persons[0], "hazard.sent_back").urgent();
            change.send(quiet).send(urgent).send(Message::person(persons[1], "hazard.sent_back"))
        })
        .await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let mut rows = Vec::new();
        for _ in 0..1_000 {
            rows = messages(&county, since).await;
            let states: Vec<_> = rows.iter().map(|row| text(row, "state")).collect();
            if states.contains(&"dead") && states.contains(&"sent") {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let name = county.backend();
        let state = |code: &str, channel: &str| {
            rows.iter()
                .find(|row| text(row, "code") == code && text(row, "channel") == channel)
                .map(|row| text(row, "state").to_owned())
        };
        assert_eq!(state("hazard.sent_back", "sms").as_deref(), Some("sent"), "{name}: {rows:#?}");
        assert_eq!(state("hazard.reopened", "sms").as_deref(), Some("queued"), "{name}");
        assert_eq!(state("hazard.sent_back", "mail").as_deref(), Some("dead"), "{name}");
        // The page of dead letters, seen by the bureau and by nobody who may not, and one sent again.
        let dead = rows.iter().find(|row| text(row, "state") == "dead").unwrap();
        let bureau = Visitor::sign_in(&county, "bureau").await;
        reasons(&county, &bureau, dead.id).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let id = dead.id.to_string();
        assert_eq!(teacher.get("/messages/dead").await.status, StatusCode::NOT_FOUND);
        assert_eq!(teacher.post("/messages/dead/again", &[("id", &id)]).await.status, StatusCode::NOT_FOUND);
        for bad in ["", "x", "00000000-0000-0000-0000-000000000000"] {
            assert_eq!(
                bureau.post("/messages/dead/again", &[("id", bad)]).await.status,
                StatusCode::NOT_FOUND,
                "{bad}"
            );
        }
        store.set_ways(persons[1], &[way("mail", Some("li@example.cn"))], &ALWAYS).await.unwrap();
        assert_eq!(bureau.post("/messages/dead/again", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
        for _ in 0..1_000 {
            if !post.letters().is_empty() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(post.letters().len(), 1, "{name}");
        channels(&county).await;
    }
}

/// Why it was not sent: what the server said, or what is missing here, in words.
async fn reasons(county: &County, bureau: &Visitor<'_>, dead: Uuid) {
    let page = bureau.get("/messages/dead").await.text();
    assert!(page.contains(&dead.to_string()) && page.contains("原因：permanent error (550)"), "{page}");
    county.raw("update message set fault = 'address' where state = 'dead'").await;
    let page = bureau.get("/messages/dead").await.text();
    assert!(page.contains("原因：没有可用的地址或号码"), "{page}");
}

/// One's own channels: what is wrong is said at its field, what is right is kept sealed and not shown again.
async fn channels(county: &County) {
    let bureau = Visitor::sign_in(county, "bureau").await;
    let post = async |fields: &[(&str, &str)]| bureau.post("/account/channels", fields).await;
    for wrong in [
        &[("used_mail", "1")][..],
        &[("used_mail", "1"), ("address_mail", "x")],
        &[("from", "9")],
        &[("until", "25:00")],
        &[("address_wecom", &"长".repeat(500))],
    ] {
        assert_eq!(post(wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
    }
    let right = [
        ("used_mail", "1"),
        ("address_mail", "office@example.cn"),
        ("from", "21:30"),
        ("until", "06:30"),
        ("lang", "en"),
    ];
    assert_eq!(post(&right).await.status, StatusCode::SEE_OTHER);
    let page = bureau.get("/account/channels").await.text();
    assert!(page.contains("21:30") && !page.contains("office@example.cn"));
    let person = county.cx("bureau").await.actor.person().unwrap();
    let ways = county.app.store.ways(&[person]).await.unwrap().remove(&person).unwrap();
    let mail = ways.iter().find(|way| way.channel == "mail").unwrap();
    assert_eq!((mail.used, mail.address.as_deref()), (true, Some("office@example.cn")));
    // Left empty, the address stays.
    assert_eq!(post(&[("used_mail", "1")]).await.status, StatusCode::SEE_OTHER);
    let ways = county.app.store.ways(&[person]).await.unwrap().remove(&person).unwrap();
    assert!(ways.iter().any(|way| way.address.as_deref() == Some("office@example.cn")));
    assert_eq!(county.raw("update message_way set used = used where address not like 's1:%'").await, 0);
}
