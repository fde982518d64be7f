//! The rows of one file beside each other: where the rules of a record ask for others of its own kind (任职: of the same person), the rows
//! before it in the file are among them.

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
    field: Option<&'static str>,
    facts: &'a Facts,
    /// The same without the records beside: of those each row is given its own.
    alone: Facts,
    held: HashMap<Uuid, Vec<Row>>,
}

impl<'a> Siblings<'a> {
    pub fn of(kind: &Kind, facts: &'a Facts) -> Self {
        let field = match kind.beside {
            [(field, noun, naming)] if noun.name == kind.noun.name && field == naming => Some(*field),
            _ => None,
        };
        let alone = Facts { beside: Arc::default(), ..facts.clone() };
        let mut siblings = Self { noun: kind.noun, field, facts, alone, held: HashMap::new() };
        for (_, row) in facts.beside.iter().filter(|_| field.is_some()) {
            siblings.add(row);
        }
        siblings
    }

    fn whose(&self, row: &Row) -> Option<Uuid> {
        row.get(self.noun, self.field?).id()
    }

    fn add(&mut self, row: &Row) {
        if let Some(id) = self.whose(row) {
            self.held.entry(id).or_default().push(row.clone());
        }
    }

    /// What the rules may know about a row.
    pub fn facts(&self, row: &Row) -> Cow<'a, Facts> {
        if self.field.is_none() {
            return Cow::Borrowed(self.facts);
        }
        let held = self.whose(row).and_then(|id| self.held.get(&id));
        let beside = held.into_iter().flatten().map(|row| (self.noun, row.clone())).collect();
        Cow::Owned(Facts { beside, ..self.alone.clone() })
    }

    /// What a row makes of its record stands beside the rows after it, in the place of what was there.
    pub fn note(&mut self, change: &Change) {
        if let Some(before) = &change.before
            && let Some(id) = self.whose(before)
            && let Some(rows) = self.held.get_mut(&id)
        {
            rows.retain(|row| row.id != before.id);
        }
        self.add(&change.after);
    }
}
