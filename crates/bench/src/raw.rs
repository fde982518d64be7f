//! "Raw": one connection with the settings of the house, the statements written out, and nothing around them.
//!
//! The rows of the raw import are the very rows that the product has just written (pupils, enrolments, keys, events; an
//! import tells nobody, so its outbox stays empty), read back before the clock starts, put in with statements of the same
//! size in the same order, in one transaction, and followed by the same `analyze`. What the house does besides (reading the
//! workbook, checking, sealing, hashing the chain) is not raw: that is the difference.

use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveDate;
use kit::{Kind, Noun};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions, PgConnection, Postgres, Row, Sqlite, SqliteConnection};
use store::Target;
use uuid::Uuid;

/// Rows of one statement: see the limits of `store::write`.
pub const ROWS: usize = 1000;
/// Persons' keys of one statement.
pub const KEYS: usize = 5000;

/// A bare connection.
pub enum Raw {
    Sqlite(Box<SqliteConnection>),
    Postgres(Box<PgConnection>),
}

/// A value as both databases know it.
#[derive(Clone, Debug)]
pub enum Value {
    Text(Option<String>),
    Int(Option<i64>),
    Real(Option<f64>),
    Bool(Option<bool>),
    Date(Option<NaiveDate>),
    Id(Option<Uuid>),
    Bytes(Option<Vec<u8>>),
}

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    Text,
    Int,
    Real,
    Bool,
    Date,
    Id,
    Bytes,
}

/// A table: its name and its columns.
#[derive(Clone, Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<(&'static str, Type)>,
}

macro_rules! bind {
    ($query:expr, $values:expr) => {
        $values.into_iter().fold($query, |query, value| match value {
            Value::Text(value) => query.bind(value),
            Value::Int(value) => query.bind(value),
            Value::Real(value) => query.bind(value),
            Value::Bool(value) => query.bind(value),
            Value::Date(value) => query.bind(value),
            Value::Id(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    };
}

macro_rules! read {
    ($row:expr, $types:expr) => {
        $types
            .iter()
            .enumerate()
            .map(|(at, (_, kind))| {
                Ok(match kind {
                    Type::Text => Value::Text($row.try_get(at)?),
                    Type::Int => Value::Int($row.try_get(at)?),
                    Type::Real => Value::Real($row.try_get(at)?),
                    Type::Bool => Value::Bool($row.try_get(at)?),
                    Type::Date => Value::Date($row.try_get(at)?),
                    Type::Id => Value::Id($row.try_get(at)?),
                    Type::Bytes => Value::Bytes($row.try_get(at)?),
                })
            })
            .collect::<Result<Vec<_>, sqlx::Error>>()
    };
}

impl Raw {
    /// The same settings as the house's own connections (`store::dialect`), but for the planner of PostgreSQL, which is left as it comes.
    pub async fn open(target: &Target) -> Result<Self, sqlx::Error> {
        Ok(match target {
            Target::Sqlite(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(15))
                    .pragma("wal_autocheckpoint", "8192")
                    .pragma("cache_size", "-65536")
                    .pragma("mmap_size", "1073741824")
                    .pragma("temp_store", "memory")
                    .statement_cache_capacity(512);
                Self::Sqlite(Box::new(options.connect().await?))
            }
            Target::Postgres { url, schema } => {
                let options = PgConnectOptions::from_str(url)?.options([("search_path", schema)]);
                Self::Postgres(Box::new(options.statement_cache_capacity(512).connect().await?))
            }
        })
    }

    pub async fn version(mut self) -> Result<String, sqlx::Error> {
        match &mut self {
            Self::Sqlite(db) => sqlx::query_scalar("select sqlite_version()").fetch_one(db.as_mut()).await,
            Self::Postgres(db) => {
                sqlx::query_scalar("select current_setting('server_version')").fetch_one(db.as_mut()).await
            }
        }
    }

    /// How the place of a value is written, from 1: as `store::sql` does. SQLite's driver searches a list of names for each numbered
    /// place, which is quadratic, so there the places have no names and values are bound in the order in which they stand.
    pub fn place(&self, number: usize) -> String {
        match self {
            Self::Sqlite(_) => "?".to_owned(),
            Self::Postgres(_) => format!("${number}"),
        }
    }

    /// The hidden column that says where a row lies: the order in which rows of a new table were written.
    pub fn order_of_writing(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "rowid",
            Self::Postgres(_) => "ctid",
        }
    }

    pub async fn run(&mut self, text: String, values: Vec<Value>) -> Result<u64, sqlx::Error> {
        let text = AssertSqlSafe(text);
        Ok(match self {
            Self::Sqlite(db) => bind!(sqlx::query::<Sqlite>(text), values).execute(db.as_mut()).await?.rows_affected(),
            Self::Postgres(db) => {
                bind!(sqlx::query::<Postgres>(text), values).execute(db.as_mut()).await?.rows_affected()
            }
        })
    }

    /// The rows of a table, as values.
    pub async fn rows(&mut self, table: &Table, rest: &str) -> Result<Vec<Vec<Value>>, sqlx::Error> {
        let text = AssertSqlSafe(format!("select {} from {} {rest}", table.names(), table.name));
        match self {
            Self::Sqlite(db) => {
                let rows = sqlx::query::<Sqlite>(text).fetch_all(db.as_mut()).await?;
                rows.iter().map(|row| read!(row, table.columns)).collect()
            }
            Self::Postgres(db) => {
                let rows = sqlx::query::<Postgres>(text).fetch_all(db.as_mut()).await?;
                rows.iter().map(|row| read!(row, table.columns)).collect()
            }
        }
    }

    /// The ids of the rows that a statement answers; every column is fetched.
    pub async fn ids(&mut self, text: &str, ids: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
        let text = AssertSqlSafe(text.to_owned());
        let values = || ids.iter().map(|id| Value::Id(Some(*id)));
        match self {
            Self::Sqlite(db) => {
                let rows = bind!(sqlx::query::<Sqlite>(text), values()).fetch_all(db.as_mut()).await?;
                rows.iter().map(|row| row.try_get(0)).collect()
            }
            Self::Postgres(db) => {
                let rows = bind!(sqlx::query::<Postgres>(text), values()).fetch_all(db.as_mut()).await?;
                rows.iter().map(|row| row.try_get(0)).collect()
            }
        }
    }

    /// The one number that a statement answers.
    pub async fn number(&mut self, text: &str, ids: &[Uuid]) -> Result<i64, sqlx::Error> {
        let text = AssertSqlSafe(text.to_owned());
        let values = ids.iter().map(|id| Value::Id(Some(*id)));
        match self {
            Self::Sqlite(db) => bind!(sqlx::query::<Sqlite>(text), values).fetch_one(db.as_mut()).await?.try_get(0),
            Self::Postgres(db) => bind!(sqlx::query::<Postgres>(text), values).fetch_one(db.as_mut()).await?.try_get(0),
        }
    }

    /// Inserts rows with one statement.
    async fn insert(&mut self, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), sqlx::Error> {
        let mut text = format!("insert into {} ({}) values ", table.name, table.names());
        let mut values = Vec::with_capacity(rows.len() * table.columns.len());
        for (at, row) in rows.into_iter().enumerate() {
            text.push_str(if at == 0 { "(" } else { ",(" });
            for (column, value) in row.into_iter().enumerate() {
                values.push(value);
                text.push_str(if column == 0 { "" } else { "," });
                text.push_str(&self.place(values.len()));
            }
            text.push(')');
        }
        self.run(text, values).await.map(|_| ())
    }

    async fn plain(&mut self, text: &str) -> Result<(), sqlx::Error> {
        self.run(text.to_owned(), Vec::new()).await.map(|_| ())
    }

    /// Puts in what belongs together: one durable transaction, with the head of the history.
    pub async fn together(&mut self, parts: Vec<(Table, Vec<Vec<Value>>)>) -> Result<(), sqlx::Error> {
        self.plain("begin").await?;
        self.plain("update chain set seq = seq where id = 1").await?;
        for (table, rows) in parts.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            self.insert(&table, rows).await?;
        }
        self.plain("update chain set seq = seq + 1 where id = 1").await?;
        self.plain("commit").await
    }

    /// Puts a roster in: one transaction, and what follows it.
    pub async fn import(&mut self, roster: Roster) -> Result<(), sqlx::Error> {
        self.plain("begin").await?;
        self.plain("update chain set seq = seq where id = 1").await?;
        for chunk in chunks(roster.keys.1, KEYS) {
            self.insert(&roster.keys.0, chunk).await?;
        }
        let (event, events) = roster.events;
        let mut events = events.into_iter();
        for (table, rows) in [roster.enrolments, roster.pupils] {
            for chunk in chunks(rows, ROWS) {
                let count = chunk.len();
                self.insert(&table, chunk).await?;
                self.insert(&event, events.by_ref().take(count).collect()).await?;
            }
        }
        self.plain("update chain set seq = (select max(seq) from event) where id = 1").await?;
        self.plain("commit").await?;
        self.plain("analyze").await
    }
}

fn chunks(rows: Vec<Vec<Value>>, size: usize) -> impl Iterator<Item = Vec<Vec<Value>>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let chunk: Vec<_> = rows.by_ref().take(size).collect();
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// The rows of an import, each table's in the order in which they were written.
pub struct Roster {
    pub keys: (Table, Vec<Vec<Value>>),
    pub enrolments: (Table, Vec<Vec<Value>>),
    pub pupils: (Table, Vec<Vec<Value>>),
    pub events: (Table, Vec<Vec<Value>>),
}

impl Table {
    pub fn of(noun: &'static Noun) -> Self {
        let kind = |kind: &Kind| match kind {
            Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_) => Type::Text,
            Kind::Int { .. } | Kind::Moment => Type::Int,
            Kind::Real { .. } => Type::Real,
            Kind::Date => Type::Date,
            Kind::Bool => Type::Bool,
            Kind::Ref(_) => Type::Id,
        };
        let own = [("id", Type::Id), ("version", Type::Int)];
        let fields = noun.fields.iter().map(|field| (field.name, kind(&field.kind)));
        Self { name: noun.name, columns: own.into_iter().chain(fields).collect() }
    }

    pub fn events() -> Self {
        let columns = vec![
            ("seq", Type::Int),
            ("id", Type::Id),
            ("at", Type::Int),
            ("actor", Type::Id),
            ("noun", Type::Text),
            ("record", Type::Id),
            ("verb", Type::Text),
            ("request", Type::Id),
            ("payload_hash", Type::Bytes),
            ("prev", Type::Bytes),
            ("hash", Type::Bytes),
            ("payload", Type::Text),
        ];
        Self { name: "event", columns }
    }

    /// Those columns of the outbox that a message has when it is written.
    pub fn messages() -> Self {
        let (id, int, text) = (Type::Id, Type::Int, Type::Text);
        let columns = vec![
            ("id", id),
            ("version", int),
            ("at", int),
            ("key", text),
            ("cause", text),
            ("code", text),
            ("noun", text),
            ("record", id),
            ("place", id),
            ("person", id),
            ("recipient", id),
            ("subject", id),
            ("contact_field", text),
            ("contact", text),
            ("params", text),
            ("urgent", Type::Bool),
            ("alert", text),
            ("status", text),
            ("answers", text),
            ("state", text),
            ("not_before", int),
            ("next_at", int),
            ("claimed_until", int),
            ("attempts", int),
        ];
        Self { name: "message", columns }
    }

    pub fn notices() -> Self {
        let columns = vec![
            ("id", Type::Id),
            ("at", Type::Int),
            ("person", Type::Id),
            ("code", Type::Text),
            ("noun", Type::Text),
            ("record", Type::Id),
        ];
        Self { name: "notice", columns }
    }

    pub fn keys() -> Self {
        Self { name: "person_key", columns: vec![("person", Type::Id), ("wrapped", Type::Text)] }
    }

    pub fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    }
}
