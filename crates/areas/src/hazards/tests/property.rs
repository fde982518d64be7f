//! Whatever anyone tries in whatever order, some things never happen.

use proptest::prelude::*;

use super::super::record::State;
use super::*;

const CAST: [&str; 10] =
    ["county", "director", "bureau", "inspector", "police", "township", "principal", "officer", "teacher", "guard"];

/// One attempt: who, which move, days since the last one, and what is filled in.
#[derive(Clone, Debug)]
struct Attempt {
    who: &'static str,
    mv: &'static str,
    days: i64,
    input: Vec<(&'static str, Cell)>,
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let moves: Vec<_> = HazardLife.moves().iter().map(|mv| mv.name).collect();
    // Half of the attempts are the straight way, so that the others find something to disturb.
    let way = vec!["grade", "hand_over", "sign_for", "plan", "submit", "confirm"];
    let mv = prop_oneof![proptest::sample::select(moves), proptest::sample::select(way)];
    let attempt = (proptest::sample::select(CAST.to_vec()), mv, 0..9_i64, input());
    let attempt = attempt.prop_map(|(who, mv, days, input)| Attempt { who, mv, days, input });
    proptest::collection::vec(attempt, 0..120)
}

fn input() -> impl Strategy<Value = Vec<(&'static str, Cell)>> {
    let maybe = |words: &'static str| prop_oneof![1 => Just(Cell::Null), 3 => Just(text(words))];
    let date = (0..120_i64).prop_map(|days| Cell::Date(day("2021-09-30") + chrono::TimeDelta::days(days)));
    let keeper = prop_oneof![Just(person("guard")), Just(person("officer")), Just(Cell::Null)];
    let unit = prop_oneof![4 => Just(Cell::Null), 1 => Just(Cell::Id(POLICE)), 1 => Just(Cell::Id(SECTION))];
    let grade = prop_oneof![Just(text("general")), Just(text("major"))];
    let texts = (maybe("grounds"), maybe("measures"), maybe("plan"), maybe("stop"), maybe("done"));
    (texts, date, keeper, unit, grade, 0..3_i64).prop_map(|(texts, date, keeper, unit, grade, money)| {
        let money = if money == 0 { Cell::Null } else { Cell::Int(money * 100) };
        let (grounds, measures, plan, stop_use, statement) = texts;
        vec![
            ("grade", grade),
            ("grounds", grounds),
            ("measures", measures),
            ("plan", plan),
            ("stop_use", stop_use),
            ("stop_use_on", date.clone()),
            ("statement", statement),
            ("keeper", keeper),
            ("handed_unit", unit),
            ("money_fen", money),
            ("extension_until", date),
            ("reason", text("r")),
            ("extension_reason", text("r")),
            ("recheck_note", text("n")),
            ("refusal_facts", text("f")),
        ]
    })
}

fn holds(before: &Hazard, after: &Hazard, attempt: &Attempt) {
    let doer = actor(attempt.who).person();
    let counters = |hazard: &Hazard| [hazard.extensions, hazard.sent_back, hazard.reopened, i64::from(hazard.refused)];
    for (old, new) in counters(before).into_iter().zip(counters(after)) {
        assert!(old <= new, "a counter fell");
    }
    assert_eq!(after.state == State::Closed, after.closed_on.is_some(), "closed has a day, and nothing else has");
    assert!(after.first_due_on <= after.due_on, "an extension only extends");
    assert!(after.extensions <= 1);
    assert!(before.due_on.is_none() || after.due_on.is_some(), "a deadline was lost");
    let as_fixed = !after.is_major() && matches!(after.state, State::Submitted | State::Closed);
    assert!(!after.on_the_spot || as_fixed, "what has to be worked on was not put right on the spot");
    if (before.state, after.state) != (State::Submitted, State::Closed) {
        return;
    }
    assert!(after.keeper != doer && after.submitted_by != doer, "closed by the one who fixed");
    assert!(after.lacks().is_empty(), "closed without evidence");
    if after.is_major() {
        assert!(!super::super::who::of_a_school(&actor(attempt.who)), "major, closed from inside");
        assert!(after.stop_use.is_some() && after.plan.is_some() && after.money_fen.is_some());
        assert!(after.measures.is_some() && after.stop_use_on.is_some(), "major, closed without all five (五落实)");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn no_sequence_of_moves_breaks_the_closed_loop(attempts in attempts()) {
        let mut row = recorded("teacher", "2021-09-30");
        let mut facts = facts("2021-09-30");
        for attempt in attempts {
            facts.today += chrono::TimeDelta::days(attempt.days);
            let state = row.get(&HAZARD, "state").text().unwrap().to_owned();
            let Ok(after) = act_as(&row, &actor(attempt.who), attempt.mv, &Input(attempt.input.clone()), &facts) else { continue };
            prop_assert_eq!(after.get(&HAZARD, "state").text(), HazardLife.next(&state, attempt.mv));
            prop_assert_eq!(after.version, row.version + 1);
            holds(&typed(&row), &typed(&after), &attempt);
            row = after;
        }
    }
}
