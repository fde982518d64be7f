//! 撤并: a school is closed when nobody is a pupil there any more. Whoever stayed behind would stand on no roll, and nobody would ask where he is.

use engine::Cx;
use engine::area::Following;
use kit::{Cell, Change, Facts, Query, Refusal, Row, Scope};

use super::record::{PUPIL, SCHOOL};

/// Nothing follows; a day that has come is refused while there are pupils. One that is to come gives the time in which they go on to their next school.
pub fn school_follows<'a>(cx: &'a Cx, change: &'a Change, facts: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let closed = |row: &Row| row.get(&SCHOOL, "closed_on").date();
        let day = closed(&change.after).filter(|day| *day <= facts.today);
        if day.is_none() || change.before.as_ref().and_then(closed) == day {
            return Ok(Vec::new());
        }
        let here = Query::new().is("school", Cell::Id(change.after.id)).not_ended("left_on", facts.today);
        match cx.app.store.count(&PUPIL, &here, &Scope::county()).await? {
            0 => Ok(Vec::new()),
            n => Err(Refusal::at("school.has_pupils", "closed_on").with("n", n).into()),
        }
    })
}
