#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::{Actor, Cell, Facts, Role, Row, Scope};
use proptest::prelude::*;
use uuid::Uuid;

use super::day::{at, on};
use super::record::{LESSON, WEEKDAYS};
use super::rules::{derived, lesson, time};
use crate::organisation::record::CLASS;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn row(n: u128, weekday: &str, number: i64, begins: &str, ends: &str, from: &str) -> Row {
    Row::blank(&LESSON, Uuid::from_u128(n))
        .with(&LESSON, "school", Cell::Id(Uuid::from_u128(1)))
        .with(&LESSON, "class", Cell::Id(Uuid::from_u128(2)))
        .with(&LESSON, "weekday", Cell::Text(weekday.into()))
        .with(&LESSON, "number", Cell::Int(number))
        .with(&LESSON, "begins", Cell::Text(begins.into()))
        .with(&LESSON, "ends", Cell::Text(ends.into()))
        .with(&LESSON, "subject", Cell::Text(format!("subject {n}")))
        .with(&LESSON, "from_on", Cell::Date(date(from)))
}

/// The same line for a whole grade.
fn of_grade(row: Row, grade: &str) -> Row {
    row.with(&LESSON, "class", Cell::Null).with(&LESSON, "grade", Cell::Text(grade.into()))
}

fn facts(school: u128) -> Facts {
    let class = Row::blank(&CLASS, Uuid::from_u128(2)).with(&CLASS, "school", Cell::Id(Uuid::from_u128(school)));
    let rules = crate::house::rules().unwrap();
    Facts { known: Arc::new(HashMap::from([(class.id, class)])), ..Facts::at(&rules, 0) }
}

#[test]
fn each_fault_stands_at_its_field() {
    let good = row(1, "mon", 1, "08:30", "09:10", "2021-09-01");
    let ended = good.clone().with(&LESSON, "until_on", Cell::Date(date("2021-08-31")));
    for (row, school, expected) in [
        (good.clone(), 1, vec![]),
        (row(1, "mon", 1, "8:30", "9：10", "2021-09-01"), 1, vec![]),
        (
            row(1, "mon", 1, "half past", "25:00", "2021-09-01"),
            1,
            vec![("lesson.time", "begins"), ("lesson.time", "ends")],
        ),
        (row(1, "mon", 1, "09:10", "09:10", "2021-09-01"), 1, vec![("lesson.ends_before", "ends")]),
        (good.clone(), 9, vec![("lesson.class_school", "class")]),
        (of_grade(good.clone(), "13"), 1, vec![]),
        (good.clone().with(&LESSON, "class", Cell::Null), 1, vec![("lesson.class_or_grade", "class")]),
        (good.with(&LESSON, "grade", Cell::Text("13".into())), 1, vec![("lesson.class_and_grade", "grade")]),
        (ended, 1, vec![("lesson.until_before_from", "until_on")]),
    ] {
        let faults = lesson(&row, &facts(school));
        let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.field.unwrap())).collect();
        assert_eq!(found, expected, "{row:?}");
    }
}

#[test]
fn a_time_is_kept_in_one_form() {
    for (typed, kept) in
        [("8:30", "08:30"), ("08:30:00", "08:30"), (" 8：30 ", "08:30"), ("soon", "soon"), ("24:00", "24:00"), ("", "")]
    {
        let actor = Actor {
            account: Uuid::nil(),
            login: "x".into(),
            name: "x".into(),
            role: Role::School,
            unit: None,
            scope: Scope::default(),
        };
        let made = derived(None, row(1, "mon", 1, typed, "09:10", "2021-09-01"), &actor, &facts(1)).unwrap();
        assert_eq!(made.get(&LESSON, "begins").text(), Some(kept), "{typed:?}");
    }
    assert_eq!(time("9:05"), time("09:05:00"));
}

#[test]
fn the_table_that_began_last_holds_as_a_whole() {
    let rows = [
        row(1, "mon", 1, "08:30", "09:10", "2021-09-01"),
        row(2, "mon", 2, "09:20", "10:00", "2021-09-01"),
        row(3, "tue", 1, "08:30", "09:10", "2021-09-01"),
        // From November on Monday has one lesson, and Tuesday none.
        row(4, "mon", 1, "08:40", "09:20", "2021-11-01"),
        // And one that held for a week only.
        row(5, "mon", 1, "10:00", "10:30", "2021-12-06").with(&LESSON, "until_on", Cell::Date(date("2021-12-12"))),
    ];
    for (day, expected) in [
        ("2021-08-30", vec![]),
        ("2021-09-06", vec!["subject 1", "subject 2"]),
        ("2021-09-07", vec!["subject 3"]),
        ("2021-11-01", vec!["subject 4"]),
        ("2021-11-02", vec![]),
        ("2021-12-06", vec!["subject 5"]),
        ("2021-12-13", vec!["subject 4"]),
    ] {
        let found = on(&rows, date(day));
        assert_eq!(found.iter().map(|lesson| lesson.subject.as_str()).collect::<Vec<_>>(), expected, "{day}");
    }
    let monday = on(&rows, date("2021-09-06"));
    let going = |clock: &str| at(&monday, time(clock).unwrap()).map(super::day::Lesson::session);
    assert_eq!(
        ["08:29", "08:30", "09:10", "09:20"].map(going),
        [None, Some("lesson.1".into()), None, Some("lesson.2".into())]
    );
}

/// A grade's lines are a part of the table of each of its classes, and end with the school year in which those are in it.
#[test]
fn a_class_has_the_lessons_of_its_grade_but_where_it_has_its_own() {
    let rows = [
        row(1, "mon", 1, "08:30", "09:10", "2021-09-01"),
        of_grade(row(2, "mon", 1, "08:30", "09:10", "2021-09-01"), "13"),
        of_grade(row(3, "mon", 2, "09:20", "10:00", "2021-09-01"), "13"),
        of_grade(row(4, "tue", 1, "08:30", "09:10", "2021-09-01"), "13"),
        // From February on the grade has another table, and the class none of its own.
        of_grade(row(5, "mon", 3, "10:10", "10:50", "2022-02-21"), "13"),
    ];
    for (day, expected) in [
        ("2021-09-06", vec!["subject 1", "subject 3"]),
        ("2021-09-07", vec!["subject 4"]),
        ("2022-02-21", vec!["subject 5"]),
        ("2022-08-29", vec!["subject 5"]),
        ("2022-09-05", vec!["subject 1"]),
    ] {
        let found = on(&rows, date(day));
        assert_eq!(found.iter().map(|lesson| lesson.subject.as_str()).collect::<Vec<_>>(), expected, "{day}");
    }
}

#[test]
fn the_grades_are_those_of_the_class_years() {
    let stages = ["kindergarten", "primary", "junior", "senior"];
    let spans = stages.into_iter().filter_map(crate::organisation::rollover::grades);
    let known: Vec<_> = spans.flat_map(|(first, last)| first..=last).map(|grade| grade.to_string()).collect();
    assert_eq!(known, super::record::GRADES);
}

proptest! {
    /// Whatever was brought in: a day has the lessons of one table and of its own weekday alone, in order, and no moment two tables.
    #[test]
    fn a_day_has_one_table(lines in proptest::collection::vec((0..7_usize, 1..9_i64, 0..4_i64, proptest::option::of(0..40_i64)), 0..60), ahead in 0..60_i64) {
        let begin = date("2021-09-01");
        let rows: Vec<_> = lines.iter().enumerate().map(|(n, (weekday, number, table, held))| {
            let from = begin + chrono::TimeDelta::days(table * 10);
            let begins = format!("{:02}:00", 7 + number);
            let made = row(n as u128, WEEKDAYS[*weekday], *number, &begins, &format!("{:02}:40", 7 + number), &from.to_string());
            made.with(&LESSON, "until_on", held.map_or(Cell::Null, |days| Cell::Date(from + chrono::TimeDelta::days(days))))
        }).collect();
        let day = begin + chrono::TimeDelta::days(ahead);
        let found = on(&rows, day);
        prop_assert!(found.windows(2).all(|pair| pair[0].from <= pair[1].from));
        let of = |lesson: &super::day::Lesson| rows.iter().find(|row| row.get(&LESSON, "subject").text() == Some(lesson.subject.as_str())).unwrap();
        let tables: std::collections::BTreeSet<_> = found.iter().map(|lesson| of(lesson).get(&LESSON, "from_on").date()).collect();
        prop_assert!(tables.len() <= 1);
        for lesson in &found {
            let weekday = of(lesson).get(&LESSON, "weekday").text().unwrap();
            prop_assert_eq!(weekday, WEEKDAYS[chrono::Datelike::weekday(&day).num_days_from_monday() as usize]);
        }
    }
}
