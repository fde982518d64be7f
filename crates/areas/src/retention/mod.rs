//! 保存期限: how long what is kept. Logs outside the history are deleted when their term is over, and the deletion is recorded
//! (销毁登记); records of the history that are past their term are listed, for the county to decide with its archive.

pub mod record;
pub mod run;
pub mod sealing;
pub mod terms;

#[cfg(test)]
mod tests;

use engine::{Area, Kind};
use store::Migration;

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0050_retention", sql: include_str!("schema.sql") },
    Migration { name: "0157_reading_day", sql: include_str!("sealing.sql") },
    Migration { name: "0167_reading_unplaced", sql: "alter table reading_day add column unplaced bigint" },
];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "retention",
        kinds: vec![Kind::new(&record::DISPOSAL, "inbox"), Kind::new(&sealing::READING_DAY, "lock")],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: &[],
        routes: None,
        described: None,
        nav: &[],
    }
}
