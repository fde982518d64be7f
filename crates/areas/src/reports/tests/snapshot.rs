//! What is frozen stays, can be counted again, and names what changed.

use engine::save::Refused;

use super::super::freeze::{Difference, freeze, numbers};
use super::super::numbers::{gather, hash};
use super::super::record::SNAPSHOT;
use super::*;

#[tokio::test]
async fn the_same_records_have_the_same_hash_and_a_change_is_named() {
    let county = County::new().await;
    let cx = county.bureau();
    let cutoff = day("2021-12-20");
    let first = freeze(&cx, 2021, cutoff).await.unwrap();
    // Another request while nothing has changed is answered with the same one.
    let second = freeze(&county.bureau(), 2021, cutoff).await.unwrap();
    let text = |row: &Row, field| row.get(&SNAPSHOT, field).text().unwrap().to_owned();
    assert_eq!(first.id, second.id);
    assert_eq!(hash(&text(&first, "figures")), text(&first, "hash"));
    assert!(text(&first, "figures").starts_with(r#"{"before":{"boarders":{"denominator":null,"formula":3,"value":"#));
    let frozen = numbers(&first).unwrap();
    assert_eq!(frozen, gather(&cx, 2021, cutoff).await.unwrap());
    assert_eq!(recompute(&cx, &frozen).await, []);
    // The same request once more is no second snapshot; another year has its own.
    assert_eq!(freeze(&cx, 2021, cutoff).await.unwrap().id, first.id);
    assert_ne!(freeze(&county.bureau(), 2020, cutoff).await.unwrap().id, first.id);
    assert_eq!(county.app.store.count(&SNAPSHOT, &kit::Query::new(), &Scope::county()).await.unwrap(), 2);

    // A hazard of the year before is written down late.
    let mut rows = Rows::new();
    hazards(&mut rows);
    let (noun, mut late) = rows.remove(7);
    late.id = id(1100);
    county.add(5001, vec![(noun, late)]).await;
    let changed: Vec<_> = recompute(&cx, &frozen).await;
    let difference =
        |id: &str, before, frozen, current| Difference { id: id.into(), before, frozen, current, shares: None };
    assert!(changed.contains(&difference("hazards.found", true, 2, 3)), "{changed:?}");
    assert!(changed.iter().all(|difference| difference.before));
    assert_ne!(text(&freeze(&county.bureau(), 2021, cutoff).await.unwrap(), "hash"), text(&first, "hash"));
    // The first request sent again after that is still what it took.
    assert_eq!(freeze(&cx, 2021, cutoff).await.unwrap().id, first.id);
}

/// What the sentence about the returns says is counted again like every other number.
#[tokio::test]
async fn a_school_that_turns_out_to_be_without_returns_is_named_too() {
    let county = County::new().await;
    let cx = county.bureau();
    let frozen = gather(&cx, 2021, day("2021-12-20")).await.unwrap();
    assert_eq!(recompute(&cx, &frozen).await, []);
    // Another formula that counts the same is no change.
    let mut older = frozen.clone();
    older.figures.get_mut("schools").unwrap().formula += 1;
    assert_eq!(recompute(&cx, &older).await, []);
    let mut rows = Rows::new();
    units(&mut rows);
    let (noun, young) = rows.pop().unwrap();
    let late = Row { id: id(15), ..young }.with(noun, "local_code", word("L15"));
    county.add(5002, vec![(noun, late)]).await;
    let changed = recompute(&cx, &frozen).await;
    let of = |id: &str| changed.iter().find(|one| one.id == id).map(|one| (one.before, one.frozen, one.current));
    assert_eq!(of("schools"), Some((false, 3, 4)), "{changed:?}");
    assert_eq!(of("report.without_return"), Some((false, 1, 2)), "{changed:?}");
}

#[tokio::test]
async fn only_the_county_freezes_and_never_the_future() {
    let county = County::new().await;
    let school = county.cx(Role::School, Scope::county());
    assert!(matches!(freeze(&school, 2021, day("2021-12-20")).await, Err(Refused::Forbidden)));
    let refused = freeze(&county.bureau(), 2022, day("2021-12-20")).await;
    assert!(matches!(refused, Err(Refused::Faults(faults)) if faults[0].code == "report.to_come"));
}

#[tokio::test]
async fn a_cut_off_lies_in_its_year_or_after_it_and_never_in_the_future() {
    let county = County::new().await;
    for (year, asked, cutoff) in [
        (2021, None, Ok("2021-12-20")),
        (2021, Some("2021-06-30"), Ok("2021-06-30")),
        (2021, Some("2021-12-21"), Err("report.cutoff")),
        (2021, Some("2020-12-31"), Err("report.cutoff")),
        (2020, None, Ok("2021-12-20")),
        (2020, Some("2020-12-31"), Ok("2020-12-31")),
        (2020, Some("2021-02-15"), Ok("2021-02-15")),
        (2020, Some("2019-12-31"), Err("report.cutoff")),
        (2022, None, Err("report.to_come")),
    ] {
        let last = super::super::last_day(&county.bureau(), year, asked.map(day)).map_err(|refusal| refusal.code);
        assert_eq!(last, cutoff.map(day), "{year} {asked:?}");
    }
}

#[tokio::test]
async fn a_snapshot_that_was_tampered_with_is_refused() {
    let county = County::new().await;
    let row = freeze(&county.bureau(), 2021, day("2021-12-20")).await.unwrap();
    let figures = row.get(&SNAPSHOT, "figures").text().unwrap().replacen("\"value\":", "\"value\":1", 1);
    let forged = row.with(&SNAPSHOT, "figures", Cell::Text(figures));
    assert_eq!(numbers(&forged).unwrap_err().code, "report.hash");
}
