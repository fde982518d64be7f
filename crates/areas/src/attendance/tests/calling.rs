//! Who may call, and what a sheet must be.

use super::super::call::{Caller, called, caller, digest, offered};
use super::super::record::{KINDS, MARK, SHEET};
use super::super::session::{roll_day, rolls};
use super::*;

fn codes(answer: &Result<Vec<kit::Change>, Vec<kit::Refusal>>) -> Vec<&'static str> {
    answer.as_ref().err().map(|faults| faults.iter().map(|fault| fault.code).collect()).unwrap_or_default()
}

#[test]
fn its_teacher_calls_a_colleague_substitutes_and_nobody_else() {
    for (who, expected) in [
        (teacher(), Some(Caller::Own)),
        (actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]), Some(Caller::Substitute)),
        (actor(Role::Principal, COLLEAGUE, SCHOOL, &[]), Some(Caller::Substitute)),
        (actor(Role::School, COLLEAGUE, SCHOOL, &[]), Some(Caller::Substitute)),
        (actor(Role::Teacher, COLLEAGUE, OTHER, &[OTHER_CLASS]), None),
        (actor(Role::Guard, COLLEAGUE, SCHOOL, &[]), None),
        (actor(Role::Bureau, COLLEAGUE, OTHER, &[]), None),
    ] {
        assert_eq!(caller(&who, &class(), None).ok(), expected, "{:?}", who.role);
        assert_eq!(caller(&who, &class(), Some(pupil(9))).ok(), expected, "somebody else's lesson: {:?}", who.role);
        // The timetable makes nobody a substitute, and gives nobody a right.
        let named = expected.map(|by| if by == Caller::Substitute { Caller::Lesson } else { by });
        assert_eq!(caller(&who, &class(), Some(COLLEAGUE)).ok(), named, "{:?}", who.role);
    }
}

#[test]
fn whoever_has_the_lesson_is_no_substitute_in_it() {
    let colleague = actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]);
    let now = facts("2021-12-20 09:30", &[]);
    let sent = Sent { session: "lesson.1", ..sent(&[]) };
    let his = Ground { lesson: Some(COLLEAGUE), ..ground() };
    let changes = called(&sent, &his, &colleague, &now).unwrap();
    assert_eq!(changes[0].after.get(&SHEET, "substitute"), &Cell::Bool(false));
    assert_eq!(changes[0].after.get(&SHEET, "called_by"), &Cell::Id(COLLEAGUE));
    assert!(changes[0].notices.is_empty(), "nobody has taken the class teacher's place");
    let another = Ground { lesson: Some(TEACHER), ..ground() };
    assert_eq!(codes(&called(&sent, &another, &colleague, &now)), ["sheet.say_substitute"]);
}

#[test]
fn everybody_here_is_one_row() {
    let changes = called(&sent(&[]), &ground(), &teacher(), &facts("2021-12-20 07:55", &[])).unwrap();
    assert_eq!(changes.len(), 1);
    let sheet = &changes[0].after;
    assert_eq!(sheet.get(&SHEET, "enrolled"), &Cell::Int(5));
    assert_eq!(sheet.get(&SHEET, "overdue"), &Cell::Bool(false));
    assert!(changes[0].notices.is_empty());
}

#[test]
fn each_exception_is_a_mark_and_is_counted() {
    let all = [missed(0, "absent"), missed(1, "sick"), missed(2, "late"), missed(3, "absent")];
    let rows = written(&sent(&all), &ground(), "2021-12-20 08:31");
    assert_eq!(rows.len(), 5);
    let counts = ["absent", "sick", "on_leave", "late", "left_early"].map(|field| rows[0].get(&SHEET, field).int());
    assert_eq!(counts, [Some(2), Some(1), Some(0), Some(1), Some(0)]);
    assert_eq!(rows[0].get(&SHEET, "overdue"), &Cell::Bool(true), "eleven minutes after pupils had come");
    let states: Vec<_> = rows[1..].iter().map(|row| row.get(&MARK, "state").text().unwrap()).collect();
    assert_eq!(states, ["unknown", "known", "known", "unknown"]);
}

#[test]
fn a_substitute_says_so_and_the_teacher_is_told() {
    let colleague = actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]);
    let now = facts("2021-12-20 07:55", &[]);
    assert_eq!(codes(&called(&sent(&[]), &ground(), &colleague, &now)), ["sheet.say_substitute"]);
    let changes = called(&Sent { substitute: true, ..sent(&[]) }, &ground(), &colleague, &now).unwrap();
    assert_eq!(changes[0].after.get(&SHEET, "substitute"), &Cell::Bool(true));
    assert_eq!(changes[0].after.get(&SHEET, "called_by"), &Cell::Id(COLLEAGUE));
    assert_eq!(changes[0].notices.len(), 1);
    // The class's own teacher is none, whatever the form says.
    let changes = called(&Sent { substitute: true, ..sent(&[]) }, &ground(), &teacher(), &now).unwrap();
    assert_eq!(changes[0].after.get(&SHEET, "substitute"), &Cell::Bool(false));
}

#[test]
fn what_cannot_be_is_refused_with_its_reason() {
    let now = facts("2021-12-20 07:55", &[]);
    let on = |text: &str| Sent { day: day(text), ..sent(&[]) };
    for (sent, expected) in [
        (on("2021-12-21"), vec!["sheet.day"]),
        (on("2021-12-16"), vec!["sheet.day"]),
        (on("2021-12-19"), vec!["sheet.no_session"]),
        (Sent { session: "evening", ..sent(&[]) }, vec!["sheet.no_session"]),
        (Sent { session: "noon", ..sent(&[]) }, vec!["sheet.too_early"]),
        (sent(&[missed(9, "absent")]), vec!["mark.not_in_class"]),
        (sent(&[missed(1, "absent"), missed(1, "sick")]), vec!["mark.twice"]),
        (sent(&[missed(9, "absent"), missed(1, "absent"), missed(1, "sick")]), vec!["mark.not_in_class", "mark.twice"]),
        (on("2021-12-17"), vec![]),
    ] {
        assert_eq!(codes(&called(&sent, &ground(), &teacher(), &now)), expected, "{sent:?}");
    }
    let empty = Ground { roll: Vec::new(), ..ground() };
    assert_eq!(codes(&called(&sent(&[]), &empty, &teacher(), &now)), ["sheet.nobody"]);
}

#[test]
fn a_wrong_clock_is_flagged_and_not_believed() {
    let now = facts("2021-12-20 12:00", &[]);
    let told = |device: &str, opened: Option<&str>| Sent {
        device_at: Some(at(&format!("{device}:00"))),
        opened_at: opened.map(|opened| at(&format!("{opened}:00"))),
        ..sent(&[])
    };
    for (sent, clock, overdue) in [
        // Called in time without a network, sent at noon.
        (told("2021-12-20 07:52", Some("2021-12-20 07:40")), None, false),
        (told("2021-12-20 14:00", None), Some("ahead"), true),
        (told("2021-12-20 05:40", Some("2021-12-20 07:40")), Some("behind"), true),
        (told("2021-12-19 07:52", None), Some("behind"), true),
        // Two hours wrong all the time: flagged, and put right.
        (Sent { skew: 2 * 3_600_000, ..told("2021-12-20 07:52", Some("2021-12-20 07:40")) }, Some("ahead"), false),
        (Sent { skew: -2 * 3_600_000, ..told("2021-12-20 07:52", Some("2021-12-20 07:40")) }, Some("behind"), false),
        (Sent { skew: 60_000, ..told("2021-12-20 07:52", None) }, None, false),
        (Sent { skew: i64::MIN, ..told("2021-12-20 07:52", None) }, Some("behind"), false),
    ] {
        let changes = called(&sent, &ground(), &teacher(), &now).unwrap();
        let sheet = &changes[0].after;
        assert_eq!(
            (sheet.get(&SHEET, "clock").text(), sheet.get(&SHEET, "overdue")),
            (clock, &Cell::Bool(overdue)),
            "{sent:?}"
        );
    }
}

/// A page that was kept on Friday and filled in on Monday is neither day's roll; past midnight a dormitory still is.
#[test]
fn a_roll_of_one_day_is_not_filled_in_on_another() {
    let now = facts("2021-12-20 12:00", &[]);
    let on = |of: &str, done: &str| Sent { day: day(of), device_at: Some(at(&format!("{done}:00"))), ..sent(&[]) };
    for (sent, expected) in [
        (on("2021-12-17", "2021-12-20 07:52"), vec!["sheet.another_day"]),
        (on("2021-12-17", "2021-12-18 00:10"), vec![]),
        (on("2021-12-17", "2021-12-17 07:52"), vec![]),
        (on("2021-12-20", "2021-12-20 07:52"), vec![]),
        // Tomorrow by its clock: that is a wrong clock, not another day.
        (on("2021-12-20", "2021-12-21 07:52"), vec![]),
    ] {
        assert_eq!(codes(&called(&sent, &ground(), &teacher(), &now)), expected, "{sent:?}");
    }
}

/// Until four the boarders' rolls are last evening's and stand before the new day's; nobody else's are.
#[test]
fn what_is_offered_at_night_is_the_evening_before() {
    let at = |text: &str| at(&format!("{text}:00"));
    let (eve, day) = (day("2021-12-20"), day("2021-12-21"));
    for (session, now, expected) in [
        ("dormitory", "2021-12-20 23:59", eve),
        ("dormitory", "2021-12-21 00:30", eve),
        ("evening", "2021-12-21 03:59", eve),
        ("dormitory", "2021-12-21 04:00", day),
        ("arrival", "2021-12-21 00:30", day),
        ("lesson.1", "2021-12-21 00:30", day),
    ] {
        assert_eq!(roll_day(session, at(now)), expected, "{session} {now}");
    }
    let rolls = |now: &str| rolls(&timetable(), "senior", true, at(now));
    let night = rolls("2021-12-21 00:30");
    let first: Vec<_> = night.iter().map(|(day, slot)| (*day, slot.session)).take(3).collect();
    assert_eq!(first, [(eve, "evening"), (eve, "dormitory"), (day, "arrival")]);
    assert!(night.iter().skip(2).all(|(on, _)| *on == day));
    assert_eq!(night.len(), rolls("2021-12-21 12:00").len());
    for (now, expected) in [("2021-12-21 00:30", "dormitory"), ("2021-12-21 08:00", "arrival")] {
        assert_eq!(super::super::session::now(&facts(now, &[])), expected, "{now}");
    }
    // In the evening a class without boarders is not offered an empty roll.
    let evening = facts("2021-12-20 19:30", &[]);
    let now = |boards| super::super::session::now_of(&evening, "primary", boards);
    assert_eq!([now(true), now(false)], ["evening", "noon"]);
}

#[test]
fn the_digest_is_of_the_content_and_not_of_the_order() {
    let (one, two) = (missed(1, "absent"), missed(2, "sick"));
    let left = digest(&sent(&[one.clone(), two.clone()]), CLASS_ID);
    assert_eq!(left, digest(&sent(&[two.clone(), one.clone()]), CLASS_ID));
    for other in [
        digest(&sent(&[one]), CLASS_ID),
        digest(&sent(&[missed(1, "sick"), two.clone()]), CLASS_ID),
        digest(&Sent { session: "noon", ..sent(&[missed(1, "absent"), two.clone()]) }, CLASS_ID),
        digest(&sent(&[missed(1, "absent"), two]), OTHER_CLASS),
    ] {
        assert_ne!(left, other);
    }
}

/// Nobody has left early before the day has begun; later rolls offer it, and what was touched all the same is kept.
#[test]
fn leaving_early_is_offered_after_the_first_roll() {
    let slots = ground().slots;
    for (session, missed, expected) in [
        ("arrival", vec![], false),
        ("arrival", vec![missed(0, "late")], false),
        ("arrival", vec![missed(0, "left_early")], true),
        ("lesson.1", vec![], true),
        ("noon", vec![], true),
    ] {
        let kinds = offered(session, &slots, &missed);
        assert_eq!(kinds.contains(&"left_early"), expected, "{session}");
        assert_eq!(kinds.len(), KINDS.len() - usize::from(!expected), "{session}: nothing else goes");
    }
    let kept = sent(&[missed(0, "left_early")]);
    assert!(called(&kept, &ground(), &teacher(), &facts("2021-12-20 08:05", &[])).is_ok(), "an older page is heard");
}
