//! Patrols through the real router on both databases: scanned, found, flagged, handed over, typed in later; and what must not happen.

use areas::duties::reading::{Wanted, read};
use areas::hazards::record::HAZARD;
use areas::patrols::record::{CODE, FLAG, POINT, ROUND, ROUTE, VISIT};
use axum::http::StatusCode;
use kit::duty::Level;
use kit::query::Query;
use kit::{Author, Cell, Change, Noun, Row, Scope};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::{Answer, Visitor};

/// A route of the sample accounts' school, its points in order, and the code of each.
pub struct Path {
    pub route: Row,
    pub points: Vec<Row>,
    pub codes: Vec<String>,
}

pub async fn all(county: &County, noun: &'static Noun, query: Query) -> Vec<Row> {
    county.app.store.all(noun, &query, &Scope::county()).await.unwrap()
}

pub async fn path(county: &County, kind: &str) -> Path {
    let school = county.cx("guard").await.scope().home.unwrap();
    let query = Query::new().is("school", Cell::Id(school)).among("kind", &[kind]);
    let route = all(county, &ROUTE, query).await.remove(0);
    let mut points = all(county, &POINT, Query::new().is("route", Cell::Id(route.id))).await;
    points.sort_by_key(|point| point.get(&POINT, "number").int());
    let mut codes = Vec::new();
    for point in &points {
        codes.push(code_of(county, point.id).await.get(&CODE, "code").text().unwrap().to_owned());
    }
    Path { route, points, codes }
}

async fn code_of(county: &County, point: Uuid) -> Row {
    let query = Query::new().is("point", Cell::Id(point)).among("state", &["in_use"]);
    let mut codes = all(county, &CODE, query).await;
    assert_eq!(codes.len(), 1);
    codes.remove(0)
}

fn id(county: &County) -> String {
    county.app.store.new_id(county.app.clock.now()).to_string()
}

/// Scans a code and touches; every touch is a request of its own.
pub async fn touch(county: &County, who: &Visitor<'_>, code: &str, fields: &[(&str, &str)]) -> Answer {
    let request = id(county);
    let mut all = vec![("request_id", request.as_str())];
    all.extend(fields);
    who.post(&format!("/p/{code}"), &all).await
}

const WELL: &[(&str, &str)] = &[("result", "ok")];

/// The rounds that somebody began on a route since the county's clock started.
pub async fn rounds(county: &County, route: &Row) -> Vec<Row> {
    let query = Query::new().is("route", Cell::Id(route.id)).is("day", Cell::Date(county.cx("guard").await.today()));
    all(county, &ROUND, query).await
}

async fn count(county: &County, noun: &'static Noun) -> i64 {
    county.app.store.count(noun, &Query::new(), &Scope::county()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_scans_and_what_he_finds_is_a_hazard_at_once() {
    for county in county::both().await {
        let guard = Visitor::sign_in(&county, "guard").await;
        let way = path(&county, "guard").await;
        assert!(guard.get("/patrol").await.text().contains("保安巡逻"));
        let page = guard.get(&format!("/p/{}", way.codes[0].to_lowercase())).await;
        assert!(page.status == StatusCode::OK && page.text().contains("校门岗亭"), "{}", page.text());
        assert_eq!(rounds(&county, &way.route).await.len(), 0, "looking is not being there");
        // Sent twice, written once.
        let request = id(&county);
        for _ in 0..2 {
            let fields = [("request_id", request.as_str()), ("result", "ok")];
            let answer = guard.post(&format!("/p/{}", way.codes[0]), &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
            assert_eq!(answer.headers["location"], format!("/patrol-routes/{}/walk", way.route.id));
        }
        let hazards = count(&county, &HAZARD).await;
        let found = [("result", "finding"), ("trouble", "lock"), ("words", "锁芯松了")];
        assert_eq!(touch(&county, &guard, &way.codes[1], &found).await.status, StatusCode::SEE_OTHER);
        let round = rounds(&county, &way.route).await.remove(0);
        let visits = all(&county, &VISIT, Query::new().is("round", Cell::Id(round.id))).await;
        assert_eq!((visits.len(), round.get(&ROUND, "findings")), (2, &Cell::Int(1)));
        let hazard = visits.iter().find_map(|visit| visit.get(&VISIT, "hazard").id()).unwrap();
        assert_eq!(count(&county, &HAZARD).await, hazards + 1);
        let row = county.app.store.find(&HAZARD, hazard, &Scope::county()).await.unwrap().unwrap();
        let person = county.cx("guard").await.actor.person();
        assert_eq!((row.get(&HAZARD, "found_by").id(), row.get(&HAZARD, "state").text()), (person, Some("registered")));
        assert_eq!(row.get(&HAZARD, "description").text(), Some("门锁、门窗损坏：锁芯松了"));
        assert!(!row.get(&HAZARD, "township").is_null(), "derived as for any hazard");
        // Each leads to the other.
        let school = Visitor::sign_in(&county, "school").await;
        assert!(school.get(&format!("/hazards/{hazard}")).await.text().contains("到点记录"));
        let visit = visits.iter().find(|visit| !visit.get(&VISIT, "hazard").is_null()).unwrap();
        assert!(school.get(&format!("/patrol-visits/{}", visit.id)).await.text().contains(&hazard.to_string()));
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_writes_nothing_and_says_what() {
    for county in county::both().await {
        let (guard, way) = (Visitor::sign_in(&county, "guard").await, path(&county, "guard").await);
        let before = (count(&county, &ROUND).await, count(&county, &VISIT).await, count(&county, &HAZARD).await);
        let long = "长".repeat(5_000);
        for (fields, sentence) in [
            (vec![("result", "finding")], "请点选是什么问题"),
            (vec![("result", "finding"), ("trouble", "dragon")], "请点选是什么问题"),
            (vec![("result", "finding"), ("trouble", "other")], "请写一句是什么"),
            (vec![("result", "finding"), ("trouble", "other"), ("words", "　 ")], "请写一句是什么"),
            (vec![("result", "finding"), ("trouble", "light"), ("words", long.as_str())], "200"),
            (vec![("result", "perhaps")], ""),
            (vec![], ""),
        ] {
            let answer = touch(&county, &guard, &way.codes[0], &fields).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
            assert!(answer.text().contains(sentence), "{sentence}");
        }
        for (code, status) in
            [("AAAABBBBCCCC", StatusCode::NOT_FOUND), ("x", StatusCode::NOT_FOUND), ("%27%3B--", StatusCode::NOT_FOUND)]
        {
            assert_eq!(touch(&county, &guard, code, WELL).await.status, status, "{code}");
            assert_eq!(guard.get(&format!("/p/{code}")).await.status, status, "{code}");
        }
        // A code of another school does not exist for him.
        let mine = county.cx("guard").await.scope().home;
        let foreign = all(&county, &CODE, Query::new().among("state", &["in_use"])).await;
        let foreign = foreign.iter().find(|code| code.get(&CODE, "school").id() != mine).unwrap();
        let foreign = foreign.get(&CODE, "code").text().unwrap();
        assert_eq!(touch(&county, &guard, foreign, WELL).await.status, StatusCode::NOT_FOUND);
        // Who has no part in patrols has no page of a point.
        for login in ["bureau", "department", "auditor"] {
            let visitor = Visitor::sign_in(&county, login).await;
            let status = touch(&county, &visitor, &way.codes[0], WELL).await.status;
            assert!([StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status), "{login}: {status}");
        }
        let after = (count(&county, &ROUND).await, count(&county, &VISIT).await, count(&county, &HAZARD).await);
        assert_eq!(after, before, "{}", county.backend());
        // Renewed, the old print says so and the new code opens the same point.
        let code = code_of(&county, way.points[0].id).await;
        let school = county.token("school").await;
        let (status, answer) =
            county.post(&school, &format!("/api/v1/patrol-codes/{}/renew", code.id), json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert_eq!(guard.get(&format!("/p/{}", way.codes[0])).await.status, StatusCode::GONE);
        let fresh = code_of(&county, way.points[0].id).await;
        assert_eq!(guard.get(&format!("/p/{}", fresh.get(&CODE, "code").text().unwrap())).await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_walks_cannot_read_the_codes() {
    for county in county::both().await {
        for login in ["guard", "teacher"] {
            let (visitor, token) = (Visitor::sign_in(&county, login).await, county.token(login).await);
            assert_eq!(visitor.get("/patrol-codes").await.status, StatusCode::NOT_FOUND, "{login}");
            assert_eq!(county.get(&token, "/api/v1/patrol-codes").await.0, StatusCode::NOT_FOUND, "{login}");
            let way = path(&county, "guard").await;
            assert_eq!(
                visitor.get(&format!("/patrol-routes/{}/sheet", way.route.id)).await.status,
                StatusCode::FORBIDDEN
            );
            let code = code_of(&county, way.points[0].id).await;
            assert_eq!(visitor.get(&format!("/patrol-codes/{}/qr.svg", code.id)).await.status, StatusCode::NOT_FOUND);
            let point = visitor.get(&format!("/patrol-points/{}", way.points[0].id)).await.text();
            assert!(!point.contains(&way.codes[0]), "{login}");
        }
        let school = Visitor::sign_in(&county, "school").await;
        let way = path(&county, "guard").await;
        let sheet = school.get(&format!("/patrol-routes/{}/sheet", way.route.id)).await.text();
        assert!(way.codes.iter().all(|code| sheet.contains(&format!("/p/{code}"))), "{sheet}");
        let code = code_of(&county, way.points[0].id).await;
        let image = school.get(&format!("/patrol-codes/{}/qr.svg", code.id)).await;
        assert!(image.headers["content-type"] == "image/svg+xml" && image.text().contains("<svg"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_in_seconds_waits_for_a_person_to_look_at_it() {
    for county in county::both().await {
        let (guard, way) = (Visitor::sign_in(&county, "guard").await, path(&county, "guard").await);
        // Two at once: both are written, whoever comes first.
        let (one, two) =
            tokio::join!(touch(&county, &guard, &way.codes[0], WELL), touch(&county, &guard, &way.codes[1], WELL));
        assert_eq!((one.status, two.status), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
        let begun = rounds(&county, &way.route).await;
        assert_eq!((begun.len(), begun[0].get(&ROUND, "visited")), (1, &Cell::Int(2)), "{}", county.backend());
        for code in &way.codes {
            assert_eq!(touch(&county, &guard, code, WELL).await.status, StatusCode::SEE_OTHER);
        }
        let done: Vec<_> = rounds(&county, &way.route).await;
        let done: Vec<_> = done.iter().filter(|round| round.get(&ROUND, "state").text() == Some("done")).collect();
        assert_eq!(done.len(), 1, "{}", county.backend());
        let flags = all(&county, &FLAG, Query::new().is("round", Cell::Id(done[0].id))).await;
        let mut signs: Vec<_> = flags.iter().filter_map(|flag| flag.get(&FLAG, "sign").text()).collect();
        signs.sort_unstable();
        assert!(signs.contains(&"too_fast") && signs.contains(&"too_short"), "{signs:?}");
        let look = json!({ "conclusion": "explained", "note": "带新保安认路" });
        let address = format!("/api/v1/patrol-flags/{}/look_at", flags[0].id);
        let (status, _) = county.post(&county.token("guard").await, &address, look.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let principal = county.token("principal").await;
        let (status, answer) = county.post(&principal, &address, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        let (status, answer) = county.post(&principal, &address, look).await;
        assert_eq!((status, &answer["state"]), (StatusCode::OK, &json!("looked_at")), "{answer}");
        // The guard sees what is asked about his round, and what came of it.
        let (_, mine) = county.get(&county.token("guard").await, "/api/v1/patrol-flags").await;
        assert_eq!(mine["total"], json!(flags.len()));
        let bureau = Visitor::sign_in(&county, "bureau").await;
        assert!(bureau.get("/patrol/today").await.text().contains("下蒋学校"));
    }
}

/// A round that is ended by hand, by its page or by a program, is held to the times that somebody measured on its way, like one that ends at its last point.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_ended_by_hand_is_looked_at_like_any_other() {
    for program in [false, true] {
        for county in county::both().await {
            ended_by_hand(&county, program).await;
        }
    }
}

async fn ended_by_hand(county: &County, program: bool) {
    let guard = Visitor::sign_in(county, "guard").await;
    let way = path(county, "guard").await;
    let measure = |point: &Row| {
        Change::update(&POINT, "edit", point.clone(), point.clone().with(&POINT, "walk_seconds", Cell::Int(600)))
    };
    let now = county.app.clock.now();
    let author = Author { actor: None, at: now, request: county.app.store.new_id(now) };
    county.app.store.commit(author, way.points.iter().map(measure).collect()).await.unwrap();
    for code in &way.codes[..2] {
        assert_eq!(touch(county, &guard, code, WELL).await.status, StatusCode::SEE_OTHER);
    }
    if program {
        let begun = rounds(county, &way.route).await.remove(0).id;
        let (status, told) = county
            .post(&county.token("guard").await, &format!("/api/v1/patrol-rounds/{begun}/finish"), json!({}))
            .await;
        assert_eq!(status, StatusCode::OK, "{}: {told}", county.backend());
    } else {
        let (finish, request) = (format!("/patrol-routes/{}/finish", way.route.id), id(county));
        for _ in 0..2 {
            assert_eq!(guard.post(&finish, &[("request_id", &request)]).await.status, StatusCode::SEE_OTHER);
        }
    }
    let round = rounds(county, &way.route).await.remove(0);
    assert_ne!(round.get(&ROUND, "state").text(), Some("walking"));
    let flags = all(county, &FLAG, Query::new().is("round", Cell::Id(round.id))).await;
    let fast: Vec<_> = flags.iter().filter(|flag| flag.get(&FLAG, "sign").text() == Some("too_fast")).collect();
    assert_eq!(fast.len(), 1, "{}: {flags:?}", county.backend());
    assert_eq!(fast[0].get(&FLAG, "expected").int(), Some(600), "{}", county.backend());
    assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
}

/// How often a duty of the sample accounts' school was done today.
async fn acts(county: &County, code: &str) -> u32 {
    let cx = county.cx("bureau").await;
    let home = county.cx("guard").await.scope().home;
    let (code, day) = (Some(code.to_owned()), cx.today());
    let wanted = Wanted { code, subject: home, ..Wanted::new(day, day, &[Level::School]) };
    let mut acts = 0;
    read(&cx, &wanted).await.unwrap().each(cx.now, |duty| acts += duty.acts);
    acts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_was_cut_short_proves_no_duty() {
    for county in county::both().await {
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let way = path(&county, "break").await;
        assert_eq!(acts(&county, "patrol.break").await, 0, "{}", county.backend());
        touch(&county, &teacher, &way.codes[0], WELL).await;
        teacher.post(&format!("/patrol-routes/{}/finish", way.route.id), &[("request_id", &id(&county))]).await;
        let round = rounds(&county, &way.route).await.remove(0);
        assert_eq!(round.get(&ROUND, "state").text(), Some("cut_short"), "{}", county.backend());
        assert_eq!(acts(&county, "patrol.break").await, 0, "{}: one point of four is no round", county.backend());
        // The next round begins where the last one did not: at another point.
        for code in way.codes.iter().rev() {
            assert_eq!(touch(&county, &teacher, code, WELL).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(acts(&county, "patrol.break").await, 1, "{}: walked to its end", county.backend());
    }
}

/// One point and a forgotten touch are no round: it ends where the walker was last, and the year's figure does not count it for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_nobody_ended_ends_by_itself_where_its_walker_was_last() {
    for county in county::both().await {
        let (name, today) = (county.backend(), county.cx("bureau").await.today());
        let way = path(&county, "guard").await;
        let guard = Visitor::sign_in(&county, "guard").await;
        assert_eq!(touch(&county, &guard, &way.codes[0], WELL).await.status, StatusCode::SEE_OTHER);
        let begun = rounds(&county, &way.route).await.remove(0);
        let later = |days: i64| kit::dates::shanghai_start(today) + (days * 24 + 8) * 3_600_000;
        let look = async |days: i64| areas::patrols::round::round(&county.app, later(days)).await.unwrap();
        let now = async || county.app.store.find(&ROUND, begun.id, &Scope::county()).await.unwrap().unwrap();
        look(1).await;
        assert_eq!(
            now().await.get(&ROUND, "state").text(),
            Some("walking"),
            "{name}: a telephone may still bring a point"
        );
        for _ in 0..2 {
            look(5).await;
        }
        let ended = now().await;
        assert_eq!(ended.get(&ROUND, "state").text(), Some("cut_short"), "{name}: one point of all");
        assert_eq!(ended.get(&ROUND, "ended_at"), begun.get(&ROUND, "started_at"), "{name}");
        assert_eq!(ended.version, begun.version + 1, "{name}: once");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
    }
}

/// The round between lessons that nobody walked is told of once, to one person. Walked, it is told to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_was_left_out_is_told_to_the_leader_once() {
    for county in county::both().await {
        let way = path(&county, "break").await;
        let day = county.cx("guard").await.today();
        let cause = format!("patrol/{}/{day}/0", way.route.id);
        let told = async || {
            county
                .raw(&format!("update message set code = code where code = 'patrol.missed' and cause = '{cause}'"))
                .await
        };
        let begins = kit::dates::shanghai_start(day);
        let look = async |minutes: i64| {
            areas::patrols::round::round(&county.app, begins + minutes * 60_000).await.unwrap();
            told().await
        };
        // The break is over at half past ten at the latest; a quarter of an hour after that nobody has come.
        assert_eq!(look(9 * 60 + 45).await, 0, "{}: it goes on", county.backend());
        assert_eq!(look(10 * 60 + 50).await, 1, "{}", county.backend());
        assert_eq!(look(10 * 60 + 51).await, 1, "{}: once", county.backend());
        let county = county.at(begins + (9 * 60 + 50) * 60_000 + 86_400_000).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        for code in &way.codes {
            assert_eq!(touch(&county, &teacher, code, WELL).await.status, StatusCode::SEE_OTHER);
        }
        let tomorrow = day.succ_opt().unwrap();
        let at = kit::dates::shanghai_start(tomorrow) + (10 * 60 + 50) * 60_000;
        areas::patrols::round::round(&county.app, at).await.unwrap();
        let cause = format!("patrol/{}/{tomorrow}/0", way.route.id);
        let walked = format!("update message set code = code where cause = '{cause}'");
        assert_eq!(county.raw(&walked).await, 0, "{}: it was walked", county.backend());
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// Whoever is on his way when his time is over is not told of; whoever forgot to go on is, once an hour is over.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_that_goes_on_is_not_told_of() {
    for county in county::both().await {
        let name = county.backend();
        let way = path(&county, "break").await;
        let day = county.cx("guard").await.today();
        let begins = kit::dates::shanghai_start(day);
        let at = |hour: i64, minute: i64| begins + (hour * 60 + minute) * 60_000;
        let county = county.at(at(10, 5)).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        assert_eq!(touch(&county, &teacher, &way.codes[0], WELL).await.status, StatusCode::SEE_OTHER, "{name}");
        let cause = format!("patrol/{}/{day}/0", way.route.id);
        let told = format!("update message set code = code where cause = '{cause}'");
        let look = async |hour: i64, minute: i64| {
            areas::patrols::round::round(&county.app, at(hour, minute)).await.unwrap();
            county.raw(&told).await
        };
        assert_eq!(look(10, 50).await, 0, "{name}: on the way");
        let missed = async |at: i64| {
            let mut cx = county.cx("school").await;
            cx.now = at;
            let (_, turns) = areas::patrols::board::turns(&cx, std::slice::from_ref(&way.route), day).await.unwrap();
            turns[0].sum().missed
        };
        assert_eq!(missed(at(10, 50)).await, 0, "{name}");
        assert_eq!((missed(at(11, 6)).await, look(11, 6).await), (1, 1), "{name}: an hour is over");
        let county = county.at(at(10, 50)).await;
        let page = Visitor::sign_in(&county, "school").await.get("/patrol").await.text();
        assert!(page.contains("巡查中"), "{name}: {page}");
    }
}

/// Rounds of today beside the plan.
async fn more(county: &County, route: &Row) -> usize {
    let cx = county.cx("school").await;
    areas::patrols::board::turns(&cx, std::slice::from_ref(route), cx.today()).await.unwrap().1[0].more
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_is_handed_over_in_one_step() {
    for county in county::both().await {
        let way = path(&county, "gate_arrival").await;
        let mark = format!("/patrol-points/{}/mark", way.points[0].id);
        let (guard, teacher) = (Visitor::sign_in(&county, "guard").await, Visitor::sign_in(&county, "teacher").await);
        let (first, second) = (id(&county), id(&county));
        guard.post(&mark, &[("request_id", first.as_str()), ("result", "ok")]).await;
        let alone = more(&county, &way.route).await;
        let page = teacher.get(&format!("/patrol-routes/{}/walk", way.route.id)).await.text();
        assert!(page.contains("接岗"), "{page}");
        let fields = [("request_id", second.as_str()), ("result", "ok"), ("take", "1")];
        for _ in 0..2 {
            assert_eq!(teacher.post(&mark, &fields).await.status, StatusCode::SEE_OTHER);
        }
        let rounds = rounds(&county, &way.route).await;
        let of = |state: &str| {
            rounds.iter().filter(|round| round.get(&ROUND, "state").text() == Some(state)).collect::<Vec<_>>()
        };
        let teacher_id = county.cx("teacher").await.actor.person();
        assert_eq!((of("handed_over").len(), of("walking").len()), (1, 1), "{}", county.backend());
        assert_eq!(of("handed_over")[0].get(&ROUND, "handed_to").id(), teacher_id);
        // One post, whoever keeps it.
        assert_eq!(more(&county, &way.route).await, alone, "{}", county.backend());
        let finish = format!("/patrol-routes/{}/finish", way.route.id);
        assert_eq!(teacher.post(&finish, &[("request_id", id(&county).as_str())]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(teacher.post(&finish, &[("request_id", id(&county).as_str())]).await.status, StatusCode::SEE_OTHER);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_round_from_paper_is_late_and_the_day_says_what_is_missing() {
    for county in county::both().await {
        let way = path(&county, "noon").await;
        let person = county.cx("teacher").await.actor.person().unwrap();
        let friday = "2021-12-17";
        let body = json!({ "route": way.route.id, "day": friday, "began": "12:40", "walker": person, "visited": 4 });
        let (status, _) = county.post(&county.token("guard").await, "/api/v1/patrol-rounds", body.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let school = county.token("school").await;
        let (status, answer) = county.post(&school, "/api/v1/patrol-rounds", body.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        assert_eq!(
            (&answer["entry"], &answer["late"], &answer["kind"]),
            (&json!("paper"), &json!(true), &json!("noon"))
        );
        let path = format!("/api/v1/patrol-rounds/{}", answer["id"].as_str().unwrap());
        let (_, first) = county.get(&school, &path).await;
        // Two type in the same paper: it is one round.
        let (status, twice) = county.post(&school, "/api/v1/patrol-rounds", body.clone()).await;
        let code = &twice["error"]["code"];
        assert_eq!((status, code), (StatusCode::UNPROCESSABLE_ENTITY, &json!("patrol.typed_already")), "{twice}");
        let (_, same) = county.get(&school, &path).await;
        assert_eq!((&same["version"], &same["began"]), (&first["version"], &json!("12:40")), "{same}");
        for (field, value) in [
            ("began", json!("noon")),
            ("day", json!("2021-12-31")),
            ("visited", json!(-1)),
            ("visited", json!(60)),
            ("visited", Value::Null),
            ("walker", json!(way.route.id)),
        ] {
            let mut wrong = body.clone();
            wrong[field] = value;
            let (status, answer) = county.post(&school, "/api/v1/patrol-rounds", wrong).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {answer}");
        }
        // One point on paper is no round either.
        let mut half = body.clone();
        (half["began"], half["visited"]) = (json!("12:55"), json!(1));
        let (_, half) = county.post(&school, "/api/v1/patrol-rounds", half).await;
        assert_eq!((&half["state"], &half["points"]), (&json!("cut_short"), &answer["points"]), "{half}");
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get(&format!("/patrol/today?day={friday}")).await.text();
        assert!(page.contains("午间校园") && page.contains("漏巡"), "{page}");
        // What is walked on a free day was not due, and is not lost.
        let mut free = body.clone();
        free["day"] = json!("2021-12-18");
        let (status, free) = county.post(&school, "/api/v1/patrol-rounds", free).await;
        assert_eq!(status, StatusCode::CREATED, "{free}");
        let page = visitor.get("/patrol/today?day=2021-12-18").await.text();
        assert!(page.contains("计划外") && page.contains("<span class=\"ax-number\">1</span>"), "{page}");
        assert_eq!(visitor.get("/patrol/today?day=yesterday").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let mine = county.cx("school").await.scope().home;
        let foreign = all(&county, &ROUTE, Query::new()).await;
        let foreign =
            foreign.iter().find_map(|route| route.get(&ROUTE, "school").id().filter(|id| Some(*id) != mine)).unwrap();
        assert_eq!(visitor.get(&format!("/patrol/today?school={foreign}")).await.status, StatusCode::NOT_FOUND);
        let bureau = Visitor::sign_in(&county, "bureau").await;
        assert_eq!(bureau.get(&format!("/patrol/today?school={foreign}&day={friday}")).await.status, StatusCode::OK);
        for login in ["guard", "teacher", "department"] {
            let status = Visitor::sign_in(&county, login).await.get("/patrol/today").await.status;
            assert_eq!(status, StatusCode::NOT_FOUND, "{login}");
        }
    }
}
