//! 未到校核查: what begins when a child is not there and nobody knows why. Pure.
//!
//! Everything that is to be said later is written at the beginning, as messages that wait for their moment: guardian, class teacher,
//! the school's search, the bureau, and the named person who is told to call the police. Where the child is found, what has not been
//! sent is withdrawn. So no task has to run at the right moment for a hop to happen, and none happens twice. The machine never calls the
//! police: it tells a person to, who notes when he did.

use chrono::NaiveDate;
use kit::life::Input;
use kit::{Actor, Cell, Change, Facts, Field, Life, Mask, Message, MoveSpec, Noun, Query, Refusal, Row};
use uuid::Uuid;

use super::record::{FOUND, MARK, MISSING, MISSING_STATES, goes_on};
use super::session::{boarders_only, roll_day};
use super::{again, called_off, contrary, kin, police, roll, rules};
use crate::organisation::record::GUARDIAN;

const MINUTE: i64 = 60_000;

/// Who acts for one school, and which guardians can be reached.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub guardians: Vec<Row>,
    pub names: std::collections::HashMap<Uuid, String>,
    /// Pupils with a care flag.
    pub cared: Vec<Uuid>,
    /// Pupils who are being looked for already: nobody is told twice.
    pub sought: Vec<Uuid>,
    /// Pupils whom a roll had that was called after the one that comes late.
    pub since: Vec<Uuid>,
    pub leader: Option<Uuid>,
    pub officer: Option<Uuid>,
    pub caller: Option<Uuid>,
}

/// What the check of one mark must know of its class.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub grade: Option<i64>,
    pub teacher: Option<Uuid>,
    /// When the session begins.
    pub begins: i64,
    pub people: &'a People,
}

/// Who is looked for, since whatever day: a boarder who was not there last night is not found because it is midnight.
pub fn open() -> Query {
    Query::new().not_among("state", &["closed"])
}

/// Names the cause of all messages of one check.
pub fn cause(missing: Uuid) -> String {
    format!("missing/{missing}")
}

/// Names the cause of the message that somebody is to call the police: it alone goes when somebody has.
pub fn police_cause(missing: Uuid) -> String {
    format!("missing/{missing}/police")
}

/// Kindergarten, and as many of the first grades of primary school as the norm says (教育部令第23号 art. 31).
pub fn small(grade: Option<i64>, facts: &Facts) -> Result<Option<&'static str>, Refusal> {
    let lower = facts.norms.value("missing.lower_grades", facts.today)?;
    Ok(match grade {
        Some(1..=3) => Some("kindergarten"),
        Some(grade) if grade > 10 && grade <= 10 + lower => Some("lower_grade"),
        _ => None,
    })
}

/// Small children, and whoever has a care flag (art. 24): never an hour of waiting.
fn urgent(grade: Option<i64>, cared: bool, facts: &Facts) -> Result<Option<&'static str>, Refusal> {
    Ok(small(grade, facts)?.or(cared.then_some("direct")))
}

/// The clocks from an instant: search, report, police.
pub(super) fn clocks(from: i64, urgent: bool, facts: &Facts) -> Result<[i64; 3], Refusal> {
    let after = |key| facts.norms.value(key, facts.today).map(|minutes| minutes * MINUTE);
    let (search, hour) = (after("attendance.escalate")?, after("attendance.police")?);
    Ok(if urgent { [from, from + hour / 2, from + hour / 2] } else { [from + search, from + hour, from + hour] })
}

/// The clocks of a check that begins: from the planned start of the session, whenever its roll was called. A late roll takes away the wait before the search,
/// never the time in which the family answers and the school searches before anybody is told to call the police.
fn first_clocks(begins: i64, told: i64, urgent: bool, facts: &Facts) -> Result<[i64; 3], Refusal> {
    let [search, report, police] = clocks(begins, urgent, facts)?;
    let [usual, hour, _] = clocks(0, false, facts)?;
    let least = told + if urgent { (hour - usual) / 2 } else { hour - usual };
    Ok([search.max(told), report.max(least), police.max(least)])
}

/// Begins the check for one mark; nothing for a child who is looked for already.
pub fn begun(mark: &Row, place: Place<'_>, facts: &Facts) -> Result<Option<Change>, Refusal> {
    let pupil = mark.get(&MARK, "pupil").id().unwrap_or_default();
    let settled = [&place.people.sought, &place.people.since].iter().any(|pupils| pupils.contains(&pupil));
    if settled || mark.get(&MARK, "state").text() != Some("unknown") {
        return Ok(None);
    }
    let marked = mark.get(&MARK, "marked_at").int().unwrap_or(facts.now);
    // Nobody is frightened before the minute is over in which a slip is taken back, nor before school begins.
    let slip = facts.norms.value("rollcall.take_back", facts.today)? * MINUTE;
    let told = (marked + slip).max(place.begins);
    let urgent = urgent(place.grade, place.people.cared.contains(&pupil), facts)?;
    let [search, report, police] = first_clocks(place.begins, told, urgent.is_some(), facts)?;
    let guardians: Vec<_> =
        place.people.guardians.iter().filter(|row| row.get(&GUARDIAN, "pupil").id() == Some(pupil)).collect();
    let copied = |field| mark.get(&MARK, field).clone();
    let person = |id: Option<Uuid>| id.map_or(Cell::Null, Cell::Id);
    let mut row = Row::blank(&MISSING, Uuid::new_v5(&mark.id, b"missing"));
    for field in ["school", "class", "pupil", "sheet", "day", "session"] {
        row.set(&MISSING, field, copied(field));
    }
    let row = row
        .with(&MISSING, "mark", Cell::Id(mark.id))
        .with(&MISSING, "state", Cell::Text("asked".into()))
        .with(&MISSING, "urgent", urgent.map_or(Cell::Null, |code| Cell::Text(code.into())))
        .with(&MISSING, "begun_at", Cell::Int(marked.max(place.begins)))
        .with(&MISSING, "told_at", if guardians.is_empty() { Cell::Null } else { Cell::Int(told) })
        .with(&MISSING, "guardians", Cell::Int(i64::try_from(guardians.len()).unwrap_or(0)))
        .with(&MISSING, "search_at", Cell::Int(search))
        .with(&MISSING, "report_at", Cell::Int(report))
        .with(&MISSING, "police_at", Cell::Int(police))
        .with(&MISSING, "teacher", person(place.teacher))
        .with(&MISSING, "leader", person(place.people.leader))
        .with(&MISSING, "officer", person(place.people.officer))
        .with(&MISSING, "caller", person(place.people.caller));
    let name = place.people.names.get(&pupil).cloned().unwrap_or_default();
    let id = row.id;
    let mut change = Change::create(&MISSING, "create", row);
    for message in guardians.into_iter().filter_map(|guardian| kin::message(guardian, "missing.guardian", &name)) {
        change = change.send(timed(message, id, told));
    }
    let teacher = place.teacher.map(|person| Message::person(person, "missing.teacher"));
    if let Some(message) = teacher {
        change = change.send(timed(message.with("name", &name), id, told));
    }
    Ok(Some(onward(change, facts)))
}

fn timed(message: Message, missing: Uuid, at: i64) -> Message {
    message.urgent().not_before(at).because(cause(missing))
}

/// What the named person of a hop is told. The bureau answers for many schools, and hears of which one.
pub(super) fn hop(person: Uuid, code: &'static str, missing: &Row, facts: &Facts) -> Message {
    let message = Message::person(person, code);
    let school = missing.get(&MISSING, "school").id().filter(|_| code == "missing.bureau");
    school.into_iter().fold(message, |message, school| message.with("school", facts.tree.name(school)))
}

/// The later hops, each to its named person at its moment.
fn onward(mut change: Change, facts: &Facts) -> Change {
    let hops = [
        ("leader", "missing.search", "search_at"),
        ("officer", "missing.bureau", "report_at"),
        ("caller", "missing.police", "police_at"),
    ];
    for (who, code, when) in hops {
        let at = change.after.get(&MISSING, when).int().unwrap_or_default();
        if let Some(person) = change.after.get(&MISSING, who).id() {
            let message = timed(hop(person, code, &change.after, facts), change.after.id, at);
            let police = code == "missing.police";
            let message = if police { message.because(police_cause(change.after.id)) } else { message };
            change = change.send(message);
        }
    }
    change
}

/// 未到校核查
pub struct MissingLife;

const REPLY: Field = Field::text("reply", 200).personal(Mask::Whole);
static MOVES: &[MoveSpec] = &[
    MoveSpec::new("unreached", &[]),
    MoveSpec::new("at_home", &[Field::choice("answer", &["sick", "leave"]).required(), REPLY.required()]),
    MoveSpec::new("on_the_way", &[REPLY]),
    MoveSpec::new("left_home", &[REPLY]),
    MoveSpec::new(
        "search",
        &[Field::bool("campus"), Field::bool("gate_video"), Field::bool("classmates"), Field::bool("way_home")],
    ),
    MoveSpec::new("near_water", &[REPLY.required()]).grave(),
    MoveSpec::new("here", &[]),
    MoveSpec::new("again", &[]).grave(),
    MoveSpec::new("police_called", &[Field::text("at", 5).required(), Field::text("police_note", 200).required()]),
    MoveSpec::new(
        "found",
        &[Field::choice("found", FOUND).required(), Field::text("place", 100).personal(Mask::Whole).required()],
    ),
];

impl Life for MissingLife {
    fn noun(&self) -> &'static Noun {
        &MISSING
    }

    fn states(&self) -> &'static [&'static str] {
        MISSING_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        Some(match (state, mv) {
            ("asked" | "answered" | "searching" | "police", "at_home" | "here" | "found") => "closed",
            // Nobody answered: the clocks go on, and whoever reads it knows that the family was called.
            ("asked", "unreached") => "asked",
            ("answered", "unreached") | ("asked" | "answered", "on_the_way") => "answered",
            // What the family says while the school searches, or the police do, is heard; it ends neither.
            ("closed", "again")
            | ("searching", "on_the_way" | "unreached")
            | ("asked" | "answered" | "searching", "left_home" | "search" | "near_water") => "searching",
            ("police", "on_the_way" | "left_home" | "unreached")
            | ("asked" | "answered" | "searching", "police_called") => "police",
            _ => return None,
        })
    }

    fn may(&self, _: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
        if mv == "again" { again::may(row, facts) } else { Ok(()) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        step(row, mv, input, facts)
    }
}

/// One step, whoever takes it: a person by a page, or a guardian by his link.
pub fn step(row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
    let state = row.get(&MISSING, "state").text().unwrap_or_default();
    let verb = MOVES.iter().map(|spec| spec.name).find(|name| *name == mv);
    let (Some(verb), Some(next)) = (verb, MissingLife.next(state, mv)) else {
        return Err(Refusal::new("move.not_now").with("state", state));
    };
    let mut after = row.clone().with(&MISSING, "state", Cell::Text(next.into()));
    match verb {
        "at_home" => {
            answered(&mut after, input.get("answer").clone(), input, facts);
            after.set(&MISSING, "found", Cell::Text("home".into()));
        }
        "on_the_way" | "left_home" => {
            let typed = input.get("answer").clone();
            answered(&mut after, if typed.is_null() { Cell::Text(verb.into()) } else { typed }, input, facts);
        }
        "near_water" => {
            after.set(&MISSING, "urgent", Cell::Text("near_water".into()));
            after.set(&MISSING, "sighting", input.get("reply").clone());
        }
        "unreached" => after.set(&MISSING, "tried_at", Cell::Int(facts.now)),
        "search" => searched(&mut after, input, facts)?,
        "again" => return again::step(row, after, facts),
        "police_called" => {
            after.set(&MISSING, "police_called_at", Cell::Int(police::time(row, input, facts)?));
            after.set(&MISSING, "police_note", input.get("police_note").clone());
        }
        "here" => after.set(&MISSING, "found", Cell::Text("school".into())),
        _ => {
            after.set(&MISSING, "found", input.get("found").clone());
            after.set(&MISSING, "place", input.get("place").clone());
        }
    }
    if next == "closed" {
        after.set(&MISSING, "closed_at", Cell::Int(facts.now));
        return Ok(told_found(Change::update(&MISSING, verb, row.clone(), after)));
    }
    if matches!(verb, "left_home" | "near_water") {
        return hastened(row, verb, after, facts);
    }
    let change = Change::update(&MISSING, verb, row.clone(), after);
    // Nobody is told to call the police who have been called.
    let [_, again] = again::causes(row);
    Ok(if verb == "police_called" { change.withdraw(police_cause(row.id)).withdraw(again) } else { change })
}

fn answered(row: &mut Row, answer: Cell, input: &Input, facts: &Facts) {
    contrary::keep(row, &answer);
    row.set(&MISSING, "answer", answer);
    row.set(&MISSING, "answered_at", Cell::Int(facts.now));
    row.set(&MISSING, "reply", input.get("reply").clone());
}

fn searched(row: &mut Row, input: &Input, facts: &Facts) -> Result<(), Refusal> {
    let places = ["campus", "gate_video", "classmates", "way_home"];
    if places.iter().all(|place| input.get(place) != &Cell::Bool(true)) {
        return Err(Refusal::at("missing.searched_where", "campus"));
    }
    for place in places.into_iter().filter(|place| input.get(place) == &Cell::Bool(true)) {
        row.set(&MISSING, place, Cell::Bool(true));
    }
    row.set(&MISSING, "searched_at", Cell::Int(facts.now));
    Ok(())
}

/// It left home, or was seen near water: who has not been told yet is told now, the search begins now, what comes after it in half the time,
/// if that is sooner; near water, what half the time makes no sooner is due now. What waits is hastened rather than said anew: whoever the message goes to,
/// nobody falls out of the chain.
fn hastened(before: &Row, verb: &'static str, mut after: Row, facts: &Facts) -> Result<Change, Refusal> {
    let [search, report, police] = clocks(facts.now, true, facts)?;
    let water = verb == "near_water";
    let least = |then: i64, at: i64| then.min(if water && then <= at { facts.now } else { at });
    let at = |field, at: i64| before.get(&MISSING, field).int().map(|then| least(then, at));
    let times = [
        ("told_at", at("told_at", facts.now)),
        ("search_at", at("search_at", search)),
        ("report_at", at("report_at", report)),
        ("police_at", at("police_at", police)),
    ];
    for (field, at) in times {
        after.set(&MISSING, field, at.map_or(Cell::Null, Cell::Int));
    }
    let moment = |field| after.get(&MISSING, field).int().unwrap_or(facts.now).max(facts.now);
    let sooner = [
        ("missing.guardian", facts.now),
        ("missing.teacher", facts.now),
        ("missing.search", moment("search_at")),
        ("missing.bureau", moment("report_at")),
        ("missing.police", moment("police_at")),
    ];
    let (cause, police) = (cause(after.id), police_cause(after.id));
    let change = Change::update(&MISSING, verb, before.clone(), after);
    let of = |code| if code == "missing.police" { &police } else { &cause };
    let change = sooner.into_iter().fold(change, |change, (code, at)| change.hasten(of(code), code, at));
    // Looked for again: what waits since then has causes of its own.
    let again = again::causes(before).into_iter().zip(&sooner[3..]);
    Ok(again.fold(change, |change, (cause, (code, at))| change.hasten(cause, code, *at)))
}

/// What has not been sent is not sent any more; whoever has been told hears that it is over, the family too: not where the child was, and no more
/// than that the school knows.
pub(super) fn told_found(mut change: Change) -> Change {
    let at = |field| change.after.get(&MISSING, field).int();
    let now = at("closed_at").unwrap_or_default();
    // The call to the police made an incident, of which everybody but the teacher has heard, whatever was due when. Where no guardian is registered the
    // teacher was told with the beginning of the clock.
    let incident = at("police_called_at").is_some();
    let told = [
        ("leader", incident || at("search_at") <= Some(now)),
        ("officer", incident || at("report_at") <= Some(now)),
        ("caller", incident || at("police_at") <= Some(now)),
        ("teacher", at("told_at").or(at("begun_at")) <= Some(now)),
    ];
    let who = told.map(|(who, told)| change.after.get(&MISSING, who).id().filter(|_| told));
    let (cause, police) = (cause(change.after.id), police_cause(change.after.id));
    let again = again::causes(&change.after);
    let (named, family) = called_off::words(&change.after);
    change = who.into_iter().fold(change, |change, person| change.tell(person, named));
    change = change.follow(&cause, "missing.guardian", family);
    change = change.follow(&again[0], kin::RESUMED, family);
    [cause, police].into_iter().chain(again).fold(change, Change::withdraw)
}

/// What a mark no longer asks about: the check ends with where the child was.
pub fn settled(missing: &Row, mark: &Change, facts: &Facts) -> Option<Change> {
    if !goes_on(missing) {
        return again::there_after_all(missing, mark);
    }
    if mark.after.get(&MARK, "state").text() == Some("unknown") {
        return None;
    }
    if mark.after.get(&MARK, "state").text() == Some("taken_back") {
        return called_off::taken_back(missing, facts);
    }
    // Who is ill or on leave is at home; who came late, left early or was marked by mistake was at school.
    let found = match mark.after.get(&MARK, "kind").text() {
        Some("sick" | "leave") => "home",
        _ => "school",
    };
    Some(called_off::closed(missing, found, facts))
}

/// Whether a check that has ended says where the child was of whom another mark says that nobody knows: the child was looked for when that mark was
/// made. A check that began by mistake (its own mark, or none, says so) has not found anybody.
pub fn answers(check: &Row, begun_by: Option<&Row>, mark: &Row) -> bool {
    let at = |noun: &Noun, row: &Row, field| row.get(noun, field).int();
    let same = check.get(&MISSING, "pupil") == mark.get(&MARK, "pupil");
    let found = check.get(&MISSING, "found").text() != Some("taken_back") && begun_by.is_some_and(roll::counts);
    let during = at(&MARK, mark, "marked_at").zip(at(&MISSING, check, "closed_at"));
    same && found && during.is_some_and(|(marked, closed)| marked <= closed)
}

/// A mark of a later roll of whom the check of an earlier one has found: who was ill or on leave was it in this hour too, anybody else was not there, and it is
/// known.
pub fn as_known(mark: &Row, first: &Row) -> Change {
    let mut after = mark.clone().with(&MARK, "state", Cell::Text("known".into()));
    if matches!(first.get(&MARK, "kind").text(), Some("sick" | "leave")) {
        for field in ["kind", "symptom", "reply"] {
            after.set(&MARK, field, first.get(&MARK, field).clone());
        }
    }
    Change::update(&MARK, "correct", mark.clone(), after)
}

/// The mark and its sheet follow the check.
pub fn follow(change: &Change, facts: &Facts) -> Vec<Change> {
    let known = |field| change.after.get(&MISSING, field).id().and_then(|id| facts.known.get(&id));
    let (Some(mark), Some(sheet)) = (known("mark"), known("sheet")) else { return Vec::new() };
    if change.verb == "again" {
        return again::follow(mark, sheet);
    }
    if mark.get(&MARK, "state").text() != Some("unknown") {
        return Vec::new();
    }
    let mut after = mark.clone();
    after.set(&MARK, "reply", change.after.get(&MISSING, "reply").clone());
    if !goes_on(&change.after) {
        let answer = change.after.get(&MISSING, "answer").text().filter(|_| change.verb == "at_home");
        // Who is at school the next morning was not late the day before: he was not there.
        let session = mark.get(&MARK, "session").text().unwrap_or_default();
        let same_day = mark.get(&MARK, "day").date() == Some(roll_day(session, facts.now));
        let (kind, state) = match (answer, change.after.get(&MISSING, "found").text()) {
            (Some(kind), _) => (kind, "known"),
            (None, Some("school")) if same_day => ("late", "arrived"),
            _ => ("absent", "known"),
        };
        after.set(&MARK, "kind", Cell::Text(kind.to_owned()));
        after.set(&MARK, "state", Cell::Text(state.to_owned()));
    }
    let moved = Change::update(&MARK, "correct", mark.clone(), after);
    if moved.is_empty() {
        return Vec::new();
    }
    let recount = rules::counted(sheet, &moved);
    std::iter::once(moved).chain(recount).collect()
}

/// Whether nobody asks the guardian any more: it is known where the child was, and the day is over; after a night, the day that follows it.
pub fn over(row: &Row, today: NaiveDate) -> bool {
    let night = row.get(&MISSING, "session").text().is_some_and(boarders_only);
    let last = row.get(&MISSING, "day").date().and_then(|day| if night { day.succ_opt() } else { Some(day) });
    !goes_on(row) && last.is_none_or(|last| last < today)
}

/// A guardian's answer by the signed link of his message: one touch. Whoever says otherwise than another before him is heard, also when it is over.
pub fn answer(row: &Row, choice: &str, words: &str, facts: &Facts) -> Result<Vec<Change>, Refusal> {
    let mv = match choice {
        "sick" | "leave" => "at_home",
        "on_the_way" => "on_the_way",
        _ => "left_home",
    };
    let reply = if words.is_empty() { Cell::Null } else { Cell::Text(words.to_owned()) };
    if !goes_on(row) {
        let said = contrary::afterwards(row, choice, reply, facts);
        return said.map(|change| vec![change]).ok_or_else(|| Refusal::new("missing.over"));
    }
    let input = Input(vec![("answer", Cell::Text(choice.to_owned())), ("reply", reply)]);
    let change = contrary::told(step(row, mv, &input, facts)?, row, choice);
    let followed = follow(&change, facts);
    Ok(std::iter::once(change).chain(followed).collect())
}
