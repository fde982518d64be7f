//! Calling the roll: from what was sent to what is written. Pure.

use chrono::{Days, NaiveDate};
use kit::{Actor, Cell, Change, Facts, Refusal, Role, Row, dates};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::missing::{self, People};
use super::record::{KINDS, MARK, SHEET, SYMPTOMS};
use super::session::{NIGHT, Slot, Standing, standing, takes_place};
use super::{late, remind};
use crate::organisation::record::CLASS;

/// One pupil who is not simply there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missed {
    pub pupil: Uuid,
    pub kind: &'static str,
    pub symptom: Option<&'static str>,
}

/// A sheet as it was sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Made by the client: what is sent twice is called once.
    pub id: Uuid,
    pub day: NaiveDate,
    pub session: &'static str,
    pub missed: Vec<Missed>,
    /// When it was called without a network: by our clock, as far as the telephone's can be turned into it.
    pub device_at: Option<i64>,
    /// How far the telephone's clock was ahead of ours when it sent, in milliseconds.
    pub skew: i64,
    /// When the page was made, as we said on it.
    pub opened_at: Option<i64>,
    /// Knowingly for another teacher's class.
    pub substitute: bool,
}

/// What is known about the class.
#[derive(Clone, Debug)]
pub struct Ground {
    pub class: Row,
    /// Everybody who is expected in this session.
    pub roll: Vec<Uuid>,
    pub slots: Vec<Slot>,
    /// 班主任 in this school year.
    pub teacher: Option<Uuid>,
    /// 任课教师: who has the lesson that is called, by the school's timetable.
    pub lesson: Option<Uuid>,
    pub grade: Option<i64>,
    /// Who is told when a child is not there and nobody knows why.
    pub people: People,
}

/// How somebody stands to a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// 班主任
    Own,
    /// 任课教师: the timetable gives him the lesson, so he is nobody's substitute in it.
    Lesson,
    /// Anybody else who teaches or leads at its school: whom neither the class nor the timetable names.
    Substitute,
}

/// Who may call this class at all: its teacher; every teacher, principal and safety officer of its school, as a substitute and shown as such unless
/// the lesson is his by the timetable. The timetable gives nobody a right that he has not.
pub fn caller(actor: &Actor, class: &Row, lesson: Option<Uuid>) -> Result<Caller, Refusal> {
    let school = class.get(&CLASS, "school").id();
    if actor.role == Role::Teacher && actor.scope.classes.contains(&class.id) {
        return Ok(Caller::Own);
    }
    let here = school.is_some_and(|school| actor.scope.home == Some(school) || actor.scope.units.contains(&school));
    let calls = matches!(actor.role, Role::Teacher | Role::Principal | Role::School);
    if here && calls && actor.person().is_some() {
        return Ok(if lesson == actor.person() { Caller::Lesson } else { Caller::Substitute });
    }
    Err(Refusal::new("sheet.not_yours"))
}

/// The sheet with its marks, or everything that is wrong with it.
pub fn called(sent: &Sent, ground: &Ground, actor: &Actor, facts: &Facts) -> Result<Vec<Change>, Vec<Refusal>> {
    let by = caller(actor, &ground.class, ground.lesson).map_err(|refusal| vec![refusal])?;
    if by == Caller::Substitute && !sent.substitute {
        return Err(vec![Refusal::at("sheet.say_substitute", "substitute")]);
    }
    let slot = slot(sent, ground, facts).map_err(|refusal| vec![refusal])?;
    let faults = faults(sent, ground, facts);
    if !faults.is_empty() {
        return Err(faults);
    }
    let sheet = sheet(sent, ground, (actor, by), slot, facts).map_err(|refusal| vec![refusal])?;
    let marks = sent.missed.iter().map(|missed| Change::create(&MARK, "create", mark(missed, &sheet)));
    let marks: Vec<_> = marks.collect();
    let checks = checks(&marks, sent, ground, slot, facts).map_err(|refusal| vec![refusal])?;
    // Whose class somebody else has called is told so.
    let told = ground.teacher.filter(|_| by == Caller::Substitute);
    let sheet = Change::create(&SHEET, "create", sheet).tell(told, "sheet.substituted");
    let sheet = reminded(sheet, slot, facts).map_err(|refusal| vec![refusal])?;
    Ok(std::iter::once(sheet).chain(marks).chain(checks).collect())
}

/// Whoever calls a class withdraws what would still remind of it.
fn reminded(sheet: Change, slot: &Slot, facts: &Facts) -> Result<Change, Refusal> {
    let (class, day) = (sheet.after.get(&SHEET, "class").id(), sheet.after.get(&SHEET, "day").date());
    let (Some(class), Some(day)) = (class, day) else { return Ok(sheet) };
    let due = facts.now >= remind::due(slot, day, &facts.norms)?;
    Ok(if due { sheet.withdraw(remind::cause(class, day, slot.session)) } else { sheet })
}

/// For every child of whom nobody knows why it is not there, of the roll that is called now or was the boarders' of last night: what arrives days later
/// frightens nobody any more, and says so.
fn checks(marks: &[Change], sent: &Sent, ground: &Ground, slot: &Slot, facts: &Facts) -> Result<Vec<Change>, Refusal> {
    if !late::asks(sent.session, sent.day, facts.now) {
        return Ok(Vec::new());
    }
    let begins = slot.begins(sent.day);
    let place = missing::Place { grade: ground.grade, teacher: ground.teacher, begins, people: &ground.people };
    marks.iter().filter_map(|change| missing::begun(&change.after, place, facts).transpose()).collect()
}

/// The session that is called: one that can be, begun or nearly so.
fn slot<'a>(sent: &Sent, ground: &'a Ground, facts: &Facts) -> Result<&'a Slot, Refusal> {
    let slot = asked(sent.session, sent.day, ground, facts)?;
    if standing(slot, sent.day, facts.now, &facts.norms)? == Standing::Later {
        return Err(Refusal::at("sheet.too_early", "session").with("from", slot.at.format("%H:%M")));
    }
    Ok(slot)
}

/// A session as it stands in the timetable of a day on which it takes place, and which is not long ago.
pub fn asked<'a>(session: &str, day: NaiveDate, ground: &'a Ground, facts: &Facts) -> Result<&'a Slot, Refusal> {
    let late = facts.norms.value("rollcall.late_days", facts.today)?;
    let first = facts.today.checked_sub_days(Days::new(late.unsigned_abs())).unwrap_or(facts.today);
    if day < first || day > facts.today {
        return Err(Refusal::at("sheet.day", "day").with("day", day).with("first", first));
    }
    let slot = ground.slots.iter().find(|slot| slot.session == session);
    let school = ground.class.get(&CLASS, "school").id().unwrap_or_default();
    let slot = slot.filter(|_| takes_place(session, school, day, facts));
    slot.ok_or_else(|| Refusal::at("sheet.no_session", "session").with("day", day))
}

fn faults(sent: &Sent, ground: &Ground, facts: &Facts) -> Vec<Refusal> {
    let mut seen = Vec::with_capacity(sent.missed.len());
    let mut faults = Vec::from_iter(another_day(sent, facts));
    if ground.roll.is_empty() {
        faults.push(Refusal::at("sheet.nobody", "class").with("day", sent.day));
    }
    for missed in &sent.missed {
        if !ground.roll.contains(&missed.pupil) {
            faults.push(Refusal::at("mark.not_in_class", "pupil").with("day", sent.day));
        }
        if seen.contains(&missed.pupil) {
            faults.push(Refusal::at("mark.twice", "pupil"));
        }
        seen.push(missed.pupil);
    }
    faults.dedup();
    faults
}

/// A page that was kept on one day and filled in on another: whose absence was meant is anybody's guess. A dormitory is called past midnight.
fn another_day(sent: &Sent, facts: &Facts) -> Option<Refusal> {
    let done = sent.device_at.filter(|at| *at <= facts.now)?;
    let later = dates::shanghai_date(done - NIGHT) > sent.day;
    let done = dates::shanghai_date(done);
    later.then(|| Refusal::at("sheet.another_day", "day").with("day", sent.day).with("done", done))
}

fn sheet(
    sent: &Sent,
    ground: &Ground,
    (actor, by): (&Actor, Caller),
    slot: &Slot,
    facts: &Facts,
) -> Result<Row, Refusal> {
    let (clock, believed) = clock(sent, slot, facts)?;
    // What was called without a network was called when the telephone says, if that can be believed.
    let at = sent.device_at.filter(|_| believed).unwrap_or(facts.now);
    let overdue = standing(slot, sent.day, at, &facts.norms)? == Standing::Overdue;
    let size = i64::try_from(ground.roll.len()).unwrap_or(i64::MAX);
    let mut row = Row::blank(&SHEET, sent.id)
        .with(&SHEET, "school", ground.class.get(&CLASS, "school").clone())
        .with(&SHEET, "class", Cell::Id(ground.class.id))
        .with(&SHEET, "day", Cell::Date(sent.day))
        .with(&SHEET, "session", Cell::Text(sent.session.to_owned()))
        .with(&SHEET, "state", Cell::Text("called".into()))
        .with(&SHEET, "called_by", actor.person().map_or(Cell::Null, Cell::Id))
        .with(&SHEET, "substitute", Cell::Bool(by == Caller::Substitute))
        .with(&SHEET, "called_at", Cell::Int(facts.now))
        .with(&SHEET, "device_at", sent.device_at.map_or(Cell::Null, Cell::Int))
        .with(&SHEET, "clock", clock.map_or(Cell::Null, |clock| Cell::Text(clock.to_owned())))
        .with(&SHEET, "overdue", Cell::Bool(overdue))
        .with(&SHEET, "enrolled", Cell::Int(size))
        .with(&SHEET, "digest", Cell::Text(digest(sent, ground.class.id)));
    for (kind, counter) in KINDS.iter().zip(COUNTERS) {
        let count = sent.missed.iter().filter(|missed| missed.kind == *kind).count();
        row.set(&SHEET, counter, Cell::Int(i64::try_from(count).unwrap_or(i64::MAX)));
    }
    Ok(row)
}

/// The counter of a sheet for each kind of mark, in the order of [`KINDS`].
pub const COUNTERS: [&str; 5] = ["absent", "sick", "on_leave", "late", "left_early"];

/// The counter that a mark of a kind is in.
pub fn counter(kind: &str) -> Option<&'static str> {
    KINDS.iter().zip(COUNTERS).find(|(known, _)| **known == kind).map(|(_, counter)| counter)
}

/// How a telephone's clock is wrong, and whether its time counts all the same. A clock that is wrong by as much when it sends as when the roll was
/// called is put right; what says that it was called later than now, before its page was made or before anybody could, is not believed.
fn clock(sent: &Sent, slot: &Slot, facts: &Facts) -> Result<(Option<&'static str>, bool), Refusal> {
    let slack = facts.norms.value("rollcall.clock", sent.day)? * 60_000;
    let Some(at) = sent.device_at else { return Ok((None, false)) };
    let before = sent.opened_at.is_some_and(|opened| at < opened - slack)
        || standing(slot, sent.day, at, &facts.norms)? == Standing::Later;
    let wrong = sent.skew.saturating_abs() >= slack;
    Ok(if at > facts.now + slack {
        (Some("ahead"), false)
    } else if before {
        (Some("behind"), false)
    } else {
        (wrong.then_some(if sent.skew > 0 { "ahead" } else { "behind" }), true)
    })
}

/// One mark of a sheet. Its id follows from sheet and pupil, so that a sheet that is sent twice makes it once.
pub fn mark(missed: &Missed, sheet: &Row) -> Row {
    let copied = |field| sheet.get(&SHEET, field).clone();
    Row::blank(&MARK, Uuid::new_v5(&sheet.id, missed.pupil.as_bytes()))
        .with(&MARK, "school", copied("school"))
        .with(&MARK, "class", copied("class"))
        .with(&MARK, "pupil", Cell::Id(missed.pupil))
        .with(&MARK, "sheet", Cell::Id(sheet.id))
        .with(&MARK, "day", copied("day"))
        .with(&MARK, "session", copied("session"))
        .with(&MARK, "kind", Cell::Text(missed.kind.to_owned()))
        .with(&MARK, "symptom", missed.symptom.map_or(Cell::Null, |code| Cell::Text(code.to_owned())))
        .with(&MARK, "state", Cell::Text(state_of(missed.kind).into()))
        .with(&MARK, "marked_by", copied("called_by"))
        .with(&MARK, "marked_at", copied("called_at"))
}

/// Where a mark begins: of an absence nobody knows the cause.
pub fn state_of(kind: &str) -> &'static str {
    if kind == "absent" { "unknown" } else { "known" }
}

/// What was sent, in a few letters: the order in which pupils were touched says nothing.
pub fn digest(sent: &Sent, class: Uuid) -> String {
    let mut lines: Vec<_> = sent
        .missed
        .iter()
        .map(|missed| format!("{} {} {}", missed.pupil, missed.kind, missed.symptom.unwrap_or_default()))
        .collect();
    lines.sort_unstable();
    let all = format!("{class} {} {}\n{}", sent.day, sent.session, lines.join("\n"));
    hex::encode(&Sha256::digest(all.as_bytes())[..8])
}

/// The kinds that a page offers: on the first roll of a day nobody can have left early yet, and a touch beside "late" would say of a child who is there that it has
/// gone. Only the page leaves it out: what a telephone has kept with an older page is taken, and what was sent and refused is shown as it was.
pub fn offered(session: &str, slots: &[Slot], missed: &[Missed]) -> Vec<&'static str> {
    let first = slots.first().is_some_and(|slot| slot.session == session);
    let makes_sense = |kind: &str| !first || kind != "left_early" || missed.iter().any(|one| one.kind == kind);
    KINDS.iter().copied().filter(|kind| makes_sense(kind)).collect()
}

/// A kind or a symptom as it stands in the table of codes.
pub fn kind(text: &str) -> Option<&'static str> {
    KINDS.iter().copied().find(|code| *code == text)
}

pub fn symptom(text: &str) -> Option<&'static str> {
    SYMPTOMS.iter().copied().find(|code| *code == text)
}
