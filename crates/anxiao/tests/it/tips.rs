//! Tips by strangers, through the real router on both databases: sent, followed, triaged, reopened; and what must not happen.

use areas::hazards::record::HAZARD;
use areas::tips::keeper;
use areas::tips::record::{TIP, TIP_CODE};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use kit::query::Query;
use kit::{Cell, Row, Scope};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

/// Somebody with a telephone, whom nobody knows.
struct Stranger<'a> {
    county: &'a County,
    cookie: String,
}

impl<'a> Stranger<'a> {
    fn new(county: &'a County) -> Self {
        let (secret, _) = engine::auth::new_secret();
        Self { county, cookie: format!("tip={secret}") }
    }

    async fn ask(&self, request: axum::http::request::Builder, body: Body) -> (StatusCode, HeaderMap, String) {
        let request =
            request.header("cookie", &self.cookie).header("accept-language", "zh-CN").header("host", "anxiao.example");
        let (status, headers, bytes) = self.county.send(request.body(body).unwrap()).await;
        (status, headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, _, text) = self.ask(Request::get(path), Body::empty()).await;
        (status, text)
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path).header("content-type", format!("multipart/form-data; boundary={EDGE}"));
        self.ask(request, Body::from(multipart(fields))).await
    }

    /// Opens the form behind a code and sends it with the proof that stands in it.
    async fn send(&self, code: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let (status, page) = self.get(&format!("/t/{code}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let mut all = vec![("id", id.as_str()), ("token", token.as_str())];
        all.extend(fields);
        self.post(&format!("/t/{code}"), &all).await
    }

    /// Sends what must be received, and answers with its follow code.
    async fn received(&self, code: &str, fields: &[(&str, &str)]) -> String {
        let (status, headers, page) = self.send(code, fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        followed(&headers)
    }
}

const EDGE: &str = "edge-of-a-part";

fn multipart(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + &format!("--{EDGE}--\r\n")
}

fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

fn followed(headers: &HeaderMap) -> String {
    let to = headers["location"].to_str().unwrap();
    to.strip_prefix("/t/follow/").unwrap().split('?').next().unwrap().to_owned()
}

/// The code on the wall of the sample accounts' school.
async fn wall(county: &County, state: &str) -> Row {
    let school = county.cx("school").await.scope().home.unwrap();
    let query = Query::new().is("school", Cell::Id(school)).among("state", &[state]);
    county.app.store.all(&TIP_CODE, &query, &Scope::county()).await.unwrap().remove(0)
}

fn code_of(row: &Row) -> String {
    row.get(&TIP_CODE, "code").text().unwrap().to_owned()
}

/// The tip that was sent with these words.
async fn tip(county: &County, words: &str) -> Row {
    let found = county.app.store.find_by(&TIP, "words", &[Cell::Text(words.into())], &Scope::county()).await.unwrap();
    assert_eq!(found.len(), 1, "{words}");
    found.into_iter().next().unwrap()
}

async fn count(county: &County) -> i64 {
    county.app.store.count(&TIP, &Query::new(), &Scope::county()).await.unwrap()
}

async fn act(county: &County, login: &str, path: &str, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/{path}"), body).await
}

async fn done(county: &County, login: &str, path: &str, body: Value) -> Value {
    let (status, answer) = act(county, login, path, body).await;
    assert_eq!(status, StatusCode::OK, "{login} {path}: {answer}");
    answer
}

/// The hazard's own life, from registered to closed.
async fn closed(county: &County, id: &str) {
    let keeper = county.cx("guard").await.actor.person().unwrap().to_string();
    done(county, "school", &format!("hazards/{id}/grade"), json!({ "grade": "general" })).await;
    done(county, "school", &format!("hazards/{id}/hand_over"), json!({ "keeper": keeper, "measures": "更换" })).await;
    done(county, "guard", &format!("hazards/{id}/sign_for"), json!({})).await;
    done(county, "guard", &format!("hazards/{id}/submit"), json!({ "statement": "已更换" })).await;
    done(county, "principal", &format!("hazards/{id}/confirm"), json!({})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_reports_follows_and_says_that_it_is_not_fixed() {
    for county in county::both().await {
        let stranger = Stranger::new(&county);
        let code = code_of(&wall(&county, "in_use").await);
        let follow = stranger.received(&code, &[("spot", "dormitory"), ("words", "宿舍三楼灯管要掉了")]).await;
        let (status, page) = stranger.get(&format!("/t/follow/{follow}?new=1")).await;
        assert_eq!(status, StatusCode::OK);
        // Monday 20 December and three working days.
        assert!(page.contains("2021-12-23") && page.contains("星期四"), "{page}");
        let row = tip(&county, "宿舍三楼灯管要掉了").await;
        assert!(row.get(&TIP, "contact").is_null() && row.get(&TIP, "holder").is_null());
        assert!(!format!("{row:?}").contains(&follow), "the code itself is kept nowhere");

        let path = format!("tips/{}", row.id);
        let triaged = done(&county, "school", &format!("{path}/to_hazard"), json!({ "place": "宿舍三楼" })).await;
        let hazard = triaged["hazard"].as_str().unwrap().to_owned();
        let (_, seen) = county.get(&county.token("teacher").await, &format!("/api/v1/hazards/{hazard}")).await;
        assert_eq!((seen["source"].as_str(), seen["found_by"].is_null()), (Some("tip"), true), "{seen}");
        // Linked both ways.
        let principal = Visitor::sign_in(&county, "principal").await;
        assert!(principal.get(&format!("/hazards/{hazard}")).await.text().contains("宿舍三楼灯管要掉了"));
        assert!(principal.get(&format!("/tips/{}", row.id)).await.text().contains(&format!("/hazards/{hazard}")));

        let (_, page) = stranger.get(&format!("/t/follow/{follow}")).await;
        assert!(page.contains("列为隐患") && !page.contains("name=\"says\""), "{page}");
        closed(&county, &hazard).await;
        let (_, page) = stranger.get(&format!("/t/follow/{follow}")).await;
        assert!(page.contains("复查通过") && page.contains("value=\"not_fixed\""), "{page}");
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let body = format!("id={id}&token={token}&says=not_fixed&reason={}", engine::web::encode("灯管还在晃"));
        for _ in 0..2 {
            let request = Request::post(format!("/t/follow/{follow}"))
                .header("content-type", "application/x-www-form-urlencoded");
            let (status, _, page) = stranger.ask(request, Body::from(body.clone())).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        }
        let (_, seen) = county.get(&county.token("bureau").await, &format!("/api/v1/hazards/{hazard}")).await;
        assert_eq!((seen["state"].as_str(), seen["reopened"].as_i64()), (Some("rectifying"), Some(1)), "{seen}");
        let row = tip(&county, "宿舍三楼灯管要掉了").await;
        assert_eq!(row.get(&TIP, "state").text(), Some("not_fixed"));
        assert_eq!(row.get(&TIP, "not_fixed").int(), Some(1), "sent twice is said once");
        let guard = county.cx("guard").await.actor.person().unwrap();
        let told = county.app.store.notices(guard, 50).await.unwrap();
        assert!(told.iter().any(|notice| notice.code == "hazard.reopened"), "the keeper is told");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tip_about_people_does_not_exist_for_their_school() {
    for county in county::both().await {
        let stranger = Stranger::new(&county);
        let code = code_of(&wall(&county, "in_use").await);
        let words = "有人在校门口推搡学生";
        let plain = "门口地砖翘起来绊人";
        stranger.received(&code, &[("spot", "gate"), ("words", words), ("about_people", "1")]).await;
        stranger.received(&code, &[("spot", "gate"), ("words", plain), ("different", "1")]).await;
        let (hidden, shown) = (tip(&county, words).await, tip(&county, plain).await);
        for login in ["school", "principal"] {
            let (token, visitor) = (county.token(login).await, Visitor::sign_in(&county, login).await);
            for path in ["", "/timeline"] {
                let path = format!("/api/v1/tips/{}{path}", hidden.id);
                assert_eq!(county.get(&token, &path).await.0, StatusCode::NOT_FOUND, "{login} {path}");
            }
            for mv in ["answer", "to_hazard", "merge"] {
                let path = format!("tips/{}/{mv}", hidden.id);
                let body = json!({ "answer": "a", "place": "p", "duplicate_of": shown.id });
                assert_eq!(act(&county, login, &path, body).await.0, StatusCode::NOT_FOUND, "{login} {mv}");
            }
            for path in [
                "/tips".to_owned(),
                "/tips?about_people=1".to_owned(),
                format!("/tips?q={}", engine::web::encode("推搡")),
                "/".to_owned(),
                format!("/tips/{}", shown.id),
                format!("/tips/{}/triage", shown.id),
            ] {
                let answer = visitor.get(&path).await;
                assert!(answer.status == StatusCode::OK && !answer.text().contains(words), "{login} {path}");
            }
            for path in
                [format!("/tips/{}", hidden.id), format!("/tips/{}/triage", hidden.id), "/tips/export.csv".into()]
            {
                assert_ne!(visitor.get(&path).await.status, StatusCode::OK, "{login} {path}");
            }
            let (_, list) = county.get(&token, "/api/v1/tips?about_people=true").await;
            assert_eq!(list["total"], 0, "{login} counts none");
        }
        // The figure of a school's own reader counts what he sees.
        let total = |login: &'static str| {
            let county = &county;
            async move { county.get(&county.token(login).await, "/api/v1/tips?limit=1").await.1["total"].as_i64().unwrap() }
        };
        let visible = county.app.store.count(&TIP, &Query::new(), county.cx("school").await.scope()).await.unwrap();
        assert_eq!(total("school").await, visible);
        let school = county.cx("school").await.scope().home.unwrap();
        let all =
            county.app.store.count(&TIP, &Query::new().is("school", Cell::Id(school)), &Scope::county()).await.unwrap();
        assert_eq!(all - visible, 1);
        // Seen by the bureau at once; nothing joins them where the school would read it.
        let bureau = Visitor::sign_in(&county, "bureau").await;
        assert!(bureau.get("/").await.text().contains(words));
        assert!(bureau.get(&format!("/tips/{}/triage", hidden.id)).await.text().contains(words));
        let body = json!({ "duplicate_of": hidden.id });
        let (status, answer) = act(&county, "bureau", &format!("tips/{}/merge", shown.id), body).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("tip.merge_into")));
        // What turns out to be about people is kept from then on.
        done(&county, "bureau", &format!("tips/{}/keep_from_school", shown.id), json!({})).await;
        let path = format!("/api/v1/tips/{}", shown.id);
        assert_eq!(county.get(&county.token("school").await, &path).await.0, StatusCode::NOT_FOUND);
        // Nor does the next stranger read it.
        let (_, _, page) =
            Stranger::new(&county).send(&code, &[("spot", "gate"), ("words", "门口推搡学生地砖翘起来绊人")]).await;
        assert!(!page.contains("推搡") || page.contains("门口推搡学生地砖翘起来绊人"), "{page}");
        assert!(!page.contains(words) && !page.contains(plain), "{page}");
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_triage_reads_no_tip_and_what_is_late_is_the_bureaus() {
    for county in county::both().await {
        let all = county.app.store.all(&TIP, &Query::new(), &Scope::county()).await.unwrap();
        let open = all[0].id;
        for login in ["teacher", "guard", "inspector", "department", "township", "director", "sysadmin", "auditor"] {
            let token = county.token(login).await;
            for path in ["/api/v1/tips".to_owned(), format!("/api/v1/tips/{open}"), "/api/v1/tip-codes".into()] {
                assert_eq!(county.get(&token, &path).await.0, StatusCode::NOT_FOUND, "{login} {path}");
            }
        }
        let late = Query::new().among("state", &["received"]).up_to("due_on", "2021-12-17".parse().unwrap());
        let late = county.app.store.all(&TIP, &late, county.cx("school").await.scope()).await.unwrap().remove(0);
        let path = format!("tips/{}/answer", late.id);
        let (status, answer) = act(&county, "school", &path, json!({ "answer": "好" })).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("tip.bureaus_now")));
        assert!(Visitor::sign_in(&county, "bureau").await.get("/").await.text().contains("学校逾期未受理的线索"));
        done(&county, "bureau", &path, json!({ "answer": "已处理" })).await;
        // Somebody else's school: neither its tips nor its codes.
        let mine = county.cx("school").await.scope().home.unwrap();
        let foreign = all.iter().find(|row| row.get(&TIP, "school").id() != Some(mine));
        if let Some(foreign) = foreign {
            let path = format!("/api/v1/tips/{}", foreign.id);
            assert_eq!(county.get(&county.token("school").await, &path).await.0, StatusCode::NOT_FOUND);
        }
        let codes = county.app.store.all(&TIP_CODE, &Query::new(), &Scope::county()).await.unwrap();
        let foreign = codes.iter().find(|row| row.get(&TIP_CODE, "school").id() != Some(mine)).unwrap();
        for path in ["sheet", "qr.svg"].map(|end| format!("/tip-codes/{}/{end}", foreign.id)) {
            assert_eq!(
                Visitor::sign_in(&county, "school").await.get(&path).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        let (status, _) = act(&county, "school", &format!("tip-codes/{}/renew", foreign.id), json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_loses_nothing_and_writes_nothing() {
    for county in county::both().await {
        let before = count(&county).await;
        let stranger = Stranger::new(&county);
        let code = code_of(&wall(&county, "in_use").await);
        let path = format!("/t/{code}");
        let long = "长".repeat(10_000);
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[("spot", "gate"), ("words", long.as_str())], "10000"),
            (&[("spot", "gate"), ("words", "  ")], "请填写此项"),
            (&[("words", "灯坏了")], "请填写此项"),
            (&[("spot", "moon"), ("words", "灯坏了")], "不"),
            (&[("spot", "gate"), ("words", "灯坏了"), ("contact", "12")], "手机号不对"),
            (&[], "请填写此项"),
        ];
        for (fields, says) in cases {
            let (status, _, page) = stranger.send(&code, fields).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(page.contains(says) && page.contains("ax-wrong"), "{says}: {page}");
            for (_, value) in fields.iter().filter(|(name, _)| *name == "words") {
                assert!(page.contains(value.trim()), "what was typed is still there");
            }
            assert!(!page.contains("error.") && !page.contains("tips."), "{page}");
        }
        let (_, page) = stranger.get(&path).await;
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let good = [("spot", "gate"), ("words", "灯坏了")];
        // Without our proof, with another form's, with another school's, from another site.
        let other =
            county.app.store.all(&TIP_CODE, &Query::new().among("state", &["in_use"]), &Scope::county()).await.unwrap();
        let other = other.iter().map(code_of).find(|other| *other != code).unwrap();
        let now = county.app.clock.now();
        let old = format!("{}.{}", now - 3 * 60 * 60_000, token.split_once('.').unwrap().1);
        for (path, id, token) in [
            (&path, id.as_str(), ""),
            (&path, id.as_str(), "1.h1:00"),
            (&path, id.as_str(), old.as_str()),
            (&path, "not-an-id", token.as_str()),
            (&path, "017da28d-29a0-7546-a756-a024f416d34a", token.as_str()),
            (&format!("/t/{other}"), id.as_str(), token.as_str()),
        ] {
            let mut fields = vec![("id", id), ("token", token)];
            fields.extend(good);
            let (status, _, page) = stranger.post(path, &fields).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {id} {token}");
            assert!(page.contains("再点一次发送") && page.contains("灯坏了"), "{page}");
        }
        let mut fields = vec![("id", id.as_str()), ("token", token.as_str())];
        fields.extend(good);
        let request = Request::post(&path)
            .header("content-type", format!("multipart/form-data; boundary={EDGE}"))
            .header("origin", "https://elsewhere.example");
        assert_eq!(stranger.ask(request, Body::from(multipart(&fields))).await.0, StatusCode::FORBIDDEN);
        // Half an upload, and something else altogether.
        let half = multipart(&fields);
        let half = half.split_at(half.len() - 40).0.to_owned();
        for (kind, body) in [
            (format!("multipart/form-data; boundary={EDGE}"), half),
            ("application/json".to_owned(), "{}".to_owned()),
            ("multipart/form-data".to_owned(), "x".to_owned()),
        ] {
            let request = Request::post(&path).header("content-type", kind);
            let (status, _, page) = stranger.ask(request, Body::from(body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
            assert!(page.contains("上传中断"), "{page}");
        }
        assert_eq!(count(&county).await, before);
        // Codes that open nothing.
        for (path, expected, says) in [
            ("/t/NOTACODE", StatusCode::NOT_FOUND, "没有这个二维码"),
            ("/t/%27%3B--", StatusCode::NOT_FOUND, "没有这个二维码"),
            ("/t/follow/AAAA-AAAA-AAAA", StatusCode::NOT_FOUND, "没有这个查询码"),
            ("/t/follow/x", StatusCode::NOT_FOUND, "没有这个查询码"),
        ] {
            let (status, page) = stranger.get(path).await;
            assert!(status == expected && page.contains(says), "{path}: {status} {page}");
        }
        let expired = code_of(&wall(&county, "expired").await);
        let (status, page) = stranger.get(&format!("/t/{expired}")).await;
        assert!(status == StatusCode::GONE && page.contains("已经停用"), "{page}");
        assert_eq!(stranger.post(&format!("/t/{expired}"), &fields).await.0, StatusCode::GONE);
        assert_eq!(count(&county).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_twice_is_one_tip_and_the_same_code() {
    for county in county::both().await {
        let stranger = Stranger::new(&county);
        let code = code_of(&wall(&county, "in_use").await);
        let (_, page) = stranger.get(&format!("/t/{code}")).await;
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let what = [("spot", "dormitory"), ("words", "窗户玻璃裂了一条缝"), ("different", "1")];
        let fields = [&[("id", id.as_str()), ("token", token.as_str())], &what[..]].concat();
        let path = format!("/t/{code}");
        let (first, second) = tokio::join!(stranger.post(&path, &fields), stranger.post(&path, &fields));
        assert_eq!((first.0, second.0), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER), "{} {}", first.2, second.2);
        assert_eq!(followed(&first.1), followed(&second.1));
        let row = tip(&county, "窗户玻璃裂了一条缝").await;
        assert_eq!(row.id.to_string(), id);
        // What a machine fills in is counted, not shown as work; the machine learns nothing.
        let robot = Stranger::new(&county);
        robot.received(&code, &[("spot", "other"), ("words", "便宜贷款"), ("website", "http://x")]).await;
        assert_eq!(tip(&county, "便宜贷款").await.get(&TIP, "state").text(), Some("set_aside"));
        assert!(!Visitor::sign_in(&county, "bureau").await.get("/").await.text().contains("便宜贷款"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn likely_duplicates_are_offered_and_unread_words_are_not_published() {
    for county in county::both().await {
        let code = code_of(&wall(&county, "in_use").await);
        let first = Stranger::new(&county);
        let words = "实验室门口水管爆了";
        first.received(&code, &[("spot", "classroom"), ("words", words), ("different", "1")]).await;
        let origin = tip(&county, words).await;
        let second = Stranger::new(&county);
        let mine = [("spot", "classroom"), ("words", "水管爆了到处是水")];
        let (status, _, page) = second.send(&code, &mine).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        assert!(page.contains("是不是同一件事") && page.contains(&origin.id.to_string()), "{page}");
        assert!(!page.contains(words), "nobody here has read them yet");
        done(&county, "school", &format!("tips/{}/answer", origin.id), json!({ "answer": "已关总阀，正在换管" })).await;
        let (_, _, page) = second.send(&code, &mine).await;
        assert!(page.contains(words), "{page}");
        // "This is it": a tip of his own that follows the other, nothing to triage.
        let (id, token, same) = (hidden(&page, "id"), hidden(&page, "token"), origin.id.to_string());
        let fields = [("id", id.as_str()), ("token", token.as_str()), ("same", same.as_str())];
        let (status, headers, _) = second.post(&format!("/t/{code}"), &[&fields[..], &mine[..]].concat()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (_, page) = second.get(&format!("/t/follow/{}", followed(&headers))).await;
        assert!(page.contains("已关总阀") && page.contains("水管爆了到处是水"), "{page}");
        let merged = tip(&county, "水管爆了到处是水").await;
        assert_eq!(
            (merged.get(&TIP, "state").text(), merged.get(&TIP, "duplicate_of").id()),
            (Some("merged"), Some(origin.id))
        );
        // What is no candidate cannot be followed by naming it.
        let other = county.app.store.all(&TIP, &Query::new(), &Scope::county()).await.unwrap();
        let other = other
            .iter()
            .find(|row| row.get(&TIP, "school") != origin.get(&TIP, "school"))
            .map(|row| row.id.to_string());
        if let Some(other) = other {
            let third = Stranger::new(&county);
            let (status, _, _) =
                third.send(&code, &[("spot", "classroom"), ("words", "水管爆了"), ("same", other.as_str())]).await;
            assert_eq!(status, StatusCode::OK, "asked once more");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_sends_too_much_waits_and_keeps_its_words() {
    let county = county::sqlite().await;
    let code = code_of(&wall(&county, "in_use").await);
    let eager = Stranger::new(&county);
    for number in 0..8 {
        eager.received(&code, &[("spot", "other"), ("words", &format!("第{number}件事")), ("different", "1")]).await;
    }
    let (status, _, page) = eager.send(&code, &[("spot", "other"), ("words", "第九件事")]).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.contains("第九件事") && page.contains("120"), "{page}");
    Stranger::new(&county).received(&code, &[("spot", "other"), ("words", "别人的事"), ("different", "1")]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_is_sealed_opened_with_a_reason_and_gone_with_the_answer() {
    for county in county::both().await {
        let code = code_of(&wall(&county, "in_use").await);
        let fields = [("spot", "bus"), ("words", "校车门关不严"), ("contact", "138 0013 8000"), ("different", "1")];
        Stranger::new(&county).received(&code, &fields).await;
        let row = tip(&county, "校车门关不严").await;
        assert!(!format!("{row:?}").contains("13800138000"));
        let school = Visitor::sign_in(&county, "school").await;
        let page = school.get(&format!("/tips/{}", row.id)).await.text();
        assert!(page.contains("138****8000") && !page.contains("13800138000"), "{page}");
        let path = format!("/tips/{}/open", row.id);
        let opened = school.post(&path, &[("field", "contact"), ("reason", "回电核实位置")]).await.text();
        assert!(opened.contains("13800138000"), "{opened}");
        done(&county, "school", &format!("tips/{}/answer", row.id), json!({ "answer": "已修好" })).await;
        let row = tip(&county, "校车门关不严").await;
        assert!(row.get(&TIP, "contact").is_null() && row.get(&TIP, "holder").is_null());
        let page = school.get(&format!("/tips/{}", row.id)).await.text();
        assert!(!page.contains("138****8000"), "gone from the history too: {page}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// A small picture, as a telephone would send it.
const PICTURE: &[u8] = include_bytes!("data/wall.png");

fn with_photo(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = multipart(fields).into_bytes();
    body.truncate(body.len() - EDGE.len() - 6);
    let head = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photograph_is_for_the_triager_and_goes_along_only_when_he_says_so() {
    for county in county::both().await {
        let code = code_of(&wall(&county, "in_use").await);
        let path = format!("/t/{code}");
        for (words, along) in [("食堂后门电线裸露", "1"), ("食堂前门电线裸露", "0")] {
            let stranger = Stranger::new(&county);
            let (_, page) = stranger.get(&path).await;
            let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
            let fields = [("id", id.as_str()), ("token", token.as_str()), ("spot", "canteen"), ("words", words)];
            let send = |fields: Vec<(&'static str, String)>, photo: Option<(&'static str, Vec<u8>)>| {
                let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
                let body = match photo {
                    Some((name, bytes)) => with_photo(&pairs, name, &bytes),
                    None => multipart(&pairs).into_bytes(),
                };
                let request =
                    Request::post(&path).header("content-type", format!("multipart/form-data; boundary={EDGE}"));
                stranger.ask(request, Body::from(body))
            };
            let owned = |more: &[(&'static str, &str)]| {
                let all = [("id", fields[0].1), ("token", fields[1].1), ("spot", "canteen"), ("words", words)];
                all.iter().chain(more).map(|(name, value)| (*name, (*value).to_owned())).collect::<Vec<_>>()
            };
            // What is no picture is refused at its field, and the words stay.
            let (status, _, page) = send(owned(&[]), Some(("virus.png", b"MZ not a picture".to_vec()))).await;
            assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains(words), "{page}");
            let (status, _, page) = send(owned(&[("contact", "12")]), Some(("gate.png", PICTURE.to_vec()))).await;
            assert!(status == StatusCode::UNPROCESSABLE_ENTITY && page.contains("照片已经收到"), "{page}");
            // Sent again without it: it is there.
            let (status, _, page) = send(owned(&[("different", "1")]), None).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
            let row = tip(&county, words).await;
            let files = engine::files::of(&county.app.store, &TIP, row.id).await.unwrap();
            assert_eq!(files.len(), 1);
            let photo = format!("/tips/{}/files/{}", row.id, files[0].id);
            for (login, expected) in [
                ("bureau", StatusCode::OK),
                ("school", StatusCode::OK),
                ("principal", StatusCode::OK),
                ("teacher", StatusCode::NOT_FOUND),
                ("guard", StatusCode::NOT_FOUND),
                ("director", StatusCode::NOT_FOUND),
            ] {
                assert_eq!(Visitor::sign_in(&county, login).await.get(&photo).await.status, expected, "{login}");
            }
            assert_eq!(Stranger::new(&county).get(&photo).await.0, StatusCode::SEE_OTHER, "signed out");
            let school = Visitor::sign_in(&county, "school").await;
            assert!(school.get(&format!("/tips/{}/triage", row.id)).await.text().contains(&photo));
            let body = json!({ "place": "食堂", "photo_along": along == "1" });
            let triaged = done(&county, "school", &format!("tips/{}/to_hazard", row.id), body).await;
            let hazard = triaged["hazard"].as_str().unwrap().parse().unwrap();
            let along_files = engine::files::of(&county.app.store, &HAZARD, hazard).await.unwrap();
            assert_eq!(along_files.len(), usize::from(along == "1"), "{words}");
            for file in along_files {
                let path = format!("/hazards/{hazard}/files/{}", file.id);
                assert_eq!(Visitor::sign_in(&county, "teacher").await.get(&path).await.status, StatusCode::OK);
            }
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_school_has_a_code_and_a_renewed_one_says_so() {
    for county in county::both().await {
        let now = county.app.clock.now();
        assert_eq!(
            keeper::daily(&county.app.store, &county.app.norms, now).await.unwrap(),
            0,
            "the sample has them all"
        );
        let row = wall(&county, "in_use").await;
        let school = Visitor::sign_in(&county, "school").await;
        let sheet = school.get(&format!("/tip-codes/{}/sheet", row.id)).await;
        let image = format!("/tip-codes/{}/qr.svg", row.id);
        assert!(
            sheet.status == StatusCode::OK && sheet.text().contains(&image) && sheet.text().contains(&code_of(&row))
        );
        let image = school.get(&image).await;
        assert_eq!(image.headers["content-type"], "image/svg+xml");
        assert!(image.text().contains("<svg"));
        let all = Visitor::sign_in(&county, "bureau").await.get("/tip-codes/sheet").await.text();
        assert_eq!(all.matches("ax-wall-school").count(), 6, "one sheet a school, campuses included");
        done(&county, "school", &format!("tip-codes/{}/renew", row.id), json!({})).await;
        let fresh = wall(&county, "in_use").await;
        assert_ne!(code_of(&fresh), code_of(&row));
        let stranger = Stranger::new(&county);
        assert_eq!(stranger.get(&format!("/t/{}", code_of(&row))).await.0, StatusCode::GONE);
        assert_eq!(stranger.get(&format!("/t/{}", code_of(&fresh))).await.0, StatusCode::OK);
        let (status, _) = act(&county, "school", &format!("tip-codes/{}/renew", row.id), json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "an expired one is not renewed again");
        // Half a year later no telephone number is left.
        let fields = [("spot", "bus"), ("words", "车窗卡住"), ("contact", "13800138000"), ("different", "1")];
        stranger.received(&code_of(&fresh), &fields).await;
        let later = now + 182 * 24 * 60 * 60_000;
        assert_eq!(keeper::daily(&county.app.store, &county.app.norms, later).await.unwrap(), 1);
        assert!(tip(&county, "车窗卡住").await.get(&TIP, "contact").is_null());
        assert_eq!(keeper::daily(&county.app.store, &county.app.norms, later).await.unwrap(), 0);
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_languages_no_session_and_one_cookie() {
    let county = county::sqlite().await;
    let code = code_of(&wall(&county, "in_use").await);
    for (lang, says) in [("zh", "看到什么不安全"), ("tw", "看到什麼不安全"), ("en", "What is unsafe")] {
        for (path, method) in [(format!("/t/{code}"), Method::GET), ("/t/follow".to_owned(), Method::GET)] {
            let request = Request::builder().method(method).uri(format!("{path}?lang={lang}"));
            let (status, headers, bytes) = county.send(request.body(Body::empty()).unwrap()).await;
            let page = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(status, StatusCode::OK);
            assert!(!page.contains("tips.") && !page.contains("<script") && !page.contains("style="), "{page}");
            assert!(path == "/t/follow" || page.contains(says), "{page}");
            let cookies: Vec<_> = headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
            assert!(
                cookies.len() == 1 && cookies[0].starts_with("tip=") && cookies[0].contains("Path=/t;"),
                "{cookies:?}"
            );
            assert_eq!(headers["cache-control"], "no-store");
        }
    }
    let hazards =
        county.app.store.count(&HAZARD, &Query::new().among("source", &["tip"]), &Scope::county()).await.unwrap();
    assert!(hazards > 0);
}
