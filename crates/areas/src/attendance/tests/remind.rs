//! Who is reminded of a class that nobody has called, when, and that calling it withdraws it.

use super::super::call::called;
use super::super::remind::{REMINDER, Whom, cause, is_now, reminder, to_roll};
use super::*;

#[test]
fn it_is_time_from_the_norms_minute_and_not_hours_later() {
    let slots = slots(&timetable(), "primary", false, day("2021-12-20"));
    let arrival = slots.iter().find(|slot| slot.session == "arrival").unwrap();
    assert_eq!(arrival.at.to_string(), "08:20:00");
    for (now, expected) in
        [("08:20", false), ("08:24", false), ("08:25", true), ("09:25", true), ("09:26", false), ("14:00", false)]
    {
        assert_eq!(is_now(arrival, &facts(&format!("2021-12-20 {now}"), &[])), Ok(expected), "{now}");
    }
}

#[test]
fn teacher_and_substitute_are_told_once_and_calling_withdraws_it() {
    let slots = slots(&timetable(), "primary", false, day("2021-12-20"));
    let arrival = slots.iter().find(|slot| slot.session == "arrival").unwrap();
    let now = facts("2021-12-20 08:25", &[]);
    for (teacher, substitute, expected) in [
        (Some(TEACHER), None, vec![TEACHER]),
        (Some(TEACHER), Some(COLLEAGUE), vec![TEACHER, COLLEAGUE]),
        (Some(TEACHER), Some(TEACHER), vec![TEACHER]),
        (None, None, vec![]),
    ] {
        let whom = Whom { teacher, substitute, leader: None };
        let change = reminder(&class(), arrival, whom, &now);
        let told: Vec<_> = change.messages.iter().map(kit::Message::recipient).collect();
        assert_eq!(told, expected);
        let once = reminder(&class(), arrival, whom, &facts("2021-12-20 08:40", &[]));
        assert_eq!(once.after.id, change.after.id, "made again it is the same one");
        assert_eq!(change.after.get(&REMINDER, "session").text(), Some("arrival"));
        assert!(change.messages.iter().all(|message| message.cause == cause(CLASS_ID, day("2021-12-20"), "arrival")));
    }
    let withdrawn = || vec![cause(CLASS_ID, day("2021-12-20"), "arrival")];
    for (now, expected) in [("08:24", vec![]), ("08:25", withdrawn()), ("08:26", withdrawn())] {
        let changes = called(&sent(&[]), &ground(), &teacher(), &facts(&format!("2021-12-20 {now}"), &[])).unwrap();
        assert_eq!(changes[0].withdrawn, expected, "{now}");
    }
}

/// Of two classes without a teacher the school's leader hears once; where there is a teacher he hears nothing.
#[test]
fn whoever_leads_hears_of_classes_without_a_teacher() {
    let slots = slots(&timetable(), "primary", false, day("2021-12-20"));
    let arrival = slots.iter().find(|slot| slot.session == "arrival").unwrap();
    let now = facts("2021-12-20 08:25", &[]);
    let leader = Some(COLLEAGUE);
    let keys = [CLASS_ID, OTHER_CLASS].map(|id| {
        let whom = Whom { teacher: None, substitute: None, leader };
        let change = reminder(&Row { id, ..class() }, arrival, whom, &now);
        let [message] = change.messages.as_slice() else { panic!("{:?}", change.messages) };
        assert_eq!((message.recipient(), message.code), (COLLEAGUE, "rollcall.remind_leader"));
        message.key("")
    });
    assert_eq!(keys[0], keys[1], "the same cause is told once");
    let whom = Whom { teacher: Some(TEACHER), substitute: None, leader };
    let told: Vec<_> = reminder(&class(), arrival, whom, &now).messages.iter().map(kit::Message::recipient).collect();
    assert_eq!(told, [TEACHER]);
}

/// Read a day late, it leads to the roll that was missing, not to today's.
#[test]
fn a_reminder_leads_to_its_own_roll() {
    let row = Row::blank(&REMINDER, Uuid::from_u128(5))
        .with(&REMINDER, "class", Cell::Id(Uuid::from_u128(6)))
        .with(&REMINDER, "session", Cell::Text("arrival".into()))
        .with(&REMINDER, "day", Cell::Date("2021-12-17".parse().unwrap()));
    let roll = format!("/rollcall/{}/arrival?day=2021-12-17", Uuid::from_u128(6));
    assert_eq!(to_roll(&row, "rollcall.remind"), Some(roll));
}
