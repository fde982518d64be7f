//! A roll that was called without a network, on both databases: it says when it was called and when it came, and what a wrong clock or a page of
//! another day makes of it.

use areas::attendance::record::SHEET;
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope, dates};
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
        // Friday's page filled in this morning is neither day's roll.
        phone.ahead = 0;
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
