//! A flag and a bed follow their pupil, and end when he leaves.

use super::super::bed::BED;
use super::super::care::CARE;
use super::super::follows;
use super::*;
use crate::organisation::record::PUPIL;

fn child(school: Uuid, class: Uuid, boarder: bool, left: Option<&str>) -> Row {
    Row::blank(&PUPIL, pupil(1))
        .with(&PUPIL, "school", Cell::Id(school))
        .with(&PUPIL, "class", Cell::Id(class))
        .with(&PUPIL, "boarder", Cell::Bool(boarder))
        .with(&PUPIL, "left_on", left.map_or(Cell::Null, |text| Cell::Date(day(text))))
}

fn held(noun: &'static kit::Noun, whose: Uuid, from: &str, until: Option<&str>) -> (&'static kit::Noun, Row) {
    let row = Row::blank(noun, Uuid::from_u128(900))
        .with(noun, "school", Cell::Id(SCHOOL))
        .with(noun, "class", Cell::Id(CLASS_ID))
        .with(noun, "pupil", Cell::Id(whose))
        .with(noun, "from_on", Cell::Date(day(from)))
        .with(noun, "until_on", until.map_or(Cell::Null, |text| Cell::Date(day(text))));
    (noun, row)
}

#[test]
fn a_flag_goes_with_its_pupil_and_a_bed_stays_and_both_end_when_he_leaves() {
    let facts = facts("2021-12-20 08:10", &[]);
    let before = child(SCHOOL, CLASS_ID, true, None);
    let beside = child(SCHOOL, OTHER_CLASS, true, None);
    let away = child(OTHER, OTHER_CLASS, true, None);
    let home = child(SCHOOL, CLASS_ID, false, None);
    let gone = child(SCHOOL, CLASS_ID, true, Some("2021-12-17"));
    let (open, over) = (None, Some("2021-06-30"));
    // Class and last day afterwards; nothing where nothing changes.
    for (what, noun, after, (from, until), expected) in [
        ("stays", &CARE, &before, ("2021-09-01", open), None),
        ("another class", &CARE, &beside, ("2021-09-01", open), Some((OTHER_CLASS, None))),
        ("another school", &CARE, &away, ("2021-09-01", open), Some((OTHER_CLASS, None))),
        ("over", &CARE, &beside, ("2020-09-01", over), None),
        ("left", &CARE, &gone, ("2021-09-01", open), Some((CLASS_ID, Some("2021-12-17")))),
        ("left, set after", &CARE, &gone, ("2021-12-20", open), Some((CLASS_ID, Some("2021-12-20")))),
        ("stays", &BED, &before, ("2021-09-01", open), None),
        ("another class", &BED, &beside, ("2021-09-01", open), Some((OTHER_CLASS, None))),
        ("another school", &BED, &away, ("2021-09-01", open), Some((CLASS_ID, Some("2021-12-19")))),
        ("boards no more", &BED, &home, ("2021-09-01", open), Some((CLASS_ID, Some("2021-12-19")))),
        ("only today", &BED, &home, ("2021-12-20", open), Some((CLASS_ID, Some("2021-12-20")))),
        ("over", &BED, &away, ("2020-09-01", over), None),
        ("left", &BED, &gone, ("2021-09-01", open), Some((CLASS_ID, Some("2021-12-17")))),
        (
            "left, planned to the end",
            &BED,
            &gone,
            ("2021-09-01", Some("2022-01-20")),
            Some((CLASS_ID, Some("2021-12-17"))),
        ),
    ] {
        let change = kit::Change::update(&PUPIL, "edit", before.clone(), after.clone());
        let rows = [held(noun, pupil(1), from, until), held(noun, pupil(2), from, until)];
        let changes: Vec<_> = follows::pupil(&change, &rows, &facts).collect();
        let found = changes.first().map(|change| {
            let row = &change.after;
            (row.get(noun, "class").id().unwrap(), row.get(noun, "until_on").date())
        });
        let expected = expected.map(|(class, until)| (class, until.map(day)));
        assert_eq!((changes.len(), found), (usize::from(expected.is_some()), expected), "{what} {}", noun.name);
    }
}
