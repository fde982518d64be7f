//! Tables and properties of patrols.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod due;
mod flags;
mod mark;
mod today;
mod words;
