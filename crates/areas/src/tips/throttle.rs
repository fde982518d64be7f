//! Slowing down who sends too much. The device and the code on the wall count; the address only slows, because a whole school
//! shares one at 7:50.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use engine::auth::Verdict;
use sha2::{Digest, Sha256};

const WINDOW_MS: i64 = 60 * 60_000;
/// Tips of one device in an hour: more than one finds on a way through a school.
const DEVICE: usize = 8;
/// Tips through one code in an hour: more than a bad morning brings.
const CODE: usize = 120;
/// From so many of one address on, each waits.
const ADDRESS: usize = 30;
const WAIT_MS: u64 = 1_500;
/// As many devices, codes and addresses as are remembered at once; beyond it, everybody waits for the hour to pass.
const MOST: usize = 50_000;

/// What was sent in the last hour, in memory only. An address is never kept, only its digest under a key that dies with the process.
pub struct Throttle {
    salt: [u8; 32],
    sent: Mutex<HashMap<[u8; 32], Vec<i64>>>,
}

impl Throttle {
    pub fn new(salt: [u8; 32]) -> Self {
        Self { salt, sent: Mutex::default() }
    }

    fn key(&self, kind: &str, text: &str) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(kind.as_bytes());
        hash.update([0]);
        hash.update(text.as_bytes());
        hash.finalize().into()
    }

    /// What to do with something that is sent now.
    pub fn ask(&self, device: &str, code: &str, address: &str, now: i64) -> Verdict {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = |kind, text| {
            let times = sent.get(&self.key(kind, text));
            times.map_or(0, |times| times.iter().filter(|at| now - **at < WINDOW_MS).count())
        };
        if recent("device", device) >= DEVICE || recent("code", code) >= CODE || sent.len() >= MOST {
            return Verdict::Refuse;
        }
        if recent("address", address) >= ADDRESS { Verdict::Slow(WAIT_MS) } else { Verdict::Go }
    }

    pub fn note(&self, device: &str, code: &str, address: &str, now: i64) {
        let keys = [self.key("device", device), self.key("code", code), self.key("address", address)];
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.retain(|_, times| times.last().is_some_and(|at| now - at < WINDOW_MS));
        for key in keys {
            let times = sent.entry(key).or_default();
            times.retain(|at| now - at < WINDOW_MS);
            times.push(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_and_a_code_are_bounded_and_an_address_only_slowed() {
        let throttle = Throttle::new([7; 32]);
        let gate = "10.0.0.1";
        for at in 0..8 {
            assert_eq!(throttle.ask("phone", "A", gate, at), Verdict::Go);
            throttle.note("phone", "A", gate, at);
        }
        assert_eq!(throttle.ask("phone", "B", "10.0.0.2", 9), Verdict::Refuse, "another code does not help a device");
        assert_eq!(throttle.ask("another", "A", gate, 9), Verdict::Go, "the gate's address does not bind others");
        for number in 8..120 {
            throttle.note(&format!("phone {number}"), "A", gate, 10);
        }
        assert_eq!(throttle.ask("another", "B", gate, 11), Verdict::Slow(1_500));
        assert_eq!(throttle.ask("another", "A", "10.0.0.3", 11), Verdict::Refuse);
        assert_eq!(throttle.ask("phone", "A", gate, 61 * 60_000), Verdict::Go, "an hour later all is forgotten");
    }
}
