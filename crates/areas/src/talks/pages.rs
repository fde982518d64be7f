//! The day's talks: what is to be said, with its two sentences, and the one touch that says it was.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::NaiveDate;
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{LinkView, Tone};
use engine::web::{Posted, Reader};
use engine::{App, Cx, days};
use kit::topics::Topic;
use kit::{Cell, Facts, Role, Row, Scope, Test};
use uuid::Uuid;

use super::act;
use super::offer::{self, Time};
use super::record::TALK;
use super::view::{NowPage, OfferView, SayView};
use crate::attendance::handover::{HANDOVER, whole_classes};
use crate::organisation::record::{CLASS, SCHOOL};
use crate::patrols::day::School;
use crate::patrols::due::{clock, minute};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/talk", get(page).post(said))
}

async fn said(posted: Posted) -> Response {
    let reader = &posted.reader;
    match act::said(&reader.cx, kit::dates::shanghai_date(reader.done_at()), &posted.values).await {
        Ok(_) => Redirect::to("/talk").into_response(),
        Err(refused) => refused_page(reader, &refused),
    }
}

async fn page(reader: Reader) -> Response {
    match made(&reader).await {
        Ok(page) => (StatusCode::OK, render(&page)).into_response(),
        Err(refused) => refused_page(&reader, &refused),
    }
}

/// One kind of talk as it is offered to this reader.
struct Offered {
    kind: &'static str,
    time: Option<Time>,
    /// `None` for the whole school.
    classes: Option<Vec<Row>>,
    /// A class of it went home before its hour.
    gone: bool,
    /// Which of the day's topics: a lesson has another than the minute.
    turn: usize,
}

async fn made(reader: &Reader) -> Result<NowPage, Refused> {
    let cx = &reader.cx;
    if !cx.may(TALK.name, "create") {
        return Err(Refused::Missing);
    }
    let (day, home) = (cx.today(), cx.scope().home.or(cx.actor.unit));
    let facts = cx.facts(&[], &[]).await?;
    let row = match home {
        Some(home) => cx.app.store.find(&SCHOOL, home, &Scope::county()).await?,
        None => None,
    };
    let mut offers = Vec::new();
    if let Some(row) = &row {
        let school = School::of(row);
        let off = offer::days_off(&facts.calendar, &facts.terms, school.id, day);
        let topics = facts.conduct.topics.of(day, off);
        for offered in offered(cx, &school, day, &facts).await? {
            if let Some(topic) = topics.get(offered.turn.min(topics.len().saturating_sub(1))) {
                offers.push(view(cx, &offered, topic).await?);
            }
        }
    }
    offers.sort_by_key(|offer| !offer.loud);
    let more = LinkView { label: cx.word("talk.more").to_owned(), href: "/talks/new".into() };
    Ok(NowPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "talk.now"),
        lead: cx.app.words.fill(cx.lang, "talk.now.lead", &[("day", days::of_week(cx, day))]),
        offers,
        more: Some(more),
    })
}

/// A class teacher speaks to his class, the leaders to the school. Nothing is offered on a day without school.
async fn offered(cx: &Cx, school: &School, day: NaiveDate, facts: &Facts) -> Result<Vec<Offered>, Refused> {
    let slots = school.slots(day, facts);
    if slots.is_empty() {
        return Ok(Vec::new());
    }
    if cx.actor.role != Role::Teacher {
        let first = offer::begins_week(&facts.calendar, &facts.terms, school.id, day);
        let flag = offer::flag_raising(&slots, first);
        let flag = flag.map(|time| Offered { kind: "flag", time: Some(time), classes: None, gone: false, turn: 0 });
        return Ok(flag
            .into_iter()
            .chain([Offered { kind: "assembly", time: None, classes: None, gone: false, turn: 1 }])
            .collect());
    }
    let mut classes: Vec<Row> =
        cx.app.store.find_many(&CLASS, &cx.scope().classes, cx.scope()).await?.into_values().collect();
    classes.sort_by(|one, two| one.get(&CLASS, "name").text().cmp(&two.get(&CLASS, "name").text()));
    let gone = gone(cx, &classes, day).await?;
    let time = offer::minute_before(&slots);
    let minute = Offered { kind: "minute", time, classes: Some(classes.clone()), gone, turn: 0 };
    Ok(vec![minute, Offered { kind: "lesson", time: None, classes: Some(classes), gone: false, turn: 1 }])
}

/// Whether one of these classes has been handed over on a day: its minute need not wait for the hour of the timetable.
async fn gone(cx: &Cx, classes: &[Row], day: NaiveDate) -> Result<bool, Refused> {
    let ids = classes.iter().map(|class| Cell::Id(class.id)).collect();
    let handed = whole_classes().is("day", Cell::Date(day)).filter(CLASS.name, Test::OneOf(ids));
    Ok(!classes.is_empty() && cx.app.store.count(&HANDOVER, &handed, &Scope::county()).await? > 0)
}

async fn view(cx: &Cx, offered: &Offered, topic: &Topic) -> Result<OfferView, Refused> {
    let now = minute(kit::dates::shanghai_time(cx.now).time());
    let heading = cx.word(&format!("talk.kind.{}", offered.kind)).to_owned();
    let mut says = Vec::new();
    match &offered.classes {
        None => says.push(say(cx, offered.kind, None, &heading).await?),
        Some(classes) => {
            for class in classes {
                says.push(say(cx, offered.kind, Some(class), &heading).await?);
            }
        }
    }
    let done = !says.is_empty() && says.iter().all(|say| say.done);
    let loud = !done && offered.time.is_some_and(|time| time.holds(now));
    let (badge, tone) = match offered.time {
        _ if done => ("talk.done", Tone::Good),
        _ if loud => ("talk.is_now", Tone::Warn),
        Some(time) if now < time.from && !offered.gone => ("talk.later", Tone::Plain),
        _ => ("talk.any_time", Tone::Plain),
    };
    Ok(OfferView {
        kind: offered.kind,
        heading,
        when: offered.time.map(|time| format!("{}–{}", clock(time.from), clock(time.until))).unwrap_or_default(),
        badge: cx.word(badge).to_owned(),
        tone,
        topic: topic.code.clone(),
        title: topic.title.clone(),
        text: topic.text.clone(),
        says,
        loud,
    })
}

async fn say(cx: &Cx, kind: &str, class: Option<&Row>, heading: &str) -> Result<SayView, Refused> {
    let id: Option<Uuid> = class.map(|class| class.id);
    let rows = act::on(cx, cx.today(), id).await?;
    let done = rows.iter().any(|row| row.get(&TALK, "kind").text() == Some(kind) && row.get(&TALK, "class").id() == id);
    let label = class.and_then(|class| class.get(&CLASS, "name").text()).unwrap_or_default().to_owned();
    Ok(SayView {
        kept: format!("{heading} {label}"),
        label,
        done,
        request_id: cx.app.store.new_id(cx.now).to_string(),
        class: id.map(|id| id.to_string()).unwrap_or_default(),
    })
}
