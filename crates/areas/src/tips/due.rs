//! Days: by when a tip is answered, when its reporter is asked, how far apart two of the same can be.

use chrono::{NaiveDate, TimeDelta};
use kit::{Facts, Refusal, Row};

use crate::hazards::record::HAZARD;

/// The day by which what is received today must have been taken up.
pub fn answer(facts: &Facts) -> Result<NaiveDate, Refusal> {
    let count = facts.norms.value("tip.answer", facts.today)?;
    Ok(facts.calendar.add_workdays(facts.today, u32::try_from(count).unwrap_or(0)))
}

/// The day from which the finder of a closed hazard is asked whether it is really fixed; `None` while it is open.
pub fn ask(hazard: &Row, facts: &Facts) -> Result<Option<NaiveDate>, Refusal> {
    let Some(closed) = hazard.get(&HAZARD, "closed_on").date() else { return Ok(None) };
    let days = facts.norms.value("tip.ask_after", closed)?;
    Ok(TimeDelta::try_days(days).and_then(|span| closed.checked_add_signed(span)))
}
