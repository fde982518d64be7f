//! The words of the house: no input or output, no clock, no randomness, nothing asynchronous.
//!
//! Everything to the right of this crate (store, engine, areas, the program) speaks in these types.

pub mod actor;
pub mod alert;
pub mod calendar;
pub mod cell;
pub mod change;
pub mod codes;
pub mod dates;
pub mod duty;
pub mod field;
pub mod figure;
pub mod ids;
pub mod ladder;
pub mod life;
pub mod lines;
pub mod measures;
pub mod message;
pub mod norms;
pub mod noun;
pub mod office;
pub mod policy;
pub mod query;
pub mod refusal;
pub mod rules;
pub mod terms;
pub mod texts;
pub mod tidy;
pub mod timetable;
pub mod tokens;
pub mod topics;
pub mod tree;
mod typed;
pub mod words;

pub use actor::{Actor, Role, Scope};
pub use cell::{Cell, Row};
pub use change::{Author, Change, Notice};
pub use field::{Class, Field, Kind, Mask, Sound};
pub use life::{Facts, Life, MoveSpec, Piece};
pub use message::{Message, Outside, To};
pub use norms::Norms;
pub use noun::{Noun, Record, ScopeBy};
pub use policy::Policy;
pub use query::{Filter, Query, Test};
pub use refusal::Refusal;
pub use rules::{Conduct, Rules};
pub use terms::Terms;
pub use timetable::Timetable;
pub use tree::Tree;
pub use words::{Lang, Words};
