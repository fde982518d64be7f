//! What is due on a day, and what became of it: norm × timetable × rounds, derived whenever it is asked for. A missed round is not a record;
//! nothing has to run at night to make one, and one that is typed in tomorrow ends it by being there.

use chrono::{NaiveDate, NaiveTime, Timelike};
use kit::timetable::Slot;
use kit::{Norms, Refusal};

use super::kinds::{RouteKind, When};

/// Minutes from midnight of the day; past midnight it goes on.
pub type Minute = i64;

const DAY: Minute = 24 * 60;

/// One round that is due, and until when it is in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub from: Minute,
    pub until: Minute,
}

/// A round that was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Walked {
    pub at: Minute,
    /// Typed in later.
    pub paper: bool,
    /// Nobody has ended it yet.
    pub goes_on: bool,
}

/// By what time a day is judged, in minutes: the norms of that day and the moment of the judgement.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// `None` when everything of the day is over.
    pub now: Option<Minute>,
    /// So much before and after its time a round is still in time.
    pub grace: Minute,
    /// For so long somebody may be on one round.
    pub longest: Minute,
}

/// What became of a round that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its time has not come.
    Later,
    /// Its time is now.
    Now,
    /// It was begun in its time, and whoever walks it is on his way.
    UnderWay,
    Walked,
    /// Walked outside its time, or typed in later.
    Late,
    Missed,
}

impl Outcome {
    /// Whether somebody has yet to begin it.
    pub const fn open(self) -> bool {
        matches!(self, Self::Now | Self::Later)
    }
}

pub fn minute(time: NaiveTime) -> Minute {
    i64::from(time.num_seconds_from_midnight() / 60)
}

/// The rounds of a route of this kind on a school day, in order. None where the timetable has no such session: a school without boarders has no
/// dormitory night.
pub fn due(kind: RouteKind, slots: &[Slot], count: i64, night: Due) -> Vec<Due> {
    let count = count.clamp(0, 60);
    match kind.when() {
        When::Session(name) => {
            let slot = slots.iter().find(|slot| slot.session == name);
            let window = slot.map(|slot| window(slot.from, slot.until));
            window.into_iter().flat_map(|window| (0..count).map(move |_| window)).collect()
        }
        When::Day => {
            let (Some(from), Some(until)) = (slots.first().map(|slot| minute(slot.from)), day_end(slots)) else {
                return Vec::new();
            };
            spread(Due { from, until }, count)
        }
        When::Night if slots.iter().any(|slot| slot.session == "dormitory") => spread(night, count),
        When::Night => Vec::new(),
    }
}

/// So many parts of a span, each after the other.
fn spread(span: Due, count: i64) -> Vec<Due> {
    let at = |part: i64| span.from + (span.until - span.from) * part / count.max(1);
    (0..count).map(|part| Due { from: at(part), until: at(part + 1) }).collect()
}

/// The same with the norms of that day.
pub fn due_on(kind: RouteKind, slots: &[Slot], norms: &Norms, day: NaiveDate) -> Result<Vec<Due>, Refusal> {
    let count = norms.value(kind.norm(), day)?;
    // Nobody else's rounds wait for the hours of a night.
    let night = match kind.when() {
        When::Night => window(norms.time("patrol.night_from", day)?, norms.time("patrol.night_until", day)?),
        _ => Due { from: 0, until: 0 },
    };
    Ok(due(kind, slots, count, night))
}

fn window(from: NaiveTime, until: NaiveTime) -> Due {
    let (from, until) = (minute(from), minute(until));
    Due { from, until: if until <= from { until + DAY } else { until } }
}

/// The end of the last session that is no night.
fn day_end(slots: &[Slot]) -> Option<Minute> {
    slots.iter().filter(|slot| slot.session != "dormitory").map(|slot| window(slot.from, slot.until).until).max()
}

/// Whether a minute is within the time of any of these rounds.
pub fn in_time(due: &[Due], at: Minute, grace: Minute) -> bool {
    due.iter().any(|due| fits(due, at, grace))
}

/// Whether another round is due at a minute than at one before it.
pub fn another(due: &[Due], before: Minute, now: Minute) -> bool {
    let at = |minute| due.iter().position(|due| (due.from..due.until).contains(&minute));
    at(now).is_some_and(|now| at(before) != Some(now))
}

fn fits(due: &Due, at: Minute, grace: Minute) -> bool {
    due.from - grace <= at && at <= due.until + grace
}

/// What became of each round that was due. Each walked round answers for one: first for one in whose time it was, then for one that nobody
/// walked, but for none whose time came after another's that it was walked in: who walks five times before eight has not walked at noon. Whoever is on his way
/// has not missed the round that he began in time; one point and a forgotten touch are no round either, so that this lasts as long as a round takes.
pub fn outcomes(due: &[Due], walked: &[Walked], watch: &Watch) -> Vec<Outcome> {
    answered(due, walked, watch, |one, round| round.at >= before(due, one))
}

/// When the round before this one was over; the day's beginning where there is none. Rounds that share their time have none between them.
fn before(due: &[Due], one: &Due) -> Minute {
    due.iter().map(|other| other.until).filter(|until| *until <= one.from).max().unwrap_or_default()
}

/// The same of a night: nobody has walked at two in the morning who walked at a quarter to nine, so what was walked before its time answers for nothing.
pub fn outcomes_of_night(due: &[Due], walked: &[Walked], watch: &Watch) -> Vec<Outcome> {
    answered(due, walked, watch, |due, round| round.paper || round.at >= due.from - watch.grace)
}

fn answered(due: &[Due], walked: &[Walked], watch: &Watch, late: impl Fn(&Due, &Walked) -> bool) -> Vec<Outcome> {
    let (mut open, mut left): (Vec<Walked>, Vec<Walked>) = walked.iter().partition(|round| round.goes_on);
    left.sort_by_key(|round| (round.paper, round.at));
    let mut became: Vec<Option<Outcome>> = vec![None; due.len()];
    let grace = watch.grace;
    take(due, &mut became, &mut left, Outcome::Walked, |due, round| !round.paper && fits(due, round.at, grace));
    take(due, &mut became, &mut left, Outcome::Late, late);
    open.sort_by_key(|round| round.at);
    let on_his_way = |round: &Walked| watch.now.is_some_and(|now| now - round.at <= watch.longest);
    take(due, &mut became, &mut open, Outcome::UnderWay, |due, round| fits(due, round.at, grace) && on_his_way(round));
    due.iter().zip(became).map(|(due, done)| done.unwrap_or_else(|| unanswered(due, watch))).collect()
}

/// Gives each round that is due and has no answer yet the first of these that answers for it.
fn take(
    due: &[Due],
    became: &mut [Option<Outcome>],
    left: &mut Vec<Walked>,
    outcome: Outcome,
    answers: impl Fn(&Due, &Walked) -> bool,
) {
    for (due, slot) in due.iter().zip(became).filter(|(_, slot)| slot.is_none()) {
        if let Some(at) = left.iter().position(|round| answers(due, round)) {
            left.remove(at);
            *slot = Some(outcome);
        }
    }
}

fn unanswered(due: &Due, watch: &Watch) -> Outcome {
    match watch.now {
        Some(now) if now < due.from - watch.grace => Outcome::Later,
        Some(now) if now <= due.until + watch.grace => Outcome::Now,
        _ => Outcome::Missed,
    }
}

/// How many of the rounds that were ended answer for none that was due. They were walked all the same, and the day says so.
pub fn more(walked: &[Walked], outcomes: &[Outcome]) -> usize {
    let answering = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Walked | Outcome::Late)).count();
    walked.iter().filter(|round| !round.goes_on).count().saturating_sub(answering)
}

/// Until when the first round that is due now is in time, where its own time is over: 07:10–07:50 at 08:04 would look like a mistake.
pub fn over(due: &[Due], outcomes: &[Outcome], watch: &Watch) -> Option<Minute> {
    let (due, _) = due.iter().zip(outcomes).find(|(_, outcome)| **outcome == Outcome::Now)?;
    watch.now.filter(|now| *now > due.until).map(|_| due.until + watch.grace)
}

/// Counted together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub due: i64,
    pub walked: i64,
    pub late: i64,
    pub missed: i64,
    /// Walked without being due.
    pub more: i64,
}

impl Sum {
    #[must_use]
    pub fn with(mut self, outcome: Outcome) -> Self {
        self.due += 1;
        match outcome {
            Outcome::Walked => self.walked += 1,
            Outcome::Late => self.late += 1,
            Outcome::Missed => self.missed += 1,
            Outcome::Later | Outcome::Now | Outcome::UnderWay => {}
        }
        self
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            due: self.due + other.due,
            walked: self.walked + other.walked,
            late: self.late + other.late,
            missed: self.missed + other.missed,
            more: self.more + other.more,
        }
    }
}

/// 09:50, also past midnight.
pub fn clock(minute: Minute) -> String {
    let minute = minute.rem_euclid(DAY);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// What stands on paper as a time: 9:50, 09：50, 0950.
pub fn read_clock(text: &str) -> Option<NaiveTime> {
    let plain = kit::tidy::tidy(text);
    ["%H:%M", "%H%M"].iter().find_map(|form| NaiveTime::parse_from_str(&plain, form).ok())
}
