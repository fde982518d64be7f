//! The index of words, in each database's own way.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, RuntimeErr};

use super::Pools;
use crate::error::StoreError;

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
    pub async fn words_apart(&self) -> Result<(), StoreError> {
        let apart = match self.backend {
            DbBackend::Sqlite => {
                "drop trigger search_entry_new; drop trigger search_entry_changed; drop trigger search_entry_gone"
            }
            _ => "drop index search_entry_words",
        };
        self.write.execute_unprepared(apart).await?;
        Ok(())
    }

    /// Makes the index of what is there; from now on it follows again.
    pub async fn words_again(&self) -> Result<(), StoreError> {
        let again = match self.backend {
            DbBackend::Sqlite => format!("{REBUILD};{FOLLOWS}"),
            _ => INDEX.to_owned(),
        };
        self.write.execute_unprepared(&again).await?;
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
