//! How far what is looked at again and again has come in the history, so that the next look reads what has changed since. In memory: a program that
//! starts looks at everything once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// A look begins at its moment and reads how long the history is a little later: what came in between is read by the next one, too.
const SLACK: i64 = 60_000;

/// Moments of looks, each with how long the history was then, by the name of what is looked at.
#[derive(Debug, Default)]
pub struct Looked(Mutex<HashMap<&'static str, Vec<(i64, i64)>>>);

impl Looked {
    /// The event after which a look has to read, where a change counts only once it is so many milliseconds old: everything that did not count at the
    /// last look came after it. `None`: everything has to be read.
    pub fn since(&self, name: &'static str, wait: i64) -> Option<i64> {
        let looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = looks.get(name)?;
        let counted = looks.last()?.0 - wait - SLACK;
        looks.iter().rev().find(|(at, _)| *at < counted).map(|(_, head)| *head)
    }

    /// A look at a moment has read everything up to this event. A clock that was put back begins anew.
    pub fn done(&self, name: &'static str, (at, head): (i64, i64), wait: i64) {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = looks.entry(name).or_default();
        if looks.last().is_some_and(|(last, _)| *last > at) {
            looks.clear();
        }
        looks.push((at, head));
        // Of those that are old enough the newest is enough.
        let old = looks.iter().filter(|(then, _)| *then < at - wait - SLACK).count();
        looks.drain(..old.saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    #[test]
    fn a_change_is_read_until_it_counts_and_not_for_ever() {
        let looked = Looked::default();
        assert_eq!(looked.since("ill", MINUTE), None, "never looked");
        // One event a minute, half a minute before the look; it counts when it is older than a minute.
        for look in 0..30 {
            let (now, head) = (look * MINUTE, look + 1);
            let since = looked.since("ill", MINUTE);
            let new = (1..=head).filter(|event| {
                let age = now - ((event - 1) * MINUTE - MINUTE / 2);
                age > MINUTE && age - MINUTE <= MINUTE
            });
            for event in new {
                assert!(since.is_none_or(|since| event > since), "look {look}, event {event}, since {since:?}");
            }
            looked.done("ill", (now, head), MINUTE);
        }
        assert!(looked.since("ill", MINUTE).is_some_and(|since| since > 25), "the newest alone");
        assert!(looked.since("other", MINUTE).is_none());
        looked.done("ill", (0, 31), MINUTE);
        assert_eq!(looked.since("ill", MINUTE), None, "the clock was put back");
    }

    #[test]
    fn few_looks_are_remembered() {
        let looked = Looked::default();
        for look in 0..1000 {
            looked.done("ill", (look * MINUTE, look), MINUTE);
        }
        let looks = looked.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(looks.get("ill").is_some_and(|looks| looks.len() < 6));
    }
}
