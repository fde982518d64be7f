//! 模拟上学日: a school day of the sample county as it would really go by. Teachers call their rolls around the time at which everybody should have
//! come, one too late, a few not at all; a child of whom nobody knows is asked for and found; guards stand at the gates and walk their rounds, one
//! round is left out, what one of them finds is a hazard at once; classes are handed over when school is over, and boarders counted at night.
//!
//! Three parts: who plays ([`cast`], read from the records), what is played when ([`plan`], a calculation), and playing it ([`Player`]). The clock is
//! the caller's: one who lets it run shows a county at work, one who jumps from event to event tests a whole day in seconds. Every write goes through
//! the doors that pages and interface go through, in the name of the person who would do it; nothing is put into the records past the rules.

pub mod cast;
mod hand;
pub mod plan;
mod play;

#[cfg(test)]
mod tests;

pub use play::{Played, Player, free_day};
