//! A change is data: what a move or a form wants done, before anything is done.

use uuid::Uuid;

use crate::cell::Row;
use crate::noun::Noun;

/// One record before and after. Nothing is ever deleted: a record ends by a state or an end date.
#[derive(Clone, Debug)]
pub struct Change {
    pub noun: &'static Noun,
    /// `create`, `edit`, `import`, or the name of a move.
    pub verb: &'static str,
    pub before: Option<Row>,
    pub after: Row,
    /// Who is told, in the same transaction.
    pub notices: Vec<Notice>,
    /// The person whose key is destroyed with this change: an erasure (Personal Information Protection Law, art. 47).
    pub forget: Option<Uuid>,
}

/// A message to one person; the words stand under `notice.<code>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub person: Uuid,
    pub code: &'static str,
}

impl Change {
    pub fn create(noun: &'static Noun, verb: &'static str, mut after: Row) -> Self {
        after.version = 1;
        Self { noun, verb, before: None, after, notices: Vec::new(), forget: None }
    }

    pub fn update(noun: &'static Noun, verb: &'static str, before: Row, mut after: Row) -> Self {
        after.version = before.version + 1;
        Self { noun, verb, before: Some(before), after, notices: Vec::new(), forget: None }
    }

    #[must_use]
    pub fn tell(mut self, person: Option<Uuid>, code: &'static str) -> Self {
        self.notices.extend(person.map(|person| Notice { person, code }));
        self
    }

    /// Destroys the key of a person once the change is written: what is sealed under it, in rows and history, is gone for good.
    #[must_use]
    pub fn forgetting(mut self, person: Uuid) -> Self {
        self.forget = Some(person);
        self
    }

    /// Whether anything but the version differs.
    pub fn is_empty(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.cells == self.after.cells)
    }
}

/// Who did it, when it was recorded, and in which request.
#[derive(Clone, Copy, Debug)]
pub struct Author {
    /// The account; `None` for the program itself.
    pub actor: Option<Uuid>,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The same request sent twice changes nothing the second time.
    pub request: Uuid,
}
