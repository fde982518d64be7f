//! What is planned for a day.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use kit::{Facts, Role, dates};
use uuid::Uuid;

use super::cast::{Cast, House, Room, Stop, Way};
use super::plan::{Deed, Planned, plan};
use crate::patrols::day::School;
use crate::patrols::kinds::RouteKind;
use crate::sample::rng::Rng;

const HOUR: i64 = 3_600_000;

fn facts(day: NaiveDate) -> Facts {
    Facts::at(&crate::house::rules().unwrap(), dates::shanghai_start(day))
}

fn id(number: usize) -> Uuid {
    Uuid::from_u128(u128::try_from(number).unwrap())
}

/// Three boarding schools of twelve classes, two guards each, and a teaching point without any.
fn cast() -> Cast {
    let rooms = |at: usize| {
        let room = |n: usize| Room {
            id: id(at * 1000 + n),
            stage: "primary".into(),
            grade: 11 + i64::try_from(n % 6).unwrap(),
            teacher: id(at * 1000 + 100 + n),
            boards: n > 8,
        };
        (0..12).map(room).collect()
    };
    let way = |at: usize, kind: RouteKind| {
        let stop = |n: usize| Stop { code: format!("{at}-{}-{n}", kind.code()), seconds: 40 };
        Way {
            kind,
            route: id(at * 1000 + 500 + kind as usize),
            stops: (0..if kind.post() { 1 } else { 4 }).map(stop).collect(),
        }
    };
    let house = |at: usize| House {
        school: School { id: id(at), kind: "central_primary".into(), boarding: at < 4 },
        rooms: rooms(at),
        guards: if at < 4 { vec![id(at * 1000 + 300), id(at * 1000 + 301)] } else { Vec::new() },
        principal: (at < 4).then(|| id(at * 1000 + 400)),
        ways: RouteKind::all().filter(|kind| at < 4 || *kind == RouteKind::Break).map(|kind| way(at, kind)).collect(),
    };
    Cast { houses: (1..5).map(house).collect(), accounts: HashMap::new(), ..Cast::default() }
}

fn planned(day: &str, seed: u64) -> Planned {
    let day = day.parse().unwrap();
    plan(&cast(), day, &facts(day), &Rng::new(seed)).unwrap()
}

#[test]
fn the_same_seed_makes_the_same_day_and_another_one_another() {
    let (one, again, other) = (planned("2021-12-20", 1), planned("2021-12-20", 1), planned("2021-12-20", 2));
    assert_eq!(one.events, again.events);
    assert_ne!(one.events, other.events);
    assert!(
        planned("2021-12-19", 1).events.iter().all(|event| matches!(
            event.deed,
            Deed::Call { session: "evening" | "dormitory", .. } | Deed::Visit { .. }
        )),
        "a Sunday has no lessons"
    );
}

#[test]
fn a_day_has_its_gaps_and_nothing_twice() {
    for seed in 0..20 {
        let day: NaiveDate = "2021-12-20".parse().unwrap();
        let all = planned("2021-12-20", seed);
        assert!(all.left_out == 1 && all.not_called == 1, "{seed}");
        let begins = dates::shanghai_start(day);
        assert!(all.events.is_sorted_by_key(|event| event.at));
        assert!(all.events.iter().all(|event| (begins + 6 * HOUR..begins + 31 * HOUR).contains(&event.at)), "{seed}");
        let (mut called, mut absent, mut over) = (HashSet::new(), 0, HashSet::new());
        let small: HashSet<_> = cast()
            .houses
            .iter()
            .flat_map(|house| &house.rooms)
            .filter(|room| room.grade <= 13)
            .map(|room| room.id)
            .collect();
        for event in &all.events {
            match &event.deed {
                Deed::Call { class, session, absent: missing, substitute } => {
                    assert!(called.insert((*class, *session)), "{seed}: called twice");
                    assert_eq!(*substitute, event.who.unwrap().1 == Role::Principal);
                    absent += usize::from(*missing);
                }
                Deed::HandOver { class, taken_by, .. } => {
                    assert!(
                        over.insert(*class) && !(small.contains(class) && *taken_by == "alone"),
                        "{seed}: {taken_by}"
                    );
                }
                _ => {}
            }
        }
        assert!(absent >= 4, "{seed}: each way in which a child is found");
        // Whoever comes to a post leaves it again.
        let count = |wanted: fn(&Deed) -> bool| all.events.iter().filter(|event| wanted(&event.deed)).count();
        assert_eq!(count(|deed| matches!(deed, Deed::Leave { .. })), 6, "two gates of three schools");
        assert!(count(|deed| matches!(deed, Deed::Visit { trouble: Some(_), .. })) >= 1);
    }
}
