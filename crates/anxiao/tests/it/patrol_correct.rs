//! 更正: a point that was marked well is a finding after all, on both databases.

use areas::hazards::record::HAZARD;
use areas::patrols::record::{ROUND, VISIT};
use axum::http::{Method, StatusCode};
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::{Value, json};

use crate::county::{self, County};
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

/// Types in sheets of the noon of a day, of which nothing was scanned, until one of them is beside the plan: the addresses of all.
async fn noon_on_paper(county: &County, token: &str, day: &str) -> Vec<String> {
    let way = path(county, "noon").await;
    let person = county.cx("teacher").await.actor.person().unwrap();
    let mut typed = Vec::new();
    for began in ["12:00", "12:25", "12:50", "13:15", "13:40"] {
        let body = json!({ "route": way.route.id, "day": day, "began": began, "walker": person, "visited": 4 });
        let (status, answer) = county.post(token, "/api/v1/patrol-rounds", body).await;
        assert_eq!(status, StatusCode::CREATED, "{began} {answer}");
        typed.push(format!("/api/v1/patrol-rounds/{}", answer["id"].as_str().unwrap()));
        if answer["off_plan"] == json!(true) {
            return typed;
        }
        assert_eq!(answer["off_plan"], json!(false), "{began} {answer}");
    }
    panic!("one noon has no five rounds")
}

/// What was typed in before it was asked whether it is beside the plan proves a duty that the board calls missed, until the program has looked; and it answers for the
/// round of another sheet that turns out to be none.
#[tokio::test(flavor = "multi_thread")]
async fn paper_of_earlier_says_that_it_is_beside_the_plan() {
    for county in county::both().await {
        let backend = county.backend();
        let token = county.token("school").await;
        let typed = noon_on_paper(&county, &token, "2021-12-14").await;
        let (first, last) = (typed.first().unwrap(), typed.last().unwrap());
        let said = async |path: &str| -> Value { county.get(&token, path).await.1["off_plan"].clone() };
        county.raw("update patrol_round set off_plan = null where entry = 'paper' and day = '2021-12-14'").await;
        assert_eq!(said(last).await, Value::Null, "{backend}");
        let flags = all(&county, &areas::patrols::record::FLAG, Query::new()).await.len();
        areas::patrols::round::round(&county.app, county.app.clock.now()).await.unwrap();
        assert_eq!((said(first).await, said(last).await), (json!(false), json!(true)), "{backend}");
        assert_eq!(all(&county, &areas::patrols::record::FLAG, Query::new()).await.len(), flags, "nobody is asked");

        let (_, known) = county.get(&token, first).await;
        let fewer = json!({ "version": known["version"], "visited": 1 });
        let (status, answer) = county.ask(&token, Method::PATCH, first, Some(fewer)).await;
        assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("cut_short")), "{backend} {answer}");
        assert_eq!(said(last).await, json!(false), "it answers now: {backend}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{backend}");
    }
}

/// A telephone without a network brings a round when paper has answered for it: what was walked comes first, and one sheet more is beside the plan.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_arrives_after_paper_answers_before_it() {
    for county in county::both().await {
        let county = county.at_minute(14 * 60 + 5).await;
        let (backend, token) = (county.backend(), county.token("school").await);
        let typed = noon_on_paper(&county, &token, "2021-12-20").await;
        let off_plan = async || -> Vec<Value> {
            let mut said = Vec::new();
            for path in &typed {
                said.push(county.get(&token, path).await.1["off_plan"].clone());
            }
            said
        };
        let beside = typed.len() - 1;
        assert!(beside > 0, "{backend} {typed:?}");
        let expected = |answering: usize| (0..=beside).map(|at| json!(at >= answering)).collect::<Vec<_>>();
        assert_eq!(off_plan().await, expected(beside), "{backend}");
        let teacher = Visitor::sign_in(&county, "teacher").await;
        for code in path(&county, "noon").await.codes {
            assert_eq!(off_plan().await, expected(beside), "it is not walked yet: {backend}");
            assert_eq!(touch(&county, &teacher, &code, &[("result", "ok")]).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(off_plan().await, expected(beside - 1), "{backend}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{backend}");
    }
}
