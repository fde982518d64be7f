//! Two people, one record: what each of them made of it since both began, and what changed from any version to any other.

mod api;
mod merge;
mod past;

pub(crate) use api::{chosen, conflict, versions};
pub use merge::{Both, Side, compare, picked};
pub(crate) use past::{Past, when};
