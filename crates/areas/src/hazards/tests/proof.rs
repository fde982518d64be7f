//! 整改前后照片: what counts as one, from which day they are asked for, and what a re-check does to them.

use std::sync::Arc;

use kit::Piece;
use proptest::prelude::*;

use super::super::proof::check;
use super::*;

fn piece(role: &str, added: &str) -> Piece {
    Piece { role: role.into(), picture: true, timed: true, placed: true, added: day(added) }
}

fn with(pieces: &[Piece]) -> Facts {
    Facts { evidence: Arc::from(pieces), ..facts("2021-12-20") }
}

fn major(found_on: &str) -> Hazard {
    let row = submitted().with(&HAZARD, "grade", text("major")).with(&HAZARD, "found_on", Cell::Date(day(found_on)));
    typed(&row)
}

#[test]
fn one_of_before_and_one_of_after_each_with_time_and_place() {
    let (before, after) = (piece("before", "2021-12-02"), piece("after", "2021-12-10"));
    let paper = Piece { picture: false, ..after.clone() };
    let timeless = Piece { timed: false, ..after.clone() };
    let nowhere = Piece { placed: false, ..before.clone() };
    for (pieces, whole) in [
        (vec![before.clone(), after.clone()], true),
        (vec![after.clone(), paper.clone(), before.clone()], true),
        (vec![], false),
        (vec![before.clone()], false),
        (vec![after.clone(), after.clone()], false),
        (vec![before.clone(), paper], false),
        (vec![before.clone(), timeless], false),
        (vec![nowhere, after.clone()], false),
        (vec![before.clone(), piece("other", "2021-12-10")], false),
    ] {
        let done = check(&major("2021-12-01"), &with(&pieces));
        assert_eq!(done.is_ok(), whole, "{pieces:?}");
        assert!(whole || done.is_err_and(|refusal| refusal.code == "hazard.evidence_photos"));
    }
}

#[test]
fn they_are_asked_for_since_the_day_of_the_norm_and_of_major_hazards_alone() {
    assert_eq!(check(&major("2021-11-30"), &with(&[])), Ok(()), "found before the norm");
    assert!(check(&major("2021-12-01"), &with(&[])).is_err());
    assert_eq!(check(&typed(&submitted()), &with(&[])), Ok(()), "a general one is asked, not forced");
}

#[test]
fn after_a_re_check_the_one_of_after_is_taken_anew() {
    let sent_back = Hazard { rechecked_on: Some(day("2021-12-12")), ..major("2021-12-01") };
    let before = piece("before", "2021-12-02");
    for (added, whole) in [("2021-12-11", false), ("2021-12-12", true), ("2021-12-13", true)] {
        assert_eq!(check(&sent_back, &with(&[before.clone(), piece("after", added)])).is_ok(), whole, "{added}");
    }
}

proptest! {
    /// More evidence never hurts.
    #[test]
    fn what_is_enough_stays_enough(flags in proptest::collection::vec((0..3_usize, any::<[bool; 3]>(), 1..20_u32), 0..8), cut in 0..8_usize) {
        let piece = |(role, [picture, timed, placed], date): &(usize, [bool; 3], u32)| Piece {
            role: ["before", "after", "other"][*role].into(),
            picture: *picture, timed: *timed, placed: *placed,
            added: NaiveDate::from_ymd_opt(2021, 12, *date).unwrap(),
        };
        let pieces: Vec<_> = flags.iter().map(piece).collect();
        let fewer = &pieces[..cut.min(pieces.len())];
        let hazard = Hazard { rechecked_on: Some(day("2021-12-10")), ..major("2021-12-01") };
        prop_assert!(check(&hazard, &with(fewer)).is_err() || check(&hazard, &with(&pieces)).is_ok());
    }
}
