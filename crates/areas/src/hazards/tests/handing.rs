//! Where a case goes, and what closing it still lacks.

use super::*;
use crate::organisation::record::STAFF;

/// Whoever works elsewhere takes a case with him: it is beyond its school, and its limit is that of an answer from outside.
#[test]
fn a_case_goes_where_its_keeper_works() {
    let graded = act(&recorded("teacher", "2021-09-30"), "officer", "grade", &general(), "2021-09-30").unwrap();
    let keeper = person("guard").id().unwrap();
    for (school, unit, who, expected) in [
        (Some(JUNIOR), None, "officer", Ok((None, None, "2021-10-13"))),
        (Some(JUNIOR), None, "bureau", Ok((None, None, "2021-10-13"))),
        (Some(VILLAGE), None, "bureau", Ok((Some(VILLAGE), None, "2021-10-20"))),
        (None, Some(SECTION), "bureau", Ok((None, Some(SECTION), "2021-10-20"))),
        (Some(VILLAGE), None, "officer", Err(("hazard.hand_beyond", Some("keeper")))),
    ] {
        let cell = |id: Option<Uuid>| id.map_or(Cell::Null, Cell::Id);
        let row = Row::blank(&STAFF, keeper).with(&STAFF, "school", cell(school)).with(&STAFF, "unit", cell(unit));
        let mut facts = facts("2021-09-30");
        Arc::make_mut(&mut facts.known).insert(keeper, row);
        let said = act_as(&graded, &actor(who), "hand_over", &Input(to("guard")), &facts);
        let said = said.map(|row| typed(&row)).map_err(|refusal| (refusal.code, refusal.field));
        let said = said.map(|hazard| (hazard.handed_school, hazard.handed_unit, hazard.due_on));
        let expected = expected.map(|(school, unit, due)| (school, unit, Some(day(due))));
        assert_eq!(said, expected, "{who} {school:?} {unit:?}");
    }
}

/// What is wrong at a campus is put right by its school's people, whom that school sets to it itself.
#[test]
fn a_campus_and_its_school_are_one_house() {
    let (campus, keeper) = (id(77), person("guard").id().unwrap());
    let graded = act(&recorded("teacher", "2021-09-30"), "officer", "grade", &general(), "2021-09-30").unwrap();
    let mut facts = facts("2021-09-30");
    let nodes = facts.tree.iter().cloned().chain([Node::of(campus, Some(JUNIOR), "campus")]);
    facts.tree = Arc::new(Tree::new(nodes.collect::<Vec<_>>()));
    let row = Row::blank(&STAFF, keeper).with(&STAFF, "school", Cell::Id(JUNIOR));
    Arc::make_mut(&mut facts.known).insert(keeper, row);
    let there = graded.with(&HAZARD, "school", Cell::Id(campus));
    let said = typed(&act_as(&there, &actor("officer"), "hand_over", &Input(to("guard")), &facts).unwrap());
    assert_eq!((said.handed_school, said.handed_unit, said.keeper), (None, None, Some(keeper)));
}

/// Whoever lacks several things is told of all of them, at the first.
#[test]
fn all_that_is_missing_is_said_at_once() {
    let row = submitted().with(&HAZARD, "grade", text("major")).with(&HAZARD, "state", text("rectifying"));
    let refused = act(&row, "guard", "submit", &done(), "2021-10-12").unwrap_err();
    let words = "hazard.money_fen hazard.plan hazard.stop_use hazard.stop_use_on";
    assert_eq!((refused.code, refused.field), ("hazard.evidence", Some("money_fen")));
    assert_eq!(refused.args, [("words", words.to_owned())]);
}
