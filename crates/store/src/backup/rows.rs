//! Rows as lines of text: one JSON array for each, the same whichever database they came from.

use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

use super::BackupError;
use crate::dialect::Pools;
use crate::error::StoreError;
use crate::sql::Sql;

/// What a column holds. Ids and bytes are both written in hex, for SQLite has one type for both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Holds {
    Text,
    Int,
    Real,
    Bool,
    Date,
    Uuid,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub holds: Holds,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
}

impl Table {
    /// `"a", "b"`
    pub fn columns(&self) -> String {
        self.columns.iter().map(|column| format!("\"{}\"", column.name)).collect::<Vec<_>>().join(", ")
    }
}

/// The tables of a county and what their columns hold; the list of steps is told apart.
pub(crate) async fn tables(db: &impl ConnectionTrait, pools: &Pools) -> Result<Vec<Table>, StoreError> {
    let found = db.query_all_raw(Sql::new(pools.typed_columns()).statement(pools.backend)).await?;
    let mut tables: Vec<Table> = Vec::new();
    for row in &found {
        let (table, name): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if table == "migration" || is_derived(&table) {
            continue;
        }
        let word: String = row.try_get_by_index(2)?;
        let unknown = || StoreError::UnknownType { table: table.clone(), column: name.clone(), word: word.clone() };
        let column = Column { holds: pools.holds(&word).ok_or_else(unknown)?, name: name.clone() };
        match tables.last_mut().filter(|last| last.name == table) {
            Some(last) => last.columns.push(column),
            None => tables.push(Table { name: table.clone(), columns: vec![column] }),
        }
    }
    Ok(tables)
}

/// What the store makes from the rows by itself, with every opening that finds it missing: totals and the index of words.
fn is_derived(table: &str) -> bool {
    table == "tally" || ["tally_", "search_"].iter().any(|beginning| table.starts_with(beginning))
}

/// One row as a line.
pub(crate) fn line(table: &Table, row: &QueryResult, out: &mut Vec<u8>) -> Result<(), StoreError> {
    let cells = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| cell(row, at, column.holds).map_err(|error| unreadable(table, column, &error)))
        .collect::<Result<Vec<_>, _>>()?;
    // Writing into memory does not fail, and neither does text made of text.
    let _ = serde_json::to_writer(&mut *out, &cells);
    out.push(b'\n');
    Ok(())
}

fn unreadable(table: &Table, column: &Column, error: &sea_orm::DbErr) -> StoreError {
    StoreError::Cell { table: table.name.clone(), column: column.name.clone(), reason: error.to_string() }
}

fn cell(row: &QueryResult, at: usize, holds: Holds) -> Result<Json, sea_orm::DbErr> {
    fn or_null<T>(value: Option<T>, json: impl FnOnce(T) -> Json) -> Json {
        value.map_or(Json::Null, json)
    }
    Ok(match holds {
        Holds::Text => or_null(row.try_get_by_index(at)?, Json::String),
        Holds::Int => or_null(row.try_get_by_index::<Option<i64>>(at)?, Json::from),
        // As text: shortest form that reads back to the same bits, infinities included.
        Holds::Real => or_null(row.try_get_by_index::<Option<f64>>(at)?, |real| Json::String(real.to_string())),
        Holds::Bool => or_null(row.try_get_by_index(at)?, Json::Bool),
        Holds::Date => or_null(row.try_get_by_index::<Option<NaiveDate>>(at)?, |day| Json::String(day.to_string())),
        Holds::Uuid => {
            or_null(row.try_get_by_index::<Option<Uuid>>(at)?, |id| Json::String(hex::encode(id.as_bytes())))
        }
        Holds::Bytes => or_null(row.try_get_by_index::<Option<Vec<u8>>>(at)?, |bytes| Json::String(hex::encode(bytes))),
    })
}

/// A line back as values to bind, by what the columns of this database hold.
pub(crate) fn values(table: &Table, line: &str) -> Result<Vec<Value>, BackupError> {
    let odd = || BackupError::Damaged(format!("a row of {}", table.name));
    let cells: Vec<Json> = serde_json::from_str(line).map_err(|_| odd())?;
    if cells.len() != table.columns.len() {
        return Err(odd());
    }
    table.columns.iter().zip(cells).map(|(column, json)| value(column.holds, json).ok_or_else(odd)).collect()
}

fn value(holds: Holds, json: Json) -> Option<Value> {
    let text = |json: &Json| json.as_str().map(str::to_owned);
    let bytes = |json: &Json| hex::decode(json.as_str()?).ok();
    let null = json.is_null();
    Some(match holds {
        Holds::Text if null => Option::<String>::None.into(),
        Holds::Int if null => Option::<i64>::None.into(),
        Holds::Real if null => Option::<f64>::None.into(),
        Holds::Bool if null => Option::<bool>::None.into(),
        Holds::Date if null => Option::<NaiveDate>::None.into(),
        Holds::Uuid if null => Option::<Uuid>::None.into(),
        Holds::Bytes if null => Option::<Vec<u8>>::None.into(),
        Holds::Text => match json {
            Json::String(text) => text.into(),
            _ => return None,
        },
        Holds::Int => json.as_i64()?.into(),
        Holds::Real => text(&json)?.parse::<f64>().ok()?.into(),
        Holds::Bool => json.as_bool()?.into(),
        Holds::Date => text(&json)?.parse::<NaiveDate>().ok()?.into(),
        Holds::Uuid => Uuid::from_slice(&bytes(&json)?).ok()?.into(),
        Holds::Bytes => bytes(&json)?.into(),
    })
}
