//! 到校情况: who is at school, and who is not.
//!
//! A class is called by exception: one sheet for each class and session, with a mark for each pupil who is not simply there. That
//! everybody else was present needs no row: it follows from the enrolments of the day and the sheet, for any pupil and any day
//! ([`roll`]). The class's own teacher calls; anybody else who teaches or leads at the school calls knowingly as a substitute
//! (代点) and is shown as such; nobody calls another school's class. What was called is corrected by moves that say why; a slip of
//! the finger can be taken back for a minute.
//!
//! ```text
//!  sheet:  called ──withdraw──▶ withdrawn
//!  mark:   unknown ──excuse, correct──▶ known      unknown, known ──arrived──▶ arrived
//!          known ──correct (absent after all)──▶ unknown
//!          unknown, known ──take_back──▶ taken_back     any that stands ──mistaken──▶ mistaken
//!          known (ill) ──returned──▶ returned
//!  handover:  handed ──mistaken──▶ mistaken
//! ```
//!
//! Law: 中小学幼儿园安全管理办法 (教育部令第23号) arts. 24 and 31; 学校和托幼机构传染病疫情报告工作规范 (晨检、因病缺课登记);
//! 个人信息保护法 art. 28: what ails a pupil is seen by his school alone.

mod again;
mod alarm;
mod anew;
mod api;
pub mod bed;
mod board;
pub mod call;
mod called_off;
pub mod care;
pub mod chain;
mod contrary;
pub(crate) mod door;
mod early;
mod family;
pub mod figures;
pub mod follows;
mod forgot;
pub mod handover;
mod hops;
pub mod incident;
mod instead;
mod kin;
mod late;
mod led;
mod lesson;
pub mod life;
mod live;
pub mod missing;
pub mod named;
pub mod outbreak;
mod pages;
mod police;
pub mod presence;
pub mod record;
pub mod remind;
pub mod roll;
pub mod round;
pub mod rules;
mod seen;
pub mod session;
pub mod sickness;
mod there;
mod tiles;
pub mod today;
mod view;
mod zero;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::get;
use chrono::NaiveDate;
use engine::area::{Entry, Paper};
use engine::view::Tone;
use engine::{App, Area, Kind};
use kit::duty::Fulfil;
use kit::{Cell, Noun, Query, Row};
use store::Migration;

use bed::BED;
use care::CARE;
use handover::{HANDOVER, HandoverLife};
use incident::{INCIDENT, IncidentLife};
use life::{MarkLife, SheetLife};
use missing::MissingLife;
use outbreak::{OUTBREAK, OutbreakLife};
use record::{MARK, MISSING, SHEET};
use remind::REMINDER;

use crate::lessons::record::LESSON;
use crate::organisation::record::{CLASS, ENROLMENT};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0050_attendance", sql: include_str!("schema.sql") },
    Migration { name: "0051_missing", sql: include_str!("missing.sql") },
    Migration { name: "0052_handover", sql: include_str!("handover.sql") },
    Migration { name: "0053_health", sql: include_str!("health.sql") },
    // Whoever is ill is looked for in his class over some days: by day first, that is everybody who is not there anywhere. And of each who is
    // not there it is asked whether a flag holds, ended or not.
    Migration {
        name: "0080_not_there",
        sql: "create index mark_ill on mark (class, day) where kind = 'sick';\ncreate index care_pupil on care (pupil)",
    },
    Migration { name: "0082_missing_sheet", sql: "create index missing_sheet on missing (sheet)" },
    // Few are looked for at any moment, among all who ever were.
    Migration {
        name: "0084_missing_open",
        sql: "create index missing_open on missing (school, day) where state not in ('closed')",
    },
    Migration {
        name: "0085_missing_other",
        sql: "alter table missing add column other_answer text;\nalter table missing add column other_answered_at bigint;\nalter table missing add column other_reply text",
    },
    Migration {
        name: "0086_missing_seen",
        sql: "alter table missing add column seen_at bigint;\nalter table missing add column seen_sheet uuid;\ncreate index missing_seen_sheet on missing (seen_sheet) where seen_sheet is not null",
    },
    Migration { name: "0154_missing_tried", sql: "alter table missing add column tried_at bigint" },
    Migration { name: "0155_outbreak", sql: include_str!("outbreak.sql") },
    // A class, or a child, is handed over once a day; what was a mistake is none.
    Migration { name: "0158_handover_mistaken", sql: include_str!("handover_mistaken.sql") },
    // A mark that was a mistake stands in nobody's way: the same child is marked anew.
    Migration {
        name: "0160_mark_mistaken",
        sql: "drop index mark_pupil_key;\ncreate unique index mark_pupil_key on mark (sheet, pupil) where state not in ('taken_back', 'mistaken')",
    },
    Migration { name: "0161_missing_sighting", sql: "alter table missing add column sighting text" },
    // A class is; a child goes to the doctor at ten, is back at noon, and goes home with the bus.
    Migration { name: "0162_handover_again", sql: "drop index handover_pupil_key" },
    // But two touches of one moment are one.
    Migration {
        name: "0165_handover_touch",
        sql: "alter table handover add column touch text;\ncreate unique index handover_pupil_key on handover (pupil, touch) where state is null or state <> 'mistaken'",
    },
];

const SHEET_TONES: &[(&str, Tone)] = &[("called", Tone::Good), ("withdrawn", Tone::Plain)];
const MARK_TONES: &[(&str, Tone)] = &[
    ("unknown", Tone::Bad),
    ("known", Tone::Info),
    ("arrived", Tone::Good),
    ("returned", Tone::Good),
    ("mistaken", Tone::Plain),
    ("taken_back", Tone::Plain),
];

const MISSING_TONES: &[(&str, Tone)] = &[
    ("asked", Tone::Warn),
    ("answered", Tone::Info),
    ("searching", Tone::Bad),
    ("police", Tone::Bad),
    ("closed", Tone::Good),
];

const HANDOVER_TONES: &[(&str, Tone)] = &[("handed", Tone::Good), ("mistaken", Tone::Plain)];

const INCIDENT_TONES: &[(&str, Tone)] = &[("opened", Tone::Bad), ("reported", Tone::Warn), ("closed", Tone::Good)];

const OUTBREAK_TONES: &[(&str, Tone)] = &[("due", Tone::Bad), ("reported", Tone::Good), ("set_aside", Tone::Plain)];

/// 晨检 is part of the roll-call: who calls asks for symptoms.
const FULFILS: &[Fulfil] = &[
    Fulfil::of_class("rollcall.arrival", "class", "school", "day")
        .done("called_at")
        .away("device_at", "clock")
        .only(arrivals),
    Fulfil::of_class("health.morning", "class", "school", "day")
        .done("called_at")
        .away("device_at", "clock")
        .only(arrivals),
];

/// The class's own record; a child's is beside it.
const HANDED: &[Fulfil] =
    &[Fulfil::of_class("rollcall.handover", "class", "school", "day").done("handed_at").only(handover::whole_classes)];

fn arrivals() -> Query {
    Query::new().among("session", &["arrival"]).among("state", &["called"])
}

/// The marks of a sheet that is withdrawn go with it, and the checks that they began.
static FOLLOWERS: &[(&Noun, &str)] = &[(&MARK, "sheet"), (&MISSING, "sheet")];

/// In which class a pupil was on a day.
static ENROLMENTS: &[(&str, &Noun, &str)] = &[("pupil", &ENROLMENT, "pupil")];

/// The same of whoever is handed over, whether he is looked for, and the lessons of his class.
static BEFORE_HANDED: &[(&str, &Noun, &str)] =
    &[("pupil", &ENROLMENT, "pupil"), ("pupil", &MISSING, "pupil"), ("class", &LESSON, "class")];

/// Of the day: the rolls of his class, what was said of him, and who was handed over already.
static ON_THE_DAY: &[(&str, &Noun, &str)] =
    &[("class", &SHEET, "class"), ("pupil", &MARK, "pupil"), ("class", &HANDOVER, "class")];

/// The check that a mark began ends with it.
static CHECKS: &[(&Noun, &str)] = &[(&MISSING, "mark")];

/// The incident that a check became ends with it.
static INCIDENTS: &[(&Noun, &str)] = &[(&INCIDENT, "missing")];

/// On the page of a class.
pub const CLASS_PAPERS: &[Paper] = &[Paper {
    name: "rollcall",
    label: "rollcall",
    icon: "list-check",
    needs: "call",
    fits: |row| row.get(&CLASS, "ended_on").is_null(),
    many: false,
    first: false,
}];

const NAV: &[Entry] = &[
    Entry { label: "rollcall", href: "/rollcall", icon: "list-check", needs: ("class", "call") },
    Entry { label: "rollcall.board", href: "/rollcall/board", icon: "activity", needs: ("sheet", "read") },
    Entry { label: "sickness.report", href: "/rollcall/sickness", icon: "clipboard-check", needs: ("mark", "read") },
    Entry { label: "missing.board", href: "/rollcall/missing", icon: "alert-circle", needs: ("missing", "read") },
];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "attendance",
        kinds: vec![
            Kind::new(&SHEET, "table")
                .leads(sickness::to_report)
                .spare(&["called_by", "on_leave", "late", "left_early"])
                .life(&SheetLife)
                .fulfils(FULFILS)
                .day("/rollcall", "class", "call")
                .entails(rules::sheet_entails)
                .follows(called_off::sheet_follows)
                .companions(FOLLOWERS)
                .steps(|cx, sheet| Box::pin(late::of_sheet_now(cx, sheet)))
                .tones(SHEET_TONES),
            Kind::new(&MARK, "user")
                .life(&MarkLife)
                .derive(rules::mark_derived)
                .rules(rules::mark)
                .asks(&["reason"])
                .among(of_its_class)
                .beside(ENROLMENTS)
                .entails(rules::mark_entails)
                .follows(anew::mark_follows)
                .companions(CHECKS)
                .steps(|cx, mark| Box::pin(late::of_mark_now(cx, mark)))
                .as_done()
                .tones(MARK_TONES)
                .off_menu(),
            Kind::new(&MISSING, "alert-circle")
                .life(&MissingLife)
                .entails(rules::missing_entails)
                .follows(again::follows)
                .companions(INCIDENTS)
                .today(today::CARDS)
                .papers(family::PAPERS)
                .steps(|cx, check| Box::pin(chain::steps(cx, check)))
                .tells(kin::tells)
                .tones(MISSING_TONES),
            Kind::new(&INCIDENT, "alert-triangle").life(&IncidentLife).today(today::INCIDENTS).tones(INCIDENT_TONES),
            Kind::new(&OUTBREAK, "activity")
                .life(&OutbreakLife)
                .marks(|cx, row, _| {
                    outbreak::late(row, cx.now).then_some(("outbreak.late", Tone::Bad)).into_iter().collect()
                })
                .today(today::OUTBREAKS)
                .tones(OUTBREAK_TONES)
                .off_menu(),
            Kind::new(&REMINDER, "bell").leads(remind::to_roll).off_menu(),
            Kind::new(&CARE, "flag").derive(care::derived).rules(care::rules),
            Kind::new(&BED, "building").derive(bed::derived).rules(bed::rules),
            handed(),
        ],
        migrations: MIGRATIONS,
        words: concat!(include_str!("text.toml"), include_str!("health.toml")),
        figures: figures::ALL,
        routes: Some(routes),
        described: Some(api::described),
        nav: NAV,
    }
}

fn handed() -> Kind {
    Kind::new(&HANDOVER, "check")
        .life(&HandoverLife)
        .tones(HANDOVER_TONES)
        .derive(handover::derived)
        .suggest(handover::suggest)
        .offers(handover::offered)
        .rules(handover::rules)
        .beside(BEFORE_HANDED)
        .beside_of_day(ON_THE_DAY)
        .as_done()
        .day("/rollcall", "handover", "create")
        .fulfils(HANDED)
}

fn routes() -> Router<Arc<App>> {
    pages::routes()
        .merge(board::routes())
        .merge(presence::routes())
        .merge(chain::routes())
        .merge(family::routes())
        .merge(forgot::routes())
        .merge(zero::routes())
        .merge(live::routes())
        .merge(api::routes())
        .route("/classes/{id}/rollcall", get(of_class))
}

/// What a mark can name, once its sheet is known: a pupil of that class, and not of the whole school, and the rolls of that class and day.
fn of_its_class(mark: &Row, field: &str, today: NaiveDate) -> Option<Query> {
    let class = Some(mark.get(&MARK, "class")).filter(|class| !class.is_null())?;
    let day = mark.get(&MARK, "day").date().unwrap_or(today);
    let of_class = Query::new().is("class", class.clone());
    match field {
        "pupil" => Some(of_class.not_ended("left_on", day.pred_opt().unwrap_or(day))),
        "sheet" => Some(of_class.is("day", Cell::Date(day))),
        _ => None,
    }
}

/// From the page of a class to its roll: signed out, the roll's page itself leads to the door.
async fn of_class(reader: engine::web::Reader, Path(id): Path<String>) -> Redirect {
    let cx = &reader.cx;
    let class = match id.parse() {
        Ok(id) => door::class(cx, id).await.ok(),
        Err(_) => None,
    };
    let now = match &class {
        Some(class) => {
            door::now_of(cx, std::slice::from_ref(class)).await.ok().and_then(|now| now.get(&class.id).copied())
        }
        None => None,
    };
    let session = now.unwrap_or_else(|| session::now(&door::facts(cx)));
    Redirect::to(&format!("/rollcall/{}/{session}", engine::web::encode(&id)))
}
