//! A figure: a named question about records whose answer opens its rows.

use chrono::NaiveDate;
use uuid::Uuid;

use crate::dates::{Period, shanghai_start};
use crate::noun::Noun;
use crate::query::Query;

/// What is done with the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Count,
    /// The number of the rows, told first as a share of the figure that `of` names: 整改率. What is called a number stays one, with `of` too.
    Share,
    /// The sum of a whole-number field.
    Sum(&'static str),
    /// The value of a whole-number field that so many per cent of the rows do not exceed (nearest rank): 50 is the median. The whole has no
    /// parts: the medians of places do not sum to it.
    Percentile(&'static str, u8),
}

/// Period, cut-off and unit for which a figure is asked.
#[derive(Clone, Debug)]
pub struct Frame {
    pub period: Period,
    /// What happened after this day is not counted.
    pub cutoff: NaiveDate,
    /// One unit or school; `None` for the reader's whole scope.
    pub unit: Option<Uuid>,
    /// The moment at which it is asked, in milliseconds UTC. The engine says it when rows are asked for; an address holds none.
    pub now: Option<i64>,
}

impl Frame {
    pub fn first(&self) -> NaiveDate {
        self.period.first()
    }

    /// The last day that counts: the period's end or the cut-off, whichever comes first.
    pub fn last(&self) -> NaiveDate {
        self.period.last().min(self.cutoff)
    }

    /// The last moment that is known: the end of the cut-off's day, or now, whichever comes first.
    pub fn moment(&self) -> i64 {
        let end = self.cutoff.succ_opt().map_or(i64::MAX, shanghai_start) - 1;
        self.now.map_or(end, |now| now.min(end))
    }
}

/// The definition. Words stand under `figure.<id>` (name) and `figure.<id>.definition`.
#[derive(Clone, Copy)]
pub struct FigureDef {
    pub id: &'static str,
    /// The formula's version: a changed formula is a new version, so that an old report still says what it counted.
    pub formula: u32,
    /// Word key of the unit of measure: `unit.schools`, `unit.pupils`, `unit.hazards`, `unit.percent`.
    pub unit: &'static str,
    pub noun: &'static Noun,
    pub measure: Measure,
    /// The rows that are counted.
    pub rows: fn(&Frame) -> Query,
    /// For a ratio: the figure it is a share of.
    pub of: Option<&'static str>,
}

impl FigureDef {
    /// The number of the rows; with `of`, also their share of that figure.
    pub const fn count(
        id: &'static str,
        noun: &'static Noun,
        unit: &'static str,
        of: Option<&'static str>,
        rows: fn(&Frame) -> Query,
    ) -> Self {
        Self { id, formula: 1, unit, noun, measure: Measure::Count, rows, of }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub id: &'static str,
    pub value: i64,
    /// No row has a value of which it could be the middle: that is not nought.
    pub none: bool,
    /// Present for a ratio; zero means that there is no answer, not that the answer is zero.
    pub denominator: Option<i64>,
}

impl Figure {
    /// The ratio in hundredths of a per cent, rounded half up; `None` without a denominator.
    pub fn share(&self) -> Option<i64> {
        let whole = self.denominator.filter(|whole| *whole > 0)?;
        Some((self.value * 20_000 + whole) / (2 * whole))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_half_up_and_absent_without_a_whole() {
        let share = |value, denominator| Figure { id: "x", value, none: false, denominator }.share();
        for (value, whole, expected) in
            [(1, 3, 3333), (2, 3, 6667), (1, 8, 1250), (412, 431, 9559), (5, 5, 10_000), (0, 7, 0)]
        {
            assert_eq!(share(value, Some(whole)), Some(expected), "{value}/{whole}");
        }
        assert_eq!(share(0, Some(0)), None);
        assert_eq!(share(4, None), None);
    }

    #[test]
    fn what_happened_after_the_cut_off_or_after_the_period_does_not_count() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default();
        let frame = |cutoff| Frame { period: Period::Year(2021), cutoff, unit: None, now: None };
        for (cutoff, last) in [
            (day(2021, 6, 30), day(2021, 6, 30)),
            (day(2021, 12, 31), day(2021, 12, 31)),
            (day(2022, 1, 31), day(2021, 12, 31)),
        ] {
            assert_eq!((frame(cutoff).first(), frame(cutoff).last()), (day(2021, 1, 1), last), "{cutoff}");
        }
        // Of a day that goes on nothing is known beyond now.
        let (cutoff, end) = (day(2021, 6, 30), shanghai_start(day(2021, 7, 1)) - 1);
        for (now, moment) in [(None, end), (Some(end + 5), end), (Some(end - 5), end - 5)] {
            assert_eq!(Frame { now, ..frame(cutoff) }.moment(), moment, "{now:?}");
        }
    }
}
