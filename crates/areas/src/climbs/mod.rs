//! 逐级升级督办: what is left undone climbs the posts, from its keeper to the county's leading group, until it is done.
//!
//! One record a case and a limit that it let pass: what comes back, or is re-checked too late after it was put right too late, has climbed twice. The
//! program moves it ([`run`]); people pause it with a reason, and give the paper that goes with a step its number.
//! Which steps there are, after how many working hours and to whom, stands in `rules/ladders.toml` ([`kit::ladder`]); what can stand on a
//! ladder implements [`case::Case`].
//!
//! ```text
//!  climbing ──pause──▶ paused ──resume──▶ climbing          climbing, paused ──(the state ended)──▶ solved ──(it is back)──▶ climbing
//!  climbing stays: climb (the program), issue
//! ```
//!
//! The clock runs on the case's state, so that no edit silences it; a pause stops it and is seen by everybody who sees the case.

pub mod case;
pub mod figures;
pub mod holders;
mod life;
mod paper;
pub mod plan;
pub mod record;
pub mod run;
pub mod today;

#[cfg(test)]
mod tests;

use engine::area::Paper;
use engine::view::Tone;
use engine::{Area, Kind};
use kit::ladder::Ladders;
use store::Migration;

use life::ClimbLife;
use record::CLIMB;

/// Whether every kind of case finds its ladder.
///
/// # Errors
/// The ladder that is missing.
pub fn check(ladders: &Ladders) -> Result<(), String> {
    let missing = record::LADDERS.iter().find(|code| ladders.get(code).is_none());
    missing.map_or(Ok(()), |code| Err(format!("there is no ladder {code}: what is late would not climb")))
}

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0031_climbs", sql: include_str!("schema.sql") },
    Migration { name: "0151_climb_limits", sql: LIMITS },
];

/// A later limit replaced the earlier one in its record, and whoever asked how many had climbed in a month missed those that did again.
const LIMITS: &str = "drop index climb_hazard_key;
create unique index climb_hazard_key on climb (hazard, since, ladder)";

const TONES: &[(&str, Tone)] = &[("climbing", Tone::Bad), ("paused", Tone::Warn), ("solved", Tone::Good)];

const PAPERS: &[Paper] = &[Paper {
    name: "paper",
    label: "climbs.paper",
    icon: "printer",
    needs: "issue",
    fits: |row| !row.get(&CLIMB, "paper").is_null(),
    many: false,
    first: false,
}];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "climbs",
        kinds: vec![
            Kind::new(&CLIMB, "arrow-up")
                .life(&ClimbLife)
                .today(today::CARDS)
                .tones(TONES)
                .papers(PAPERS)
                .spare(&["next_rung"]),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(paper::routes),
        described: None,
        nav: &[],
    }
}
