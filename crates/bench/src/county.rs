//! The counties of a run: the one that the product works on, and the raw one, both copies of the same plan.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use areas::{house, sample};
use engine::clock::{self, Clock};
use engine::messages::Settings;
use engine::{App, Cx};
use kit::Lang;
use sqlx::{AssertSqlSafe, Connection, Executor};
use store::keys::KeyFolder;
use store::{Opening, Store, Target};

/// Where the server of a run is: see `scripts/with-postgres`.
const SERVER: &str = "ANXIAO_TEST_POSTGRES";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

/// The copies of a county: the plan that is written once, ours, and the raw one.
#[derive(Clone, Copy, Debug)]
pub enum Copy {
    Plan,
    Ours,
    Raw,
}

impl Copy {
    fn name(self) -> &'static str {
        match self {
            Self::Plan => "bench_plan",
            Self::Ours => "bench_ours",
            Self::Raw => "bench_raw",
        }
    }
}

impl Database {
    /// Those that can be measured here.
    pub fn present() -> Vec<Self> {
        let server = std::env::var_os(SERVER).is_some();
        std::iter::once(Self::Sqlite).chain(server.then_some(Self::Postgres)).collect()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    pub fn target(self, folder: &Path, copy: Copy) -> anyhow::Result<Target> {
        Ok(match self {
            Self::Sqlite => Target::Sqlite(folder.join(copy.name()).with_extension("db")),
            Self::Postgres => {
                let server = server()?;
                let (base, _) = server.rsplit_once('/').context("the server's address names no database")?;
                Target::Postgres {
                    url: format!("{base}/{}", copy.name()),
                    schema: format!("county_{}", sample::COUNTY),
                }
            }
        })
    }

    /// An empty place for the plan.
    pub async fn clear(self) -> anyhow::Result<()> {
        if self == Self::Postgres {
            for copy in [Copy::Ours, Copy::Raw, Copy::Plan] {
                on_server(format!("drop database if exists {} with (force)", copy.name())).await?;
            }
            on_server(format!("create database {}", Copy::Plan.name())).await?;
        }
        Ok(())
    }

    /// Copies the plan, made by the database itself, so that both sides begin with the same pages.
    pub async fn copy(self, plan: &Path, folder: &Path, copy: Copy) -> anyhow::Result<()> {
        match (self.target(plan, Copy::Plan)?, self.target(folder, copy)?) {
            (Target::Sqlite(from), Target::Sqlite(to)) => {
                let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", from.display())).await?;
                db.execute(AssertSqlSafe(format!("vacuum into '{}'", to.display()))).await?;
                db.close().await?;
                Ok(())
            }
            _ => on_server(format!("create database {} template {}", copy.name(), Copy::Plan.name())).await,
        }
    }
}

fn server() -> anyhow::Result<String> {
    std::env::var(SERVER).map_err(|_| anyhow!("{SERVER} is not set: run through scripts/with-postgres"))
}

async fn on_server(statement: String) -> anyhow::Result<()> {
    let mut db = sqlx::PgConnection::connect(&server()?).await?;
    db.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

/// Opens the records of a copy that lies in `folder`, with the keys of the run.
pub async fn store(keys: &Path, folder: &Path, database: Database, copy: Copy) -> anyhow::Result<Store> {
    let opening = Opening {
        target: database.target(folder, copy)?,
        county: sample::COUNTY.to_owned(),
        keys: KeyFolder::open_optional(keys)?,
        checkpoints: folder.join(database.name()).with_extension("log"),
        nouns: house::nouns(),
        migrations: &house::migrations(),
        random: clock::random,
    };
    Ok(Store::open(opening).await?)
}

/// Ours, open, and where the raw one is.
pub struct County {
    pub app: Arc<App>,
    pub ours: Target,
    pub raw: Target,
}

pub async fn open(folder: &Path, database: Database) -> anyhow::Result<County> {
    open_with(folder, database, Settings::default()).await
}

/// The same with gateways.
pub async fn open_with(folder: &Path, database: Database, gateways: Settings) -> anyhow::Result<County> {
    let store = store(&folder.join("keys"), folder, database, Copy::Ours).await?;
    let now = kit::dates::shanghai_start(sample::Plan::county().today) + 8 * 3_600_000;
    let setting = house::setting(store, sample::NAME, Clock::starting_at(now), Some(sample::PRETEND));
    let mut setting = setting.map_err(|error| anyhow!(error))?;
    setting.outside = house::outside(gateways).map_err(|error| anyhow!(error))?;
    let app = App::new(setting).await?;
    let target = |copy| database.target(folder, copy);
    Ok(County { app, ours: target(Copy::Ours)?, raw: target(Copy::Raw)? })
}

impl County {
    /// A context to act in without the network.
    pub async fn cx(&self, login: &str) -> anyhow::Result<Cx> {
        let account = self.app.account_id(login).await?.with_context(|| format!("no account {login}"))?;
        let actor = self.app.actor(account).await?.with_context(|| format!("{login} may not act"))?;
        let now = self.app.clock.now();
        Ok(Cx { app: Arc::clone(&self.app), actor, lang: Lang::Zh, now, request: self.app.store.new_id(now) })
    }
}
