//! One duty: what is asked, by when, of whom, what proves it, and the tap that records a deed.

use std::collections::HashMap;

use axum::response::Response;
use chrono::{NaiveDate, TimeDelta};
use engine::error::render;
use engine::pages::{done, titled, words};
use engine::save::{self, Refused};
use engine::view::{CellKind, CellView, LinkView, RowView, TapView};
use engine::web::{Asked, Posted, Reader, labels};
use engine::{Cx, Kind, days};
use kit::duty::{Duty, DutyNorm, Fact, Fulfil, Level, Span, State};
use kit::{Cell, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::called;
use super::mine::{Posts, levels};
use super::pages::{answer, may, moment, names, school_of, state_word, tone};
use super::question::{LONGEST, is_known};
use super::reading::{Wanted, may_find_nothing, read, room_of, way_to};
use super::record::{DEED, WAIVER};
use super::rules::in_words;
use super::view::DutyPage;
use crate::organisation::answerable::holders_on;
use crate::organisation::record::POST;

pub async fn page(reader: Reader, asked: Asked) -> Response {
    let made = duty_page(&reader, &asked).await;
    answer(&reader, made.map(|page| render(&page)))
}

async fn duty_page(reader: &Reader, asked: &Asked) -> Result<DutyPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let day = asked.get("day").and_then(|text| text.parse().ok());
    let day = day.filter(|day| is_known(*day)).ok_or(Refused::Missing)?;
    let code = asked.get("duty").ok_or(Refused::Missing)?.to_owned();
    let subject = asked.get("subject").and_then(|text| text.parse::<Uuid>().ok()).ok_or(Refused::Missing)?;
    let wanted = Wanted { subject: Some(subject), code: Some(code), ..Wanted::new(day, day, levels(cx.actor.role)) };
    let reading = read(cx, &wanted).await?;
    let mut found = None;
    reading.each(cx.now, |duty| found = Some(duty));
    let duty = found.ok_or(Refused::Missing)?;
    let names = names(cx, &reading).await?;
    let subject_name = names.get(&subject).cloned().unwrap_or_default();
    let posts = Posts::of(cx, cx.today()).await?;
    let open = duty.span.first <= cx.today() && cx.today() <= duty.span.closes;
    let room = room_of(cx, &duty.norm.fact);
    let mine = posts.keep(&cx.actor, &duty) && cx.may(DEED.name, "create");
    let tap = (mine && open && room.is_none() && !in_words(&duty.norm.fact)).then(|| TapView {
        label: cx.word("duties.do").to_owned(),
        action: "/duties/done".into(),
        request_id: cx.request.to_string(),
        values: values(&duty, cx.today()),
    });
    Ok(DutyPage {
        t: words(&cx.app, cx.lang),
        layout: duty_layout(reader, duty.norm),
        heading: called(cx, &duty.norm.code),
        subject: subject_name,
        state: state_word(cx, duty.state),
        tone: tone(duty.state).to_string(),
        lines: lines(cx, &duty, &holders(cx, &duty).await?),
        columns: ["duties.proof_of", "duties.proof_day", "duties.proof_record"]
            .map(|key| cx.word(key).to_owned())
            .to_vec(),
        rows: proofs(cx, &duty).await?,
        tap,
        links: duty_links(cx, &duty, mine, room),
    })
}

fn duty_layout(reader: &Reader, norm: &DutyNorm) -> engine::view::Layout {
    let cx = &reader.cx;
    let mut layout = titled(reader, called(cx, &norm.code));
    layout.crumbs.push(LinkView { label: cx.word("duties.title").to_owned(), href: "/duties".into() });
    layout
}

fn values(duty: &Duty<'_>, today: NaiveDate) -> Vec<(&'static str, String)> {
    vec![("duty", duty.norm.code.clone()), ("subject", duty.subject.to_string()), ("day", today.to_string())]
}

/// What can be done about it: late entry, the room that keeps it, a waiver.
fn duty_links(cx: &Cx, duty: &Duty<'_>, mine: bool, room: Option<&Kind>) -> Vec<LinkView> {
    let place = match duty.norm.level {
        Level::Class => "class",
        Level::School => "school",
        Level::County | Level::Bureau | Level::Department | Level::Township => "unit",
    };
    let mut links = Vec::new();
    if let Some(room) = room.filter(|_| duty.state != State::Waived) {
        links.push(LinkView { label: cx.word("duties.to_room").to_owned(), href: way_to(cx, room) });
        links.extend(on_paper(cx, duty, room));
    }
    let deed = match room {
        None if in_words(&duty.norm.fact) => Some("duties.tell"),
        None => Some("duties.late_entry"),
        Some(_) => may_find_nothing(&duty.norm.fact).then_some("duties.found_nothing"),
    };
    if let Some(label) = deed.filter(|_| mine && duty.span.first <= cx.today()) {
        let day = duty.span.last.min(cx.today());
        links.push(LinkView {
            label: cx.word(label).to_owned(),
            href: format!("/deeds/new?fact={}&{place}={}&day={day}", duty.norm.fact, duty.subject),
        });
    }
    if cx.may(WAIVER.name, "create") && place != "class" && cx.actor.unit != Some(duty.subject) {
        let Span { first, due_on, .. } = duty.span;
        links.push(LinkView {
            label: cx.word("duties.waive").to_owned(),
            href: format!(
                "/waivers/new?duty={}&{place}={}&from_on={first}&until_on={due_on}",
                duty.norm.code, duty.subject
            ),
        });
    }
    links
}

/// The form for what was written down elsewhere, where the room that keeps it takes a day from whoever enters it.
fn on_paper(cx: &Cx, duty: &Duty<'_>, room: &Kind) -> Option<LinkView> {
    let owed = matches!(duty.state, State::Missed | State::Due) && duty.span.first <= cx.today();
    let proves = |fulfil: &&Fulfil| matches!(fulfil.fact, Fact::Is(fact) if fact == duty.norm.fact);
    let day = room.fulfils.iter().find(proves).map(|fulfil| fulfil.day)?;
    let takes = room.noun.field(day).is_some_and(kit::Field::writable);
    (owed && takes && cx.may(room.noun.name, "create")).then(|| LinkView {
        label: cx.word("duties.late_entry").to_owned(),
        href: format!("/{}/new?{day}={}", room.noun.plural, duty.span.last.min(cx.today())),
    })
}

fn lines(cx: &Cx, duty: &Duty<'_>, holders: &str) -> Vec<(String, String)> {
    let norm = duty.norm;
    let per = cx.app.words.fill(
        cx.lang,
        "duties.per_times",
        &[("per", cx.word(&format!("duties.per.{}", norm.per.code())).to_owned()), ("n", norm.times.to_string())],
    );
    let keeper = cx.word(&format!("post.post.{}", norm.keeper)).to_owned();
    let keeper = if holders.is_empty() { keeper } else { format!("{keeper} · {holders}") };
    let span = if duty.span.first == duty.span.last {
        duty.span.first.to_string()
    } else {
        format!("{} – {}", duty.span.first, duty.span.last)
    };
    [
        ("duties.period", span),
        (
            "duties.due_on",
            days::beside(cx, &moment(&duty.span), duty.span.due_on, school_of(cx, norm.level, duty.subject)),
        ),
        ("duties.keeper", keeper),
        ("duties.how_often", per),
        ("duties.proof", cx.word(&format!("duties.proof.{}", norm.proof.code())).to_owned()),
        ("duties.basis", norm.basis.clone()),
        ("duties.mark", cx.word(&format!("duties.mark.{}", norm.mark)).to_owned()),
    ]
    .map(|(key, value)| (cx.word(key).to_owned(), value))
    .to_vec()
}

/// Who held the keeper's post on that day, by name. A class's teacher is not named to others.
async fn holders(cx: &Cx, duty: &Duty<'_>) -> Result<String, StoreError> {
    if duty.norm.level == Level::Class || duty.norm.keeper == "inspector" {
        return Ok(String::new());
    }
    let field = if duty.norm.level == Level::School { "school" } else { "unit" };
    let posts = cx.app.store.find_by(&POST, field, &[Cell::Id(duty.subject)], cx.scope()).await?;
    let staff = holders_on(&posts, &duty.norm.keeper, duty.subject, duty.span.due_on);
    let names = labels(cx, HashMap::from([("staff", staff.clone())])).await?;
    Ok(staff.iter().filter_map(|id| names.get(id).cloned()).collect::<Vec<_>>().join(cx.word("ui.comma")))
}

/// The records that prove it, as far as this reader may open them.
async fn proofs(cx: &Cx, duty: &Duty<'_>) -> Result<Vec<RowView>, StoreError> {
    let mut rows = Vec::new();
    for kind in cx.app.kinds().filter(|kind| cx.may(kind.noun.name, "read")) {
        for fulfil in kind.fulfils {
            let query = (fulfil.only)()
                .within(fulfil.day, duty.span.first, duty.span.closes)
                .is(fulfil.subject, Cell::Id(duty.subject));
            let query = match fulfil.fact {
                Fact::Is(fact) if fact == duty.norm.fact => query,
                Fact::In(field) => query.among(field, &[duty.norm.fact.as_str()]),
                Fact::Is(_) => continue,
            };
            let found = cx.app.store.list(kind.noun, &query.limit(20), cx.scope()).await?.rows;
            rows.extend(found.iter().map(|row| RowView {
                href: format!("/{}/{}", kind.noun.plural, row.id),
                cells: vec![
                    CellView::text(engine::show::title(cx, kind.noun, row)),
                    CellView { text: date(row, kind.noun, fulfil.day), kind: CellKind::Date },
                    CellView::text(cx.word(kind.noun.name)),
                ],
                pick: None,
            }));
        }
    }
    Ok(rows)
}

fn date(row: &Row, noun: &kit::Noun, field: &str) -> String {
    row.get(noun, field).date().map(|day| day.to_string()).unwrap_or_default()
}

/// One tap of Today: a deed for a duty that is this reader's own, through the same door as every record.
pub async fn tap(posted: Posted) -> Response {
    let made = record(&posted).await;
    answer(&posted.reader, made)
}

async fn record(posted: &Posted) -> Result<Response, Refused> {
    let cx = &posted.reader.cx;
    may(cx)?;
    let kind = cx.app.kind_of(DEED.name).ok_or(Refused::Missing)?;
    let rules = cx.app.rules();
    let norm = posted.get("duty").and_then(|code| rules.conduct.duties.any(code)).ok_or(Refused::Missing)?;
    // A page that was kept from before there was a room: what is walked or called is not ticked off.
    if room_of(cx, &norm.fact).is_some() {
        return Err(Refusal::new("deed.room").with("duty", called(cx, &norm.code)).into());
    }
    let subject = posted.get("subject").and_then(|text| text.parse::<Uuid>().ok()).ok_or(Refused::Missing)?;
    // The telephone may have kept the tap over midnight: it says for which day it was; the door refuses a day to come.
    let day = posted.get("day").and_then(|text| text.parse::<NaiveDate>().ok()).unwrap_or_else(|| cx.today());
    if !is_known(day) {
        return Err(Refused::Missing);
    }
    let wanted = Wanted {
        subject: Some(subject),
        code: Some(norm.code.clone()),
        ..Wanted::new(day, day + TimeDelta::days(LONGEST), levels(cx.actor.role))
    };
    let posts = Posts::of(cx, cx.today()).await?;
    let mut own = false;
    read(cx, &wanted).await?.each(cx.now, |duty| own |= duty.span.first <= day && posts.keep(&cx.actor, &duty));
    if !own {
        return Err(Refused::Missing);
    }
    let place = match norm.level {
        Level::Class => "class",
        Level::School => "school",
        Level::County | Level::Bureau | Level::Department | Level::Township => "unit",
    };
    let values = [("fact", norm.fact.clone()), (place, subject.to_string()), ("day", day.to_string())];
    let values = values.map(|(name, value)| (name.to_owned(), value));
    save::create(cx, kind, Some(cx.request), &values).await?;
    Ok(done(&cx.app, "/", "deed"))
}
