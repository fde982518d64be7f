//! A roll in the history, on both databases: a sheet and its marks are one event, and every page tells of a mark what it told before.

use areas::attendance::record::{MARK, SHEET};
use areas::house;
use areas::organisation::record::ENROLMENT;
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Policy, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::devices::{FORM, Form, Phone};
use crate::visitor::Visitor;

/// The sample teacher's class, and who is on its roll.
async fn class(county: &County) -> (Uuid, Vec<Uuid>) {
    let class = county.cx("teacher").await.scope().classes[0];
    let query = Query::new().is("class", Cell::Id(class)).is("until_on", Cell::Null);
    let rows = county.app.store.all(&ENROLMENT, &query, &Scope::county()).await.unwrap();
    (class, rows.iter().map(|row| row.get(&ENROLMENT, "pupil").id().unwrap()).collect())
}

/// The ids of a sheet's marks, the kinds in their order.
async fn marks(county: &County, sheet: Uuid) -> Vec<Uuid> {
    let mut rows = county.app.store.find_by(&MARK, "sheet", &[Cell::Id(sheet)], &Scope::county()).await.unwrap();
    rows.sort_by_key(|row| row.get(&MARK, "kind").text().map(str::to_owned));
    rows.iter().map(|row| row.id).collect()
}

async fn told(county: &County, token: &str, plural: &str, id: Uuid) -> Vec<Value> {
    let (status, told) = county.get(token, &format!("/api/v1/{plural}/{id}/timeline")).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    told["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_and_its_marks_are_one_event() {
    for county in county::both().await {
        let (class, pupils) = class(&county).await;
        let token = county.token("teacher").await;
        let head = county.app.store.head().await.unwrap();
        let missed = [
            json!({ "pupil": pupils[0], "kind": "late" }),
            json!({ "pupil": pupils[1], "kind": "sick", "symptom": "fever" }),
        ];
        let body = json!({ "day": "2021-12-20", "missed": missed });
        let (status, sheet) = county.post(&token, &format!("/api/v1/rollcall/{class}/arrival"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{sheet}");
        assert_eq!(county.app.store.head().await.unwrap(), head + 1, "{}", county.backend());
        let sheet: Uuid = sheet["id"].as_str().unwrap().parse().unwrap();
        let payload =
            county::texts(&county.target, &format!("select payload from event where seq = {}", head + 1)).await;
        assert!(!payload[0].contains("fever"), "what a child has is sealed under the child's key: {}", payload[0]);
        let told_payload: Value = serde_json::from_str(&payload[0]).unwrap();
        assert_eq!(told_payload["parts"][0]["as"], json!(["school", "class", "day", "session"]));

        let own = told(&county, &token, "sheets", sheet).await;
        let ids = marks(&county, sheet).await;
        let [late, sick] = ids[..] else { panic!("{ids:?}") };
        for (mark, kind, pupil) in [(late, "late", pupils[0]), (sick, "sick", pupils[1])] {
            let events = told(&county, &token, "marks", mark).await;
            let [event] = events.as_slice() else { panic!("{events:?}") };
            for of in ["seq", "at", "actor", "verb"] {
                assert_eq!(event[of], own[0][of], "{of}");
            }
            let changes = event["changes"].as_array().unwrap();
            let after = |field: &str| {
                changes.iter().find(|one| one["field"] == field).map_or(&Value::Null, |one| &one["after"])
            };
            assert_eq!((event["version"].as_i64(), after("kind")), (Some(1), &json!(kind)));
            assert_eq!(
                (after("sheet"), after("class"), after("day")),
                (&json!(sheet), &json!(class), &json!("2021-12-20"))
            );
            assert_eq!(after("pupil"), &json!(pupil));
            assert_eq!(after("symptom"), &if kind == "sick" { json!("fever") } else { Value::Null });
        }

        // What happens to a mark alone is its own event, and stands behind the first.
        let (status, answer) =
            county.post(&token, &format!("/api/v1/marks/{late}/mistaken"), json!({ "reason": "点错了" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let verbs: Vec<_> =
            told(&county, &token, "marks", late).await.iter().map(|event| event["verb"].clone()).collect();
        assert_eq!(verbs, ["create", "mistaken"]);
        let page = Visitor::sign_in(&county, "teacher").await.get(&format!("/marks/{late}/versions?from=1&to=2")).await;
        assert!(page.status.is_success() && page.text().contains("点错了"), "{}", page.text());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);

        // A child whose record is erased is erased here too.
        county.raw("delete from person_key").await;
        let events = told(&county, &token, "marks", sick).await;
        let symptom = events[0]["changes"].as_array().unwrap().iter().find(|one| one["field"] == "symptom").unwrap();
        assert_eq!(symptom["after"], Value::Null);
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_was_made_without_a_network_says_so() {
    for county in county::both().await {
        let (class, pupils) = class(&county).await;
        let phone = Phone::enrol(&county, "teacher").await;
        let request = county.app.store.new_id(county.app.clock.now());
        let body = format!("csrf=old&request_id={request}&day=2021-12-20&missed={0}&kind.{0}=late", pupils[0]);
        let path = format!("/rollcall/{class}/arrival");
        let form = Form { path, media: FORM.into(), request, body: body.into_bytes(), done: phone.now() - 60_000 };
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        let marks = marks(&county, request).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        for page in [format!("/sheets/{request}"), format!("/marks/{}", marks[0])] {
            let page = teacher.get(&page).await.text();
            assert!(page.contains("断网时填写：手机时间 2021-12-20"), "{page}");
        }
    }
}

/// A part that could be moved to another whole would lose its beginning; a whole that was a part itself would have none to tell of it.
#[test]
fn a_part_stays_with_its_whole() {
    let kinds: Vec<_> = areas::all().into_iter().flat_map(|area| area.kinds).collect();
    let parts: Vec<_> = kinds.iter().filter_map(|kind| Some((kind, kind.noun.whole()?))).collect();
    assert_eq!(
        parts.iter().map(|(kind, whole)| (kind.noun.name, *whole)).collect::<Vec<_>>(),
        [("mark", ("sheet", SHEET.name))]
    );
    for (kind, (name, whole)) in parts {
        let field = kind.noun.field(name).unwrap();
        let moves = kind.life.map_or(&[][..], |life| life.moves());
        assert!(field.required && kind.noun.fields.iter().filter(|field| field.whole).count() == 1);
        assert!(moves.iter().all(|spec| spec.fields.iter().all(|asked| asked.name != name)), "{name}");
        assert!(kinds.iter().any(|other| other.noun.name == whole && other.noun.whole().is_none()), "{whole}");
        let policy = Policy::parse(house::PERMISSIONS).unwrap();
        let edited = policy.lines().any(|(noun, verb, _)| noun == kind.noun.name && ["edit", "import"].contains(&verb));
        assert!(field.fixed || !edited, "{} may be edited", kind.noun.name);
    }
}
