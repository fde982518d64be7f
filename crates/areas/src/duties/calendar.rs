//! A month and a week of one's own duties, on the days on which they are due.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use chrono::{Datelike, NaiveDate, TimeDelta};
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::LinkView;
use engine::web::{Asked, Reader};
use engine::{App, Cx, days};
use kit::calendar::DayKind;
use kit::dates::Period;
use kit::duty::Level;

use super::called;
use super::feed::living;
use super::mine::{Posts, levels};
use super::pages::{may, names, own_address, state_word, tone};
use super::question::is_known;
use super::reading::{Reading, Wanted, read};
use super::view::{CalendarPage, DayItem, DayView};

/// Items of one day of a month; the week has room for more.
const MONTH: usize = 4;
const WEEK: usize = 30;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/duties/calendar", get(page))
}

async fn page(reader: Reader, asked: Asked) -> Response {
    let week = asked.get("view") == Some("week");
    let day = asked.get("day").and_then(|text| text.parse().ok());
    let day = day.filter(|day| is_known(*day)).unwrap_or_else(|| reader.cx.today());
    match made(&reader, day, week, None).await {
        Ok(page) => render(&page),
        Err(refused) => refused_page(&reader, &refused),
    }
}

/// The calendar with a new address, which is shown this once and kept nowhere.
pub async fn with_feed(reader: &Reader, feed: String) -> Response {
    match made(reader, reader.cx.today(), false, Some(feed)).await {
        Ok(page) => {
            let mut response = render(&page);
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(refused) => refused_page(reader, &refused),
    }
}

fn monday(day: NaiveDate) -> NaiveDate {
    day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()))
}

/// The weeks that are shown, and the days before and after them.
fn stretch(day: NaiveDate, week: bool) -> (NaiveDate, NaiveDate, NaiveDate, NaiveDate) {
    if week {
        let first = monday(day);
        return (first, first + TimeDelta::days(6), day - TimeDelta::days(7), day + TimeDelta::days(7));
    }
    let month = Period::month_of(day);
    let last = month.last();
    let after = last.succ_opt().unwrap_or(last);
    (monday(month.first()), monday(last) + TimeDelta::days(6), month.previous().first(), after)
}

async fn made(reader: &Reader, day: NaiveDate, week: bool, feed: Option<String>) -> Result<CalendarPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let (first, last, before, after) = stretch(day, week);
    let reading = read(cx, &Wanted::new(first, last, levels(cx.actor.role))).await?;
    let posts = Posts::of(cx, cx.today()).await?;
    let days = days(cx, &reading, &posts).await?;
    let month = day.month();
    let views: Vec<_> = first
        .iter_days()
        .take_while(|day| *day <= last)
        .map(|one| view(cx, &reading, one, (week, month), days.get(&one).map_or(&[], Vec::as_slice)))
        .collect();
    let mut weeks: Vec<Vec<DayView>> = Vec::new();
    for (at, view) in views.into_iter().enumerate() {
        if at % 7 == 0 {
            weeks.push(Vec::with_capacity(7));
        }
        if let Some(last) = weeks.last_mut() {
            last.push(view);
        }
    }
    let shown = if week { "week" } else { "month" };
    let link = |key: &str, view: &str, day: NaiveDate| LinkView {
        label: cx.word(key).to_owned(),
        href: format!("/duties/calendar?view={view}&day={day}"),
    };
    let of_month = [("year", day.year().to_string()), ("month", format!("{month:02}"))];
    let heading =
        if week { format!("{first} – {last}") } else { cx.app.words.fill(cx.lang, "calendar.month_of", &of_month) };
    // On a telephone the days stand one below the other.
    let now = link("duties.today", shown, cx.today());
    Ok(CalendarPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "duties.calendar"),
        heading,
        week,
        weekdays: (1..=7).map(|day| cx.word(&format!("ui.weekday_{day}")).to_owned()).collect(),
        weeks,
        before: link(if week { "duties.week_before" } else { "duties.month_before" }, shown, before),
        after: link(if week { "duties.week_after" } else { "duties.month_after" }, shown, after),
        other: if week { link("duties.month", "month", day) } else { link("duties.week", "week", day) },
        now: LinkView { href: format!("{}#today", now.href), ..now },
        has_feed: !living(cx).await?.is_empty(),
        feed,
        request_id: cx.request.to_string(),
    })
}

/// One's own duties by the day on which they are due; what comes every day stands once, as long as it is not missed.
async fn days(cx: &Cx, reading: &Reading, posts: &Posts) -> Result<BTreeMap<NaiveDate, Vec<DayItem>>, Refused> {
    let names = names(cx, reading).await?;
    let mut days: BTreeMap<NaiveDate, Vec<DayItem>> = BTreeMap::new();
    reading.each(cx.now, |duty| {
        if !posts.keep(&cx.actor, &duty) {
            return;
        }
        let word = called(cx, &duty.norm.code);
        let place = names.get(&duty.subject).filter(|_| names.len() > 1 && duty.norm.level != Level::County);
        let title = place.map_or_else(|| word.clone(), |place| format!("{word} · {place}"));
        days.entry(duty.span.due_on).or_default().push(DayItem {
            title,
            tone: tone(duty.state).to_string(),
            href: own_address(&duty.norm.code, duty.subject, &duty.span),
            state: state_word(cx, duty.state),
        });
    });
    for items in days.values_mut() {
        // Rare things first: those of a longer period come after the daily ones in the rules.
        items.reverse();
    }
    Ok(days)
}

fn view(cx: &Cx, reading: &Reading, day: NaiveDate, (week, month): (bool, u32), items: &[DayItem]) -> DayView {
    let most = if week { WEEK } else { MONTH };
    // What stands in the column of its weekday anyway is not said again.
    let note = match cx.app.calendar().kind(day) {
        DayKind::Holiday(_) | DayKind::MadeUp => days::note(cx, day, None).word,
        DayKind::Workday | DayKind::Weekend => String::new(),
    };
    let copy = |item: &DayItem| DayItem {
        title: item.title.clone(),
        tone: item.tone.clone(),
        href: item.href.clone(),
        state: item.state.clone(),
    };
    DayView {
        number: day.day().to_string(),
        label: day.to_string(),
        href: format!("/duties?from={day}&to={day}"),
        beside: !week && day.month() != month,
        today: day == cx.today(),
        school: reading.is_school_day(day),
        note,
        items: items.iter().take(most).map(copy).collect(),
        more: items.len().saturating_sub(most),
    }
}
