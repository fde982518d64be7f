//! The county's units and schools as one tree, held in memory: a few thousand nodes that every request asks about.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

/// A unit, school or campus.
#[derive(Clone, Debug)]
pub struct Node {
    pub id: Uuid,
    pub parent: Option<Uuid>,
    /// `county`, `township`, `village`, `community`, `farm`, `department`, `bureau`, `section`, `school`, `campus`
    pub kind: String,
    pub code: String,
    pub name: String,
    /// 寄宿制: a school that takes boarders, whose hours are others.
    pub boards: bool,
    /// 撤并: a school's first day on which it is none any more.
    pub closed: Option<NaiveDate>,
}

impl Node {
    /// A node of a kind, called by it and without a code: rules ask about ids and kinds alone.
    pub fn of(id: Uuid, parent: Option<Uuid>, kind: &str) -> Self {
        Self { id, parent, kind: kind.into(), code: String::new(), name: kind.into(), boards: false, closed: None }
    }
}

#[derive(Debug, Default)]
pub struct Tree {
    nodes: HashMap<Uuid, Node>,
    children: HashMap<Uuid, Vec<Uuid>>,
}

impl Tree {
    pub fn new(nodes: impl IntoIterator<Item = Node>) -> Self {
        let mut tree = Self::default();
        for node in nodes {
            if let Some(parent) = node.parent {
                tree.children.entry(parent).or_default().push(node.id);
            }
            tree.nodes.insert(node.id, node);
        }
        tree
    }

    pub fn get(&self, id: Uuid) -> Option<&Node> {
        self.nodes.get(&id)
    }

    pub fn name(&self, id: Uuid) -> &str {
        self.get(id).map_or("", |node| &node.name)
    }

    pub fn kind(&self, id: Uuid) -> &str {
        self.get(id).map_or("", |node| &node.kind)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values()
    }

    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Node> {
        self.nodes.values().filter(move |node| node.kind == kind)
    }

    /// A node and everything below it. A ring, which no form can make but a broken import might, is walked once.
    pub fn under(&self, id: Uuid) -> Vec<Uuid> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(node) = found.get(at).copied() {
            at += 1;
            for child in self.children.get(&node).into_iter().flatten() {
                if !found.contains(child) {
                    found.push(*child);
                }
            }
        }
        found
    }

    /// Whether they are the same one, or one is part of the other: a campus and its school.
    pub fn belong_together(&self, one: Uuid, other: Uuid) -> bool {
        let parent = |id| self.get(id).and_then(|node| node.parent);
        one == other || parent(one) == Some(other) || parent(other) == Some(one)
    }

    /// The nearest node of a kind at or above this one.
    pub fn above(&self, id: Uuid, kind: &str) -> Option<Uuid> {
        let mut at = Some(id);
        for _ in 0..16 {
            let node = self.get(at?)?;
            if node.kind == kind {
                return Some(node.id);
            }
            at = node.parent;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn tree() -> Tree {
        Tree::new([
            Node::of(id(1), None, "county"),
            Node::of(id(2), Some(id(1)), "township"),
            Node::of(id(3), Some(id(1)), "township"),
            Node::of(id(4), Some(id(2)), "school"),
            Node::of(id(5), Some(id(4)), "campus"),
            Node::of(id(6), Some(id(3)), "school"),
            // A ring, as a broken import might leave one; and somebody whose parent nobody knows.
            Node::of(id(7), Some(id(8)), "village"),
            Node::of(id(8), Some(id(7)), "village"),
            Node::of(id(9), Some(id(99)), "school"),
        ])
    }

    #[test]
    fn whoever_has_a_unit_has_all_that_is_under_it_and_nothing_beside_it() {
        let under = |of| {
            let mut found = tree().under(id(of));
            found.sort_unstable();
            found
        };
        assert_eq!(under(2), [2, 4, 5].map(id));
        assert_eq!(under(1), [1, 2, 3, 4, 5, 6].map(id));
        assert_eq!(under(5), [id(5)]);
        assert_eq!(under(7), [7, 8].map(id), "a ring is walked once");
        assert_eq!(under(77), [id(77)], "who is not in the tree has himself");
    }

    #[test]
    fn a_part_and_its_whole_belong_together_and_neighbours_do_not() {
        for (one, other, together) in [(4, 4, true), (5, 4, true), (4, 5, true), (4, 6, false), (2, 3, false)] {
            assert_eq!(tree().belong_together(id(one), id(other)), together, "{one} {other}");
        }
    }

    #[test]
    fn the_nearest_above_is_the_one_itself_or_over_it() {
        let tree = tree();
        for (of, kind, above) in [
            (5, "school", Some(4)),
            (5, "campus", Some(5)),
            (5, "township", Some(2)),
            (6, "township", Some(3)),
            (5, "county", Some(1)),
            (2, "school", None),
            (5, "bureau", None),
            (7, "township", None),
            (9, "township", None),
            (77, "county", None),
        ] {
            assert_eq!(tree.above(id(of), kind), above.map(id), "{of} {kind}");
        }
        assert_eq!((tree.kind(id(4)), tree.kind(id(77)), tree.name(id(77))), ("school", "", ""));
        assert_eq!((tree.of_kind("school").count(), tree.iter().count()), (3, 9));
    }
}
