//! Rolls of arrival: how many were owed, and what became of them. A share of those that were called would be the better the fewer were called at all.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use engine::Cx;
use kit::duty::Almanac;
use kit::{Cell, Query, Row, Scope, Test, dates};
use store::StoreError;
use uuid::Uuid;

use super::days;
use super::reading::waived;
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
    /// Called where none was owed: on a day that was declared closed afterwards, for one. They are no part of what was owed.
    pub beside: i64,
}

impl Rolls {
    pub fn missed(&self) -> i64 {
        (self.owed - self.in_time - self.late).max(0)
    }
}

/// The rolls from one day to another, within the reader's scope.
pub async fn rolls(cx: &Cx, from: NaiveDate, to: NaiveDate) -> Result<Rolls, StoreError> {
    let plan = plan(cx, (from, to)).await?;
    let (in_time, late) = tokio::try_join!(counted(cx, &plan, false), counted(cx, &plan, true))?;
    Ok(Rolls { owed: plan.owed(), in_time: in_time.0, late: late.0, beside: in_time.1 + late.1 })
}

/// The schools that owe no roll of arrival on a day, for they were let off it.
pub async fn let_off(cx: &Cx, day: NaiveDate) -> Result<HashSet<Uuid>, StoreError> {
    let waived = waived(cx, day, day).await?;
    Ok(waived.into_iter().filter(|one| one.duty == ARRIVAL).map(|one| one.subject).collect())
}

/// The sheets of arrival of some days, those in time or those that were late.
pub fn called(from: NaiveDate, to: NaiveDate, late: bool) -> Query {
    let arrivals = Query::new().within("day", from, to).among("session", &["arrival"]).among("state", &["called"]);
    arrivals.is("overdue", Cell::Bool(late))
}

/// Those that were owed, and those beside: all are counted, and only where some may be owed by nobody one looks which these are.
async fn counted(cx: &Cx, plan: &Plan, late: bool) -> Result<(i64, i64), StoreError> {
    let store = &cx.app.store;
    let (from, to) = plan.stretch;
    let all = store.count(&SHEET, &called(from, to, late), cx.scope()).await?;
    let mut beside = 0;
    let odd = plan.odd_days();
    if !odd.is_empty() {
        let days = odd.into_iter().map(Cell::Date).collect();
        let asked = called(from, to, late).filter("day", Test::OneOf(days));
        for (day, school, count) in store.pairs(&SHEET, ["day", "school"], &asked, cx.scope()).await? {
            let owed = school.id().zip(day.date()).is_some_and(|(school, day)| plan.asks(school, day));
            beside += if owed { 0 } else { count };
        }
    }
    let mut strange: HashMap<(Uuid, NaiveDate), i64> = HashMap::new();
    for (classes, from, to) in plan.comers_and_goers() {
        let classes = classes.into_iter().map(Cell::Id).collect();
        let asked = called(from, to, late).filter("class", Test::OneOf(classes));
        let found = store.pairs(&SHEET, ["class", "day"], &asked, cx.scope()).await?;
        strange.extend(found.into_iter().filter_map(|(class, day, n)| Some(((class.id()?, day.date()?), n))));
    }
    strange.retain(|(class, day), _| plan.was_away(*class, *day));
    beside += strange.values().sum::<i64>();
    Ok((all - beside, beside))
}

/// When a class was there: from the first day of its first school year, to its last.
struct Stay {
    school: Uuid,
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
}

/// Which rolls are owed: one for each class on each school day of its school on which it was there, as the duty asks.
struct Plan {
    stretch: (NaiveDate, NaiveDate),
    /// The school days of each school, in order.
    days: HashMap<Uuid, Vec<NaiveDate>>,
    classes: HashMap<Uuid, Stay>,
}

impl Plan {
    fn owed(&self) -> i64 {
        let of = |stay: &Stay| Some(between(self.days.get(&stay.school)?, stay.first, stay.last));
        self.classes.values().filter_map(of).sum()
    }

    fn asks(&self, school: Uuid, day: NaiveDate) -> bool {
        self.days.get(&school).is_some_and(|days| days.binary_search(&day).is_ok())
    }

    /// Days on which not every school is asked.
    fn odd_days(&self) -> Vec<NaiveDate> {
        let mut asked: HashMap<NaiveDate, usize> = HashMap::new();
        for day in self.days.values().flatten() {
            *asked.entry(*day).or_default() += 1;
        }
        let (from, to) = self.stretch;
        let days = from.iter_days().take_while(|day| *day <= to);
        days.filter(|day| asked.get(day).is_none_or(|schools| *schools < self.days.len())).collect()
    }

    /// Classes that came or went within the stretch, or were never there, with the days on which some of them were not.
    fn comers_and_goers(&self) -> Vec<(Vec<Uuid>, NaiveDate, NaiveDate)> {
        let (from, to) = self.stretch;
        let chosen = |day: fn(&Stay) -> Option<NaiveDate>, within: &dyn Fn(NaiveDate) -> bool| {
            let stays = self.classes.iter().filter_map(|(class, stay)| Some((*class, day(stay)?)));
            stays.filter(|(_, day)| within(*day)).unzip::<_, _, Vec<_>, Vec<_>>()
        };
        let (comers, first) = chosen(|stay| stay.first, &|day| day > from);
        let (goers, last) = chosen(|stay| stay.last, &|day| (from..to).contains(&day));
        let (absent, _) = chosen(|stay| stay.last, &|day| day < from);
        let never = (!absent.is_empty()).then_some((absent, from, to));
        let before = first.into_iter().max().and_then(|day| day.pred_opt()).map(|day| (comers, from, day.min(to)));
        let after = last.into_iter().min().and_then(|day| day.succ_opt()).map(|day| (goers, day.max(from), to));
        before.into_iter().chain(after).chain(never).collect()
    }

    /// On a day on which its school was asked, a class that was not there yet, or no more.
    fn was_away(&self, class: Uuid, day: NaiveDate) -> bool {
        self.classes.get(&class).is_some_and(|stay| {
            let there = stay.first.is_none_or(|first| first <= day) && stay.last.is_none_or(|last| day <= last);
            !there && self.asks(stay.school, day)
        })
    }
}

async fn plan(cx: &Cx, (from, to): (NaiveDate, NaiveDate)) -> Result<Plan, StoreError> {
    let rules = cx.app.rules();
    let norms = rules.conduct.duties.only(|norm| norm.code == ARRIVAL);
    let classes = classes(cx, (from, to)).await?;
    let mut schools: Vec<_> = classes.values().map(|stay| stay.school).collect();
    schools.sort_unstable();
    schools.dedup();
    let almanacs = days::almanacs(&cx.app.calendar(), &cx.app.terms(), &schools, (from, to));
    let asked = |almanac: &Almanac| {
        let asked = |day: &NaiveDate| almanac.is_school_day(*day) && norms.iter().any(|norm| norm.on(*day));
        from.iter_days().take_while(|day| *day <= to).filter(asked).collect::<Vec<_>>()
    };
    // What a school was let off it does not owe.
    let mut waived = waived(cx, from, to).await?;
    waived.retain(|one| one.duty == ARRIVAL);
    let owed = |school: Uuid, almanac: &Almanac| {
        let mut days = asked(almanac);
        days.retain(|day| !waived.iter().any(|one| one.subject == school && (one.first..=one.last).contains(day)));
        days
    };
    let days = almanacs.iter().map(|(school, almanac)| (*school, owed(*school, almanac))).collect();
    Ok(Plan { stretch: (from, to), days, classes })
}

async fn classes(cx: &Cx, (from, to): (NaiveDate, NaiveDate)) -> Result<HashMap<Uuid, Stay>, StoreError> {
    let begun = Cell::Int(i64::from(dates::school_year_of(to)));
    let there = Query::new().not_ended("ended_on", from.pred_opt().unwrap_or(from));
    let there = there.filter("entry_year", Test::Between(None, Some(begun)));
    let classes = cx.app.store.all(&CLASS, &there, cx.scope()).await?;
    let entered = cx.app.store.group(&ENROLMENT, "class", None, &Query::new(), &Scope::county()).await?;
    let entered: HashSet<Uuid> = entered.into_iter().filter_map(|(class, _)| class.id()).collect();
    let stay = |class: Row| {
        let year = class.get(&CLASS, "entry_year").int().and_then(|year| i32::try_from(year).ok());
        let first = year.and_then(|year| NaiveDate::from_ymd_opt(year, 9, 1));
        let school = class.get(&CLASS, "school").id()?;
        // A class into which nobody was ever entered has no roll that could be called: it was never there.
        let last = class.get(&CLASS, "ended_on").date();
        let last = if entered.contains(&class.id) { last } else { Some(NaiveDate::MIN) };
        Some((class.id, Stay { school, first, last }))
    };
    Ok(classes.into_iter().filter_map(stay).collect())
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
        let rolls = Rolls { owed: 10, in_time: 6, late: 1, beside: 0 };
        assert_eq!((rolls.missed(), Rolls { owed: 5, ..rolls }.missed()), (3, 0));
    }

    #[test]
    fn days_that_nobody_owes_and_classes_that_were_away_are_known() {
        let day = |day| NaiveDate::from_ymd_opt(2021, 9, day).unwrap_or_default();
        let [here, there] = [1, 2].map(Uuid::from_u128);
        let stay =
            |school, first: u32, last: Option<u32>| Stay { school, first: Some(day(first)), last: last.map(day) };
        let never = Stay { school: here, first: None, last: Some(NaiveDate::MIN) };
        let classes = [stay(here, 1, None), stay(here, 3, None), stay(there, 1, Some(2)), never];
        let plan = Plan {
            stretch: (day(1), day(4)),
            days: [(here, vec![day(1), day(2), day(3)]), (there, vec![day(1), day(3)])].into(),
            classes: (10..).map(Uuid::from_u128).zip(classes).collect(),
        };
        assert_eq!(plan.owed(), 3 + 1 + 1);
        assert!(plan.asks(here, day(2)) && !plan.asks(there, day(2)) && !plan.asks(Uuid::nil(), day(1)));
        assert_eq!(plan.odd_days(), [day(2), day(4)]);
        let away = [[1, 2], [3, 4]]
            .map(|days| days.map(|on| [10, 11, 12].map(|class| plan.was_away(Uuid::from_u128(class), day(on)))));
        assert!(plan.was_away(Uuid::from_u128(13), day(1)));
        // Where the school owes nothing, its classes are not counted once more.
        assert_eq!(away, [[[false, true, false]; 2], [[false, false, true], [false; 3]]]);
        let asked = [(11, day(1), day(2)), (12, day(3), day(4)), (13, day(1), day(4))];
        assert_eq!(plan.comers_and_goers(), asked.map(|(class, from, to)| (vec![Uuid::from_u128(class)], from, to)));
    }
}
