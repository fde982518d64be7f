//! 因病缺课: when so many of one class or one dormitory are ill that it is reported, and who is ill until he is back. Pure.
//!
//! Who is ill stands on the sheets already, with a symptom touched in two taps; so nobody types a report of zero, and nobody has to count. Three in
//! a day or five within three days in one class or dormitory are reported within a day to the centre for disease control and the bureau
//! (学校和托幼机构传染病疫情报告工作规范): whoever leads at the school is told that the clock runs. A case is a child, however many sheets it is
//! missing from; whoever was hurt is none.

use std::collections::{HashMap, HashSet};

use chrono::{Days, NaiveDate};
use kit::{Message, Norms, Refusal, Row};
use uuid::Uuid;

use super::bed::BED;
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
    Dormitory { school: Uuid, name: String },
}

/// One child ill on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    pub pupil: Uuid,
    pub day: NaiveDate,
    /// Since when it is known.
    pub at: i64,
}

/// So many that it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Children ill on the day itself, and within the days that are counted together.
    pub today: usize,
    pub span: usize,
    /// When the case became known that made it one: the report's clock runs from here.
    pub known_at: i64,
    /// Somebody is ill on the day who was not on the days before that are counted with it: where nobody is, it has been told.
    pub grows: bool,
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
    let before: HashSet<_> = known.iter().filter(|case| case.day < day).map(|case| case.pupil).collect();
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
    let grows = today.iter().any(|pupil| !before.contains(pupil));
    Ok(known_at.map(|known_at| Cluster { today: today.len(), span: span.len(), known_at, grows }))
}

/// By when it has to be reported.
pub fn report_by(cluster: &Cluster, day: NaiveDate, norms: &Norms) -> Result<i64, Refusal> {
    Ok(cluster.known_at + norms.value("report.cluster", day)? * HOUR)
}

/// Whether a mark can no longer be taken back as a slip of the finger: nothing is told of what can.
pub fn settled(mark: &Row, slip: i64, now: i64) -> bool {
    mark.get(&MARK, "marked_at").int().is_none_or(|at| now - at > slip)
}

/// A cluster of a day, among whom, and the roll that the case which made it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub group: Group,
    pub day: NaiveDate,
    pub cluster: Cluster,
    /// The class of that case.
    pub class: Uuid,
    pub sheet: Uuid,
}

impl Found {
    /// Names why it is told: once a day for a group.
    pub fn cause(&self) -> String {
        let day = self.day;
        match &self.group {
            Group::Class(class) => format!("sickness/{class}/{day}"),
            Group::Dormitory { school, name } => format!("sickness/{school}/{name}/{day}"),
        }
    }
}

/// The marks of sickness in each class and each dormitory, by where each child sleeps on a day.
pub fn grouped<'a>(marks: &'a [Row], beds: &[Row], day: NaiveDate) -> HashMap<Group, Vec<&'a Row>> {
    let here = beds.iter().filter(|bed| sleeps(bed, day));
    let rooms: HashMap<_, _> = here.filter_map(|bed| Some((bed.get(&BED, "pupil").id()?, room(bed)?))).collect();
    let mut groups: HashMap<Group, Vec<&Row>> = HashMap::new();
    for (mark, case) in marks.iter().filter_map(|mark| Some((mark, case(mark)?))) {
        let class = mark.get(&MARK, "class").id().map(Group::Class);
        for group in class.into_iter().chain(rooms.get(&case.pupil).cloned()) {
            groups.entry(group).or_default().push(mark);
        }
    }
    groups
}

/// The last day belongs to a bed.
fn sleeps(bed: &Row, day: NaiveDate) -> bool {
    let on = |field| bed.get(&BED, field).date();
    on("from_on").is_some_and(|from| from <= day) && on("until_on").is_none_or(|until| day <= until)
}

/// 同宿舍
pub fn room(bed: &Row) -> Option<Group> {
    let name = bed.get(&BED, "dormitory").text()?.to_owned();
    Some(Group::Dormitory { school: bed.get(&BED, "school").id()?, name })
}

/// Every cluster of a day, in an order that is always the same.
pub fn clusters(marks: &[Row], beds: &[Row], day: NaiveDate, norms: &Norms) -> Result<Vec<Found>, Refusal> {
    let mut all = Vec::new();
    for (group, marks) in grouped(marks, beds, day) {
        let cases: Vec<_> = marks.iter().filter_map(|mark| case(mark)).collect();
        let Some(cluster) = cluster(&cases, day, norms)? else { continue };
        let made = |mark: &&&Row| case(mark).is_some_and(|case| case.day <= day && case.at == cluster.known_at);
        let Some(mark) = marks.iter().filter(made).max_by_key(|mark| (mark.get(&MARK, "day").date(), mark.id)) else {
            continue;
        };
        let id = |field| mark.get(&MARK, field).id().unwrap_or_default();
        all.push(Found { group, day, class: id("class"), sheet: id("sheet"), cluster });
    }
    all.sort_by_key(Found::cause);
    Ok(all)
}

/// How a school and a class are called.
#[derive(Clone, Copy, Debug)]
pub struct Called<'a> {
    pub school: &'a str,
    pub class: &'a str,
}

/// What is said of a cluster to each who has to report it. Where it is stands in the sentence: the bureau is told of many schools.
pub fn alarm(found: &Found, called: Called<'_>, people: &People, norms: &Norms) -> Result<Vec<Message>, Refusal> {
    let (hours, days) = (norms.value("report.cluster", found.day)?, norms.value("epidemic.span", found.day)?);
    let mut told: Vec<_> = [people.leader, people.caller, people.officer].into_iter().flatten().collect();
    told.dedup();
    let message = |person| {
        // Whoever sees to it that a school reports is not told to report to himself.
        let above = Some(person) == people.officer;
        let message = match &found.group {
            Group::Class(_) if above => Message::person(person, "sickness.class_of").with("class", called.class),
            Group::Class(_) => Message::person(person, "sickness.in_class").with("class", called.class),
            Group::Dormitory { name, .. } if above => {
                Message::person(person, "sickness.room_of").with("dormitory", name)
            }
            Group::Dormitory { name, .. } => Message::person(person, "sickness.in_room").with("dormitory", name),
        };
        let message = message.with("school", called.school).with("n", found.cluster.today);
        let message = message.with("span", found.cluster.span).with("days", days);
        message.with("hours", hours).urgent().because(found.cause())
    };
    Ok(told.into_iter().map(message).collect())
}

/// What is told of a cluster is looked into where the school's children who are ill stand together, not on the roll by which it became one.
pub fn to_report(sheet: &Row, code: &str) -> Option<String> {
    let (school, day) = (sheet.get(&SHEET, "school").id()?, sheet.get(&SHEET, "day").date()?);
    (code.split('.').next() == Some("sickness")).then(|| format!("/rollcall/sickness/{school}?day={day}"))
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
