//! The outbox as those see it who may: a list like any other. Its rows are the store's own and stand in no history, so no form and no move
//! writes them.

use kit::{Field, Noun, ScopeBy, alert};

pub static MESSAGE: Noun = Noun {
    name: "message",
    plural: "messages",
    fields: &[
        Field::text("code", 60).worded("notice.").required().fixed().list().filter(),
        Field::choice("state", store::outbox::STATES).required().fixed().list().filter(),
        Field::choice("channel", super::CHANNELS).fixed().list().filter(),
        // Empty for somebody outside: who he is and where he is reached stays sealed.
        Field::refer("person", "staff").fixed().list().filter(),
        Field::bool("urgent").required().fixed().filter(),
        Field::choice("status", alert::Status::CODES).required().fixed().filter(),
        Field::moment("at").required().fixed().list().sort(),
        Field::moment("sent_at").fixed().list(),
        Field::moment("delivered_at").fixed(),
        Field::moment("read_at").fixed(),
        Field::moment("answered_at").fixed(),
        Field::moment("ended_at").fixed(),
        // From its cause, or the moment it waited for, to the gateway; in seconds to its answer.
        Field::int("wait_ms", 0, i64::MAX).fixed().sort(),
        Field::int("answer_s", 0, i64::MAX).fixed().sort(),
        Field::int("attempts", 0, 1_000_000).required().fixed(),
        // A word for what is missing here, or what the gateway answered.
        Field::text("fault", 300).worded("message.fault.").fixed(),
        Field { hidden: true, ..Field::refer("place", "unit").fixed() },
        // What fills the places of its words; sealed where it is to somebody outside.
        Field { hidden: true, ..Field::long("params", 10_000).fixed() },
    ],
    scope: ScopeBy { persons: &["person"], ..ScopeBy::units(&["place"]) },
    title: &["code"],
    subject: None,
    order: "-at",
    tallies: &[],
};
