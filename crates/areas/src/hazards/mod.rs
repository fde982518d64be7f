//! 隐患: found, graded, handed over, rectified, and closed by someone else.
//!
//! Anyone of a school records a hazard; its safety officer grades it and hands it to a keeper; the bureau hands beyond the
//! school, to a section, a township or a department. The keeper signs for it, rectifies it within working days, and asks for
//! it to be closed with a statement of what was done. Whoever rectified may not confirm (闭环管理): a general hazard is
//! confirmed by another person of the school, a major one from outside. One that comes back is reopened and counted.
//!
//! ```text
//!  registered ──grade──▶ graded ──hand_over──▶ handed_over ──sign_for──▶ rectifying ◀──────────────┐
//!      │                   │                       │                         │                     │
//!      └─ fix_on_the_spot ─┴───────────────────┐   └───────── submit ────────┤                 send_back
//!                                              ▼                             ▼                     │
//!                                          submitted ◀───────────────────────┴─────────────────────┤
//!                                              │                                                   │
//!                                           confirm ──▶ closed ──reopen (within the window) ───────┘
//!
//!  until submitted: ──mistaken──▶ mistaken   ──merge──▶ merged
//!  while handed over or rectifying, the state stays: plan, grade (worse than thought), ask / grant / deny_extension, record_refusal
//!  while closed, the state stays: spot_check (the bureau's drawn sample), really_fixed (its finder, weeks later); his not_fixed reopens
//! ```
//!
//! The limits are norms (`rules/hazards.toml`), the roles are lines of `permissions.txt`, and what neither can say stands in
//! [`who`]. Law: 安全生产法 (2021) arts. 41 and 118; 安全生产事故隐患排查治理暂行规定 (国家安全生产监督管理总局令第16号);
//! 教育系统重大事故隐患判定指南 (教发厅函〔2024〕20号).

mod draw;
pub mod due;
pub mod figures;
pub mod ledger;
pub mod life;
mod marks;
pub mod moves;
pub mod notice;
mod pages;
pub mod proof;
pub mod record;
pub mod returns;
pub mod rules;
pub mod sample;
mod stead;
pub mod step;
pub mod today;
pub mod who;

#[cfg(test)]
mod tests;

use engine::area::{Entry, Paper};
use engine::view::Tone;
use engine::{Area, Kind};
use kit::Query;
use kit::duty::Fulfil;
use store::Migration;

use life::HazardLife;
use record::HAZARD;
use returns::{MONTHLY_RETURN, ReturnLife};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0002_hazards", sql: include_str!("schema.sql") },
    // Each list that is asked for every day is read from an index in its own order.
    Migration { name: "0003_hazard_lists", sql: include_str!("lists.sql") },
    Migration { name: "0021_hazard_finder", sql: FINDER },
    // A school's closed ones, last first.
    Migration { name: "0022_hazard_closed", sql: include_str!("closed.sql") },
    // What everyone's first page asks: what is late, what waits for an answer. Few rows, however many were closed before.
    Migration { name: "0077_hazard_open", sql: include_str!("open.sql") },
    // What was closed in a month, or since, in whichever order it is listed.
    Migration { name: "0078_hazard_closed_days", sql: include_str!("closed_days.sql") },
    // Any mixture of filters, in each order, without looking at the rows.
    Migration { name: "0079_hazard_mixed", sql: include_str!("mixed.sql") },
    // When a return was confirmed again, beside when it first was.
    Migration { name: "0153_return_again", sql: "alter table monthly_return add column again_on date" },
];

/// What the finder says weeks after closing came later.
const FINDER: &str = "alter table hazard add column found_fixed_on date";

/// The colours of the states; all others are under way.
const TONES: &[(&str, Tone)] =
    &[("closed", Tone::Good), ("mistaken", Tone::Plain), ("merged", Tone::Plain), ("submitted", Tone::Warn)];

const RETURN_TONES: &[(&str, Tone)] = &[("draft", Tone::Warn), ("confirmed", Tone::Good)];

/// Whoever hands over may print the paper that says so.
const PAPERS: &[Paper] = &[Paper {
    name: "notice",
    label: "paper.print",
    icon: "printer",
    needs: "hand_over",
    fits: notice::fits,
    many: true,
    first: false,
}];

/// 隐患台账, for the same question as the list.
const FILES: &[(&str, &str)] = &[("ledger.xlsx", "ledger.xlsx"), ("ledger.csv", "ledger.csv")];

/// That a school looked for hazards is proven by those that it found itself, not by what an inspection or a tip found in it; a month without any by
/// its confirmed zero. What is entered days after it was found proves it late: the day is whatever somebody types.
const FULFILS: &[Fulfil] = &[Fulfil::new("hazard.check", "school", "found_on").recorded().finds().only(own_finds)];
const MONTHS: &[Fulfil] = &[Fulfil::new("hazard.return", "school", "month").done("confirmed_on")];

fn own_finds() -> Query {
    figures::counted().among("source", &["self_check"])
}

const NAV: &[Entry] =
    &[Entry { label: "draw.title", href: "/hazards/draw", icon: "list-check", needs: ("hazard", "spot_check") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "hazards",
        kinds: vec![
            Kind::new(&HAZARD, "alert-triangle")
                .spare(&["category", "source", "keeper", "closed_on"])
                .offers(|cx, field, code| step::offered(&cx.actor, field, code))
                .edits(rules::edited)
                .beside(stead::FINDER)
                .among(step::among)
                .names(rules::names)
                .life(&HazardLife)
                .marks(marks::of)
                .derive(rules::derive)
                .rules(rules::rules)
                .follows(returns::recorded_late)
                .today(today::CARDS)
                .suggest(rules::suggest)
                .deadline("due_on", "handed_on")
                .tones(TONES)
                .papers(PAPERS)
                .files(FILES)
                .pairs()
                .offline()
                .fulfils(FULFILS),
            Kind::new(&MONTHLY_RETURN, "clipboard-check")
                .life(&ReturnLife)
                .today(today::RETURNS)
                .tones(RETURN_TONES)
                .follows(returns::still_true)
                .fulfils(MONTHS),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
