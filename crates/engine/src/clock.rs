//! The one module that asks the machine for the time and for randomness. Everything else is told.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::RngCore;

/// The county's clock. A sample county has its own: it stands at a given moment and goes on from there, faster if a whole day is to be seen.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What the machine's clock said when this one showed `shown`.
    from: i64,
    shown: i64,
    /// Seconds of the county in one of the machine's.
    speed: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Self { from: 0, shown: 0, speed: 1 }
    }
}

impl Clock {
    /// A clock that shows `at` (milliseconds UTC) now.
    pub fn starting_at(at: i64) -> Self {
        Self { from: machine(), shown: at, speed: 1 }
    }

    /// The same, so many times as fast from now on.
    #[must_use]
    pub fn at_speed(self, speed: u32) -> Self {
        Self { from: machine(), shown: self.now(), speed: i64::from(speed.max(1)) }
    }

    /// Milliseconds since 1970, UTC.
    pub fn now(self) -> i64 {
        self.told(machine())
    }

    /// What a device's time is by this clock: a sample county's day is not the one on its visitors' telephones.
    pub fn told(self, device: i64) -> i64 {
        device.saturating_sub(self.from).saturating_mul(self.speed).saturating_add(self.shown)
    }

    /// How far it goes while people wait so many milliseconds: they live by their own clock, however fast the county's is.
    pub fn passes(self, waited: i64) -> i64 {
        waited.saturating_mul(self.speed)
    }

    /// How long people wait until it shows a moment.
    pub fn until(self, at: i64) -> std::time::Duration {
        let left = at.saturating_sub(self.now()) / self.speed;
        std::time::Duration::from_millis(u64::try_from(left).unwrap_or_default())
    }

    /// Whether it shows another time than the machine's.
    pub fn is_own(self) -> bool {
        self.from != self.shown || self.speed != 1
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn machine() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What the times of files are compared with: they follow the machine, whatever the county's clock shows.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn of_files() -> SystemTime {
    SystemTime::now()
}

/// Milliseconds for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this is the clock")]
pub fn started() -> std::time::Instant {
    std::time::Instant::now()
}

/// The source of randomness for keys, ids and passwords.
#[expect(clippy::disallowed_methods, reason = "this is where chance comes from")]
pub fn random(bytes: &mut [u8]) {
    rand::rng().fill_bytes(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_clock_shows_a_day_in_minutes_and_the_usual_one_is_the_machine_s() {
        let usual = Clock::default();
        assert_eq!(
            (usual.told(1_700_000_000_123), usual.passes(60_000), usual.is_own()),
            (1_700_000_000_123, 60_000, false)
        );
        let fast = Clock { from: 1_000, shown: 50_000, speed: 60 };
        assert_eq!((fast.told(1_000), fast.told(2_000), fast.told(500)), (50_000, 110_000, 20_000));
        assert!(fast.passes(60_000) == 3_600_000 && fast.is_own());
        let began = Clock::starting_at(0).at_speed(1_000_000);
        assert!(began.until(i64::MAX / 2) > began.until(1_000_000), "what is further away is waited for longer");
        assert_eq!(began.until(-1), std::time::Duration::ZERO);
        assert_eq!(fast.told(i64::MIN), i64::MIN + 50_000, "a device that says anything breaks nothing");
    }
}
