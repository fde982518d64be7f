//! 报告: what the county says about itself, composed from figures and never typed.
//!
//! A report is numbers first ([`numbers`]), read once from the figures of the other areas; then sentences with places that only
//! figures can fill ([`compose`]); then a page, Markdown or HTML ([`render`]). A draft moves with the records. Freezing
//! ([`freeze`]) keeps the numbers with their hash, so that the same year can be counted again later and every difference named.

pub mod compose;
pub mod doing;
pub mod freeze;
pub mod numbers;
pub mod pages;
pub mod record;
pub mod render;

#[cfg(test)]
mod tests;

use chrono::NaiveDate;
use engine::area::Entry;
use engine::save::Refused;
use engine::{Area, Cx, Kind};
use kit::Refusal;
use kit::dates::Period;
use store::Migration;

pub use compose::Report;

const MIGRATIONS: &[Migration] = &[Migration { name: "0003_reports", sql: include_str!("schema.sql") }];

const NAV: &[Entry] = &[
    Entry { label: "figures.title", href: "/figures", icon: "chart-bar", needs: ("figure", "read") },
    Entry { label: "area.reports", href: "/reports", icon: "report", needs: ("report", "read") },
];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "reports",
        kinds: vec![Kind::new(&record::SNAPSHOT, "lock").off_menu()],
        migrations: MIGRATIONS,
        words: concat!(include_str!("text.toml"), include_str!("doing.toml")),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}

/// The report of a year as it stands, in the asker's language: `None` for what is known today.
pub async fn year_report(cx: &Cx, year: i32, cutoff: Option<NaiveDate>) -> Result<Report, Refused> {
    let numbers = numbers::gather(cx, year, last_day(cx, year, cutoff)?).await?;
    Ok(compose::year(&cx.app.words, cx.lang, &numbers))
}

/// The cut-off of a year's report: today, unless another day is asked for. The returns of December are confirmed in January, and what was due on the year's
/// last day is done in time or missed only when that day is over; at the year's end neither could be known. How things stood at the year's end (what was open
/// or overdue, who was there) is asked of [`Frame::last`](kit::figure::Frame::last), which no later cut-off moves; what became of them says its cut-off.
/// A year to come has no report; a day before the year says nothing of it, and one to come nothing yet.
pub fn last_day(cx: &Cx, year: i32, cutoff: Option<NaiveDate>) -> Result<NaiveDate, Refusal> {
    let (year, today) = (Period::Year(year), cx.today());
    if year.first() > today {
        return Err(Refusal::new("report.to_come"));
    }
    let day = cutoff.unwrap_or(today);
    if (year.first()..=today).contains(&day) {
        return Ok(day);
    }
    Err(Refusal::at("report.cutoff", "cutoff").with("first", year.first()).with("last", today))
}
