//! The whole life, its deadlines and its refusals, as tables.

use super::super::life::arrows;
use super::*;
use crate::organisation::record::STAFF;

/// One line: who, move, input, day, then the state it leads to or the refusal.
type Line = (&'static str, &'static str, Vec<(&'static str, Cell)>, &'static str, Result<&'static str, &'static str>);

fn play(mut row: Row, lines: Vec<Line>) -> Row {
    for (number, (who, mv, input, today, expected)) in lines.into_iter().enumerate() {
        let result = act(&row, who, mv, &input, today);
        let said = match &result {
            Ok(after) => Ok(after.get(&HAZARD, "state").text().unwrap().to_owned()),
            Err(refusal) => Err(refusal.code.to_owned()),
        };
        assert_eq!(said, expected.map(str::to_owned).map_err(str::to_owned), "line {number}: {who} {mv} on {today}");
        row = result.unwrap_or(row);
    }
    row
}

fn until(date: &str) -> Vec<(&'static str, Cell)> {
    vec![("extension_until", Cell::Date(day(date))), ("extension_reason", text("the part has to be ordered"))]
}

fn why() -> Vec<(&'static str, Cell)> {
    vec![("reason", text("as seen"))]
}

#[test]
fn a_general_hazard_from_finding_to_closing() {
    let row = recorded("teacher", "2021-09-30");
    assert_eq!((typed(&row).school, typed(&row).township), (Some(JUNIOR), Some(TOWNSHIP)));
    let row = play(
        row,
        vec![
            ("teacher", "grade", general(), "2021-09-30", Err("role")),
            ("officer", "hand_over", to("guard"), "2021-09-30", Err("move.not_now")),
            ("officer", "grade", general(), "2021-09-30", Ok("graded")),
            ("officer", "hand_over", vec![], "2021-09-30", Err("hazard.hand_to_whom")),
            ("officer", "hand_over", vec![("handed_unit", Cell::Id(POLICE))], "2021-09-30", Err("hazard.hand_beyond")),
            (
                "officer",
                "hand_over",
                vec![("handed_school", Cell::Id(VILLAGE))],
                "2021-09-30",
                Err("hazard.hand_beyond"),
            ),
            ("officer", "hand_over", to("guard"), "2021-09-30", Ok("handed_over")),
            ("teacher", "sign_for", vec![], "2021-09-30", Err("hazard.not_yours")),
            ("guard", "submit", done(), "2021-10-01", Err("hazard.sign_first")),
            ("guard", "sign_for", vec![], "2021-10-01", Ok("rectifying")),
            ("guard", "submit", vec![], "2021-10-09", Err("hazard.evidence")),
            ("guard", "submit", done(), "2021-10-09", Ok("submitted")),
            ("guard", "confirm", vec![], "2021-10-11", Err("role")),
            ("officer", "send_back", vec![("recheck_note", text("still loose"))], "2021-10-11", Ok("rectifying")),
            ("guard", "submit", done(), "2021-10-12", Ok("submitted")),
            ("officer", "confirm", vec![], "2021-10-13", Ok("closed")),
            ("bureau", "spot_check", vec![("spot_check_note", text("holds"))], "2021-11-01", Ok("closed")),
            ("officer", "reopen", why(), "2022-01-12", Err("hazard.reopen_too_late")),
            ("officer", "reopen", why(), "2022-01-11", Ok("rectifying")),
        ],
    );
    let hazard = typed(&row);
    assert_eq!((hazard.sent_back, hazard.reopened, hazard.closed_on), (1, 1, None));
    // Five working days from 11 January 2022.
    assert_eq!((hazard.first_due_on, hazard.due_on), (Some(day("2022-01-18")), Some(day("2022-01-18"))));
    assert_eq!(hazard.spot_checked_on, Some(day("2021-11-01")));
}

#[test]
fn a_major_hazard_needs_its_evidence_and_someone_from_outside() {
    let bare = vec![("grade", text("major")), ("grounds", text("bearing wall cracked"))];
    let plan = |field, cell| vec![(field, cell)];
    let row = play(
        recorded("inspector", "2021-09-30"),
        vec![
            ("officer", "grade", vec![("grade", text("major"))], "2021-09-30", Err("hazard.grounds_needed")),
            (
                "officer",
                "grade",
                [bare.clone(), plan("judgement", text("fire_6"))].concat(),
                "2021-09-30",
                Err("hazard.judgement_not_yet"),
            ),
            ("inspector", "grade", bare, "2021-09-30", Ok("graded")),
            ("officer", "grade", general(), "2021-09-30", Err("hazard.grade_lowered")),
            ("guard", "fix_on_the_spot", done(), "2021-09-30", Err("hazard.major_not_on_the_spot")),
            ("bureau", "hand_over", vec![("keeper", person("principal"))], "2021-09-30", Ok("handed_over")),
            ("principal", "sign_for", vec![], "2021-10-01", Ok("rectifying")),
            ("principal", "submit", done(), "2021-10-20", Err("hazard.evidence")),
            ("principal", "plan", vec![], "2021-10-20", Err("hazard.plan_empty")),
            ("principal", "plan", plan("measures", text("new stairs")), "2021-10-20", Ok("rectifying")),
            ("principal", "plan", plan("money_fen", Cell::Int(1_250_000)), "2021-10-20", Ok("rectifying")),
            ("principal", "plan", plan("plan", text("other stairs by turns")), "2021-10-20", Ok("rectifying")),
            ("principal", "plan", plan("stop_use", text("roped off")), "2021-10-20", Ok("rectifying")),
            ("principal", "submit", done(), "2021-10-20", Err("hazard.evidence")),
            (
                "principal",
                "plan",
                plan("stop_use_on", Cell::Date(day("2021-10-21"))),
                "2021-10-20",
                Err("hazard.day_to_come"),
            ),
            ("principal", "plan", plan("stop_use_on", Cell::Date(day("2021-09-30"))), "2021-10-20", Ok("rectifying")),
            ("principal", "submit", done(), "2021-12-01", Ok("submitted")),
            ("officer", "confirm", vec![], "2021-12-02", Err("hazard.confirm_outside")),
            ("township", "confirm", vec![], "2021-12-02", Err("hazard.confirm_outside")),
            ("inspector", "confirm", vec![], "2021-12-02", Ok("closed")),
        ],
    );
    // Ninety days from 30 September, 29 December 2021, a Wednesday.
    assert_eq!(typed(&row).due_on, Some(day("2021-12-29")));
}

#[test]
fn what_turns_out_to_be_general_has_a_general_hazards_time() {
    let major = vec![("grade", text("major")), ("grounds", text("bearing wall cracked"))];
    let row = play(
        recorded("inspector", "2021-09-30"),
        vec![
            ("inspector", "grade", major, "2021-09-30", Ok("graded")),
            ("bureau", "hand_over", vec![("keeper", person("principal"))], "2021-09-30", Ok("handed_over")),
        ],
    );
    assert_eq!(typed(&row).due_on, Some(day("2021-12-29")));
    let row = act(&row, "bureau", "grade", &general(), "2021-10-11").unwrap();
    let longest = super::super::due::longest_general(&facts("2021-10-11")).unwrap();
    assert_eq!(typed(&row).due_on, Some(longest));
    assert!(longest < day("2021-11-15"), "weeks, not the months of a major one: {longest}");
    // What was due sooner stays so.
    let soon = row.with(&HAZARD, "grade", text("major")).with(&HAZARD, "due_on", Cell::Date(day("2021-10-12")));
    let soon = act(&soon, "bureau", "grade", &general(), "2021-10-11").unwrap();
    assert_eq!(typed(&soon).due_on, Some(day("2021-10-12")));
}

#[test]
fn since_the_ministrys_list_an_item_of_it_makes_a_hazard_a_major_one() {
    let item = |grade: &str| vec![("grade", text(grade)), ("judgement", text("fire_6"))];
    play(
        recorded("officer", "2024-06-24"),
        vec![
            ("officer", "grade", item("general"), "2024-06-24", Err("hazard.judgement_is_major")),
            ("officer", "grade", item("major"), "2024-06-24", Ok("graded")),
        ],
    );
    // An item of another part than fire is quoted.
    let part = |grounds: &[(&'static str, Cell)]| {
        [&[("grade", text("major")), ("judgement", text("buildings"))], grounds].concat()
    };
    play(
        recorded("officer", "2024-06-24"),
        vec![
            ("officer", "grade", part(&[]), "2024-06-24", Err("hazard.item_needed")),
            (
                "officer",
                "grade",
                part(&[("grounds", text("a building of grade D is in use"))]),
                "2024-06-24",
                Ok("graded"),
            ),
        ],
    );
}

#[test]
fn an_extension_is_asked_for_in_time_granted_once_and_capped() {
    let row = recorded("teacher", "2021-09-30");
    let row = play(
        row,
        vec![
            ("officer", "grade", general(), "2021-09-30", Ok("graded")),
            ("officer", "hand_over", to("guard"), "2021-09-30", Ok("handed_over")),
            ("director", "grant_extension", vec![], "2021-10-08", Err("hazard.no_extension_asked")),
            ("guard", "sign_for", vec![], "2021-10-08", Ok("rectifying")),
            // Due on 13 October; ten working days later is the 27th.
            ("officer", "ask_extension", until("2021-10-13"), "2021-10-08", Err("hazard.day_outside")),
            ("officer", "ask_extension", until("2021-10-28"), "2021-10-08", Err("hazard.day_outside")),
            ("officer", "ask_extension", until("2021-10-27"), "2021-10-14", Err("hazard.extension_too_late")),
            ("officer", "ask_extension", until("2021-10-27"), "2021-10-13", Ok("rectifying")),
            ("officer", "ask_extension", until("2021-10-20"), "2021-10-13", Err("hazard.extension_waits")),
            ("director", "deny_extension", why(), "2021-10-13", Ok("rectifying")),
            ("officer", "ask_extension", until("2021-10-20"), "2021-10-13", Ok("rectifying")),
            ("county", "grant_extension", vec![], "2021-10-14", Err("hazard.general_by_director")),
            ("director", "grant_extension", vec![], "2021-10-14", Ok("rectifying")),
            ("officer", "ask_extension", until("2021-10-27"), "2021-10-15", Err("hazard.extended_enough")),
            (
                "officer",
                "hand_over",
                vec![("keeper", person("teacher")), ("due_on", Cell::Date(day("2021-10-30")))],
                "2021-10-15",
                Err("hazard.due_stands"),
            ),
            ("officer", "hand_over", vec![("keeper", person("teacher"))], "2021-10-15", Ok("handed_over")),
        ],
    );
    let hazard = typed(&row);
    assert_eq!((hazard.first_due_on, hazard.due_on), (Some(day("2021-10-13")), Some(day("2021-10-20"))));
    assert_eq!((hazard.extensions, hazard.extension_until, hazard.signed_on), (1, None, None));
}

#[test]
fn more_time_is_granted_by_somebody_else_and_asked_for_by_whoever_has_the_case() {
    let row = recorded("teacher", "2021-09-30");
    let row = play(
        row,
        vec![
            ("officer", "grade", general(), "2021-09-30", Ok("graded")),
            ("bureau", "hand_over", to("director"), "2021-09-30", Ok("handed_over")),
            ("director", "ask_extension", until("2021-10-20"), "2021-10-08", Ok("handed_over")),
            ("director", "grant_extension", vec![], "2021-10-08", Err("hazard.extension_for_himself")),
            // Handed on, the case has a keeper who did not ask.
            ("director", "hand_over", to("guard"), "2021-10-08", Ok("handed_over")),
            ("director", "grant_extension", vec![], "2021-10-08", Err("hazard.no_extension_asked")),
            ("bureau", "hand_over", vec![("handed_unit", Cell::Id(SECTION))], "2021-10-08", Ok("handed_over")),
            ("director", "ask_extension", until("2021-10-20"), "2021-10-08", Err("hazard.extension_asked_of_himself")),
            ("officer", "hand_over", to("guard"), "2021-10-08", Err("hazard.handed_beyond")),
            ("bureau", "ask_extension", until("2021-10-20"), "2021-10-08", Ok("handed_over")),
            ("director", "grant_extension", vec![], "2021-10-08", Ok("handed_over")),
        ],
    );
    assert_eq!((typed(&row).handed_unit, typed(&row).due_on), (Some(SECTION), Some(day("2021-10-20"))));
}

#[test]
fn a_limit_that_is_set_stays_within_the_norm() {
    let row = act(&recorded("teacher", "2021-09-30"), "officer", "grade", &general(), "2021-09-30").unwrap();
    let set = |date: &str| [to("guard"), vec![("due_on", Cell::Date(day(date)))]].concat();
    for (date, expected) in
        [("2021-09-29", None), ("2021-09-30", Some(())), ("2021-10-27", Some(())), ("2021-10-28", None)]
    {
        assert_eq!(act(&row, "officer", "hand_over", &set(date), "2021-09-30").ok().map(drop), expected, "{date}");
    }
    let beyond = act(&row, "bureau", "hand_over", &[("handed_unit", Cell::Id(POLICE))], "2021-09-30").unwrap();
    assert_eq!(typed(&beyond).due_on, Some(day("2021-10-20")));
}

#[test]
fn on_the_spot_someone_else_confirms() {
    let row = play(
        recorded("guard", "2021-09-30"),
        vec![
            ("guard", "fix_on_the_spot", done(), "2021-09-30", Ok("submitted")),
            ("guard", "confirm", vec![], "2021-09-30", Err("role")),
            ("officer", "send_back", vec![("recheck_note", text("no"))], "2021-09-30", Ok("rectifying")),
            // What is sent back was not put right on the spot: from now on it is a case like any other.
            ("officer", "submit", done(), "2021-10-08", Err("hazard.evidence")),
            ("officer", "ask_extension", until("2021-10-14"), "2021-10-08", Ok("rectifying")),
            ("officer", "plan", vec![("measures", text("a new bolt"))], "2021-10-08", Ok("rectifying")),
            ("officer", "submit", done(), "2021-10-08", Ok("submitted")),
            ("officer", "confirm", vec![], "2021-10-08", Err("hazard.same_person")),
            ("principal", "confirm", vec![], "2021-10-08", Ok("closed")),
        ],
    );
    let hazard = typed(&row);
    assert!(!hazard.on_the_spot && hazard.closed_on <= hazard.due_on);
    let row = play(
        recorded("guard", "2021-09-30"),
        vec![
            ("guard", "fix_on_the_spot", done(), "2021-09-30", Ok("submitted")),
            ("officer", "confirm", vec![], "2021-09-30", Ok("closed")),
        ],
    );
    assert!(typed(&row).on_the_spot, "nobody sent it back");
}

#[test]
fn what_has_lain_about_is_not_put_right_on_the_spot() {
    // Found on the last day before the National Day, it may wait one working day for its hand-over.
    let row = recorded("guard", "2021-09-30");
    let graded = act(&row, "officer", "grade", &general(), "2021-10-09").unwrap();
    for (today, expected) in [("2021-10-08", Ok(())), ("2021-10-09", Err("hazard.spot_too_late"))] {
        for row in [&row, &graded] {
            let said = act(row, "guard", "fix_on_the_spot", &done(), today).map(drop).map_err(|refusal| refusal.code);
            assert_eq!(said, expected, "{today}");
        }
    }
}

#[test]
fn what_was_put_right_on_the_spot_and_turns_out_major_is_closed_with_all_five_implementations() {
    let major = || vec![("grade", text("major")), ("grounds", text("the wall is cracked"))];
    let without_measures = || {
        vec![
            ("money_fen", Cell::Int(100)),
            ("plan", text("other stairs by turns")),
            ("stop_use", text("roped off")),
            ("stop_use_on", Cell::Date(day("2021-10-08"))),
        ]
    };
    let fixed = act(&recorded("guard", "2021-09-30"), "guard", "fix_on_the_spot", &done(), "2021-09-30").unwrap();
    let note = [("recheck_note", text("no"))];
    let sent_back = act(&fixed, "officer", "send_back", &note, "2021-10-08").unwrap();
    let closed = act(&fixed, "officer", "confirm", &[], "2021-10-08").unwrap();
    let reopened = act(&closed, "officer", "reopen", &why(), "2021-10-08").unwrap();
    for row in [sent_back, reopened] {
        let row = play(
            row,
            vec![
                ("inspector", "grade", major(), "2021-10-08", Ok("rectifying")),
                ("officer", "plan", without_measures(), "2021-10-08", Ok("rectifying")),
                ("officer", "submit", done(), "2021-10-08", Err("hazard.evidence")),
                ("officer", "ask_extension", until("2021-11-11"), "2021-10-08", Ok("rectifying")),
                ("officer", "plan", vec![("measures", text("new stairs"))], "2021-10-08", Ok("rectifying")),
                ("officer", "submit", done(), "2021-10-09", Ok("submitted")),
                ("inspector", "confirm", vec![], "2021-10-09", Ok("closed")),
            ],
        );
        assert!(!typed(&row).on_the_spot && typed(&row).measures.is_some());
    }
}

#[test]
fn a_major_hazard_needs_measures_whatever_was_said_of_it_before() {
    let row = submitted().with(&HAZARD, "grade", text("major")).with(&HAZARD, "on_the_spot", Cell::Bool(true));
    assert_eq!(
        Hazard { measures: None, money_fen: Some(1), ..typed(&row) }.lacks(),
        ["measures", "plan", "stop_use", "stop_use_on"]
    );
}

#[test]
fn after_a_day_an_unsigned_hazard_counts_as_received() {
    let row = act(&recorded("teacher", "2021-09-27"), "officer", "grade", &general(), "2021-09-27").unwrap();
    let row = act(&row, "officer", "hand_over", &to("guard"), "2021-09-27").unwrap();
    assert!(act(&row, "guard", "submit", &done(), "2021-09-28").is_err());
    let row = act(&row, "guard", "submit", &done(), "2021-09-29").unwrap();
    assert_eq!(typed(&row).signed_on, None);
}

#[test]
fn setting_aside_is_not_a_schools_way_out() {
    let found_by = |who, source| recorded(who, "2021-09-30").with(&HAZARD, "source", text(source));
    let why = why();
    for (who, row, expected) in [
        ("officer", found_by("teacher", "self_check"), Ok(())),
        ("officer", found_by("inspector", "inspection"), Err("hazard.set_aside_outside")),
        ("bureau", found_by("inspector", "inspection"), Ok(())),
    ] {
        let said = act(&row, who, "mistaken", &why, "2021-09-30").map(drop).map_err(|refusal| refusal.code);
        assert_eq!(said, expected, "{who}");
    }
    assert!(
        act(&submitted(), "bureau", "mistaken", &why, "2021-10-12")
            .is_err_and(|refusal| refusal.code == "move.not_now")
    );
}

#[test]
fn a_refusal_stays_on_record_whatever_comes_later() {
    let row = play(
        recorded("teacher", "2021-09-30"),
        vec![
            ("officer", "grade", general(), "2021-09-30", Ok("graded")),
            ("officer", "hand_over", to("guard"), "2021-09-30", Ok("handed_over")),
            (
                "bureau",
                "record_refusal",
                vec![("refusal_facts", text("told twice in writing"))],
                "2021-10-20",
                Ok("handed_over"),
            ),
            ("guard", "submit", done(), "2021-10-21", Ok("submitted")),
            ("officer", "confirm", vec![], "2021-10-22", Ok("closed")),
        ],
    );
    let hazard = typed(&row);
    assert!(hazard.refused && hazard.refusal_facts.is_some() && hazard.refused_on == Some(day("2021-10-20")));
    assert!(hazard.closed_on > hazard.due_on);
}

/// A later one adds its facts; the day since when it was refused, by which it is counted, stays.
#[test]
fn a_second_refusal_takes_nothing_of_the_first_back() {
    let told = |words: &str| vec![("refusal_facts", text(words))];
    let mut row = play(
        recorded("teacher", "2021-09-30"),
        vec![
            ("officer", "grade", general(), "2021-09-30", Ok("graded")),
            ("officer", "hand_over", to("guard"), "2021-09-30", Ok("handed_over")),
            ("bureau", "record_refusal", told("told twice in writing"), "2021-10-20", Ok("handed_over")),
            ("bureau", "record_refusal", told("and a third time"), "2021-11-02", Ok("handed_over")),
        ],
    );
    let hazard = typed(&row);
    assert!(hazard.refused && hazard.refused_on == Some(day("2021-10-20")));
    assert_eq!(hazard.refusal_facts.as_deref(), Some("told twice in writing\n2021-11-02 and a third time"));
    let long = "长".repeat(1000);
    let mut refused = Vec::new();
    for at in 0..6 {
        match act(&row, "bureau", "record_refusal", &told(&long), "2021-11-03") {
            Ok(after) => row = after,
            Err(refusal) => refused.push((at, refusal.code)),
        }
    }
    assert_eq!(refused, [(4, "value.long"), (5, "value.long")], "what does not fit is said, and not cut");
}

#[test]
fn the_doer_is_not_told_and_nobody_twice() {
    let told = |row: &Row, who, mv, input: &[_]| {
        let facts = facts("2021-10-13");
        let change = HazardLife.step(&actor(who), row, mv, &Input(input.to_vec()), &facts).unwrap();
        change.notices.into_iter().map(|notice| (notice.person, notice.code)).collect::<Vec<_>>()
    };
    let [guard, teacher] = ["guard", "teacher"].map(|name| actor(name).person().unwrap());
    assert_eq!(told(&submitted(), "officer", "confirm", &[]), [(guard, "hazard.closed"), (teacher, "hazard.closed")]);
    let graded = act(&recorded("guard", "2021-10-13"), "officer", "grade", &general(), "2021-10-13").unwrap();
    assert_eq!(told(&graded, "officer", "hand_over", &to("officer")), []);
    assert_eq!(told(&graded, "officer", "hand_over", &to("guard")), [(guard, "hazard.handed_over")]);
}

/// Due on 13 October, it comes back on 1 November, and the second time it is closed on that very day.
#[test]
fn what_was_closed_late_stays_late_when_it_comes_back() {
    for (closed_on, first, on_time) in [("2021-10-13", "2021-11-08", true), ("2021-10-14", "2021-10-13", false)] {
        let closed = act(&submitted(), "officer", "confirm", &[], closed_on).unwrap();
        let row = act(&closed, "officer", "reopen", &why(), "2021-11-01").unwrap();
        let hazard = typed(&row);
        let due = (hazard.first_due_on, hazard.due_on);
        assert_eq!(due, (Some(day(first)), Some(day("2021-11-08"))), "closed on {closed_on}");
        let row = act(&row, "guard", "submit", &done(), "2021-11-01").unwrap();
        let again = typed(&act(&row, "officer", "confirm", &[], "2021-11-01").unwrap());
        assert_eq!(again.closed_on <= again.first_due_on, on_time, "closed on {closed_on}");
    }
}

/// His last day is his last: from it on nothing new is given to him.
#[test]
fn nothing_is_handed_to_whoever_has_left() {
    let graded = act(&recorded("teacher", "2021-09-30"), "officer", "grade", &general(), "2021-09-30").unwrap();
    let keeper = person("guard").id().unwrap();
    for (left, expected) in [
        ("", None),
        ("2021-09-29", Some(("hazard.keeper_left", Some("keeper")))),
        ("2021-09-30", Some(("hazard.keeper_left", Some("keeper")))),
        ("2021-10-01", None),
    ] {
        let left_on = left.parse().map_or(Cell::Null, Cell::Date);
        let row = Row::blank(&STAFF, keeper).with(&STAFF, "name", text("Zhou")).with(&STAFF, "left_on", left_on);
        let mut facts = facts("2021-09-30");
        let offered = super::super::step::among(&graded, "keeper", facts.today).unwrap();
        assert_eq!(offered.holds(&STAFF, &row), expected.is_none(), "left on {left}");
        Arc::make_mut(&mut facts.known).insert(keeper, row);
        let said = act_as(&graded, &actor("officer"), "hand_over", &Input(to("guard")), &facts);
        assert_eq!(said.err().map(|refusal| (refusal.code, refusal.field)), expected, "left on {left}");
    }
}

#[test]
fn every_state_is_reached_and_every_move_leads_somewhere() {
    let arrows = arrows();
    for state in HazardLife.states() {
        assert!(*state == "registered" || arrows.iter().any(|(_, _, to)| to == state), "{state}");
    }
    for mv in HazardLife.moves() {
        assert!(arrows.iter().any(|(_, name, _)| *name == mv.name), "{}", mv.name);
    }
    for (from, _, _) in &arrows {
        assert!(!["mistaken", "merged"].contains(from), "nothing leads out of {from}");
    }
}

#[test]
fn the_finder_is_asked_and_his_no_reopens() {
    let closed = act(&submitted(), "officer", "confirm", &[], "2021-10-13").unwrap();
    let yes = act(&closed, "teacher", "really_fixed", &[], "2021-11-08").unwrap();
    assert_eq!(typed(&yes).found_fixed_on, Some(day("2021-11-08")));
    assert_eq!(typed(&yes).state.code(), "closed");
    let reason = [("reason", text("again"))];
    // He may find later that it came back after all.
    let no = typed(&act(&yes, "teacher", "not_fixed", &reason, "2021-11-20").unwrap());
    assert_eq!((no.state.code(), no.reopened, no.found_fixed_on, no.closed_on), ("rectifying", 1, None, None));
    for (who, mv, today, expected) in [
        ("officer", "not_fixed", "2021-11-20", "hazard.finder_only"),
        ("bureau", "really_fixed", "2021-11-20", "hazard.finder_only"),
        ("teacher", "not_fixed", "2022-03-01", "hazard.reopen_too_late"),
    ] {
        assert_eq!(
            act(&closed, who, mv, &reason, today).err().map(|refusal| refusal.code),
            Some(expected),
            "{who} {mv}"
        );
    }
}

#[test]
fn the_question_on_the_first_page_keeps_the_norms() {
    let norms = kit::Norms::parse(&[
        ("hazards", include_str!("../../../../../rules/hazards.toml")),
        ("tips", include_str!("../../../../../rules/tips.toml")),
    ])
    .unwrap();
    let value = |key| u64::try_from(norms.value(key, day("2021-12-20")).unwrap()).unwrap();
    assert_eq!(value("tip.ask_after"), super::super::today::ASK_AFTER);
    assert_eq!(value("hazard.reopen"), super::super::today::ASK_UNTIL);
}
