//! 更正: a point that was marked well is a finding after all, on both databases.

use areas::hazards::record::HAZARD;
use areas::patrols::record::{ROUND, VISIT};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::json;

use crate::county;
use crate::patrols::{all, path, rounds, touch};
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_at_a_point_becomes_a_hazard_of_its_round() {
    for county in county::both().await {
        let backend = county.backend();
        let guard = Visitor::sign_in(&county, "guard").await;
        let way = path(&county, "guard").await;
        assert_eq!(touch(&county, &guard, &way.codes[0], &[("result", "ok")]).await.status, StatusCode::SEE_OTHER);
        let round = rounds(&county, &way.route).await.remove(0);
        let of_round = Query::new().is("round", Cell::Id(round.id));
        let visit = all(&county, &VISIT, of_round.clone()).await.remove(0);
        let walk = guard.get(&format!("/patrol-routes/{}/walk", way.route.id)).await.text();
        assert!(walk.contains(&format!("href=\"/patrol-visits/{}\"", visit.id)), "{backend} {walk}");
        let page = guard.get(&format!("/patrol-visits/{}", visit.id)).await.text();
        assert!(page.contains(&format!("/patrol-visits/{}/correct", visit.id)), "{backend} {page}");

        let path = format!("/api/v1/patrol-visits/{}/correct", visit.id);
        let said = json!({ "trouble": "lock", "reason": "锁芯松了，刚才点错了" });
        let (token, school) = (county.token("guard").await, county.token("school").await);
        let (status, answer) = county.post(&token, &path, json!({ "trouble": "lock" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is asked: {backend} {answer}");
        let (status, answer) = county.post(&school, &path, said.clone()).await;
        assert_eq!(answer["error"]["code"], "patrol.not_your_point", "{backend} {status} {answer}");
        let (status, answer) = county.post(&token, &path, said.clone()).await;
        assert_eq!((status, &answer["result"]), (StatusCode::OK, &json!("finding")), "{backend} {answer}");
        let hazard = answer["hazard"].as_str().unwrap().parse().unwrap();
        let hazard = county.app.store.find(&HAZARD, hazard, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(
            hazard.get(&HAZARD, "description").text(),
            Some("门锁、门窗损坏：锁芯松了，刚才点错了"),
            "{backend}"
        );
        assert_eq!(hazard.get(&HAZARD, "found_by").id(), county.cx("guard").await.actor.person());
        let round = county.app.store.find(&ROUND, round.id, &Scope::county()).await.unwrap().unwrap();
        let counted = ["visited", "findings"].map(|field| round.get(&ROUND, field).clone());
        assert_eq!(counted, [Cell::Int(1), Cell::Int(1)], "{backend}");
        assert_eq!(all(&county, &VISIT, of_round).await.len(), 1, "the point was seen once");
        let (_, answer) = county.post(&token, &path, said).await;
        assert_eq!(answer["error"]["code"], "patrol.found_already", "{backend} {answer}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{backend}");
    }
}
