//! Who answers for a step: the holders of its posts on the day, at the place that it names.

use chrono::NaiveDate;
use kit::ladder::Step;
use kit::{Row, Tree};
use uuid::Uuid;

use crate::organisation::answerable::{self, holders_on};

/// Where a case belongs, as far as a step asks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Whose {
    pub keeper: Option<Uuid>,
    pub school: Option<Uuid>,
    pub unit: Option<Uuid>,
}

/// All who answer for a step, in the order of its posts; nobody where the posts are vacant. `safety` names the bureau's section for safety.
pub fn of_step(step: &Step, whose: Whose, posts: &[Row], (tree, safety): (&Tree, &str), day: NaiveDate) -> Vec<Uuid> {
    match step.at.as_str() {
        "keeper" => whose.keeper.into_iter().collect(),
        "school" => climbing(step, whose.school, posts, tree, day),
        "unit" => climbing(step, whose.unit, posts, tree, day),
        "section" => at(step, &sections(tree, safety), posts, day),
        kind => at(step, &places(tree, kind), posts, day),
    }
}

/// At the place itself, or at the nearest above it where somebody holds one of the posts: a campus is its school's, a village its township's.
fn climbing(step: &Step, from: Option<Uuid>, posts: &[Row], tree: &Tree, day: NaiveDate) -> Vec<Uuid> {
    let mut place = from;
    for _ in 0..8 {
        let Some(node) = place.and_then(|id| tree.get(id)) else { break };
        let found = at(step, &[node.id], posts, day);
        if !found.is_empty() {
            return found;
        }
        place = node.parent;
    }
    Vec::new()
}

fn at(step: &Step, places: &[Uuid], posts: &[Row], day: NaiveDate) -> Vec<Uuid> {
    let mut found = Vec::new();
    for (post, place) in step.posts.iter().flat_map(|post| places.iter().map(move |place| (post, *place))) {
        found.extend(
            holders_on(posts, post, place, day)
                .into_iter()
                .filter(|person| !found.contains(person))
                .collect::<Vec<_>>(),
        );
    }
    found
}

fn places(tree: &Tree, kind: &str) -> Vec<Uuid> {
    let mut found: Vec<_> = tree.of_kind(kind).collect();
    found.sort_by(|left, right| left.code.cmp(&right.code));
    found.iter().map(|node| node.id).collect()
}

/// 安全股: the bureau's section for safety, by its name; where none is called so, every section.
fn sections(tree: &Tree, safety: &str) -> Vec<Uuid> {
    let named = answerable::sections(tree, safety);
    if named.is_empty() { answerable::sections(tree, "") } else { named }
}
