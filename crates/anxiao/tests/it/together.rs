//! Two people, one record: merging and comparing, through the real router, on both databases.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

/// A hazard of the school's, just registered.
async fn hazard(county: &County) -> String {
    let body = json!({
        "place_kind": "school", "place": "教学楼二楼", "description": "应急灯不亮", "category": "fire", "source": "self_check", "found_on": "2021-12-20",
    });
    let (status, made) = county.post(&county.token("school").await, "/api/v1/hazards", body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

async fn patch(county: &County, login: &str, id: &str, body: Value) -> (StatusCode, Value) {
    county.ask(&county.token(login).await, Method::PATCH, &format!("/api/v1/hazards/{id}"), Some(body)).await
}

async fn read(county: &County, id: &str) -> Value {
    county.get(&county.token("school").await, &format!("/api/v1/hazards/{id}")).await.1
}

/// What a whole edit form of the first version sends.
const FORM: [(&str, &str); 6] = [
    ("place_kind", "school"),
    ("description", "应急灯不亮"),
    ("category", "fire"),
    ("source", "self_check"),
    ("found_on", "2021-12-20"),
    ("version", "1"),
];

/// The hidden and the chosen values of a merging page, as a browser would send them.
fn sent(page: &str) -> Vec<(String, String)> {
    let form = page.split("<form class=\"card\"").nth(1).unwrap().split("</form>").next().unwrap();
    let value = |tag: &str, name: &str| {
        let rest = tag.split(&format!(" {name}=\"")).nth(1)?;
        Some(rest.split('"').next().unwrap_or_default().to_owned())
    };
    let inputs = form.split("<input ").skip(1).map(|rest| format!(" {}", rest.split('>').next().unwrap_or_default()));
    let inputs = inputs.filter(|tag| tag.contains("type=\"hidden\"") || tag.contains(" checked"));
    inputs
        .filter_map(|tag| Some((value(&tag, "name")?, value(&tag, "value")?)))
        .filter(|(name, _)| name != "csrf")
        .collect()
}

async fn send(visitor: &Visitor<'_>, path: &str, values: &[(String, String)]) -> crate::visitor::Answer {
    let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    visitor.post(path, &values).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_one_of_them_changed_is_merged_in_one_tap() {
    for county in county::both().await {
        let id = hazard(&county).await;
        let path = format!("/hazards/{id}");
        assert_eq!(
            patch(&county, "principal", &id, json!({ "version": 1, "place": "教学楼二楼东侧" })).await.0,
            StatusCode::OK
        );
        let visitor = Visitor::sign_in(&county, "school").await;
        let mut form = FORM.to_vec();
        form.extend([("place", "教学楼二楼"), ("description", "两盏应急灯不亮")]);
        let late = visitor.post(&path, &form).await;
        let page = late.text();
        assert_eq!(late.status, StatusCode::CONFLICT, "{page}");
        assert!(page.contains("教学楼二楼东侧") && page.contains("两盏应急灯不亮") && page.contains("应急灯不亮"));
        assert!(!page.contains("pick."), "there is nothing to choose");
        let merged = send(&visitor, &path, &sent(&page)).await;
        assert_eq!(merged.status, StatusCode::SEE_OTHER, "{}", merged.text());
        let now = read(&county, &id).await;
        assert_eq!(
            (now["place"].as_str(), now["description"].as_str()),
            (Some("教学楼二楼东侧"), Some("两盏应急灯不亮"))
        );
        assert_eq!(now["version"], 3);
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_both_changed_a_field_one_of_them_chooses() {
    for county in county::both().await {
        for (pick, expected) in [("mine", "三楼"), ("theirs", "二楼东侧")] {
            let id = hazard(&county).await;
            let path = format!("/hazards/{id}");
            patch(&county, "principal", &id, json!({ "version": 1, "place": "二楼东侧" })).await;
            let visitor = Visitor::sign_in(&county, "school").await;
            let mut form = FORM.to_vec();
            form.push(("place", "三楼"));
            let page = visitor.post(&path, &form).await.text();
            let mut values = sent(&page);
            assert!(values.contains(&("pick.place".into(), "mine".into())), "what was typed is suggested: {values:?}");
            values.retain(|(name, _)| name != "pick.place");
            values.push(("pick.place".into(), pick.into()));
            assert_eq!(send(&visitor, &path, &values).await.status, StatusCode::SEE_OTHER);
            assert_eq!(read(&county, &id).await["place"], expected);
        }
        // Whoever had it open twice is told that it was himself, and nobody else.
        let id = hazard(&county).await;
        patch(&county, "school", &id, json!({ "version": 1, "place": "二楼东侧" })).await;
        let form = [FORM.as_slice(), &[("place", "三楼")]].concat();
        let page = Visitor::sign_in(&county, "school").await.post(&format!("/hazards/{id}"), &form).await.text();
        assert!(page.contains("您（在另一处）"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_in_a_row_and_nothing_that_was_typed_is_lost() {
    for county in county::both().await {
        let id = hazard(&county).await;
        let path = format!("/hazards/{id}");
        patch(&county, "principal", &id, json!({ "version": 1, "place": "二楼东侧" })).await;
        let visitor = Visitor::sign_in(&county, "school").await;
        let mut form = FORM.to_vec();
        form.extend([("place", "三楼"), ("description", "两盏应急灯不亮")]);
        let first = visitor.post(&path, &form).await.text();
        // While he chooses, a third one saves.
        patch(&county, "principal", &id, json!({ "version": 2, "place": "四楼", "remark": "已拍照" })).await;
        let second = send(&visitor, &path, &sent(&first)).await;
        let page = second.text();
        assert_eq!(second.status, StatusCode::CONFLICT);
        for text in ["二楼东侧", "四楼", "三楼", "两盏应急灯不亮", "已拍照"] {
            assert!(page.contains(text), "{text}: {page}");
        }
        assert_eq!(send(&visitor, &path, &sent(&page)).await.status, StatusCode::SEE_OTHER);
        let now = read(&county, &id).await;
        assert_eq!(
            (now["place"].as_str(), now["description"].as_str(), now["remark"].as_str()),
            (Some("三楼"), Some("两盏应急灯不亮"), Some("已拍照"))
        );
        // What cannot be read at all is mended in the form, and the comparison comes after it.
        let mut form = FORM.to_vec();
        form.extend([("place", "五楼"), ("found_on", "2021-02-30")]);
        let wrong = visitor.post(&path, &form).await;
        assert!(wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text().contains("五楼"));
        assert!(wrong.text().contains("name=\"version\" value=\"1\""), "on the version that was seen");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_that_meets_an_edit_says_so_and_goes_on_with_what_was_typed() {
    for county in county::both().await {
        let id = hazard(&county).await;
        patch(&county, "principal", &id, json!({ "version": 1, "description": "三盏应急灯不亮" })).await;
        let visitor = Visitor::sign_in(&county, "school").await;
        let path = format!("/hazards/{id}/grade");
        let late = visitor.post(&path, &[("version", "1"), ("grade", "general")]).await;
        let page = late.text();
        assert_eq!(late.status, StatusCode::CONFLICT, "{page}");
        assert!(page.contains("三盏应急灯不亮"));
        assert_eq!(send(&visitor, &path, &sent(&page)).await.status, StatusCode::SEE_OTHER);
        let now = read(&county, &id).await;
        assert_eq!((now["state"].as_str(), now["grade"].as_str()), (Some("graded"), Some("general")));
        // Done by somebody else meanwhile, it can no longer be done; what was typed is still there.
        let fixed = format!("/api/v1/hazards/{id}/fix_on_the_spot");
        let (status, fixed) =
            county.post(&county.token("principal").await, &fixed, json!({ "statement": "当场换了灯" })).await;
        assert_eq!(status, StatusCode::OK, "{fixed}");
        let gone = visitor.post(&path, &[("version", "3"), ("grade", "major")]).await;
        assert_eq!(gone.status, StatusCode::CONFLICT);
        assert!(gone.text().contains("不能再办理") && gone.text().contains("重大"), "{}", gone.text());
        assert_eq!(read(&county, &id).await["grade"], "general");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_what_stands_there_now_and_who_made_it() {
    for county in county::both().await {
        let id = hazard(&county).await;
        patch(&county, "principal", &id, json!({ "version": 1, "place": "二楼东侧" })).await;
        let (status, answer) = patch(&county, "school", &id, json!({ "version": 1, "description": "灯坏" })).await;
        let error = &answer["error"];
        assert_eq!((status, error["code"].as_str()), (StatusCode::CONFLICT, Some("record.stale")), "{answer}");
        assert_eq!(error["changed"], json!(["place"]));
        assert_eq!(
            (error["current"]["place"].as_str(), error["current"]["version"].as_i64()),
            (Some("二楼东侧"), Some(2))
        );
        let principal = county.app.account_id("principal").await.unwrap().unwrap();
        assert_eq!(error["by"]["account"], principal.to_string());
        assert!(error["by"]["name"].as_str().is_some_and(|name| name.contains("校长") || !name.is_empty()));
        assert!(error["at"].as_i64().unwrap() > 1_600_000_000_000);
        // A version that never was says nothing of what changed, and the move is told the same.
        let (status, answer) = patch(&county, "school", &id, json!({ "version": 77, "place": "x" })).await;
        assert_eq!((status, &answer["error"]["changed"]), (StatusCode::CONFLICT, &json!([])));
        let path = format!("/api/v1/hazards/{id}/grade");
        let (status, answer) =
            county.post(&county.token("school").await, &path, json!({ "version": 1, "grade": "general" })).await;
        assert_eq!((status, &answer["error"]["changed"]), (StatusCode::CONFLICT, &json!(["place"])));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn any_two_versions_can_be_compared_and_masks_hold() {
    for county in county::both().await {
        let id = hazard(&county).await;
        patch(&county, "principal", &id, json!({ "version": 1, "place": "二楼东侧" })).await;
        patch(&county, "school", &id, json!({ "version": 2, "place": "三楼", "remark": "看过" })).await;
        let token = county.token("school").await;
        let path = format!("/api/v1/hazards/{id}/versions");
        let get = async |query: &str| county.get(&token, &format!("{path}{query}")).await;
        let change = |field: &str, from: Value, to: Value| json!({ "field": field, "from": from, "to": to });
        let (_, all) = get("?from=1&to=3").await;
        assert_eq!(
            all["changes"],
            json!([change("place", "教学楼二楼".into(), "三楼".into()), change("remark", Value::Null, "看过".into())])
        );
        assert_eq!(
            get("?from=1&to=2").await.1["changes"],
            json!([change("place", "教学楼二楼".into(), "二楼东侧".into())])
        );
        assert_eq!(get("?from=2&to=2").await.1["changes"], json!([]));
        assert_eq!(get("").await.1["from"], 2);
        for bad in ["?from=0&to=1", "?from=1&to=9", "?from=x", "?to=-1", "?to=99999999999999999999"] {
            assert_eq!(get(bad).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
        }
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get(&format!("/hazards/{id}/versions?from=1&to=3")).await.text();
        assert!(page.contains("教学楼二楼") && page.contains("三楼") && page.contains("看过"));
        assert_eq!(visitor.get(&format!("/hazards/{id}/versions?from=1&to=9")).await.status, StatusCode::NOT_FOUND);
        assert!(
            visitor.get(&format!("/hazards/{id}")).await.text().contains(&format!("action=\"/hazards/{id}/versions\""))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_and_masked_fields_give_nothing_away() {
    for county in county::both().await {
        let (token, bureau) = (county.token("school").await, Visitor::sign_in(&county, "bureau").await);
        let (_, list) = county.get(&token, "/api/v1/pupils?limit=1").await;
        let pupil = list["items"][0].clone();
        let (id, version) = (pupil["id"].as_str().unwrap(), pupil["version"].as_i64().unwrap());
        let path = format!("/api/v1/pupils/{id}");
        let (status, saved) =
            county.ask(&token, Method::PATCH, &path, Some(json!({ "version": version, "name": "欧阳改名" }))).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        let now = version.to_string();
        let late = bureau
            .post(&format!("/pupils/{id}"), &[("version", &now), ("name", "张**"), ("boarder", "1"), ("sex", "1")])
            .await;
        let page = late.text();
        assert!(!page.contains("欧阳改名") && !page.contains(pupil["name"].as_str().unwrap()), "{page}");
        let compare = bureau.get(&format!("/pupils/{id}/versions?from={version}&to={}", version + 1)).await.text();
        assert!(compare.contains("**") && !compare.contains("欧阳改名"), "{compare}");
        let (_, told) = county
            .get(&county.token("bureau").await, &format!("{path}/versions?from={version}&to={}", version + 1))
            .await;
        assert!(!told.to_string().contains("欧阳改名"), "{told}");
        let (_, told) = county.get(&token, &format!("{path}/versions")).await;
        assert!(told.to_string().contains("欧阳改名"), "{told}");
        // Erased, the values of his history are gone, and the pages still stand.
        let person: uuid::Uuid = id.parse().unwrap();
        county
            .raw(&match county.target {
                store::Target::Sqlite(_) => format!("delete from person_key where person = x'{}'", person.simple()),
                store::Target::Postgres { .. } => format!("delete from person_key where person = '{person}'"),
            })
            .await;
        let (status, told) = county.get(&token, &format!("{path}/versions?from={version}&to={}", version + 1)).await;
        assert!(status == StatusCode::OK && !told.to_string().contains("欧阳改名"), "{told}");
        let visitor = Visitor::sign_in(&county, "school").await;
        assert_eq!(visitor.get(&format!("/pupils/{id}/versions")).await.status, StatusCode::OK);
    }
}
