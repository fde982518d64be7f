//! What records said before: when a change takes back what one of certain fields said (a limit that was put off, a closing undone), all of them are
//! kept as they were, with the day from which they say something else. A list as of an earlier day ([`Query::as_of`]) asks these
//! instead; without them, a hazard that was closed in time and came back a year later would never have been closed.
//!
//! They follow from the history as the totals do, and are made anew from it. Rejected: to keep every version of every record, of
//! which hardly one in fifty ever takes anything back.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use kit::dates::shanghai_date;
use kit::query::Query;
use kit::{Author, Cell, Change, Field, Noun, Row, Scope};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait, Value};
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::history::said;
use crate::sql::{Sql, cell_of, value_of, where_clause};
use crate::tally::{note, type_of};

/// Events that are read at once.
const TOGETHER: u64 = 5_000;

/// The fields of a noun whose earlier values are kept.
pub(crate) struct Past {
    pub table: String,
    fields: Vec<&'static Field>,
}

/// What records said until a day, the day itself no longer.
type Lines = BTreeMap<(Uuid, NaiveDate), Vec<Cell>>;

impl Past {
    /// `None` where nothing is kept, as of nearly every noun.
    pub fn of(noun: &Noun) -> Option<Self> {
        let fields: Vec<_> = noun.fields.iter().filter(|field| field.past).collect();
        (!fields.is_empty()).then(|| Self { table: format!("tally_{}_past", noun.name), fields })
    }

    fn cells(&self, noun: &Noun, row: &Row) -> Vec<Cell> {
        self.fields.iter().map(|field| row.get(noun, field.name).clone()).collect()
    }

    pub fn said(&self) -> String {
        self.fields.iter().map(|field| field.name).collect::<Vec<_>>().join(" ")
    }

    fn columns(&self) -> String {
        self.fields.iter().fold("record, until_on".to_owned(), |text, field| text + ", \"" + field.name + "\"")
    }

    fn written(&self, lines: impl IntoIterator<Item = ((Uuid, NaiveDate), Vec<Cell>)>) -> Sql {
        let mut sql = Sql::new(format!("insert into \"{}\" ({}) ", self.table, self.columns()));
        let values = |((record, until), cells): ((Uuid, NaiveDate), Vec<Cell>)| {
            let cells = self.fields.iter().zip(cells).map(|(field, cell)| value_of(&field.kind, &cell));
            [Value::from(record), until.into()].into_iter().chain(cells).collect()
        };
        sql.bind_rows(lines.into_iter().map(values));
        // What was said in the morning of a day and taken back the same day was never said at the end of any.
        sql.push(" on conflict (record, until_on) do nothing");
        sql
    }

    /// The records as they stood at the end of a day, under the noun's own name.
    pub fn rows(&self, noun: &Noun, day: NaiveDate) -> String {
        self.joined(noun, day, "left join")
    }

    /// Only those of them that have taken something back since.
    fn changed(&self, noun: &Noun, day: NaiveDate) -> String {
        self.joined(noun, day, "join")
    }

    fn joined(&self, noun: &Noun, day: NaiveDate, join: &str) -> String {
        let kept = |field: &Field| self.fields.iter().any(|past| past.name == field.name);
        let column = |field: &Field| match (field.name, kept(field)) {
            (name, true) => {
                format!(", case when p.record is null then h.\"{name}\" else p.\"{name}\" end as \"{name}\"")
            }
            (name, false) => format!(", h.\"{name}\""),
        };
        let columns: String = noun.fields.iter().map(column).collect();
        let (name, table) = (noun.name, &self.table);
        format!(
            "(select h.\"id\", h.\"version\"{columns} from \"{name}\" as h {join} \
             (select * from \"{table}\" as one where until_on > '{day}' and not exists (select 1 from \"{table}\" as sooner \
             where sooner.record = one.record and sooner.until_on > '{day}' and sooner.until_on < one.until_on)) as p \
             on p.record = h.\"id\") as \"{name}\""
        )
    }

    /// Whether something that was said is said no longer, or otherwise.
    fn takes_back(&self, before: &[Cell], after: &[Cell]) -> bool {
        let said = |field: &Field, cell: &Cell| match cell {
            Cell::Null => false,
            Cell::Bool(set) => *set || field.past_unset,
            _ => true,
        };
        let mut each = self.fields.iter().zip(before).zip(after);
        each.any(|((field, before), after)| said(field, before) && before != after)
    }

    /// What the history says.
    async fn told(&self, conn: &impl ConnectionTrait, pools: &Pools, noun: &Noun) -> Result<Lines, StoreError> {
        let (mut now, mut lines): (HashMap<Uuid, Vec<Cell>>, _) = (HashMap::new(), Lines::new());
        let mut after = i64::MIN;
        loop {
            let mut sql = Sql::new("select seq, at, record, payload from event where seq > ");
            sql.bind(after).push(" and noun = ").bind(noun.name).push(&format!(" order by seq limit {TOGETHER}"));
            let events = conn.query_all_raw(sql.statement(pools.backend)).await?;
            let Some(last) = events.last() else { return Ok(lines) };
            after = last.try_get_by_index(0)?;
            for event in &events {
                let (at, record, payload): (_, Uuid, String) =
                    (event.try_get_by_index(1)?, event.try_get_by_index(2)?, event.try_get_by_index(3)?);
                let (_, set) = said(&payload);
                let cells = now.entry(record).or_insert_with(|| vec![Cell::Null; self.fields.len()]);
                let before = cells.clone();
                for (cell, field) in cells.iter_mut().zip(&self.fields) {
                    if let Some(cell_now) = set.get(field.name).and_then(|said| Cell::from_json(&field.kind, said)) {
                        *cell = cell_now;
                    }
                }
                if self.takes_back(&before, cells) {
                    lines.entry((record, shanghai_date(at))).or_insert(before);
                }
            }
        }
    }

    async fn kept(&self, conn: &impl ConnectionTrait, pools: &Pools) -> Result<Lines, StoreError> {
        let sql = Sql::new(format!("select {} from \"{}\"", self.columns(), self.table));
        let mut lines = Lines::new();
        for row in conn.query_all_raw(sql.statement(pools.backend)).await? {
            let cells = self.fields.iter().enumerate().map(|(at, field)| cell_of(&row, at + 2, &field.kind));
            lines.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), cells.collect::<Result<_, _>>()?);
        }
        Ok(lines)
    }

    /// How many records it says something else of than the history.
    pub async fn wrong(&self, conn: &impl ConnectionTrait, pools: &Pools, noun: &Noun) -> Result<usize, StoreError> {
        let (told, kept) = (self.told(conn, pools, noun).await?, self.kept(conn, pools).await?);
        let differs = told.iter().filter(|(key, cells)| kept.get(key) != Some(cells)).count();
        Ok(differs + kept.keys().filter(|key| !told.contains_key(key)).count())
    }

    /// Makes it from the history.
    pub async fn make(&self, tx: &DatabaseTransaction, pools: &Pools, noun: &Noun) -> Result<(), StoreError> {
        let table = &self.table;
        tx.execute_unprepared(&format!("drop table if exists \"{table}\"")).await?;
        let columns = self.fields.iter().map(|field| format!(", \"{}\" {}", field.name, type_of(&field.kind)));
        let made = format!(
            "create table \"{table}\" (record uuid not null, until_on date not null{}, primary key (record, until_on))",
            columns.collect::<String>()
        );
        tx.execute_unprepared(&pools.schema_text(&made)).await?;
        tx.execute_unprepared(&format!("create index \"{table}_until\" on \"{table}\" (until_on)")).await?;
        let lines: Vec<_> = self.told(tx, pools, noun).await?.into_iter().collect();
        for chunk in lines.chunks((pools.max_values() / (self.fields.len() + 2)).min(2_000)) {
            tx.execute_raw(self.written(chunk.iter().cloned()).statement(pools.backend)).await?;
        }
        Ok(())
    }
}

/// The statement that keeps what these changes take back; hardly any change takes anything back, and then there is none.
pub(crate) fn follow(noun: &Noun, authors: &[Author], changes: &[Change]) -> Option<Sql> {
    let past = Past::of(noun)?;
    let line = |(author, change): (&Author, &Change)| {
        let before = past.cells(noun, change.before.as_ref()?);
        let taken = past.takes_back(&before, &past.cells(noun, &change.after));
        taken.then(|| ((change.after.id, shanghai_date(author.at)), before))
    };
    let lines: Vec<_> = authors.iter().zip(changes).filter_map(line).collect();
    (!lines.is_empty()).then(|| past.written(lines))
}

/// How many rows match as of an earlier day: those that do so today, less those that have taken something back since, plus those of these that did
/// so then. Hardly one in fifty has taken anything back, and of the others a tally knows how many there are.
pub(crate) fn total(noun: &Noun, query: &Query, scope: &Scope, today: impl Fn(&Query) -> Sql) -> Option<Sql> {
    let (day, past) = query.as_of.zip(Past::of(noun))?;
    let plain = Query { as_of: None, ..query.clone() };
    let mut sql = Sql::new("select (");
    sql.push_sql(today(&plain)).push(&format!(") - (select count(*) from \"{}\"", noun.name));
    where_clause(&mut sql, noun, &plain, scope);
    sql.push(&format!(" and \"id\" in (select record from \"{}\" where until_on > '{day}'))", past.table));
    sql.push(&format!(" + (select count(*) from {}", past.changed(noun, day)));
    where_clause(&mut sql, noun, &plain, scope);
    sql.push(")");
    Some(sql)
}

/// Where the rows of a question stand: the noun's table, or the same as of an earlier day.
pub(crate) fn source(noun: &Noun, query: &Query) -> String {
    let past = query.as_of.and_then(|day| Some(Past::of(noun)?.rows(noun, day)));
    past.unwrap_or_else(|| format!("\"{}\"", noun.name))
}

/// Sees to it that each is there; `known` says of which fields those are that are.
pub(crate) async fn raise(
    pools: &Pools,
    nouns: &[&'static Noun],
    known: &HashMap<String, String>,
) -> Result<(), StoreError> {
    let named = nouns.iter().filter_map(|noun| Some((noun, Past::of(noun)?)));
    for (noun, past) in named.filter(|(_, past)| known.get(&past.table) != Some(&past.said())) {
        let tx = pools.write.begin().await?;
        past.make(&tx, pools, noun).await?;
        note(&tx, pools, &past.table, past.said()).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_for_the_first_time_takes_nothing_back() {
        static FIELDS: [Field; 4] = [
            Field::date("due_on").past(),
            Field::date("closed_on").past(),
            Field::bool("on_the_spot").past(),
            Field::bool("boarder").past_unset(),
        ];
        let past = Past { table: String::new(), fields: FIELDS.iter().collect() };
        let day = |text: &str| text.parse().map_or(Cell::Null, Cell::Date);
        let row = |due, closed, spot, boarder| [day(due), day(closed), Cell::Bool(spot), Cell::Bool(boarder)];
        for (before, after, expected) in [
            (row("", "", false, false), row("2021-03-01", "", false, false), false),
            (row("2021-03-01", "", false, false), row("2021-03-01", "2021-02-20", false, false), false),
            (row("2021-03-01", "", false, false), row("2021-03-08", "", false, false), true),
            (row("2021-03-01", "2021-02-20", false, false), row("2021-03-01", "", false, false), true),
            // A flag that was not set has said nothing, unless that says something by itself.
            (row("", "", false, false), row("", "", true, false), false),
            (row("", "", true, false), row("", "", false, false), true),
            (row("", "", false, false), row("", "", false, true), true),
            (row("", "", false, true), row("", "", false, false), true),
        ] {
            assert_eq!(past.takes_back(&before, &after), expected, "{before:?} {after:?}");
        }
    }
}
