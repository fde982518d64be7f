//! 月度确认: each school says once a month that the program's count of its hazards is the whole truth.
//!
//! Zero means a confirmed zero (零报告): a month without this confirmation is shown as "no return", not as nothing found.
//! The program makes the draft with its count; the head of the school confirms it with one move.

use chrono::NaiveDate;
use kit::dates::Period;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, MoveSpec, Noun, Refusal, Row, ScopeBy};
use uuid::Uuid;

const STATES: &[&str] = &["draft", "confirmed"];
static MOVES: &[MoveSpec] = &[MoveSpec::new("confirm", &[])];

/// 月度确认
pub static MONTHLY_RETURN: Noun = Noun {
    name: "monthly_return",
    plural: "monthly-returns",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter().key(),
        // The first day of the month.
        Field::date("month").required().fixed().list().filter().sort().key(),
        Field::int("hazards_found", 0, 100_000).required().fixed().list(),
        Field::bool("zero").required().fixed().list().filter(),
        Field::refer("confirmed_by", "staff").fixed().list(),
        Field::date("confirmed_on").fixed().list(),
        Field::choice("state", STATES).required().fixed().list().filter(),
    ],
    scope: ScopeBy { home: &["school"], ..ScopeBy::units(&["school"]) },
    title: &[],
    subject: None,
    order: "-month",
};

/// What the program puts before a school: its count for the month of a day.
pub fn draft(id: Uuid, school: Uuid, day: NaiveDate, hazards_found: i64) -> Row {
    Row::blank(&MONTHLY_RETURN, id)
        .with(&MONTHLY_RETURN, "school", Cell::Id(school))
        .with(&MONTHLY_RETURN, "month", Cell::Date(Period::month_of(day).first()))
        .with(&MONTHLY_RETURN, "hazards_found", Cell::Int(hazards_found))
        .with(&MONTHLY_RETURN, "zero", Cell::Bool(hazards_found == 0))
        .with(&MONTHLY_RETURN, "state", Cell::Text("draft".into()))
}

pub struct ReturnLife;

impl Life for ReturnLife {
    fn noun(&self) -> &'static Noun {
        &MONTHLY_RETURN
    }

    fn states(&self) -> &'static [&'static str] {
        STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "draft" && mv == "confirm").then_some("confirmed")
    }

    /// Only the school itself knows, and only when the month is over.
    fn may(&self, actor: &Actor, row: &Row, _: &str, facts: &Facts) -> Result<(), Refusal> {
        let school = row.get(&MONTHLY_RETURN, "school").id();
        if school.is_none() || (actor.scope.home != school && actor.unit != school) {
            return Err(Refusal::new("monthly_return.own_school"));
        }
        let month = row.get(&MONTHLY_RETURN, "month").date().map(Period::month_of);
        if month.is_none_or(|month| facts.today <= month.last()) {
            return Err(Refusal::new("monthly_return.month_open"));
        }
        Ok(())
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, _: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&MONTHLY_RETURN, "state").text().unwrap_or_default();
        let Some(state) = self.next(state, mv) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let after = row
            .clone()
            .with(&MONTHLY_RETURN, "confirmed_by", actor.person().map_or(Cell::Null, Cell::Id))
            .with(&MONTHLY_RETURN, "confirmed_on", Cell::Date(facts.today))
            .with(&MONTHLY_RETURN, "state", Cell::Text(state.into()));
        Ok(Change::update(&MONTHLY_RETURN, "confirm", row.clone(), after))
    }
}
