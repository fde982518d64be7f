//! The house as a whole, on both databases.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it expected by failing")]

mod accounts;
mod backup;
mod backup_bad;
#[cfg(feature = "s3")]
mod bucket;
mod burden;
mod climbs;
mod conformance;
mod county;
mod coverage;
mod devices;
mod doctor;
mod doors;
mod duties;
mod exchange;
mod export;
mod files;
mod fresh;
mod hazard_life;
mod keys;
mod messages;
mod missing_child;
mod norms;
mod papers;
mod patrols;
mod permissions;
mod program;
mod retain;
mod returns;
mod roll_over;
mod rollcall;
mod rollcall_kill;
mod saved_views;
mod search;
mod statements;
mod talks;
mod tampering;
mod tips;
mod together;
mod tokens;
mod totals;
mod upgrade;
mod visitor;
mod whole;
mod words;
