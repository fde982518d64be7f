//! 住宿安排: in which dormitory a boarder sleeps, from one day to another. Brought in as a list at the beginning of a term; what it is for here is that
//! cases of illness in one dormitory are counted together (同宿舍).

use kit::{Actor, Cell, Facts, Field, Noun, Refusal, Row, ScopeBy};

use crate::organisation::record::PUPIL;

/// 住宿安排
pub static BED: Noun = Noun {
    name: "bed",
    plural: "beds",
    fields: &[
        Field::refer("school", "school").required().fixed().list().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::refer("pupil", "pupil").required().list().filter().key(),
        // 宿舍: building and room, as the school calls them.
        Field::text("dormitory", 30).required().list().filter().search(),
        Field::date("from_on").required().list().sort().key(),
        // The last day.
        Field::date("until_on").list(),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &["dormitory"],
    subject: None,
    order: "dormitory",
    tallies: &[],
};

/// School and class are the pupil's.
pub fn derived(_: Option<&Row>, row: Row, _: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    let Some(pupil) = row.get(&BED, "pupil").id().and_then(|id| facts.known.get(&id)) else { return Ok(row) };
    let copied = |field| pupil.get(&PUPIL, field).clone();
    Ok(row.with(&BED, "school", copied("school")).with(&BED, "class", copied("class")))
}

pub fn rules(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let (from, until) = (row.get(&BED, "from_on").date(), row.get(&BED, "until_on").date());
    let mut faults = Vec::new();
    if until.zip(from).is_some_and(|(until, from)| until < from) {
        faults.push(Refusal::at("bed.ends_before", "until_on"));
    }
    let pupil = row.get(&BED, "pupil").id().and_then(|id| facts.known.get(&id));
    if pupil.is_some_and(|pupil| pupil.get(&PUPIL, "boarder") != &Cell::Bool(true)) {
        faults.push(Refusal::at("bed.no_boarder", "pupil"));
    }
    faults
}
