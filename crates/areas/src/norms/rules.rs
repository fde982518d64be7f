//! Rules of a decision about a norm, each fault at the field where it can be put right.

use chrono::NaiveDate;
use kit::norms::Decision;
use kit::norms::decide::Kind;
use kit::{Actor, Cell, Facts, Refusal, Row};

use super::applied;
use super::record::NORM_DECISION;

/// What a decision says of days that are over stands: what was computed for them was computed by it.
pub fn derived(before: Option<&Row>, row: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    let Some(before) = before else {
        let begins = row.get(&NORM_DECISION, "from_on").date();
        let past = begins.is_some_and(|day| day < facts.today);
        return if past { Err(Refusal::at("norm_decision.past", "from_on")) } else { Ok(row) };
    };
    let begun = before.get(&NORM_DECISION, "from_on").date().is_some_and(|day| day <= facts.today);
    let same = |field: &&str| before.get(&NORM_DECISION, field) == row.get(&NORM_DECISION, field);
    if begun && !["key", "kind", "stage", "value", "from_on"].iter().all(same) {
        return Err(Refusal::at("norm_decision.begun", "from_on"));
    }
    let (old, new) = (before.get(&NORM_DECISION, "until_on"), row.get(&NORM_DECISION, "until_on"));
    let over = |cell: &Cell| cell.date().is_some_and(|day| facts.today.pred_opt().is_some_and(|eve| day < eve));
    if old != new && begun && (over(old) || over(new)) {
        return Err(Refusal::at("norm_decision.ended", "until_on"));
    }
    Ok(row)
}

/// 规范核定
pub fn decision(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let Some(decision) = applied::decision(row) else { return Vec::new() };
    let mut faults = Vec::new();
    if decision.until.is_some_and(|until| until < decision.from) {
        faults.push(Refusal::at("norm_decision.until_before_from", "until_on"));
    }
    let approved: Option<NaiveDate> = row.get(&NORM_DECISION, "approved_on").date();
    if approved.is_some_and(|day| day > facts.today) {
        faults.push(Refusal::at("norm_decision.approved_later", "approved_on"));
    }
    if facts.norms.history(&decision.key).next().is_none() {
        faults.push(Refusal::at("norm_decision.key_unknown", "key"));
        return faults;
    }
    faults.extend(of_kind(&decision, facts).err());
    faults.extend(clash(&decision, facts).then(|| Refusal::at("norm_decision.overlap", "from_on")));
    faults
}

/// Every norm that binds those for whom the decision is has its say: what is stricter than the schools' may be weaker than the kindergartens'.
fn of_kind(decision: &Decision, facts: &Facts) -> Result<(), Refusal> {
    let meant = facts.norms.meant(decision);
    if decision.kind != Kind::Change && !decision.value.is_empty() {
        return Err(Refusal::at("norm_decision.value_unwanted", "value"));
    }
    if decision.kind == Kind::Adopt {
        let nothing = facts.norms.awaited(decision).is_empty();
        return if nothing { Err(Refusal::at("norm_decision.nothing_coming", "from_on")) } else { Ok(()) };
    }
    if meant.is_empty() {
        return Err(Refusal::at("norm_decision.not_in_force", "from_on"));
    }
    if decision.kind == Kind::Confirm {
        let uncertain = meant.iter().any(|norm| norm.mark == "unsure" || norm.mark == "local");
        return if uncertain { Ok(()) } else { Err(Refusal::at("norm_decision.certain", "kind")) };
    }
    if decision.value.is_empty() {
        return Err(Refusal::at("value.required", "value"));
    }
    meant.iter().try_for_each(|norm| norm.allows(&norm.read(&decision.value)?))
}

/// Another decision that replaces the same norm for the same schools on one of its days.
fn clash(decision: &Decision, facts: &Facts) -> bool {
    if decision.kind == Kind::Confirm {
        return false;
    }
    let meant = facts.norms.meant(decision);
    facts.norms.history(&decision.key).any(|norm| {
        let other = norm.decided.is_some_and(|decided| decided.replaces() && decided.record != decision.id);
        let same = match &decision.stage {
            Some(stage) => norm.applies.stages == [stage.as_str()],
            None => meant.iter().any(|own| own.applies == norm.applies),
        };
        other
            && same
            && norm.from <= decision.until.unwrap_or(NaiveDate::MAX)
            && decision.from <= norm.until.unwrap_or(NaiveDate::MAX)
    })
}
