//! 校内巡查: routes with points, walked on a schedule, and what was seen on the way.
//!
//! What is to be walked is not planned by hand: a route has a kind, the kind has a norm (`rules/patrols.toml`) and a session of the timetable, and
//! from these follows what is due on a day. Whoever walks scans the code at a point and touches "all well", or says what is wrong; the
//! finding is a hazard in the same transaction. What was due and not walked is derived whenever somebody asks ([`due`]): there is no record of
//! a missed round, and a round that is typed in from paper later answers for it, as late. The school's leader is told of it once ([`round`]).
//!
//! Times that look unlike a walk are flagged ([`flags`]) for a person to look at. The machine draws no conclusion, counts none against anybody,
//! and whoever walked cannot conclude about himself. The printed code is unguessable, and who walks cannot read it but at its place.
//!
//! Law: 中小学幼儿园安全管理办法 (教育部令第23号) arts. 25 and 32; 中小学、幼儿园安全防范要求 (GB/T 29315-2022), five rounds of the guards a
//! day. Security work is what a check-in may be asked for at all (整治形式主义为基层减负): no teacher is asked for one without it.

pub mod act;
pub mod beside;
pub mod board;
pub mod correct;
pub mod day;
pub mod due;
mod entails;
pub mod figures;
pub mod flags;
pub mod kinds;
pub mod life;
pub mod mark;
mod pages;
pub mod paper;
pub mod record;
pub mod round;
pub mod rules;
pub mod today;
pub mod trouble;
mod view;

#[cfg(test)]
mod tests;

use engine::area::{Entry, Paper};
use engine::view::Tone;
use engine::{Area, Kind};
use kit::duty::Fulfil;
use kit::{Cell, Noun, Query, Test};
use store::Migration;

use correct::VisitLife;
use kinds::RouteKind;
use life::{CODE_LIFE, FlagLife, RoundLife};
use record::{CODE, FLAG, POINT, ROUND, ROUTE, VISIT};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0050_patrols", sql: include_str!("schema.sql") },
    Migration {
        name: "0159_visit_corrected",
        sql: "alter table patrol_visit add column trouble text;\nalter table patrol_visit add column reason text",
    },
    Migration { name: "0164_round_off_plan", sql: "alter table patrol_round add column off_plan boolean" },
    // Looked at once a minute, and empty as soon as every sheet says what it came to.
    Migration {
        name: "0168_round_unasked",
        sql: "create index patrol_round_unasked on patrol_round (day, id) where entry = 'paper' and off_plan is null",
    },
];

const ROUND_TONES: &[(&str, Tone)] =
    &[("walking", Tone::Info), ("done", Tone::Good), ("handed_over", Tone::Good), ("cut_short", Tone::Warn)];
/// What a round from paper is measured by.
static POINTS: &[(&str, &Noun, &str)] = &[("route", &POINT, "route")];

const CODE_TONES: &[(&str, Tone)] = &[("in_use", Tone::Good), ("expired", Tone::Plain)];
const FLAG_TONES: &[(&str, Tone)] = &[("waiting", Tone::Warn), ("looked_at", Tone::Plain)];

const PAPERS: &[Paper] = &[
    Paper {
        name: "walk",
        label: "patrol.start",
        icon: "map-pin",
        needs: "walk",
        fits: |row| row.get(&ROUTE, "ended_on").is_null(),
        many: false,
        first: false,
    },
    Paper {
        name: "sheet",
        label: "patrol.sheet",
        icon: "printer",
        needs: "print",
        fits: |row| row.get(&ROUTE, "ended_on").is_null(),
        many: true,
        first: false,
    },
];

const NAV: &[Entry] = &[
    Entry { label: "patrol.due", href: "/patrol", icon: "map-pin", needs: ("patrol_route", "walk") },
    Entry { label: "patrol_round.plural", href: "/patrol-rounds", icon: "clock", needs: ("patrol_round", "read") },
    Entry { label: "patrol.today", href: "/patrol/today", icon: "activity", needs: ("patrol_round", "export") },
];

/// A round that was walked to its end proves the duty of its kind, one that was cut short proves nothing; a gate post proves it from the moment
/// it is kept. Where the board asks when a round began, so does the duty; the guards' rounds have the whole day.
const FULFILS: &[Fulfil] = &[
    Fulfil::new(RouteKind::Guard.duty(), "school", "day").done("ended_at").only(|| walked("guard")),
    Fulfil::new(RouteKind::Break.duty(), "school", "day").done("started_at").only(|| walked("break")),
    Fulfil::new(RouteKind::Noon.duty(), "school", "day").done("started_at").only(|| walked("noon")),
    Fulfil::new(RouteKind::Dormitory.duty(), "school", "day").done("started_at").only(|| walked("dormitory")),
    Fulfil::new(RouteKind::Head.duty(), "school", "day").done("started_at").only(|| walked("head")),
    Fulfil::new(RouteKind::GateArrival.duty(), "school", "day").done("started_at").only(|| of("gate_arrival")),
];

fn of(kind: &'static str) -> Query {
    Query::new().among("kind", &[kind])
}

/// What was typed in from paper beside the plan answers for nothing on the board, and for no duty either.
fn walked(kind: &'static str) -> Query {
    let planned = Test::NullOr(Box::new(Test::OneOf(vec![Cell::Bool(false)])));
    of(kind).among("state", &["done"]).filter("off_plan", planned)
}

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "patrols",
        kinds: vec![
            Kind::new(&ROUND, "clock")
                .spare(&["kind", "entry"])
                .life(&RoundLife)
                .derive(rules::paper)
                .rules(rules::paper_rules)
                .beside(POINTS)
                .asks(&["visited"])
                .follows(act::of_round)
                .tones(ROUND_TONES)
                .fulfils(FULFILS)
                .day("/patrol", "patrol_route", "walk")
                .board(today::board)
                // Its list stands in the menu below; a round is begun at a point, not by a form.
                .off_menu(),
            Kind::new(&VISIT, "check").life(&VisitLife).follows(correct::of_visit).off_menu(),
            Kind::new(&FLAG, "flag").life(&FlagLife).today(today::FLAGS).tones(FLAG_TONES).spare(&["conclusion"]),
            Kind::new(&ROUTE, "list-check").derive(rules::route).rules(rules::route_rules).papers(PAPERS),
            Kind::new(&POINT, "map-pin").derive(rules::point).entails(entails::of_point),
            Kind::new(&CODE, "table").life(&CODE_LIFE).entails(entails::of_code).tones(CODE_TONES).off_menu(),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
