//! 撤并: a school is closed when nobody is a pupil there any more. Whoever stayed behind would stand on no roll, and nobody would ask where he is.

use engine::Cx;
use engine::area::Following;
use engine::save::Refused;
use kit::{Cell, Change, Facts, Query, Refusal, Row, Scope};

use super::record::{PUPIL, SCHOOL};

/// What a school is told apart by: two open ones of one name in one township would be taken for each other in every list. Campuses are told apart by their
/// school. Asked when a school is named, moved or opened again.
async fn alone_in_name(cx: &Cx, change: &Change, facts: &Facts) -> Result<(), Refused> {
    let after = &change.after;
    let open = |row: &Row| row.get(&SCHOOL, "closed_on").date().is_none_or(|day| day > facts.today);
    let same = |row: &Row, field: &str| row.get(&SCHOOL, field) == after.get(&SCHOOL, field);
    let alike = |row: &Row| ["name", "township", "parent"].iter().all(|field| same(row, field));
    let asked = change.before.as_ref().is_none_or(|before| !alike(before) || !open(before));
    if !asked || !open(after) {
        return Ok(());
    }
    let named = cx.app.store.find_by(&SCHOOL, "name", &[after.get(&SCHOOL, "name").clone()], &Scope::county()).await?;
    let Some(other) = named.iter().find(|row| row.id != after.id && alike(row) && open(row)) else { return Ok(()) };
    let code = ["code", "local_code"].into_iter().find_map(|field| other.get(&SCHOOL, field).text());
    let name = after.get(&SCHOOL, "name").text().unwrap_or_default();
    let refusal = Refusal::at("school.same_name", "name").with("name", name);
    Err(refusal.with("code", code.unwrap_or_default()).into())
}

/// Nothing follows; a day that has come is refused while there are pupils. One that is to come gives the time in which they go on to their next school.
pub fn school_follows<'a>(cx: &'a Cx, change: &'a Change, facts: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        alone_in_name(cx, change, facts).await?;
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
