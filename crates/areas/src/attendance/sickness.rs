//! 因病缺课: when so many of one class or one dormitory are ill that it is reported, and who is ill until he is back. Pure.
//!
//! Who is ill stands on the sheets already, with a symptom touched in two taps; so nobody types a report of zero, and nobody has to count. Three in
//! a day or five within three days in one class or dormitory are reported within a day to the centre for disease control and the bureau
//! (学校和托幼机构传染病疫情报告工作规范): whoever leads at the school is told that the clock runs. A case is a child, however many sheets it is
//! missing from; whoever was hurt is none.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use kit::{Change, Facts, Message, Norms, Refusal, Row};
use uuid::Uuid;

use super::missing::People;
use super::record::{MARK, SHEET};
use super::roll::counts;

const HOUR: i64 = 3_600_000;

/// Among whom cases are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// 同班
    Class(Uuid),
    /// 同宿舍, as its school calls it.
    Dormitory(String),
}

/// One child ill on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub pupil: Uuid,
    pub day: NaiveDate,
    /// Since when it is known.
    pub at: i64,
}

/// A group with its earlier cases, and which of a class belong to it.
#[derive(Clone, Debug)]
pub struct Circle {
    pub group: Group,
    /// `None`: everybody of the class.
    pub members: Option<HashSet<Uuid>>,
    pub cases: Vec<Case>,
}

/// So many that it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Children ill on the day itself, and within the days that are counted together.
    pub today: usize,
    pub span: usize,
    /// When the case became known that made it one: the report's clock runs from here.
    pub known_at: i64,
}

/// The case that a mark stands for, if it is one.
pub fn case(mark: &Row) -> Option<Case> {
    let ill = mark.get(&MARK, "kind").text() == Some("sick") && is_case(mark.get(&MARK, "symptom").text());
    let pupil = mark.get(&MARK, "pupil").id().filter(|_| ill && counts(mark))?;
    Some(Case { pupil, day: mark.get(&MARK, "day").date()?, at: mark.get(&MARK, "marked_at").int()? })
}

/// Whoever was hurt infects nobody.
pub fn is_case(symptom: Option<&str>) -> bool {
    symptom != Some("injury")
}

/// The first of the days that are counted together with this one.
pub fn first_day(day: NaiveDate, norms: &Norms) -> Result<NaiveDate, Refusal> {
    let span = norms.value("epidemic.span", day)?.max(1);
    Ok(day.checked_sub_days(Days::new(span.unsigned_abs() - 1)).unwrap_or(day))
}

/// Whether these cases are a cluster on a day.
pub fn cluster(cases: &[Case], day: NaiveDate, norms: &Norms) -> Result<Option<Cluster>, Refusal> {
    let figure = |key| norms.value(key, day).map(|value| usize::try_from(value).unwrap_or(usize::MAX));
    let (in_a_day, in_span) = (figure("epidemic.day_cases")?, figure("epidemic.span_cases")?);
    let first = first_day(day, norms)?;
    let mut known: Vec<_> = cases.iter().filter(|case| (first..=day).contains(&case.day)).collect();
    known.sort_by_key(|case| case.at);
    let (mut today, mut span) = (HashSet::new(), HashSet::new());
    let mut known_at = None;
    for case in known {
        span.insert(case.pupil);
        if case.day == day {
            today.insert(case.pupil);
        }
        if known_at.is_none() && !today.is_empty() && (today.len() >= in_a_day || span.len() >= in_span) {
            known_at = Some(case.at);
        }
    }
    Ok(known_at.map(|known_at| Cluster { today: today.len(), span: span.len(), known_at }))
}

/// By when it has to be reported.
pub fn report_by(cluster: &Cluster, day: NaiveDate, norms: &Norms) -> Result<i64, Refusal> {
    Ok(cluster.known_at + norms.value("report.cluster", day)? * HOUR)
}

/// The sheet that makes a cluster tells who has to report it, once a day for a group.
pub fn alarmed(
    mut sheet: Change,
    new: &[Case],
    (circles, people): (&[Circle], &People),
    facts: &Facts,
) -> Result<Change, Refusal> {
    let day = sheet.after.get(&SHEET, "day").date().unwrap_or(facts.today);
    let school = sheet.after.get(&SHEET, "school").id().unwrap_or_default();
    let mut told: Vec<_> = [people.leader, people.caller, people.officer].into_iter().flatten().collect();
    told.dedup();
    for circle in circles {
        let mine = new.iter().filter(|case| circle.members.as_ref().is_none_or(|all| all.contains(&case.pupil)));
        let cases: Vec<_> = circle.cases.iter().chain(mine).copied().collect();
        let Some(cluster) = cluster(&cases, day, &facts.norms)? else { continue };
        let hours = facts.norms.value("report.cluster", facts.today)?;
        for person in &told {
            let message = match &circle.group {
                Group::Class(class) => {
                    Message::person(*person, "sickness.cluster").because(format!("sickness/{class}/{day}"))
                }
                Group::Dormitory(name) => Message::person(*person, "sickness.dormitory")
                    .with("dormitory", name)
                    .because(format!("sickness/{school}/{name}/{day}")),
            };
            let message = message.with("n", cluster.today).with("span", cluster.span).with("hours", hours);
            sheet = sheet.send(message.urgent());
        }
    }
    Ok(sheet)
}

/// Who is ill and has not been said to be back: of each child the last mark, and since when.
#[derive(Clone, Debug)]
pub struct Ill<'a> {
    pub last: &'a Row,
    pub since: NaiveDate,
}

/// From the marks of sickness of the last weeks: a child is back when somebody said so, and ill again with the next mark.
pub fn still_ill(marks: &[Row]) -> Vec<Ill<'_>> {
    let mut by_pupil: HashMap<Uuid, Vec<&Row>> = HashMap::new();
    for mark in marks.iter().filter(|mark| mark.get(&MARK, "kind").text() == Some("sick") && counts(mark)) {
        if let Some(pupil) = mark.get(&MARK, "pupil").id() {
            by_pupil.entry(pupil).or_default().push(mark);
        }
    }
    let day = |mark: &Row| mark.get(&MARK, "day").date();
    let mut ill: Vec<_> = by_pupil
        .into_values()
        .filter_map(|mut marks| {
            marks.sort_by_key(|mark| (day(mark), mark.get(&MARK, "marked_at").int(), mark.id));
            let back = |mark: &&Row| mark.get(&MARK, "state").text() == Some("returned");
            let begun = marks.iter().rposition(back).map_or(0, |at| at + 1);
            let open = marks.get(begun..)?;
            Some(Ill { last: open.last()?, since: day(open.first()?)? })
        })
        .collect();
    ill.sort_by_key(|one| (one.last.get(&MARK, "class").id(), one.since, one.last.id));
    ill
}
