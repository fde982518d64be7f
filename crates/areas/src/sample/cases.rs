//! One hazard's life, step by step with its own instants and people, as [`HazardLife`](crate::hazards::life::HazardLife)
//! would have written it: rows are built here and a test drives the life over the same steps.

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::{Cell, Change, Row, dates};
use uuid::Uuid;

use super::accounts::Accounts;
use super::book::Batch;
use super::rng::Rng;
use crate::hazards::record::HAZARD;

const HOUR: i64 = 3_600_000;

/// What every case needs.
pub struct Desk<'a> {
    pub rng: &'a mut Rng,
    pub calendar: &'a Calendar,
    pub accounts: &'a Accounts,
    /// Nothing happens at or after this instant.
    pub now: i64,
    pub steps: &'a mut Vec<Batch>,
}

impl Desk<'_> {
    /// So many working days later.
    pub fn later(&self, from: NaiveDate, workdays: i64) -> NaiveDate {
        match u32::try_from(workdays) {
            Ok(0) | Err(_) => self.calendar.next_workday_on_or_after(from),
            Ok(count) => self.calendar.add_workdays(from, count),
        }
    }

    /// So many working days later, drawn.
    pub fn soon(&mut self, from: NaiveDate, low: i64, high: i64) -> NaiveDate {
        let workdays = self.rng.between(low, high);
        self.later(from, workdays)
    }
}

/// A hazard in the making.
pub struct Case {
    pub row: Row,
    /// Whether it has been recorded at all by now.
    pub begun: bool,
    /// The instant of its last step.
    at: i64,
    /// How many steps may still be written; a case that is cut short stays where it is.
    left: usize,
}

impl Case {
    /// Recorded by whoever found it. Working hours are 8:00 to 17:30.
    pub fn begin(desk: &mut Desk<'_>, mut row: Row, found_on: NaiveDate, finder: Uuid, most: usize) -> Self {
        let at = dates::shanghai_start(found_on) + 8 * HOUR + desk.rng.between(0, 7 * 60) * 60_000;
        row.id = desk.rng.id(at);
        let mut case = Self { row, begun: false, at, left: most };
        case.begun = case.takes_place(desk, at);
        if case.begun {
            let actor = desk.accounts.of(finder);
            desk.steps.push(Batch { at, actor, changes: vec![Change::create(&HAZARD, "create", case.row.clone())] });
        }
        case
    }

    fn takes_place(&mut self, desk: &Desk<'_>, at: i64) -> bool {
        // What would come after a step that has not happened does not happen either.
        self.left = if at < desk.now { self.left.saturating_sub(1) } else { 0 };
        let happens = at < desk.now;
        self.at = at;
        happens
    }

    /// The day of the last step.
    pub fn day(&self) -> NaiveDate {
        dates::shanghai_date(self.at)
    }

    pub fn date(&self, field: &str) -> Option<NaiveDate> {
        self.row.get(&HAZARD, field).date()
    }

    /// A step by somebody on a day, unless the sample county's clock has not come so far.
    pub fn step(&mut self, desk: &mut Desk<'_>, verb: &'static str, who: Uuid, day: NaiveDate, cells: &[(&str, Cell)]) {
        let morning = dates::shanghai_start(day) + 8 * HOUR + desk.rng.between(0, 6 * 60) * 60_000;
        let at = morning.max(self.at + desk.rng.between(3, 25) * 60_000);
        if self.left == 0 || !self.takes_place(desk, at) {
            self.left = 0;
            return;
        }
        let before = self.row.clone();
        for (field, cell) in cells {
            self.row.set(&HAZARD, field, cell.clone());
        }
        self.row.version = before.version + 1;
        let change = Change::update(&HAZARD, verb, before, self.row.clone());
        desk.steps.push(Batch { at, actor: desk.accounts.of(who), changes: vec![change] });
    }
}
