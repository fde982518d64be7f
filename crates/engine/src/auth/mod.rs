//! Signing in, sessions, tokens, and how far an account's eyes reach.

mod account;
mod actors;
mod doors;
pub mod password;
mod strangers;
mod throttle;

use chrono::NaiveDate;
use kit::{Actor, Author, Cell, Noun, Refusal, Role, Row, Scope, dates};
use sha2::{Digest, Sha256};
use store::{Secret, Session, StoreError};
use uuid::Uuid;

pub use account::{ACCOUNT, MIGRATION, RANK, derive, idle_minutes, is_login, role_of, rules};
pub use doors::Doors;
pub use strangers::Strangers;
pub use throttle::{LOCK_MS, MISSES, Throttle, Verdict};

use crate::app::App;
use crate::clock;

/// How a role's scope grows by records: an inspector's schools, a teacher's classes.
pub struct Reach {
    pub role: Role,
    pub noun: &'static Noun,
    /// The field that names the member of staff.
    pub by: &'static str,
    /// The field that names what he reaches.
    pub to: &'static str,
    /// Into his classes rather than his units.
    pub classes: bool,
    /// Whether a record is in force on a day.
    pub holds: fn(&Row, NaiveDate) -> bool,
}

/// A fresh secret for a cookie or a token, and its digest for the database.
pub fn new_secret() -> (String, String) {
    let mut bytes = [0; 32];
    clock::random(&mut bytes);
    let secret = hex::encode(bytes);
    let digest = digest(&secret);
    (secret, digest)
}

pub fn digest(secret: &str) -> String {
    digest_of(secret.as_bytes())
}

/// The SHA-256 of some bytes, as text.
pub fn digest_of(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// How long a refusal takes at least: longer than a comparison with what is written after it.
const LEAST: std::time::Duration = std::time::Duration::from_millis(300);

fn locked(until: i64, now: i64) -> Refusal {
    Refusal::new("login.locked").with("minutes", (until - now) / 60_000 + 1)
}

fn broken(_: StoreError) -> Refusal {
    Refusal::new("server.broken")
}

impl App {
    /// The account behind a login, if it may be used.
    async fn account_by_login(&self, login: &str) -> Result<Option<Row>, StoreError> {
        let found = self.store.find_by(&ACCOUNT, "login", &[Cell::Text(login.to_owned())], &Scope::county()).await?;
        Ok(found.into_iter().next())
    }

    /// The id of the account with this login.
    pub async fn account_id(&self, login: &str) -> Result<Option<Uuid>, StoreError> {
        Ok(self.account_by_login(login).await?.map(|row| row.id))
    }

    /// Signs in: the same answer, after the same time, for a wrong password, a wrong login and a disabled account; also when there were too many of them.
    pub async fn sign_in(&self, login: &str, password: &str, device: &str, address: &str) -> Result<Uuid, Refusal> {
        let now = self.clock.now();
        match self.throttle.ask(device, address, now) {
            Verdict::Refuse => return Err(Refusal::new("login.throttled")),
            Verdict::Slow(ms) => tokio::time::sleep(std::time::Duration::from_millis(ms)).await,
            Verdict::Go => {}
        }
        let begun = clock::started();
        let came = self.attempt(login, password, now).await;
        if let Err(refusal) = &came {
            if refusal.code == "login.wrong" {
                self.throttle.miss(device, address, now);
            }
            // What it cost to find out, and to write down, is not told by the time that it took.
            tokio::time::sleep(LEAST.saturating_sub(begun.elapsed())).await;
        }
        came
    }

    async fn attempt(&self, login: &str, password: &str, now: i64) -> Result<Uuid, Refusal> {
        let account = self.account_by_login(login).await.map_err(broken)?.map(|row| row.id);
        // One attempt at a time for each account, and for each login that nobody has: what waits is judged by what those before it came to.
        let door = account.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, login.as_bytes()));
        let _turn = self.doors.wait(door).await;
        let secret = match account {
            Some(account) => self.open_secret(account, now).await?,
            None => None,
        };
        match account.zip(secret) {
            Some((account, secret)) => self.compared(account, secret, password, now).await,
            None => Err(self.stranger(login, password, now).await),
        }
    }

    /// Nobody, or an account that has no password yet.
    async fn stranger(&self, login: &str, password: &str, now: i64) -> Refusal {
        if let Some(until) = self.strangers.locked(login, now) {
            return locked(until, now);
        }
        password::matches(password.to_owned(), password::NOBODY.to_owned()).await;
        self.strangers.miss(login, now);
        Refusal::new("login.wrong")
    }

    async fn compared(&self, account: Uuid, before: Secret, password: &str, now: i64) -> Result<Uuid, Refusal> {
        let right = password::matches(password.to_owned(), before.hash.clone()).await;
        // Another process may have locked the account or set its password meanwhile: what was right for the old one is right no more.
        let after = self.open_secret(account, now).await?;
        let same = after.as_ref().is_some_and(|after| after.hash == before.hash);
        if right && same && self.actor(account).await.map_err(broken)?.is_some() {
            if after.is_some_and(|secret| secret.failed > 0) {
                self.store.forgive_misses(account, now).await.map_err(broken)?;
            }
            return Ok(account);
        }
        self.store.count_miss(account, MISSES, now, now + LOCK_MS).await.map_err(broken)?;
        Err(Refusal::new("login.wrong"))
    }

    /// An account's secret, unless it is locked.
    async fn open_secret(&self, account: Uuid, now: i64) -> Result<Option<Secret>, Refusal> {
        let secret = self.store.secret(account).await.map_err(broken)?;
        match secret.as_ref().map(|secret| secret.locked_until).filter(|until| *until > now) {
            Some(until) => Err(locked(until, now)),
            None => Ok(secret),
        }
    }

    /// Begins a session and answers with the cookie's value.
    pub async fn begin_session(&self, account: Uuid, agent: &str) -> Result<String, StoreError> {
        self.begin_session_on(account, agent, None).await
    }

    /// The same, on a telephone with which it ends.
    pub async fn begin_session_on(
        &self,
        account: Uuid,
        agent: &str,
        device: Option<Uuid>,
    ) -> Result<String, StoreError> {
        let now = self.clock.now();
        let (secret, digest) = new_secret();
        let (csrf, _) = new_secret();
        let agent = agent.chars().take(200).collect();
        let session = Session {
            id: self.store.new_id(now),
            secret: digest,
            account,
            csrf,
            created_at: now,
            seen_at: now,
            agent,
            ended_at: None,
            device,
            must_change: false,
        };
        self.store.add_session(&session).await?;
        Ok(secret)
    }

    /// The session and actor behind a cookie, unless it ended, idled too long, or the account was disabled.
    pub async fn resume(&self, cookie: &str) -> Result<Option<(Session, Actor)>, StoreError> {
        let now = self.clock.now();
        let found = self.store.session_of(&ACCOUNT, &digest(cookie)).await?;
        let Some((session, account)) = found.filter(|(session, _)| session.ended_at.is_none()) else {
            return Ok(None);
        };
        let Some(actor) = self.actors(&[account], dates::shanghai_date(now)).await?.pop() else { return Ok(None) };
        // Seen in time to come: the clock was ahead and has been set right. Until that time no minute would count as idle.
        let rested = now.abs_diff(session.seen_at);
        if rested > self.clock.passes(idle_minutes(actor.role) * 60_000).unsigned_abs() {
            self.store.end_sessions(session.account, Some(session.id), now).await?;
            return Ok(None);
        }
        // Once a minute is exact enough for an idle limit, and spares a write for each request.
        if rested > 60_000 {
            self.store.see_session(session.id, now).await?;
        }
        Ok(Some((session, actor)))
    }

    /// The actor behind a bearer token.
    pub async fn bearer(&self, token: &str) -> Result<Option<Actor>, StoreError> {
        match self.store.token(&digest(token)).await? {
            Some(account) => self.actor(account).await,
            None => Ok(None),
        }
    }

    /// A new bearer token for an account; shown once.
    pub async fn issue_token(&self, login: &str, name: &str) -> Result<Option<String>, StoreError> {
        let Some(row) = self.account_by_login(login).await? else { return Ok(None) };
        let now = self.clock.now();
        let (secret, digest) = new_secret();
        self.store.add_token(self.store.new_id(now), &digest, row.id, name, now).await?;
        Ok(Some(secret))
    }

    /// Sets a password; a one-time one must be changed at the first sign-in.
    pub async fn set_password(&self, account: Uuid, password: String, one_time: bool) -> Result<(), Refusal> {
        let hash = password::hash(password).await?;
        let secret = Secret { hash, must_change: one_time, failed: 0, locked_until: 0, changed_at: self.clock.now() };
        self.store.set_secret(account, &secret).await.map_err(broken)
    }

    /// Ends whatever an account has open, sessions and tokens alike, and what would open it without a password: whoever held it must come in anew.
    pub async fn shut_out(&self, account: Uuid, by: Option<Uuid>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.lapse_devices(account, None, Author { actor: by, at: now, request: self.store.new_id(now) }).await?;
        self.store.end_sessions(account, None, now).await?;
        self.store.end_tokens(account, now).await
    }
}
