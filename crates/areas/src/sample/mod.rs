//! 样例县: a whole county that never was, the same on every machine for the same seed.
//!
//! Its townships are Dao County's (道县, Hunan); its size is the one that county reported for 2020: 76 schools, 2,533 classes,
//! more than 114,000 pupils, 275 guards. Everything else is invented: every person, every hazard. ID numbers carry an area
//! code that belongs to no province ([`names::PRETEND`]), telephone numbers a prefix that nobody has.
//!
//! All of it is data: [`build`] reads no clock and draws from its own generator; storing it is the caller's business.

pub mod accounts;
pub mod attendance;
pub mod book;
pub mod cases;
pub mod duties;
pub mod faculty;
pub mod hazards;
pub mod lessons;
pub mod live;
pub mod lodging;
pub mod names;
pub mod norms;
mod once;
pub mod paths;
pub mod patrols;
pub mod people;
pub mod pictures;
pub mod plant;
pub mod pupils;
pub mod rng;
pub mod schools;
pub mod specs;
pub mod talks;
pub mod templates;
pub mod terms;
pub mod tips;
pub mod units;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use engine::files::Prepared;
use kit::calendar::Calendar;
use kit::{Conduct, dates};
use uuid::Uuid;

use crate::house;

pub use accounts::SampleAccount;
pub use book::Batch;
pub use names::PRETEND;
pub use plant::plant;

use accounts::Accounts;
use book::Book;
use cases::Desk;
use names::Registry;
use people::Office;
use rng::Rng;

/// Division code of the county whose townships it has (GB/T 2260).
pub const COUNTY: &str = "431124";
/// What it is called.
pub const NAME: &str = "道县";

/// How much of the county is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    Full,
    /// One township, for tests.
    Township,
}

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub size: Size,
    /// At most so many schools with an ID of their own.
    pub schools: usize,
    /// The sample county's own date; it is eight in the morning there, and nothing later has happened.
    pub today: NaiveDate,
}

impl Plan {
    /// The whole county on 20 December 2021.
    pub fn county() -> Self {
        Self { size: Size::Full, schools: 76, today: book::day(2021, 12, 20) }
    }

    /// One township of it.
    pub fn township() -> Self {
        Self { size: Size::Township, schools: 4, ..Self::county() }
    }
}

/// The county as it is to be written.
pub struct World {
    /// Its own clock: milliseconds since 1970, UTC.
    pub now: i64,
    pub today: NaiveDate,
    /// In order of time; consecutive ones may be committed together.
    pub batches: Vec<Batch>,
    /// The twelve for trying things out.
    pub accounts: Vec<SampleAccount>,
    /// Those of everybody else who acted: invited, never signed in.
    pub invited: Vec<SampleAccount>,
    /// The photographs of some hazards, whose rows are among the batches.
    pub files: Vec<Prepared>,
}

/// Makes the county. The same plan and seed make the same records.
pub fn build(plan: &Plan, seed: u64) -> World {
    let mut book = Book::default();
    let mut registry = Registry::default();
    let rng = Rng::new(seed);
    let units = units::build(&mut book, &mut rng.part("units"), plan);
    let schools = schools::build(&mut book, &mut rng.part("schools"), plan, &units);
    norms::build(&mut book, &mut rng.part("norms"));
    terms::build(&mut book, &mut rng.part("terms"), &units, &schools);
    let mut hiring = rng.part("people");
    let mut office = Office::new(&mut book, &mut hiring, &mut registry);
    let faculties = faculty::build(&mut office, plan, &schools);
    let principals: Vec<_> = schools
        .iter()
        .zip(&faculties)
        .filter(|(school, _)| school.parent.is_none())
        .map(|(_, faculty)| faculty.principals.clone())
        .collect();
    let officials = people::build(&mut office, &units, &schools, &principals);
    let rolls = pupils::build(&mut book, &mut rng.part("pupils"), &mut registry, &schools, &faculties);
    let lodging = lodging::build(&mut book, &mut rng.part("lodging"), &schools, &faculties, &rolls);
    let accounts = accounts::build(&mut rng.part("accounts"), &units, &schools, &faculties, &officials);
    let now = dates::shanghai_start(plan.today) + 8 * 3_600_000;
    let county = hazards::County {
        units: &units,
        schools: &schools,
        faculties: &faculties,
        officials: &officials,
        today: plan.today,
    };
    cases_of(&mut book, &mut rng.part("hazards"), &county, &accounts, now);
    let files = pictures::build(&mut book.steps, &schools);
    if let Ok(rules) = house::rules() {
        lessons::build(&mut book, &mut rng.part("lessons"), &schools, &faculties, &rules);
        let county = attendance::County {
            schools: &schools,
            faculties: &faculties,
            rolls: &rolls.of,
            lodging: &lodging,
            officer: officials.safety_head.id,
            rules: &rules,
            today: plan.today,
        };
        book.steps.extend(attendance::build(&mut rng.part("attendance"), &county));
    }
    once::told_once(&mut book.steps);
    World {
        files,
        now,
        today: plan.today,
        batches: book.batches(),
        accounts: accounts.sample,
        invited: accounts.invited,
    }
}

fn cases_of(book: &mut Book, rng: &mut Rng, county: &hazards::County<'_>, accounts: &Accounts, now: i64) {
    let calendar = calendar();
    let mut steps = Vec::new();
    let mut desk = Desk { rng, calendar: &calendar, accounts, now, steps: &mut steps };
    hazards::build(&mut desk, county);
    let (found, by_themselves) = (found(desk.steps, false), found(desk.steps, true));
    hazards::returns(book, &mut desk, county, &found);
    let mut own = desk.rng.part("duties");
    duties::build(&mut Desk { rng: &mut own, steps: &mut *desk.steps, ..desk }, county, [&found, &by_themselves]);
    let mut own = desk.rng.part("tips");
    tips::build(&mut Desk { rng: &mut own, steps: &mut *desk.steps, ..desk }, county);
    let mut own = desk.rng.part("patrols");
    patrols::build(&mut Desk { rng: &mut own, steps: &mut *desk.steps, ..desk }, county);
    let mut own = desk.rng.part("talks");
    talks::build(&mut Desk { rng: &mut own, steps: &mut *desk.steps, ..desk }, county);
    book.steps = steps;
}

/// School and day of each hazard that was recorded, or of each that a school found by its own check.
fn found(steps: &[Batch], by_themselves: bool) -> Vec<(Uuid, NaiveDate)> {
    use crate::hazards::record::HAZARD;
    let fits = |row: &kit::Row| !by_themselves || row.get(&HAZARD, "source").text() == Some("self_check");
    let created = steps.iter().flat_map(|batch| &batch.changes).filter(|change| change.before.is_none());
    let created = created.filter(|change| fits(&change.after));
    created
        .filter_map(|change| {
            Some((change.after.get(&HAZARD, "school").id()?, change.after.get(&HAZARD, "found_on").date()?))
        })
        .collect()
}

/// What is asked and said in the sample county: what ships. A test holds that it can be read.
static CONDUCT: LazyLock<Arc<Conduct>> =
    LazyLock::new(|| house::rules().map(|rules| rules.conduct).unwrap_or_default());

/// The working days of the years in question.
fn calendar() -> Calendar {
    // The file stands in the repository and is tested; without it deadlines would count weekends alone.
    const EMPTY: &str = "basis = \"\"\nyear = []";
    let read = |text| Calendar::parse(text).ok();
    read(include_str!("../../../../rules/calendar.toml"))
        .or_else(|| read(EMPTY))
        .unwrap_or_else(|| unreachable!("an empty calendar can be read"))
}
