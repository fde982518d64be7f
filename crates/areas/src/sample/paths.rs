//! The ways a hazard can go, from its first record to its last step, and who takes each step.

use chrono::NaiveDate;
use kit::Cell;
use uuid::Uuid;

use super::book::{maybe_date, maybe_id, text};
use super::cases::{Case, Desk};
use super::schools::Habit;
use super::templates::Template;

/// Who has a part in a hazard.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub finder: Uuid,
    /// Grades it and hands it over.
    pub grader: Uuid,
    /// 责任人; `None` where a department or township is answerable as a whole.
    pub keeper: Option<Uuid>,
    pub handed_unit: Option<Uuid>,
    /// Signs, and says that it is done.
    pub worker: Uuid,
    /// Re-checks and closes.
    pub checker: Uuid,
    pub central: Option<Uuid>,
    /// Of the bureau: draws samples, finds that it came back.
    pub officer: Uuid,
    /// Decides extensions.
    pub director: Uuid,
}

/// How it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    InTime,
    Late,
    /// More time asked for and given.
    Extended,
    /// More time asked for and not given.
    Denied,
    SentBack,
    /// Nobody has done anything yet.
    Idle,
    /// 拒不整改, put right in the end.
    Refused,
    Mistaken,
    /// Into an earlier one of the same place.
    Merged(Uuid),
    OnTheSpot,
    OnTheSpotLate,
}

/// An earlier hazard of the same school, when it was closed, if it was, and whether the school found it itself.
pub type Earlier = (Uuid, Option<NaiveDate>, bool);

/// Fates by weight of one that is found on a day; the school that does everything in time has only good ones.
pub fn fate(
    desk: &mut Desk<'_>,
    habit: Habit,
    own: bool,
    (day, itself, earlier): (NaiveDate, bool, &[Earlier]),
) -> Fate {
    if habit == Habit::Perfect {
        return if own && desk.rng.chance(350) { Fate::OnTheSpot } else { Fate::InTime };
    }
    let spot = if own { 300 } else { 0 };
    let fate = desk.rng.weighted(&[
        (Fate::InTime, 440),
        (Fate::Late, 88),
        (Fate::Extended, 48),
        (Fate::Denied, 8),
        (Fate::SentBack, 42),
        (Fate::Refused, 2),
        (Fate::Mistaken, 18),
        (Fate::Merged(Uuid::nil()), 12),
        (Fate::OnTheSpot, spot),
        (Fate::OnTheSpotLate, spot / 12),
    ]);
    // Into one that was not closed before this one was found, and what others found into what others found; where there is none, somebody had only seen an
    // old one again.
    let fits = |(_, closed, own): &&Earlier| closed.is_none_or(|closed| closed >= day) && (itself || !own);
    let open = earlier.iter().rev().find(fits);
    match fate {
        Fate::Merged(_) if earlier.is_empty() => Fate::InTime,
        Fate::Merged(_) => open.map_or(Fate::Mistaken, |(id, ..)| Fate::Merged(*id)),
        fate => fate,
    }
}

/// A general hazard (一般).
pub fn general(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, fate: Fate) {
    let graded_on = if desk.rng.chance(250) { desk.soon(case.day(), 1, 1) } else { case.day() };
    if matches!(fate, Fate::OnTheSpot | Fate::OnTheSpotLate) {
        return on_the_spot(desk, case, template, parts, fate);
    }
    let cells = [("grade", text("general")), ("state", text("graded")), ("central", maybe_id(parts.central))];
    case.step(desk, "grade", parts.grader, graded_on, &cells);
    match fate {
        Fate::Mistaken => {
            let cells = [("reason", text("现场核实，情况与记录不符，属误报")), ("state", text("mistaken"))];
            return case.step(desk, "mistaken", parts.officer, graded_on, &cells);
        }
        Fate::Merged(into) => {
            let cells = [("merged_into", Cell::Id(into)), ("state", text("merged"))];
            return case.step(desk, "merge", parts.officer, graded_on, &cells);
        }
        _ => {}
    }
    hand_over(desk, case, template, parts);
    work(desk, case, template, parts, fate);
    afterwards(desk, case, template, parts, fate);
}

fn on_the_spot(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, fate: Fate) {
    let day = case.day();
    let due = desk.later(day, 3);
    let cells = [
        ("grade", text("general")),
        ("central", maybe_id(parts.central)),
        ("on_the_spot", Cell::Bool(true)),
        ("keeper", Cell::Id(parts.worker)),
        ("submitted_by", Cell::Id(parts.worker)),
        ("submitted_on", Cell::Date(day)),
        ("statement", text(template.done)),
        ("due_on", Cell::Date(due)),
        ("first_due_on", Cell::Date(due)),
        ("state", text("submitted")),
    ];
    case.step(desk, "fix_on_the_spot", parts.worker, day, &cells);
    let checked = if fate == Fate::OnTheSpot { desk.soon(day, 0, 2) } else { desk.soon(due, 1, 4) };
    confirm(desk, case, parts, checked);
    afterwards(desk, case, template, parts, fate);
}

fn hand_over(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts) {
    let day = if desk.rng.chance(300) { desk.soon(case.day(), 1, 1) } else { case.day() };
    let beyond = parts.handed_unit.is_some();
    let due = desk.later(day, if beyond { 10 } else { 5 });
    let cost = money(desk, template);
    let cells = [
        ("keeper", maybe_id(parts.keeper)),
        ("handed_unit", maybe_id(parts.handed_unit)),
        ("measures", text(template.measures)),
        ("money_fen", cost),
        ("due_on", Cell::Date(due)),
        ("first_due_on", Cell::Date(due)),
        ("handed_on", Cell::Date(day)),
        ("state", text("handed_over")),
    ];
    case.step(desk, "hand_over", parts.grader, day, &cells);
    let day = if desk.rng.chance(350) { desk.soon(day, 1, 1) } else { day };
    case.step(desk, "sign_for", parts.worker, day, &[("signed_on", Cell::Date(day)), ("state", text("rectifying"))]);
}

/// In whole hundreds of yuan; empty where it costs nothing.
fn money(desk: &mut Desk<'_>, template: &Template) -> Cell {
    let yuan = desk.rng.between(template.yuan.0, template.yuan.1) / 10 * 10;
    if yuan == 0 { Cell::Null } else { Cell::Int(yuan * 100) }
}

/// From signing to closing.
fn work(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, fate: Fate) {
    let Some(due) = case.date("due_on") else { return };
    let signed = case.day();
    match fate {
        Fate::Idle => {}
        Fate::Late => {
            let day = desk.soon(due, 1, 7);
            finish(desk, case, template, parts, day);
        }
        Fate::Extended | Fate::Denied => extend(desk, case, template, parts, fate),
        Fate::SentBack => {
            let day = desk.soon(signed, 1, 1);
            submit(desk, case, template, parts, day);
            let day = desk.soon(day, 0, 1);
            let cells = [
                ("rechecked_by", Cell::Id(parts.checker)),
                ("rechecked_on", Cell::Date(day)),
                ("recheck_note", text("现场复查，整改不到位，请继续整改")),
                ("sent_back", Cell::Int(1)),
                ("state", text("rectifying")),
            ];
            case.step(desk, "send_back", parts.checker, day, &cells);
            let day = desk.soon(day, 1, 1);
            submit(desk, case, template, parts, day);
            confirm(desk, case, parts, day);
        }
        Fate::Refused => {
            let day = desk.soon(due, 4, 6);
            let facts = "两次督办后仍未整改，负责人口头表示暂不安排，无书面理由，现场照片留存";
            let cells =
                [("refused", Cell::Bool(true)), ("refused_on", Cell::Date(day)), ("refusal_facts", text(facts))];
            case.step(desk, "record_refusal", parts.officer, day, &cells);
            let day = desk.soon(day, 3, 10);
            finish(desk, case, template, parts, day);
        }
        _ => {
            let day = desk.soon(signed, 1, 2);
            finish(desk, case, template, parts, day);
        }
    }
}

fn extend(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, fate: Fate) {
    let Some(due) = case.date("due_on") else { return };
    let asked = desk.soon(case.day(), 1, 2).min(due);
    let until = desk.soon(due, 4, 9);
    let why = ["配件需从外地订购，尚未到货", "连日下雨，室外施工不能进行", "施工队本周排期已满，需顺延"];
    let reason = *desk.rng.pick(&why);
    let cells = [("extension_until", Cell::Date(until)), ("extension_reason", text(reason))];
    case.step(desk, "ask_extension", parts.worker, asked, &cells);
    let decided = desk.soon(asked, 0, 1);
    if fate == Fate::Denied {
        let cells = [("extension_until", Cell::Null), ("reason", text("可先采取临时措施，不同意延期"))];
        case.step(desk, "deny_extension", parts.director, decided, &cells);
        let day = desk.soon(due.max(decided), 0, 3);
        return finish(desk, case, template, parts, day);
    }
    let cells = [("due_on", Cell::Date(until)), ("extension_until", Cell::Null), ("extensions", Cell::Int(1))];
    case.step(desk, "grant_extension", parts.director, decided, &cells);
    let day = desk.soon(due.max(decided), 1, 3);
    submit(desk, case, template, parts, day);
    confirm(desk, case, parts, day);
}

fn finish(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, day: NaiveDate) {
    submit(desk, case, template, parts, day);
    let day = desk.soon(day, 0, 1);
    confirm(desk, case, parts, day);
}

fn submit(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, day: NaiveDate) {
    let cells = [
        ("submitted_by", Cell::Id(parts.worker)),
        ("submitted_on", Cell::Date(day)),
        ("statement", text(template.done)),
        ("extension_until", Cell::Null),
        ("state", text("submitted")),
    ];
    case.step(desk, "submit", parts.worker, day, &cells);
}

fn confirm(desk: &mut Desk<'_>, case: &mut Case, parts: &Parts, day: NaiveDate) {
    let notes = ["现场复查合格", "已到场查看，整改到位", "对照措施逐项核对，同意销号"];
    let note = *desk.rng.pick(&notes);
    let cells = [
        ("rechecked_by", Cell::Id(parts.checker)),
        ("rechecked_on", Cell::Date(day)),
        ("recheck_note", text(note)),
        ("closed_on", Cell::Date(day)),
        ("state", text("closed")),
    ];
    case.step(desk, "confirm", parts.checker, day, &cells);
}

/// What happens to some that are closed: the bureau's drawn sample (抽查), or the hazard comes back (反弹).
fn afterwards(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, fate: Fate) {
    let Some(closed) = case.date("closed_on") else { return };
    if desk.rng.chance(90) {
        let day = desk.soon(closed, 3, 20);
        let cells = [
            ("spot_checked_by", Cell::Id(parts.officer)),
            ("spot_checked_on", Cell::Date(day)),
            ("spot_check_note", text("抽查属实，整改保持良好")),
        ];
        case.step(desk, "spot_check", parts.officer, day, &cells);
    }
    if fate != Fate::Late || !desk.rng.chance(280) {
        return;
    }
    let day = desk.soon(closed, 21, 45);
    let due = desk.later(day, if parts.handed_unit.is_some() { 10 } else { 5 });
    // What was closed late stays measured by the day on which it was first due.
    let first = case.date("first_due_on").filter(|first| closed > *first).unwrap_or(due);
    let cells = [
        ("closed_on", Cell::Null),
        ("reason", text("复查时发现同一部位问题再次出现")),
        ("reopened", Cell::Int(1)),
        ("due_on", maybe_date(Some(due))),
        ("first_due_on", Cell::Date(first)),
        ("state", text("rectifying")),
    ];
    case.step(desk, "reopen", parts.officer, day, &cells);
    let day = desk.soon(day, 1, 3);
    finish(desk, case, template, parts, day);
}

/// A major hazard (重大): graded by the bureau, its place out of use at once, confirmed from outside.
pub fn major(desk: &mut Desk<'_>, case: &mut Case, template: &Template, parts: &Parts, workdays: i64) {
    let day = case.day();
    let cells = [
        ("grade", text("major")),
        ("grounds", text("整改难度大，须停止使用并经一定时间整改方能排除（总局令第16号第三条）")),
        (
            "stop_use",
            text(format!(
                "{}停止使用，设围挡和警示",
                case.row.get(&crate::hazards::record::HAZARD, "place").text().unwrap_or_default()
            )),
        ),
        ("stop_use_on", Cell::Date(day)),
        ("central", maybe_id(parts.central)),
        ("state", text("graded")),
    ];
    case.step(desk, "grade", parts.grader, day, &cells);
    let due = desk.later(day, 50);
    let cost = money(desk, template);
    let cells = [
        ("keeper", maybe_id(parts.keeper)),
        ("measures", text(template.measures)),
        ("money_fen", cost),
        ("due_on", Cell::Date(due)),
        ("first_due_on", Cell::Date(due)),
        (
            "plan",
            text(
                "目标：按期消除；措施：停用、专业单位施工；机构人员：校长负责，总务处落实；险情加重时立即撤离并报告教育局",
            ),
        ),
        ("handed_on", Cell::Date(day)),
        ("state", text("handed_over")),
    ];
    case.step(desk, "hand_over", parts.grader, day, &cells);
    case.step(desk, "sign_for", parts.worker, day, &[("signed_on", Cell::Date(day)), ("state", text("rectifying"))]);
    let day = desk.later(day, workdays);
    submit(desk, case, template, parts, day);
    let day = desk.soon(day, 1, 4);
    confirm(desk, case, parts, day);
}
