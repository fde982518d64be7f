//! Accounts as records: who may sign in, as what, and for which unit.

use kit::{Actor, Cell, Facts, Field, Noun, Refusal, Role, Row, ScopeBy, Sound};

/// 账号. A member of staff holds one that is open, and never two of the three administrators', open or not.
pub static ACCOUNT: Noun = Noun {
    name: "account",
    plural: "accounts",
    fields: &[
        Field::text("login", 40).required().list().sort().search().key(),
        Field::text("name", 40).required().list().spoken(Sound::Person),
        Field::choice("role", Role::CODES).required().list().filter(),
        Field::refer("staff", "staff").list(),
        Field::refer("unit", "unit").list().filter(),
        Field::refer("school", "school").list().filter(),
        Field::choice("lang", &["zh", "tw", "en"]),
        Field::date("disabled_on").list().filter(),
        // Whoever administers, once: a unique column, because no rule over one record can see the others.
        Field { hidden: true, fixed: true, ..Field::refer("administers", "staff") },
    ],
    scope: ScopeBy { persons: &["staff"], ..ScopeBy::NOBODY },
    title: &["name"],
    subject: None,
    order: "login",
    tallies: &[],
};

pub const MIGRATION: store::Migration = store::Migration {
    name: "0001_accounts",
    sql: "
create table account (
  id uuid primary key, version bigint not null, login text not null, name text not null, role text not null, staff uuid, unit uuid, school uuid,
  lang text, disabled_on date, administers uuid);
create unique index account_login_key on account (login);
create unique index account_administers_key on account (administers);
create index account_staff on account (staff)",
};

/// What a row of [`ACCOUNT`] says, as far as signing in needs it.
pub fn role_of(row: &Row) -> Option<Role> {
    row.get(&ACCOUNT, "role").text()?.parse().ok()
}

/// What an account is and reaches: its holder never changes it himself.
pub const RANK: &[&str] = &["role", "staff", "unit", "school"];

/// Writes who administers into the unique column: system, security and audit administrator are never one person. Nobody raises himself.
pub fn derive(before: Option<&Row>, mut row: Row, actor: &Actor, _: &Facts) -> Result<Row, Refusal> {
    let raised = |before: &Row| RANK.iter().find(|field| before.get(&ACCOUNT, field) != row.get(&ACCOUNT, field));
    if let Some(field) = before.filter(|before| before.id == actor.account).and_then(raised) {
        return Err(Refusal::at("account.own", field));
    }
    let administers = role_of(&row).is_some_and(Role::administers);
    let who = if administers { row.get(&ACCOUNT, "staff").clone() } else { Cell::Null };
    row.set(&ACCOUNT, "administers", who);
    Ok(row)
}

/// What people type on a telephone.
pub fn is_login(login: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "._-".contains(letter);
    !login.is_empty() && login.len() <= 40 && login.chars().all(plain)
}

/// A login is what people type on a telephone; a unit's role needs its unit.
pub fn rules(row: &Row, _: &Facts) -> Vec<Refusal> {
    let mut faults = Vec::new();
    let login = row.get(&ACCOUNT, "login").text().unwrap_or_default();
    if !login.is_empty() && !is_login(login) {
        faults.push(Refusal::at("account.login", "login"));
    }
    let wants = match role_of(row) {
        Some(Role::Principal | Role::School | Role::Teacher | Role::Guard) => Some("school"),
        Some(Role::Department | Role::Township) => Some("unit"),
        // Without a person nobody could say that the three administrators are three.
        Some(Role::Inspector | Role::Sysadmin | Role::Secadmin | Role::Auditor) => Some("staff"),
        _ => None,
    };
    faults.extend(
        wants.filter(|field| row.get(&ACCOUNT, field).is_null()).map(|field| Refusal::at("account.incomplete", field)),
    );
    faults
}

/// Minutes without a request after which a session ends: shorter for those who administer (GB/T 22239-2019, 8.1.4.1).
/// A teacher's day on her own telephone is longer than an office's.
pub const fn idle_minutes(role: Role) -> i64 {
    match role {
        Role::Sysadmin | Role::Secadmin | Role::Auditor => 15,
        Role::Teacher | Role::Guard => 12 * 60,
        _ => 60,
    }
}
