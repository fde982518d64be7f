//! Norms: dated figures with their legal basis, as data. No figure of law or county practice stands in code.

use chrono::NaiveDate;
use serde::Deserialize;

/// How certain a figure is: read in the text, known, to be confirmed (待核), the county's own decision.
pub const MARKS: &[&str] = &["law", "known", "unsure", "local"];

/// One figure, valid for a time.
#[derive(Clone, Debug, Deserialize)]
pub struct Norm {
    /// `hazard.general.rectify`
    pub key: String,
    pub value: i64,
    /// `workday`, `day`, `month`, `hour`, `percent`, `count`; `permanent` where the figure says nothing
    pub unit: String,
    pub from: NaiveDate,
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The law, regulation, standard or decision that says so.
    pub basis: String,
    /// `law` (read in the text), `known`, `unsure` (shown as 待核), `local` (the county's own decision).
    pub mark: String,
}

#[derive(Debug, Default, Deserialize)]
struct File {
    #[serde(default)]
    norm: Vec<Norm>,
}

/// All norms.
#[derive(Debug, Default)]
pub struct Norms(Vec<Norm>);

impl Norms {
    /// Reads the rule files, given as (name, content), and refuses overlaps, reversed dates and unknown units or marks, naming the file.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut all: Vec<Norm> = Vec::new();
        for (name, content) in files {
            let file: File = toml::from_str(content).map_err(|error| format!("{name}: {error}"))?;
            for norm in file.norm {
                check(&norm, &all).map_err(|error| format!("{name}: {}: {error}", norm.key))?;
                all.push(norm);
            }
        }
        Ok(Self(all))
    }

    /// The norm in force on a day.
    pub fn on(&self, key: &str, day: NaiveDate) -> Option<&Norm> {
        self.0.iter().find(|norm| norm.key == key && norm.from <= day && norm.until.is_none_or(|until| day <= until))
    }

    /// Its figure, or the refusal that says which norm is missing: a rule without its norm does not guess.
    pub fn value(&self, key: &'static str, day: NaiveDate) -> Result<i64, crate::Refusal> {
        self.on(key, day)
            .map(|norm| norm.value)
            .ok_or_else(|| crate::Refusal::new("norm.missing").with("key", key).with("day", day))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Norm> {
        self.0.iter()
    }
}

fn check(norm: &Norm, others: &[Norm]) -> Result<(), String> {
    if norm.until.is_some_and(|until| until < norm.from) {
        return Err("ends before it begins".into());
    }
    if !["workday", "day", "month", "hour", "minute", "percent", "count", "permanent"].contains(&norm.unit.as_str()) {
        return Err(format!("unknown unit {:?}", norm.unit));
    }
    if !MARKS.contains(&norm.mark.as_str()) {
        return Err(format!("unknown mark {:?}", norm.mark));
    }
    let overlaps = |other: &&Norm| {
        other.key == norm.key
            && other.from <= norm.until.unwrap_or(NaiveDate::MAX)
            && norm.from <= other.until.unwrap_or(NaiveDate::MAX)
    };
    match others.iter().find(overlaps) {
        Some(other) => Err(format!("overlaps the one from {}", other.from)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
        [[norm]]
        key = "a.b"
        value = 5
        unit = "workday"
        from = "2020-01-01"
        until = "2020-12-31"
        basis = "decision 1"
        mark = "local"
        [[norm]]
        key = "a.b"
        value = 3
        unit = "workday"
        from = "2021-01-01"
        basis = "decision 2"
        mark = "local"
    "#;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn a_past_day_uses_the_norm_of_that_day() {
        let norms = Norms::parse(&[("a.toml", TWO)]).unwrap_or_default();
        assert_eq!(norms.value("a.b", day("2020-12-31")), Ok(5));
        assert_eq!(norms.value("a.b", day("2021-01-01")), Ok(3));
        assert!(norms.value("a.b", day("2019-12-31")).is_err_and(|refusal| refusal.code == "norm.missing"));
    }

    #[test]
    fn faults_name_file_and_norm() {
        let overlap = TWO.replace("2020-12-31", "2021-06-30");
        let reversed = TWO.replace("2020-12-31", "2019-06-30");
        for (text, says) in [
            (overlap, "overlaps the one from 2020-01-01"),
            (reversed, "ends before"),
            (TWO.replace("\"workday\"", "\"moon\""), "unknown unit"),
        ] {
            let error = Norms::parse(&[("x.toml", &text)]).err().unwrap_or_default();
            assert!(error.starts_with("x.toml: a.b: ") && error.contains(says), "{error}");
        }
    }
}
