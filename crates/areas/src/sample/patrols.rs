//! 校内巡查: routes with points and codes in every school, and the rounds of the last school days. One school's guard has times that nobody walks.

use std::collections::HashMap;

use chrono::{Days, NaiveDate};
use kit::{Cell, Change, Row, dates};
use uuid::Uuid;

use super::book::{Batch, day, row, text};
use super::cases::Desk;
use super::faculty::Faculty;
use super::hazards::County;
use super::schools::{Habit, School};
use crate::hazards::record::HAZARD;
use crate::patrols::due::{self, Due};
use crate::patrols::flags;
use crate::patrols::kinds::RouteKind;
use crate::patrols::mark;
use crate::patrols::record::{self, CODE, FLAG, POINT, ROUND, ROUTE, VISIT};

/// School days before the sample county's today that have rounds.
const LAST: usize = 3;
const MINUTE: i64 = 60_000;

/// A route's name and the names of its points.
type Planned = (RouteKind, &'static str, &'static [&'static str]);

const PLANNED: &[Planned] = &[
    (RouteKind::Break, "教学楼课间", &["一楼楼梯口", "二楼走廊", "三楼走廊", "操场"]),
    (RouteKind::Noon, "午间校园", &["食堂", "教学楼", "操场", "校门"]),
    (RouteKind::Night, "晚自习", &["教学楼一楼", "教学楼三楼", "厕所", "围墙东侧"]),
    (RouteKind::Dormitory, "宿舍夜间", &["一楼值班室", "二楼走廊", "三楼走廊", "消防通道"]),
    (RouteKind::Guard, "保安巡逻", &["校门岗亭", "围墙东侧", "配电房", "食堂后门", "宿舍楼下", "操场围栏"]),
    (RouteKind::Head, "校领导巡校", &["校门", "教学楼", "食堂", "宿舍", "操场"]),
    (RouteKind::GateArrival, "上学护学岗", &["校门口"]),
    (RouteKind::GateDismissal, "放学护学岗", &["校门口"]),
];

/// A route of a school, as rounds are made from it.
struct Walkway {
    kind: RouteKind,
    route: Row,
    points: Vec<Row>,
}

pub fn build(desk: &mut Desk<'_>, county: &County<'_>) {
    let routes = routes(desk, county);
    let Ok(rules) = crate::house::rules() else { return };
    let days = last_days(desk, county.today);
    let found = findings(desk.steps);
    let suspicious = suspicious(county);
    let mut written = Written::default();
    for (at, school) in county.schools.iter().enumerate().filter(|(_, school)| school.parent.is_none()) {
        let faculty = &county.faculties[at];
        for school_day in days.iter().chain([&county.today]) {
            let mut hazard = found.get(&(school.id, *school_day)).copied();
            for way in &routes[at] {
                // Boarders sleep at school in the night before a school day, and on no Friday.
                let night = way.kind == RouteKind::Dormitory;
                let day = if night { school_day.pred_opt().unwrap_or(*school_day) } else { *school_day };
                if day >= county.today {
                    continue;
                }
                let slots = rules.timetable.slots(school.kind, school.boarding, day);
                for due in due::due_on(way.kind, &slots, &rules.norms, day).unwrap_or_default() {
                    let odd = suspicious == Some(at) && way.kind == RouteKind::Guard;
                    let walk = Walk { school, faculty, way, day, due, odd };
                    round(desk, &walk, &mut hazard, &mut written);
                }
            }
        }
    }
    written.store(desk);
}

/// Written at the end of each day, like kinds together, so that one statement can hold many.
#[derive(Default)]
struct Written(HashMap<(NaiveDate, u8), Vec<Change>>);

impl Written {
    fn add(&mut self, day: NaiveDate, rank: u8, change: Change) {
        self.0.entry((day, rank)).or_default().push(change);
    }

    fn store(self, desk: &mut Desk<'_>) {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_by_key(|(key, _)| *key);
        for ((day, _), changes) in all {
            let night = dates::shanghai_start(day) + 31 * 60 * MINUTE;
            desk.steps.push(Batch { at: night.min(desk.now - MINUTE), actor: None, changes });
        }
    }
}

fn routes(desk: &mut Desk<'_>, county: &County<'_>) -> Vec<Vec<Walkway>> {
    let made_on = day(2021, 8, 30);
    let at = dates::shanghai_start(made_on) + 9 * 60 * MINUTE;
    let (mut routes, mut points, mut codes) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = Vec::new();
    for school in county.schools {
        let fits = |kind: RouteKind| match kind {
            RouteKind::Night | RouteKind::Dormitory => school.boarding,
            // A teaching point has no guard of its own, and its head is at the central school.
            RouteKind::Guard | RouteKind::Head => school.parent.is_none(),
            RouteKind::GateDismissal | RouteKind::Noon => school.parent.is_none() || school.kind == "teaching_point",
            RouteKind::Break | RouteKind::GateArrival => true,
        };
        let mut own = Vec::new();
        for (kind, name, names) in PLANNED.iter().filter(|(kind, ..)| fits(*kind)) {
            let route = row(
                &ROUTE,
                desk.rng.id(at),
                [
                    ("school", Cell::Id(school.id)),
                    ("name", text(*name)),
                    ("kind", text(kind.code())),
                    ("from_on", Cell::Date(made_on)),
                ],
            );
            routes.push(Change::create(&ROUTE, "create", route.clone()));
            let mut way = Walkway { kind: *kind, route, points: Vec::new() };
            for (number, name) in (1..).zip(names.iter()) {
                let point = row(
                    &POINT,
                    desk.rng.id(at),
                    [
                        ("route", Cell::Id(way.route.id)),
                        ("school", Cell::Id(school.id)),
                        ("number", Cell::Int(number)),
                        ("name", text(*name)),
                    ],
                );
                codes.push(Change::create(&CODE, "create", record::code(desk.rng.id(at), &point, made_on)));
                points.push(Change::create(&POINT, "create", point.clone()));
                way.points.push(point);
            }
            own.push(way);
        }
        all.push(own);
    }
    for changes in [routes, points, codes] {
        desk.steps.push(Batch { at, actor: None, changes });
    }
    all
}

/// The last days on which schools taught; the sample's terms have no suspension among them.
fn last_days(desk: &Desk<'_>, today: NaiveDate) -> Vec<NaiveDate> {
    let before = (1..30).filter_map(|back| today.checked_sub_days(Days::new(back)));
    let mut days: Vec<_> = before.filter(|day| desk.calendar.is_workday(*day)).take(LAST).collect();
    days.sort_unstable();
    days
}

/// What was found by a school itself on those days: a round found it.
fn findings(steps: &[Batch]) -> HashMap<(Uuid, NaiveDate), Uuid> {
    let created = steps.iter().flat_map(|batch| &batch.changes).filter(|change| {
        change.before.is_none()
            && change.noun.name == HAZARD.name
            && change.after.get(&HAZARD, "source").text() == Some("self_check")
    });
    created
        .filter_map(|change| {
            let row = &change.after;
            Some(((row.get(&HAZARD, "school").id()?, row.get(&HAZARD, "found_on").date()?), row.id))
        })
        .collect()
}

/// A school whose name is invented, and which is not the one that does everything well.
fn suspicious(county: &County<'_>) -> Option<usize> {
    let of_town = ["镇初级中学", "乡学校", "双语学校", "月岩学校"];
    let invented = |at: &usize| of_town.iter().any(|end| county.schools[*at].name.ends_with(end));
    let invented: Vec<_> = (0..county.schools.len()).filter(invented).collect();
    let ordinary = invented.iter().find(|at| county.schools[**at].habit == Habit::Ordinary);
    ordinary.or(invented.first()).copied()
}

/// One round that was due.
struct Walk<'a> {
    school: &'a School,
    faculty: &'a Faculty,
    way: &'a Walkway,
    day: NaiveDate,
    due: Due,
    odd: bool,
}

impl Walk<'_> {
    fn walker(&self, desk: &mut Desk<'_>) -> Uuid {
        let faculty = self.faculty;
        match self.way.kind {
            RouteKind::Guard if !faculty.guards.is_empty() => desk.rng.pick(&faculty.guards).id,
            RouteKind::Head => faculty.principal_on(self.day).id,
            RouteKind::GateArrival | RouteKind::GateDismissal if desk.rng.chance(500) => faculty.safety.id,
            _ if faculty.teachers.is_empty() => faculty.safety.id,
            _ => desk.rng.pick(&faculty.teachers).id,
        }
    }
}

fn round(desk: &mut Desk<'_>, walk: &Walk<'_>, hazard: &mut Option<Uuid>, written: &mut Written) {
    let often = match walk.school.habit {
        Habit::Perfect => 1000,
        Habit::Silent => 600,
        Habit::Ordinary => 965,
    };
    if !desk.rng.chance(often) && !walk.odd {
        return;
    }
    let (paper, behind) = (desk.rng.chance(15) && !walk.odd, desk.rng.chance(20));
    let walker = walk.walker(desk);
    let length = (walk.due.until - walk.due.from).max(8);
    let minute =
        walk.due.from + if behind { length + desk.rng.between(20, 40) } else { desk.rng.between(1, length - 6) };
    let begin = dates::shanghai_start(walk.day) + minute * MINUTE + desk.rng.between(0, 59) * 1000;
    if begin + 30 * MINUTE > desk.now {
        return;
    }
    let tour = Begun { id: desk.rng.id(begin), walker, at: begin, minute, paper, behind };
    let visits = visits(desk, walk, &tour, hazard);
    let round = tour.row(walk, &visits);
    if walk.odd {
        signs(desk, walk, &round, &visits, written);
    }
    written.add(walk.day, 1, Change::create(&ROUND, "walk", round));
    for visit in visits {
        written.add(walk.day, 2, Change::create(&VISIT, "walk", visit));
    }
}

/// A round that took place.
struct Begun {
    id: Uuid,
    walker: Uuid,
    at: i64,
    minute: i64,
    /// Typed in later.
    paper: bool,
    /// After its time.
    behind: bool,
}

impl Begun {
    fn row(&self, walk: &Walk<'_>, visits: &[Row]) -> Row {
        let found = visits.iter().filter(|visit| !visit.get(&VISIT, "hazard").is_null()).count();
        let int = |count: usize| Cell::Int(i64::try_from(count).unwrap_or(0));
        let last = visits.last().and_then(|visit| visit.get(&VISIT, "at").int()).unwrap_or(self.at);
        let ended = if walk.way.kind.post() { last + 25 * MINUTE } else { last };
        let cells = [
            ("route", Cell::Id(walk.way.route.id)),
            ("school", Cell::Id(walk.school.id)),
            ("kind", text(walk.way.kind.code())),
            ("day", Cell::Date(walk.day)),
            ("began", text(due::clock(self.minute))),
            ("walker", Cell::Id(self.walker)),
            ("visited", int(walk.way.points.len())),
            ("points", int(walk.way.points.len())),
            ("findings", int(found)),
            ("entry", text(if self.paper { "paper" } else { "scanned" })),
            ("late", Cell::Bool(self.paper || self.behind)),
            ("off_plan", if self.paper { Cell::Bool(false) } else { Cell::Null }),
            ("started_at", Cell::Int(self.at)),
            ("ended_at", Cell::Int(ended)),
            ("recorded_at", Cell::Int(self.at)),
            ("state", text("done")),
        ];
        row(&ROUND, self.id, cells)
    }
}

/// What was seen at each point; a round from paper has no points of its own.
fn visits(desk: &mut Desk<'_>, walk: &Walk<'_>, begun: &Begun, hazard: &mut Option<Uuid>) -> Vec<Row> {
    let device = format!("sample {}", begun.walker);
    let mut at = begun.at;
    let mut visits = Vec::new();
    for point in walk.way.points.iter().filter(|_| !begun.paper) {
        let found = hazard.take_if(|_| matches!(walk.way.kind, RouteKind::Guard | RouteKind::Head));
        let cells = [
            ("round", Cell::Id(begun.id)),
            ("point", Cell::Id(point.id)),
            ("school", Cell::Id(walk.school.id)),
            ("walker", Cell::Id(begun.walker)),
            ("day", Cell::Date(walk.day)),
            ("at", Cell::Int(at)),
            ("result", text(if found.is_some() { "finding" } else { "ok" })),
            ("entry", text("scanned")),
            ("hazard", found.map_or(Cell::Null, Cell::Id)),
            ("recorded_at", Cell::Int(at)),
            ("device", text(&device)),
        ];
        visits.push(row(&VISIT, desk.rng.id(at), cells));
        at += gap(desk, walk, begun.minute) * 1000;
    }
    visits
}

/// Seconds to the next point: people walk unevenly; the guard of one school does not, or does not walk at all.
fn gap(desk: &mut Desk<'_>, walk: &Walk<'_>, minute: i64) -> i64 {
    match (walk.odd, minute / 90 % 3) {
        (true, 0) => 60,
        (true, 1) => desk.rng.between(1, 2),
        _ => desk.rng.between(35, 140),
    }
}

/// The same questions that the product asks, and half of them answered.
fn signs(desk: &mut Desk<'_>, walk: &Walk<'_>, round: &Row, visits: &[Row], written: &mut Written) {
    let limits = flags::Limits { walk: 8, round: 40, gaps: 3, even: 1, phones: 20 };
    for sign in flags::signs(&mark::steps(visits, &walk.way.points), &[], &[], &limits) {
        let flag = mark::flag(round, &sign);
        let before = flag.after.clone();
        written.add(walk.day, 3, flag);
        let looked_on = walk.day.checked_add_days(Days::new(1)).unwrap_or(walk.day);
        if !desk.rng.chance(400) || dates::shanghai_start(looked_on) + 31 * 60 * MINUTE > desk.now {
            continue;
        }
        let mut after = before.clone();
        for (field, cell) in [
            ("conclusion", text("not_walked")),
            ("note", text("已当面谈话，二维码重新张贴到位")),
            ("looked_by", Cell::Id(walk.faculty.principal_on(looked_on).id)),
            ("looked_on", Cell::Date(looked_on)),
            ("state", text("looked_at")),
        ] {
            after.set(&FLAG, field, cell);
        }
        written.add(looked_on, 4, Change::update(&FLAG, "look_at", before, after));
    }
}
