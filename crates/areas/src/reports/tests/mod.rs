//! A county small enough to be counted by hand.
//!
//! Two townships with three schools, a campus and a closed school; nine hazards, one of them a mistake; and one school whose returns stop
//! in the summer. It is the morning of 20 December 2021.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod doing;
mod doors;
mod figures;
mod prose;
mod snapshot;

use std::sync::Arc;

use chrono::NaiveDate;
use engine::auth::ACCOUNT;
use engine::clock::{self, Clock};
use engine::{App, Cx};
use kit::dates::{Period, shanghai_start};
use kit::figure::Frame;
use kit::{Actor, Author, Cell, Change, Lang, Noun, Role, Row, Scope};
use store::keys::KeyFolder;
use store::{Opening, Store, Target};
use uuid::Uuid;

use super::freeze::{Difference, differences};
use super::numbers::{Numbers, gather};
use crate::hazards::record::HAZARD;
use crate::hazards::returns::{MONTHLY_RETURN, draft};
use crate::house;
use crate::organisation::record::{CLASS, ENROLMENT, POST, PUPIL, SCHOOL, STAFF, UNIT};

const COUNTY: u128 = 1;
const BUREAU: u128 = 2;
const NORTH: u128 = 3;
const SOUTH: u128 = 4;
/// In the north: the central school, its campus, and a school that closed in 2020.
const CENTRAL: u128 = 10;
const CAMPUS: u128 = 11;
const CLOSED: u128 = 12;
/// In the south: the school whose returns stop, and one that opened in September 2021.
const SILENT: u128 = 13;
const YOUNG: u128 = 14;

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn on(text: &str) -> Cell {
    if text.is_empty() { Cell::Null } else { Cell::Date(day(text)) }
}

fn word(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn refer(n: u128) -> Cell {
    if n == 0 { Cell::Null } else { Cell::Id(id(n)) }
}

fn row(noun: &Noun, n: u128, cells: &[(&str, Cell)]) -> Row {
    let mut row = Row::blank(noun, id(n));
    for (field, cell) in cells {
        assert!(noun.index(field).is_some(), "{}.{field}", noun.name);
        row.set(noun, field, cell.clone());
    }
    row
}

type Rows = Vec<(&'static Noun, Row)>;

fn units(rows: &mut Rows) {
    for (n, kind, parent) in
        [(COUNTY, "county", 0), (BUREAU, "bureau", COUNTY), (NORTH, "township", COUNTY), (SOUTH, "township", COUNTY)]
    {
        let cells =
            [("code", word(&n.to_string())), ("name", word(kind)), ("kind", word(kind)), ("parent", refer(parent))];
        rows.push((&UNIT, row(&UNIT, n, &cells)));
    }
    let schools = [
        (CENTRAL, NORTH, 0, "2000-09-01", ""),
        (CAMPUS, NORTH, CENTRAL, "2000-09-01", ""),
        (CLOSED, NORTH, 0, "2000-09-01", "2020-06-30"),
        (SILENT, SOUTH, 0, "2000-09-01", ""),
        (YOUNG, SOUTH, 0, "2021-09-15", ""),
    ];
    for (n, township, parent, opened, closed) in schools {
        let cells = [
            ("local_code", word(&format!("L{n}"))),
            ("name", word(&format!("school {n}"))),
            ("kind", word("primary")),
            ("campus", Cell::Bool(parent != 0)),
            ("parent", refer(parent)),
            ("township", refer(township)),
            ("owner", word("education")),
            ("boarding", Cell::Bool(false)),
            ("canteen", word("none")),
            ("buses", Cell::Int(0)),
            ("opened_on", on(opened)),
            ("closed_on", on(closed)),
        ];
        rows.push((&SCHOOL, row(&SCHOOL, n, &cells)));
    }
}

/// Nine pupils of two schools, of whom one left and one boards; three classes, one ended; three of staff, two posts.
fn people(rows: &mut Rows) {
    for (n, school, year, ended) in
        [(100, CENTRAL, 2019, ""), (101, CENTRAL, 2015, "2021-06-30"), (102, SILENT, 2020, "")]
    {
        let cells = [
            ("school", refer(school)),
            ("entry_year", Cell::Int(year)),
            ("stage", word("primary")),
            ("number", Cell::Int(1)),
            ("name", word("class")),
            ("ended_on", on(ended)),
        ];
        rows.push((&CLASS, row(&CLASS, n, &cells)));
    }
    for n in 200..209_u128 {
        let (school, class) = if n < 206 { (CENTRAL, 100) } else { (SILENT, 102) };
        let cells = [
            ("name", word("someone")),
            ("sex", word("1")),
            ("school", refer(school)),
            ("class", refer(class)),
            ("number", Cell::Secret(format!("G{n:018}"))),
            ("boarder", Cell::Bool(n == 201)),
            ("enrolled_on", on("2019-09-01")),
            ("left_on", on(if n == 200 { "2021-05-31" } else { "" })),
        ];
        rows.push((&PUPIL, row(&PUPIL, n, &cells)));
        let cells =
            [("pupil", refer(n)), ("school", refer(school)), ("class", refer(class)), ("from_on", on("2019-09-01"))];
        rows.push((&ENROLMENT, row(&ENROLMENT, n + 300, &cells)));
    }
    for (n, school, unit) in [(300, CENTRAL, 0), (301, SILENT, 0), (302, 0, BUREAU)] {
        let cells = [
            ("number", word(&n.to_string())),
            ("name", word("someone")),
            ("sex", word("1")),
            ("school", refer(school)),
            ("unit", refer(unit)),
        ];
        rows.push((&STAFF, row(&STAFF, n, &cells)));
    }
    for (n, staff, post, school, unit) in [(400, 300, "safety_officer", CENTRAL, 0), (401, 302, "inspector", 0, BUREAU)]
    {
        let cells = [
            ("staff", refer(staff)),
            ("post", word(post)),
            ("school", refer(school)),
            ("unit", refer(unit)),
            ("from_on", on("2020-01-01")),
        ];
        rows.push((&POST, row(&POST, n, &cells)));
    }
}

/// Number, school (0: the township itself), township, found, first limit, limit, closed, state, source.
type Case = (u128, u128, u128, [&'static str; 4], &'static str, &'static str);

const CASES: [Case; 9] = [
    (1000, CENTRAL, NORTH, ["2021-03-01", "2021-03-10", "2021-03-10", "2021-03-08"], "closed", "self_check"),
    (1001, CENTRAL, NORTH, ["2021-04-01", "2021-04-10", "2021-04-20", "2021-04-15"], "closed", "self_check"),
    // On the campus, late, and come back once.
    (1002, CAMPUS, NORTH, ["2021-05-01", "2021-05-10", "2021-05-10", "2021-05-20"], "closed", "self_check"),
    // Major, and nobody closed it.
    (1003, SILENT, SOUTH, ["2021-06-01", "2021-06-10", "2021-06-10", ""], "rectifying", "inspection"),
    // Refused, and not signed for.
    (1004, SILENT, SOUTH, ["2021-12-01", "2021-12-30", "2021-12-30", ""], "handed_over", "inspection"),
    // The township's own, fixed on the spot.
    (1005, 0, SOUTH, ["2021-07-01", "2021-07-10", "2021-07-10", "2021-07-10"], "closed", "inspection"),
    (1006, CENTRAL, NORTH, ["2021-07-01", "2021-07-10", "2021-07-10", ""], "mistaken", "inspection"),
    (1007, CENTRAL, NORTH, ["2020-05-01", "2020-05-10", "2020-05-10", "2020-05-09"], "closed", "inspection"),
    (1008, SILENT, SOUTH, ["2020-11-01", "2021-01-05", "2021-01-05", "2021-01-04"], "closed", "inspection"),
];

fn hazards(rows: &mut Rows) {
    for (n, school, township, [found, first, due, closed], state, source) in CASES {
        let cells = [
            ("place_kind", word(if school == 0 { "township" } else { "school" })),
            ("school", refer(school)),
            ("township", refer(township)),
            ("place", word("somewhere")),
            ("description", word("something")),
            ("category", word("fire")),
            ("source", word(source)),
            ("found_on", on(found)),
            ("grade", word(if n == 1003 { "major" } else { "general" })),
            ("first_due_on", on(first)),
            ("due_on", on(due)),
            ("closed_on", on(closed)),
            ("on_the_spot", Cell::Bool(n == 1005)),
            ("refused", Cell::Bool(n == 1004)),
            ("refused_on", on(if n == 1004 { "2021-12-15" } else { "" })),
            ("handed_on", on(if n == 1004 { "2021-12-02" } else { "" })),
            ("extensions", Cell::Int(0)),
            ("sent_back", Cell::Int(0)),
            ("reopened", Cell::Int(i64::from(n == 1002))),
            ("state", word(state)),
        ];
        rows.push((&HAZARD, row(&HAZARD, n, &cells)));
    }
}

/// The central school confirms January to November, the silent one January to June and leaves July as a draft, the young one
/// September to November: twenty of twenty-one, the young one's three of nothing found.
fn returns(rows: &mut Rows) {
    for (at, (school, months)) in [(CENTRAL, 1..=11), (SILENT, 1..=7), (YOUNG, 9..=11)].into_iter().enumerate() {
        for month in months {
            let first = NaiveDate::from_ymd_opt(2021, month, 1).unwrap();
            let confirmed = !(school == SILENT && month == 7);
            let after = Period::month_of(first).last().succ_opt().unwrap();
            let draft =
                draft(id(2000 + at as u128 * 100 + u128::from(month)), id(school), first, i64::from(school != YOUNG));
            let row = if confirmed {
                draft.with(&MONTHLY_RETURN, "state", word("confirmed")).with(
                    &MONTHLY_RETURN,
                    "confirmed_on",
                    Cell::Date(after),
                )
            } else {
                draft
            };
            rows.push((&MONTHLY_RETURN, row));
        }
    }
}

fn accounts(rows: &mut Rows) {
    for (n, login, unit, school) in [
        (900, "bureau", 0, 0),
        (901, "township", NORTH, 0),
        (902, "school", 0, CENTRAL),
        (903, "guard", 0, CENTRAL),
        (904, "county", 0, 0),
    ] {
        let cells = [
            ("login", word(login)),
            ("name", word(login)),
            ("role", word(login)),
            ("unit", refer(unit)),
            ("school", refer(school)),
        ];
        rows.push((&ACCOUNT, row(&ACCOUNT, n, &cells)));
    }
}

struct County {
    app: Arc<App>,
    _folder: tempfile::TempDir,
}

impl County {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys =
            KeyFolder::create(&folder.path().join("keys"), &mut |bytes: &mut [u8]| clock::random(bytes)).unwrap();
        let opening = Opening {
            target: Target::Sqlite(folder.path().join("county.db")),
            county: "439999".into(),
            keys: Some(keys),
            checkpoints: folder.path().join("checkpoints.log"),
            nouns: house::nouns(),
            migrations: &house::migrations(),
            random: clock::random,
        };
        let store = Store::open(opening).await.unwrap();
        let mut rows = Rows::new();
        for part in [units, people, hazards, returns, accounts] {
            part(&mut rows);
        }
        let changes = rows.into_iter().map(|(noun, row)| Change::create(noun, "import", row)).collect();
        store.commit(Author { actor: None, at: 1, request: id(5000) }, changes).await.unwrap();
        let clock = Clock::starting_at(shanghai_start(day("2021-12-20")) + 8 * 3_600_000);
        let app = App::new(house::setting(store, "试县", clock, None).unwrap()).await.unwrap();
        Self { app, _folder: folder }
    }

    fn cx(&self, role: Role, scope: Scope) -> Cx {
        let actor = Actor { account: id(900), login: "x".into(), name: "x".into(), role, unit: None, scope };
        Cx {
            app: Arc::clone(&self.app),
            actor,
            lang: Lang::Zh,
            now: self.app.clock.now(),
            request: self.app.store.new_id(self.app.clock.now()),
        }
    }

    fn bureau(&self) -> Cx {
        self.cx(Role::Bureau, Scope::county())
    }

    async fn add(&self, n: u128, rows: Rows) {
        let changes = rows.into_iter().map(|(noun, row)| Change::create(noun, "import", row)).collect();
        self.app.store.commit(Author { actor: None, at: 2, request: id(n) }, changes).await.unwrap();
    }
}

/// What differs from a frozen report when it is counted again.
async fn recompute(cx: &Cx, frozen: &Numbers) -> Vec<Difference> {
    differences(frozen, &gather(cx, frozen.year, frozen.cutoff).await.unwrap())
}

fn year(unit: Option<u128>) -> Frame {
    Frame { period: Period::Year(2021), cutoff: day("2021-12-20"), unit: unit.map(id), now: None }
}
