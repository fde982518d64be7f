//! Who may what until when, and what comes of it.

use super::*;
use crate::tips::record::show_to_school;
use crate::tips::who::is_the_bureaus;

fn code<T>(done: Result<T, Refusal>) -> Result<(), &'static str> {
    done.map(drop).map_err(|refusal| refusal.code)
}

#[test]
fn a_school_has_three_working_days_and_then_it_is_the_bureaus() {
    let row = tip(false);
    assert_eq!(row.get(&TIP, "due_on").date(), Some(day("2021-12-22")));
    let answer = [("answer", text("已更换"))];
    for (role, today, expected) in [
        (Role::School, "2021-12-22", Ok(())),
        (Role::Principal, "2021-12-22", Ok(())),
        (Role::School, "2021-12-23", Err("tip.bureaus_now")),
        (Role::Principal, "2021-12-23", Err("tip.bureaus_now")),
        (Role::Bureau, "2021-12-17", Ok(())),
        (Role::Bureau, "2022-03-01", Ok(())),
        (Role::Teacher, "2021-12-17", Err("role")),
        (Role::Guard, "2021-12-17", Err("role")),
        (Role::Director, "2021-12-17", Err("role")),
        (Role::County, "2021-12-17", Err("role")),
    ] {
        assert_eq!(code(act(&row, role, "answer", &answer, &facts(today, &[]))), expected, "{role} {today}");
    }
    assert!(is_the_bureaus(&row, day("2021-12-23")) && !is_the_bureaus(&row, day("2021-12-22")));
    let facts = facts("2021-12-17", &[]);
    for mv in ["set_aside", "keep_from_school"] {
        assert_eq!(code(act(&row, Role::School, mv, &[("reason", text("r"))], &facts)), Err("role"), "{mv}");
    }
    let (answered, _) = act(&row, Role::School, "answer", &answer, &facts).unwrap();
    assert_eq!(answered.after.get(&TIP, "triaged_on").date(), Some(day("2021-12-17")));
    assert!(!is_the_bureaus(&answered.after, day("2022-12-31")), "what was taken up is nobody's delay");
}

#[test]
fn the_telephone_goes_when_the_tip_ends_and_not_before() {
    let row = tip(false);
    assert_eq!(row.get(&TIP, "holder").id(), Some(row.id));
    let facts = facts("2021-12-20", &[]);
    for (mv, input, kept) in [
        ("answer", ("answer", text("好")), false),
        ("set_aside", ("reason", text("广告")), false),
        ("to_hazard", ("place", text("楼梯")), true),
        ("keep_from_school", ("reason", Cell::Null), true),
    ] {
        let (change, _) = act(&row, Role::Bureau, mv, &[input], &facts).unwrap();
        assert_eq!(change.forget.is_none(), kept, "{mv}");
        assert_eq!(!change.after.get(&TIP, "contact").is_null(), kept, "{mv}");
        assert_eq!(!change.after.get(&TIP, "holder").is_null(), kept, "{mv}");
    }
}

#[test]
fn a_tip_becomes_a_hazard_found_by_nobody_here() {
    let (change, entailed) =
        act(&tip(false), Role::School, "to_hazard", &[("place", text("二楼楼梯"))], &facts("2021-12-20", &[])).unwrap();
    assert_eq!(entailed.len(), 1);
    let hazard = &entailed[0].after;
    assert_eq!(change.after.get(&TIP, "hazard").id(), Some(hazard.id));
    for (field, expected) in [
        ("source", text("tip")),
        ("description", text("楼梯灯坏了")),
        ("place", text("二楼楼梯")),
        ("place_kind", text("school")),
        ("state", text("registered")),
        ("found_by", Cell::Null),
        ("school", Cell::Id(SCHOOL)),
        ("township", Cell::Id(TOWNSHIP)),
        ("found_on", Cell::Date(day("2021-12-17"))),
    ] {
        assert_eq!(hazard.get(&HAZARD, field), &expected, "{field}");
    }
    for field in HAZARD.fields.iter().filter(|field| field.required) {
        assert!(!hazard.get(&HAZARD, field.name).is_null(), "{}", field.name);
    }
}

#[test]
fn what_was_said_about_people_is_not_copied_where_their_school_reads_it() {
    let (row, facts) = (tip(true), facts("2021-12-20", &[]));
    assert!(row.get(&TIP, "seen_by").is_null());
    let place = ("place", text("校门口"));
    assert_eq!(
        code(act(&row, Role::Bureau, "to_hazard", std::slice::from_ref(&place), &facts)),
        Err("tip.finding_needed")
    );
    let (_, entailed) =
        act(&row, Role::Bureau, "to_hazard", &[place, ("finding", text("来访未登记"))], &facts).unwrap();
    assert_eq!(entailed[0].after.get(&HAZARD, "description"), &text("来访未登记"));
    // Nor is a tip that the school sees joined to one that it may not see: its words would be named there.
    let hidden = Row { id: Uuid::from_u128(501), ..tip(true) };
    let shown = Row { id: Uuid::from_u128(502), ..tip(false) };
    let known = [hidden.clone(), shown.clone()];
    let facts = super::facts("2021-12-20", &known);
    let into = |id| [("duplicate_of", Cell::Id(id))];
    assert_eq!(code(act(&tip(false), Role::Bureau, "merge", &into(hidden.id), &facts)), Err("tip.merge_into"));
    assert_eq!(code(act(&tip(false), Role::Bureau, "merge", &into(shown.id), &facts)), Ok(()));
    assert_eq!(code(act(&tip(true), Role::Bureau, "merge", &into(shown.id), &facts)), Ok(()));
    assert_eq!(code(act(&tip(false), Role::Bureau, "merge", &into(tip(false).id), &facts)), Err("tip.merge_into"));
}

#[test]
fn keeping_one_from_its_school_keeps_those_that_were_the_same() {
    let follower = Row { id: Uuid::from_u128(503), ..tip(false) }.with(&TIP, "duplicate_of", Cell::Id(tip(false).id));
    let facts = facts("2021-12-20", &[]);
    let (change, _) = act(&tip(false), Role::Bureau, "keep_from_school", &[], &facts).unwrap();
    assert!(change.after.get(&TIP, "seen_by").is_null() && change.after.get(&TIP, "triaged_on").is_null());
    let mut none = Uuid::nil;
    let entailed = entails::of_tip(&change, &[(&TIP, follower)], &facts, &mut none);
    assert!(entailed.len() == 1 && entailed[0].after.get(&TIP, "seen_by").is_null());
    let mut back = change.after.clone();
    show_to_school(&mut back, true);
    assert_eq!(back.get(&TIP, "seen_by").id(), Some(SCHOOL));
}

fn taken_up() -> Row {
    tip(false).with(&TIP, "hazard", Cell::Id(HAZARD_ID)).with(&TIP, "state", text("triaged"))
}

#[test]
fn a_no_reopens_within_the_window_and_begins_anew_after_it() {
    let hazard = closed("2021-11-26");
    let said = [("reason", text("灯又灭了"))];
    let known = [hazard.clone()];
    let (change, entailed) =
        act(&taken_up(), Role::Bureau, "say_not_fixed", &said, &facts("2021-12-20", &known)).unwrap();
    assert_eq!(change.after.get(&TIP, "state"), &text("not_fixed"));
    assert_eq!(change.after.get(&TIP, "not_fixed"), &Cell::Int(1));
    assert_eq!(entailed.len(), 1);
    let reopened = &entailed[0];
    assert_eq!((reopened.noun.name, reopened.verb), ("hazard", "reopen"));
    assert_eq!(reopened.after.get(&HAZARD, "state"), &text("rectifying"));
    assert_eq!(reopened.after.get(&HAZARD, "reopened"), &Cell::Int(1));
    assert!(reopened.after.get(&HAZARD, "reason").text().unwrap().ends_with("灯又灭了"));
    // Ninety days after closing it is too late: a tip of its own, with its own days.
    let known = [closed("2021-06-01")];
    let (_, entailed) = act(&taken_up(), Role::Bureau, "say_not_fixed", &said, &facts("2021-12-20", &known)).unwrap();
    let fresh = &entailed[0].after;
    assert_eq!((entailed[0].noun.name, entailed[0].verb), ("tip", "create"));
    assert_eq!(fresh.get(&TIP, "earlier").id(), Some(taken_up().id));
    assert_eq!(fresh.get(&TIP, "due_on").date(), Some(day("2021-12-23")));
    assert_eq!(fresh.get(&TIP, "seen_by").id(), Some(SCHOOL));
    // Of what nobody has closed nothing is said.
    let open = hazard.with(&HAZARD, "state", text("rectifying"));
    for mv in ["say_fixed", "say_not_fixed"] {
        assert_eq!(
            code(act(&taken_up(), Role::Bureau, mv, &said, &facts("2021-12-20", std::slice::from_ref(&open)))),
            Err("tip.not_closed")
        );
    }
}

#[test]
fn the_finder_is_asked_three_weeks_after_closing() {
    let facts = facts("2021-12-20", &[]);
    assert_eq!(due::ask(&closed("2021-11-26"), &facts), Ok(Some(day("2021-12-17"))));
    let open = closed("2021-11-26").with(&HAZARD, "closed_on", Cell::Null);
    assert_eq!(due::ask(&open, &facts), Ok(None));
}

#[test]
fn only_an_open_hazard_of_the_same_school_is_joined() {
    let row = tip(false);
    let open = closed("2021-11-26").with(&HAZARD, "state", text("rectifying"));
    let elsewhere = open.clone().with(&HAZARD, "school", Cell::Id(OTHER));
    for (hazard, expected) in
        [(open, Ok(())), (elsewhere, Err("tip.join_which")), (closed("2021-11-26"), Err("tip.join_which"))]
    {
        let facts = facts("2021-12-20", &[hazard]);
        assert_eq!(code(act(&row, Role::School, "join", &[("hazard", Cell::Id(HAZARD_ID))], &facts)), expected);
    }
}

#[test]
fn every_arrow_leads_to_a_state_and_every_state_is_reached() {
    let states = TipLife.states();
    let moves = TipLife.moves();
    let reached: std::collections::HashSet<_> =
        states.iter().flat_map(|state| moves.iter().filter_map(|mv| TipLife.next(state, mv.name))).collect();
    assert!(reached.iter().all(|state| states.contains(state)));
    assert!(states.iter().all(|state| *state == "received" || reached.contains(state)));
    for (state, mv) in [("merged", "answer"), ("set_aside", "answer"), ("received", "say_fixed"), ("nowhere", "answer")]
    {
        assert_eq!(TipLife.next(state, mv), None, "{state} {mv}");
    }
}
