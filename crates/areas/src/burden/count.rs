//! Entries counted by role and by form: pure, over what the history tells.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kit::Role;
use store::entries::Entry;
use uuid::Uuid;

/// Shorter is a program or a file, longer is a form that was left open over lunch: neither says how long it took.
const TIMED: std::ops::RangeInclusive<i64> = 1_000..=1_800_000;
/// What fewer people than these entered could be told of one of them.
pub const PEOPLE: usize = 5;

/// What was entered by some people, or with one form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    pub people: usize,
    pub entries: usize,
    /// Median of those that were timed, in milliseconds.
    pub median: Option<i64>,
    /// Of those that were timed, in milliseconds.
    pub together: i64,
}

impl Effort {
    /// Whether so few people stand behind it that it is not said.
    pub fn few(&self) -> bool {
        self.people < PEOPLE
    }
}

/// By role, and by form: noun and verb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Burden {
    pub roles: BTreeMap<Role, Effort>,
    pub forms: BTreeMap<(String, String), Effort>,
}

#[derive(Default)]
struct Heap {
    people: BTreeSet<Uuid>,
    entries: usize,
    times: Vec<i64>,
}

impl Heap {
    fn add(&mut self, entry: &Entry) {
        self.people.insert(entry.actor);
        self.entries += 1;
        self.times.extend(open(entry));
    }

    fn effort(mut self) -> Effort {
        self.times.sort_unstable();
        // Nearest rank, as everywhere: a time that occurred.
        let median = self.times.get(self.times.len().div_ceil(2).saturating_sub(1)).copied();
        Effort { people: self.people.len(), entries: self.entries, median, together: self.times.iter().sum() }
    }
}

/// For how long the form stood open: its request id (UUID version 7, RFC 9562 §5.7) was made when it was shown.
fn open(entry: &Entry) -> Option<i64> {
    (entry.request.get_version_num() == 7).then_some(())?;
    let shown = i64::try_from(entry.request.as_u128() >> 80).ok()?;
    Some(entry.at - shown).filter(|time| TIMED.contains(time))
}

pub fn count(entries: &[Entry], roles: &HashMap<Uuid, Role>) -> Burden {
    let (mut by_role, mut by_form): (BTreeMap<Role, Heap>, BTreeMap<_, Heap>) = Default::default();
    for entry in entries {
        let Some(role) = roles.get(&entry.actor) else { continue };
        by_role.entry(*role).or_default().add(entry);
        by_form.entry((entry.noun.clone(), entry.verb.clone())).or_default().add(entry);
    }
    Burden {
        roles: by_role.into_iter().map(|(role, heap)| (role, heap.effort())).collect(),
        forms: by_form.into_iter().map(|(form, heap)| (form, heap.effort())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(actor: u128, noun: &str, shown: i64, at: i64) -> Entry {
        let request = Uuid::from_u128((u128::try_from(shown).unwrap_or_default() << 80) | 0x7000 << 64 | actor);
        Entry { at, actor: Uuid::from_u128(actor), noun: noun.into(), verb: "create".into(), request }
    }

    #[test]
    fn a_form_is_timed_from_when_it_was_shown() {
        for (seconds, timed) in
            [(0, None), (1, Some(1_000)), (45, Some(45_000)), (1_800, Some(1_800_000)), (1_801, None)]
        {
            assert_eq!(open(&entry(1, "hazard", 1_000_000, 1_000_000 + seconds * 1000)), timed, "{seconds}");
        }
        let foreign = Entry { request: Uuid::from_u128(4 << 76), ..entry(1, "hazard", 1, 20_000) };
        assert_eq!(open(&foreign), None, "a client's own id tells no time");
    }

    #[test]
    fn few_people_are_nobody_in_particular() {
        let roles: HashMap<_, _> =
            (0..6).map(|one| (Uuid::from_u128(one), if one == 5 { Role::Director } else { Role::Teacher })).collect();
        let entries: Vec<_> =
            (0..6).map(|one| entry(one, "hazard", 0, 10_000 * (i64::try_from(one).unwrap_or(0) + 1))).collect();
        let burden = count(&entries, &roles);
        let teachers = &burden.roles[&Role::Teacher];
        assert_eq!((teachers.people, teachers.entries, teachers.median, teachers.few()), (5, 5, Some(30_000), false));
        assert!(burden.roles[&Role::Director].few());
        let even = count(&entries[..4], &roles);
        assert_eq!(even.roles[&Role::Teacher].median, Some(20_000));
        assert_eq!(burden.forms.len(), 1);
        assert_eq!(count(&entries, &HashMap::new()), Burden::default(), "who has no account is nobody");
    }
}
