//! The sample county: created once, served on loopback, with accounts whose passwords are printed at its creation.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::bail;
use areas::sample::{Plan, World};
use engine::App;
use engine::auth::{ACCOUNT, password};
use kit::{Author, Cell, Change, Row};

use crate::county::{self, About};
use crate::options::{Config, Demo};
use crate::{prove, serve};

pub async fn demo(config: &Config, demo: &Demo) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!("the sample county has known accounts: it is served on loopback only, not on {}", config.listen);
    }
    let accounts = match county::exists(&config.data) {
        true if !county::about(config)?.sample => bail!("{} holds a real county; serve it with `anxiao serve`", config.data.display()),
        true => None,
        false => Some(create(config, demo).await?),
    };
    if let (Some(accounts), Some(file)) = (&accounts, &demo.accounts) {
        std::fs::write(file, serde_json::to_string_pretty(accounts)?)?;
    }
    match &accounts {
        Some(accounts) => print_accounts(accounts),
        None => println!("sample accounts keep the passwords printed when the county was created; `anxiao user password LOGIN` gives a new one"),
    }
    if demo.create_only { Ok(()) } else { serve::serve(config).await }
}

fn print_accounts(accounts: &BTreeMap<String, String>) {
    println!("\nsample accounts (invented; these passwords are printed only now):");
    for (login, password) in accounts {
        println!("  {login:<12} {password}");
    }
    println!();
}

/// Creates the county; a creation that was interrupted leaves no county behind that would be taken for a whole one.
async fn create(config: &Config, demo: &Demo) -> anyhow::Result<BTreeMap<String, String>> {
    let database = config.data.join("anxiao.db");
    if config.database_url.is_none() && database.exists() {
        bail!("{} is there without a county.toml: an interrupted creation; remove the folder and start again", database.display());
    }
    let bar = prove::progress("making the sample county", None);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let plan = if demo.township { Plan::township() } else { Plan::county() };
    let world = areas::sample::build(&plan, demo.seed);
    let about = About { code: areas::sample::COUNTY.to_owned(), name: areas::sample::NAME.to_owned(), sample: true };
    county::found(config, &about)?;
    // Founded last: until then there is no county.toml, and the next start says so.
    std::fs::remove_file(county::about_path(config))?;
    let app = county::open_as(config, &about).await?;
    let accounts = plant(&app, world).await?;
    county::close(&app).await?;
    county::found(config, &about)?;
    bar.finish_and_clear();
    Ok(accounts)
}

async fn plant(app: &Arc<App>, world: World) -> anyhow::Result<BTreeMap<String, String>> {
    let mut accounts = BTreeMap::new();
    let mut changes = Vec::new();
    let maybe = |id: Option<uuid::Uuid>| id.map_or(Cell::Null, Cell::Id);
    for account in world.accounts.iter().chain(&world.invited) {
        let row = Row::blank(&ACCOUNT, account.id)
            .with(&ACCOUNT, "login", Cell::Text(account.login.clone()))
            .with(&ACCOUNT, "name", Cell::Text(account.name.clone()))
            .with(&ACCOUNT, "role", Cell::Text(account.role.code().to_owned()))
            .with(&ACCOUNT, "staff", maybe(account.staff))
            .with(&ACCOUNT, "unit", maybe(account.unit))
            .with(&ACCOUNT, "school", maybe(account.school))
            .with(&ACCOUNT, "administers", if account.role.administers() { maybe(account.staff) } else { Cell::Null });
        changes.push(Change::create(&ACCOUNT, "create", row));
    }
    let first = world.batches.first().map_or(0, |batch| batch.at);
    app.store.commit(Author { actor: None, at: first, request: app.store.new_id(first) }, changes).await?;
    let jobs = world.batches.into_iter().map(|batch| (Author { actor: batch.actor, at: batch.at, request: app.store.new_id(batch.at) }, batch.changes));
    app.store.commit_all(jobs).await?;
    app.store.tidy_up().await?;
    for account in &world.accounts {
        let password = password::one_time();
        app.set_password(account.id, password.clone(), false).await?;
        accounts.insert(account.login.clone(), password);
    }
    Ok(accounts)
}
