//! What every record type inherits, proven for every record type, on both databases.

use std::collections::{BTreeSet, HashSet};

use axum::http::StatusCode;
use kit::query::Query;
use kit::{Field, Kind, Lang, Scope};
use serde_json::Value;
use store::Target;

use crate::county::{self, County};

/// Sees as much of each noun as anyone may.
/// The last for what is seen at its school and nowhere else.
const WIDE: &[&str] = &["bureau", "director", "sysadmin", "principal"];

async fn reader(county: &County, noun: &str) -> Option<(String, &'static str)> {
    for login in WIDE {
        let cx = county.cx(login).await;
        if cx.may(noun, "read") {
            return Some((county.token(login).await, login));
        }
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_hold_the_same_tables_and_columns() {
    let mut seen = Vec::new();
    for county in county::both().await {
        seen.push(county.app.store.catalogue().await.unwrap().into_iter().collect::<BTreeSet<_>>());
    }
    assert_eq!(seen[0], seen[1]);
    for kind in areas::all().iter().flat_map(|area| &area.kinds) {
        let columns: BTreeSet<&str> =
            seen[0].iter().filter(|(table, _)| table == kind.noun.name).map(|(_, column)| column.as_str()).collect();
        let fields: BTreeSet<&str> =
            ["id", "version"].into_iter().chain(kind.noun.fields.iter().map(|field| field.name)).collect();
        // The outbox is the store's own; the list shows a part of it.
        if kind.noun.name == engine::messages::MESSAGE.name {
            assert!(fields.is_subset(&columns), "{fields:?}");
            continue;
        }
        assert_eq!(columns, fields, "table and field table of {}", kind.noun.name);
    }
}

/// A county is filled without what only its readers need; once it is full nothing of that is missing.
#[tokio::test(flavor = "multi_thread")]
async fn a_filled_county_has_every_index_of_an_empty_one() {
    let folder = tempfile::TempDir::new().unwrap();
    let own = "select name || coalesce(sql, '') from sqlite_master where type in ('index', 'trigger') order by 1";
    let theirs = "select indexdef from pg_indexes where schemaname = current_schema() order by 1";
    for (filled, empty, question) in [
        (county::sqlite().await, Target::Sqlite(folder.path().join("anxiao.db")), own),
        (county::postgres().await, county::nothing_on_postgres().await, theirs),
    ] {
        county::open_store(folder.path(), &empty).await.close().await;
        let expected = county::texts(&empty, question).await;
        assert!(expected.iter().any(|index| index.contains("event_record")), "{expected:?}");
        assert_eq!(county::texts(&filled.target, question).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_list_pages_through_every_row_once_in_every_order() {
    for county in county::both().await {
        for kind in county.app.kinds() {
            let noun = kind.noun;
            let all = county.app.store.all(noun, &Query::new(), &Scope::county()).await.unwrap();
            let expected: HashSet<_> = all.iter().map(|row| row.id).collect();
            let sorts = noun
                .fields
                .iter()
                .filter(|field| field.sorted)
                .flat_map(|field| [(field.name, false), (field.name, true)]);
            for (sort, descending) in sorts.chain([(noun.order.trim_start_matches('-'), noun.order.starts_with('-'))]) {
                let mut query =
                    Query { sort: Some(sort), descending, limit: (all.len() as u64 / 3).max(7), ..Query::new() };
                let mut seen = Vec::new();
                loop {
                    let page = county.app.store.list(noun, &query, &Scope::county()).await.unwrap();
                    assert_eq!(page.total, i64::try_from(all.len()).unwrap());
                    seen.extend(page.rows.iter().map(|row| row.id));
                    let Some(next) = page.next else { break };
                    query.place = Some(next);
                }
                assert_eq!(seen.len(), all.len(), "{} {} by {sort}", county.backend(), noun.name);
                assert_eq!(seen.iter().copied().collect::<HashSet<_>>(), expected);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_list_in_the_same_order() {
    let counties = county::both().await;
    for kind in counties[0].app.kinds() {
        for field in kind.noun.fields.iter().filter(|field| field.sorted) {
            let query = Query { sort: Some(field.name), descending: true, limit: 40, ..Query::new() };
            let mut orders = Vec::new();
            for county in &counties {
                let page = county.app.store.list(kind.noun, &query, &Scope::county()).await.unwrap();
                orders.push(page.rows.iter().map(|row| row.id).collect::<Vec<_>>());
            }
            assert_eq!(orders[0], orders[1], "{} by {}", kind.noun.name, field.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_a_scope_nothing_exists() {
    for county in county::both().await {
        for login in ["school", "principal", "teacher", "guard", "inspector", "department", "township"] {
            let token = county.token(login).await;
            let cx = county.cx(login).await;
            for kind in county.app.kinds() {
                let path = format!("/api/v1/{}", kind.noun.plural);
                let (status, list) = county.get(&token, &format!("{path}?limit=1000")).await;
                if !cx.may(kind.noun.name, "read") {
                    assert_eq!(status, StatusCode::NOT_FOUND, "{login} {path}");
                    continue;
                }
                assert_eq!(status, StatusCode::OK, "{login} {path}: {list}");
                let mine = county.app.store.all(kind.noun, &Query::new(), cx.scope()).await.unwrap();
                let mine: HashSet<_> = mine.iter().map(|row| row.id).collect();
                let all = county.app.store.all(kind.noun, &Query::new(), &Scope::county()).await.unwrap();
                if let Some(foreign) = all.iter().find(|row| !mine.contains(&row.id)) {
                    for (method, path) in [
                        ("GET", format!("{path}/{}", foreign.id)),
                        ("GET", format!("{path}/{}/timeline", foreign.id)),
                        ("PATCH", format!("{path}/{}", foreign.id)),
                    ] {
                        let body = (method == "PATCH").then(|| serde_json::json!({ "version": 1 }));
                        let (status, _) = county.ask(&token, method.parse().unwrap(), &path, body).await;
                        assert_eq!(status, StatusCode::NOT_FOUND, "{} {login} {method} {path}", county.backend());
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_and_a_teacher_see_their_own_pupils_only() {
    for county in county::both().await {
        let total = |token: String| {
            let county = &county;
            async move { county.get(&token, "/api/v1/pupils?limit=1").await.1["total"].as_i64().unwrap() }
        };
        let (bureau, school, teacher) = (
            total(county.token("bureau").await).await,
            total(county.token("school").await).await,
            total(county.token("teacher").await).await,
        );
        assert!(bureau > school && school > teacher && (20..=56).contains(&teacher), "{bureau} {school} {teacher}");
        let (_, schools) = county.get(&county.token("school").await, "/api/v1/schools").await;
        assert_eq!(schools["total"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn masked_values_are_masked_and_cannot_be_searched() {
    for county in county::both().await {
        let token = county.token("bureau").await;
        let (_, list) = county.get(&token, "/api/v1/pupils?limit=50").await;
        for item in list["items"].as_array().unwrap() {
            for field in ["name", "number", "id_number"] {
                assert!(item[field].as_str().unwrap().contains('*'), "{field}: {}", item[field]);
            }
            assert!(item.get("number_index").is_none());
        }
        for query in ["q=张", "sort=name", "name=张三", "number=1", "id_number.from=1"] {
            let (status, answer) = county.get(&token, &format!("/api/v1/pupils?{query}")).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            assert!(
                ["query.masked", "query.field"].contains(&answer["error"]["code"].as_str().unwrap()),
                "{query}: {answer}"
            );
        }
        let (_, list) = county.get(&county.token("teacher").await, "/api/v1/pupils?limit=5").await;
        let item = &list["items"][0];
        assert!(!item["name"].as_str().unwrap().contains('*') && item["id_number"].as_str().unwrap().contains('*'));
    }
}

/// Money is asked for in 分, as it is answered; a record is found by the very number that it was told with.
#[tokio::test(flavor = "multi_thread")]
async fn money_is_asked_for_as_it_is_told() {
    for county in county::both().await {
        let token = county.token("bureau").await;
        let (_, list) = county.get(&token, "/api/v1/hazards?money_fen.present=1&limit=1").await;
        let (id, fen) = (&list["items"][0]["id"], list["items"][0]["money_fen"].as_i64().unwrap());
        let found = format!("/api/v1/hazards?money_fen.from={fen}&money_fen.to={fen}&limit=1000");
        let (_, found) = county.get(&token, &found).await;
        assert!(found["items"].as_array().unwrap().iter().any(|item| &item["id"] == id), "{fen}: {found}");
        let (_, more) = county.get(&token, &format!("/api/v1/hazards?money_fen.from={}&limit=1000", fen + 1)).await;
        assert!(more["items"].as_array().unwrap().iter().all(|item| &item["id"] != id), "{fen}: {more}");
        let (status, _) = county.get(&token, "/api/v1/hazards?money_fen.from=12.50").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_refused_with_a_sentence() {
    for county in county::both().await {
        let token = county.token("bureau").await;
        let long = "长".repeat(500);
        for query in [
            "colour=red",
            "found_on.from=2021-02-30",
            "grade=huge",
            "limit=0",
            "limit=99999",
            "after=***",
            "after=AAAA",
            "sort=nothing",
            "school=not-an-id",
            "found_on.later_than=place",
            "closed_on.present=0",
            "found_on.not_later_than=school",
            "place.later_than=found_on",
            &format!("{long}=1"),
        ] {
            let (status, answer) = county
                .get(&token, &format!("/api/v1/hazards?{}", engine::web::encode(query).replace("%3D", "=")))
                .await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
            let message = answer["error"]["message"].as_str().unwrap();
            assert!(!message.is_empty() && !message.starts_with("error."), "{query}: {message}");
        }
        // A place that was taken in another order is no place in this one.
        let (_, list) = county.get(&token, "/api/v1/hazards?limit=1&sort=found_on").await;
        let next = list["next"].as_str().unwrap();
        let (status, _) = county.get(&token, &format!("/api/v1/schools?after={next}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[test]
fn every_field_has_its_words() {
    let words = areas::house::words().unwrap();
    let mut missing = Vec::new();
    let mut want = |key: String| {
        if !words.has(&key) {
            missing.push(key);
        }
    };
    for area in areas::all() {
        want(format!("area.{}", area.name));
        for kind in &area.kinds {
            let noun = kind.noun;
            want(noun.name.to_owned());
            want(format!("{}.plural", noun.name));
            for field in noun.fields.iter().filter(|field| !field.hidden) {
                field_words(&mut want, &format!("{}.{}", noun.name, field.name), field);
            }
            if let Some(life) = kind.life {
                life.states().iter().for_each(|state| want(format!("{}.state.{state}", noun.name)));
                for spec in life.moves() {
                    want(format!("move.{}.{}", noun.name, spec.name));
                    for field in spec.fields {
                        want(format!("move.{}.{}.{}", noun.name, spec.name, field.name));
                        // The codes of a choice are the record's own, said once.
                        choice_words(&mut want, &format!("{}.{}", noun.name, field.name), field);
                    }
                }
            }
        }
        for figure in area.figures {
            want(format!("figure.{}", figure.id));
            want(format!("figure.{}.definition", figure.id));
            want(figure.unit.to_owned());
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

fn field_words(want: &mut impl FnMut(String), key: &str, field: &Field) {
    want(key.to_owned());
    choice_words(want, key, field);
}

fn choice_words(want: &mut impl FnMut(String), key: &str, field: &Field) {
    if let Kind::Choice(codes) = field.kind {
        for code in codes {
            want(format!("{key}.{code}"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_of_the_interface_names_every_route() {
    let county = county::sqlite().await;
    let document: Value = engine::openapi::document(&county.app);
    assert_eq!(document["openapi"], "3.1.0");
    for kind in county.app.kinds() {
        let path = format!("/api/v1/{}", kind.noun.plural);
        assert!(document["paths"][&path]["get"].is_object(), "{path}");
        for spec in kind.life.iter().flat_map(|life| life.moves()) {
            assert!(document["paths"][format!("{path}/{{id}}/{}", spec.name)]["post"].is_object(), "{}", spec.name);
        }
        assert!(reader(&county, kind.noun.name).await.is_some(), "nobody may read {}", kind.noun.name);
    }
    assert!(county.app.words.get(Lang::En, "hazard") != "hazard");
}
