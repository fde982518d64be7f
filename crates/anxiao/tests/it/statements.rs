//! How many statements a question costs: as many for a thousand rows as for ten.

use areas::attendance::record::{MARK, SHEET};
use areas::duties::digest::WAITS;
use areas::duties::morning::round;
use areas::hazards::record::HAZARD;
use areas::organisation::record::{CLASS, ENROLMENT, SCHOOL, STAFF};
use areas::tips::record::TIP;
use engine::auth::ACCOUNT;
use engine::{ask, save};
use kit::query::Query;
use kit::{Actor, Author, Cell, Change, Row, Scope, Test};

use crate::county::{self, County};
use crate::visitor::Visitor;

/// On one thread, so that the count is this test's own.
#[tokio::test]
async fn a_list_costs_the_same_for_ten_rows_and_for_a_thousand() {
    for county in [county::sqlite().await, county::postgres().await] {
        let token = county.token("bureau").await;
        for plural in ["hazards", "pupils", "schools", "staff", "guardians"] {
            let mut costs = Vec::new();
            for limit in [2, 50, 1000] {
                let before = store::statements();
                let (status, _) = county.get(&token, &format!("/api/v1/{plural}?limit={limit}")).await;
                assert!(status.is_success());
                costs.push(store::statements() - before);
            }
            assert!(costs.iter().all(|cost| *cost <= 12), "{} {plural}: {costs:?}", county.backend());
            assert!(costs[2] <= costs[0] + 1, "{} {plural}: {costs:?}", county.backend());
        }
    }
}

#[tokio::test]
async fn a_move_costs_a_handful() {
    let county = county::sqlite().await;
    let cx = county.cx("school").await;
    let kind = county.app.kind("hazards").unwrap();
    let query = ask::query(&cx, kind.noun, &[("state".into(), "registered".into())]).unwrap();
    let page = county.app.store.list(kind.noun, &Query { limit: 1, ..query }, cx.scope()).await.unwrap();
    let Some(row) = page.rows.first() else { panic!("the sample has a registered hazard in every township") };
    let before = store::statements();
    save::act(&cx, kind, row.id, "grade", None, &[("grade".into(), "general".into())]).await.unwrap();
    let cost = store::statements() - before;
    // The writer is a task of its own, but here on the same thread: its statements count too.
    assert!(cost <= 20, "{cost}");
}

/// A county calls two and a half thousand rolls within minutes: nothing is asked that the sheet does not need.
#[tokio::test]
async fn a_sheet_costs_a_handful() {
    for (late, most) in [(0, 12), (2, 14)] {
        for county in [county::sqlite().await, county::postgres().await] {
            a_sheet_costs(&county, late, most).await;
        }
    }
}

async fn a_sheet_costs(county: &County, late: usize, most: u64) {
    let token = county.token("teacher").await;
    let class = county.cx("teacher").await.scope().classes[0];
    let query = Query::new().is("class", Cell::Id(class)).is("until_on", Cell::Null);
    let roll = county.app.store.all(&ENROLMENT, &query, &Scope::county()).await.unwrap();
    let pupils = roll.iter().take(late).map(|row| row.get(&ENROLMENT, "pupil").id().unwrap());
    let missed: Vec<_> = pupils.map(|pupil| serde_json::json!({ "pupil": pupil, "kind": "late" })).collect();
    let before = store::statements();
    let body = serde_json::json!({ "day": "2021-12-20", "missed": missed });
    let (status, answer) = county.post(&token, &format!("/api/v1/rollcall/{class}/arrival"), body).await;
    assert_eq!(status, axum::http::StatusCode::CREATED, "{answer}");
    let cost = store::statements() - before;
    assert!(cost <= most, "{}: {cost}", county.backend());
}

/// What many ask at the same moment, each of another class, are few statements, and each hears what he would hear alone.
#[tokio::test]
async fn what_many_ask_at_once_is_asked_together() {
    for county in [county::sqlite().await, county::postgres().await] {
        let (store, all) = (&county.app.store, Scope::county());
        let held = Query::new().in_force(county.cx("bureau").await.today());
        let mut classes: Vec<_> =
            store.all(&CLASS, &Query::new(), &all).await.unwrap().iter().map(|row| row.id).collect();
        // Twice the same, and one that there is not.
        classes.extend([classes[0], uuid::Uuid::nil()]);
        let ids = |rows: &mut Vec<Row>| {
            rows.sort_by_key(|row| row.id);
            rows.iter().map(|row| row.id).collect::<Vec<_>>()
        };
        let before = store::statements();
        let asked = classes.iter().map(|class| store.of_one(&ENROLMENT, "class", *class, &held));
        let answers = futures_util::future::join_all(asked).await;
        let cost = store::statements() - before;
        let most = classes.len().div_ceil(16) as u64 + 2;
        assert!(classes.len() > 16 && cost <= most, "{}: {cost} for {}", county.backend(), classes.len());
        for (class, answer) in classes.iter().zip(answers) {
            let alone = store.all(&ENROLMENT, &held.clone().is("class", Cell::Id(*class)), &all).await;
            assert_eq!(ids(&mut answer.unwrap()), ids(&mut alone.unwrap()), "{} {class}", county.backend());
        }
        let before = store::statements();
        let (mut each, mut alone) = (Vec::new(), store.of_each(&ENROLMENT, "class", &classes, &held).await.unwrap());
        assert!(store::statements() - before <= most, "{}", county.backend());
        for class in classes.iter().skip(1) {
            each.extend(store.of_one(&ENROLMENT, "class", *class, &held).await.unwrap());
        }
        assert_eq!(ids(&mut alone), ids(&mut each), "who is named twice is answered once");
        // A statement that fails is told to all who wait, and not one of them tries a second.
        county.raw("alter table enrolment rename to enrolments_gone").await;
        let before = store::statements();
        let asked = classes.iter().map(|class| store.of_one(&ENROLMENT, "class", *class, &held));
        assert!(futures_util::future::join_all(asked).await.iter().all(Result::is_err), "{}", county.backend());
        assert_eq!(store::statements() - before, 1, "{}", county.backend());
    }
}

/// What is at hand is put to a reader's scope as the database would: whoever reads a record together with others sees what he would see alone.
#[tokio::test]
async fn a_scope_sees_at_hand_what_it_finds_by_asking() {
    for county in [county::sqlite().await, county::postgres().await] {
        let (store, all) = (&county.app.store, Scope::county());
        let (mut seen, mut hidden) = (0, 0);
        for noun in [&CLASS, &STAFF, &SCHOOL, &HAZARD, &SHEET, &MARK, &TIP] {
            let rows = store.all(noun, &Query::new(), &all).await.unwrap();
            for login in ["bureau", "inspector", "township", "school", "teacher", "guard", "sysadmin"] {
                let cx = county.cx(login).await;
                let found: Vec<_> = store.all(noun, &Query::new(), cx.scope()).await.unwrap();
                let here = rows.iter().filter(|row| cx.scope().sees(noun, row));
                assert!(here.map(|row| row.id).eq(found.iter().map(|row| row.id)), "{login} {}", noun.name);
                (seen, hidden) = (seen + found.len(), hidden + rows.len() - found.len());
                let Some(row) = rows.iter().find(|row| !cx.scope().sees(noun, row)) else { continue };
                assert!(store.find_beside(noun, row.id, cx.scope()).await.unwrap().is_none());
            }
        }
        assert!(seen > 0 && hidden > 0);
    }
}

/// An account for each of so many members of staff of schools: every other one a principal's, so that every card of the morning has readers.
async fn hire(county: &County, most: u64) -> usize {
    let (store, now) = (&county.app.store, county.app.clock.now());
    let query = Query::new().filter("school", Test::Present).is("left_on", Cell::Null).limit(most);
    let staff = store.list(&STAFF, &query, &Scope::county()).await.unwrap().rows;
    let account = |(at, person): (usize, &Row)| {
        let text = |text: String| Cell::Text(text);
        let row = Row::blank(&ACCOUNT, store.new_id(now))
            .with(&ACCOUNT, "login", text(format!("hired{at}")))
            .with(&ACCOUNT, "name", text(format!("hired{at}")))
            .with(&ACCOUNT, "role", text(["principal", "teacher", "guard"][at % 3].into()))
            .with(&ACCOUNT, "staff", Cell::Id(person.id))
            .with(&ACCOUNT, "school", person.get(&STAFF, "school").clone());
        Change::create(&ACCOUNT, "create", row)
    };
    let changes: Vec<_> = staff.iter().enumerate().map(account).collect();
    let author = Author { actor: None, at: now, request: store.new_id(now) };
    store.commit(author, changes).await.unwrap().changed
}

/// What a morning costs in statements, and how many it tells.
async fn morning(county: &County) -> (u64, u64) {
    let now = county.app.clock.now();
    let before = store::statements();
    let told = round(&county.app, now).await.unwrap().unwrap();
    (store::statements() - before, told)
}

#[tokio::test]
async fn a_morning_costs_the_same_for_a_few_accounts_and_for_many() {
    for (few, many) in
        [(county::sqlite().await, county::sqlite().await), (county::postgres().await, county::postgres().await)]
    {
        let (cost, told) = morning(&few).await;
        let hired = hire(&many, 200).await;
        assert!(hired > 50, "{hired}");
        let (more, told_more) = morning(&many).await;
        assert!(told_more > told + 10, "{}: {told} and {told_more}", many.backend());
        assert_eq!(more, cost, "{}", many.backend());
        assert!(cost <= 40, "{}: {cost}", many.backend());
        each_counts_as_one(&many).await;
    }
}

/// What each role's first page costs at most.
const TODAY: &[(&str, u64)] = &[
    ("bureau", 34),
    ("director", 26),
    ("inspector", 37),
    ("township", 21),
    ("department", 12),
    ("principal", 44),
    ("school", 46),
    ("teacher", 25),
    ("guard", 27),
];

#[tokio::test]
async fn the_first_page_costs_each_role_a_known_number() {
    for county in [county::sqlite().await, county::postgres().await] {
        for (login, most) in TODAY {
            let visitor = Visitor::sign_in(&county, login).await;
            let before = store::statements();
            assert!(visitor.get("/").await.status.is_success());
            let cost = store::statements() - before;
            assert!(cost <= *most, "{} {login}: {cost}", county.backend());
        }
    }
}

/// Counted for all at once, everybody has what he has when he is asked alone.
async fn each_counts_as_one(county: &County) {
    let (app, today) = (&county.app, kit::dates::shanghai_date(county.app.clock.now()));
    let accounts = app.store.all(&ACCOUNT, &Query::new(), &Scope::county()).await.unwrap();
    let actors: Vec<Actor> = app.actors(&accounts, today).await.unwrap();
    for (actor, row) in actors.iter().zip(&accounts).step_by(7) {
        assert_eq!(app.actor(row.id).await.unwrap().unwrap().scope, actor.scope, "{}", actor.login);
    }
    let (mut cards, mut found) = (0, 0);
    for (kind, card) in app.kinds().flat_map(|kind| kind.today.iter().map(move |card| (kind, card))) {
        let asked: Vec<_> = actors.iter().map(|actor| ((card.query)(actor, today), &actor.scope)).collect();
        let all = app.store.count_each(kind.noun, &asked).await.unwrap();
        // Everybody who was there before, and some of those who came.
        for (at, (query, scope)) in asked.iter().enumerate().filter(|(at, _)| *at < 40 || at % 9 == 0) {
            let alone = app.store.count(kind.noun, query, scope).await.unwrap();
            assert_eq!(all[at], alone, "{} {} {}", county.backend(), card.label, actors[at].login);
            found += alone;
        }
        cards += usize::from(WAITS.contains(&card.label));
    }
    assert!(cards == WAITS.len() && found > 100, "{cards} {found}");
}
