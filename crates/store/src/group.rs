//! Which waiting jobs are written together, and how: one statement for each table and kind of write instead of some for each job.

use std::collections::HashSet;

use kit::{Author, Change};
use uuid::Uuid;

use crate::write::Job;

/// As many changes of several jobs are written alike beside alike; more fill their statements without.
const MERGED: usize = 2_000;

/// The jobs in their order, cut where one touches a record that an earlier one of its group touches, and where a group grows too large. A job that
/// touches a record twice stands alone.
pub(crate) fn apart<'a, 'b>(jobs: &'a [&'b Job]) -> Vec<&'a [&'b Job]> {
    let mut groups = Vec::new();
    let mut seen = HashSet::new();
    let (mut rest, mut length, mut alone) = (jobs, 0, false);
    for job in jobs {
        let records: HashSet<Uuid> = job.changes.iter().map(|change| change.after.id).collect();
        let twice = records.len() < job.changes.len();
        let fits = !alone && !twice && records.is_disjoint(&seen) && seen.len() + records.len() <= MERGED;
        if length > 0 && !fits {
            let (group, later) = rest.split_at(length);
            groups.push(group);
            (rest, length) = (later, 0);
            seen.clear();
        }
        length += 1;
        alone = twice;
        seen.extend(records);
    }
    if !rest.is_empty() {
        groups.push(rest);
    }
    groups
}

/// The changes of several jobs, alike beside alike: same record type, all new or all known, in the order of the jobs.
pub(crate) fn alike(jobs: &[&Job]) -> Vec<(Vec<Author>, Vec<Change>)> {
    let mut groups: Vec<(Vec<Author>, Vec<Change>)> = Vec::new();
    for (author, change) in jobs.iter().flat_map(|job| job.changes.iter().map(|change| (job.author, change))) {
        let fits = |(_, changes): &&mut (Vec<Author>, Vec<Change>)| {
            let first = changes.first();
            first.is_some_and(|first| {
                std::ptr::eq(first.noun, change.noun) && first.before.is_some() == change.before.is_some()
            })
        };
        match groups.iter_mut().find(fits) {
            Some((authors, changes)) => {
                authors.push(author);
                changes.push(change.clone());
            }
            None => groups.push((vec![author], vec![change.clone()])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use kit::{Noun, Row, ScopeBy};
    use proptest::prelude::*;
    use tokio::sync::oneshot;

    use super::*;

    const THING: Noun = Noun {
        name: "thing",
        plural: "things",
        fields: &[],
        scope: ScopeBy::EVERYONE,
        title: &[],
        subject: None,
        order: "id",
        tallies: &[],
    };

    fn job(records: &[u128]) -> Job {
        static NOUN: Noun = THING;
        let change = |record: &u128| Change::create(&NOUN, "create", Row::blank(&NOUN, Uuid::from_u128(*record)));
        let author = Author { actor: None, at: 0, request: Uuid::nil() };
        Job { author, changes: records.iter().map(change).collect(), reply: oneshot::channel().0 }
    }

    /// How many jobs each group holds.
    fn lengths(jobs: &[&[u128]]) -> Vec<usize> {
        let jobs: Vec<_> = jobs.iter().map(|records| job(records)).collect();
        apart(&jobs.iter().collect::<Vec<_>>()).iter().map(|group| group.len()).collect()
    }

    #[test]
    fn a_record_that_comes_again_begins_the_next_group() {
        let cases: [(&[&[u128]], &[usize]); 6] = [
            (&[], &[]),
            (&[&[1], &[2], &[3]], &[3]),
            (&[&[1], &[2], &[1], &[3]], &[2, 2]),
            (&[&[1], &[1], &[1]], &[1, 1, 1]),
            (&[&[1], &[2, 2], &[3], &[4]], &[1, 1, 2]),
            (&[&[1, 2], &[3, 1], &[2]], &[1, 2]),
        ];
        for (jobs, expected) in cases {
            assert_eq!(lengths(jobs), expected, "{jobs:?}");
        }
    }

    #[test]
    fn a_group_holds_no_more_than_is_worth_merging() {
        let large: Vec<u128> = (10..1_510).collect();
        let other: Vec<u128> = (2_000..3_500).collect();
        assert_eq!(lengths(&[&[1], &large, &other, &[2]]), [2, 2]);
        let huge: Vec<u128> = (10..10_000).collect();
        assert_eq!(lengths(&[&[1], &huge, &[2], &[3]]), [1, 1, 2]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_group_touches_a_record_twice(
            jobs in prop::collection::vec(prop::collection::vec(0u128..9, 0..4), 0..40),
        ) {
            let jobs: Vec<_> = jobs.iter().map(|records| job(records)).collect();
            let jobs: Vec<_> = jobs.iter().collect();
            let groups = apart(&jobs);
            let again: Vec<_> = groups.concat().into_iter().map(std::ptr::from_ref).collect();
            prop_assert_eq!(again, jobs.iter().map(|job| std::ptr::from_ref(*job)).collect::<Vec<_>>());
            for group in groups.iter().filter(|group| group.len() > 1) {
                let mut seen = HashSet::new();
                prop_assert!(group.iter().flat_map(|job| &job.changes).all(|change| seen.insert(change.after.id)));
            }
        }
    }
}
