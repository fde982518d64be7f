//! The one module that may ask which database it is: opening, the type names of the schema, its index of words (`words.rs`), and nothing else.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use kit::Refusal;
use sea_orm::{
    AccessMode, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel,
    QueryResult, SqlxPostgresConnector, SqlxSqliteConnector, TransactionTrait,
};
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::backup::Holds;
use crate::error::StoreError;
use crate::sql::Sql;

mod sole;
mod words;

pub use sole::Sole;

/// The statement of a schema that stands for the index of words; each database has its own.
pub(crate) const WORDS: &str = "create words search_words on search_entry";

/// Where a county's records lie.
#[derive(Clone, Debug)]
pub enum Target {
    /// A file, and the folder it is in.
    Sqlite(PathBuf),
    /// A server and the county's own schema in it.
    Postgres { url: String, schema: String },
}

/// Who decides how a question is answered, and what he has to be told.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Planner {
    Sqlite,
    Postgres,
}

impl Planner {
    /// Whether rows that have one of many ids are found by joining the ids. SQLite, told of all of them in a list, takes them for the whole table;
    /// PostgreSQL knows how often each occurs, and would read the whole table to join it.
    pub fn joins_ids(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// ` indexed by "…"` behind the name of a table. SQLite believes that any test leaves a few rows, and fetches half of the table one by one through
    /// an index that knows one of the columns, although another knows all of them; PostgreSQL compares what both cost.
    pub fn by_index(self, name: &str) -> String {
        match self {
            Self::Sqlite => format!(" indexed by \"{name}\""),
            Self::Postgres => String::new(),
        }
    }
}

/// One connection that writes and a pool that reads; on PostgreSQL two pools.
#[derive(Clone)]
pub(crate) struct Pools {
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
    /// For what is asked with a long list of values. On SQLite it is the same as `read`.
    pub listed: DatabaseConnection,
    /// For what reads for minutes: connections of its own, so that an export never takes one from the pages.
    pub long: DatabaseConnection,
    pub backend: DbBackend,
}

/// As many long readings go on at once; another waits for its turn.
const LONG: u32 = 2;
/// How long it waits.
const PATIENCE: Duration = Duration::from_secs(20);

/// So long a connection may rest and is still taken for alive. Asking each time before a statement costs as much as the statement; after a restart
/// of the server no more than the connections that were busy in this second fail once.
const RESTED: Duration = Duration::from_secs(1);

async fn alive(db: &mut PgConnection, rested: Duration) -> Result<bool, sqlx::Error> {
    Ok(rested < RESTED || db.ping().await.is_ok())
}

/// Whether a connection may be used again. On a full disk SQLite ends a transaction by itself; the driver, which counts them, does
/// not hear of it and takes those that follow for parts of one that is never committed: what was answered would be gone with the
/// connection.
async fn left_clean(db: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    // The rollback of a transaction that was dropped waits in the connection's queue; this waits behind it.
    db.ping().await?;
    Ok(!db.is_in_transaction())
}

impl Pools {
    pub async fn open(target: &Target) -> Result<Self, StoreError> {
        match target {
            Target::Sqlite(path) => Self::sqlite(path).await,
            Target::Postgres { url, schema } => Self::postgres(url, schema).await,
        }
    }

    async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        private(path);
        // FULL: an answered change survives a power cut. The write-ahead log lets readers go on while one writes; it is carried over into the file when it has
        // 32 MiB and not, as by default, 4: a page that every sheet of a morning changes is then carried over once for many.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(15))
            .pragma("wal_autocheckpoint", "8192")
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "1073741824")
            .pragma("temp_store", "memory")
            .statement_cache_capacity(512);
        // A file does not hang up: nobody asks before each statement whether it is there.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        let write = pool().max_connections(1).after_release(|db, _| Box::pin(left_clean(db)));
        // Mapped pages count as the program's memory, each connection's for itself: whoever reads once what he then writes maps none.
        let write = write.connect_with(options.clone().pragma("mmap_size", "0")).await?;
        let options = options.pragma("query_only", "on");
        let read =
            SqlxSqliteConnector::from_sqlx_sqlite_pool(pool().max_connections(4).connect_with(options.clone()).await?);
        // Who reads everything once gains nothing from pages kept, and maps none into memory that he would not give back.
        let long = options.pragma("cache_size", "-8192").pragma("mmap_size", "0");
        let long = SqlitePoolOptions::new().max_connections(LONG).acquire_timeout(PATIENCE).connect_lazy_with(long);
        Ok(Self {
            long: SqlxSqliteConnector::from_sqlx_sqlite_pool(long),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            listed: read.clone(),
            read,
            backend: DbBackend::Sqlite,
        })
    }

    async fn postgres(url: &str, schema: &str) -> Result<Self, StoreError> {
        // The name goes into a statement that takes no parameters: nothing but letters, digits and underscores.
        if schema.is_empty() || !schema.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Err(StoreError::Schema(schema.to_owned()));
        }
        // Compiling a statement (jit) takes longer than any of ours runs. A page somewhere costs next to what the next page costs: on a disk without
        // a moving head, and in memory, where a county fits. By default it counts four times as much, and an index that knows all columns is left
        // aside for the whole table.
        let settings = [("search_path", schema), ("jit", "off"), ("random_page_cost", "1.1")];
        let options = PgConnectOptions::from_str(url)?.options(settings).statement_cache_capacity(512);
        // A pool tries for half a minute to reach a server that refuses: whoever starts the program with a wrong address is told at once.
        PgConnection::connect_with(&options).await?.close().await?;
        let long = PgPoolOptions::new().max_connections(LONG).acquire_timeout(PATIENCE);
        let long = SqlxPostgresConnector::from_sqlx_postgres_pool(long.connect_lazy_with(options.clone()));
        let pool = || {
            let pool = PgPoolOptions::new().max_connections(8).test_before_acquire(false);
            pool.before_acquire(|db, about| Box::pin(alive(db, about.idle_for)))
        };
        let write = pool().connect_with(options.clone()).await?;
        // To make one, or only to ask for one that is there already, takes a right to the whole database, which a county's own account need not have.
        let there = sqlx::query("select 1 from pg_namespace where nspname = $1").bind(schema).fetch_optional(&write);
        if there.await?.is_none() {
            let make = format!("create schema if not exists \"{schema}\"");
            sqlx::query(sqlx::AssertSqlSafe(make)).execute(&write).await?;
        }
        // To plan a question takes longer than to answer it: a dozen short lists with a score of indexes. It is planned once for whatever is asked. Only
        // a long list is planned for its values, because it may be half of the table.
        let read = pool().connect_lazy_with(options.options([("plan_cache_mode", "force_generic_plan")]));
        let [write, read] = [write, read].map(SqlxPostgresConnector::from_sqlx_postgres_pool);
        Ok(Self { listed: write.clone(), write, read, long, backend: DbBackend::Postgres })
    }

    /// The rows that answer a question.
    pub async fn all(&self, sql: Sql) -> Result<Vec<QueryResult>, DbErr> {
        self.reader(&sql).query_all_raw(sql.statement(self.backend)).await
    }

    /// The first row that answers it.
    pub async fn one(&self, sql: Sql) -> Result<Option<QueryResult>, DbErr> {
        self.reader(&sql).query_one_raw(sql.statement(self.backend)).await
    }

    fn reader(&self, sql: &Sql) -> &DatabaseConnection {
        if sql.long { &self.listed } else { &self.read }
    }

    /// A transaction that sees one moment for as long as it lasts. SQLite's write-ahead log gives every reading transaction that;
    /// PostgreSQL has to be told.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let begun = if self.backend == DbBackend::Sqlite {
            self.long.begin().await
        } else {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            self.long.begin_with_config(Some(level), Some(mode)).await
        };
        begun.map_err(|error| match error {
            DbErr::ConnectionAcquire(_) => Refusal::new("export.busy").into(),
            error => error.into(),
        })
    }

    /// One text of the schema for both: `uuid` and `text` are written as this database calls them.
    /// PostgreSQL compares text by code point, as SQLite does, so that both sort and page alike.
    pub fn schema_text(&self, text: &str) -> String {
        if text.trim() == WORDS {
            return self.words_schema();
        }
        match self.backend {
            DbBackend::Sqlite => {
                text.replace(" uuid", " blob").replace(" bytes", " blob").replace(" serial", " integer primary key")
            }
            _ => text
                .replace(" text", " text collate \"C\"")
                .replace(" bytes", " bytea")
                .replace(" serial", " bigint generated always as identity primary key"),
        }
    }

    /// Leaves rows alone that another program is claiming. SQLite writes one at a time and needs no such word.
    pub fn skip_locked(&self) -> &'static str {
        if self.backend == DbBackend::Sqlite { "" } else { " for update skip locked" }
    }

    /// Whether a statement's places are written with numbers.
    pub fn numbered(backend: DbBackend) -> bool {
        backend == DbBackend::Postgres
    }

    pub fn planner(&self) -> Planner {
        if self.backend == DbBackend::Sqlite { Planner::Sqlite } else { Planner::Postgres }
    }

    /// How many values one statement may bind.
    pub fn max_values(&self) -> usize {
        match self.backend {
            DbBackend::Sqlite => 30_000,
            _ => 60_000,
        }
    }

    /// Names and columns of the county's tables, for the test that both databases hold the same; SQLite keeps its index of words in
    /// tables.
    pub fn catalogue(&self) -> &'static str {
        match self.backend {
            DbBackend::Sqlite => {
                "select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%' and m.name not like 'search_words%' order by 1, 2"
            }
            _ => {
                "select table_name::text, column_name::text from information_schema.columns where table_schema = current_schema() order by 1, 2"
            }
        }
    }

    /// Tables, columns and their types in order, for a backup. A column that the database computes is not copied.
    pub fn typed_columns(&self) -> &'static str {
        match self.backend {
            DbBackend::Sqlite => {
                "select m.name, p.name, lower(p.type) from sqlite_master m join pragma_table_info(m.name) p where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, p.cid"
            }
            _ => {
                "select table_name::text, column_name::text, udt_name::text from information_schema.columns where table_schema = current_schema() and is_generated = 'NEVER' order by table_name, ordinal_position"
            }
        }
    }

    /// What a column holds, by this database's word for its type.
    pub fn holds(&self, word: &str) -> Option<Holds> {
        Some(match (self.backend, word) {
            (_, "text") => Holds::Text,
            (DbBackend::Sqlite, "bigint" | "integer") | (_, "int8") => Holds::Int,
            (DbBackend::Sqlite, "double precision" | "real") | (_, "float8") => Holds::Real,
            (DbBackend::Sqlite, "boolean") | (_, "bool") => Holds::Bool,
            (_, "date") => Holds::Date,
            (DbBackend::Sqlite, "blob") | (_, "bytea") => Holds::Bytes,
            (_, "uuid") => Holds::Uuid,
            _ => return None,
        })
    }

    /// For records that are thrown away if anything goes wrong: the disk is waited for once, at the end, by
    /// [`settle`](Self::settle) or [`take_place`](Target::take_place).
    pub async fn hurry(&self) -> Result<(), StoreError> {
        if self.backend == DbBackend::Sqlite {
            self.write.execute_unprepared("pragma synchronous = off").await?;
        }
        Ok(())
    }

    /// The same of one transaction: PostgreSQL's connections are several, and none may keep a hurry of which it is not told when it ends.
    pub async fn hurry_once(&self, tx: &DatabaseTransaction) -> Result<(), StoreError> {
        if self.backend == DbBackend::Postgres {
            tx.execute_unprepared("set local synchronous_commit = off").await?;
        }
        Ok(())
    }

    /// Waits for the disk after all, and from now on. PostgreSQL's next commit waits for all that came before it.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let settle = match self.backend {
            DbBackend::Sqlite => "pragma synchronous = full; pragma wal_checkpoint(truncate)",
            _ => "update chain set seq = seq where id = 1",
        };
        self.write.execute_unprepared(settle).await?;
        Ok(())
    }

    /// The version of the database, as it calls itself.
    pub async fn version(&self) -> Result<String, StoreError> {
        let (name, text) = match self.backend {
            DbBackend::Sqlite => ("SQLite", "select sqlite_version()"),
            _ => ("PostgreSQL", "select current_setting('server_version')"),
        };
        let row = self.one(Sql::new(text)).await?;
        let version: String = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        Ok(format!("{name} {version}"))
    }

    /// The database's own clock, in milliseconds UTC.
    pub async fn clock(&self) -> Result<i64, StoreError> {
        let text = match self.backend {
            DbBackend::Sqlite => "select cast(strftime('%s', 'now') as integer) * 1000",
            _ => "select cast(extract(epoch from clock_timestamp()) * 1000 as bigint)",
        };
        let row = self.one(Sql::new(text)).await?;
        Ok(row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
    }

    pub async fn close(self) {
        let _ = self.write.close_by_ref().await;
        let _ = self.read.close_by_ref().await;
        let _ = self.long.close_by_ref().await;
    }
}

impl Target {
    /// Whether there are records already.
    pub async fn taken(&self) -> Result<bool, StoreError> {
        match self {
            Self::Sqlite(path) => Ok(path.exists()),
            Self::Postgres { .. } => {
                let pools = Pools::open(self).await?;
                let found = pools.all(Sql::new(pools.catalogue())).await?;
                pools.close().await;
                Ok(!found.is_empty())
            }
        }
    }

    /// Where records are put together before they take this place: a file in `folder`, or a schema beside.
    pub fn beside(&self, folder: &Path) -> Self {
        match self {
            Self::Sqlite(_) => Self::Sqlite(folder.join("anxiao.db")),
            Self::Postgres { url, schema } => {
                Self::Postgres { url: url.clone(), schema: format!("{schema}_restoring") }
            }
        }
    }

    /// Removes what an interrupted restore left [beside](Self::beside).
    pub async fn clear(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(path) => {
                for ending in ["", "-wal", "-shm", "-journal"] {
                    match std::fs::remove_file(with_ending(path, ending)) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
                        _ => {}
                    }
                }
                Ok(())
            }
            Self::Postgres { schema, .. } => {
                let pools = Pools::open(self).await?;
                pools.write.execute_unprepared(&format!("drop schema \"{schema}\" cascade")).await?;
                pools.close().await;
                Ok(())
            }
        }
    }

    /// Gives these records the place of `other`, in one step. What stood there is kept under the name `aside`; without one,
    /// nothing may stand there. The records must be closed.
    pub async fn take_place(&self, other: &Self, aside: Option<&str>) -> Result<(), StoreError> {
        match (self, other) {
            (Self::Sqlite(from), Self::Sqlite(to)) => {
                if let Some(aside) = aside.filter(|_| to.exists()) {
                    alone(to).await?;
                    std::fs::rename(to, to.with_file_name(aside))?;
                }
                alone(from).await?;
                std::fs::File::open(from)?.sync_all()?;
                std::fs::rename(from, to)?;
                Ok(std::fs::File::open(to.parent().unwrap_or(to))?.sync_all()?)
            }
            (Self::Postgres { schema: from, .. }, Self::Postgres { schema: to, .. }) => {
                let pools = Pools::open(self).await?;
                let tx = pools.write.begin().await?;
                match aside {
                    Some(aside) => {
                        tx.execute_unprepared(&format!("alter schema \"{to}\" rename to \"{aside}\"")).await?;
                    }
                    // An empty one, made by a look at it, goes; one with tables does not.
                    None => {
                        tx.execute_unprepared(&format!("drop schema if exists \"{to}\"")).await?;
                    }
                }
                tx.execute_unprepared(&format!("alter schema \"{from}\" rename to \"{to}\"")).await?;
                tx.commit().await?;
                pools.close().await;
                Ok(())
            }
            _ => Err(StoreError::Schema("two databases".into())),
        }
    }

    /// The name under which these records are kept when others take their place.
    pub fn aside(&self, stamp: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("anxiao-replaced-{stamp}.db"),
            Self::Postgres { schema, .. } => format!("{schema}_{}", stamp.to_ascii_lowercase().replace('-', "_")),
        }
    }

    /// A copy of a file's records made by the database itself, whole although somebody writes; `false` where records lie on a server,
    /// which has no such copy.
    pub async fn copy_file(&self, to: &Path) -> Result<bool, StoreError> {
        let Self::Sqlite(_) = self else { return Ok(false) };
        let pools = Pools::open(self).await?;
        private(to);
        let mut sql = Sql::new("vacuum into ");
        sql.bind(to.display().to_string());
        pools.write.execute_raw(sql.statement(pools.backend)).await?;
        pools.close().await;
        std::fs::File::open(to)?.sync_all()?;
        Ok(true)
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres { schema, .. } => write!(f, "the schema {schema}"),
        }
    }
}

/// A new file of records is its owner's alone, whatever the folder that it stands in; its logs take the same mode. One that is there stays as it is.
fn private(path: &Path) {
    // Where it cannot be made, the database says why.
    drop(OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Empties the write-ahead log into the file and proves that nobody else has it open: only then may it be moved.
async fn alone(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(2));
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
    let mode = sqlx::query_scalar::<_, String>("pragma journal_mode = delete").fetch_one(&pool).await;
    pool.close().await;
    match mode.as_deref() {
        Ok("delete") => Ok(()),
        _ => Err(StoreError::InUse(path.to_owned())),
    }
}
