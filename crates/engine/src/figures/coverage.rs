//! How much of the county a figure can know: zero means that somebody confirmed zero, and a school that confirmed nothing is
//! "no return" (未报), not nought.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::Row;
use kit::dates::Period;
use kit::figure::{FigureDef, Frame};
use store::StoreError;
use uuid::Uuid;

use super::{address, places, readable, rows};
use crate::app::{App, Cx};

/// By agreement among the areas: the figure whose rows are the schools in force, and the one whose rows are their confirmed months.
const SCHOOLS: &str = "schools";
const CONFIRMED: &str = "returns.confirmed";

/// How many schools have confirmed every month that is over.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    pub all: i64,
    /// Schools with at least one month without a return.
    pub missing: i64,
    /// Those schools as a list; `None` when there are none.
    pub rows: Option<String>,
}

impl Coverage {
    pub fn returned(&self) -> i64 {
        self.all - self.missing
    }
}

/// Whether the figure counts what schools confirm monthly: those of the area of the returns, the returns themselves excepted.
fn covered(app: &App, def: &FigureDef) -> bool {
    let area = app.areas.iter().find(|area| area.figures.iter().any(|figure| figure.id == CONFIRMED));
    let returns = app.figure(CONFIRMED).map(|figure| figure.noun.name);
    area.is_some_and(|area| area.figures.iter().any(|figure| figure.id == def.id)) && returns != Some(def.noun.name)
}

/// The coverage of a figure for this reader; `None` where nothing is confirmed monthly, no month is over, or he may not read the returns.
pub async fn coverage(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Option<Coverage>, StoreError> {
    let (Some(schools), Some(confirmed)) = (cx.app.figure(SCHOOLS), cx.app.figure(CONFIRMED)) else { return Ok(None) };
    let months = months_over(frame);
    if months.is_empty() || !covered(&cx.app, def) || !readable(cx, schools) || !readable(cx, confirmed) {
        return Ok(None);
    }
    let mut made: HashMap<Uuid, i64> = HashMap::new();
    for query in rows(cx, confirmed, frame).await? {
        let counts = cx.app.store.group(confirmed.noun, "school", None, &query, cx.scope()).await?;
        counts
            .into_iter()
            .filter_map(|(cell, count)| Some((cell.id()?, count)))
            .for_each(|(id, count)| *made.entry(id).or_default() += count);
    }
    let (mut all, mut missing) = (0, Vec::new());
    for query in rows(cx, schools, frame).await? {
        for row in cx.app.store.all(schools.noun, &query, cx.scope()).await? {
            all += 1;
            let from = kit::ids::known_from(row.id, row.get(schools.noun, "opened_on").date(), cx.today());
            if made.get(&row.id).copied().unwrap_or(0) < expected(&months, from) {
                missing.push(row);
            }
        }
    }
    let count = i64::try_from(missing.len()).unwrap_or(i64::MAX);
    let ids: Vec<_> = missing.iter().map(|row: &Row| row.id).collect();
    let list = places::by_key(cx, schools.noun, kit::Query::new(), &ids).await?;
    Ok(Some(Coverage { all, missing: count, rows: list.first().map(|query| address(schools.noun, query)) }))
}

/// The first days of the months of the period that were over by the cut-off. A return is due for a month that has ended.
fn months_over(frame: &Frame) -> Vec<NaiveDate> {
    let mut months = Vec::new();
    let mut month = Period::month_of(frame.first());
    // A return covers whole months: of a period that begins within one, it is the next that counts.
    while month.last() < frame.cutoff && month.last() <= frame.period.last() && months.len() < 600 {
        if month.first() >= frame.first() {
            months.push(month.first());
        }
        let Some(next) = month.last().succ_opt() else { break };
        month = Period::month_of(next);
    }
    months
}

/// How many of the months a school owes: from the one in which it opened or became known.
fn expected(months: &[NaiveDate], from: Option<NaiveDate>) -> i64 {
    let from = from.map_or(NaiveDate::MIN, |day| Period::month_of(day).first());
    i64::try_from(months.iter().filter(|month| **month >= from).count()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn a_month_is_owed_when_it_is_over() {
        let over = |period, cutoff| months_over(&Frame { period, cutoff: day(cutoff), unit: None, now: None }).len();
        assert_eq!(over(Period::Year(2021), "2021-12-20"), 11);
        assert_eq!(over(Period::Year(2021), "2021-12-31"), 11);
        assert_eq!(over(Period::Year(2021), "2022-01-03"), 12);
        assert_eq!(over(Period::Year(2021), "2021-01-31"), 0);
        assert_eq!(over(Period::Month { year: 2021, month: 5 }, "2021-12-20"), 1);
        assert_eq!(over(Period::Day(day("2021-05-03")), "2021-12-20"), 0);
        let frame = Frame { period: Period::Year(2021), cutoff: day("2021-12-20"), unit: None, now: None };
        let months = months_over(&frame);
        assert_eq!(expected(&months, Some(day("2021-09-15"))), 3);
        assert_eq!(expected(&months, None), 11);
    }
}
