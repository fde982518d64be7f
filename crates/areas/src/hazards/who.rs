//! Who may make a move with this hazard now. The permission table has spoken about roles before; here is what it cannot
//! say: whose school, whose task, and never the same person twice.

use kit::{Actor, Facts, Refusal, Role};
use uuid::Uuid;

use super::due;
use super::record::{Hazard, State};

pub fn may(actor: &Actor, hazard: &Hazard, mv: &str, facts: &Facts) -> Result<(), Refusal> {
    match mv {
        "fix_on_the_spot" => {
            person(actor)?;
            on_the_spot(hazard, facts)
        }
        "hand_over" => hands_on(actor, hazard),
        "sign_for" | "plan" => answers_for(actor, hazard, facts),
        "submit" => {
            answers_for(actor, hazard, facts)?;
            person(actor)?;
            received(hazard, facts)
        }
        "ask_extension" => {
            answers_for(actor, hazard, facts)?;
            asks_another(actor, hazard)?;
            may_be_extended(hazard, facts)
        }
        "grant_extension" | "deny_extension" => decides_extension(actor, hazard, mv),
        "confirm" | "send_back" => confirms(actor, hazard),
        "record_refusal" => not_of_himself(actor, hazard),
        "mistaken" | "merge" => sets_aside(actor, hazard),
        "spot_check" => checks_again(actor, hazard),
        "reopen" => still_reopens(hazard, facts),
        "really_fixed" => found(actor, hazard),
        "not_fixed" => found(actor, hazard).and_then(|()| still_reopens(hazard, facts)),
        _ => Ok(()),
    }
}

/// A member of a school's staff, whatever his task there.
pub fn of_a_school(actor: &Actor) -> bool {
    matches!(actor.role, Role::Principal | Role::School | Role::Teacher | Role::Guard)
}

/// Who answers for a school: its head and its safety officer.
pub fn is_officer(actor: &Actor) -> bool {
    matches!(actor.role, Role::Principal | Role::School)
}

/// Of this very school, or of the one whose campus it is; what is no school's is everybody's who works at one.
pub fn of_the_school(actor: &Actor, school: Option<Uuid>) -> bool {
    let in_charge = |school| actor.scope.holds(school);
    belongs_to(actor, school) || (of_a_school(actor) && school.is_none_or(in_charge))
}

fn belongs_to(actor: &Actor, unit: Option<Uuid>) -> bool {
    unit.is_some() && (actor.unit == unit || actor.scope.home == unit)
}

/// 当场整改: small things, put right when they were found and not when their time to be handed over is long gone. What lay about for weeks would else be
/// one that was found and closed in time.
fn on_the_spot(hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    if hazard.is_major() {
        return Err(Refusal::new("hazard.major_not_on_the_spot"));
    }
    match due::stands_until(hazard, &facts.norms, &facts.calendar) {
        Some(last) if facts.today > last => Err(Refusal::new("hazard.spot_too_late").with("last", last)),
        _ => Ok(()),
    }
}

/// Who re-checks must be somebody: an account without a person could be the keeper's own.
fn person(actor: &Actor) -> Result<Uuid, Refusal> {
    actor.person().ok_or_else(|| Refusal::new("hazard.person_needed"))
}

/// What the county or its bureau handed beyond the school is not the school's to take back: it would call off whoever was set to work.
fn hands_on(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    if of_a_school(actor) && hazard.beyond_school() {
        return Err(Refusal::new("hazard.handed_beyond"));
    }
    Ok(())
}

/// 责任人: the keeper himself; the unit or school that it was handed to (a section through its bureau); and, where it
/// stays in the school, the school's safety officer and head for a keeper without an account.
fn answers_for(actor: &Actor, hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    let section = hazard.handed_unit.and_then(|unit| facts.tree.get(unit)?.parent);
    let unit = belongs_to(actor, hazard.handed_unit) || (section.is_some() && section == actor.unit);
    let officer = is_officer(actor);
    let school = if hazard.beyond_school() { hazard.handed_school } else { hazard.school };
    if keeps(actor, hazard) || unit || (officer && belongs_to(actor, school)) {
        return Ok(());
    }
    Err(Refusal::new("hazard.not_yours"))
}

/// Signed for, or so long ago that it counts as received.
fn received(hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    if hazard.state == State::HandedOver && !due::counts_as_received(hazard, facts)? {
        return Err(Refusal::new("hazard.sign_first"));
    }
    Ok(())
}

fn may_be_extended(hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    let most = facts.norms.value("hazard.extensions", facts.today)?;
    if hazard.extension_until.is_some() {
        return Err(Refusal::new("hazard.extension_waits"));
    }
    if hazard.extensions >= most {
        return Err(Refusal::new("hazard.extended_enough").with("most", most));
    }
    // An extension is asked for in time; afterwards it would only repaint a lateness.
    if hazard.due_on.is_some_and(|due| facts.today > due) {
        return Err(Refusal::new("hazard.extension_too_late"));
    }
    Ok(())
}

/// A general hazard's deadline is moved by the bureau's head, a major one's by the leading group (领导小组).
fn grants(hazard: &Hazard) -> Role {
    if hazard.is_major() { Role::County } else { Role::Director }
}

/// Whoever would answer does not ask: for a unit of his somebody else of it does. Only a keeper asks for himself, and then another one answers.
fn asks_another(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    if actor.role == grants(hazard) && !keeps(actor, hazard) {
        return Err(Refusal::new("hazard.extension_asked_of_himself"));
    }
    Ok(())
}

fn keeps(actor: &Actor, hazard: &Hazard) -> bool {
    hazard.keeper.is_some() && hazard.keeper == actor.person()
}

/// And never by whoever keeps it: more time for oneself is no decision.
fn decides_extension(actor: &Actor, hazard: &Hazard, mv: &str) -> Result<(), Refusal> {
    if hazard.extension_until.is_none() {
        return Err(Refusal::new("hazard.no_extension_asked"));
    }
    if mv != "grant_extension" {
        return Ok(());
    }
    if actor.role != grants(hazard) {
        return Err(Refusal::new(if hazard.is_major() {
            "hazard.major_by_county"
        } else {
            "hazard.general_by_director"
        }));
    }
    if keeps(actor, hazard) {
        return Err(Refusal::new("hazard.extension_for_himself"));
    }
    Ok(())
}

/// Whoever rectified may not confirm (闭环管理): otherwise hazards are closed on paper. Neither the person who was
/// answerable or reported it done, nor anyone of the unit it was handed to beyond the school. A major hazard is
/// confirmed from outside every school, and never by its own people, whatever else they are; a general one by another person of the school, or, where the school is too
/// small and names a central school, by that one's people.
fn confirms(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    let me = Some(person(actor)?);
    if me == hazard.keeper || me == hazard.submitted_by {
        return Err(Refusal::new("hazard.same_person"));
    }
    let elsewhere = hazard.handed_school.filter(|school| Some(*school) != hazard.school);
    if belongs_to(actor, hazard.handed_unit) || belongs_to(actor, elsewhere) {
        return Err(Refusal::new("hazard.same_unit"));
    }
    if hazard.is_major() {
        let outside =
            matches!(actor.role, Role::County | Role::Director | Role::Bureau | Role::Inspector | Role::Department);
        let outside = outside && !belongs_to(actor, hazard.school);
        return if outside { Ok(()) } else { Err(Refusal::new("hazard.confirm_outside")) };
    }
    if of_a_school(actor) && !belongs_to(actor, hazard.central.or(hazard.school)) {
        return Err(Refusal::new(if hazard.central.is_some() {
            "hazard.confirm_central"
        } else {
            "hazard.confirm_school"
        }));
    }
    Ok(())
}

/// 拒不整改 is said of somebody else: whoever has to put it right himself, or whose unit has to, would write down what others are held to.
fn not_of_himself(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    let school = if hazard.beyond_school() { hazard.handed_school } else { hazard.school };
    if keeps(actor, hazard) || belongs_to(actor, hazard.handed_unit) || belongs_to(actor, school) {
        return Err(Refusal::new("hazard.refusal_of_himself"));
    }
    Ok(())
}

/// 误报、并案: a school sets aside what it found itself, before it was handed over; everything else someone outside.
fn sets_aside(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    let early = matches!(hazard.state, State::Registered | State::Graded);
    let own = early && !hazard.found_outside() && !hazard.is_major();
    if of_a_school(actor) && !own {
        return Err(Refusal::new("hazard.set_aside_outside"));
    }
    Ok(())
}

/// The sample (抽查) is checked by neither of the two who have already seen it, nor by a teacher of that school who is a part-time inspector.
fn checks_again(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    let me = Some(person(actor)?);
    if belongs_to(actor, hazard.school) {
        return Err(Refusal::new("hazard.spot_check_outside"));
    }
    if [hazard.keeper, hazard.submitted_by, hazard.rechecked_by].contains(&me) {
        return Err(Refusal::new("hazard.same_person"));
    }
    Ok(())
}

/// 回访: whoever found it is asked whether it is really fixed, and nobody speaks for him.
fn found(actor: &Actor, hazard: &Hazard) -> Result<(), Refusal> {
    let me = Some(person(actor)?);
    if hazard.found_by == me { Ok(()) } else { Err(Refusal::new("hazard.finder_only")) }
}

fn still_reopens(hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    let last = due::reopens_until(hazard, facts)?;
    if facts.today > last {
        return Err(Refusal::new("hazard.reopen_too_late").with("last", last));
    }
    Ok(())
}
