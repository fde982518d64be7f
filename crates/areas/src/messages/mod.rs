//! 消息: what the house tells people, and what became of it.

pub mod answers;
