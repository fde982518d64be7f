//! What comes in wrong at the school's door, on both databases: a pupil who has just changed classes, and a small child whom somebody asks for.

use areas::attendance::bed::BED;
use areas::attendance::care::CARE;
use areas::attendance::record::MARK;
use areas::organisation::record::{CLASS, GUARDIAN, PUPIL};
use axum::http::{Method, StatusCode};
use kit::query::Query;
use kit::{Author, Cell, Change, Row, Scope, dates};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

async fn call(county: &County, login: &str, class: Uuid, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/rollcall/{class}/arrival"), body).await
}

/// The pupils of a class who have a care flag.
async fn cared(county: &County, class: Uuid) -> Vec<Uuid> {
    let query = Query::new().is("class", Cell::Id(class)).is("until_on", Cell::Null);
    let rows = county.app.store.all(&CARE, &query, &Scope::county()).await.unwrap();
    rows.iter().filter_map(|row| row.get(&CARE, "pupil").id()).collect()
}

/// A pupil's change through the interface, as the school makes it.
async fn edit(county: &County, pupil: Uuid, fields: Value) -> Value {
    let token = county.token("principal").await;
    let path = format!("/api/v1/pupils/{pupil}");
    let (_, row) = county.get(&token, &path).await;
    let mut body = fields;
    body["version"] = row["version"].clone();
    let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// Yesterday's roll still lists him, today's does not; the flag has gone with him, and whoever calls him by an old page is told what to do.
#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_who_moved_yesterday_is_called_in_his_new_class() {
    for county in county::both().await {
        let (mine, home) = (county.cx("teacher").await.scope().classes[0], county.cx("principal").await.scope().home);
        let classes = Query::new().is("school", Cell::Id(home.unwrap())).is("ended_on", Cell::Null);
        let classes = county.app.store.all(&CLASS, &classes, &Scope::county()).await.unwrap();
        let other = classes.iter().find(|row| row.id != mine).unwrap().id;
        let pupil = cared(&county, mine).await[0];
        edit(&county, pupil, json!({ "class": other })).await;
        assert!(!cared(&county, mine).await.contains(&pupil) && cared(&county, other).await.contains(&pupil));
        // The next morning.
        let next = dates::shanghai_start(county.cx("teacher").await.today()) + 32 * 3_600_000;
        let county = county.at(next).await;
        let absent = json!([{ "pupil": pupil, "kind": "absent" }]);
        let (status, answer) = call(&county, "teacher", mine, json!({ "day": "2021-12-21", "missed": absent })).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "mark.not_in_class"), "{answer}");
        let said = answer["error"]["message"].as_str().unwrap();
        assert!(said.contains("2021-12-21") && said.contains("刷新名单"), "{said}");
        let page = Visitor::sign_in(&county, "teacher").await.get(&format!("/rollcall/{mine}/arrival")).await.text();
        assert!(page.contains("ax-roll-tile") && !page.contains(&pupil.to_string()), "{page}");
        // The last day before he moved is his old class's, also when it comes late.
        let (status, answer) = call(&county, "teacher", mine, json!({ "day": "2021-12-20", "missed": absent })).await;
        assert_eq!(
            code(&answer),
            "mark.not_in_class",
            "the day of the move belongs to the new class: {status} {answer}"
        );
        let body = json!({ "day": "2021-12-21", "missed": absent, "substitute": true });
        let (status, answer) = call(&county, "principal", other, body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let marks = Query::new().is("pupil", Cell::Id(pupil)).is("day", Cell::Date("2021-12-21".parse().unwrap()));
        let marks = county.app.store.all(&MARK, &marks, &Scope::county()).await.unwrap();
        assert!(marks.len() == 1 && marks[0].get(&MARK, "class").id() == Some(other), "{marks:?}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Two move at ten into a class that was called at eight without them: the one who is sought is not there, the other was in his old class.
/// A name of the sheet that nobody reads may have been the child who is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_roll_with_a_member_that_nobody_reads_is_not_called() {
    for county in county::both().await {
        let class = county.cx("teacher").await.scope().classes[0];
        let pupil = Uuid::nil();
        for body in [
            json!({ "day": "2021-12-20", "mised": [{ "pupil": pupil, "kind": "absent" }] }),
            json!({ "day": "2021-12-20", "missed": [{ "pupil": pupil, "kind": "absent", "symptoms": "fever" }] }),
        ] {
            let (status, answer) = call(&county, "teacher", class, body).await;
            assert!(status.is_client_error(), "{}: {status} {answer}", county.backend());
        }
        let sheets = county.raw("update sheet set day = day where day = '2021-12-20' and session = 'arrival'").await;
        assert_eq!(sheets, 0, "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_moves_during_the_day_is_not_present_where_nobody_called_him() {
    for county in county::both().await {
        let mine = county.cx("teacher").await.scope().classes[0];
        let home = county.cx("principal").await.scope().home.unwrap();
        let classes = Query::new().is("school", Cell::Id(home)).is("ended_on", Cell::Null);
        let classes = county.app.store.all(&CLASS, &classes, &Scope::county()).await.unwrap();
        let other = classes.iter().find(|row| row.id != mine).unwrap().id;
        let pupils = Query::new().is("class", Cell::Id(mine)).is("left_on", Cell::Null);
        let pupils = county.app.store.all(&PUPIL, &pupils, &Scope::county()).await.unwrap();
        let (sought, there) = (pupils[0].id, pupils[1].id);
        let absent = json!([{ "pupil": sought, "kind": "absent" }]);
        let (status, old) = call(&county, "teacher", mine, json!({ "day": "2021-12-20", "missed": absent })).await;
        assert_eq!(status, StatusCode::CREATED, "{old}");
        let body = json!({ "day": "2021-12-20", "missed": [], "substitute": true });
        let (status, new) = call(&county, "principal", other, body).await;
        assert_eq!(status, StatusCode::CREATED, "{new}");
        let county = county.at_minute(10 * 60).await;
        for pupil in [sought, there] {
            edit(&county, pupil, json!({ "class": other })).await;
        }
        let sheet = |sheet: &Value| format!("/sheets/{}", sheet["id"].as_str().unwrap());
        let principal = Visitor::sign_in(&county, "principal").await;
        let page = principal.get(&format!("/pupils/{there}/presence")).await.text();
        assert!(page.contains(&sheet(&old)) && !page.contains(&sheet(&new)), "{}: {page}", county.backend());
        let page = principal.get(&format!("/pupils/{sought}/presence")).await.text();
        assert!(page.contains("/marks/") && !page.contains("/sheets/"), "{}: {page}", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Whoever leaves takes neither his flag nor his bed into the next year.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_ends_his_flag_and_his_bed() {
    for county in county::both().await {
        let home = county.cx("principal").await.scope().home.unwrap();
        let beds = Query::new().is("school", Cell::Id(home)).is("until_on", Cell::Null);
        let bed = county.app.store.all(&BED, &beds, &Scope::county()).await.unwrap().remove(0);
        let pupil = bed.get(&BED, "pupil").id().unwrap();
        let now = county.app.clock.now();
        let flag = ["school", "class", "pupil"]
            .into_iter()
            .fold(Row::blank(&CARE, county.app.store.new_id(now)), |row, field| {
                row.with(&CARE, field, bed.get(&BED, field).clone())
            })
            .with(&CARE, "from_on", Cell::Date("2021-10-08".parse().unwrap()));
        let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
        let id = flag.id;
        let known = county.app.store.find_by(&CARE, "pupil", &[Cell::Id(pupil)], &Scope::county()).await.unwrap();
        if known.is_empty() {
            county.app.store.commit(author, vec![Change::create(&CARE, "create", flag)]).await.unwrap();
        }
        edit(&county, pupil, json!({ "left_on": "2021-12-17" })).await;
        for (noun, id) in [(&BED, bed.id), (&CARE, known.first().map_or(id, |row| row.id))] {
            let row = county.app.store.find(noun, id, &Scope::county()).await.unwrap().unwrap();
            assert_eq!(row.get(noun, "until_on"), &Cell::Date("2021-12-17".parse().unwrap()), "{}", noun.name);
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The first grade at half past four: the class, a child of it, its guardian, and another child's.
struct Gate {
    class: Uuid,
    child: Uuid,
    own: Uuid,
    stranger: Uuid,
}

impl Gate {
    async fn of(county: &County) -> Self {
        let class = county.cx("teacher").await.scope().classes[0];
        let pupils = Query::new().is("class", Cell::Id(class)).is("left_on", Cell::Null);
        let pupils = county.app.store.all(&PUPIL, &pupils, &Scope::county()).await.unwrap();
        let guardian = async |pupil: Uuid| {
            let of = [Cell::Id(pupil)];
            county.app.store.find_by(&GUARDIAN, "pupil", &of, &Scope::county()).await.unwrap().remove(0).id
        };
        let (own, stranger) = (guardian(pupils[0].id).await, guardian(pupils[1].id).await);
        Self { class, child: pupils[0].id, own, stranger }
    }

    async fn written(&self, county: &County) -> i64 {
        let query = Query::new().is("class", Cell::Id(self.class));
        county.app.store.count(&areas::attendance::handover::HANDOVER, &query, &Scope::county()).await.unwrap()
    }
}

/// 教育部令第23号 art. 31: the first grade is handed to a registered guardian of the child, the bus, the walking group or the dormitory.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_child_is_never_handed_to_a_stranger() {
    for county in county::both().await {
        let county = county.at_minute(16 * 60 + 30).await;
        let gate = Gate::of(&county).await;
        let Gate { class, child, own, stranger } = gate;
        let token = county.token("teacher").await;
        for (fields, expected, field) in [
            (json!({ "taken_by": "alone" }), "handover.not_alone", "taken_by"),
            (json!({ "taken_by": "alone", "pupil": child }), "handover.not_alone", "taken_by"),
            (json!({ "taken_by": "guardian", "pupil": child }), "handover.which_guardian", "guardian"),
            (json!({ "taken_by": "guardian", "pupil": child, "guardian": stranger }), "handover.not_his", "guardian"),
            (json!({ "taken_by": "guardian", "guardian": own }), "handover.not_registered", "guardian"),
            (json!({ "taken_by": "bus", "pupil": child, "guardian": own }), "handover.not_registered", "guardian"),
            (json!({ "taken_by": "aunt", "pupil": child }), "value.choice", "taken_by"),
            (json!({ "taken_by": "guardian", "pupil": child, "guardian": Uuid::nil() }), "value.unknown", "guardian"),
        ] {
            let mut body = fields;
            body["class"] = json!(class);
            let (status, answer) = county.post(&token, "/api/v1/handovers", body.clone()).await;
            assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, expected), "{body}: {answer}");
            assert!(answer["error"].to_string().contains(field), "{field}: {answer}");
        }
        assert_eq!(gate.written(&county).await, 0);
    }
}

/// In the form the sentence stands at its field, what was chosen stays, and nothing is written.
#[tokio::test(flavor = "multi_thread")]
async fn the_form_says_why_a_child_is_not_handed_over() {
    for county in county::both().await {
        let county = county.at_minute(16 * 60 + 30).await;
        let gate = Gate::of(&county).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let request = county.app.store.new_id(county.app.clock.now()).to_string();
        let [class, child] = [gate.class, gate.child].map(|id| id.to_string());
        let send = async |guardian: Uuid| {
            let guardian = guardian.to_string();
            let fields = [
                ("request_id", request.as_str()),
                ("class", &class),
                ("pupil", &child),
                ("taken_by", "guardian"),
                ("guardian", &guardian),
            ];
            teacher.post("/handovers", &fields).await
        };
        let refused = send(gate.stranger).await;
        let page = refused.text();
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.contains("登记的监护人，请选这名学生的监护人") && page.contains(&child), "{page}");
        assert_eq!(gate.written(&county).await, 0);
        let done = send(gate.own).await;
        assert!(done.status.is_redirection(), "{}", done.text());
        assert_eq!(gate.written(&county).await, 1);
    }
}

/// A bus arrives: two at the gate touch one child each on the same sheet, in the same moment. Nobody is told that somebody was faster.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_marks_another_child_of_the_same_sheet_in_the_same_moment_is_heard() {
    for county in county::both().await {
        let name = county.backend();
        let mine = county.cx("teacher").await.scope().classes[0];
        let (teacher, principal) = (county.token("teacher").await, county.token("principal").await);
        let path = format!("/api/v1/rollcall/{mine}/arrival");
        let (_, roll) = county.get(&teacher, &path).await;
        let absent = |at: usize| json!({ "pupil": roll["roll"][at]["id"], "kind": "absent" });
        let missed: Vec<Value> = (0..6).map(absent).collect();
        let (status, sheet) = county.post(&teacher, &path, json!({ "day": "2021-12-20", "missed": missed })).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        let id: Uuid = sheet["id"].as_str().unwrap().parse().unwrap();
        let marks = county.app.store.find_by(&MARK, "sheet", &[Cell::Id(id)], &Scope::county()).await.unwrap();
        let paths: Vec<_> = marks.iter().map(|mark| format!("/api/v1/marks/{}/arrived", mark.id)).collect();
        let touch = |(at, path): (usize, &String)| {
            let token = if at % 2 == 0 { &teacher } else { &principal };
            let (county, path) = (&county, path.clone());
            async move { county.post(token, &path, json!({})).await }
        };
        for (status, answer) in futures_util::future::join_all(paths.iter().enumerate().map(touch)).await {
            assert_eq!(status, StatusCode::OK, "{name} {answer}");
        }
        let (_, sheet) = county.get(&teacher, &format!("/api/v1/sheets/{id}")).await;
        assert_eq!([&sheet["absent"], &sheet["late"]], [&json!(0), &json!(6)], "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
