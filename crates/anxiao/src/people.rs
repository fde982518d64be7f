//! Accounts from the command line: the first administrator, one-time passwords, tokens.

use std::sync::Arc;

use anyhow::Context;
use areas::accounts;
use areas::organisation::record::{GUARDIAN, PUPIL, STAFF};
use areas::organisation::rollover;
use engine::auth::{ACCOUNT, is_login, password};
use engine::save::{self, Refused};
use engine::{App, Cx};
use kit::query::Query;
use kit::{Author, Cell, Change, Lang, Row, Scope};
use store::keys::KeyFolder;
use uuid::Uuid;

use crate::county::{self, About};
use crate::keep::{held, upgrade};
use crate::options::{Config, Erase, Init, RollOver};
use crate::spoken::say;

/// Creates an empty county with one system administrator, whose one-time password is printed once.
pub async fn init(config: &Config, init: &Init) -> anyhow::Result<()> {
    if county::exists(&config.data) {
        anyhow::bail!(say("cli.init.exists", &[("folder", &config.data.display())]));
    }
    let code = config.county.clone().with_context(|| say("cli.init.which", &[]))?;
    // No rule is asked of the first account, so what it may be called is asked here.
    if !is_login(&init.admin) {
        anyhow::bail!(say("cli.init.login", &[("login", &format!("{:?}", init.admin))]));
    }
    if init.name.trim().is_empty() || init.name.chars().count() > 40 {
        anyhow::bail!(say("cli.init.name", &[]));
    }
    let about = About { code, name: init.name.trim().to_owned(), sample: false };
    county::prepare(config, &about).await?;
    let app = county::open_as(config, &about).await?;
    let now = app.clock.now();
    let row = Row::blank(&ACCOUNT, app.store.new_id(now))
        .with(&ACCOUNT, "login", Cell::Text(init.admin.clone()))
        .with(&ACCOUNT, "name", Cell::Text(init.admin.clone()))
        .with(&ACCOUNT, "role", Cell::Text("sysadmin".into()));
    let account = row.id;
    let author = Author { actor: None, at: now, request: app.store.new_id(now) };
    app.store.commit(author, vec![Change::create(&ACCOUNT, "create", row)]).await?;
    let one_time = password::one_time();
    app.set_password(account, one_time.clone(), true).await?;
    county::close(&app).await?;
    county::found(config, &about)?;
    print_made(config, &app, (&about.name, &init.admin), &one_time);
    Ok(())
}

/// What was made, and what comes next.
fn print_made(config: &Config, app: &App, (name, admin): (&str, &str), one_time: &str) {
    let keys = county::keys_path(config);
    let county = app.store.county();
    let made: [(&str, &dyn std::fmt::Display); 4] =
        [("code", &county), ("name", &name), ("data", &config.data.display()), ("keys", &keys.display())];
    println!("{}", say("cli.init.made", &made));
    println!("{}", say("cli.init.login_made", &[("login", &admin), ("password", &one_time)]));
    println!("{}", say("cli.init.next", &[("login", &admin)]));
}

pub async fn list(config: &Config) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let mut rows = app.store.all(&ACCOUNT, &Query::new(), &Scope::county()).await?;
    rows.sort_by(|left, right| left.get(&ACCOUNT, "login").text().cmp(&right.get(&ACCOUNT, "login").text()));
    for row in &rows {
        let text = |field| row.get(&ACCOUNT, field).text().unwrap_or_default();
        let disabled =
            row.get(&ACCOUNT, "disabled_on").date().map(|day| format!("  disabled {day}")).unwrap_or_default();
        println!("{:<16} {:<12} {}{disabled}", text("login"), text("role"), text("name"));
    }
    Ok(())
}

pub async fn password(config: &Config, login: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let account = account(&app, login).await?;
    let today = kit::dates::shanghai_date(app.clock.now());
    if let Some(first) = accounts::waits_for(&app.store, &account, today).await? {
        anyhow::bail!(
            "{first} administers and has no person yet, so nobody could tell that the three administrators are three; first run `anxiao user person {first} NUMBER`"
        );
    }
    if let Some(day) = disabled(&account, today) {
        anyhow::bail!(
            "{login} is disabled since {day}, and no password opens it; first run `anxiao user enable {login}`"
        );
    }
    let account = account.id;
    note(&app, account, "password").await?;
    let one_time = password::one_time();
    app.set_password(account, one_time.clone(), true).await?;
    app.shut_out(account, None).await?;
    county::close(&app).await?;
    println!("{one_time}");
    Ok(())
}

/// Since when nobody can sign in with an account.
fn disabled(account: &Row, today: chrono::NaiveDate) -> Option<chrono::NaiveDate> {
    account.get(&ACCOUNT, "disabled_on").date().filter(|day| *day <= today)
}

/// Opens a disabled account again: the way back when nobody is left who could.
pub async fn enable(config: &Config, login: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let before = account(&app, login).await?;
    if before.get(&ACCOUNT, "disabled_on").is_null() {
        anyhow::bail!("{login} is not disabled");
    }
    let after = before.clone().with(&ACCOUNT, "disabled_on", Cell::Null);
    change(&app, before, after, None).await?;
    county::close(&app).await?;
    println!("{login} can be used again; `anxiao user password {login}` gives it a new one-time password");
    Ok(())
}

/// Closes an account, as long as no security administrator has been let in who could: the founder's second account stands in the way of his office.
pub async fn disable(config: &Config, login: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let before = account(&app, login).await?;
    if !before.get(&ACCOUNT, "disabled_on").is_null() {
        anyhow::bail!("{login} is disabled already");
    }
    let today = county::cx(&app, None, Lang::En).await?.today();
    let after = before.clone().with(&ACCOUNT, "disabled_on", Cell::Date(today));
    change(&app, before, after, None).await?;
    county::close(&app).await?;
    println!("{login} is disabled; `anxiao user enable {login}` opens it again");
    Ok(())
}

/// Changes an account as the rules allow; `known` is the person that it comes to name.
async fn change(app: &Arc<App>, before: Row, after: Row, known: Option<Row>) -> anyhow::Result<()> {
    let cx = county::cx(app, None, Lang::En).await?;
    let kind = app.kind_of(ACCOUNT.name).context("accounts")?;
    let facts = match known {
        Some(person) => cx.facts_with([(person.id, person)].into()),
        None => cx.facts(&[(&ACCOUNT, &before)], &[]).await?,
    };
    let facts = save::beside(&cx, kind, &[&after], facts).await?;
    let done = match save::judge(&cx, kind, Some(&before), after, &facts) {
        Ok(after) => save::commit(&cx, kind, vec![Change::update(&ACCOUNT, "edit", before, after)], &facts).await,
        Err(faults) => Err(Refused::Faults(faults)),
    };
    done.map_err(|refused| told(&cx, refused))?;
    Ok(())
}

/// Noted before it is done, like an invitation: whoever sits at the machine can open any account, and the auditor sees that he has.
async fn note(app: &App, account: Uuid, what: &str) -> anyhow::Result<()> {
    let by = app.words.get(Lang::Zh, "account.by_command");
    Ok(app.store.note_reading(app.clock.now(), Uuid::nil(), &ACCOUNT, account, what, by).await?)
}

async fn account(app: &App, login: &str) -> anyhow::Result<Row> {
    let found = app.store.find_by(&ACCOUNT, "login", &[Cell::Text(login.to_owned())], &Scope::county()).await?;
    found.into_iter().next().with_context(|| format!("no account is called {login}"))
}

/// Says who the first administrator is, whom `init` cannot know: there was no staff yet. From then on he holds no other of the three offices.
pub async fn person(config: &Config, login: &str, number: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let cx = county::cx(&app, None, Lang::En).await?;
    let before = account(&app, login).await?;
    if !before.get(&ACCOUNT, "staff").is_null() {
        anyhow::bail!("{login} has a person already; the security administrator changes it, under Accounts");
    }
    let found = app.store.find_by(&STAFF, "number", &[Cell::Text(number.to_owned())], &Scope::county()).await?;
    let staff = found.into_iter().next().with_context(|| format!("nobody of the staff has the number {number}"))?;
    if staff.get(&STAFF, "left_on").date().is_some_and(|day| day <= cx.today()) {
        anyhow::bail!("{number} has left");
    }
    let mut after = before.clone();
    after.set(&ACCOUNT, "staff", Cell::Id(staff.id));
    if before.get(&ACCOUNT, "name") == before.get(&ACCOUNT, "login") {
        after.set(&ACCOUNT, "name", staff.get(&STAFF, "name").clone());
    }
    change(&app, before, after, Some(staff)).await?;
    county::close(&app).await?;
    println!("{login} is {number}");
    Ok(())
}

/// A refusal in words.
fn told(cx: &Cx, refused: Refused) -> anyhow::Error {
    match refused {
        Refused::Faults(faults) => {
            let texts: Vec<_> = faults.iter().map(|fault| cx.app.text(cx.lang, fault)).collect();
            anyhow::anyhow!("{}", texts.join(" "))
        }
        Refused::Broken(error) => error.into(),
        _ => anyhow::anyhow!("{}", cx.word("error.forbidden")),
    }
}

pub async fn token(config: &Config, login: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let account = app.account_id(login).await?.with_context(|| format!("no account is called {login}"))?;
    note(&app, account, "token").await?;
    let token =
        app.issue_token(login, "command line").await?.with_context(|| format!("no account is called {login}"))?;
    println!("{token}");
    Ok(())
}

pub async fn tokens(config: &Config, login: &str) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let account = app.account_id(login).await?.with_context(|| format!("no account is called {login}"))?;
    for token in app.store.tokens(account).await? {
        let since = kit::dates::shanghai_time(token.created_at).format("%Y-%m-%d %H:%M");
        println!("{}  {since}  {}", token.id, token.name);
    }
    Ok(())
}

pub async fn end_token(config: &Config, login: &str, id: Uuid) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let account = app.account_id(login).await?.with_context(|| format!("no account is called {login}"))?;
    if !app.store.end_token(account, id, app.clock.now()).await? {
        anyhow::bail!("{login} has no token {id} that works");
    }
    println!("ended: {id}");
    Ok(())
}

/// A new county key; every person's key is wrapped under it. The old ones stay, for copies of the database from before.
pub async fn rotate(config: &Config) -> anyhow::Result<()> {
    let about = county::about(config)?;
    // A server holds the keys that it was started with: it could open nobody's any more.
    held::take(config, &about.code).await?;
    // Only where there are records to wrap anew.
    county::open_store(config, &about).await?.close().await;
    let mut keys = KeyFolder::open(&county::keys_path(config)).context("the keys")?;
    let version = keys.add_county_key(&mut |bytes: &mut [u8]| engine::clock::random(bytes))?;
    drop(keys);
    let store = county::open_store(config, &about).await?;
    let done = store.rewrap().await?;
    println!("{} persons' keys are wrapped under county key v{version}", done.wrapped);
    for person in done.closed.iter().take(1000) {
        println!("LEFT  the key of the person {person} was exchanged or altered: it does not open");
    }
    if !done.closed.is_empty() {
        anyhow::bail!(
            "{} persons' keys were left as they are, and what they seal stays closed: take them from a backup made before they were altered (the older county keys stay in county.key), or erase these persons",
            done.closed.len()
        );
    }
    Ok(())
}

/// Begins a school year for the classes of the account's scope; run again, it changes nothing.
pub async fn roll_over(config: &Config, roll_over: &RollOver) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let cx = county::cx(&app, roll_over.account.as_deref(), Lang::En).await?;
    let done = rollover::run(&cx, roll_over.year).await.map_err(|refused| told(&cx, refused))?;
    county::close(&app).await?;
    println!("school year {}: {} classes begun, {} ended", roll_over.year, done.begun, done.ended);
    Ok(())
}

pub async fn erase(config: &Config, erase: &Erase) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let cx = county::cx(&app, erase.account.as_deref(), Lang::Zh).await?;
    let pupil = app.kind_of(PUPIL.name).context("pupils")?;
    let row = engine::save::find(&cx, pupil, erase.pupil)
        .await
        .map_err(|_| anyhow::anyhow!("no pupil has the id {}", erase.pupil))?;
    if !cx.may(PUPIL.name, "edit") {
        anyhow::bail!("{}", cx.word("error.forbidden"));
    }
    let mut changes = areas::organisation::erasure::whole(&cx, &row).await?;
    let guardians = changes.iter().filter(|change| change.noun.name == GUARDIAN.name).count();
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request };
    let attached = engine::files::erased(&app.store, author, &changes).await?;
    let gone: Vec<_> = attached.iter().map(|change| change.after.clone()).collect();
    changes.extend(attached);
    app.store.commit(author, changes).await?;
    if let Some(files) = &app.files {
        engine::files::keeping::let_go(&app.store, files, &gone).await?;
    }
    county::close(&app).await?;
    println!(
        "erased: pupil {} and {guardians} guardians; what the history holds of them cannot be opened any more",
        row.id
    );
    for copy in upgrade::kept(config)? {
        println!("still in {}: remove it once nobody will go back to it", copy.display());
    }
    Ok(())
}
