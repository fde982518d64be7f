//! Who may put whom where: a school fills its own posts, and what somebody writes stays where he can find it.

use areas::organisation::record::{POST, STAFF, UNIT};
use axum::http::{Method, StatusCode};
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::json;

use crate::county;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_school_fills_its_own_posts_and_no_others() {
    for county in county::both().await {
        let name = county.backend();
        let section = Query::new().among("kind", &["section"]);
        let section = county.app.store.all(&UNIT, &section, &Scope::county()).await.unwrap().remove(0).id;
        for login in ["school", "principal"] {
            let (cx, token) = (county.cx(login).await, county.token(login).await);
            let home = cx.scope().home.unwrap();
            let own = Query::new().is("school", Cell::Id(home)).is("left_on", Cell::Null);
            let own = county.app.store.all(&STAFF, &own, &Scope::county()).await.unwrap();
            let count = county.app.store.count(&POST, &Query::new(), &Scope::county()).await.unwrap();
            // His own person too: that a post is about oneself gives nobody the right to it.
            for staff in [own[0].id, cx.actor.person().unwrap()] {
                for (post, place, code) in [
                    ("section_head", ("unit", section), "record.outside"),
                    ("group_head", ("unit", section), "record.outside"),
                    ("inspector", ("school", home), "post.not_at_school"),
                ] {
                    let body = json!({ "staff": staff, "post": post, place.0: place.1, "from_on": "2021-12-01" });
                    let (status, answer) = county.post(&token, "/api/v1/posts", body).await;
                    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {login} {post}: {answer}");
                    assert_eq!(answer["error"]["code"], code, "{name} {login} {post}: {answer}");
                }
            }
            let body = json!({ "name": "新来的", "number": "X900", "unit": section });
            let (status, answer) = county.post(&token, "/api/v1/staff", body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
            let moved = json!({ "version": own[0].version, "school": null, "unit": section });
            let (status, answer) =
                county.ask(&token, Method::PATCH, &format!("/api/v1/staff/{}", own[0].id), Some(moved)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
            assert_eq!(answer["error"]["code"], "record.outside", "{name} {answer}");
            assert_eq!(county.app.store.count(&POST, &Query::new(), &Scope::county()).await.unwrap(), count, "{name}");
            let kept = json!({ "staff": own[0].id, "post": "group_member", "school": home, "from_on": "2021-12-01" });
            let (status, answer) = county.post(&token, "/api/v1/posts", kept).await;
            assert_eq!(status, StatusCode::CREATED, "{name} {login}: its own it fills; {answer}");
        }
    }
}

/// A child's day says what marks say of it, so it is theirs who may read marks.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_no_marks_reads_no_day_of_a_child() {
    let county = county::sqlite().await;
    let director = county.cx("director").await;
    assert!(director.may("pupil", "read") && !director.may("mark", "read"));
    let (_, page) = county.get(&county.token("director").await, "/api/v1/pupils?limit=1").await;
    let path = format!("/pupils/{}/presence", page["items"][0]["id"].as_str().unwrap());
    assert_eq!(Visitor::sign_in(&county, "director").await.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Visitor::sign_in(&county, "bureau").await.get(&path).await.status, StatusCode::OK);
}
