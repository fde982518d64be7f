//! The daily report of sickness, on both databases: derived, for the right eyes, with clusters of class and dormitory, and children followed until
//! they are back.

use areas::attendance::bed::BED;
use areas::attendance::outbreak::OUTBREAK;
use areas::attendance::record::MARK;
use areas::attendance::round::round;
use areas::organisation::record::{ENROLMENT, PUPIL};
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Change, Row, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

const DAY: &str = "2021-12-20";

async fn queued(county: &County, code: &str) -> u64 {
    county.raw(&format!("update message set code = code where code = '{code}' and state = 'queued'")).await
}

/// How many clusters of classes and of dormitories somebody was told of, once the program has looked so many minutes later.
async fn told(county: &County, minutes: i64) -> [u64; 2] {
    round(&county.app, county.app.clock.now() + minutes * 60_000).await.unwrap();
    [queued(county, "sickness.in_class").await, queued(county, "sickness.in_room").await]
}

/// The first pupils of a class who have no bed yet.
async fn pupils(county: &County, class: Uuid, count: usize) -> Vec<Uuid> {
    let query = Query::new().is("class", Cell::Id(class)).is("until_on", Cell::Null);
    let rows = county.app.store.all(&ENROLMENT, &query, &Scope::county()).await.unwrap();
    let beds = Query::new().is("class", Cell::Id(class));
    let beds = county.app.store.all(&BED, &beds, &Scope::county()).await.unwrap();
    let sleeps = |pupil: &Uuid| beds.iter().any(|bed| bed.get(&BED, "pupil").id() == Some(*pupil));
    let pupils = rows.iter().map(|row| row.get(&ENROLMENT, "pupil").id().unwrap());
    pupils.filter(|pupil| !sleeps(pupil)).take(count).collect()
}

async fn call(county: &County, class: Uuid, ill: &[Uuid], substitute: bool) {
    let one = |pupil: &Uuid| json!({ "pupil": pupil, "kind": "sick", "symptom": "fever" });
    let missed: Vec<Value> = ill.iter().map(one).collect();
    let body = json!({ "day": DAY, "missed": missed, "substitute": substitute });
    let login = if substitute { "principal" } else { "teacher" };
    let path = format!("/api/v1/rollcall/{class}/arrival");
    let (status, answer) = county.post(&county.token(login).await, &path, body).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
}

/// Puts pupils of any class into one dormitory, as a list of the term would.
async fn bed(county: &County, pupils: &[Uuid]) {
    let store = &county.app.store;
    let now = county.app.clock.now();
    let known = store.find_many(&PUPIL, pupils, &Scope::county()).await.unwrap();
    let change = |pupil: &Row| {
        let row = Row::blank(&BED, store.new_id(now))
            .with(&BED, "school", pupil.get(&PUPIL, "school").clone())
            .with(&BED, "class", pupil.get(&PUPIL, "class").clone())
            .with(&BED, "pupil", Cell::Id(pupil.id))
            .with(&BED, "dormitory", Cell::Text("2栋305".into()))
            .with(&BED, "from_on", Cell::Date("2021-09-01".parse().unwrap()));
        Change::create(&BED, "create", row)
    };
    let author = kit::Author { actor: None, at: now, request: store.new_id(now) };
    store.commit(author, known.values().map(change).collect()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_is_derived_and_a_cluster_has_its_clock() {
    for county in county::both().await {
        let cx = county.cx("principal").await;
        let home = cx.scope().home.unwrap();
        let mine = county.cx("teacher").await.scope().classes[0];
        let classes = Query::new().is("school", Cell::Id(home)).is("ended_on", Cell::Null);
        let classes = county.app.store.all(&areas::organisation::record::CLASS, &classes, cx.scope()).await.unwrap();
        let other = classes.iter().find(|row| row.id != mine).unwrap().id;
        let principal = Visitor::sign_in(&county, "principal").await;
        let page = principal.get("/rollcall/sickness").await.text();
        assert!(page.contains("不能作零报告"), "nobody has called: {page}");
        // Two of one class and one of another, in one dormitory: a cluster there and in no class.
        let ill = [pupils(&county, mine, 2).await, pupils(&county, other, 1).await];
        bed(&county, &ill.concat()).await;
        let [classes, rooms] = told(&county, 0).await;
        call(&county, mine, &ill[0], false).await;
        assert_eq!(told(&county, 2).await, [classes, rooms], "two are none");
        call(&county, other, &ill[1], true).await;
        assert_eq!(told(&county, 0).await, [classes, rooms], "it can be taken back for a minute");
        let [after, now] = told(&county, 2).await;
        assert!(after == classes && now > rooms, "{}: {now} {rooms}", county.backend());
        assert_eq!(told(&county, 3).await, [after, now], "once");
        let page = principal.get("/rollcall/sickness").await.text();
        for said in ["宿舍 2栋305", "前上报", "发热", "追踪至返校"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        // The county has numbers; who is ill and with what is the school's.
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let name = county.app.store.find(&PUPIL, ill[0][0], &Scope::county()).await.unwrap().unwrap();
        let name = name.get(&PUPIL, "name").text().unwrap().to_owned();
        assert!(page.contains(&name));
        for path in ["/rollcall/sickness".to_owned(), format!("/rollcall/sickness/{home}")] {
            let answer = bureau.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(!answer.text().contains(&name) && !answer.text().contains("发热"), "{}", answer.text());
        }
        assert_eq!(
            Visitor::sign_in(&county, "guard").await.get("/rollcall/sickness").await.status,
            StatusCode::NOT_FOUND
        );
        let teacher = Visitor::sign_in(&county, "teacher").await;
        assert_eq!(teacher.get("/rollcall/sickness?day=nonsense").await.status, StatusCode::OK);
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The mark of a pupil on a day.
async fn mark_of(county: &County, pupil: Uuid) -> Uuid {
    let query = Query::new().is("pupil", Cell::Id(pupil)).is("day", Cell::Date(DAY.parse().unwrap()));
    county.app.store.all(&MARK, &query, &Scope::county()).await.unwrap()[0].id
}

/// Two on the sheet and one whose guardian says later that he is ill are three; three of whom one was a slip of the finger are two.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_counts_from_whatever_it_became_known_by() {
    for county in county::both().await {
        let mine = county.cx("teacher").await.scope().classes[0];
        let [slip, third, ..] = pupils(&county, mine, 4).await[..] else { panic!("four without a bed") };
        let two = pupils(&county, mine, 4).await.split_off(2);
        let sick = |pupil: &Uuid| json!({ "pupil": pupil, "kind": "sick", "symptom": "fever" });
        let missed: Vec<Value> =
            two.iter().chain([&slip]).map(sick).chain([json!({ "pupil": third, "kind": "absent" })]).collect();
        let before = told(&county, 0).await;
        let teacher = county.token("teacher").await;
        let body = json!({ "day": DAY, "missed": missed });
        let (status, answer) = county.post(&teacher, &format!("/api/v1/rollcall/{mine}/arrival"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let path = format!("/api/v1/marks/{}/take_back", mark_of(&county, slip).await);
        let (status, answer) = county.post(&teacher, &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(told(&county, 2).await, before, "{}: two are none", county.backend());
        let path = format!("/api/v1/marks/{}/excuse", mark_of(&county, third).await);
        let excuse = json!({ "kind": "sick", "symptom": "fever", "reply": "发烧在家" });
        let (status, answer) = county.post(&teacher, &path, excuse).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let [classes, rooms] = told(&county, 2).await;
        assert!(classes > before[0] && rooms == before[1], "{}: {classes} {rooms}", county.backend());
        assert_eq!(told(&county, 5).await, [classes, rooms], "once");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// The clock of a cluster runs until somebody notes to whom it was reported; it stands there once, and nobody of another school sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_waits_until_somebody_notes_its_report() {
    for county in county::both().await {
        let mine = county.cx("teacher").await.scope().classes[0];
        call(&county, mine, &pupils(&county, mine, 3).await, false).await;
        for minutes in [2, 5] {
            told(&county, minutes).await;
        }
        let query = Query::new().is("class", Cell::Id(mine)).is("day", Cell::Date(DAY.parse().unwrap()));
        let all = county.app.store.all(&OUTBREAK, &query, &Scope::county()).await.unwrap();
        assert_eq!(all.len(), 1, "{}", county.backend());
        assert_eq!(
            (all[0].get(&OUTBREAK, "state").text(), all[0].get(&OUTBREAK, "cases")),
            (Some("due"), &Cell::Int(3))
        );
        let link = format!("/outbreaks/{}", all[0].id);
        let principal = Visitor::sign_in(&county, "principal").await;
        let page = principal.get("/rollcall/sickness").await.text();
        assert!(page.contains(&link) && page.contains(" 前上报</span>"), "{}: {page}", county.backend());
        assert!(principal.get("/").await.text().contains("聚集性病例待上报"), "{}", county.backend());
        for login in ["teacher", "guard", "inspector"] {
            assert_ne!(Visitor::sign_in(&county, login).await.get(&link).await.status, StatusCode::OK, "{login}");
        }
        let (token, path) = (county.token("principal").await, format!("/api/v1{link}/report"));
        let (status, answer) = county.post(&token, &path, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let (status, answer) = county.post(&token, &path, json!({ "reported_to": "县疾控中心 李某" })).await;
        assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("reported")), "{answer}");
        let page = principal.get("/rollcall/sickness").await.text();
        assert!(page.contains(" 已上报</span>"), "{}: {page}", county.backend());
        let (status, answer) = county.post(&token, &format!("/api/v1{link}/set_aside"), json!({ "reason": "x" })).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("move.not_now")));
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_ill_is_followed_until_he_is_back() {
    for county in county::both().await {
        let cx = county.cx("principal").await;
        let query = Query::new().among("kind", &["sick"]).among("state", &["known"]);
        let marks = county.app.store.all(&MARK, &query, cx.scope()).await.unwrap();
        let mark = marks.first().expect("somebody of the school was ill in the last days");
        let (token, path) = (county.token("principal").await, format!("/api/v1/marks/{}/returned", mark.id));
        let principal = Visitor::sign_in(&county, "principal").await;
        let link = format!("/marks/{}", mark.id);
        assert!(principal.get("/rollcall/sickness").await.text().contains(&link));
        let ill = mark.get(&MARK, "day").date().unwrap().to_string();
        for wrong in [ill.as_str(), "2021-12-21", "soon"] {
            let (status, answer) = county.post(&token, &path, json!({ "returned_on": wrong })).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {answer}");
        }
        let (status, answer) = county.post(&token, &path, json!({ "returned_on": DAY })).await;
        assert_eq!((status, answer["state"].as_str()), (StatusCode::OK, Some("returned")), "{answer}");
        assert!(!principal.get("/rollcall/sickness").await.text().contains(&link));
        assert_eq!(county.post(&token, &path, json!({ "returned_on": DAY })).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Once everything has been looked at, only what changes is: a case that comes then is told of like any other.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_that_comes_after_many_looks_is_found_where_it_came() {
    for county in county::both().await {
        let mut before = [0, 0];
        for minute in 0..6 {
            before = told(&county, minute).await;
        }
        let mine = county.cx("teacher").await.scope().classes[0];
        let sick = |pupil: &Uuid| json!({ "pupil": pupil, "kind": "sick", "symptom": "fever" });
        let missed: Vec<Value> = pupils(&county, mine, 3).await.iter().map(sick).collect();
        let body = json!({ "day": DAY, "missed": missed });
        let teacher = county.token("teacher").await;
        let (status, answer) = county.post(&teacher, &format!("/api/v1/rollcall/{mine}/arrival"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let [classes, _] = told(&county, 6).await;
        assert!(classes > before[0], "{}: {classes}", county.backend());
        assert_eq!(told(&county, 7).await[0], classes, "{}: once", county.backend());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// What the page of the county or a school says in its first sentence, and how many classes it waits for.
async fn said(visitor: &Visitor<'_>, path: &str) -> (String, i64) {
    let page = visitor.get(path).await.text();
    let (_, note) = page.split_once("ax-note ax-").unwrap();
    let (_, sentence) = note.split_once("role=\"status\">").unwrap();
    let (_, waiting) = page.split_once("<dt>未点名</dt><dd>").unwrap();
    let number = |text: &str| text.split('<').next().unwrap().to_owned();
    (number(sentence), number(waiting).parse().unwrap())
}

/// A school that is closed owes no roll, so it is neither waited for nor at zero; and the county counts children as the school's own page does.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_closed_owes_no_report_and_a_child_ill_twice_is_one() {
    for county in county::both().await {
        let name = county.backend();
        let home = county.cx("principal").await.scope().home.unwrap();
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let of_school = format!("/rollcall/sickness/{home}");
        for path in ["/rollcall/sickness?day=2021-12-19".to_owned(), format!("{of_school}?day=2021-12-19")] {
            let (sentence, waiting) = said(&bureau, &path).await;
            assert!(
                sentence.contains("不上课") && waiting == 0,
                "{name} {path} {sentence} {waiting}: a Sunday is no zero"
            );
        }
        // One child of the arrival's roll is ill, and one more is marked ill at noon.
        let mine = county.cx("teacher").await.scope().classes[0];
        let ill = pupils(&county, mine, 2).await;
        call(&county, mine, &ill[..1], false).await;
        let noon = county.at_minute(14 * 60 + 10).await;
        let sick: Vec<Value> = ill.iter().map(|pupil| json!({ "pupil": pupil, "kind": "sick" })).collect();
        let body = json!({ "day": DAY, "missed": sick });
        let (status, answer) =
            noon.post(&noon.token("teacher").await, &format!("/api/v1/rollcall/{mine}/noon"), body).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {answer}");
        let bureau = Visitor::sign_in(&noon, "bureau").await;
        let own = bureau.get(&of_school).await.text();
        let all = bureau.get("/rollcall/sickness").await.text();
        let (before, line) = all.split_once(&format!("{of_school}?day={DAY}")).unwrap();
        assert!(
            before.contains("有学生因病缺课的学校") && !before.contains("<details class=\"ax-fold\""),
            "{name}: who has somebody ill stands open, and first"
        );
        assert!(line.contains("还没有点完名的学校和教学点（"), "{name}: the others are folded");
        assert!(
            own.contains("<dd>2</dd>") && line.split("</li>").next().unwrap().contains("已报 2 人"),
            "{name} {line}"
        );
        let (_, before) = said(&bureau, "/rollcall/sickness").await;
        let (_, its) = said(&bureau, &of_school).await;
        let ice = json!({ "school": home, "reason": "ice", "from_on": DAY, "until_on": DAY, "decided_by": "本校" });
        let (status, made) = noon.post(&noon.token("principal").await, "/api/v1/suspensions", ice).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {made}");
        assert_eq!(said(&bureau, &of_school).await.1, 0, "{name}");
        assert_eq!(
            said(&bureau, "/rollcall/sickness").await.1,
            before - its,
            "{name}: the others are still waited for"
        );
        let path = format!("/api/v1/rollcall/{mine}/noon");
        let (_, roll) = noon.get(&noon.token("principal").await, &path).await;
        assert_eq!([&roll["called"], &roll["classes"]], [&json!(0), &json!(0)], "{name}: as the boards count");
    }
}
