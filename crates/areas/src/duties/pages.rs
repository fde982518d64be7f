//! The duties of a period with their filters, and what the other pages of duties share.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::{Datelike, NaiveDate, TimeDelta};
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellKind, CellView, LinkView, OptionView, RowView, TileView, Tone};
use engine::web::{Asked, Reader, labels};
use engine::{App, Cx, days};
use kit::dates::{Period, shanghai_time};
use kit::duty::{Duty, Level, Span, State, Tally};
use store::StoreError;
use uuid::Uuid;

use super::mine::levels;
use super::reading::{Reading, Wanted, read};
use super::view::DutiesPage;
use super::{called, counts, one};

/// Lines of one page; whoever wants fewer asks more closely.
const MOST: usize = 200;
/// The longest stretch that one page counts, in days: a school year.
pub const LONGEST: i64 = 400;

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

/// Nobody kept duties before, and nobody plans them beyond.
pub fn is_known(day: NaiveDate) -> bool {
    (2000..2100).contains(&day.year())
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

/// What the address asks: a period or two days, a state, a norm, a subject.
pub struct Question {
    pub wanted: Wanted,
    state: Option<State>,
    level: String,
    /// The address held something that is no answer.
    fault: bool,
}

pub fn question(cx: &Cx, asked: &Asked) -> Question {
    let mut fault = false;
    let mut read = |name: &str| -> Option<NaiveDate> {
        let text = asked.get(name)?;
        let day = text.parse().ok();
        fault |= day.is_none();
        day
    };
    let days = (read("from"), read("to"));
    let period = asked.get("period").map(str::parse::<Period>);
    fault |= matches!(period, Some(Err(_)));
    let period = period.and_then(Result::ok);
    // One's own school by the month; a county by the week that ends today.
    let usual = || {
        let month = Period::month_of(cx.today());
        if cx.scope().all { (cx.today() - TimeDelta::days(7), cx.today()) } else { (month.first(), month.last()) }
    };
    let (from, to) = match (days, period) {
        ((Some(from), Some(to)), _) => (from, to),
        (_, Some(period)) => (period.first(), period.last()),
        _ => usual(),
    };
    let sound = is_known(from) && is_known(to) && from <= to && (to - from).num_days() <= LONGEST;
    fault |= !sound;
    let (from, to) = if sound { (from, to) } else { usual() };
    let all = levels(cx.actor.role);
    let level = all.iter().copied().filter(|level| asked.get("level").is_none_or(|code| code == level.code()));
    let levels: Vec<_> = level.collect();
    let state = asked.get("state").map(State::of);
    fault |= matches!(state, Some(None)) || levels.is_empty();
    let subject = asked.get("subject").map(str::parse::<Uuid>);
    fault |= matches!(subject, Some(Err(_)));
    let levels = if levels.is_empty() { all.to_vec() } else { levels };
    let code = asked.get("duty").map(str::to_owned);
    fault |= code.as_ref().is_some_and(|code| cx.app.rules().conduct.duties.any(code).is_none());
    Question {
        wanted: Wanted { subject: subject.and_then(Result::ok), code, ..Wanted::new(from, to, &levels) },
        state: state.flatten(),
        level: asked.get("level").unwrap_or_default().to_owned(),
        fault,
    }
}

/// The address of the same question with something else in one place.
fn address(question: &Question, state: Option<State>) -> String {
    let wanted = &question.wanted;
    let mut to = format!("/duties?from={}&to={}", wanted.from, wanted.to);
    let pairs = [
        ("level", (!question.level.is_empty()).then(|| question.level.clone())),
        ("duty", wanted.code.clone()),
        ("subject", wanted.subject.map(|id| id.to_string())),
        ("state", state.map(|state| state.code().to_owned())),
    ];
    for (name, value) in pairs.into_iter().filter_map(|(name, value)| Some((name, value?))) {
        to.push_str(&format!("&{name}={}", engine::web::encode(&value)));
    }
    to
}

async fn list(reader: Reader, asked: Asked) -> Response {
    let made = page(&reader, &asked).await;
    answer(&reader, made.map(|page| render(&page)))
}

async fn page(reader: &Reader, asked: &Asked) -> Result<DutiesPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let question = question(cx, asked);
    let reading = read(cx, &question.wanted).await?;
    let mut tally = Tally::default();
    let mut found: Vec<Duty<'_>> = Vec::new();
    reading.each(cx.now, |duty| {
        tally.add(duty.state, 1);
        if question.state.is_none_or(|state| state == duty.state) {
            found.push(duty);
        }
    });
    // What is late stands first, then what comes next; what is done last.
    found.sort_by_key(|duty| (rank(duty.state), duty.span.due, duty.norm.code.clone(), duty.subject));
    let names = names(cx, &reading).await?;
    let tile = |state: &State| TileView {
        label: state_word(cx, *state),
        value: tally.get(*state).to_string(),
        href: address(&question, (question.state != Some(*state)).then_some(*state)),
        tone: if tally.get(*state) == 0 { Tone::Plain } else { tone(*state) },
        ..TileView::default()
    };
    let rows: Vec<_> = found.iter().take(MOST).map(|duty| line(cx, duty, &names)).collect();
    let shown = [("n", found.len().to_string()), ("shown", rows.len().to_string())];
    let total = if found.len() > MOST { "duties.total_first" } else { "duties.total" };
    let columns = ["duties.duty", "duties.subject", "duties.due_on", "duties.keeper", "duties.acts", "duties.state"];
    Ok(DutiesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "duties.title"),
        from: question.wanted.from.to_string(),
        to: question.wanted.to.to_string(),
        tiles: State::ALL.iter().map(tile).collect(),
        states: options(
            State::ALL.iter().map(|state| (state.code().to_owned(), state_word(cx, *state))),
            question.state.map(State::code),
        ),
        duties: options(known(cx, &question), question.wanted.code.as_deref()),
        subjects: options(
            names.iter().map(|(id, name)| (id.to_string(), name.clone())),
            question.wanted.subject.map(|id| id.to_string()).as_deref(),
        ),
        level: question.level.clone(),
        columns: columns.map(|key| cx.word(key).to_owned()).to_vec(),
        rows,
        total: cx.app.words.fill(cx.lang, total, &shown),
        links: links(cx, &question),
        fault: question.fault.then(|| cx.word("error.duties.question").to_owned()),
    })
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
    let acts = if duty.norm.times > 1 { format!("{}/{}", duty.acts, duty.norm.times) } else { duty.acts.to_string() };
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
