//! Logins that nobody has, and accounts that were never opened: they lock like all others, so that no answer tells who has an account.
//! In memory: there is nothing behind them to protect, and a restart forgets them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{LOCK_MS, MISSES, digest};

/// As many are remembered; whoever tries more pushes out the one that was tried longest ago.
const MOST: usize = 10_000;

#[derive(Clone, Copy, Debug, Default)]
struct Tried {
    failed: i64,
    locked_until: i64,
    at: i64,
}

/// Misses of each, by the digest of what was typed, which may be long.
#[derive(Debug, Default)]
pub struct Strangers(Mutex<HashMap<String, Tried>>);

impl Strangers {
    /// Until when it is locked.
    pub fn locked(&self, login: &str, now: i64) -> Option<i64> {
        let tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.get(&digest(login)).map(|tried| tried.locked_until).filter(|until| *until > now)
    }

    /// Counts as the store counts the misses of an account.
    pub fn miss(&self, login: &str, now: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = digest(login);
        if all.len() >= MOST && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, tried)| tried.at).map(|(key, _)| key.clone());
            oldest.and_then(|key| all.remove(&key));
        }
        let tried = all.entry(key).or_default();
        (tried.at, tried.failed) = (now, tried.failed + 1);
        if tried.failed >= MISSES {
            (tried.failed, tried.locked_until) = (0, now + LOCK_MS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobodys_login_locks_like_somebodys() {
        let strangers = Strangers::default();
        for _ in 0..MISSES {
            assert_eq!(strangers.locked("nobody", 7), None);
            strangers.miss("nobody", 7);
        }
        assert_eq!(strangers.locked("nobody", 8), Some(7 + LOCK_MS));
        assert_eq!((strangers.locked("another", 8), strangers.locked("nobody", 7 + LOCK_MS)), (None, None));
        strangers.miss("nobody", 7 + LOCK_MS);
        assert_eq!(strangers.locked("nobody", 7 + LOCK_MS), None, "counted from the beginning again");
    }

    #[test]
    fn memory_has_an_end() {
        let strangers = Strangers::default();
        for at in 0..=MOST {
            strangers.miss(&format!("login {at}"), i64::try_from(at).unwrap_or_default());
        }
        assert_eq!(strangers.0.lock().map_or(0, |all| all.len()), MOST);
    }
}
