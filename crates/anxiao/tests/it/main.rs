//! The house as a whole, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected by failing")]

mod conformance;
mod county;
mod coverage;
mod exchange;
mod hazard_life;
mod permissions;
mod statements;
mod tampering;
mod words;
