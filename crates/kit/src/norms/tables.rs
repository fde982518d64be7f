//! Norms that are more than one figure: bands, scores, a matrix, weights, steps. Each is checked when it is read, so that a rule may rely on it.

use serde::Deserialize;

use super::decimal::Decimal;

/// From `from`, included, to `to`, not included; the last band includes its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    pub from: Decimal,
    /// None: without an end.
    #[serde(default)]
    pub to: Option<Decimal>,
    pub code: String,
}

/// One of the values that a factor may have, with what it means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    pub value: Decimal,
    pub text: String,
    pub en: String,
}

/// A part of a whole, with its own parts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    pub code: String,
    pub text: String,
    pub en: String,
    pub weight: Decimal,
    #[serde(default)]
    pub items: Vec<Decimal>,
}

/// So many from `from` to `to`, and `more` for every further `per` above `from`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub from: u32,
    #[serde(default)]
    pub to: Option<u32>,
    pub count: u32,
    #[serde(default)]
    pub per: Option<u32>,
    #[serde(default)]
    pub more: u32,
    /// From where `per` is counted, if not from `from`.
    #[serde(default)]
    pub above: Option<u32>,
}

/// How a started `per` counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Only a full one: the literal reading of 每增加500人至少增配1名.
    Floor,
    /// A begun one, too.
    Ceil,
}

/// The band of a value.
pub fn band(bands: &[Band], value: Decimal) -> Option<&str> {
    let last = bands.len().checked_sub(1)?;
    let inside = |(at, band): &(usize, &Band)| {
        band.from <= value && band.to.is_none_or(|to| value < to || (*at == last && value == to))
    };
    bands.iter().enumerate().find(inside).map(|(_, band)| band.code.as_str())
}

/// Each value is in one band, from `low` to `high`.
pub fn check_bands(bands: &[Band], low: Decimal, high: Option<Decimal>) -> Result<(), String> {
    let mut reached = low;
    for (at, band) in bands.iter().enumerate() {
        if band.from > reached {
            return Err(format!("nothing covers {reached} to {}", band.from));
        }
        if band.from < reached {
            return Err(format!("{} is covered twice", band.from));
        }
        match band.to {
            Some(to) if to <= band.from => return Err(format!("the band from {} ends before it begins", band.from)),
            Some(to) => reached = to,
            None if at + 1 < bands.len() => return Err(format!("the band from {} has no end", band.from)),
            None => return if high.is_none() { Ok(()) } else { Err("the last band has no end".into()) },
        }
    }
    match high {
        Some(high) if reached == high => Ok(()),
        Some(high) => Err(format!("the bands end at {reached}, not at {high}")),
        None => Err(format!("nothing covers what is above {reached}")),
    }
}

/// Values are told apart and fall.
pub fn check_scores(scores: &[Score]) -> Result<(), String> {
    match scores.windows(2).find(|pair| pair[0].value <= pair[1].value) {
        Some(pair) => Err(format!("{} does not come after {}", pair[1].value, pair[0].value)),
        None if scores.len() < 2 => Err("needs at least two scores".into()),
        None => Ok(()),
    }
}

/// A square of codes; whoever moves up or right never comes to a lower one. `order` from low to high.
pub fn check_matrix(rows: &[Vec<String>], order: &[String]) -> Result<(), String> {
    if rows.is_empty() || rows.iter().any(|row| row.len() != rows.len()) {
        return Err("is not a square".into());
    }
    let mut ranks = Vec::new();
    for code in rows.iter().flatten() {
        let rank = order.iter().position(|one| one == code);
        ranks.push(rank.ok_or_else(|| format!("{code:?} is not in its order"))?);
    }
    let size = rows.len();
    for (at, rank) in ranks.iter().enumerate() {
        let right = (at % size + 1 < size).then(|| ranks[at + 1]);
        let up = ranks.get(at + size).copied();
        if right.into_iter().chain(up).any(|next| next < *rank) {
            return Err(format!("falls after row {}, column {}", at / size + 1, at % size + 1));
        }
    }
    Ok(())
}

/// The weights add up to the whole, and the parts of each to its weight.
pub fn check_weights(weights: &[Weight], total: Decimal) -> Result<(), String> {
    let all: Vec<_> = weights.iter().map(|one| one.weight).collect();
    if sum(&all) != Some(total) {
        return Err(format!("the weights do not add up to {total}"));
    }
    for one in weights.iter().filter(|one| !one.items.is_empty()) {
        if sum(&one.items) != Some(one.weight) {
            return Err(format!("the items of {} do not add up to {}", one.code, one.weight));
        }
    }
    Ok(())
}

fn sum(parts: &[Decimal]) -> Option<Decimal> {
    parts.iter().copied().try_fold(Decimal::ZERO, Decimal::plus)
}

/// From one on, every number has its step.
pub fn check_steps(steps: &[Step]) -> Result<(), String> {
    let mut next = 1;
    for (at, step) in steps.iter().enumerate() {
        if step.from != next {
            return Err(format!("the step for {next} begins at {}", step.from));
        }
        if step.per == Some(0) || (step.per.is_some() != (step.more > 0)) {
            return Err(format!("the step from {} says how many more, or for how many each, not both", step.from));
        }
        match step.to {
            Some(to) if to < step.from => return Err(format!("the step from {} ends before it begins", step.from)),
            Some(to) => next = to.saturating_add(1),
            None if at + 1 < steps.len() => return Err(format!("the step from {} has no end", step.from)),
            None => return Ok(()),
        }
    }
    Err(format!("nothing covers what is above {}", next - 1))
}

/// How many a number of persons needs; none for nobody.
pub fn steps_count(steps: &[Step], persons: u32, rounding: Rounding) -> u32 {
    let held = |step: &&Step| step.from <= persons && step.to.is_none_or(|to| persons <= to);
    let Some(step) = steps.iter().find(held) else { return 0 };
    let further = persons.saturating_sub(step.above.unwrap_or(step.from));
    let times = step.per.map_or(0, |per| match rounding {
        Rounding::Floor => further / per,
        Rounding::Ceil => further.div_ceil(per),
    });
    step.count + step.more * times
}
