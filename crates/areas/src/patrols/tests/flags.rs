//! What a person is asked to look at, and what nobody is asked about.

use proptest::prelude::*;
use uuid::Uuid;

use crate::patrols::flags::{Limits, Step, signs};

const LIMITS: Limits = Limits { walk: 8, round: 40, gaps: 3, even: 1, phones: 20 };

/// A round over points 1, 2, 3 … at these seconds, on one telephone.
fn round(seconds: &[i64]) -> Vec<Step> {
    let step = |(at, second): (usize, &i64)| Step {
        point: Uuid::from_u128(at as u128 + 1),
        number: i64::try_from(at).unwrap() + 1,
        at: second * 1000,
        walk_seconds: None,
        device: Some("one".into()),
    };
    seconds.iter().enumerate().map(step).collect()
}

fn names(found: &[crate::patrols::flags::Sign]) -> Vec<&'static str> {
    found.iter().map(|sign| sign.sign).collect()
}

#[test]
fn times_that_nobody_walks_are_a_question() {
    for (seconds, expected) in [
        (vec![0, 61, 118, 190, 242], vec![]),
        (vec![0], vec![]),
        (vec![], vec![]),
        // Five seconds for everything.
        (vec![0, 1, 2, 4, 5], vec!["too_fast", "too_short", "even"]),
        // One jump in a round that is otherwise a walk.
        (vec![0, 70, 73, 150, 214], vec!["too_fast"]),
        // Exactly a minute, every time.
        (vec![0, 60, 120, 180, 240], vec!["even"]),
        (vec![0, 60, 121, 181, 241], vec!["even"]),
        (vec![0, 60, 123, 180, 240], vec![]),
        // Too few intervals to compare.
        (vec![0, 60, 120], vec![]),
        (vec![0, 12, 25, 39], vec!["too_short"]),
        // Exactly as long as the norms ask for, and a second less.
        (vec![0, 12, 27, 40], vec![]),
        (vec![0, 8, 70, 140], vec![]),
        (vec![0, 7, 70, 140], vec!["too_fast"]),
        // Three intervals are enough to compare, and a second apart is the same.
        (vec![0, 60, 121, 181], vec!["even"]),
        (vec![0, 60, 122, 182], vec![]),
        // Two points are no round.
        (vec![0, 30], vec![]),
    ] {
        assert_eq!(names(&signs(&round(&seconds), &[], &[], &LIMITS)), expected, "{seconds:?}");
    }
}

#[test]
fn a_way_that_was_measured_counts_instead_of_the_norm() {
    let mut steps = round(&[0, 61, 118, 190]);
    steps[2].walk_seconds = Some(90);
    let found = signs(&steps, &[], &[], &LIMITS);
    assert_eq!((found[0].sign, found[0].measured, found[0].expected), ("too_fast", 57, 90));
    // Of two ways that were walked too fast the one that falls shortest is shown.
    let two = signs(&round(&[0, 6, 100, 102]), &[], &[], &LIMITS);
    assert_eq!((two[0].sign, two[0].measured, two[0].expected), ("too_fast", 2, 8));
    // From another point than the one before it, the measure says nothing.
    steps[2].number = 9;
    assert!(signs(&steps, &[], &[], &LIMITS).is_empty());
}

#[test]
fn yesterdays_intervals_again_are_a_question() {
    let (today, yesterday) = (round(&[9000, 9061, 9118, 9190]), round(&[0, 61, 118, 190]));
    assert_eq!(names(&signs(&today, std::slice::from_ref(&yesterday), &[], &LIMITS)), ["repeated"]);
    for (seconds, expected) in
        [([0, 61, 119, 191], vec!["repeated"]), ([0, 62, 119, 191], vec!["repeated"]), ([0, 61, 120, 192], vec![])]
    {
        assert_eq!(names(&signs(&today, &[round(&seconds)], &[], &LIMITS)), expected, "{seconds:?}");
    }
    let other = round(&[0, 61, 128, 190]);
    assert!(signs(&today, &[other, round(&[0, 61])], &[], &LIMITS).is_empty());
    // The same intervals in another order of points are another walk.
    let mut back = yesterday;
    back.swap(0, 2);
    for (step, at) in back.iter_mut().zip([0, 61_000, 118_000, 190_000]) {
        step.at = at;
    }
    assert!(signs(&today, &[back], &[], &LIMITS).is_empty());
}

#[test]
fn a_code_on_two_telephones_is_a_question() {
    let steps = round(&[0, 61, 118, 190]);
    let other = |seconds: i64, device: Option<&str>| {
        vec![Step { at: seconds * 1000, device: device.map(str::to_owned), ..steps[1].clone() }]
    };
    let found = signs(&steps, &[], &other(65, Some("two")), &LIMITS);
    assert_eq!((names(&found), found[0].measured), (vec!["two_phones"], 4));
    for (seconds, device) in [(65, Some("one")), (65, None), (90, Some("two")), (81, Some("two"))] {
        assert!(signs(&steps, &[], &other(seconds, device), &LIMITS).is_empty(), "{seconds} {device:?}");
    }
    // One walker, two telephones, two points, ten seconds.
    let mut split = round(&[0, 10, 71, 140]);
    split[1].device = Some("two".into());
    assert_eq!(names(&signs(&split, &[], &[], &LIMITS)), ["two_phones"]);
    // Of a browser that is enrolled nowhere nothing is known.
    split[1].device = None;
    assert!(signs(&split, &[], &[], &LIMITS).is_empty());
}

fn walk() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0_i64..400, 0..9).prop_map(|gaps| {
        let mut at = 0;
        gaps.iter()
            .map(|gap| {
                at += gap;
                at
            })
            .collect()
    })
}

proptest! {
    /// A sign stands once, is about what was measured, and neither the hour nor the order of rows makes one.
    #[test]
    fn signs_follow_from_the_intervals_alone(seconds in walk(), shift in 0_i64..1_000_000) {
        let plain = signs(&round(&seconds), &[], &[], &LIMITS);
        let mut names: Vec<_> = names(&plain);
        names.dedup();
        prop_assert_eq!(names.len(), plain.len());
        prop_assert!(plain.iter().all(|sign| sign.measured >= 0 && sign.measured < sign.expected));
        let mut moved = round(&seconds);
        for step in &mut moved {
            step.at += shift * 1000;
        }
        moved.reverse();
        prop_assert_eq!(signs(&moved, &[], &[], &LIMITS), plain);
    }

    /// Who walks slower is never asked for it.
    #[test]
    fn slower_is_never_too_fast(seconds in walk(), times in 2_i64..9) {
        let slow: Vec<_> = seconds.iter().map(|second| second * times).collect();
        let too_fast = |seconds: &[i64]| {
            signs(&round(seconds), &[], &[], &LIMITS).iter().filter(|sign| sign.sign != "even").count()
        };
        prop_assert!(too_fast(&slow) <= too_fast(&seconds));
    }

    /// A walk whose ways differ by more than the norm is no pattern.
    #[test]
    fn an_uneven_walk_is_no_question(gaps in prop::collection::vec(45_i64..300, 4..9)) {
        let spread = gaps.iter().max().unwrap() - gaps.iter().min().unwrap();
        prop_assume!(spread > LIMITS.even);
        let mut at = 0;
        let mut seconds = vec![0];
        seconds.extend(gaps.iter().map(|gap| { at += gap; at }));
        prop_assert!(signs(&round(&seconds), &[], &[], &LIMITS).is_empty());
    }
}
