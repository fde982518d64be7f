//! Slowing down who guesses. Account and device count; the address only slows, because sixty teachers share one at 7:50.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Misses of one account (from anywhere) before it is locked, and for how long: GB/T 22239-2019, 8.1.4.1 b, with the usual figures of a county.
pub const MISSES: i64 = 5;
pub const LOCK_MS: i64 = 30 * 60_000;
const WINDOW_MS: i64 = 15 * 60_000;
const DEVICE_MISSES: usize = 10;
const ADDRESS_MISSES: usize = 60;

/// What to do with an attempt before looking at the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Go,
    /// Wait so many milliseconds first.
    Slow(u64),
    Refuse,
}

/// Misses by device and by address in the last quarter of an hour. In memory: a restart forgives devices, never accounts.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, Vec<i64>>>);

impl Throttle {
    pub fn ask(&self, device: &str, address: &str, now: i64) -> Verdict {
        let misses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recent =
            |key: String| misses.get(&key).map_or(0, |times| times.iter().filter(|at| now - **at < WINDOW_MS).count());
        if recent(format!("device {device}")) >= DEVICE_MISSES {
            return Verdict::Refuse;
        }
        match recent(format!("address {address}")) {
            count if count >= ADDRESS_MISSES => Verdict::Slow(1_500),
            _ => Verdict::Go,
        }
    }

    pub fn miss(&self, device: &str, address: &str, now: i64) {
        let mut misses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        misses.retain(|_, times| times.last().is_some_and(|at| now - at < WINDOW_MS));
        for key in [format!("device {device}"), format!("address {address}")] {
            let times = misses.entry(key).or_default();
            times.retain(|at| now - at < WINDOW_MS);
            times.push(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_refused_and_an_address_only_slowed() {
        let throttle = Throttle::default();
        for at in 0..10 {
            assert_eq!(throttle.ask("phone", "10.0.0.1", at), Verdict::Go);
            throttle.miss("phone", "10.0.0.1", at);
        }
        assert_eq!(throttle.ask("phone", "10.0.0.2", 11), Verdict::Refuse);
        assert_eq!(throttle.ask("another", "10.0.0.1", 11), Verdict::Go);
        for at in 0..60 {
            throttle.miss(&format!("phone {at}"), "10.0.0.1", at);
        }
        assert_eq!(throttle.ask("another", "10.0.0.1", 61), Verdict::Slow(1_500));
        assert_eq!(throttle.ask("phone", "10.0.0.1", 16 * 60_000), Verdict::Go);
    }
}
