//! 到校查询: was this pupil there on that day? From enrolment and sheets, for anybody who may see the pupil.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use engine::area::Paper;
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::{self, Refused};
use engine::view::{LinkView, Tone};
use engine::web::{Asked, Reader, labels};
use engine::{App, Cx};
use kit::{Cell, Query, Row};
use uuid::Uuid;

use super::handover::{HANDOVER, Last};
use super::pages::{clock, session_word};
use super::record::{MISSING, SESSIONS, goes_on};
use super::roll::Presence;
use super::session::asked as asked_for;
use super::view::{PresenceLine, PresencePage};
use super::{chain, door, lesson};
use crate::organisation::record::PUPIL;

/// On the page of a pupil.
pub const PAPERS: &[Paper] = &[Paper {
    name: "presence",
    label: "rollcall.presence",
    icon: "calendar",
    needs: "presence",
    fits: |_| true,
    many: false,
    first: false,
}];

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/pupils/{id}/presence", get(page))
}

async fn page(reader: Reader, Path(id): Path<String>, asked: Asked) -> Response {
    let made = made(&reader, &id, &asked).await;
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn made(reader: &Reader, id: &str, asked: &Asked) -> Result<Response, Refused> {
    let cx = &reader.cx;
    // It is made of marks, and says of a child what they say.
    if !cx.may(PUPIL.name, "presence") {
        return Err(Refused::Missing);
    }
    let kind = cx.app.kind_of(PUPIL.name).ok_or(Refused::Missing)?;
    let pupil = save::find(cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
    let day = asked.get("day").and_then(kit::dates::read_date).unwrap_or_else(|| cx.today());
    let known = door::presence(cx, &pupil, day, SESSIONS).await?;
    let (last, handed) = door::last(cx, &pupil, day).await?;
    let last = last_words(cx, &last, handed.as_ref()).await?;
    let (should, lessons) = match door::place_on(cx, &pupil, day).await? {
        Some(place) => lesson::of_day(cx, place, day).await?,
        None => (None, Vec::new()),
    };
    let lines = SESSIONS.iter().zip(&known).filter(|(code, presence)| said_at_all(code, presence));
    let lines = lines.map(|(code, presence)| line(cx, code, presence));
    let sought = sought(cx, &pupil, day).await?;
    let name = engine::show::title(cx, &PUPIL, &pupil);
    let mut layout = titled(reader, cx.word("rollcall.presence").to_owned());
    layout.crumbs.push(LinkView { label: name.clone(), href: format!("/pupils/{}", pupil.id) });
    Ok(unkept(render(&PresencePage {
        t: words(&cx.app, cx.lang),
        layout,
        heading: name,
        action: format!("/pupils/{}/presence", pupil.id),
        day: day.to_string(),
        last,
        should,
        lessons,
        lines: lines.chain(sought).collect(),
    })))
}

/// Whether it was looked for on that day, and where it was: a mark says of a child who was found only that something is known.
async fn sought(cx: &Cx, pupil: &Row, day: NaiveDate) -> Result<Vec<PresenceLine>, Refused> {
    if !cx.may(MISSING.name, "read") {
        return Ok(Vec::new());
    }
    let of_day = Query::new().is("pupil", Cell::Id(pupil.id)).is("day", Cell::Date(day));
    let line = |check: &Row| {
        let text = |field| check.get(&MISSING, field).text().unwrap_or_default();
        let state = cx.word(&format!("missing.state.{}", text("state"))).to_owned();
        let at = check.get(&MISSING, "closed_at").int().map(|at| format!("{} ", clock(at))).unwrap_or_default();
        let found = Some(text("found")).filter(|found| !found.is_empty());
        let found = found.map(|code| format!(" · {}", cx.word(&format!("missing.found.{code}")))).unwrap_or_default();
        PresenceLine {
            session: cx.word(MISSING.name).to_owned(),
            said: format!("{at}{state}{found}"),
            tone: if goes_on(check) { Tone::Bad } else { Tone::Good },
            href: Some(format!("/{}/{}", MISSING.plural, check.id)),
        }
    };
    Ok(cx.app.store.all(&MISSING, &of_day, cx.scope()).await?.iter().map(line).collect())
}

/// Where and to whom it was last handed over.
async fn last_words(cx: &Cx, last: &Last, handed: Option<&Row>) -> Result<String, Refused> {
    let fill = |key: &str, at: i64, who: String| cx.app.words.fill(cx.lang, key, &[("at", clock(at)), ("who", who)]);
    Ok(match last {
        Last::Nothing => cx.word("handover.last.nothing").to_owned(),
        Last::With { staff, at, .. } => fill("handover.last.with", *at, named(cx, "staff", *staff).await?),
        Last::Away { at, .. } => fill("handover.last.away", *at, String::new()),
        Last::Sought { at, .. } => {
            cx.app.words.fill(cx.lang, "handover.last.sought", &[("at", chain::moment(*at, cx.now))])
        }
        Last::Came { at } => fill("handover.last.came", *at, String::new()),
        Last::Handed { at, .. } => {
            let code = handed.and_then(|row| row.get(&HANDOVER, "taken_by").text()).unwrap_or_default();
            let guardian = handed.and_then(|row| row.get(&HANDOVER, "guardian").id());
            let guardian = named(cx, "guardian", guardian).await?;
            let to = format!("{} {guardian}", cx.word(&format!("handover.taken_by.{code}")));
            fill("handover.last.handed", *at, to.trim().to_owned())
        }
    })
}

async fn named(cx: &Cx, noun: &'static str, id: Option<Uuid>) -> Result<String, Refused> {
    let wanted = id.map(|id| (noun, vec![id])).into_iter().collect();
    Ok(labels(cx, wanted).await?.into_values().next().unwrap_or_default())
}

/// A lesson that nobody called, or a boarders' session of a day pupil, says nothing.
fn said_at_all(code: &str, presence: &Presence) -> bool {
    match presence {
        Presence::NotCalled => asked_for(code),
        Presence::NotEnrolled => matches!(code, "arrival" | "noon"),
        _ => true,
    }
}

fn line(cx: &Cx, code: &str, presence: &Presence) -> PresenceLine {
    let word = |key: &str| cx.word(key).to_owned();
    let (said, tone) = match presence {
        Presence::NotEnrolled => (word("rollcall.presence.not_enrolled"), Tone::Plain),
        Presence::NotCalled => (word("rollcall.presence.not_called"), Tone::Warn),
        Presence::Present { .. } => (word("rollcall.presence.present"), Tone::Good),
        Presence::Marked { kind, state, .. } => {
            let said =
                format!("{} · {}", cx.word(&format!("mark.kind.{kind}")), cx.word(&format!("mark.state.{state}")));
            (said, if state == "unknown" { Tone::Bad } else { Tone::Info })
        }
    };
    let href = match presence {
        Presence::Marked { mark, .. } => Some(format!("/marks/{mark}")),
        Presence::Present { sheet } => Some(format!("/sheets/{sheet}")),
        _ => None,
    };
    PresenceLine { session: session_word(cx, code), said, tone, href }
}
