//! 校历: the county's terms from autumn 2019 to summer 2022, what interrupted them, and the exams in them.
//!
//! Invented, but as it may have been there: the spring of 2020 began at home (疫情), the rain of June 2021 closed the schools of two townships,
//! ice kept those in the hills away in January 2021, and schools that were sites of the public exams were free meanwhile. What lies after the
//! county's today was decided before it; what nobody could know then is not there.

use chrono::NaiveDate;
use kit::Cell;

use super::book::{Book, START, day, maybe_id, morning, row, text};
use super::rng::Rng;
use super::schools::School;
use super::units::{HOME, Units};
use crate::terms::record::{SCHOOL_DAY, SUSPENSION, TERM};

/// After everything that a row of these may name.
const RANK: u8 = 250;

/// (year, season, first day, last day, document, when it was decided)
type Line = (i64, &'static str, (i32, u32, u32), (i32, u32, u32), &'static str, (i32, u32, u32));

const COUNTY: [Line; 6] = [
    (2019, "autumn", (2019, 9, 2), (2020, 1, 12), "道教字〔2019〕31号", (2020, 1, 1)),
    (2019, "spring", (2020, 2, 17), (2020, 7, 17), "道教字〔2020〕4号", (2020, 2, 10)),
    (2020, "autumn", (2020, 9, 1), (2021, 1, 22), "道教字〔2020〕27号", (2020, 7, 20)),
    (2020, "spring", (2021, 3, 1), (2021, 7, 9), "道教字〔2020〕27号", (2020, 7, 20)),
    (2021, "autumn", (2021, 9, 1), (2022, 1, 14), "道教字〔2021〕25号", (2021, 7, 12)),
    (2021, "spring", (2022, 2, 14), (2022, 7, 1), "道教字〔2021〕25号", (2021, 7, 12)),
];

/// Senior schools begin earlier, and their boarders go home every second week.
const SENIOR: [Line; 2] = [
    (2020, "autumn", (2020, 8, 24), (2021, 1, 29), "道教字〔2020〕28号", (2020, 7, 20)),
    (2021, "autumn", (2021, 8, 23), (2022, 1, 21), "道教字〔2021〕26号", (2021, 7, 12)),
];

/// Whose schools a suspension closed.
#[derive(Clone, Copy)]
enum Closed {
    County,
    Township(&'static str),
    /// Schools of these types, one row each: the sites of an exam.
    Sites(&'static [&'static str]),
}

type Gap = (Closed, &'static str, (i32, u32, u32), (i32, u32, u32), &'static str, &'static str);

const GAPS: [Gap; 7] = [
    (
        Closed::County,
        "epidemic",
        (2020, 2, 17),
        (2020, 4, 26),
        "县新冠肺炎疫情防控指挥部",
        "停课不停学，线上教学；4月27日起分批返校",
    ),
    (
        Closed::Sites(&["senior", "complete_secondary"]),
        "exam_site",
        (2020, 7, 7),
        (2020, 7, 8),
        "县招生考试委员会",
        "高考考点",
    ),
    (Closed::Township("431124212"), "ice", (2021, 1, 7), (2021, 1, 8), "县教育局", "低温冰冻，山区道路结冰"),
    (
        Closed::Sites(&["senior", "complete_secondary"]),
        "exam_site",
        (2021, 6, 7),
        (2021, 6, 9),
        "县招生考试委员会",
        "高考考点",
    ),
    (Closed::Sites(&["junior"]), "exam_site", (2021, 6, 17), (2021, 6, 19), "县招生考试委员会", "初中学业水平考试考点"),
    (Closed::Township(HOME), "rain", (2021, 6, 28), (2021, 6, 29), "县教育局", "暴雨红色预警，乡镇低洼路段被淹"),
    (Closed::Township("431124108"), "rain", (2021, 6, 28), (2021, 6, 28), "县教育局", "暴雨红色预警"),
];

/// Year, month, day.
type Day = (i32, u32, u32);

/// (name, kind, first day, last day)
const DAYS: [(&str, &str, Day, Day); 8] = [
    ("期末考试", "exam", (2020, 1, 8), (2020, 1, 10)),
    ("期末考试", "exam", (2020, 7, 13), (2020, 7, 15)),
    ("期中考试", "exam", (2020, 11, 11), (2020, 11, 12)),
    ("期末考试", "exam", (2021, 1, 18), (2021, 1, 20)),
    ("期中考试", "exam", (2021, 5, 12), (2021, 5, 13)),
    ("期末考试", "exam", (2021, 7, 5), (2021, 7, 7)),
    ("期中考试", "exam", (2021, 11, 10), (2021, 11, 11)),
    ("期末考试", "exam", (2022, 1, 10), (2022, 1, 12)),
];

fn of((year, month, on): (i32, u32, u32)) -> NaiveDate {
    day(year, month, on)
}

/// First and last days of the terms of a school of a type, as [`build`] writes them.
pub fn terms_of(kind: &str) -> Vec<(NaiveDate, NaiveDate)> {
    let own: &[Line] = if ["senior", "complete_secondary"].contains(&kind) { &SENIOR } else { &[] };
    let replaced = |line: &&Line| !own.iter().any(|own| (own.0, own.1) == (line.0, line.1));
    let mut lines: Vec<_> = COUNTY.iter().filter(replaced).chain(own).map(|line| (of(line.2), of(line.3))).collect();
    lines.sort_unstable();
    lines
}

pub fn build(book: &mut Book, rng: &mut Rng, units: &Units, schools: &[School]) {
    for line in COUNTY {
        term(book, rng, None, line, "weekly");
    }
    let own = |school: &&School| ["senior", "complete_secondary"].contains(&school.kind);
    for school in schools.iter().filter(own) {
        for line in SENIOR {
            term(book, rng, Some(school), line, "fortnightly");
        }
    }
    for gap in GAPS {
        suspend(book, rng, units, schools, gap);
    }
    for (name, kind, from, until) in DAYS {
        let decided = of(from).pred_opt().unwrap_or(START) - chrono::TimeDelta::days(30);
        let cells = [
            ("kind", text(kind)),
            ("name", text(name)),
            ("from_on", Cell::Date(of(from))),
            ("until_on", Cell::Date(of(until))),
            ("state", text("in_force")),
        ];
        book.create(decided, RANK, &SCHOOL_DAY, row(&SCHOOL_DAY, rng.id(morning(decided)), cells));
    }
}

fn term(book: &mut Book, rng: &mut Rng, school: Option<&School>, line: Line, home: &str) {
    let (year, season, from, until, document, decided) = line;
    let cells = [
        ("school", maybe_id(school.map(|school| school.id))),
        ("year", Cell::Int(year)),
        ("season", text(season)),
        ("from_on", Cell::Date(of(from))),
        ("until_on", Cell::Date(of(until))),
        ("home", text(home)),
        ("document", text(document)),
    ];
    book.create(of(decided), RANK, &TERM, row(&TERM, rng.id(morning(of(decided))), cells));
}

fn suspend(book: &mut Book, rng: &mut Rng, units: &Units, schools: &[School], gap: Gap) {
    let (closed, reason, from, until, by, note) = gap;
    let places: Vec<(Option<_>, Option<_>)> = match closed {
        Closed::County => vec![(None, None)],
        Closed::Township(code) => units.township(code).map(|town| (None, Some(town.unit.id))).into_iter().collect(),
        Closed::Sites(kinds) => {
            let sites = schools.iter().filter(|school| kinds.contains(&school.kind)).take(3);
            sites.map(|school| (Some(school.id), None)).collect()
        }
    };
    // Rain and ice were decided the evening before, an exam's site two weeks ahead; by then the office was open, so on the working morning.
    let ahead = if reason == "exam_site" { 14 } else { 1 };
    let decided = of(from) - chrono::TimeDelta::days(ahead);
    for (school, unit) in places {
        let cells = [
            ("school", maybe_id(school)),
            ("unit", maybe_id(unit)),
            ("reason", text(reason)),
            ("from_on", Cell::Date(of(from))),
            ("until_on", Cell::Date(of(until))),
            ("decided_by", text(by)),
            ("note", text(note)),
            ("state", text("in_force")),
        ];
        book.create(decided, RANK, &SUSPENSION, row(&SUSPENSION, rng.id(morning(decided)), cells));
    }
}
