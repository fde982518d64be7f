//! The pages of hazards beside those that every record type has: the notice to print, the ledger, the drawn sample ([`draw`]).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use engine::area::Kind;
use engine::days::written;
use engine::error::{refused_page, render};
use engine::io::{self, Flow, Format, Labels, Lines, Wanted};
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::sheet::{Column, Out};
use engine::view::{PaperPage, SheetView};
use engine::web::{Asked, Reader, labels};
use engine::{App, Cx, show};
use kit::{Cell, Record, Row};
use store::{Snapshot, StoreError};
use uuid::Uuid;

use super::draw;
use super::ledger::{self, LEDGER, Source};
use super::notice::{self, Item, Paper};
use super::record::{HAZARD, Hazard};

/// As many as one print can hold.
const MOST: usize = 200;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/hazards/notice", get(several))
        .route("/hazards/{id}/notice", get(one))
        .route("/hazards/ledger.xlsx", get(|reader, asked| ledger_file(reader, asked, Format::Xlsx)))
        .route("/hazards/ledger.csv", get(|reader, asked| ledger_file(reader, asked, Format::Csv)))
        .route("/hazards/draw", get(draw::page))
}

pub(super) fn kind(cx: &Cx) -> Result<&Kind, Refused> {
    cx.app.kind_of(HAZARD.name).filter(|kind| cx.may(kind.noun.name, "read")).ok_or(Refused::Missing)
}

pub(super) fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

async fn one(reader: Reader, Path(id): Path<String>) -> Response {
    let made = match id.parse() {
        Ok(id) => one_notice(&reader, id).await,
        Err(_) => Err(Refused::Missing),
    };
    answer(&reader, made)
}

async fn one_notice(reader: &Reader, id: Uuid) -> Result<Response, Refused> {
    let row = save::find(&reader.cx, kind(&reader.cx)?, id).await?;
    notices(reader, vec![row]).await
}

async fn several(reader: Reader, asked: Asked) -> Response {
    let made = several_notices(&reader, &asked).await;
    answer(&reader, made)
}

async fn several_notices(reader: &Reader, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let mut ids: Vec<Uuid> =
        asked.0.iter().filter(|(name, _)| name == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MOST);
    let found = cx.app.store.find_many(kind(cx)?.noun, &ids, cx.scope()).await?;
    notices(reader, found.into_values().collect()).await
}

/// The notices for these hazards, which the reader may read; only those that were handed to a school are on them.
async fn notices(reader: &Reader, mut rows: Vec<Row>) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(HAZARD.name, "hand_over") {
        return Err(Refused::Forbidden);
    }
    rows.retain(notice::fits);
    let hazards = rows.iter().map(Hazard::from_row).collect::<Result<Vec<_>, _>>()?;
    let papers = notice::compose(&hazards, cx.today());
    let schools = labels(cx, HashMap::from([("school", papers.iter().map(|paper| paper.school).collect())])).await?;
    let name = |paper: &Paper| schools.get(&paper.school).map_or("", String::as_str);
    let page = PaperPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "paper.title"),
        heading: cx.word("paper.title").to_owned(),
        lead: cx.word("paper.lead").to_owned(),
        sheets: papers.iter().map(|paper| sheet(cx, paper, name(paper))).collect(),
        empty: cx.word("paper.empty").to_owned(),
    };
    Ok(render(&page))
}

/// The columns of the notice's table, by their words.
const COLUMNS: [&str; 8] = [
    "ledger.number",
    "hazard.found_on",
    "hazard.place",
    "hazard.description",
    "hazard.category",
    "hazard.grade",
    "hazard.measures",
    "hazard.due_on",
];

fn sheet(cx: &Cx, paper: &Paper, school: &str) -> SheetView {
    let fill = |key: &str, name: &'static str, value: String| cx.app.words.fill(cx.lang, key, &[(name, value)]);
    let basis: Vec<_> = paper.basis.iter().map(|key| cx.word(key)).collect();
    let limit = paper.limit.map(|day| fill("paper.limit", "day", written(cx.lang, day)));
    let issued = fill("paper.issued", "day", written(cx.lang, paper.issued_on));
    SheetView {
        heading: cx.word("paper.title").to_owned(),
        number: fill("paper.number", "n", paper.number.clone().unwrap_or_else(|| "＿＿＿＿＿＿".to_owned())),
        to: fill("paper.to", "n", school.to_owned()),
        before: vec![fill("paper.before", "basis", basis.join(cx.word("ui.comma")))],
        columns: COLUMNS.map(|key| cx.word(key).to_owned()).to_vec(),
        rows: paper.items.iter().map(|item| line(cx, item)).collect(),
        after: limit.into_iter().chain([cx.word("paper.after").to_owned()]).collect(),
        signs: vec![cx.word("paper.issuer").to_owned(), issued, cx.word("paper.receiver").to_owned()],
    }
}

fn line(cx: &Cx, item: &Item) -> Vec<String> {
    let grade = item.grade.map(|grade| cx.word(&format!("hazard.grade.{}", grade.code())).to_owned());
    vec![
        item.number.to_string(),
        item.found_on.to_string(),
        item.place.clone(),
        item.description.clone(),
        cx.word(&format!("hazard.category.{}", item.category.code())).to_owned(),
        grade.unwrap_or_default(),
        item.measures.clone().unwrap_or_default(),
        item.due_on.map_or_else(String::new, |day| day.to_string()),
    ]
}

async fn ledger_file(reader: Reader, asked: Asked, format: Format) -> Response {
    let made = ledger(&reader.cx, &asked, format).await;
    answer(&reader, made)
}

async fn ledger(cx: &Cx, asked: &Asked, format: Format) -> Result<Response, Refused> {
    let kind = kind(cx)?;
    let asked = io::question(cx, kind, &asked.0).await?;
    let lines = Ledger { cx: cx.clone(), names: Labels::new(show::title), written: 0 };
    let flow = Flow::open(cx, kind, &asked, format, cx.word("ledger.title"), lines).await?;
    flow.answer(&format!("hazard-ledger-{}.{}", cx.today(), format.ending()), format).await
}

/// The ledger as it is written: line by line, however long it is.
struct Ledger {
    cx: Cx,
    /// What the records are called to which the columns refer.
    names: Labels,
    written: usize,
}

impl Lines for Ledger {
    fn columns(&self) -> Vec<Column> {
        let column = |(key, _): &(&str, Source)| Column { heading: self.cx.word(key).to_owned(), ..Column::default() };
        LEDGER.iter().map(column).collect()
    }

    async fn lines(&mut self, snapshot: &Snapshot, rows: Vec<Row>) -> Result<Vec<Vec<Out>>, StoreError> {
        let mut wanted: Wanted = HashMap::new();
        for (_, source) in LEDGER {
            let Source::Field(name) = source else { continue };
            if let Some(kit::Kind::Ref(target)) = HAZARD.field(name).map(|field| field.kind) {
                wanted.entry(target).or_default().extend(rows.iter().filter_map(|row| row.get(&HAZARD, name).id()));
            }
        }
        self.names.learn(&self.cx, snapshot, wanted).await?;
        let first = self.written + 1;
        self.written += rows.len();
        Ok(rows.iter().zip(first..).map(|(row, number)| self.line(number, row)).collect())
    }
}

impl Ledger {
    fn line(&self, number: usize, row: &Row) -> Vec<Out> {
        let show = |field: &kit::Field, cell: &Cell| match cell {
            Cell::Id(id) => self.names.get(*id).cloned().unwrap_or_default(),
            cell => show::plain(&self.cx, &HAZARD, field, cell),
        };
        let cells = ledger::line(number, row, &show).into_iter().zip(LEDGER);
        cells.map(|(text, (_, source))| out(row, *source, text)).collect()
    }
}

/// Numbers, sums and days as such, so that the office can go on counting.
fn out(row: &Row, source: Source, text: String) -> Out {
    match source {
        _ if text.is_empty() => Out::Empty,
        Source::Number => text.parse().map_or(Out::Empty, Out::Int),
        Source::Yuan(_) => text.parse().map_or(Out::Empty, Out::Real),
        Source::Field(name) | Source::Done(name) => row.get(&HAZARD, name).date().map_or(Out::Text(text), Out::Date),
    }
}
