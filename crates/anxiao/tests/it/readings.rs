//! The log of who opened what: it is proven as the history is, and may end by its term.

use areas::organisation::record::PUPIL;
use areas::retention::record::DISPOSAL;
use areas::retention::sealing::{READING_DAY, prove, seal};
use kit::{Author, Cell, Change, Query, Row, Scope};
use store::{Log, Target, Torn};
use uuid::Uuid;

use crate::backup::Home;
use crate::county;

/// As many readings as there are days, one on each.
async fn read_on(county: &county::County, days: &[&str]) {
    for day in days {
        let at = kit::dates::shanghai_start(day.parse().unwrap());
        let (actor, record) = (Uuid::from_u128(1), Uuid::from_u128(2));
        county.app.store.note_reading(at, actor, &PUPIL, record, "id_number", "核对学籍").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_changed_taken_out_or_cut_off_is_named() {
    for county in county::both().await {
        read_on(&county, &["2021-12-17", "2021-12-18", "2021-12-19", "2021-12-20"]).await;
        let store = &county.app.store;
        let now = county.app.clock.now();
        assert_eq!(seal(store, now, 0).await.unwrap(), 4, "the history has the end of the log");
        assert_eq!(seal(store, now, 0).await.unwrap(), 4, "once");
        assert!(prove(store).await.unwrap().is_empty());
        for (statement, torn) in [
            ("update reading set reason = 'x' where seq = 2", Torn::Altered { seq: 2 }),
            ("update reading set reason = '核对学籍' where seq = 2", Torn::Altered { seq: 0 }),
            ("update reading set seq = null where seq = 3", Torn::Missing { from: 3, to: 3 }),
            ("delete from reading where seq = 4", Torn::Cut { have: 2, written: 4 }),
            ("update reading_head set seq = 2", Torn::Cut { have: 2, written: 4 }),
            ("delete from reading where seq = 1", Torn::Begins { first: 2, deleted: 0 }),
        ] {
            assert_eq!(county.raw(statement).await, 1, "{statement}");
            let said = prove(store).await.unwrap();
            let mended = torn == Torn::Altered { seq: 0 };
            assert!(if mended { said.is_empty() } else { said.contains(&torn) }, "{statement}: {said:?}");
        }
        read_on(&county, &["2021-12-21"]).await;
        assert_eq!(seal(store, now, 0).await.unwrap(), 4, "a log that became shorter is not sealed anew");
        let home = Home::of(county).await;
        let said = home.refused(&["verify"]);
        assert!(said.contains("of the log of readings"), "{said}");
    }
}

/// What was deleted before there was a chain.
async fn deleted_before(county: &county::County, day: &str) {
    let (store, day) = (&county.app.store, day.parse().unwrap());
    let at = kit::dates::shanghai_start(day);
    let row = Row::blank(&DISPOSAL, store.new_id(at))
        .with(&DISPOSAL, "kind", Cell::Text("reading".into()))
        .with(&DISPOSAL, "term", Cell::Text("36 month".into()))
        .with(&DISPOSAL, "basis", Cell::Text("b".into()))
        .with(&DISPOSAL, "cutoff", Cell::Date(day))
        .with(&DISPOSAL, "count", Cell::Int(50))
        .with(&DISPOSAL, "done_at", Cell::Int(at));
    let author = Author { actor: None, at, request: store.new_id(at) };
    store.commit(author, vec![Change::create(&DISPOSAL, "create", row)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_shortened_by_its_term_is_whole() {
    for county in county::both().await {
        // The clock was wrong for one: what stands behind a line that stays, stays.
        read_on(&county, &["2018-01-05", "2018-01-06", "2021-12-18", "2018-01-07", "2021-12-19"]).await;
        let store = &county.app.store;
        seal(store, county.app.clock.now(), 0).await.unwrap();
        let backend = county.backend();
        let home = Home::of(county).await;
        assert!(home.done(&["retain"]).contains("2 lines were deleted"), "{backend}");
        assert!(home.done(&["verify"]).contains("the log of readings is as it was written"), "{backend}");
        let county = county::again(home).await;
        assert_eq!(county.app.store.readings(10).await.unwrap().len(), 3, "{backend}");
        deleted_before(&county, "2020-01-10").await;
        county.raw("delete from reading where seq = 3").await;
        let torn = prove(&county.app.store).await.unwrap();
        assert_eq!(torn, [Torn::Begins { first: 4, deleted: 2 }], "{backend}");
    }
}

/// What was sealed of a day is not sealed over, so that whoever wrote the day anew is found out; a clock that was put back holds nothing up.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_was_written_anew_is_not_sealed_over() {
    const DAY: i64 = 24 * 60 * 60 * 1000;
    for county in county::both().await {
        let (store, now, backend) = (&county.app.store, county.app.clock.now(), county.backend());
        read_on(&county, &["2021-12-19", "2021-12-20"]).await;
        assert_eq!(seal(store, now, 0).await.unwrap(), 2, "{backend}");
        county.raw("update reading set hash = (select hash from reading where seq = 1) where seq = 2").await;
        county.raw("update reading_head set hash = (select hash from reading where seq = 1)").await;
        read_on(&county, &["2021-12-20"]).await;
        assert_eq!(seal(store, now, 0).await.unwrap(), 2, "{backend}: left as it is");
        assert_eq!(seal(store, now + DAY, 0).await.unwrap(), 3, "{backend}: the next day has a row of its own");
        assert!(prove(store).await.unwrap().contains(&Torn::Exchanged { seq: 2 }), "{backend}");
        read_on(&county, &["2021-12-20"]).await;
        assert_eq!(seal(store, now, 0).await.unwrap(), 4, "{backend}: by a clock that was put back");
    }
}

/// A term may delete while the log is proven: it is read as it was at one moment, and what had gone by then is counted.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_term_deletes_meanwhile_is_not_missing() {
    for county in county::both().await {
        let (store, backend) = (&county.app.store, county.backend());
        read_on(&county, &["2018-01-05", "2018-01-06", "2018-01-07"]).await;
        let goes = async { store.delete_aged(Log::Reading, i64::MAX / 2, &mut |_| {}).await.map(|_| 0) };
        assert!(store.prove_readings(&[], None, goes).await.unwrap().is_empty(), "{backend}");
        let after = store.prove_readings(&[], None, async { Ok(0) }).await.unwrap();
        assert_eq!(after, [Torn::Cut { have: 0, written: 3 }], "{backend}: by then it had gone");
    }
}

/// A line from before the log had a chain.
async fn unplaced(county: &county::County, number: u128, day: &str) {
    let id = match county.target {
        Target::Sqlite(_) => format!("x'{number:032x}'"),
        Target::Postgres { .. } => format!("'{number:032x}'::uuid"),
    };
    let at = kit::dates::shanghai_start(day.parse().unwrap());
    let line = format!(
        "insert into reading (id, at, actor, noun, record, field, reason) values ({id}, {at}, {id}, 'pupil', {id}, 'f', 'r')"
    );
    assert_eq!(county.raw(&line).await, 1);
}

/// Whether lines without a place were put in is told by their number, which the history has, and by no clock: that was ahead when one of them was written.
#[tokio::test(flavor = "multi_thread")]
async fn lines_from_before_the_chain_are_counted_and_not_judged_by_the_clock() {
    for county in county::both().await {
        let (store, now, backend) = (&county.app.store, county.app.clock.now(), county.backend());
        unplaced(&county, 1, "2022-06-01").await;
        read_on(&county, &["2021-12-19"]).await;
        assert!(prove(store).await.unwrap().is_empty(), "{backend}: nothing is sealed yet");
        seal(store, now, 0).await.unwrap();
        assert!(prove(store).await.unwrap().is_empty(), "{backend}");
        unplaced(&county, 2, "2018-12-20").await;
        assert_eq!(prove(store).await.unwrap(), [Torn::Strange { count: 1 }], "{backend}");
        // Sealed again, it is not taken in.
        read_on(&county, &["2021-12-20"]).await;
        assert_eq!(seal(store, now, 0).await.unwrap(), 2, "{backend}");
        assert_eq!(prove(store).await.unwrap(), [Torn::Strange { count: 1 }], "{backend}");
        // Their term may end.
        county.raw("delete from reading where seq is null").await;
        assert!(prove(store).await.unwrap().is_empty(), "{backend}");
    }
}

/// A command seals what it noted: nobody can take it out before the server runs again.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_noted_is_sealed_when_it_ends() {
    for county in county::both().await {
        let backend = county.backend();
        let home = Home::of(county).await;
        home.done(&["user", "password", "guard"]);
        let county = county::again(home).await;
        let store = &county.app.store;
        let written = store.last_reading().await.unwrap();
        assert!(written.seq > 0, "{backend}");
        let days = store.all(&READING_DAY, &Query::new(), &Scope::county()).await.unwrap();
        let last: Vec<_> = days.iter().map(|row| (row.version, row.get(&READING_DAY, "last").int())).collect();
        assert_eq!(last, [(1, Some(written.seq))], "{backend}");
    }
}
