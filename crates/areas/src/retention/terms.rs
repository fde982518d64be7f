//! The kinds of what is kept, and when the term of each is over.

use chrono::{Months, NaiveDate};
use kit::norms::Norm;
use kit::{Noun, Query, Test};
use store::Log;

use super::record::DISPOSAL;
use crate::attendance::bed::BED;
use crate::attendance::care::CARE;
use crate::attendance::handover::HANDOVER;
use crate::attendance::incident::INCIDENT;
use crate::attendance::outbreak::OUTBREAK;
use crate::attendance::record::{MARK, MISSING, SHEET};
use crate::attendance::remind::REMINDER;
use crate::hazards::record::HAZARD;
use crate::hazards::returns::MONTHLY_RETURN;
use crate::organisation::record::{PUPIL, STAFF};
use crate::reports::record::SNAPSHOT;
use crate::tips::record::TIP;

/// What happens to a kind when its term is over.
#[derive(Clone, Copy)]
pub enum Fate {
    /// Its lines are deleted.
    Deleted(Log),
    /// The bytes of what is attached to records of this noun go; the row keeps what they were, and their hash.
    Bytes(&'static Noun),
    /// Its records are listed: those of this query whose end lies before the cut-off.
    Listed { noun: &'static Noun, end: &'static str, which: fn() -> Query },
    /// Its records are listed, which say something of a pupil until a day (`until_on`): those of which that day, or else the last day of his
    /// class, lies before the cut-off.
    Held(&'static Noun),
}

/// A kind of what is kept. Its norm is `retention.<kind>`, its word `retention.<kind>`.
#[derive(Clone, Copy)]
pub struct Term {
    pub kind: &'static str,
    pub norm: &'static str,
    pub fate: Fate,
}

/// Everything that has a term.
pub const TERMS: &[Term] = &[
    Term { kind: "session", norm: "retention.session", fate: Fate::Deleted(Log::Session) },
    Term { kind: "token", norm: "retention.token", fate: Fate::Deleted(Log::Token) },
    Term { kind: "notice", norm: "retention.notice", fate: Fate::Deleted(Log::Notice) },
    Term { kind: "message", norm: "retention.message", fate: Fate::Deleted(Log::Message) },
    Term { kind: "reading", norm: "retention.reading", fate: Fate::Deleted(Log::Reading) },
    Term { kind: "tip_photo", norm: "retention.tip_photo", fate: Fate::Bytes(&TIP) },
    listed("hazard", "retention.hazard", &HAZARD, "closed_on", || closed("general")),
    listed("hazard_major", "retention.hazard_major", &HAZARD, "closed_on", || closed("major")),
    listed("monthly_return", "retention.monthly_return", &MONTHLY_RETURN, "month", Query::new),
    // One that was erased has no number any more, and nothing is left to decide.
    listed("pupil", "retention.pupil", &PUPIL, "left_on", || Query::new().filter("number_index", Test::Present)),
    listed("staff", "retention.staff", &STAFF, "left_on", Query::new),
    listed("report_snapshot", "retention.report_snapshot", &SNAPSHOT, "cutoff", Query::new),
    listed("sheet", "retention.sheet", &SHEET, "day", Query::new),
    listed("mark", "retention.mark", &MARK, "day", Query::new),
    listed("missing", "retention.missing", &MISSING, "day", Query::new),
    listed("handover", "retention.handover", &HANDOVER, "day", Query::new),
    listed("reminder", "retention.reminder", &REMINDER, "day", Query::new),
    // One that still holds has no last day and is never listed; whoever leaves ends his own, a class that graduates all of its pupils'.
    Term { kind: "care", norm: "retention.care", fate: Fate::Held(&CARE) },
    Term { kind: "bed", norm: "retention.bed", fate: Fate::Held(&BED) },
    listed("incident", "retention.incident", &INCIDENT, "day", || Query::new().among("state", &["closed"])),
    listed("outbreak", "retention.outbreak", &OUTBREAK, "day", || Query::new().not_among("state", &["due"])),
    listed("disposal", "retention.disposal", &DISPOSAL, "cutoff", Query::new),
];

const fn listed(
    kind: &'static str,
    norm: &'static str,
    noun: &'static Noun,
    end: &'static str,
    which: fn() -> Query,
) -> Term {
    Term { kind, norm, fate: Fate::Listed { noun, end, which } }
}

fn closed(grade: &str) -> Query {
    Query::new().among("grade", &[grade]).among("state", &["closed"])
}

/// What ended before this day is past its term; `None` where there is no such day.
pub fn cut_off(norm: &Norm, today: NaiveDate) -> Option<NaiveDate> {
    if norm.unit != "month" {
        return None;
    }
    today.checked_sub_months(Months::new(u32::try_from(norm.value).ok()?))
}
