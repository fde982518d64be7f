//! A roll that comes late: of whom somebody is told still, and of whom nobody is.

use super::super::call::called;
use super::super::late::{accounts, asks, of_mark, of_sheet, said, was_there};
use super::super::missing::People;
use super::super::record::{MARK, MISSING, SHEET};
use super::*;

#[test]
fn the_boarders_of_last_night_are_asked_for_in_the_morning() {
    for (session, now, expected) in [
        ("dormitory", "2021-12-21 03:00", true),
        ("dormitory", "2021-12-21 07:30", true),
        ("evening", "2021-12-21 20:00", true),
        ("dormitory", "2021-12-22 05:00", false),
        ("arrival", "2021-12-20 15:00", true),
        ("arrival", "2021-12-21 07:30", false),
    ] {
        assert_eq!(asks(session, day("2021-12-20"), facts(now, &[]).now), expected, "{session} {now}");
    }
}

fn sheet(number: u128, on: &str, session: &str) -> Row {
    Row::blank(&SHEET, Uuid::from_u128(6_100 + number)).with(&SHEET, "day", Cell::Date(day(on))).with(
        &SHEET,
        "session",
        text(session),
    )
}

#[test]
fn who_is_there_in_a_later_roll_is_not_looked_for() {
    let night = (day("2021-12-20"), "dormitory");
    let morning = sheet(0, "2021-12-21", "arrival");
    let marked = |kind: &str| {
        let mark = Row::blank(&MARK, Uuid::from_u128(6_200)).with(&MARK, "pupil", Cell::Id(pupil(0)));
        let mark = mark.with(&MARK, "sheet", Cell::Id(morning.id)).with(&MARK, "kind", text(kind));
        vec![mark.with(&MARK, "state", text("known"))]
    };
    let there = |sheet: &Row, marks: &[Row]| was_there(pupil(0), night, std::slice::from_ref(sheet), marks);
    assert!(there(&morning, &[]) && there(&morning, &marked("late")));
    assert!(!there(&morning, &marked("absent")) && !there(&morning, &marked("sick")));
    assert!(!there(&sheet(1, "2021-12-20", "evening"), &[]), "before he was missed");
    // And the late roll itself.
    let slots = slots(&timetable(), "senior", true, day("2021-12-20"));
    let sent = Sent { session: "dormitory", ..sent(&[missed(0, "absent")]) };
    let begun = |since: Vec<Uuid>| {
        let ground = Ground { slots: slots.clone(), people: People { since, ..People::default() }, ..ground() };
        let changes = called(&sent, &ground, &teacher(), &facts("2021-12-21 08:40", &[])).unwrap();
        changes.iter().any(|change| change.noun.name == "missing")
    };
    assert!(begun(Vec::new()) && !begun(vec![pupil(0)]));
}

#[test]
fn what_comes_too_late_says_that_nobody_was_told() {
    let late = |now: &str| {
        let rows = written(&sent(&[missed(0, "absent"), missed(1, "sick")]), &ground(), now);
        (of_sheet(&rows[0]), of_mark(&rows[1]), of_mark(&rows[2]))
    };
    assert_eq!(late("2021-12-20 15:00"), (false, false, false));
    assert_eq!(late("2021-12-21 07:30"), (true, true, false), "of the sick it is known why");
}

#[test]
fn who_is_accounted_for_since_frightens_nobody() {
    let night = (day("2021-12-20"), "dormitory");
    let check = |on: &str, session: &str, state: &str, found: &str| {
        let row = Row::blank(&MISSING, Uuid::from_u128(6_300)).with(&MISSING, "pupil", Cell::Id(pupil(0)));
        let row = row.with(&MISSING, "day", Cell::Date(day(on))).with(&MISSING, "session", text(session));
        row.with(&MISSING, "state", text(state)).with(&MISSING, "found", text(found))
    };
    for (on, session, state, found, expected) in [
        ("2021-12-21", "arrival", "closed", "home", true),
        ("2021-12-20", "dormitory", "closed", "school", true),
        ("2021-12-20", "evening", "closed", "school", false),
        ("2021-12-21", "arrival", "searching", "", false),
        ("2021-12-21", "arrival", "closed", "taken_back", false),
    ] {
        let row = check(on, session, state, found);
        assert_eq!(accounts(&row, pupil(0), night), expected, "{on} {session} {state} {found}");
        assert!(!accounts(&row, pupil(1), night), "another child");
    }
    let (known, nobody) = (Some("sheet.known_since"), Some("sheet.nobody_told"));
    for (of_each, expected) in
        [(&[][..], None), (&[true][..], known), (&[true, true][..], known), (&[true, false][..], nobody)]
    {
        assert_eq!(said(of_each), expected, "{of_each:?}");
    }
}
