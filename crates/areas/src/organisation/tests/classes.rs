use std::collections::{HashMap, HashSet};

use kit::{Cell, Change, Row};
use uuid::Uuid;

use super::super::record::{CLASS, CLASS_YEAR, ENROLMENT, INSPECTOR_AREA, POST, PUPIL, STAFF};
use super::super::rollover::{grade_in, graduates, roll_over};
use super::super::{answerable, rules};
use super::{Faults, class, day, facts, id, id_number, judged, on, row, word};

#[test]
fn a_class_keeps_its_years() {
    let class = class(50, 10);
    let facts = facts("2021-12-20", &[&class]);
    judged(rules::class, &CLASS, &class, &facts, &[("entry_year", Cell::Int(2022))], &[]);
    judged(
        rules::class,
        &CLASS,
        &class,
        &facts,
        &[("entry_year", Cell::Int(2023))],
        &[("class.entry_future", "entry_year")],
    );
    judged(
        rules::class,
        &CLASS,
        &class,
        &facts,
        &[("ended_on", on("2018-06-30"))],
        &[("class.ended_before_entry", "ended_on")],
    );
    let year = row(
        &CLASS_YEAR,
        60,
        &[
            ("class", Cell::Id(id(50))),
            ("school", Cell::Id(id(10))),
            ("year", Cell::Int(2021)),
            ("grade", Cell::Int(13)),
        ],
    );
    let cases: &[(&str, i64, Faults<'_>)] = &[
        ("grade", 13, &[]),
        ("grade", 14, &[("class_year.grade", "grade")]),
        ("year", 2018, &[("class_year.year_outside", "year")]),
        ("year", 2025, &[("class_year.year_outside", "year")]),
    ];
    for (field, value, expected) in cases {
        judged(rules::class_year, &CLASS_YEAR, &year, &facts, &[(field, Cell::Int(*value))], expected);
    }
    judged(
        rules::class_year,
        &CLASS_YEAR,
        &year,
        &facts,
        &[("school", Cell::Id(id(11)))],
        &[("class_year.school", "school")],
    );
}

#[test]
fn grades_follow_from_stage_and_entry() {
    let cases = [
        ("kindergarten", 2021, 2021, Some(1)),
        ("kindergarten", 2018, 2021, None),
        ("primary", 2019, 2021, Some(13)),
        ("primary", 2016, 2021, Some(16)),
        ("primary", 2015, 2021, None),
        ("junior", 2019, 2021, Some(23)),
        ("senior", 2022, 2021, None),
        ("night school", 2021, 2021, None),
    ];
    for (stage, entry, year, expected) in cases {
        assert_eq!(grade_in(stage, entry, year), expected, "{stage} {entry} in {year}");
    }
}

/// Small and the same everywhere (xorshift64): enough to mix cases.
fn chance(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn apply(rows: &mut Vec<Row>, change: &Change) {
    match rows.iter_mut().find(|row| row.id == change.after.id) {
        Some(row) => row.clone_from(&change.after),
        None => rows.push(change.after.clone()),
    }
}

#[test]
fn a_roll_over_is_done_once_and_no_class_has_two_rows_a_year() {
    for seed in 1..200_u64 {
        let mut dice = seed;
        let stages = ["kindergarten", "primary", "junior", "senior"];
        let mut classes: Vec<Row> = (0..12_u128)
            .map(|n| {
                let stage = stages[usize::try_from(chance(&mut dice) % 4).unwrap()];
                let entry = 2012 + i64::try_from(chance(&mut dice) % 12).unwrap();
                let ended = if chance(&mut dice).is_multiple_of(5) { on("2018-08-31") } else { Cell::Null };
                row(
                    &CLASS,
                    n,
                    &[
                        ("school", Cell::Id(id(10))),
                        ("stage", word(stage)),
                        ("entry_year", Cell::Int(entry)),
                        ("ended_on", ended),
                    ],
                )
            })
            .collect();
        let mut years = Vec::new();
        let mut next = 1000;
        let mut new_id = || {
            next += 1;
            id(next)
        };
        for year in [2019, 2020, 2020, 2023, 2021] {
            for change in roll_over(&classes, &years, year, &mut new_id) {
                apply(if change.noun.name == "class" { &mut classes } else { &mut years }, &change);
            }
            assert!(roll_over(&classes, &years, year, &mut new_id).is_empty(), "seed {seed}: {year} again");
        }
        let keys: HashSet<_> =
            years.iter().map(|row| (row.get(&CLASS_YEAR, "class").id(), row.get(&CLASS_YEAR, "year").int())).collect();
        assert_eq!(keys.len(), years.len(), "seed {seed}");
        let known = classes.iter().collect::<Vec<_>>();
        let facts = facts("2023-12-20", &known);
        for row in &years {
            assert_eq!(rules::class_year(row, &facts), [], "seed {seed}");
        }
    }
}

#[test]
fn a_finished_class_ends_in_summer_and_a_teacher_goes_on_with_his() {
    let mut classes = vec![class(50, 10), class(51, 10).with(&CLASS, "entry_year", Cell::Int(2015))];
    let before =
        row(&CLASS_YEAR, 60, &[("class", Cell::Id(id(50))), ("year", Cell::Int(2020)), ("teacher", Cell::Id(id(70)))]);
    let changes = roll_over(&classes, &[before], 2021, &mut || id(61));
    changes.iter().filter(|change| change.noun.name == "class").for_each(|change| apply(&mut classes, change));
    assert_eq!(changes.len(), 2);
    let year = &changes[0].after;
    assert_eq!((year.get(&CLASS_YEAR, "grade").int(), year.get(&CLASS_YEAR, "teacher").id()), (Some(13), Some(id(70))));
    assert_eq!(*classes[1].get(&CLASS, "ended_on"), on("2021-08-31"));
}

/// Made in summer, before its year begins, a class is neither begun nor ended by the roll-over of the year before.
#[test]
fn a_class_of_a_coming_year_is_left_alone_and_the_last_grade_goes_on() {
    let of = |n: u128, stage: &str, entry: i64| {
        class(n, 10).with(&CLASS, "stage", word(stage)).with(&CLASS, "entry_year", Cell::Int(entry))
    };
    for (stage, entry, expected) in [
        ("primary", 2022, None),
        ("kindergarten", 2023, None),
        ("primary", 2021, Some(11)),
        ("primary", 2016, Some(16)),
        ("primary", 2015, Some(0)),
        ("kindergarten", 2019, Some(3)),
        ("junior", 2018, Some(0)),
    ] {
        let changes = roll_over(&[of(50, stage, entry)], &[], 2021, &mut || id(61));
        let said = changes.first().map(|change| match change.noun.name {
            "class" => 0,
            _ => change.after.get(&CLASS_YEAR, "grade").int().unwrap(),
        });
        assert_eq!((changes.len() < 2, said), (true, expected), "{stage} {entry}");
    }
    let gone = of(50, "primary", 2019).with(&CLASS, "ended_on", on("2021-03-01"));
    assert!(roll_over(&[gone], &[], 2021, &mut || id(61)).is_empty(), "what has ended begins no year");
    // Of several years the latest before this one has the teacher.
    let year = |n: u128, year: i64, teacher: u128| {
        let cells = [("class", Cell::Id(id(50))), ("year", Cell::Int(year)), ("teacher", Cell::Id(id(teacher)))];
        row(&CLASS_YEAR, n, &cells)
    };
    let years = [year(60, 2020, 70), year(62, 2019, 71), year(63, 2022, 72)];
    let changes = roll_over(&[of(50, "primary", 2019)], &years, 2021, &mut || id(61));
    assert_eq!(changes[0].after.get(&CLASS_YEAR, "teacher").id(), Some(id(70)));
}

#[test]
fn whoever_is_still_in_a_class_that_had_its_years_left_with_it() {
    let class = |n: u128, ended: &str| class(n, 10).with(&CLASS, "ended_on", on(ended));
    // Of 2019: its sixth year ends in 2025. The second was dissolved early, and whoever was in it is to be moved.
    let classes = [class(50, "2025-08-31"), class(51, "2021-03-01")];
    let pupil = |n: u128, class: u128, left: Cell| {
        row(&PUPIL, n, &[("class", Cell::Id(id(class))), ("enrolment", Cell::Id(id(n + 1000))), ("left_on", left)])
    };
    let pupils =
        [pupil(1, 50, Cell::Null), pupil(2, 50, on("2022-03-01")), pupil(3, 51, Cell::Null), pupil(4, 50, Cell::Null)];
    let enrolment = |n: u128, from: &str| (id(n + 1000), row(&ENROLMENT, n + 1000, &[("from_on", on(from))]));
    let enrolments = HashMap::from([
        enrolment(1, "2019-09-01"),
        enrolment(2, "2019-09-01"),
        enrolment(3, "2019-09-01"),
        enrolment(4, "2025-09-01"),
    ]);
    let changes = graduates(&classes, &pupils, &enrolments);
    let said: Vec<_> = changes.iter().map(|change| (change.noun.name, change.after.id)).collect();
    assert_eq!(said, [("enrolment", id(1001)), ("pupil", id(1))]);
    assert_eq!(*changes[0].after.get(&ENROLMENT, "until_on"), on("2025-08-31"));
    assert_eq!(*changes[1].after.get(&PUPIL, "left_on"), on("2025-08-31"));
}

#[test]
fn staff_and_posts_have_one_place() {
    let facts = facts("2021-12-20", &[]);
    let (school, unit) = (Cell::Id(id(10)), Cell::Id(id(20)));
    let person = row(&STAFF, 70, &[("sex", word("2")), ("school", school.clone())]);
    judged(rules::staff, &STAFF, &person, &facts, &[], &[]);
    judged(rules::staff, &STAFF, &person, &facts, &[("school", Cell::Null)], &[("staff.place_missing", "school")]);
    judged(rules::staff, &STAFF, &person, &facts, &[("unit", unit.clone())], &[("staff.place_both", "unit")]);
    judged(
        rules::staff,
        &STAFF,
        &person,
        &facts,
        &[("id_number", Cell::Secret(id_number("19800101", "017")))],
        &[("staff.sex_differs", "sex")],
    );
    let post = row(&POST, 80, &[("school", school), ("from_on", on("2021-09-01")), ("until_on", on("2021-09-01"))]);
    judged(rules::post, &POST, &post, &facts, &[], &[]);
    for (code, place, faults) in [
        ("principal", "school", &[][..]),
        ("group_head", "school", &[]),
        ("inspector", "school", &[("post.not_at_school", "post")]),
        ("section_head", "school", &[("post.not_at_school", "post")]),
        ("inspector", "unit", &[]),
        ("group_head", "unit", &[]),
        ("guard", "unit", &[("post.only_at_school", "post")]),
    ] {
        let other = if place == "school" { "unit" } else { "school" };
        let at = if place == "school" { Cell::Id(id(10)) } else { Cell::Id(id(20)) };
        let changes = [("post", word(code)), (place, at), (other, Cell::Null)];
        judged(rules::post, &POST, &post, &facts, &changes, faults);
    }
    judged(rules::post, &POST, &post, &facts, &[("school", Cell::Null)], &[("post.place_missing", "school")]);
    judged(rules::post, &POST, &post, &facts, &[("unit", unit)], &[("post.place_both", "unit")]);
    judged(
        rules::post,
        &POST,
        &post,
        &facts,
        &[("until_on", on("2021-08-31"))],
        &[("post.until_before_from", "until_on")],
    );
    let area = row(&INSPECTOR_AREA, 90, &[("from_on", on("2021-09-01")), ("until_on", on("2021-08-31"))]);
    judged(
        rules::inspector_area,
        &INSPECTOR_AREA,
        &area,
        &facts,
        &[],
        &[("inspector_area.until_before_from", "until_on")],
    );
    let known = self::facts("2021-12-20", &[&person]);
    for (school, expected) in [(10, &[("inspector_area.own_school", "school")][..]), (11, &[])] {
        let own = &[("staff", Cell::Id(id(70))), ("school", Cell::Id(id(school))), ("until_on", Cell::Null)];
        judged(rules::inspector_area, &INSPECTOR_AREA, &area, &known, own, expected);
    }
}

#[test]
fn who_was_answerable_on_that_day() {
    let post = |n: u128, what: &str, place: (&str, u128), staff: u128, from: &str, until: Option<&str>| {
        let until = until.map_or(Cell::Null, on);
        row(
            &POST,
            n,
            &[
                ("post", word(what)),
                (place.0, Cell::Id(id(place.1))),
                ("staff", Cell::Id(id(staff))),
                ("from_on", on(from)),
                ("until_on", until),
            ],
        )
    };
    let posts = [
        post(1, "principal", ("school", 10), 71, "2018-09-01", Some("2021-08-31")),
        post(2, "principal", ("school", 10), 72, "2021-09-01", None),
        post(3, "principal", ("school", 11), 73, "2018-09-01", None),
        post(4, "guard", ("school", 10), 74, "2020-01-01", None),
        post(5, "guard", ("school", 10), 75, "2019-01-01", Some("2021-12-31")),
        post(6, "group_head", ("unit", 20), 76, "2020-01-01", None),
    ];
    let cases: &[(&str, u128, &str, &[u128])] = &[
        ("principal", 10, "2018-08-31", &[]),
        ("principal", 10, "2018-09-01", &[71]),
        ("principal", 10, "2021-08-31", &[71]),
        ("principal", 10, "2021-09-01", &[72]),
        ("guard", 10, "2021-12-20", &[75, 74]),
        ("guard", 10, "2022-01-01", &[74]),
        ("group_head", 20, "2021-12-20", &[76]),
        ("group_head", 10, "2021-12-20", &[]),
    ];
    for (what, place, when, expected) in cases {
        let expected: Vec<Uuid> = expected.iter().map(|n| id(*n)).collect();
        assert_eq!(
            answerable::holders_on(&posts, what, id(*place), day(when)),
            expected,
            "{what} of {place} on {when}"
        );
    }
}
