//! Deadlines: how long a hazard may take, by the norms of the day and the working days of the calendar.

use chrono::{NaiveDate, TimeDelta};
use kit::calendar::Calendar;
use kit::norms::Norms;
use kit::{Facts, Refusal};

use super::record::{Hazard, State};

/// The day by which a hazard must be rectified: the one asked for, or the usual one. Never before today, and never
/// beyond the longest that the norm allows.
pub fn rectify(hazard: &Hazard, asked: Option<NaiveDate>, facts: &Facts) -> Result<NaiveDate, Refusal> {
    let from = facts.today;
    let (usual, last) = if hazard.is_major() {
        let last = days(facts, from, "hazard.major.rectify")?;
        (last, last)
    } else {
        let usual = if hazard.beyond_school() { "hazard.beyond.rectify" } else { "hazard.general.rectify" };
        (workdays(facts, from, usual)?, longest_general(facts)?)
    };
    within("due_on", asked.unwrap_or(usual), from, last)
}

/// The longest that a general hazard may take from today.
pub fn longest_general(facts: &Facts) -> Result<NaiveDate, Refusal> {
    workdays(facts, facts.today, "hazard.general.rectify_max")
}

/// The day to which an extension may move the deadline: later than it is now, and within the cap of the norm.
pub fn extended(hazard: &Hazard, asked: NaiveDate, facts: &Facts) -> Result<NaiveDate, Refusal> {
    let due = hazard.due_on.unwrap_or(facts.today);
    let last = if hazard.is_major() {
        days(facts, due, "hazard.major.extension")?
    } else {
        workdays(facts, due, "hazard.general.extension")?
    };
    within("extension_until", asked, due.succ_opt().unwrap_or(due), last)
}

/// What was put right on the spot is to be closed when its re-check is due.
pub fn recheck(hazard: &Hazard, facts: &Facts) -> Result<NaiveDate, Refusal> {
    workdays(facts, hazard.submitted_on.unwrap_or(facts.today), recheck_key(hazard))
}

/// Whether a hazard that nobody signed for counts as received (逾期未签收). Dates carry no hour, so it does from the day
/// after the last day on which the hours run.
pub fn counts_as_received(hazard: &Hazard, facts: &Facts) -> Result<bool, Refusal> {
    let hours = facts.norms.value("hazard.sign", facts.today)?;
    let last = hazard.handed_on.and_then(|day| day.checked_add_signed(TimeDelta::hours(hours)));
    Ok(last.is_some_and(|last| facts.today > last))
}

/// Whether nobody signed for it in time (逾期未签收): it counts as received all the same, and whoever put it right later never did.
pub fn unsigned(hazard: &Hazard, facts: &Facts) -> Result<bool, Refusal> {
    let counts = !matches!(hazard.state, State::Mistaken | State::Merged) && hazard.signed_on.is_none();
    Ok(counts && counts_as_received(hazard, facts)?)
}

/// The last day on which a closed hazard that came back is reopened rather than recorded anew (反弹).
pub fn reopens_until(hazard: &Hazard, facts: &Facts) -> Result<NaiveDate, Refusal> {
    days(facts, hazard.closed_on.unwrap_or(facts.today), "hazard.reopen")
}

/// Whether it was recorded later after it was found than the norm allows (补录); `recorded_on` is the day of its first event.
pub fn late_entry(hazard: &Hazard, recorded_on: NaiveDate, facts: &Facts) -> Result<bool, Refusal> {
    let allowed = facts.norms.value("hazard.late_entry", recorded_on)?;
    Ok((recorded_on - hazard.found_on).num_days() > allowed)
}

/// The last day on which a hazard may stand as it does: until it is graded and handed over, put right, or re-checked. One that is over has none.
///
/// A major one is handed over within hours (`hazard.major.assign`); its day carries none, so that it may stand as long as those hours' whole days.
pub fn stands_until(hazard: &Hazard, norms: &Norms, calendar: &Calendar) -> Option<NaiveDate> {
    let after =
        |from: NaiveDate, key| Some(calendar.add_workdays(from, u32::try_from(norms.value(key, from).ok()?).ok()?));
    let found = hazard.found_on;
    match hazard.state {
        State::Registered | State::Graded if hazard.is_major() => {
            let hours = norms.value("hazard.major.assign", found).ok()?;
            found.checked_add_signed(TimeDelta::try_hours(hours)?)
        }
        State::Registered | State::Graded => after(found, "hazard.general.assign"),
        State::HandedOver | State::Rectifying => hazard.due_on,
        State::Submitted => after(hazard.submitted_on?, recheck_key(hazard)),
        State::Closed | State::Mistaken | State::Merged => None,
    }
}

fn recheck_key(hazard: &Hazard) -> &'static str {
    if hazard.is_major() { "hazard.major.recheck" } else { "hazard.general.recheck" }
}

fn workdays(facts: &Facts, from: NaiveDate, key: &'static str) -> Result<NaiveDate, Refusal> {
    let count = facts.norms.value(key, facts.today)?;
    Ok(facts.calendar.add_workdays(from, u32::try_from(count).unwrap_or(0)))
}

/// Calendar days end on a working day too (民法典 art. 203).
fn days(facts: &Facts, from: NaiveDate, key: &'static str) -> Result<NaiveDate, Refusal> {
    let count = facts.norms.value(key, facts.today)?;
    let last = TimeDelta::try_days(count).and_then(|span| from.checked_add_signed(span)).unwrap_or(from);
    Ok(facts.calendar.next_workday_on_or_after(last))
}

fn within(field: &'static str, day: NaiveDate, first: NaiveDate, last: NaiveDate) -> Result<NaiveDate, Refusal> {
    if (first..=last).contains(&day) {
        return Ok(day);
    }
    Err(Refusal::at("hazard.day_outside", field).with("first", first).with("last", last))
}
