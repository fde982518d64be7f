//! What is found out after a roll was called: who is missing after all, and what comes in the morning after, on both databases.

use areas::attendance::record::{MARK, MISSING, SHEET};
use areas::attendance::round::round;
use areas::organisation::record::{CLASS, PUPIL};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Row, Scope, dates};
use serde_json::json;
use uuid::Uuid;

use crate::county::{self, County};
use crate::missing_child::{absent, check, mark};
use crate::visitor::Visitor;

const DAY: &str = "2021-12-20";
const MINUTE: i64 = 60_000;

async fn checks(county: &County, sheet: Uuid) -> Vec<Row> {
    let of_sheet = Query::new().is("sheet", Cell::Id(sheet));
    county.app.store.all(&MISSING, &of_sheet, &Scope::county()).await.unwrap()
}

/// Excused, and not at home after all: the search goes on, and nobody marks the child a second time for it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_missing_after_all_is_looked_for() {
    for county in county::both().await {
        let name = county.backend();
        let sheet = absent(&county).await;
        let (mark, token) = (mark(&county, sheet).await.id, county.token("teacher").await);
        let excused = json!({ "kind": "leave", "reply": "奶奶来电" });
        let (status, answer) = county.post(&token, &format!("/api/v1/marks/{mark}/excuse"), excused).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        assert_eq!(check(&county, sheet).await.get(&MISSING, "state").text(), Some("closed"), "{name}");
        let missing = json!({ "kind": "absent", "reason": "奶奶说的是哥哥" });
        let (status, answer) = county.post(&token, &format!("/api/v1/marks/{mark}/correct"), missing).await;
        assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("unknown")), "{name} {answer}");
        assert_eq!(check(&county, sheet).await.get(&MISSING, "state").text(), Some("searching"), "{name}");
        let counts = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(["absent", "on_leave"].map(|field| counts.get(&SHEET, field).int()), [Some(1), Some(0)], "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The first child of the teacher's class is excused in the morning, missed at noon, and said to have been missing in the morning after all. Answers
/// with the sheets of arrival and noon.
async fn missed_twice(county: County) -> (County, Uuid, Uuid) {
    let name = county.backend();
    let arrival = absent(&county).await;
    let first = mark(&county, arrival).await;
    let path = format!("/api/v1/marks/{}", first.id);
    let excused = json!({ "kind": "leave", "reply": "奶奶来电" });
    let (status, answer) = county.post(&county.token("teacher").await, &format!("{path}/excuse"), excused).await;
    assert_eq!(status, StatusCode::OK, "{name} {answer}");
    let county = county.at_minute(14 * 60 + 40).await;
    let (token, class) = (county.token("teacher").await, county.cx("teacher").await.scope().classes[0]);
    let pupil = first.get(&MARK, "pupil").id().unwrap();
    let missed = json!({ "day": DAY, "missed": [{ "pupil": pupil, "kind": "absent" }] });
    let (status, noon) = county.post(&token, &format!("/api/v1/rollcall/{class}/noon"), missed).await;
    assert_eq!(status, StatusCode::CREATED, "{name} {noon}");
    let wrong = json!({ "kind": "absent", "reason": "奶奶说的是哥哥" });
    let (status, answer) = county.post(&token, &format!("{path}/correct"), wrong).await;
    assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("unknown")), "{name} {answer}");
    let noon = noon["id"].as_str().unwrap().parse().unwrap();
    (county, arrival, noon)
}

/// Whoever is looked for because of one roll is not looked for a second time because of another: how it ends is known of both, and where it is called off,
/// the other goes on.
#[tokio::test(flavor = "multi_thread")]
async fn one_child_is_looked_for_once() {
    for withdrawn in [false, true] {
        for county in county::both().await {
            let (county, arrival, noon) = missed_twice(county).await;
            let (name, token) = (county.backend(), county.token("teacher").await);
            let state =
                async |sheet: Uuid| check(&county, sheet).await.get(&MISSING, "state").text().map(str::to_owned);
            let begun = [state(arrival).await, state(noon).await];
            assert_eq!(begun, ["closed", "asked"].map(|code| Some(code.to_owned())), "{name}");
            let path = format!("/api/v1/missing/{}/again", check(&county, arrival).await.id);
            let (status, answer) = county.post(&token, &path, json!({})).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
            assert_eq!(answer["error"]["code"], "missing.sought_already", "{name} {answer}");
            let (path, body) = if withdrawn {
                (format!("/api/v1/sheets/{noon}/withdraw"), json!({ "reason": "点错班" }))
            } else {
                (format!("/api/v1/missing/{}/here", check(&county, noon).await.id), json!({}))
            };
            let (status, answer) = county.post(&token, &path, body).await;
            assert_eq!(status, StatusCode::OK, "{name} {answer}");
            round(&county.app, county.app.clock.now()).await.unwrap();
            let known = mark(&county, arrival).await;
            let said = (state(arrival).await, known.get(&MARK, "state").text().map(str::to_owned));
            let expected = if withdrawn { ("searching", "unknown") } else { ("closed", "known") };
            assert_eq!(said, (Some(expected.0.to_owned()), Some(expected.1.to_owned())), "{name}");
            assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
        }
    }
}

/// Late by the roll, which nobody began a check for; and marked by mistake, which stands in nobody's way.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_was_wrong_hinders_no_check() {
    for county in county::both().await {
        let name = county.backend();
        let sheet = absent(&county).await;
        let (first, token) = (mark(&county, sheet).await, county.token("teacher").await);
        let path = format!("/api/v1/marks/{}/mistaken", first.id);
        let (status, answer) = county.post(&token, &path, json!({ "reason": "看错了" })).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        let pupil = first.get(&MARK, "pupil").id().unwrap();
        let late = json!({ "sheet": sheet, "pupil": pupil, "kind": "late", "reason": "刚到" });
        let (status, marked) = county.post(&token, "/api/v1/marks", late.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {marked}");
        assert_ne!(county.post(&token, "/api/v1/marks", late).await.0, StatusCode::CREATED, "{name}: one that stands");
        let path = format!("/api/v1/marks/{}/correct", marked["id"].as_str().unwrap());
        let (status, answer) = county.post(&token, &path, json!({ "kind": "absent", "reason": "是另一个" })).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        round(&county.app, county.app.clock.now()).await.unwrap();
        let begun = checks(&county, sheet).await;
        let open = begun.iter().filter(|row| row.get(&MISSING, "state").text() == Some("asked")).count();
        assert_eq!((begun.len(), open), (2, 1), "{name}");
        let counts = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(["absent", "late"].map(|field| counts.get(&SHEET, field).int()), [Some(1), Some(0)], "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The dormitory's roll is typed in the next morning: an empty bed is asked for, and a name that is added to it. What is older says that nobody was told.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_in_the_morning_after_is_asked_for_or_says_that_nobody_is() {
    for county in county::both().await {
        let name = county.backend();
        let county = county.at(dates::shanghai_start("2021-12-21".parse().unwrap()) + 7 * 60 * MINUTE).await;
        let store = &county.app.store;
        let home = county.cx("principal").await.scope().home.unwrap();
        let boarders = Query::new().is("school", Cell::Id(home)).is("boarder", Cell::Bool(true));
        let boarders = store.all(&PUPIL, &boarders.is("left_on", Cell::Null), &Scope::county()).await.unwrap();
        let class = boarders[0].get(&PUPIL, CLASS.name).id().unwrap();
        let token = county.token("principal").await;
        let path = format!("/api/v1/rollcall/{class}/dormitory");
        let absent = json!([{ "pupil": boarders[0].id, "kind": "absent" }]);
        let body = json!({ "day": DAY, "missed": absent, "substitute": true });
        let (status, sheet) = county.post(&token, &path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        let sheet: Uuid = sheet["id"].as_str().unwrap().parse().unwrap();
        assert_eq!(checks(&county, sheet).await.len(), 1, "{name}");
        let other = boarders[1..].iter().find(|row| row.get(&PUPIL, CLASS.name).id() == Some(class)).unwrap().id;
        let late = json!({ "sheet": sheet, "pupil": other, "kind": "absent", "reason": "漏点" });
        let (status, mark) = county.post(&token, "/api/v1/marks", late).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {mark}");
        round(&county.app, county.app.clock.now()).await.unwrap();
        assert_eq!(checks(&county, sheet).await.len(), 2, "{name}");
        // Yesterday's arrival frightens nobody today, and says so.
        let sheet = crate::missing_child::absent(&county).await;
        assert!(checks(&county, sheet).await.is_empty(), "{name}");
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let own = county.cx("teacher").await.scope().classes[0];
        let page = teacher.get(&format!("/rollcall/{own}/arrival?day={DAY}")).await.text();
        assert!(page.contains("data-untold"), "{name} {page}");
        let page = teacher.get(&format!("/sheets/{sheet}")).await.text();
        assert!(page.contains("没有通知任何人"), "{name} {page}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The dormitory's roll comes when the morning's has the child already: nobody is told, and its page does not say that nobody knows where the child is.
#[tokio::test(flavor = "multi_thread")]
async fn a_night_that_comes_after_the_morning_says_that_the_child_is_there() {
    for county in county::both().await {
        let name = county.backend();
        let county = county.at(dates::shanghai_start("2021-12-21".parse().unwrap()) + 9 * 60 * MINUTE).await;
        let home = county.cx("principal").await.scope().home.unwrap();
        let boarders = Query::new().is("school", Cell::Id(home)).is("boarder", Cell::Bool(true));
        let boarders = boarders.is("left_on", Cell::Null);
        let boarders = county.app.store.all(&PUPIL, &boarders, &Scope::county()).await.unwrap();
        let class = boarders[0].get(&PUPIL, CLASS.name).id().unwrap();
        let token = county.token("principal").await;
        let morning = json!({ "day": "2021-12-21", "missed": [], "substitute": true });
        let (status, answer) = county.post(&token, &format!("/api/v1/rollcall/{class}/arrival"), morning).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {answer}");
        let absent = json!([{ "pupil": boarders[0].id, "kind": "absent" }]);
        let night = json!({ "day": DAY, "missed": absent, "substitute": true });
        let (status, sheet) = county.post(&token, &format!("/api/v1/rollcall/{class}/dormitory"), night).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        let sheet: Uuid = sheet["id"].as_str().unwrap().parse().unwrap();
        assert!(checks(&county, sheet).await.is_empty(), "{name}");
        let principal = Visitor::sign_in(&county, "principal").await;
        let page = principal.get(&format!("/rollcall/{class}/dormitory?day={DAY}")).await.text();
        assert!(page.contains("后来的点名里在校") && !page.contains("没有通知任何人：这是补报"), "{name} {page}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Of a day that is long over, to come or free nobody fills in a roll that is refused afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_called_says_so_before_it_is_filled_in() {
    for county in county::both().await {
        let name = county.backend();
        let class = county.cx("teacher").await.scope().classes[0];
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let principal = Visitor::sign_in(&county, "principal").await;
        for (day, code) in [
            ("2021-12-13", "sheet.day"),
            ("2021-12-21", "sheet.day"),
            ("2021-12-19", "sheet.no_session"),
            ("2012-01-01", "sheet.day"),
            ("9999-12-31", "sheet.day"),
        ] {
            let path = format!("/rollcall/{class}/arrival?day={day}");
            let page = teacher.get(&path).await.text();
            assert!(page.contains("data-closed") && !page.contains("ax-roll-send"), "{name} {day} {page}");
            let other = principal.get(&path).await.text();
            assert!(other.contains("data-closed") && !other.contains("substitute=1"), "{name} {day} {other}");
            let sent = json!({ "day": day, "missed": [] });
            let (status, answer) =
                county.post(&county.token("teacher").await, &format!("/api/v1/rollcall/{class}/arrival"), sent).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {day} {answer}");
            assert_eq!(answer["error"]["code"], code, "{name} {day} {answer}");
            let why = answer["error"]["message"].as_str().unwrap();
            assert!(page.contains(why), "{name} {day} {answer} {page}");
            // Sent from a page that a telephone has kept: refused, and what was filled in stands there still.
            let refused = teacher.post(&format!("/rollcall/{class}/arrival"), &[("day", day)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {day}");
            let page = refused.text();
            assert!(page.contains(why) && page.contains("ax-roll-send"), "{name} {day} {page}");
        }
        let page = teacher.get(&format!("/rollcall/{class}/arrival?day={DAY}")).await.text();
        assert!(!page.contains("data-closed") && page.contains("ax-roll-send"), "{name} {page}");
        let other = principal.get(&format!("/rollcall/{class}/arrival?day={DAY}")).await.text();
        assert!(!other.contains("data-closed") && other.contains("substitute=1"), "{name} {other}");
    }
}
