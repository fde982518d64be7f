//! The board of children who are not accounted for, with the chain of each and how long it took: for the school, and for the bureau's officer.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::Refused;
use engine::view::{LinkView, StepView, Tone};
use engine::web::{Reader, labels};
use engine::{App, Cx};
use kit::{Query, Row, dates};
use store::StoreError;
use uuid::Uuid;

use super::hops::{Hop, hops};
use super::missing;
use super::pages::clock;
use super::record::{MISSING, goes_on};
use super::view::{ChainFigure, ChainPage, ChainView};
use super::{family, figures, seen};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall/missing", get(page))
}

async fn page(reader: Reader) -> Response {
    let made = made(&reader).await;
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn made(reader: &Reader) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(MISSING.name, "read") {
        return Err(Refused::Missing);
    }
    let today = cx.today();
    // Whoever is looked for is looked for until found: no day ends it.
    let mut open = cx.app.store.all(&MISSING, &missing::open(), cx.scope()).await?;
    // The school year so far: what the figures are about.
    let first = chrono::NaiveDate::from_ymd_opt(kit::dates::school_year_of(today), 9, 1).unwrap_or(today);
    let year = figures::begun(first, today);
    open.sort_by_key(|row| (!gravest(row), row.get(&MISSING, "police_at").int()));
    let pupils = open.iter().filter_map(|row| row.get(&MISSING, "pupil").id()).collect();
    let names = labels(cx, [("pupil", pupils)].into()).await?;
    let ids: Vec<_> = open.iter().map(|row| row.id).collect();
    let unsent = unsent(cx, &ids).await?;
    let view = |row: &Row| {
        let pupil = row.get(&MISSING, "pupil").id().unwrap_or_default();
        let school = row.get(&MISSING, "school").id().unwrap_or_default();
        ChainView {
            name: names.get(&pupil).cloned().unwrap_or_default(),
            school: cx.app.tree().name(school).to_owned(),
            state: cx.word(&format!("missing.state.{}", text(row, "state"))).to_owned(),
            urgent: if text(row, "urgent").is_empty() {
                String::new()
            } else {
                cx.word(&format!("missing.urgent.{}", text(row, "urgent"))).to_owned()
            },
            href: format!("/missing/{}", row.id),
            // What was said of a child is its school's to know.
            sighting: if cx.may(MISSING.name, "see") { text(row, "sighting").to_owned() } else { String::new() },
            hops: views(cx, row, &unsent),
            family: family::may(cx).then(|| format!("/missing/{}/family", row.id)),
            there: row
                .get(&MISSING, "seen_at")
                .int()
                .map(|at| cx.app.words.fill(cx.lang, "missing.there", &[("at", moment(at, cx.now))])),
            here: seen::here(cx, row).filter(|_| !row.get(&MISSING, "seen_at").is_null()),
        }
    };
    let heading = cx.word("missing.board").to_owned();
    let mut layout = titled(reader, heading.clone());
    layout.crumbs.push(LinkView { label: cx.word("missing.plural").to_owned(), href: "/missing".into() });
    Ok(unkept(render(&ChainPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading,
        meta: format!("{today} · {}", clock(cx.now)),
        chains: open.iter().map(view).collect(),
        figures: said(cx, &year).await?,
    })))
}

/// Seen near water, or with a care flag: such a child stands first, whatever is due when.
fn gravest(row: &Row) -> bool {
    matches!(row.get(&MISSING, "urgent").text(), Some("near_water" | "direct"))
}

/// Whose family's message did not go out.
async fn unsent(cx: &Cx, checks: &[Uuid]) -> Result<HashSet<Uuid>, StoreError> {
    cx.app.store.undelivered("missing.guardian", checks).await
}

/// The chain of one check, step by step; of one that is over nothing is left to be done.
pub(super) async fn steps(cx: &Cx, check: &Row) -> Result<Vec<StepView>, StoreError> {
    if !goes_on(check) {
        return Ok(Vec::new());
    }
    Ok(views(cx, check, &unsent(cx, &[check.id]).await?))
}

fn views(cx: &Cx, check: &Row, unsent: &HashSet<Uuid>) -> Vec<StepView> {
    let view = |hop: &Hop| hop_view(cx, hop, hop.code == "guardian" && unsent.contains(&check.id));
    hops(check).iter().map(view).collect()
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(&MISSING, field).text().unwrap_or_default()
}

/// A step of the chain. What was to be said and did not go out is no step that somebody is late with: it is another way that has to be taken.
fn hop_view(cx: &Cx, hop: &Hop, unsent: bool) -> StepView {
    let (key, at, tone) = match (hop.done_at, hop.tried_at) {
        (Some(at), _) => ("missing.hop.done", at, Tone::Good),
        (None, Some(at)) => ("missing.hop.tried", at, Tone::Bad),
        _ if unsent => ("missing.hop.unsent", hop.at, Tone::Bad),
        _ if !hop.named => ("missing.hop.nobody", hop.at, Tone::Bad),
        _ if hop.at <= cx.now => ("missing.hop.due", hop.at, Tone::Bad),
        _ => ("missing.hop.later", hop.at, Tone::Plain),
    };
    StepView {
        label: cx.word(&format!("missing.hop.{}", hop.code)).to_owned(),
        said: cx.app.words.fill(cx.lang, key, &[("at", moment(at, cx.now))]),
        tone,
    }
}

/// The time; of another day with the day.
pub(super) fn moment(at: i64, now: i64) -> String {
    let day = dates::shanghai_date(at);
    if day == dates::shanghai_date(now) { clock(at) } else { format!("{} {}", day.format("%m-%d"), clock(at)) }
}

/// Median and ninetieth percentile, and what lasted beyond the hour; each opens its rows.
async fn said(cx: &Cx, year: &Query) -> Result<Vec<ChainFigure>, StoreError> {
    let store = &cx.app.store;
    let rows = store.all(&MISSING, year, cx.scope()).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    // When it went, and not when it was to go: a gateway may have been slow.
    let sent = store.first_sent("missing.guardian", &ids).await?;
    let late = figures::over_hour(year.clone(), cx.now);
    let count = store.count(&MISSING, &late, cx.scope()).await?;
    let at = |row: &Row, field| row.get(&MISSING, field).int();
    let seconds = |from: &dyn Fn(&Row) -> Option<i64>, to: &dyn Fn(&Row) -> Option<i64>| {
        let each = rows.iter().filter_map(|row| Some((to(row)? - from(row)?).max(0) / 1000)).collect::<Vec<_>>();
        match (percentile(&each, 50), percentile(&each, 90)) {
            (Some(median), Some(most)) => {
                // Of how many: those who never answered have no time, and would make it the better the more they are.
                let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
                let of = [("n", count(each.len())), ("of", count(rows.len()))];
                let times = [("median", median), ("most", most)];
                [("missing.figure.seconds", times), ("missing.figure.of", of)]
                    .map(|(key, said)| super::board::fill(cx, key, &said))
            }
            _ => ["–".to_owned(), String::new()],
        }
    };
    let told = seconds(&|row| at(row, "begun_at"), &|row| sent.get(&row.id).copied());
    let first = |row: &Row| at(row, "answered_at").into_iter().chain(at(row, "other_answered_at")).min();
    // Nobody answers a message before it went; where none did, the family was reached otherwise, and the clock runs from when it was to be told.
    let went = |row: &Row| sent.get(&row.id).copied().or_else(|| at(row, "told_at"));
    let answered = seconds(&went, &first);
    let rows_of = |query: &Query| engine::figures::address(&MISSING, query);
    let line = |key: &str, [value, note]: [String; 2], query: &Query| ChainFigure {
        label: cx.word(key).to_owned(),
        value,
        note,
        href: rows_of(query),
    };
    Ok(vec![
        line("missing.figure.message", told, year),
        line("missing.figure.answer", answered, year),
        line("missing.figure.hour", [count.to_string(), String::new()], &late),
    ])
}

/// The smallest value that so many in a hundred do not exceed (nearest rank); `None` of nothing.
pub fn percentile(values: &[i64], percent: usize) -> Option<i64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}
