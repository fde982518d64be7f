//! A roll that was called without a network, on both databases: it says when it was called and when it came, and what a wrong clock or a page of
//! another day makes of it.

use areas::attendance::handover::HANDOVER;
use areas::attendance::record::{MARK, MISSING, SHEET};
use areas::duties::reading::{Wanted, read};
use axum::http::StatusCode;
use kit::duty::{Level, State};
use kit::query::Query;
use kit::{Cell, Scope, dates};
use serde_json::json;
use uuid::Uuid;

use crate::county::{self, County};
use crate::devices::{FORM, Form, Phone};
use crate::visitor::Visitor;

const HOUR: i64 = 3_600_000;

fn roll(county: &County, phone: &Phone<'_>, class: Uuid, (session, day): (&str, &str), ago: i64) -> Form {
    let request = county.app.store.new_id(county.app.clock.now());
    let body = format!("csrf=of+an+old+session&request_id={request}&day={day}");
    Form {
        path: format!("/rollcall/{class}/{session}"),
        media: FORM.into(),
        request,
        body: body.into_bytes(),
        done: phone.now() - ago,
    }
}

async fn sheet(county: &County, id: Uuid) -> Option<kit::Row> {
    county.app.store.find(&SHEET, id, &Scope::county()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_called_without_a_network_carries_both_times() {
    for county in county::both().await {
        let county = county.at_minute(10 * 60).await;
        let class = county.cx("teacher").await.scope().classes[0];
        let mut phone = Phone::enrol(&county, "teacher").await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let (today, friday) = ("2021-12-20", "2021-12-17");
        // Two hours ahead all the time: called at eight, come at ten.
        phone.ahead = 2 * HOUR + 90_000;
        let form = roll(&county, &phone, class, ("arrival", today), 2 * HOUR);
        for _ in 0..2 {
            let (status, told) = phone.send(&form).await;
            assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        }
        let row = sheet(&county, form.request).await.unwrap();
        let clock = |field| dates::shanghai_time(row.get(&SHEET, field).int().unwrap()).format("%H:%M").to_string();
        assert_eq!((clock("device_at").as_str(), clock("called_at").as_str()), ("08:00", "10:00"));
        assert_eq!(row.get(&SHEET, "clock").text(), Some("ahead"));
        let page = teacher.get(&form.path).await.text();
        for said in ["断网时点名：手机上 2021-12-20 08:00 点的名，10:00 收到", "手机时钟偏快"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let record = teacher.get(&format!("/sheets/{}", form.request)).await.text();
        assert!(
            record.contains("断网时填写：手机时间 2021-12-20 10:0") && record.contains("手机时钟快了 2 小时"),
            "{record}"
        );
        // Ahead when it was called, and put right by the network before it was sent.
        phone.ahead = 0;
        let form = roll(&county, &phone, class, ("lesson.2", today), -2 * HOUR);
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        assert_eq!(sheet(&county, form.request).await.unwrap().get(&SHEET, "clock").text(), Some("ahead"));
        // Friday's page filled in this morning is neither day's roll.
        let kept = roll(&county, &phone, class, ("lesson.1", friday), HOUR);
        let (status, told) = phone.send(&kept).await;
        assert_eq!(
            (status, told["error"]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("device.refused"))
        );
        assert!(sheet(&county, kept.request).await.is_none());
        // Filled in on Friday and sent on Monday it is Friday's.
        let friday_at = roll(&county, &phone, class, ("lesson.1", friday), 3 * 24 * HOUR);
        let (status, told) = phone.send(&friday_at).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        // Somebody has called meanwhile: shown to the person, not swallowed.
        let second = roll(&county, &phone, class, ("arrival", today), HOUR);
        let (status, told) = phone.send(&second).await;
        assert_eq!((status, told["error"]["code"].as_str()), (StatusCode::CONFLICT, Some("device.conflict")));
        let mine = Query::new().is("class", Cell::Id(class)).among("session", &["lesson.1"]);
        assert_eq!(county.app.store.count(&SHEET, &mine, &Scope::county()).await.unwrap(), 1);
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// How a class's roll of the morning stands as a duty.
async fn duty(county: &County, class: Uuid) -> Option<State> {
    let today = "2021-12-20".parse().unwrap();
    let wanted = Wanted { code: Some("rollcall.arrival".into()), ..Wanted::new(today, today, &[Level::Class]) };
    let cx = county.cx("teacher").await;
    let mut state = None;
    read(&cx, &wanted).await.unwrap().each(cx.now, |duty| {
        if duty.subject == class {
            state = Some(duty.state);
        }
    });
    state
}

/// The sheet, the figure and the duty say the same of a roll that was called in time and came late.
#[tokio::test(flavor = "multi_thread")]
async fn a_roll_called_in_time_without_a_network_is_a_duty_done_in_time() {
    for (ahead, state) in [(0, State::Done), (2 * HOUR, State::DoneLate)] {
        for county in county::both().await {
            let county = county.at_minute(10 * 60).await;
            let class = county.cx("teacher").await.scope().classes[0];
            let mut phone = Phone::enrol(&county, "teacher").await;
            // By a clock that is wrong a telephone says nothing of its own day.
            phone.ahead = ahead;
            let form = roll(&county, &phone, class, ("arrival", "2021-12-20"), 2 * HOUR);
            assert_eq!(duty(&county, class).await, Some(State::Missed), "{}", county.backend());
            let (status, told) = phone.send(&form).await;
            assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
            assert_eq!(duty(&county, class).await, Some(state), "{} {ahead}", county.backend());
        }
    }
}

/// Where a class is called later there may be no network: each of the day's rolls is kept before its time, and the handover at the gate.
#[tokio::test(flavor = "multi_thread")]
async fn the_day_s_rolls_and_the_handover_are_kept_before_their_time() {
    for county in county::both().await {
        let county = county.at_minute(7 * 60).await;
        let class = county.cx("teacher").await.scope().classes[0];
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let page = teacher.get("/rollcall").await.text();
        for path in [format!("/rollcall/{class}/noon"), format!("/handovers/new?class={class}")] {
            let link = page.split("<a ").find(|link| link.contains(&format!("href=\"{path}\""))).unwrap_or_default();
            assert!(link.split('>').next().unwrap().contains("data-day"), "{path}: {page}");
            let kept = teacher.get(&path).await;
            assert!(kept.status == StatusCode::OK && kept.text().contains("data-keep"), "{path}: {}", kept.text());
        }
        // Called at noon without a network from that page, it is noon's roll.
        let county = county.at_minute(16 * 60).await;
        let phone = Phone::enrol(&county, "teacher").await;
        let form = roll(&county, &phone, class, ("noon", "2021-12-20"), HOUR + HOUR / 2);
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        assert!(sheet(&county, form.request).await.is_some());
    }
}

/// Handed over at the gate without a network, and sent the next morning: it was handed over on that day, at that time.
#[tokio::test(flavor = "multi_thread")]
async fn a_handover_without_a_network_is_of_its_moment() {
    for county in county::both().await {
        let morning = dates::shanghai_start("2021-12-21".parse().unwrap()) + 8 * HOUR;
        let county = county.at(morning).await;
        let class = county.cx("teacher").await.scope().classes[0];
        let phone = Phone::enrol(&county, "teacher").await;
        let request = county.app.store.new_id(county.app.clock.now());
        let body = format!("csrf=of+an+old+session&request_id={request}&class={class}&taken_by=bus");
        let form = Form {
            path: "/handovers".into(),
            media: FORM.into(),
            request,
            body: body.into_bytes(),
            done: phone.now() - 15 * HOUR,
        };
        for _ in 0..2 {
            let (status, told) = phone.send(&form).await;
            assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        }
        let row = county.app.store.find(&HANDOVER, request, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(row.get(&HANDOVER, "day"), &Cell::Date("2021-12-20".parse().unwrap()), "{}", county.backend());
        let at = dates::shanghai_time(row.get(&HANDOVER, "handed_at").int().unwrap());
        assert_eq!(at.format("%m-%d %H").to_string(), "12-20 17", "{}", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The roll as it was called is a page of the day, with its moves: a slip that was taken back within its minute is taken back whenever that comes, once; a
/// mark that somebody else has changed meanwhile is shown with both versions.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_a_called_roll_without_a_network_is_of_its_moment() {
    for county in county::both().await {
        let county = county.at_minute(8 * 60).await;
        let class = county.cx("teacher").await.scope().classes[0];
        let (token, path) = (county.token("teacher").await, format!("/api/v1/rollcall/{class}/arrival"));
        let (_, roll) = county.get(&token, &path).await;
        let pupil = |at: usize| json!({ "pupil": roll["roll"][at]["id"], "kind": "absent" });
        let body = json!({ "day": "2021-12-20", "missed": [pupil(0), pupil(1), pupil(2)] });
        let (status, sheet) = county.post(&token, &path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{sheet}");
        let sheet = Cell::Id(sheet["id"].as_str().unwrap().parse().unwrap());
        let county = county.at_minute(8 * 60 + 30).await;
        let everything = Scope::county();
        let all = |noun| county.app.store.find_by(noun, "sheet", std::slice::from_ref(&sheet), &everything);
        let (marks, begun) = (all(&MARK).await.unwrap(), county.app.clock.now());
        let phone = Phone::enrol(&county, "teacher").await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let page = teacher.get(&format!("/rollcall/{class}/arrival")).await.text();
        for said in [
            format!("data-keeps=\"/rollcall/{class}/arrival\""),
            format!("href=\"/marks/{}\" data-day", marks[0].id),
            format!("action=\"/marks/{}/arrived\" data-keep", marks[0].id),
        ] {
            assert!(page.contains(&said), "{said}: {page}");
        }
        assert!(teacher.get(&format!("/marks/{}", marks[0].id)).await.text().contains("data-keep"));
        let form = |mark: &kit::Row, mv: &str, done: i64| {
            let request = county.app.store.new_id(county.app.clock.now());
            let body = format!("csrf=of+an+old+session&request_id={request}&version=1").into_bytes();
            Form { path: format!("/marks/{}/{mv}", mark.id), media: FORM.into(), request, body, done }
        };
        // Touched half a minute after the roll; it comes half an hour later, twice.
        let slip = form(&marks[0], "take_back", phone.now() - HOUR / 2 + 30_000);
        for _ in 0..2 {
            let (status, told) = phone.send(&slip).await;
            assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        }
        let (status, told) = phone.send(&form(&marks[1], "take_back", phone.now() - HOUR / 4)).await;
        let refused = (StatusCode::UNPROCESSABLE_ENTITY, Some("device.refused"));
        assert_eq!((status, told["error"]["code"].as_str()), refused, "{}", county.backend());
        let (status, told) = phone.send(&form(&marks[1], "arrived", phone.now() - HOUR / 4)).await;
        assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        // The school has written down meanwhile that the third one is on leave.
        let excuse = json!({ "kind": "leave", "reply": "奶奶来电" });
        let (status, told) =
            county.post(&county.token("school").await, &format!("/api/v1/marks/{}/excuse", marks[2].id), excuse).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let (status, told) = phone.send(&form(&marks[2], "arrived", phone.now() - HOUR / 4)).await;
        let conflict = (StatusCode::CONFLICT, Some("device.conflict"));
        assert_eq!((status, told["error"]["code"].as_str()), conflict, "{}", county.backend());
        let now = all(&MARK).await.unwrap();
        let state = |mark: &kit::Row| {
            let row = now.iter().find(|row| row.id == mark.id).unwrap();
            row.get(&MARK, "state").text().unwrap().to_owned()
        };
        assert_eq!([0, 1, 2].map(|at| state(&marks[at])), ["taken_back", "arrived", "known"], "{}", county.backend());
        let checks = all(&MISSING).await.unwrap();
        let over = |row: &kit::Row| row.get(&MISSING, "state").text() == Some("closed");
        assert!(!checks.is_empty() && checks.iter().all(over), "{}", county.backend());
        // What follows is of its coming, not of then.
        let closed = |row: &kit::Row| row.get(&MISSING, "closed_at").int();
        assert!(checks.iter().all(|row| closed(row) >= Some(begun)), "{}", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
