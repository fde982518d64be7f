//! The sample county: created once, served on loopback, with accounts whose passwords are printed at its creation.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::bail;
use areas::sample::{Plan, World};
use areas::tips::examples;
use engine::App;
use engine::auth::password;
use kit::Lang;

use crate::county::{self, About};
use crate::options::{Config, Demo};
use crate::spoken::say;
use crate::{exchange, live, prove, serve};

pub async fn demo(config: &Config, demo: &Demo) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!(say("cli.demo.loopback", &[("address", &config.listen)]));
    }
    let accounts = match county::exists(&config.data) {
        true if !county::about(config)?.sample => {
            bail!(say("cli.demo.real", &[("folder", &config.data.display())]))
        }
        true => None,
        false => Some(create(config, demo).await?),
    };
    match (&accounts, &demo.accounts) {
        (Some(accounts), Some(file)) => exchange::write(file, serde_json::to_string_pretty(accounts)?.as_bytes())?,
        // Whoever reads that file next would find no passwords.
        (None, Some(file)) if !file.exists() => {
            bail!(say("cli.demo.known", &[("folder", &config.data.display()), ("file", &file.display())]))
        }
        (None, Some(file)) => println!("{}", say("cli.demo.not_anew", &[("file", &file.display())])),
        (_, None) => {}
    }
    match &accounts {
        Some(accounts) => print_accounts(accounts),
        None => println!("{}", say("cli.demo.keep", &[])),
    }
    print_tips(config).await?;
    match (demo.create_only, demo.live) {
        (true, _) => Ok(()),
        (_, true) => live::serve(config, demo).await,
        _ => serve::serve(config).await,
    }
}

fn print_accounts(accounts: &BTreeMap<String, String>) {
    println!("\n{}", say("cli.demo.accounts", &[]));
    for (login, password) in accounts {
        println!("  {login:<12} {password}");
    }
    println!();
}

/// Tips are sent by people without an account and followed by a code: these can be followed by whoever tries the county out.
async fn print_tips(config: &Config) -> anyhow::Result<()> {
    let app = county::open(config).await?;
    let found = examples::find(&county::cx(&app, None, Lang::En).await?).await?;
    county::close(&app).await?;
    println!("{}", say("cli.demo.tips", &[]));
    for (code, what) in [
        (found.asked, "cli.demo.tip_asked"),
        (found.waiting, "cli.demo.tip_waiting"),
        (found.answered, "cli.demo.tip_answered"),
    ] {
        if let Some(code) = code {
            println!("  {code}  {}", say(what, &[]));
        }
    }
    println!();
    Ok(())
}

/// Creates the county; a creation that was interrupted leaves no county behind that would be taken for a whole one.
async fn create(config: &Config, demo: &Demo) -> anyhow::Result<BTreeMap<String, String>> {
    let about = About { code: areas::sample::COUNTY.to_owned(), name: areas::sample::NAME.to_owned(), sample: true };
    county::prepare(config, &about).await?;
    let bar = prove::progress(&say("cli.demo.making", &[]), None);
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    let plan = if demo.township { Plan::township() } else { Plan::county() };
    let world = areas::sample::build(&plan, demo.seed);
    let app = county::open_as(config, &about).await?;
    let accounts = plant(&app, world).await?;
    county::close(&app).await?;
    county::found(config, &about)?;
    bar.finish_and_clear();
    Ok(accounts)
}

/// Stores the county and gives the sample accounts their passwords.
async fn plant(app: &Arc<App>, world: World) -> anyhow::Result<BTreeMap<String, String>> {
    let accounts = world.accounts.clone();
    let mut world = world;
    if let Some(files) = &app.files {
        engine::files::lay(files, std::mem::take(&mut world.files)).await?;
    }
    areas::sample::plant(&app.store, world).await?;
    let mut passwords = BTreeMap::new();
    for account in accounts {
        let password = password::one_time();
        app.set_password(account.id, password.clone(), false).await.map_err(|refusal| anyhow::anyhow!("{refusal}"))?;
        passwords.insert(account.login, password);
    }
    Ok(passwords)
}
