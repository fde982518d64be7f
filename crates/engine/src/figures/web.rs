//! The pages of figures: the catalogue, and one figure with what it means, where its parts are, and the way to its rows.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike, NaiveDate};
use futures_util::future::try_join_all;
use kit::dates::Period;
use kit::figure::{Figure, FigureDef, Frame, Measure};
use store::StoreError;
use uuid::Uuid;

use super::{
    By, address, api, change, coverage, find, frame, kept_back, lines, number, opens, page, percent, readable, rows,
    share, too_small, unsaid, value, year_before,
};
use crate::app::{App, Cx};
use crate::days;
use crate::error::{Failure, Where, refused_page, render};
use crate::fresh::Fresh;
use crate::pages::{broken, layout, words};
use crate::save::Refused;
use crate::view::{CellKind, CellView, FigurePage, Layout, LinkView, PastValue, RowView, Tone, Words};
use crate::web::{Asked, Reader};

/// Figures of the catalogue that are asked at once.
const AT_ONCE: usize = 8;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/figures", get(catalogue))
        .route("/figures/{id}", get(figure))
        .route("/api/v1/figures", get(api::list))
        .route("/api/v1/figures/{id}", get(api::show))
}

/// A table under a heading.
#[derive(Debug, Clone, Default)]
pub struct TableView {
    pub heading: String,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
}

/// A page of nothing but tables whose rows lead on.
#[derive(Debug, Clone, Template)]
#[template(path = "tables.html")]
pub struct TablesPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    /// The same page of other times, each by its name.
    pub others: Vec<LinkView>,
    pub tables: Vec<TableView>,
    /// What to do when there is nothing yet.
    pub empty: String,
}

async fn catalogue(reader: Reader, asked: Asked) -> Result<Response, Response> {
    let cx = &reader.cx;
    if !cx.may("figure", "read") {
        return Err(refused_page(&reader, &Refused::Missing));
    }
    let wrong = |_| Failure::page(&Where::of(&reader), StatusCode::UNPROCESSABLE_ENTITY, "figure.frame");
    // A single place has the pages of the figures: there it is known what is too small to be said beside its neighbours.
    let frame = Frame { unit: None, ..frame(cx, &asked).map_err(wrong)? };
    let values = said(cx, &frame).await.map_err(broken(&reader))?;
    let so_far = over(cx, &frame);
    let table = |area: &crate::Area| {
        let row = |def: &FigureDef| Some(catalogue_row(cx, def, &frame, values.get(def.id)?.clone()));
        let rows: Vec<_> = area.figures.iter().filter_map(row).collect();
        (!rows.is_empty()).then(|| TableView {
            heading: cx.word(&format!("area.{}", area.name)).to_owned(),
            columns: vec![cx.word("ui.figure").to_owned(), so_far.clone(), cx.word("ui.definition").to_owned()],
            rows,
        })
    };
    // No tag: what becomes of messages, which some figures count, follows no history.
    Ok(render(&TablesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "figures.title"),
        heading: cx.word("figures.title").to_owned(),
        lead: cx.word("figures.lead").to_owned(),
        others: others(cx, &frame),
        tables: cx.app.areas.iter().filter_map(table).collect(),
        empty: cx.word("figures.none").to_owned(),
    }))
}

/// What stands over the values: of which period they are, and up to which day.
fn over(cx: &Cx, frame: &Frame) -> String {
    if frame.period == super::this_year(cx.today()) && frame.cutoff == cx.today() {
        return cx.app.words.fill(cx.lang, "figures.so_far", &[("year", frame.period.to_string())]);
    }
    let args = [("period", days::spoken(cx.lang, frame.period)), ("day", frame.cutoff.to_string())];
    cx.app.words.fill(cx.lang, "figures.over", &args)
}

/// The same page of the years beside this one, of its school year, and of its quarters that have begun.
fn others(cx: &Cx, frame: &Frame) -> Vec<LinkView> {
    let cutoff = Some(frame.cutoff).filter(|cutoff| *cutoff != cx.today());
    let cutoff = cutoff.map(|cutoff| format!("&cutoff={cutoff}")).unwrap_or_default();
    let link = |period: Period| LinkView {
        label: days::spoken(cx.lang, period),
        href: format!("/figures?period={period}{cutoff}"),
    };
    periods(frame.period, cx.today()).into_iter().map(link).collect()
}

fn periods(shown: Period, today: NaiveDate) -> Vec<Period> {
    let year = shown.first().year();
    let years = [year - 1, year, year + 1].map(Period::Year);
    let quarters = (1..=4).map(|quarter| Period::Quarter { year, quarter });
    let all = years.into_iter().chain([year - 1, year].map(Period::SchoolYear)).chain(quarters);
    all.filter(|period| *period != shown && period.first() <= today).collect()
}

/// What each figure says to this reader, with its unit: a few at a time, for there are more figures than connections.
async fn said(cx: &Cx, frame: &Frame) -> Result<HashMap<&'static str, String>, StoreError> {
    let defs: Vec<_> = cx.app.figures().filter(|def| readable(cx, def)).collect();
    let mut said = HashMap::new();
    for some in defs.chunks(AT_ONCE) {
        let values = try_join_all(some.iter().map(|def| in_list(cx, def, frame))).await?;
        for (def, figure) in some.iter().zip(values) {
            let hidden = too_small(cx, def, figure.value);
            let text = match rate(def, &figure, hidden) {
                Some(rate) => {
                    let args = [("share", rate), ("parts", parts(cx, def, &figure))];
                    cx.app.words.fill(cx.lang, "figures.rate", &args)
                }
                None => format!("{} {}", told(cx, def, &figure, hidden), unit(cx, def, &figure, hidden)),
            };
            said.insert(def.id, text);
        }
    }
    Ok(said)
}

/// Only a rate needs its whole here: the other figures are told by themselves.
async fn in_list(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<Figure, StoreError> {
    if def.measure == Measure::Share {
        return value(cx, def, frame).await;
    }
    let value = super::measured(cx, def, frame).await?;
    Ok(Figure { id: def.id, value: value.unwrap_or(0), none: value.is_none(), denominator: None })
}

fn catalogue_row(cx: &Cx, def: &FigureDef, frame: &Frame, value: String) -> RowView {
    let text = |key: String| CellView::text(cx.word(&key));
    let value = CellView { text: value, kind: CellKind::Number };
    let cells = vec![text(format!("figure.{}", def.id)), value, text(format!("figure.{}.definition", def.id))];
    RowView { href: page(def.id, frame), cells, pick: None }
}

async fn figure(reader: Reader, Path(id): Path<String>, asked: Asked) -> Result<Response, Response> {
    let cx = &reader.cx;
    let def = find(cx, &id).ok_or_else(|| refused_page(&reader, &Refused::Missing))?;
    let wrong = |_| Failure::page(&Where::of(&reader), StatusCode::UNPROCESSABLE_ENTITY, "figure.frame");
    let frame = frame(cx, &asked).map_err(wrong)?;
    let fresh = Fresh::page(&reader).await.map_err(broken(&reader))?.about(def.noun);
    if let Some(known) = fresh.known() {
        return Ok(known);
    }
    let page = view(&reader, def, &frame, by(cx, &frame, asked.get("by"))).await.map_err(broken(&reader))?;
    Ok(fresh.mark(render(&page)))
}

/// The county by township, anything smaller by school, unless the reader asks otherwise.
fn by(cx: &Cx, frame: &Frame, asked: Option<&str>) -> By {
    match asked {
        Some("school") => By::School,
        Some("township") => By::Township,
        _ if frame.unit.is_none() && cx.scope().all => By::Township,
        _ => By::School,
    }
}

async fn view(reader: &Reader, def: &FigureDef, frame: &Frame, by: By) -> Result<FigurePage, StoreError> {
    let cx = &reader.cx;
    let now = value(cx, def, frame).await?;
    let before = value(cx, def, &year_before(frame)).await?;
    let hidden = kept_back(cx, def, frame, now.value).await?;
    let queries = rows(cx, def, frame).await?;
    let rows_href = match queries.as_slice() {
        [query] if opens(cx, def) && !hidden => Some(address(def.noun, query)),
        _ => None,
    };
    let counted = match def.measure {
        // What stands above is not how many there are.
        Measure::Percentile(..) | Measure::Sum(_) => {
            let mut count = 0;
            for query in &queries {
                count += cx.app.store.count(def.noun, query, cx.scope()).await?;
            }
            number(cx.lang, count)
        }
        Measure::Count | Measure::Share => told(cx, def, &now, hidden),
    };
    let name = cx.word(&format!("figure.{}", def.id)).to_owned();
    let rate = rate(def, &now, hidden);
    let unit = match rate {
        Some(_) => parts(cx, def, &now),
        None if now.none => String::new(),
        None => unit(cx, def, &now, hidden),
    };
    Ok(FigurePage {
        t: words(&cx.app, cx.lang),
        layout: Layout { title: name.clone(), ..layout(reader, "ui.figure") },
        columns: columns(cx, def, &name),
        name,
        value: rate.unwrap_or_else(|| told(cx, def, &now, hidden)),
        unit,
        definition: definition(cx, def, frame).await?,
        denominator: def.of.filter(|_| !hidden).map(|whole| whole_text(cx, whole, &now)),
        period: days::spoken(cx.lang, frame.period),
        scope: place(cx, frame),
        cut_off: frame.cutoff.to_string(),
        past: Some(past(cx, def, (&now, hidden), &before, frame).await?),
        rows: table(cx, def, frame, by).await?,
        rows_total: cx.word("figures.rows_total").replace("{n}", &counted),
        rows_href,
    })
}

/// Where there is no row to say anything.
fn nothing() -> String {
    "—".to_owned()
}

fn told(cx: &Cx, def: &FigureDef, figure: &Figure, hidden: bool) -> String {
    if figure.none { nothing() } else { shown(cx, def, figure.value, hidden) }
}

/// What is called a rate is told as one, a dash where there is nothing to be a part of; the parts stand beside it.
fn rate(def: &FigureDef, figure: &Figure, hidden: bool) -> Option<String> {
    (def.measure == Measure::Share && !hidden).then(|| share(figure))
}

/// What a rate is made of: `1382 / 1427 条`.
fn parts(cx: &Cx, def: &FigureDef, figure: &Figure) -> String {
    let whole = number(cx.lang, figure.denominator.unwrap_or(0));
    let unit = cx.app.words.fill(cx.lang, def.unit, &[("n", whole.clone())]);
    format!("{} / {whole} {unit}", number(cx.lang, figure.value))
}

fn unit(cx: &Cx, def: &FigureDef, figure: &Figure, hidden: bool) -> String {
    cx.app.words.fill(cx.lang, def.unit, &[("n", told(cx, def, figure, hidden))])
}

/// Heads of the table by place. A rate's name stands over the rates, not over what they are made of.
fn columns(cx: &Cx, def: &FigureDef, name: &str) -> Vec<String> {
    let place = cx.word("figures.place").to_owned();
    match (def.measure, def.of) {
        (Measure::Share, _) => vec![place, cx.word("figures.part").to_owned(), name.to_owned()],
        (_, Some(_)) => vec![place, name.to_owned(), cx.word("figures.share").to_owned()],
        (_, None) => vec![place, name.to_owned()],
    }
}

/// A value as this reader is told it: small groups only that they are small, and the key to one not at all.
fn shown(cx: &Cx, def: &FigureDef, value: i64, hidden: bool) -> String {
    match hidden {
        true if too_small(cx, def, value) => format!("<{}", super::SMALL),
        true => cx.word("figures.kept_back").to_owned(),
        false => number(cx.lang, value),
    }
}

/// The definition, the formula's version, and how many schools stand behind the figure.
async fn definition(cx: &Cx, def: &FigureDef, frame: &Frame) -> Result<String, StoreError> {
    let definition = cx.word(&format!("figure.{}.definition", def.id)).to_owned();
    let version = [("definition", definition), ("formula", def.formula.to_string())];
    let text = cx.app.words.fill(cx.lang, "figures.definition", &version);
    let Some(coverage) = coverage(cx, def, frame).await? else { return Ok(text) };
    let counts = [("all", number(cx.lang, coverage.all)), ("missing", number(cx.lang, coverage.missing))];
    Ok(format!("{text} {}", cx.app.words.fill(cx.lang, "figures.coverage", &counts)))
}

fn whole_text(cx: &Cx, whole: &str, figure: &Figure) -> String {
    let value = figure.denominator.map_or_else(String::new, |whole| number(cx.lang, whole));
    let args = [("name", cx.word(&format!("figure.{whole}")).to_owned()), ("value", value), ("share", share(figure))];
    cx.app.words.fill(cx.lang, "figures.whole", &args)
}

/// The unit asked for, or how far this reader's eyes reach.
fn place(cx: &Cx, frame: &Frame) -> String {
    let tree = cx.app.tree();
    match frame.unit {
        Some(unit) => tree.name(unit).to_owned(),
        None if cx.scope().all => cx.app.county_name.clone(),
        None => cx.word("figures.own_scope").to_owned(),
    }
}

async fn past(
    cx: &Cx,
    def: &FigureDef,
    (now, hidden): (&Figure, bool),
    before: &Figure,
    frame: &Frame,
) -> Result<PastValue, StoreError> {
    let earlier = year_before(frame);
    let hidden_then = kept_back(cx, def, &earlier, before.value).await?;
    let grew = || match (def.measure, now.share().zip(before.share())) {
        (Measure::Share, Some((now, before))) => points(cx, now - before),
        (Measure::Share, None) => String::new(),
        _ => change(&cx.app.words, cx.lang, now.value, before.value),
    };
    Ok(PastValue {
        period: days::spoken(cx.lang, earlier.period),
        value: rate(def, before, hidden_then).unwrap_or_else(|| told(cx, def, before, hidden_then)),
        change: if hidden || hidden_then || now.none || before.none { String::new() } else { grew() },
        tone: Tone::Plain,
        href: page(def.id, &earlier),
    })
}

/// What became of a rate, in points of a per cent: `+3.10 个百分点`.
fn points(cx: &Cx, hundredths: i64) -> String {
    let points = percent(hundredths).replace('%', "");
    let points = if hundredths > 0 { format!("+{points}") } else { points };
    cx.app.words.fill(cx.lang, "figures.points", &[("n", points)])
}

async fn table(cx: &Cx, def: &FigureDef, frame: &Frame, by: By) -> Result<Vec<RowView>, StoreError> {
    let tree = cx.app.tree();
    let mut wholes: HashMap<Option<Uuid>, i64> = HashMap::new();
    if let Some(whole) = def.of.and_then(|id| cx.app.figure(id)) {
        wholes.extend(lines(cx, whole, frame, by).await?.into_iter().map(|line| (line.place, line.value)));
    }
    let parts = lines(cx, def, frame, by).await?;
    let hidden = unsaid(cx, def, &parts.iter().map(|line| line.value).collect::<Vec<_>>());
    let row = |(line, hidden): (super::Line, bool)| {
        let label = match line.place {
            Some(place) if tree.get(place).is_some() => tree.name(place).to_owned(),
            _ => cx.word("figures.no_place").to_owned(),
        };
        let mut cells =
            vec![CellView::text(label), CellView { text: shown(cx, def, line.value, hidden), kind: CellKind::Number }];
        if def.of.is_some() && hidden {
            cells.push(CellView::text(""));
        } else if def.of.is_some() {
            let figure =
                Figure { id: def.id, value: line.value, none: false, denominator: wholes.get(&line.place).copied() };
            cells.push(CellView { text: share(&figure), kind: CellKind::Number });
        }
        RowView { href: line.href.filter(|_| !hidden).unwrap_or_default(), cells, pick: None }
    };
    Ok(parts.into_iter().zip(hidden).map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_begun_can_be_chosen() {
        let chosen = |shown: &str, today: &str| {
            let read = shown.parse().ok().zip(today.parse().ok());
            let all = read.map(|(shown, today)| periods(shown, today)).unwrap_or_default();
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chosen("2021", "2021-12-20"), "2020 sy2020 sy2021 2021-Q1 2021-Q2 2021-Q3 2021-Q4");
        assert_eq!(chosen("2021-Q4", "2021-12-20"), "2020 2021 sy2020 sy2021 2021-Q1 2021-Q2 2021-Q3");
        assert_eq!(chosen("2021-05", "2022-02-01"), "2020 2021 2022 sy2020 sy2021 2021-Q1 2021-Q2 2021-Q3 2021-Q4");
        assert_eq!(chosen("2022", "2022-02-01"), "2021 sy2021 2022-Q1");
    }
}
