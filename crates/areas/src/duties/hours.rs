//! The hours of duties that are rounds or posts: those of the board of patrols, so that one question has one answer. At a kindergarten the gate is
//! kept until half past eight, at a secondary school until ten to eight; a night goes on after midnight, and there is none when the boarders are at home.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{NaiveDate, Timelike};
use kit::Facts;
use kit::dates::shanghai_start;
use kit::duty::{DutyNorm, DutyNorms, Hours, Level, Subject};

use crate::patrols::day::School;
use crate::patrols::kinds::{RouteKind, When};

/// Gives the schools among these subjects their hours of the days between two.
pub fn put(subjects: &mut [Subject], norms: &DutyNorms, facts: &Facts, days: (NaiveDate, NaiveDate)) {
    let mut shared: HashMap<(&str, String, bool), Arc<Hours>> = HashMap::new();
    for norm in norms.iter().filter(|norm| norm.level == Level::School) {
        let Some(kind) = norm.hours.as_deref().and_then(RouteKind::read) else { continue };
        for subject in subjects.iter_mut().filter(|subject| norm.asks(subject)) {
            let school = School { id: subject.id, kind: subject.kind.clone(), boarding: subject.boarding };
            let made = || Arc::new(of(norm, kind, &school, facts, days));
            // Nights follow from when the boarders of this very school go home, everything else from its type alone.
            let hours = if kind.when() == When::Night {
                made()
            } else {
                let alike = (norm.code.as_str(), school.kind.clone(), school.boarding);
                Arc::clone(shared.entry(alike).or_insert_with(made))
            };
            subject.hours.insert(norm.code.clone(), hours);
        }
    }
}

fn of(norm: &DutyNorm, kind: RouteKind, school: &School, facts: &Facts, (from, to): (NaiveDate, NaiveDate)) -> Hours {
    let within = norm.due.map_or(86_399, |time| i64::from(time.num_seconds_from_midnight())) * 1000;
    let until = |day| Some((day, school.until(kind, day, shanghai_start(day) + within, facts)?));
    from.iter_days().take_while(|day| *day <= to).filter_map(until).collect()
}
