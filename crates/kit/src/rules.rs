//! Everything that changes by decree, as one value: what stands in the files of `rules/`, with what the county decided on top of it.
//!
//! It is exchanged whole, so that no request sees the holidays of one moment and the norms of another.

use std::sync::Arc;

use crate::calendar::Calendar;
use crate::duty::DutyNorms;
use crate::ladder::Ladders;
use crate::norms::Norms;
use crate::terms::Terms;
use crate::texts::Templates;
use crate::timetable::Timetable;
use crate::topics::Topics;

#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Statutory holidays and make-up workdays.
    pub calendar: Arc<Calendar>,
    pub norms: Arc<Norms>,
    /// Session times.
    pub timetable: Arc<Timetable>,
    /// Terms and suspensions; they are records, not files.
    pub terms: Arc<Terms>,
    pub conduct: Arc<Conduct>,
}

/// What the house does of itself by these rules: asks, climbs, tells, and has ready to be said.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    /// What is asked again and again (`duties.toml`).
    pub duties: DutyNorms,
    /// How what is left undone climbs (`ladders.toml`).
    pub ladders: Ladders,
    /// What may leave the app (`messages.toml`).
    pub texts: Templates,
    /// What is said before going home (`topics.toml`).
    pub topics: Topics,
}
