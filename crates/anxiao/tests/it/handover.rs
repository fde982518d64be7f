//! What is written about a child with its handover, on both databases: sealed on its way, readable for its school, gone with the child.

use areas::attendance::handover::{HANDOVER, offered};
use areas::attendance::record::MARK;
use areas::organisation::erasure;
use areas::organisation::record::{CLASS, PUPIL, SCHOOL};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engine::files::ATTACHMENT;
use kit::{Author, Cell, Change, Noun, Query, Row, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::devices::{FORM, Form, Phone};
use crate::visitor::Visitor;

const SAID: &str = "腿摔伤了由姑姑背回去";
const LATE: &str = "校车晚到十分钟";
const BEFORE: &str = "等妈妈从广东打电话来";

/// How many events say it in the clear.
async fn clear(county: &County, said: &str) -> u64 {
    county.raw(&format!("update event set seq = seq where payload like '%{said}%'")).await
}

async fn hand_over(county: &County, fields: Value) -> (StatusCode, Value) {
    county.post(&county.token("teacher").await, "/api/v1/handovers", fields).await
}

fn id(answer: &Value) -> Uuid {
    answer["id"].as_str().unwrap().parse().unwrap()
}

/// A record with a note as it was written before the noun had a subject.
async fn of_old(county: &County, like: Uuid, pupil: Uuid) -> Uuid {
    let old: &'static Noun = Box::leak(Box::new(Noun { subject: None, ..HANDOVER }));
    let row = county.app.store.find(&HANDOVER, like, &Scope::county()).await.unwrap().unwrap();
    let row = Row { id: county.app.store.new_id(county.app.clock.now()), version: 1, ..row };
    let row = row
        .with(&HANDOVER, "pupil", Cell::Id(pupil))
        .with(&HANDOVER, "note", Cell::Text(BEFORE.to_owned()))
        .with(&HANDOVER, "touch", Cell::Null)
        .with(&HANDOVER, "day", Cell::Date("2021-12-17".parse().unwrap()));
    let (now, id) = (county.app.clock.now(), row.id);
    let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
    county.app.store.commit(author, vec![Change::create(old, "create", row)]).await.unwrap();
    id
}

async fn photographed(county: &County, handover: Uuid) {
    let request = Request::post(format!("/api/v1/handovers/{handover}/files?name=gate.jpg"))
        .header("authorization", format!("Bearer {}", county.token("teacher").await))
        .body(Body::from(crate::files::picture(7)))
        .unwrap();
    let (status, _, answer) = county.send(request).await;
    assert_eq!(status, StatusCode::CREATED, "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_about_a_child_is_sealed_and_goes_with_the_child() {
    for county in county::both().await {
        let county = county.at_minute(16 * 60 + 30).await;
        let backend = county.backend();
        let class = county.cx("teacher").await.scope().classes[0];
        let pupils = Query::new().is("class", Cell::Id(class)).is("left_on", Cell::Null);
        let pupils = county.app.store.all(&PUPIL, &pupils, &Scope::county()).await.unwrap();
        let [child, other] = [pupils[0].id, pupils[1].id];

        // Nobody could ask for the erasure of what is said of a class.
        let whole = json!({ "class": class, "taken_by": "bus", "note": LATE });
        let (status, answer) = hand_over(&county, whole).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert_eq!(answer["error"]["code"], "handover.whose_note", "{answer}");
        let (status, class_answer) = hand_over(&county, json!({ "class": class, "taken_by": "bus" })).await;
        assert_eq!(status, StatusCode::CREATED, "{class_answer}");
        let noted = json!({ "class": class, "taken_by": "walking_group", "pupil": child, "note": SAID });
        let (status, noted) = hand_over(&county, noted).await;
        assert_eq!(status, StatusCode::CREATED, "{noted}");
        // Of another child there is nothing but a photograph.
        let (status, shown) =
            hand_over(&county, json!({ "class": class, "taken_by": "walking_group", "pupil": other })).await;
        assert_eq!(status, StatusCode::CREATED, "{shown}");
        photographed(&county, id(&shown)).await;
        let old = of_old(&county, id(&noted), child).await;
        assert_eq!((clear(&county, SAID).await, clear(&county, BEFORE).await), (0, 1), "{backend}");

        // The school reads both, whenever they were written; the bureau reads neither.
        let (mine, bureau) = (county.token("teacher").await, county.token("bureau").await);
        for (record, said) in [(id(&noted), SAID), (old, BEFORE)] {
            for path in [format!("/api/v1/handovers/{record}"), format!("/api/v1/handovers/{record}/timeline")] {
                let (status, answer) = county.get(&mine, &path).await;
                assert!(status.is_success() && answer.to_string().contains(said), "{backend} {path} {answer}");
                let (status, answer) = county.get(&bureau, &path).await;
                assert!(status.is_success() && !answer.to_string().contains(said), "{backend} {path} {answer}");
            }
        }
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);

        let cx = county.cx("bureau").await;
        for pupil in &pupils[..2] {
            let author = Author { actor: None, at: cx.now, request: county.app.store.new_id(cx.now) };
            let mut changes = erasure::whole(&cx, pupil).await.unwrap();
            changes.extend(engine::files::erased(&county.app.store, author, &changes).await.unwrap());
            county.app.store.commit(author, changes).await.unwrap();
        }
        for record in [id(&noted), old] {
            let row = county.app.store.find(&HANDOVER, record, &Scope::county()).await.unwrap().unwrap();
            assert_eq!(row.get(&HANDOVER, "note").text(), Some("（已删除）"), "{backend}");
        }
        let (_, history) = county.get(&mine, &format!("/api/v1/handovers/{}/timeline", id(&noted))).await;
        assert!(!history.to_string().contains(SAID), "{backend} {history}");
        assert_eq!(history["items"].as_array().map(Vec::len), Some(2), "{history}");
        let page = Visitor::sign_in(&county, "teacher").await.get(&format!("/handovers/{}", id(&noted))).await.text();
        assert!(page.contains("删除个人信息") && !page.contains(SAID), "{backend} {page}");
        let files = engine::files::of(&county.app.store, &HANDOVER, id(&shown)).await.unwrap();
        assert!(files.len() == 1 && !files[0].get(&ATTACHMENT, "removed_at").is_null(), "{backend} {files:?}");
        let (_, class_row) = county.get(&mine, &format!("/api/v1/handovers/{}", id(&class_answer))).await;
        assert_eq!(class_row["version"], 1, "the class's own record is nobody's");
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);
    }
}

/// How many rows a figure opens.
async fn opened(county: &County, figure: &Value) -> i64 {
    let rows = format!("/api/v1{}", figure["rows"].as_str().unwrap());
    let (status, list) = county.get(&county.token("teacher").await, &rows).await;
    assert_eq!(status, StatusCode::OK, "{rows} {list}");
    list["total"].as_i64().unwrap()
}

/// In the morning a whole class does not go home without a reason; what was touched by mistake counts nowhere, and another record may be made.
#[tokio::test(flavor = "multi_thread")]
async fn at_eight_nobody_goes_home_by_mistake() {
    for county in county::both().await {
        let county = county.at_minute(8 * 60 + 5).await;
        let (backend, token) = (county.backend(), county.token("teacher").await);
        let class = county.cx("teacher").await.scope().classes[0];
        let pupils = Query::new().is("class", Cell::Id(class)).is("left_on", Cell::Null);
        let child = county.app.store.all(&PUPIL, &pupils, &Scope::county()).await.unwrap()[0].id;
        let where_is = async || {
            let visitor = Visitor::sign_in(&county, "school").await;
            visitor.get(&format!("/pupils/{child}/presence")).await.text()
        };
        let (status, answer) = hand_over(&county, json!({ "class": class, "taken_by": "bus" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{backend} {answer}");
        assert_eq!(answer["error"]["code"], "handover.early", "{backend} {answer}");
        assert!(answer.to_string().contains("16:20"), "{backend} {answer}");
        let early = json!({ "class": class, "taken_by": "bus", "early": "school" });
        let (status, gone) = hand_over(&county, early.clone()).await;
        assert_eq!((status, &gone["state"]), (StatusCode::CREATED, &json!("handed")), "{backend} {gone}");
        assert!(where_is().await.contains("放学交接：校车"), "{backend}");
        let path = format!("/api/v1/handovers/{}/mistaken", id(&gone));
        let (status, answer) = county.post(&token, &path, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{backend} {answer}");
        let (status, answer) = county.post(&token, &path, json!({ "reason": "slip" })).await;
        assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("mistaken")), "{backend} {answer}");
        assert!(!where_is().await.contains("放学交接：校车"), "{backend}");
        let (status, answer) = hand_over(&county, early.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{backend} {answer}");
        let (status, answer) = hand_over(&county, early).await;
        assert!(status.is_client_error(), "once a day: {backend} {answer}");
        for id in ["handover.classes", "handover.early"] {
            let (_, figure) = county.get(&token, &format!("/api/v1/figures/{id}?period=2021-12-20")).await;
            assert_eq!(figure["value"], 1, "{backend} {id}: the mistake counts nowhere: {figure}");
            let rows = opened(&county, &figure).await;
            assert_eq!(rows, 1, "{backend} {id}");
        }
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);
        // The next day the day is over.
        let county = county.at_minute(32 * 60).await;
        let path = format!("/api/v1/handovers/{}/mistaken", id(&gone));
        let (status, answer) = county.post(&county.token("teacher").await, &path, json!({ "reason": "slip" })).await;
        assert!(status.is_client_error(), "{backend} {answer}");
    }
}

/// A child whom the roll misses goes with nobody, and not with its class; once it has come it goes, more than once a day.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_looked_for_goes_with_nobody() {
    for county in county::both().await {
        let (backend, token) = (county.backend(), county.token("teacher").await);
        let class = county.cx("teacher").await.scope().classes[0];
        let path = format!("/api/v1/rollcall/{class}/arrival");
        let (_, roll) = county.get(&token, &path).await;
        let child = id(&roll["roll"][0]);
        let missed = json!({ "day": "2021-12-20", "missed": [{ "pupil": child, "kind": "absent" }] });
        let (status, answer) = county.post(&token, &path, missed).await;
        assert_eq!(status, StatusCode::CREATED, "{backend} {answer}");

        let county = county.at_minute(16 * 60 + 30).await;
        let code = async |fields: Value| {
            let (status, answer) = hand_over(&county, fields).await;
            let code = answer["error"]["code"].as_str().unwrap_or_default().to_owned();
            if status == StatusCode::CREATED { "done".to_owned() } else { code }
        };
        let with = |taken_by: &str| json!({ "class": class, "pupil": child, "taken_by": taken_by });
        assert_eq!(code(with("walking_group")).await, "handover.searched_for", "{backend}");
        assert_eq!(code(json!({ "class": class, "taken_by": "bus" })).await, "done", "{backend}");
        assert_eq!(code(json!({ "class": class, "taken_by": "walking_group" })).await, "handover.class_done");
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get(&format!("/pupils/{child}/presence")).await.text();
        assert!(page.contains("正在查找") && !page.contains("放学交接：校车"), "{backend} {page}");
        // No midnight ends it, and before its day nobody looked for the child.
        for (day, sought) in [("2021-12-21", true), ("2021-12-19", false)] {
            let page = visitor.get(&format!("/pupils/{child}/presence?day={day}")).await.text();
            assert_eq!(page.contains("正在查找"), sought, "{backend} {day} {page}");
        }

        let query = Query::new().is("pupil", Cell::Id(child)).is("day", Cell::Date("2021-12-20".parse().unwrap()));
        let marks = county.app.store.all(&MARK, &query, &Scope::county()).await.unwrap();
        let path = format!("/api/v1/marks/{}/arrived", marks[0].id);
        let (status, answer) = county.post(&county.token("teacher").await, &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{backend} {answer}");
        assert_eq!(code(with("walking_group")).await, "done", "{backend}");
        assert_eq!(code(with("walking_group")).await, "handover.just_now", "{backend}");
        assert_eq!(code(with("bus")).await, "done", "{backend}");
        // Two requests of one moment: neither rule saw the other's record, and one is kept.
        let alone = Query::new().is("pupil", Cell::Id(child)).among("taken_by", &["bus"]);
        let row = county.app.store.all(&HANDOVER, &alone, &Scope::county()).await.unwrap()[0].clone();
        let now = county.app.clock.now();
        let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
        let twin = Row { id: county.app.store.new_id(now), ..row };
        let kept = county.app.store.commit(author, vec![Change::create(&HANDOVER, "create", twin)]).await;
        assert!(matches!(kept, Err(store::StoreError::Taken { .. })), "{backend}");
        assert!(county.flaws().await.is_empty(), "{backend} {:?}", county.flaws().await);
    }
}

/// The dormitory is offered where the school boards, and nowhere else. What a telephone kept from before is refused at its field and waits for its person.
#[tokio::test(flavor = "multi_thread")]
async fn the_dormitory_is_offered_where_somebody_boards() {
    for county in county::both().await {
        let county = county.at_minute(17 * 60 + 30).await;
        let backend = county.backend();
        let mut cx = county.cx("teacher").await;
        let class = cx.scope().classes[0];
        let boards = |school: Uuid| county.app.tree().get(school).is_some_and(|node| node.boards);
        let own = boards(cx.scope().home.unwrap());
        let page = Visitor::sign_in(&county, "teacher").await.get("/handovers/new").await.text();
        assert!(page.contains("value=\"bus\""), "{backend} {page}");
        assert_eq!(page.contains("value=\"dormitory\""), own, "{backend} {page}");
        let schools = county.app.store.all(&SCHOOL, &Query::new(), &Scope::county()).await.unwrap();
        for wanted in [true, false] {
            let school = schools.iter().find(|row| boards(row.id) == wanted).unwrap();
            cx.actor.scope.home = Some(school.id);
            for (code, expected) in [("dormitory", wanted), ("bus", true), ("", true)] {
                assert_eq!(offered(&cx, "taken_by", code), expected, "{backend} {wanted} {code}");
            }
        }
        if own {
            continue;
        }
        let phone = Phone::enrol(&county, "teacher").await;
        let request = county.app.store.new_id(county.app.clock.now());
        let body = format!("csrf=old&request_id={request}&class={class}&taken_by=dormitory").into_bytes();
        let form = Form { path: "/handovers".into(), media: FORM.into(), request, body, done: phone.now() - HOUR };
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{backend} {told}");
        assert_eq!(told["error"]["code"], "device.refused", "it stays in the outbox: {backend} {told}");
    }
}

const HOUR: i64 = 3_600_000;

/// What was touched at the gate an hour ago and refused is opened and settled by hand: it was done an hour ago all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_settled_by_hand_was_done_when_the_telephone_says() {
    for county in county::both().await {
        let county = county.at_minute(17 * 60 + 30).await;
        let backend = county.backend();
        let class = county.cx("teacher").await.scope().classes[0];
        let phone = Phone::enrol(&county, "teacher").await;
        let visitor = Visitor::sign_in(&county, "teacher").await;
        let request = county.app.store.new_id(county.app.clock.now());
        let body = format!("csrf=old&request_id={request}&class={class}&taken_by=bus&note=late").into_bytes();
        let done = phone.now() - HOUR;
        let form = Form { path: "/handovers".into(), media: FORM.into(), request, body, done };
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "no note about a class: {backend} {told}");

        let (class, id) = (class.to_string(), request.to_string());
        let fields = [("request_id", id.as_str()), ("class", class.as_str()), ("taken_by", "bus")];
        let answer = visitor.post("/handovers", &fields).await;
        assert!(answer.status.is_redirection(), "{backend} {}", answer.text());

        let row = county.app.store.find(&HANDOVER, request, &Scope::county()).await.unwrap().unwrap();
        let ago = county.app.clock.now() - row.get(&HANDOVER, "handed_at").int().unwrap();
        assert!((HOUR..HOUR + 600_000).contains(&ago), "{backend} {ago}");
        let page = visitor.get(&format!("/handovers/{request}")).await.text();
        assert!(page.contains("断网时填写：手机时间"), "{backend} {page}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{backend}");
    }
}

/// Whoever was forgotten is of the class of the sheet; two classes that were called on one morning are told apart.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_is_about_the_class_of_its_sheet() {
    for county in county::both().await {
        let backend = county.backend();
        let class = county.cx("teacher").await.scope().classes[0];
        let pupils = county.app.store.all(&PUPIL, &Query::new(), &Scope::county()).await.unwrap();
        let school = county.cx("school").await.scope().home;
        let of =
            |pupil: &&Row| pupil.get(&PUPIL, "class").id() == Some(class) && pupil.get(&PUPIL, "left_on").is_null();
        let own = pupils.iter().find(of).unwrap().id.to_string();
        let other =
            |pupil: &&Row| pupil.get(&PUPIL, "school").id() == school && pupil.get(&PUPIL, "class").id() != Some(class);
        let other = pupils.iter().find(other).unwrap().id.to_string();
        let path = format!("/api/v1/rollcall/{class}/arrival");
        let sheet = json!({ "day": "2021-12-20", "missed": [] });
        let (status, sheet) = county.post(&county.token("teacher").await, &path, sheet).await;
        assert_eq!(status, StatusCode::CREATED, "{backend} {sheet}");
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get(&format!("/marks/new?sheet={}", id(&sheet))).await.text();
        assert!(page.contains(&own) && !page.contains(&other), "{backend} {page}");
        let row = county.app.store.find(&CLASS, class, &Scope::county()).await.unwrap().unwrap();
        let name = row.get(&CLASS, "name").text().unwrap();
        assert!(page.contains(&format!("{name} · ")), "{backend} {name} {page}");
    }
}

/// Whatever is written about a pupil in words travels under his key, so that erasing him reaches it: of every room.
#[test]
fn what_is_said_of_a_pupil_is_sealed_under_his_key() {
    for noun in areas::house::nouns() {
        let said = noun.fields.iter().any(kit::Field::about_person);
        if said && noun.field("pupil").is_some() {
            assert_eq!(noun.subject, Some("pupil"), "{}", noun.name);
        }
    }
}
