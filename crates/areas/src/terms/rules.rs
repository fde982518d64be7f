//! Rules of the school calendar, each fault at the field where it can be put right.

use chrono::{Datelike, NaiveDate};
use kit::{Actor, Cell, Facts, Noun, Refusal, Row};

use super::record::{SCHOOL_DAY, SUSPENSION, TERM};
use super::withdraw;

/// Days: a longer term, a longer stretch of special days, is taken for a slip in a date.
const LONGEST_TERM: i64 = 220;
const LONGEST_SPECIAL: i64 = 40;

fn dates(noun: &Noun, row: &Row) -> (Option<NaiveDate>, Option<NaiveDate>) {
    (row.get(noun, "from_on").date(), row.get(noun, "until_on").date())
}

/// The last day before the first, or so long after it that one of them must be wrong.
fn stretch(noun: &Noun, row: &Row, longest: i64, codes: [&'static str; 2]) -> Vec<Refusal> {
    let (Some(from), Some(until)) = dates(noun, row) else { return Vec::new() };
    if until < from {
        return vec![Refusal::at(codes[0], "until_on")];
    }
    if (until - from).num_days() > longest {
        return vec![Refusal::at(codes[1], "until_on").with("days", longest)];
    }
    Vec::new()
}

/// 学期: an autumn term begins in July to October of its school year, a spring term in January to May of the next.
pub fn term(row: &Row, _: &Facts) -> Vec<Refusal> {
    let mut faults = stretch(&TERM, row, LONGEST_TERM, ["term.until_before_from", "term.too_long"]);
    let (from, _) = dates(&TERM, row);
    let year = row.get(&TERM, "year").int().and_then(|year| i32::try_from(year).ok());
    if let (Some(from), Some(year)) = (from, year) {
        let autumn = row.get(&TERM, "season").text() == Some("autumn");
        let (of, months) = if autumn { (year, 7..=10) } else { (year + 1, 1..=5) };
        if from.year() != of || !months.contains(&from.month()) {
            faults.push(Refusal::at("term.season_dates", "from_on").with("year", of));
        }
    }
    faults
}

/// 停课
pub fn suspension(row: &Row, _: &Facts) -> Vec<Refusal> {
    let both = !row.get(&SUSPENSION, "school").is_null() && !row.get(&SUSPENSION, "unit").is_null();
    let mut faults = stretch(&SUSPENSION, row, LONGEST_TERM, ["suspension.until_before_from", "suspension.too_long"]);
    faults.extend(both.then(|| Refusal::at("suspension.place_both", "unit")));
    faults
}

/// 校历日
pub fn school_day(row: &Row, _: &Facts) -> Vec<Refusal> {
    stretch(&SCHOOL_DAY, row, LONGEST_SPECIAL, ["school_day.until_before_from", "school_day.too_long"])
}

pub const SUSPENSION_NOT_YOURS: &str = "suspension.not_yours";
pub const SCHOOL_DAY_NOT_YOURS: &str = "school_day.not_yours";

/// Everybody reads the calendar of every school, so scope does not keep a school from another one's: who works for one school writes for it.
pub fn own(noun: &Noun, rows: [Option<&Row>; 2], actor: &Actor, code: &'static str) -> Result<(), Refusal> {
    let mine = |row: &Row| row.get(noun, "school").id().is_some_and(|school| actor.scope.holds(school));
    if actor.role.county_wide() || rows.into_iter().flatten().all(mine) {
        return Ok(());
    }
    Err(Refusal::at(code, "school"))
}

/// What of it is over: by that was judged what a school owed on those days.
fn past(noun: &Noun, row: &Row, today: NaiveDate) -> Option<Vec<Cell>> {
    let (from, until) = dates(noun, row);
    let from = from.filter(|from| *from < today && withdraw::stands(noun, row))?;
    let last = until.into_iter().chain(today.pred_opt()).min();
    let says = ["school", "kind"].into_iter().filter(|field| noun.index(field).is_some());
    Some(says.map(|field| row.get(noun, field).clone()).chain([from].into_iter().chain(last).map(Cell::Date)).collect())
}

/// Days that are over are the office's: a school would else let itself off the rolls that nobody called. For today and what is to come it decides itself.
pub fn not_past(noun: &Noun, rows: [Option<&Row>; 2], actor: &Actor, facts: &Facts) -> Result<(), Refusal> {
    let [before, after] = rows.map(|row| row.and_then(|row| past(noun, row, facts.today)));
    if before == after || actor.role.county_wide() { Ok(()) } else { Err(Refusal::at("calendar.past", "from_on")) }
}

/// What is decided stands until it is taken back, and is not changed after that.
fn decided(noun: &Noun, before: Option<&Row>, mut row: Row, (actor, facts): (&Actor, &Facts)) -> Result<Row, Refusal> {
    match before {
        Some(before) if !withdraw::stands(noun, before) => return Err(Refusal::new("calendar.withdrawn")),
        Some(_) => {}
        None => row.set(noun, "state", Cell::Text("in_force".into())),
    }
    not_past(noun, [before, Some(&row)], actor, facts)?;
    Ok(row)
}

/// A school suspends lessons for itself alone; a township's and the county's the office suspends.
pub fn suspension_derived(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    own(&SUSPENSION, [before, Some(&row)], actor, SUSPENSION_NOT_YOURS)?;
    decided(&SUSPENSION, before, row, (actor, facts))
}

/// A school marks its own days.
pub fn school_day_derived(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    own(&SCHOOL_DAY, [before, Some(&row)], actor, SCHOOL_DAY_NOT_YOURS)?;
    decided(&SCHOOL_DAY, before, row, (actor, facts))
}

/// What a school enters it enters for itself.
pub fn known(actor: &Actor, _: NaiveDate) -> Vec<(&'static str, String)> {
    actor.scope.home.iter().map(|home| ("school", home.to_string())).collect()
}

/// A school is not asked for a township.
pub fn offered(actor: &Actor, field: &str) -> bool {
    field != "unit" || actor.scope.home.is_none()
}
