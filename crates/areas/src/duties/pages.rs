//! The duties of a period with their filters, and what the other pages of duties share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellKind, CellView, LinkView, OptionView, PagerView, RowView, TileView, Tone};
use engine::web::{Asked, Reader, labels};
use engine::{App, Cx, days};
use kit::dates::shanghai_time;
use kit::duty::{Duty, Level, Span, State, Tally};
use store::StoreError;
use uuid::Uuid;

use super::mine::levels;
use super::question::{Question, Shown, question};
use super::reading::Reading;
use super::rhythm::RHYTHMS;
use super::view::DutiesPage;
use super::{called, counts, one};

/// Lines of one page.
const PAGE: usize = 50;
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/duties", get(list))
        .route("/duties/one", get(one::page))
        .route("/duties/figures", get(counts::page))
        .route("/duties/done", post(one::tap))
}

pub fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

pub fn may(cx: &Cx) -> Result<(), Refused> {
    if cx.may("duty", "read") && !levels(cx.actor.role).is_empty() { Ok(()) } else { Err(Refused::Missing) }
}

pub fn tone(state: State) -> Tone {
    match state {
        State::Coming | State::Waived => Tone::Plain,
        State::Due => Tone::Info,
        State::Done => Tone::Good,
        State::DoneLate => Tone::Warn,
        State::Missed => Tone::Bad,
    }
}

pub fn state_word(cx: &Cx, state: State) -> String {
    cx.word(&format!("duties.state.{}", state.code())).to_owned()
}

async fn list(reader: Reader, asked: Asked) -> Response {
    let made = page(&reader, &asked).await;
    answer(&reader, made.map(|page| render(&page)))
}

async fn page(reader: &Reader, asked: &Asked) -> Result<DutiesPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let question = question(cx, asked);
    let reading = question.read(cx).await?;
    let mut tally = Tally::default();
    let mut found: Vec<Duty<'_>> = Vec::new();
    reading.each(question.now(cx), |duty| {
        if question.concerns(&duty) {
            tally.add(duty.state, 1);
            if question.shows(duty.state) {
                found.push(duty);
            }
        }
    });
    // What is late stands first, then what comes next; what is done last.
    found.sort_by_key(|duty| (rank(duty.state), duty.span.due, duty.norm.code.clone(), duty.subject));
    let names = names(cx, &reading).await?;
    let tile = |state: &State| TileView {
        label: state_word(cx, *state),
        value: tally.get(*state).to_string(),
        href: question.with(if question.shown == Shown::One(*state) { Shown::All } else { Shown::One(*state) }),
        tone: if tally.get(*state) == 0 { Tone::Plain } else { tone(*state) },
        ..TileView::default()
    };
    let pager = pager(&question, found.len());
    let rows: Vec<_> = found.iter().skip(pager.first).take(PAGE).map(|duty| line(cx, duty, &names)).collect();
    let columns = ["duties.duty", "duties.subject", "duties.due_on", "duties.keeper", "duties.acts", "duties.state"];
    Ok(DutiesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "duties.title"),
        from: question.wanted.from.to_string(),
        to: question.wanted.to.to_string(),
        tiles: State::ALL.iter().map(tile).collect(),
        states: options(
            State::ALL
                .iter()
                .map(|state| (state.code().to_owned(), state_word(cx, *state)))
                .chain([("asked".to_owned(), cx.word("duties.asked").to_owned())]),
            question.chosen(),
        ),
        rhythms: options(
            RHYTHMS.iter().map(|code| ((*code).to_owned(), cx.word(&format!("duties.rhythm.{code}")).to_owned())),
            question.rhythm,
        ),
        duties: options(known(cx, &question), question.wanted.code.as_deref()),
        subjects: options(
            names.iter().map(|(id, name)| (id.to_string(), name.clone())),
            question.wanted.subject.map(|id| id.to_string()).as_deref(),
        ),
        kept: question.kept(),
        columns: columns.map(|key| cx.word(key).to_owned()).to_vec(),
        rows,
        total: cx.app.words.fill(cx.lang, "duties.total", &[("n", found.len().to_string())]),
        notes: notes(cx, &question),
        pager: pager.view,
        links: links(cx, &question),
        fault: question.fault.then(|| cx.word("error.duties.question").to_owned()),
    })
}

/// Where a page of the list begins, and the ways to the others.
struct Turn {
    first: usize,
    view: Option<PagerView>,
}

fn pager(question: &Question, whole: usize) -> Turn {
    let pages = whole.div_ceil(PAGE).max(1);
    let page = question.page.min(pages);
    let first = (page - 1) * PAGE;
    let to = |page: usize, there: bool| there.then(|| question.turned(page));
    let view = (pages > 1).then(|| PagerView {
        range: format!("{}–{} / {whole}", first + 1, (first + PAGE).min(whole)),
        first: to(1, page > 2),
        previous: to(page - 1, page > 1),
        next: to(page + 1, page < pages),
    });
    Turn { first, view }
}

/// What the address leaves out that no field of the form shows.
fn notes(cx: &Cx, question: &Question) -> Vec<String> {
    let recorded = question.recorded.then(|| cx.word("duties.only_recorded").to_owned());
    let cutoff = question.cutoff.map(|day| cx.app.words.fill(cx.lang, "duties.as_of", &[("day", day.to_string())]));
    recorded.into_iter().chain(cutoff).collect()
}

fn links(cx: &Cx, question: &Question) -> Vec<LinkView> {
    let wanted = &question.wanted;
    let link = |key: &str, href: String| LinkView { label: cx.word(key).to_owned(), href };
    vec![
        link("duties.calendar", "/duties/calendar".into()),
        link("duties.figures", format!("/duties/figures?from={}&to={}", wanted.from, wanted.to)),
    ]
}

const fn rank(state: State) -> u8 {
    match state {
        State::Missed => 0,
        State::Due => 1,
        State::Coming => 2,
        State::DoneLate => 3,
        State::Waived => 4,
        State::Done => 5,
    }
}

fn options(all: impl Iterator<Item = (String, String)>, now: Option<&str>) -> Vec<OptionView> {
    all.map(|(value, label)| OptionView { selected: Some(value.as_str()) == now, value, label }).collect()
}

/// The norms that can be asked for, by their words.
fn known(cx: &Cx, question: &Question) -> impl Iterator<Item = (String, String)> {
    let rules = cx.app.rules();
    let codes: BTreeMap<_, _> = rules
        .conduct
        .duties
        .iter()
        .filter(|norm| question.wanted.levels.contains(&norm.level))
        .map(|norm| (norm.code.clone(), called(cx, &norm.code)))
        .collect();
    codes.into_iter()
}

/// The names of all whose duties were read.
pub async fn names(cx: &Cx, reading: &Reading) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let tree = cx.app.tree();
    let (classes, places): (Vec<_>, Vec<_>) =
        reading.subjects.iter().partition(|subject| subject.level == Level::Class);
    let mut names: BTreeMap<_, _> =
        places.iter().map(|subject| (subject.id, tree.name(subject.id).to_owned())).collect();
    if !classes.is_empty() {
        let ids: Vec<_> = classes.iter().map(|subject| subject.id).collect();
        names.extend(labels(cx, HashMap::from([("class", ids)])).await?);
    }
    Ok(names)
}

fn line(cx: &Cx, duty: &Duty<'_>, names: &BTreeMap<Uuid, String>) -> RowView {
    // Nothing of one reads like a result where it is only a number: how often of how often.
    let acts = format!("{}/{}", duty.acts, duty.norm.times);
    RowView {
        href: own_address(&duty.norm.code, duty.subject, &duty.span),
        cells: vec![
            CellView::text(called(cx, &duty.norm.code)),
            CellView::text(names.get(&duty.subject).cloned().unwrap_or_default()),
            days::cell(cx, moment(&duty.span), duty.span.due_on, school_of(cx, duty.norm.level, duty.subject)),
            CellView::text(cx.word(&format!("post.post.{}", duty.norm.keeper))),
            CellView { text: acts, kind: CellKind::Number },
            CellView::badge(state_word(cx, duty.state), tone(duty.state)),
        ],
        pick: None,
    }
}

/// The school whose days a duty has.
pub fn school_of(cx: &Cx, level: Level, subject: Uuid) -> Option<Uuid> {
    match level {
        Level::School => Some(subject),
        Level::Class => cx.scope().home,
        Level::County | Level::Bureau | Level::Department | Level::Township => None,
    }
}

/// `2021-12-20`, or with its time where the day does not end with it.
pub fn moment(span: &Span) -> String {
    let at = shanghai_time(span.due);
    let clock = at.format("%H:%M").to_string();
    if clock == "23:59" { span.due_on.to_string() } else { format!("{} {clock}", span.due_on) }
}

pub fn own_address(code: &str, subject: Uuid, span: &Span) -> String {
    format!("/duties/one?duty={code}&subject={subject}&day={}", span.due_on)
}
