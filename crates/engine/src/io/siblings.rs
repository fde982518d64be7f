//! The rows of one file beside each other: where the rules of a record ask for others of its own kind (任职: of the same person, at the same school), the
//! rows before it in the file are among them, and what the file makes of known records wherever it stands.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use kit::{Change, Facts, Noun, Row};
use uuid::Uuid;

use crate::area::Kind;

/// The records that stand beside those of a file, as the rows that were read so far leave them.
pub struct Siblings<'a> {
    noun: &'static Noun,
    /// What makes them stand beside each other; none where the rules ask for no record of their own kind.
    fields: Vec<&'static str>,
    facts: &'a Facts,
    /// The same without the records beside: of those each row is given its own.
    alone: Facts,
    held: HashMap<(&'static str, Uuid), Vec<Row>>,
}

impl<'a> Siblings<'a> {
    pub fn of(kind: &Kind, facts: &'a Facts) -> Self {
        let own = kind.beside.iter().all(|(field, noun, naming)| noun.name == kind.noun.name && field == naming);
        let fields = if own { kind.beside.iter().map(|(field, ..)| *field).collect() } else { Vec::new() };
        let alone = Facts { beside: Arc::default(), ..facts.clone() };
        let asked = !fields.is_empty();
        let mut siblings = Self { noun: kind.noun, fields, facts, alone, held: HashMap::new() };
        for (_, row) in facts.beside.iter().filter(|_| asked) {
            siblings.add(row);
        }
        siblings
    }

    /// Whether the rules ask for records of their own kind at all.
    pub fn asked(&self) -> bool {
        !self.fields.is_empty()
    }

    fn whose(&self, row: &Row) -> Vec<(&'static str, Uuid)> {
        self.fields.iter().filter_map(|field| Some((*field, row.get(self.noun, field).id()?))).collect()
    }

    /// Found by its person and by its school, it is one record all the same.
    fn add(&mut self, row: &Row) {
        for key in self.whose(row) {
            let held = self.held.entry(key).or_default();
            if held.iter().all(|other| other.id != row.id) {
                held.push(row.clone());
            }
        }
    }

    /// What the rules may know about a row.
    pub fn facts(&self, row: &Row) -> Cow<'a, Facts> {
        if !self.asked() {
            return Cow::Borrowed(self.facts);
        }
        let held = self.whose(row).into_iter().filter_map(|key| self.held.get(&key));
        let beside = held.flatten().map(|row| (self.noun, row.clone())).collect();
        Cow::Owned(Facts { beside, ..self.alone.clone() })
    }

    /// What a row makes of its record stands beside the rows after it, in the place of what was there.
    pub fn note(&mut self, change: &Change) {
        if let Some(before) = &change.before {
            for key in self.whose(before) {
                if let Some(rows) = self.held.get_mut(&key) {
                    rows.retain(|row| row.id != before.id);
                }
            }
        }
        self.add(&change.after);
    }
}
