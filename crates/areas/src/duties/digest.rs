//! 晨报: what somebody has to do today, composed for a message in the morning. Pure; quiet when there is nothing.

use chrono::NaiveDate;
use kit::dates::shanghai_date;
use kit::duty::Proof;

use super::today::Own;

/// Names of duties in one message.
const NAMED: usize = 3;

/// The numbers of one morning, and the first few duties by their codes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    pub due: usize,
    pub missed: usize,
    pub waiting: usize,
    pub first: Vec<String>,
}

/// What is due today or tomorrow, what was missed, what waits for a confirmation. What is only sampled disturbs nobody in the morning.
pub fn compose(own: &Own, waiting: usize, today: NaiveDate) -> Option<Digest> {
    let soon = today.succ_opt().unwrap_or(today);
    let due: Vec<_> =
        own.due.iter().filter(|duty| duty.proof == Proof::Record && shanghai_date(duty.due) <= soon).collect();
    let quiet = due.is_empty() && own.missed.is_empty() && waiting == 0;
    (!quiet).then(|| Digest {
        due: due.len(),
        missed: own.missed.len(),
        waiting,
        first: due.iter().take(NAMED).map(|duty| duty.code.clone()).collect(),
    })
}
