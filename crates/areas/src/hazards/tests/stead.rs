//! What a finder put down who is not there any more: who corrects it, and that nobody does while he is.

use engine::auth::ACCOUNT;

use super::*;
use crate::organisation::record::STAFF;

/// Somebody with the task of one of the cast, who is none of them.
const FINDER: Uuid = id(901);

/// His last day, and of his account, if he has one, the day from which it is closed.
type End = (Option<&'static str>, Option<Option<&'static str>>);

/// What is known of him when a hazard is corrected.
fn finder_like(name: &'static str, (left, account): End) -> Facts {
    let like = actor(name);
    let on = |day_of: Option<&str>| day_of.map_or(Cell::Null, |text| Cell::Date(day(text)));
    let place = if like.scope.home.is_some() { "school" } else { "unit" };
    let staff = Row::blank(&STAFF, FINDER).with(&STAFF, place, like.unit.map_or(Cell::Null, Cell::Id)).with(
        &STAFF,
        "left_on",
        on(left),
    );
    let account = account.map(|closed| {
        Row::blank(&ACCOUNT, id(902))
            .with(&ACCOUNT, "staff", Cell::Id(FINDER))
            .with(&ACCOUNT, "role", text(like.role.code()))
            .with(&ACCOUNT, "disabled_on", on(closed))
    });
    let mut facts = facts("2021-10-01");
    facts.beside = account.map(|row| (&ACCOUNT, row)).into_iter().collect();
    Arc::make_mut(&mut facts.known).insert(FINDER, staff);
    facts
}

/// The form asks for it where the rule takes it, and nowhere else.
fn corrects(row: &Row, who: &'static str, facts: &Facts) -> bool {
    let after = row.clone().with(&HAZARD, "description", text("handrail and lamp"));
    let taken = rules::derive(Some(row), after, &actor(who), facts).is_ok();
    assert_eq!(rules::edited(&actor(who), row, "description", facts), taken, "{who}");
    taken
}

#[test]
fn a_finder_who_is_gone_is_stood_in_for() {
    let there: End = (None, Some(None));
    let last_day: End = (Some("2021-10-01"), Some(None));
    let gone: End = (Some("2021-09-30"), Some(Some("2021-10-01")));
    let closed: End = (None, Some(Some("2021-10-01")));
    let closed_tomorrow: End = (None, Some(Some("2021-10-02")));
    let without: End = (None, None);
    let table: [(&'static str, End, &[&str]); 13] = [
        ("teacher", there, &[]),
        ("teacher", last_day, &[]),
        ("teacher", closed_tomorrow, &[]),
        ("teacher", gone, &["principal", "officer"]),
        ("teacher", closed, &["principal", "officer"]),
        ("teacher", without, &["principal", "officer"]),
        ("inspector", there, &[]),
        ("inspector", gone, &["bureau", "inspector"]),
        ("bureau", there, &[]),
        ("bureau", closed, &["bureau"]),
        ("director", gone, &["director", "bureau"]),
        ("police", gone, &["police"]),
        ("township", gone, &["township"]),
    ];
    let cast = ["director", "bureau", "inspector", "police", "township", "principal", "officer", "teacher", "villager"];
    for (like, end, expected) in table {
        // On a round with others: what the school found itself its officer corrects anyway.
        let row = recorded(like, "2021-09-30").with(&HAZARD, "source", text("joint"));
        let row = row.with(&HAZARD, "found_by", Cell::Id(FINDER));
        let facts = finder_like(like, end);
        let said: Vec<_> = cast.into_iter().filter(|&who| corrects(&row, who, &facts)).collect();
        assert_eq!(said, expected, "{like} {end:?}");
        let graded = row.with(&HAZARD, "state", text("graded"));
        assert!(cast.into_iter().all(|who| !corrects(&graded, who, &facts)), "{like} {end:?}");
    }
}

/// Who found an inspection worked at a school, and what he put down is the bureau's all the same.
#[test]
fn no_school_rewrites_what_an_inspector_of_its_own_found() {
    let gone = (Some("2021-09-30"), Some(Some("2021-10-01")));
    let mut facts = finder_like("inspector", gone);
    let staff = Row::blank(&STAFF, FINDER).with(&STAFF, "school", Cell::Id(JUNIOR));
    Arc::make_mut(&mut facts.known).insert(FINDER, staff.with(&STAFF, "left_on", Cell::Date(day("2021-09-30"))));
    let row = recorded("inspector", "2021-09-30").with(&HAZARD, "found_by", Cell::Id(FINDER));
    for (who, expected) in [("principal", false), ("officer", false), ("inspector", false), ("bureau", true)] {
        assert_eq!(corrects(&row, who, &facts), expected, "{who}");
    }
}
