use std::collections::HashMap;

use chrono::NaiveDate;
use kit::{Cell, Change, Row};
use uuid::Uuid;

use super::super::entails::{guardian_derived, pupil_derived, pupil_entails};
use super::super::record::{CLASS, ENROLMENT, GUARDIAN, PUPIL};
use super::super::rules;
use super::{Cells, Faults, actor, class, day, facts, id, id_number, judged, on, row, word};

fn pupil() -> Row {
    row(
        &PUPIL,
        100,
        &[
            ("name", word("某某")),
            ("sex", word("1")),
            ("school", Cell::Id(id(10))),
            ("class", Cell::Id(id(50))),
            ("number", Cell::Secret(format!("G{}", id_number("20130512", "017")))),
            ("id_number", Cell::Secret(id_number("20130512", "017"))),
            ("enrolled_on", on("2019-09-01")),
        ],
    )
}

#[test]
fn a_pupil_agrees_with_his_number() {
    let (mine, other) = (class(50, 10), class(51, 11));
    let facts = facts("2021-12-20", &[&mine, &other]);
    let secret = |text: String| Cell::Secret(text);
    let cases: &[(Cells<'_>, Faults<'_>)] = &[
        (&[], &[]),
        (&[("sex", word("2"))], &[("pupil.sex_differs", "sex")]),
        (&[("sex", word("9"))], &[]),
        (&[("id_number", Cell::Null)], &[]),
        (&[("id_number", word("s1:sealed")), ("sex", word("2"))], &[]),
        (&[("id_number", secret(id_number("20130513", "017")))], &[("pupil.number_differs", "number")]),
        (&[("number", secret("L431124201305120170".into()))], &[]),
        (&[("enrolled_on", on("2015-05-12"))], &[]),
        (&[("enrolled_on", on("2015-05-11"))], &[("pupil.age", "id_number")]),
        (&[("enrolled_on", on("2012-09-01"))], &[("pupil.age", "id_number")]),
        (&[("enrolled_on", on("2039-05-12"))], &[("pupil.age", "id_number")]),
        (&[("left_on", on("2019-09-01"))], &[]),
        (&[("left_on", on("2019-08-31"))], &[("pupil.left_before_enrolled", "left_on")]),
        (&[("class", Cell::Id(id(51)))], &[("pupil.class_school", "class")]),
        (
            &[("sex", word("2")), ("left_on", on("2018-08-31"))],
            &[("pupil.sex_differs", "sex"), ("pupil.left_before_enrolled", "left_on")],
        ),
    ];
    for (cells, expected) in cases {
        judged(rules::pupil, &PUPIL, &pupil(), &facts, cells, expected);
    }
}

#[test]
fn a_corrected_id_number_leaves_the_pupil_number_alone() {
    let mut stored = pupil();
    stored.version = 3;
    stored.set(&PUPIL, "id_number", Cell::Secret(id_number("20130513", "017")));
    assert_eq!(rules::pupil(&stored, &facts("2021-12-20", &[])), []);
}

/// A county of one pupil, to whom edits happen.
struct Life {
    pupil: Option<Row>,
    enrolments: HashMap<Uuid, Row>,
    guardian: Row,
    /// Classes that are known.
    classes: Vec<Row>,
}

impl Life {
    fn new() -> Self {
        let guardian = row(&GUARDIAN, 200, &[("pupil", Cell::Id(id(100)))]);
        Self { pupil: None, enrolments: HashMap::new(), guardian, classes: Vec::new() }
    }

    fn edit(&mut self, today: &str, cells: &[(&str, Cell)]) -> Result<Vec<Change>, kit::Refusal> {
        let facts = facts(today, &self.enrolments.values().chain(&self.classes).collect::<Vec<_>>());
        let mut after = self.pupil.clone().unwrap_or_else(pupil);
        for (field, cell) in cells {
            after.set(&PUPIL, field, cell.clone());
        }
        let after = pupil_derived(self.pupil.as_ref(), after, &actor(), &facts)?;
        let change = match self.pupil.clone() {
            Some(before) => Change::update(&PUPIL, "edit", before, after),
            None => Change::create(&PUPIL, "create", after),
        };
        let company = [(&GUARDIAN, self.guardian.clone())];
        let entailed = pupil_entails(&change, &company, &facts, &mut || unreachable!("ids are derived"));
        for change in &entailed {
            if change.noun.name == "guardian" {
                self.guardian = change.after.clone();
            } else {
                let before = self.enrolments.insert(change.after.id, change.after.clone());
                assert_eq!(before, change.before, "an enrolment is changed as it stands");
            }
        }
        self.pupil = Some(change.after);
        self.holds(day(today));
        Ok(entailed)
    }

    /// What is true after every edit: the pupil names an enrolment that says what he says, and no day has two classes.
    fn holds(&self, today: NaiveDate) {
        let pupil = self.pupil.as_ref().unwrap();
        let now = &self.enrolments[&pupil.get(&PUPIL, "enrolment").id().unwrap()];
        for (mine, his) in [("school", "school"), ("class", "class"), ("until_on", "left_on")] {
            assert_eq!(now.get(&ENROLMENT, mine), pupil.get(&PUPIL, his), "{mine} on {today}");
        }
        for field in ["school", "class"] {
            assert_eq!(self.guardian.get(&GUARDIAN, field), pupil.get(&PUPIL, field));
        }
        let spans = self.spans();
        for (from, until, _) in &spans {
            assert!(until.is_none_or(|until| *from <= until), "{spans:?}");
        }
        for pair in spans.windows(2) {
            assert!(pair[0].1.is_some_and(|until| until < pair[1].0), "{spans:?}");
        }
    }

    fn spans(&self) -> Vec<(NaiveDate, Option<NaiveDate>, Uuid)> {
        let date = |row: &Row, field: &str| row.get(&ENROLMENT, field).date();
        let span = |row: &Row| {
            (date(row, "from_on").unwrap(), date(row, "until_on"), row.get(&ENROLMENT, "class").id().unwrap())
        };
        let mut all: Vec<_> = self.enrolments.values().map(span).collect();
        all.sort();
        all
    }
}

fn to_class(n: u128) -> [(&'static str, Cell); 1] {
    [("class", Cell::Id(id(n)))]
}

#[test]
fn every_day_of_a_pupil_has_its_class() {
    let mut life = Life::new();
    life.edit("2019-09-10", &[]).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-01"), None, id(50))]);
    life.edit("2021-03-01", &to_class(51)).unwrap();
    life.edit("2021-09-01", &to_class(50)).unwrap();
    life.edit("2021-12-20", &[("left_on", on("2021-12-17"))]).unwrap();
    let expected = [
        (day("2019-09-01"), Some(day("2021-02-28")), id(50)),
        (day("2021-03-01"), Some(day("2021-08-31")), id(51)),
        (day("2021-09-01"), Some(day("2021-12-17")), id(50)),
    ];
    assert_eq!(life.spans(), expected);
    assert!(life.edit("2021-12-20", &[]).unwrap().is_empty(), "what stays the same entails nothing");
}

/// A class that began when the child was in another one already was never his.
#[test]
fn the_class_of_one_who_has_left_is_corrected_within_his_years() {
    let mut life = Life::new();
    life.edit("2019-09-10", &[]).unwrap();
    life.edit("2021-12-10", &[("left_on", on("2021-12-01"))]).unwrap();
    let of = |n, year| class(n, 10).with(&CLASS, "entry_year", Cell::Int(year));
    life.classes = vec![of(51, 2020), of(52, 2019)];
    assert_eq!(life.edit("2021-12-20", &to_class(51)).err().unwrap().code, "pupil.class_to_come");
    life.edit("2021-12-20", &to_class(52)).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-01"), Some(day("2021-12-01")), id(52))]);
}

#[test]
fn a_class_corrected_on_its_first_day_was_never_attended() {
    let mut life = Life::new();
    life.edit("2019-09-01", &[]).unwrap();
    life.edit("2019-09-01", &to_class(51)).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-01"), None, id(51))]);
    life.edit("2020-09-01", &to_class(52)).unwrap();
    life.edit("2020-09-01", &to_class(51)).unwrap();
    life.edit("2020-09-01", &to_class(53)).unwrap();
    assert_eq!(life.spans().last(), Some(&(day("2020-09-01"), None, id(53))));
    assert_eq!(life.spans().len(), 2);
}

#[test]
fn a_corrected_first_day_corrects_the_first_enrolment_only() {
    let mut life = Life::new();
    life.edit("2019-09-10", &[]).unwrap();
    life.edit("2019-09-11", &[("enrolled_on", on("2019-09-05"))]).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-05"), None, id(50))]);
    life.edit("2020-09-01", &to_class(51)).unwrap();
    let late = life.edit("2020-09-02", &[("enrolled_on", on("2020-09-02"))]).unwrap_err();
    assert_eq!((late.code, late.field), ("pupil.enrolled_after_class", Some("enrolled_on")));
    let early = life.edit("2020-09-02", &[("left_on", on("2020-07-01"))]).unwrap_err();
    assert_eq!((early.code, early.field), ("pupil.left_before_class", Some("left_on")));
}

#[test]
fn who_left_by_mistake_is_back_and_who_returns_begins_anew() {
    let mut life = Life::new();
    life.edit("2019-09-10", &[("left_on", on("2020-07-10"))]).unwrap();
    life.edit("2020-07-11", &[("left_on", Cell::Null)]).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-01"), None, id(50))]);
    life.edit("2020-07-12", &[("left_on", on("2020-07-10"))]).unwrap();
    life.edit("2021-09-01", &[("left_on", Cell::Null), ("class", Cell::Id(id(51)))]).unwrap();
    assert_eq!(life.spans(), [(day("2019-09-01"), Some(day("2020-07-10")), id(50)), (day("2021-09-01"), None, id(51))]);
}

/// He left with his class in summer, and begins at the next school: nobody has to take back that he left.
#[test]
fn who_left_with_his_class_and_is_put_into_another_goes_on() {
    let graduated = class(50, 10).with(&CLASS, "ended_on", on("2025-08-31"));
    for (today, from) in [("2025-09-01", "2025-09-01"), ("2025-07-20", "2025-07-20")] {
        let mut life = Life::new();
        life.edit("2019-09-10", &[]).unwrap();
        life.edit("2025-07-10", &[("left_on", on("2025-08-31"))]).unwrap();
        life.classes = vec![graduated.clone()];
        life.edit(today, &to_class(51)).unwrap();
        let spans = life.spans();
        assert_eq!(spans[1], (day(from), None, id(51)), "{spans:?}");
        assert_eq!(spans[0].1, day(from).pred_opt(), "{spans:?}");
    }
    // Who is to leave on another day leaves, whatever class he is in until then.
    let mut life = Life::new();
    life.edit("2019-09-10", &[("left_on", on("2025-12-31"))]).unwrap();
    life.classes = vec![graduated];
    life.edit("2025-09-01", &to_class(51)).unwrap();
    assert_eq!(life.spans()[1], (day("2025-09-01"), Some(day("2025-12-31")), id(51)));
}

#[test]
fn a_guardian_belongs_where_the_pupil_belongs() {
    let pupil = pupil();
    let guardian = row(&GUARDIAN, 200, &[("pupil", Cell::Id(id(100))), ("school", Cell::Id(id(99)))]);
    let placed = guardian_derived(None, guardian.clone(), &actor(), &facts("2021-12-20", &[&pupil])).unwrap();
    assert_eq!(
        (placed.get(&GUARDIAN, "school").id(), placed.get(&GUARDIAN, "class").id()),
        (Some(id(10)), Some(id(50)))
    );
    let unknown = guardian_derived(None, guardian, &actor(), &facts("2021-12-20", &[])).unwrap_err();
    assert_eq!(unknown.code, "guardian.pupil_unknown");
    let other = row(&GUARDIAN, 201, &[("pupil", Cell::Id(id(101)))]);
    let change = Change::create(&PUPIL, "create", pupil);
    let entailed = pupil_entails(&change, &[(&GUARDIAN, other)], &facts("2021-12-20", &[]), &mut || id(0));
    assert!(entailed.iter().all(|change| change.noun.name == "enrolment"));
}
