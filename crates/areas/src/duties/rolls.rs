//! Rolls of arrival: how many were owed, and what became of them. A share of those that were called would be the better the fewer were called at all.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use engine::Cx;
use kit::duty::Almanac;
use kit::{Cell, Query, Row, Scope, Test, dates};
use store::StoreError;
use uuid::Uuid;

use super::days;
use crate::attendance::record::SHEET;
use crate::organisation::record::{CLASS, ENROLMENT};

/// The duty that asks each class for it on each school day.
const ARRIVAL: &str = "rollcall.arrival";

/// The rolls of some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rolls {
    pub owed: i64,
    pub in_time: i64,
    pub late: i64,
}

impl Rolls {
    pub fn missed(&self) -> i64 {
        (self.owed - self.in_time - self.late).max(0)
    }
}

/// The rolls from one day to another, within the reader's scope.
pub async fn rolls(cx: &Cx, from: NaiveDate, to: NaiveDate) -> Result<Rolls, StoreError> {
    let store = &cx.app.store;
    let [in_time, late] = [false, true].map(|late| called(from, to, late));
    let (owed, in_time, late) = tokio::try_join!(
        owed(cx, from, to),
        store.count(&SHEET, &in_time, cx.scope()),
        store.count(&SHEET, &late, cx.scope()),
    )?;
    Ok(Rolls { owed, in_time, late })
}

/// The sheets of arrival of some days, those in time or those that were late.
pub fn called(from: NaiveDate, to: NaiveDate, late: bool) -> Query {
    let arrivals = Query::new().within("day", from, to).among("session", &["arrival"]).among("state", &["called"]);
    arrivals.is("overdue", Cell::Bool(late))
}

/// One for each class on each school day of its school on which it was there, as the duty asks.
async fn owed(cx: &Cx, from: NaiveDate, to: NaiveDate) -> Result<i64, StoreError> {
    let rules = cx.app.rules();
    let norms = rules.conduct.duties.only(|norm| norm.code == ARRIVAL);
    let begun = Cell::Int(i64::from(dates::school_year_of(to)));
    let there = Query::new().not_ended("ended_on", from.pred_opt().unwrap_or(from));
    let there = there.filter("entry_year", Test::Between(None, Some(begun)));
    let mut classes = cx.app.store.all(&CLASS, &there, cx.scope()).await?;
    // A class into which nobody was ever entered has no roll that could be called.
    let entered = cx.app.store.group(&ENROLMENT, "class", None, &Query::new(), &Scope::county()).await?;
    let entered: HashSet<Uuid> = entered.into_iter().filter_map(|(class, _)| class.id()).collect();
    classes.retain(|class| entered.contains(&class.id));
    let mut schools: Vec<_> = classes.iter().filter_map(|class| class.get(&CLASS, "school").id()).collect();
    schools.sort_unstable();
    schools.dedup();
    let almanacs = days::almanacs(&cx.app.calendar(), &cx.app.terms(), &schools, (from, to));
    let asked = |almanac: &Almanac| {
        let asked = |day: &NaiveDate| almanac.is_school_day(*day) && norms.iter().any(|norm| norm.on(*day));
        from.iter_days().take_while(|day| *day <= to).filter(asked).collect::<Vec<_>>()
    };
    let days: HashMap<Uuid, Vec<NaiveDate>> =
        almanacs.iter().map(|(school, almanac)| (*school, asked(almanac))).collect();
    let of = |class: &Row| {
        let days = days.get(&class.get(&CLASS, "school").id()?)?;
        let entered = class.get(&CLASS, "entry_year").int().and_then(|year| i32::try_from(year).ok());
        let first = entered.and_then(|year| NaiveDate::from_ymd_opt(year, 9, 1));
        Some(between(days, first, class.get(&CLASS, "ended_on").date()))
    };
    Ok(classes.iter().filter_map(of).sum())
}

/// How many of these days, which are in order, lie between two; the last belongs to them.
fn between(days: &[NaiveDate], first: Option<NaiveDate>, last: Option<NaiveDate>) -> i64 {
    let from = first.map_or(0, |first| days.partition_point(|day| *day < first));
    let to = last.map_or(days.len(), |last| days.partition_point(|day| *day <= last));
    i64::try_from(to.saturating_sub(from)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_owes_the_days_on_which_it_was_there() {
        let day = |day| NaiveDate::from_ymd_opt(2021, 9, day);
        let days: Vec<_> = [1, 2, 3, 6, 7].into_iter().filter_map(day).collect();
        for (first, last, owed) in [
            (None, None, 5),
            (day(1), None, 5),
            (day(3), None, 3),
            (day(4), day(6), 1),
            (None, day(2), 2),
            (day(8), None, 0),
            (day(6), day(2), 0),
        ] {
            assert_eq!(between(&days, first, last), owed, "{first:?} {last:?}");
        }
        let rolls = Rolls { owed: 10, in_time: 6, late: 1 };
        assert_eq!((rolls.missed(), Rolls { owed: 5, ..rolls }.missed()), (3, 0));
    }
}
