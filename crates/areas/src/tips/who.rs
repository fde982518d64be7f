//! Who may move a tip now, beyond what the permission table says of roles.

use kit::{Actor, Facts, Refusal, Role, Row};

use super::record::{TIP, said};
use crate::hazards::record::HAZARD;

pub fn may(actor: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
    match mv {
        "to_hazard" | "join" | "merge" | "answer" => in_time(actor, row, facts),
        "say_fixed" | "say_not_fixed" => closed(row, facts),
        _ => Ok(()),
    }
}

/// Whether a tip that waits is the bureau's alone by now: the day by which its school had to take it up is over.
pub fn is_the_bureaus(row: &Row, today: chrono::NaiveDate) -> bool {
    let late = row.get(&TIP, "due_on").date().is_some_and(|due| today > due);
    said(row, "state") == "received" && late
}

fn in_time(actor: &Actor, row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let school = matches!(actor.role, Role::Principal | Role::School);
    if school && is_the_bureaus(row, facts.today) {
        let due = row.get(&TIP, "due_on").date().unwrap_or(facts.today);
        return Err(Refusal::new("tip.bureaus_now").with("due", due));
    }
    Ok(())
}

/// Whether it is fixed can only be said of what somebody says is fixed.
fn closed(row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let hazard = row.get(&TIP, "hazard").id().and_then(|id| facts.known.get(&id));
    match hazard.map(|hazard| hazard.get(&HAZARD, "state").text()) {
        Some(Some("closed")) => Ok(()),
        _ => Err(Refusal::new("tip.not_closed")),
    }
}
