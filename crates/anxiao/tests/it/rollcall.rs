//! The roll, called through the real router on both databases: once, by whom, what is refused, and what the boards say.

use areas::attendance::record::{MARK, SHEET};
use areas::organisation::record::{CLASS, PUPIL};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

/// The class of the sample teacher, and the names on its roll.
async fn roll(county: &County, login: &str) -> (Uuid, Vec<(String, String)>) {
    let class = county.cx("teacher").await.scope().classes[0];
    let (status, answer) = county.get(&county.token(login).await, &format!("/api/v1/rollcall/{class}/arrival")).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let pupils = answer["roll"].as_array().unwrap();
    (class, pupils.iter().map(|pupil| (text(&pupil["id"]), text(&pupil["name"]))).collect())
}

async fn call(county: &County, login: &str, class: Uuid, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/rollcall/{class}/arrival"), body).await
}

async fn sheets(county: &County, class: Uuid) -> i64 {
    let query = Query::new().is("class", Cell::Id(class)).is("day", Cell::Date(county.cx("teacher").await.today()));
    county.app.store.count(&SHEET, &query, &Scope::county()).await.unwrap()
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_is_called_once_however_often_it_is_sent() {
    for county in county::both().await {
        let (class, pupils) = roll(&county, "teacher").await;
        let id = county.app.store.new_id(county.app.clock.now());
        let body = json!({ "id": id, "day": "2021-12-20", "missed": [
            { "pupil": pupils[0].0, "kind": "absent" }, { "pupil": pupils[3].0, "kind": "sick", "symptom": "fever" } ] });
        for _ in 0..3 {
            let (status, sheet) = call(&county, "teacher", class, body.clone()).await;
            assert_eq!((status, sheet["id"].as_str()), (StatusCode::CREATED, Some(id.to_string().as_str())), "{sheet}");
            assert_eq!(sheet["enrolled"], pupils.len());
        }
        assert_eq!(sheets(&county, class).await, 1);
        let marks = county.app.store.find_by(&MARK, "sheet", &[Cell::Id(id)], &Scope::county()).await.unwrap();
        assert_eq!(marks.len(), 2, "no row says that somebody was there");
        // The same id with another content, another id for the same session: both refused, nothing written.
        let other = json!({ "id": id, "day": "2021-12-20", "missed": [] });
        let (status, answer) = call(&county, "teacher", class, other).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "sheet.same_id"));
        let (status, answer) = call(&county, "teacher", class, json!({ "day": "2021-12-20" })).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "sheet.called"));
        assert_eq!(sheets(&county, class).await, 1);
        // All of a batch at once: each class once.
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_called_is_refused_and_says_why() {
    for county in county::both().await {
        let (class, pupils) = roll(&county, "teacher").await;
        let elsewhere = Query::new().filter("class", kit::Test::NoneOf(vec![Cell::Id(class)])).limit(1);
        let stranger =
            county.app.store.list(&areas::organisation::record::PUPIL, &elsewhere, &Scope::county()).await.unwrap();
        let stranger = stranger.rows[0].id.to_string();
        let mine = &pupils[0].0;
        for (body, expected) in [
            (json!({ "day": "2021-12-21" }), "sheet.day"),
            (json!({ "day": "2021-12-10" }), "sheet.day"),
            (json!({ "day": "2021-12-19" }), "sheet.no_session"),
            (json!({ "day": "2021-12-20", "missed": [{ "pupil": stranger, "kind": "absent" }] }), "mark.not_in_class"),
            (
                json!({ "day": "2021-12-20", "missed": [{ "pupil": mine, "kind": "absent" }, { "pupil": mine, "kind": "sick" }] }),
                "mark.twice",
            ),
            (json!({ "day": "2021-12-20", "missed": [{ "pupil": mine, "kind": "gone" }] }), "value.choice"),
            (
                json!({ "day": "2021-12-20", "missed": [{ "pupil": mine, "kind": "leave", "symptom": "fever" }] }),
                "mark.symptom_not_sick",
            ),
            (json!({ "day": "soon" }), "sheet.unreadable"),
            (json!([]), "sheet.unreadable"),
        ] {
            let (status, answer) = call(&county, "teacher", class, body.clone()).await;
            assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, expected), "{body}: {answer}");
            assert!(!answer["error"]["message"].as_str().unwrap().starts_with("error."), "{answer}");
        }
        assert_eq!(sheets(&county, class).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_substitute_is_shown_as_such_and_nobody_else_calls() {
    for county in county::both().await {
        let (class, _) = roll(&county, "principal").await;
        let day = json!({ "day": "2021-12-20" });
        let (status, answer) = call(&county, "principal", class, day.clone()).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "sheet.say_substitute"));
        for login in ["guard", "bureau", "inspector", "department", "sysadmin"] {
            let (status, _) = call(&county, login, class, day.clone()).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{login}");
        }
        // A class of another school does not exist.
        let school = county.cx("teacher").await.scope().home.unwrap();
        let away = Query::new().filter("school", kit::Test::NoneOf(vec![Cell::Id(school)])).limit(1);
        let away = county.app.store.list(&areas::organisation::record::CLASS, &away, &Scope::county()).await.unwrap();
        assert_eq!(call(&county, "teacher", away.rows[0].id, day).await.0, StatusCode::NOT_FOUND);
        let body = json!({ "day": "2021-12-20", "substitute": true });
        let (status, sheet) = call(&county, "principal", class, body).await;
        assert_eq!((status, &sheet["substitute"]), (StatusCode::CREATED, &json!(true)), "{sheet}");
        let teacher = county.cx("teacher").await.actor.person().unwrap();
        let told = county.app.store.notices(teacher, 50).await.unwrap();
        assert!(told.iter().any(|notice| notice.code == "sheet.substituted"), "its own teacher is told");
    }
}

/// Whoever called in a colleague's place adds whom he forgot, by a way of his own: the class is not his. Nobody else has it, and no other class's child.
#[tokio::test(flavor = "multi_thread")]
async fn a_substitute_adds_whom_he_forgot() {
    for county in county::both().await {
        let (name, cx) = (county.backend(), county.cx("teacher").await);
        let (store, all) = (&county.app.store, Scope::county());
        let (own, home) = (cx.scope().classes[0], cx.scope().home.unwrap());
        let stage = store.find(&CLASS, own, &all).await.unwrap().unwrap().get(&CLASS, "stage").clone();
        let here = Query::new().is("school", Cell::Id(home));
        let classes = store.all(&CLASS, &here.clone().is("stage", stage), &all).await.unwrap();
        let pupils = store.all(&PUPIL, &here.is("left_on", Cell::Null), &all).await.unwrap();
        let of = |class: Uuid| pupils.iter().find(|pupil| pupil.get(&PUPIL, "class").id() == Some(class));
        let mut other = classes.iter().filter(|class| class.id != own);
        let (class, pupil) = other.find_map(|class| Some((class.id, of(class.id)?.id.to_string()))).unwrap();
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let path = format!("/rollcall/{class}/arrival");
        let add = format!("{path}/add");
        assert_eq!(teacher.get(&add).await.status, StatusCode::NOT_FOUND, "{name}: nothing is called yet");
        let (status, sheet) = call(&county, "teacher", class, json!({ "day": "2021-12-20", "substitute": true })).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {sheet}");
        assert!(teacher.get(&path).await.text().contains(&add), "{name}");
        assert!(teacher.get(&add).await.text().contains(&format!("value=\"{pupil}\"")), "{name}");
        let foreign = of(own).unwrap().id.to_string();
        for (pupil, reason, expected) in [
            (&pupil, "", StatusCode::UNPROCESSABLE_ENTITY),
            (&foreign, "漏记", StatusCode::UNPROCESSABLE_ENTITY),
            (&pupil, "漏记", StatusCode::SEE_OTHER),
        ] {
            let answer = teacher.post(&add, &[("pupil", &pupil[..]), ("kind", "late"), ("reason", reason)]).await;
            assert_eq!(answer.status, expected, "{name} {reason}: {}", answer.text());
        }
        let id = sheet["id"].as_str().unwrap().parse().unwrap();
        let sheet = store.find(&SHEET, id, &all).await.unwrap().unwrap();
        assert_eq!(sheet.get(&SHEET, "late"), &Cell::Int(1), "{name}");
        let principal = Visitor::sign_in(&county, "principal").await;
        assert_eq!(principal.get(&add).await.status, StatusCode::NOT_FOUND, "{name}: he adds as to any roll");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The value of a hidden field of a form.
fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_pages_of_a_telephone() {
    for county in county::both().await {
        let (class, pupils) = roll(&county, "teacher").await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let mine = teacher.get("/rollcall").await.text();
        let path = format!("/rollcall/{class}/arrival");
        assert!(mine.contains(&path), "{mine}");
        let page = teacher.get(&path).await.text();
        assert!(pupils.iter().all(|(id, name)| page.contains(id) && page.contains(name)), "{page}");
        let id = hidden(&page, "request_id");
        let kind = format!("kind.{}", pupils[1].0);
        let form = [
            ("request_id", id.as_str()),
            ("day", "2021-12-20"),
            ("missed", &pupils[0].0),
            ("missed", &pupils[1].0),
            (&kind, "leave"),
        ];
        for _ in 0..2 {
            let answer = teacher.post(&path, &form).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        }
        assert_eq!(sheets(&county, class).await, 1);
        let called = teacher.get(&path).await.text();
        assert!(
            called.contains(&pupils[0].1) && called.contains(&pupils[1].1) && !called.contains(&pupils[2].1),
            "{called}"
        );
        // Sent by somebody else in the meantime: the sheet that is there, and what to do.
        let other = Uuid::from_u128(7).to_string();
        let late = format!("kind.{}", pupils[2].0);
        let mine = [("request_id", &other[..]), ("day", "2021-12-20"), ("missed", &pupils[2].0), (&late, "late")];
        let answer = teacher.post(&path, &mine).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert!(answer.text().contains("已在"), "{}", answer.text());
        // Both versions: what was sent stands there, too; of a child of another class not even the name.
        added_by_one_touch(&teacher, &answer.text(), &pupils[2]).await;
        let same = [("request_id", &other[..]), ("day", "2021-12-20"), ("missed", &pupils[0].0)];
        let page = teacher.post(&path, &same).await.text();
        assert!(page.contains(&format!("<li>{} · 未到</li>", pupils[0].1)), "who stands there leads nowhere: {page}");
        let elsewhere = Query::new().filter("class", kit::Test::NoneOf(vec![Cell::Id(class)])).limit(1);
        let noun = &areas::organisation::record::PUPIL;
        let elsewhere = county.app.store.list(noun, &elsewhere, &Scope::county()).await.unwrap();
        let stranger = elsewhere.rows[0].id.to_string();
        let foreign = [("request_id", &other[..]), ("day", "2021-12-20"), ("missed", &stranger[..])];
        assert!(teacher.post(&path, &foreign).await.text().contains("<li>? · "), "{}", county.backend());
        // Taken back at once: the counters follow.
        let marks =
            county.app.store.find_by(&MARK, "sheet", &[Cell::Id(id.parse().unwrap())], &Scope::county()).await.unwrap();
        let mark = marks.iter().find(|mark| mark.get(&MARK, "pupil").id().unwrap().to_string() == pupils[0].0).unwrap();
        let answer = teacher.post(&format!("/marks/{}/take_back", mark.id), &[("version", "1")]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let sheet = county.app.store.find(&SHEET, id.parse().unwrap(), &Scope::county()).await.unwrap().unwrap();
        assert_eq!((sheet.get(&SHEET, "absent"), sheet.get(&SHEET, "on_leave")), (&Cell::Int(0), &Cell::Int(1)));
        // Was he there?
        for (pupil, said) in [(&pupils[0], "到校"), (&pupils[1], "事假"), (&pupils[2], "到校")] {
            let page = teacher.get(&format!("/pupils/{}/presence?day=2021-12-20", pupil.0)).await.text();
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// What the saved roll lacks is a touch away, filled in.
async fn added_by_one_touch(teacher: &Visitor<'_>, page: &str, (pupil, name): &(String, String)) {
    let line = format!("<li>{name} · 迟到 <a href=\"");
    let adds = page.split(&line).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_else(|| panic!("{page}"));
    let form = teacher.get(&adds.replace("&#38;", "&")).await.text();
    assert!(form.contains("value=\"late\" checked") || form.contains("value=\"late\" selected"), "{form}");
    assert!(form.contains(&format!("value=\"{pupil}\" selected")), "{form}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_county_sees_classes_and_no_names() {
    for county in county::both().await {
        let (class, pupils) = roll(&county, "teacher").await;
        let missed = json!([{ "pupil": pupils[0].0, "kind": "sick", "symptom": "rash" }]);
        assert_eq!(
            call(&county, "teacher", class, json!({ "day": "2021-12-20", "missed": missed })).await.0,
            StatusCode::CREATED
        );
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let school = county.cx("teacher").await.scope().home.unwrap();
        for path in ["/rollcall/board?session=arrival".to_owned(), format!("/rollcall/board/{school}?session=arrival")]
        {
            let answer = bureau.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.text().contains("未点名") && !answer.text().contains(&pupils[0].1), "{}", answer.text());
        }
        // Closed because of ice, a school waits for nobody, and the others are counted without it.
        let line = format!("/rollcall/board/{school}?session=noon");
        assert!(bureau.get("/rollcall/board?session=noon").await.text().contains(&line));
        let ice = json!({ "school": school, "reason": "ice", "from_on": "2021-12-20", "until_on": "2021-12-20", "decided_by": "本校" });
        let (status, made) = county.post(&county.token("principal").await, "/api/v1/suspensions", ice).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert!(!bureau.get("/rollcall/board?session=noon").await.text().contains(&line), "{}", county.backend());
        let own = bureau.get(&line).await.text();
        assert!(!own.contains("/sheets/") && own.contains("学校已停课或调休"), "{own}");
        let (_, marks) = county.get(&county.token("bureau").await, "/api/v1/marks?day=2021-12-20").await;
        assert!(!marks.to_string().contains("rash") && !marks.to_string().contains(&pupils[0].1), "{marks}");
        let guard = Visitor::sign_in(&county, "guard").await;
        assert_eq!(guard.get("/rollcall/board").await.status, StatusCode::NOT_FOUND);
        let all =
            county.app.store.all(&areas::organisation::record::SCHOOL, &Query::new(), &Scope::county()).await.unwrap();
        let away = all.iter().find(|row| row.id != school).unwrap().id;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        assert_eq!(teacher.get(&format!("/rollcall/board/{away}")).await.status, StatusCode::NOT_FOUND);
    }
}

/// All schools are closed because of ice: that is no holiday, and the board of the county says so.
#[tokio::test(flavor = "multi_thread")]
async fn a_county_that_is_closed_is_not_on_holiday() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let board = "/rollcall/board?session=arrival";
        assert!(!bureau.get(board).await.text().contains("学校已停课或调休"), "{}", county.backend());
        let ice =
            json!({ "reason": "ice", "from_on": "2021-12-20", "until_on": "2021-12-20", "decided_by": "县教育局" });
        let (status, made) = county.post(&county.token("bureau").await, "/api/v1/suspensions", ice).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let page = bureau.get(board).await.text();
        assert!(page.contains("学校已停课或调休") && !page.contains("今天不上课"), "{} {page}", county.backend());
    }
}

/// The network is back and every telephone sends what it kept, some of them twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_sends_everything_at_once_is_called_once_each() {
    for county in county::both().await {
        let cx = county.cx("principal").await;
        let school = cx.scope().home.unwrap();
        let query = Query::new().is("school", Cell::Id(school)).is("ended_on", Cell::Null);
        let classes = county.app.store.all(&areas::organisation::record::CLASS, &query, cx.scope()).await.unwrap();
        assert!(classes.len() > 5, "{}", classes.len());
        let token = county.token("principal").await;
        let storm = classes.iter().flat_map(|class| {
            let body = json!({ "id": Uuid::new_v5(&class.id, b"storm"), "day": "2021-12-20", "substitute": true });
            let path = format!("/api/v1/rollcall/{}/arrival", class.id);
            std::iter::repeat_n((path, body), 3)
        });
        let (county, token) = (&county, &token);
        let send = |(path, body): (String, Value)| async move { county.post(token, &path, body).await };
        let answers = futures_util::future::join_all(storm.map(send)).await;
        for (status, answer) in answers {
            assert_eq!(status, StatusCode::CREATED, "{}: {answer}", county.backend());
        }
        let query = Query::new().is("school", Cell::Id(school)).is("day", Cell::Date(cx.today()));
        let sheets = county.app.store.all(&SHEET, &query, &Scope::county()).await.unwrap();
        assert_eq!(sheets.len(), classes.len(), "{}", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
