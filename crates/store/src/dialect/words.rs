//! The index of words, in each database's own way.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr};

use super::Pools;
use crate::error::StoreError;
use crate::sql::Sql;

/// SQLite's index holds no text of its own. What is deleted leaves it at once, not when its pages are merged: an erased name must not stay behind in it.
const TABLE: &str = "
create virtual table search_words using fts5(words, record unindexed, content='search_entry', content_rowid='doc', tokenize=\"ascii tokenchars '_'\", detail=none);
insert into search_words(search_words, rank) values ('secure-delete', 1);";

/// It follows the entries by triggers.
const FOLLOWS: &str = "
create trigger search_entry_new after insert on search_entry begin
  insert into search_words(rowid, words, record) values (new.doc, new.words, new.record);
end;
create trigger search_entry_changed after update on search_entry begin
  insert into search_words(search_words, rowid, words, record) values ('delete', old.doc, old.words, old.record);
  insert into search_words(rowid, words, record) values (new.doc, new.words, new.record);
end;
create trigger search_entry_gone after delete on search_entry begin
  insert into search_words(search_words, rowid, words, record) values ('delete', old.doc, old.words, old.record);
end";

/// PostgreSQL's, without a list of pending words, which every question would have to walk through.
const INDEX: &str = "
create index search_entry_words on search_entry using gin (array_to_tsvector(string_to_array(words, ' '))) with (fastupdate = off)";

/// What answers is fetched once and before all else: the planner guesses how many there are, and must not look for them row by row of another table.
const QUESTION: &str = "
create function search_words(question text) returns table (record uuid) language sql stable as $$
  with answer as materialized (
    select entry.record from search_entry entry where array_to_tsvector(string_to_array(entry.words, ' '))
      @@ cast(replace(replace(replace(question, ' AND ', ' & '), ' OR ', ' | '), '*', ':*') as tsquery))
  select answer.record from answer
$$";

const REBUILD: &str = "insert into search_words(search_words) values ('rebuild')";

/// Indexes that hold no rule, and how each is made.
const INDEXES: &str = "
select of_index.relname::text, pg_get_indexdef(of_index.oid) from pg_index
  join pg_class of_index on of_index.oid = pg_index.indexrelid
  where of_index.relnamespace = to_regnamespace(quote_ident(current_schema())) and not pg_index.indisunique order by 1";

impl Pools {
    /// The index behind `search_words('…')`, which gives the records whose entry answers a question. Both databases take the
    /// words as they are and cut nothing; a question is written as SQLite's reads it, and PostgreSQL's signs are put in.
    pub(super) fn words_schema(&self) -> String {
        match self.backend {
            DbBackend::Sqlite => format!("{TABLE}{FOLLOWS}"),
            _ => format!("{INDEX};{QUESTION}"),
        }
    }

    /// Entries go without their index until [`words_again`](Self::words_again): what is found by one word of thousands of entries is written once then, not once for
    /// each of them. Nothing may be asked meanwhile.
    pub async fn words_apart(&self, on: &impl ConnectionTrait) -> Result<(), StoreError> {
        let apart = match self.backend {
            DbBackend::Sqlite => {
                "drop trigger search_entry_new; drop trigger search_entry_changed; drop trigger search_entry_gone"
            }
            _ => "drop index search_entry_words",
        };
        on.execute_unprepared(apart).await?;
        Ok(())
    }

    /// Makes the index of what is there; from now on it follows again.
    pub async fn words_again(&self, on: &impl ConnectionTrait) -> Result<(), StoreError> {
        let again = match self.backend {
            DbBackend::Sqlite => format!("{REBUILD};{FOLLOWS}"),
            _ => INDEX.to_owned(),
        };
        on.execute_unprepared(&again).await?;
        Ok(())
    }

    /// Puts apart, beside the index of words, the indexes by which only readers find anything; answers how they are made again. SQLite's are as
    /// fast kept as made again.
    pub async fn indexes_apart(&self) -> Result<Vec<String>, StoreError> {
        self.words_apart(&self.write).await?;
        if self.backend == DbBackend::Sqlite {
            return Ok(Vec::new());
        }
        let mut again = Vec::new();
        for row in self.write.query_all_raw(Sql::new(INDEXES).statement(self.backend)).await? {
            let (name, made): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            self.write.execute_unprepared(&format!("drop index \"{name}\"")).await?;
            again.push(made);
        }
        Ok(again)
    }

    /// Makes what [`indexes_apart`](Self::indexes_apart) put apart, and lets the planner learn what is there. The index of words takes as long as all the rest: on
    /// PostgreSQL it is made beside the others.
    pub async fn indexes_again(&self, again: &[String]) -> Result<(), StoreError> {
        if self.backend == DbBackend::Sqlite {
            self.words_again(&self.write).await?;
            self.write.execute_unprepared("analyze").await?;
            return Ok(());
        }
        let others = async {
            for made in again {
                self.write.execute_unprepared(made).await?;
            }
            self.write.execute_unprepared("analyze (skip_locked)").await?;
            Ok(())
        };
        tokio::try_join!(self.words_again(&self.long), others)?;
        self.write.execute_unprepared("analyze search_entry").await?;
        Ok(())
    }

    /// Statements that make the index of words anew from the entries, and that fail with [`Pools::says_unlike`] when it is not
    /// what they say. PostgreSQL's is the database's own and needs neither.
    pub fn words_care(&self) -> Option<(&'static str, &'static str)> {
        (self.backend == DbBackend::Sqlite)
            .then_some((REBUILD, "insert into search_words(search_words, rank) values ('integrity-check', 1)"))
    }

    /// `SQLITE_CORRUPT_VTAB`: the index and its entries disagree.
    pub fn says_unlike(error: &DbErr) -> bool {
        let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error else {
            return false;
        };
        error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("267"))
    }
}
