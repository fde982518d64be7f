//! When the police were called, as it is typed. Pure.

use chrono::NaiveDate;
use kit::life::Input;
use kit::{Facts, Refusal, Row, dates};

use super::record::{MISSING, SHEET};
use super::{door, roll, session};

const MINUTE: i64 = 60_000;

/// 8:41 today, not later than now; or last night, since the check began. Nobody calls the police for a child whom nobody misses yet.
pub fn time(row: &Row, input: &Input, facts: &Facts) -> Result<i64, Refusal> {
    let wrong = || Refusal::at("missing.police_time", "at");
    let time = chrono::NaiveTime::parse_from_str(&input.text("at"), "%H:%M").map_err(|_| wrong())?;
    let at = dates::shanghai_start(facts.today) + time.signed_duration_since(chrono::NaiveTime::MIN).num_milliseconds();
    let night = at - 24 * 60 * MINUTE;
    // What is typed has no seconds.
    let since = since(row, facts) - MINUTE;
    if at <= facts.now + MINUTE {
        if at > since { Ok(at) } else { Err(Refusal::at("missing.before_begin", "at")) }
    } else if night > since {
        Ok(night)
    } else {
        Err(wrong())
    }
}

/// From where a call can be: the beginning of the check, or its roll where that was called before school began or without a network. A night's roll that was
/// sent after midnight, or in the morning, began when it could first be called, and not with the midnight before: a time that is still to come today would else be
/// taken for one of the day before, when nobody missed the child.
fn since(row: &Row, facts: &Facts) -> i64 {
    let begun = row.get(&MISSING, "begun_at").int().unwrap_or_default();
    let sheet = row.get(&MISSING, "sheet").id().and_then(|id| facts.known.get(&id));
    let since = sheet
        .filter(|sheet| !sheet.get(&SHEET, "called_at").is_null())
        .map_or(begun, |sheet| begun.min(roll::called_at(sheet)));
    let day = row.get(&MISSING, "day").date().filter(|day| *day < facts.today);
    match day {
        Some(day) if dates::shanghai_date(since) == facts.today => since.min(opens(row, day, facts)),
        _ => since,
    }
}

/// From when on the roll of a night could be called, by the hours of its class.
fn opens(row: &Row, day: NaiveDate, facts: &Facts) -> i64 {
    let class = row.get(&MISSING, "class").id().and_then(|id| facts.known.get(&id));
    let slots = session::slots(&facts.timetable, class.map_or("senior", door::stage), true, day);
    let slot = slots.iter().find(|slot| row.get(&MISSING, "session").text() == Some(slot.session));
    let opens = slot.and_then(|slot| session::opens(slot, day, &facts.norms).ok());
    opens.unwrap_or_else(|| dates::shanghai_start(day))
}
