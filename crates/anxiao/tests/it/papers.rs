//! What hazards are printed on: the notice, the ledger, the drawn sample.

use std::collections::BTreeSet;

use areas::hazards::ledger::LEDGER;
use areas::hazards::record::HAZARD;
use axum::http::StatusCode;
use kit::{Lang, Query, Row, Scope, Test};

use crate::county::{self, County};
use crate::visitor::Visitor;

async fn handed(county: &County, login: &str) -> Vec<Row> {
    let query =
        Query::new().filter("handed_on", Test::Present).filter("handed_unit", Test::OneOf(vec![kit::Cell::Null]));
    county.app.store.all(&HAZARD, &query, county.cx(login).await.scope()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_notice_is_printed_for_one_hazard_and_for_several_one_sheet_a_school() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let all = handed(&county, "bureau").await;
        let one = &all[0];
        let page = bureau.get(&format!("/hazards/{}", one.id)).await.text();
        assert!(page.contains(&format!("/hazards/{}/notice", one.id)) && page.contains("打印整改通知书"));
        let notice = bureau.get(&format!("/hazards/{}/notice", one.id)).await;
        assert_eq!(notice.status, StatusCode::OK);
        assert!(
            notice.text().contains("第四十一条") && notice.text().contains(one.get(&HAZARD, "place").text().unwrap())
        );

        let some = &all[..all.len().min(40)];
        let ids: Vec<_> = some.iter().map(|row| format!("id={}", row.id)).collect();
        let schools: BTreeSet<_> = some
            .iter()
            .filter_map(|row| row.get(&HAZARD, "handed_school").id().or(row.get(&HAZARD, "school").id()))
            .collect();
        let sheets =
            bureau.get(&format!("/hazards/notice?{}", ids.join("&"))).await.text().matches("ax-sheet\"").count();
        assert_eq!(sheets, schools.len(), "{}", county.backend());
        let chosen = bureau.get(&format!("/hazards/bulk?{}", ids.join("&"))).await.text();
        assert!(chosen.contains("/hazards/notice?id="));

        // Another school's hazards are not there, whoever asks for them by id; without the right to hand over there is no paper.
        let school = Visitor::sign_in(&county, "school").await;
        let own: BTreeSet<_> = handed(&county, "school").await.iter().map(|row| row.id).collect();
        let foreign = all.iter().find(|row| !own.contains(&row.id)).unwrap().id;
        assert_eq!(school.get(&format!("/hazards/{foreign}/notice")).await.status, StatusCode::NOT_FOUND);
        assert!(!school.get(&format!("/hazards/notice?id={foreign}")).await.text().contains("ax-sheet\""));
        let mine = own.first().unwrap();
        assert_eq!(school.get(&format!("/hazards/{mine}/notice")).await.status, StatusCode::OK);
        assert_eq!(
            Visitor::sign_in(&county, "guard").await.get(&format!("/hazards/{mine}/notice")).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(school.get("/hazards/nonsense/notice").await.status, StatusCode::NOT_FOUND);
        // The area's own addresses leave the common ones alone.
        assert_eq!(school.get(&format!("/hazards/{mine}")).await.status, StatusCode::OK);
        assert_eq!(school.get(&format!("/hazards/{mine}/edit")).await.status, StatusCode::OK);
        assert_ne!(school.post(&format!("/hazards/{mine}/grade"), &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_has_the_bureaus_columns_and_the_rows_of_the_list() {
    for county in county::both().await {
        let heading = |key: &str| county.app.words.get(Lang::Zh, key).to_owned();
        let headings: Vec<_> = LEDGER.iter().map(|(key, _)| heading(key)).collect();
        for (login, question) in [
            ("bureau", ""),
            ("bureau", "?state=closed&grade=major"),
            ("school", "?sort=-found_on&limit=1"),
            ("township", ""),
        ] {
            let asked = if question.is_empty() { "?limit=1".to_owned() } else { question.to_owned() };
            let (_, list) = county.get(&county.token(login).await, &format!("/api/v1/hazards{asked}")).await;
            let visitor = Visitor::sign_in(&county, login).await;
            for ending in ["xlsx", "csv"] {
                let file = visitor.get(&format!("/hazards/ledger.{ending}{question}")).await;
                assert_eq!(file.status, StatusCode::OK, "{login} {question}");
                let known = |label: &str| headings.iter().any(|heading| heading == label);
                let table = engine::sheet::from_bytes(&format!("ledger.{ending}"), &file.bytes, &known).unwrap();
                assert_eq!(table.headings, headings);
                assert_eq!(
                    i64::try_from(table.rows.len()).unwrap(),
                    list["total"].as_i64().unwrap(),
                    "{} {login} {question} {ending}",
                    county.backend()
                );
            }
        }
        let bureau = Visitor::sign_in(&county, "bureau").await;
        assert!(bureau.get("/hazards?state=closed").await.text().contains("/hazards/ledger.xlsx?state=closed"));
        assert_eq!(bureau.get("/hazards/ledger.xlsx?state=nonsense").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(
            Visitor::sign_in(&county, "guard").await.get("/hazards/ledger.xlsx").await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            Visitor::sign_in(&county, "auditor").await.get("/hazards/ledger.csv").await.status,
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_is_drawn_by_lot_and_everyone_draws_the_same() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let links = |page: &str| {
            let ids =
                page.split("data-href=\"/hazards/").skip(1).filter_map(|rest| rest.get(..36)).map(ToOwned::to_owned);
            ids.collect::<BTreeSet<_>>()
        };
        let page = bureau.get("/hazards/draw?period=2021").await.text();
        let all = county.app.store.all(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
        let in_year =
            |row: &Row, field| row.get(&HAZARD, field).date().is_some_and(|day| day.to_string().starts_with("2021"));
        let state = |row: &Row| row.get(&HAZARD, "state").text().unwrap().to_owned();
        // Closed in the year, also what has come back since.
        let came_back = |row: &Row| {
            row.get(&HAZARD, "closed_on").is_null()
                && row.get(&HAZARD, "reopened").int() > Some(0)
                && in_year(row, "rechecked_on")
                && !["mistaken", "merged"].contains(&state(row).as_str())
        };
        let closed = all.iter().filter(|row| (state(row) == "closed" && in_year(row, "closed_on")) || came_back(row));
        assert_eq!(links(&page).len(), closed.count().div_ceil(10), "{}", county.backend());
        assert!(page.contains("“2021”"));
        assert_eq!(links(&bureau.get("/hazards/draw?period=2021").await.text()), links(&page));
        // Whoever reopens one that was drawn does not take it out of the lot.
        let drawn = links(&page);
        let late = all.iter().filter(|row| drawn.contains(&row.id.to_string()) && state(row) == "closed");
        let late = late.max_by_key(|row| row.get(&HAZARD, "closed_on").date()).unwrap();
        let reopen = format!("/api/v1/hazards/{}/reopen", late.id);
        let body = serde_json::json!({ "reason": "抽查发现未整改到位" });
        let (status, answer) = county.post(&county.token("bureau").await, &reopen, body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(links(&bureau.get("/hazards/draw?period=2021").await.text()), drawn, "{}", county.backend());
        // An inspector sees those of his own schools, and no others are drawn for him.
        let inspector =
            links(&Visitor::sign_in(&county, "inspector").await.get("/hazards/draw?period=2021").await.text());
        assert!(inspector.is_subset(&links(&page)));
        assert_eq!(bureau.get("/hazards/draw").await.status, StatusCode::OK);
        assert_eq!(bureau.get("/hazards/draw?period=soon").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(Visitor::sign_in(&county, "school").await.get("/hazards/draw").await.status, StatusCode::FORBIDDEN);
    }
}
