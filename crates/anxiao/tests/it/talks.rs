//! Safety talks through the real router on both databases: one touch, once; of one's own class; never for somebody else's.

use areas::organisation::record::CLASS;
use areas::talks::record::TALK;
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::json;

use crate::county;
use crate::visitor::Visitor;

fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_touch_is_one_talk() {
    for county in county::both().await {
        // In the morning nobody has said it yet.
        let (early, mine) = (county.token("teacher").await, county.cx("teacher").await.scope().classes[0]);
        let minute = json!({ "class": mine, "day": "2021-12-20", "kind": "minute", "topic": "防溺水" });
        let (status, answer) = county.post(&early, "/api/v1/talks", minute).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("talk.not_yet")));
        let county = county.at_minute(17 * 60).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let cx = county.cx("teacher").await;
        let page = teacher.get("/talk").await.text();
        assert!(page.contains("放学前一分钟提醒") && page.contains("<blockquote"), "{page}");
        let (class, topic, request) = (hidden(&page, "class"), hidden(&page, "topic"), hidden(&page, "request_id"));
        let fields = [("kind", "minute"), ("class", class.as_str()), ("topic", topic.as_str())];
        let mut first = fields.to_vec();
        first.push(("request_id", request.as_str()));
        let again = county.app.store.new_id(cx.now).to_string();
        let mut second = fields.to_vec();
        second.push(("request_id", again.as_str()));
        for form in [&first, &first, &second] {
            let answer = teacher.post("/talk", form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        }
        let today = Query::new().is("day", Cell::Date(cx.today()));
        let talks = county.app.store.all(&TALK, &today, &Scope::county()).await.unwrap();
        assert_eq!(talks.len(), 1, "{}", county.backend());
        assert!(talks[0].get(&TALK, "reach").int().is_some_and(|reach| (20..=56).contains(&reach)));
        assert_eq!(talks[0].get(&TALK, "speaker").id(), cx.actor.person());
        assert!(teacher.get("/talk").await.text().contains("今天讲过了"));
        // Another door, the same day: still one.
        let body = json!({ "class": class, "day": cx.today().to_string(), "kind": "minute", "topic": "防溺水" });
        let (status, answer) = county.post(&county.token("principal").await, "/api/v1/talks", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        // It was a slip: it counts no more, and may be said.
        let path = format!("/api/v1/talks/{}/mistaken", talks[0].id);
        let (status, answer) = county.post(&county.token("teacher").await, &path, json!({ "reason": "slip" })).await;
        assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("mistaken")), "{answer}");
        let again = county.app.store.new_id(cx.now).to_string();
        let mut third = fields.to_vec();
        third.push(("request_id", again.as_str()));
        assert_eq!(teacher.post("/talk", &third).await.status, StatusCode::SEE_OTHER);
        assert_eq!(county.app.store.count(&TALK, &today, &Scope::county()).await.unwrap(), 2, "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_speaks_for_another_class() {
    for county in county::both().await {
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let mine = county.cx("teacher").await.scope().classes.clone();
        let classes = county.app.store.all(&CLASS, &Query::new(), &Scope::county()).await.unwrap();
        let school = county.cx("school").await.scope().home;
        let foreign = classes.iter().find(|class| class.get(&CLASS, "school").id() != school).unwrap().id.to_string();
        let before = county.app.store.count(&TALK, &Query::new(), &Scope::county()).await.unwrap();
        let own = mine[0].to_string();
        for (class, topic, kind, status) in [
            (foreign.as_str(), "road", "minute", StatusCode::NOT_FOUND),
            ("nonsense", "road", "minute", StatusCode::NOT_FOUND),
            (own.as_str(), "nothing", "minute", StatusCode::UNPROCESSABLE_ENTITY),
            (own.as_str(), "road", "song", StatusCode::UNPROCESSABLE_ENTITY),
            ("", "road", "minute", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let answer = teacher.post("/talk", &[("kind", kind), ("class", class), ("topic", topic)]).await;
            assert_eq!(answer.status, status, "{class} {topic} {kind}");
        }
        assert_eq!(county.app.store.count(&TALK, &Query::new(), &Scope::county()).await.unwrap(), before);
        assert_eq!(Visitor::sign_in(&county, "guard").await.get("/talk").await.status, StatusCode::NOT_FOUND);
        // Monday morning: the flag is raised for the whole school.
        let principal = Visitor::sign_in(&county, "principal").await;
        let page = principal.get("/talk").await.text();
        assert!(page.contains("升旗讲话"), "{page}");
        let answer = principal
            .post("/talk", &[("kind", "flag"), ("class", ""), ("topic", hidden(&page, "topic").as_str())])
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    }
}

/// A class that was let off early is told before it goes, at whatever hour; before it has gone its minute waits for the timetable.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_that_goes_early_is_told_when_it_goes() {
    for county in county::both().await {
        let county = county.at_minute(11 * 60).await;
        let (name, token) = (county.backend(), county.token("teacher").await);
        let class = county.cx("teacher").await.scope().classes[0];
        let minute = json!({ "class": class, "day": "2021-12-20", "kind": "minute", "topic": "防溺水" });
        let (status, answer) = county.post(&token, "/api/v1/talks", minute.clone()).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("talk.not_yet")),
            "{name}"
        );
        let teacher = Visitor::sign_in(&county, "teacher").await;
        assert!(teacher.get("/talk").await.text().contains("还没到时间"), "{name}");
        let gone = json!({ "class": class, "taken_by": "bus", "early": "school" });
        let (status, answer) = county.post(&token, "/api/v1/handovers", gone).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {answer}");
        assert!(!teacher.get("/talk").await.text().contains("还没到时间"), "{name}");
        let (status, answer) = county.post(&token, "/api/v1/talks", minute).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {answer}");
    }
}
