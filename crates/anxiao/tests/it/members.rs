//! What a program sends and nobody reads is refused, and nothing is done.

use areas::organisation::record::PUPIL;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use kit::{Query, Scope};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

fn report() -> Value {
    json!({ "place_kind": "school", "place": "教学楼二楼", "description": "应急灯不亮", "category": "fire", "source": "self_check", "found_on": "2021-12-20" })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

/// The code and field of the first fault.
fn fault(answer: &Value) -> (&str, &str) {
    let first = &answer["error"]["faults"][0];
    (first["code"].as_str().unwrap_or_default(), first["field"].as_str().unwrap_or_default())
}

async fn total(county: &County, token: &str) -> i64 {
    county.get(token, "/api/v1/hazards?limit=1").await.1["total"].as_i64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_record_with_a_member_that_nobody_reads_is_none() {
    for county in county::both().await {
        let token = county.token("school").await;
        let before = total(&county, &token).await;
        for (name, value, told) in [
            ("plaec", json!("三楼"), ("member.unknown", "plaec")),
            ("state", json!("closed"), ("member.fixed", "state")),
            ("id", json!("abc"), ("member.id", "id")),
            ("id", json!(7), ("member.id", "id")),
            ("version", json!(3), ("member.unknown", "version")),
            ("place", json!(["三楼"]), ("member.value", "place")),
        ] {
            let (status, answer) = county.post(&token, "/api/v1/hazards", with(report(), name, value)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {name} {answer}", county.backend());
            assert_eq!(fault(&answer), told, "{answer}");
        }
        assert_eq!(total(&county, &token).await, before);
        let (status, answer) = county.post(&token, "/api/v1/hazards", with(report(), "state", Value::Null)).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        // Who may not make one at all is not told about its members.
        let bureau = county.token("auditor").await;
        let (status, _) = county.post(&bureau, "/api/v1/hazards", with(report(), "plaec", json!("x"))).await;
        assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_goes_back_as_it_came_with_what_was_changed_and_nothing_else() {
    for county in county::both().await {
        let token = county.token("school").await;
        let (_, made) = county.post(&token, "/api/v1/hazards", report()).await;
        let path = format!("/api/v1/hazards/{}", made["id"].as_str().unwrap());
        let (_, item) = county.get(&token, &path).await;
        let (_, list) = county.get(&token, "/api/v1/hazards?limit=1000").await;
        let listed = list["items"].as_array().unwrap().iter().find(|own| own["id"] == item["id"]).unwrap();
        for (name, value, told) in [
            ("plaec", json!("三楼"), ("member.unknown", "plaec")),
            ("state", json!("closed"), ("member.fixed", "state")),
            ("version", json!("1"), ("member.version", "version")),
            ("id", json!("017da28d-29a0-7546-a756-a024f416d34a"), ("member.id", "id")),
        ] {
            let body = with(item.clone(), name, value);
            let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {name} {answer}", county.backend());
            let faults = answer["error"]["faults"].as_array().unwrap();
            let told = json!({ "code": told.0, "field": told.1 });
            assert!(faults.iter().any(|one| one["code"] == told["code"] && one["field"] == told["field"]), "{answer}");
        }
        assert_eq!(county.get(&token, &path).await.1, item);
        for (whole, place) in [(&item, "三楼"), (listed, "四楼")] {
            let version = county.get(&token, &path).await.1["version"].clone();
            let body = with(with(whole.clone(), "place", json!(place)), "version", version);
            let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
            assert_eq!((status, &answer["place"]), (StatusCode::OK, &json!(place)), "{} {answer}", county.backend());
        }
        // What changes nothing is answered with the version that is stored.
        let (_, stored) = county.get(&token, &path).await;
        let same = json!({ "version": stored["version"], "place": stored["place"] });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(same)).await;
        assert_eq!((status, &answer["version"]), (StatusCode::OK, &stored["version"]), "{} {answer}", county.backend());
        // Without the version that was seen nobody could tell whether somebody else was faster.
        for body in [json!({ "place": "六楼" }), json!({ "place": "六楼", "version": null })] {
            let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
            assert_eq!(fault(&answer), ("request.version_missing", "version"), "{answer}");
        }
        // Of an older version it is told that somebody else was faster.
        let stale = with(item.clone(), "place", json!("五楼"));
        assert_eq!(county.ask(&token, Method::PATCH, &path, Some(stale)).await.0, StatusCode::CONFLICT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_with_a_member_that_nobody_reads_is_not_made() {
    for county in county::both().await {
        let token = county.token("school").await;
        let (_, made) = county.post(&token, "/api/v1/hazards", report()).await;
        let path = format!("/api/v1/hazards/{}", made["id"].as_str().unwrap());
        let grade = format!("{path}/grade");
        for (name, value, told) in [
            ("version", json!("1"), ("member.version", "version")),
            ("garde", json!("major"), ("member.unknown", "garde")),
            ("id", json!("abc"), ("member.id", "id")),
        ] {
            let (status, answer) = county.post(&token, &grade, with(json!({ "grade": "general" }), name, value)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {name} {answer}", county.backend());
            assert_eq!(fault(&answer), told, "{answer}");
        }
        // Money as a number is in 分, and so are its bounds.
        let (status, answer) = county.post(&token, &format!("{path}/hand_over"), json!({ "money_fen": -1 })).await;
        assert_eq!(
            (status, fault(&answer)),
            (StatusCode::UNPROCESSABLE_ENTITY, ("value.fen", "money_fen")),
            "{answer}"
        );
        let (status, answer) = county.ask(&token, Method::DELETE, &path, None).await;
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (StatusCode::METHOD_NOT_ALLOWED, Some("request.method")),
            "{answer}"
        );
        assert_eq!(county.get(&token, &path).await.1["state"], made["state"]);
        let body = json!({ "grade": "general", "version": made["version"], "id": made["id"] });
        assert_eq!(county.post(&token, &grade, body).await.0, StatusCode::OK);
    }
}

async fn send(county: &County, token: &str, path: &str, header: (&str, &str), body: String) -> (StatusCode, Value) {
    let request = Request::builder().method(Method::POST).uri(path).header("authorization", format!("Bearer {token}"));
    let (status, _, bytes) = county.send(request.header(header.0, header.1).body(Body::from(body)).unwrap()).await;
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_none_protects_nothing_and_is_refused() {
    for county in county::both().await {
        let token = county.token("school").await;
        let before = total(&county, &token).await;
        let (status, answer) =
            send(&county, &token, "/api/v1/hazards", ("idempotency-key", "abc"), report().to_string()).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("request.key")));
        assert_eq!(total(&county, &token).await, before);
    }
}

/// The file with another number for its first school.
fn with_phone(file: &str, number: &str) -> String {
    let lines: Vec<&str> = file.lines().collect();
    let at = lines[0].split(',').position(|heading| heading == "联系电话").unwrap();
    let mut cells: Vec<_> = lines[1].split(',').collect();
    cells[at] = number;
    file.replacen(lines[1], &cells.join(","), 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misspelt_dry_run_imports_nothing() {
    for county in county::both().await {
        let (bureau, token) = (Visitor::sign_in(&county, "bureau").await, county.token("bureau").await);
        let good = bureau.get("/schools/export.csv").await.text().replace('\u{feff}', "");
        let changed = with_phone(&good, "0746-5229999");
        for (query, expected) in [
            ("dry-run=1", StatusCode::UNPROCESSABLE_ENTITY),
            ("dry_run=maybe", StatusCode::UNPROCESSABLE_ENTITY),
            ("dry_run=", StatusCode::UNPROCESSABLE_ENTITY),
            ("dry_run=1", StatusCode::OK),
        ] {
            let path = format!("/api/v1/schools/import?{query}");
            let (status, answer) = send(&county, &token, &path, ("content-type", "text/csv"), changed.clone()).await;
            assert_eq!(status, expected, "{} {query} {answer}", county.backend());
            assert_eq!(bureau.get("/schools/export.csv").await.text().replace('\u{feff}', ""), good, "{query}");
        }
        let path = "/api/v1/schools/import?dry_run=0";
        let (status, answer) = send(&county, &token, path, ("content-type", "text/csv"), changed).await;
        assert_eq!((status, &answer["changed"]), (StatusCode::OK, &json!(1)), "{answer}");
    }
}

/// Page, interface and command line list the same; what is sealed is masked there, and what is masked for the reader is masked in the record's name.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_lists_what_would_change_and_shows_nothing_sealed() {
    for county in county::both().await {
        for (login, plural, number, shown) in [
            ("bureau", "schools", "0746-5229999", "0746-5229999"),
            ("school", "guardians", "13900001111", "139****1111"),
        ] {
            let (visitor, token) = (Visitor::sign_in(&county, login).await, county.token(login).await);
            let good = visitor.get(&format!("/{plural}/export.csv")).await.text().replace('\u{feff}', "");
            let path = format!("/api/v1/{plural}/import?dry_run=1");
            let file = with_phone(&good, number);
            let (status, answer) = send(&county, &token, &path, ("content-type", "text/csv"), file).await;
            assert_eq!((status, &answer["changed"], &answer["more_changes"]), (StatusCode::OK, &json!(1), &json!(0)));
            let [line] = &answer["changes"].as_array().unwrap()[..] else { panic!("{answer}") };
            let id = good.lines().nth(1).unwrap().split(',').next().unwrap();
            assert_eq!((&line["row"], &line["id"], &line["field"]), (&json!(2), &json!(id), &json!("phone")));
            assert_eq!((&line["label"], &line["new"]), (&json!("联系电话"), &json!(shown)), "{}", county.backend());
            assert!(line["old"] != line["new"] && (shown == number || !answer.to_string().contains(number)), "{line}");
            let described = engine::openapi::document(&county.app);
            let described = &described["paths"][format!("/api/v1/{plural}/import")]["post"]["responses"]["200"];
            let schema = &described["content"]["application/json"]["schema"];
            assert_eq!(crate::described::broken(schema, &answer, "answer"), Vec::<String>::new());
            let (_, same) = send(&county, &token, &path, ("content-type", "text/csv"), good).await;
            assert_eq!((&same["changes"], &same["added"]), (&json!([]), &json!([])), "{same}");
        }
        // A new record by its row, in the name that this reader sees; of a file with faults nothing is done, so nothing is listed.
        let token = county.token("bureau").await;
        let import = async |text: &str| {
            send(&county, &token, "/api/v1/units/import?dry_run=1", ("content-type", "text/csv"), text.to_owned()).await
        };
        let (_, answer) = import("单位代码,单位名称,单位类别,上级单位\n991,演练镇,乡镇（街道）,431124\n").await;
        assert_eq!(answer["added"], json!([{ "row": 2, "record": "991 演练镇" }]), "{answer}");
        let (_, answer) =
            import("单位代码,单位名称,单位类别,上级单位\n991,演练镇,乡镇（街道）,431124\n992,演练乡,星球,431124\n")
                .await;
        assert_eq!((&answer["added"], &answer["faults"][0]["code"]), (&json!([]), &json!("value.choice")), "{answer}");
        // A number that differs from another's in nothing but zeros before it is no new record.
        let (_, answer) = import("单位代码,单位名称,单位类别,上级单位\n00431124,道县,成员单位,431124\n").await;
        assert_eq!(answer["faults"][0]["code"], json!("io.zeros"), "{answer}");
    }
}

/// A file under a number that another file had is not taken for it; the same one sent again is done already.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_under_a_used_number_is_told_so() {
    for county in county::both().await {
        let (bureau, token) = (Visitor::sign_in(&county, "bureau").await, county.token("bureau").await);
        let good = bureau.get("/schools/export.csv").await.text().replace('\u{feff}', "");
        let key = county.app.store.new_id(county.app.clock.now()).to_string();
        let import =
            async |file: String| send(&county, &token, "/api/v1/schools/import", ("idempotency-key", &key), file).await;
        for (file, status, changed, code) in [
            (with_phone(&good, "0746-5229999"), StatusCode::OK, json!(1), Value::Null),
            (with_phone(&good, "0746-5229999"), StatusCode::OK, json!(0), Value::Null),
            (with_phone(&good, "0746-5228888"), StatusCode::UNPROCESSABLE_ENTITY, Value::Null, json!("request.other")),
        ] {
            let (said, answer) = import(file).await;
            assert_eq!((said, &answer["changed"], &answer["error"]["code"]), (status, &changed, &code), "{answer}");
        }
        assert!(bureau.get("/schools/export.csv").await.text().contains("0746-5229999"), "{}", county.backend());
    }
}

/// Whoever mends what cannot be read is not sent back once more for what is empty.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_told_with_what_cannot_be_read() {
    let county = county::sqlite().await;
    let token = county.token("school").await;
    let body = with(with(report(), "category", Value::Null), "found_on", json!("2021-02-30"));
    let (status, answer) = county.post(&token, "/api/v1/hazards", body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
    let faults = answer["error"]["faults"].as_array().unwrap();
    let told = |at: usize| (faults[at]["code"].as_str().unwrap(), faults[at]["field"].as_str().unwrap());
    assert_eq!(faults.len(), 2, "{answer}");
    assert_eq!([told(0), told(1)], [("value.date", "found_on"), ("value.required", "category")]);
}

/// A school that enters a child whom another school has on its roll is told whom to ask, and not to look where it sees nothing; the other school is
/// not named. What it can see it is sent to.
#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_of_another_school_is_not_looked_for_in_ones_own_list() {
    for county in county::both().await {
        let (store, cx, token) = (&county.app.store, county.cx("school").await, county.token("school").await);
        let pupils = store.all(&PUPIL, &Query::new(), &Scope::county()).await.unwrap();
        let present = |row: &&kit::Row| row.get(&PUPIL, "left_on").is_null();
        let mine = pupils.iter().filter(present).find(|row| cx.scope().sees(&PUPIL, row)).unwrap();
        let theirs = pupils.iter().filter(present).find(|row| !cx.scope().sees(&PUPIL, row)).unwrap();
        let (school, class) = (mine.get(&PUPIL, "school").id().unwrap(), mine.get(&PUPIL, "class").id().unwrap());
        let other = county.app.tree().name(theirs.get(&PUPIL, "school").id().unwrap()).to_owned();
        for (row, code) in [(mine, "record.taken"), (theirs, "pupil.elsewhere")] {
            let number = store.reveal(&PUPIL, "number", std::slice::from_ref(row)).await.unwrap().remove(0).unwrap();
            let body = json!({ "name": "王小满", "sex": "9", "school": school, "class": class, "number": number, "boarder": false, "enrolled_on": cx.today().to_string() });
            let (status, answer) = county.post(&token, "/api/v1/pupils", body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {answer}", county.backend());
            assert_eq!(fault(&answer).0, code, "{} {answer}", county.backend());
            assert!(!answer.to_string().contains(&other), "{answer}");
        }
        let number = store.reveal(&PUPIL, "number", std::slice::from_ref(theirs)).await.unwrap().remove(0).unwrap();
        let school = county.app.tree().name(school).to_owned();
        let file = format!("姓名,性别,学校,学籍号,是否寄宿,入学日期\n王小满,9,{school},{number},否,{}\n", cx.today());
        let header = ("content-type", "text/csv");
        let (_, answer) = send(&county, &token, "/api/v1/pupils/import?dry_run=1", header, file).await;
        let faults = answer["faults"].as_array().unwrap();
        assert!(faults.iter().any(|fault| fault["code"] == "pupil.elsewhere"), "{} {answer}", county.backend());
        assert!(!answer.to_string().contains(&other), "{answer}");
    }
}
