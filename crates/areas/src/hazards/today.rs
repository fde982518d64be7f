//! What of the hazards stands on someone's first page.

use chrono::{Days, NaiveDate};
use engine::area::Card;
use engine::view::Tone;
use kit::query::{Query, Test};
use kit::{Actor, Cell, Role};

const OVER: &[&str] = &["closed", "mistaken", "merged"];
const UNDER_WAY: &[&str] = &["handed_over", "rectifying"];
const WHO_CONFIRM: &[Role] = &[Role::Principal, Role::School, Role::Bureau, Role::Inspector];
const WHO_GRADE: &[Role] = &[Role::Principal, Role::School, Role::Bureau];
const WHO_CHASE: &[Role] =
    &[Role::County, Role::Director, Role::Bureau, Role::Township, Role::Department, Role::Principal, Role::School];
const WHO_RETURN: &[Role] = &[Role::Principal];
const WHO_LEAD: &[Role] = &[Role::County, Role::Director, Role::Bureau];

/// Exceptions first: what is late, what is grave, then what waits for this reader.
pub const CARDS: &[Card] = &[
    Card { label: "today.hazards.overdue", tone: Tone::Bad, roles: WHO_CHASE, query: overdue },
    Card { label: "today.hazards.major", tone: Tone::Warn, roles: WHO_LEAD, query: major },
    Card { label: "today.hazards.mine", tone: Tone::Info, roles: Role::ALL, query: mine },
    Card { label: "today.hazards.submitted", tone: Tone::Info, roles: WHO_CONFIRM, query: submitted },
    Card { label: "today.hazards.registered", tone: Tone::Plain, roles: WHO_GRADE, query: registered },
    Card { label: "today.hazards.graded", tone: Tone::Plain, roles: WHO_GRADE, query: graded },
    Card {
        label: "today.hazards.extension",
        tone: Tone::Info,
        roles: &[Role::Director, Role::County],
        query: extension,
    },
    Card { label: "today.hazards.really_fixed", tone: Tone::Plain, roles: Role::ALL, query: really_fixed },
];

/// Days after closing on which a hazard's finder is asked, and those after which it would not be reopened. A test holds them to the
/// norms `tip.ask_after` and `hazard.reopen`: a question to the first page is asked without norms.
pub const ASK_AFTER: u64 = 21;
pub const ASK_UNTIL: u64 = 90;

/// The months that wait for their confirmation: the program drafts one only when its month is over.
pub const RETURNS: &[Card] =
    &[Card { label: "today.returns.waiting", tone: Tone::Warn, roles: WHO_RETURN, query: waiting }];

fn waiting(_: &Actor, _: NaiveDate) -> Query {
    Query { sort: Some("month"), ..Query::new() }.among("state", &["draft"])
}

fn overdue(_: &Actor, today: NaiveDate) -> Query {
    let yesterday = today.checked_sub_days(Days::new(1)).unwrap_or(today);
    Query { sort: Some("due_on"), ..Query::new() }.up_to("due_on", yesterday).not_among("state", OVER)
}

fn major(_: &Actor, _: NaiveDate) -> Query {
    Query::new().among("grade", &["major"]).not_among("state", OVER)
}

/// Handed to the reader himself, and not yet reported as done.
fn mine(actor: &Actor, _: NaiveDate) -> Query {
    // An account without a person keeps nothing.
    let me = actor.person().unwrap_or_default();
    Query { sort: Some("due_on"), ..Query::new() }.is("keeper", Cell::Id(me)).among("state", UNDER_WAY)
}

/// Found by the reader himself, closed for weeks, and not yet said to be really fixed. Silence changes nothing.
fn really_fixed(actor: &Actor, today: NaiveDate) -> Query {
    let me = actor.person().unwrap_or_default();
    let day = |days| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    Query { sort: Some("closed_on"), ..Query::new() }
        .is("found_by", Cell::Id(me))
        .among("state", &["closed"])
        .within("closed_on", day(ASK_UNTIL), day(ASK_AFTER))
        .is("found_fixed_on", Cell::Null)
}

fn submitted(_: &Actor, _: NaiveDate) -> Query {
    Query::new().among("state", &["submitted"])
}

fn registered(_: &Actor, _: NaiveDate) -> Query {
    Query::new().among("state", &["registered"])
}

fn graded(_: &Actor, _: NaiveDate) -> Query {
    Query { sort: Some("due_on"), ..Query::new() }.among("state", &["graded"])
}

fn extension(_: &Actor, _: NaiveDate) -> Query {
    Query::new().filter("extension_until", Test::Present)
}
