//! 履职记录: a school year and a half of duties as they were done: mostly, some of them late, a few never. One school does hardly half of
//! them, one does all. What is done every day is there for the last weeks only, so that the county stays small.
//!
//! Which duties there were is not said here again: the norms and the calendar say it, as they do for the pages.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use kit::duty::{Almanac, DutyNorm, Level, Per, Span, Subject};
use kit::{Cell, Change, Row, dates};
use uuid::Uuid;

use super::CONDUCT;
use super::attendance::called_days;
use super::book::{Batch, day, maybe_id, text};
use super::cases::Desk;
use super::faculty::Faculty;
use super::hazards::County;
use super::schools::{Habit, SAMPLE_SCHOOL, School};
use super::terms::terms_of;
use crate::duties::record::{DEED, FACTS, WAIVER};

const HOUR: i64 = 3_600_000;
/// The county keeps its duties here since this day.
const SINCE: (i32, u32, u32) = (2020, 9, 1);
/// What is done every day stands for so many days.
const DAILY: i64 = 28;
/// And where a round is walked several times a day, for so many.
const ROUNDS: i64 = 8;

/// How likely a duty is done, and done late, in thousandths.
#[derive(Clone, Copy)]
struct Ways {
    never: u64,
    late: u64,
}

const fn ways(habit: Habit) -> Ways {
    match habit {
        Habit::Ordinary => Ways { never: 25, late: 30 },
        // The school that never confirms a month is the one that leaves other things undone.
        Habit::Silent => Ways { never: 480, late: 180 },
        Habit::Perfect => Ways { never: 0, late: 0 },
    }
}

/// A deed that was done: whose, what, when, by whom.
struct Done<'a> {
    fact: &'a str,
    place: (&'static str, Uuid),
    class: Option<Uuid>,
    on: NaiveDate,
    /// Days later that it was entered.
    later: i64,
    by: Option<Uuid>,
}

/// Deeds grouped by the day and the person who entered them.
struct Log<'d, 'a> {
    desk: &'d mut Desk<'a>,
    pages: BTreeMap<(i64, Option<Uuid>), Vec<Change>>,
}

impl Log<'_, '_> {
    fn write(&mut self, done: &Done<'_>) {
        let at = dates::shanghai_start(done.on + TimeDelta::days(done.later)) + 16 * HOUR;
        if at > self.desk.now {
            return;
        }
        let row = Row { version: 1, ..Row::blank(&DEED, self.desk.rng.id(at)) }
            .with(&DEED, "fact", text(done.fact))
            .with(&DEED, done.place.0, Cell::Id(done.place.1))
            .with(&DEED, "class", maybe_id(done.class))
            .with(&DEED, "day", Cell::Date(done.on))
            .with(&DEED, "by", maybe_id(done.by))
            .with(&DEED, "entered_at", Cell::Int(at))
            .with(&DEED, "state", text("recorded"));
        let actor = done.by.and_then(|staff| self.desk.accounts.of(staff));
        self.pages.entry((at, actor)).or_default().push(Change::create(&DEED, "create", row));
    }
}

/// `found` is what was found in schools by anybody, and by the schools themselves.
pub fn build(desk: &mut Desk<'_>, county: &County<'_>, found: [&[(Uuid, NaiveDate)]; 2]) {
    let mut log = Log { desk, pages: BTreeMap::new() };
    let common = almanac(&log, "primary");
    let senior = almanac(&log, "senior");
    for (at, school) in county.schools.iter().enumerate().filter(|(_, school)| school.parent.is_none()) {
        let own = ["senior", "complete_secondary"].contains(&school.kind);
        let days = if own { &senior } else { &common };
        of_school(&mut log, county, (at, school), days, found);
    }
    of_classes(&mut log, county, &common);
    classes_on_paper(&mut log, county);
    of_units(&mut log, county, &common);
    let pages = std::mem::take(&mut log.pages);
    log.desk.steps.extend(pages.into_iter().map(|((at, actor), changes)| Batch { at, actor, changes }));
}

fn almanac(log: &Log<'_, '_>, kind: &str) -> Almanac {
    let terms = terms_of(kind);
    let within = terms.clone();
    let calendar = log.desk.calendar;
    let school =
        |day: NaiveDate| calendar.is_workday(day) && within.iter().any(|(first, last)| (*first..=*last).contains(&day));
    Almanac::new(day(2019, 1, 1), day(2022, 12, 31), terms, |day| calendar.is_workday(day), school)
}

/// The days from which on a norm's deeds are made.
fn since(norm: &DutyNorm, today: NaiveDate) -> NaiveDate {
    let (year, month, first) = SINCE;
    match norm.per {
        Per::Day | Per::SchoolDay if norm.times > 1 => today - TimeDelta::days(ROUNDS),
        Per::Day | Per::SchoolDay => today - TimeDelta::days(DAILY),
        _ => day(year, month, first),
    }
}

fn of_school(
    log: &mut Log<'_, '_>,
    county: &County<'_>,
    (at, school): (usize, &School),
    days: &Almanac,
    found: [&[(Uuid, NaiveDate)]; 2],
) {
    let subject = Subject {
        id: school.id,
        level: Level::School,
        kind: school.kind.to_owned(),
        boarding: school.boarding,
        canteen: ["own", "contracted"].contains(&school.canteen),
        buses: school.private,
        ..Subject::default()
    };
    let inspector = county.officials.inspector_of(at).map(|inspector| inspector.staffer.id);
    let faculty = &county.faculties[at];
    for norm in CONDUCT.duties.iter().filter(|norm| norm.asks(&subject) && FACTS.contains(&norm.fact.as_str())) {
        if matches!(norm.per, Per::Day | Per::SchoolDay) {
            on_paper(log, county, norm, school, since(norm, county.today));
        }
        let spans = days.spans(norm, since(norm, county.today), county.today + TimeDelta::days(40));
        let asked = |span: &&Span| norm.on(span.due_on) && (!nightly(norm) || days.is_school_day(span.first));
        for span in spans.iter().filter(asked) {
            // A hazard that the school found itself proves the look for it; where only somebody else found one, it looked all the same.
            let here = |found: &[(Uuid, NaiveDate)]| {
                norm.fact == "hazard.check"
                    && found.iter().any(|(id, on)| *id == school.id && span.first <= *on && *on <= span.last)
            };
            let by = keeper(norm, faculty, span.last.min(county.today), inspector);
            let look = |log: &mut Log<'_, '_>| {
                done(log, norm, span, ("school", school.id), ways(school.habit), by, days);
            };
            match found.map(here) {
                [false, _] => look(log),
                [true, false] => apart(log, &format!("look {}", span.first), look),
                [true, true] => {}
            }
        }
        if nightly(norm) {
            eves(log, county, (at, school), norm, &spans, days);
        }
    }
}

fn nightly(norm: &DutyNorm) -> bool {
    norm.hours.as_deref() == Some("dormitory")
}

/// With chances of its own, so that it changes nothing else of the county.
fn apart(log: &mut Log<'_, '_>, name: &str, draw: impl FnOnce(&mut Log<'_, '_>)) {
    let kept = log.desk.rng.clone();
    *log.desk.rng = kept.part(name);
    draw(log);
    *log.desk.rng = kept;
}

/// The evenings on which boarders come back: a night before a school day that is none itself.
fn eves(
    log: &mut Log<'_, '_>,
    county: &County<'_>,
    (at, school): (usize, &School),
    norm: &DutyNorm,
    spans: &[Span],
    days: &Almanac,
) {
    let back = |span: &&Span| {
        !days.is_school_day(span.first) && span.first.succ_opt().is_some_and(|next| days.is_school_day(next))
    };
    apart(log, "eves", |log| {
        for span in spans.iter().filter(back) {
            let by = keeper(norm, &county.faculties[at], span.last.min(county.today), None);
            done(log, norm, span, ("school", school.id), ways(school.habit), by, days);
        }
    });
}

/// 免除: what is done every day was kept on paper until the last weeks, and the bureau has decided that it is not asked for here; else the year
/// would be full of what nobody could have entered.
fn on_paper(log: &mut Log<'_, '_>, county: &County<'_>, norm: &DutyNorm, school: &School, begun: NaiveDate) {
    let (year, month, first) = SINCE;
    let Some(last) = begun.pred_opt().filter(|last| norm.on(*last)) else { return };
    let officer = &county.officials.safety_head;
    let row = Row { version: 1, ..Row::blank(&WAIVER, Uuid::new_v5(&school.id, norm.code.as_bytes())) }
        .with(&WAIVER, "duty", text(&norm.code))
        .with(&WAIVER, "school", Cell::Id(school.id))
        .with(&WAIVER, "from_on", Cell::Date(day(year, month, first)))
        .with(&WAIVER, "until_on", Cell::Date(last))
        .with(&WAIVER, "reason", text("启用本系统前按纸质台账检查，不在系统中补录"))
        .with(&WAIVER, "by", Cell::Id(officer.id))
        .with(&WAIVER, "granted_on", Cell::Date(begun))
        .with(&WAIVER, "state", text("granted"));
    let at = dates::shanghai_start(begun) + 10 * HOUR;
    let actor = log.desk.accounts.of(officer.id);
    log.pages.entry((at, actor)).or_default().push(Change::create(&WAIVER, "create", row));
}

/// The same of what each class is asked for every day, in each place that has classes; the rolls are there only from their first day on.
fn classes_on_paper(log: &mut Log<'_, '_>, county: &County<'_>) {
    let called = called_days(log.desk.calendar, county.today).first().copied();
    let daily = |norm: &&DutyNorm| norm.level == Level::Class && matches!(norm.per, Per::Day | Per::SchoolDay);
    for norm in CONDUCT.duties.iter().filter(daily) {
        let begun = called.filter(|_| norm.fact == "rollcall.arrival").unwrap_or_else(|| since(norm, county.today));
        for school in county.schools.iter().filter(|school| !school.cohorts.is_empty()) {
            on_paper(log, county, norm, school, begun);
        }
    }
}

fn keeper(norm: &DutyNorm, faculty: &Faculty, day: NaiveDate, inspector: Option<Uuid>) -> Option<Uuid> {
    match norm.keeper.as_str() {
        "principal" => Some(faculty.principal_on(day).id),
        "vice_safety" => Some(faculty.vice_on(day).id),
        "guard" => faculty.guards.first().map(|guard| guard.id),
        "canteen_manager" => faculty.canteen.as_ref().map(|who| who.id),
        "inspector" => inspector,
        _ => Some(faculty.safety.id),
    }
}

/// One duty as it went: on some day of its period, late, or not at all.
fn done(
    log: &mut Log<'_, '_>,
    norm: &DutyNorm,
    span: &Span,
    place: (&'static str, Uuid),
    ways: Ways,
    by: Option<Uuid>,
    days: &Almanac,
) {
    let (never, late) = (log.desk.rng.chance(ways.never), log.desk.rng.chance(ways.late));
    if never {
        return;
    }
    let today = dates::shanghai_date(log.desk.now);
    for _ in 0..norm.times {
        let length = u64::try_from((span.last - span.first).num_days() + 1).unwrap_or(1);
        let drawn = log.desk.rng.day(span.first, length.max(1));
        // Towards the end of the period when it is not a school day, so that nothing is done on a Sunday that a school does on a Monday.
        let on = drawn.iter_days().take_while(|day| *day <= span.last).find(|day| days.is_school_day(*day));
        let on = on.unwrap_or(drawn);
        // Still to come in a period that runs: left to be done.
        if on >= today {
            continue;
        }
        let later = if late { (span.due_on - on).num_days() + log.desk.rng.between(4, 9) } else { 0 };
        log.write(&Done { fact: &norm.fact, place, class: None, on, later, by });
    }
}

/// The classes of the school whose people can sign in: first and last lessons of each term, and the roll-calls of two weeks.
fn of_classes(log: &mut Log<'_, '_>, county: &County<'_>, days: &Almanac) {
    let Some(at) = county.schools.iter().position(|school| school.name == SAMPLE_SCHOOL) else { return };
    let (school, faculty) = (&county.schools[at], &county.faculties[at]);
    let asked = CONDUCT.duties.iter().filter(|norm| norm.level == Level::Class && FACTS.contains(&norm.fact.as_str()));
    for norm in asked {
        let from = since(norm, county.today).max(county.today - TimeDelta::days(480));
        for span in days.spans(norm, from, county.today + TimeDelta::days(40)) {
            for (cohort, teacher) in school.cohorts.iter().zip(&faculty.teachers) {
                if cohort.entered_on() > span.first {
                    continue;
                }
                // A first lesson is held in the first week of its term.
                let on = if norm.per == Per::Term { span.first } else { span.last };
                let skipped = log.desk.rng.chance(20);
                if on < county.today && !skipped {
                    let (place, by) = (("school", school.id), Some(teacher.id));
                    log.write(&Done { fact: &norm.fact, place, class: Some(cohort.id), on, later: 0, by });
                }
            }
        }
    }
}

/// Bureau, county, townships and departments.
fn of_units(log: &mut Log<'_, '_>, county: &County<'_>, days: &Almanac) {
    let (officials, units) = (county.officials, county.units);
    let mut bodies = vec![
        (Level::Bureau, units.bureau.id, officials.director.id),
        (Level::County, units.county.id, officials.department("ZF").map_or(officials.director.id, |body| body.head.id)),
    ];
    bodies.extend(officials.townships.iter().map(|body| (Level::Township, body.unit.id, body.head.id)));
    bodies.extend(officials.departments.iter().map(|body| (Level::Department, body.unit.id, body.liaison.id)));
    for (level, unit, by) in bodies {
        for norm in CONDUCT.duties.iter().filter(|norm| norm.level == level && FACTS.contains(&norm.fact.as_str())) {
            for span in days.spans(norm, since(norm, county.today), county.today + TimeDelta::days(40)) {
                if norm.on(span.due_on) {
                    done(log, norm, &span, ("unit", unit), ways(Habit::Ordinary), Some(by), days);
                }
            }
        }
    }
}
