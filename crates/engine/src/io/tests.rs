#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod files;
mod house;
mod injected;
mod journeys;
