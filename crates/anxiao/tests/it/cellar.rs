//! A round without a network, on both databases: when it was walked, what was said on it, and how long a telephone may keep it.

use areas::patrols::record::{POINT, ROUND, ROUTE, VISIT};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope};
use uuid::Uuid;

use crate::county;
use crate::devices::{Form, Phone, code, packed};

#[tokio::test(flavor = "multi_thread")]
async fn a_touch_in_the_cellar_counts_for_its_moment_and_what_was_said_is_heard() {
    let webm = [&[0x1a, 0x45, 0xdf, 0xa3][..], b"\x42\x82webm", b"A_OPUS", &[0; 64]].concat();
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let home = county.cx("guard").await.scope().home.unwrap();
        let route = Query::new().is("school", Cell::Id(home)).among("kind", &["guard"]);
        let route = county.app.store.all(&ROUTE, &route, &Scope::county()).await.unwrap().remove(0);
        let of = [Cell::Id(route.id)];
        let mut points = county.app.store.find_by(&POINT, "route", &of, &Scope::county()).await.unwrap();
        points.sort_by_key(|point| point.get(&POINT, "number").int());
        let touch = |at: usize, ago: i64, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]| {
            let (media, body) = packed(fields, files);
            let request = county.app.store.new_id(county.app.clock.now());
            let path = format!("/patrol-points/{}/mark", points[at].id);
            Form { path, media, request, body, done: phone.now() - ago }
        };
        let form = touch(0, 1_800_000, &[("result", "ok")], &[]);
        for _ in 0..2 {
            assert_eq!(phone.send(&form).await.0, StatusCode::OK, "{}", county.backend());
        }
        let visit = Uuid::new_v5(&form.request, b"visit");
        let visit = county.app.store.find(&VISIT, visit, &Scope::county()).await.unwrap().unwrap();
        let at = |field| visit.get(&VISIT, field).int().unwrap();
        assert!((at("recorded_at") - at("at") - 1_800_000).abs() < 60_000, "done when it was touched, heard of now");
        // Nothing in the list fits: what is said is enough. Neither is not.
        let other = [("result", "finding"), ("trouble", "other"), ("spoken", "1")];
        let (status, told) = phone.send(&touch(1, 1_700_000, &other, &[])).await;
        assert_eq!((status, code(&told)), (StatusCode::UNPROCESSABLE_ENTITY, "device.refused"), "{told}");
        let form = touch(1, 1_700_000, &other, &[("voice", "voice.webm", &webm)]);
        for _ in 0..2 {
            let (status, told) = phone.send(&form).await;
            assert_eq!(status, StatusCode::OK, "{told}");
        }
        let path = format!("/api/v1/hazards/{}/files", Uuid::new_v5(&form.request, b"hazard"));
        let items = county.get(&county.token("school").await, &path).await.1["items"].clone();
        assert_eq!((items.as_array().unwrap().len(), &items[0]["media"]), (1, &serde_json::json!("audio/webm")));
        // No sound: the hazard stands, and the telephone is led to where it is given again.
        let light = [("result", "finding"), ("trouble", "light")];
        let form = touch(2, 1_600_000, &light, &[("voice", "voice.webm", b"no sound")]);
        let (status, told) = phone.send(&form).await;
        let hazard = format!("/hazards/{}", Uuid::new_v5(&form.request, b"hazard"));
        assert_eq!((status, told["href"].as_str()), (StatusCode::OK, Some(hazard.as_str())), "{told}");
        // The round ends when it was ended, and what a telephone kept for days is typed in from paper.
        let end = Form { path: format!("/patrol-routes/{}/finish", route.id), ..touch(0, 1_500_000, &[], &[]) };
        assert_eq!(phone.send(&end).await.0, StatusCode::OK);
        let round = visit.get(&VISIT, "round").id().unwrap();
        let round = county.app.store.find(&ROUND, round, &Scope::county()).await.unwrap().unwrap();
        let lasted = round.get(&ROUND, "ended_at").int().unwrap() - round.get(&ROUND, "started_at").int().unwrap();
        assert!((lasted - 300_000).abs() < 60_000, "{lasted}");
        let (status, told) = phone.send(&touch(0, 5 * 24 * 3_600_000, &[("result", "ok")], &[])).await;
        assert_eq!((status, code(&told)), (StatusCode::UNPROCESSABLE_ENTITY, "device.refused"), "{told}");
        assert!(county.flaws().await.is_empty());
    }
}
