//! The ladders of the house, and what a round makes of a case.

use std::collections::HashSet;

use kit::dates::shanghai_start;
use kit::message::To;
use kit::tree::{Node, Tree};
use kit::{Cell, Change, Row};
use uuid::Uuid;

use super::case::{ALL, Case, IdleHazard};
use super::plan::{Desk, changes, code, late};
use super::record::{CLIMB, said};
use crate::hazards::record::HAZARD;
use crate::house;
use crate::organisation::record::POST;

const HOUR: i64 = 3_600_000;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// County 1 with its bureau 2, section 3, township 4 and department 6; school 5 in the township.
fn tree() -> Tree {
    let node = |n: u128, parent: Option<u128>, kind: &str, name: &str| Node {
        code: n.to_string(),
        name: name.into(),
        ..Node::of(id(n), parent.map(id), kind)
    };
    Tree::new([
        node(1, None, "county", "道县"),
        node(2, Some(1), "bureau", "教育局"),
        node(3, Some(2), "section", "安全股"),
        node(7, Some(2), "section", "基教股"),
        node(4, Some(1), "township", "镇"),
        node(5, Some(4), "school", "小学"),
        node(6, Some(1), "department", "消防"),
    ])
}

/// Who holds what: the person's number says it.
fn posts() -> Vec<Row> {
    let post = |staff: u128, post: &str, field: &str, place: u128| {
        Row::blank(&POST, id(1000 + staff))
            .with(&POST, "staff", Cell::Id(id(staff)))
            .with(&POST, "post", Cell::Text(post.into()))
            .with(&POST, field, Cell::Id(id(place)))
            .with(&POST, "from_on", Cell::Date("2020-01-01".parse().unwrap_or_default()))
    };
    vec![
        post(51, "principal", "school", 5),
        post(54, "safety_officer", "school", 5),
        // The head of a school's own group is not the county's.
        post(52, "group_head", "school", 5),
        post(31, "section_head", "unit", 3),
        post(71, "section_head", "unit", 7),
        post(21, "deputy_director", "unit", 2),
        post(22, "director", "unit", 2),
        post(11, "group_head", "unit", 1),
        post(12, "group_office", "unit", 1),
        post(61, "liaison", "unit", 6),
    ]
}

fn hazard(grade: &str) -> Row {
    Row::blank(&HAZARD, id(900))
        .with(&HAZARD, "school", Cell::Id(id(5)))
        .with(&HAZARD, "place_kind", Cell::Text("school".into()))
        .with(&HAZARD, "place", Cell::Text("东楼梯".into()))
        .with(&HAZARD, "description", Cell::Text("扶手松动".into()))
        .with(&HAZARD, "category", Cell::Text("building".into()))
        .with(&HAZARD, "source", Cell::Text("self_check".into()))
        .with(&HAZARD, "found_on", Cell::Date("2021-12-06".parse().unwrap_or_default()))
        .with(&HAZARD, "on_the_spot", Cell::Bool(false))
        .with(&HAZARD, "refused", Cell::Bool(false))
        .with(&HAZARD, "extensions", Cell::Int(0))
        .with(&HAZARD, "sent_back", Cell::Int(0))
        .with(&HAZARD, "reopened", Cell::Int(0))
        .with(&HAZARD, "grade", Cell::Text(grade.into()))
        .with(&HAZARD, "keeper", Cell::Id(id(53)))
        .with(&HAZARD, "due_on", Cell::Date("2021-12-10".parse().unwrap_or_default()))
        .with(&HAZARD, "state", Cell::Text("rectifying".into()))
}

/// One round at a moment.
fn round(now: i64, rows: &[Row], climbs: &[Row]) -> Vec<Change> {
    let Ok(rules) = house::rules() else { panic!("the rules cannot be read") };
    let ladders = &rules.conduct.ladders;
    let (tree, posts) = (tree(), posts());
    let desk = Desk { now, ladders, calendar: &rules.calendar, norms: &rules.norms, tree: &tree, posts: &posts };
    changes(&desk, &IdleHazard, &late(&desk, &IdleHazard, rows.to_vec()), climbs, &mut || id(500))
}

/// One round at a moment; answers the change, if there is one, and whom it tells what.
fn look(now: i64, rows: &[Row], climbs: &[Row]) -> (Option<Change>, Vec<(Uuid, &'static str)>) {
    let mut made = round(now, rows, climbs);
    assert!(made.len() < 2, "one case, one change");
    let change = made.pop();
    let told = change.iter().flat_map(|change| &change.messages).filter_map(|message| match message.to {
        To::Person(person) => Some((person, message.code)),
        To::Outside(_) => None,
    });
    let told = told.collect();
    (change, told)
}

fn at(day: &str, hour: i64) -> i64 {
    shanghai_start(day.parse().unwrap_or_default()) + hour * HOUR
}

#[test]
fn every_step_has_its_words_and_its_approved_text() {
    let Ok(rules) = house::rules() else { panic!("the rules cannot be read") };
    let ladders = &rules.conduct.ladders;
    let templates = &rules.conduct.texts;
    assert!(super::check(ladders).is_ok() && super::check(&kit::ladder::Ladders::default()).is_err());
    let Ok(words) = house::words() else { panic!("the words cannot be read") };
    let mut codes = HashSet::from(["ladder.solved"]);
    for ladder in ladders.iter() {
        assert!(super::record::LADDERS.contains(&ladder.code.as_str()), "{}", ladder.code);
        codes.extend(ladder.step.iter().map(|step| code(&ladder.code, &step.rung)));
    }
    for code in codes {
        assert!(templates.get(code).is_some() && words.has(&format!("notice.{code}")), "{code}");
    }
    for template in templates.iter() {
        let key = format!("notice.{}", template.code);
        assert!(words.has(&key), "{key}");
        let said = words.get(kit::Lang::Zh, &key);
        for place in template.params.iter().filter(|place| !kit::texts::is_address(place)) {
            assert!(said.contains(&format!("{{{place}}}")), "{key} has no place for {place}");
        }
    }
    assert_eq!(ALL.len(), 1);
}

#[test]
fn a_case_of_a_school_climbs_the_posts_one_by_one_and_no_edit_silences_it() {
    // Due on Friday the 10th; Monday is the 13th.
    let mut row = hazard("general");
    let mut climb: Option<Row> = None;
    let mut seen = Vec::new();
    for day in [
        "2021-12-11",
        "2021-12-13",
        "2021-12-14",
        "2021-12-15",
        "2021-12-16",
        "2021-12-20",
        "2021-12-22",
        "2021-12-28",
        "2021-12-30",
    ] {
        // Somebody edits it every day.
        row.version += 1;
        row.set(&HAZARD, "remark", Cell::Text(day.into()));
        let climbs: Vec<_> = climb.iter().cloned().collect();
        let (change, told) = look(at(day, 18), std::slice::from_ref(&row), &climbs);
        if let Some(change) = change {
            seen.extend(told.into_iter().map(|(person, code)| (day, person, code)));
            climb = Some(change.after);
        }
        // The same moment again: nothing.
        let again: Vec<_> = climb.iter().cloned().collect();
        assert!(look(at(day, 18), std::slice::from_ref(&row), &again).0.is_none(), "{day}");
    }
    assert_eq!(
        seen,
        [
            ("2021-12-11", id(53), "ladder.keeper"),
            ("2021-12-13", id(51), "ladder.head"),
            ("2021-12-14", id(31), "ladder.section"),
            ("2021-12-16", id(21), "ladder.deputy"),
            ("2021-12-22", id(22), "ladder.director"),
            ("2021-12-28", id(11), "ladder.group"),
            ("2021-12-28", id(12), "ladder.group"),
        ]
    );
    let Some(climb) = climb else { panic!("nothing climbed") };
    assert_eq!((said(&climb, "rung"), said(&climb, "paper"), said(&climb, "next_rung")), ("group", "listing", ""));
    // Reported as done: everybody who was told hears it, and what was not sent yet is not sent.
    let (change, told) = look(at("2021-12-31", 9), &[], std::slice::from_ref(&climb));
    let Some(change) = change else { panic!("it is not solved") };
    assert_eq!(told.len(), 7);
    assert!(told.iter().all(|(_, code)| *code == "ladder.solved") && change.withdrawn.len() == 6);
    assert_eq!(said(&change.after, "state"), "solved");
    // It comes back with the same limit: it goes on where it was, and with another limit from the foot.
    let (back, told) = look(at("2021-12-31", 10), std::slice::from_ref(&row), std::slice::from_ref(&change.after));
    assert_eq!((back.map(|change| said(&change.after, "rung").to_owned()), told.len()), (Some("group".to_owned()), 0));
    row.set(&HAZARD, "due_on", Cell::Date("2021-12-31".parse().unwrap_or_default()));
    let (anew, told) = look(at("2022-01-01", 1), std::slice::from_ref(&row), std::slice::from_ref(&change.after));
    assert_eq!(anew.map(|change| said(&change.after, "rung").to_owned()), Some("keeper".to_owned()));
    assert_eq!(told, [(id(53), "ladder.keeper")]);
}

#[test]
fn each_limit_that_passes_climbs_in_a_record_of_its_own() {
    let day = |day: &str| Cell::Date(day.parse().unwrap_or_default());
    let row = hazard("general");
    let Some(first) = look(at("2021-12-13", 9), std::slice::from_ref(&row), &[]).0 else { panic!("nothing climbed") };
    let first = Row { id: id(501), ..first.after };
    let solved = first.clone().with(&CLIMB, "state", Cell::Text("solved".into()));
    // It came back with a limit of its own; and, put right on the 7th, its re-check ran out on the very day of its limit.
    let again = row.clone().with(&HAZARD, "due_on", day("2021-12-20"));
    let waits = row.clone().with(&HAZARD, "state", Cell::Text("submitted".into()));
    let waits = waits.with(&HAZARD, "submitted_on", day("2021-12-07"));
    for (row, now, ladder, since) in [
        (&again, at("2021-12-21", 1), "hazard.school", at("2021-12-21", 0)),
        (&waits, at("2021-12-13", 9), "hazard.recheck", at("2021-12-11", 0)),
    ] {
        let Some(change) = look(now, std::slice::from_ref(row), std::slice::from_ref(&solved)).0 else {
            panic!("{ladder} does not climb")
        };
        assert!(change.before.is_none(), "{ladder}: what climbed before stays as it was");
        assert_eq!((said(&change.after, "ladder"), change.after.get(&CLIMB, "since")), (ladder, &Cell::Int(since)));
        // While no program ran, nobody saw the first one end: it ends now.
        let made = round(now, std::slice::from_ref(row), std::slice::from_ref(&first));
        let verbs: Vec<_> = made.iter().map(|change| (change.verb, change.after.id)).collect();
        assert_eq!(verbs, [("climb", id(500)), ("solve", id(501))], "{ladder}");
    }
    // Handed to a department, it climbs other posts from the same limit: nobody silences it by that.
    let beyond = row.with(&HAZARD, "handed_unit", Cell::Id(id(6)));
    let (change, _) = look(at("2021-12-14", 18), &[beyond], std::slice::from_ref(&first));
    let change = change.map(|change| (change.before.is_some(), said(&change.after, "ladder").to_owned()));
    assert_eq!(change, Some((true, "hazard.unit".to_owned())));
}

#[test]
fn a_major_one_climbs_faster_and_a_department_climbs_its_own_posts() {
    let (change, told) = look(at("2021-12-17", 18), &[hazard("major")], &[]);
    assert_eq!(change.map(|change| said(&change.after, "rung").to_owned()), Some("group".to_owned()));
    assert_eq!(told.len(), 2);
    let beyond = hazard("general").with(&HAZARD, "handed_unit", Cell::Id(id(6)));
    let (change, told) = look(at("2021-12-14", 18), std::slice::from_ref(&beyond), &[]);
    assert_eq!(told, [(id(61), "ladder.head")]);
    let Some(change) = change else { panic!("nothing climbed") };
    assert_eq!((said(&change.after, "ladder"), said(&change.after, "next_rung")), ("hazard.unit", "group"));
    assert_eq!(change.after.get(&CLIMB, "next_person"), &Cell::Id(id(11)));
}

#[test]
fn a_pause_stops_the_clock_and_what_was_worked_counts_on() {
    let row = hazard("general");
    let Some(climb) = look(at("2021-12-13", 8), std::slice::from_ref(&row), &[]).0 else { panic!("nothing climbed") };
    let paused = climb.after.with(&CLIMB, "state", Cell::Text("paused".into())).with(&CLIMB, "worked", Cell::Int(360));
    assert!(look(at("2021-12-28", 18), std::slice::from_ref(&row), std::slice::from_ref(&paused)).0.is_none());
    let resumed = paused.with(&CLIMB, "state", Cell::Text("climbing".into())).with(
        &CLIMB,
        "counted_from",
        Cell::Int(at("2021-12-29", 8)),
    );
    let one_hour_later = at("2021-12-29", 9);
    let (change, told) = look(one_hour_later, std::slice::from_ref(&row), std::slice::from_ref(&resumed));
    assert_eq!(told, [(id(51), "ladder.head")]);
    assert_eq!(change.map(|change| change.after.get(&CLIMB, "next_at").clone()), Some(Cell::Int(at("2021-12-30", 9))));
    assert!(IdleHazard.holds(&hazard("major"), "major") && !IdleHazard.holds(&row, "major"));
}

/// The days that a re-check took are not the keeper's, whether he submitted within his limit or afterwards.
#[test]
fn what_comes_back_counts_the_time_with_its_keeper_alone() {
    let day = |day: &str| Cell::Date(day.parse().unwrap_or_default());
    let came_back = |submitted: &str| {
        let row =
            hazard("general").with(&HAZARD, "submitted_on", day(submitted)).with(&HAZARD, "sent_back", Cell::Int(1));
        row.with(&HAZARD, "rechecked_on", day("2021-12-20"))
    };
    // Due on Friday the 10th, submitted that day, sent back on Monday the 20th: the keeper hears of it on the 21st, and the head a day later.
    let in_time = came_back("2021-12-10");
    let (change, told) = look(at("2021-12-21", 1), std::slice::from_ref(&in_time), &[]);
    assert_eq!(told, [(id(53), "ladder.keeper")]);
    let Some(climb) = change.map(|change| change.after) else { panic!("nothing climbed") };
    let (_, told) = look(at("2021-12-22", 8), std::slice::from_ref(&in_time), std::slice::from_ref(&climb));
    assert_eq!(told, [(id(51), "ladder.head")]);
    // Submitted on the first late day at nine, an hour of work after the limit: when it comes back the other hours of that day are left.
    let row = hazard("general");
    let Some(climb) = look(at("2021-12-13", 8), std::slice::from_ref(&row), &[]).0 else { panic!("nothing climbed") };
    let Some(solved) = look(at("2021-12-13", 9), &[], &[climb.after]).0 else { panic!("it was not solved") };
    let late = came_back("2021-12-13");
    let (change, told) = look(at("2021-12-20", 8), std::slice::from_ref(&late), &[solved.after]);
    assert_eq!(told, [], "the time with the re-check is nobody's step");
    let Some(climb) = change.map(|change| change.after) else { panic!("it does not climb again") };
    let next = climb.get(&CLIMB, "next_at").int();
    assert!(next > Some(at("2021-12-20", 9)) && next < Some(at("2021-12-21", 9)), "{climb:?}");
}

#[test]
fn what_nobody_grades_and_what_nobody_re_checks_climbs_too() {
    let day = |day: &str| Cell::Date(day.parse().unwrap_or_default());
    let found = |state: &str, field: &'static str, on: &str| {
        let row = hazard("general").with(&HAZARD, "found_on", day(on)).with(&HAZARD, "due_on", Cell::Null);
        row.with(&HAZARD, "state", Cell::Text(state.into())).with(&HAZARD, field, day(on))
    };
    // Found on Friday the 10th: it may stand until Monday evening.
    let row = found("registered", "found_on", "2021-12-10").with(&HAZARD, "grade", Cell::Null);
    assert!(look(at("2021-12-13", 23), std::slice::from_ref(&row), &[]).0.is_none());
    let (change, told) = look(at("2021-12-14", 1), std::slice::from_ref(&row), &[]);
    assert_eq!(told, [(id(54), "ladder.assign")]);
    let Some(climb) = change.map(|change| change.after) else { panic!("nobody was told") };
    let (_, told) = look(at("2021-12-15", 8), std::slice::from_ref(&row), std::slice::from_ref(&climb));
    assert_eq!(told, [(id(51), "ladder.assign")]);
    // Handed over in time: solved. A major one has hours.
    let handed = hazard("general").with(&HAZARD, "due_on", day("2021-12-20"));
    let (change, _) = look(at("2021-12-15", 9), std::slice::from_ref(&handed), std::slice::from_ref(&climb));
    assert_eq!(change.map(|change| change.verb), Some("solve"));
    let major = found("graded", "found_on", "2021-12-09").with(&HAZARD, "grade", Cell::Text("major".into()));
    assert_eq!(look(at("2021-12-10", 1), &[major], &[]).1, [(id(54), "ladder.assign")]);
    // Entered a month late: those who grade hear of it at once, those above them a working day later, as always.
    let old = found("registered", "found_on", "2021-11-10").with(&HAZARD, "grade", Cell::Null);
    let (change, told) = look(at("2021-12-14", 9), std::slice::from_ref(&old), &[]);
    assert_eq!(told, [(id(54), "ladder.assign")]);
    assert_eq!(change.map(|change| change.after.get(&CLIMB, "next_at").clone()), Some(Cell::Int(at("2021-12-15", 9))));
    // Reported as done on the 10th: three working days for the re-check, and the central school re-checks for a small one.
    let row = found("submitted", "submitted_on", "2021-12-10");
    assert!(look(at("2021-12-15", 23), std::slice::from_ref(&row), &[]).0.is_none());
    let told = look(at("2021-12-16", 1), std::slice::from_ref(&row), &[]).1;
    assert_eq!(told, [(id(51), "ladder.recheck"), (id(54), "ladder.recheck")]);
    let central = row.with(&HAZARD, "central", Cell::Id(id(8)));
    assert_eq!(look(at("2021-12-16", 1), &[central], &[]).1, [], "its own school does not confirm it");
    let major = found("submitted", "submitted_on", "2021-12-10").with(&HAZARD, "grade", Cell::Text("major".into()));
    assert_eq!(look(at("2021-12-22", 1), &[major], &[]).1, [(id(31), "ladder.recheck")]);
}
