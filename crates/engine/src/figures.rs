//! Figures: what a definition answers for a reader, and the rows that it was counted from.
//!
//! A figure is asked with the reader's own scope, so that a township's figure and the county's are the same question seen by
//! different eyes. Its rows are a query that the list page can open, and the same query split by place sums to its value.

mod api;
mod coverage;
mod places;
mod text;
mod web;

use std::collections::HashMap;
use std::str::FromStr;

use chrono::{Months, NaiveDate};
use kit::dates::Period;
use kit::figure::{Figure, FigureDef, Frame, Measure};
use kit::{Noun, Query, Refusal};
use store::StoreError;
use uuid::Uuid;

use crate::app::Cx;
use crate::ask;
use crate::web::{Asked, encode};

pub use coverage::{Coverage, coverage};
pub use places::{By, Line, lines, rows, rows_sum_to_value};
pub use text::{change, number, percent, share};
pub use web::{TableView, TablesPage, routes};

/// Groups smaller than this are not told to those who see the whole county but may not open their rows, nor written into what leaves the program
/// (小于5的单元格写作“<5”).
pub const SMALL: i64 = 5;

/// The figure that a reader may ask for; any other does not exist for him.
pub fn find<'a>(cx: &'a Cx, id: &str) -> Option<&'a FigureDef> {
    cx.app.figure(id).filter(|def| readable(cx, def))
}

/// Figures of records that he may read; who works for the whole county is told how many there are in any case.
pub fn readable(cx: &Cx, def: &FigureDef) -> bool {
    cx.may("figure", "read") && (opens(cx, def) || cx.actor.role.county_wide())
}

/// Whether the rows behind a figure can be opened by this reader.
pub fn opens(cx: &Cx, def: &FigureDef) -> bool {
    cx.may(def.noun.name, "read")
}

/// The figure with its denominator.
pub async fn value(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Figure, StoreError> {
    let value = measured(cx, def, frame).await?;
    let denominator = match def.of.and_then(|whole| cx.app.figure(whole)) {
        Some(whole) => measured(cx, whole, frame).await?,
        None => None,
    };
    Ok(Figure { id: def.id, value: value.unwrap_or(0), none: value.is_none(), denominator })
}

/// Several figures, each counted once even when it is the denominator of another. An id that no area has is left out.
pub async fn values(cx: &Cx, ids: &[&str], frame: &Frame) -> Result<HashMap<&'static str, Figure>, StoreError> {
    let defs: Vec<_> = ids.iter().filter_map(|id| cx.app.figure(id)).collect();
    let wholes = defs.iter().filter_map(|def| def.of).filter_map(|id| cx.app.figure(id));
    let mut counts = HashMap::new();
    for def in defs.iter().copied().chain(wholes) {
        if !counts.contains_key(def.id) {
            counts.insert(def.id, measured(cx, def, frame).await?);
        }
    }
    let count = |id: &str| counts.get(id).copied().flatten();
    let figure = |def: &&FigureDef| {
        let (value, denominator) = (count(def.id), def.of.and_then(count));
        (def.id, Figure { id: def.id, value: value.unwrap_or(0), none: value.is_none(), denominator })
    };
    Ok(defs.iter().map(figure).collect())
}

/// `None` where there is nothing of which to take the middle.
async fn measured(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Option<i64>, StoreError> {
    let queries = rows(cx, def, frame).await?;
    if let Measure::Percentile(field, percent) = def.measure {
        return cx.app.store.percentile(def.noun, field, percent, &queries, cx.scope()).await;
    }
    let mut total = 0;
    for query in queries {
        total += match def.measure {
            Measure::Count | Measure::Share | Measure::Percentile(..) => {
                cx.app.store.count(def.noun, &query, cx.scope()).await?
            }
            Measure::Sum(field) => cx.app.store.sum(def.noun, field, &query, cx.scope()).await?,
        };
    }
    Ok(Some(total))
}

/// Where the rows of a query are listed.
pub fn address(noun: &Noun, query: &Query) -> String {
    let pairs = ask::address(query);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    format!("/{}?{}", noun.plural, pairs.join("&"))
}

/// The address of a figure's own page.
pub fn page(id: &str, frame: &Frame) -> String {
    let unit = frame.unit.map(|unit| format!("&unit={unit}")).unwrap_or_default();
    format!("/figures/{}?period={}&cutoff={}{unit}", encode(id), frame.period, frame.cutoff)
}

/// Whether a value is a group of children so small that a county-wide reader could guess who they are. Whoever may open the rows reads there who they are
/// anyway, so that nothing would be kept from him.
pub fn too_small(cx: &Cx, def: &FigureDef, value: i64) -> bool {
    !opens(cx, def) && too_small_to_publish(cx, def, value)
}

/// The same of what others will read, whatever its author may open. It concerns records that hold personal data and are reached by class: pupils and
/// their guardians.
pub fn too_small_to_publish(cx: &Cx, def: &FigureDef, value: i64) -> bool {
    let personal = def.noun.fields.iter().any(kit::Field::about_person) && !def.noun.scope.classes.is_empty();
    personal && cx.actor.role.county_wide() && (1..SMALL).contains(&value)
}

/// Which parts of a whole are not said: those that are too small, and, where only one of them is, the smallest of the others too,
/// because it could be had by taking the others from the whole (complementary suppression).
pub fn unsaid(cx: &Cx, def: &FigureDef, parts: &[i64]) -> Vec<bool> {
    hide(parts, |value| too_small(cx, def, value))
}

fn hide(parts: &[i64], small: impl Fn(i64) -> bool) -> Vec<bool> {
    let mut hidden: Vec<bool> = parts.iter().map(|value| small(*value)).collect();
    if hidden.iter().filter(|one| **one).count() == 1 {
        let others = parts.iter().enumerate().filter(|(at, value)| !hidden[*at] && **value > 0);
        if let Some((at, _)) = others.min_by_key(|(_, value)| **value) {
            hidden[at] = true;
        }
    }
    hidden
}

/// Whether a figure of one place is not said to this reader: too small, or the key to one beside it that is.
pub async fn kept_back(cx: &Cx, def: &FigureDef, frame: &Frame, value: i64) -> Result<bool, StoreError> {
    if too_small(cx, def, value) {
        return Ok(true);
    }
    // Nobody's figure is ever too small unless this one could be.
    let Some(unit) = frame.unit.filter(|_| too_small(cx, def, 1)) else { return Ok(false) };
    let tree = cx.app.tree();
    let above = tree
        .get(unit)
        .and_then(|node| node.parent)
        .filter(|above| tree.get(*above).is_some_and(|node| node.parent.is_some()));
    for (whole, by) in [(above, By::School), (None, By::School), (None, By::Township)] {
        let lines = lines(cx, def, &Frame { unit: whole, ..frame.clone() }, by).await?;
        let hidden = unsaid(cx, def, &lines.iter().map(|line| line.value).collect::<Vec<_>>());
        if lines.iter().zip(hidden).any(|(line, hidden)| hidden && line.place == Some(unit)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads `period` (this year without one), `cutoff` (today without one: what a month's confirmation says is given when the month is over, and how things
/// stood at the period's end is asked of [`Frame::last`] in any case) and `unit`.
pub fn frame(cx: &Cx, asked: &Asked) -> Result<Frame, Refusal> {
    let period =
        asked.get("period").map(Period::from_str).transpose().map_err(|_| Refusal::at("figure.period", "period"))?;
    let period = period.unwrap_or_else(|| this_year(cx.today()));
    let cutoff = asked
        .get("cutoff")
        .map(str::parse::<NaiveDate>)
        .transpose()
        .map_err(|_| Refusal::at("figure.cutoff", "cutoff"))?;
    // Nothing that has not happened is counted, so a later day would only pretend to know more.
    let cutoff = cutoff.map_or(cx.today(), |cutoff| cutoff.min(cx.today()));
    let unit = asked.get("unit").map(str::parse::<Uuid>).transpose().map_err(|_| Refusal::at("figure.unit", "unit"))?;
    if unit.is_some_and(|unit| !in_reach(cx, unit)) {
        return Err(Refusal::at("figure.unit", "unit"));
    }
    Ok(Frame { period, cutoff, unit, now: None })
}

fn this_year(today: NaiveDate) -> Period {
    Period::Year(chrono::Datelike::year(&today))
}

/// Whether a unit exists for this reader: it is his, or his own is below it (the rows are cut to his scope in any case).
fn in_reach(cx: &Cx, unit: Uuid) -> bool {
    let tree = cx.app.tree();
    tree.get(unit).is_some() && (cx.scope().holds(unit) || cx.scope().home == Some(unit))
}

/// The same question a year earlier: 上年同期.
pub fn year_before(frame: &Frame) -> Frame {
    let back = |day: NaiveDate| day.checked_sub_months(Months::new(12)).unwrap_or(day);
    let period = match frame.period {
        Period::Day(day) => Period::Day(back(day)),
        Period::Month { year, month } => Period::Month { year: year - 1, month },
        Period::Quarter { year, quarter } => Period::Quarter { year: year - 1, quarter },
        whole => whole.previous(),
    };
    // A whole period is compared with a whole one, also where February is a day longer.
    let cutoff = if frame.cutoff == frame.period.last() { period.last() } else { back(frame.cutoff) };
    Frame { period, cutoff, unit: frame.unit, now: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_part_is_never_alone_in_being_unsaid() {
        for (parts, hidden) in [
            (vec![40, 12, 3], vec![false, true, true]),
            (vec![40, 4, 3], vec![false, true, true]),
            (vec![40, 12, 0], vec![false, false, false]),
            (vec![3, 0], vec![true, false]),
            (vec![40, 12, 12, 1], vec![false, true, false, true]),
            (vec![], vec![]),
        ] {
            assert_eq!(hide(&parts, |value| (1..SMALL).contains(&value)), hidden, "{parts:?}");
        }
    }
}
