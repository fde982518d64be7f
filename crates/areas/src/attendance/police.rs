//! When the police were called, as it is typed. Pure.

use kit::life::Input;
use kit::{Facts, Refusal, Row, dates};

use super::record::{MISSING, SHEET};
use super::roll;

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
/// sent after midnight began with its evening.
fn since(row: &Row, facts: &Facts) -> i64 {
    let begun = row.get(&MISSING, "begun_at").int().unwrap_or_default();
    let sheet = row.get(&MISSING, "sheet").id().and_then(|id| facts.known.get(&id));
    let since = sheet
        .filter(|sheet| !sheet.get(&SHEET, "called_at").is_null())
        .map_or(begun, |sheet| begun.min(roll::called_at(sheet)));
    let evening = row.get(&MISSING, "day").date().filter(|day| *day < facts.today).map(dates::shanghai_start);
    if dates::shanghai_date(since) == facts.today { evening.unwrap_or(since) } else { since }
}
