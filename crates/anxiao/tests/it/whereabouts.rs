//! Where a child was and who had it last, on both databases: of whoever moves, sleeps elsewhere, or goes home before the others do.

use areas::organisation::record::{CLASS, GUARDIAN, PUPIL};
use axum::http::StatusCode;
use kit::{Cell, Query, Row, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::missing_child::{absent, check};
use crate::visitor::Visitor;

const DAY: &str = "2021-12-20";
const MINUTE: i64 = 60_000;

async fn made(county: &County, login: &str, path: &str, body: Value) -> Value {
    let (status, answer) = county.post(&county.token(login).await, path, body).await;
    assert!(status.is_success(), "{} {path} {answer}", county.backend());
    answer
}

async fn call(county: &County, class: Uuid, session: &str) {
    let substitute = !county.cx("teacher").await.scope().classes.contains(&class);
    let body = json!({ "day": DAY, "substitute": substitute });
    made(county, "teacher", &format!("/api/v1/rollcall/{class}/{session}"), body).await;
}

async fn pupils(county: &County, class: Uuid) -> Vec<Row> {
    let of = Query::new().is("class", Cell::Id(class)).is("left_on", Cell::Null);
    county.app.store.all(&PUPIL, &of, &Scope::county()).await.unwrap()
}

/// Another class of the sample teacher's school that goes on.
async fn other_class(county: &County, not: &[Uuid]) -> Uuid {
    let school = county.cx("teacher").await.scope().home.unwrap();
    let of = Query::new().is("school", Cell::Id(school)).is("ended_on", Cell::Null);
    let all = county.app.store.all(&CLASS, &of, &Scope::county()).await.unwrap();
    all.iter().map(|row| row.id).find(|id| !not.contains(id)).unwrap()
}

async fn page(county: &County, pupil: Uuid) -> String {
    Visitor::sign_in(county, "school").await.get(&format!("/pupils/{pupil}/presence")).await.text()
}

async fn edit(county: &County, pupil: Uuid, fields: Value) -> (StatusCode, Value) {
    let (path, token) = (format!("/api/v1/pupils/{pupil}"), county.token("school").await);
    let mut fields = fields;
    fields["version"] = county.get(&token, &path).await.1["version"].clone();
    county.ask(&token, axum::http::Method::PATCH, &path, Some(fields)).await
}

/// Who slept at home was not with whoever called the boarders; and whoever boards from tomorrow was not there last night.
#[tokio::test(flavor = "multi_thread")]
async fn the_boarders_roll_says_nothing_of_a_day_pupil() {
    for county in county::both().await {
        let class = county.cx("teacher").await.scope().classes[0];
        let own = pupils(&county, class).await;
        for pupil in &own[..2] {
            edit(&county, pupil.id, json!({ "boarder": pupil.id == own[1].id })).await;
        }
        let county = county.at_minute(17 * 60 + 30).await;
        made(&county, "teacher", "/api/v1/handovers", json!({ "class": class, "taken_by": "bus" })).await;
        let walked = json!({ "class": class, "taken_by": "walking_group", "pupil": own[0].id });
        made(&county, "teacher", "/api/v1/handovers", walked).await;
        let county = county.at_minute(21 * 60 + 50).await;
        call(&county, class, "dormitory").await;
        let (day, boards) = (page(&county, own[0].id).await, page(&county, own[1].id).await);
        assert!(day.contains("放学交接：路队") && !day.contains("点名时在班"), "{} {day}", county.backend());
        assert!(boards.contains("21:50") && boards.contains("点名时在班"), "{} {boards}", county.backend());
        // The next day the one moves in and the other moves out; the night was what it was.
        let county = county.at_minute(34 * 60).await;
        edit(&county, own[0].id, json!({ "boarder": true })).await;
        edit(&county, own[1].id, json!({ "boarder": false })).await;
        let night = async |pupil: Uuid| {
            let visitor = Visitor::sign_in(&county, "school").await;
            visitor.get(&format!("/pupils/{pupil}/presence?day={DAY}")).await.text()
        };
        let (day, boards) = (night(own[0].id).await, night(own[1].id).await);
        assert!(!day.contains("就寝") && boards.contains("就寝"), "{} {day} {boards}", county.backend());
    }
}

/// What was written of a child itself stays when it is in another class afterwards, and what was written of that class before it came is not about it.
#[tokio::test(flavor = "multi_thread")]
async fn a_move_takes_nobody_elses_handover_along() {
    for county in county::both().await {
        let first = county.cx("teacher").await.scope().classes[0];
        let second = other_class(&county, &[first]).await;
        let own = pupils(&county, first).await;
        let county = county.at_minute(17 * 60 + 12).await;
        made(&county, "school", "/api/v1/handovers", json!({ "class": second, "taken_by": "walking_group" })).await;
        made(&county, "teacher", "/api/v1/handovers", json!({ "class": first, "taken_by": "bus" })).await;
        let fetched = json!({ "class": first, "taken_by": "dormitory", "pupil": own[0].id });
        edit(&county, own[0].id, json!({ "boarder": true })).await;
        made(&county, "teacher", "/api/v1/handovers", fetched).await;
        let county = county.at_minute(17 * 60 + 40).await;
        for pupil in &own[..2] {
            let (status, answer) = edit(&county, pupil.id, json!({ "class": second })).await;
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        let (of_its_own, with_its_class) = (page(&county, own[0].id).await, page(&county, own[1].id).await);
        assert!(of_its_own.contains("放学交接：宿舍"), "{} {of_its_own}", county.backend());
        assert!(with_its_class.contains("放学交接：校车"), "{} {with_its_class}", county.backend());
    }
}

/// Two moves in one morning: the roll of the class that he left before he came says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_twice_is_where_nobody_has_called_him() {
    for county in county::both().await {
        let first = county.cx("teacher").await.scope().classes[0];
        let second = other_class(&county, &[first]).await;
        let third = other_class(&county, &[first, second]).await;
        let pupil = pupils(&county, first).await.remove(0).id;
        assert_eq!(edit(&county, pupil, json!({ "class": second })).await.0, StatusCode::OK);
        let county = county.at_minute(8 * 60 + 5).await;
        call(&county, first, "arrival").await;
        let county = county.at_minute(8 * 60 + 10).await;
        assert_eq!(edit(&county, pupil, json!({ "class": third })).await.0, StatusCode::OK);
        let page = page(&county, pupil).await;
        assert!(!page.contains("点名时在班"), "{} {page}", county.backend());
        // Into a class that is over, and into one of another year, nobody is put at all.
        for (field, value, code) in
            [("entry_year", json!(2022), "pupil.class_to_come"), ("ended_on", json!("2021-12-19"), "pupil.class_ended")]
        {
            let mut class = json!({ "stage": "primary", "entry_year": 2021, "number": 58, "name": "五十八班" });
            class["school"] = json!(county.cx("teacher").await.scope().home);
            class[field] = value;
            let class = made(&county, "school", "/api/v1/classes", class).await;
            let (status, answer) = edit(&county, pupil, json!({ "class": class["id"] })).await;
            let found = (status, answer["error"]["code"].as_str());
            assert_eq!(found, (StatusCode::UNPROCESSABLE_ENTITY, Some(code)), "{answer}");
        }
    }
}

/// A school with pupils is not closed: the day may be to come, and has come only when they have gone.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_stays_behind_in_a_school_that_is_closed() {
    for county in county::both().await {
        let token = county.token("bureau").await;
        let path = format!("/api/v1/schools/{}", county.cx("teacher").await.scope().home.unwrap());
        for (day, expected) in [
            ("2021-12-20", (StatusCode::UNPROCESSABLE_ENTITY, Some("school.has_pupils"))),
            ("2022-07-31", (StatusCode::OK, None)),
        ] {
            let version = county.get(&token, &path).await.1["version"].clone();
            let body = json!({ "version": version, "closed_on": day });
            let (status, answer) = county.ask(&token, axum::http::Method::PATCH, &path, Some(body)).await;
            assert_eq!((status, answer["error"]["code"].as_str()), expected, "{} {answer}", county.backend());
        }
    }
}

/// Families that are told later than at the beginning: of a guardian who was registered since, and of one who had heard that it was over.
#[tokio::test(flavor = "multi_thread")]
async fn a_family_hears_what_it_could_not_hear_at_the_beginning() {
    for county in county::both().await {
        let name = county.backend();
        let row = check(&county, absent(&county).await).await;
        let pupil = row.get(&areas::attendance::record::MISSING, "pupil").id().unwrap();
        let queued = async |code: &str| {
            county.raw(&format!("update message set code = code where code = '{code}' and state = 'queued'")).await
        };
        let before = queued("missing.guardian").await;
        let aunt = json!({ "pupil": pupil, "name": "张姑姑", "relation": "99", "phone": "13800138000" });
        made(&county, "school", "/api/v1/guardians", aunt).await;
        let now = county.app.clock.now();
        for minute in [0, 1] {
            areas::attendance::round::round(&county.app, now + minute * MINUTE).await.unwrap();
            assert_eq!(queued("missing.guardian").await, before + 1, "{name}: she, once");
        }
        let guardians = Query::new().is("pupil", Cell::Id(pupil));
        let family = county.app.store.all(&GUARDIAN, &guardians, &Scope::county()).await.unwrap().len() as u64;
        made(&county, "teacher", &format!("/api/v1/missing/{}/here", row.id), json!({})).await;
        assert_eq!((queued("missing.guardian").await, queued("missing.resumed").await), (0, 0), "{name}");
        made(&county, "teacher", &format!("/api/v1/missing/{}/again", row.id), json!({})).await;
        assert_eq!(queued("missing.resumed").await, family, "{name}: each of them, with a link");
        made(&county, "teacher", &format!("/api/v1/missing/{}/here", row.id), json!({})).await;
        assert_eq!(queued("missing.resumed").await, 0, "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
