//! The pages of reports: what there is, the living draft of a year, and what was frozen.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::{Datelike, NaiveDate};
use engine::error::{refused_page, render as rendered};
use engine::figures::{self, TableView, TablesPage};
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::view::{CellView, CompareLine, LinkView, ParagraphView, PartView, ReportPage, RowView, Tone};
use engine::web::{Asked, Posted, Reader};
use engine::{App, Cx};
use kit::figure::Measure;
use kit::{Lang, Query, Refusal, Row, dates};
use uuid::Uuid;

use super::compose::{self, Part, Report};
use super::freeze::{self, Difference};
use super::numbers::{Number, Numbers, gather};
use super::record::SNAPSHOT;
use super::{doing, last_day, render};

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/reports", get(list))
        .route("/reports/year/{year}", get(draft))
        .route("/reports/year/{year}/freeze", post(take))
        .route("/reports/{id}", get(frozen))
}

/// Years before anyone kept books, and after anyone plans, are no reports.
fn known(year: &str) -> Result<i32, Refused> {
    year.parse().ok().filter(|year| (2000..=2999).contains(year)).ok_or(Refused::Missing)
}

fn may(cx: &Cx) -> Result<(), Refused> {
    if cx.may("report", "read") { Ok(()) } else { Err(Refused::Missing) }
}

/// A page, or the page that says why not.
fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

async fn list(reader: Reader) -> Response {
    let made = tables(&reader).await.map(|page| rendered(&page));
    answer(&reader, made)
}

async fn tables(reader: &Reader) -> Result<TablesPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let this = cx.today().year();
    let heading = |key: &str| cx.word(key).to_owned();
    let draft = |year: i32| {
        let title = cx.app.words.fill(cx.lang, "reports.year", &[("year", year.to_string())]);
        RowView { href: format!("/reports/year/{year}"), cells: vec![CellView::text(title)], pick: None }
    };
    let snapshots = cx.app.store.list(&SNAPSHOT, &Query::new().limit(200), cx.scope()).await?;
    let mut tables = vec![TableView {
        heading: heading("reports.drafts"),
        columns: vec![heading("reports.report")],
        rows: [this, this - 1].map(draft).to_vec(),
    }];
    if !snapshots.rows.is_empty() {
        let columns =
            ["reports.report", "ui.cut_off", "reports.taken_at", "report_snapshot.hash"].map(heading).to_vec();
        tables.push(TableView {
            heading: heading("reports.frozen"),
            columns,
            rows: snapshots.rows.iter().map(|row| listed(cx, row)).collect(),
        });
    }
    let (t, layout) = (words(&cx.app, cx.lang), layout(reader, "area.reports"));
    Ok(TablesPage {
        t,
        layout,
        heading: heading("area.reports"),
        lead: heading("reports.lead"),
        others: Vec::new(),
        tables,
        empty: String::new(),
    })
}

fn listed(cx: &Cx, row: &Row) -> RowView {
    let text = |field| row.get(&SNAPSHOT, field).text().unwrap_or_default().to_owned();
    let title = cx.app.words.fill(cx.lang, "reports.year", &[("year", text("period"))]);
    let cutoff = row.get(&SNAPSHOT, "cutoff").date().map_or_else(String::new, |day| day.to_string());
    let hash: String = text("hash").chars().take(12).collect();
    RowView {
        href: format!("/reports/{}", row.id),
        cells: [title, cutoff, moment(row), hash].map(CellView::text).to_vec(),
        pick: None,
    }
}

fn moment(row: &Row) -> String {
    let at = row.get(&SNAPSHOT, "taken_at").int().unwrap_or_default();
    dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string()
}

/// The cut-off that an address asks for; today where it asks for none.
fn cutoff(cx: &Cx, year: i32, asked: &Asked) -> Result<NaiveDate, Refusal> {
    let day = asked.get("cutoff").map(str::parse::<NaiveDate>).transpose();
    last_day(cx, year, day.map_err(|_| Refusal::at("figure.cutoff", "cutoff"))?)
}

async fn draft(reader: Reader, Path(year): Path<String>, asked: Asked) -> Response {
    let made = live(&reader, &year, &asked).await;
    answer(&reader, made)
}

async fn live(reader: &Reader, year: &str, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let year = known(year)?;
    let last = cutoff(cx, year, asked)?;
    let report = compose::year(&cx.app.words, cx.lang, &gather(cx, year, last).await?);
    if let Some(file) = file(&report, asked.get("format")) {
        return Ok(file);
    }
    let here = format!("/reports/year/{year}?cutoff={last}");
    let mut page = page(reader, &report, &here);
    page.freeze = cx.may("report", "freeze").then(|| format!("/reports/year/{year}/freeze?cutoff={last}"));
    Ok(rendered(&page))
}

/// The report as a file, where the address asks for one.
fn file(report: &Report, format: Option<&str>) -> Option<Response> {
    let (kind, text) = match format? {
        "md" => ("text/markdown; charset=utf-8", render::markdown(report)),
        "html" => ("text/html; charset=utf-8", render::html(report)),
        _ => return None,
    };
    Some(download(kind, report.year, format?, text))
}

fn download(kind: &'static str, year: i32, format: &str, text: String) -> Response {
    let name = format!("attachment; filename=\"report-{year}.{format}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, name)], text).into_response()
}

fn page(reader: &Reader, report: &Report, here: &str) -> ReportPage {
    let cx = &reader.cx;
    let tone = |worse: Option<bool>| match worse {
        Some(true) => Tone::Warn,
        Some(false) => Tone::Good,
        None => Tone::Plain,
    };
    let compare = report.compare.iter().map(|line| CompareLine {
        label: line.label.clone(),
        href: line.href.clone(),
        now: line.now.clone(),
        before: line.before.clone(),
        change: line.change.clone(),
        tone: tone(line.worse),
    });
    let link = |format: &str| LinkView {
        label: cx.word(&format!("reports.format.{format}")).to_owned(),
        href: format!("{here}&format={format}"),
    };
    ReportPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "area.reports"),
        heading: report.heading.clone(),
        period: report.year.to_string(),
        cut_off: report.cutoff.to_string(),
        paragraphs: report.paragraphs.iter().map(paragraph).collect(),
        years: (report.year.to_string(), (report.year - 1).to_string()),
        compare: compare.collect(),
        hash: String::new(),
        frozen: String::new(),
        freeze: None,
        downloads: ["md", "html"].map(link).to_vec(),
    }
}

fn paragraph(paragraph: &compose::Paragraph) -> ParagraphView {
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Given(text) => PartView::Text(text.clone()),
        Part::Figure { text, href, name, .. } => {
            PartView::Figure { text: text.clone(), href: href.clone(), name: name.clone() }
        }
    };
    ParagraphView { heading: paragraph.heading.clone(), parts: paragraph.parts.iter().map(part).collect() }
}

async fn take(Path(year): Path<String>, asked: Asked, posted: Posted) -> Response {
    let made = taken(&posted.reader.cx, &year, &asked).await;
    let made = made.map(|row| Redirect::to(&format!("/reports/{}", row.id)).into_response());
    answer(&posted.reader, made)
}

async fn taken(cx: &Cx, year: &str, asked: &Asked) -> Result<Row, Refused> {
    may(cx)?;
    let year = known(year)?;
    freeze::freeze(cx, year, cutoff(cx, year, asked)?).await
}

async fn frozen(reader: Reader, Path(id): Path<String>, asked: Asked) -> Response {
    let made = match id.parse() {
        Ok(id) => kept(&reader, id, &asked).await,
        Err(_) => Err(Refused::Missing),
    };
    answer(&reader, made)
}

async fn kept(reader: &Reader, id: Uuid, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let kind = cx.app.kind_of(SNAPSHOT.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, kind, id).await?;
    let numbers = freeze::numbers(&row)?;
    let text = |field| row.get(&SNAPSHOT, field).text().unwrap_or_default().to_owned();
    let format = asked.get("format");
    if format == Some("md") {
        return Ok(download("text/markdown; charset=utf-8", numbers.year, "md", text("prose")));
    }
    let report = compose::year(&cx.app.words, cx.lang, &numbers);
    if let Some(file) = file(&report, format) {
        return Ok(file);
    }
    let mut page = page(reader, &report, &format!("/reports/{id}?frozen=1"));
    if render::markdown(&compose::year(&cx.app.words, Lang::Zh, &numbers)) != text("prose") {
        // The sentences of the product have changed since; what was frozen stays as it was.
        page.paragraphs = text("prose").split("\n\n").map(plain).collect();
    }
    page.paragraphs.extend(since(cx, &numbers, &gather(cx, numbers.year, numbers.cutoff).await?));
    (page.hash, page.frozen) = (text("hash"), moment(&row));
    Ok(rendered(&page))
}

fn plain(text: &str) -> ParagraphView {
    ParagraphView { heading: String::new(), parts: vec![PartView::Text(text.to_owned())] }
}

/// What changed since the report was frozen, figure by figure. What reads now as it did then is left out.
fn since(cx: &Cx, numbers: &Numbers, current: &Numbers) -> Vec<ParagraphView> {
    let differences = freeze::differences(numbers, current);
    let lines = differences.iter().filter_map(|difference| changed(cx, (numbers, current), difference));
    let mut lines: Vec<_> = lines.map(|parts| ParagraphView { heading: String::new(), parts }).collect();
    if lines.is_empty() {
        lines.push(plain(cx.word("reports.since_none")));
    }
    if let Some(first) = lines.first_mut() {
        cx.word("reports.since").clone_into(&mut first.heading);
    }
    lines
}

fn changed(cx: &Cx, (then, now): (&Numbers, &Numbers), difference: &Difference) -> Option<Vec<PartView>> {
    let [frozen, current] = readings(cx, (then, now), difference);
    if frozen == current {
        return None;
    }
    let id = difference.id.as_str();
    let frame = if difference.before { then.frame_before() } else { then.frame() };
    let (key, href) = match doing::own(id, now, &frame) {
        Some(own) => own,
        // It is no figure of its own: the returns that are there say which are not.
        None if id == freeze::WITHOUT_RETURN => {
            (format!("figure.{id}"), Some(figures::page("returns.confirmed", &frame)))
        }
        None => (format!("figure.{id}"), Some(figures::page(id, &frame))),
    };
    let name = doing::named(&cx.app.words, cx.lang, id, &key);
    let args = [("year", frame.period.to_string()), ("name", name.clone()), ("frozen", frozen)];
    let text = cx.app.words.fill(cx.lang, "reports.since_line", &args);
    let link = match href {
        Some(href) => PartView::Figure { text: current, href, name },
        None => PartView::Text(current),
    };
    Some(vec![PartView::Text(text), link])
}

/// Both values as they are read: what is called a rate as one, the others with their unit.
fn readings(cx: &Cx, (then, now): (&Numbers, &Numbers), difference: &Difference) -> [String; 2] {
    let id = difference.id.as_str();
    let def = cx.app.figure(id);
    let share = |numbers: &Numbers| {
        let figures = if difference.before { &numbers.before } else { &numbers.figures };
        figures.get(id).and_then(Number::share)
    };
    let rates = share(then).zip(share(now)).filter(|_| def.is_some_and(|def| def.measure == Measure::Share));
    if let Some((frozen, current)) = rates.or(difference.shares) {
        return [frozen, current].map(figures::percent);
    }
    let unit = def.map_or_else(|| doing::unit(id), |def| def.unit);
    [difference.frozen, difference.current].map(|value| {
        let n = figures::number(cx.lang, value);
        let unit = cx.app.words.fill(cx.lang, unit, &[("n", n.clone())]);
        cx.app.words.fill(cx.lang, "reports.with_unit", &[("n", n), ("unit", unit)])
    })
}
