//! What is played when. Pure: from who plays, the day and a seed to a list of deeds in time; the same seed makes the same day.

use chrono::{NaiveDate, NaiveTime};
use kit::{Facts, Refusal, Role, dates};
use uuid::Uuid;

use super::super::rng::Rng;
use super::cast::{Cast, House, Part, Room, Way};
use crate::attendance::session::{Slot, asked, boarders_only, slots, takes_place};
use crate::patrols::due::Due;
use crate::patrols::kinds::RouteKind;
use crate::patrols::trouble::TROUBLES;

const MINUTE: i64 = 60_000;
/// A class of so many is called too late, by somebody else, or not at all; where there are fewer classes, one of them.
const RARE: usize = 97;
/// So many classes have a child of whom nobody knows.
const ABSENT: usize = 40;

/// What somebody does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Calls the roll; with `absent` one child is not there and nobody knows why.
    Call { class: Uuid, session: &'static str, absent: bool, substitute: bool },
    /// Is at a point of a route, and finds something there.
    Visit { code: String, trouble: Option<&'static str> },
    /// Leaves the gate.
    Leave { route: Uuid },
    /// Says the day's two sentences: to a class before it goes home, to the school under the flag.
    Say { kind: &'static str, class: Option<Uuid> },
    /// Hands a class over when school is over; with `apart` one child is fetched by its guardian.
    HandOver { class: Uuid, taken_by: &'static str, apart: bool },
    /// A guardian answers by the link of his message.
    Answer { missing: Uuid, choice: &'static str },
    /// A child that was on its way is there.
    Arrive { mark: Uuid },
    /// What a person does about a child that is not found.
    Seek { missing: Uuid, step: &'static str },
}

/// A deed with its moment and who does it; a guardian has no account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub at: i64,
    pub who: Option<Part>,
    pub deed: Deed,
}

/// The day as it is planned, and what is left undone in it on purpose.
#[derive(Clone, Debug, Default)]
pub struct Planned {
    pub events: Vec<Event>,
    pub left_out: usize,
    pub not_called: usize,
}

impl Planned {
    fn add(&mut self, at: i64, who: Part, deed: Deed) {
        self.events.push(Event { at, who: Some(who), deed });
    }
}

/// The whole day; nothing on one without school.
pub fn plan(cast: &Cast, day: NaiveDate, facts: &Facts, seed: &Rng) -> Result<Planned, Refusal> {
    let mut planned = Planned::default();
    let rooms: usize = cast.houses.iter().map(|house| house.rooms.len()).sum();
    let (mut turn, mut guarded, rare, absent) = (0, 0, RARE.min(rooms.max(4)), ABSENT.min((rooms / 4).max(1)));
    for house in &cast.houses {
        let mut rng = seed.part(&house.school.id.to_string());
        for room in &house.rooms {
            let lot = Lot { rare: turn % rare, absent: turn % absent == absent / 2 };
            class(&mut planned, &mut rng, (house, room), lot, day, facts);
            turn += 1;
        }
        for way in &house.ways {
            walks(&mut planned, &mut rng, (guarded, house, way), day, facts)?;
        }
        guarded += usize::from(!house.guards.is_empty());
        flag(&mut planned, &mut rng, house, day, facts);
    }
    planned.events.sort_by_key(|event| event.at);
    Ok(planned)
}

/// What a class has drawn for the day.
#[derive(Clone, Copy)]
struct Lot {
    /// 0: called too late, 1: by somebody else, 2: not at all.
    rare: usize,
    absent: bool,
}

fn instant(day: NaiveDate, time: NaiveTime) -> i64 {
    dates::shanghai_start(day) + time.signed_duration_since(NaiveTime::MIN).num_milliseconds()
}

/// Every session that its day asks for, then the way home.
fn class(
    planned: &mut Planned,
    rng: &mut Rng,
    (house, room): (&House, &Room),
    lot: Lot,
    day: NaiveDate,
    facts: &Facts,
) {
    let slots = slots(&facts.timetable, &room.stage, house.school.boarding, day);
    for slot in
        slots.iter().filter(|slot| asked(slot.session) && takes_place(slot.session, house.school.id, day, facts))
    {
        if boarders_only(slot.session) && !room.boards {
            continue;
        }
        call(planned, rng, (house, room), lot, (slot, day));
    }
    let times = facts.timetable.slots(&room.stage, house.school.boarding, day);
    let over = times.iter().find(|slot| slot.session == "dismissal");
    let Some(over) = over.filter(|_| takes_place("arrival", house.school.id, day, facts)) else { return };
    let who = (room.teacher, Role::Teacher);
    let end = instant(day, over.from);
    if !rng.chance(80) {
        planned.add(end - rng.between(3, 12) * MINUTE, who, Deed::Say { kind: "minute", class: Some(room.id) });
    }
    // Some teachers forget to write it down.
    if !rng.chance(30) {
        let apart = room.grade <= 13 && rng.chance(150);
        let taken_by = taken_by(rng, room);
        planned.add(end + rng.between(1, 15) * MINUTE, who, Deed::HandOver { class: room.id, taken_by, apart });
    }
}

fn call(
    planned: &mut Planned,
    rng: &mut Rng,
    (house, room): (&House, &Room),
    lot: Lot,
    (slot, day): (&Slot, NaiveDate),
) {
    let begins = slot.begins(day);
    let arrival = slot.session == "arrival";
    let deed =
        |substitute| Deed::Call { class: room.id, session: slot.session, absent: arrival && lot.absent, substitute };
    let own = (room.teacher, Role::Teacher);
    match (arrival, lot.rare, house.principal) {
        (true, 0, _) => planned.add(begins + rng.between(14, 40) * MINUTE, own, deed(false)),
        (true, 1, Some(principal)) => {
            planned.add(begins + rng.between(30, 55) * MINUTE, (principal, Role::Principal), deed(true));
        }
        (true, 2, _) => planned.not_called += 1,
        // Seconds apart, as people are.
        _ => planned.add(begins + rng.between(-8 * 60, 8 * 60) * 1000, own, deed(false)),
    }
}

/// Small children are never sent alone (教育部令第23号 art. 31).
fn taken_by(rng: &mut Rng, room: &Room) -> &'static str {
    match room.grade {
        _ if room.boards => "dormitory",
        ..=9 => "guardian",
        11..=13 => rng.weighted(&[("guardian", 60), ("walking_group", 25), ("bus", 15)]),
        _ => rng.weighted(&[("alone", 70), ("walking_group", 15), ("bus", 15)]),
    }
}

/// The first morning of the week under the flag (国旗法 art. 14).
fn flag(planned: &mut Planned, rng: &mut Rng, house: &House, day: NaiveDate, facts: &Facts) {
    let slots = house.school.slots(day, facts);
    let first = crate::talks::offer::begins_week(&facts.calendar, &facts.terms, house.school.id, day);
    let time = crate::talks::offer::flag_raising(&slots, first);
    if let (Some(time), Some(principal)) = (time, house.principal) {
        let at = dates::shanghai_start(day) + (time.until - rng.between(5, 20)) * MINUTE;
        planned.add(at, (principal, Role::Principal), Deed::Say { kind: "flag", class: None });
    }
}

/// Every round that is due on a way but those that are left out.
fn walks(
    planned: &mut Planned,
    rng: &mut Rng,
    (at, house, way): (usize, &House, &Way),
    day: NaiveDate,
    facts: &Facts,
) -> Result<(), Refusal> {
    let due = house.school.due(way.kind, day, facts)?;
    for (turn, one) in due.iter().enumerate() {
        let Some(who) = walker(house, way.kind, turn) else { continue };
        // Every seventh school with guards leaves out their third round.
        if way.kind == RouteKind::Guard && turn == 2 && at % 7 == 1 {
            planned.left_out += 1;
            continue;
        }
        let begun = dates::shanghai_start(day) + start(rng, &due, turn, *one) * MINUTE;
        if way.kind.post() {
            post(planned, way, who, begun, dates::shanghai_start(day) + one.until * MINUTE);
        } else {
            let finds = way.kind == RouteKind::Guard && turn == 1 && at.is_multiple_of(3);
            round(planned, rng, way, who, begun, finds);
        }
    }
    Ok(())
}

/// Rounds of one window share it.
fn start(rng: &mut Rng, due: &[Due], turn: usize, one: Due) -> i64 {
    let same: Vec<_> = due.iter().enumerate().filter(|(_, other)| **other == one).map(|(at, _)| at).collect();
    let part = same.iter().position(|at| *at == turn).unwrap_or(0);
    let share = (one.until - one.from) / i64::try_from(same.len()).unwrap_or(1).max(1);
    // A night is walked before midnight and once more before the house wakes; both belong to this day.
    one.from + share * i64::try_from(part).unwrap_or(0) + rng.between(0, (share / 3).clamp(0, 40))
}

/// Whoever's round it is: see [`RouteKind::walkers`].
fn walker(house: &House, kind: RouteKind, turn: usize) -> Option<Part> {
    let guard = house.guards.get(turn % house.guards.len().max(1)).map(|guard| (*guard, Role::Guard));
    let teacher = house.rooms.get((turn * 7 + kind as usize) % house.rooms.len().max(1));
    let teacher = teacher.map(|room| (room.teacher, Role::Teacher));
    match kind {
        RouteKind::Guard => guard,
        RouteKind::Head => house.principal.map(|principal| (principal, Role::Principal)),
        RouteKind::GateArrival | RouteKind::GateDismissal => guard.or(teacher),
        RouteKind::Dormitory => teacher.or(guard),
        _ => teacher,
    }
}

fn post(planned: &mut Planned, way: &Way, who: Part, from: i64, until: i64) {
    if let Some(stop) = way.stops.first() {
        planned.add(from, who, Deed::Visit { code: stop.code.clone(), trouble: None });
        planned.add(until, who, Deed::Leave { route: way.route });
    }
}

/// From point to point in the time that it takes to walk there, and a while at each.
fn round(planned: &mut Planned, rng: &mut Rng, way: &Way, who: Part, begun: i64, finds: bool) {
    let troubles: Vec<_> = TROUBLES.iter().map(|(code, _)| *code).filter(|code| *code != "other").collect();
    let where_found = rng.below(way.stops.len());
    let mut at = begun;
    for (number, stop) in way.stops.iter().enumerate() {
        if number > 0 {
            at += (stop.seconds + rng.between(9, 70)) * 1000;
        }
        let trouble = (finds && number == where_found).then(|| *rng.pick(&troubles));
        planned.add(at, who, Deed::Visit { code: stop.code.clone(), trouble });
    }
}
