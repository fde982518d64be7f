//! What a client names itself: records and requests.

use areas::attendance::record::MARK;
use areas::hazards::record::HAZARD;
use areas::organisation::record::PUPIL;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use kit::query::Query;
use kit::{Author, Cell, Change, Noun, Row, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::devices::Phone;
use crate::visitor::Visitor;

fn hazard(id: Option<Uuid>) -> Value {
    let mut body = json!({ "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
    if let Some(id) = id {
        body["id"] = json!(id);
    }
    body
}

/// The fields of a form for a hazard.
fn form_of<'a>(request: &'a str, place: &'a str, description: &'a str, category: &'a str) -> [(&'a str, &'a str); 7] {
    [
        ("request_id", request),
        ("place_kind", "school"),
        ("place", place),
        ("description", description),
        ("category", category),
        ("source", "self_check"),
        ("found_on", "2021-12-20"),
    ]
}

async fn any(county: &County, noun: &'static Noun) -> Uuid {
    let page = county.app.store.list(noun, &Query { limit: 1, ..Query::new() }, &Scope::county()).await.unwrap();
    page.rows[0].id
}

/// A pupil has an event of its own; a mark is told of by its sheet's.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_id_of_another_kind_of_record() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        for noun in [&PUPIL, &MARK] {
            let id = any(&county, noun).await;
            let (status, answer) = county.post(&token, "/api/v1/hazards", hazard(Some(id))).await;
            let code = answer["error"]["code"].as_str();
            assert_eq!((status, code), (StatusCode::UNPROCESSABLE_ENTITY, Some("record.id_elsewhere")), "{answer}");
        }
        assert_eq!(county.app.store.check_search().await.unwrap(), 0, "{}", county.backend());
        let id = county.app.store.new_id(county.app.clock.now());
        let (status, answer) = county.post(&token, "/api/v1/hazards", hazard(Some(id))).await;
        assert_eq!((status, answer["id"].as_str()), (StatusCode::CREATED, Some(id.to_string().as_str())), "{answer}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// Among hundreds that are new, one that is taken is found.
#[tokio::test(flavor = "multi_thread")]
async fn nor_does_one_of_hundreds_that_are_made_at_once() {
    for county in county::both().await {
        let (store, now) = (&county.app.store, county.app.clock.now());
        let model = store.find(&HAZARD, any(&county, &HAZARD).await, &Scope::county()).await.unwrap().unwrap();
        let taken = [any(&county, &PUPIL).await, any(&county, &MARK).await, store.new_id(now)];
        for (id, refused) in taken.into_iter().zip([true, true, false]) {
            let ids = std::iter::repeat_with(|| store.new_id(now)).take(600).chain([id]);
            let made =
                ids.map(|id| Change::create(&HAZARD, "create", Row { id, version: 1, ..model.clone() })).collect();
            let answer = store.commit(Author { actor: None, at: now, request: store.new_id(now) }, made).await;
            let code = answer.err().and_then(|error| error.refusal()).map(|refusal| refusal.code);
            assert_eq!(code, refused.then_some("record.id_elsewhere"), "{}", county.backend());
        }
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_id_names_no_record_of_any_kind() {
    let county = county::sqlite().await;
    let plurals: Vec<_> = county.app.kinds().map(|kind| kind.noun.plural).collect();
    for login in ["bureau", "guard"] {
        let token = county.token(login).await;
        for plural in &plurals {
            for path in ["zz", "zz/timeline", "zz/versions", "views/zz"] {
                let path = format!("/api/v1/{plural}/{path}");
                let (status, answer) = county.get(&token, &path).await;
                assert_eq!(
                    (status, &answer["error"]["code"]),
                    (StatusCode::NOT_FOUND, &json!("missing")),
                    "{login} {path}"
                );
            }
        }
        let body = || Some(json!({ "version": 1 }));
        for (method, path) in [("PATCH", "hazards/zz"), ("POST", "hazards/zz/grade"), ("DELETE", "hazards/views/zz")] {
            let method = method.parse().unwrap();
            let (status, answer) = county.ask(&token, method, &format!("/api/v1/{path}"), body()).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{login} {path} {answer}");
        }
    }
    let bureau = Visitor::sign_in(&county, "bureau").await;
    for path in ["/reports/zz", "/reports/year/zz", "/hazards/zz", "/hazards/zz/notice"] {
        assert_eq!(bureau.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// What was frozen stays for good: it is not taken twice, nor as of a day that nobody named.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_frozen_once_for_what_it_says() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let snapshots = async || {
            county.app.store.count(&areas::reports::record::SNAPSHOT, &Query::new(), &Scope::county()).await.unwrap()
        };
        let (path, before) = ("/reports/year/2021/freeze?cutoff=2021-06-30", snapshots().await);
        let (first, again) = (bureau.post(path, &[]).await, bureau.post(path, &[]).await);
        assert_eq!((first.status, again.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER), "{}", first.text());
        assert_eq!(first.headers["location"], again.headers["location"]);
        assert_eq!(snapshots().await, before + 1);
        for wrong in ["abc", "2020-12-31", "2999-01-01"] {
            let answer = bureau.post(&format!("/reports/year/2021/freeze?cutoff={wrong}"), &[]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(answer.text().contains("截止日期"), "{wrong}: {}", answer.text());
        }
        for path in ["/reports/year/2999", "/reports/year/2021?cutoff=abc"] {
            assert_eq!(bureau.get(path).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        }
        assert_eq!(snapshots().await, before + 1);
    }
}

/// A hazard whose id the client leaves to the program, in a request that it names.
async fn named(county: &County, token: &str, key: Uuid, place: &str) -> (StatusCode, Value) {
    let mut body = hazard(None);
    body["place"] = json!(place);
    keyed(county, token, key, ("POST", "/api/v1/hazards"), &body).await
}

/// Any request that its sender names.
async fn keyed(
    county: &County,
    token: &str,
    key: Uuid,
    (method, uri): (&str, &str),
    body: &Value,
) -> (StatusCode, Value) {
    let request = Request::builder().method(method).uri(uri).header("idempotency-key", key.to_string());
    let request = request.header("authorization", format!("Bearer {token}")).header("content-type", "application/json");
    let (status, _, bytes) = county.send(request.body(Body::from(body.to_string())).unwrap()).await;
    (status, serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_named_request_makes_one_record_whether_it_is_sent_again_or_twice_at_once() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        let new_id = || county.app.store.new_id(county.app.clock.now());
        for (at_once, place) in [(false, "操场东侧"), (true, "操场西侧")] {
            let key = new_id();
            let answers = if at_once {
                futures_util::future::join_all((0..6).map(|_| named(&county, &token, key, place))).await
            } else {
                vec![named(&county, &token, key, place).await, named(&county, &token, key, place).await]
            };
            let before = &answers[0].1;
            for (status, answer) in &answers {
                assert_eq!((*status, &answer["id"]), (StatusCode::CREATED, &before["id"]), "{answer}");
            }
            let id = before["id"].as_str().unwrap();
            let (status, seen) = county.get(&token, &format!("/api/v1/hazards/{id}")).await;
            assert_eq!((status, seen["place"].as_str()), (StatusCode::OK, Some(place)), "{seen}");
            let query = Query::new().is("place", Cell::Text(place.into()));
            let made = county.app.store.count(&HAZARD, &query, &Scope::county()).await.unwrap();
            assert_eq!(made, 1, "{} at once: {at_once}", county.backend());
            // Another request is another record.
            let (_, other) = named(&county, &token, new_id(), place).await;
            assert_ne!(other["id"], before["id"]);
            // Somebody else's request under this number is refused, and so is another one of the same person.
            let (status, answer) = named(&county, &county.token("school").await, key, place).await;
            assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("request.other")));
            let id = other["id"].as_str().unwrap();
            let body = json!({ "version": other["version"], "remark": "另一件事" });
            let (status, answer) =
                keyed(&county, &token, key, ("PATCH", &format!("/api/v1/hazards/{id}")), &body).await;
            assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("request.other")));
        }
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// Under one name one thing is done: something else is refused and not answered as done; how its members are ordered does not count.
#[tokio::test(flavor = "multi_thread")]
async fn something_else_under_the_name_of_a_request_is_not_swallowed() {
    for county in county::both().await {
        let token = county.token("school").await;
        let new_id = || county.app.store.new_id(county.app.clock.now());
        let other = |(status, answer): (StatusCode, Value)| {
            let code = answer["error"]["code"].as_str().unwrap_or_default().to_owned();
            assert_eq!((status, code.as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "request.other"), "{answer}");
        };
        let first = new_id();
        let (status, made) = named(&county, &token, first, "北楼").await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        other(named(&county, &token, first, "南楼").await);
        let mut members: Vec<_> = hazard(None).as_object().unwrap().clone().into_iter().collect();
        members.reverse();
        let mut turned = Value::Object(members.into_iter().collect());
        turned["place"] = json!("北楼");
        let (status, same) = keyed(&county, &token, first, ("POST", "/api/v1/hazards"), &turned).await;
        assert_eq!((status, &same["id"]), (StatusCode::CREATED, &made["id"]), "{same}");

        let own = format!("/api/v1/hazards/{}", made["id"].as_str().unwrap());
        let (change, grade) = (new_id(), format!("{own}/grade"));
        let edit = async |place: &str| {
            let body = json!({ "version": 1, "place": place });
            keyed(&county, &token, change, ("PATCH", &own), &body).await
        };
        assert_eq!(edit("东楼").await.0, StatusCode::OK);
        other(edit("西楼").await);
        assert_eq!(edit("东楼").await.1["place"], "东楼", "the same is done once");
        let (step, general) = (new_id(), json!({ "grade": "general" }));
        for _ in 0..2 {
            let (status, graded) = keyed(&county, &token, step, ("POST", &grade), &general).await;
            assert_eq!((status, graded["state"].as_str()), (StatusCode::OK, Some("graded")), "{graded}");
        }
        other(keyed(&county, &token, step, ("POST", &grade), &json!({ "grade": "major" })).await);
        other(keyed(&county, &token, step, ("POST", &format!("{own}/hand_over")), &json!({})).await);

        // After a restart the history tells what a new record was made with.
        let county = county.at_minute(9 * 60).await;
        let token = county.token("school").await;
        other(named(&county, &token, first, "南楼").await);
        assert_eq!(named(&county, &token, first, "北楼").await.1["id"], made["id"], "the same is done once");
        let held = |place: &str| Query::new().is("place", Cell::Text(place.into()));
        for (place, number) in [("南楼", 0), ("西楼", 0), ("东楼", 1)] {
            let count = county.app.store.count(&HAZARD, &held(place), &Scope::county()).await.unwrap();
            assert_eq!(count, number, "{} {place}", county.backend());
        }
    }
}

/// What a form was sent with is known after the program was started anew: from what it made.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_carried_out_before_a_restart_says_so_too() {
    for county in county::both().await {
        let form = county.app.store.new_id(county.app.clock.now()).to_string();
        let send = async |county: &County, place: &str| {
            let fields = form_of(&form, place, "门锁坏了", "building");
            Visitor::sign_in(county, "guard").await.post("/hazards", &fields).await
        };
        let own = format!("/hazards/{form}");
        assert_eq!(send(&county, "南门").await.headers["location"], own);
        let county = county.at_minute(9 * 60).await;
        assert_eq!(send(&county, "南门").await.headers["location"], own, "the same is the same: {}", county.backend());
        let county = county.at_minute(10 * 60).await;
        let other = send(&county, "北门").await;
        let page = other.text();
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}: {page}", county.backend());
        assert!(page.contains("已经保存过一次") && page.contains("value=\"北门\""), "{page}");
        let query = Query::new().is("found_on", Cell::Date("2021-12-20".parse().unwrap()));
        let places = county.app.store.all(&HAZARD, &query, &Scope::county()).await.unwrap();
        let held = |place: &str| places.iter().filter(|row| row.get(&HAZARD, "place").text() == Some(place)).count();
        assert_eq!((held("南门"), held("北门")), (1, 0), "{}", county.backend());
    }
}

/// Without a script a browser that goes back sends the same form again: with something else in it, that is said, and nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_carried_out_says_so_when_something_else_stands_in_it() {
    for county in county::both().await {
        let guard = Visitor::sign_in(&county, "guard").await;
        let form = county.app.store.new_id(county.app.clock.now()).to_string();
        let count = async || county.app.store.count(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
        let before = count().await;
        let send = async |form: &str, place: &str| {
            let fields = form_of(form, place, "门锁坏了", "building");
            guard.post("/hazards", &fields).await
        };
        assert_eq!(send(&form, "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Mended after a refusal it is still the same form; its answer lost, it is done once.
        for _ in 0..2 {
            let answer = send(&form, "东门").await;
            assert_eq!(answer.headers["location"], format!("/hazards/{form}"), "{}", answer.text());
        }
        let other = send(&form, "西门").await;
        let page = other.text();
        assert_eq!((other.status, count().await), (StatusCode::UNPROCESSABLE_ENTITY, before + 1), "{page}");
        assert!(page.contains("已经保存过一次") && page.contains("value=\"西门\""), "{page}");
        // What is sent from there is a form of its own.
        let own = page.split("name=\"request_id\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        assert_ne!(own, form);
        assert_eq!(send(own, "西门").await.headers["location"], format!("/hazards/{own}"));
        assert_eq!(count().await, before + 2, "{}", county.backend());
        // A change is late when it comes again with something else in it: both versions are shown.
        let change = county.app.store.new_id(county.app.clock.now()).to_string();
        let edit = async |text: &str| {
            let fields = [("request_id", change.as_str()), ("version", "1"), ("description", text)];
            guard.post(&format!("/hazards/{own}"), &fields).await
        };
        for _ in 0..2 {
            assert_eq!(edit("门锁和门轴坏了").await.status, StatusCode::SEE_OTHER);
        }
        let late = edit("门轴坏了").await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text().contains("门轴坏了") && late.text().contains("门锁和门轴坏了"), "{}", late.text());
    }
}

/// What a telephone has sent under its number is known when its person sends something else under it by hand: that is said, and not taken for done.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_by_hand_under_a_telephones_number_is_not_swallowed() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let form = phone.hazard("水泵房");
        assert_eq!(phone.send(&form).await.0, StatusCode::OK);
        let guard = Visitor::sign_in(&county, "guard").await;
        let id = form.request.to_string();
        let send = async |place: &str| {
            let fields = form_of(&id, place, "灭火器压力不足", "fire");
            guard.post("/hazards", &fields).await
        };
        assert_eq!(send("水泵房").await.headers["location"], format!("/hazards/{id}"), "the same is done once");
        let other = send("配电房").await;
        let page = other.text();
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        assert!(page.contains("已经保存过一次") && page.contains("value=\"配电房\""), "{page}");
        let count = async |place: &str| {
            let query = Query::new().is("place", Cell::Text(place.into()));
            county.app.store.count(&HAZARD, &query, &Scope::county()).await.unwrap()
        };
        assert_eq!((count("水泵房").await, count("配电房").await), (1, 0), "{}", county.backend());
    }
}
