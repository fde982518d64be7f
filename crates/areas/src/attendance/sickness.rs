//! 因病缺课: when so many of one class are ill that it is reported. Pure.
//!
//! Who is ill stands on the sheets already, with a cause touched in two taps; so nobody types a report of zero, and nobody has to count. Three in
//! a day or five within three days in one class are reported within a day to the centre for disease control and the bureau
//! (学校和托幼机构传染病疫情报告工作规范): whoever leads at the school is told that the clock runs.

use kit::{Change, Facts, Message, Refusal};

use super::missing::People;
use super::record::SHEET;

/// Whether so many ill today, and on the two days before, are a cluster.
pub fn is_cluster(today: i64, before: i64, facts: &Facts) -> Result<bool, Refusal> {
    let in_a_day = facts.norms.value("epidemic.day_cases", facts.today)?;
    let in_three = facts.norms.value("epidemic.span_cases", facts.today)?;
    Ok(today > 0 && (today >= in_a_day || today + before >= in_three))
}

/// The sheet that makes a cluster tells who has to report it, once a day for a class.
pub fn alarmed(mut sheet: Change, before: i64, people: &People, facts: &Facts) -> Result<Change, Refusal> {
    let today = sheet.after.get(&SHEET, "sick").int().unwrap_or_default();
    if !is_cluster(today, before, facts)? {
        return Ok(sheet);
    }
    let hours = facts.norms.value("report.cluster", facts.today)?;
    let class = sheet.after.get(&SHEET, "class").id().unwrap_or_default();
    let day = sheet.after.get(&SHEET, "day").date().unwrap_or(facts.today);
    let mut told: Vec<_> = [people.leader, people.caller, people.officer].into_iter().flatten().collect();
    told.dedup();
    for person in told {
        let message = Message::person(person, "sickness.cluster").with("n", today).with("hours", hours).urgent();
        sheet = sheet.send(message.because(format!("sickness/{class}/{day}")));
    }
    Ok(sheet)
}
