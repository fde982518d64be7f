//! What becomes of a tip, and for whom it exists.

use super::*;
use crate::county;
use crate::visitor::Visitor;

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

/// By no address, in no list and by no move.
async fn finds_nothing(county: &County, login: &'static str, (hidden, shown): (&Row, &Row), words: &str) {
    let (token, visitor) = (county.token(login).await, Visitor::sign_in(county, login).await);
    for path in ["", "/timeline"] {
        let path = format!("/api/v1/tips/{}{path}", hidden.id);
        assert_eq!(county.get(&token, &path).await.0, StatusCode::NOT_FOUND, "{login} {path}");
    }
    for mv in ["answer", "to_hazard", "merge"] {
        let path = format!("tips/{}/{mv}", hidden.id);
        let body = json!({ "answer": "a", "place": "p", "duplicate_of": shown.id });
        assert_eq!(act(county, login, &path, body).await.0, StatusCode::NOT_FOUND, "{login} {mv}");
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
    for path in [format!("/tips/{}", hidden.id), format!("/tips/{}/triage", hidden.id), "/tips/export.csv".into()] {
        assert_ne!(visitor.get(&path).await.status, StatusCode::OK, "{login} {path}");
    }
    let (_, list) = county.get(&token, "/api/v1/tips?about_people=true").await;
    assert_eq!(list["total"], 0, "{login} counts none");
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
            finds_nothing(&county, login, (&hidden, &shown), words).await;
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
        let triage = bureau.get(&format!("/tips/{}/triage", hidden.id)).await.text();
        assert!(triage.contains(words));
        assert!(
            triage.contains("data-confirm=\"“不予受理（恶意或无效反映）”后不能恢复"),
            "asked here as on the tip's own page: {triage}"
        );
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
async fn the_tips_of_the_sample_county_can_be_followed() {
    for county in county::both().await {
        let found = areas::tips::examples::find(&county.cx("bureau").await).await.unwrap();
        for (code, says) in [(found.asked, "真的改好了吗？"), (found.waiting, "受理"), (found.answered, "答复")]
        {
            let (status, page) = Stranger::new(&county).get(&format!("/t/follow/{}", code.unwrap())).await;
            assert!(status == StatusCode::OK && page.contains(says), "{says}: {page}");
        }
        assert!(county.flaws().await.is_empty());
    }
}
