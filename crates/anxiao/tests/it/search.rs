//! The search over everything: whose eyes it has, that both databases find the same, and that the index is what the rows say.

use std::collections::BTreeSet;

use areas::hazards::record::HAZARD;
use areas::organisation::erasure::erase;
use areas::organisation::record::{GUARDIAN, PUPIL, SCHOOL, STAFF};
use axum::http::StatusCode;
use engine::search;
use kit::{Author, Cell, Kind, Noun, Query, Row, Scope, tokens};
use serde_json::{Value, json};
use sqlx::Connection;
use store::Target;
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

const READERS: &[&str] = &["bureau", "township", "principal", "school", "teacher", "guard", "inspector", "sysadmin"];
/// Words of two characters and longer ones, beginnings, sounds, codes, several words, and what nobody is called.
const TYPED: &[&str] = &[
    "隐患",
    "食堂",
    "灭火器",
    "消防",
    "小学",
    "何",
    "陈",
    "何 小",
    "道县",
    "2019",
    "31",
    "hejun",
    "chen",
    "cj",
    "zx",
    "xiaoxue",
    "甪端",
    "qqq",
];

async fn all(county: &County, noun: &Noun, scope: &Scope) -> Vec<Row> {
    county.app.store.all(noun, &Query::new(), scope).await.unwrap()
}

async fn hits(county: &County, noun: &Noun, typed: &str, scope: &Scope) -> BTreeSet<Uuid> {
    let query = Query { search: Some(typed.to_owned()), ..Query::new() };
    let rows = county.app.store.all(noun, &query, scope).await.unwrap();
    let count = county.app.store.count(noun, &query, scope).await.unwrap();
    assert_eq!(count, i64::try_from(rows.len()).unwrap(), "{} {typed}", noun.name);
    rows.iter().map(|row| row.id).collect()
}

/// What a reader sees of the whole search: noun, exact total, and the ids in their order.
async fn seen(county: &County, login: &str, typed: &str, limit: u64) -> Vec<(String, i64, Vec<Uuid>)> {
    let cx = county.cx(login).await;
    let groups = search::groups(&cx, typed, limit).await.unwrap();
    let ids = |group: &search::Group| group.found.rows.iter().map(|row| row.id).collect();
    groups.iter().map(|group| (group.kind.noun.name.to_owned(), group.found.total, ids(group))).collect()
}

fn texts<'a>(noun: &'static Noun, row: &'a Row) -> impl Iterator<Item = &'a str> {
    tokens::fields(noun).filter_map(move |field| row.get(noun, field.name).text())
}

#[test]
fn only_text_that_is_kept_in_the_clear_is_searched() {
    for kind in areas::all().iter().flat_map(|area| &area.kinds) {
        for field in kind.noun.fields.iter().filter(|field| field.searched) {
            assert!(field.sealed.is_none() && !field.hidden, "{}.{}", kind.noun.name, field.name);
            assert!(matches!(field.kind, Kind::Text { .. } | Kind::Long { .. }), "{}.{}", kind.noun.name, field.name);
        }
    }
    let sealed: Vec<_> = PUPIL.fields.iter().filter(|field| field.sealed.is_some()).collect();
    assert!(sealed.len() >= 2 && tokens::fields(&PUPIL).all(|field| field.sealed.is_none()));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_find_the_same() {
    let counties = county::both().await;
    let mut typed: Vec<String> = TYPED.iter().map(|typed| (*typed).to_owned()).collect();
    for noun in [&PUPIL, &STAFF, &SCHOOL, &GUARDIAN] {
        let rows = all(&counties[0], noun, &Scope::county()).await;
        typed.extend(rows.iter().step_by(rows.len() / 4 + 1).flat_map(|row| texts(noun, row)).map(ToOwned::to_owned));
    }
    let mut found = BTreeSet::new();
    for (turn, login) in READERS.iter().enumerate() {
        for typed in &typed {
            let [sqlite, postgres] =
                [seen(&counties[0], login, typed, 20).await, seen(&counties[1], login, typed, 20).await];
            assert_eq!(sqlite, postgres, "{login} {typed}");
            found.extend(sqlite.into_iter().map(|(noun, ..)| noun));
        }
        for kind in counties[0].app.kinds().filter(|kind| tokens::fields(kind.noun).next().is_some()) {
            let (one, other) = (counties[0].cx(login).await, counties[1].cx(login).await);
            // Each reader another third of the words.
            for typed in TYPED.iter().skip(turn % 3).step_by(3) {
                let sqlite = hits(&counties[0], kind.noun, typed, one.scope()).await;
                let postgres = hits(&counties[1], kind.noun, typed, other.scope()).await;
                assert_eq!(sqlite, postgres, "{login} {} {typed}", kind.noun.name);
            }
        }
    }
    let expected = ["account", "class", "guardian", "hazard", "pupil", "school", "staff", "unit"];
    assert!(expected.iter().all(|noun| found.contains(*noun)), "{found:?}");
}

/// Every hit, and every count, against the reader's own rows read one by one.
#[tokio::test(flavor = "multi_thread")]
async fn hits_and_counts_are_those_of_the_readers_scope() {
    for county in county::both().await {
        let mut fewer = 0;
        for login in READERS {
            let cx = county.cx(login).await;
            for kind in county.app.kinds().filter(|kind| tokens::fields(kind.noun).next().is_some()) {
                let (mine, everyone) =
                    (all(&county, kind.noun, cx.scope()).await, all(&county, kind.noun, &Scope::county()).await);
                for typed in ["隐患", "食堂", "消防", "小学", "陈", "何"] {
                    let says = |row: &&Row| texts(kind.noun, row).any(|text| text.contains(typed));
                    let expected: BTreeSet<_> = mine.iter().filter(says).map(|row| row.id).collect();
                    let found = hits(&county, kind.noun, typed, cx.scope()).await;
                    assert_eq!(found, expected, "{} {login} {} {typed}", county.backend(), kind.noun.name);
                    fewer += usize::from(expected.len() < everyone.iter().filter(says).count());
                }
            }
        }
        assert!(fewer > 30, "the readers' scopes must leave something out: {fewer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_the_list_that_it_leads_to() {
    for county in county::both().await {
        for login in ["bureau", "township", "school", "teacher", "guard", "secadmin"] {
            let (token, cx) = (county.token(login).await, county.cx(login).await);
            for typed in ["消防", "小学", "陈", "chen", "31"] {
                let address = format!("/api/v1/search?limit=3&q={}", engine::web::encode(typed));
                let (status, answer) = county.get(&token, &address).await;
                assert_eq!(status, StatusCode::OK, "{answer}");
                let groups = answer["groups"].as_array().unwrap();
                let totals: i64 = groups.iter().map(|group| group["total"].as_i64().unwrap()).sum();
                assert_eq!(answer["total"], totals);
                for group in groups {
                    assert!(cx.may(group["noun"].as_str().unwrap(), "read"), "{login} {group}");
                    let (_, list) = county.get(&token, group["list"].as_str().unwrap()).await;
                    assert_eq!(list["total"], group["total"], "{} {login} {typed} {group}", county.backend());
                    assert!((1..=3).contains(&group["items"].as_array().unwrap().len()));
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_masked_cannot_be_found() {
    for county in county::both().await {
        let pupil = all(&county, &PUPIL, county.cx("teacher").await.scope()).await.remove(0);
        let name = pupil.get(&PUPIL, "name").text().unwrap().to_owned();
        let groups = async |login: &str| {
            let address = format!("/api/v1/search?q={}", engine::web::encode(&name));
            county.get(&county.token(login).await, &address).await.1["groups"].as_array().unwrap().clone()
        };
        for login in ["teacher", "school", "principal"] {
            let groups = groups(login).await;
            let pupils = groups.iter().find(|group| group["noun"] == "pupil").unwrap();
            assert!(
                pupils["items"].as_array().unwrap().iter().any(|item| item["id"] == pupil.id.to_string()),
                "{login}"
            );
        }
        // The director and the bureau see pupils with their names masked, a guard no pupils at all.
        for login in ["bureau", "director", "guard", "township", "auditor"] {
            let groups = groups(login).await;
            let persons =
                groups.iter().filter(|group| ["pupil", "guardian"].contains(&group["noun"].as_str().unwrap()));
            assert_eq!(persons.count(), 0, "{} {login}", county.backend());
            let visitor = Visitor::sign_in(&county, login).await;
            let page = visitor.get(&format!("/search?q={}", engine::web::encode(&name))).await;
            assert!(!page.text().contains(&format!("/pupils/{}", pupil.id)), "{login}");
            assert_eq!(page.headers["cache-control"], "no-store");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_exactly_stands_first() {
    for county in county::both().await {
        let school = all(&county, &SCHOOL, county.cx("school").await.scope()).await.remove(0);
        let code = school.get(&SCHOOL, "local_code").text().unwrap();
        let found = seen(&county, "bureau", code, 5).await;
        assert_eq!((found[0].0.as_str(), found[0].2[0]), ("school", school.id), "{found:?}");
        // A teaching point, which the list of schools leaves out unless it is asked for, is found.
        let campus = Query::new().is("campus", Cell::Bool(true)).limit(1);
        let campus = county.app.store.list(&SCHOOL, &campus, &Scope::county()).await.unwrap().rows.remove(0);
        let name = campus.get(&SCHOOL, "name").text().unwrap();
        assert_eq!(seen(&county, "bureau", name, 5).await[0].2[0], campus.id, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_follows_its_rows_and_a_refused_change_leaves_it() {
    for county in county::both().await {
        let store = &county.app.store;
        assert_eq!(store.check_search().await.unwrap(), 0, "{}", county.backend());
        let token = county.token("school").await;
        let new = json!({ "place_kind": "school", "school": county.cx("school").await.scope().home, "place": "龘字楼",
            "description": "蘑菇亭漏水", "category": "building", "source": "self_check", "found_on": "2021-12-18" });
        let (status, hazard) = county.post(&token, "/api/v1/hazards", new).await;
        assert_eq!(status, StatusCode::CREATED, "{hazard}");
        let path = format!("/api/v1/hazards/{}", hazard["id"].as_str().unwrap());
        let found = async |typed: &str| hits(&county, &HAZARD, typed, &Scope::county()).await.len();
        assert_eq!((found("龘字").await, found("蘑菇").await, found("龘 蘑菇").await), (1, 1, 1));
        let edit = async |version: &Value, text: &str| {
            let body = json!({ "version": version, "description": text });
            county.ask(&token, axum::http::Method::PATCH, &path, Some(body)).await.0
        };
        assert_eq!(edit(&json!(7), "竹笋亭漏水").await, StatusCode::CONFLICT);
        assert_eq!((found("竹笋").await, found("蘑菇").await), (0, 1), "a stale change leaves the index");
        assert_eq!(edit(&hazard["version"], "竹笋亭漏水").await, StatusCode::OK);
        assert_eq!((found("竹笋").await, found("蘑菇").await, found("龘").await), (1, 0, 1));
        // Handed beyond the school, it is another unit's to find.
        let (status, answer) = county.post(&token, &format!("{path}/grade"), json!({ "grade": "general" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(store.check_search().await.unwrap(), 0, "{}", county.backend());
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_leaves_nothing_in_the_index() {
    for county in county::both().await {
        let school = county.cx("school").await;
        let pupil = all(&county, &PUPIL, school.scope()).await.remove(0);
        let named = pupil.clone().with(&PUPIL, "name", Cell::Text("𬭎骉淼".into()));
        let author = || Author { actor: None, at: county.app.clock.now(), request: county.app.store.new_id(1) };
        let change = kit::Change::update(&PUPIL, "edit", pupil.clone(), named);
        county.app.store.commit(author(), vec![change]).await.unwrap();
        for typed in ["𬭎骉淼", "𬭎", "骉淼"] {
            assert_eq!(hits(&county, &PUPIL, typed, school.scope()).await.len(), 1, "{typed}");
        }
        assert!(left(&county, "𬭎").await > 0);
        let row = county.app.store.find(&PUPIL, pupil.id, &Scope::county()).await.unwrap().unwrap();
        let guardians =
            county.app.store.find_by(&GUARDIAN, "pupil", &[Cell::Id(row.id)], &Scope::county()).await.unwrap();
        county.app.store.commit(author(), erase(&row, &guardians)).await.unwrap();
        for typed in ["𬭎骉淼", "𬭎", "骉淼"] {
            assert!(hits(&county, &PUPIL, typed, &Scope::county()).await.is_empty(), "{typed}");
        }
        assert_eq!(left(&county, "𬭎").await, 0, "{}", county.backend());
        assert_eq!(county.app.store.check_search().await.unwrap(), 0);
    }
}

/// How many pages of the index, as the database keeps it, hold a character.
async fn left(county: &County, letter: &str) -> i64 {
    match &county.target {
        Target::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            let sql = "select count(*) from search_words_data where instr(block, cast(? as blob)) > 0";
            sqlx::query_scalar(sql).bind(letter).fetch_one(&mut db).await.unwrap()
        }
        Target::Postgres { url, schema } => {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            let sql = format!("select count(*) from \"{schema}\".search_entry where strpos(words, $1) > 0");
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(letter).fetch_one(&mut db).await.unwrap()
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_not_what_the_rows_say_is_found_and_made_anew() {
    for county in county::both().await {
        let store = county.app.store.clone();
        let one = "select min(doc) from search_entry where noun = 'staff'";
        let alien = "insert into search_entry (noun, record, words) select 'staff', id, 'x' from event limit 1";
        for statement in [
            format!("delete from search_entry where doc = ({one})"),
            format!("update search_entry set words = 'staff：王' where doc = ({one})"),
            alien.to_owned(),
        ] {
            county.raw(&statement).await;
            assert_eq!(store.check_search().await.unwrap(), 1, "{} {statement}", county.backend());
            store.refill_search().await.unwrap();
            assert_eq!(store.check_search().await.unwrap(), 0, "{} {statement}", county.backend());
        }
        // All of a noun's.
        let staff = all(&county, &STAFF, &Scope::county()).await.len() as u64;
        county.raw("delete from search_entry where noun = 'staff'").await;
        assert_eq!(store.check_search().await.unwrap(), staff);
        store.refill_search().await.unwrap();
        if county.backend() == "SQLite" {
            // The words themselves, past the entries.
            county.raw("insert into search_words(search_words, rowid, words, record) select 'delete', doc, words, record from search_entry where noun = 'unit'").await;
            assert_eq!(store.check_search().await.unwrap(), 1);
            store.refill_search().await.unwrap();
        }
        assert_eq!(store.check_search().await.unwrap(), 0);
    }
}

/// A county from before there was an index: the next opening makes it.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_county_is_searchable_after_its_upgrade() {
    for county in county::both().await {
        let before = seen(&county, "bureau", "消防", 5).await;
        assert!(!before.is_empty());
        if county.backend() == "PostgreSQL" {
            county.raw("drop function search_words(text)").await;
        } else {
            county.raw("drop table search_words").await;
        }
        for statement in
            ["drop table search_entry", "drop table search_recipe", "delete from migration where name = '0010_search'"]
        {
            county.raw(statement).await;
        }
        let county = county.reopen().await;
        assert_eq!(county.app.store.check_search().await.unwrap(), 0);
        assert_eq!(seen(&county, "bureau", "消防", 5).await, before);
        // Words that were made otherwise than they are today are made anew as well.
        county.raw("update search_recipe set recipe = '0'").await;
        county.raw("update search_entry set words = ''").await;
        let county = county.reopen().await;
        assert_eq!(seen(&county, "bureau", "消防", 5).await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_gets_a_clear_answer() {
    // Longer than this, an address is refused by the server itself (414).
    let (long, longer) = ("隐患".repeat(3_500), "yinhuan ".repeat(1_250));
    let encoded = engine::web::encode;
    for county in county::both().await {
        let (token, visitor) = (county.token("bureau").await, Visitor::sign_in(&county, "bureau").await);
        let refused: &[(&str, &str)] = &[
            (&long, "search.long"),
            (&longer, "search.long"),
            ("！？…——", "search.nothing"),
            ("%_\\", "search.nothing"),
            ("😀🎉", "search.nothing"),
            ("'\"()&|:*", "search.nothing"),
            ("\u{fffd}", "search.nothing"),
            ("\0\u{1}", "search.nothing"),
        ];
        for (typed, code) in refused {
            for path in ["/api/v1/search", "/api/v1/hazards", "/api/v1/schools"] {
                let (status, answer) = county.get(&token, &format!("{path}?q={}", encoded(typed))).await;
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {code}");
                assert_eq!(answer["error"]["code"], **code);
                assert!(!answer["error"]["message"].as_str().unwrap().starts_with("error."));
            }
            let page = visitor.get(&format!("/search?q={}", encoded(typed))).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(page.text().contains("id=\"search-fault\"") && page.text().len() < 60_000);
            assert_eq!(visitor.get(&format!("/hazards?q={}", encoded(typed))).await.status, StatusCode::OK);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_language_of_a_database_is_only_text() {
    let encoded = engine::web::encode;
    for county in county::both().await {
        let (token, visitor) = (county.token("bureau").await, Visitor::sign_in(&county, "bureau").await);
        for typed in [
            "消防 AND 食堂",
            "消防 OR 食堂 NOT",
            "NEAR(消防 食堂)",
            "\"消防",
            "消防*",
            "words:消防",
            "^消防",
            "-消防",
            "'; drop table hazard; --",
            "消防\0栓",
            "a & b | !c",
            "<->",
            "𬭎",
            "x'00",
            "{消防}",
            "$1",
            "search_words",
            "＝消防",
            "消防：",
            "é",
            "ǘ",
            "ß İ ŉ",
        ] {
            for path in ["/search", "/hazards", "/schools"] {
                let status = visitor.get(&format!("{path}?q={}", encoded(typed))).await.status;
                assert!(
                    status == StatusCode::OK || status == StatusCode::UNPROCESSABLE_ENTITY,
                    "{path} {typed}: {status}"
                );
            }
            let (status, answer) = county.get(&token, &format!("/api/v1/search?q={}", encoded(typed))).await;
            assert!(status == StatusCode::OK || typed == "<->", "{typed}: {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_address_and_no_question_are_answered() {
    let encoded = engine::web::encode;
    for county in county::both().await {
        let (token, visitor) = (county.token("bureau").await, Visitor::sign_in(&county, "bureau").await);
        // Half a surrogate, a broken byte, half an escape; no question; too many rows, none, and nonsense.
        for raw in ["%ED%A0%80", "%ff", "%", "%E9%9A", "a%00"] {
            let status = visitor.get(&format!("/search?q={raw}")).await.status;
            assert!(status.is_success() || status.is_client_error(), "{raw}: {status}");
        }
        assert_eq!(visitor.get("/search").await.status, StatusCode::OK);
        assert_eq!(visitor.get("/search?q=").await.status, StatusCode::OK);
        for rest in ["", "?q=", "?q=消防&limit=0", "?q=消防&limit=51", "?q=消防&limit=x"] {
            let (status, answer) =
                county.get(&token, &format!("/api/v1/search{}", rest.replace("消防", &encoded("消防")))).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{rest}: {answer}");
        }
    }
}

/// On one thread, so that the count is this test's own.
#[tokio::test]
async fn a_search_costs_the_same_for_one_row_and_for_fifty() {
    for county in [county::sqlite().await, county::postgres().await] {
        let cx = county.cx("bureau").await;
        let mut costs = Vec::new();
        for limit in [1, 50] {
            let before = store::statements();
            search::groups(&cx, "陈", limit).await.unwrap();
            costs.push(store::statements() - before);
        }
        assert!(costs[1] <= costs[0] + 8 && costs[1] <= 30, "{} {costs:?}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_a_script_and_says_what_can_be_searched() {
    let county = county::sqlite().await;
    let (school, guard) = (Visitor::sign_in(&county, "school").await, Visitor::sign_in(&county, "guard").await);
    let (mine, theirs) = (school.get("/search").await.text(), guard.get("/search").await.text());
    assert!(mine.contains("href=\"/pupils\"") && mine.contains("href=\"/hazards\""), "{mine}");
    assert!(!theirs.contains("href=\"/pupils\"") && theirs.contains("href=\"/hazards\""), "{theirs}");
    let page = school.get(&format!("/search?q={}", engine::web::encode("陈"))).await.text();
    assert!(page.contains("/pupils?q=%E9%99%88") && page.contains("role=\"status\""), "{page}");
    let none = school.get("/search?q=qqqq").await.text();
    assert!(none.contains("qqqq") && none.contains("ax-searched"), "{none}");
    // The field stands on every other page.
    assert!(school.get("/hazards").await.text().contains("action=\"/search\""));
    let document = engine::openapi::document(&county.app);
    assert_eq!(document["paths"]["/api/v1/search"]["get"]["parameters"][0]["name"], "q");
}
