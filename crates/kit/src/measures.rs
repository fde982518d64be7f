//! What norms say of numbers: how many guards, which grade, how soon. Pure functions of the norms of a day; every figure comes from `rules/`.

use chrono::NaiveDate;

use crate::norms::tables::{band, steps_count};
use crate::norms::{Decimal, Figure, Norm, Norms, Rounding, Subject};
use crate::refusal::Refusal;

const HOUR: i64 = 3_600_000;

fn norm<'a>(norms: &'a Norms, key: &'static str, day: NaiveDate) -> Result<&'a Norm, Refusal> {
    norms.on(key, day).ok_or_else(|| missing(key, day))
}

fn missing(key: &'static str, day: NaiveDate) -> Refusal {
    Refusal::new("norm.missing").with("key", key).with("day", day)
}

/// 保安员配备: how many guards a school needs, of its pupils and of its boarders among them.
pub fn guards(norms: &Norms, day: NaiveDate, pupils: u32, boarders: u32) -> Result<u32, Refusal> {
    let choice = |key| norm(norms, key, day)?.choice().ok_or_else(|| missing(key, day));
    let rounding = if choice("guard.rounding")? == "ceil" { Rounding::Ceil } else { Rounding::Floor };
    let count = |key, persons| match &norm(norms, key, day)?.figure {
        Figure::Steps(steps) => Ok(steps_count(steps, persons, rounding)),
        _ => Err(missing(key, day)),
    };
    let going_home = count("guard.nonboarding", pupils.saturating_sub(boarders))?;
    let staying = count("guard.boarding", boarders)?;
    Ok(if choice("guard.combine")? == "sum" { going_home + staying } else { going_home.max(staying) })
}

/// A band's code for a value, by the table of this key.
pub fn grade(norms: &Norms, key: &'static str, day: NaiveDate, value: Decimal) -> Result<String, Refusal> {
    let Figure::Bands(bands) = &norm(norms, key, day)?.figure else { return Err(missing(key, day)) };
    let code = band(bands, value);
    code.map(str::to_owned).ok_or_else(|| Refusal::new("norm.outside").with("key", key).with("value", value))
}

/// 作业条件危险性评价法 (LEC): the product of three scores, and its colour. A value that is none of the scores is refused: the method knows no others.
pub fn lec(norms: &Norms, day: NaiveDate, factors: [Decimal; 3]) -> Result<(Decimal, String), Refusal> {
    let keys = ["risk.lec.likelihood", "risk.lec.exposure", "risk.lec.consequence"];
    let mut product = Decimal::whole(1);
    for (key, value) in keys.into_iter().zip(factors) {
        let Figure::Scores(scores) = &norm(norms, key, day)?.figure else { return Err(missing(key, day)) };
        if !scores.iter().any(|score| score.value == value) {
            return Err(Refusal::new("norm.outside").with("key", key).with("value", value));
        }
        product = product.and_then(|product| product.times(value));
    }
    let product = product.ok_or_else(|| missing(keys[0], day))?;
    Ok((product, grade(norms, "risk.lec.colour", day, product)?))
}

/// 风险矩阵 (LS): the colour of a likelihood and a severity, both counted from 1.
pub fn matrix(norms: &Norms, day: NaiveDate, likelihood: usize, severity: usize) -> Result<String, Refusal> {
    let key = "risk.matrix";
    let Figure::Matrix(rows) = &norm(norms, key, day)?.figure else { return Err(missing(key, day)) };
    let cell = likelihood.checked_sub(1).and_then(|at| rows.get(at)).zip(severity.checked_sub(1));
    let code = cell.and_then(|(row, at)| row.get(at)).cloned();
    code.ok_or_else(|| Refusal::new("norm.outside").with("key", key).with("value", format!("{likelihood}×{severity}")))
}

/// 事故等级: the highest of what deaths, serious injuries and loss (in yuan) say each (国务院令第493号第三条).
pub fn accident(norms: &Norms, day: NaiveDate, deaths: i64, injured: i64, loss: i64) -> Result<String, Refusal> {
    const GRADES: [&str; 4] = ["general", "larger", "major", "extra"];
    let mut highest = 0;
    for (key, count) in [("accident.deaths", deaths), ("accident.injured", injured), ("accident.loss", loss)] {
        let value = Decimal::whole(count).ok_or_else(|| missing(key, day))?;
        let code = grade(norms, key, day, value)?;
        highest = highest.max(GRADES.iter().position(|grade| *grade == code).unwrap_or_default());
    }
    Ok(GRADES[highest].to_owned())
}

/// When a report is due that is known since a moment. Terms in minutes and hours run through nights and holidays (民法典第二百条).
pub fn report_due(
    norms: &Norms,
    key: &'static str,
    subject: &Subject<'_>,
    day: NaiveDate,
    known_at: i64,
) -> Result<i64, Refusal> {
    let norm = norms.applying(key, subject, day).ok_or_else(|| missing(key, day))?;
    let unit = match norm.unit.as_str() {
        "minute" => HOUR / 60,
        "hour" => HOUR,
        _ => return Err(missing(key, day)),
    };
    norm.value.checked_mul(unit).and_then(|term| known_at.checked_add(term)).ok_or_else(|| missing(key, day))
}
