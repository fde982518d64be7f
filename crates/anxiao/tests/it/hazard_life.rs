//! A hazard driven through its whole life over the interface.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::county::{self, County};

async fn make(county: &County, login: &str, name: &str, id: &str, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/hazards/{id}/{name}"), body).await
}

fn moves(hazard: &Value) -> Vec<&str> {
    hazard["moves"]
        .as_array()
        .map(|moves| moves.iter().filter_map(|one| one["name"].as_str()).collect())
        .unwrap_or_default()
}

async fn report(county: &County, login: &str) -> Value {
    let body = json!({
        "place_kind": "school", "place": "教学楼二楼楼梯口", "description": "应急照明灯不亮", "category": "fire", "source": "self_check", "found_on": "2021年12月20日",
    });
    let (status, hazard) = county.post(&county.token(login).await, "/api/v1/hazards", body).await;
    assert_eq!(status, StatusCode::CREATED, "{hazard}");
    hazard
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_reports_the_school_rectifies_and_another_person_confirms() {
    for county in county::both().await {
        let hazard = report(&county, "guard").await;
        let id = hazard["id"].as_str().unwrap();
        assert_eq!((hazard["state"].as_str(), hazard["version"].as_i64()), (Some("registered"), Some(1)));
        assert_eq!(
            hazard["school"].as_str(),
            county.cx("guard").await.scope().home.map(|id| id.to_string()).as_deref()
        );

        let (status, graded) = make(&county, "school", "grade", id, json!({ "grade": "general" })).await;
        assert_eq!((status, graded["state"].as_str()), (StatusCode::OK, Some("graded")), "{graded}");
        let keeper = county.cx("guard").await.actor.person().unwrap().to_string();
        let (status, handed) =
            make(&county, "principal", "hand_over", id, json!({ "keeper": keeper, "measures": "更换灯具" })).await;
        assert_eq!((status, handed["state"].as_str()), (StatusCode::OK, Some("handed_over")), "{handed}");
        // Five working days after Monday 20 December 2021.
        assert_eq!(handed["due_on"], "2021-12-27");
        let (status, _) = make(&county, "guard", "sign_for", id, json!({})).await;
        assert_eq!(status, StatusCode::OK);
        let (status, submitted) =
            make(&county, "guard", "submit", id, json!({ "statement": "已更换两只应急灯并试亮" })).await;
        assert_eq!((status, submitted["state"].as_str()), (StatusCode::OK, Some("submitted")), "{submitted}");
        assert!(!moves(&submitted).contains(&"confirm"), "who rectified is not even offered to confirm");

        let (_, seen) = county.get(&county.token("school").await, &format!("/api/v1/hazards/{id}")).await;
        assert!(moves(&seen).contains(&"confirm"), "{seen}");
        let (status, closed) =
            make(&county, "school", "confirm", id, json!({ "recheck_note": "现场查看，灯亮" })).await;
        assert_eq!(
            (status, closed["state"].as_str(), closed["closed_on"].as_str()),
            (StatusCode::OK, Some("closed"), Some("2021-12-20")),
            "{closed}"
        );

        let (_, timeline) = county.get(&county.token("bureau").await, &format!("/api/v1/hazards/{id}/timeline")).await;
        let verbs: Vec<_> =
            timeline["items"].as_array().unwrap().iter().filter_map(|event| event["verb"].as_str()).collect();
        assert_eq!(verbs, ["create", "grade", "hand_over", "sign_for", "submit", "confirm"]);
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn moves_that_are_not_possible_are_refused_with_a_sentence_and_change_nothing() {
    for county in county::both().await {
        let hazard = report(&county, "teacher").await;
        let id = hazard["id"].as_str().unwrap();
        let cases = [
            ("school", "confirm", json!({}), StatusCode::UNPROCESSABLE_ENTITY, "move.not_now"),
            ("teacher", "grade", json!({ "grade": "general" }), StatusCode::FORBIDDEN, "forbidden"),
            ("school", "grade", json!({}), StatusCode::UNPROCESSABLE_ENTITY, "value.required"),
            ("school", "grade", json!({ "grade": "enormous" }), StatusCode::UNPROCESSABLE_ENTITY, "value.choice"),
            ("school", "grade", json!({ "grade": "general", "version": 7 }), StatusCode::CONFLICT, "record.stale"),
            ("school", "explode", json!({}), StatusCode::NOT_FOUND, "missing"),
            ("sysadmin", "grade", json!({ "grade": "general" }), StatusCode::NOT_FOUND, "missing"),
        ];
        for (login, name, body, expected, code) in cases {
            let (status, answer) = make(&county, login, name, id, body).await;
            assert_eq!((status, answer["error"]["code"].as_str()), (expected, Some(code)), "{login} {name}: {answer}");
            assert!(!answer["error"]["message"].as_str().unwrap().starts_with("error."), "{answer}");
        }
        let (_, seen) = county.get(&county.token("bureau").await, &format!("/api/v1/hazards/{id}")).await;
        assert_eq!(seen["version"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_handed_beyond_the_school_stays_there_and_nobody_grants_himself_more_time() {
    for county in county::both().await {
        let said = async |login: &str, name: &str, id: &str, body: Value| {
            let (status, answer) = make(&county, login, name, id, body).await;
            (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
        };
        let done = || (StatusCode::OK, String::new());
        let refused = |code: &str| (StatusCode::UNPROCESSABLE_ENTITY, code.to_owned());
        let hazard = report(&county, "guard").await;
        let id = hazard["id"].as_str().unwrap();
        let unit = county.cx("department").await.actor.unit.unwrap().to_string();
        let guard = county.cx("guard").await.actor.person().unwrap().to_string();
        assert_eq!(said("school", "grade", id, json!({ "grade": "general" })).await, done());
        assert_eq!(said("bureau", "hand_over", id, json!({ "handed_unit": unit })).await, done());
        for login in ["school", "principal"] {
            let back = said(login, "hand_over", id, json!({ "keeper": guard })).await;
            assert_eq!(back, refused("hazard.handed_beyond"), "{} {login}", county.backend());
        }
        let refusal = json!({ "refusal_facts": "三次催办未动" });
        let himself = said("department", "record_refusal", id, refusal.clone()).await;
        assert_eq!(himself, refused("hazard.refusal_of_himself"), "{}", county.backend());
        assert_eq!(said("bureau", "record_refusal", id, refusal).await, done());
        let (_, seen) = county.get(&county.token("school").await, &format!("/api/v1/hazards/{id}")).await;
        assert_eq!((seen["handed_unit"].as_str(), seen["state"].as_str()), (Some(unit.as_str()), Some("handed_over")));
        assert!(!moves(&seen).contains(&"hand_over"), "{seen}");

        let hazard = report(&county, "guard").await;
        let id = hazard["id"].as_str().unwrap();
        let director = county.cx("director").await.actor.person().unwrap().to_string();
        let until = json!({ "extension_until": "2022-01-07", "extension_reason": "配件未到" });
        assert_eq!(said("school", "grade", id, json!({ "grade": "general" })).await, done());
        assert_eq!(said("bureau", "hand_over", id, json!({ "keeper": director, "measures": "更换" })).await, done());
        assert_eq!(said("director", "ask_extension", id, until).await, done());
        let granted = said("director", "grant_extension", id, json!({})).await;
        assert_eq!(granted, refused("hazard.extension_for_himself"), "{}", county.backend());
        let (_, seen) = county.get(&county.token("bureau").await, &format!("/api/v1/hazards/{id}")).await;
        assert_eq!((seen["due_on"].as_str(), seen["extensions"].as_i64()), (Some("2022-01-04"), Some(0)), "{seen}");
        // Where its keeper works, the case is: his office has it, and the limit is that of an answer from outside.
        let office = county.cx("director").await.actor.unit.map(|unit| unit.to_string());
        assert_eq!(seen["handed_unit"].as_str(), office.as_deref());
    }
}

/// A case is merged into another one of its own place: what is offered is taken, and the case itself is not offered.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_case_can_be_merged_into_is_offered() {
    for county in county::both().await {
        let (one, other) = (report(&county, "teacher").await, report(&county, "teacher").await);
        let id = one["id"].as_str().unwrap();
        let visitor = crate::visitor::Visitor::sign_in(&county, "bureau").await;
        let page = visitor.get(&format!("/hazards/{id}")).await.text();
        let choice = page.split("name=\"merged_into\"").nth(1).and_then(|rest| rest.split("</select>").next()).unwrap();
        let offered: Vec<_> = choice.split("value=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(offered.contains(&other["id"].as_str().unwrap()) && !offered.contains(&id), "{choice}");
        let token = county.token("bureau").await;
        for target in offered.iter().filter(|id| !id.is_empty()) {
            let (_, known) = county.get(&token, &format!("/api/v1/hazards/{target}")).await;
            assert_eq!(known["school"], one["school"], "{known}");
            assert!(!["mistaken", "merged"].contains(&known["state"].as_str().unwrap()), "{known}");
        }
        let body = json!({ "version": one["version"], "merged_into": offered.last() });
        let (status, answer) = make(&county, "bureau", "merge", id, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

/// The address of a step that was refused, opened once more, leads to the record; that of no step leads nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_step_leads_to_its_record() {
    for county in county::both().await {
        let visitor = crate::visitor::Visitor::sign_in(&county, "bureau").await;
        let (_, list) = county.get(&county.token("bureau").await, "/api/v1/hazards?limit=1").await;
        let id = list["items"][0]["id"].as_str().unwrap().to_owned();
        let answer = visitor.get(&format!("/hazards/{id}/confirm")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", county.backend());
        assert_eq!(answer.headers["location"], format!("/hazards/{id}#move-confirm"));
        assert_eq!(visitor.get(&format!("/hazards/{id}/confrim")).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_sent_twice_is_done_once() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        let id = county.app.store.new_id(county.app.clock.now()).to_string();
        let key = county.app.store.new_id(county.app.clock.now()).to_string();
        let body = json!({ "id": id, "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
        for _ in 0..2 {
            let request = axum::http::Request::builder()
                .method("POST")
                .uri("/api/v1/hazards")
                .header("authorization", format!("Bearer {token}"));
            let request = request
                .header("idempotency-key", &key)
                .header("content-type", "application/json")
                .body(axum::body::Body::from(body.to_string()))
                .unwrap();
            let (status, _, _) = county.send(request).await;
            assert_eq!(status, StatusCode::CREATED);
        }
        let (_, timeline) = county.get(&token, &format!("/api/v1/hazards/{id}/timeline")).await;
        assert_eq!(timeline["items"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_save_at_once_do_not_swallow_each_other() {
    for county in county::both().await {
        let hazard = report(&county, "school").await;
        let path = format!("/api/v1/hazards/{}", hazard["id"].as_str().unwrap());
        let token = county.token("school").await;
        let edit = |place: &'static str| {
            county.ask(&token, axum::http::Method::PATCH, &path, Some(json!({ "version": 1, "place": place })))
        };
        let (first, second) = tokio::join!(edit("一楼"), edit("二楼"));
        let mut statuses = [first.0, second.0];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
    }
}

/// What a department finds around a school is the school's as well, and no other of its records is the department's.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_names_a_school_whose_records_it_does_not_see() {
    for county in county::both().await {
        let home = county.cx("school").await.scope().home.unwrap();
        let department = crate::visitor::Visitor::sign_in(&county, "department").await;
        let form = department.get("/hazards/new").await.text();
        let (_, select) = form.split_once("name=\"school\"").unwrap();
        let (select, _) = select.split_once("</select>").unwrap();
        assert!(select.contains(&home.to_string()), "{}: {select}", county.backend());
        let body = json!({
            "place_kind": "surroundings", "school": home, "place": "校门西侧路口", "description": "无证摊点占道", "category": "surroundings", "source": "joint", "found_on": "2021-12-20",
        });
        let token = county.token("department").await;
        let (status, hazard) = county.post(&token, "/api/v1/hazards", body.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{}: {hazard}", county.backend());
        let path = format!("/api/v1/hazards/{}", hazard["id"].as_str().unwrap());
        for login in ["department", "school", "township", "bureau"] {
            assert_eq!(county.get(&county.token(login).await, &path).await.0, StatusCode::OK, "{login}");
        }
        assert_eq!(county.get(&token, &format!("/api/v1/schools/{home}")).await.0, StatusCode::NOT_FOUND);
        let other = json!({ "place_kind": "school", "school": uuid::Uuid::from_u128(7), "place": "操场", "description": "围墙开裂", "category": "building", "source": "inspection", "found_on": "2021-12-20" });
        let (status, _) = county.post(&token, "/api/v1/hazards", other).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "one that there is not");
        assert!(county.flaws().await.is_empty());
    }
}

/// Whether the finder names his school or leaves it open: nothing is found there before there was one.
#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_nobody_names_is_held_to_its_days_too() {
    for county in county::both().await {
        let (name, home) = (county.backend(), county.cx("guard").await.scope().home.unwrap());
        let place = if name == "SQLite" { format!("x'{}'", home.simple()) } else { format!("'{home}'") };
        let opened = format!("update school set opened_on = '2021-12-16' where id = {place}");
        assert_eq!(county.raw(&opened).await, 1, "{name}");
        let token = county.token("guard").await;
        let early = (StatusCode::UNPROCESSABLE_ENTITY, Some("school.not_open_on"));
        for (school, day, expected) in [
            (Some(home), "2021-12-15", early),
            (None, "2021-12-15", early),
            (None, "2021-12-16", (StatusCode::CREATED, None)),
        ] {
            let body = json!({
                "place_kind": "school", "school": school, "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": day,
            });
            let (status, answer) = county.post(&token, "/api/v1/hazards", body).await;
            assert_eq!((status, answer["error"]["code"].as_str()), expected, "{name} {school:?} {day}: {answer}");
        }
    }
}

/// The day on which it was found is its finder's; when he cannot sign in any more, the form asks his school's safety officer for it, and takes what he says.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_stands_in_for_a_finder_is_asked_for_what_he_may_correct() {
    for county in county::both().await {
        let (name, hazard) = (county.backend(), report(&county, "guard").await);
        let id = hazard["id"].as_str().unwrap();
        let officer = crate::visitor::Visitor::sign_in(&county, "school").await;
        for (closed, asked, expected) in
            [(false, false, StatusCode::UNPROCESSABLE_ENTITY), (true, true, StatusCode::OK)]
        {
            if closed {
                let close = "update account set disabled_on = '2021-12-20' where login = 'guard'";
                assert_eq!(county.raw(close).await, 1, "{name}");
            }
            let form = officer.get(&format!("/hazards/{id}/edit")).await.text();
            assert!(form.contains("name=\"place\""), "{name}");
            assert_eq!(form.contains("name=\"found_on\""), asked, "{name} {closed}");
            let body = json!({ "version": 1, "found_on": "2021-12-17" });
            let path = format!("/api/v1/hazards/{id}");
            let token = county.token("school").await;
            let (status, answer) = county.ask(&token, axum::http::Method::PATCH, &path, Some(body)).await;
            assert_eq!(status, expected, "{name} {closed}: {answer}");
        }
    }
}

/// Where a county has more schools than a list holds, a department names one by typing: out of its sight like in the list, by its whole name or its code.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_types_the_school_that_it_names() {
    for county in county::both().await {
        let name = county.backend();
        let home = county.cx("school").await.scope().home.unwrap();
        let kind = county.app.kind_of("school").unwrap();
        let school = county.app.store.find(kind.noun, home, &kit::Scope::county()).await.unwrap().unwrap();
        let code = school.get(kind.noun, "local_code").text().unwrap().to_owned();
        let department = crate::visitor::Visitor::sign_in(&county, "department").await;
        for (typed, expected) in [(code.as_str(), StatusCode::SEE_OTHER), ("0", StatusCode::UNPROCESSABLE_ENTITY)] {
            let fields = [
                ("place_kind", "surroundings"),
                ("school", typed),
                ("place", "校门西侧路口"),
                ("description", "无证摊点占道"),
                ("category", "surroundings"),
                ("source", "joint"),
                ("found_on", "2021-12-20"),
            ];
            let answer = department.post("/hazards", &fields).await;
            assert_eq!(answer.status, expected, "{name} {typed}: {}", answer.text());
        }
    }
}
