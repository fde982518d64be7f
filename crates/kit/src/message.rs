//! A message as data: what somebody is to be told, in the transaction of its cause. How it reaches him is not said here.

use uuid::Uuid;

use crate::alert::Alert;
use crate::cell::{Cell, Row};
use crate::noun::Noun;
use crate::refusal::Refusal;

/// Codes of messages of the alert kind begin with this.
pub const ALERT: &str = "alert.";

/// The noun of a message that is about no record but about somebody's first page: in the app that page says it already.
pub const TODAY: &str = "today";

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// A member of staff: in the app, and by the channels that he chose.
    Person(Uuid),
    /// Somebody without an account, a guardian: by what his record says he can be reached at.
    Outside(Outside),
}

/// Somebody without an account. What he is reached at is carried as it is stored, sealed, and opened only to be sent: whoever destroys the
/// subject's key destroys it here too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// His own record (a guardian's).
    pub id: Uuid,
    /// The person under whose key it is sealed (the pupil).
    pub subject: Uuid,
    /// The field that it is sealed as.
    pub field: &'static str,
    pub sealed: String,
}

impl Outside {
    /// Reads it from a row as the store gave it; `None` where the field is empty.
    pub fn of(noun: &Noun, row: &Row, field: &'static str) -> Option<Self> {
        let subject = match noun.subject? {
            "id" => row.id,
            subject => row.get(noun, subject).id()?,
        };
        match row.get(noun, field) {
            Cell::Text(sealed) if !sealed.is_empty() => {
                Some(Self { id: row.id, subject, field, sealed: sealed.clone() })
            }
            _ => None,
        }
    }
}

/// One message. Its words stand under `notice.<code>`, with places for its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    pub to: To,
    pub code: &'static str,
    /// What fills the places of the words. Those of a message to somebody outside are kept sealed.
    pub params: Vec<(&'static str, String)>,
    /// Goes out in quiet hours too.
    pub urgent: bool,
    /// Not before this moment (milliseconds UTC); until then it can be withdrawn. 0: at once.
    pub not_before: i64,
    /// Names the cause: the same cause is told to the same recipient once, however often it is written. Empty: this very change.
    pub cause: String,
    /// Names who takes the answer: the message then carries a signed link under which one can be given.
    pub answers: Option<&'static str>,
    /// What makes it an alert (Common Alerting Protocol 1.2).
    pub alert: Option<Alert>,
}

impl Message {
    fn new(to: To, code: &'static str) -> Self {
        Self {
            to,
            code,
            params: Vec::new(),
            urgent: false,
            not_before: 0,
            cause: String::new(),
            answers: None,
            alert: None,
        }
    }

    /// To a member of staff.
    pub fn person(person: Uuid, code: &'static str) -> Self {
        Self::new(To::Person(person), code)
    }

    /// To somebody without an account.
    pub fn outside(outside: Outside, code: &'static str) -> Self {
        Self::new(To::Outside(outside), code)
    }

    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a value is written where it is given, as with a refusal")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.push((name, value.to_string()));
        self
    }

    #[must_use]
    pub fn urgent(self) -> Self {
        Self { urgent: true, ..self }
    }

    /// Waits until a moment (milliseconds UTC): a mark can be taken back within a minute, and nobody is frightened by it.
    #[must_use]
    pub fn not_before(self, at: i64) -> Self {
        Self { not_before: at, ..self }
    }

    #[must_use]
    pub fn because(self, cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), ..self }
    }

    #[must_use]
    pub fn answered_to(self, name: &'static str) -> Self {
        Self { answers: Some(name), ..self }
    }

    /// An alert is as urgent as it says: at once or soon is told in quiet hours too.
    #[must_use]
    pub fn alert(self, alert: Alert) -> Self {
        Self { urgent: self.urgent || alert.urgency.hurries(), alert: Some(alert), ..self }
    }

    /// What is called an alert says whether it is real, how soon, how bad and how sure, or it is not sent; nothing else passes for one.
    pub fn check(&self) -> Result<(), Refusal> {
        let whole = match &self.alert {
            Some(alert) => self.code.starts_with(ALERT) && alert.is_whole(),
            None => !self.code.starts_with(ALERT),
        };
        if whole { Ok(()) } else { Err(Refusal::new("message.not_whole").with("code", self.code)) }
    }

    /// Whom it reaches, by id: a member of staff, or the record of somebody outside.
    pub fn recipient(&self) -> Uuid {
        match &self.to {
            To::Person(person) => *person,
            To::Outside(outside) => outside.id,
        }
    }

    /// What keeps it from being written twice, given the cause that its change stands for.
    pub fn key(&self, change: &str) -> String {
        let cause = if self.cause.is_empty() { change } else { &self.cause };
        format!("{cause}|{}|{}", self.code, self.recipient())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Certainty, Kind, Severity, Status, Urgency};
    use crate::field::Field;
    use crate::noun::ScopeBy;

    static GUARDIAN: Noun = Noun {
        name: "guardian",
        plural: "guardians",
        fields: &[Field::refer("pupil", "pupil"), Field::text("phone", 20)],
        scope: ScopeBy::NOBODY,
        title: &[],
        subject: Some("pupil"),
        order: "id",
        tallies: &[],
    };
    const ME: Uuid = Uuid::from_u128(1);
    const CHILD: Uuid = Uuid::from_u128(2);

    fn alert(kind: Kind, urgency: Urgency) -> Alert {
        let (status, severity, certainty) = (Status::Exercise, Severity::Minor, Certainty::Possible);
        Alert { status, kind, urgency, severity, certainty, refers_to: None }
    }

    #[test]
    fn what_is_called_an_alert_is_one_and_nothing_else_is() {
        let update = alert(Kind::Update, Urgency::Future);
        for (code, with, whole) in [
            ("alert.storm", Some(alert(Kind::Alert, Urgency::Future)), true),
            ("alert.storm", None, false),
            ("storm", Some(alert(Kind::Alert, Urgency::Future)), false),
            ("storm", None, true),
            ("alert.storm", Some(update.clone()), false),
            ("alert.storm", Some(Alert { refers_to: Some(String::new()), ..update.clone() }), false),
            ("alert.storm", Some(Alert { refers_to: Some("storm-1".into()), ..update }), true),
        ] {
            let message = Message { alert: with, ..Message::person(ME, code) };
            assert_eq!(message.check().is_ok(), whole, "{message:?}");
        }
        let urgent = |urgency| Message::person(ME, "alert.x").alert(alert(Kind::Alert, urgency)).urgent;
        assert!(urgent(Urgency::Expected) && !urgent(Urgency::Future), "as urgent as it says");
        assert!(Message::person(ME, "alert.x").urgent().alert(alert(Kind::Alert, Urgency::Past)).urgent, "and no less");
    }

    #[test]
    fn a_cause_is_told_once_to_each_and_by_each_code() {
        let key = |message: &Message| message.key("x/9/2");
        let plain = Message::person(ME, "a");
        assert_eq!(key(&plain), format!("x/9/2|a|{ME}"));
        assert_eq!(key(&plain.clone().because("c")), format!("c|a|{ME}"));
        assert_eq!(
            key(&plain.clone().with("n", 3).urgent().not_before(5)),
            key(&plain),
            "words and hour do not matter"
        );
        assert_ne!(key(&Message::person(CHILD, "a")), key(&plain));
        assert_ne!(key(&Message::person(ME, "b")), key(&plain));
    }

    #[test]
    fn who_stands_outside_is_reached_by_what_his_record_holds_sealed_under_the_child() {
        let row = |phone: Cell, child: Cell| {
            Row::blank(&GUARDIAN, ME).with(&GUARDIAN, "phone", phone).with(&GUARDIAN, "pupil", child)
        };
        let sealed = || Cell::Text("s1:x".into());
        let found = Outside::of(&GUARDIAN, &row(sealed(), Cell::Id(CHILD)), "phone");
        let expected = Outside { id: ME, subject: CHILD, field: "phone", sealed: "s1:x".into() };
        assert_eq!(found.as_ref(), Some(&expected));
        assert_eq!(Message::outside(expected, "a").recipient(), ME, "the guardian, not the child");
        for (phone, child) in [
            (Cell::Null, Cell::Id(CHILD)),
            (Cell::Text(String::new()), Cell::Id(CHILD)),
            (Cell::Secret("138".into()), Cell::Id(CHILD)),
            (sealed(), Cell::Null),
        ] {
            assert_eq!(Outside::of(&GUARDIAN, &row(phone, child), "phone"), None);
        }
    }
}
