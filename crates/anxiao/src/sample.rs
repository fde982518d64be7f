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
use crate::{exchange, live, prove, serve};

pub async fn demo(config: &Config, demo: &Demo) -> anyhow::Result<()> {
    if !config.listen.ip().is_loopback() {
        bail!("the sample county has known accounts: it is served on loopback only, not on {}", config.listen);
    }
    let accounts = match county::exists(&config.data) {
        true if !county::about(config)?.sample => {
            bail!("{} holds a real county; serve it with `anxiao serve`", config.data.display())
        }
        true => None,
        false => Some(create(config, demo).await?),
    };
    match (&accounts, &demo.accounts) {
        (Some(accounts), Some(file)) => exchange::write(file, serde_json::to_string_pretty(accounts)?.as_bytes())?,
        // Whoever reads that file next would find no passwords.
        (None, Some(file)) if !file.exists() => bail!(
            "the county in {} is there already and its passwords are not known any more: {} cannot be written. Leave --accounts out, or name an empty folder with --data",
            config.data.display(),
            file.display()
        ),
        (None, Some(file)) => println!("{} was not written anew: the county is there already", file.display()),
        (_, None) => {}
    }
    match &accounts {
        Some(accounts) => print_accounts(accounts),
        None => println!(
            "sample accounts keep the passwords printed when the county was created; `anxiao user password LOGIN` gives a new one"
        ),
    }
    print_tips(config).await?;
    match (demo.create_only, demo.live) {
        (true, _) => Ok(()),
        (_, true) => live::serve(config, demo).await,
        _ => serve::serve(config).await,
    }
}

fn print_accounts(accounts: &BTreeMap<String, String>) {
    println!("\nsample accounts (invented; these passwords are printed only now):");
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
    println!("tips to follow without an account, at /t/follow:");
    for (code, what) in [
        (found.asked, "its hazard was closed weeks ago, and its reporter is asked whether it is really fixed"),
        (found.waiting, "waits for somebody to take it up"),
        (found.answered, "has its answer"),
    ] {
        if let Some(code) = code {
            println!("  {code}  {what}");
        }
    }
    println!();
    Ok(())
}

/// Creates the county; a creation that was interrupted leaves no county behind that would be taken for a whole one.
async fn create(config: &Config, demo: &Demo) -> anyhow::Result<BTreeMap<String, String>> {
    let about = About { code: areas::sample::COUNTY.to_owned(), name: areas::sample::NAME.to_owned(), sample: true };
    county::prepare(config, &about).await?;
    let bar = prove::progress("making the sample county", None);
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
