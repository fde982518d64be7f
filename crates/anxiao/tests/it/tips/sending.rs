//! Sending: what must not be lost, what must not be written, what must not be kept.

use areas::hazards::record::HAZARD;
use areas::tips::keeper;
use axum::http::Method;

use super::*;
use crate::county;
use crate::visitor::Visitor;

/// Half an upload, and something else altogether.
async fn broken_uploads(stranger: &Stranger<'_>, path: &str, fields: &[(&str, &str)]) {
    let half = multipart(fields);
    let half = half.split_at(half.len() - 40).0.to_owned();
    for (kind, body) in [
        (format!("multipart/form-data; boundary={EDGE}"), half),
        ("application/json".to_owned(), "{}".to_owned()),
        ("multipart/form-data".to_owned(), "x".to_owned()),
    ] {
        let request = Request::post(path).header("content-type", kind);
        let (status, _, page) = stranger.ask(request, Body::from(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        assert!(page.contains("上传中断"), "{page}");
    }
}

/// Codes that open nothing.
async fn closed_doors(county: &County, stranger: &Stranger<'_>, fields: &[(&str, &str)]) {
    for (path, expected, says) in [
        ("/t/NOTACODE", StatusCode::NOT_FOUND, "没有这个二维码"),
        ("/t/%27%3B--", StatusCode::NOT_FOUND, "没有这个二维码"),
        ("/t/follow/AAAA-AAAA-AAAA", StatusCode::NOT_FOUND, "没有这个查询码"),
        ("/t/follow/x", StatusCode::NOT_FOUND, "没有这个查询码"),
    ] {
        let (status, page) = stranger.get(path).await;
        assert!(status == expected && page.contains(says), "{path}: {status} {page}");
    }
    let expired = code_of(&wall(county, "expired").await);
    let (status, page) = stranger.get(&format!("/t/{expired}")).await;
    assert!(status == StatusCode::GONE && page.contains("已经停用"), "{page}");
    assert_eq!(stranger.post(&format!("/t/{expired}"), fields).await.0, StatusCode::GONE);
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
        broken_uploads(&stranger, &path, &fields).await;
        assert_eq!(count(&county).await, before);
        closed_doors(&county, &stranger, &fields).await;
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
        // Gone back to, and something else written: that was not sent, it is said, and the words are there.
        let what = [("spot", "dormitory"), ("words", "水管漏水"), ("different", "1")];
        let other = [&[("id", id.as_str()), ("token", token.as_str())], &what[..]].concat();
        let (status, _, page) = stranger.post(&path, &other).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("上一条已经收到") && page.contains("水管漏水") && hidden(&page, "id") != id, "{page}");
        let own = [("id", hidden(&page, "id")), ("token", hidden(&page, "token"))];
        let own: Vec<_> = own.iter().map(|(name, value)| (*name, value.as_str())).chain(what).collect();
        assert_eq!(stranger.post(&path, &own).await.0, StatusCode::SEE_OTHER);
        assert_ne!(tip(&county, "水管漏水").await.id.to_string(), id);
        // What a machine fills in is counted, not shown as work; the machine learns nothing.
        let robot = Stranger::new(&county);
        robot.received(&code, &[("spot", "other"), ("words", "便宜贷款"), ("website", "http://x")]).await;
        assert_eq!(tip(&county, "便宜贷款").await.get(&TIP, "state").text(), Some("set_aside"));
        assert!(!Visitor::sign_in(&county, "bureau").await.get("/").await.text().contains("便宜贷款"));
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
            keeper::daily(&county.app.store, &county.app.norms(), now).await.unwrap(),
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
        assert_eq!(keeper::daily(&county.app.store, &county.app.norms(), later).await.unwrap(), 1);
        assert!(tip(&county, "车窗卡住").await.get(&TIP, "contact").is_null());
        assert_eq!(keeper::daily(&county.app.store, &county.app.norms(), later).await.unwrap(), 0);
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
