//! The house as a whole, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected by failing")]

mod accounts;
mod backup;
mod backup_bad;
mod burden;
mod climbs;
mod conformance;
mod county;
mod coverage;
mod doctor;
mod doors;
mod exchange;
mod export;
mod files;
mod fresh;
mod hazard_life;
mod keys;
mod messages;
mod papers;
mod permissions;
mod program;
mod retain;
mod returns;
mod roll_over;
mod saved_views;
mod search;
mod statements;
mod tampering;
mod tips;
mod together;
mod tokens;
mod totals;
mod upgrade;
mod visitor;
mod whole;
mod words;
