//! 晨报: what somebody has to do today, composed for a message in the morning. Pure; quiet when there is nothing.

use chrono::NaiveDate;
use kit::Message;
use kit::dates::shanghai_date;
use kit::duty::Proof;
use uuid::Uuid;

use super::today::Own;

/// Its words and its approved text.
pub const CODE: &str = "duties.digest";

/// What of other rooms waits for somebody: cards of the first page whose rows are his to decide or to do. Those that only show him something are
/// not counted; a test holds them to the cards.
pub const WAITS: &[&str] = &[
    "today.climbs.mine",
    "today.hazards.mine",
    "today.hazards.registered",
    "today.hazards.graded",
    "today.hazards.submitted",
    "today.hazards.extension",
    "today.returns.waiting",
    "today.tips.waiting",
    "today.patrols.flags",
    "outbreak.card",
];

/// The numbers of one morning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    pub due: usize,
    pub missed: usize,
    pub waiting: usize,
}

/// What is due today or tomorrow, what was missed, what waits for him. What is only sampled disturbs nobody in the morning.
pub fn compose(own: &Own, waiting: usize, today: NaiveDate) -> Option<Digest> {
    let soon = today.succ_opt().unwrap_or(today);
    let due = own.due.iter().filter(|duty| duty.proof == Proof::Record && shanghai_date(duty.due) <= soon).count();
    let digest = Digest { due, missed: own.missed.len(), waiting };
    (digest != Digest::default()).then_some(digest)
}

/// What its messages of one day are because of: nobody is told twice of the same morning.
pub fn cause(today: NaiveDate) -> String {
    format!("{CODE}/{today}")
}

impl Digest {
    /// Not urgent: whoever has quiet hours is told when they are over.
    pub fn message(self, person: Uuid, today: NaiveDate) -> Message {
        Message::person(person, CODE)
            .because(cause(today))
            .with("due", self.due)
            .with("missed", self.missed)
            .with("waiting", self.waiting)
    }
}
