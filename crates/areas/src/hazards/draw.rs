//! 抽查: the page of the drawn sample.
//!
//! Nobody draws again until it suits him, because nobody draws: the lot of a month, a quarter or a year that is over follows from the history, which says
//! what was closed in it whatever has become of it since, and from the period's own name ([`sample::draw`]).

use std::collections::HashMap;

use axum::response::Response;
use chrono::Datelike as _;
use engine::area::Kind;
use engine::days::spoken;
use engine::error::render;
use engine::figures::{TableView, TablesPage};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellView, LinkView, RowView, Tone};
use engine::web::{Asked, Reader, labels};
use engine::{Cx, show};
use kit::dates::{Period, shanghai_date, shanghai_start};
use kit::query::{Query, Test};
use kit::{Cell, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::pages::{answer, kind};
use super::record::HAZARD;
use super::sample;

pub async fn page(reader: Reader, asked: Asked) -> Response {
    let made = drawn(&reader, &asked).await;
    answer(&reader, made.map(|page| render(&page)))
}

/// The hazards that the lot has drawn, among them those that this reader sees.
async fn drawn(reader: &Reader, asked: &Asked) -> Result<TablesPage, Refused> {
    let cx = &reader.cx;
    let hazard = kind(cx)?;
    if !cx.may(HAZARD.name, "spot_check") {
        return Err(Refused::Forbidden);
    }
    let period = period(cx, asked)?;
    let percent = cx.app.norms().value("hazard.sample", period.last())?;
    let closed = closed_in(cx, period).await?;
    let lots = sample::draw(&closed.keys().copied().collect::<Vec<_>>(), percent, &period.to_string());
    let found = cx.app.store.find_many(&HAZARD, &lots, cx.scope()).await?;
    let rows: Vec<_> = lots.iter().filter_map(|id| Some((found.get(id)?, *closed.get(id)?))).collect();
    let counts = [("closed", closed.len()), ("drawn", lots.len()), ("mine", rows.len())];
    let counts = counts.map(|(name, count)| (name, count.to_string()));
    let said = [("percent", percent.to_string()), ("period", spoken(cx.lang, period)), ("lot", period.to_string())];
    let args: Vec<_> = counts.into_iter().chain(said).collect();
    // What the county has drawn stands above what is his, and would contradict it.
    let lead = if rows.len() == lots.len() { "draw.lead" } else { "draw.lead.mine" };
    Ok(TablesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "draw.title"),
        heading: cx.word("draw.title").to_owned(),
        lead: cx.app.words.fill(cx.lang, lead, &args),
        others: others(cx, period),
        tables: if rows.is_empty() { Vec::new() } else { vec![table(cx, hazard, period, &rows).await?] },
        empty: cx.word("draw.empty").to_owned(),
    })
}

/// The periods that were over last, but the one that is shown: three months, a quarter, a year.
fn others(cx: &Cx, shown: Period) -> Vec<LinkView> {
    let month = Period::month_of(cx.today()).previous();
    let year = Period::Year(cx.today().year()).previous();
    let quarter = Period::quarter_of(cx.today()).previous();
    let all = [month, month.previous(), month.previous().previous(), quarter, year];
    let others = all.into_iter().filter(|period| *period != shown);
    others
        .map(|period| LinkView { label: spoken(cx.lang, period), href: format!("/hazards/draw?period={period}") })
        .collect()
}

/// Which lot is asked for: last month's without a word. While a period runs, every closing would change its lot, and whoever asked often enough would
/// have his choice; so would he if each day had one.
fn period(cx: &Cx, asked: &Asked) -> Result<Period, Refusal> {
    let period = match asked.get("period") {
        Some(text) => text.parse().map_err(|_| Refusal::new("draw.period"))?,
        None => Period::month_of(cx.today()).previous(),
    };
    if matches!(period, Period::Day(_) | Period::SchoolYear(_)) {
        return Err(Refusal::new("draw.period"));
    }
    let last = period.last();
    match last.succ_opt().filter(|_| last >= cx.today()) {
        Some(day) => Err(Refusal::new("draw.not_over").with("period", period).with("day", day)),
        None => Ok(period),
    }
}

/// What was closed in a period and at what moment, by the history: what came back since, was closed again or was set aside is in its lot all the same.
/// The lot is drawn over the whole county, whoever asks: nobody can choose by asking for less.
async fn closed_in(cx: &Cx, period: Period) -> Result<HashMap<Uuid, i64>, StoreError> {
    let (first, last) = (period.first(), period.last());
    // Looked at again in the period or since: whatever was closed in it is among these.
    let looked = Test::Between(Some(Cell::Date(first)), None);
    let among = Query::new().up_to("found_on", last).filter("rechecked_on", looked);
    let end = last.succ_opt().map_or(i64::MAX, shanghai_start);
    let moved = cx.app.store.moved(&HAZARD, "confirm", &among, (shanghai_start(first), end)).await?;
    Ok(moved.into_iter().collect())
}

async fn table(cx: &Cx, hazard: &Kind, period: Period, rows: &[(&Row, i64)]) -> Result<TableView, StoreError> {
    let wanted = rows.iter().filter_map(|(row, _)| row.get(&HAZARD, "school").id()).collect();
    let schools = labels(cx, HashMap::from([("school", wanted)])).await?;
    let columns = ["hazard.place", "hazard.school", "hazard.closed_on", "hazard.spot_checked_on"];
    Ok(TableView {
        heading: cx.app.words.fill(cx.lang, "draw.table", &[("period", spoken(cx.lang, period))]),
        columns: columns.map(|key| cx.word(key).to_owned()).to_vec(),
        rows: rows.iter().map(|row| line(cx, hazard, *row, &schools)).collect(),
    })
}

fn line(cx: &Cx, hazard: &Kind, (row, closed): (&Row, i64), schools: &HashMap<Uuid, String>) -> RowView {
    let school = row.get(&HAZARD, "school").id().and_then(|id| schools.get(&id)).cloned().unwrap_or_default();
    let closed = shanghai_date(closed);
    let state = row.get(&HAZARD, "state").text().unwrap_or_default();
    // What was looked at before it was closed here was another closing.
    let checked = match row.get(&HAZARD, "spot_checked_on").date().filter(|day| *day >= closed) {
        Some(day) => CellView::text(day.to_string()),
        None if state == "closed" => CellView::badge(cx.word("draw.waits").to_owned(), Tone::Warn),
        None => CellView::badge(cx.word(&format!("hazard.state.{state}")).to_owned(), hazard.tone(state)),
    };
    let title = CellView::text(show::title(cx, hazard.noun, row));
    let cells = vec![title, CellView::text(school), CellView::text(closed.to_string()), checked];
    RowView { href: format!("/{}/{}", hazard.noun.plural, row.id), cells, pick: None }
}
