//! The life of a hazard: the diagram, and who hears of a move.

use kit::life::Input;
use kit::{Actor, Change, Facts, Life, MoveSpec, Noun, Record, Refusal, Row};

use super::moves::{MOVES, Move, name_of};
use super::record::{HAZARD, Hazard, State};
use super::{step, who};

/// 隐患整改闭环
pub struct HazardLife;

impl Life for HazardLife {
    fn noun(&self) -> &'static Noun {
        &HAZARD
    }

    fn states(&self) -> &'static [&'static str] {
        State::CODES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        next(state, mv).map(State::code)
    }

    fn may(&self, actor: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
        who::may(actor, &Hazard::from_row(row)?, mv, facts)
    }

    fn open(
        &self,
        actor: &Actor,
        row: &Row,
        mut moves: Vec<&'static MoveSpec>,
        facts: &Facts,
    ) -> Vec<&'static MoveSpec> {
        let hazard = Hazard::from_row(row);
        moves.retain(|spec| hazard.as_ref().is_ok_and(|hazard| who::may(actor, hazard, spec.name, facts).is_ok()));
        moves
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let before = Hazard::from_row(row)?;
        let (Some(verb), Some(state)) = (name_of(mv), next(before.state.code(), mv)) else {
            return Err(Refusal::new("move.not_now").with("state", before.state.code()));
        };
        let mut after = step::after(actor, &before, Move::read(mv, input)?, facts)?;
        after.state = state;
        let change = Change::update(&HAZARD, verb, row.clone(), after.to_row()?);
        Ok(tell(change, actor, verb, &after))
    }
}

/// The diagram.
#[expect(clippy::match_same_arms, reason = "one arm is one arrow, in the order of the life")]
fn next(state: &str, mv: &str) -> Option<State> {
    Some(match (state, mv) {
        ("registered" | "graded", "grade") => State::Graded,
        ("registered" | "graded", "fix_on_the_spot") => State::Submitted,
        ("graded" | "handed_over" | "rectifying", "hand_over") => State::HandedOver,
        ("handed_over", "sign_for") => State::Rectifying,
        ("handed_over" | "rectifying", "submit") => State::Submitted,
        ("submitted", "confirm") => State::Closed,
        ("submitted", "send_back") => State::Rectifying,
        ("closed", "reopen" | "not_fixed") => State::Rectifying,
        ("closed", "spot_check" | "really_fixed") => State::Closed,
        ("registered" | "graded" | "handed_over" | "rectifying", "mistaken") => State::Mistaken,
        ("registered" | "graded" | "handed_over" | "rectifying", "merge") => State::Merged,
        ("handed_over", mv) if STAYS.contains(&mv) => State::HandedOver,
        ("rectifying", mv) if STAYS.contains(&mv) => State::Rectifying,
        _ => return None,
    })
}

/// What may happen while someone is at work without moving the case; it may also turn out to be worse than graded.
const STAYS: &[&str] = &["plan", "grade", "ask_extension", "grant_extension", "deny_extension", "record_refusal"];

/// Every arrow of the diagram (from, move, to), for whoever draws it.
pub fn arrows() -> Vec<(&'static str, &'static str, &'static str)> {
    let from =
        |state: &'static str| MOVES.iter().filter_map(move |mv| Some((state, mv.name, next(state, mv.name)?.code())));
    State::CODES.iter().copied().flat_map(from).collect()
}

/// Who hears of it: never the doer, and nobody twice.
fn tell(change: Change, actor: &Actor, verb: &str, hazard: &Hazard) -> Change {
    let (keeper, finder) = (hazard.keeper, hazard.found_by.filter(|finder| Some(*finder) != hazard.keeper));
    let (keeper_hears, finder_hears) = match verb {
        "hand_over" => (Some("hazard.handed_over"), None),
        "submit" => (None, Some("hazard.submitted")),
        "confirm" => (Some("hazard.closed"), Some("hazard.closed")),
        "send_back" => (Some("hazard.sent_back"), None),
        "grant_extension" => (Some("hazard.extension_granted"), None),
        "deny_extension" => (Some("hazard.extension_denied"), None),
        "record_refusal" => (Some("hazard.refused"), None),
        "reopen" | "not_fixed" => (Some("hazard.reopened"), Some("hazard.reopened")),
        "mistaken" | "merge" => (Some("hazard.set_aside"), Some("hazard.set_aside")),
        _ => (None, None),
    };
    [(keeper, keeper_hears), (finder, finder_hears)].into_iter().fold(change, |change, (person, code)| match code {
        Some(code) => change.tell(person.filter(|person| Some(*person) != actor.person()), code),
        None => change,
    })
}
