//! The files of `rules/` made into norms, every fault with its file and line.

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::Deserialize;
use toml::Spanned;

use super::applies::Applies;
use super::decimal::Decimal;
use super::tables::{self, Band, Score, Step, Weight};
use super::{Figure, LEVELS, MARKS, Norm, Stricter, UNITS};
use crate::lines;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    norm: Vec<Spanned<Raw>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    key: String,
    unit: String,
    from: NaiveDate,
    until: Option<NaiveDate>,
    basis: String,
    mark: String,
    #[serde(default)]
    about: String,
    #[serde(default)]
    en: String,
    level: Option<String>,
    #[serde(default)]
    source: String,
    #[serde(default, rename = "for")]
    applies: Applies,
    stricter: Option<String>,
    #[serde(default)]
    fixed: bool,
    // What it says: exactly one of these.
    value: Option<Decimal>,
    choice: Option<String>,
    list: Option<Vec<String>>,
    day: Option<String>,
    time: Option<String>,
    bands: Option<Vec<Band>>,
    scores: Option<Vec<Score>>,
    matrix: Option<Vec<Vec<String>>>,
    weights: Option<Vec<Weight>>,
    steps: Option<Vec<Step>>,
    // What goes with it.
    #[serde(default)]
    choices: Vec<String>,
    low: Option<Decimal>,
    high: Option<Decimal>,
    #[serde(default)]
    order: Vec<String>,
    total: Option<Decimal>,
}

/// Reads one file behind those that were read before.
pub fn file(name: &str, content: &str, all: &mut Vec<Norm>) -> Result<(), String> {
    let file: File = toml::from_str(content).map_err(|error| lines::toml_fault(name, content, &error))?;
    for spanned in file.norm {
        let line = lines::line_at(content, spanned.span().start);
        let raw = spanned.into_inner();
        let place = format!("{name}:{line}: {}", raw.key);
        let norm = norm(raw, (name.to_owned(), line)).map_err(|error| format!("{place}: {error}"))?;
        check(&norm, all).map_err(|error| format!("{place}: {error}"))?;
        all.push(norm);
    }
    Ok(())
}

fn norm(raw: Raw, place: (String, usize)) -> Result<Norm, String> {
    let figure = figure(&raw)?;
    let stricter = match raw.stricter.as_deref() {
        None => None,
        Some("min") => Some(Stricter::Min),
        Some("max") => Some(Stricter::Max),
        Some(other) => return Err(format!("stricter is \"min\" or \"max\", not {other:?}")),
    };
    let level = raw.level.unwrap_or_else(|| if raw.mark == "local" { "county" } else { "document" }.to_owned());
    let value = if let Figure::Number(number) = &figure { number.as_whole().unwrap_or_default() } else { 0 };
    Ok(Norm {
        key: raw.key,
        value,
        figure,
        unit: raw.unit,
        from: raw.from,
        until: raw.until,
        applies: raw.applies,
        about: raw.about,
        en: raw.en,
        basis: raw.basis,
        mark: raw.mark,
        level,
        source: raw.source,
        stricter,
        fixed: raw.fixed,
        place,
        decided: None,
    })
}

/// What it says, which is exactly one thing.
fn figure(raw: &Raw) -> Result<Figure, String> {
    let said = [
        raw.value.is_some(),
        raw.choice.is_some(),
        raw.list.is_some(),
        raw.day.is_some(),
        raw.time.is_some(),
        raw.bands.is_some(),
        raw.scores.is_some(),
        raw.matrix.is_some(),
        raw.weights.is_some(),
        raw.steps.is_some(),
    ];
    if said.into_iter().filter(|one| *one).count() != 1 {
        return Err("says nothing, or more than one thing".into());
    }
    if let Some(number) = raw.value {
        return Ok(Figure::Number(number));
    }
    if let Some(code) = &raw.choice {
        let known = raw.choices.contains(code);
        return if known {
            Ok(Figure::Choice { code: code.clone(), choices: raw.choices.clone() })
        } else {
            Err(format!("{code:?} is not one of its choices"))
        };
    }
    if let Some(list) = &raw.list {
        return if list.is_empty() { Err("its list is empty".into()) } else { Ok(Figure::List(list.clone())) };
    }
    if let Some(day) = &raw.day {
        return month_day(day).map(|(month, day)| Figure::Day(month, day));
    }
    if let Some(time) = &raw.time {
        return clock(time).map(Figure::Time);
    }
    table(raw)
}

fn table(raw: &Raw) -> Result<Figure, String> {
    if let Some(bands) = &raw.bands {
        tables::check_bands(bands, raw.low.unwrap_or(Decimal::ZERO), raw.high)?;
        return Ok(Figure::Bands(bands.clone()));
    }
    if let Some(scores) = &raw.scores {
        tables::check_scores(scores)?;
        return Ok(Figure::Scores(scores.clone()));
    }
    if let Some(matrix) = &raw.matrix {
        tables::check_matrix(matrix, &raw.order)?;
        return Ok(Figure::Matrix(matrix.clone()));
    }
    if let Some(rows) = &raw.weights {
        let total = raw.total.ok_or("weights need their total")?;
        tables::check_weights(rows, total)?;
        return Ok(Figure::Weights { total, rows: rows.clone() });
    }
    let steps = raw.steps.clone().unwrap_or_default();
    tables::check_steps(&steps)?;
    Ok(Figure::Steps(steps))
}

/// `03-31`; 29 February is a day of some years.
pub fn month_day(text: &str) -> Result<(u32, u32), String> {
    NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d")
        .map(|day| (day.month(), day.day()))
        .map_err(|_| format!("{text:?} is not a month and a day, 03-31"))
}

/// `18:00`
pub fn clock(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| format!("{text:?} is not a time, 18:00"))
}

fn check(norm: &Norm, others: &[Norm]) -> Result<(), String> {
    if norm.until.is_some_and(|until| until < norm.from) {
        return Err("ends before it begins".into());
    }
    for (value, known, what) in
        [(&norm.unit, UNITS, "unit"), (&norm.mark, MARKS, "mark"), (&norm.level, LEVELS, "level")]
    {
        if !known.contains(&value.as_str()) {
            return Err(format!("unknown {what} {value:?}"));
        }
    }
    norm.applies.check()?;
    if norm.basis.trim().is_empty() {
        return Err("says nothing of who says so".into());
    }
    let overlapping = others.iter().filter(|other| {
        other.key == norm.key
            && other.from <= norm.until.unwrap_or(NaiveDate::MAX)
            && norm.from <= other.until.unwrap_or(NaiveDate::MAX)
            && other.applies.overlaps(&norm.applies)
    });
    for other in overlapping {
        let line = other.place.1;
        if other.level == norm.level {
            return Err(format!("overlaps the one from {} in line {line}", other.from));
        }
        // Two levels may speak of the same people; then it must be clear whose figure holds.
        if norm.unit != other.unit || norm.stricter.is_none() || norm.stricter != other.stricter {
            return Err(format!("and line {line} apply together: both need one unit and the same `stricter`"));
        }
    }
    Ok(())
}
