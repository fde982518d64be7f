//! The patrols of a day: of one school route by route, with each round that is missing; of several schools one line a school. Nobody is ranked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use engine::error::render;
use engine::figures::{TableView, TablesPage};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellKind, CellView, RowView, Tone};
use engine::web::{Asked, Reader};
use engine::{App, Cx};
use kit::{Cell, Query, Refusal, dates};
use uuid::Uuid;

use super::answer;
use crate::patrols::board::{self, Turn};
use crate::patrols::due::{Outcome, Sum, clock};
use crate::patrols::kinds::RouteKind;
use crate::patrols::record::{FLAG, ROUND, ROUTE, in_use};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/patrol/today", get(page))
}

async fn page(reader: Reader, asked: Asked) -> Response {
    let made = made(&reader, &asked).await;
    answer(&reader, made)
}

async fn made(reader: &Reader, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(ROUND.name, "export") {
        return Err(Refused::Missing);
    }
    let day = asked.get("day").map(|text| dates::read_date(text).ok_or_else(|| Refusal::new("patrol.day")));
    let day = day.transpose()?.unwrap_or_else(|| cx.today());
    let school: Option<Uuid> =
        asked.get("school").map(|text| text.parse().map_err(|_| Refused::Missing)).transpose()?;
    let query = school.map_or_else(Query::new, |school| Query::new().is("school", Cell::Id(school)));
    let mut routes = cx.app.store.all(&ROUTE, &query, cx.scope()).await?;
    if school.is_some_and(|school| routes.is_empty() && !cx.scope().holds(school)) {
        return Err(Refused::Missing);
    }
    routes.retain(|route| in_use(&ROUTE, route, day));
    let (_, mut turns) = board::turns(cx, &routes, day).await?;
    turns.sort_by(|one, two| (one.kind, name(one)).cmp(&(two.kind, name(two))));
    let schools: std::collections::BTreeSet<_> = turns.iter().filter_map(school_of).collect();
    let tables = if schools.len() <= 1 { of_one(cx, &turns, day) } else { of_several(cx, &turns, day).await? };
    Ok(render(&TablesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "patrol.today"),
        heading: cx.word("patrol.today").to_owned(),
        lead: cx.app.words.fill(cx.lang, "patrol.today.lead", &[("day", day.to_string())]),
        others: Vec::new(),
        tables,
        empty: cx.word("patrol.today.empty").to_owned(),
    }))
}

fn school_of(turn: &Turn) -> Option<Uuid> {
    turn.route.get(&ROUTE, "school").id()
}

fn name(turn: &Turn) -> &str {
    turn.route.get(&ROUTE, "name").text().unwrap_or_default()
}

fn number(value: i64) -> CellView {
    CellView { text: value.to_string(), kind: CellKind::Number }
}

/// Missed rounds stand out; none is quiet.
fn missed(value: i64) -> CellView {
    if value > 0 { CellView::badge(value.to_string(), Tone::Bad) } else { number(0) }
}

fn heads(cx: &Cx, first: &[&str]) -> Vec<String> {
    let counts = ["patrol.sum.due", "patrol.sum.walked", "patrol.sum.late", "patrol.sum.missed", "patrol.sum.more"];
    first.iter().chain(&counts).map(|key| cx.word(key).to_owned()).collect()
}

fn counts(sum: Sum) -> [CellView; 5] {
    [number(sum.due), number(sum.walked), number(sum.late), missed(sum.missed), number(sum.more)]
}

/// One school: its routes, then what is missing, each with its time.
fn of_one(cx: &Cx, turns: &[Turn], day: NaiveDate) -> Vec<TableView> {
    if turns.is_empty() {
        return Vec::new();
    }
    let kind = |turn: &Turn| cx.word(&format!("patrol_route.kind.{}", turn.kind.code())).to_owned();
    let row = |turn: &Turn| RowView {
        href: format!("/patrol-rounds?route={}&day.from={day}&day.to={day}", turn.route.id),
        cells: [CellView::text(name(turn)), CellView::text(kind(turn))].into_iter().chain(counts(turn.sum())).collect(),
        pick: None,
    };
    let mut tables = vec![TableView {
        heading: cx.word("patrol.today.routes").to_owned(),
        columns: heads(cx, &["patrol_route", "patrol_route.kind"]),
        rows: turns.iter().map(row).collect(),
    }];
    let gaps: Vec<_> = turns
        .iter()
        .flat_map(|turn| {
            let missing = turn.due.iter().zip(&turn.outcomes).filter(|(_, outcome)| **outcome == Outcome::Missed);
            missing.map(move |(due, _)| RowView {
                href: String::new(),
                cells: vec![
                    CellView::text(name(turn)),
                    CellView::text(kind(turn)),
                    CellView::text(format!("{}–{}", clock(due.from), clock(due.until))),
                ],
                pick: None,
            })
        })
        .collect();
    if !gaps.is_empty() {
        tables.push(TableView {
            heading: cx.word("patrol.today.missing").to_owned(),
            columns: ["patrol_route", "patrol_route.kind", "patrol.sum.when"]
                .map(|key| cx.word(key).to_owned())
                .to_vec(),
            rows: gaps,
        });
    }
    tables
}

/// Several schools: the county by kind, then one line a school in the order of their names, with the flags that wait there.
async fn of_several(cx: &Cx, turns: &[Turn], day: NaiveDate) -> Result<Vec<TableView>, Refused> {
    let mut by_kind: BTreeMap<RouteKind, Sum> = BTreeMap::new();
    let mut by_school: HashMap<Uuid, Sum> = HashMap::new();
    for turn in turns {
        let sum = turn.sum();
        let kind = by_kind.entry(turn.kind).or_default();
        *kind = kind.and(sum);
        if let Some(school) = school_of(turn) {
            let school = by_school.entry(school).or_default();
            *school = school.and(sum);
        }
    }
    let kinds = by_kind.iter().map(|(kind, sum)| RowView {
        href: format!("/patrol-rounds?kind={}&day.from={day}&day.to={day}", kind.code()),
        cells: std::iter::once(CellView::text(cx.word(&format!("patrol_route.kind.{}", kind.code())).to_owned()))
            .chain(counts(*sum))
            .collect(),
        pick: None,
    });
    // Whoever may not see flags is told of none, and not that there is none.
    let waiting = if cx.may(FLAG.name, "read") { Some(waiting(cx).await?) } else { None };
    let tree = cx.app.tree();
    let mut schools: Vec<_> = by_school.into_iter().collect();
    schools.sort_by(|(one, _), (two, _)| tree.name(*one).cmp(tree.name(*two)));
    let line = |(school, sum): &(Uuid, Sum)| RowView {
        href: format!("/patrol/today?school={school}&day={day}"),
        cells: std::iter::once(CellView::text(tree.name(*school).to_owned()))
            .chain(counts(*sum))
            .chain(waiting.iter().map(|waiting| number(waiting.get(school).copied().unwrap_or(0))))
            .collect(),
        pick: None,
    };
    let mut columns = heads(cx, &["school"]);
    columns.extend(waiting.iter().map(|_| cx.word("patrol.sum.flags").to_owned()));
    Ok(vec![
        TableView {
            heading: cx.word("patrol.today.kinds").to_owned(),
            columns: heads(cx, &["patrol_route.kind"]),
            rows: kinds.collect(),
        },
        TableView {
            heading: cx.word("patrol.today.schools").to_owned(),
            columns,
            rows: schools.iter().map(line).collect(),
        },
    ])
}

/// How many flags wait in each school.
async fn waiting(cx: &Cx) -> Result<HashMap<Uuid, i64>, Refused> {
    let query = Query::new().among("state", &["waiting"]);
    let counts = cx.app.store.group(&FLAG, "school", None, &query, cx.scope()).await?;
    Ok(counts.into_iter().filter_map(|(school, count)| Some((school.id()?, count))).collect())
}
