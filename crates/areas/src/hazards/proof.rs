//! 整改前后照片: the photographs without which a major hazard is not closed.
//!
//! One of before and one of after, each saying when and where it was taken. A general hazard is asked for them on its page and
//! closed without: a loose tile needs no album. From which day, and how many, is a norm (`hazard.major.photos`).

use kit::{Facts, Piece, Refusal};

use super::record::Hazard;

/// Whether the photographs that this hazard needs are there. What was sent back or came back is shown anew: a photograph from
/// before the last re-check proves nothing about what was done since.
pub fn check(hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    let Some(norm) = facts.norms.on("hazard.major.photos", hazard.found_on).filter(|_| hazard.is_major()) else {
        return Ok(());
    };
    let least = usize::try_from(norm.value).unwrap_or_default();
    let says = |piece: &&Piece| piece.picture && piece.timed && piece.placed;
    let count = |role: &str, new: &dyn Fn(&Piece) -> bool| {
        facts.evidence.iter().filter(says).filter(|piece| piece.role == role && new(piece)).count()
    };
    let since_check = |piece: &Piece| hazard.rechecked_on.is_none_or(|day| piece.added >= day);
    let whole = count("before", &|_| true) >= least && count("after", &since_check) >= least;
    if whole { Ok(()) } else { Err(Refusal::at("hazard.evidence_photos", "attachments").with("n", least)) }
}
