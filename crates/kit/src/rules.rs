//! Everything that changes by decree, as one value: what stands in the files of `rules/`, with what the county decided on top of it.
//!
//! It is exchanged whole, so that no request sees the holidays of one moment and the norms of another.

use std::sync::Arc;

use crate::calendar::Calendar;
use crate::norms::Norms;
use crate::terms::Terms;
use crate::timetable::Timetable;

#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Statutory holidays and make-up workdays.
    pub calendar: Arc<Calendar>,
    pub norms: Arc<Norms>,
    /// Session times.
    pub timetable: Arc<Timetable>,
    /// Terms and suspensions; they are records, not files.
    pub terms: Arc<Terms>,
}
