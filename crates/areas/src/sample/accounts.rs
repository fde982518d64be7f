//! Who can sign in: twelve accounts with known names for trying things out, and one for everybody who acted in a hazard's life.

use std::collections::HashMap;

use kit::Role;
use uuid::Uuid;

use super::book::{START, morning};
use super::faculty::Faculty;
use super::people::{Officials, Staffer};
use super::rng::Rng;
use super::schools::{SAMPLE_SCHOOL, School};
use super::units::Units;

/// An account of the sample county; the password is drawn when it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleAccount {
    pub id: Uuid,
    pub login: String,
    pub name: String,
    pub role: Role,
    pub staff: Option<Uuid>,
    pub unit: Option<Uuid>,
    pub school: Option<Uuid>,
    pub class: Option<Uuid>,
}

/// All accounts: who acted is found by the person.
#[derive(Default)]
pub struct Accounts {
    /// The twelve with known names.
    pub sample: Vec<SampleAccount>,
    /// Everybody else: invited, never signed in.
    pub invited: Vec<SampleAccount>,
    by_staff: HashMap<Uuid, Uuid>,
}

impl Accounts {
    /// The account of a member of staff.
    pub fn of(&self, staff: Uuid) -> Option<Uuid> {
        self.by_staff.get(&staff).copied()
    }

    fn add(&mut self, rng: &mut Rng, login: &str, role: Role, who: &Staffer, place: Place) {
        if self.by_staff.contains_key(&who.id) {
            return;
        }
        let id = rng.id(morning(START));
        let Place { unit, school, class } = place;
        let (name, known) = (who.name.clone(), !login.is_empty());
        let login = if known { login.to_owned() } else { format!("u{:04}", self.invited.len() + 1) };
        self.by_staff.insert(who.id, id);
        let account = SampleAccount { id, login, name, role, staff: Some(who.id), unit, school, class };
        if known { self.sample.push(account) } else { self.invited.push(account) }
    }
}

#[derive(Clone, Copy, Default)]
struct Place {
    unit: Option<Uuid>,
    school: Option<Uuid>,
    class: Option<Uuid>,
}

impl Place {
    fn unit(unit: Uuid) -> Self {
        Self { unit: Some(unit), ..Self::default() }
    }

    fn school(school: Uuid) -> Self {
        Self { school: Some(school), ..Self::default() }
    }
}

pub fn build(
    rng: &mut Rng,
    units: &Units,
    schools: &[School],
    faculties: &[Faculty],
    officials: &Officials,
) -> Accounts {
    let mut accounts = Accounts::default();
    known(&mut accounts, rng, units, schools, faculties, officials);
    let bureau = Place::unit(units.bureau.id);
    for officer in &officials.officers {
        accounts.add(rng, "", Role::Bureau, officer, bureau);
    }
    accounts.add(rng, "", Role::Director, &officials.deputy, bureau);
    if let Some(committee) = officials.department("ZF") {
        accounts.add(rng, "", Role::County, &committee.head, Place::unit(units.county.id));
    }
    for inspector in &officials.inspectors {
        accounts.add(rng, "", Role::Inspector, &inspector.staffer, bureau);
    }
    for body in &officials.departments {
        accounts.add(rng, "", Role::Department, &body.liaison, Place::unit(body.unit.id));
    }
    for body in &officials.townships {
        accounts.add(rng, "", Role::Township, &body.head, Place::unit(body.unit.id));
    }
    for (school, faculty) in schools.iter().zip(faculties).filter(|(school, _)| school.parent.is_none()) {
        for (who, _, _) in &faculty.principals {
            accounts.add(rng, "", Role::Principal, who, Place::school(school.id));
        }
        accounts.add(rng, "", Role::School, &faculty.safety, Place::school(school.id));
    }
    accounts
}

/// The twelve: those of one school belong together, and the township is that school's.
fn known(
    accounts: &mut Accounts,
    rng: &mut Rng,
    units: &Units,
    schools: &[School],
    faculties: &[Faculty],
    officials: &Officials,
) {
    let bureau = Place::unit(units.bureau.id);
    accounts.add(rng, "bureau", Role::Bureau, &officials.safety_head, bureau);
    accounts.add(rng, "director", Role::Director, &officials.director, bureau);
    let home = schools.iter().position(|school| school.name == SAMPLE_SCHOOL).unwrap_or(0);
    let (school, faculty) = (&schools[home], &faculties[home]);
    let here = Place::school(school.id);
    accounts.add(rng, "school", Role::School, &faculty.safety, here);
    if let Some((principal, _, _)) = faculty.principals.last() {
        accounts.add(rng, "principal", Role::Principal, principal, here);
    }
    if let (Some(teacher), Some(cohort)) = (faculty.teachers.first(), school.cohorts.first()) {
        accounts.add(rng, "teacher", Role::Teacher, teacher, Place { class: Some(cohort.id), ..here });
    }
    if let Some(guard) = faculty.guards.first() {
        accounts.add(rng, "guard", Role::Guard, guard, here);
    }
    if let Some(inspector) = officials.inspector_of(home) {
        accounts.add(rng, "inspector", Role::Inspector, &inspector.staffer, bureau);
    }
    if let Some(police) = officials.department("GA") {
        accounts.add(rng, "department", Role::Department, &police.liaison, Place::unit(police.unit.id));
    }
    if let Some(township) = officials.township(school.township) {
        accounts.add(rng, "township", Role::Township, &township.head, Place::unit(township.unit.id));
    }
    // Three persons: nobody may combine two of these offices (GB/T 22239-2019, 8.1.5).
    let offices = [("sysadmin", Role::Sysadmin), ("secadmin", Role::Secadmin), ("auditor", Role::Auditor)];
    for ((login, role), who) in offices.into_iter().zip(&officials.administrators) {
        accounts.add(rng, login, role, who, bureau);
    }
}
