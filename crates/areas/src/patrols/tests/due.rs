//! What is due and what became of it.

use chrono::NaiveTime;
use kit::Norms;
use kit::timetable::Slot;
use proptest::prelude::*;

use crate::patrols::due::{
    Due, Outcome, Sum, Walked, Watch, clock, due, due_on, in_time, more, outcomes, outcomes_of_night, over, read_clock,
};
use crate::patrols::kinds::RouteKind;
use crate::patrols::round::left_out;

fn slot(session: &str, from: (u32, u32), until: (u32, u32)) -> Slot {
    let time = |(hour, minute)| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    Slot { session: session.into(), from: time(from), until: time(until) }
}

pub(super) fn day() -> Vec<Slot> {
    vec![
        slot("arrival", (7, 30), (8, 0)),
        slot("break", (9, 50), (10, 20)),
        slot("noon", (12, 0), (14, 0)),
        slot("dismissal", (16, 30), (17, 0)),
        slot("evening", (19, 0), (20, 30)),
        slot("dormitory", (21, 30), (6, 0)),
    ]
}

/// Ten in the evening to six.
pub(super) const NIGHT: Due = Due { from: 22 * 60, until: 30 * 60 };

/// A quarter of an hour of grace; nobody is on one round for longer than an hour.
pub(super) const fn watch(now: Option<i64>) -> Watch {
    Watch { now, grace: 15, longest: 60 }
}

#[test]
fn what_is_due_follows_from_kind_timetable_and_norm() {
    let windows = |kind, count| -> Vec<_> {
        due(kind, &day(), count, NIGHT).iter().map(|due| format!("{}-{}", clock(due.from), clock(due.until))).collect()
    };
    for (kind, count, expected) in [
        (RouteKind::Break, 1, vec!["09:50-10:20"]),
        (RouteKind::Noon, 2, vec!["12:00-14:00", "12:00-14:00"]),
        (RouteKind::Night, 1, vec!["19:00-20:30"]),
        (RouteKind::Dormitory, 2, vec!["22:00-02:00", "02:00-06:00"]),
        (RouteKind::Dormitory, 1, vec!["22:00-06:00"]),
        (RouteKind::Dormitory, 0, vec![]),
        (RouteKind::GateArrival, 1, vec!["07:30-08:00"]),
        (RouteKind::GateDismissal, 1, vec!["16:30-17:00"]),
        (RouteKind::Head, 1, vec!["07:30-20:30"]),
        (RouteKind::Guard, 5, vec!["07:30-10:06", "10:06-12:42", "12:42-15:18", "15:18-17:54", "17:54-20:30"]),
        (RouteKind::Guard, 0, vec![]),
        (RouteKind::Guard, -3, vec![]),
    ] {
        assert_eq!(windows(kind, count), expected, "{kind:?}");
    }
    // A school without boarders has no night, and a day without school nothing.
    let short = &day()[..4];
    assert!(due(RouteKind::Dormitory, short, 2, NIGHT).is_empty() && due(RouteKind::Night, short, 1, NIGHT).is_empty());
    assert!(RouteKind::all().all(|kind| due(kind, &[], 5, NIGHT).is_empty()));
}

#[test]
fn a_round_answers_for_the_time_in_which_it_was() {
    let noon = due(RouteKind::Noon, &day(), 2, NIGHT);
    let at = |minute| Walked { at: minute, paper: false, goes_on: false };
    let paper = Walked { at: 13 * 60, paper: true, goes_on: false };
    let (noon_hour, evening) = (13 * 60, 20 * 60);
    for (walked, now, expected) in [
        (vec![], Some(11 * 60), [Outcome::Later, Outcome::Later]),
        (vec![], Some(noon_hour), [Outcome::Now, Outcome::Now]),
        (vec![], Some(evening), [Outcome::Missed, Outcome::Missed]),
        (vec![], None, [Outcome::Missed, Outcome::Missed]),
        (vec![at(noon_hour)], Some(evening), [Outcome::Walked, Outcome::Missed]),
        // A quarter of an hour early or late is in time, a minute more is not.
        (vec![at(11 * 60 + 45)], None, [Outcome::Walked, Outcome::Missed]),
        (vec![at(11 * 60 + 44)], None, [Outcome::Late, Outcome::Missed]),
        (vec![], Some(11 * 60 + 44), [Outcome::Later, Outcome::Later]),
        (vec![], Some(11 * 60 + 45), [Outcome::Now, Outcome::Now]),
        (vec![], Some(14 * 60 + 15), [Outcome::Now, Outcome::Now]),
        (vec![], Some(14 * 60 + 16), [Outcome::Missed, Outcome::Missed]),
        (vec![at(14 * 60 + 15)], None, [Outcome::Walked, Outcome::Missed]),
        (vec![at(14 * 60 + 16)], None, [Outcome::Late, Outcome::Missed]),
        (vec![at(noon_hour), paper], None, [Outcome::Walked, Outcome::Late]),
        (vec![paper, paper, paper], None, [Outcome::Late, Outcome::Late]),
    ] {
        assert_eq!(outcomes(&noon, &walked, &watch(now)), expected, "{walked:?} {now:?}");
    }
    // Five rounds of a day, each in a fifth of it: all of them before eight is one.
    let fifths: Vec<_> = (0..5).map(|part| Due { from: 420 + part * 180, until: 600 + part * 180 }).collect();
    let early: Vec<_> = (0..5).map(|minute| at(7 * 60 + 41 + minute)).collect();
    let missed = [Outcome::Walked, Outcome::Missed, Outcome::Missed, Outcome::Missed, Outcome::Missed];
    assert_eq!(outcomes(&fifths, &early, &watch(None)), missed);
    // Within the grace after it, one is told until when.
    for (walked, now, expected) in [
        (vec![], 14 * 60, None),
        (vec![], 14 * 60 + 1, Some(14 * 60 + 15)),
        (vec![at(noon_hour)], 14 * 60 + 15, Some(14 * 60 + 15)),
        (vec![at(noon_hour), at(noon_hour)], 14 * 60 + 1, None),
        (vec![], 14 * 60 + 16, None),
    ] {
        let outcomes = outcomes(&noon, &walked, &watch(Some(now)));
        assert_eq!(over(&noon, &outcomes, &watch(Some(now))), expected, "{walked:?} {now}");
    }
    // Half past midnight is in the night's time.
    let night = due(RouteKind::Dormitory, &day(), 2, NIGHT);
    assert!(in_time(&night, 24 * 60 + 30, 0) && !in_time(&night, 31 * 60, 15));
}

/// Whoever is on his way has missed nothing yet, and one point with a forgotten touch is no round for ever.
#[test]
fn who_is_on_his_way_has_not_missed_his_round() {
    let noon = due(RouteKind::Noon, &day(), 2, NIGHT);
    let clock = |hour: i64, minute: i64| hour * 60 + minute;
    let round = |hour, minute, goes_on| Walked { at: clock(hour, minute), paper: false, goes_on };
    let begun = |hour, minute| round(hour, minute, true);
    for (walked, now, expected) in [
        (vec![begun(13, 50)], Some(clock(13, 55)), [Outcome::UnderWay, Outcome::Now]),
        (vec![begun(13, 50)], Some(clock(14, 16)), [Outcome::UnderWay, Outcome::Missed]),
        (vec![begun(13, 50)], Some(clock(14, 50)), [Outcome::UnderWay, Outcome::Missed]),
        (vec![begun(13, 50)], Some(clock(14, 51)), [Outcome::Missed, Outcome::Missed]),
        (vec![begun(13, 50)], None, [Outcome::Missed, Outcome::Missed]),
        // Forgotten at noon, and its time goes on: somebody is to walk.
        (vec![begun(12, 5)], Some(clock(13, 6)), [Outcome::Now, Outcome::Now]),
        // Begun when it was too late: it counts as late when it is done, and not before.
        (vec![begun(14, 16)], Some(clock(14, 20)), [Outcome::Missed, Outcome::Missed]),
        (vec![round(12, 10, false), begun(13, 50)], Some(clock(14, 20)), [Outcome::Walked, Outcome::UnderWay]),
        (vec![round(14, 16, false), begun(13, 50)], Some(clock(14, 20)), [Outcome::Late, Outcome::UnderWay]),
        (vec![begun(13, 50), begun(13, 52)], Some(clock(14, 20)), [Outcome::UnderWay, Outcome::UnderWay]),
    ] {
        assert_eq!(outcomes(&noon, &walked, &watch(now)), expected, "{walked:?} {now:?}");
    }
}

/// Two rounds at lights-out are no rounds at two in the morning.
#[test]
fn a_night_is_walked_at_night() {
    let norms = Norms::parse(&[("patrols", include_str!("../../../../../rules/patrols.toml"))]).unwrap();
    let night = due_on(RouteKind::Dormitory, &day(), &norms, "2021-12-20".parse().unwrap()).unwrap();
    assert_eq!(night, due(RouteKind::Dormitory, &day(), 2, NIGHT), "the norms' own hours");
    let at = |hour: i64, minute: i64| Walked { at: hour * 60 + minute, paper: false, goes_on: false };
    let paper = Walked { at: 23 * 60, paper: true, goes_on: false };
    let (half_past_ten, three, morning) = (Some(22 * 60 + 30), Some(27 * 60), None);
    for (walked, now, expected) in [
        (vec![at(20, 41), at(20, 46)], half_past_ten, [Outcome::Now, Outcome::Later]),
        (vec![at(20, 41), at(20, 46)], morning, [Outcome::Missed, Outcome::Missed]),
        (vec![at(22, 5), at(22, 10)], half_past_ten, [Outcome::Walked, Outcome::Later]),
        (vec![at(22, 5), at(22, 10)], morning, [Outcome::Walked, Outcome::Missed]),
        (vec![at(21, 45), at(25, 45)], morning, [Outcome::Walked, Outcome::Walked]),
        (vec![at(24, 40), at(26, 30)], three, [Outcome::Walked, Outcome::Walked]),
        // In the second's time for both: one of them is late.
        (vec![at(26, 30), at(27, 30)], morning, [Outcome::Late, Outcome::Walked]),
        (vec![at(22, 5), paper], morning, [Outcome::Walked, Outcome::Late]),
        (vec![paper, paper], morning, [Outcome::Late, Outcome::Late]),
    ] {
        assert_eq!(outcomes_of_night(&night, &walked, &watch(now)), expected, "{walked:?} {now:?}");
    }
}

/// Told of a quarter of an hour after its time, for an hour, and of nothing else: what was walked late, what goes on, what is to come.
#[test]
fn what_was_left_out_is_told_of_in_its_hour() {
    let guard = due(RouteKind::Guard, &day(), 5, NIGHT);
    let missed = [Outcome::Missed, Outcome::Late, Outcome::Missed, Outcome::Now, Outcome::Later];
    let told = |hour: i64, minute: i64| left_out(&guard, &missed, hour * 60 + minute, 15).collect::<Vec<_>>();
    // 10:06 and 15:18 are when the first and the third are over.
    for (at, expected) in [
        ((10, 6), vec![]),
        ((10, 20), vec![]),
        ((10, 21), vec![0]),
        ((11, 21), vec![0]),
        ((11, 22), vec![]),
        ((13, 0), vec![]),
        ((15, 33), vec![2]),
        ((18, 30), vec![]),
    ] {
        assert_eq!(told(at.0, at.1), expected, "{at:?}");
    }
}

#[test]
fn a_clock_is_read_as_people_write_it() {
    for (text, expected) in [
        ("09:50", Some("09:50")),
        ("9:50", Some("09:50")),
        ("０９：５０", Some("09:50")),
        ("0950", Some("09:50")),
        ("24:10", None),
        ("", None),
        ("早上", None),
        ("09:50:10:11", None),
    ] {
        assert_eq!(read_clock(text).map(|time| time.format("%H:%M").to_string()).as_deref(), expected, "{text}");
    }
}

fn a_due() -> impl Strategy<Value = Due> {
    (0_i64..1400, 1_i64..300).prop_map(|(from, length)| Due { from, until: from + length })
}

fn a_round() -> impl Strategy<Value = Walked> {
    (0_i64..1800, any::<(bool, bool)>()).prop_map(|(at, (paper, goes_on))| Walked {
        at,
        paper,
        goes_on: goes_on && !paper,
    })
}

proptest! {
    #[test]
    fn every_due_round_has_one_outcome_and_another_round_never_makes_one_missing(
        due in prop::collection::vec(a_due(), 0..8),
        walked in prop::collection::vec(a_round(), 0..8),
        another in a_round(),
        now in prop::option::of(0_i64..2000),
    ) {
        let sum = |walked: &[Walked]| {
            outcomes(&due, walked, &watch(now)).into_iter().fold(Sum::default(), Sum::with)
        };
        let before = sum(&walked);
        prop_assert_eq!(before.due, i64::try_from(due.len()).unwrap());
        prop_assert!(before.walked + before.late + before.missed <= before.due);
        prop_assert!(before.walked + before.late <= i64::try_from(walked.len()).unwrap());
        let mut longer = walked.clone();
        longer.push(another);
        let after = sum(&longer);
        prop_assert!(after.missed <= before.missed, "{before:?} {after:?}");
        prop_assert!(after.walked + after.late >= before.walked + before.late);
        // Whatever was walked to its end answers for one that was due, or is told as one more.
        let ended = longer.iter().filter(|round| !round.goes_on).count();
        let beside = more(&longer, &outcomes(&due, &longer, &watch(now)));
        prop_assert_eq!(i64::try_from(ended - beside).unwrap(), after.walked + after.late);
        // The order in which they were written down does not matter.
        longer.reverse();
        prop_assert_eq!(sum(&longer), after);
    }
}
