//! When a post may be held, and when a school is there.

use kit::{Cell, Facts, Row};

use super::super::answerable::in_force;
use super::super::record::{CLASS, POST, SCHOOL, STAFF};
use super::super::rules;
use super::{Cells, Faults, class, facts, id, judged, on, row, word};

fn post(n: u128, from: &str, until: Cell) -> Row {
    let cells = [
        ("staff", Cell::Id(id(70))),
        ("post", word("guard")),
        ("school", Cell::Id(id(10))),
        ("from_on", on(from)),
        ("until_on", until),
    ];
    row(&POST, n, &cells)
}

#[test]
fn nobody_holds_a_post_after_he_has_left() {
    let left = row(&STAFF, 70, &[("left_on", on("2021-11-30"))]);
    let facts = facts("2021-12-20", &[&left]);
    let wrong: Faults<'_> = &[("post.staff_left", "staff")];
    let cases: &[(Cells<'_>, Faults<'_>)] = &[
        (&[("until_on", on("2021-11-30"))], &[]),
        (&[("from_on", on("2021-11-30")), ("until_on", on("2021-11-30"))], &[]),
        (&[("until_on", on("2021-12-01"))], wrong),
        (&[("until_on", Cell::Null)], wrong),
        (&[("from_on", on("2021-12-01")), ("until_on", on("2021-12-02"))], wrong),
    ];
    for (cells, expected) in cases {
        let good = post(80, "2021-09-01", Cell::Null);
        judged(rules::post, &POST, &good, &facts, cells, expected);
        judged(rules::post, &POST, &Row { version: 3, ..good }, &facts, cells, expected);
    }
}

/// The same post again is one that begins when the first is over; another post, or another place, is another one.
#[test]
fn nobody_holds_the_same_post_twice_at_once() {
    let beside = |held: Row| Facts { beside: vec![(&POST, held)].into(), ..facts("2021-12-20", &[]) };
    let (over, open) = (post(81, "2021-09-01", on("2021-11-30")), post(81, "2021-09-01", Cell::Null));
    let (twice, still): (Faults<'_>, Faults<'_>) = (&[("post.twice", "from_on")], &[("post.twice_open", "from_on")]);
    let cases: &[(&Row, Cells<'_>, Faults<'_>)] = &[
        (&over, &[("from_on", on("2021-12-01"))], &[]),
        (&over, &[("from_on", on("2021-11-30"))], twice),
        (&over, &[("until_on", on("2021-08-31"))], &[]),
        (&over, &[("until_on", on("2021-09-01"))], twice),
        (&over, &[], twice),
        (&open, &[("from_on", on("2021-12-01"))], still),
        (&open, &[("until_on", on("2021-08-31"))], &[]),
        (&open, &[("post", word("canteen_manager"))], &[]),
        (&open, &[("school", Cell::Id(id(11)))], &[]),
        (&open, &[("staff", Cell::Id(id(71)))], &[]),
    ];
    for (held, cells, expected) in cases {
        let good = post(80, "2021-01-01", Cell::Null);
        judged(rules::post, &POST, &good, &beside((*held).clone()), cells, expected);
    }
    judged(rules::post, &POST, &open, &beside(open.clone()), &[("until_on", on("2021-12-20"))], &[]);
}

/// One head at a time; who follows begins when the other is over, and of two that were entered either can still be ended.
#[test]
fn a_school_has_one_head_at_a_time() {
    let head = |n, staff, until| {
        post(n, "2021-09-01", until).with(&POST, "post", word("principal")).with(&POST, "staff", staff)
    };
    let beside = |held: Row| Facts { beside: vec![(&POST, held)].into(), ..facts("2021-12-20", &[]) };
    let other = Cell::Id(id(71));
    let (over, open) = (head(81, other.clone(), on("2021-11-30")), head(81, other, Cell::Null));
    let (taken, still): (Faults<'_>, Faults<'_>) = (&[("post.taken", "from_on")], &[("post.taken_open", "from_on")]);
    let cases: &[(&Row, Cells<'_>, Faults<'_>)] = &[
        (&over, &[("from_on", on("2021-12-01"))], &[]),
        (&over, &[("from_on", on("2021-11-30"))], taken),
        (&open, &[("from_on", on("2021-12-01"))], still),
        (&open, &[("school", Cell::Id(id(11)))], &[]),
        (&open, &[("post", word("safety_officer"))], &[]),
        (&open, &[("staff", Cell::Id(id(71)))], &[("post.twice_open", "from_on")]),
    ];
    let good = head(80, Cell::Id(id(70)), Cell::Null);
    for (held, cells, expected) in cases {
        judged(rules::post, &POST, &good, &beside((*held).clone()), cells, expected);
    }
    let known = Row { version: 3, ..good };
    judged(rules::post, &POST, &known, &beside(open.clone()), &[("until_on", on("2021-12-20"))], &[]);
    judged(rules::post, &POST, &known, &beside(open), &[], still);
}

/// First and last day both count: handed over on a day, that day is the successor's, and on each there is one head and no more.
#[test]
fn on_each_day_of_a_handing_over_there_is_one_head() {
    let head = |n, staff, from: &str, until| {
        post(n, from, until).with(&POST, "post", word("principal")).with(&POST, "staff", Cell::Id(id(staff)))
    };
    for (last, first, taken) in
        [("2021-11-30", "2021-12-01", false), ("2021-12-01", "2021-12-01", true), ("2021-12-01", "2021-12-02", false)]
    {
        let (old, next) = (head(81, 71, "2021-09-01", on(last)), head(80, 70, first, Cell::Null));
        let facts = Facts { beside: vec![(&POST, old.clone())].into(), ..facts("2021-12-20", &[]) };
        let expected: Faults<'_> = if taken { &[("post.taken", "from_on")] } else { &[] };
        judged(rules::post, &POST, &next, &facts, &[], expected);
        let days = ["2021-11-30", "2021-12-01", "2021-12-02"].map(|day| on(day).date());
        let heads = |day| [&old, &next].into_iter().filter(|held| in_force(held, day)).count();
        assert_eq!(days.into_iter().flatten().map(heads).max() > Some(1), taken, "{last} {first}");
        let vacant = days.into_iter().flatten().any(|day| heads(day) == 0);
        assert!(!vacant, "{last} {first}");
    }
}

#[test]
fn what_is_new_at_a_school_lies_in_its_time() {
    let cells = [("name", word("甲")), ("opened_on", on("2010-09-01")), ("closed_on", on("2021-08-31"))];
    let facts = facts("2021-12-20", &[&row(&SCHOOL, 10, &cells)]);
    let new = post(80, "2010-09-01", on("2021-08-31"));
    let (first, last) = (("school.not_open_on", "from_on"), ("school.not_open_on", "until_on"));
    let cases: &[(Cells<'_>, Faults<'_>)] = &[
        (&[], &[]),
        (&[("from_on", on("2010-08-31"))], &[first]),
        (&[("until_on", on("2021-09-01"))], &[last]),
        (&[("until_on", Cell::Null)], &[last]),
        (&[("from_on", on("2021-09-01")), ("until_on", on("2021-09-01"))], &[first, last]),
    ];
    for (cells, expected) in cases {
        judged(rules::post, &POST, &new, &facts, cells, expected);
        judged(rules::post, &POST, &Row { version: 1, ..new.clone() }, &facts, cells, &[]);
    }
    // A class is as old as its cohort, also where its school is younger.
    for (entry, expected) in [(2009, &[][..]), (2020, &[]), (2021, &[("school.not_open_on", "entry_year")])] {
        let entry = &[("entry_year", Cell::Int(entry))];
        judged(rules::class, &CLASS, &class(50, 10), &facts, entry, expected);
        judged(rules::class, &CLASS, &Row { version: 1, ..class(50, 10) }, &facts, entry, &[]);
    }
}

#[test]
fn a_school_goes_on_in_one_that_is_there() {
    let cells = [("code", word("2143000001")), ("kind", word("primary")), ("campus", Cell::Bool(false))];
    let closed = row(&SCHOOL, 10, &cells).with(&SCHOOL, "closed_on", on("2021-08-31"));
    let closed = closed.with(&SCHOOL, "successor", Cell::Id(id(11)));
    for (opened, expected) in
        [(Cell::Null, &[][..]), (on("2021-09-01"), &[]), (on("2021-09-02"), &[("school.successor_later", "successor")])]
    {
        let facts = facts("2021-12-20", &[&row(&SCHOOL, 11, &[("opened_on", opened)])]);
        judged(rules::school, &SCHOOL, &closed, &facts, &[], expected);
    }
}
