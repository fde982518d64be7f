//! The first permission table, printed: who may make which move, at the point of the life where it is due.

use super::*;

const CAST: [&str; 10] =
    ["county", "director", "bureau", "inspector", "police", "township", "principal", "officer", "teacher", "guard"];

/// One line for each situation and move: a dot for no, a cross for yes, in the order of the cast.
fn printed(situation: &str, row: &Row, moves: &[&str], today: &str) -> String {
    let policy = Policy::parse(POLICY).unwrap();
    let facts = facts(today);
    let may = |who: &&'static str, mv: &str| {
        let actor = actor(who);
        policy.allows(actor.role, "hazard", mv) && HazardLife.may(&actor, row, mv, &facts).is_ok()
    };
    let line = |mv: &&str| {
        let marks: String = CAST.iter().map(|who| if may(who, mv) { "  x" } else { "  ." }).collect();
        format!("{situation:<18} {mv:<16}{marks}\n")
    };
    moves.iter().map(line).collect()
}

#[test]
fn who_may_what() {
    let registered = recorded("teacher", "2021-09-30");
    let inspected = recorded("inspector", "2021-09-30").with(&HAZARD, "source", text("inspection"));
    let graded = act(&registered, "officer", "grade", &general(), "2021-09-30").unwrap();
    let with_guard = act(&graded, "officer", "hand_over", &to("guard"), "2021-09-30").unwrap();
    let with_police = act(&graded, "bureau", "hand_over", &[("handed_unit", Cell::Id(POLICE))], "2021-09-30").unwrap();
    let with_section =
        act(&graded, "bureau", "hand_over", &[("handed_unit", Cell::Id(SECTION))], "2021-09-30").unwrap();
    let major_section = with_section.clone().with(&HAZARD, "grade", text("major"));
    let asked = with_guard.clone().with(&HAZARD, "extension_until", Cell::Date(day("2021-10-20")));
    let by_police = with_police.clone().with(&HAZARD, "state", text("submitted"));
    let major = submitted().with(&HAZARD, "grade", text("major"));
    let closed = act(&submitted(), "officer", "confirm", &[], "2021-10-13").unwrap();
    let major_asked = asked.clone().with(&HAZARD, "grade", text("major"));
    let kept = asked.clone().with(&HAZARD, "keeper", person("director"));
    let major_kept = major_asked.clone().with(&HAZARD, "keeper", person("county"));
    let today = "2021-10-08";
    let table = [
        printed("registered", &registered, &["grade", "fix_on_the_spot", "mistaken", "merge"], today),
        printed("found by inspector", &inspected, &["mistaken", "merge"], today),
        printed("graded", &graded, &["hand_over"], today),
        printed(
            "with the guard",
            &with_guard,
            &["hand_over", "sign_for", "plan", "submit", "ask_extension", "record_refusal"],
            today,
        ),
        printed(
            "with the police",
            &with_police,
            &["hand_over", "sign_for", "plan", "submit", "ask_extension", "record_refusal"],
            today,
        ),
        printed("with a section", &with_section, &["hand_over", "submit", "ask_extension"], today),
        printed("major, a section", &major_section, &["ask_extension"], today),
        printed("extension asked", &asked, &["grant_extension", "deny_extension"], today),
        printed("major, asked", &major_asked, &["grant_extension", "deny_extension"], today),
        printed("director's own", &kept, &["ask_extension", "grant_extension", "deny_extension"], today),
        printed("major, county's", &major_kept, &["grant_extension", "deny_extension"], today),
        printed("guard is done", &submitted(), &["confirm", "send_back"], today),
        printed("police are done", &by_police, &["confirm", "send_back"], today),
        printed("major is done", &major, &["confirm", "send_back"], today),
        printed("closed by officer", &closed, &["spot_check", "reopen", "really_fixed", "not_fixed"], today),
    ];
    let heading: Vec<_> = CAST.iter().filter_map(|who| who.get(..2)).collect();
    let table = format!("{:<36}{}\n{}", "", heading.join(" "), table.concat());
    assert_eq!(table, include_str!("who.txt"), "if this is meant, write it into who.txt:\n{table}");
}

#[test]
fn what_is_open_to_somebody_is_what_he_may_do_move_by_move() {
    let closed = act(&submitted(), "officer", "confirm", &[], "2021-10-13").unwrap();
    let facts = facts("2021-10-14");
    for row in [recorded("teacher", "2021-09-30"), submitted(), closed] {
        for actor in CAST.map(actor) {
            let may = HazardLife.moves().iter().filter(|spec| HazardLife.may(&actor, &row, spec.name, &facts).is_ok());
            let may: Vec<_> = may.map(|spec| spec.name).collect();
            let open = HazardLife.open(&actor, &row, HazardLife.moves().iter().collect(), &facts);
            assert_eq!(open.iter().map(|spec| spec.name).collect::<Vec<_>>(), may);
        }
    }
}

#[test]
fn a_small_schools_hazards_are_confirmed_by_its_central_school() {
    let row = recorded("village_teacher", "2021-09-30");
    let row = act(&row, "villager", "grade", &general(), "2021-09-30").unwrap();
    let row = act(&row, "villager", "hand_over", &to("village_teacher"), "2021-09-30").unwrap();
    let row = act(&row, "village_teacher", "sign_for", &[], "2021-09-30").unwrap();
    let row = act(&row, "village_teacher", "submit", &done(), "2021-09-30").unwrap();
    for (who, expected) in [("villager", Err("hazard.confirm_central")), ("officer", Ok(())), ("bureau", Ok(()))] {
        let said = act(&row, who, "confirm", &[], "2021-10-08").map(drop).map_err(|refusal| refusal.code);
        assert_eq!(said, expected, "{who}");
    }
}

#[test]
fn an_account_without_a_person_confirms_nothing() {
    let mut nobody = actor("bureau");
    nobody.scope.person = None;
    let refused = HazardLife.may(&nobody, &submitted(), "confirm", &facts("2021-10-13"));
    assert!(refused.is_err_and(|refusal| refusal.code == "hazard.person_needed"));
}

#[test]
fn what_is_recorded_is_edited_by_its_finder_and_not_after_grading() {
    let changed = |row: &Row| row.clone().with(&HAZARD, "description", text("nothing to see"));
    let noted = |row: &Row| row.clone().with(&HAZARD, "remark", text("seen again"));
    let dated = |row: &Row, on: &str| row.clone().with(&HAZARD, "found_on", Cell::Date(day(on)));
    let own = recorded("teacher", "2021-09-30");
    let inspected = recorded("inspector", "2021-09-30");
    let itself = |row: &Row| row.clone().with(&HAZARD, "source", text("self_check"));
    let told = inspected.clone().with(&HAZARD, "source", text("tip")).with(&HAZARD, "found_by", Cell::Null);
    let facts = facts("2021-10-01");
    for (before, after, who, expected) in [
        (&own, changed(&own), "teacher", None),
        (&own, changed(&own), "officer", None),
        // Its time to be handed over runs from that day: nobody begins it anew.
        (&own, dated(&own, "2021-10-01"), "officer", Some("hazard.found_later")),
        (&own, dated(&own, "2021-09-29"), "teacher", None),
        (&own, dated(&own, "2021-09-29"), "officer", Some("hazard.found_on_other")),
        (&own, changed(&own), "bureau", Some("hazard.found_by_other")),
        (&own, dated(&own, "2021-09-01"), "township", Some("hazard.found_by_other")),
        (&own, changed(&own), "villager", Some("hazard.found_by_other")),
        (&own, changed(&own), "guard", Some("hazard.found_by_other")),
        (&inspected, changed(&inspected), "officer", Some("hazard.found_by_other")),
        (&inspected, changed(&inspected), "bureau", Some("hazard.found_by_other")),
        (&inspected, changed(&inspected), "inspector", None),
        (&inspected, itself(&inspected), "inspector", Some("hazard.not_self_check")),
        (&inspected, noted(&inspected), "bureau", None),
        // Nobody here found it: a tip's finder has no account.
        (&told, changed(&told), "bureau", None),
        (&told, changed(&told), "director", None),
        (&told, changed(&told), "county", Some("hazard.found_by_other")),
        (&told, noted(&told), "county", None),
        (&told, changed(&told), "officer", Some("hazard.found_by_other")),
        (&submitted(), changed(&submitted()), "bureau", Some("hazard.settled")),
        (&submitted(), noted(&submitted()), "officer", None),
    ] {
        let said = rules::derive(Some(before), after, &actor(who), &facts).err().map(|refusal| refusal.code);
        assert_eq!(said, expected, "{who}");
    }
}

/// The form asks for what may be changed, and of whoever only reads the case for a remark.
#[test]
fn a_form_asks_for_what_its_reader_may_change() {
    let own = recorded("teacher", "2021-09-30");
    let told = recorded("inspector", "2021-09-30").with(&HAZARD, "found_by", Cell::Null);
    for (row, who, [place, found_on]) in [
        (&own, "teacher", [true, true]),
        (&own, "officer", [true, false]),
        (&own, "guard", [false, false]),
        (&own, "bureau", [false, false]),
        (&own, "township", [false, false]),
        (&told, "bureau", [true, true]),
        (&told, "officer", [false, false]),
        (&submitted(), "teacher", [false, false]),
        (&submitted(), "officer", [false, false]),
    ] {
        let asked =
            ["place", "found_on", "remark"].map(|field| rules::edited(&actor(who), row, field, &facts("2021-10-01")));
        assert_eq!(asked, [place, found_on, true], "{who}");
    }
}

/// 学校自查 is what a school found itself: it is neither offered to anybody else nor taken from him.
#[test]
fn what_others_find_is_no_check_of_the_school_itself() {
    let itself = |who| recorded(who, "2021-09-30").with(&HAZARD, "source", text("self_check"));
    for (who, own) in [
        ("teacher", true),
        ("officer", true),
        ("principal", true),
        ("villager", false),
        ("county", false),
        ("director", false),
        // It brings in what its schools wrote into their ledgers.
        ("bureau", true),
        ("inspector", false),
        ("police", false),
        ("township", false),
    ] {
        let row = itself(who).with(&HAZARD, "school", Cell::Id(JUNIOR));
        let said = rules::derive(None, row, &actor(who), &facts("2021-09-30")).err();
        let refused = (!own).then_some(("hazard.not_self_check", Some("source")));
        assert_eq!(said.map(|refusal| (refusal.code, refusal.field)), refused, "{who}");
    }
    for (who, offered) in [("officer", true), ("bureau", true), ("inspector", false), ("township", false)] {
        assert_eq!(super::super::step::offered(&actor(who), "source", "self_check"), offered, "{who}");
        assert!(super::super::step::offered(&actor(who), "source", "inspection"), "{who}");
    }
}

#[test]
fn every_fault_of_a_record_at_once() {
    let facts = facts("2021-09-30");
    let tomorrow = recorded("teacher", "2021-09-30").with(&HAZARD, "found_on", Cell::Date(day("2021-10-01")));
    let placeless = tomorrow.clone().with(&HAZARD, "school", Cell::Null);
    let township = placeless.clone().with(&HAZARD, "place_kind", text("township"));
    let nowhere = township.clone().with(&HAZARD, "township", Cell::Null);
    for (row, expected) in [
        (&recorded("teacher", "2021-09-30"), vec![]),
        (&placeless, vec!["found_on", "school"]),
        (&township, vec!["found_on"]),
        (&nowhere, vec!["found_on", "township"]),
    ] {
        let fields: Vec<_> = rules::rules(row, &facts).into_iter().filter_map(|refusal| refusal.field).collect();
        assert_eq!(fields, expected);
    }
}

#[test]
fn what_is_recorded_was_found_while_there_was_the_school() {
    let days = [("opened_on", "2010-09-01"), ("closed_on", "2021-08-31")];
    let school = days
        .into_iter()
        .fold(Row::blank(&SCHOOL, JUNIOR), |row, (field, on)| row.with(&SCHOOL, field, Cell::Date(day(on))));
    let mut facts = facts("2021-09-30");
    Arc::make_mut(&mut facts.known).insert(JUNIOR, school);
    for (found, version, expected) in [
        ("2010-08-31", 0, Some(("school.not_open_on", Some("found_on")))),
        ("2010-09-01", 0, None),
        ("2021-08-31", 0, None),
        ("2021-09-01", 0, Some(("school.not_open_on", Some("found_on")))),
        // The school was closed afterwards: what is known is still put right.
        ("2021-09-01", 2, None),
    ] {
        let row = recorded("teacher", "2021-09-30").with(&HAZARD, "found_on", Cell::Date(day(found)));
        let said = rules::rules(&Row { version, ..row }, &facts);
        assert_eq!(said.first().map(|refusal| (refusal.code, refusal.field)), expected, "{found} {version}");
    }
}

/// Who works at the school is no outsider there, whatever else he is.
#[test]
fn a_sample_is_checked_by_nobody_of_the_school() {
    let closed = act(&submitted(), "officer", "confirm", &[], "2021-10-13").unwrap();
    let mut own = actor("inspector");
    own.scope.home = Some(JUNIOR);
    for (who, expected) in [(own, Err("hazard.spot_check_outside")), (actor("inspector"), Ok(()))] {
        let said = HazardLife.may(&who, &closed, "spot_check", &facts("2021-10-14"));
        assert_eq!(said.map_err(|refusal| refusal.code), expected);
    }
}

#[test]
fn a_case_is_offered_beyond_its_school_to_whoever_may_hand_it_there() {
    for (who, unit) in [("officer", false), ("principal", false), ("bureau", true), ("director", true)] {
        assert_eq!(super::super::step::offered(&actor(who), "handed_unit", ""), unit, "{who}");
        assert!(super::super::step::offered(&actor(who), "keeper", ""), "{who}");
    }
}

/// Whoever finds something at work is asked what and where; the rest is known.
#[test]
fn a_guard_is_not_asked_for_what_is_known() {
    for (who, asked) in [("guard", false), ("teacher", false), ("officer", true), ("bureau", true)] {
        for field in ["school", "township", "source", "remark"] {
            assert_eq!(super::super::step::offered(&actor(who), field, ""), asked, "{who} {field}");
        }
        assert!(super::super::step::offered(&actor(who), "place", ""), "{who}");
        assert_eq!(super::super::step::offered(&actor(who), "place_kind", "township"), asked, "{who}");
        let blank = Row::blank(&HAZARD, id(1)).with(&HAZARD, "place_kind", text("school"));
        let begun = rules::derive(None, blank, &actor(who), &facts("2021-12-20")).unwrap();
        let known = begun.get(&HAZARD, "source").text() == Some("self_check");
        assert_eq!((known, begun.get(&HAZARD, "school").is_null()), (!asked, who == "bureau"), "{who}");
    }
}
