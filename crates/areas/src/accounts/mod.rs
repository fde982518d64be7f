//! Accounts: who may sign in, as what, and for which unit. The record itself is the engine's, because signing in is; what
//! the county may do with it is said here. The system administrator proposes an account, which nobody can use until the
//! security administrator, another person, has invited its holder (GB/T 22239-2019, 8.1.5).

pub mod holders;
mod locks;
mod pages;
mod watch;

use std::collections::BTreeSet;
use std::pin::Pin;

use chrono::NaiveDate;
use engine::area::{Following, Paper};
use engine::auth::{ACCOUNT, MIGRATION, RANK, role_of, rules};
use engine::{Area, Cx, Kind};
use kit::{Cell, Change, Facts, Message, Noun, Query, Refusal, Role, Row, Scope};
use store::{Store, StoreError};

/// The account of an administrator of whom nobody has said yet who he is: the one that founded the county. Until that is said, no other
/// administrator gets in, or one person could hold all three offices and nothing would tell.
pub async fn unnamed(store: &Store, today: NaiveDate) -> Result<Option<Row>, StoreError> {
    let offices = [Role::Sysadmin, Role::Secadmin, Role::Auditor].map(|role| Cell::Text(role.code().to_owned()));
    let held = store.find_by(&ACCOUNT, "role", &offices, &Scope::county()).await?;
    Ok(held.into_iter().find(|row| row.get(&ACCOUNT, "staff").is_null() && open(row, today)))
}

fn open(account: &Row, today: NaiveDate) -> bool {
    account.get(&ACCOUNT, "disabled_on").date().is_none_or(|day| day > today)
}

/// What an account is and reaches is changed by one administrator alone: whoever audits hears of it at once.
fn tells<'a>(
    cx: &'a Cx,
    change: &'a Change,
) -> Pin<Box<dyn Future<Output = Result<Vec<Message>, StoreError>> + Send + 'a>> {
    Box::pin(async move {
        let differs = |before: &Row, field: &str| before.get(&ACCOUNT, field) != change.after.get(&ACCOUNT, field);
        let raised = |before: &Row| RANK.iter().chain(&["disabled_on"]).any(|field| differs(before, field));
        if !change.before.as_ref().is_some_and(raised) {
            return Ok(Vec::new());
        }
        let auditors = [Cell::Text(Role::Auditor.code().to_owned())];
        let found = cx.app.store.find_by(&ACCOUNT, "role", &auditors, &Scope::county()).await?;
        let persons = found.iter().filter(|row| open(row, cx.today()));
        let persons: BTreeSet<_> = persons.filter_map(|row| row.get(&ACCOUNT, "staff").id()).collect();
        Ok(persons.into_iter().map(|person| Message::person(person, "account.changed")).collect())
    })
}

/// Nothing more follows; the last of an office (三员) stays, or nobody could give it to another. Who is the last is seen only where it is written.
fn follows<'a>(_: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let own: Option<Change> = change.before.as_ref().and_then(|before| {
            let (others, refusal) = left(before, &change.after)?;
            let own = Change::update(&ACCOUNT, change.verb, before.clone(), change.after.clone());
            Some(own.leaving(others, refusal))
        });
        Ok(own.into_iter().collect())
    })
}

/// What an account that gives up its office must leave behind.
fn left(before: &Row, after: &Row) -> Option<(Query, Refusal)> {
    let office = |row: &Row| role_of(row).filter(|role| role.administers() && lasts(row));
    let held = office(before).filter(|held| office(after) != Some(*held))?;
    let field = if lasts(after) { "role" } else { "disabled_on" };
    let others = Query::new().among("role", &[held.code()]).is("disabled_on", Cell::Null);
    Some((others, Refusal::at("account.last_one", field)))
}

/// Open, and without a day on which it is not any more.
fn lasts(account: &Row) -> bool {
    account.get(&ACCOUNT, "disabled_on").is_null()
}

/// The login of the unnamed administrator before whom this account may not be opened.
pub async fn waits_for(store: &Store, account: &Row, today: NaiveDate) -> Result<Option<String>, StoreError> {
    if !role_of(account).is_some_and(Role::administers) {
        return Ok(None);
    }
    let first = unnamed(store, today).await?.filter(|first| first.id != account.id);
    Ok(first.and_then(|row| row.get(&ACCOUNT, "login").text().map(str::to_owned)))
}

const PAPERS: &[Paper] = &[
    Paper {
        name: "invite",
        label: "invite.title",
        icon: "key",
        needs: "invite",
        fits: |row| row.get(&ACCOUNT, "disabled_on").is_null(),
        many: false,
        first: false,
    },
    Paper {
        name: "unlock",
        label: "unlock.title",
        icon: "key",
        needs: "unlock",
        fits: |_| true,
        many: false,
        first: false,
    },
    Paper {
        name: "devices",
        label: "account.devices",
        icon: "phone",
        needs: "revoke",
        fits: |_| true,
        many: false,
        first: false,
    },
];

/// What whoever is given an account has already.
const OF_PERSON: &[(&str, &Noun, &str)] = &[("staff", &ACCOUNT, "staff")];

pub fn area() -> Area {
    Area {
        name: "accounts",
        kinds: vec![
            Kind::new(&ACCOUNT, "key")
                .spare(&["staff"])
                .derive(holders::derive)
                .rules(rules)
                .beside(OF_PERSON)
                .tells(tells)
                .follows(follows)
                .steps(|cx, account| Box::pin(watch::steps(cx, account)))
                .board(watch::board)
                .papers(PAPERS),
        ],
        migrations: &[MIGRATION],
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: &[],
    }
}
