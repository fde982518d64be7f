//! Who is expected, and who was there: for any pupil, without a row for anybody present.

use std::collections::HashSet;

use proptest::prelude::*;

use super::super::call::called;
use super::super::record::{MARK, SHEET};
use super::super::roll::{Presence, called_at, enrolled_on, goes_on, presence, stays};
use super::*;

#[test]
fn the_roll_is_of_the_day() {
    let all = [
        enrolment(1, CLASS_ID, "2019-09-01", None),
        enrolment(2, CLASS_ID, "2019-09-01", Some("2021-12-19")),
        enrolment(3, CLASS_ID, "2019-09-01", Some("2021-12-20")),
        enrolment(4, CLASS_ID, "2021-12-20", None),
        enrolment(5, CLASS_ID, "2021-12-21", None),
    ];
    for (on, expected) in [("2021-12-20", vec![1, 3, 4]), ("2019-08-31", vec![])] {
        let held =
            all.iter().filter(|row| enrolled_on(row, day(on))).filter_map(|row| row.get(&ENROLMENT, "pupil").id());
        assert_eq!(held.collect::<Vec<_>>(), expected.into_iter().map(pupil).collect::<Vec<_>>(), "{on}");
        // What a database is asked says the same of each.
        for row in &all {
            assert_eq!(
                kit::Query::new().in_force(day(on)).holds(&ENROLMENT, row),
                enrolled_on(row, day(on)),
                "{row:?}"
            );
        }
    }
}

/// A telephone says when a roll was called without a network, as long as its clock is believed.
#[test]
fn a_disbelieved_clock_says_nothing() {
    let came = at("2021-12-20 10:00:00");
    let sheet = |clock: Option<&str>, done: &str| {
        Row::blank(&SHEET, Uuid::from_u128(500))
            .with(&SHEET, "day", Cell::Date(day("2021-12-20")))
            .with(&SHEET, "called_at", Cell::Int(came))
            .with(&SHEET, "device_at", Cell::Int(at(done)))
            .with(&SHEET, "clock", clock.map_or(Cell::Null, text))
    };
    for (clock, done, expected) in [
        (None, "2021-12-20 08:00:00", at("2021-12-20 08:00:00")),
        (Some("ahead"), "2021-12-20 08:00:00", at("2021-12-20 08:00:00")),
        (Some("ahead"), "2021-12-20 14:00:00", came),
        (Some("behind"), "2021-12-20 04:00:00", came),
        (None, "2021-12-19 08:00:00", came),
    ] {
        assert_eq!(called_at(&sheet(clock, done)), expected, "{clock:?} {done}");
    }
}

/// Its last day belongs to a class; the next morning nobody is in it.
#[test]
fn a_class_goes_on_until_its_last_day() {
    let left = class().with(&CLASS, "ended_on", Cell::Date(day("2021-08-31")));
    for (row, on, expected) in [
        (class(), "2031-08-31", true),
        (left.clone(), "2021-08-31", true),
        (left.clone(), "2021-09-01", false),
        (left, "2019-09-01", true),
    ] {
        assert_eq!(goes_on(&row, day(on)), expected, "{on}");
    }
}

#[test]
fn every_answer_there_is() {
    let own = [enrolment(1, CLASS_ID, "2019-09-01", None)];
    let changes =
        called(&sent(&[missed(1, "absent")]), &ground(), &teacher(), &facts("2021-12-20 07:55", &[])).unwrap();
    let (sheets, marks) = ([changes[0].after.clone()], [changes[1].after.clone()]);
    let on = |text: &str, session: &str, marks: &[Row]| {
        presence((&stays(&own, day(text), &[]), &sheets, marks), (day(text), session), false)
    };
    let sheet = sheets[0].id;
    let marked = Presence::Marked { sheet, mark: marks[0].id, kind: "absent".into(), state: "unknown".into() };
    assert_eq!(on("2021-12-20", "arrival", &marks), marked);
    assert_eq!(on("2021-12-20", "arrival", &[]), Presence::Present { sheet });
    assert_eq!(on("2021-12-20", "noon", &marks), Presence::NotCalled);
    assert_eq!(on("2021-12-20", "evening", &marks), Presence::NotEnrolled, "a day pupil is not expected");
    // Who boards no more was missed one night when he did.
    let night = [marks[0].clone().with(&MARK, "session", text("dormitory"))];
    assert_eq!(on("2021-12-20", "dormitory", &night), marked, "what was said of him stands");
    assert_eq!(on("2019-08-01", "arrival", &marks), Presence::NotEnrolled);
    for state in ["mistaken", "taken_back"] {
        let none = [marks[0].clone().with(&MARK, "state", text(state))];
        assert_eq!(on("2021-12-20", "arrival", &none), Presence::Present { sheet }, "{state}");
    }
    let withdrawn = [sheets[0].clone().with(&SHEET, "state", text("withdrawn"))];
    let here = stays(&own, day("2021-12-20"), &[]);
    let answer = presence((&here, &withdrawn, &marks), (day("2021-12-20"), "arrival"), false);
    assert_eq!(answer, Presence::NotCalled);
}

/// Called at eight in one class, moved at ten into another that was called at eight, too: what was said of him in the first stands, and the second
/// says nothing of him until it is called again.
#[test]
fn whoever_moves_during_the_day_is_where_he_was_called() {
    let today = day("2021-12-20");
    let both = [
        enrolment(1, CLASS_ID, "2019-09-01", Some("2021-12-19")),
        enrolment(2, OTHER_CLASS, "2021-12-20", None).with(&ENROLMENT, "pupil", Cell::Id(pupil(1))),
    ];
    let here = stays(&both, today, &[(at("2021-12-20 10:00:00"), OTHER_CLASS)]);
    let sheet = |class: Uuid, session: &'static str, now: &str, all: &[Missed]| {
        let ground = Ground { class: Row { id: class, ..super::class() }, ..ground() };
        let sent = Sent { id: Uuid::new_v5(&class, now.as_bytes()), session, ..sent(all) };
        let who = actor(Role::Teacher, TEACHER, SCHOOL, &[CLASS_ID, OTHER_CLASS]);
        let changes = called(&sent, &ground, &who, &facts(now, &[])).unwrap();
        changes
            .into_iter()
            .filter(|change| change.noun.name != "missing")
            .map(|change| change.after)
            .collect::<Vec<_>>()
    };
    let old = sheet(CLASS_ID, "arrival", "2021-12-20 08:00", &[missed(1, "absent")]);
    let new = sheet(OTHER_CLASS, "arrival", "2021-12-20 08:00", &[]);
    let noon = sheet(OTHER_CLASS, "noon", "2021-12-20 14:00", &[]);
    let known = [old[0].clone(), new[0].clone(), noon[0].clone()];
    let said = |marks: &[Row], session| presence((&here, &known, marks), (today, session), false);
    let marked = Presence::Marked { sheet: old[0].id, mark: old[1].id, kind: "absent".into(), state: "unknown".into() };
    assert_eq!(said(&old[1..], "arrival"), marked);
    assert_eq!(said(&[], "arrival"), Presence::Present { sheet: old[0].id }, "he was there when his class was called");
    assert_eq!(said(&[], "noon"), Presence::Present { sheet: noon[0].id });
    // Only his new class was called, before he came.
    let before = [new[0].clone()];
    assert_eq!(presence((&here, &before, &[]), (today, "arrival"), false), Presence::NotCalled);
    // Moved once more: between the two moves he was in a class of which nothing is left in his enrolments.
    let third = Uuid::from_u128(77);
    let on = [both[0].clone(), both[1].clone().with(&ENROLMENT, "class", Cell::Id(third))];
    let came = [(at("2021-12-20 09:00:00"), OTHER_CLASS), (at("2021-12-20 10:00:00"), third)];
    let here = stays(&on, today, &came);
    let told = |sheet: &Row| presence((&here, std::slice::from_ref(sheet), &[]), (today, "arrival"), false);
    let late = sheet(CLASS_ID, "arrival", "2021-12-20 09:30", &[]);
    let between = sheet(OTHER_CLASS, "arrival", "2021-12-20 09:30", &[]);
    assert_eq!((told(&late[0]), told(&between[0])), (Presence::NotCalled, Presence::Present { sheet: between[0].id }));
}

proptest! {
    /// Whoever is on the roll is either marked or present, and the sheet counts exactly the marked.
    #[test]
    fn present_and_marked_make_the_roll(kinds in prop::collection::vec(prop::option::of(0_usize..5), 1..50)) {
        let roll: Vec<_> = (0..kinds.len() as u128).map(pupil).collect();
        let marked: Vec<_> = kinds.iter().enumerate().filter_map(|(at, kind)| Some(missed(at as u128, super::super::record::KINDS[(*kind)?]))).collect();
        let ground = Ground { roll: roll.clone(), ..ground() };
        let rows = written(&sent(&marked), &ground, "2021-12-20 07:55");
        let sheets = [rows[0].clone()];
        let marks: Vec<_> = rows[1..].to_vec();
        let there = |at: usize| {
            let own = [enrolment(at as u128, CLASS_ID, "2019-09-01", None)];
            let mine: Vec<_> = marks.iter().filter(|mark| mark.get(&MARK, "pupil").id() == Some(pupil(at as u128))).cloned().collect();
            let here = stays(&own, day("2021-12-20"), &[]);
            presence((&here, &sheets, &mine), (day("2021-12-20"), "arrival"), false)
        };
        let present = (0..roll.len()).filter(|at| matches!(there(*at), Presence::Present { .. })).count();
        prop_assert_eq!(present + marks.len(), roll.len());
        let counted: i64 = super::super::call::COUNTERS.iter().map(|field| sheets[0].get(&SHEET, field).int().unwrap()).sum();
        prop_assert_eq!(usize::try_from(counted).unwrap(), marks.len());
        prop_assert_eq!(marks.iter().map(|mark| mark.id).collect::<HashSet<_>>().len(), marks.len());
    }
}
