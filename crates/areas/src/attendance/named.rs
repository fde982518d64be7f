//! Who is named for each hop of the chain: at the school by its posts, at the bureau the section that the rules name. Pure.

use chrono::NaiveDate;
use kit::{Row, Tree};
use uuid::Uuid;

use crate::organisation::answerable::{LEADERS, first_of, sections};

/// The posts that are asked at a school, in the order in which they call the police, and at the bureau.
pub const SCHOOL: &[&str] = &["principal", "vice_safety", "safety_officer"];
pub const BUREAU: &[&str] = &["section_head", "group_office", "director"];

/// Who leads the search.
pub fn leader(posts: &[Row], school: Uuid, day: NaiveDate) -> Option<Uuid> {
    first_of(posts, LEADERS, school, day)
}

/// Who calls the police.
pub fn caller(posts: &[Row], school: Uuid, day: NaiveDate) -> Option<Uuid> {
    first_of(posts, SCHOOL, school, day)
}

/// Who takes the report at the bureau: the head of its section for safety, which the rules name; where nobody is, the head of its office, then its
/// director. Never the head of a section that has nothing to do with it.
pub fn officer(posts: &[Row], tree: &Tree, safety: &str, day: NaiveDate) -> Option<Uuid> {
    let named = if safety.is_empty() { Vec::new() } else { sections(tree, safety) };
    let head = named.iter().find_map(|section| first_of(posts, &["section_head"], *section, day));
    let mut bureaus: Vec<_> = tree.of_kind("bureau").collect();
    bureaus.sort_by(|left, right| left.code.cmp(&right.code));
    head.or_else(|| bureaus.iter().find_map(|bureau| first_of(posts, &["group_office", "director"], bureau.id, day)))
}
