//! 随手拍: a code on every wall, and some sixty tips of 2021 in all states. Those that became hazards belong to hazards of the
//! county; the others say what people say at a school gate.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use kit::{Cell, Change, Row, dates};
use uuid::Uuid;

use super::book::{Batch, day, text};
use super::cases::Desk;
use super::hazards::County;
use super::schools::SAMPLE_SCHOOL;
use crate::hazards::record::{Category, HAZARD};
use crate::tips::guess;
use crate::tips::record::{self, Sent, TIP, TIP_CODE, received};

const HOUR: i64 = 3_600_000;
/// Tips that belong to hazards, at most.
const TAKEN_UP: usize = 26;

/// What becomes of a tip that is no hazard.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Answered(&'static str),
    /// Left lying by the school and answered by the bureau.
    AnsweredLate(&'static str),
    SetAside,
    /// The same as the one before it.
    Same,
    Waiting,
}

/// Days before the sample county's today, spot, words, about people, end.
type Told = (i64, &'static str, &'static str, bool, End);

const TOLD: &[Told] = &[
    (318, "gate", "放学时门口停车太乱", false, End::Answered("已与交警中队商定，放学时段门前禁停，值班教师现场疏导。")),
    (301, "canteen", "饭菜有点凉", false, End::Answered("食堂已增加保温台，谢谢提醒。")),
    (288, "playground", "单杠底座晃动", false, End::Answered("已围挡停用，总务处当天加固。")),
    (287, "playground", "单杠摇", false, End::Same),
    (270, "other", "测试测试", false, End::SetAside),
    (251, "toilet", "厕所地面太滑", false, End::Answered("已铺防滑垫，保洁每节课后拖干。")),
    (246, "bus", "校车晚点二十分钟", false, End::Answered("当天因修路绕行，今后绕行会提前在班级群告知。")),
    (229, "gate", "保安上班玩手机", true, End::Answered("已核实并批评教育，纳入保安公司考核。")),
    (214, "surroundings", "门前小摊卖三无零食", false, End::AnsweredLate("已转市场监管所，三家摊点已劝离。")),
    (213, "surroundings", "校门口零食摊没有证", false, End::Same),
    (196, "corridor", "楼梯灯不亮", false, End::Answered("当晚已更换声控灯两盏。")),
    (
        188,
        "dormitory",
        "晚上宿舍门锁着怎么逃生",
        false,
        End::Answered("宿舍楼每层有推杆式安全出口，值班室同时掌握钥匙；已再次告知学生。"),
    ),
    (172, "other", "加微信领红包", false, End::SetAside),
    (95, "gate", "门卫不登记就放人进去", true, End::Answered("已责成学校整改来访登记，并抽查三天，均有登记。")),
    (88, "classroom", "教室窗户推不开", false, End::Answered("窗户限位是为防坠落，已在限位内调松滑轨。")),
    (76, "canteen", "汤里有头发", false, End::AnsweredLate("食堂从业人员已全部佩戴网帽，教育局现场复核。")),
    (63, "playground", "跑道破了绊脚", false, End::Answered("破损处已围挡，寒假翻修。")),
    (62, "playground", "跑道破损", false, End::Same),
    (51, "other", "。。。。。。", false, End::SetAside),
    (44, "bus", "校车人太多", false, End::Answered("已核载，当天无超员；增加一个班次分流。")),
    (38, "surroundings", "学校后面工地扬尘大", false, End::Answered("已转住建局，工地加装喷淋。")),
    (37, "surroundings", "后面工地灰大", false, End::Same),
    (26, "gate", "有老师推搡学生", true, End::Answered("已由教育局调查，处理情况已当面告知家长。")),
    (19, "other", "广告办证", false, End::SetAside),
    (12, "corridor", "二楼扶手松", false, End::Waiting),
    (9, "canteen", "食堂排队太挤", false, End::Waiting),
    (4, "toilet", "厕所门坏了关不上", false, End::Waiting),
    (3, "gate", "有个老师在门口抽烟", true, End::Waiting),
    (3, "classroom", "教室插座冒火花", false, End::Waiting),
    (3, "playground", "篮球架螺丝松了", false, End::Waiting),
    (2, "gate", "路灯坏了好几天", false, End::Waiting),
    (1, "surroundings", "门前斑马线磨没了", false, End::Waiting),
];

/// Codes for all schools, and the tips. Hazards have been written before.
pub fn build(desk: &mut Desk<'_>, county: &County<'_>) {
    codes(desk, county);
    let hazards = Hazards::of(desk.steps);
    let chosen = hazards.chosen(county.today);
    // Whoever found what was closed last, weeks ago, is asked and has not answered: so that there is somebody to be.
    let weeks = county.today - TimeDelta::days(25);
    let open = chosen.iter().filter(|one| one.reopened_at.is_none());
    let asked = open.filter_map(|one| Some((one.closed_on().filter(|day| *day <= weeks)?, one.row.id))).max();
    for (number, hazard) in chosen.into_iter().enumerate() {
        let silent = number.is_multiple_of(5) || asked.is_some_and(|(_, id)| id == hazard.row.id);
        taken_up(desk, county, hazard, silent);
    }
    told(desk, county);
}

fn codes(desk: &mut Desk<'_>, county: &County<'_>) {
    let (made_on, renewed_on) = (day(2020, 9, 1), day(2021, 3, 15));
    for (at, school) in county.schools.iter().enumerate() {
        let morning = dates::shanghai_start(made_on) + 9 * HOUR;
        let first = record::code(desk.rng.id(morning), school.id, made_on);
        let create = |row| Change::create(&TIP_CODE, "create", row);
        desk.steps.push(Batch { at: morning, actor: None, changes: vec![create(first.clone())] });
        if school.name != SAMPLE_SCHOOL {
            continue;
        }
        // The sheet was torn off the wall and copied: renewed.
        let later = dates::shanghai_start(renewed_on) + 10 * HOUR;
        let before = Row { version: 1, ..first };
        let after = before.clone().with(&TIP_CODE, "ended_on", Cell::Date(renewed_on)).with(
            &TIP_CODE,
            "state",
            text("expired"),
        );
        let fresh = record::code(desk.rng.id(later), school.id, renewed_on);
        let actor = desk.accounts.of(county.faculties[at].safety.id);
        let changes = vec![create(fresh), Change::update(&TIP_CODE, "renew", before, after)];
        desk.steps.push(Batch { at: later, actor, changes });
    }
}

/// The hazards as they are in the end, with when they were recorded and reopened.
struct Hazards(Vec<Case>);

/// One hazard, as far as its tip needs it.
struct Case {
    row: Row,
    recorded_at: i64,
    reopened_at: Option<i64>,
}

impl Case {
    fn closed_on(&self) -> Option<NaiveDate> {
        self.row.get(&HAZARD, "closed_on").date()
    }
}

impl Hazards {
    fn of(steps: &[Batch]) -> Self {
        let mut all: HashMap<Uuid, Case> = HashMap::new();
        for batch in steps {
            for change in batch.changes.iter().filter(|change| change.noun.name == HAZARD.name) {
                let row = change.after.clone();
                let one =
                    all.entry(row.id).or_insert(Case { row: row.clone(), recorded_at: batch.at, reopened_at: None });
                one.row = row;
                if change.verb == "reopen" {
                    one.reopened_at = Some(batch.at);
                }
            }
        }
        let mut all: Vec<_> = all.into_values().collect();
        all.sort_by_key(|one| (one.recorded_at, one.row.id));
        Self(all)
    }

    /// Of this year, of schools, first those that came back and then those that came from a tip.
    fn chosen(&self, today: NaiveDate) -> Vec<&Case> {
        let year = Cell::Date(day(2021, 1, 1));
        let fits = |one: &&Case| {
            let cell = |field| one.row.get(&HAZARD, field);
            let counted = !matches!(cell("state").text(), Some("mistaken" | "merged"));
            counted
                && !cell("school").is_null()
                && cell("found_on").date() >= year.date()
                && cell("found_on").date() < Some(today)
        };
        let back = self.0.iter().filter(fits).filter(|one| one.reopened_at.is_some()).take(5);
        let tips = self.0.iter().filter(fits).filter(|one| one.reopened_at.is_none());
        let tips: Vec<_> = tips.filter(|one| one.row.get(&HAZARD, "source").text() == Some("tip")).collect();
        let every = tips.len().div_ceil(TAKEN_UP).max(1);
        back.chain(tips.into_iter().step_by(every)).collect()
    }
}

fn spot(hazard: &Row) -> &'static str {
    let place = hazard.get(&HAZARD, "place").text().unwrap_or_default();
    let spots = [
        ("食堂", "canteen"),
        ("宿舍", "dormitory"),
        ("厕所", "toilet"),
        ("操场", "playground"),
        ("楼梯", "corridor"),
        ("走廊", "corridor"),
        ("门", "gate"),
        ("教", "classroom"),
    ];
    spots.iter().find(|(name, _)| place.contains(name)).map_or("other", |(_, spot)| spot)
}

fn sent(school: Uuid, spot: &str, words: &str, category: Category, about_people: bool) -> Sent {
    Sent { school, spot: spot.into(), words: words.into(), category, about_people, contact: None }
}

/// A tip that came minutes before its hazard was recorded, and joined it.
fn taken_up(desk: &mut Desk<'_>, county: &County<'_>, told: &Case, silent: bool) {
    let hazard = &told.row;
    let Some(at) = county.schools.iter().position(|school| Some(school.id) == hazard.get(&HAZARD, "school").id())
    else {
        return;
    };
    let words: String = hazard.get(&HAZARD, "description").text().unwrap_or_default().chars().take(60).collect();
    let sent = sent(county.schools[at].id, spot(hazard), &words, Category::Other, false);
    let came = told.recorded_at - desk.rng.between(20, 50) * 60_000;
    let category = hazard.get(&HAZARD, "category").clone();
    let mut tip = begin(desk, &sent, came, |row| row.with(&TIP, "category", category));
    let officer = county.faculties[at].safety.id;
    let (actor, day) = (desk.accounts.of(officer), dates::shanghai_date(told.recorded_at));
    let cells = [
        ("hazard", Cell::Id(hazard.id)),
        ("triaged_by", Cell::Id(officer)),
        ("triaged_on", Cell::Date(day)),
        ("state", text("triaged")),
    ];
    step(desk, &mut tip, told.recorded_at + 5 * 60_000, actor, "join", &cells);
    if let Some(back) = told.reopened_at {
        let cells = [
            ("said_on", Cell::Date(dates::shanghai_date(back))),
            ("not_fixed", Cell::Int(1)),
            ("reason", text("又坏了，和原来一样")),
            ("state", text("not_fixed")),
        ];
        step(desk, &mut tip, back - 60_000, desk.accounts.of(county.officials.safety_head.id), "say_not_fixed", &cells);
    } else if let Some(closed) = told.closed_on().filter(|_| !silent) {
        let asked = closed + TimeDelta::days(desk.rng.between(21, 40));
        let cells = [("said_on", Cell::Date(asked)), ("state", text("confirmed"))];
        step(desk, &mut tip, dates::shanghai_start(asked) + 19 * HOUR, None, "say_fixed", &cells);
    }
}

/// What people said that is no hazard, or not yet.
fn told(desk: &mut Desk<'_>, county: &County<'_>) {
    let home = county.schools.iter().position(|school| school.name == SAMPLE_SCHOOL).unwrap_or(0);
    // Of people only in schools whose names are invented.
    let of_town = ["镇初级中学", "乡学校", "双语学校", "月岩学校"];
    let invented: Vec<usize> = (0..county.schools.len())
        .filter(|at| county.schools[*at].parent.is_none())
        .filter(|at| of_town.iter().any(|end| county.schools[*at].name.ends_with(end)))
        .collect();
    let mut before: Option<(Row, usize)> = None;
    for (number, (days, spot, words, about_people, end)) in TOLD.iter().copied().enumerate() {
        let on = county.today - TimeDelta::days(days);
        if invented.is_empty() && about_people {
            continue;
        }
        let drawn = if invented.is_empty() { home } else { *desk.rng.pick(&invented) };
        // The latest ones at the school of the sample accounts, so that there is something to do.
        let at = match (&before, end) {
            (Some((_, at)), End::Same) => *at,
            _ if !about_people && (days < 30 || number % 4 == 0) => home,
            _ => drawn,
        };
        let category = guess::category(spot, words);
        let sent = sent(county.schools[at].id, spot, words, category, about_people);
        let came = dates::shanghai_start(on) + 7 * HOUR + desk.rng.between(10, 300) * 60_000;
        let mut tip = begin(desk, &sent, came, |row| match (&before, end) {
            (Some((same, _)), End::Same) => row
                .with(&TIP, "state", text("merged"))
                .with(&TIP, "duplicate_of", Cell::Id(same.id))
                .with(&TIP, "triaged_on", Cell::Date(on)),
            _ => row,
        });
        settle(desk, county, &mut tip, (at, on, about_people), end);
        before = Some((tip, at));
    }
}

fn settle(
    desk: &mut Desk<'_>,
    county: &County<'_>,
    tip: &mut Row,
    (at, on, about_people): (usize, NaiveDate, bool),
    end: End,
) {
    let bureau = county.officials.safety_head.id;
    let (who, days) = match end {
        End::AnsweredLate(_) => (bureau, 5),
        End::SetAside => (bureau, 1),
        _ if about_people => (bureau, 2),
        _ => (county.faculties[at].safety.id, 2),
    };
    let done = desk.soon(on, days, days);
    let mut cells = vec![("triaged_by", Cell::Id(who)), ("triaged_on", Cell::Date(done))];
    let verb = match end {
        End::Answered(words) | End::AnsweredLate(words) => {
            cells.extend([("answer", text(words)), ("answered_on", Cell::Date(done)), ("state", text("answered"))]);
            "answer"
        }
        End::SetAside => {
            cells.extend([("reason", text("与校园安全无关")), ("state", text("set_aside"))]);
            "set_aside"
        }
        End::Same | End::Waiting => return,
    };
    let moment = dates::shanghai_start(done) + 15 * HOUR + desk.rng.between(0, 90) * 60_000;
    let actor = desk.accounts.of(who);
    step(desk, tip, moment, actor, verb, &cells);
}

fn begin(desk: &mut Desk<'_>, sent: &Sent, at: i64, more: impl FnOnce(Row) -> Row) -> Row {
    let due = desk.later(dates::shanghai_date(at), 3);
    let row = more(received(desk.rng.id(at), sent, at, due));
    let change = Change::create(&TIP, "create", row);
    let row = change.after.clone();
    desk.steps.push(Batch { at, actor: None, changes: vec![change] });
    row
}

/// A step, unless the sample county's clock has not come so far.
fn step(desk: &mut Desk<'_>, tip: &mut Row, at: i64, actor: Option<Uuid>, verb: &'static str, cells: &[(&str, Cell)]) {
    if at >= desk.now {
        return;
    }
    let before = tip.clone();
    for (field, cell) in cells {
        tip.set(&TIP, field, cell.clone());
    }
    tip.version = before.version + 1;
    desk.steps.push(Batch { at, actor, changes: vec![Change::update(&TIP, verb, before, tip.clone())] });
}
