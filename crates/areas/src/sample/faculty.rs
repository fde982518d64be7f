//! The people of each school: principals and who followed them, safety officers, class teachers, guards, canteens, groups.

use chrono::NaiveDate;
use kit::Cell;

use super::book::{START, day};
use super::people::{At, Office, Staffer};
use super::schools::{Habit, SAMPLE_SCHOOL, School};
use super::{Plan, Size};
use crate::organisation::record::STAFF;

/// Guards of the whole county.
pub const GUARDS: usize = 275;

/// Somebody in a post, since when, and until when if that is over.
pub type Term = (Staffer, NaiveDate, Option<NaiveDate>);

/// The people of one school; a teaching point has its class teachers and its parent's leaders.
#[derive(Clone, Debug)]
pub struct Faculty {
    pub principals: Vec<Term>,
    pub vices: Vec<Term>,
    pub safety: Staffer,
    pub canteen: Option<Staffer>,
    pub guards: Vec<Staffer>,
    /// In the order of the school's cohorts.
    pub teachers: Vec<Staffer>,
}

impl Faculty {
    pub fn principal_on(&self, day: NaiveDate) -> &Staffer {
        on(&self.principals, day)
    }

    pub fn vice_on(&self, day: NaiveDate) -> &Staffer {
        on(&self.vices, day)
    }
}

fn on(terms: &[Term], day: NaiveDate) -> &Staffer {
    let holding = terms.iter().rev().find(|(_, from, _)| *from <= day);
    &holding.unwrap_or(&terms[0]).0
}

/// One for each school with an ID of its own, in their order, then the class teachers of each teaching point.
pub fn build(office: &mut Office<'_>, plan: &Plan, schools: &[School]) -> Vec<Faculty> {
    let guards = guards_of(plan, schools);
    let mut all: Vec<Faculty> = Vec::new();
    for (at, school) in schools.iter().enumerate() {
        let faculty = match school.parent {
            Some(parent) => Faculty { guards: Vec::new(), teachers: teachers(office, school), ..all[parent].clone() },
            None => faculty(office, school, guards[at], handover(at, school)),
        };
        all.push(faculty);
    }
    all
}

/// Two for each school, the rest where the pupils are.
fn guards_of(plan: &Plan, schools: &[School]) -> Vec<usize> {
    let mut guards: Vec<usize> = schools.iter().map(|school| if school.parent.is_none() { 2 } else { 0 }).collect();
    let wanted = if plan.size == Size::Full { GUARDS } else { guards.iter().sum::<usize>() + 2 };
    while guards.iter().sum::<usize>() < wanted {
        let busiest =
            (0..schools.len()).filter(|at| guards[*at] > 0).max_by_key(|at| schools[*at].pupils() / guards[*at]);
        let Some(busiest) = busiest else { break };
        guards[busiest] += 1;
    }
    guards
}

/// When the principal changed: in every eighth school, in the summer of 2020 or of 2021.
fn handover(at: usize, school: &School) -> Option<NaiveDate> {
    let changes = at.is_multiple_of(8) && school.name != SAMPLE_SCHOOL && school.habit == Habit::Ordinary;
    changes.then(|| if at.is_multiple_of(16) { day(2020, 8, 28) } else { day(2021, 8, 25) })
}

fn faculty(office: &mut Office<'_>, school: &School, guards: usize, handover: Option<NaiveDate>) -> Faculty {
    let at = At::School(school.id);
    let teachers = teachers(office, school);
    let first = office.hire(at, START, 300);
    let vice = office.hire(at, START, 350);
    let mut principals = vec![(first.clone(), day(2018, 8, 20), None)];
    let mut vices = vec![(vice.clone(), day(2018, 8, 20), None)];
    if let Some(changed) = handover {
        // The vice principal follows, a teacher follows the vice principal, and the principal retires.
        let last = changed.pred_opt();
        principals = vec![(first.clone(), day(2014, 8, 20), last), (vice.clone(), changed, None)];
        vices = vec![(vice, day(2017, 8, 20), last), (teachers[0].clone(), changed, None)];
        office.book.edit(changed, 12, &STAFF, first.row, &[("left_on", last.map_or(Cell::Null, Cell::Date))]);
    }
    let safety = office.install("safety_officer", at);
    let canteen = (school.canteen != "delivered").then(|| office.install("canteen_manager", at));
    let guards: Vec<Staffer> = (0..guards).map(|_| guard(office, at)).collect();
    let faculty = Faculty { principals, vices, safety, canteen, guards, teachers };
    posts(office, at, &faculty);
    faculty
}

fn guard(office: &mut Office<'_>, at: At) -> Staffer {
    let guard = office.hire(at, START, 0);
    office.appoint(guard.id, "guard", at, day(2019, 9, 1), None);
    guard
}

/// Leaders' posts, and the school's own group (领导小组), in which office follows office.
fn posts(office: &mut Office<'_>, at: At, faculty: &Faculty) {
    let group = day(2020, 1, 20);
    for (terms, post, in_group) in
        [(&faculty.principals, "principal", "group_head"), (&faculty.vices, "vice_safety", "group_deputy")]
    {
        for (who, from, until) in terms {
            office.appoint(who.id, post, at, *from, *until);
            office.appoint(who.id, in_group, at, group.max(*from), *until);
        }
    }
    office.appoint(faculty.safety.id, "group_office", at, group, None);
    let members = faculty.canteen.iter().chain(faculty.guards.first()).chain(faculty.teachers.iter().skip(1).take(2));
    for member in members {
        office.appoint(member.id, "group_member", at, group, None);
    }
}

/// A class teacher (班主任) for each cohort.
fn teachers(office: &mut Office<'_>, school: &School) -> Vec<Staffer> {
    let at = At::School(school.id);
    let mut teachers = Vec::with_capacity(school.cohorts.len());
    for cohort in &school.cohorts {
        let from = cohort.entered_on();
        let women = if cohort.stage.code == "kindergarten" { 980 } else { 620 };
        let teacher = office.hire(at, from, women);
        office.appoint(teacher.id, "class_teacher", at, from, None);
        teachers.push(teacher);
    }
    teachers
}
