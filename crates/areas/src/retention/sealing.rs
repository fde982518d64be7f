//! The end of the log of readings as a record of the history: what is cut off from the log, or written anew, contradicts it.

use kit::{Author, Cell, Change, Field, Noun, Query, Row, Scope, ScopeBy, Test, dates};
use store::{Last, Store, StoreError, Torn};

use super::record::DISPOSAL;

/// 查看记录封存: up to which line the log of who read what had come on a day.
pub static READING_DAY: Noun = Noun {
    name: "reading_day",
    plural: "reading-days",
    fields: &[
        Field::date("day").required().fixed().list().sort(),
        // The last line of the log, counted from the first that was ever written, and its SHA-256.
        Field::int("last", 1, 1 << 53).required().fixed().list().sort(),
        Field::text("hash", 64).required().fixed().list(),
        Field::moment("sealed_at").required().fixed().list(),
        // How few lines without a place the log has ever had: those from before it was chained. Nothing writes one any more, so there are never more.
        Field { hidden: true, ..Field::int("unplaced", 0, 1 << 53).fixed() },
    ],
    // It names nobody: whoever may read the list may read all of it.
    scope: ScopeBy::EVERYONE,
    title: &["day"],
    subject: None,
    order: "-day",
    tallies: &[],
};

/// Puts the end of the log into the history if it has grown beyond `known`; answers how far it is sealed. A log that has become shorter than what
/// was sealed, or holds another line where a day's seal is to be put off, is left as it is, for `anxiao verify` to name.
pub async fn seal(store: &Store, now: i64, known: i64) -> Result<i64, StoreError> {
    let last = store.last_reading().await?;
    if last.seq <= known {
        return Ok(known);
    }
    let newest = Query { sort: Some("last"), descending: true, limit: 1, ..Query::new() };
    let newest = store.list(&READING_DAY, &newest, &Scope::county()).await?.rows.into_iter().next();
    let end = newest.as_ref().and_then(end_of);
    let sealed = end.map_or(0, |end| end.seq);
    let known_unplaced = newest.as_ref().and_then(unplaced_in);
    if last.seq <= sealed {
        return Ok(sealed);
    }
    let day = dates::shanghai_date(now);
    // A clock that was put back goes on with the newest day: each has one row.
    let open = newest.filter(|row| row.get(&READING_DAY, "day").date() >= Some(day));
    if let Some(end) = end.filter(|_| open.is_some())
        && !store.has_reading(end).await?
    {
        tracing::error!("the log of readings is not what was sealed of it today; `anxiao verify` says more");
        return Ok(sealed);
    }
    let unplaced = store.unplaced_readings().await?;
    // Sealed again, a day goes on saying what was least: whoever put lines in since does not become part of it.
    let unplaced = known_unplaced.map_or(unplaced, |least| least.min(unplaced));
    let end = |row| written(row, last, unplaced, now);
    let author = Author { actor: None, at: now, request: store.new_id(now) };
    let change = if let Some(row) = open {
        Change::update(&READING_DAY, "seal", row.clone(), end(row))
    } else {
        let row = Row::blank(&READING_DAY, store.new_id(now)).with(&READING_DAY, "day", Cell::Date(day));
        Change::create(&READING_DAY, "create", end(row))
    };
    store.commit(author, vec![change]).await?;
    Ok(last.seq)
}

fn written(row: Row, last: Last, unplaced: i64, now: i64) -> Row {
    row.with(&READING_DAY, "last", Cell::Int(last.seq))
        .with(&READING_DAY, "hash", Cell::Text(hex::encode(last.hash)))
        .with(&READING_DAY, "unplaced", Cell::Int(unplaced))
        .with(&READING_DAY, "sealed_at", Cell::Int(now))
}

/// Holds the log beside what the history says of it: where it ended day by day, and how much was deleted by its term.
pub async fn prove(store: &Store) -> Result<Vec<Torn>, StoreError> {
    let days = store.all(&READING_DAY, &Query::new(), &Scope::county()).await?;
    let mut sealed: Vec<Last> = days.iter().filter_map(end_of).collect();
    sealed.sort_unstable_by_key(|last| last.seq);
    let mut query = Query::new().filter("kind", Test::OneOf(vec![Cell::Text("reading".to_owned())]));
    // What went before the first of these days was none of the chain.
    if let Some(first) = days.iter().filter_map(|row| row.get(&READING_DAY, "day").date()).min() {
        query = query.filter("done_at", Test::Between(Some(Cell::Int(dates::shanghai_start(first))), None));
    }
    let unplaced = days.iter().filter_map(unplaced_in).min();
    let deleted = async { store.sum(&DISPOSAL, "count", &query, &Scope::county()).await.map(i64::unsigned_abs) };
    store.prove_readings(&sealed, unplaced, deleted).await
}

fn unplaced_in(row: &Row) -> Option<i64> {
    row.get(&READING_DAY, "unplaced").int()
}

/// A hash that is none agrees with no line.
fn end_of(row: &Row) -> Option<Last> {
    let mut hash = [0; 32];
    let _ = hex::decode_to_slice(row.get(&READING_DAY, "hash").text().unwrap_or_default(), &mut hash);
    Some(Last { seq: row.get(&READING_DAY, "last").int()?, hash })
}
