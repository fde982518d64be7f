//! Records as they stood on an earlier day: what the history says of each, whatever has become of it since; and a figure with an
//! earlier cut-off that stays what it was when a closed hazard comes back. On both databases.

use areas::hazards::record::HAZARD;
use areas::organisation::record::PUPIL;
use axum::http::{Method, StatusCode};
use chrono::{Days, NaiveDate};
use kit::dates::{shanghai_date, shanghai_start};
use kit::{Cell, Query, Row, Scope};
use serde_json::{Value, json};

use crate::county::{self, County};

const KEPT: [&str; 5] = ["due_on", "first_due_on", "closed_on", "reopened", "on_the_spot"];

/// What the history says that a hazard held at the end of a day; `None` where it was not recorded yet.
async fn held(county: &County, row: &Row, day: NaiveDate) -> Option<Vec<Value>> {
    let told = county.app.store.timeline(&HAZARD, row).await.unwrap();
    let mut held = None;
    for event in told.iter().filter(|event| shanghai_date(event.at) <= day) {
        let now = held.get_or_insert_with(|| vec![Value::Null; KEPT.len()]);
        for (name, _, after) in &event.changes {
            if let Some(at) = KEPT.iter().position(|kept| kept == name) {
                now[at] = after.clone();
            }
        }
    }
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_stands_as_its_history_says_that_it_stood() {
    for county in county::both().await {
        let store = &county.app.store;
        let today = county.cx("bureau").await.today();
        let now = store.all(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
        let (mut seen, mut others) = (0, 0);
        for back in [0, 20, 90, 200, 340, 500] {
            let day = today - Days::new(back);
            for row in store.all(&HAZARD, &Query::new().as_of(day), &Scope::county()).await.unwrap() {
                let Some(held) = held(&county, &row, day).await else { continue };
                let now = now.iter().find(|now| now.id == row.id).unwrap();
                for (name, held) in KEPT.iter().zip(&held) {
                    let cell = row.get(&HAZARD, name);
                    seen += 1;
                    others += u32::from(now.get(&HAZARD, name) != cell);
                    // What was said for the first time afterwards has taken nothing back, and lies after the day by itself.
                    match held {
                        Value::Null => {
                            assert!(cell.date().is_none_or(|later| later > day), "{name} of {row:?} on {day}");
                        }
                        // Nor has what was not put right on the spot by then.
                        Value::Bool(false) => {}
                        held => assert_eq!(&cell.json(), held, "{}: {name} of {} on {day}", county.backend(), row.id),
                    }
                }
            }
        }
        assert!(seen > 400 && others > 0, "{}: {seen} values, {others} of them said otherwise since", county.backend());
    }
}

async fn figure(county: &County, token: &str, id: &str, cutoff: NaiveDate) -> Value {
    let path = format!("/api/v1/figures/{id}?period={}&cutoff={cutoff}", cutoff.format("%Y"));
    let (status, figure) = county.get(token, &path).await;
    assert_eq!(status, StatusCode::OK, "{figure}");
    figure
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_closed_at_a_cut_off_stays_closed_at_it_when_it_comes_back() {
    for county in county::both().await {
        let (name, token) = (county.backend(), county.token("bureau").await);
        let today = county.cx("bureau").await.today();
        let yesterday = today - Days::new(1);
        let closed = Query::new().among("state", &["closed"]).within("found_on", today - Days::new(60), today);
        let closed = closed.up_to("closed_on", yesterday);
        let row = county.app.store.all(&HAZARD, &closed, &Scope::county()).await.unwrap().remove(0);
        let ids = [
            "hazards.closed",
            "hazards.closed_on_time",
            "hazards.closed_late",
            "hazards.open",
            "hazards.overdue",
            "hazards.reopened",
        ];
        let mut before = Vec::new();
        for id in ids {
            before.push(figure(&county, &token, id, yesterday).await["value"].clone());
        }
        let path = format!("/api/v1/hazards/{}/reopen", row.id);
        let (status, answer) = county.post(&token, &path, json!({ "reason": "复查发现又被占用" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        for (id, before) in ids.iter().zip(&before) {
            assert_eq!(&figure(&county, &token, id, yesterday).await["value"], before, "{name}: {id} yesterday");
        }
        for (id, more) in [("hazards.closed", -1), ("hazards.open", 1), ("hazards.reopened", 1)] {
            let at = ids.iter().position(|one| *one == id).unwrap();
            let now = figure(&county, &token, id, today).await;
            assert!(!now["rows"].as_str().unwrap().contains("as_of"), "{name}: today they stand as they stand: {now}");
            // Nothing else has happened since this morning.
            assert_eq!(now["value"].as_i64(), before[at].as_i64().map(|before| before + more), "{name}: {id} today");
        }
        the_list_says_so(&county, &token, &row, yesterday).await;
    }
}

/// What was put right on the spot by a cut-off was so at it, and what was refused by then too, whatever is recorded afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_the_spot_or_refused_at_a_cut_off_stays_so() {
    for county in county::both().await {
        let open = Query::new().among("state", &["handed_over", "rectifying"]).is("refused", Cell::Bool(false));
        let open = county.app.store.all(&HAZARD, &open, &Scope::county()).await.unwrap().remove(0).id;
        let refuse = async |county: &County, facts: &str| {
            let path = format!("/api/v1/hazards/{open}/record_refusal");
            county.post(&county.token("bureau").await, &path, json!({ "refusal_facts": facts })).await
        };
        let county = county.at_minute(-14 * 60).await;
        let (status, answer) = refuse(&county, "拒绝整改").await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let county = county.at_minute(8 * 60).await;
        let (name, token) = (county.backend(), county.token("bureau").await);
        let today = county.cx("bureau").await.today();
        let yesterday = today - Days::new(1);
        let store = &county.app.store;
        let found = Query::new().within("found_on", today - Days::new(60), today);
        let spot = found.clone().among("state", &["closed"]).is("on_the_spot", Cell::Bool(true));
        let spot = store.all(&HAZARD, &spot.up_to("closed_on", yesterday), &Scope::county()).await.unwrap().remove(0);
        let ids = ["hazards.on_the_spot", "hazards.refused"];
        let mut before = Vec::new();
        for id in ids {
            before.push(figure(&county, &token, id, yesterday).await["value"].clone());
        }
        assert!(before[1].as_i64() > Some(0), "{name}: one was refused");
        let reopen = format!("/api/v1/hazards/{}/reopen", spot.id);
        let (status, answer) = county.post(&token, &reopen, json!({ "reason": "复查发现又被占用" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let (status, answer) = refuse(&county, "又一次拒绝整改").await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        for (id, before) in ids.iter().zip(&before) {
            assert_eq!(&figure(&county, &token, id, yesterday).await["value"], before, "{name}: {id} yesterday");
        }
        let now = figure(&county, &token, ids[0], today).await;
        assert_eq!(now["value"].as_i64(), before[0].as_i64().map(|before| before - 1), "{name}: today it came back");
        assert_eq!(figure(&county, &token, ids[1], today).await["value"], before[1], "{name}: refused as before");
        assert!(county.flaws().await.is_empty(), "{name}");
    }
}

/// A pupil who left and came back ten days later was not there in between, whatever his record says today.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_and_came_back_was_not_a_pupil_in_between() {
    for county in county::both().await {
        let (name, today) = (county.backend(), county.cx("bureau").await.today());
        let there = Query::new().up_to("enrolled_on", today - Days::new(30)).is("left_on", Cell::Null).limit(1);
        let pupil = county.app.store.list(&PUPIL, &there, &Scope::county()).await.unwrap().rows.remove(0);
        let (back, path) = (today + Days::new(10), format!("/api/v1/pupils/{}", pupil.id));
        let token = county.token("bureau").await;
        let before = figure(&county, &token, "pupils", today).await["value"].as_i64().unwrap();
        let body = json!({ "left_on": today, "version": pupil.version });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let county = county.at(shanghai_start(back) + 8 * 3_600_000).await;
        let token = county.token("bureau").await;
        let (_, left) = county.get(&token, &path).await;
        let body = json!({ "left_on": null, "version": left["version"] });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let eve = today - Days::new(1);
        for (day, gone) in [(eve, 0), (today, 1), (back - Days::new(1), 1), (back, 0)] {
            let now = figure(&county, &token, "pupils", day).await;
            assert_eq!(now["value"].as_i64(), Some(before - gone), "{name} {day}: {now}");
        }
        assert!(county.flaws().await.is_empty(), "{name}");
    }
}

/// Who boards, and who works, is another matter today than in a year that is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_year_that_is_over_keeps_its_boarders_and_its_staff() {
    for county in county::both().await {
        let (name, token) = (county.backend(), county.token("bureau").await);
        let (today, over) = (county.cx("bureau").await.today(), "2020-12-31".parse().unwrap());
        let ids = ["boarders", "staff"];
        let values = async |day| {
            let mut values = Vec::new();
            for id in ids {
                values.push(figure(&county, &token, id, day).await["value"].as_i64().unwrap());
            }
            values
        };
        let (then, now) = (values(over).await, values(today).await);
        let school = county.cx("principal").await.scope().home.unwrap();
        let there = Query::new().up_to("enrolled_on", over).is("left_on", Cell::Null);
        let pupils = county.app.store.all(&PUPIL, &there, &Scope::county()).await.unwrap();
        let [boarders, day_pupils] = [true, false].map(|boards| {
            pupils.iter().filter(|row| row.get(&PUPIL, "boarder") == &Cell::Bool(boards)).collect::<Vec<_>>()
        });
        let turned = [boarders.first(), day_pupils.first(), day_pupils.get(1)];
        for row in turned.into_iter().map(|row| *row.unwrap()) {
            let boards = row.get(&PUPIL, "boarder") == &Cell::Bool(true);
            let body = json!({ "boarder": !boards, "version": row.version });
            let (status, answer) =
                county.ask(&token, Method::PATCH, &format!("/api/v1/pupils/{}", row.id), Some(body)).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let body = json!({ "number": "Z1", "name": "新来的人", "sex": "9", "school": school });
        let (status, made) = county.post(&token, "/api/v1/staff", body).await;
        assert_eq!((status, &made["joined_on"]), (StatusCode::CREATED, &json!(today)), "{made}");
        assert_eq!(values(over).await, then, "{name}: the year that is over");
        assert_eq!(values(today).await, [now[0] + 1, now[1] + 1], "{name}: today");
        // Who was there long ago and is entered only now counts from his day on.
        let body =
            json!({ "number": "Z2", "name": "早来的人", "sex": "9", "school": school, "joined_on": "2019-09-01" });
        let (status, made) = county.post(&token, "/api/v1/staff", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(values(over).await, [then[0], then[1] + 1], "{name}");
        let body = json!({ "number": "Z3", "name": "走了的人", "sex": "9", "school": school, "joined_on": "2021-09-01", "left_on": "2021-08-01" });
        let (status, refused) = county.post(&token, "/api/v1/staff", body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{refused}");
        assert!(refused.to_string().contains("staff.left_before_joined"), "{refused}");
        let rows = figure(&county, &token, "boarders", over).await["rows"].as_str().unwrap().to_owned();
        assert!(rows.contains("as_of=2020-12-31"), "{rows}");
        assert!(county.flaws().await.is_empty(), "{name}");
        assert_eq!(county.app.store.check_tallies().await.unwrap(), 0, "{name}");
    }
}

/// The address of the figure's rows leads to a list that says of which day it is, and gives the record as it stood.
async fn the_list_says_so(county: &County, token: &str, row: &Row, yesterday: NaiveDate) {
    let closed = figure(county, token, "hazards.closed", yesterday).await;
    let rows = closed["rows"].as_str().unwrap();
    assert!(rows.contains(&format!("as_of={yesterday}")), "{rows}");
    let (_, list) = county.get(token, &format!("/api/v1{rows}&limit=1000")).await;
    assert_eq!(list["total"], closed["value"]);
    let item = list["items"].as_array().unwrap().iter().find(|item| item["id"] == json!(row.id)).unwrap();
    assert_eq!(item["closed_on"], row.get(&HAZARD, "closed_on").json());
    let page = crate::visitor::Visitor::sign_in(county, "bureau").await.get(rows).await.text();
    assert!(page.contains(&format!("截至{yesterday}（状态为现在的）")), "{page}");
    for (path, said) in [
        ("hazards?as_of=soon", "query.as_of"),
        ("schools?as_of=2021-12-01", "query.field"),
        ("figures/hazards.closed?cut_off=2021-12-01", "query.field"),
        ("figures?period=2021", "query.field"),
        ("search?query=stairs", "query.field"),
        ("hazards/views?shared=school", "query.field"),
    ] {
        let (status, answer) = county.get(token, &format!("/api/v1/{path}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert!(answer.to_string().contains(said), "{path}: {answer}");
    }
}

/// A county from before gets it from its history; what somebody writes past the house is found, and made anew.
#[tokio::test(flavor = "multi_thread")]
async fn what_records_said_before_follows_from_the_history() {
    for county in county::both().await {
        let day = county.cx("bureau").await.today() - Days::new(200);
        let asked = Query::new().as_of(day);
        let before = county.app.store.all(&HAZARD, &asked, &Scope::county()).await.unwrap();
        county.raw("drop table tally_hazard_past").await;
        county.raw("delete from tally where name = 'tally_hazard_past'").await;
        let county = county.reopen().await;
        let store = &county.app.store;
        assert_eq!(store.check_tallies().await.unwrap(), 0, "{}", county.backend());
        assert_eq!(store.all(&HAZARD, &asked, &Scope::county()).await.unwrap(), before, "{}", county.backend());
        assert!(county.raw("update tally_hazard_past set closed_on = null where closed_on is not null").await > 0);
        assert!(store.check_tallies().await.unwrap() > 0);
        store.remake_tallies().await.unwrap();
        assert_eq!(store.all(&HAZARD, &asked, &Scope::county()).await.unwrap(), before);
        assert!(before.iter().any(|row| *row.get(&HAZARD, "closed_on") != Cell::Null));
    }
}
