//! Chance that is the same on every machine: the generator of the sample county.

use chrono::{Days, NaiveDate};
use uuid::Uuid;

/// `SplitMix64` (Steele, Lea and Flood 2014): a few lines, good enough to invent a county, and no crate whose next
/// version would invent another one.
#[derive(Clone, Debug)]
pub struct Rng {
    state: u64,
    /// How many ids were made.
    ids: u32,
}

impl Rng {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, ids: 0 }
    }

    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A generator of its own for one part of the county, so that more of one part does not change another.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        let mixed = name.bytes().fold(self.state, |sum, byte| sum.rotate_left(7) ^ u64::from(byte));
        Self::new(Self::new(mixed).draw())
    }

    /// A number below `limit`; 0 where there is nothing below it.
    pub fn below(&mut self, limit: usize) -> usize {
        let drawn = self.draw().checked_rem(limit as u64).unwrap_or(0);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = (high - low + 1).unsigned_abs();
        low + i64::try_from(self.draw().checked_rem(width).unwrap_or(0)).unwrap_or(0)
    }

    /// True in so many of a thousand cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.draw() % 1000 < per_mille
    }

    /// One of several; the list must not be empty.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let at = self.below(from.len());
        &from[at]
    }

    /// One of several with weights; the list must not be empty.
    pub fn weighted<T: Copy>(&mut self, from: &[(T, u64)]) -> T {
        let mut left = self.draw() % from.iter().map(|(_, weight)| weight).sum::<u64>().max(1);
        for (value, weight) in from {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        from[0].0
    }

    /// A day from `first` on, less than `days` days later.
    pub fn day(&mut self, first: NaiveDate, days: u64) -> NaiveDate {
        first.checked_add_days(Days::new(self.draw() % days.max(1))).unwrap_or(first)
    }

    /// An id as the program makes them ([`kit::ids`]), from the record's own instant in milliseconds of UTC.
    pub fn id(&mut self, at: i64) -> Uuid {
        let (high, low) = (self.draw().to_be_bytes(), self.draw().to_be_bytes());
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high);
        random[8..].copy_from_slice(&low[..2]);
        self.ids += 1;
        kit::ids::id(at, self.ids, random)
    }
}
