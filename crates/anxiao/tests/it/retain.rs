//! Terms applied: what goes, what is only listed, and that both are recorded.

use kit::{Query, Scope};
use store::Log;

use crate::backup::Home;
use crate::county;

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
                "notice           24 month   ended before 2019-12-20: 1 would be deleted, the oldest of 2019-12-19",
                "reading          36 month   ended before 2018-12-20: 1 would be deleted, the oldest of 2018-12-19",
                "hazard           120 month  ended before 2011-12-20: nothing",
                "report_snapshot  permanent",
                "nothing was deleted",
            ] {
                assert!(said.contains(line), "{backend} {line}\n{said}");
            }
            assert!(said.contains("网络安全法") && said.contains("个人信息保护法"), "each with its basis");
        }
        assert!(home.done(&["retain"]).contains("5 lines were deleted"));
        assert!(home.done(&["retain"]).contains("0 lines were deleted"), "the second time there is nothing to do");
        assert!(home.done(&["verify"]).contains("the history is whole"));
        let county = county::again(home).await;
        let now = left(&county).await;
        let gone: Vec<u64> = filled.iter().zip(&now).map(|(filled, now)| filled - now).collect();
        assert_eq!(gone, [1, 1, 0, 2, 1], "{backend} {before:?} {filled:?} {now:?}");
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
