use std::sync::Arc;

use kit::{Cell, Facts, Norms, Row, Tree};

use super::super::record::{SCHOOL, SCHOOL_KINDS, UNIT};
use super::super::{rules, tree};
use super::{Cells, Faults, facts, id, judged, on, row, word};

fn good_school() -> Row {
    row(
        &SCHOOL,
        10,
        &[
            ("code", word("2143000001")),
            ("kind", word("primary")),
            ("campus", Cell::Bool(false)),
            ("opened_on", on("2000-09-01")),
        ],
    )
}

#[test]
fn a_school_that_contradicts_itself_is_refused_at_the_field() {
    let other = row(&SCHOOL, 11, &[("campus", Cell::Bool(false))]);
    let branch = row(&SCHOOL, 12, &[("campus", Cell::Bool(true))]);
    let facts = facts("2021-12-20", &[&other, &branch]);
    let yes = Cell::Bool(true);
    let cases: &[(Cells<'_>, Faults<'_>)] = &[
        (&[], &[]),
        (&[("code", Cell::Null)], &[("school.code_missing", "code")]),
        (&[("code", word("1143000001"))], &[("school.code_kind", "code")]),
        (&[("kind", word("nine_year")), ("code", word("3143000001"))], &[]),
        (&[("kind", word("special")), ("code", word("5143000001"))], &[]),
        (&[("campus", yes.clone())], &[("school.campus_code", "code"), ("school.parent_missing", "parent")]),
        (&[("campus", yes.clone()), ("code", Cell::Null), ("parent", Cell::Id(id(11)))], &[]),
        (
            &[("campus", yes.clone()), ("code", Cell::Null), ("parent", Cell::Id(id(12)))],
            &[("school.parent_campus", "parent")],
        ),
        (&[("campus", yes), ("code", Cell::Null), ("parent", Cell::Id(id(10)))], &[("school.parent_campus", "parent")]),
        (&[("kind", word("teaching_point"))], &[("school.teaching_point", "campus")]),
        (&[("closed_on", on("2000-09-01"))], &[("school.closed_before_opened", "closed_on")]),
        (&[("closed_on", on("2021-08-31")), ("successor", Cell::Id(id(11)))], &[]),
        (&[("successor", Cell::Id(id(11)))], &[("school.successor_open", "successor")]),
        (
            &[("closed_on", on("2021-08-31")), ("successor", Cell::Id(id(10)))],
            &[("school.successor_self", "successor")],
        ),
        (&[("lat", Cell::Real(25.5))], &[("school.position_half", "lon")]),
        (&[("lon", Cell::Real(111.6))], &[("school.position_half", "lat")]),
    ];
    for (cells, expected) in cases {
        judged(rules::school, &SCHOOL, &good_school(), &facts, cells, expected);
    }
}

#[test]
fn two_open_schools_of_a_township_are_not_of_one_name() {
    let named = |n, name, closed| {
        let there =
            [("name", word(name)), ("township", Cell::Id(id(1))), ("local_code", word("乙")), ("closed_on", closed)];
        row(&SCHOOL, n, &there)
    };
    let same: Faults<'_> = &[("school.same_name", "name")];
    let cases: &[(Vec<Row>, Cells<'_>, Faults<'_>)] = &[
        (vec![], &[], &[]),
        (vec![named(11, "甲", Cell::Null)], &[], same),
        (vec![named(11, "甲", on("2021-12-21"))], &[], same),
        (vec![named(11, "甲", on("2021-12-20"))], &[], &[]),
        (vec![named(11, "乙", Cell::Null)], &[], &[]),
        (vec![named(11, "甲", Cell::Null)], &[("township", Cell::Id(id(2)))], &[]),
        (vec![named(11, "甲", Cell::Null)], &[("closed_on", on("2021-08-31"))], &[]),
        // It had that name before: what else is put right in it is not refused.
        (vec![named(11, "甲", Cell::Null), named(10, "甲", Cell::Null)], &[], &[]),
        (vec![named(11, "甲", Cell::Null), named(10, "乙", Cell::Null)], &[], same),
        (vec![named(11, "甲", Cell::Null), named(10, "甲", on("2021-08-31"))], &[], same),
    ];
    let school = good_school().with(&SCHOOL, "name", word("甲")).with(&SCHOOL, "township", Cell::Id(id(1)));
    for (beside, cells, expected) in cases {
        let beside: Vec<_> = beside.iter().map(|row| (&SCHOOL, row.clone())).collect();
        let facts = Facts { beside: beside.into(), ..facts("2021-12-20", &[]) };
        judged(rules::school, &SCHOOL, &school, &facts, cells, expected);
    }
}

#[test]
fn every_kind_of_school_but_the_teaching_point_has_a_prefix() {
    let without: Vec<_> = SCHOOL_KINDS.iter().filter(|kind| rules::kind_prefix(kind).is_none()).collect();
    assert_eq!(without, [&"teaching_point"]);
}

#[test]
fn a_position_outside_the_county_is_a_slip_of_the_degrees() {
    let edge = |key, value| {
        format!(
            "[[norm]]\nkey = \"county.{key}\"\nvalue = {value}\nunit = \"minute\"\nfrom = \"2020-01-01\"\nbasis = \"b\"\nmark = \"local\"\n"
        )
    };
    let norms = [edge("south", 1509), edge("north", 1550), edge("west", 6677), edge("east", 6716)].concat();
    let facts = Facts { norms: Arc::new(Norms::parse(&[("box", &norms)]).unwrap()), ..facts("2021-12-20", &[]) };
    let at = |lat, lon| [("lat", Cell::Real(lat)), ("lon", lon)];
    judged(rules::school, &SCHOOL, &good_school(), &facts, &at(25.5266, Cell::Real(111.6005)), &[]);
    judged(
        rules::school,
        &SCHOOL,
        &good_school(),
        &facts,
        &at(25.5266, Cell::Real(110.6005)),
        &[("school.position_outside", "lon")],
    );
    judged(
        rules::school,
        &SCHOOL,
        &good_school(),
        &facts,
        &at(24.9, Cell::Int(111)),
        &[("school.position_outside", "lat"), ("school.position_outside", "lon")],
    );
}

#[test]
fn a_unit_hangs_where_its_kind_hangs() {
    let unit = |n, kind| row(&UNIT, n, &[("kind", word(kind))]);
    let known = [unit(20, "county"), unit(21, "bureau"), unit(22, "township"), unit(23, "farm"), unit(24, "village")];
    let facts = facts("2021-12-20", &known.iter().collect::<Vec<_>>());
    let above = |n| Cell::Id(id(n));
    let wrong = &[("unit.parent_kind", "parent")];
    let cases: &[(&str, Cell, Faults<'_>)] = &[
        ("county", Cell::Null, &[]),
        ("county", above(22), &[("unit.parent_unwanted", "parent")]),
        ("bureau", above(20), &[]),
        ("bureau", above(22), wrong),
        ("section", above(21), &[]),
        ("section", above(20), wrong),
        ("township", above(20), &[]),
        ("township", Cell::Null, &[("unit.parent_missing", "parent")]),
        ("village", above(22), &[]),
        ("village", above(23), &[]),
        ("community", above(20), wrong),
        ("community", above(24), wrong),
    ];
    for (kind, parent, expected) in cases {
        judged(rules::unit, &UNIT, &unit(29, kind), &facts, &[("parent", parent.clone())], expected);
    }
}

#[test]
fn a_campus_hangs_below_its_school_and_a_school_below_its_township() {
    let township = row(&UNIT, 22, &[("kind", word("township")), ("code", word("431124001")), ("name", word("甲"))]);
    let school = good_school().with(&SCHOOL, "township", Cell::Id(id(22))).with(&SCHOOL, "name", word("乙"));
    let campus = row(
        &SCHOOL,
        12,
        &[
            ("campus", Cell::Bool(true)),
            ("parent", Cell::Id(id(10))),
            ("township", Cell::Id(id(22))),
            ("local_code", word("1-1")),
        ],
    );
    let tree = Tree::new(tree::nodes(&[township], &[school, campus]));
    assert_eq!(tree.under(id(22)), [id(22), id(10), id(12)]);
    assert_eq!((tree.kind(id(12)), tree.get(id(12)).unwrap().code.as_str()), ("campus", "1-1"));
    assert_eq!((tree.kind(id(10)), tree.name(id(10))), ("school", "乙"));
    assert_eq!(tree.above(id(12), "township"), Some(id(22)));
}

/// A school is offered the posts that it fills itself.
#[test]
fn a_school_is_offered_its_own_posts() {
    let home = |home| kit::Scope { home, ..kit::Scope::default() };
    for (scope, field, code, offered) in [
        (home(Some(id(10))), "post", "class_teacher", true),
        (home(Some(id(10))), "post", "group_head", true),
        (home(Some(id(10))), "post", "director", false),
        (home(Some(id(10))), "post", "", true),
        (home(Some(id(10))), "unit", "", false),
        (home(None), "post", "director", true),
        (home(None), "unit", "", true),
    ] {
        let who = kit::Actor { scope, ..super::actor() };
        assert_eq!(rules::post_offered(&who, field, code), offered, "{field} {code}");
    }
}
