//! What a client names itself: records and requests.

use areas::attendance::record::MARK;
use areas::organisation::record::PUPIL;
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Noun, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};

fn hazard(id: Option<Uuid>) -> Value {
    let mut body = json!({ "place_kind": "school", "place": "操场", "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
    if let Some(id) = id {
        body["id"] = json!(id);
    }
    body
}

async fn any(county: &County, noun: &'static Noun) -> Uuid {
    let page = county.app.store.list(noun, &Query { limit: 1, ..Query::new() }, &Scope::county()).await.unwrap();
    page.rows[0].id
}

/// A pupil has an event of its own; a mark is told of by its sheet's.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_id_of_another_kind_of_record() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        for noun in [&PUPIL, &MARK] {
            let id = any(&county, noun).await;
            let (status, answer) = county.post(&token, "/api/v1/hazards", hazard(Some(id))).await;
            let code = answer["error"]["code"].as_str();
            assert_eq!((status, code), (StatusCode::UNPROCESSABLE_ENTITY, Some("record.id_elsewhere")), "{answer}");
        }
        assert_eq!(county.app.store.check_search().await.unwrap(), 0, "{}", county.backend());
        let id = county.app.store.new_id(county.app.clock.now());
        let (status, answer) = county.post(&token, "/api/v1/hazards", hazard(Some(id))).await;
        assert_eq!((status, answer["id"].as_str()), (StatusCode::CREATED, Some(id.to_string().as_str())), "{answer}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}
