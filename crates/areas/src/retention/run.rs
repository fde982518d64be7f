//! Applying the terms: looking, and deleting.

use std::collections::HashMap;

use chrono::NaiveDate;
use engine::Cx;
use engine::files::{self, ATTACHMENT};
use kit::{Author, Cell, Change, Lang, Noun, Query, Refusal, Row, Scope, Test, dates};
use store::StoreError;

use super::record::DISPOSAL;
use super::terms::{Fate, TERMS, Term, cut_off};
use crate::organisation::record::CLASS;

/// What of a kind is past its term.
#[derive(Clone)]
pub struct Due {
    pub term: &'static Term,
    /// `24 month`, `permanent`
    pub length: String,
    pub basis: String,
    pub cutoff: Option<NaiveDate>,
    pub count: u64,
    pub oldest: Option<NaiveDate>,
}

impl Due {
    pub fn is_deleted(&self) -> bool {
        matches!(self.term.fate, Fate::Deleted(_) | Fate::Bytes(_))
    }
}

/// Looks at every kind; changes nothing.
pub async fn look(cx: &Cx) -> Result<Vec<Due>, StoreError> {
    let mut all = Vec::new();
    for term in TERMS {
        all.push(due(cx, term).await?);
    }
    Ok(all)
}

async fn due(cx: &Cx, term: &'static Term) -> Result<Due, StoreError> {
    let today = cx.today();
    let missing = || Refusal::new("norm.missing").with("key", term.norm).with("day", today);
    let norms = cx.app.norms();
    let norm = norms.on(term.norm, today).ok_or_else(missing)?;
    let cutoff = cut_off(norm, today);
    let length = if norm.unit == "month" { format!("{} month", norm.value) } else { norm.unit.clone() };
    let (count, oldest) = match cutoff {
        Some(day) => past(cx, term, day).await?,
        None => (0, None),
    };
    Ok(Due { term, length, basis: norm.basis.clone(), cutoff, count, oldest })
}

async fn past(cx: &Cx, term: &Term, day: NaiveDate) -> Result<(u64, Option<NaiveDate>), StoreError> {
    match term.fate {
        Fate::Deleted(log) => {
            let aged = cx.app.store.aged(log, dates::shanghai_start(day)).await?;
            Ok((aged.count, aged.oldest.map(dates::shanghai_date)))
        }
        Fate::Bytes(noun) => {
            let rows = cx.app.store.all(&ATTACHMENT, &attached(noun, day), &Scope::county()).await?;
            let oldest = rows.iter().filter_map(|row| row.get(&ATTACHMENT, "uploaded_at").int()).min();
            Ok((rows.len() as u64, oldest.map(dates::shanghai_date)))
        }
        Fate::Listed { noun, end, which } => {
            let query = which().filter(end, before(day));
            Ok(counted(&cx.app.store.group(noun, end, None, &query, cx.scope()).await?))
        }
        Fate::Held(noun) => held(cx, noun, day).await,
    }
}

fn before(day: NaiveDate) -> Test {
    Test::Between(None, Some(Cell::Date(day.pred_opt().unwrap_or(day))))
}

/// How many there are of these days together, and the first of them.
fn counted(days: &[(Cell, i64)]) -> (u64, Option<NaiveDate>) {
    let count = days.iter().map(|(_, count)| count.unsigned_abs()).sum();
    (count, days.iter().filter_map(|(day, _)| day.date()).min())
}

/// What has an end of its own, and what ended with its class: nobody writes that down for each pupil, because a pupil who goes on in another
/// class keeps it.
async fn held(cx: &Cx, noun: &Noun, day: NaiveDate) -> Result<(u64, Option<NaiveDate>), StoreError> {
    let store = &cx.app.store;
    let own = Query::new().filter("until_on", before(day));
    let mut days = store.group(noun, "until_on", None, &own, cx.scope()).await?;
    let classes = store.all(&CLASS, &Query::new().filter("ended_on", before(day)), cx.scope()).await?;
    let ended: HashMap<_, _> = classes.iter().map(|class| (class.id, class.get(&CLASS, "ended_on").clone())).collect();
    let ids: Vec<_> = ended.keys().copied().map(Cell::Id).collect();
    for ids in ids.chunks(10_000) {
        let query = Query::new().is("until_on", Cell::Null).filter("class", Test::OneOf(ids.to_vec()));
        let classes = store.group(noun, "class", None, &query, cx.scope()).await?;
        days.extend(classes.iter().filter_map(|(class, count)| Some((ended.get(&class.id()?)?.clone(), *count))));
    }
    Ok(counted(&days))
}

/// Deletes what is past its term, and records it: first the record, so that nothing is ever deleted in silence. Every kind gets its
/// line, also one of which there was nothing. Gives what was deleted.
pub async fn carry_out(cx: &Cx, step: &mut (dyn FnMut(u64) + Send)) -> Result<Vec<Due>, StoreError> {
    let mut deleted: Vec<Due> = look(cx).await?;
    deleted.retain(Due::is_deleted);
    let changes = deleted.iter().filter_map(|due| Some(Change::create(&DISPOSAL, "create", row(cx, due)?))).collect();
    cx.app.store.commit(Author { actor: None, at: cx.now, request: cx.request }, changes).await?;
    for due in &deleted {
        match (due.term.fate, due.cutoff) {
            (Fate::Deleted(log), Some(day)) => {
                cx.app.store.delete_aged(log, dates::shanghai_start(day), step).await?;
            }
            (Fate::Bytes(noun), Some(day)) => take_away(cx, noun, day, step).await?,
            _ => {}
        }
    }
    Ok(deleted)
}

/// What is attached to records of a noun, still there, and came before a day.
fn attached(noun: &Noun, day: NaiveDate) -> Query {
    let last = Cell::Int(dates::shanghai_start(day) - 1);
    Query::new()
        .filter("noun", Test::OneOf(vec![Cell::Text(noun.name.to_owned())]))
        .is("removed_at", Cell::Null)
        .filter("uploaded_at", Test::Between(None, Some(last)))
}

/// Takes attachments away as a person would: the row stays with the hash and the reason, and the bytes go where no other row needs them.
async fn take_away(cx: &Cx, noun: &Noun, day: NaiveDate, step: &mut (dyn FnMut(u64) + Send)) -> Result<(), StoreError> {
    let reason = cx.app.words.get(Lang::Zh, "retention.photo_gone").to_owned();
    let rows = cx.app.store.all(&ATTACHMENT, &attached(noun, day), &Scope::county()).await?;
    for chunk in rows.chunks(500) {
        let author = Author { actor: None, at: cx.now, request: cx.app.store.new_id(cx.now) };
        let changes = chunk.iter().map(|row| files::removed(row.clone(), author, &reason)).collect();
        cx.app.store.commit(author, changes).await?;
        if let Some(files) = &cx.app.files {
            files::keeping::let_go(&cx.app.store, files, chunk).await?;
        }
        step(chunk.len() as u64);
    }
    Ok(())
}

fn row(cx: &Cx, due: &Due) -> Option<Row> {
    let text = |text: &str| Cell::Text(text.to_owned());
    Some(
        Row::blank(&DISPOSAL, cx.app.store.new_id(cx.now))
            .with(&DISPOSAL, "kind", text(due.term.kind))
            .with(&DISPOSAL, "term", text(&due.length))
            .with(&DISPOSAL, "basis", text(&due.basis))
            .with(&DISPOSAL, "cutoff", Cell::Date(due.cutoff?))
            .with(&DISPOSAL, "count", Cell::Int(i64::try_from(due.count).ok()?))
            .with(&DISPOSAL, "oldest", due.oldest.map_or(Cell::Null, Cell::Date))
            .with(&DISPOSAL, "done_at", Cell::Int(cx.now)),
    )
}
