//! What became of a duty: a merge of its period with what was done.

use std::collections::HashMap;

use chrono::{NaiveDate, TimeDelta};
use uuid::Uuid;

use super::{DutyNorm, Proof, Span};
use crate::dates::shanghai_start;

/// 状态
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Its period has not begun.
    Coming,
    Due,
    Done,
    DoneLate,
    Missed,
    Waived,
}

impl State {
    pub const ALL: &'static [Self] = &[Self::Coming, Self::Due, Self::Done, Self::DoneLate, Self::Missed, Self::Waived];

    pub const fn code(self) -> &'static str {
        match self {
            Self::Coming => "coming",
            Self::Due => "due",
            Self::Done => "done",
            Self::DoneLate => "done_late",
            Self::Missed => "missed",
            Self::Waived => "waived",
        }
    }

    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.code() == code)
    }
}

/// Something that was done: for which day, and when (milliseconds since 1970, UTC; the start of a day where no time is known).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Act {
    pub day: NaiveDate,
    pub at: i64,
    /// How many records say so.
    pub count: u32,
}

impl Act {
    /// What was entered within the days of grace counts for its day; later, for the moment of its entry.
    pub fn entered(day: NaiveDate, at: i64, count: u32, grace: u32) -> Self {
        let start = shanghai_start(day);
        let end = shanghai_start(day + TimeDelta::days(i64::from(grace) + 1));
        Self { day, at: if at < end { start } else { at }, count }
    }
}

/// What was done, by fact and subject, in order of day.
#[derive(Clone, Debug, Default)]
pub struct Acts(HashMap<String, HashMap<Uuid, Vec<Act>>>);

impl Acts {
    /// Puts in what one room says. The order of the calls does not matter.
    pub fn add(&mut self, fact: &str, subject: Uuid, act: Act) {
        let of_fact = match self.0.get_mut(fact) {
            Some(known) => known,
            None => self.0.entry(fact.to_owned()).or_default(),
        };
        let acts = of_fact.entry(subject).or_default();
        // Mostly in order already: the rows come so.
        let at = if acts.last().is_none_or(|last| *last <= act) {
            acts.len()
        } else {
            acts.partition_point(|one| *one <= act)
        };
        acts.insert(at, act);
    }

    pub fn of(&self, fact: &str, subject: Uuid) -> &[Act] {
        self.0.get(fact).and_then(|known| known.get(&subject)).map_or(&[], Vec::as_slice)
    }
}

/// How often it was done within the period, and what follows from it at a moment. `None` once its time is over, for what needs no record.
pub fn state_of(norm: &DutyNorm, span: &Span, acts: &[Act], waived: bool, now: i64) -> (u32, Option<State>) {
    let begin = acts.partition_point(|act| act.day < span.first);
    let mine = acts[begin..].iter().take_while(|act| act.day <= span.closes).filter(|act| act.at <= now);
    let (mut all, mut in_time) = (0_u32, 0_u32);
    for act in mine {
        all = all.saturating_add(act.count);
        if act.at <= span.due {
            in_time = in_time.saturating_add(act.count);
        }
    }
    let state = if in_time >= norm.times {
        Some(State::Done)
    } else if all >= norm.times {
        Some(State::DoneLate)
    } else if waived {
        Some(State::Waived)
    } else if now <= span.due {
        Some(if now < span.first_moment() { State::Coming } else { State::Due })
    } else {
        (norm.proof == Proof::Record).then_some(State::Missed)
    };
    (all, state)
}

impl Span {
    /// The moment at which it begins.
    pub fn first_moment(&self) -> i64 {
        shanghai_start(self.first)
    }
}

/// Duties counted by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub coming: u64,
    pub due: u64,
    pub done: u64,
    pub done_late: u64,
    pub missed: u64,
    pub waived: u64,
}

impl Tally {
    pub fn add(&mut self, state: State, count: u64) {
        *match state {
            State::Coming => &mut self.coming,
            State::Due => &mut self.due,
            State::Done => &mut self.done,
            State::DoneLate => &mut self.done_late,
            State::Missed => &mut self.missed,
            State::Waived => &mut self.waived,
        } += count;
    }

    pub fn get(&self, state: State) -> u64 {
        match state {
            State::Coming => self.coming,
            State::Due => self.due,
            State::Done => self.done,
            State::DoneLate => self.done_late,
            State::Missed => self.missed,
            State::Waived => self.waived,
        }
    }

    /// Everything whose time has come: the whole of which done, done late, missed and waived are the parts, and what is still due.
    pub fn asked(&self) -> u64 {
        self.due + self.done + self.done_late + self.missed + self.waived
    }

    pub fn whole(&self) -> u64 {
        self.asked() + self.coming
    }
}
