//! A child who is not there, on both databases: what is written with the mark, who is told, and how it ends.

use areas::attendance::incident::INCIDENT;
use areas::attendance::missing;
use areas::attendance::record::{MARK, MISSING, SHEET};
use areas::attendance::round::round;
use areas::organisation::record::{CLASS, GUARDIAN, PUPIL};
use axum::http::StatusCode;
use engine::figures;
use engine::messages::MESSAGE;
use kit::dates::Period;
use kit::figure::Frame;
use kit::query::Query;
use kit::{Cell, Change, Row, Scope};
use serde_json::{Value, json};
use store::outbox::{Outcome, Route};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

const DAY: &str = "2021-12-20";

/// The sample teacher's class with its first pupil absent: the sheet's id.
pub async fn absent(county: &County) -> Uuid {
    let class = county.cx("teacher").await.scope().classes[0];
    let (token, path) = (county.token("teacher").await, format!("/api/v1/rollcall/{class}/arrival"));
    let (_, roll) = county.get(&token, &path).await;
    let pupil = roll["roll"][0]["id"].as_str().unwrap();
    let body = json!({ "day": DAY, "missed": [{ "pupil": pupil, "kind": "absent" }] });
    let (status, sheet) = county.post(&token, &path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{sheet}");
    sheet["id"].as_str().unwrap().parse().unwrap()
}

pub async fn check(county: &County, sheet: Uuid) -> Row {
    let found =
        county.app.store.all(&MISSING, &Query::new().is("sheet", Cell::Id(sheet)), &Scope::county()).await.unwrap();
    assert_eq!(found.len(), 1);
    found.into_iter().next().unwrap()
}

pub async fn mark(county: &County, sheet: Uuid) -> Row {
    county.app.store.find_by(&MARK, "sheet", &[Cell::Id(sheet)], &Scope::county()).await.unwrap().remove(0)
}

/// How many messages of a code wait in a state.
async fn messages(county: &County, code: &str, state: &str) -> u64 {
    county.raw(&format!("update message set code = code where code = '{code}' and state = '{state}'")).await
}

async fn act(county: &County, login: &str, id: Uuid, mv: &str, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/missing/{id}/{mv}"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chain_waits_with_the_mark_and_ends_with_the_child() {
    for county in county::both().await {
        let sheet = absent(&county).await;
        let row = check(&county, sheet).await;
        assert_eq!(row.get(&MISSING, "state").text(), Some("asked"));
        assert!(row.get(&MISSING, "guardians").int() > Some(0) && !row.get(&MISSING, "caller").is_null(), "{row:?}");
        let chain = ["missing.guardian", "missing.teacher", "missing.search", "missing.bureau", "missing.police"];
        let mut waiting = Vec::new();
        for code in chain {
            waiting.push(messages(&county, code, "queued").await);
        }
        assert!(waiting.iter().all(|count| *count == 1), "{} {waiting:?}", county.backend());
        // The search says where; the child is found at its aunt's.
        let (status, answer) = act(&county, "teacher", row.id, "search", json!({})).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("missing.searched_where"))
        );
        let (status, answer) =
            act(&county, "principal", row.id, "search", json!({ "campus": true, "gate_video": true })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(act(&county, "teacher", row.id, "police_called", json!({})).await.0, StatusCode::FORBIDDEN);
        let (status, _) = act(&county, "teacher", row.id, "found", json!({ "found": "relatives" })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "never without the place");
        let found = json!({ "found": "relatives", "place": "姑姑家" });
        let (status, answer) = act(&county, "teacher", row.id, "found", found).await;
        assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("closed")), "{answer}");
        let pupil = row.get(&MISSING, "pupil").id().unwrap();
        let there = Visitor::sign_in(&county, "teacher").await.get(&format!("/pupils/{pupil}/presence")).await.text();
        assert!(there.contains("已结束 · 亲友处"), "{}: {there}", county.backend());
        for code in chain {
            assert_eq!(messages(&county, code, "queued").await, 0, "{code} is not sent any more");
        }
        assert_eq!(
            messages(&county, "missing.ended", "queued").await,
            0,
            "a family that was not told is not told that it is over"
        );
        assert_eq!(mark(&county, sheet).await.get(&MARK, "state").text(), Some("known"));
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Two touches from the child to its family's telephone; each number that is shown is noted, and when the child is found there is none to be shown.
#[tokio::test(flavor = "multi_thread")]
async fn the_family_is_called_by_two_touches_as_long_as_the_child_is_not_found() {
    for county in county::both().await {
        let (name, store) = (county.backend(), &county.app.store);
        let row = check(&county, absent(&county).await).await;
        let path = format!("/missing/{}/family", row.id);
        let (teacher, school) = (Visitor::sign_in(&county, "teacher").await, Visitor::sign_in(&county, "school").await);
        let record = teacher.get(&format!("/missing/{}", row.id)).await.text();
        let board = teacher.get("/rollcall/missing").await.text();
        assert!([record, board].iter().all(|page| page.contains(&format!("href=\"{path}\""))), "{name}");
        let before = store.readings(50).await.unwrap().len();
        let asked = teacher.get(&path).await.text();
        assert!(asked.contains("显示电话号码") && !asked.contains("tel:"), "{name}: {asked}");
        assert_eq!(store.readings(50).await.unwrap().len(), before, "{name}: nothing was shown");
        let pupil = Query::new().is("pupil", row.get(&MISSING, "pupil").clone());
        let guardians = store.all(&GUARDIAN, &pupil, &Scope::county()).await.unwrap();
        let phones = store.reveal(&GUARDIAN, "phone", &guardians).await.unwrap();
        let shown = school.post(&path, &[]).await;
        assert_eq!(shown.status, StatusCode::OK, "{name}: {}", shown.text());
        for phone in phones.iter().flatten() {
            assert!(shown.text().contains(&format!("href=\"tel:{phone}\"")), "{name}: {}", shown.text());
        }
        let noted = store.readings(50).await.unwrap();
        assert_eq!(noted.len() - before, guardians.len(), "{name}");
        assert!(
            noted[..guardians.len()].iter().all(|(_, _, noun, _, field, _)| noun == "guardian" && field == "phone")
        );
        for (login, status) in [("bureau", StatusCode::FORBIDDEN), ("guard", StatusCode::NOT_FOUND)] {
            let other = Visitor::sign_in(&county, login).await;
            assert_eq!(other.post(&path, &[]).await.status, status, "{name} {login}");
        }
        assert_eq!(act(&county, "teacher", row.id, "here", json!({})).await.0, StatusCode::OK);
        let after = school.post(&path, &[]).await.text();
        assert!(!after.contains("tel:") && !after.contains("显示电话号码"), "{name}: {after}");
        assert_eq!(store.readings(50).await.unwrap().len(), noted.len(), "{name}: nothing was shown");
    }
}

/// What did not reach the family is said where whoever could telephone looks: on the board and beside the numbers.
/// From the roll to the family: the call is what comes next, and one that nobody answers is no answer.
#[tokio::test(flavor = "multi_thread")]
async fn from_the_roll_one_comes_to_the_family_and_notes_that_nobody_answered() {
    for county in county::both().await {
        let sheet = absent(&county).await;
        let (id, class) = (check(&county, sheet).await.id, county.cx("teacher").await.scope().classes[0]);
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let (roll, link) = (format!("/rollcall/{class}/arrival"), format!("href=\"/missing/{id}\""));
        assert!(teacher.get(&roll).await.text().contains(&link), "{}", county.backend());
        assert!(teacher.get("/rollcall").await.text().contains("1 人去向不明"));
        let page = teacher.get(&format!("/missing/{id}")).await.text();
        assert!(page.contains(&format!("btn btn-primary\" href=\"/missing/{id}/family\"")), "{page}");
        assert!(page.contains("ax-hops") && !page.contains("summary class=\"btn btn-primary\""), "{page}");
        let (status, answer) = act(&county, "teacher", id, "unreached", json!({})).await;
        assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("asked")), "{answer}");
        for path in [format!("/missing/{id}"), format!("/missing/{id}/family"), "/rollcall/missing".to_owned()] {
            assert!(teacher.get(&path).await.text().contains("电话没有接通，请继续联系"), "{path}");
        }
        let (status, answer) = act(&county, "teacher", id, "here", json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(!teacher.get(&roll).await.text().contains(&link), "it is over");
        assert!(!teacher.get(&format!("/missing/{id}")).await.text().contains("ax-hops"));
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_reached_nobody_is_said_to_whoever_can_call() {
    for county in county::both().await {
        let name = county.backend();
        let row = check(&county, absent(&county).await).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let said = "短信没有发出，请马上给家长打电话";
        let pages = ["/rollcall/missing".to_owned(), format!("/missing/{}/family", row.id)];
        for path in &pages {
            assert!(!teacher.get(path).await.text().contains(said), "{name} {path}: it waits");
        }
        let dead = county.raw("update message set state = 'dead' where code = 'missing.guardian'").await;
        assert!(dead > 0, "{name}");
        for path in &pages {
            let page = teacher.get(path).await.text();
            assert!(page.contains(said), "{name} {path}: {page}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_is_taken_back_frightens_nobody() {
    for county in county::both().await {
        let sheet = absent(&county).await;
        let mark = mark(&county, sheet).await;
        let path = format!("/api/v1/marks/{}/take_back", mark.id);
        let (status, answer) = county.post(&county.token("teacher").await, &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(check(&county, sheet).await.get(&MISSING, "state").text(), Some("closed"));
        assert_eq!(messages(&county, "missing.guardian", "queued").await, 0);
        let counts = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(counts.get(&SHEET, "absent"), &Cell::Int(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_is_withdrawn_with_what_has_just_begun_and_never_with_a_search_that_goes_on() {
    for county in county::both().await {
        let name = county.backend();
        let sheet = absent(&county).await;
        let row = check(&county, sheet).await;
        let police = json!({ "at": "08:00", "police_note": "出警" });
        let (status, answer) = act(&county, "principal", row.id, "police_called", police).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        let incident = county.app.store.find_by(&INCIDENT, "missing", &[Cell::Id(row.id)], &Scope::county()).await;
        let incident = incident.unwrap().remove(0).id;
        let (token, reason) = (county.token("teacher").await, json!({ "reason": "点错班" }));
        let path = format!("/api/v1/sheets/{sheet}/withdraw");
        let (status, answer) = county.post(&token, &path, reason.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
        assert_eq!(answer["error"]["code"], json!("sheet.search_open"), "{name} {answer}");
        assert_eq!(check(&county, sheet).await.get(&MISSING, "state").text(), Some("police"), "{name}");
        assert_eq!(act(&county, "principal", row.id, "here", json!({})).await.0, StatusCode::OK, "{name}");
        assert_eq!(county.post(&token, &path, reason.clone()).await.0, StatusCode::OK, "{name}");
        // Called again by mistake, and withdrawn before anybody was told.
        let sheet = absent(&county).await;
        let path = format!("/api/v1/sheets/{sheet}/withdraw");
        let (status, answer) = county.post(&token, &path, reason).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        let row = check(&county, sheet).await;
        let said = ["state", "found"].map(|field| row.get(&MISSING, field).text());
        assert_eq!(said, [Some("closed"), Some("taken_back")], "{name}");
        assert_eq!(mark(&county, sheet).await.get(&MARK, "state").text(), Some("taken_back"), "{name}");
        for code in ["missing.guardian", "missing.teacher", "missing.search", "missing.bureau", "missing.police"] {
            assert_eq!(messages(&county, code, "queued").await, 0, "{name} {code}");
        }
        round(&county.app, county.app.clock.now()).await.unwrap();
        let incident = county.app.store.find(&INCIDENT, incident, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(incident.get(&INCIDENT, "state").text(), Some("closed"), "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Seen near water before the family was told, and by the very person who is to call the police.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_sooner_and_nobody_falls_out_of_the_chain() {
    for county in county::both().await {
        let name = county.backend();
        let sheet = absent(&county).await;
        let row = check(&county, sheet).await;
        let told = row.get(&MISSING, "told_at").int().unwrap();
        let before = county.app.clock.now();
        assert!(told > before, "{name}: the family has not been told yet");
        let (status, answer) = act(&county, "principal", row.id, "near_water", json!({ "reply": "河边" })).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
        let after = county.app.clock.now();
        for (code, within) in [
            ("missing.guardian", 0),
            ("missing.teacher", 0),
            ("missing.search", 0),
            ("missing.bureau", 30 * 60_000),
            ("missing.police", 30 * 60_000),
        ] {
            assert_eq!(messages(&county, code, "queued").await, 1, "{name} {code}");
            let due = format!(
                "code = '{code}' and next_at = not_before and next_at between {} and {}",
                before,
                after + within
            );
            let hastened = county.raw(&format!("update message set code = code where {due}")).await;
            assert_eq!(hastened, 1, "{name} {code}");
        }
        // Nothing that is hastened later than it waits for.
        let search = check(&county, sheet).await.get(&MISSING, "search_at").int().unwrap();
        assert!((before..=after).contains(&search), "{name}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The school year has begun and nobody has begun it in the records: the class has no row of the year, and its children are small all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_small_child_is_searched_for_at_once_whatever_the_records_of_the_year() {
    for county in county::both().await {
        let name = county.backend();
        let class = county.cx("teacher").await.scope().classes[0];
        let before = county.app.store.find(&CLASS, class, &Scope::county()).await.unwrap().unwrap();
        let after = before.clone().with(&CLASS, "stage", Cell::Text("primary".into()));
        let after = after.with(&CLASS, "entry_year", Cell::Int(2021)).with(&CLASS, "number", Cell::Int(59));
        let now = county.app.clock.now();
        let author = kit::Author { actor: None, at: now, request: county.app.store.new_id(now) };
        county.app.store.commit(author, vec![Change::update(&CLASS, "edit", before, after)]).await.unwrap();
        assert!(county.raw("delete from class_year").await > 0, "{name}");
        let (token, path) = (county.token("principal").await, format!("/api/v1/rollcall/{class}/arrival"));
        let (_, roll) = county.get(&token, &path).await;
        let pupil = roll["roll"][0]["id"].as_str().unwrap();
        let body = json!({ "day": DAY, "substitute": true, "missed": [{ "pupil": pupil, "kind": "absent" }] });
        let (status, sheet) = county.post(&token, &path, body).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        let row = check(&county, sheet["id"].as_str().unwrap().parse().unwrap()).await;
        assert_eq!(row.get(&MISSING, "urgent").text(), Some("lower_grade"), "{name}");
    }
}

async fn figures_of(county: &County) -> [i64; 2] {
    let (cx, day) = (county.cx("bureau").await, DAY.parse().unwrap());
    let frame = Frame { period: Period::Day(day), cutoff: day, unit: None, now: None };
    let ids = ["missing.total", "missing.over_hour"];
    let values = figures::values(&cx, &ids, &frame).await.unwrap();
    ids.map(|id| values[id].value)
}

/// How many rows the list behind the board's last figure has, and what the board says.
async fn of_the_board(county: &County) -> (i64, i64) {
    let visitor = Visitor::sign_in(county, "bureau").await;
    let page = visitor.get("/rollcall/missing").await.text();
    let (_, figure) = page.rsplit_once("<dd><a href=\"").unwrap();
    let (href, rest) = figure.split_once("\">").unwrap();
    let said = rest.split_once('<').unwrap().0.parse().unwrap();
    let query = href.replace("&amp;", "&").replace("&#38;", "&");
    let path = query.replacen("/missing", "/api/v1/missing", 1);
    let (status, list) = county.get(&county.token("bureau").await, &path).await;
    assert_eq!(status, StatusCode::OK, "{path} {list}");
    (said, list["total"].as_i64().unwrap())
}

/// An hour is an hour from where the clock runs, on the board and in the figure; a mark that was taken back was none.
#[tokio::test(flavor = "multi_thread")]
async fn an_hour_is_one_hour_on_the_board_and_in_the_figure() {
    for county in county::both().await {
        let name = county.backend();
        let before = figures_of(&county).await;
        let (said, rows) = of_the_board(&county).await;
        assert_eq!(said, rows, "{name}");
        let sheet = absent(&county).await;
        assert_eq!(check(&county, sheet).await.get(&MISSING, "closed_at"), &Cell::Null, "{name}");
        // Not found yet: it counts when its hour is over.
        for (minutes, late) in [(0, 0), (58, 0), (61, 1)] {
            let begun = county.app.clock.now() - minutes * 60_000;
            county.raw(&format!("update missing set begun_at = {begun} where day = '{DAY}'")).await;
            assert_eq!(figures_of(&county).await, [before[0] + 1, before[1] + late], "{name} {minutes}: not found yet");
            assert_eq!(of_the_board(&county).await, (said + late, rows + late), "{name} {minutes}: not found yet");
        }
        let begun = county.app.clock.now() - 120 * 60_000;
        county.raw(&format!("update missing set begun_at = {begun} where day = '{DAY}'")).await;
        for (minutes, late) in [(59, 0), (61, 1)] {
            let closed = begun + minutes * 60_000;
            county.raw(&format!("update missing set state = 'closed', found = 'home', report_at = {begun}, closed_at = {closed} where day = '{DAY}'")).await;
            assert_eq!(figures_of(&county).await, [before[0] + 1, before[1] + late], "{name} {minutes}");
            assert_eq!(of_the_board(&county).await, (said + late, rows + late), "{name} {minutes}");
        }
        county.raw(&format!("update missing set found = 'taken_back' where day = '{DAY}'")).await;
        assert_eq!(figures_of(&county).await, before, "{name}: there was nobody to look for");
        assert_eq!(of_the_board(&county).await, (said, rows), "{name}");
    }
}

/// Not there in the dormitory at night, and still looked for after midnight: on every board, and told to nobody twice.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_looked_for_is_on_the_boards_until_found_and_not_until_midnight() {
    for county in county::both().await {
        let name = county.backend();
        let first = check(&county, absent(&county).await).await;
        let next = "2021-12-21".parse().unwrap();
        let county = county.at(kit::dates::shanghai_start(next) + (8 * 60 + 1) * 60_000).await;
        let cx = county.cx("teacher").await;
        let (token, class) = (county.token("teacher").await, cx.scope().classes[0]);
        let (href, pupil) = (format!("/missing/{}", first.id), first.get(&MISSING, "pupil").id().unwrap());
        for login in ["teacher", "principal", "bureau"] {
            let visitor = Visitor::sign_in(&county, login).await;
            for page in ["/rollcall/missing", "/"] {
                assert!(visitor.get(page).await.text().contains(&href), "{name} {login} {page}");
            }
        }
        // The next roll: absent again, and not looked for a second time.
        let body = json!({ "day": "2021-12-21", "missed": [{ "pupil": pupil, "kind": "absent" }] });
        let (status, sheet) = county.post(&token, &format!("/api/v1/rollcall/{class}/arrival"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        round(&county.app, county.app.clock.now()).await.unwrap();
        let of_pupil = Query::new().is("pupil", Cell::Id(pupil)).not_among("state", &["closed"]);
        let open = county.app.store.all(&MISSING, &of_pupil, &Scope::county()).await.unwrap();
        assert_eq!(open.iter().map(|row| row.id).collect::<Vec<_>>(), [first.id], "{name}");
        assert_eq!(messages(&county, "missing.guardian", "queued").await, 1, "{name}: the family is asked once");
    }
}

/// The guardian's message as whoever sends it has it at the moment at which it is due.
async fn on_its_way(county: &County, due: i64) -> Uuid {
    let store = &county.app.store;
    let unrouted = store.unrouted(due, 500).await.unwrap();
    let guardian = unrouted.iter().find(|message| message.code == "missing.guardian").unwrap().id;
    store.route(due, &[(guardian, vec![Route::by("sms")])]).await.unwrap();
    let claimed = store.claim(due, due + 60_000, 500).await.unwrap();
    assert_eq!(claimed.iter().map(|message| message.id).collect::<Vec<_>>(), [guardian]);
    guardian
}

#[tokio::test(flavor = "multi_thread")]
async fn the_family_that_was_told_hears_that_it_is_over() {
    let sent = Outcome::Sent { reference: None };
    let later = |at| Outcome::Later { at, fault: "busy".into() };
    for first in [true, false] {
        for county in county::both().await {
            let name = format!("{} {first}", county.backend());
            let store = &county.app.store;
            let row = check(&county, absent(&county).await).await;
            let due = row.get(&MISSING, "told_at").int().unwrap();
            let guardian = on_its_way(&county, due).await;
            if first {
                store.settle(due + 7, &[(guardian, sent.clone())]).await.unwrap();
            }
            let went = store.first_sent("missing.guardian", &[row.id]).await.unwrap();
            assert_eq!(
                went.get(&row.id).copied(),
                first.then_some(due + 7),
                "{name}: when it went, not when it was to go"
            );
            let found = json!({ "found": "relatives", "place": "姑姑家" });
            let (status, answer) = act(&county, "teacher", row.id, "found", found).await;
            assert_eq!(status, StatusCode::OK, "{name} {answer}");
            if !first {
                // It was on its way when the child was found, and did not arrive: it is not tried again.
                store.settle(due, &[(guardian, later(due + 1))]).await.unwrap();
                assert_eq!(store.again(&[guardian], due + 2).await.unwrap(), 0, "{name}");
                let claimed = store.claim(due + 300_000, due + 360_000, 500).await.unwrap();
                assert!(claimed.iter().all(|message| message.id != guardian), "{name}");
            }
            let state = if first { "sent" } else { "withdrawn" };
            assert_eq!(store.told(guardian).await.unwrap().unwrap().state, state, "{name}");
            let query = Query::new().among("code", &["missing.ended"]);
            let ended = store.all(&MESSAGE, &query, &Scope::county()).await.unwrap();
            assert_eq!(ended.len(), 1, "{name}");
            let ended = store.told(ended[0].id).await.unwrap().unwrap();
            let pupil = row.get(&MISSING, "pupil").id().unwrap();
            let pupil = store.find(&PUPIL, pupil, &Scope::county()).await.unwrap().unwrap();
            let called = pupil.get(&PUPIL, "name").text().unwrap().to_owned();
            assert_eq!(ended.params, [("name".to_owned(), called)], "{name}: who, and not where");
            assert_eq!((ended.person, ended.record, ended.answers), (None, row.id, None), "{name}");
            assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_answers_and_everything_follows() {
    for county in county::both().await {
        let sheet = absent(&county).await;
        let (row, mark_row) = (check(&county, sheet).await, mark(&county, sheet).await);
        let sheet_row = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        let cx = county.cx("teacher").await;
        let known = [(mark_row.id, mark_row), (sheet, sheet_row)].into();
        let changes = missing::answer(&row, "sick", "发烧了", &cx.facts_with(known)).unwrap();
        let author = kit::Author { actor: None, at: cx.now, request: county.app.store.new_id(cx.now) };
        county.app.store.commit(author, changes).await.unwrap();
        let after = mark(&county, sheet).await;
        assert_eq!((after.get(&MARK, "kind").text(), after.get(&MARK, "state").text()), (Some("sick"), Some("known")));
        let counts = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
        assert_eq!((counts.get(&SHEET, "absent"), counts.get(&SHEET, "sick")), (&Cell::Int(0), &Cell::Int(1)));
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// One guardian's answer as it is carried out by his link.
async fn answered(county: &County, sheet: Uuid, choice: &str) {
    let (row, mark) = (check(county, sheet).await, mark(county, sheet).await);
    let sheet = county.app.store.find(&SHEET, sheet, &Scope::county()).await.unwrap().unwrap();
    let cx = county.cx("teacher").await;
    let facts = cx.facts_with([(mark.id, mark), (sheet.id, sheet)].into());
    let changes = missing::answer(&row, choice, "", &facts).unwrap();
    let author = kit::Author { actor: None, at: cx.now, request: county.app.store.new_id(cx.now) };
    county.app.store.commit(author, changes).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn guardians_who_contradict_each_other_are_both_on_the_page_and_the_school_is_told() {
    for county in county::both().await {
        let name = county.backend();
        let sheet = absent(&county).await;
        answered(&county, sheet, "sick").await;
        assert_eq!(messages(&county, "missing.contrary", "queued").await, 0, "{name}");
        answered(&county, sheet, "left_home").await;
        let row = check(&county, sheet).await;
        let told = ["teacher", "leader"].map(|who| row.get(&MISSING, who).id().unwrap());
        assert_ne!(told[0], told[1], "{name}");
        assert_eq!(messages(&county, "missing.contrary", "queued").await, 2, "{name}");
        assert_eq!(row.get(&MISSING, "state").text(), Some("closed"), "{name}");
        let page = Visitor::sign_in(&county, "teacher").await.get(&format!("/missing/{}", row.id)).await.text();
        let board = Visitor::sign_in(&county, "bureau").await.get("/rollcall/missing").await.text();
        assert!(board.contains("起有用时"), "{name}: a median is told with how many it is of: {board}");
        for said in ["生病在家", "已离家上学", "家长的另一说法", "另一说法时间"] {
            assert!(page.contains(said), "{name} {said}");
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
