//! To whom a child may be handed, and who had it last.

use super::super::call::called;
use super::super::handover::{HANDOVER, Last, derived, last, rules};
use super::super::record::{MARK, SHEET};
use super::*;
use crate::organisation::record::{GUARDIAN, PUPIL};

fn class_of(stage: &str, entered: i64) -> Row {
    class().with(&CLASS, "stage", text(stage)).with(&CLASS, "entry_year", Cell::Int(entered))
}

fn pupil_row(number: u128, class: Uuid) -> Row {
    Row::blank(&PUPIL, pupil(number)).with(&PUPIL, "class", Cell::Id(class))
}

fn guardian(number: u128) -> Row {
    Row::blank(&GUARDIAN, Uuid::from_u128(4_000 + number)).with(&GUARDIAN, "pupil", Cell::Id(pupil(number)))
}

fn handed(pupil: Option<Uuid>, by: &str, guardian: Option<Uuid>) -> Row {
    let id = |id: Option<Uuid>| id.map_or(Cell::Null, Cell::Id);
    Row::blank(&HANDOVER, Uuid::from_u128(7_000))
        .with(&HANDOVER, "class", Cell::Id(CLASS_ID))
        .with(&HANDOVER, "pupil", id(pupil))
        .with(&HANDOVER, "taken_by", text(by))
        .with(&HANDOVER, "guardian", id(guardian))
}

#[test]
fn small_children_go_to_a_registered_guardian() {
    let aunt = Some(guardian(1).id);
    let stranger = Some(guardian(2).id);
    let one = Some(pupil(1));
    for (class, row, expected) in [
        (class_of("kindergarten", 2021), handed(None, "guardian", None), vec![]),
        (class_of("kindergarten", 2021), handed(None, "alone", None), vec!["handover.not_alone"]),
        (class_of("junior", 2022), handed(None, "bus", None), vec!["handover.no_class"]),
        (
            class_of("junior", 2018).with(&CLASS, "ended_on", Cell::Date(day("2021-08-31"))),
            handed(None, "bus", None),
            vec!["handover.no_class"],
        ),
        (class_of("primary", 2019), handed(one, "alone", None), vec!["handover.not_alone"]),
        (class_of("primary", 2019), handed(one, "guardian", None), vec!["handover.which_guardian"]),
        (class_of("primary", 2019), handed(one, "guardian", aunt), vec![]),
        (class_of("primary", 2019), handed(one, "guardian", stranger), vec!["handover.not_his"]),
        (class_of("primary", 2019), handed(one, "bus", aunt), vec!["handover.not_registered"]),
        (class_of("primary", 2018), handed(one, "alone", None), vec![]),
        (class_of("junior", 2021), handed(None, "alone", None), vec![]),
        (class_of("junior", 2021), handed(one, "guardian", stranger), vec!["handover.not_his"]),
        (class_of("junior", 2021), handed(Some(pupil(3)), "alone", None), vec!["handover.not_in_class"]),
    ] {
        let known = [class, pupil_row(1, CLASS_ID), pupil_row(3, OTHER_CLASS), guardian(1), guardian(2)];
        let faults = rules(&row, &facts("2021-12-20 16:30", &known));
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), expected, "{row:?}");
    }
}

/// A wrong touch is put right on its day; nobody makes it a record of another child, or of yesterday another one.
#[test]
fn what_was_touched_by_mistake_is_put_right_on_its_day() {
    let before = handed(Some(pupil(1)), "bus", None)
        .with(&HANDOVER, "day", Cell::Date("2021-12-20".parse().unwrap()))
        .with(&HANDOVER, "handed_at", Cell::Int(7));
    let put = before.clone().with(&HANDOVER, "taken_by", text("guardian")).with(
        &HANDOVER,
        "guardian",
        Cell::Id(guardian(1).id),
    );
    let other = put.clone().with(&HANDOVER, "pupil", Cell::Id(pupil(2)));
    for (after, now, expected) in [
        (&put, "2021-12-20 17:10", Ok(Cell::Int(7))),
        (&put, "2021-12-21 07:10", Err("handover.day_over")),
        (&other, "2021-12-20 17:10", Err("handover.of_another")),
    ] {
        let found = derived(Some(&before), after.clone(), &teacher(), &facts(now, &[]));
        let found = found.map(|row| row.get(&HANDOVER, "handed_at").clone()).map_err(|refusal| refusal.code);
        assert_eq!(found, expected, "{now}");
    }
}

/// What is written about a child travels under the child's key; of a whole class there is none.
#[test]
fn a_note_is_about_a_child() {
    let noted = |pupil| handed(pupil, "bus", None).with(&HANDOVER, "note", text("奶奶在校门口等"));
    for (row, expected) in [
        (noted(None), vec![("handover.whose_note", Some("note"))]),
        (noted(Some(pupil(1))), vec![]),
        (handed(None, "bus", None), vec![]),
    ] {
        let known = [class_of("primary", 2019), pupil_row(1, CLASS_ID)];
        let faults = rules(&row, &facts("2021-12-20 16:30", &known));
        assert_eq!(faults.iter().map(|fault| (fault.code, fault.field)).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn its_own_teacher_and_the_school_hand_over() {
    let now = facts("2021-12-20 16:30", &[class()]);
    for (who, may) in [
        (teacher(), true),
        (actor(Role::Principal, COLLEAGUE, SCHOOL, &[]), true),
        (actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]), false),
        (actor(Role::Principal, COLLEAGUE, OTHER, &[]), false),
    ] {
        let row = derived(None, handed(None, "bus", None), &who, &now);
        assert_eq!(row.is_ok(), may, "{who:?}");
        assert!(row.is_err() || row.unwrap().get(&HANDOVER, "handed_at") == &Cell::Int(now.now));
    }
}

#[test]
fn where_and_to_whom() {
    let call = |time: &str, missed: &[Missed]| {
        let changes = called(&sent(missed), &ground(), &teacher(), &facts(time, &[])).unwrap();
        changes.into_iter().map(|change| change.after).collect::<Vec<_>>()
    };
    let sheet = call("2021-12-20 08:10", &[missed(1, "sick"), missed(2, "late")]);
    let (sheets, marks) = sheet.split_at(1);
    let mine = |number| {
        marks.iter().filter(|mark| mark.get(&MARK, "pupil").id() == Some(pupil(number))).cloned().collect::<Vec<_>>()
    };
    let eight = at("2021-12-20 08:10:00");
    let four = at("2021-12-20 16:30:00");
    let whole = handed(None, "bus", None).with(&HANDOVER, "handed_at", Cell::Int(four));
    let own = Row { id: Uuid::from_u128(7_001), ..handed(Some(pupil(1)), "guardian", None) };
    let own = own.with(&HANDOVER, "handed_at", Cell::Int(four));
    let with = Last::With { staff: Some(TEACHER), sheet: sheets[0].id, at: eight };
    let away = Last::Away { mark: mine(1).first().unwrap().id, at: eight };
    let all = std::slice::from_ref(&whole);
    for (number, sheets, handovers, expected) in [
        (0, &sheets[..0], &[][..], Last::Nothing),
        (0, sheets, &[][..], with.clone()),
        (1, sheets, &[][..], away.clone()),
        (2, sheets, &[][..], with.clone()),
        (0, sheets, all, Last::Handed { handover: whole.id, at: four }),
        (1, sheets, all, away),
        (1, sheets, std::slice::from_ref(&own), Last::Handed { handover: own.id, at: four }),
    ] {
        assert_eq!(last(pupil(number), sheets, &mine(number), handovers), expected, "{number}");
    }
    // Boarders are called again in the evening: the later word.
    let evening = sheets[0].clone().with(&SHEET, "called_at", Cell::Int(four + 1));
    let answer = last(pupil(0), &[evening], &[], all);
    assert!(matches!(answer, Last::With { .. }), "{answer:?}");
    // Fetched in the morning, back at noon, and gone with his class at four.
    let ten = at("2021-12-20 10:30:00");
    let fetched = own.with(&HANDOVER, "pupil", Cell::Id(pupil(0))).with(&HANDOVER, "handed_at", Cell::Int(ten));
    let noon = sheets[0].clone().with(&SHEET, "called_at", Cell::Int(at("2021-12-20 14:00:00")));
    let both = [sheets[0].clone(), Row { id: Uuid::from_u128(501), ..noon }];
    let of_day = [whole.clone(), fetched.clone()];
    assert_eq!(last(pupil(0), &both, &[], &of_day), Last::Handed { handover: whole.id, at: four });
    // Not called again, he has not come back.
    assert_eq!(last(pupil(0), sheets, &[], &of_day), Last::Handed { handover: fetched.id, at: ten });
}
