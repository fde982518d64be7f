//! 并案: into which hazard another one may go.

use super::*;

#[test]
fn a_hazard_is_merged_into_a_live_one_of_the_same_place() {
    let row = recorded("teacher", "2021-09-30");
    let other = |id, state: &str| Row { id, ..row.clone() }.with(&HAZARD, "state", text(state));
    let elsewhere = other(id(503), "graded").with(&HAZARD, "school", Cell::Id(VILLAGE));
    let mut facts = facts("2021-09-30");
    let more = [other(id(501), "graded"), other(id(502), "mistaken"), elsewhere, row.clone()];
    Arc::make_mut(&mut facts.known).extend(more.into_iter().map(|row| (row.id, row)));
    // Closed when this one had been found already, or before: then it came back.
    let closed = |n, on: &str| other(id(n), "closed").with(&HAZARD, "closed_on", Cell::Date(day(on)));
    let ended = [closed(505, "2021-09-30"), closed(506, "2021-09-29")];
    let later = other(id(507), "graded").with(&HAZARD, "found_on", Cell::Date(day("2021-10-01")));
    Arc::make_mut(&mut facts.known).extend(ended.into_iter().chain([later]).map(|row| (row.id, row)));
    let wrong = Err("hazard.merge_into");
    for (into, expected) in [
        (501, Ok(Some(id(501)))),
        (502, wrong),
        (503, wrong),
        (504, wrong),
        (500, wrong),
        (505, Ok(Some(id(505)))),
        (506, Err("hazard.merge_closed")),
        (507, Err("hazard.merge_later")),
    ] {
        let offered = super::super::step::among(&row, "merged_into", day("2021-09-30")).unwrap();
        let stands = facts.known.get(&id(into)).is_some_and(|other| offered.holds(&HAZARD, other));
        // The page leaves the case itself out of every choice.
        assert_eq!(stands && into != 500, expected.is_ok(), "{into} is offered");
        let input = Input(vec![("merged_into", Cell::Id(id(into)))]);
        let merged = act_as(&row, &actor("officer"), "merge", &input, &facts);
        assert_eq!(merged.map(|row| typed(&row).merged_into).map_err(|refusal| refusal.code), expected, "{into}");
    }
}

/// What was found from outside, and what is major, does not go where a school could set it aside.
#[test]
fn a_case_is_merged_into_none_that_is_less_than_itself() {
    let of = |n, source: &str, grade: &str| {
        let row = Row { id: id(n), ..recorded("teacher", "2021-09-30") };
        row.with(&HAZARD, "source", text(source)).with(&HAZARD, "grade", text(grade))
    };
    let lesser = Err("hazard.merge_lesser");
    for (mine, other, expected) in [
        (("self_check", "general"), ("self_check", "general"), Ok(())),
        (("self_check", "general"), ("inspection", "major"), Ok(())),
        (("inspection", "general"), ("self_check", "general"), lesser),
        (("inspection", "general"), ("self_check", "major"), lesser),
        (("inspection", "general"), ("tip", "general"), Ok(())),
        (("self_check", "major"), ("self_check", "general"), lesser),
        (("self_check", "major"), ("joint", "general"), lesser),
        (("self_check", "major"), ("self_check", "major"), Ok(())),
        (("tip", "major"), ("inspection", "general"), lesser),
        (("tip", "major"), ("inspection", "major"), Ok(())),
    ] {
        let (row, target) = (of(500, mine.0, mine.1), of(501, other.0, other.1));
        let offered = super::super::step::among(&row, "merged_into", day("2021-09-30")).unwrap();
        assert_eq!(offered.holds(&HAZARD, &target), expected.is_ok(), "{mine:?} is offered {other:?}");
        let mut facts = facts("2021-09-30");
        Arc::make_mut(&mut facts.known).insert(target.id, target);
        let input = Input(vec![("merged_into", Cell::Id(id(501)))]);
        let said = act_as(&row, &actor("bureau"), "merge", &input, &facts).map(drop).map_err(|refusal| refusal.code);
        assert_eq!(said, expected, "{mine:?} into {other:?}");
    }
}
