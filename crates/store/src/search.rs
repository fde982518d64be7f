//! 检索: the index of words. One entry for each record that can be searched, written in the transaction of its row; what the
//! words are is `kit::tokens`' business. The list, the interface and the search over everything ask it alike.

use std::collections::HashMap;

use kit::query::Query;
use kit::{Change, Noun, Row, Scope, tokens};
use sea_orm::{ConnectionTrait, DatabaseTransaction, TransactionTrait};
use uuid::Uuid;

use crate::dialect::Pools;
use crate::error::StoreError;
use crate::migrate::Migration;
use crate::page::Order;
use crate::past::source;
use crate::sql::{Sql, columns, where_clause};
use crate::store::Store;

/// Entries, and how their words were made. The last line is [`crate::dialect::WORDS`].
pub(crate) const SEARCH: Migration = Migration {
    name: "0010_search",
    sql: "
create table search_entry (doc serial, noun text not null, record uuid not null, words text not null);
create unique index search_entry_record on search_entry (record);
create table search_recipe (id bigint primary key, recipe text not null);
create words search_words on search_entry",
};

/// With more answers than this, the first of them are found sooner by walking through the list in its order than by fetching
/// all and sorting them.
const COMMON: i64 = 5_000;

/// What a search found in one noun.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The first of them; those of which a value is exactly what was typed stand before all others.
    pub rows: Vec<Row>,
    /// How many of these rows are so.
    pub exact: usize,
    /// Exactly how many there are.
    pub total: i64,
}

/// ` and "id" in (…)`: what answers a question; nothing does where there is none.
pub(crate) fn clause(sql: &mut Sql, question: Option<String>) {
    match question {
        Some(question) => {
            sql.push(" and \"id\" in (select record from search_words(").bind(question).push("))");
        }
        None => {
            sql.push(" and 1 = 0");
        }
    }
}

/// The same row by row, for a list that is walked through until enough of it answers.
fn walked(sql: &mut Sql, noun: &Noun, question: &str) {
    for part in question.split(" AND ") {
        let (word, rest) = part.strip_suffix('*').map_or((part, " %"), |word| (word, "%"));
        let pattern = format!("% {}{rest}", word.replace('_', "\\_"));
        let words = format!("(select ' ' || words || ' ' from search_entry where record = \"{}\".\"id\")", noun.name);
        sql.push(" and ").push(&words).push(" like ").bind(pattern).push(" escape '\\'");
    }
}

/// The number of all that answer, for whom scope and filters take nothing away: the index knows it without the rows.
pub(crate) fn count(noun: &Noun, query: &Query, scope: &Scope) -> Option<Sql> {
    let whole = (scope.all || noun.scope.everyone) && query.filters.is_empty();
    let question = tokens::question(noun, query.search.as_deref().filter(|_| whole)?, scope)?;
    let mut sql = Sql::new("select count(*) from search_words(");
    sql.bind(question).push(")");
    Some(sql)
}

fn searched(noun: &Noun) -> bool {
    tokens::fields(noun).next().is_some()
}

/// The statement that writes the entries of changed rows. Most changes (a move of a hazard) touch no word, and then there is none.
pub(crate) fn follow(noun: &Noun, changes: &[Change], rows: &[Row]) -> Option<Sql> {
    if !searched(noun) {
        return None;
    }
    let entries = changes.iter().zip(rows).filter_map(|(change, row)| {
        let words = tokens::entry(noun, row);
        let same = change.before.as_ref().is_some_and(|before| tokens::entry(noun, before) == words);
        (!same).then_some((row.id, words))
    });
    written(noun, entries.collect())
}

fn written(noun: &Noun, entries: Vec<(Uuid, String)>) -> Option<Sql> {
    if entries.is_empty() {
        return None;
    }
    let mut sql = Sql::new("insert into search_entry (noun, record, words) ");
    let values = |(record, words): (Uuid, String)| vec![noun.name.into(), record.into(), words.into()];
    sql.bind_rows(entries.into_iter().map(values));
    sql.push(" on conflict (record) do update set words = excluded.words where search_entry.words <> excluded.words");
    Some(sql)
}

impl Store {
    /// The first few records of a noun that answer a question, and how many there are.
    pub async fn found(&self, noun: &Noun, query: &Query, scope: &Scope) -> Result<Found, StoreError> {
        let typed = query.search.as_deref().unwrap_or_default();
        let total = self.count(noun, query, scope).await?;
        if total == 0 {
            return Ok(Found::default());
        }
        let mut rows = self.first(noun, query, scope, |sql| clause(sql, tokens::exactly(noun, typed, scope))).await?;
        let exact = rows.len();
        let most = usize::try_from(query.limit).unwrap_or(usize::MAX);
        if exact < most {
            // Whose the records are is left to the scope of the statement where each row is looked at anyway.
            let common = tokens::question(noun, typed, &Scope::county()).filter(|_| total > COMMON);
            let rest = self.first(noun, query, scope, |sql| match &common {
                Some(question) => walked(sql, noun, question),
                None => clause(sql, tokens::question(noun, typed, scope)),
            });
            let rest = rest.await?.into_iter().filter(|row| rows.iter().all(|exact| exact.id != row.id));
            let rest: Vec<_> = rest.collect();
            rows.extend(rest);
            rows.truncate(most);
        }
        Ok(Found { rows, exact, total })
    }

    /// The first rows in the order of the list that also fulfil a condition.
    async fn first(
        &self,
        noun: &Noun,
        query: &Query,
        scope: &Scope,
        condition: impl FnOnce(&mut Sql),
    ) -> Result<Vec<Row>, StoreError> {
        let order = Order::of(noun, query);
        let mut sql = Sql::new(format!("select {} from {}", columns(noun), source(noun, query)));
        where_clause(&mut sql, noun, &Query { search: None, ..query.clone() }, scope);
        condition(&mut sql);
        sql.push(&order.ending(query.limit));
        self.rows(noun, sql).await
    }

    /// After opening: an index that is new, or whose words are made otherwise today, is filled.
    pub(crate) async fn keep_search(&self) -> Result<(), StoreError> {
        let sql = Sql::new("select recipe from search_recipe where id = 1");
        let row = self.pools.one(sql).await?;
        let made = row.map(|row| row.try_get_by_index::<String>(0)).transpose()?;
        if made.is_none_or(|made| made != tokens::recipe(&self.nouns)) {
            let written = self.refilled(true).await?;
            tracing::info!(written, "the index of words was made anew");
        }
        Ok(())
    }

    /// Makes every entry anew, in one transaction; answers how many records there are in the index.
    pub async fn refill_search(&self) -> Result<u64, StoreError> {
        self.refilled(false).await
    }

    /// With nobody there who could ask meanwhile, the index is made once, of all entries.
    async fn refilled(&self, unasked: bool) -> Result<u64, StoreError> {
        let tx = self.pools.write.begin().await?;
        // An update first: it takes the write lock, so that no row changes while all are read.
        tx.execute_raw(Sql::new("update chain set seq = seq where id = 1").statement(self.pools.backend)).await?;
        if unasked {
            self.pools.words_apart(&tx).await?;
        } else if let Some((rebuild, _)) = self.pools.words_care() {
            tx.execute_unprepared(rebuild).await?;
        }
        let mut count = 0;
        let nouns = self.nouns.iter().filter(|noun| searched(noun));
        for noun in nouns.clone() {
            let mut place = None;
            loop {
                let rows = self.by_id(&self.pools.read, noun, place).await?;
                let Some(last) = rows.last() else { break };
                place = Some(last.id);
                count += rows.len() as u64;
                let entries = rows.iter().map(|row| (row.id, tokens::entry(noun, row))).collect();
                if let Some(sql) = written(noun, entries) {
                    tx.execute_raw(sql.statement(self.pools.backend)).await?;
                }
            }
            let sql = format!(
                "delete from search_entry where noun = '{0}' and record not in (select id from \"{0}\")",
                noun.name
            );
            tx.execute_raw(Sql::new(sql).statement(self.pools.backend)).await?;
        }
        let mut sql = Sql::new("delete from search_entry where noun not in ");
        sql.bind_list(nouns.map(|noun| noun.name));
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        let mut sql = Sql::new("insert into search_recipe (id, recipe) values (1, ");
        sql.bind(tokens::recipe(&self.nouns)).push(") on conflict (id) do update set recipe = excluded.recipe");
        tx.execute_raw(sql.statement(self.pools.backend)).await?;
        if unasked {
            self.pools.words_again(&tx).await?;
        }
        tx.commit().await?;
        Ok(count)
    }

    /// Compares the index with the rows as they are at one moment: how many entries are missing, too many, or say something else. 0 is well.
    pub async fn check_search(&self) -> Result<u64, StoreError> {
        let tx = self.pools.snapshot().await?;
        let (mut wrong, mut seen) = (0, 0);
        for noun in self.nouns.iter().filter(|noun| searched(noun)) {
            let mut place = None;
            loop {
                let rows = self.by_id(&tx, noun, place).await?;
                let Some(last) = rows.last() else { break };
                place = Some(last.id);
                let mut entries = self.entries(&tx, noun, &rows).await?;
                seen += entries.len() as u64;
                let differs =
                    |row: &&Row| entries.remove(&row.id).is_none_or(|words| words != tokens::entry(noun, row));
                wrong += rows.iter().filter(differs).count() as u64;
            }
        }
        let sql = Sql::new("select count(*) from search_entry");
        let row = tx.query_one_raw(sql.statement(self.pools.backend)).await?;
        let all = row.map_or(Ok(0), |row| row.try_get_by_index::<i64>(0))?;
        tx.rollback().await?;
        Ok(wrong + all.unsigned_abs().saturating_sub(seen) + u64::from(!self.words_agree().await?))
    }

    async fn entries(
        &self,
        tx: &DatabaseTransaction,
        noun: &Noun,
        rows: &[Row],
    ) -> Result<HashMap<Uuid, String>, StoreError> {
        let mut sql = Sql::new("select record, words from search_entry where noun = ");
        sql.bind(noun.name).push(" and record in ").bind_ids(rows.iter().map(|row| row.id));
        let found = tx.query_all_raw(sql.statement(self.pools.backend)).await?;
        found.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }

    /// Whether the index behind the entries is what they say.
    async fn words_agree(&self) -> Result<bool, StoreError> {
        let Some((_, check)) = self.pools.words_care() else { return Ok(true) };
        match self.pools.write.execute_unprepared(check).await {
            Ok(_) => Ok(true),
            Err(error) if Pools::says_unlike(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_asks_each_row_for_the_same_words() {
        static NOUN: Noun = Noun {
            name: "a_b",
            plural: "a-bs",
            fields: &[],
            scope: kit::ScopeBy::EVERYONE,
            title: &[],
            subject: None,
            order: "id",
            tallies: &[],
        };
        let mut sql = Sql::default();
        walked(&mut sql, &NOUN, "a_b：食堂 AND a_b：zh*");
        let patterns = [r"% a\_b：食堂 %", r"% a\_b：zh%"].map(|text| sea_orm::Value::from(text.to_owned()));
        assert_eq!(sql.values, patterns);
        assert_eq!(sql.text.matches(" like $").count(), 2);
    }
}
