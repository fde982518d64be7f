//! What the product costs those who feed it: computed from use, by role, never by person.

use areas::hazards::record::HAZARD;
use areas::organisation::record::STAFF;
use axum::http::StatusCode;
use kit::{Author, Cell, Change, Noun, Query, Row, Scope};
use uuid::Uuid;

use crate::county;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_form_counts_once_from_when_it_was_shown_and_few_people_are_not_shown() {
    for county in county::both().await {
        let cx = county.cx("guard").await;
        let guard = Visitor::sign_in(&county, "guard").await;
        // Shown forty seconds ago.
        let request = county.app.store.new_id(cx.now - 40_000).to_string();
        let fields = [
            ("request_id", request.as_str()),
            ("place_kind", "school"),
            ("place", "食堂后门"),
            ("description", "门锁坏了"),
            ("category", "building"),
            ("source", "self_check"),
            ("found_on", "2021-12-20"),
        ];
        let answer = guard.post("/hazards", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        guard.post("/hazards", &fields).await;
        let entered = county.app.store.entered(cx.now - 1000, i64::MAX).await.unwrap();
        let mine: Vec<_> = entered.iter().filter(|entry| entry.request == request.parse::<Uuid>().unwrap()).collect();
        assert_eq!(mine.len(), 1, "one form, however often it was sent and whatever it entailed");
        assert_eq!((mine[0].noun.as_str(), mine[0].verb.as_str()), ("hazard", "create"));

        let page = Visitor::sign_in(&county, "bureau").await.get("/burden").await.text();
        assert!(page.contains("不足5人，不显示") && page.contains("以此为准"), "{page}");
        // One guard's form is too few to be told of, and so are its fields.
        let fields = page.rsplit_once("同一件事问了两处").and_then(|(before, _)| before.rsplit_once("问得最多的栏目"));
        assert!(fields.is_none_or(|(_, fields)| !fields.contains("隐患部位")), "{page}");
        let name = county.cx("guard").await.actor.name;
        assert!(!page.contains(&name), "no person is named");
        for other in ["teacher", "school", "guard"] {
            let page = Visitor::sign_in(&county, other).await.get("/burden").await;
            assert_eq!(page.status, StatusCode::NOT_FOUND, "{other}");
        }
    }
}

/// What many send at once is written together, record type by record type: each still sent one form.
#[tokio::test(flavor = "multi_thread")]
async fn forms_that_are_written_together_count_once_each() {
    for county in county::both().await {
        let (store, cx) = (&county.app.store, county.cx("bureau").await);
        let some = Query::new().limit(12);
        let hazards = store.list(&HAZARD, &some, &Scope::county()).await.unwrap().rows;
        let staff = store.list(&STAFF, &some, &Scope::county()).await.unwrap().rows;
        let from = store.entered(0, i64::MAX).await.unwrap().len();
        let changed = |noun: &'static Noun, row: &Row, field| {
            Change::update(noun, "edit", row.clone(), row.clone().with(noun, field, Cell::Text("改".into())))
        };
        let jobs = hazards.iter().zip(&staff).map(|(hazard, person)| {
            let author = Author { actor: Some(cx.actor.account), at: cx.now, request: store.new_id(cx.now) };
            store.commit(author, vec![changed(&HAZARD, hazard, "remark"), changed(&STAFF, person, "name")])
        });
        for receipt in futures_util::future::join_all(jobs).await {
            assert_eq!(receipt.unwrap().changed, 2);
        }
        let entered = store.entered(0, i64::MAX).await.unwrap();
        assert_eq!(entered.len() - from, hazards.len(), "{}", county.backend());
        assert_eq!(entered[from..].iter().filter(|entry| entry.verb == "edit").count(), 12);
    }
}
