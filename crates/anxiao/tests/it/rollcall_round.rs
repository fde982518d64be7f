//! What nobody has to remember, on both databases: who is reminded of a class that was not called, a child that was marked later, and the incident
//! at the end of a chain.

use areas::attendance::incident::INCIDENT;
use areas::attendance::missing;
use areas::attendance::record::{MARK, MISSING, SHEET};
use areas::attendance::remind::REMINDER;
use areas::attendance::round::round;
use areas::organisation::record::{CLASS, PUPIL};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Noun, Row, Scope, dates};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

const DAY: &str = "2021-12-20";
const MINUTE: i64 = 60_000;

async fn rows(county: &County, noun: &'static Noun, query: Query) -> Vec<Row> {
    county.app.store.all(noun, &query, &Scope::county()).await.unwrap()
}

async fn queued(county: &County, code: &str) -> u64 {
    county.raw(&format!("update message set code = code where code = '{code}' and state = 'queued'")).await
}

async fn look(county: &County, now: i64) -> usize {
    round(&county.app, now).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_not_called_is_reminded_once_and_calling_withdraws_it() {
    for county in county::both().await {
        // Before the first session is due nobody is.
        let night = county.app.clock.now() - 4 * 60 * MINUTE;
        assert_eq!((look(&county, night).await, queued(&county, "rollcall.remind").await), (0, 0));
        let county = county.at_minute(8 * 60 + 26).await;
        let principal = county.cx("principal").await;
        let (home, now) = (principal.scope().home.unwrap(), principal.now);
        assert!(look(&county, now).await > 0, "{}", county.backend());
        let told = queued(&county, "rollcall.remind").await;
        assert_eq!((look(&county, now).await, queued(&county, "rollcall.remind").await), (0, told), "once");
        let mine = rows(&county, &REMINDER, Query::new().is("school", Cell::Id(home))).await;
        let reminder = mine.iter().find(|row| !row.get(&REMINDER, "teacher").is_null()).expect("a class of the school");
        let class = reminder.get(&REMINDER, "class").id().unwrap();
        let session = reminder.get(&REMINDER, "session").text().unwrap();
        let board = Visitor::sign_in(&county, "principal").await;
        let page = board.get(&format!("/rollcall/board?session={session}")).await.text();
        assert!(page.contains("08:26 已提醒"), "{page}");
        // A colleague calls it: what has not gone is not sent.
        let body = json!({ "day": DAY, "substitute": true });
        let path = format!("/api/v1/rollcall/{class}/{session}");
        let (status, sheet) = county.post(&county.token("principal").await, &path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{sheet}");
        assert_eq!(queued(&county, "rollcall.remind").await, told - 1);
        assert_eq!(look(&county, now + MINUTE).await, 0, "called and reminded are not reminded");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The sample teacher's class called with these missing; its sheet and who is on the roll.
async fn called(county: &County, missed: impl Fn(&[String]) -> Value) -> (Uuid, Vec<String>) {
    let class = county.cx("teacher").await.scope().classes[0];
    let (token, path) = (county.token("teacher").await, format!("/api/v1/rollcall/{class}/arrival"));
    let (_, roll) = county.get(&token, &path).await;
    let pupils: Vec<_> =
        roll["roll"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let (status, sheet) = county.post(&token, &path, json!({ "day": DAY, "missed": missed(&pupils) })).await;
    assert_eq!(status, StatusCode::CREATED, "{sheet}");
    (sheet["id"].as_str().unwrap().parse().unwrap(), pupils)
}

/// Its roll cannot be called, so nobody is asked for it.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_reminded_of_a_class_without_pupils() {
    for county in county::both().await {
        let county = county.at_minute(8 * 60 + 26).await;
        let (store, now) = (&county.app.store, county.app.clock.now());
        let mine = county.cx("teacher").await.scope().classes[0];
        let row = store.find(&CLASS, mine, &Scope::county()).await.unwrap().unwrap();
        let empty = Row { id: store.new_id(now), ..row }.with(&CLASS, "number", Cell::Int(59));
        let (id, author) = (empty.id, kit::Author { actor: None, at: now, request: store.new_id(now) });
        store.commit(author, vec![kit::Change::create(&CLASS, "create", empty)]).await.unwrap();
        look(&county, now).await;
        let reminded =
            async |class: Uuid| rows(&county, &REMINDER, Query::new().is("class", Cell::Id(class))).await.len();
        assert!(reminded(mine).await > 0 && reminded(id).await == 0, "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_is_marked_later_is_asked_for_like_any_other() {
    for county in county::both().await {
        let (sheet, pupils) = called(&county, |_| json!([])).await;
        let teacher = county.token("teacher").await;
        // A flag that nobody outside the school sees makes the school search at once.
        let (status, flag) = county.post(&teacher, "/api/v1/cares", json!({ "pupil": pupils[4] })).await;
        assert_eq!(status, StatusCode::CREATED, "{flag}");
        for login in ["bureau", "inspector", "guard", "township", "director", "department"] {
            let token = county.token(login).await;
            let path = format!("/api/v1/cares/{}", flag["id"].as_str().unwrap());
            assert_eq!(county.get(&token, &path).await.0, StatusCode::NOT_FOUND, "{login}");
        }
        for pupil in [&pupils[4], &pupils[5]] {
            let late = json!({ "sheet": sheet, "pupil": pupil, "kind": "absent", "reason": "漏点" });
            let (status, mark) = county.post(&teacher, "/api/v1/marks", late).await;
            assert_eq!(status, StatusCode::CREATED, "{mark}");
        }
        let now = county.app.clock.now();
        assert!(look(&county, now).await >= 2, "{}", county.backend());
        assert_eq!(look(&county, now).await, 0, "{}", county.backend());
        let begun = rows(&county, &MISSING, Query::new().is("sheet", Cell::Id(sheet))).await;
        let of = |pupil: &str| {
            let id = Cell::Id(pupil.parse().unwrap());
            begun.iter().find(|row| row.get(&MISSING, "pupil") == &id).unwrap()
        };
        let at = |row: &Row, field| row.get(&MISSING, field).int().unwrap();
        let (flagged, other) = (of(&pupils[4]), of(&pupils[5]));
        assert_eq!(at(flagged, "search_at"), at(flagged, "told_at"), "the search begins with the message");
        assert!(at(flagged, "police_at") <= at(other, "police_at"));
        assert_eq!(queued(&county, "missing.guardian").await, 2, "the guardians are told");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Missing at eight and at nine, there at ten: because of nine nobody is frightened anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_child_who_has_come_is_not_asked_for_again_because_of_another_roll() {
    for county in county::both().await {
        let (sheet, pupils) = called(&county, |pupils| json!([{ "pupil": pupils[0], "kind": "absent" }])).await;
        let county = county.at_minute(9 * 60 + 30).await;
        let (token, class) = (county.token("teacher").await, county.cx("teacher").await.scope().classes[0]);
        let body = json!({ "day": DAY, "missed": [{ "pupil": pupils[0], "kind": "absent" }] });
        let (status, lesson) = county.post(&token, &format!("/api/v1/rollcall/{class}/lesson.1"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{lesson}");
        let now = county.app.clock.now();
        let day = Cell::Date(DAY.parse().unwrap());
        let of = || Query::new().is("day", day.clone()).is("pupil", Cell::Id(pupils[0].parse().unwrap()));
        look(&county, now).await;
        assert_eq!(rows(&county, &MISSING, of()).await.len(), 1, "{}", county.backend());
        // Called at noon as there, though nobody has said that the search is over: whoever called is told.
        let noon = county.at_minute(14 * 60).await;
        let (status, sheet_of_noon) =
            noon.post(&token, &format!("/api/v1/rollcall/{class}/noon"), json!({ "day": DAY })).await;
        assert_eq!(status, StatusCode::CREATED, "{sheet_of_noon}");
        let teacher = Visitor::sign_in(&noon, "teacher").await;
        for (session, said) in [("noon", true), ("lesson.1", false)] {
            let page = teacher.get(&format!("/rollcall/{class}/{session}")).await.text();
            assert_eq!(page.contains("data-sought"), said, "{}: {page}", noon.backend());
        }
        let (county, now) = (noon, now + 4 * 60 * MINUTE + 30 * MINUTE);
        let mark = rows(&county, &MARK, of().is("sheet", Cell::Id(sheet))).await[0].id;
        let (status, moved) = county.post(&token, &format!("/api/v1/marks/{mark}/arrived"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{moved}");
        look(&county, now + MINUTE).await;
        let checks = rows(&county, &MISSING, of()).await;
        let became: Vec<_> = checks.iter().map(|row| row.get(&MISSING, "state").text().unwrap()).collect();
        assert_eq!(became, ["closed"], "{}", county.backend());
        // Of nine it is known, too: the child was not there, and not for an unknown cause any more.
        let lesson = Cell::Id(lesson["id"].as_str().unwrap().parse().unwrap());
        let nine = rows(&county, &MARK, of().is("sheet", lesson)).await.remove(0);
        let said = ["kind", "state"].map(|field| nine.get(&MARK, field).text());
        assert_eq!(said, [Some("absent"), Some("known")], "{}", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_chain_is_an_incident_until_the_child_is_found() {
    for county in county::both().await {
        let absent = |pupils: &[String]| json!([{ "pupil": pupils[0], "kind": "absent" }, { "pupil": pupils[1], "kind": "absent" }]);
        let (sheet, _) = called(&county, absent).await;
        let checks = rows(&county, &MISSING, Query::new().is("sheet", Cell::Id(sheet))).await;
        let due = checks[0].get(&MISSING, "police_at").int().unwrap();
        assert_eq!(look(&county, due - MINUTE).await, incidents_of_others(&county, due - MINUTE).await);
        let written = look(&county, due + MINUTE).await;
        assert!(written >= 2, "{} {written}", county.backend());
        assert_eq!(look(&county, due + MINUTE).await, 0, "one each");
        let open = rows(&county, &INCIDENT, Query::new().is("state", Cell::Text("opened".into()))).await;
        let incident =
            |check: &Row| open.iter().find(|row| row.get(&INCIDENT, "missing").id() == Some(check.id)).unwrap().id;
        let (one, two) = (incident(&checks[0]), incident(&checks[1]));
        let principal = county.token("principal").await;
        let path = format!("/api/v1/incidents/{one}");
        for (login, expected) in [
            ("bureau", StatusCode::OK),
            ("principal", StatusCode::OK),
            ("teacher", StatusCode::NOT_FOUND),
            ("guard", StatusCode::NOT_FOUND),
        ] {
            assert_eq!(county.get(&county.token(login).await, &path).await.0, expected, "{login}");
        }
        let words = json!({ "reported_to": "县教育局 值班室", "words": "失联一小时，已报警" });
        let (status, answer) = county.post(&principal, &format!("{path}/report"), words).await;
        assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("reported")), "{answer}");
        let (status, answer) =
            county.post(&principal, &format!("{path}/close"), json!({ "found": "home", "place": "家" })).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("incident.sought")));
        // Found by the school: the incident ends with it. Found by a guardian's answer: with the next look.
        let found = json!({ "found": "relatives", "place": "姑姑家" });
        let (status, answer) = county.post(&principal, &format!("/api/v1/missing/{}/found", checks[0].id), found).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let state = async |id: Uuid| {
            let row = county.app.store.find(&INCIDENT, id, &Scope::county()).await.unwrap().unwrap();
            (
                row.get(&INCIDENT, "state").text().unwrap().to_owned(),
                row.get(&INCIDENT, "found").text().map(str::to_owned),
            )
        };
        assert_eq!(state(one).await, ("closed".to_owned(), Some("relatives".to_owned())));
        let cx = county.cx("teacher").await;
        let marks = rows(&county, &MARK, Query::new().is("sheet", Cell::Id(sheet))).await;
        let sheet = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        let known = marks.into_iter().chain([sheet]).map(|row| (row.id, row)).collect();
        let changes = missing::answer(&checks[1], "sick", "发烧了", &cx.facts_with(known)).unwrap();
        let author = kit::Author { actor: None, at: cx.now, request: county.app.store.new_id(cx.now) };
        county.app.store.commit(author, changes).await.unwrap();
        assert_eq!(look(&county, due + 2 * MINUTE).await, 1);
        assert_eq!(state(two).await, ("closed".to_owned(), Some("home".to_owned())));
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Nothing else of the sample waits at this moment but classes that nobody called.
async fn incidents_of_others(county: &County, now: i64) -> usize {
    let reminded = rows(county, &REMINDER, Query::new()).await;
    assert!(rows(county, &INCIDENT, Query::new()).await.is_empty(), "{now}: too early for an incident");
    assert!(county.app.store.count(&CLASS, &Query::new(), &Scope::county()).await.unwrap() > 0);
    reminded.len()
}

/// The senior dormitory's page was opened before midnight and sent after it: the roll is last evening's, and so is the search.
#[tokio::test(flavor = "multi_thread")]
async fn a_bed_that_is_found_empty_after_midnight_is_asked_for() {
    for county in county::both().await {
        let midnight = dates::shanghai_start("2021-12-21".parse().unwrap());
        let county = county.at(midnight + 3 * MINUTE).await;
        let home = county.cx("principal").await.scope().home.unwrap();
        let boarders = Query::new().is("school", Cell::Id(home)).is("boarder", Cell::Bool(true));
        let boarders = rows(&county, &PUPIL, boarders.is("left_on", Cell::Null)).await;
        let class = boarders[0].get(&PUPIL, "class").id().unwrap();
        let (token, path) = (county.token("principal").await, format!("/api/v1/rollcall/{class}/dormitory"));
        let visitor = Visitor::sign_in(&county, "principal").await;
        let board = visitor.get("/rollcall/board").await.text();
        assert!(board.contains("2021-12-20") && board.contains("就寝"), "{board}");
        let page = visitor.get(&format!("/rollcall/{class}/dormitory?substitute=1")).await.text();
        assert!(page.contains("name=\"day\" value=\"2021-12-20\""), "{page}");
        let absent = json!([{ "pupil": boarders[0].id, "kind": "absent" }]);
        let body = json!({ "day": DAY, "missed": absent, "substitute": true });
        let (status, sheet) = county.post(&token, &path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{sheet}");
        let sheet: Uuid = sheet["id"].as_str().unwrap().parse().unwrap();
        let begun = async || rows(&county, &MISSING, Query::new().is("sheet", Cell::Id(sheet))).await;
        let [check] = &begun().await[..] else { panic!("{}: nobody is asked", county.backend()) };
        assert_eq!(check.get(&MISSING, "day"), &Cell::Date(DAY.parse().unwrap()));
        // Found to be missing later in the night, and the police called before midnight.
        let roll = county.get(&token, &path).await.1["roll"].as_array().unwrap().clone();
        let other = roll.iter().find(|one| one["id"] != json!(boarders[0].id)).expect("two boarders of a class");
        let late = json!({ "sheet": sheet, "pupil": other["id"], "kind": "absent", "reason": "漏点" });
        let (status, mark) = county.post(&token, "/api/v1/marks", late).await;
        assert_eq!(status, StatusCode::CREATED, "{mark}");
        look(&county, county.app.clock.now()).await;
        assert_eq!(begun().await.len(), 2, "{}", county.backend());
        let called = json!({ "at": "23:58", "police_note": "已报警" });
        let (status, answer) =
            county.post(&token, &format!("/api/v1/missing/{}/police_called", check.id), called).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let check = county.app.store.find(&MISSING, check.id, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(check.get(&MISSING, "police_called_at").int(), Some(midnight - 2 * MINUTE));
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Absent in the morning and not missed at noon: nobody closes the search but a person, who is told within the minute and needs one touch.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_leads_the_search_is_told_of_a_later_roll_and_ends_it_by_one_touch() {
    for county in county::both().await {
        let name = county.backend();
        let (sheet, _) = called(&county, |pupils| json!([{ "pupil": pupils[0], "kind": "absent" }])).await;
        let county = county.at_minute(14 * 60 + 10).await;
        let (class, now) = (county.cx("teacher").await.scope().classes[0], county.app.clock.now());
        look(&county, now).await;
        assert_eq!(queued(&county, "missing.seen").await, 0, "{name}: no roll was called since");
        let path = format!("/api/v1/rollcall/{class}/noon");
        let (status, noon) =
            county.post(&county.token("teacher").await, &path, json!({ "day": DAY, "missed": [] })).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {noon}");
        look(&county, now + MINUTE).await;
        look(&county, now + 2 * MINUTE).await;
        let of = |query: Query| query.is("sheet", Cell::Id(sheet));
        let check = rows(&county, &MISSING, of(Query::new())).await.remove(0);
        assert_ne!(check.get(&MISSING, "state").text(), Some("closed"), "{name}: a roll ends no search");
        assert_eq!(check.get(&MISSING, "seen_sheet").id().map(|id| id.to_string()).as_deref(), noon["id"].as_str());
        assert_eq!(queued(&county, "missing.seen").await, 2, "{name}: who leads and who teaches, once");
        let action = format!("/missing/{}/here", check.id);
        let principal = Visitor::sign_in(&county, "principal").await;
        for page in ["/rollcall/missing".to_owned(), format!("/rollcall/{class}/noon")] {
            assert!(principal.get(&page).await.text().contains(&action), "{name} {page}");
        }
        let bureau = Visitor::sign_in(&county, "bureau").await.get("/rollcall/missing").await.text();
        assert!(!bureau.contains(&action) && bureau.contains("的点名没有记未到"), "{name} {bureau}");
        let (status, ended) =
            county.post(&county.token("principal").await, &format!("/api/v1{action}"), json!({})).await;
        assert_eq!((status, ended["found"].as_str()), (StatusCode::OK, Some("school")), "{name} {ended}");
        let mark = rows(&county, &MARK, of(Query::new())).await.remove(0);
        assert_eq!(mark.get(&MARK, "state").text(), Some("arrived"), "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// A check that nobody closed, of a child whom a later roll had: missed anew, its family is told anew, and not taken for told already.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_there_since_is_missed_anew() {
    for county in county::both().await {
        let name = county.backend();
        let (sheet, _) = called(&county, |pupils| json!([{ "pupil": pupils[0], "kind": "absent" }])).await;
        let county = county.at_minute(14 * 60 + 10).await;
        let (class, now) = (county.cx("teacher").await.scope().classes[0], county.app.clock.now());
        let token = county.token("teacher").await;
        let path = format!("/api/v1/rollcall/{class}/noon");
        let (status, noon) = county.post(&token, &path, json!({ "day": DAY, "missed": [] })).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {noon}");
        look(&county, now + MINUTE).await;
        let first = rows(&county, &MISSING, Query::new().is("sheet", Cell::Id(sheet))).await.remove(0);
        assert!(!first.get(&MISSING, "seen_at").is_null(), "{name}: it was there at noon");
        let pupil = first.get(&MISSING, "pupil").id().unwrap();
        let told = queued(&county, "missing.guardian").await;
        let late = json!({ "sheet": noon["id"], "pupil": pupil, "kind": "absent", "reason": "漏点" });
        let (status, mark) = county.post(&token, "/api/v1/marks", late).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {mark}");
        look(&county, now + 3 * MINUTE).await;
        let of = Query::new().is("pupil", Cell::Id(pupil)).not_among("state", &["closed"]);
        assert_eq!(rows(&county, &MISSING, of).await.len(), 2, "{name}");
        assert_eq!(queued(&county, "missing.guardian").await, told + 1, "{name}: the family hears of it");
        // What the corrected roll seemed to say of the first check is taken back, and said to be.
        look(&county, now + 4 * MINUTE).await;
        let after = county.app.store.find(&MISSING, first.id, &Scope::county()).await.unwrap().unwrap();
        assert!(after.get(&MISSING, "seen_at").is_null() && after.get(&MISSING, "seen_sheet").is_null(), "{name}");
        assert_eq!(queued(&county, "missing.unseen").await, 2, "{name}: who leads and who teaches, once");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_without_pupils_is_waited_for_nowhere() {
    for county in county::both().await {
        let class = county.cx("teacher").await.scope().classes[0];
        let (asked, principal) = (format!("/api/v1/rollcall/{class}/arrival"), county.token("principal").await);
        let (_, before) = county.get(&principal, &asked).await;
        assert!(before["classes"].as_i64() > Some(0), "{before}");
        let school = county.cx("principal").await.scope().home;
        let empty =
            json!({ "school": school, "entry_year": 2021, "stage": "primary", "number": 60, "name": "一（60）班" });
        let (status, made) = county.post(&county.token("school").await, "/api/v1/classes", empty).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(county.get(&principal, &asked).await.1["classes"], before["classes"], "{}", county.backend());
        let visitor = Visitor::sign_in(&county, "principal").await;
        for path in ["/rollcall/board?session=arrival", "/rollcall/sickness"] {
            let page = visitor.get(path).await.text();
            assert!(page.contains(&format!("{}</", before["classes"])) && !page.contains("（60）"), "{path} {page}");
        }
    }
}
