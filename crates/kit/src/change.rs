//! A change is data: what a move or a form wants done, before anything is done.

use uuid::Uuid;

use crate::cell::Row;
use crate::message::{Message, To};
use crate::noun::Noun;
use crate::query::Query;
use crate::refusal::Refusal;

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
    /// The same with more to say: parameters, somebody outside, a moment before which it can be withdrawn.
    pub messages: Vec<Message>,
    /// Causes whose messages are withdrawn, as far as they have not been sent.
    pub withdrawn: Vec<String>,
    /// Messages that wait for their moment and go sooner.
    pub hastened: Vec<Hasten>,
    /// Somebody outside who was told of a beginning hears of its end.
    pub followed: Vec<Follow>,
    /// The person whose key is destroyed with this change: an erasure (Personal Information Protection Law, art. 47).
    pub forget: Option<Uuid>,
    /// What must be left when it is written. Boxed: hardly a change asks for it, and an import holds a hundred thousand.
    pub leaves: Option<Box<Leaves>>,
}

/// Of its noun's records one must be left that this query finds, or nothing of the whole is written. It is asked where it is written, by the one who writes:
/// a rule that reads before would let two who end the last two at the same moment both pass, each because of the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaves {
    pub query: Query,
    pub refusal: Refusal,
}

/// A message to one person; the words stand under `notice.<code>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub person: Uuid,
    pub code: &'static str,
}

/// What a cause would say later is said at a moment, if that is sooner; what has gone or is going stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hasten {
    pub cause: String,
    pub code: &'static str,
    /// Milliseconds UTC.
    pub at: i64,
}

/// Whoever outside was told a message about this record because of a cause, or is being told it now, is told another, with the same parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    pub cause: String,
    pub told: &'static str,
    pub code: &'static str,
}

impl Change {
    pub fn create(noun: &'static Noun, verb: &'static str, mut after: Row) -> Self {
        after.version = 1;
        Self {
            noun,
            verb,
            before: None,
            after,
            notices: Vec::new(),
            messages: Vec::new(),
            withdrawn: Vec::new(),
            hastened: Vec::new(),
            followed: Vec::new(),
            forget: None,
            leaves: None,
        }
    }

    pub fn update(noun: &'static Noun, verb: &'static str, before: Row, mut after: Row) -> Self {
        after.version = before.version + 1;
        Self {
            noun,
            verb,
            before: Some(before),
            after,
            notices: Vec::new(),
            messages: Vec::new(),
            withdrawn: Vec::new(),
            hastened: Vec::new(),
            followed: Vec::new(),
            forget: None,
            leaves: None,
        }
    }

    #[must_use]
    pub fn tell(mut self, person: Option<Uuid>, code: &'static str) -> Self {
        self.notices.extend(person.map(|person| Notice { person, code }));
        self
    }

    /// Sends a message with this change.
    #[must_use]
    pub fn send(mut self, message: Message) -> Self {
        self.messages.push(message);
        self
    }

    /// Is refused where it would leave nothing that this query finds.
    #[must_use]
    pub fn leaving(mut self, query: Query, refusal: Refusal) -> Self {
        self.leaves = Some(Box::new(Leaves { query, refusal }));
        self
    }

    /// Withdraws what this cause would still send: a mark that was taken back, a case that was solved.
    #[must_use]
    pub fn withdraw(mut self, cause: impl Into<String>) -> Self {
        self.withdrawn.push(cause.into());
        self
    }

    /// Says a message of a cause at a moment, if it would have waited longer.
    #[must_use]
    pub fn hasten(mut self, cause: impl Into<String>, code: &'static str, at: i64) -> Self {
        self.hastened.push(Hasten { cause: cause.into(), code, at });
        self
    }

    /// Tells those outside who were told `told` because of a cause, and nobody else, that it is over. Only the outbox knows who they are.
    #[must_use]
    pub fn follow(mut self, cause: impl Into<String>, told: &'static str, code: &'static str) -> Self {
        self.followed.push(Follow { cause: cause.into(), told, code });
        self
    }

    /// Whoever did it is not told about it now (milliseconds UTC). What waits for a later moment is no news that he knows: it reminds him.
    pub fn spare(&mut self, doer: Uuid, now: i64) {
        self.notices.retain(|notice| notice.person != doer);
        self.messages.retain(|message| message.to != To::Person(doer) || message.not_before > now);
    }

    /// The cause that a message of this change stands for when it names none: this step of this record.
    pub fn cause(&self) -> String {
        format!("{}/{}/{}", self.noun.name, self.after.id, self.after.version)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Outside;
    use crate::noun::ScopeBy;

    static NOUN: Noun = Noun {
        name: "x",
        plural: "xs",
        fields: &[],
        scope: ScopeBy::NOBODY,
        title: &[],
        subject: None,
        order: "id",
        tallies: &[],
    };

    #[test]
    fn a_change_counts_the_versions_and_is_one_only_if_something_differs() {
        static NAMED: Noun = Noun {
            name: "x",
            plural: "xs",
            fields: &[crate::Field::text("name", 9)],
            scope: ScopeBy::NOBODY,
            title: &[],
            subject: None,
            order: "id",
            tallies: &[],
        };
        let row = Row::blank(&NAMED, Uuid::from_u128(9));
        let made = Change::create(&NAMED, "create", row.clone());
        assert!(made.after.version == 1 && !made.is_empty(), "what is new is something");
        let name = |name: &str| made.after.clone().with(&NAMED, "name", crate::Cell::Text(name.into()));
        let named = Change::update(&NAMED, "edit", made.after.clone(), name("a"));
        assert!(named.after.version == 2 && !named.is_empty());
        let again = Change::update(&NAMED, "edit", named.after.clone(), Row { version: 7, ..name("a") });
        assert!(again.after.version == 3 && again.is_empty(), "another version is no difference");
        assert_eq!(named.cause(), format!("x/{}/2", row.id), "this step of this record");
        assert_eq!(named.clone().forgetting(row.id).forget, Some(row.id));
    }

    #[test]
    fn whoever_did_it_is_not_told_and_everybody_else_is() {
        let id = |n| Uuid::from_u128(n);
        let (doer, other) = (id(1), id(2));
        // Somebody outside whose record bears the same id is another person.
        let outside = Outside { id: doer, subject: id(3), field: "phone", sealed: "s1:x".into() };
        let mut change = Change::create(&NOUN, "create", Row::blank(&NOUN, id(9)))
            .tell(Some(doer), "a")
            .tell(Some(other), "a")
            .tell(None, "a")
            .send(Message::person(doer, "b").urgent())
            .send(Message::person(doer, "later").not_before(101))
            .send(Message::person(doer, "now").not_before(100))
            .send(Message::person(other, "b"))
            .send(Message::outside(outside.clone(), "c"))
            .withdraw("cause");
        change.spare(doer, 100);
        assert_eq!(change.notices, [Notice { person: other, code: "a" }]);
        let later = Message::person(doer, "later").not_before(101);
        assert_eq!(change.messages, [later, Message::person(other, "b"), Message::outside(outside, "c")]);
        assert_eq!(change.withdrawn, ["cause"], "what is taken back is taken back for everybody");
        let before = change.clone();
        change.spare(id(7), 100);
        assert_eq!((change.notices, change.messages), (before.notices, before.messages));
    }
}
