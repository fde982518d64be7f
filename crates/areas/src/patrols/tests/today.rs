//! What of the rounds stands on whose first page, and when.

use kit::{Cell, Role, Row};
use uuid::Uuid;

use crate::patrols::board::{Turn, urgency};
use crate::patrols::due::{Walked, due, outcomes};
use crate::patrols::kinds::RouteKind;
use crate::patrols::record::ROUTE;
use crate::patrols::today::offered;

/// The rounds of a boarding school for somebody at a minute of the day; `walked` is what has been walked of each kind.
fn shown(role: Role, now: i64, walked: &[(RouteKind, i64)]) -> String {
    let count = |kind| match kind {
        RouteKind::Guard => 5,
        RouteKind::Noon | RouteKind::Dormitory => 2,
        _ => 1,
    };
    let turn = |kind: RouteKind| {
        let due = due(kind, &super::due::day(), count(kind), super::due::NIGHT);
        let walked: Vec<_> = walked
            .iter()
            .filter(|(of, _)| *of == kind)
            .map(|(_, at)| Walked { at: *at, paper: false, goes_on: false })
            .collect();
        let outcomes = outcomes(&due, &walked, &super::due::watch(Some(now)));
        let route = Row::blank(&ROUTE, Uuid::nil()).with(&ROUTE, "kind", Cell::Text(kind.code().into()));
        Turn { route, kind, due, outcomes, under_way: false, more: 0, over: None }
    };
    let mut own: Vec<_> = RouteKind::all().filter(|kind| kind.walkers().contains(&role)).map(turn).collect();
    own.sort_by_key(|turn| (urgency(turn), turn.next().map(|due| due.from)));
    offered(&own).iter().map(|turn| turn.kind.code()).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_is_offered_to_its_walker_at_its_time() {
    let at = |hour: i64, minute: i64| hour * 60 + minute;
    for (role, now, expected) in [
        // Before the gate is opened, what comes next and nothing else.
        (Role::Guard, at(6, 30), "guard"),
        (Role::Guard, at(7, 40), "guard gate_arrival"),
        (Role::Guard, at(13, 0), "guard"),
        (Role::Guard, at(16, 40), "guard gate_dismissal"),
        (Role::Guard, at(22, 0), "dormitory"),
        (Role::Guard, at(24 + 2, 0), "dormitory"),
        (Role::Teacher, at(7, 40), "gate_arrival"),
        (Role::Teacher, at(10, 0), "break"),
        (Role::Teacher, at(11, 0), "noon"),
        (Role::Teacher, at(12, 30), "noon"),
        (Role::Teacher, at(16, 40), "gate_dismissal"),
        (Role::Teacher, at(19, 30), "night"),
        (Role::Teacher, at(23, 0), "dormitory"),
        (Role::School, at(16, 40), "gate_dismissal"),
        (Role::Principal, at(9, 0), "head"),
        (Role::Principal, at(21, 0), ""),
    ] {
        assert_eq!(shown(role, now, &[]), expected, "{role} {now}");
    }
    // What has been walked is offered no more.
    assert_eq!(shown(Role::Principal, at(15, 0), &[(RouteKind::Head, at(9, 0))]), "");
    assert_eq!(shown(Role::Teacher, at(10, 0), &[(RouteKind::Break, at(9, 55))]), "noon");
    assert_eq!(
        shown(Role::Guard, at(7, 50), &[(RouteKind::Guard, at(7, 35)), (RouteKind::GateArrival, at(7, 25))]),
        "guard"
    );
}
