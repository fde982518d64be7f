//! Staff and the posts they hold from one day to another: townships, departments, the bureau, inspectors, leading groups.

use chrono::NaiveDate;
use kit::{Cell, Row};
use uuid::Uuid;

use super::book::{Book, START, day, maybe_date, maybe_id, morning, row, secret, text};
use super::faculty::Term;
use super::names::Registry;
use super::rng::Rng;
use super::schools::School;
use super::units::{Unit, Units};
use crate::organisation::record::{INSPECTOR_AREA, POST, STAFF};

/// A member of staff.
#[derive(Clone, Debug)]
pub struct Staffer {
    pub id: Uuid,
    pub name: String,
    pub row: Row,
}

/// Where somebody works or holds a post: a school or a unit.
#[derive(Clone, Copy, Debug)]
pub enum At {
    School(Uuid),
    Unit(Uuid),
}

impl At {
    fn cells(self) -> [(&'static str, Cell); 2] {
        let (school, unit) = match self {
            Self::School(id) => (Some(id), None),
            Self::Unit(id) => (None, Some(id)),
        };
        [("school", maybe_id(school)), ("unit", maybe_id(unit))]
    }
}

/// Appoints people: everything that writes staff and posts goes through here.
pub struct Office<'a> {
    pub book: &'a mut Book,
    pub rng: &'a mut Rng,
    pub registry: &'a mut Registry,
    /// Running number of the county's staff (工号).
    hired: usize,
}

impl<'a> Office<'a> {
    pub fn new(book: &'a mut Book, rng: &'a mut Rng, registry: &'a mut Registry) -> Self {
        Self { book, rng, registry, hired: 0 }
    }

    /// Somebody who works there from a day on; `women` in a thousand are women.
    pub fn hire(&mut self, at: At, from: NaiveDate, women: u64) -> Staffer {
        self.hired += 1;
        let male = !self.rng.chance(women);
        let born = self.rng.day(day(1965, 1, 1), 29 * 365);
        let someone = self.registry.someone(self.rng, male, born);
        let id = self.rng.id(morning(from));
        let [school, unit] = at.cells();
        let cells = [
            ("number", text(format!("DX{:05}", self.hired))),
            ("name", text(&someone.name)),
            ("sex", text(someone.sex)),
            school,
            unit,
            ("phone", secret(someone.phone)),
            ("id_number", secret(someone.id_number)),
        ];
        let row = row(&STAFF, id, cells);
        self.book.create(from, 2, &STAFF, row.clone());
        Staffer { id, name: someone.name, row }
    }

    /// A post from a day on, for ever or until another day.
    pub fn appoint(&mut self, who: Uuid, post: &str, at: At, from: NaiveDate, until: Option<NaiveDate>) {
        let id = self.rng.id(morning(from));
        let [school, unit] = at.cells();
        let cells = [
            ("staff", Cell::Id(who)),
            ("post", text(post)),
            school,
            unit,
            ("from_on", Cell::Date(from)),
            ("until_on", Cell::Null),
        ];
        let begun = row(&POST, id, cells);
        self.book.create(from, 3, &POST, begun.clone());
        if let Some(until) = until {
            self.book.edit(until.max(from), 13, &POST, begun, &[("until_on", maybe_date(Some(until)))]);
        }
    }

    /// Somebody new in a post from the first day of the records on.
    pub fn install(&mut self, post: &str, at: At) -> Staffer {
        let who = self.hire(at, START, 250);
        let since = self.since();
        self.appoint(who.id, post, at, since, None);
        who
    }

    /// Some day before the records begin.
    fn since(&mut self) -> NaiveDate {
        self.rng.day(day(2016, 9, 1), 1000)
    }
}

/// A department or township: its head, and who answers its mail.
#[derive(Clone, Debug)]
pub struct Body {
    pub unit: Unit,
    pub head: Staffer,
    pub liaison: Staffer,
}

pub struct Inspector {
    pub staffer: Staffer,
    /// Places of his schools in the list.
    pub schools: Vec<usize>,
}

pub struct Officials {
    pub director: Staffer,
    /// 分管副局长: in charge of safety.
    pub deputy: Staffer,
    /// Head of the safety section (安全股).
    pub safety_head: Staffer,
    /// Its officers.
    pub officers: Vec<Staffer>,
    /// Three of the bureau's people keep the system, each one office.
    pub administrators: Vec<Staffer>,
    pub departments: Vec<Body>,
    pub townships: Vec<Body>,
    pub inspectors: Vec<Inspector>,
}

impl Officials {
    pub fn department(&self, letters: &str) -> Option<&Body> {
        self.departments.iter().find(|body| body.unit.code.ends_with(letters))
    }

    pub fn township(&self, id: Uuid) -> Option<&Body> {
        self.townships.iter().find(|body| body.unit.id == id)
    }

    pub fn inspector_of(&self, school: usize) -> Option<&Inspector> {
        self.inspectors.iter().find(|inspector| inspector.schools.contains(&school))
    }
}

pub fn build(office: &mut Office<'_>, units: &Units, schools: &[School], principals: &[Vec<Term>]) -> Officials {
    let departments: Vec<Body> = units.departments.iter().map(|unit| body(office, unit, "director")).collect();
    let townships: Vec<Body> =
        units.townships.iter().map(|township| body(office, &township.unit, "township_head")).collect();
    let bureau = At::Unit(units.bureau.id);
    let director = office.install("director", bureau);
    let deputies: Vec<Staffer> = (0..4).map(|_| office.install("deputy_director", bureau)).collect();
    let mut heads = Vec::new();
    let mut officers = Vec::new();
    for section in &units.sections {
        heads.push(office.install("section_head", At::Unit(section.id)));
        officers.push((0..2).map(|_| office.install("officer", At::Unit(section.id))).collect::<Vec<_>>());
    }
    let administrators = (0..3).map(|_| office.install("officer", bureau)).collect();
    let county = At::Unit(units.county.id);
    county_group(office, county, &departments, &director);
    bureau_group(office, bureau, &director, &deputies, &heads, principals);
    let inspectors = inspectors(office, units, schools);
    let [deputy, safety_head] = [&deputies[0], &heads[0]].map(Clone::clone);
    let officers = officers.into_iter().next().unwrap_or_default();
    Officials { director, deputy, safety_head, officers, administrators, departments, townships, inspectors }
}

fn body(office: &mut Office<'_>, unit: &Unit, post: &str) -> Body {
    let at = At::Unit(unit.id);
    let head = office.install(post, at);
    Body { unit: unit.clone(), head, liaison: office.install("liaison", at) }
}

/// The county's leading group (领导小组): headed by the secretary of the political-legal committee (政法委书记).
fn county_group(office: &mut Office<'_>, county: At, departments: &[Body], director: &Staffer) {
    let from = day(2020, 1, 10);
    for (at, body) in departments.iter().enumerate() {
        let post = if at == 0 { "group_head" } else { "group_member" };
        office.appoint(body.head.id, post, county, from, None);
    }
    office.appoint(director.id, "group_deputy", county, from, None);
    let committee = departments.first().map(|body| At::Unit(body.unit.id));
    if let (Some(committee), Some(first)) = (committee, departments.first()) {
        // Its deputy secretary, and the head of the office of comprehensive governance (综治办主任).
        for _ in 0..2 {
            let deputy = office.install("deputy_director", committee);
            office.appoint(deputy.id, "group_deputy", county, from, None);
        }
        office.appoint(first.liaison.id, "group_office", county, from, None);
    }
}

/// The bureau's own group: its leaders, its heads of sections, and the head of every school and kindergarten.
fn bureau_group(
    office: &mut Office<'_>,
    bureau: At,
    director: &Staffer,
    deputies: &[Staffer],
    heads: &[Staffer],
    principals: &[Vec<Term>],
) {
    let from = day(2020, 1, 15);
    office.appoint(director.id, "group_head", bureau, from, None);
    for (at, deputy) in deputies.iter().enumerate() {
        office.appoint(deputy.id, if at == 0 { "group_deputy" } else { "group_member" }, bureau, from, None);
    }
    for (at, head) in heads.iter().enumerate() {
        office.appoint(head.id, if at == 0 { "group_office" } else { "group_member" }, bureau, from, None);
    }
    for (who, since, until) in principals.iter().flatten() {
        office.appoint(who.id, "group_member", bureau, from.max(*since), *until);
    }
}

/// Part-time inspectors (兼职督学), each with about five schools (责任督学挂牌督导, about one for five).
fn inspectors(office: &mut Office<'_>, units: &Units, schools: &[School]) -> Vec<Inspector> {
    let places: Vec<usize> = (0..schools.len()).filter(|at| schools[*at].parent.is_none()).collect();
    let section = At::Unit(units.by_letters("DD").unwrap_or(&units.bureau).id);
    let count = (places.len() / 5 + 1).min(16);
    let share = |at: usize| at * places.len() / count;
    let mut inspectors = Vec::new();
    for at in 0..count {
        let staffer = office.install("inspector", section);
        let schools_of_his: Vec<usize> = places[share(at)..share(at + 1)].to_vec();
        for school in &schools_of_his {
            let id = office.rng.id(morning(START));
            let cells = [
                ("staff", Cell::Id(staffer.id)),
                ("school", Cell::Id(schools[*school].id)),
                ("from_on", Cell::Date(START)),
            ];
            office.book.create(START, 4, &INSPECTOR_AREA, row(&INSPECTOR_AREA, id, cells));
        }
        inspectors.push(Inspector { staffer, schools: schools_of_his });
    }
    inspectors
}
