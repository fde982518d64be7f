//! 责任倒查: who was answerable on a day.

use chrono::NaiveDate;
use kit::{Row, Tree};
use uuid::Uuid;

use super::record::POST;

/// Whether a post is held on a day; both the first and the last day belong to it, and one without a last day is still held.
pub fn in_force(post: &Row, day: NaiveDate) -> bool {
    let from = post.get(&POST, "from_on").date();
    let until = post.get(&POST, "until_on").date();
    from.is_some_and(|from| from <= day) && until.is_none_or(|until| day <= until)
}

/// The staff who held a post (a code of [`super::record::POSTS`]) of a unit or school on a day, longest in office first.
/// Nobody is a true answer: the post was vacant.
pub fn holders_on(posts: &[Row], post: &str, unit_or_school: Uuid, day: NaiveDate) -> Vec<Uuid> {
    let here = |row: &&Row| ["school", "unit"].iter().any(|field| row.get(&POST, field).id() == Some(unit_or_school));
    let this = |row: &&Row| row.get(&POST, "post").text() == Some(post);
    let mut held: Vec<&Row> = posts.iter().filter(this).filter(here).filter(|row| in_force(row, day)).collect();
    held.sort_by_key(|row| (row.get(&POST, "from_on").date(), row.id));
    let mut staff: Vec<Uuid> = Vec::with_capacity(held.len());
    for holder in held.iter().filter_map(|row| row.get(&POST, "staff").id()) {
        if !staff.contains(&holder) {
            staff.push(holder);
        }
    }
    staff
}

/// The sections of the bureau whose name holds a word, in the order of their codes. Other departments have sections too, and are not asked.
pub fn sections(tree: &Tree, word: &str) -> Vec<Uuid> {
    let mut found: Vec<_> = tree.of_kind("section").filter(|node| tree.above(node.id, "bureau").is_some()).collect();
    found.retain(|node| node.name.contains(word));
    found.sort_by(|left, right| left.code.cmp(&right.code));
    found.iter().map(|node| node.id).collect()
}

/// The first who holds one of these posts at a place, in their order.
pub fn first_of(posts: &[Row], order: &[&str], place: Uuid, day: NaiveDate) -> Option<Uuid> {
    order.iter().find_map(|post| holders_on(posts, post, place, day).first().copied())
}

/// Who leads a school's safety, by post: a small school without a vice principal for it has a principal.
pub const LEADERS: &[&str] = &["vice_safety", "safety_officer", "principal"];
