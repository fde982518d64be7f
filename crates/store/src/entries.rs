//! What people entered, from the history: who, when, what, and since when the form stood open.

use std::collections::HashSet;

use uuid::Uuid;

use crate::error::StoreError;
use crate::sql::Sql;
use crate::store::Store;

/// The newest events that are looked at: a month of a whole county, and a bound for whoever asks for a year.
const MOST: u64 = 200_000;

/// One thing that somebody did: a form that was sent, whatever it entailed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds UTC.
    pub at: i64,
    pub actor: Uuid,
    pub noun: String,
    pub verb: String,
    pub request: Uuid,
}

impl Store {
    /// What accounts did from a moment on and before another, in the order of the history; what a request entailed beside its own first
    /// event is left out. Files of many rows are no forms, and left out too.
    pub async fn entered(&self, from: i64, until: i64) -> Result<Vec<Entry>, StoreError> {
        let mut sql = Sql::new(format!(
            "select at, actor, noun, verb, request from event \
             where seq > (select coalesce(max(seq), 0) - {MOST} from event) and actor is not null and verb <> 'import' and at >= "
        ));
        sql.bind(from).push(" and at < ").bind(until).push(" order by seq");
        let rows = self.pools.all(sql).await?;
        let mut entries: Vec<Entry> = Vec::with_capacity(rows.len());
        let mut seen = HashSet::new();
        for row in rows {
            let request: Uuid = row.try_get_by_index(4)?;
            // Requests that were written together stand mingled, alike beside alike: the events of one need not be side by side.
            if !seen.insert(request) {
                continue;
            }
            entries.push(Entry {
                at: row.try_get_by_index(0)?,
                actor: row.try_get_by_index(1)?,
                noun: row.try_get_by_index(2)?,
                verb: row.try_get_by_index(3)?,
                request,
            });
        }
        Ok(entries)
    }
}
