//! Freezing: the numbers of a report at one moment, with a hash that anyone can compute again.

use chrono::NaiveDate;
use engine::Cx;
use engine::save::Refused;
use kit::dates::Period;
use kit::{Author, Cell, Change, Lang, Query, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::numbers::{Number, Numbers, gather, hash};
use super::record::SNAPSHOT;
use super::{compose, last_day, render};

/// Takes a snapshot of a year's report. The same request sent twice takes one, and so does whoever asks again while nothing has changed.
pub async fn freeze(cx: &Cx, year: i32, cutoff: NaiveDate) -> Result<Row, Refused> {
    if !cx.may("report", "freeze") {
        return Err(Refused::Forbidden);
    }
    let cutoff = last_day(cx, year, Some(cutoff))?;
    // What was sent twice is what the first one took, whatever has changed in between.
    if cx.app.store.carried_out(cx.request).await? {
        return cx.app.store.find(&SNAPSHOT, own_id(cx), cx.scope()).await?.ok_or(Refused::Missing);
    }
    let numbers = settled(cx, year, cutoff).await?;
    let row = snapshot(cx, &numbers)?;
    if let Some(newest) = same_as_newest(cx, &row).await? {
        return Ok(newest);
    }
    let author = Author { actor: account(cx), at: cx.now, request: cx.request };
    cx.app.store.commit(author, vec![Change::create(&SNAPSHOT, "freeze", row.clone())]).await?;
    Ok(row)
}

/// The newest snapshot of the year, where it says the same up to the same day: it would only stand there twice.
async fn same_as_newest(cx: &Cx, row: &Row) -> Result<Option<Row>, StoreError> {
    let of_year = Query::new().is("period", row.get(&SNAPSHOT, "period").clone()).limit(1);
    let newest = cx.app.store.list(&SNAPSHOT, &of_year, cx.scope()).await?.rows.into_iter().next();
    let same = |field: &str, old: &Row| old.get(&SNAPSHOT, field) == row.get(&SNAPSHOT, field);
    Ok(newest.filter(|old| same("cutoff", old) && same("hash", old)))
}

/// The snapshot of a request.
fn own_id(cx: &Cx) -> Uuid {
    Uuid::new_v5(&cx.request, b"report")
}

/// The account that asks; the program itself has none.
fn account(cx: &Cx) -> Option<Uuid> {
    Some(cx.actor.account).filter(|account| !account.is_nil())
}

/// Numbers of one moment. The figures are many statements, so they are read until two readings agree: then nothing that they
/// count changed between them.
async fn settled(cx: &Cx, year: i32, cutoff: NaiveDate) -> Result<Numbers, Refused> {
    let mut numbers = gather(cx, year, cutoff).await?;
    for _ in 0..4 {
        let again = gather(cx, year, cutoff).await?;
        if again == numbers {
            return Ok(numbers);
        }
        numbers = again;
    }
    Err(Refusal::new("report.moving").into())
}

fn snapshot(cx: &Cx, numbers: &Numbers) -> Result<Row, Refused> {
    let canonical = numbers.canonical().map_err(|error| Refusal::new("record.unreadable").with("reason", error))?;
    let text = |text: String| Cell::Text(text);
    // The official text is in simplified Chinese whoever freezes it.
    let prose = render::markdown(&compose::year(&cx.app.words, Lang::Zh, numbers));
    Ok(Row::blank(&SNAPSHOT, own_id(cx))
        .with(&SNAPSHOT, "kind", text("year".to_owned()))
        .with(&SNAPSHOT, "period", text(Period::Year(numbers.year).to_string()))
        .with(&SNAPSHOT, "cutoff", Cell::Date(numbers.cutoff))
        .with(&SNAPSHOT, "taken_at", Cell::Int(cx.now))
        .with(&SNAPSHOT, "taken_by", account(cx).map_or(Cell::Null, Cell::Id))
        .with(&SNAPSHOT, "compared", text(Period::Year(numbers.year - 1).to_string()))
        .with(&SNAPSHOT, "hash", text(hash(&canonical)))
        .with(&SNAPSHOT, "figures", text(canonical))
        .with(&SNAPSHOT, "prose", text(prose)))
}

/// The numbers of a snapshot; refused when its hash is not that of its figures.
pub fn numbers(row: &Row) -> Result<Numbers, Refusal> {
    let text = |field| row.get(&SNAPSHOT, field).text().unwrap_or_default();
    if hash(text("figures")) != text("hash") {
        return Err(Refusal::new("report.hash"));
    }
    serde_json::from_str(text("figures")).map_err(|error| Refusal::new("record.unreadable").with("reason", error))
}

/// A figure that is no longer what it was when the report was frozen.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    pub id: String,
    /// Of the year that the report compares with.
    pub before: bool,
    pub frozen: i64,
    pub current: i64,
    /// Both as shares of their wholes, where the value is the same and only the whole is another.
    pub shares: Option<(i64, i64)>,
}

/// The schools with months without a return, among the numbers that a report says; its word stands under `figure.<id>`.
pub const WITHOUT_RETURN: &str = "report.without_return";

/// What differs when the same year is counted again up to the same cut-off: rows that came late, were corrected, or a formula that changed.
pub fn differences(frozen: &Numbers, current: &Numbers) -> Vec<Difference> {
    let pairs = [(false, &frozen.figures, &current.figures), (true, &frozen.before, &current.before)];
    let mut differences = Vec::new();
    for (before, old, new) in pairs {
        for (id, number) in old {
            let now = new.get(id);
            // Another version of a formula that counts the same changes nothing.
            let same = |now: &Number| {
                (now.value, now.denominator, now.small) == (number.value, number.denominator, number.small)
            };
            // Of reports that were frozen when the middle of nothing was written down as nought.
            let nothing = now.is_none() && number.value == 0 && !number.small;
            if !nothing && !now.is_some_and(same) {
                let current = now.map_or(0, |now: &Number| now.value);
                let shares = number.share().zip(now.and_then(Number::share)).filter(|_| number.value == current);
                differences.push(Difference { id: id.clone(), before, frozen: number.value, current, shares });
            }
        }
    }
    if let Some((then, now)) = frozen.returns.as_ref().zip(current.returns.as_ref())
        && then.missing != now.missing
    {
        let id = WITHOUT_RETURN.to_owned();
        differences.push(Difference { id, before: false, frozen: then.missing, current: now.missing, shares: None });
    }
    differences
}
