//! The month of a school: holidays, make-up days, terms, suspensions, exams, each day with what it is.

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike, NaiveDate, TimeDelta};
use engine::error::{refused_page, render};
use engine::pages::{begin, titled, words};
use engine::save::Refused;
use engine::view::{LinkView, OptionView, Tone};
use engine::web::{Asked, Reader};
use engine::{App, Cx};
use kit::calendar::DayKind;
use kit::dates::Period;
use kit::terms::{SchoolDay, boarders_stay, school_day};
use kit::tree::Node;
use kit::{Noun, Query, Row, Rules};
use uuid::Uuid;

use super::record::{SCHOOL_DAY, SUSPENSION, TERM};
use super::view::{CalendarPage, DayView, EventView};
use super::withdraw::stands;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/calendar", get(page))
}

async fn page(reader: Reader, asked: Asked) -> Response {
    match month(&reader, &asked).await {
        Ok(page) => render(&page),
        Err(refused) => refused_page(&reader, &refused),
    }
}

/// The first day of the month that is asked about; what is no month means this one.
fn asked_month(cx: &Cx, asked: &Asked) -> NaiveDate {
    let typed = asked.get("month").and_then(|text| format!("{text}-01").parse::<NaiveDate>().ok());
    let known = typed.filter(|day| (2000..=2100).contains(&day.year()));
    Period::month_of(known.unwrap_or_else(|| cx.today())).first()
}

async fn month(reader: &Reader, asked: &Asked) -> Result<CalendarPage, Refused> {
    let cx = &reader.cx;
    if !cx.may(TERM.name, "read") {
        return Err(Refused::Missing);
    }
    let tree = cx.app.tree();
    let mut schools: Vec<&Node> = tree.of_kind("school").chain(tree.of_kind("campus")).collect();
    schools.sort_by(|a, b| a.code.cmp(&b.code));
    let chosen = asked.get("school").and_then(|id| id.parse::<Uuid>().ok()).or(cx.scope().home);
    let school = schools.iter().find(|node| Some(node.id) == chosen).or(schools.first()).ok_or(Refused::Missing)?;
    let (rules, first) = (cx.app.rules(), asked_month(cx, asked));
    let month = Period::month_of(first);
    let days: Vec<_> = first.iter_days().take_while(|day| month.contains(*day)).collect();
    let title = cx.app.words.fill(
        cx.lang,
        "calendar.month_of",
        &[("year", first.year().to_string()), ("month", first.month().to_string())],
    );
    Ok(CalendarPage {
        t: words(&cx.app, cx.lang),
        layout: titled(reader, format!("{} · {title}", school.name)),
        month: first.format("%Y-%m").to_string(),
        schools: schools
            .iter()
            .map(|node| OptionView {
                value: node.id.to_string(),
                label: node.name.clone(),
                selected: node.id == school.id,
            })
            .collect(),
        before: step(cx, school.id, first - TimeDelta::days(1), "calendar.before"),
        after: step(cx, school.id, month.last() + TimeDelta::days(1), "calendar.after"),
        weekdays: (1..=7).map(|number| cx.word(&format!("calendar.weekday_{number}")).to_owned()).collect(),
        weeks: weeks(cx, &rules, school.id, &days),
        counts: counts(cx, &rules, school.id, &days),
        warnings: warnings(cx, &rules, school.id, &days),
        events: events(cx, school.id, month).await?,
        actions: actions(cx, school.id),
        title,
    })
}

fn step(cx: &Cx, school: Uuid, day: NaiveDate, key: &str) -> LinkView {
    LinkView {
        label: cx.word(key).to_owned(),
        href: format!("/calendar?school={school}&month={}", day.format("%Y-%m")),
    }
}

/// The days in weeks that begin on Monday, with nothing where another month is.
fn weeks(cx: &Cx, rules: &Rules, school: Uuid, days: &[NaiveDate]) -> Vec<Vec<Option<DayView>>> {
    let lead = days.first().map_or(0, |day| day.weekday().num_days_from_monday() as usize);
    let mut cells: Vec<_> = (0..lead).map(|_| None).collect();
    cells.extend(days.iter().map(|day| Some(day_view(cx, rules, school, *day))));
    while cells.len() % 7 != 0 {
        cells.push(None);
    }
    let mut weeks = Vec::new();
    while !cells.is_empty() {
        weeks.push(cells.drain(..7).collect());
    }
    weeks
}

fn day_view(cx: &Cx, rules: &Rules, school: Uuid, day: NaiveDate) -> DayView {
    let kind = school_day(&rules.calendar, &rules.terms, school, day);
    let (key, tone) = match kind {
        SchoolDay::Lessons => ("lessons", Tone::Plain),
        SchoolDay::MadeUp => ("made_up", Tone::Warn),
        SchoolDay::Exam(_) => ("exam", Tone::Info),
        SchoolDay::Weekend => ("weekend", Tone::Good),
        SchoolDay::Holiday(_) => ("holiday", Tone::Good),
        SchoolDay::Off(_) => ("off", Tone::Good),
        SchoolDay::Suspended(_) => ("suspended", Tone::Bad),
        // Offices go on working between terms.
        SchoolDay::Vacation => match rules.calendar.kind(day) {
            DayKind::Holiday(_) => ("holiday", Tone::Good),
            _ => ("vacation", Tone::Good),
        },
    };
    DayView {
        number: day.day(),
        date: day.to_string(),
        label: cx.word(&format!("calendar.day.{key}")).to_owned(),
        tone,
        teaches: kind.is_school_day(),
        today: day == cx.today(),
        note: note(cx, rules, school, day, kind),
    }
}

/// The holiday's or the exam's name, why lessons are suspended, and whether boarders sleep at school.
fn note(cx: &Cx, rules: &Rules, school: Uuid, day: NaiveDate, kind: SchoolDay<'_>) -> String {
    let named = cx.lang != kit::Lang::En;
    let mut notes: Vec<String> = match kind {
        SchoolDay::Exam(name) | SchoolDay::Holiday(name) | SchoolDay::Off(name) if named => vec![name.to_owned()],
        SchoolDay::Suspended(reason) => vec![cx.word(&format!("suspension.reason.{reason}")).to_owned()],
        _ => Vec::new(),
    };
    let stay = !kind.is_school_day() && boarders_stay(&rules.calendar, &rules.terms, school, day);
    notes.extend(stay.then(|| cx.word("calendar.boarders").to_owned()));
    notes.join(" · ")
}

fn counts(cx: &Cx, rules: &Rules, school: Uuid, days: &[NaiveDate]) -> Vec<(String, String)> {
    let count = |held: &dyn Fn(NaiveDate) -> bool| days.iter().filter(|day| held(**day)).count().to_string();
    let teaches = |day| kit::terms::is_school_day(&rules.calendar, &rules.terms, school, day);
    let worked = |day| rules.calendar.is_workday(day);
    [("calendar.school_days", count(&teaches)), ("calendar.workdays", count(&worked))]
        .map(|(key, count)| (cx.word(key).to_owned(), count))
        .to_vec()
}

/// A year without a notice counts by weekends alone, a season without a term by the usual one: whoever plans by it must know.
fn warnings(cx: &Cx, rules: &Rules, school: Uuid, days: &[NaiveDate]) -> Vec<String> {
    let mut warnings = Vec::new();
    let year = days.first().map(Datelike::year).filter(|year| !rules.calendar.known(*year));
    if let Some(year) = year {
        warnings.push(cx.app.words.fill(cx.lang, "calendar.no_notice", &[("year", year.to_string())]));
    }
    if !days.iter().all(|day| rules.terms.known(school, *day)) {
        warnings.push(cx.word("calendar.no_terms").to_owned());
    }
    warnings
}

/// What touches the month, of this school, its township or the county.
async fn events(cx: &Cx, school: Uuid, month: Period) -> Result<Vec<EventView>, Refused> {
    let tree = cx.app.tree();
    let above: Vec<_> =
        std::iter::successors(Some(school), |id| tree.get(*id).and_then(|node| node.parent)).take(8).collect();
    let mut events = Vec::new();
    let nouns: [&'static Noun; 3] = [&TERM, &SUSPENSION, &SCHOOL_DAY];
    for noun in nouns {
        if !cx.may(noun.name, "read") {
            continue;
        }
        let query = Query::new().up_to("from_on", month.last()).limit(200);
        for row in cx.app.store.list(noun, &query, cx.scope()).await?.rows {
            let until = row.get(noun, "until_on").date();
            if stands(noun, &row) && mine(noun, &row, &above) && until.is_none_or(|until| month.first() <= until) {
                events.push(event(cx, noun, &row));
            }
        }
    }
    Ok(events)
}

fn mine(noun: &Noun, row: &Row, above: &[Uuid]) -> bool {
    let of = |field: &str| noun.index(field).and_then(|_| row.get(noun, field).id());
    match of("school").or_else(|| of("unit")) {
        Some(place) => above.contains(&place),
        None => true,
    }
}

fn event(cx: &Cx, noun: &Noun, row: &Row) -> EventView {
    let text = |field: &str| row.get(noun, field).text().unwrap_or_default().to_owned();
    let date = |field: &str| row.get(noun, field).date().map(|day| day.to_string()).unwrap_or_default();
    let label = match noun.name {
        "term" => cx.word(&format!("term.season.{}", text("season"))).to_owned(),
        "suspension" => {
            format!("{} · {}", cx.word("suspension"), cx.word(&format!("suspension.reason.{}", text("reason"))))
        }
        _ if cx.lang == kit::Lang::En => cx.word(&format!("school_day.kind.{}", text("kind"))).to_owned(),
        _ => text("name"),
    };
    EventView {
        label,
        days: format!("{} – {}", date("from_on"), date("until_on")),
        href: format!("/{}/{}", noun.plural, row.id),
    }
}

/// What this reader may enter for the school.
fn actions(cx: &Cx, school: Uuid) -> Vec<LinkView> {
    let writes = cx.actor.role.county_wide() || cx.scope().holds(school);
    let link = |noun: &Noun| LinkView { label: begin(cx, noun), href: format!("/{}/new?school={school}", noun.plural) };
    let nouns: [&Noun; 2] = [&SUSPENSION, &SCHOOL_DAY];
    nouns.into_iter().filter(|noun| writes && cx.may(noun.name, "create")).map(link).collect()
}
