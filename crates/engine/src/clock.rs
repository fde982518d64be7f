//! The one module that asks the machine for the time and for randomness. Everything else is told.

use std::time::{SystemTime, UNIX_EPOCH};

use rand::RngCore;

/// The county's clock. A sample county has its own: it stands at a given moment and goes on from there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// Milliseconds to add to the machine's time.
    offset: i64,
}

impl Clock {
    /// A clock that shows `at` (milliseconds UTC) now.
    pub fn starting_at(at: i64) -> Self {
        Self { offset: at - machine() }
    }

    /// Milliseconds since 1970, UTC.
    pub fn now(self) -> i64 {
        machine() + self.offset
    }

    /// What a device's time is by this clock: a sample county's day is not the one on its visitors' telephones.
    pub fn told(self, device: i64) -> i64 {
        device.saturating_add(self.offset)
    }

    /// Whether it shows another time than the machine's.
    pub fn is_own(self) -> bool {
        self.offset != 0
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
