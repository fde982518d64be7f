//! The description of the interface is compared with what the interface answers, for every record type.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::county;

const LOGINS: &[&str] = &["bureau", "director", "sysadmin", "auditor", "principal", "school", "teacher", "guard"];

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

/// What a value breaks of a schema: type, choices, required members, members that are not described.
pub fn broken(schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let kinds: Vec<_> = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Vec::new(),
    };
    if !kinds.iter().any(|kind| is(kind, value)) {
        return vec![format!("{at}: {value} is no {kinds:?}")];
    }
    let mut found = Vec::new();
    if schema["enum"].as_array().is_some_and(|choices| !choices.contains(value)) {
        found.push(format!("{at}: {value} is none of {}", schema["enum"]));
    }
    for item in value.as_array().into_iter().flatten() {
        found.extend(broken(&schema["items"], item, at));
    }
    if let (Some(members), Some(described)) = (value.as_object(), schema["properties"].as_object()) {
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(required.filter(|name| !members.contains_key(*name)).map(|name| format!("{at}: no {name}")));
        for (name, value) in members {
            let at = format!("{at}.{name}");
            match described.get(name) {
                Some(schema) => found.extend(broken(schema, value, &at)),
                None => found.push(format!("{at}: not described")),
            }
        }
    }
    found
}

#[test]
fn a_broken_answer_is_told() {
    let schema = json!({ "type": "object", "required": ["id"], "properties": {
        "id": { "type": "string" }, "grade": { "type": ["string", "null"], "enum": ["a", null] },
        "moves": { "type": "array", "items": { "type": "object", "properties": { "name": { "type": "string" } } } } } });
    let good = json!({ "id": "x", "grade": null, "moves": [{ "name": "close" }] });
    assert_eq!(broken(&schema, &good, "x"), Vec::<String>::new());
    for bad in [
        json!({ "grade": "a" }),
        json!({ "id": 1 }),
        json!({ "id": "x", "grade": "b" }),
        json!({ "id": "x", "other": 1 }),
        json!({ "id": "x", "moves": [{ "name": null }] }),
    ] {
        assert_eq!(broken(&schema, &bad, "x").len(), 1, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_described() {
    for county in county::both().await {
        let document = engine::openapi::document(&county.app);
        let mut wrong = Vec::new();
        let mut seen = 0;
        for kind in county.app.kinds() {
            let noun = kind.noun;
            let schema = &document["components"]["schemas"][noun.name];
            for login in LOGINS {
                if !county.cx(login).await.may(noun.name, "read") {
                    continue;
                }
                let token = county.token(login).await;
                let path = format!("/api/v1/{}", noun.plural);
                let (status, list) = county.get(&token, &format!("{path}?limit=50")).await;
                assert_eq!(status, StatusCode::OK, "{login} {path} {list}");
                let items = list["items"].as_array().unwrap();
                for item in items {
                    wrong.extend(broken(schema, item, noun.name));
                }
                if let Some(first) = items.first() {
                    seen += 1;
                    let (_, one) = county.get(&token, &format!("{path}/{}", first["id"].as_str().unwrap())).await;
                    wrong.extend(broken(schema, &one, noun.name));
                }
            }
        }
        wrong.sort();
        wrong.dedup();
        assert!(wrong.is_empty(), "{} {wrong:#?}", county.backend());
        assert!(seen > 60, "{seen}");
    }
}

/// Every form that is named exists, and every operation has a name of its own: what a generator of clients stops at.
#[tokio::test(flavor = "multi_thread")]
async fn the_description_holds_together() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let mut names = std::collections::HashSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path}"));
            assert!(names.insert(name.to_owned()), "{name} twice: {method} {path}");
            let stated = operation["parameters"].as_array().into_iter().flatten();
            let stated: Vec<_> =
                stated.filter(|one| one["in"] == "path").filter_map(|one| one["name"].as_str()).collect();
            let wanted: Vec<_> = path.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
            assert_eq!(stated, wanted, "{method} {path}");
            let sends = operation.get("requestBody").is_some();
            let fails = [("400", true), ("401", true), ("403", true), ("404", true), ("413", sends), ("415", sends)];
            for (status, may) in fails.iter().chain(&[("422", true)]) {
                let described = operation["responses"][*status]["content"]["application/json"]["schema"].is_object();
                let open = path == "/api/v1/openapi.json";
                assert_eq!(described, *may && !open, "{method} {path} {status}");
            }
        }
    }
    // Why a mark was added after its roll must be said; a mark of the roll itself has no reason.
    let new = &document["components"]["schemas"]["mark_new"]["required"];
    assert!(new.as_array().unwrap().contains(&json!("reason")), "{new}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_as_described() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    let schema = &document["components"]["schemas"]["failure"];
    let (guard, bureau) = (county.token("guard").await, county.token("bureau").await);
    let missing = format!("/api/v1/hazards/{}", uuid::Uuid::from_u128(7));
    for (token, path, expected) in [
        ("nobody", "/api/v1/hazards", StatusCode::UNAUTHORIZED),
        (bureau.as_str(), missing.as_str(), StatusCode::NOT_FOUND),
        (bureau.as_str(), "/api/v1/hazards?nothing=1", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, answer) = county.get(token, path).await;
        assert_eq!(status, expected, "{path}");
        assert_eq!(broken(schema, &answer, path), Vec::<String>::new(), "{answer}");
    }
    let (status, answer) = county.post(&guard, "/api/v1/hazards", json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(broken(schema, &answer, "new"), Vec::<String>::new(), "{answer}");
    let (status, answer) = county.post(&guard, "/api/v1/schools", json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
    assert_eq!(broken(schema, &answer, "new"), Vec::<String>::new(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_described_as_it_is_taken() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    let token = county.token("school").await;
    let body = json!({ "place_kind": "school", "place": "楼梯", "description": "灯不亮", "category": "fire", "source": "self_check", "found_on": "2021-12-20" });
    assert_eq!(broken(&document["components"]["schemas"]["hazard_new"], &body, "new"), Vec::<String>::new());
    let (status, made) = county.post(&token, "/api/v1/hazards", body).await;
    let post = &document["paths"]["/api/v1/hazards"]["post"];
    assert!(post["responses"][status.as_str()].is_object(), "{status} {made}");
    assert_eq!(post["parameters"][0]["name"], "Idempotency-Key");
    assert_eq!(broken(&document["components"]["schemas"]["hazard"], &made, "made"), Vec::<String>::new());
    // A change names what it changes and the version that was seen, and no more.
    let change = &document["components"]["schemas"]["hazard_change"];
    assert_eq!(change["required"], json!(["version"]));
    assert_eq!(
        broken(change, &json!({ "version": 1, "place": "门厅", "remark": null }), "change"),
        Vec::<String>::new()
    );
    let grade = &document["paths"]["/api/v1/hazards/{id}/grade"]["post"]["requestBody"]["content"]["application/json"];
    assert_eq!(grade["schema"]["properties"]["version"]["type"], "integer");
    for path in ["/api/v1/schools/import", "/api/v1/hazards/{id}/timeline"] {
        assert!(document["paths"][path].is_object(), "{path}");
    }
    // Every parameter that is described is taken.
    for parameter in document["paths"]["/api/v1/hazards"]["get"]["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        let value = match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("present") => "1",
            Some("not") => "-",
            Some("later_than" | "not_later_than") => name.split('.').next().unwrap(),
            _ => continue,
        };
        let (status, answer) = county.get(&token, &format!("/api/v1/hazards?limit=1&{name}={value}")).await;
        assert_eq!(status, StatusCode::OK, "{name}={value} {answer}");
    }
}
