//! What each move writes: pure, one arm a move. The state itself comes from the diagram.

use chrono::NaiveDate;
use kit::query::Test;
use kit::{Actor, Facts, Query, Record, Refusal, Role, Row};
use uuid::Uuid;

use super::moves::{Means, Move, Stop, To};
use super::record::{Grade, HAZARD, Hazard, MOST_FACTS, Source, State, quoted};
use super::{due, proof, rules, who};
use crate::organisation::record::{SCHOOL, STAFF};

/// The hazard after a move, but for its state.
pub fn after(actor: &Actor, before: &Hazard, mv: Move, facts: &Facts) -> Result<Hazard, Refusal> {
    let mut hazard = before.clone();
    let today = Some(facts.today);
    match mv {
        Move::Grade { grade, judgement, grounds, stop } => {
            (hazard.grade, hazard.judgement, hazard.grounds) = (Some(grade), judgement, grounds);
            hazard.central = central(&hazard, facts);
            stop_use(&mut hazard, stop, facts)?;
            hazard.on_the_spot &= !hazard.is_major();
            check_grade(actor, before, &hazard, facts)?;
            if before.is_major() && !hazard.is_major() {
                no_longer_major(&mut hazard, facts)?;
            }
        }
        Move::FixOnTheSpot { statement } => fix_on_the_spot(&mut hazard, actor, statement, facts)?,
        Move::HandOver { to, means, due_on } => hand_over(&mut hazard, actor, &to, means, due_on, facts)?,
        Move::SignFor => hazard.signed_on = today,
        Move::Plan { means, stop } => {
            take_means(&mut hazard, means);
            stop_use(&mut hazard, stop, facts)?;
            if means_of(&hazard) == means_of(before) {
                return Err(Refusal::at("hazard.plan_empty", "measures"));
            }
        }
        Move::Submit { statement } => submit(&mut hazard, actor, statement, facts)?,
        Move::Confirm { note } => {
            recheck(&mut hazard, actor, note, facts);
            lacks_nothing(&hazard)?;
            proof::check(before, facts)?;
            hazard.closed_on = today;
        }
        Move::SendBack { note } => {
            recheck(&mut hazard, actor, note, facts);
            hazard.sent_back += 1;
            hazard.on_the_spot = false;
        }
        Move::AskExtension { until, reason } => {
            hazard.extension_until = Some(due::extended(&hazard, until, facts)?);
            hazard.extension_reason = reason;
        }
        Move::GrantExtension => {
            hazard.due_on = hazard.due_on.max(hazard.extension_until.take());
            hazard.extensions += 1;
        }
        Move::DenyExtension { reason } => (hazard.extension_until, hazard.reason) = (None, reason),
        Move::RecordRefusal { facts: told } => refuse(&mut hazard, told, facts)?,
        Move::Mistaken { reason } => hazard.reason = reason,
        Move::Merge { into } => hazard.merged_into = Some(merge_target(before, into, facts)?),
        Move::SpotCheck { note } => {
            (hazard.spot_checked_by, hazard.spot_checked_on) = (actor.person(), today);
            hazard.spot_check_note = note;
        }
        Move::Reopen { reason } => reopen(&mut hazard, reason, facts)?,
        Move::ReallyFixed => hazard.found_fixed_on = today,
    }
    Ok(hazard)
}

/// What turns out to be general has a general hazard's time from today on, and what was asked for on the ground of being major falls away.
fn no_longer_major(hazard: &mut Hazard, facts: &Facts) -> Result<(), Refusal> {
    if let Some(due_on) = hazard.due_on {
        let due_on = due_on.min(due::longest_general(facts)?);
        hazard.due_on = Some(due_on);
        hazard.first_due_on = hazard.first_due_on.map(|first| first.min(due_on));
    }
    hazard.extension_until = None;
    Ok(())
}

fn fix_on_the_spot(
    hazard: &mut Hazard,
    actor: &Actor,
    statement: Option<String>,
    facts: &Facts,
) -> Result<(), Refusal> {
    hazard.grade = Some(Grade::General);
    hazard.central = central(hazard, facts);
    (hazard.on_the_spot, hazard.keeper) = (true, actor.person());
    submit(hazard, actor, statement, facts)?;
    set_due(hazard, due::recheck(hazard, facts)?);
    Ok(())
}

/// Handing a case on leaves its deadline as it is: only an extension moves one, and whoever has it now asks for his own.
fn hand_over(
    hazard: &mut Hazard,
    actor: &Actor,
    to: &To,
    means: Means,
    due_on: Option<NaiveDate>,
    facts: &Facts,
) -> Result<(), Refusal> {
    still_here(to.keeper, facts)?;
    (hazard.keeper, hazard.handed_unit, hazard.handed_school) = (to.keeper, to.unit, to.school);
    (hazard.handed_on, hazard.signed_on, hazard.extension_until) = (Some(facts.today), None, None);
    // What was submitted before was not enough, or it would not be handed on.
    hazard.submitted_on = None;
    let named = hazard.beyond_school();
    with_its_keeper(hazard, facts);
    check_receiver(actor, hazard, named)?;
    take_means(hazard, means);
    match hazard.due_on {
        None => set_due(hazard, due::rectify(hazard, due_on, facts)?),
        Some(due) if due_on.is_some_and(|asked| asked != due) => {
            return Err(Refusal::at("hazard.due_stands", "due_on").with("due", due));
        }
        Some(_) => {}
    }
    Ok(())
}

/// A case goes where its keeper works: handed to somebody of another school or of an office, it is beyond its school as if that one had been named. A campus
/// and its school are one house.
fn with_its_keeper(hazard: &mut Hazard, facts: &Facts) {
    let Some(keeper) = hazard.keeper.and_then(|id| facts.known.get(&id)) else { return };
    let Some(here) = hazard.school.filter(|_| !hazard.beyond_school()) else { return };
    let (school, unit) = (keeper.get(&STAFF, "school").id(), keeper.get(&STAFF, "unit").id());
    let works_here = school.is_some_and(|school| facts.tree.belong_together(here, school));
    if !works_here && school.or(unit).is_some() {
        (hazard.handed_school, hazard.handed_unit) = (school, unit);
    }
}

/// Whoever has left puts nothing right any more, and he could not even sign for it: the case would count as received by nobody.
fn still_here(keeper: Option<Uuid>, facts: &Facts) -> Result<(), Refusal> {
    let person = keeper.and_then(|id| facts.known.get(&id));
    let has_left = |person: &&Row| !there(facts.today).holds(&STAFF, person);
    let Some(gone) = person.filter(has_left) else { return Ok(()) };
    let name = gone.get(&STAFF, "name").text().unwrap_or_default();
    Err(Refusal::at("hazard.keeper_left", "keeper").with("name", name))
}

/// 反弹: back to work with a deadline of its own; what was done before stays on record. What comes back was not put right on the spot. Nor is a lateness
/// undone by it: what was closed later than it was first due is measured by that day for good.
fn reopen(hazard: &mut Hazard, reason: Option<String>, facts: &Facts) -> Result<(), Refusal> {
    let late = hazard.first_due_on.filter(|first| hazard.closed_on.is_some_and(|closed| closed > *first));
    (hazard.closed_on, hazard.found_fixed_on, hazard.reason) = (None, None, reason);
    hazard.reopened += 1;
    hazard.on_the_spot = false;
    set_due(hazard, due::rectify(hazard, None, facts)?);
    hazard.first_due_on = late.or(hazard.first_due_on);
    Ok(())
}

/// 拒不整改: since the first one; whoever refuses again adds to what is held against him and takes nothing of it back.
fn refuse(hazard: &mut Hazard, told: Option<String>, facts: &Facts) -> Result<(), Refusal> {
    let more = told.unwrap_or_default();
    let told = match hazard.refusal_facts.take() {
        Some(before) => format!("{before}\n{} {more}", facts.today),
        None => more,
    };
    let length = told.chars().count();
    if length > MOST_FACTS {
        return Err(Refusal::at("value.long", "refusal_facts").with("max", MOST_FACTS).with("length", length));
    }
    (hazard.refused, hazard.refusal_facts) = (true, Some(told).filter(|told| !told.is_empty()));
    hazard.refused_on = hazard.refused_on.or(Some(facts.today));
    Ok(())
}

fn set_due(hazard: &mut Hazard, due: NaiveDate) {
    (hazard.due_on, hazard.first_due_on) = (Some(due), Some(due));
}

/// 中心学校: named by a school that is too small to confirm for itself; the engine has read the hazard's school.
fn central(hazard: &Hazard, facts: &Facts) -> Option<Uuid> {
    facts.known.get(&hazard.school?)?.get(&SCHOOL, "central").id().filter(|central| Some(*central) != hazard.school)
}

/// Whatever waited for an answer about more time is answered by the work being done.
fn submit(hazard: &mut Hazard, actor: &Actor, statement: Option<String>, facts: &Facts) -> Result<(), Refusal> {
    (hazard.submitted_by, hazard.submitted_on) = (actor.person(), Some(facts.today));
    (hazard.statement, hazard.extension_until) = (statement, None);
    lacks_nothing(hazard)?;
    proof::check(hazard, facts)
}

fn recheck(hazard: &mut Hazard, actor: &Actor, note: Option<String>, facts: &Facts) {
    (hazard.rechecked_by, hazard.rechecked_on) = (actor.person(), Some(facts.today));
    hazard.recheck_note = note;
}

fn lacks_nothing(hazard: &Hazard) -> Result<(), Refusal> {
    let lacks = hazard.lacks();
    let Some(first) = lacks.first().copied() else { return Ok(()) };
    let named: Vec<_> = lacks.iter().map(|field| format!("{}.{field}", HAZARD.name)).collect();
    Err(Refusal::at("hazard.evidence", first).with("words", named.join(" ")))
}

/// What a plan says: nothing new is no step that anybody took.
fn means_of(hazard: &Hazard) -> impl PartialEq {
    (hazard.measures.clone(), hazard.money_fen, hazard.plan.clone(), hazard.stop_use.clone(), hazard.stop_use_on)
}

/// What is not said again stays as it is.
fn take_means(hazard: &mut Hazard, means: Means) {
    hazard.measures = means.measures.or(hazard.measures.take());
    hazard.money_fen = means.money_fen.or(hazard.money_fen);
    hazard.plan = means.plan.or(hazard.plan.take());
}

fn stop_use(hazard: &mut Hazard, stop: Stop, facts: &Facts) -> Result<(), Refusal> {
    if stop.since.is_some_and(|day| day > facts.today) {
        return Err(Refusal::at("hazard.day_to_come", "stop_use_on"));
    }
    hazard.stop_use = stop.what.or(hazard.stop_use.take());
    hazard.stop_use_on = stop.since.or(hazard.stop_use_on);
    Ok(())
}

/// A direct item makes it a major one (直接判定), from the day on which the ministry's list counts; without one a major
/// hazard says its grounds (令第16号 art. 3). A school does not talk a major hazard down.
fn check_grade(actor: &Actor, before: &Hazard, hazard: &Hazard, facts: &Facts) -> Result<(), Refusal> {
    let listed = facts.norms.on("hazard.judgement.direct", hazard.found_on).is_some();
    if hazard.judgement.is_some() && !listed {
        return Err(Refusal::at("hazard.judgement_not_yet", "judgement"));
    }
    if hazard.judgement.is_some() && !hazard.is_major() {
        return Err(Refusal::at("hazard.judgement_is_major", "grade"));
    }
    if hazard.is_major() && hazard.grounds.is_none() {
        match hazard.judgement.as_deref() {
            None => return Err(Refusal::at("hazard.grounds_needed", "grounds")),
            Some(judgement) if quoted(judgement) => return Err(Refusal::at("hazard.item_needed", "grounds")),
            Some(_) => {}
        }
    }
    if before.is_major() && !hazard.is_major() && who::of_a_school(actor) {
        return Err(Refusal::at("hazard.grade_lowered", "grade"));
    }
    Ok(())
}

/// A case goes beyond its school by whoever may hand it there; whoever finds something at work is asked what it is and where, and nothing that is known.
pub fn offered(actor: &Actor, field: &str, code: &str) -> bool {
    let known = matches!((field, code), ("school" | "township" | "source" | "remark", _) | ("place_kind", "township"));
    if known && rules::finds_at_work(actor) {
        return false;
    }
    let brings_ledgers = actor.role == Role::Bureau;
    let of_a_school = who::of_a_school(actor) || actor.scope.home.is_some();
    if (field, code) == ("source", "self_check") && !of_a_school && !brings_ledgers {
        return false;
    }
    actor.role.county_wide() || !matches!(field, "handed_unit" | "handed_school")
}

/// Someone must be answerable; and only the county and its bureau hand a case beyond the school.
/// `named` is whether the unit or school was said, and not only somebody who works there.
fn check_receiver(actor: &Actor, hazard: &Hazard, named: bool) -> Result<(), Refusal> {
    if hazard.keeper.or(hazard.handed_unit).or(hazard.handed_school).is_none() {
        return Err(Refusal::at("hazard.hand_to_whom", "keeper"));
    }
    if hazard.beyond_school() && !actor.role.county_wide() {
        let field = match hazard.handed_unit {
            _ if !named => "keeper",
            Some(_) => "handed_unit",
            None => "handed_school",
        };
        return Err(Refusal::at("hazard.hand_beyond", field));
    }
    Ok(())
}

/// What a move has to choose from.
pub fn among(row: &Row, field: &str, today: NaiveDate) -> Option<Query> {
    match field {
        "merged_into" => Some(mergeable(row)),
        "keeper" => Some(there(today)),
        _ => None,
    }
}

/// Whoever is still there: his last day is the last on which anything is given to him, and from it on nothing new.
fn there(today: NaiveDate) -> Query {
    Query::new().not_ended("left_on", today)
}

/// What [`merge_target`] takes, as a question.
fn mergeable(row: &Row) -> Query {
    let get = |field| row.get(&HAZARD, field).clone();
    let is = |field, code: &str| row.get(&HAZARD, field).text() == Some(code);
    let stands = Test::Between(Some(get("found_on")), None);
    let mut fits = Query::new()
        .not_among("state", &["mistaken", "merged"])
        .is("school", get("school"))
        .is("township", get("township"))
        .filter("found_on", Test::Between(None, Some(get("found_on"))))
        .filter("closed_on", Test::NullOr(Box::new(stands)));
    if !is("source", Source::SelfCheck.code()) {
        fits = fits.not_among("source", &[Source::SelfCheck.code()]);
    }
    if is("grade", Grade::Major.code()) {
        fits = fits.among("grade", &[Grade::Major.code()]);
    }
    fits
}

/// Another hazard of the same place that is itself still counted, and was found no later: whoever merged an old one into a new one would give it a new
/// limit. What was found after the other one had been closed is no second record of it: it came back, and to put it among what is closed would be to
/// close it with nobody putting it right. Nor does it go into a lesser one: what a school found itself it may set aside, and what others found with it.
fn merge_target(hazard: &Hazard, into: Uuid, facts: &Facts) -> Result<Uuid, Refusal> {
    let target = facts.known.get(&into).filter(|_| into != hazard.id).map(Hazard::from_row).transpose()?;
    let fits = |target: &Hazard| {
        !matches!(target.state, State::Mistaken | State::Merged)
            && (target.school, target.township) == (hazard.school, hazard.township)
    };
    let Some(target) = target.filter(fits) else { return Err(Refusal::at("hazard.merge_into", "merged_into")) };
    if (hazard.found_outside() && !target.found_outside()) || (hazard.is_major() && !target.is_major()) {
        return Err(Refusal::at("hazard.merge_lesser", "merged_into"));
    }
    if target.found_on > hazard.found_on {
        return Err(Refusal::at("hazard.merge_later", "merged_into").with("day", target.found_on));
    }
    match target.closed_on.filter(|closed| *closed < hazard.found_on) {
        Some(closed) => Err(Refusal::at("hazard.merge_closed", "merged_into").with("day", closed)),
        None => Ok(into),
    }
}
