//! 特殊关爱标记: a pupil for whom the school does not wait, whatever the reason. Bare: it says that, and nothing of why.
//!
//! Seen by the pupil's own teacher and the leaders of his school alone (中小学幼儿园安全管理办法 art. 24: 特异体质、特定疾病和心理异常的学生,
//! whose privacy is kept). What follows from it is that nobody waits an hour when he is not there; there the reason is not named either.

use kit::{Actor, Cell, Facts, Field, Noun, Refusal, Row, ScopeBy};

use crate::organisation::record::PUPIL;

/// 特殊关爱标记
pub static CARE: Noun = Noun {
    name: "care",
    plural: "cares",
    fields: &[
        Field::refer("school", "school").required().fixed().filter(),
        Field::refer("class", "class").required().fixed().list().filter(),
        Field::refer("pupil", "pupil").required().list().filter(),
        Field::date("from_on").required().fixed().list().sort(),
        // The last day of it.
        Field::date("until_on").list(),
        Field::refer("set_by", "staff").fixed(),
    ],
    scope: ScopeBy { classes: &["class"], ..ScopeBy::units(&["school"]) },
    title: &["from_on"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};

/// Whose class it is, since when, and who set it.
pub fn derived(before: Option<&Row>, row: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if let Some(before) = before {
        // It is ended, never moved to another child.
        return if before.get(&CARE, "pupil") == row.get(&CARE, "pupil") {
            Ok(row)
        } else {
            Err(Refusal::at("care.other_pupil", "pupil"))
        };
    }
    let Some(pupil) = row.get(&CARE, "pupil").id().and_then(|id| facts.known.get(&id)) else { return Ok(row) };
    let copied = |field| pupil.get(&PUPIL, field).clone();
    Ok(row
        .with(&CARE, "school", copied("school"))
        .with(&CARE, "class", copied("class"))
        .with(&CARE, "from_on", Cell::Date(facts.today))
        .with(&CARE, "set_by", actor.person().map_or(Cell::Null, Cell::Id)))
}

pub fn rules(row: &Row, _: &Facts) -> Vec<Refusal> {
    let (from, until) = (row.get(&CARE, "from_on").date(), row.get(&CARE, "until_on").date());
    let backwards = until.zip(from).is_some_and(|(until, from)| until < from);
    backwards.then(|| Refusal::at("care.ends_before", "until_on")).into_iter().collect()
}
