//! From the mark of an absent child to the guardian's answer, by nothing but what his text message holds.

use std::time::Duration;

use areas::attendance::record::{MARK, MISSING};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engine::messages::{MESSAGE, worker};
use kit::{Query, Row, Scope};
use serde_json::Value;

use super::gateways::{Gateway, Post, SITE};
use super::{settings, text};
use crate::county::{self, County};
use crate::missing_child;

/// The guardian's message, once it is in this state.
async fn once(county: &County, state: &str) -> Row {
    let query = Query::new().among("code", &["missing.guardian"]).among("state", &[state]);
    for _ in 0..1_000 {
        if let Some(row) = county.app.store.all(&MESSAGE, &query, &Scope::county()).await.unwrap().pop() {
            return row;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} never {state}", county.backend());
}

fn told(gateway: &Gateway) -> Option<Value> {
    gateway.taken().into_iter().find(|(key, _)| key.contains("|missing.guardian|")).map(|(_, body)| body)
}

/// As a telephone opens it: without an account.
async fn open(county: &County, path: &str, form: Option<&str>) -> (StatusCode, String) {
    let request = Request::builder().uri(path).header("cookie", "lang=zh");
    let request = match form {
        Some(form) => request
            .method("POST")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned())),
        None => request.body(Body::empty()),
    };
    let (status, _, bytes) = county.send(request.unwrap()).await;
    (status, String::from_utf8_lossy(&bytes).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absent_childs_guardian_answers_by_what_his_text_message_holds() {
    for county in county::both().await {
        let sheet = missing_child::absent(&county).await;
        // The minute in which a slip is taken back is over.
        let due = "update message set not_before = 0, next_at = 0 where code = 'missing.guardian' and state = 'queued'";
        assert_eq!(county.raw(due).await, 1);
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);

        // Where nobody says how the site is reached, the message is a dead letter that says so, and not a text that leads nowhere.
        let county = county.with_gateways(settings.clone()).await;
        let carrier = tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let dead = once(&county, "dead").await;
        assert_eq!((text(&dead, "fault"), told(&gateway)), ("public_url is not set", None), "{}", county.backend());
        carrier.abort();

        // Said, and sent again.
        let county = county.with_site(settings, SITE).await;
        assert_eq!(county.app.store.again(&[dead.id], county.app.clock.now()).await.unwrap(), 1);
        let carrier = tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        once(&county, "sent").await;
        carrier.abort();
        answers(&county, &told(&gateway).unwrap(), sheet).await;
        once(&county, "answered").await;
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// What the gateway got is all that there is to go by.
async fn answers(county: &County, body: &Value, sheet: uuid::Uuid) {
    let (name, link) = (body["params"]["name"].as_str().unwrap(), body["params"]["link"].as_str().unwrap());
    assert_eq!(body["values"], serde_json::json!([name, link]), "in the order of the approved text: {body}");
    let path = link.strip_prefix(SITE).unwrap();
    assert!(path.starts_with("/answer/") && !name.is_empty(), "{body}");
    let (status, page) = open(county, path, None).await;
    assert!(status == StatusCode::OK && page.contains(name), "{page}");
    // From whom it comes, and every answer is one touch.
    let school = county.cx("teacher").await.scope().home.unwrap();
    assert!(page.contains(&format!("{}发给您的消息", county.app.tree().name(school))), "{page}");
    assert!(page.contains("type=\"submit\" name=\"choice\" value=\"sick\""), "{page}");
    // Nobody guesses a link.
    let digit = if path.ends_with('0') { "1" } else { "0" };
    let other = format!("{}{digit}", &path[..path.len() - 1]);
    assert_eq!(open(county, &other, None).await.0, StatusCode::NOT_FOUND);
    let (status, page) = open(county, path, Some("choice=sick&words=%E5%8F%91%E7%83%A7%E4%BA%86")).await;
    assert_eq!(status, StatusCode::OK, "{page}");
    let (check, mark) = (missing_child::check(county, sheet).await, missing_child::mark(county, sheet).await);
    assert_eq!(check.get(&MISSING, "state").text(), Some("closed"), "{}", county.backend());
    assert_eq!((mark.get(&MARK, "kind").text(), mark.get(&MARK, "state").text()), (Some("sick"), Some("known")));
    // His words stand with the check, where they are sealed in the history; with the message stands what he chose.
    assert_eq!(check.get(&MISSING, "reply").text(), Some("发烧了"));
    let kept = async |answer: &str| county.raw(&format!("update message set at = at where answer {answer}")).await;
    assert_eq!((kept("like '%发烧%'").await, kept("= 'sick'").await), (0, 1), "{}", county.backend());
    // The next day the text on his telephone leads to nothing about a child.
    assert!(open(county, path, None).await.1.contains(name), "while the day lasts it says what was asked");
    assert_eq!(county.raw("update missing set day = '2021-12-19' where day = '2021-12-20'").await, 1);
    for form in [None, Some("choice=leave")] {
        let (status, page) = open(county, path, form).await;
        assert!(status == StatusCode::NOT_FOUND && !page.contains(name), "{} {page}", county.backend());
    }
    county.raw("update missing set day = '2021-12-20' where day = '2021-12-19'").await;
}
