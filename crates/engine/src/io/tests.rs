#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that fails says where")]

mod files;
mod house;
mod injected;
mod journeys;
