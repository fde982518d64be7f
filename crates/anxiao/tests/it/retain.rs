//! Terms applied: what goes, what is only listed, and that both are recorded.

use areas::attendance::bed::BED;
use areas::attendance::care::CARE;
use areas::attendance::incident::INCIDENT;
use areas::attendance::record::MISSING;
use areas::attendance::remind::REMINDER;
use areas::organisation::record::PUPIL;
use kit::{Author, Cell, Change, Noun, Query, Row, Scope};
use store::Log;
use uuid::Uuid;

use crate::backup::Home;
use crate::county;
use crate::program::{anxiao, done, one, text};

/// Milliseconds of the beginning of a day in the county.
fn at(day: &str) -> i64 {
    kit::dates::shanghai_start(day.parse().unwrap())
}

/// Sessions, tokens, notices and readings around their terms on 20 December 2021, and a hazard closed long ago.
async fn aged(county: &county::County) {
    let uuid = |number: u8| match county.target {
        store::Target::Sqlite(_) => format!("x'{:032x}'", u128::from(number)),
        store::Target::Postgres { .. } => format!("'{:032x}'::uuid", u128::from(number)),
    };
    let (old, edge, new) = (at("2019-12-19"), at("2019-12-20"), at("2021-12-01"));
    county.raw("delete from notice").await;
    let account = uuid(200);
    for (number, seen, ended) in
        [(1, old, "null".to_owned()), (2, edge, "null".into()), (3, old, old.to_string()), (4, old, new.to_string())]
    {
        county
            .raw(&format!(
                "insert into session (id, secret, account, csrf, created_at, seen_at, agent, ended_at) values ({}, 's{number}', {account}, 'c', {old}, {seen}, 'a', {ended})",
                uuid(number)
            ))
            .await;
        county
            .raw(&format!("insert into token (id, secret, account, name, created_at, ended_at) values ({}, 't{number}', {account}, 'n', {old}, {ended})", uuid(number)))
            .await;
        county
            .raw(&format!("insert into notice (id, at, person, code, noun, record, read_at) values ({}, {old}, {account}, 'c', 'hazard', {account}, {ended})", uuid(number)))
            .await;
    }
    // Written on the first day that stays, and read by nobody.
    let unread = uuid(5);
    county.raw(&format!("insert into notice (id, at, person, code, noun, record) values ({unread}, {edge}, {account}, 'c', 'hazard', {account})")).await;
    for (number, moment) in [(1, at("2018-12-19")), (2, at("2018-12-20")), (3, new)] {
        county
            .raw(&format!("insert into reading (id, at, actor, noun, record, field, reason) values ({}, {moment}, {account}, 'pupil', {account}, 'f', 'r')", uuid(number)))
            .await;
    }
}

async fn left(county: &county::County) -> Vec<u64> {
    let mut all = Vec::new();
    for log in Log::ALL {
        all.push(county.app.store.aged(log, i64::MAX / 2).await.unwrap().count);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_and_a_run_deletes_exactly_that_and_records_it() {
    for county in county::both().await {
        let before = left(&county).await;
        aged(&county).await;
        let filled = left(&county).await;
        let backend = county.backend();
        let home = Home::of(county).await;
        for _ in 0..2 {
            let said = home.done(&["retain", "--dry-run"]);
            for line in [
                "session          24 month   ended before 2019-12-20: 2 would be deleted, the oldest of 2019-12-19",
                "token            24 month   ended before 2019-12-20: 1 would be deleted, the oldest of 2019-12-19",
                "notice           24 month   ended before 2019-12-20: 3 would be deleted, the oldest of 2019-12-19",
                "reading          36 month   ended before 2018-12-20: 1 would be deleted, the oldest of 2018-12-19",
                "hazard           120 month  ended before 2011-12-20: nothing",
                "report_snapshot  permanent",
                "nothing was deleted",
            ] {
                assert!(said.contains(line), "{backend} {line}\n{said}");
            }
            assert!(said.contains("网络安全法") && said.contains("个人信息保护法"), "each with its basis");
        }
        assert!(home.done(&["retain"]).contains("7 lines were deleted"));
        assert!(home.done(&["retain"]).contains("0 lines were deleted"), "the second time there is nothing to do");
        assert!(home.done(&["verify"]).contains("the history is whole"));
        let county = county::again(home).await;
        let now = left(&county).await;
        let gone: Vec<u64> = filled.iter().zip(&now).map(|(filled, now)| filled - now).collect();
        assert_eq!(gone, [1, 3, 0, 2, 1], "{backend} {before:?} {filled:?} {now:?}");
        let disposals =
            county.app.store.count(&areas::retention::record::DISPOSAL, &Query::new(), &Scope::county()).await.unwrap();
        assert_eq!(disposals, 12, "a line for each kind and run, also where there was nothing");
        let (status, list) = county.get(&county.token("auditor").await, "/api/v1/disposals?sort=-done_at").await;
        assert!(status.is_success() && list["total"] == 12, "{list}");
        let (status, _) = county.get(&county.token("teacher").await, "/api/v1/disposals").await;
        assert_eq!(status.as_u16(), 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_the_history_are_listed_and_stay() {
    for county in county::both().await {
        let closed = county.raw("update hazard set closed_on = '2001-02-03' where id in (select id from hazard where state = 'closed' and grade = 'general' limit 2)").await;
        let left =
            county.raw("update pupil set left_on = '2015-06-30' where id in (select id from pupil limit 3)").await;
        assert_eq!((closed, left), (2, 3));
        let home = Home::of(county).await;
        let said = home.done(&["retain"]);
        for line in [
            "ended before 2011-12-20: 2 for a decision with the archive, the oldest of 2001-02-03",
            "ended before 2019-12-20: 3 for a decision with the archive, the oldest of 2015-06-30",
        ] {
            assert!(said.contains(line), "{line}\n{said}");
        }
        assert_eq!(
            home.done(&["retain", "--dry-run"]).matches("for a decision").count(),
            2,
            "they are all still there"
        );
    }
}

/// A pupil of the sample school with a flag, a bed, a check, an incident and a reminder of his class, all long past their terms but the last two
/// of each, written through the store as in their time.
async fn looked_for_once(county: &county::County) -> Row {
    let pupil = county.app.store.list(&PUPIL, &Query::new().limit(1), county.cx("principal").await.scope()).await;
    let pupil = pupil.unwrap().rows.remove(0);
    let date = |day: &str| Cell::Date(day.parse().unwrap());
    let text = |text: &str| Cell::Text(text.to_owned());
    // Every record has an id of its own, whatever its kind.
    let kinds = [INCIDENT.name, MISSING.name, CARE.name, BED.name, REMINDER.name];
    let of = |noun: &'static Noun, number: u128| {
        let kind = kinds.iter().position(|name| *name == noun.name).unwrap();
        let number = number + 16 * u128::try_from(kind).unwrap();
        let row = Row::blank(noun, Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000 + number));
        let row = row.with(noun, "school", pupil.get(&PUPIL, "school").clone());
        let row = row.with(noun, "class", pupil.get(&PUPIL, "class").clone());
        if noun.field("pupil").is_some() { row.with(noun, "pupil", Cell::Id(pupil.id)) } else { row }
    };
    let mut changes = Vec::new();
    for (number, care, bed) in [(1, "2019-12-19", "2018-12-19"), (2, "2019-12-20", "2018-12-20")] {
        let held = |noun: &'static Noun, from, until| {
            of(noun, number).with(noun, "from_on", date(from)).with(noun, "until_on", date(until))
        };
        let bed = held(&BED, if number == 1 { "2017-09-01" } else { "2018-09-01" }, bed);
        changes.push(Change::create(&CARE, "create", held(&CARE, "2017-09-01", care)));
        changes.push(Change::create(&BED, "create", bed.with(&BED, "dormitory", text("女生楼 101"))));
        let reminder =
            of(&REMINDER, number).with(&REMINDER, "day", date(if number == 1 { "2018-12-19" } else { "2018-12-20" }));
        let reminder =
            reminder.with(&REMINDER, "session", text("arrival")).with(&REMINDER, "at", Cell::Int(at("2018-12-19")));
        changes.push(Change::create(&REMINDER, "create", reminder));
    }
    for (number, day, state) in
        [(1, "2003-12-19", "closed"), (2, "2003-12-20", "closed"), (3, "2003-12-01", "reported")]
    {
        let row = of(&INCIDENT, number)
            .with(&INCIDENT, "missing", Cell::Id(Uuid::from_u128(0x500 + number)))
            .with(&INCIDENT, "day", date(day))
            .with(&INCIDENT, "kind", text("lost_contact"))
            .with(&INCIDENT, "state", text(state))
            .with(&INCIDENT, "opened_at", Cell::Int(at(day)))
            .with(&INCIDENT, "words", text("说过想去找在广东的妈妈"))
            .with(&INCIDENT, "place", text("长途汽车站候车室"));
        changes.push(Change::create(&INCIDENT, "create", row));
    }
    let clocks = ["begun_at", "search_at", "report_at", "police_at"];
    let missing = of(&MISSING, 1)
        .with(&MISSING, "sheet", Cell::Id(Uuid::from_u128(0x600)))
        .with(&MISSING, "mark", Cell::Id(Uuid::from_u128(0x601)))
        .with(&MISSING, "day", date("2003-12-19"))
        .with(&MISSING, "session", text("arrival"))
        .with(&MISSING, "state", text("closed"))
        .with(&MISSING, "guardians", Cell::Int(1))
        .with(&MISSING, "place", text("长途汽车站候车室"));
    let missing = clocks.into_iter().fold(missing, |row, clock| row.with(&MISSING, clock, Cell::Int(at("2003-12-19"))));
    changes.push(Change::create(&MISSING, "create", missing));
    let author = Author { actor: None, at: county.app.clock.now(), request: county.app.store.new_id(1) };
    county.app.store.commit(author, changes).await.unwrap();
    county.app.store.checkpoint(county.app.clock.now()).await.unwrap();
    pupil
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_school_knew_of_a_child_is_listed_after_its_term_and_gone_with_the_child() {
    for county in county::both().await {
        let pupil = looked_for_once(&county).await;
        let (backend, name) = (county.backend(), pupil.get(&PUPIL, "name").text().unwrap().to_owned());
        let incident = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);
        let pages = ["/api/v1/incidents".to_owned(), format!("/api/v1/incidents/{incident}/timeline")];
        let secret = |said: &str| said.contains("广东的妈妈") || said.contains("长途汽车站");
        let principal = county.token("principal").await;
        for page in &pages {
            let said = county.get(&principal, page).await.1.to_string();
            assert!(said.contains("长途汽车站"), "{backend} {page} {said}");
        }
        let home = Home::of(county).await;
        for args in [&["retain", "--dry-run"][..], &["retain"], &["retain", "--dry-run"]] {
            let said = home.done(args);
            for line in [
                "care             24 month   ended before 2019-12-20: 1 for a decision with the archive, the oldest of 2019-12-19",
                "bed              36 month   ended before 2018-12-20: 1 for a decision with the archive, the oldest of 2018-12-19",
                "reminder         36 month   ended before 2018-12-20: 1 for a decision with the archive, the oldest of 2018-12-19",
                "incident         216 month  ended before 2003-12-20: 1 for a decision with the archive, the oldest of 2003-12-19",
            ] {
                assert!(said.contains(line), "{backend} {args:?} {line}\n{said}");
            }
            assert!(said.contains("第二十四条第二款") && said.contains("第一百八十八条"), "each with its basis");
        }
        assert!(home.done(&["verify"]).contains("the history is whole"), "{backend}");
        assert!(home.done(&["erase", &pupil.id.to_string()]).contains("erased"));
        assert!(home.done(&["verify"]).contains("the history is whole"), "{backend} after erasing");
        let county = county::again(home).await;
        for page in &pages {
            let (status, said) = county.get(&principal, page).await;
            assert!(status.is_success() && !secret(&said.to_string()), "{backend} {page} {said}");
        }
        let left = county.app.store.find_by(&MISSING, "pupil", &[Cell::Id(pupil.id)], &Scope::county()).await.unwrap();
        assert!(!left.is_empty() && left.iter().all(|row| row.get(&MISSING, "place").text() == Some("（已删除）")));
        // Search and export: neither who he was nor what was said of him.
        let visitor = crate::visitor::Visitor::sign_in(&county, "principal").await;
        let found = visitor.get(&format!("/search?q={}", engine::web::encode(&name))).await.text();
        assert!(!found.contains(&format!("/pupils/{}", pupil.id)), "{backend}");
        assert_eq!(county.app.store.check_search().await.unwrap(), 0);
        let beds = visitor.get(&format!("/beds/export.csv?pupil={}", pupil.id)).await;
        assert!(beds.status.is_success() && beds.text().contains("女生楼 101") && !beds.text().contains(&name));
        let pupils =
            visitor.get(&format!("/pupils/export.csv?class={}", pupil.get(&PUPIL, "class").id().unwrap())).await;
        assert!(pupils.status.is_success() && pupils.text().contains("（已删除）"), "{backend}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_by_a_clock_that_may_be_wrong() {
    const DAY: i64 = 24 * 3_600_000;
    let folder = tempfile::TempDir::new().unwrap();
    let data = folder.path();
    done(&anxiao(data, &["--county", "431124", "init", "--name", "道县"]));
    let disposals = async || one(data, "select cast(count(*) as text) from disposal").await;
    for (days, doubtful) in [(0, false), (-360, false), (-370, true), (400, true)] {
        one(data, &format!("update event set at = at + {} returning cast(at as text)", days * DAY)).await;
        let before = disposals().await;
        done(&anxiao(data, &["retain", "--dry-run"]));
        let output = anxiao(data, &["retain"]);
        assert_eq!(output.status.success(), !doubtful, "{days}: {}", text(&output));
        if doubtful {
            assert!(text(&output).contains("--clock-is-right") && disposals().await == before, "{}", text(&output));
        }
    }
    done(&anxiao(data, &["retain", "--clock-is-right"]));
}
