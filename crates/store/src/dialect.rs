//! The one module that may ask which database it is: opening, the type names of the schema, its index of words, and nothing else.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use kit::Refusal;
use sea_orm::{
    AccessMode, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, IsolationLevel, RuntimeErr,
    SqlxPostgresConnector, SqlxSqliteConnector, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::StoreError;

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

/// One connection that writes and a pool that reads. On PostgreSQL both are the same pool.
#[derive(Clone)]
pub(crate) struct Pools {
    pub write: DatabaseConnection,
    pub read: DatabaseConnection,
    /// For what reads for minutes: connections of its own, so that an export never takes one from the pages.
    pub long: DatabaseConnection,
    pub backend: DbBackend,
}

/// As many long readings go on at once; another waits for its turn.
const LONG: u32 = 2;
/// How long it waits.
const PATIENCE: Duration = Duration::from_secs(20);

impl Pools {
    pub async fn open(target: &Target) -> Result<Self, StoreError> {
        match target {
            Target::Sqlite(path) => Self::sqlite(path).await,
            Target::Postgres { url, schema } => Self::postgres(url, schema).await,
        }
    }

    async fn sqlite(path: &Path) -> Result<Self, StoreError> {
        // FULL: an answered change survives a power cut. The write-ahead log lets readers go on while one writes.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(15))
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "1073741824")
            .pragma("temp_store", "memory")
            .statement_cache_capacity(512);
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let options = options.pragma("query_only", "on");
        let read = SqlitePoolOptions::new().max_connections(4).connect_with(options.clone()).await?;
        // Who reads everything once gains nothing from pages kept, and maps none into memory that he would not give back.
        let long = options.pragma("cache_size", "-8192").pragma("mmap_size", "0");
        let long = SqlitePoolOptions::new().max_connections(LONG).acquire_timeout(PATIENCE).connect_lazy_with(long);
        Ok(Self {
            long: SqlxSqliteConnector::from_sqlx_sqlite_pool(long),
            write: SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
            read: SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
            backend: DbBackend::Sqlite,
        })
    }

    async fn postgres(url: &str, schema: &str) -> Result<Self, StoreError> {
        // The name goes into a statement that takes no parameters: nothing but letters, digits and underscores.
        if schema.is_empty() || !schema.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
            return Err(StoreError::Schema(schema.to_owned()));
        }
        let options = PgConnectOptions::from_str(url)?.options([("search_path", schema)]).statement_cache_capacity(512);
        let long = PgPoolOptions::new().max_connections(LONG).acquire_timeout(PATIENCE);
        let long = SqlxPostgresConnector::from_sqlx_postgres_pool(long.connect_lazy_with(options.clone()));
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await?;
        sqlx::query(sqlx::AssertSqlSafe(format!("create schema if not exists \"{schema}\""))).execute(&pool).await?;
        let pool = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { write: pool.clone(), read: pool, long, backend: DbBackend::Postgres })
    }

    /// A transaction that sees one moment for as long as it lasts. SQLite's write-ahead log gives every reading transaction that;
    /// PostgreSQL has to be told.
    pub async fn snapshot(&self) -> Result<DatabaseTransaction, StoreError> {
        let begun = match self.backend {
            DbBackend::Sqlite => self.long.begin().await,
            _ => {
                let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
                self.long.begin_with_config(Some(level), Some(mode)).await
            }
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
            return self.words_schema().to_owned();
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

    /// The index behind `search_words('…')`, which gives the records whose entry answers a question. Both databases take the
    /// words as they are and cut nothing; a question is written as SQLite's reads it, and PostgreSQL's signs are put in.
    fn words_schema(&self) -> &'static str {
        match self.backend {
            // The index holds no text of its own and follows the entries by triggers. What is deleted leaves it at once, not when
            // its pages are merged: an erased name must not stay behind in it.
            DbBackend::Sqlite => {
                "
create virtual table search_words using fts5(words, record unindexed, content='search_entry', content_rowid='doc', tokenize=\"ascii tokenchars '_'\", detail=none);
insert into search_words(search_words, rank) values ('secure-delete', 1);
create trigger search_entry_new after insert on search_entry begin
  insert into search_words(rowid, words, record) values (new.doc, new.words, new.record);
end;
create trigger search_entry_changed after update on search_entry begin
  insert into search_words(search_words, rowid, words, record) values ('delete', old.doc, old.words, old.record);
  insert into search_words(rowid, words, record) values (new.doc, new.words, new.record);
end;
create trigger search_entry_gone after delete on search_entry begin
  insert into search_words(search_words, rowid, words, record) values ('delete', old.doc, old.words, old.record);
end"
            }
            // Without a list of pending words, which every question would have to walk through.
            _ => {
                "
create index search_entry_words on search_entry using gin (array_to_tsvector(string_to_array(words, ' '))) with (fastupdate = off);
create function search_words(question text) returns table (record uuid) language sql stable as $$
  select entry.record from search_entry entry where array_to_tsvector(string_to_array(entry.words, ' '))
    @@ cast(replace(replace(replace(question, ' AND ', ' & '), ' OR ', ' | '), '*', ':*') as tsquery)
$$"
            }
        }
    }

    /// Statements that make the index of words anew from the entries, and that fail with [`Pools::says_unlike`] when it is not
    /// what they say. PostgreSQL's is the database's own and needs neither.
    pub fn words_care(&self) -> Option<(&'static str, &'static str)> {
        (self.backend == DbBackend::Sqlite).then_some((
            "insert into search_words(search_words) values ('rebuild')",
            "insert into search_words(search_words, rank) values ('integrity-check', 1)",
        ))
    }

    /// `SQLITE_CORRUPT_VTAB`: the index and its entries disagree.
    pub fn says_unlike(error: &DbErr) -> bool {
        let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
            return false;
        };
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("267"))
    }

    /// Whether a statement's places are written with numbers.
    pub fn numbered(backend: DbBackend) -> bool {
        backend == DbBackend::Postgres
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
}
