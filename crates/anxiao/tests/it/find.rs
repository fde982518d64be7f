//! A record is found by the whole of a sealed value, by whoever may open it and within his scope; each search and each export is noted.

use areas::organisation::record::{GUARDIAN, PUPIL};
use axum::http::StatusCode;
use kit::query::{Query, Test};
use kit::{Cell, Noun, Row, Scope};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::{Answer, Visitor};

const WHY: &str = "家长来校核对身份";

/// A record that has a sealed value, with the value.
async fn some(county: &County, noun: &'static Noun, field: &'static str, query: Query) -> (Row, String) {
    let query = query.filter(field, Test::Present).limit(1);
    let row = county.app.store.list(noun, &query, &Scope::county()).await.unwrap().rows.remove(0);
    let clear = county.app.store.reveal(noun, field, std::slice::from_ref(&row)).await.unwrap().remove(0).unwrap();
    (row, clear)
}

async fn seek(visitor: &Visitor<'_>, plural: &str, field: &str, value: &str) -> Answer {
    visitor.post(&format!("/{plural}/find"), &[("field", field), ("value", value), ("reason", WHY)]).await
}

/// What was noted, newest first: the account, the noun, the record, the field, the reason.
async fn noted(county: &County) -> Vec<(Uuid, String, Uuid, String, String)> {
    let readings = county.app.store.readings(10_000).await.unwrap();
    readings.into_iter().map(|(_, who, noun, record, field, reason)| (who, noun, record, field, reason)).collect()
}

fn leads(page: &str, plural: &str, id: Uuid) -> bool {
    page.contains(&format!("href=\"/{plural}/{id}\""))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_is_found_by_his_whole_id_number_and_it_is_noted_without_the_number() {
    for county in county::both().await {
        let home = county.cx("school").await.scope().home.unwrap();
        let own = Query::new().is("school", Cell::Id(home));
        let (pupil, number) = some(&county, &PUPIL, "id_number", own).await;
        let school = Visitor::sign_in(&county, "school").await;
        assert!(school.get("/pupils").await.text().contains("href=\"/pupils/find\""), "the list leads there");
        let form = school.get("/pupils/find").await;
        assert_eq!((form.status, form.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
        assert!(form.text().contains("value=\"id_number\"") && form.text().contains("method=\"post\""));

        let before = noted(&county).await.len();
        // As it is copied from a form: with spaces around it.
        let (value, reason) = (format!(" {number} "), format!("{WHY} {number}"));
        let fields = [("field", "id_number"), ("value", value.as_str()), ("reason", reason.as_str())];
        let answer = school.post("/pupils/find", &fields).await;
        assert_eq!((answer.status, answer.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
        let page = answer.text();
        assert!(leads(&page, "pupils", pupil.id) && !page.contains(&number), "{} {page}", county.backend());
        let log = noted(&county).await;
        let account = county.app.account_id("school").await.unwrap().unwrap();
        assert_eq!(log.len(), before + 1);
        let (who, noun, record, field, reason) = &log[0];
        assert_eq!((*who, noun.as_str(), *record, field.as_str()), (account, "pupil", pupil.id, "id_number"));
        assert!(reason.contains(WHY) && !reason.contains(&number), "{reason}");
        let audit = Visitor::sign_in(&county, "auditor").await.get("/audit").await.text();
        assert!(audit.contains(WHY) && audit.contains("精确查找"), "{audit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_digit_off_and_out_of_scope_nothing_is_found_and_that_is_noted_too() {
    for county in county::both().await {
        let store = &county.app.store;
        let home = county.cx("school").await.scope().home.unwrap();
        let school = Visitor::sign_in(&county, "school").await;
        let (guardian, phone) = some(&county, &GUARDIAN, "phone", Query::new().is("school", Cell::Id(home))).await;
        assert!(leads(&seek(&school, "guardians", "phone", &phone).await.text(), "guardians", guardian.id));
        let mut off = None;
        for digit in 0..10 {
            let other = format!("{}{digit}", &phone[..phone.len() - 1]);
            let hash = Cell::Text(store.blind("phone", &other).unwrap());
            if store.find_by(&GUARDIAN, "phone_index", &[hash], &Scope::county()).await.unwrap().is_empty() {
                off = Some(other);
            }
        }
        let elsewhere = Query::new().filter("school", Test::NoneOf(vec![Cell::Id(home)]));
        let (foreign, number) = some(&county, &PUPIL, "id_number", elsewhere).await;
        for (plural, field, value) in [("guardians", "phone", off.unwrap()), ("pupils", "id_number", number.clone())] {
            let before = noted(&county).await.len();
            let page = seek(&school, plural, field, &value).await;
            assert_eq!(page.status, StatusCode::OK);
            assert!(page.text().contains("没有这个号码") && !page.text().contains("ax-row-link"), "{}", page.text());
            let log = noted(&county).await;
            assert_eq!((log.len(), log[0].2, log[0].3.as_str()), (before + 1, Uuid::nil(), field));
        }
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let page = seek(&bureau, "pupils", "id_number", &number).await.text();
        assert!(leads(&page, "pupils", foreign.id), "{}: the bureau's scope holds it", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_open_a_value_does_not_find_by_it_and_without_a_reason_nobody_does() {
    for county in county::both().await {
        let (_, number) = some(&county, &PUPIL, "id_number", Query::new()).await;
        let before = noted(&county).await.len();
        for (login, plural, status) in [
            ("teacher", "pupils", StatusCode::FORBIDDEN),
            ("director", "pupils", StatusCode::FORBIDDEN),
            ("guard", "pupils", StatusCode::NOT_FOUND),
            ("bureau", "guardians", StatusCode::FORBIDDEN),
            // Nothing of a hazard is sealed.
            ("bureau", "hazards", StatusCode::NOT_FOUND),
        ] {
            let visitor = Visitor::sign_in(&county, login).await;
            let path = format!("/{plural}/find");
            assert_eq!(visitor.get(&path).await.status, status, "{login} {path}");
            assert_eq!(seek(&visitor, plural, "id_number", &number).await.status, status, "{login} {path}");
            assert!(!visitor.get(&format!("/{plural}")).await.text().contains(&path), "{login} {path}");
        }
        let bureau = Visitor::sign_in(&county, "bureau").await;
        for (field, value, reason) in [
            ("id_number", number.as_str(), "看"),
            ("id_number", "", WHY),
            // No ID number ends so.
            ("id_number", "43112420101201123Y", WHY),
            ("name", number.as_str(), WHY),
            ("id_number_index", number.as_str(), WHY),
        ] {
            let fields = [("field", field), ("value", value), ("reason", reason)];
            let answer = bureau.post("/pupils/find", &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value} {reason}");
            assert!(answer.text().contains("ax-error") && !answer.text().contains("ax-row-link"));
        }
        assert_eq!(noted(&county).await.len(), before, "{}: who was refused has read nothing", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_persons_is_noted_once_and_one_of_places_is_not() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let account = county.app.account_id("bureau").await.unwrap().unwrap();
        for (path, noun) in [
            ("/pupils/export.csv", Some("pupil")),
            ("/staff/export.xlsx", Some("staff")),
            ("/schools/export.csv", None),
            ("/hazards/export.xlsx", None),
        ] {
            let before = noted(&county).await.len();
            assert_eq!(bureau.get(path).await.status, StatusCode::OK, "{path}");
            let log = noted(&county).await;
            let new = &log[..log.len() - before];
            let said: Vec<_> = new.iter().map(|(who, noun, record, ..)| (*who, noun.as_str(), *record)).collect();
            let expected: Vec<_> = noun.iter().map(|noun| (account, *noun, Uuid::nil())).collect();
            assert_eq!(said, expected, "{} {path}", county.backend());
            assert!(new.iter().all(|(.., reason)| reason.starts_with("导出")), "{new:?}");
        }
        let refused = Visitor::sign_in(&county, "teacher").await;
        let before = noted(&county).await.len();
        assert_eq!(refused.get("/pupils/export.csv").await.status, StatusCode::FORBIDDEN);
        assert_eq!(noted(&county).await.len(), before);
        let audit = Visitor::sign_in(&county, "auditor").await.get("/audit").await.text();
        assert!(audit.contains("导出") && !audit.contains("pupil."), "{audit}");
    }
}

/// However much is read afterwards, what was read before can be seen.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_another_reading_out_of_the_auditors_sight() {
    for county in county::both().await {
        let (store, now) = (&county.app.store, county.app.clock.now());
        let account = county.app.account_id("school").await.unwrap().unwrap();
        let note = async |at: i64, reason: &str| {
            store.note_reading(at, account, &PUPIL, Uuid::nil(), "id_number", reason).await.unwrap();
        };
        note(now + 1_000, "不该看的").await;
        for _ in 0..100 {
            note(now + 2_000, "看了又看").await;
        }
        let auditor = Visitor::sign_in(&county, "auditor").await;
        let first = auditor.get("/audit").await.text();
        assert!(!first.contains("不该看的") && first.contains("href=\"/audit?page=2\""), "{}", county.backend());
        assert!(auditor.get("/audit?page=2").await.text().contains("不该看的"), "{}", county.backend());
        assert!(auditor.get("/audit?page=none").await.text().contains("看了又看"), "{}", county.backend());
        assert_eq!(
            Visitor::sign_in(&county, "sysadmin").await.get("/audit?page=2").await.status,
            StatusCode::NOT_FOUND
        );
    }
}
