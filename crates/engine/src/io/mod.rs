//! Import and export of every record type, derived from its field table.
//!
//! An import is two steps: [`read_and_plan`] reads and checks a whole file and says what would happen, with every fault of
//! every row; [`carry_out`] does it in one transaction, or nothing at all. An import never deletes: who is missing from the
//! file is listed. What [`export`] writes can be imported again and changes nothing, because every row carries its record's
//! id and a masked cell means "unchanged".

mod api;
mod changes;
mod columns;
mod draft;
mod export;
mod faults;
mod import;
mod judge;
mod known;
mod mend;
mod pages;
mod plan;
mod refs;
mod shortened;
mod siblings;
mod stream;
#[cfg(test)]
mod tests;

pub use changes::{Added, Changed, Missing, Preview, preview};
pub use export::{Format, export, export_to, template_bytes};
pub use faults::write_faults;
pub use import::{Stopped, Summary, carry_out, message, read_and_plan};
pub use mend::{corrected, is_of_faults, tag};
pub use pages::{file, routes};
pub use plan::{Fault, Plan};
pub use refs::short;
pub use stream::{Flow, Labels, Lines, Wanted, question};

/// Told how far a long step is: its name (`read`, `check`, `write`), how much is done, and of how much.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, u64) + Send + Sync);

/// For those who do not want to know.
pub fn quiet(_: &str, _: u64, _: u64) {}
