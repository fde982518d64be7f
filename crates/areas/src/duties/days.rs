//! The days of each school, from its terms, what interrupted them, and the calendar.
//!
//! An almanac costs some thousand questions to the terms, and schools without terms of their own all have the same one. So they are made once for a
//! stretch of years and an edition of the rules, and shared: schools with equal days share one value, and duties compute its periods once.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::{Datelike, NaiveDate};
use kit::calendar::Calendar;
use kit::duty::Almanac;
use kit::terms::{Terms, is_school_day};
use uuid::Uuid;

/// As many stretches of years as are kept at a time.
const KEPT: usize = 8;

/// The almanacs of one edition of the rules and one stretch of years.
struct Edition {
    calendar: Arc<Calendar>,
    terms: Arc<Terms>,
    years: (i32, i32),
    schools: HashMap<Uuid, Arc<Almanac>>,
}

static EDITIONS: LazyLock<Mutex<Vec<Edition>>> = LazyLock::new(Mutex::default);

/// The almanacs of these schools (anything else has the county's own days), for a period and a year to either side.
pub fn almanacs(
    calendar: &Arc<Calendar>,
    terms: &Arc<Terms>,
    schools: &[Uuid],
    (from, to): (NaiveDate, NaiveDate),
) -> HashMap<Uuid, Arc<Almanac>> {
    let years = (from.year() - 1, to.year() + 1);
    // A poisoned lock means that another request panicked while putting in a whole value.
    let mut editions = EDITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let same =
        |one: &Edition| one.years == years && Arc::ptr_eq(&one.calendar, calendar) && Arc::ptr_eq(&one.terms, terms);
    let at = editions.iter().position(same).unwrap_or_else(|| {
        if editions.len() >= KEPT {
            editions.remove(0);
        }
        let (calendar, terms) = (Arc::clone(calendar), Arc::clone(terms));
        editions.push(Edition { calendar, terms, years, schools: HashMap::new() });
        editions.len() - 1
    });
    let edition = &mut editions[at];
    for school in schools {
        if !edition.schools.contains_key(school) {
            let made = of(calendar, terms, *school, years);
            let known = edition.schools.values().find(|known| ***known == made).cloned();
            edition.schools.insert(*school, known.unwrap_or_else(|| Arc::new(made)));
        }
    }
    schools.iter().filter_map(|school| Some((*school, Arc::clone(edition.schools.get(school)?)))).collect()
}

fn of(calendar: &Calendar, terms: &Terms, school: Uuid, (first, last): (i32, i32)) -> Almanac {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
    let (first, last) = (day(first, 1, 1), day(last, 12, 31));
    let mut stretches: Vec<(NaiveDate, NaiveDate)> = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= last).filter(|day| terms.in_season(school, *day)) {
        match stretches.last_mut() {
            Some((_, end)) if end.succ_opt() == Some(day) => *end = day,
            _ => stretches.push((day, day)),
        }
    }
    let worked = |day| calendar.is_workday(day);
    Almanac::new(first, last, stretches, worked, |day| is_school_day(calendar, terms, school, day))
}
