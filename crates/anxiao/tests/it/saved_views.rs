//! Saved views, chosen columns and the way back, through the real router, on both databases.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

async fn keep(county: &County, login: &str, plural: &str, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/{plural}/views"), body).await
}

fn names(views: &Value) -> Vec<&str> {
    views["items"].as_array().unwrap().iter().filter_map(|view| view["name"].as_str()).collect()
}

async fn views(county: &County, login: &str, plural: &str) -> Value {
    county.get(&county.token(login).await, &format!("/api/v1/{plural}/views")).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_answers_as_its_question_does_and_the_address_wins_over_it() {
    for county in county::both().await {
        let token = county.token("bureau").await;
        let body = json!({ "label": "已销号 / 一般", "question": "state=closed&grade=general&sort=-due_on", "columns": ["place", "due_on"] });
        let (status, view) = keep(&county, "bureau", "hazards", body).await;
        assert_eq!((status, view["name"].as_str()), (StatusCode::CREATED, Some("已销号-一般")), "{view}");
        let name = engine::web::encode(view["name"].as_str().unwrap());
        let get = async |path: &str| county.get(&token, &format!("/api/v1/hazards?{path}")).await.1;
        let (viewed, asked) =
            (get(&format!("view={name}")).await, get("state=closed&grade=general&sort=-due_on").await);
        assert_eq!(viewed["total"], asked["total"]);
        assert!(viewed["total"].as_i64().unwrap() > 0);
        let id = |list: &Value| list["items"][0]["id"].clone();
        assert_eq!(id(&viewed), id(&asked));
        let members: Vec<_> = viewed["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["id", "version", "place", "due_on"], "its columns, and the first one stays");
        // What the address says counts more, and an empty parameter says something.
        let (other, plain) = (get(&format!("view={name}&grade=major")).await, get("state=closed&grade=major").await);
        assert_eq!(other["total"], plain["total"]);
        let (open, plain) = (get(&format!("view={name}&grade=")).await, get("state=closed").await);
        assert_eq!(open["total"], plain["total"]);
        let fields = get(&format!("view={name}&fields=state")).await;
        let members: Vec<_> = fields["items"][0].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["id", "version", "place", "state"]);
        assert!(county.flaws().await.is_empty(), "views are in the history like anything else");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_view_widens_nobody_s_scope_and_a_private_one_exists_for_its_owner() {
    for county in county::both().await {
        let shared = json!({ "label": "全县整改中", "question": { "state": "rectifying" }, "shared": "county" });
        assert_eq!(keep(&county, "bureau", "hazards", shared.clone()).await.0, StatusCode::CREATED);
        let private = json!({ "label": "我的", "question": { "state": "closed" } });
        assert_eq!(keep(&county, "bureau", "hazards", private).await.0, StatusCode::CREATED);
        let unit = json!({ "label": "本校", "question": { "state": "closed" }, "shared": "unit" });
        assert_eq!(keep(&county, "principal", "hazards", unit).await.0, StatusCode::CREATED);
        // Only the bureau shares with the county.
        let (status, refused) = keep(&county, "school", "hazards", shared).await;
        assert_eq!(
            (status, refused["error"]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("view.share_county"))
        );

        assert_eq!(names(&views(&county, "bureau", "hazards").await), ["全县整改中", "我的"]);
        assert_eq!(names(&views(&county, "school", "hazards").await), ["本校", "全县整改中"]);
        assert_eq!(
            names(&views(&county, "director", "hazards").await),
            ["全县整改中"],
            "not even the whole county sees it"
        );
        for login in ["school", "guard", "director"] {
            let token = county.token(login).await;
            let list = async |query: &str| county.get(&token, &format!("/api/v1/hazards?{query}")).await;
            let (viewed, own) =
                (list(&format!("view={}", engine::web::encode("全县整改中"))).await, list("state=rectifying").await);
            assert_eq!(viewed.1["total"], own.1["total"], "{login}");
            assert_eq!(
                list(&format!("view={}", engine::web::encode("我的"))).await.0,
                StatusCode::NOT_FOUND,
                "{login}"
            );
        }
        // A noun that the reader may not read has no views either.
        let (status, _) = county.get(&county.token("sysadmin").await, "/api/v1/hazards/views").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        // Somebody else's view can be neither changed nor removed.
        let seen = views(&county, "school", "hazards").await;
        for view in seen["items"].as_array().unwrap() {
            let path = format!("/api/v1/hazards/views/{}", view["id"].as_str().unwrap());
            for method in [Method::PATCH, Method::DELETE] {
                let token = county.token("guard").await;
                let (status, _) = county.ask(&token, method.clone(), &path, Some(json!({ "label": "改" }))).await;
                assert_eq!(status, StatusCode::NOT_FOUND, "{method}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_its_reader_may_not_use_is_told_and_left_out() {
    for county in county::both().await {
        // The teacher sees names; the bureau sees them masked and may not search by them.
        let school = json!({ "label": "姓张的", "question": { "q": "张", "sort": "name" }, "shared": "unit" });
        assert_eq!(keep(&county, "school", "pupils", school).await.0, StatusCode::CREATED);
        let bureau = json!({ "label": "姓张的", "question": { "q": "张" }, "shared": "county" });
        let (status, refused) = keep(&county, "bureau", "pupils", bureau).await;
        assert_eq!(
            (status, refused["error"]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("query.masked"))
        );
        // As if the view had been shared with everyone, and as if one of its fields were gone since.
        county
            .raw("update saved_view set shared = 'county', unit = null, question = 'q=%E5%BC%A0&gone=1&boarder=1', columns = 'name,lost' where list = 'pupils'")
            .await;
        let name = engine::web::encode("姓张的");
        let token = county.token("bureau").await;
        let (status, list) = county.get(&token, &format!("/api/v1/pupils?view={name}")).await;
        assert_eq!(status, StatusCode::OK, "{list}");
        let left_out: Vec<_> =
            list["view"]["left_out"].as_array().unwrap().iter().filter_map(|fault| fault["code"].as_str()).collect();
        assert_eq!(left_out, ["query.masked", "query.field", "query.field"], "{list}");
        assert_eq!(list["total"], county.get(&token, "/api/v1/pupils?boarder=1").await.1["total"]);
        assert!(list["items"][0]["name"].as_str().unwrap().contains('*'), "masked stays masked");
        let page = Visitor::sign_in(&county, "bureau").await.get(&format!("/pupils?view={name}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.text().matches("视图中的一项条件未使用").count(), 3, "{}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_views_are_refused_with_a_sentence() {
    for county in county::both().await {
        let long = "长".repeat(200);
        for (body, status, code) in [
            (json!({ "label": "", "question": "" }), 422, "value.required"),
            (json!({ "label": long, "question": "" }), 422, "value.long"),
            (json!({ "label": "🔥🔥", "question": "" }), 422, "view.name"),
            (json!({ "label": "all" }), 422, "view.name"),
            (json!({ "label": "x", "shared": "everybody" }), 422, "value.choice"),
            (json!({ "label": "x", "question": "colour=red" }), 422, "query.field"),
            (json!({ "label": "x", "question": "found_on.from=2021-02-30" }), 422, "value.date"),
            (json!({ "label": "x", "columns": "place,colour" }), 422, "query.field"),
            (json!({ "label": "x", "question": { "place": "长".repeat(1000) } }), 422, "value.long"),
        ] {
            let (got, answer) = keep(&county, "school", "hazards", body.clone()).await;
            assert_eq!((got.as_u16(), answer["error"]["code"].as_str()), (status, Some(code)), "{body}: {answer}");
            assert!(!answer["error"]["message"].as_str().unwrap().starts_with("error."), "{answer}");
        }
        assert_eq!(keep(&county, "school", "hazards", json!({ "label": "a/b 🔥" })).await.1["name"], "a-b");
        assert_eq!(
            keep(&county, "school", "hazards", json!({ "label": "A/B" })).await.1["error"]["code"],
            "view.taken"
        );
        let visitor = Visitor::sign_in(&county, "school").await;
        for view in ["nothing", "../../etc/passwd", "%F0%9F%94%A5", &engine::web::encode(&long)] {
            assert_eq!(visitor.get(&format!("/hazards?view={view}")).await.status, StatusCode::NOT_FOUND, "{view}");
            assert_eq!(visitor.get(&format!("/hazards/export.csv?view={view}")).await.status, StatusCode::NOT_FOUND);
        }
        let page = visitor.get("/hazards?columns=place,colour").await;
        assert!(page.status == StatusCode::OK && page.text().contains("colour"), "named, not fatal");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_opens_with_its_reader_s_preferred_view_and_lets_go_of_it() {
    for county in county::both().await {
        let visitor = Visitor::sign_in(&county, "school").await;
        let form = [
            ("label", "已销号"),
            ("shared", "own"),
            ("preferred", "1"),
            ("question", "state=closed&columns=place,grade"),
        ];
        let kept = visitor.post("/hazards/views", &form).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text());
        let to = kept.headers["location"].to_str().unwrap().to_owned();
        assert_eq!(to, format!("/hazards?view={}", engine::web::encode("已销号")));
        let bare = visitor.get("/hazards").await.text();
        assert!(bare.contains("视图：已销号") && bare.contains("view=all"));
        let heads = |page: &str| {
            page.split("<thead>").nth(1).unwrap().split("</thead>").next().unwrap().matches("<th ").count()
        };
        let all = visitor.get("/hazards?view=all").await.text();
        assert!(!all.contains("视图：已销号") && heads(&all) > heads(&bare));
        // The export of what is shown has the same columns and the same rows.
        let csv = visitor.get(&to.replace("/hazards?", "/hazards/export.csv?")).await;
        let text = csv.text();
        let head = text.lines().next().unwrap();
        assert_eq!(head.split(',').count(), 3, "{head}");
        // A second preferred view takes the place of the first.
        let form = [("label", "未销号"), ("preferred", "1"), ("question", "state.not=closed")];
        assert_eq!(visitor.post("/hazards/views", &form).await.status, StatusCode::SEE_OTHER);
        assert!(visitor.get("/hazards").await.text().contains("视图：未销号"));
        // Renamed, its address is another; removed, it is gone and its name is free.
        let views = views(&county, "school", "hazards").await;
        let id = views["items"][0]["id"].as_str().unwrap().to_owned();
        let renamed =
            visitor.post(&format!("/hazards/views/{id}/change"), &[("label", "改名"), ("shared", "own")]).await;
        assert_eq!(renamed.status, StatusCode::SEE_OTHER);
        assert_eq!(visitor.post(&format!("/hazards/views/{id}/remove"), &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(visitor.post(&format!("/hazards/views/{id}/remove"), &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            visitor.get(&format!("/hazards?view={}", engine::web::encode("改名"))).await.status,
            StatusCode::NOT_FOUND
        );
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_comes_back_to_the_list_as_he_left_it() {
    for county in county::both().await {
        let body = json!({ "place_kind": "school", "place": "操场", "description": "积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
        let (_, made) = county.post(&county.token("school").await, "/api/v1/hazards", body).await;
        let record = format!("/hazards/{}", made["id"].as_str().unwrap());
        let visitor = Visitor::sign_in(&county, "school").await;
        let back = "/hazards?state=registered&sort=-found_on&columns=place";
        let carried = format!("?back={}", engine::web::encode(back));
        let list = visitor.get(back).await.text();
        assert!(list.contains(&format!("href=\"{record}{carried}\"")), "{list}");
        let page = visitor.get(&format!("{record}{carried}")).await.text();
        assert!(page.contains("返回列表") && page.contains("name=\"back\""), "{page}");
        assert!(visitor.get(&format!("{record}/edit{carried}")).await.text().contains("name=\"back\""));
        let saved = visitor.post(&record, &[("version", "1"), ("remark", "回来"), ("back", back)]).await;
        assert_eq!((saved.status, saved.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, back));
        let moved =
            visitor.post(&format!("{record}/grade"), &[("version", "2"), ("grade", "general"), ("back", back)]).await;
        assert_eq!((moved.status, moved.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, back));
        let chosen = format!("/hazards/bulk?id={}&back={}", made["id"].as_str().unwrap(), engine::web::encode(back));
        assert!(visitor.get(&chosen).await.text().contains("name=\"back\""));
        // Nobody is sent elsewhere.
        for bad in [
            "https://elsewhere.example/hazards",
            "//elsewhere.example",
            "/hazards\r\nX: y",
            "/schools",
            "javascript:alert(1)",
        ] {
            let page = visitor.get(&format!("{record}?back={}", engine::web::encode(bad))).await;
            assert!(page.status == StatusCode::OK && !page.text().contains("name=\"back\""), "{bad}");
        }
    }
}
