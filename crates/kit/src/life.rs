//! The life of a case: states, moves, and the pure step from one to the next.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;
use uuid::Uuid;

use crate::actor::Actor;
use crate::calendar::Calendar;
use crate::cell::{Cell, Row};
use crate::change::Change;
use crate::field::Field;
use crate::norms::Norms;
use crate::noun::Noun;
use crate::refusal::Refusal;
use crate::rules::{Conduct, Rules};
use crate::terms::Terms;
use crate::timetable::Timetable;
use crate::tree::Tree;

/// A move as the reader sees it: a named verb with the fields that it asks for.
#[derive(Debug)]
pub struct MoveSpec {
    pub name: &'static str,
    pub fields: &'static [Field],
    /// May be done to many records at once with the same input.
    pub bulk: bool,
    /// Takes something away or cannot be undone: asked for once more in the page.
    pub grave: bool,
    /// Asks for nothing and is what comes next: offered as one touch on the first page.
    pub touch: bool,
}

impl MoveSpec {
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, bulk: false, grave: false, touch: false }
    }

    pub const fn bulk(self) -> Self {
        Self { bulk: true, ..self }
    }

    pub const fn touch(self) -> Self {
        Self { touch: true, ..self }
    }

    pub const fn grave(self) -> Self {
        Self { grave: true, ..self }
    }
}

/// What was filled in for a move, already checked against its fields.
#[derive(Clone, Debug, Default)]
pub struct Input(pub Vec<(&'static str, Cell)>);

impl Input {
    pub fn get(&self, field: &str) -> &Cell {
        self.0.iter().find(|(name, _)| *name == field).map_or(&Cell::Null, |(_, cell)| cell)
    }

    pub fn text(&self, field: &str) -> String {
        self.get(field).text().unwrap_or_default().to_owned()
    }
}

/// Everything a rule may know beside the record: no rule reads a clock or a database.
#[derive(Clone)]
pub struct Facts {
    /// Milliseconds since 1970, UTC.
    pub now: i64,
    /// The business date in Asia/Shanghai.
    pub today: NaiveDate,
    pub tree: Arc<Tree>,
    pub calendar: Arc<Calendar>,
    pub norms: Arc<Norms>,
    /// Terms and suspensions of the schools.
    pub terms: Arc<Terms>,
    /// Session times.
    pub timetable: Arc<Timetable>,
    /// What is asked and how it climbs.
    pub conduct: Arc<Conduct>,
    /// Records that the input or the record refers to, as far as the actor may see them.
    pub known: Arc<HashMap<Uuid, Row>>,
    /// Records that follow one that the record refers to, each with its noun, where its rules ask for them; empty otherwise.
    pub beside: Arc<[(&'static Noun, Row)]>,
    /// What is attached to the record, where its life asks for evidence; empty otherwise.
    pub evidence: Arc<[Piece]>,
    /// The area prefix of invented ID numbers, in a sample county only.
    pub pretend: Option<&'static str>,
}

impl Facts {
    /// A moment, and the rules that hold; tree, records and evidence are for whoever has them.
    pub fn at(rules: &Rules, now: i64) -> Self {
        Self {
            now,
            today: crate::dates::shanghai_date(now),
            tree: Arc::default(),
            calendar: Arc::clone(&rules.calendar),
            norms: Arc::clone(&rules.norms),
            terms: Arc::clone(&rules.terms),
            timetable: Arc::clone(&rules.timetable),
            conduct: Arc::clone(&rules.conduct),
            known: Arc::default(),
            beside: Arc::default(),
            evidence: Arc::default(),
            pretend: None,
        }
    }
}

/// One attachment as far as a rule may know it: what it shows and what it proves, neither its name nor its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// `before`, `after`, `other`.
    pub role: String,
    pub picture: bool,
    /// It is known when it was taken.
    pub timed: bool,
    /// It is known where it was taken.
    pub placed: bool,
    /// The day on which it was attached.
    pub added: NaiveDate,
}

/// The life of one record type. Implemented once per area in `life.rs`; the engine drives it for page, interface, import and bulk alike.
pub trait Life: Send + Sync {
    fn noun(&self) -> &'static Noun;
    fn states(&self) -> &'static [&'static str];
    fn moves(&self) -> &'static [MoveSpec];

    /// The diagram: where a move leads from a state; `None` when it is not possible there.
    fn next(&self, state: &str, mv: &str) -> Option<&'static str>;

    /// Whether this actor may do it to this record now; roles are the permission table's business and come before.
    fn may(&self, actor: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal>;

    /// Those of these moves that this actor may make with this record now. A life that reads its row into a struct reads it once for all of them.
    fn open(&self, actor: &Actor, row: &Row, moves: Vec<&'static MoveSpec>, facts: &Facts) -> Vec<&'static MoveSpec> {
        moves.into_iter().filter(|spec| self.may(actor, row, spec.name, facts).is_ok()).collect()
    }

    /// The step itself. The engine has already asked `may`.
    fn step(&self, actor: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal>;
}
