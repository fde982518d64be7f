//! How many statements a question costs: as many for a thousand rows as for ten.

use engine::{ask, save};
use kit::query::Query;

use crate::county;

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
    for county in [county::sqlite().await, county::postgres().await] {
        let token = county.token("teacher").await;
        let class = county.cx("teacher").await.scope().classes[0];
        let before = store::statements();
        let body = serde_json::json!({ "day": "2021-12-20" });
        let (status, answer) = county.post(&token, &format!("/api/v1/rollcall/{class}/arrival"), body).await;
        assert_eq!(status, axum::http::StatusCode::CREATED, "{answer}");
        let cost = store::statements() - before;
        assert!(cost <= 12, "{}: {cost}", county.backend());
    }
}
