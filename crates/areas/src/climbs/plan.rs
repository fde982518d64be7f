//! What has to climb now: pure, from the cases that are left undone, the records of those that climb already, and who holds which post.

use std::collections::{HashMap, HashSet};

use kit::calendar::Calendar;
use kit::dates::shanghai_date;
use kit::ladder::{Ladder, Ladders, Step};
use kit::norms::Norms;
use kit::{Cell, Change, Message, Row, Tree};
use uuid::Uuid;

use super::case::{self, Case, Limits};
use super::holders::{self, Whose};
use super::record::{CLIMB, moment, said, tell, told};

/// What a round knows.
pub struct Desk<'a> {
    pub now: i64,
    pub ladders: &'a Ladders,
    pub calendar: &'a Calendar,
    pub norms: &'a Norms,
    pub tree: &'a Tree,
    pub posts: &'a [Row],
}

/// Those of the cases whose limit has passed.
pub fn late(desk: &Desk<'_>, case: &dyn Case, mut rows: Vec<Row>) -> Vec<Row> {
    let today = shanghai_date(desk.now);
    rows.retain(|row| case.until(row, desk.limits()).is_some_and(|until| until < today));
    rows
}

/// All changes of one kind of case: `late` are the cases left undone, `climbs` every record that stands for one of them or has not ended.
pub fn changes(
    desk: &Desk<'_>,
    case: &dyn Case,
    late: &[Row],
    climbs: &[Row],
    new_id: &mut dyn FnMut() -> Uuid,
) -> Vec<Change> {
    let mut by_case: HashMap<Uuid, Vec<&Row>> = HashMap::new();
    for row in climbs {
        if let Some(id) = row.get(&CLIMB, case.field()).id() {
            by_case.entry(id).or_default().push(row);
        }
    }
    let mut changes: Vec<Change> = Vec::new();
    let mut waits: HashSet<Uuid> = HashSet::new();
    for row in late {
        let Some(until) = case.until(row, desk.limits()) else { continue };
        let since = case::since(until);
        let same =
            |climb: &&Row| moment(climb, "since") == since && case::same_wait(said(climb, "ladder"), case.ladder(row));
        let own = by_case.get(&row.id).into_iter().flatten().copied().find(same);
        waits.extend(own.map(|climb| climb.id));
        changes.extend(desk.undone(case, (row, since), own, new_id));
    }
    // The state ended; or another limit has passed since, which climbs in a record of its own.
    let over = climbs.iter().filter(|row| said(row, "state") != "solved" && !waits.contains(&row.id));
    changes.extend(over.filter(|row| !row.get(&CLIMB, case.field()).is_null()).map(|row| desk.solved(row)));
    changes
}

impl Desk<'_> {
    fn limits(&self) -> Limits<'_> {
        Limits { calendar: self.calendar, norms: self.norms }
    }

    /// A case that is left undone: put on its ladder, brought back to it, or moved up.
    fn undone(
        &self,
        case: &dyn Case,
        (row, since): (&Row, i64),
        climb: Option<&Row>,
        new_id: &mut dyn FnMut() -> Uuid,
    ) -> Option<Change> {
        let ladder = self.ladders.get(case.ladder(row))?;
        let before = climb.cloned();
        let mut after = match climb {
            Some(climb) if said(climb, "state") == "paused" => return None,
            Some(climb) => self.back(climb),
            None => begun(case, row, (since, case.counted_from(row, since, self.now)), new_id()),
        };
        after.set(&CLIMB, "ladder", Cell::Text(ladder.code.clone()));
        for (field, id) in [
            ("keeper", case.keeper(row)),
            ("school", case.school(row)),
            ("township", case.township(row)),
            ("unit", case.unit(row)),
        ] {
            after.set(&CLIMB, field, id.map_or(Cell::Null, Cell::Id));
        }
        self.stand(case, row, ladder, before, after)
    }

    /// It was reported as done and came back with the same limit: it goes on where it was. The time between was not its keeper's.
    fn back(&self, climb: &Row) -> Row {
        let mut after = climb.clone();
        if said(climb, "state") == "solved" {
            let more = self.ladders.worked(self.calendar, moment(climb, "counted_from"), moment(climb, "ended_at"));
            after.set(&CLIMB, "worked", Cell::Int(moment(climb, "worked") + more));
            after.set(&CLIMB, "counted_from", Cell::Int(self.now));
            after.set(&CLIMB, "state", Cell::Text("climbing".into()));
            after.set(&CLIMB, "ended_at", Cell::Null);
        }
        after
    }

    /// When a step is due for a record.
    fn due(&self, climb: &Row, step: &Step) -> i64 {
        let left = i64::from(step.after) * 60 - moment(climb, "worked");
        self.ladders.after(self.calendar, moment(climb, "counted_from"), left)
    }

    /// Puts a record on the step that it has reached, and tells whoever answers for it.
    fn stand(
        &self,
        case: &dyn Case,
        row: &Row,
        ladder: &Ladder,
        before: Option<Row>,
        mut after: Row,
    ) -> Option<Change> {
        let reached = ladder.reached(self.now, |step| self.due(&after, step), |only| case.holds(row, only));
        let whose = Whose { keeper: case.keeper(row), school: case.answers(row), unit: case.unit(row) };
        let day = shanghai_date(self.now);
        let who = |step: &Step| holders::of_step(step, whose, self.posts, (self.tree, self.ladders.section()), day);
        let mut messages = Vec::new();
        if let Some(step) = reached.on.filter(|step| higher(&after, step)) {
            let persons = who(step);
            after.set(&CLIMB, "rung", Cell::Text(step.rung.clone()));
            after.set(&CLIMB, "person", persons.first().map_or(Cell::Null, |person| Cell::Id(*person)));
            after.set(&CLIMB, "reached_at", Cell::Int(self.now));
            after.set(&CLIMB, "paper", step.paper.clone().map_or(Cell::Null, Cell::Text));
            after.set(&CLIMB, "number", Cell::Null);
            after.set(&CLIMB, "issued_on", Cell::Null);
            tell(&mut after, &persons);
            let code = code(&ladder.code, &step.rung);
            let told_once = cause(&after, &step.rung);
            let say = |person: &Uuid| {
                Message::person(*person, code).with("title", case.title(row)).because(told_once.as_str())
            };
            messages.extend(persons.iter().map(say));
        }
        let next = reached.next;
        let next_person = next.and_then(|step| who(step).first().copied());
        after.set(&CLIMB, "next_rung", next.map_or(Cell::Null, |step| Cell::Text(step.rung.clone())));
        after.set(&CLIMB, "next_person", next_person.map_or(Cell::Null, Cell::Id));
        after.set(&CLIMB, "next_at", next.map_or(Cell::Null, |step| Cell::Int(self.due(&after, step))));
        let change = match before {
            None => Change::create(&CLIMB, "climb", after),
            Some(before) => Change::update(&CLIMB, "climb", before, after),
        };
        let change = messages.into_iter().fold(change, Change::send);
        (!change.is_empty()).then_some(change)
    }

    /// The state ended: what was not told yet is not told any more, and whoever was told hears that it is done.
    fn solved(&self, climb: &Row) -> Change {
        let mut after = climb.clone();
        after.set(&CLIMB, "state", Cell::Text("solved".into()));
        after.set(&CLIMB, "ended_at", Cell::Int(self.now));
        for field in ["next_rung", "next_person", "next_at", "paused_at"] {
            after.set(&CLIMB, field, Cell::Null);
        }
        let change = Change::update(&CLIMB, "solve", climb.clone(), after);
        let change = kit::ladder::RUNGS.iter().fold(change, |change, rung| change.withdraw(cause(climb, rung)));
        told(climb).into_iter().fold(change, |change, person| change.send(Message::person(person, "ladder.solved")))
    }
}

/// A limit has passed: the ladder begins at its foot.
fn begun(case: &dyn Case, row: &Row, (since, counted_from): (i64, i64), id: Uuid) -> Row {
    Row::blank(&CLIMB, id)
        .with(&CLIMB, case.field(), Cell::Id(row.id))
        .with(&CLIMB, "since", Cell::Int(since))
        .with(&CLIMB, "counted_from", Cell::Int(counted_from))
        .with(&CLIMB, "worked", Cell::Int(0))
        .with(&CLIMB, "state", Cell::Text("climbing".into()))
}

/// Whether a step is above the one that a record stands on.
fn higher(climb: &Row, step: &Step) -> bool {
    let now = kit::ladder::RUNGS.iter().position(|rung| *rung == said(climb, "rung"));
    now.is_none_or(|now| step.rank() > now)
}

/// The cause of a step's messages: this record, this state, this rung; told once however often the program looks.
fn cause(climb: &Row, rung: &str) -> String {
    format!("climb/{}/{}/{rung}", climb.id, moment(climb, "since"))
}

/// The message of a rung. Where nobody keeps the case yet or any more, everybody on the way up is asked for the same thing.
pub fn code(ladder: &str, rung: &str) -> &'static str {
    match (ladder, rung) {
        ("hazard.assign", _) => "ladder.assign",
        ("hazard.recheck", _) => "ladder.recheck",
        (_, "keeper") => "ladder.keeper",
        (_, "head") => "ladder.head",
        (_, "section") => "ladder.section",
        (_, "deputy") => "ladder.deputy",
        (_, "director") => "ladder.director",
        _ => "ladder.group",
    }
}
