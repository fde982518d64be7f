//! The numbers of a report, apart from its words: read once, then only composed, frozen and compared.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::{Cx, figures};
use kit::dates::{Period, shanghai_date};
use kit::figure::{Figure, Frame};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::StoreError;

use super::doing;

/// The figures of the report of a year that are compared with the year before, in the order of its sentences.
pub const FIGURES: &[&str] = &[
    "schools",
    "campuses",
    "classes",
    "pupils",
    "boarders",
    "staff",
    "safety_officers",
    "inspectors",
    "hazards.found",
    "hazards.major_found",
    "hazards.self_found",
    "hazards.on_the_spot",
    "hazards.closed",
    "hazards.rate_of_found",
    "hazards.closed_on_time",
    "hazards.closed_after_extension",
    "hazards.closed_late",
    "hazards.due",
    "hazards.rate_of_due",
    "hazards.open",
    "hazards.overdue",
    "hazards.major_open",
    "hazards.unsigned",
    "hazards.reopened",
    "hazards.relapsed",
    "hazards.refused",
    "returns.made",
    "returns.confirmed",
    "returns.zero",
];

/// Those that count what people wrote down of a year, whatever the rooms ask of it.
const WRITTEN: &[&str] = &[
    "hazards.found",
    "hazards.closed",
    "hazards.open",
    "returns.confirmed",
    "messages.all",
    "attendance.sheets",
    "missing.total",
    "patrols.rounds",
    "talks.held",
];

/// One figure of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub value: i64,
    pub denominator: Option<i64>,
    /// The formula's version when it was counted.
    pub formula: u32,
    /// A group of children too small to be told, or whose rest is: its value is not kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub small: bool,
}

impl Number {
    /// The share in hundredths of a per cent, as the figure itself would say it.
    pub fn share(&self) -> Option<i64> {
        Figure { id: "", value: self.value, none: false, denominator: self.denominator }.share()
    }
}

/// Schools that have confirmed every month that is over, and those that have not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returns {
    pub all: i64,
    pub missing: i64,
    /// The address that lists those without a return.
    pub rows: Option<String>,
}

/// Everything that a report says in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    pub county: String,
    pub year: i32,
    pub cutoff: NaiveDate,
    pub figures: BTreeMap<String, Number>,
    /// The same figures a year earlier, up to this day.
    pub before_cutoff: NaiveDate,
    pub before: BTreeMap<String, Number>,
    /// `None` when no month is over yet.
    pub returns: Option<Returns>,
    /// The day on which the register began, where the year had begun before it: who came and went until then stands nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<NaiveDate>,
}

impl Numbers {
    pub fn frame(&self) -> Frame {
        Frame { period: Period::Year(self.year), cutoff: self.cutoff, unit: None, now: None }
    }

    pub fn frame_before(&self) -> Frame {
        Frame { period: Period::Year(self.year - 1), cutoff: self.before_cutoff, unit: None, now: None }
    }

    /// Whether the register began only when the days that count were over.
    pub fn unwritten(&self) -> bool {
        self.began.is_some_and(|began| began > self.frame().last())
    }

    /// Whether it is a year of which nobody wrote anything down: the register began after it, and nothing was entered for it later.
    pub fn nothing(&self) -> bool {
        let done = ["done", "done_late"].iter().any(|state| self.value(&format!("duties.{state}")) > 0);
        self.unwritten() && !done && WRITTEN.iter().all(|id| self.value(id) == 0)
    }

    /// A figure's value; a figure that nobody has counts nothing.
    pub fn value(&self, id: &str) -> i64 {
        self.figures.get(id).map_or(0, |number| number.value)
    }

    pub fn value_before(&self, id: &str) -> i64 {
        self.before.get(id).map_or(0, |number| number.value)
    }

    /// Canonical JSON (RFC 8785): members sorted, no white space. The numbers are whole and the names plain, so sorting is all it takes.
    pub fn canonical(&self) -> Result<String, serde_json::Error> {
        Ok(sorted(&serde_json::to_value(self)?).to_string())
    }
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let members: BTreeMap<_, _> = map.iter().collect();
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

/// SHA-256 as hexadecimal.
pub fn hash(canonical: &str) -> String {
    hex::encode(Sha256::digest(canonical.as_bytes()))
}

/// Reads all figures of a year and of the year before, within the reader's scope.
pub async fn gather(cx: &Cx, year: i32, cutoff: NaiveDate) -> Result<Numbers, StoreError> {
    let frame = Frame { period: Period::Year(year), cutoff, unit: None, now: None };
    let earlier = figures::year_before(&frame);
    let coverage = match cx.app.figure("hazards.found") {
        Some(def) => figures::coverage(cx, def, &frame).await?,
        None => None,
    };
    let began = cx.app.store.began().await?.map(shanghai_date).filter(|began| *began > frame.first());
    let mut now = read(cx, &frame).await?;
    now.extend(doing::gather(cx, &frame, began).await?);
    Ok(Numbers {
        county: cx.app.county_name.clone(),
        year,
        cutoff,
        figures: now,
        before_cutoff: earlier.cutoff,
        before: read(cx, &earlier).await?,
        began,
        returns: coverage.map(|coverage| Returns { all: coverage.all, missing: coverage.missing, rows: coverage.rows }),
    })
}

async fn read(cx: &Cx, frame: &Frame) -> Result<BTreeMap<String, Number>, StoreError> {
    let values = figures::values(cx, FIGURES, frame).await?;
    let number = |(id, figure): (&'static str, Figure)| {
        let formula = cx.app.figure(id).map_or(0, |def| def.formula);
        (id.to_owned(), Number { value: figure.value, denominator: figure.denominator, formula, small: false })
    };
    Ok(values.into_iter().map(number).collect())
}
