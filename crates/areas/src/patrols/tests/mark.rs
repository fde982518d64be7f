//! What being at a point does to records.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kit::life::Input;
use kit::{Actor, Cell, Facts, Life, Noun, Role, Row, Scope};
use proptest::prelude::*;
use uuid::Uuid;

use crate::organisation::record::{SCHOOL, STAFF};
use crate::patrols::beside::{Plan, beside_plan, others};
use crate::patrols::correct::VisitLife;
use crate::patrols::life::{FlagLife, RoundLife};
use crate::patrols::mark::{Here, Marked, Under, day_of, flag, instant, mark};
use crate::patrols::paper::{at_once, least};
use crate::patrols::record::{FLAG, POINT, ROUND, ROUTE, VISIT};
use crate::patrols::{due, flags, kinds::RouteKind, rules};

const PLACE: Uuid = Uuid::from_u128(10);
const WALKER: Uuid = Uuid::from_u128(20);
const MINUTE: i64 = 60_000;

fn day() -> NaiveDate {
    "2021-12-17".parse().unwrap()
}

/// A moment of Friday 17 December 2021.
fn at(hour: i64, minute: i64) -> i64 {
    kit::dates::shanghai_start(day()) + (hour * 60 + minute) * MINUTE
}

fn route(kind: &str) -> Row {
    Row::blank(&ROUTE, Uuid::from_u128(30))
        .with(&ROUTE, "school", Cell::Id(PLACE))
        .with(&ROUTE, "name", Cell::Text("教学楼".into()))
        .with(&ROUTE, "kind", Cell::Text(kind.into()))
        .with(&ROUTE, "from_on", Cell::Date("2020-09-01".parse().unwrap()))
}

fn points(count: usize) -> Vec<Row> {
    let point = |number: usize| {
        Row::blank(&POINT, Uuid::from_u128(40 + number as u128))
            .with(&POINT, "route", Cell::Id(Uuid::from_u128(30)))
            .with(&POINT, "school", Cell::Id(PLACE))
            .with(&POINT, "number", Cell::Int(i64::try_from(number).unwrap()))
            .with(&POINT, "name", Cell::Text(format!("{number}楼")))
    };
    (1..=count).map(point).collect()
}

fn facts(now: i64, more: &[Row]) -> Facts {
    let school = Row::blank(&SCHOOL, PLACE).with(&SCHOOL, "kind", Cell::Text("nine_year".into())).with(
        &SCHOOL,
        "boarding",
        Cell::Bool(true),
    );
    Facts {
        known: Arc::new(more.iter().chain([&school]).map(|row| (row.id, row.clone())).collect::<HashMap<_, _>>()),
        ..Facts::at(&crate::house::rules().unwrap(), now)
    }
}

/// One route being walked, as the store would see it.
struct Walk {
    route: Row,
    points: Vec<Row>,
    under: Option<Under>,
    request: u128,
}

impl Walk {
    fn new(kind: &str, count: usize) -> Self {
        Self { route: route(kind), points: points(count), under: None, request: 1000 }
    }

    fn touch(&mut self, point: usize, at: i64, hazard: Option<Uuid>) -> Marked {
        self.request += 1;
        let here = Here {
            route: &self.route,
            points: &self.points,
            point: &self.points[point],
            walker: WALKER,
            at,
            now: at,
            entry: "scanned",
            device: None,
            hazard,
        };
        let marked = mark(&here, self.under.as_ref(), Uuid::from_u128(self.request), &facts(at, &[])).unwrap();
        let same = self.under.as_ref().filter(|under| under.round.id == marked.round.id);
        let mut visits = same.map(|under| under.visits.clone()).unwrap_or_default();
        visits.extend(
            marked.changes.iter().filter(|change| change.noun.name == VISIT.name).map(|change| change.after.clone()),
        );
        let round = marked.changes.iter().find(|change| change.noun.name == ROUND.name);
        let round = round.map_or_else(|| marked.round.clone(), |change| change.after.clone());
        self.under = Some(Under { round, visits });
        marked
    }
}

#[test]
fn a_round_begins_at_the_first_point_and_ends_at_the_last() {
    let mut walk = Walk::new("break", 3);
    let first = walk.touch(1, at(9, 55), None);
    assert_eq!((first.changes.len(), first.complete, first.changes[0].before.is_none()), (2, false, true));
    let cell = |marked: &Marked, field: &str| marked.round.get(&ROUND, field).clone();
    assert_eq!(cell(&first, "late"), Cell::Bool(false));
    assert_eq!(cell(&first, "began"), Cell::Text("09:55".into()));
    // The same point again is the same touch; a finding there is something new.
    assert!(walk.touch(1, at(9, 56), None).changes.is_empty());
    let found = walk.touch(1, at(9, 57), Some(Uuid::from_u128(9)));
    assert_eq!((cell(&found, "visited"), cell(&found, "findings")), (Cell::Int(1), Cell::Int(1)));
    assert_eq!(found.changes[1].after.get(&VISIT, "hazard"), &Cell::Id(Uuid::from_u128(9)));
    walk.touch(0, at(9, 58), None);
    let last = walk.touch(2, at(10, 1), None);
    assert!(last.complete);
    assert_eq!((cell(&last, "state"), cell(&last, "visited")), (Cell::Text("done".into()), Cell::Int(3)));
    // A finger that touches twice begins no second round; ten minutes later it does.
    assert!(walk.touch(2, at(10, 1) + 500, None).changes.is_empty());
    let again = walk.touch(2, at(10, 12), None);
    assert!(again.changes[0].before.is_none() && again.round.id != last.round.id);
}

#[test]
fn a_round_that_nobody_ended_swallows_none_of_the_next() {
    let mut walk = Walk::new("guard", 5);
    for (point, minute) in [0, 3, 6, 9].into_iter().enumerate() {
        walk.touch(point, at(8, minute), None);
    }
    let morning = walk.under.as_ref().unwrap().round.id;
    assert!(walk.touch(0, at(8, 20), None).changes.is_empty(), "the same time of the day, the same round");
    let next = walk.touch(0, at(14, 30), None);
    assert!(next.round.id != morning && next.round.get(&ROUND, "visited") == &Cell::Int(1));
    let left: Vec<_> = next.changes.iter().filter(|change| change.after.id == morning).map(|one| &one.after).collect();
    let [left] = left[..] else { panic!("ended once") };
    assert_eq!(left.get(&ROUND, "state").text(), Some("cut_short"), "four of five");
    assert_eq!(left.get(&ROUND, "ended_at"), &Cell::Int(at(8, 9)), "where he was last");
    // At whichever point he begins; a round that goes on while the next falls due is one.
    let mut walk = Walk::new("guard", 20);
    let first = walk.touch(0, at(8, 0), None).round.id;
    let rounds: Vec<_> =
        (1..19).map(|point| walk.touch(point, at(8, 14 * i64::try_from(point).unwrap()), None).round.id).collect();
    assert!(rounds.iter().all(|round| *round == first));
    assert_ne!(walk.touch(19, at(15, 30), None).round.id, first);
}

#[test]
fn outside_its_session_a_round_is_late() {
    for (kind, hour, minute, late) in [
        ("break", 13, 0, true),
        ("noon", 13, 0, false),
        ("guard", 15, 0, false),
        ("guard", 3, 0, true),
        ("gate_arrival", 12, 0, true),
    ] {
        let marked = Walk::new(kind, 2).touch(0, at(hour, minute), None);
        assert_eq!(marked.round.get(&ROUND, "late"), &Cell::Bool(late), "{kind} {hour}:{minute}");
    }
    // On a Saturday nothing is due and nothing is late.
    let saturday = Walk::new("break", 2).touch(0, at(24 + 9, 55), None);
    assert_eq!(saturday.round.get(&ROUND, "late"), &Cell::Bool(false));
}

#[test]
fn after_midnight_a_night_belongs_to_the_evening_before() {
    let (eve, minute) = day_of(RouteKind::Dormitory, at(24, 40));
    assert_eq!((eve, due::clock(minute)), (day(), "00:40".to_owned()));
    assert_eq!(day_of(RouteKind::Guard, at(24, 40)).0, day().succ_opt().unwrap());
    let time = due::read_clock("00:40").unwrap();
    assert_eq!(instant(RouteKind::Dormitory, day(), time), at(24, 40));
    assert_eq!(instant(RouteKind::Noon, day(), time), at(0, 40));
}

#[test]
fn a_post_is_kept_until_it_is_left() {
    let mut walk = Walk::new("gate_arrival", 1);
    let here = walk.touch(0, at(7, 40), None);
    assert!(!here.complete);
    let mine = actor(Role::Guard, WALKER);
    let (round, other) = (walk.under.unwrap().round, actor(Role::Guard, Uuid::from_u128(21)));
    let facts = facts(at(8, 5), &[]);
    assert_eq!(RoundLife.may(&other, &round, "finish", &facts).unwrap_err().code, "patrol.not_yours");
    RoundLife.may(&mine, &round, "finish", &facts).unwrap();
    let left = RoundLife.step(&mine, &round, "finish", &Input::default(), &facts).unwrap();
    assert_eq!(left.after.get(&ROUND, "state").text(), Some("done"));
    let handed = super::super::mark::hand_over(&round, other.person().unwrap(), at(8, 0));
    assert_eq!(handed.after.get(&ROUND, "handed_to").id(), other.person());
    assert!(RoundLife.step(&mine, &handed.after, "finish", &Input::default(), &facts).is_err());
}

#[test]
fn a_round_with_too_few_points_was_cut_short() {
    let (mine, facts) = (actor(Role::Guard, WALKER), facts(at(10, 0), &[]));
    for (visited, state) in [(1, "cut_short"), (8, "cut_short"), (9, "done"), (10, "done")] {
        let mut walk = Walk::new("guard", 10);
        for point in 0..visited {
            walk.touch(point, at(9, 0) + i64::try_from(point).unwrap() * MINUTE, None);
        }
        let round = walk.under.unwrap().round;
        if visited == 10 {
            assert_eq!(round.get(&ROUND, "state").text(), Some("done"));
            continue;
        }
        let ended = RoundLife.step(&mine, &round, "finish", &Input::default(), &facts).unwrap();
        assert_eq!(ended.after.get(&ROUND, "state").text(), Some(state), "{visited}");
    }
}

fn actor(role: Role, person: Uuid) -> Actor {
    let scope = Scope { home: Some(PLACE), person: Some(person), ..Scope::default() };
    Actor { account: person, login: String::new(), name: String::new(), role, unit: Some(PLACE), scope }
}

#[test]
fn whoever_walked_does_not_conclude() {
    let round = Walk::new("guard", 2).touch(0, at(9, 0), None).round;
    let sign = flags::Sign { sign: "too_fast", measured: 2, expected: 8 };
    let row = flag(&round, &sign).after;
    assert_eq!(flag(&round, &sign).after.id, row.id, "a sign stands once");
    let facts = facts(at(17, 0), &[]);
    let own = FlagLife.may(&actor(Role::Principal, WALKER), &row, "look_at", &facts);
    assert_eq!(own.unwrap_err().code, "patrol.own_round");
    let head = actor(Role::Principal, Uuid::from_u128(22));
    FlagLife.may(&head, &row, "look_at", &facts).unwrap();
    let input = Input(vec![("conclusion", Cell::Text("explained".into()))]);
    let looked = FlagLife.step(&head, &row, "look_at", &input, &facts).unwrap().after;
    assert_eq!(looked.get(&FLAG, "looked_by").id(), head.person());
    assert!(FlagLife.step(&head, &looked, "look_at", &input, &facts).is_err());
}

/// Whoever touched "all well" by mistake says on the same day what is wrong; once, and nobody else.
#[test]
fn what_was_marked_well_is_corrected_by_whoever_marked_it() {
    let visit = Walk::new("guard", 2).touch(0, at(9, 0), None).changes[1].after.clone();
    let (own, other) = (actor(Role::Guard, WALKER), actor(Role::Principal, Uuid::from_u128(22)));
    let input = Input(vec![("trouble", Cell::Text("lock".into())), ("reason", Cell::Text("锁芯松了".into()))]);
    let found = VisitLife.step(&own, &visit, "correct", &input, &facts(at(9, 5), &[])).unwrap().after;
    assert_eq!(found.get(&VISIT, "result").text(), Some("finding"));
    assert!(found.get(&VISIT, "hazard").id().is_some() && found.get(&VISIT, "at") == visit.get(&VISIT, "at"));
    for (who, row, now, expected) in [
        (&own, &visit, at(23, 50), Ok(())),
        (&own, &visit, at(24, 10), Err("patrol.day_over")),
        (&other, &visit, at(9, 5), Err("patrol.not_your_point")),
        (&own, &found, at(9, 5), Err("patrol.found_already")),
    ] {
        let may = VisitLife.may(who, row, "correct", &facts(now, &[]));
        assert_eq!(may.map_err(|refusal| refusal.code), expected, "{now}");
    }
    assert_eq!(["ok", "", "finding"].map(|state| VisitLife.next(state, "correct").is_some()), [true, true, false]);
}

#[test]
fn what_is_typed_in_from_paper_is_late_and_says_so() {
    let walker = Row::blank(&STAFF, WALKER).with(&STAFF, "school", Cell::Id(PLACE));
    let stranger = Row::blank(&STAFF, Uuid::from_u128(23)).with(&STAFF, "school", Cell::Id(Uuid::from_u128(11)));
    let points: Vec<(&'static Noun, Row)> = points(4).into_iter().map(|point| (&POINT, point)).collect();
    let facts = Facts { beside: points.into(), ..facts(at(18, 0), &[route("noon"), walker, stranger]) };
    let typed = |day: &str, began: &str, who: u128| {
        let row = Row::blank(&ROUND, Uuid::from_u128(50))
            .with(&ROUND, "route", Cell::Id(Uuid::from_u128(30)))
            .with(&ROUND, "day", Cell::Date(day.parse().unwrap()))
            .with(&ROUND, "began", Cell::Text(began.into()))
            .with(&ROUND, "visited", Cell::Int(4))
            .with(&ROUND, "walker", Cell::Id(Uuid::from_u128(who)));
        let row = rules::paper(None, row, &actor(Role::School, Uuid::from_u128(22)), &facts).unwrap();
        let faults = rules::paper_rules(&row, &facts).iter().map(|fault| fault.code).collect::<Vec<_>>();
        (row, faults)
    };
    let (row, faults) = typed("2021-12-16", "1230", 20);
    assert_eq!(faults, Vec::<&str>::new());
    assert_eq!((row.get(&ROUND, "late"), row.get(&ROUND, "entry").text()), (&Cell::Bool(true), Some("paper")));
    assert_eq!((row.get(&ROUND, "began").text(), row.get(&ROUND, "kind").text()), (Some("12:30"), Some("noon")));
    for (day, began, who, code) in [
        ("2021-12-16", "中午", 20, "patrol.clock"),
        ("2021-12-17", "19:00", 20, "patrol.to_come"),
        ("2020-01-06", "12:30", 20, "patrol.route_ended"),
        ("2021-12-16", "12:30", 23, "patrol.not_of_school"),
    ] {
        assert_eq!(typed(day, began, who).1, [code], "{day} {began}");
    }
    let mut scanned = row.clone();
    scanned.set(&ROUND, "entry", Cell::Text("scanned".into()));
    let edited = rules::paper(Some(&scanned), row, &actor(Role::School, WALKER), &facts);
    assert_eq!(edited.unwrap_err().code, "patrol.not_paper");
}

/// Two rounds of one walker at the same time are one too many; a post beside a round is not.
#[test]
fn nobody_is_on_two_rounds_at_once() {
    let limits = flags::Limits { walk: 8, round: 40, gaps: 3, even: 1, phones: 20 };
    assert_eq!(least(&points(4), &limits), 40_000);
    let slow = |point: Row| point.with(&POINT, "walk_seconds", Cell::Int(120));
    let slow: Vec<_> = points(4).into_iter().map(slow).collect();
    assert_eq!(least(&slow, &limits), 360_000);
    let round = |id: u128, kind: &str, from: i64, until: i64| {
        Row::blank(&ROUND, Uuid::from_u128(id))
            .with(&ROUND, "kind", Cell::Text(kind.into()))
            .with(&ROUND, "started_at", Cell::Int(from))
            .with(&ROUND, "ended_at", Cell::Int(until))
    };
    let typed = round(1, "noon", at(12, 30), at(12, 30));
    for (other, expected) in [
        (round(2, "guard", at(12, 30), at(12, 30)), true),
        (round(2, "guard", at(12, 20), at(12, 31)), true),
        (round(2, "guard", at(12, 34), at(12, 34)), true),
        (round(2, "guard", at(12, 36), at(12, 40)), false),
        (round(2, "gate_arrival", at(12, 20), at(12, 40)), false),
        (round(1, "noon", at(12, 30), at(12, 30)), false),
    ] {
        assert_eq!(at_once(&typed, &other, 360_000), expected, "{other:?}");
    }
}

/// Five rounds on paper of the same hour are one round and four beside the plan, as the board counts them.
#[test]
fn paper_beside_the_plan_answers_for_nothing() {
    let due = [(7, 10), (10, 13), (13, 16)].map(|(from, until)| due::Due { from: from * 60, until: until * 60 });
    let watch = due::Watch { now: None, grace: 15, longest: 60 };
    let typed = |id: u128, hour: i64, minute: i64, state: &str| {
        Row::blank(&ROUND, Uuid::from_u128(id))
            .with(&ROUND, "kind", Cell::Text("guard".into()))
            .with(&ROUND, "day", Cell::Date(day()))
            .with(&ROUND, "entry", Cell::Text("paper".into()))
            .with(&ROUND, "state", Cell::Text(state.into()))
            .with(&ROUND, "started_at", Cell::Int(at(hour, minute)))
    };
    let first = [typed(1, 7, 5, "done")];
    for (round, others, expected) in [
        (typed(2, 7, 5, "done"), &[][..], false),
        (typed(2, 7, 10, "done"), &first[..], true),
        (typed(2, 10, 30, "done"), &first[..], false),
        (typed(2, 7, 10, "cut_short"), &first[..], false),
        (typed(1, 7, 5, "done"), &first[..], false),
    ] {
        let mut rounds: Vec<Row> = others.iter().filter(|other| other.id != round.id).cloned().collect();
        rounds.push(round.clone());
        let plan = |due: &[due::Due]| Plan { due: due.to_vec(), watch };
        assert_eq!(beside_plan(&rounds, &plan(&due)).contains(&round.id), expected, "{round:?}");
        assert!(beside_plan(&rounds, &plan(&[])).is_empty(), "a free day");
    }
}

/// Which of two sheets of the same hour answers does not depend on which is looked at: the one that was typed in first. Is that one no round after all, the
/// other answers, and what nobody has asked yet is no consequence of it.
#[test]
fn sheets_answer_in_the_order_in_which_they_were_typed() {
    let due = vec![due::Due { from: 7 * 60, until: 10 * 60 }];
    let plan = Plan { due, watch: due::Watch { now: None, grace: 15, longest: 60 } };
    let round = |id: u128, entry: &str, recorded: i64, state: &str, said: Option<bool>| {
        Row::blank(&ROUND, Uuid::from_u128(id))
            .with(&ROUND, "kind", Cell::Text("guard".into()))
            .with(&ROUND, "day", Cell::Date(day()))
            .with(&ROUND, "entry", Cell::Text(entry.into()))
            .with(&ROUND, "state", Cell::Text(state.into()))
            .with(&ROUND, "started_at", Cell::Int(at(7, 30)))
            .with(&ROUND, "recorded_at", Cell::Int(recorded))
            .with(&ROUND, "off_plan", said.map_or(Cell::Null, Cell::Bool))
    };
    let first = |state| round(9, "paper", at(11, 0), state, Some(false));
    let second = |said| round(1, "paper", at(12, 0), "done", said);
    let scanned = round(2, "scanned", at(13, 0), "done", None);
    for (rounds, beside, changed) in [
        (vec![first("done"), second(Some(true))], vec![1], vec![]),
        (vec![second(Some(true)), first("cut_short")], vec![], vec![(1, false)]),
        (vec![second(None), first("cut_short")], vec![], vec![]),
        (vec![first("done"), second(Some(false)), scanned.clone()], vec![1, 9], vec![(1, true)]),
    ] {
        let off = beside_plan(&rounds, &plan);
        let mut found: Vec<_> = off.iter().map(uuid::Uuid::as_u128).collect();
        found.sort_unstable();
        assert_eq!(found, beside, "{rounds:?}");
        let other = others(&rounds, &rounds[usize::from(rounds[0].id.as_u128() == 1)], &off);
        let other: Vec<_> = other
            .iter()
            .map(|change| (change.after.id.as_u128(), change.after.get(&ROUND, "off_plan") == &Cell::Bool(true)))
            .collect();
        assert_eq!(other, changed, "{rounds:?}");
    }
}

proptest! {
    /// However the points are touched: a round counts each point once, never more than it has, and is complete exactly when it has all.
    #[test]
    fn a_round_counts_each_point_once(touches in prop::collection::vec((0_usize..4, 1_i64..300, any::<bool>()), 1..30)) {
        let mut walk = Walk::new("guard", 4);
        let mut now = at(9, 0);
        for (point, wait, finding) in touches {
            now += wait * 1000;
            let marked = walk.touch(point, now, finding.then(|| Uuid::from_u128(7)));
            let under = walk.under.as_ref().unwrap();
            let mut seen: Vec<_> = under.visits.iter().map(|visit| visit.get(&VISIT, "point").id()).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(under.round.get(&ROUND, "visited").int().unwrap(), i64::try_from(seen.len()).unwrap());
            prop_assert_eq!(marked.complete, seen.len() == 4);
            let ids = marked.changes.iter().map(|change| change.after.id).collect::<std::collections::HashSet<_>>();
            prop_assert_eq!(ids.len(), marked.changes.len());
        }
    }
}
