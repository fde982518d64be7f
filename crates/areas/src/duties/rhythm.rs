//! Duties by how often they come, counted over a long stretch: what a report says of a year.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::Cx;
use kit::dates::shanghai_start;
use kit::duty::{Level, Per, Proof, Tally};
use store::StoreError;

use super::reading::{Wanted, read};

/// How often: each day, each week, each month, several times a year, once a year.
pub const RHYTHMS: &[&str] = &["daily", "weekly", "monthly", "termly", "yearly"];

pub const fn rhythm(per: Per) -> &'static str {
    match per {
        Per::Day | Per::SchoolDay => "daily",
        Per::Week => "weekly",
        Per::Month => "monthly",
        Per::Quarter | Per::HalfYear | Per::Term | Per::TermStart | Per::TermEnd | Per::Holiday => "termly",
        Per::Year | Per::SchoolYear => "yearly",
    }
}

/// The last moment of a day, or now: what was done later is not known to whoever asks how things stood on that day.
pub fn moment_of(cx: &Cx, day: NaiveDate) -> i64 {
    let end = day.succ_opt().map_or(i64::MAX, shanghai_start);
    cx.now.min(end - 1)
}

/// What schools were asked for from one day to another, as it stood at the end of the day `seen`; only what needs a record, because of anything else
/// nobody knows whether it was missed. Counts alone: no school stands before another.
pub async fn tallies(
    cx: &Cx,
    (from, to): (NaiveDate, NaiveDate),
    seen: NaiveDate,
) -> Result<BTreeMap<&'static str, Tally>, StoreError> {
    let reading = read(cx, &Wanted::new(from, to, &[Level::School])).await?;
    let mut tallies: BTreeMap<&'static str, Tally> = RHYTHMS.iter().map(|rhythm| (*rhythm, Tally::default())).collect();
    reading.each(moment_of(cx, seen), |duty| {
        if duty.norm.proof == Proof::Record {
            tallies.entry(rhythm(duty.norm.per)).or_default().add(duty.state, 1);
        }
    });
    Ok(tallies)
}

/// The list of the duties that a number of [`tallies`] counts: of one rhythm or all, in one state or all that were asked.
pub fn address((from, to): (NaiveDate, NaiveDate), seen: NaiveDate, rhythm: Option<&str>, state: &str) -> String {
    let rhythm = rhythm.map_or_else(String::new, |rhythm| format!("&rhythm={rhythm}"));
    format!("/duties?from={from}&to={to}&level=school&state={state}&proof=record&cutoff={seen}{rhythm}")
}
