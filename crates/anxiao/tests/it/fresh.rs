//! What has not changed is not sent again, and what has changed always is: by anybody, for this reader, in this language.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use serde_json::json;

use crate::county::{self, County};
use crate::visitor::Visitor;

async fn ask(
    county: &County,
    token: &str,
    path: &str,
    known: Option<&str>,
    lang: &str,
) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().uri(path).header("authorization", format!("Bearer {token}"));
    request = request.header("accept-language", lang);
    if let Some(known) = known {
        request = request.header(header::IF_NONE_MATCH, known);
    }
    county.send(request.body(Body::empty()).unwrap()).await
}

fn tag(headers: &HeaderMap) -> Option<String> {
    headers.get(header::ETAG).map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_and_figure_is_sent_once_until_something_changes() {
    for county in county::both().await {
        let bureau = county.token("bureau").await;
        let school = county.token("school").await;
        let paths: Vec<_> = ["hazards", "schools", "units", "classes", "posts", "monthly-returns", "figures"]
            .iter()
            .map(|plural| format!("/api/v1/{plural}"))
            .chain([
                "/api/v1/figures/hazards.found?period=2021".to_owned(),
                "/api/v1/hazards?state=closed&limit=5".to_owned(),
            ])
            .collect();
        let mut known = Vec::new();
        for path in &paths {
            let (status, headers, _) = ask(&county, &bureau, path, None, "zh").await;
            assert_eq!(status, StatusCode::OK, "{path}");
            assert_eq!(headers[header::CACHE_CONTROL], "private, no-cache", "{path}");
            let mine = tag(&headers).unwrap_or_else(|| panic!("{path} has no tag"));
            let (status, headers, body) = ask(&county, &bureau, path, Some(&mine), "zh").await;
            assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
            assert_eq!(tag(&headers).as_ref(), Some(&mine), "{path}");
            // Not for other eyes, and not in another language.
            assert_ne!(ask(&county, &school, path, Some(&mine), "zh").await.0, StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(ask(&county, &bureau, path, Some(&mine), "en").await.0, StatusCode::OK, "{path}");
            known.push(mine);
        }
        let body = json!({"place_kind": "school", "school": county.cx("school").await.actor.scope.home, "place": "楼梯",
            "description": "扶手松动", "category": "building", "source": "self_check", "found_on": "2021-12-19"});
        let (status, _) = county.post(&school, "/api/v1/hazards", body).await;
        assert_eq!(status, StatusCode::CREATED);
        for (path, known) in paths.iter().zip(&known) {
            assert_eq!(ask(&county, &bureau, path, Some(known), "zh").await.0, StatusCode::OK, "{path}");
        }
    }
}

/// Sensitive values, even masked, are kept by no browser and have no tag.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sensitive_is_kept_nowhere() {
    let county = county::sqlite().await;
    let about = ["pupils", "guardians", "staff", "marks", "missing", "handovers"];
    // These hold nothing sensitive of their own, but each names a child.
    let naming = ["enrolments", "beds", "cares"];
    for (login, plurals) in [("bureau", about.as_slice()), ("school", naming.as_slice())] {
        let (token, visitor) = (county.token(login).await, Visitor::sign_in(&county, login).await);
        for plural in plurals {
            let (_, headers, _) = ask(&county, &token, &format!("/api/v1/{plural}"), Some("*"), "zh").await;
            let kept = (headers[header::CACHE_CONTROL].to_str().unwrap(), tag(&headers));
            assert_eq!(kept, ("no-store", None), "{plural}");
            let page = visitor.get(&format!("/{plural}")).await;
            assert_eq!(page.headers[header::CACHE_CONTROL], "no-store", "{plural}");
            assert_eq!((page.status, tag(&page.headers)), (StatusCode::OK, None), "{plural}");
        }
    }
    // The preview of an import shows rows of the file.
    for plural in ["pupils", "guardians"] {
        let page = Visitor::sign_in(&county, "school").await.get(&format!("/{plural}/import")).await;
        assert_eq!((page.status, page.headers[header::CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, "no-store"));
    }
}

/// At a school's computer the next one goes back to what the last one saw: where children are named, there is nothing to go back to.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_about_children_is_kept_by_no_browser() {
    let county = county::sqlite().await;
    let teacher = Visitor::sign_in(&county, "teacher").await;
    let cx = county.cx("teacher").await;
    let class = *cx.scope().classes.first().unwrap();
    let pupil = {
        let query = kit::Query::new().is("class", kit::Cell::Id(class)).limit(1);
        let noun = county.app.kind("pupils").unwrap().noun;
        county.app.store.list(noun, &query, cx.scope()).await.unwrap().rows.remove(0).id
    };
    let named = [
        "/".to_owned(),
        "/rollcall/missing".to_owned(),
        "/rollcall/sickness".to_owned(),
        format!("/classes/{class}"),
        format!("/pupils/{pupil}"),
        format!("/pupils/{pupil}/presence"),
        // The roll that is still to be called.
        format!("/rollcall/{class}/arrival"),
    ];
    for path in &named {
        let page = teacher.get(path).await;
        assert_eq!(
            (page.status, page.headers[header::CACHE_CONTROL].to_str().unwrap()),
            (StatusCode::OK, "no-store"),
            "{path}"
        );
    }
    // What is about places stays quick.
    for path in ["/hazards", "/schools"] {
        assert!(tag(&teacher.get(path).await.headers).is_some(), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_known_until_it_says_something_else() {
    let county = county::sqlite().await;
    let visitor = Visitor::sign_in(&county, "bureau").await;
    // The catalogue of figures is always new: it tells how many messages arrived, which no history says.
    assert_eq!(tag(&visitor.get("/figures").await.headers), None);
    for path in ["/hazards", "/schools", "/figures/hazards.found?period=2021"] {
        let first = visitor.get(path).await;
        assert_eq!(first.status, StatusCode::OK, "{path}");
        let mine = tag(&first.headers).unwrap_or_else(|| panic!("{path} has no tag"));
        let again = visitor.get_known(path, &mine).await;
        // The sample county's clock stands on the page: in another minute it is another page.
        assert!(again.status == StatusCode::NOT_MODIFIED || tag(&again.headers).as_ref() != Some(&mine), "{path}");
    }
}
