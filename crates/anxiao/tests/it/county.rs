//! A township to test in, and the whole county where size matters: each made once for each database; the township is copied for each test.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use areas::{house, sample};
use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use engine::App;
use engine::clock::{self, Clock};
use engine::files::{Files, Limits};
use http_body_util::BodyExt;
use serde_json::Value;
use sqlx::{Connection, Executor};
use store::keys::KeyFolder;
use store::{Opening, Store, Target};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use tower::ServiceExt;

/// An open county and what is needed to get at it from outside.
pub struct County {
    pub app: Arc<App>,
    pub folder: TempDir,
    pub target: Target,
    pub router: Router,
}

/// The same township on SQLite and on PostgreSQL, each a copy of its own.
pub async fn both() -> Vec<County> {
    vec![sqlite().await, postgres().await]
}

pub async fn sqlite() -> County {
    let original = sqlite_original().await;
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("anxiao.db");
    std::fs::copy(original.join("anxiao.db"), &copy).unwrap();
    copy_keys(original, folder.path());
    open(folder, Target::Sqlite(copy)).await
}

pub async fn postgres() -> County {
    static COPIES: AtomicU32 = AtomicU32::new(0);
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let original = postgres_original().await;
    let name = format!("copy_{}", COPIES.fetch_add(1, Ordering::SeqCst));
    {
        // The server copies a database only while nobody else does.
        let _turn = ONE_AT_A_TIME.lock().await;
        on_server(format!("create database {name} template {TEMPLATE}")).await;
    }
    let folder = TempDir::new().unwrap();
    copy_keys(original, folder.path());
    open(folder, Target::Postgres { url: database(&name), schema: schema() }).await
}

/// The whole county of 114,000 pupils, on each of the databases: one test wants it, so nothing is copied.
pub async fn whole_sqlite() -> County {
    let folder = TempDir::new().unwrap();
    let target = Target::Sqlite(folder.path().join("anxiao.db"));
    planted(&sample::Plan::county(), folder, target).await
}

pub async fn whole_postgres() -> County {
    planted(&sample::Plan::county(), TempDir::new().unwrap(), nothing_on_postgres().await).await
}

/// Where a county may begin.
pub async fn nothing_on_postgres() -> Target {
    Target::Postgres { url: empty_database().await, schema: schema() }
}

async fn planted(plan: &sample::Plan, folder: TempDir, target: Target) -> County {
    plant(plan, folder.path(), target.clone()).await.close().await;
    open(folder, target).await
}

/// The folder that every SQLite copy is made from.
async fn sqlite_original() -> &'static Path {
    static ORIGINAL: OnceCell<TempDir> = OnceCell::const_new();
    let plant = || async {
        let folder = TempDir::new().unwrap();
        let target = Target::Sqlite(folder.path().join("anxiao.db"));
        plant(&sample::Plan::township(), folder.path(), target).await.close().await;
        assert!(!folder.path().join("anxiao.db-wal").exists(), "pages that a copy of the file would not have");
        folder
    };
    ORIGINAL.get_or_init(plant).await.path()
}

fn copy_keys(from: &Path, to: &Path) {
    let keys = to.join("keys");
    std::fs::create_dir(&keys).unwrap();
    std::os::unix::fs::chown(&keys, None, None).unwrap();
    for file in std::fs::read_dir(from.join("keys")).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), keys.join(file.file_name())).unwrap();
    }
    for part in std::fs::read_dir(from.join("files")).unwrap() {
        let part = part.unwrap();
        let copy = to.join("files").join(part.file_name());
        std::fs::create_dir_all(&copy).unwrap();
        for file in std::fs::read_dir(part.path()).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(&keys, private).unwrap();
}

fn server() -> String {
    std::env::var("ANXIAO_TEST_POSTGRES").expect(
        "ANXIAO_TEST_POSTGRES: run the tests through scripts/with-postgres, which starts a PostgreSQL of its own",
    )
}

/// The server's address with another database in it.
fn database(name: &str) -> String {
    let server = server();
    let (base, _) = server.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

async fn on_server(statement: String) {
    let mut db = sqlx::PgConnection::connect(&server()).await.unwrap();
    db.execute(sqlx::AssertSqlSafe(statement)).await.unwrap();
}

/// The database that every PostgreSQL copy is made from.
const TEMPLATE: &str = "township";

/// The folder that belongs to it.
async fn postgres_original() -> &'static Path {
    static ORIGINAL: OnceCell<TempDir> = OnceCell::const_new();
    let plant = || async {
        let folder = TempDir::new().unwrap();
        on_server(format!("create database {TEMPLATE}")).await;
        let target = Target::Postgres { url: database(TEMPLATE), schema: schema() };
        plant(&sample::Plan::township(), folder.path(), target).await.close().await;
        folder
    };
    ORIGINAL.get_or_init(plant).await.path()
}

fn schema() -> String {
    format!("county_{}", sample::COUNTY)
}

/// A database of its own with nothing in it.
pub async fn empty_database() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("empty_{}", MADE.fetch_add(1, Ordering::SeqCst));
    on_server(format!("create database {name}")).await;
    database(&name)
}

pub async fn open_store(folder: &Path, target: &Target) -> Store {
    let opening = Opening {
        target: target.clone(),
        county: sample::COUNTY.to_owned(),
        keys: KeyFolder::open_optional(&folder.join("keys")).unwrap(),
        checkpoints: folder.join("keys/checkpoints.log"),
        nouns: house::nouns(),
        migrations: &house::migrations(),
        random: clock::random,
    };
    Store::open(opening).await.unwrap()
}

async fn plant(plan: &sample::Plan, folder: &Path, target: Target) -> Store {
    KeyFolder::create(&folder.join("keys"), &mut |bytes: &mut [u8]| clock::random(bytes)).unwrap();
    let store = open_store(folder, &target).await;
    let mut world = sample::build(plan, 1);
    let now = world.now;
    let files = Files::folder(folder.join("files"), Limits::default());
    engine::files::lay(&files, std::mem::take(&mut world.files)).await.unwrap();
    sample::plant(&store, world).await.unwrap();
    store.checkpoint(now).await.unwrap();
    store
}

async fn open(folder: TempDir, target: Target) -> County {
    open_with(folder, target, engine::messages::Settings::default()).await
}

async fn open_with(folder: TempDir, target: Target, gateways: engine::messages::Settings) -> County {
    let eight = kit::dates::shanghai_start(sample::Plan::county().today) + 8 * 3_600_000;
    open_at(folder, target, gateways, eight).await
}

async fn open_at(folder: TempDir, target: Target, gateways: engine::messages::Settings, now: i64) -> County {
    open_reached(folder, target, gateways, now, None).await
}

async fn open_reached(
    folder: TempDir,
    target: Target,
    gateways: engine::messages::Settings,
    now: i64,
    site: Option<&str>,
) -> County {
    let store = open_store(folder.path(), &target).await;
    let mut setting = house::setting(store, sample::NAME, Clock::starting_at(now), Some(sample::PRETEND)).unwrap();
    let limits = Limits { file: 3 * 1024 * 1024, record: 12 };
    setting.files = Some(Files::folder(folder.path().join("files"), limits));
    setting.outside = house::outside(gateways).unwrap();
    setting.public_url = site.map(str::to_owned);
    let app = App::new(setting).await.unwrap();
    let router = engine::router::router(Arc::clone(&app));
    County { app, folder, target, router }
}

/// A data folder that the program has worked on, open again.
pub async fn again(home: crate::backup::Home) -> County {
    let target = match home.url {
        Some(url) => Target::Postgres { url, schema: schema() },
        None => Target::Sqlite(home.folder.path().join("anxiao.db")),
    };
    open(home.folder, target).await
}

impl County {
    /// Closes the county and opens it again with the keys that its folder holds now.
    pub async fn reopen(self) -> Self {
        let Self { app, folder, target, router } = self;
        app.store.clone().close().await;
        drop((app, router));
        open(folder, target).await
    }

    /// The same on PostgreSQL, reached by another address.
    pub async fn reached_by(mut self, url: String) -> Self {
        self.target = Target::Postgres { url, schema: schema() };
        self.reopen().await
    }

    /// The same at another time of its day, in minutes after midnight.
    pub async fn at_minute(self, minutes: i64) -> Self {
        self.at(kit::dates::shanghai_start(sample::Plan::county().today) + minutes * 60_000).await
    }

    /// The same at another moment.
    pub async fn at(self, now: i64) -> Self {
        let Self { app, folder, target, router } = self;
        app.store.clone().close().await;
        drop((app, router));
        open_at(folder, target, engine::messages::Settings::default(), now).await
    }

    /// The same with gateways.
    pub async fn with_gateways(self, settings: engine::messages::Settings) -> Self {
        let Self { app, folder, target, router } = self;
        app.store.clone().close().await;
        drop((app, router));
        open_with(folder, target, settings).await
    }

    /// The same with gateways, and with settings that say how the site is reached from outside.
    pub async fn with_site(self, settings: engine::messages::Settings, site: &str) -> Self {
        let now = self.app.clock.now();
        let Self { app, folder, target, router } = self;
        app.store.clone().close().await;
        drop((app, router));
        open_reached(folder, target, settings, now, Some(site)).await
    }

    pub fn backend(&self) -> &'static str {
        match self.target {
            Target::Sqlite(_) => "SQLite",
            Target::Postgres { .. } => "PostgreSQL",
        }
    }

    pub fn checkpoints(&self) -> PathBuf {
        self.folder.path().join("keys/checkpoints.log")
    }

    pub async fn token(&self, login: &str) -> String {
        self.app.issue_token(login, "test").await.unwrap().unwrap_or_else(|| panic!("no account {login}"))
    }

    /// A context to act in without the network.
    pub async fn cx(&self, login: &str) -> engine::Cx {
        let account = self.app.account_id(login).await.unwrap().unwrap();
        let now = self.app.clock.now();
        let actor = self.app.actor(account).await.unwrap().unwrap();
        engine::Cx { app: Arc::clone(&self.app), actor, lang: kit::Lang::Zh, now, request: self.app.store.new_id(now) }
    }

    /// Sends any request through the real router.
    pub async fn send(&self, request: Request<Body>) -> (StatusCode, axum::http::HeaderMap, Vec<u8>) {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// Asks the interface as the holder of a token.
    pub async fn ask(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> (StatusCode, Value) {
        let mut request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        let body = match body {
            Some(json) => {
                request = request.header("content-type", "application/json");
                Body::from(json.to_string())
            }
            None => Body::empty(),
        };
        let (status, _, bytes) = self.send(request.body(body).unwrap()).await;
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub async fn get(&self, token: &str, path: &str) -> (StatusCode, Value) {
        self.ask(token, Method::GET, path, None).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.ask(token, Method::POST, path, Some(body)).await
    }

    /// Runs raw statements past the house, as someone with the database's own shell would.
    pub async fn raw(&self, statement: &str) -> u64 {
        raw(&self.target, statement).await
    }

    /// Verifies the history and answers with what is wrong.
    pub async fn flaws(&self) -> Vec<String> {
        let key = store::keys::read_public(&self.folder.path().join("keys")).unwrap();
        let log = std::fs::read_to_string(self.checkpoints()).unwrap();
        let report = self.app.store.verify(&log, &key, &mut |_| {}).await.unwrap();
        report.flaws.iter().map(ToString::to_string).collect()
    }
}

/// Runs raw statements past the house.
pub async fn raw(target: &Target, statement: &str) -> u64 {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    match target {
        Target::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            db.execute(statement).await.unwrap().rows_affected()
        }
        Target::Postgres { url, schema } => {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            db.execute(sqlx::AssertSqlSafe(format!("set search_path to \"{schema}\""))).await.unwrap();
            db.execute(statement).await.unwrap().rows_affected()
        }
    }
}

/// The texts that a raw question answers.
pub async fn texts(target: &Target, question: &str) -> Vec<String> {
    let question = sqlx::AssertSqlSafe(question.to_owned());
    match target {
        Target::Sqlite(path) => {
            let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
            sqlx::query_scalar(question).fetch_all(&mut db).await.unwrap()
        }
        Target::Postgres { url, schema } => {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            db.execute(sqlx::AssertSqlSafe(format!("set search_path to \"{schema}\""))).await.unwrap();
            sqlx::query_scalar(question).fetch_all(&mut db).await.unwrap()
        }
    }
}
