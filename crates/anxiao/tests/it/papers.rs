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
    let query = query.not_among("state", &["closed"]);
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

        // What has been closed is not asked of a school again.
        let closed = Query::new().filter("handed_on", Test::Present).among("state", &["closed"]).limit(1);
        let closed = county.app.store.all(&HAZARD, &closed, county.cx("bureau").await.scope()).await.unwrap();
        let page = bureau.get(&format!("/hazards/{}", closed[0].id)).await.text();
        assert!(!page.contains("打印整改通知书"), "{}", county.backend());

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

/// What was closed in November by its own history, whatever has become of it since.
async fn closed_in_november(county: &County) -> usize {
    let all = county.app.store.all(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
    let mut closed = 0;
    for row in &all {
        let told = county.app.store.timeline(&HAZARD, row).await.unwrap();
        let in_november = |event: &store::Event| {
            event.verb == "confirm" && kit::dates::shanghai_date(event.at).to_string().starts_with("2021-11")
        };
        closed += usize::from(told.iter().any(in_november));
    }
    closed
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_of_a_month_that_is_over_is_drawn_by_lot_and_stays_as_it_is() {
    for county in county::both().await {
        let name = county.backend();
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let links = |page: &str| {
            let ids =
                page.split("data-href=\"/hazards/").skip(1).filter_map(|rest| rest.get(..36)).map(ToOwned::to_owned);
            ids.collect::<BTreeSet<_>>()
        };
        let page = bureau.get("/hazards/draw?period=2021-11").await.text();
        let drawn = links(&page);
        assert!(!drawn.is_empty() && page.contains("“2021-11”"), "{name}: {page}");
        assert_eq!(drawn.len(), closed_in_november(&county).await.div_ceil(10), "{name}");
        // Whoever reopens one that was drawn does not take it out of the lot, and neither does whoever closes it again in a later month.
        let open = Query::new().among("state", &["closed"]);
        let closed = county.app.store.all(&HAZARD, &open, &Scope::county()).await.unwrap();
        let first = closed.iter().map(|row| row.id.to_string()).find(|id| drawn.contains(id)).unwrap();
        let token = county.token("bureau").await;
        let reason = serde_json::json!({ "reason": "抽查发现未整改到位" });
        let (status, answer) = county.post(&token, &format!("/api/v1/hazards/{first}/reopen"), reason).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let page = bureau.get("/hazards/draw?period=2021-11").await.text();
        assert_eq!(links(&page), drawn, "{name}");
        assert!(page.contains("整改中"), "{name}: it says that it is open again: {page}");
        closed_again(&county, first.parse().unwrap()).await;
        assert_eq!(links(&bureau.get("/hazards/draw").await.text()), drawn, "{name}: last month's without a word");
        // An inspector sees those of his own schools, and no others are drawn for him.
        let inspector = Visitor::sign_in(&county, "inspector").await;
        assert!(links(&inspector.get("/hazards/draw?period=2021-11").await.text()).is_subset(&drawn));
        // What is not over can be drawn when it is, and says when; a day has no lot of its own.
        for (period, said) in [
            ("2021-12", "2022-01-01"),
            ("2021-Q4", "2022-01-01"),
            ("2021", "2022-01-01"),
            ("soon", "2021-Q4"),
            ("2021-11-15", "2021-Q4"),
        ] {
            let refused = bureau.get(&format!("/hazards/draw?period={period}")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{period}");
            assert!(refused.text().contains(said), "{period}: {}", refused.text());
        }
        // The lots before are a touch away, the one that is shown is not offered.
        let page = bureau.get("/hazards/draw").await.text();
        for (period, said) in
            [("2021-10", "2021年10月"), ("2021-09", "2021年9月"), ("2021-Q3", "2021年第3季度"), ("2020", "2020年")]
        {
            let href = format!("/hazards/draw?period={period}");
            assert!(page.contains(&format!("<a href=\"{href}\">{said}</a>")), "{period}: {page}");
            assert_eq!(bureau.get(&href).await.status, StatusCode::OK, "{period}");
        }
        assert!(!page.contains("<a href=\"/hazards/draw?period=2021-11\">"), "{page}");
        assert_eq!(Visitor::sign_in(&county, "school").await.get("/hazards/draw").await.status, StatusCode::FORBIDDEN);
    }
}

/// Put right and looked at once more, today.
async fn closed_again(county: &County, id: uuid::Uuid) {
    let before = county.app.store.find(&HAZARD, id, &Scope::county()).await.unwrap().unwrap();
    let today = kit::Cell::Date(areas::sample::Plan::county().today);
    let after = before.clone().with(&HAZARD, "state", kit::Cell::Text("closed".into()));
    let after = after.with(&HAZARD, "rechecked_on", today.clone()).with(&HAZARD, "closed_on", today);
    let now = county.app.clock.now();
    let author = kit::Author { actor: None, at: now, request: county.app.store.new_id(now) };
    let change = kit::Change::update(&HAZARD, "confirm", before, after);
    county.app.store.commit(author, vec![change]).await.unwrap();
}
