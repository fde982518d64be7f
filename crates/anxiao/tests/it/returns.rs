//! 月度确认: the program puts every month before every school, and the head of the school confirms it with one call.

use std::collections::HashMap;

use areas::duties::reading::{Wanted, read};
use areas::hazards::record::HAZARD;
use areas::hazards::returns::{MONTHLY_RETURN, draft, draft_missing};
use areas::organisation::record::SCHOOL;
use axum::http::StatusCode;
use chrono::NaiveDate;
use kit::dates::shanghai_start;
use kit::duty::Level;
use kit::{Author, Cell, Change, Query, Row, Scope};
use serde_json::json;
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

fn morning(year: i32, month: u32, day: u32) -> i64 {
    shanghai_start(NaiveDate::from_ymd_opt(year, month, day).unwrap()) + 3_600_000
}

async fn of_month(county: &County, year: i32, month: u32) -> Vec<Row> {
    let first = Cell::Date(NaiveDate::from_ymd_opt(year, month, 1).unwrap());
    county.app.store.find_by(&MONTHLY_RETURN, "month", &[first], &Scope::county()).await.unwrap()
}

/// A zero to confirm for every school, of a month long before the sample county's first hazard.
async fn put_old_zeros(county: &County) {
    let (store, at) = (&county.app.store, morning(2019, 10, 15));
    let month = NaiveDate::from_ymd_opt(2019, 9, 1).unwrap();
    let schools = store.all(&SCHOOL, &Query::new().is("campus", Cell::Bool(false)), &Scope::county()).await.unwrap();
    let zero = |school: &Row| {
        let row = draft(store.new_id(at), school.id, month, 0);
        Change::create(&MONTHLY_RETURN, "create", row)
    };
    let author = Author { actor: None, at, request: store.new_id(at) };
    store.commit(author, schools.iter().map(zero).collect()).await.unwrap();
}

/// What was found in a month, counted one by one, what was found at a campus for its parent.
async fn by_hand(county: &County, first: NaiveDate, last: NaiveDate) -> HashMap<Uuid, i64> {
    let schools = county.app.store.all(&SCHOOL, &Query::new(), &Scope::county()).await.unwrap();
    let parents: HashMap<_, _> =
        schools.iter().map(|school| (school.id, school.get(&SCHOOL, "parent").id().unwrap_or(school.id))).collect();
    let hazards = county.app.store.all(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
    let mut tally = HashMap::new();
    for hazard in &hazards {
        let within = hazard.get(&HAZARD, "found_on").date().is_some_and(|day| (first..=last).contains(&day));
        let is_one = !["mistaken", "merged"].contains(&hazard.get(&HAZARD, "state").text().unwrap());
        if let Some(school) = hazard.get(&HAZARD, "school").id().filter(|_| within && is_one) {
            *tally.entry(parents[&school]).or_default() += 1;
        }
    }
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn every_open_school_gets_its_month_once_and_drafts_follow_what_is_recorded_later() {
    for county in county::both().await {
        let (store, after) = (&county.app.store, morning(2022, 1, 1));
        let (first, last) =
            (NaiveDate::from_ymd_opt(2021, 12, 1).unwrap(), NaiveDate::from_ymd_opt(2021, 12, 31).unwrap());
        let campus = |school: &Row| school.get(&SCHOOL, "campus") == &Cell::Bool(true);
        let schools = store
            .all(&SCHOOL, &Query::new(), &Scope::county())
            .await
            .unwrap()
            .iter()
            .filter(|school| !campus(school))
            .count();
        assert!(of_month(&county, 2021, 12).await.is_empty());
        assert_eq!(draft_missing(store, after).await.unwrap(), schools, "{}", county.backend());
        assert_eq!(draft_missing(store, after).await.unwrap(), 0, "a second run changes nothing");

        let counts = by_hand(&county, first, last).await;
        let drafts = of_month(&county, 2021, 12).await;
        assert_eq!(drafts.len(), schools);
        assert!(counts.values().any(|count| *count > 0));
        for row in &drafts {
            let count = counts.get(&row.get(&MONTHLY_RETURN, "school").id().unwrap()).copied().unwrap_or(0);
            assert_eq!(row.get(&MONTHLY_RETURN, "hazards_found").int(), Some(count));
            assert_eq!(row.get(&MONTHLY_RETURN, "zero"), &Cell::Bool(count == 0));
            assert_eq!(row.get(&MONTHLY_RETURN, "state").text(), Some("draft"));
        }

        let body = json!({ "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
        let (status, _) = county.post(&county.token("teacher").await, "/api/v1/hazards", body).await;
        assert_eq!(status, StatusCode::CREATED);
        assert_eq!(draft_missing(store, after).await.unwrap(), 1, "the one draft whose count has moved");
        assert_eq!(draft_missing(store, after).await.unwrap(), 0);
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_was_entered_today_owes_nothing_for_the_days_before() {
    for county in county::both().await {
        let (store, now, name) = (&county.app.store, county.app.clock.now(), county.backend());
        let whole = Query::new().is("campus", Cell::Bool(false));
        let known = store.all(&SCHOOL, &whole, &Scope::county()).await.unwrap().remove(0);
        let new = Row { id: store.new_id(now), version: 0, ..known.clone() };
        let new = new.with(&SCHOOL, "code", Cell::Null).with(&SCHOOL, "local_code", Cell::Text("N1".into()));
        let (old, new_id) = (known.id, new.id);
        let author = Author { actor: None, at: now, request: store.new_id(now) };
        store.commit(author, vec![Change::create(&SCHOOL, "create", new)]).await.unwrap();

        let cx = county.cx("bureau").await;
        for (school, owes) in [(old, true), (new_id, false)] {
            let span = ("2021-09-01".parse().unwrap(), "2021-12-17".parse().unwrap());
            let wanted = Wanted { subject: Some(school), ..Wanted::new(span.0, span.1, &[Level::School]) };
            let mut asked = 0;
            read(&cx, &wanted).await.unwrap().each(now, |_| asked += 1);
            assert_eq!(asked > 0, owes, "{name}: {asked}");
        }
        let has = |rows: Vec<Row>| rows.iter().any(|row| row.get(&MONTHLY_RETURN, "school").id() == Some(new_id));
        draft_missing(store, now).await.unwrap();
        assert!(!has(of_month(&county, 2021, 11).await), "{name}: the month was over");
        draft_missing(store, morning(2022, 1, 1)).await.unwrap();
        assert!(has(of_month(&county, 2021, 12).await), "{name}: the month in which it was entered");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn months_that_passed_while_no_program_ran_are_put_before_the_schools_too() {
    for county in county::both().await {
        let store = &county.app.store;
        let schools = draft_missing(store, morning(2022, 1, 1)).await.unwrap();
        // A hazard of December is written down late, and until April nothing runs.
        let body = json!({ "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
        let (status, _) = county.post(&county.token("teacher").await, "/api/v1/hazards", body).await;
        assert_eq!(status, StatusCode::CREATED);
        let april = morning(2022, 4, 10);
        assert_eq!(draft_missing(store, april).await.unwrap(), 3 * schools + 1, "{}", county.backend());
        for month in 1..=3 {
            assert_eq!(of_month(&county, 2022, month).await.len(), schools, "{month} {}", county.backend());
        }
        let december = of_month(&county, 2021, 12).await;
        let counts = by_hand(&county, "2021-12-01".parse().unwrap(), "2021-12-31".parse().unwrap()).await;
        for row in &december {
            let count = counts.get(&row.get(&MONTHLY_RETURN, "school").id().unwrap()).copied().unwrap_or(0);
            assert_eq!(row.get(&MONTHLY_RETURN, "hazards_found").int(), Some(count), "{}", county.backend());
        }
        assert_eq!(draft_missing(store, april).await.unwrap(), 0, "{}: once", county.backend());
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zero_counts_once_the_principal_has_confirmed_it() {
    for county in county::both().await {
        put_old_zeros(&county).await;
        let own = county.cx("principal").await.scope().home.unwrap();
        let drafts = of_month(&county, 2019, 9).await;
        let of = |school: Uuid| {
            drafts.iter().find(|row| row.get(&MONTHLY_RETURN, "school").id() == Some(school)).unwrap().id
        };
        let foreign = drafts.iter().find(|row| row.get(&MONTHLY_RETURN, "school").id() != Some(own)).unwrap().id;
        let confirm = |id: Uuid| format!("/api/v1/monthly-returns/{id}/confirm");
        let bureau = county.token("bureau").await;
        let figure = async |id: &str| {
            let (_, figure) =
                county.get(&bureau, &format!("/api/v1/figures/{id}?period=2019-09&cutoff=2021-12-20")).await;
            figure["value"].as_i64().unwrap()
        };
        assert_eq!(
            (figure("returns.made").await, figure("returns.zero").await),
            (i64::try_from(drafts.len()).unwrap(), 0)
        );

        let principal = county.token("principal").await;
        let card = Visitor::sign_in(&county, "principal").await;
        assert!(card.get("/").await.text().contains("等待确认的月份"));
        let (status, _) = county.post(&county.token("school").await, &confirm(of(own)), json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let (status, _) = county.post(&principal, &confirm(foreign), json!({})).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (_, seen) = county.get(&principal, &format!("/api/v1/monthly-returns/{}", of(own))).await;
        assert_eq!(seen["moves"][0]["name"], "confirm", "{seen}");
        let (status, done) = county.post(&principal, &confirm(of(own)), json!({})).await;
        assert_eq!(
            (status, done["state"].as_str(), done["confirmed_on"].as_str()),
            (StatusCode::OK, Some("confirmed"), Some("2021-12-20")),
            "{done}"
        );
        assert_eq!((figure("returns.confirmed").await, figure("returns.zero").await), (1, 1), "{}", county.backend());
        // What was confirmed is not counted again, whatever is recorded later.
        assert_eq!(draft_missing(&county.app.store, morning(2019, 10, 16)).await.unwrap(), 0);
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_confirms_a_zero_that_is_none_any_more() {
    for county in county::both().await {
        put_old_zeros(&county).await;
        let own = county.cx("principal").await.scope().home.unwrap();
        let drafts = of_month(&county, 2019, 9).await;
        let id = drafts.iter().find(|row| row.get(&MONTHLY_RETURN, "school").id() == Some(own)).unwrap().id;
        // Entered after the draft was counted, by somebody else.
        let body = json!({ "place_kind": "school", "school": own, "place": "操场", "description": "跑道积水", "category": "building", "source": "inspection", "found_on": "2019-09-20" });
        let (status, made) = county.post(&county.token("bureau").await, "/api/v1/hazards", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let principal = county.token("principal").await;
        let path = format!("/api/v1/monthly-returns/{id}/confirm");
        let (status, answer) = county.post(&principal, &path, json!({})).await;
        let code = answer["error"]["code"].as_str();
        assert_eq!((status, code), (StatusCode::UNPROCESSABLE_ENTITY, Some("monthly_return.moved")), "{answer}");
        let (status, done) = county.post(&principal, &path, json!({})).await;
        assert_eq!(
            (status, &done["hazards_found"], &done["zero"]),
            (StatusCode::OK, &json!(1), &json!(false)),
            "{done}"
        );
        assert!(county.flaws().await.is_empty(), "{}", county.backend());
    }
}

/// A signed zero is not rewritten when something is found after all: it is to be signed anew, and no figure says both.
#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_zero_falls_back_when_a_hazard_of_its_month_is_recorded() {
    for county in county::both().await {
        let name = county.backend();
        put_old_zeros(&county).await;
        let own = county.cx("principal").await.scope().home.unwrap();
        let drafts = of_month(&county, 2019, 9).await;
        let id = drafts.iter().find(|row| row.get(&MONTHLY_RETURN, "school").id() == Some(own)).unwrap().id;
        let [principal, bureau, teacher] =
            [county.token("principal").await, county.token("bureau").await, county.token("teacher").await];
        let path = format!("/api/v1/monthly-returns/{id}");
        let confirm = format!("{path}/confirm");
        let (status, _) = county.post(&principal, &confirm, json!({})).await;
        assert_eq!(status, StatusCode::OK);
        let figures = async || {
            let mut values = Vec::new();
            for id in ["returns.confirmed", "returns.zero", "hazards.found"] {
                let (_, figure) =
                    county.get(&bureau, &format!("/api/v1/figures/{id}?period=2019-09&cutoff=2021-12-20")).await;
                values.push(figure["value"].as_i64().unwrap());
            }
            values
        };
        assert_eq!(figures().await, [1, 1, 0], "{name}");
        let body = json!({ "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2019-09-15" });
        let (status, made) = county.post(&teacher, "/api/v1/hazards", body.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(figures().await, [0, 0, 1], "{name}");
        let (_, now) = county.get(&principal, &path).await;
        let said = ["state", "hazards_found", "zero", "confirmed_on"].map(|field| now[field].clone());
        assert_eq!(said, [json!("draft"), json!(1), json!(false), json!("2021-12-20")], "{name}: {now}");
        let (_, told) = county.get(&principal, "/api/v1/messages?code=returns.again").await;
        assert_eq!(told["total"], json!(1), "{name}: {told}");
        // The history still holds what was signed.
        let row = of_month(&county, 2019, 9).await.into_iter().find(|row| row.id == id).unwrap();
        let verbs: Vec<_> = county.app.store.timeline(&MONTHLY_RETURN, &row).await.unwrap();
        let verbs: Vec<_> = verbs.into_iter().map(|event| event.verb).collect();
        assert_eq!(verbs, ["create", "confirm", "fall_back"], "{name}");
        // A second one only waits to be counted with the draft.
        let (status, _) = county.post(&teacher, "/api/v1/hazards", body).await;
        assert_eq!(status, StatusCode::CREATED);
        let (status, _) = county.post(&principal, &confirm, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name}: counted first");
        let (status, done) = county.post(&principal, &confirm, json!({})).await;
        assert_eq!((status, &done["hazards_found"]), (StatusCode::OK, &json!(2)), "{name}: {done}");
        assert_eq!(figures().await, [1, 0, 2], "{name}");
        // What turns out to be mistaken leaves standing what was signed.
        let (status, moved) = county
            .post(
                &bureau,
                &format!("/api/v1/hazards/{}/mistaken", made["id"].as_str().unwrap()),
                json!({ "reason": "重复登记" }),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{moved}");
        assert_eq!(draft_missing(&county.app.store, morning(2019, 10, 16)).await.unwrap(), 0, "{name}");
        assert!(county.flaws().await.is_empty(), "{name}");
        assert_eq!(county.app.store.check_tallies().await.unwrap(), 0, "{name}");
    }
}

/// What came by another door than the form is counted in the night, also of a month that was confirmed long ago.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_file_brings_is_counted_in_the_night() {
    for county in county::both().await {
        let (store, name) = (&county.app.store, county.backend());
        assert_eq!(draft_missing(store, county.app.clock.now()).await.unwrap(), 0, "{name}: the sample's are true");
        let confirmed = Query::new().among("state", &["confirmed"]).is("zero", Cell::Bool(true)).limit(1);
        let row = store.list(&MONTHLY_RETURN, &confirmed, &Scope::county()).await.unwrap().rows.remove(0);
        let cell = |field| row.get(&MONTHLY_RETURN, field).clone();
        let one = Query::new().among("state", &["registered"]).limit(1);
        let known = store.list(&HAZARD, &one, &Scope::county()).await.unwrap().rows.remove(0);
        let late = Row { id: store.new_id(county.app.clock.now()), version: 0, ..known };
        let late = late.with(&HAZARD, "school", cell("school")).with(&HAZARD, "found_on", cell("month"));
        let author = Author { actor: None, at: county.app.clock.now(), request: store.new_id(county.app.clock.now()) };
        store.commit(author, vec![Change::create(&HAZARD, "import", late)]).await.unwrap();
        assert_eq!(draft_missing(store, county.app.clock.now()).await.unwrap(), 1, "{name}");
        let now = store.find(&MONTHLY_RETURN, row.id, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(now.get(&MONTHLY_RETURN, "state").text(), Some("draft"), "{name}");
        // At an earlier cut-off it stood confirmed.
        let day = county.cx("bureau").await.today() - chrono::Days::new(1);
        let then = confirmed.as_of(day).is("month", cell("month")).is("school", cell("school"));
        assert_eq!(store.count(&MONTHLY_RETURN, &then, &Scope::county()).await.unwrap(), 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_not_confirmed_before_it_is_over() {
    for county in county::both().await {
        draft_missing(&county.app.store, morning(2022, 1, 1)).await.unwrap();
        let own = county.cx("principal").await.scope().home;
        let december = of_month(&county, 2021, 12).await;
        let id = december.iter().find(|row| row.get(&MONTHLY_RETURN, "school").id() == own).unwrap().id;
        let (status, answer) = county
            .post(&county.token("principal").await, &format!("/api/v1/monthly-returns/{id}/confirm"), json!({}))
            .await;
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("monthly_return.month_open")),
            "{answer}"
        );
    }
}
