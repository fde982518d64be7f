//! To whom a child may be handed, and who had it last.

use kit::life::Input;
use kit::{Life, Refusal};

use super::super::call::called;
use super::super::handover::{HANDOVER, HandoverLife, Heard, Last, derived, last, rules, whole_classes};
use super::super::record::{MARK, MISSING, SHEET};
use super::*;
use crate::lessons::record::LESSON;
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

/// A whole class goes to the dormitory only where the school boards; a child who sleeps there by his own record does so whatever the school's says.
#[test]
fn nobody_goes_to_a_dormitory_that_is_not_there() {
    let one = Some(pupil(1));
    for (boards, pupil, boarder, expected) in [
        (false, None, false, vec!["handover.no_dormitory"]),
        (true, None, false, vec![]),
        (false, one, false, vec!["handover.no_dormitory"]),
        (true, one, false, vec!["handover.no_boarder"]),
        (true, one, true, vec![]),
        (false, one, true, vec![]),
    ] {
        let child = pupil_row(1, CLASS_ID).with(&PUPIL, "boarder", Cell::Bool(boarder));
        let school = Node { boards, ..Node::of(SCHOOL, None, "school") };
        let known = [class_of("junior", 2021), child];
        let facts = Facts { tree: Arc::new(Tree::new([school])), ..facts("2021-12-20 16:30", &known) };
        let faults = rules(&handed(pupil, "dormitory", None), &facts);
        let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.field)).collect();
        let expected: Vec<_> = expected.into_iter().map(|code| (code, Some("taken_by"))).collect();
        assert_eq!(found, expected, "{boards} {pupil:?} {boarder}");
    }
}

/// Before the last lesson of the day begins somebody says why: by the class's own timetable where it has one.
#[test]
fn whoever_goes_before_the_last_lesson_says_why() {
    let own = Row::blank(&LESSON, Uuid::from_u128(60))
        .with(&LESSON, "class", Cell::Id(CLASS_ID))
        .with(&LESSON, "weekday", text("mon"))
        .with(&LESSON, "number", Cell::Int(4))
        .with(&LESSON, "begins", text("11:00"))
        .with(&LESSON, "ends", text("11:40"))
        .with(&LESSON, "subject", text("语文"))
        .with(&LESSON, "from_on", Cell::Date(day("2021-09-01")));
    let another = own.clone().with(&LESSON, "class", Cell::Id(OTHER_CLASS));
    let (own, another) = ([own], [another]);
    let (own, another, none): (&[Row], &[Row], &[Row]) = (&own, &another, &[]);
    let primary = || class_of("primary", 2019);
    let whole = || handed(None, "bus", None);
    let fetched = || handed(Some(pupil(1)), "guardian", Some(guardian(1).id));
    let why = |row: Row, code| row.with(&HANDOVER, "early", text(code));
    for (class, row, lines, now, expected) in [
        (primary(), whole(), none, "2021-12-20 08:05", Some("16:20")),
        (primary(), why(whole(), "school"), none, "2021-12-20 08:05", None),
        (primary(), whole(), none, "2021-12-20 15:39", Some("16:20")),
        (primary(), whole(), none, "2021-12-20 15:40", None),
        (primary(), fetched(), none, "2021-12-20 10:00", Some("16:20")),
        (primary(), why(fetched(), "leave"), none, "2021-12-20 10:00", None),
        (primary(), whole(), own, "2021-12-20 08:05", Some("11:40")),
        (primary(), whole(), own, "2021-12-20 11:30", None),
        (primary(), whole(), another, "2021-12-20 11:30", Some("16:20")),
        (class_of("kindergarten", 2021), whole(), none, "2021-12-20 16:29", Some("16:30")),
        (class_of("kindergarten", 2021), whole(), none, "2021-12-20 16:30", None),
        // A Saturday.
        (primary(), whole(), none, "2021-12-18 08:05", None),
    ] {
        let beside: Vec<(&'static kit::Noun, Row)> = lines.iter().map(|line| (&LESSON, line.clone())).collect();
        let known = facts(now, &[class, pupil_row(1, CLASS_ID), guardian(1)]);
        let faults = rules(&row, &Facts { beside: beside.into(), ..known });
        let said: Vec<_> = faults.iter().map(|fault| (fault.code, fault.field, fault.args.clone())).collect();
        let asked = expected.map(|time| ("handover.early", Some("early"), vec![("time", time.to_owned())]));
        assert_eq!(said, asked.into_iter().collect::<Vec<_>>(), "{now} {row:?}");
    }
    // What was written after the last lesson is put right in the evening without a reason, and what was written at eight is not without one.
    let written = |time: &str| whole().with(&HANDOVER, "handed_at", Cell::Int(at(time)));
    let now = facts("2021-12-20 20:00", &[primary()]);
    assert!(rules(&written("2021-12-20 16:25:00"), &now).is_empty());
    assert_eq!(rules(&written("2021-12-20 08:05:00"), &now).len(), 1);
    // When the lessons are over nothing is early, whatever was touched.
    for (now, early) in [("2021-12-20 15:50", true), ("2021-12-20 16:20", false)] {
        let row = derived(None, why(whole(), "event"), &teacher(), &facts(now, &[primary()])).unwrap();
        assert_eq!(!row.get(&HANDOVER, "early").is_null(), early, "{now}");
    }
}

/// What did not happen at all is a mistake, on its own day, and counts nowhere: neither for the class nor for where a child is.
#[test]
fn a_mistake_is_said_on_its_day_and_counts_nowhere() {
    let ten = at("2021-12-20 10:30:00");
    let fetched = Row { id: Uuid::from_u128(7_001), ..handed(Some(pupil(1)), "guardian", None) }.with(
        &HANDOVER,
        "handed_at",
        Cell::Int(ten),
    );
    let whole = handed(None, "bus", None)
        .with(&HANDOVER, "day", Cell::Date(day("2021-12-20")))
        .with(&HANDOVER, "handed_at", Cell::Int(ten + 1))
        .with(&HANDOVER, "state", text("handed"));
    let code = |refusal: Refusal| refusal.code;
    let may = |now| HandoverLife.may(&teacher(), &whole, "mistaken", &facts(now, &[])).map_err(code);
    assert_eq!(may("2021-12-20 23:00"), Ok(()));
    assert_eq!(may("2021-12-21 07:00"), Err("handover.day_over"));
    let step = |row: &Row| {
        let input = Input(vec![("reason", text("slip"))]);
        HandoverLife.step(&teacher(), row, "mistaken", &input, &facts("2021-12-20 10:40", &[])).map_err(code)
    };
    // One of before there was a state stands, and can be a mistake too.
    for row in [&whole, &whole.clone().with(&HANDOVER, "state", Cell::Null)] {
        assert!(whole_classes().holds(&HANDOVER, row));
        let of_day = |row: &Row| last(pupil(2), &[], &[], &Heard::default(), std::slice::from_ref(row));
        assert_eq!(of_day(row), Last::Handed { handover: row.id, at: ten + 1 });
        let aside = step(row).unwrap().after;
        let said = ["state", "reason"].map(|field| aside.get(&HANDOVER, field).text().unwrap().to_owned());
        assert_eq!(said, ["mistaken", "slip"]);
        assert!(!whole_classes().holds(&HANDOVER, &aside));
        assert_eq!(of_day(&aside), Last::Nothing);
        let own = Last::Handed { handover: fetched.id, at: ten };
        assert_eq!(last(pupil(1), &[], &[], &Heard::default(), &[fetched.clone(), aside.clone()]), own);
        assert_eq!(step(&aside).map(drop), Err("move.not_now"));
        let again = derived(Some(&aside), aside.clone(), &teacher(), &facts("2021-12-20 10:50", &[]));
        assert_eq!(again.map(drop).map_err(code), Err("handover.set_aside"));
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
        assert_eq!(last(pupil(number), sheets, &mine(number), &Heard::default(), handovers), expected, "{number}");
    }
    // Boarders are called again in the evening: the later word.
    let evening = sheets[0].clone().with(&SHEET, "called_at", Cell::Int(four + 1));
    let answer = last(pupil(0), &[evening], &[], &Heard::default(), all);
    assert!(matches!(answer, Last::With { .. }), "{answer:?}");
    // Fetched in the morning, back at noon, and gone with his class at four.
    let ten = at("2021-12-20 10:30:00");
    let fetched = own.with(&HANDOVER, "pupil", Cell::Id(pupil(0))).with(&HANDOVER, "handed_at", Cell::Int(ten));
    let noon = sheets[0].clone().with(&SHEET, "called_at", Cell::Int(at("2021-12-20 14:00:00")));
    let both = [sheets[0].clone(), Row { id: Uuid::from_u128(501), ..noon }];
    let of_day = [whole.clone(), fetched.clone()];
    assert_eq!(last(pupil(0), &both, &[], &Heard::default(), &of_day), Last::Handed { handover: whole.id, at: four });
    // Not called again, he has not come back.
    assert_eq!(last(pupil(0), sheets, &[], &Heard::default(), &of_day), Last::Handed { handover: fetched.id, at: ten });
}

/// Whoever is looked for went with nobody's class; whoever came to school after his handover is at school.
#[test]
fn the_newest_word_counts() {
    let [eight, nine, four] = ["2021-12-20 08:10:00", "2021-12-20 09:00:00", "2021-12-20 16:30:00"].map(at);
    let sheet = written(&sent(&[]), &ground(), "2021-12-20 08:10").remove(0);
    let sheets = std::slice::from_ref(&sheet);
    let whole = handed(None, "bus", None).with(&HANDOVER, "handed_at", Cell::Int(four));
    let own = Row { id: Uuid::from_u128(7_001), ..handed(Some(pupil(0)), "guardian", None) };
    let own = own.with(&HANDOVER, "handed_at", Cell::Int(eight + 1));
    let check = Uuid::from_u128(8_000);
    let heard = |sought: Option<i64>, came: &[i64]| Heard { sought: sought.map(|at| (check, at)), came: came.to_vec() };
    let class = Last::Handed { handover: whole.id, at: four };
    for (heard, handovers, expected) in [
        (heard(Some(nine), &[]), vec![whole.clone()], Last::Sought { check, at: nine }),
        (heard(None, &[nine]), vec![own.clone()], Last::Came { at: nine }),
        (heard(None, &[nine]), vec![own.clone(), whole.clone()], class),
        (heard(None, &[]), vec![own.clone(), whole.clone()], Last::Handed { handover: own.id, at: eight + 1 }),
        (heard(None, &[four + 1]), vec![whole.clone()], Last::Came { at: four + 1 }),
    ] {
        assert_eq!(last(pupil(0), sheets, &[], &heard, &handovers), expected, "{heard:?}");
    }
}

/// A child who is looked for, or whom the last roll misses, goes with nobody; once it has come, or a later roll has it, it does.
#[test]
fn nobody_is_handed_over_who_is_not_there() {
    let sheet = |session: &str, time: &str| {
        let id = Uuid::new_v5(&CLASS_ID, session.as_bytes());
        let cells = [("session", text(session)), ("state", text("called")), ("class", Cell::Id(CLASS_ID))];
        let row = cells.into_iter().fold(Row::blank(&SHEET, id), |row, (field, cell)| row.with(&SHEET, field, cell));
        row.with(&SHEET, "day", Cell::Date(day("2021-12-20"))).with(&SHEET, "called_at", Cell::Int(at(time)))
    };
    let (morning, noon) = (sheet("arrival", "2021-12-20 08:10:00"), sheet("noon", "2021-12-20 14:00:00"));
    let mark = |sheet: &Row, kind: &str, state: &str| {
        Row::blank(&MARK, Uuid::from_u128(600))
            .with(&MARK, "pupil", Cell::Id(pupil(1)))
            .with(&MARK, "sheet", Cell::Id(sheet.id))
            .with(&MARK, "kind", text(kind))
            .with(&MARK, "state", text(state))
    };
    let check = |state: &str| {
        Row::blank(&MISSING, Uuid::from_u128(700)).with(&MISSING, "pupil", Cell::Id(pupil(1))).with(
            &MISSING,
            "state",
            text(state),
        )
    };
    let away = || (&SHEET, morning.clone());
    for (beside, expected) in [
        (
            vec![away(), (&MARK, mark(&morning, "absent", "unknown")), (&MISSING, check("asked"))],
            vec!["handover.searched_for"],
        ),
        (vec![away(), (&MISSING, check("closed"))], vec![]),
        (vec![away(), (&MARK, mark(&morning, "sick", "known"))], vec!["handover.not_here"]),
        (vec![away(), (&MARK, mark(&morning, "late", "arrived"))], vec![]),
        (vec![away(), (&MARK, mark(&morning, "absent", "taken_back"))], vec![]),
        (vec![away(), (&SHEET, noon.clone()), (&MARK, mark(&morning, "leave", "known"))], vec![]),
        (vec![away(), (&SHEET, noon.clone()), (&MARK, mark(&noon, "leave", "known"))], vec!["handover.not_here"]),
    ] {
        let beside: Vec<(&'static kit::Noun, Row)> = beside;
        let known = facts("2021-12-20 16:30", &[class_of("primary", 2018), pupil_row(1, CLASS_ID)]);
        let known = Facts { beside: beside.into(), ..known };
        let codes = |row: &Row| rules(row, &known).iter().map(|fault| fault.code).collect::<Vec<_>>();
        assert_eq!(codes(&handed(Some(pupil(1)), "bus", None)), expected);
        // The class goes without the child, and another child of it is there.
        assert!(codes(&handed(None, "bus", None)).is_empty());
    }
}

/// A child may go twice a day, its class once; a second touch is none of either.
#[test]
fn a_child_goes_more_than_once_and_its_class_does_not() {
    let of = |pupil, by: &str, time: &str| {
        let row = Row { id: Uuid::from_u128(7_100), ..handed(pupil, by, None) };
        row.with(&HANDOVER, "day", Cell::Date(day("2021-12-20"))).with(&HANDOVER, "handed_at", Cell::Int(at(time)))
    };
    let one = Some(pupil(1));
    let aside = |row: Row| row.with(&HANDOVER, "state", text("mistaken"));
    for (first, row, expected) in [
        (of(one, "bus", "2021-12-20 10:00:00"), handed(one, "bus", None), vec![]),
        (of(one, "bus", "2021-12-20 16:28:00"), handed(one, "bus", None), vec!["handover.just_now"]),
        (of(one, "walking_group", "2021-12-20 16:28:00"), handed(one, "bus", None), vec![]),
        (of(Some(pupil(2)), "bus", "2021-12-20 16:28:00"), handed(one, "bus", None), vec![]),
        (of(None, "bus", "2021-12-20 16:00:00"), handed(None, "walking_group", None), vec!["handover.class_done"]),
        (aside(of(None, "bus", "2021-12-20 16:00:00")), handed(None, "bus", None), vec![]),
        (of(None, "bus", "2021-12-20 16:28:00"), handed(one, "bus", None), vec![]),
    ] {
        let beside: Vec<(&'static kit::Noun, Row)> = vec![(&HANDOVER, first)];
        let known = facts("2021-12-20 16:30", &[class_of("primary", 2018), pupil_row(1, CLASS_ID)]);
        let faults = rules(&row, &Facts { beside: beside.into(), ..known });
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), expected, "{row:?}");
    }
}

/// What the database keeps once: the same child, with the same person, in one stretch of time. What is put right to say otherwise stands in nobody's way.
#[test]
fn two_touches_of_one_moment_are_one() {
    use super::super::there::{put_right, touched};
    let touch = |row: Row, now: &str| touched(row, &facts(now, &[])).get(&HANDOVER, "touch").text().map(str::to_owned);
    let one = |by: &str| handed(Some(pupil(1)), by, None);
    let first = touch(one("bus"), "2021-12-20 16:30");
    assert!(first.is_some());
    assert_eq!(touch(one("bus"), "2021-12-20 16:31"), first, "a moment later");
    assert_ne!(touch(one("bus"), "2021-12-20 16:36"), first, "another going");
    assert_ne!(touch(one("walking_group"), "2021-12-20 16:30"), first, "with somebody else");
    assert_eq!(touch(handed(None, "bus", None), "2021-12-20 16:30"), None, "a class goes once a day anyhow");
    let kept = touched(one("bus"), &facts("2021-12-20 16:30", &[]));
    assert_eq!(put_right(&kept, kept.clone()), kept);
    let other = put_right(&kept, kept.clone().with(&HANDOVER, "taken_by", text("alone")));
    assert!(other.get(&HANDOVER, "touch").is_null());
}
