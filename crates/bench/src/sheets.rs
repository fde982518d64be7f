//! What a morning of roll-calls wrote, read back for the raw database, and how many bytes it takes.

use std::collections::HashMap;

use anyhow::Context;
use areas::attendance::record::{MARK, MISSING, SHEET};
use uuid::Uuid;

use crate::county::Database;
use crate::raw::{Raw, Table, Value};
use crate::report::Leg;

/// Tables that a sheet is written into.
const TABLES: [&str; 6] = ["sheet", "mark", "missing", "event", "message", "notice"];

/// The rows of one sheet, table by table.
pub type Rows = Vec<(Table, Vec<Vec<Value>>)>;

/// A row, and the sheet that it came with.
type Placed = (Uuid, Vec<Value>);

/// What a morning wrote.
pub struct Written {
    pub sheets: Vec<Vec<Value>>,
    parts: Vec<(Table, Vec<Placed>)>,
}

impl Written {
    pub async fn read(raw: &mut Raw, before: i64) -> anyhow::Result<Self> {
        let since = format!("select record from event where seq > {before}");
        let mut parts = Vec::new();
        // Marks have no event of their own: that of their sheet tells of them.
        for (noun, sheet) in [(&SHEET, "id"), (&MARK, "sheet"), (&MISSING, "sheet")] {
            let table = Table::of(noun);
            let rows = raw.rows(&table, &format!("where {sheet} in ({since})")).await?;
            parts.push((table, sheet, rows));
        }
        let events = Table::events();
        let rows = raw.rows(&events, &format!("where seq > {before} order by seq")).await?;
        let ids = |rows: &[Vec<Value>], record: usize, request: usize| {
            rows.iter().filter_map(|row| Some((id(row, record)?, id(row, request)?))).collect::<HashMap<_, _>>()
        };
        let requests = ids(&rows, 5, 7);
        parts.push((events, "record", rows));
        for table in [Table::messages(), Table::notices()] {
            let rows = raw.rows(&table, &format!("where record in ({since})")).await?;
            parts.push((table, "record", rows));
        }
        let sheets = parts.first().map(|(_, _, rows)| rows.clone()).unwrap_or_default();
        let of = |(table, sheet, rows): (Table, &str, Vec<Vec<Value>>)| {
            let column = table.columns.iter().position(|(name, _)| *name == sheet).unwrap_or(0);
            let place = |row: Vec<Value>| Some((*requests.get(&id(&row, column)?)?, row));
            (table, rows.into_iter().filter_map(place).collect())
        };
        Ok(Self { sheets, parts: parts.into_iter().map(of).collect() })
    }

    pub fn rows(&self) -> usize {
        self.parts.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// The rows of each sheet, table by table.
    pub fn apart(self) -> anyhow::Result<Vec<Rows>> {
        let mut apart: Vec<Rows> = Vec::new();
        let mut places = HashMap::new();
        for sheet in &self.sheets {
            places.insert(id(sheet, 0).context("a sheet without an id")?, apart.len());
            apart.push(self.parts.iter().map(|(table, _)| (table.clone(), Vec::new())).collect());
        }
        for (at, (_, rows)) in self.parts.into_iter().enumerate() {
            for (sheet, row) in rows {
                let place = places.get(&sheet).and_then(|place| apart.get_mut(*place)).and_then(|one| one.get_mut(at));
                place.context("a row without a sheet")?.1.push(row);
            }
        }
        Ok(apart)
    }
}

fn id(row: &[Value], at: usize) -> Option<Uuid> {
    match row.get(at)? {
        Value::Id(id) => *id,
        _ => None,
    }
}

/// Bytes of each table with its indexes.
pub async fn sizes(raw: &mut Raw, database: Database) -> anyhow::Result<HashMap<&'static str, i64>> {
    let mut sizes = HashMap::new();
    for table in TABLES {
        let text = match database {
            Database::Sqlite => format!(
                "select coalesce(sum(pgsize), 0) from dbstat where name in (select name from sqlite_master where tbl_name = '{table}')"
            ),
            Database::Postgres => format!("select pg_total_relation_size('{table}')"),
        };
        sizes.insert(table, raw.number(&text, &[]).await?);
    }
    Ok(sizes)
}

pub async fn told_sizes(
    raw: &mut Raw,
    database: Database,
    before: &HashMap<&'static str, i64>,
    count: usize,
    leg: &mut Leg,
) -> anyhow::Result<()> {
    let after = sizes(raw, database).await?;
    let count = i64::try_from(count)?;
    let of = |table: &str| (after.get(table).unwrap_or(&0) - before.get(table).unwrap_or(&0)) / count;
    let parts: Vec<_> = TABLES.iter().map(|table| format!("{table} {}", of(table))).collect();
    let all: i64 = TABLES.iter().take(4).map(|table| of(table)).sum();
    eprintln!("  {all} bytes a sheet without its messages: {}", parts.join(", "));
    leg.totals.insert("bytes a sheet".into(), TABLES.iter().map(|table| ((*table).to_owned(), of(table))).collect());
    Ok(())
}
