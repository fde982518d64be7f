//! The moves of a tip's life: what each asks for.

use kit::{Field, MoveSpec};

use super::record::WORDS;
use crate::hazards::record::Category;

/// Every move, in the order in which a page offers them.
pub static MOVES: &[MoveSpec] = &[
    MoveSpec::new(
        "to_hazard",
        &[
            // What the reporter said stands in the form already; the hazard that comes of it is not asked again.
            Field::text("place", 80).required().fact("hazard.place"),
            Field::choice("category", Category::CODES),
            // Empty means the reporter's own words, where they name nobody.
            Field::long("finding", 500).fact("hazard.description"),
            Field::bool("photo_along"),
        ],
    ),
    MoveSpec::new("join", &[Field::refer("hazard", "hazard").required()]),
    MoveSpec::new("answer", &[Field::long("answer", 500).required()]),
    MoveSpec::new("merge", &[Field::refer("duplicate_of", "tip").required()]),
    MoveSpec::new("keep_from_school", &[]),
    MoveSpec::new("set_aside", &[Field::long("reason", 300).required()]).grave(),
    MoveSpec::new("say_fixed", &[]),
    MoveSpec::new("say_not_fixed", &[Field::long("reason", WORDS)]),
];

/// The name of a move as the table holds it.
pub fn name_of(mv: &str) -> Option<&'static str> {
    MOVES.iter().map(|spec| spec.name).find(|name| *name == mv)
}
