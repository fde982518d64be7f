//! The addresses: what they answer, to whom.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use serde_json::Value;
use tower::ServiceExt;

use super::super::freeze::freeze;
use super::super::pages;
use super::*;

impl County {
    async fn answer(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let router = engine::figures::routes().merge(pages::routes()).with_state(Arc::clone(&self.app));
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let to =
            response.headers().get(header::LOCATION).map_or_else(String::new, |to| to.to_str().unwrap().to_owned());
        let body = to_bytes(response.into_body(), 4_000_000).await.unwrap();
        (status, to, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn json(&self, login: &str, path: &str) -> (StatusCode, Value) {
        let token = self.app.issue_token(login, "test").await.unwrap().unwrap();
        let request =
            Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}")).body(Body::empty()).unwrap();
        let (status, _, body) = self.answer(request).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn page(&self, login: &str, path: &str) -> (StatusCode, String) {
        let account = self.app.account_id(login).await.unwrap().unwrap();
        let cookie = self.app.begin_session(account, "test").await.unwrap();
        let request = Request::get(path).header(header::COOKIE, format!("sid={cookie}")).body(Body::empty()).unwrap();
        let (status, _, body) = self.answer(request).await;
        (status, body)
    }
}

#[tokio::test]
async fn a_figure_for_programs() {
    let county = County::new().await;
    let (status, found) = county.json("bureau", "/api/v1/figures/hazards.rate_of_found?period=2021").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&found["value"], &found["denominator"], &found["share"]), (&4.into(), &6.into(), &66.67.into()));
    assert_eq!(
        (&found["period"], &found["cutoff"], &found["formula"]),
        (&"2021".into(), &"2021-12-20".into(), &2.into())
    );
    assert_eq!(found["coverage"], serde_json::json!({ "returned": 2, "all": 3, "missing": "/schools?local_code=L13" }));
    assert!(
        found["rows"].as_str().unwrap().starts_with("/hazards?state.not=mistaken%2Cmerged&found_on.from=2021-01-01"),
        "{found}"
    );
    let (_, list) = county.json("bureau", "/api/v1/figures").await;
    let figures: usize = crate::all().iter().map(|area| area.figures.len()).sum();
    assert_eq!(list["total"], figures, "the bureau reads every record that is counted");
    // A small group is not told to the county's leading group, which has no rows of pupils to open; the bureau has.
    let small = format!("/api/v1/figures/pupils?unit={}", id(SILENT));
    let (_, told) = county.json("bureau", &small).await;
    assert_eq!((&told["value"], &told["small"]), (&3.into(), &false.into()));
    assert!(told["rows"].as_str().unwrap().starts_with("/pupils?"), "{told}");
    let (_, small) = county.json("county", &small).await;
    assert_eq!((&small["value"], &small["small"], &small["rows"]), (&Value::Null, &true.into(), &Value::Null));
    let (_, pupils) = county.json("county", "/api/v1/figures/pupils").await;
    assert_eq!((&pupils["value"], &pupils["rows"]), (&8.into(), &Value::Null));
}

#[tokio::test]
async fn what_is_out_of_reach_does_not_exist() {
    let county = County::new().await;
    let (_, own) = county.json("school", "/api/v1/figures/hazards.found?period=2021").await;
    assert_eq!(own["value"], 3);
    let (status, _) = county.json("school", &format!("/api/v1/figures/hazards.found?unit={}", id(SILENT))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    for (login, path) in [("guard", "/api/v1/figures/returns.made"), ("bureau", "/api/v1/figures/nothing")] {
        assert_eq!(county.json(login, path).await.0, StatusCode::NOT_FOUND, "{login} {path}");
    }
    for query in ["period=20", "cutoff=yesterday", "unit=1"] {
        let (status, body) = county.json("bureau", &format!("/api/v1/figures/hazards.found?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let (name, _) = query.split_once('=').unwrap();
        assert_eq!(body["error"]["faults"][0]["field"], name);
    }
    for path in ["/reports", "/reports/year/2021"] {
        assert_eq!(county.page("school", path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_pages_lead_on() {
    let county = County::new().await;
    let (status, catalogue) = county.page("bureau", "/figures").await;
    assert_eq!(status, StatusCode::OK);
    assert!(catalogue.contains("/figures/hazards.overdue") && catalogue.contains("逾期未销号"));
    // What each says this year, so that nobody has to open them one by one: four of the hazards found were rectified.
    assert!(
        catalogue.contains("2021年至今") && catalogue.contains("<span class=\"ax-number\">4 条</span>"),
        "{catalogue}"
    );
    assert!(catalogue.contains("<span class=\"ax-number\">66.67%（4 / 6 条）</span>"), "{catalogue}");
    // Another period says so at its head, leads to its own numbers and back to the year; one that there is not is refused.
    let (status, past) = county.page("bureau", "/figures?period=2021-Q1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(past.contains("2021年第1季度（截至 ") && !past.contains("2021年至今"), "{past}");
    assert!(past.contains("/figures/hazards.found?period=2021-Q1"), "{past}");
    assert!(past.contains("\"/figures?period=2021\"") && past.contains("\"/figures?period=2021-Q2\""), "{past}");
    assert_eq!(county.page("bureau", "/figures?period=x").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, figure) = county.page("bureau", "/figures/hazards.rate_of_found?period=2021").await;
    assert_eq!(status, StatusCode::OK);
    assert!(figure.contains("66.67%<small>4 / 6 条</small>") && figure.contains("有1所缺少月度确认"), "{figure}");
    for (login, hidden) in [("county", true), ("bureau", false)] {
        let (_, pupils) = county.page(login, &format!("/figures/pupils?unit={}", id(SILENT))).await;
        assert_eq!(pupils.contains("&#60;5") || pupils.contains("&lt;5"), hidden, "{login}: {pupils}");
    }
    let (status, draft) = county.page("bureau", "/reports/year/2021").await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        draft.contains("/figures/hazards.found?period=2021") && draft.contains("/reports/year/2021/freeze"),
        "{draft}"
    );
    let (_, markdown) = county.page("bureau", "/reports/year/2021?format=md").await;
    assert!(markdown.starts_with("# 试县2021年"));
    assert_eq!(county.page("bureau", "/reports/year/1066").await.0, StatusCode::NOT_FOUND);
    assert_eq!(county.page("bureau", "/figures/pupils?period=x").await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn freezing_by_the_page_and_reading_it_again() {
    let county = County::new().await;
    let account = county.app.account_id("bureau").await.unwrap().unwrap();
    let cookie = county.app.begin_session(account, "test").await.unwrap();
    let (session, _) = county.app.resume(&cookie).await.unwrap().unwrap();
    let post = |csrf: &str| {
        Request::post("/reports/year/2021/freeze?cutoff=2021-12-20")
            .header(header::COOKIE, format!("sid={cookie}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf={csrf}")))
            .unwrap()
    };
    assert_eq!(county.answer(post("wrong")).await.0, StatusCode::FORBIDDEN);
    let (status, to, body) = county.answer(post(&session.csrf)).await;
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let (status, page) = county.page("bureau", &to).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("全部数字与定稿一致") && page.contains("截至2021年12月20日"), "{page}");
    let (_, prose) = county.page("bureau", &format!("{to}?frozen=1&format=md")).await;
    assert!(prose.starts_with("# 试县2021年"));
    let (_, list) = county.page("bureau", "/reports").await;
    assert!(list.contains(&to));
    assert_eq!(county.page("school", &to).await.0, StatusCode::NOT_FOUND);
    let frozen = |path: &'static str| {
        Request::post(path)
            .header(header::COOKIE, format!("sid={cookie}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("csrf={}", session.csrf)))
            .unwrap()
    };
    // Nothing has changed: it is the one that is there.
    let (status, again, _) = county.answer(frozen("/reports/year/2021/freeze")).await;
    assert_eq!((status, again), (StatusCode::SEE_OTHER, to));
    for (path, said) in [
        ("/reports/year/2021/freeze?cutoff=abc", "截止日期请写成"),
        ("/reports/year/2021/freeze?cutoff=2020-12-31", "截止日期应在2021-01-01至2021-12-20之间"),
        ("/reports/year/2021/freeze?cutoff=2021-12-21", "截止日期应在2021-01-01至2021-12-20之间"),
        ("/reports/year/2022/freeze", "这一年还没有开始"),
    ] {
        let (status, _, body) = county.answer(frozen(path)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(body.contains(said), "{path}: {body}");
        // The draft says the same.
        let (status, body) = county.page("bureau", &path.replace("/freeze", "")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert!(body.contains(said), "{path}: {body}");
    }
}

/// What changed since is told with its unit and by its own name, and what reads the same is left out.
#[tokio::test]
async fn a_frozen_report_names_what_changed_since() {
    let county = County::new().await;
    let row = freeze(&county.bureau(), 2021, day("2021-12-20")).await.unwrap();
    let mut rows = Rows::new();
    hazards(&mut rows);
    // Two hazards that were written down late, one of each year; and a duty that was done.
    let late = [(1, 1101), (7, 1107)].map(|(at, n): (usize, u128)| {
        let (noun, row) = rows[at].clone();
        (noun, Row { id: id(n), ..row })
    });
    county.add(5010, late.to_vec()).await;
    county.add(5011, vec![super::doing::deed(3000, "fire.check", CENTRAL, "2021-05-12", "2021-05-13")]).await;
    let (status, page) = county.page("bureau", &format!("/reports/{}", row.id)).await;
    assert_eq!(status, StatusCode::OK);
    for said in [
        "2021年“发现隐患”：定稿时6条，现为",
        ">7条</a>",
        "2020年“发现隐患”：定稿时2条，现为",
        ">3条</a>",
        "2021年“漏办的职责（每月）”：定稿时",
        "2021年“按时完成的职责（每月）”：定稿时19项，现为",
        ">20项</a>",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    // The schools are those that they were; and none of three that were closed is as much as none of two.
    assert!(!page.contains("“学校数”") && !page.contains("定稿时0.00%"), "{page}");
}
