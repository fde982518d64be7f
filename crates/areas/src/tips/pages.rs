//! The triager's table: one tip with everything that helps to decide, and each decision one touch away.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::TimeDelta;
use engine::area::Kind;
use engine::error::{refused_page, render};
use engine::pages::{titled, words};
use engine::save::{self, Refused};
use engine::view::{LinkView, OptionView};
use engine::web::Reader;
use engine::{App, Cx};
use kit::{Cell, Life, Noun, Query, Row, dates};
use store::StoreError;

use super::life::TipLife;
use super::record::{TIP, said};
use super::view::{LikelyView, TriagePage};
use super::{photo, triage};
use crate::hazards::record::{Category, HAZARD};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/tips/{id}/triage", get(page))
}

async fn page(reader: Reader, Path(id): Path<String>) -> Response {
    let made = made(&reader, &id).await;
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn made(reader: &Reader, id: &str) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let kind = cx.app.kind_of(TIP.name).ok_or(Refused::Missing)?;
    let id = id.parse().map_err(|_| Refused::Missing)?;
    let row = save::find(cx, kind, id).await?;
    if !cx.may(TIP.name, "answer") {
        return Err(Refused::Forbidden);
    }
    Ok(render(&table(reader, kind, &row).await?))
}

async fn table(reader: &Reader, kind: &Kind, row: &Row) -> Result<TriagePage, Refused> {
    let cx = &reader.cx;
    let facts = cx.facts(&[(&TIP, row)], &[]).await?;
    let open: Vec<_> = save::moves(cx, kind, row, &facts).iter().map(|spec| spec.name).collect();
    let barred = TipLife.may(&cx.actor, row, "answer", &facts).err().map(|refusal| cx.app.text(cx.lang, &refusal));
    let school = row.get(&TIP, "school").id().map(|id| cx.app.tree().name(id).to_owned()).unwrap_or_default();
    let due = row.get(&TIP, "due_on").date();
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let about_people = row.get(&TIP, "about_people") == &Cell::Bool(true);
    let mut layout = titled(reader, cx.word("tips.triage").to_owned());
    layout.crumbs.push(LinkView { label: cx.word("tip.plural").to_owned(), href: "/tips".into() });
    let received = dates::shanghai_time(row.get(&TIP, "received_at").int().unwrap_or_default());
    Ok(TriagePage {
        t: words(&cx.app, cx.lang),
        layout,
        heading: said(row, "words").to_owned(),
        school,
        spot: cx.word(&format!("tip.spot.{}", said(row, "spot"))).to_owned(),
        about_people,
        received: received.format("%Y-%m-%d %H:%M").to_string(),
        due: day(due),
        late: due.is_some_and(|due| cx.today() > due),
        record: LinkView { label: cx.word("tips.record").to_owned(), href: format!("/tips/{}", row.id) },
        photos: photos(cx, row).await?,
        likely: likely(cx, row, &open).await?,
        base: format!("/tips/{}", row.id),
        version: row.version.to_string(),
        requests: std::array::from_fn(|_| cx.app.store.new_id(cx.now).to_string()),
        // What is written into the hazard is written in the county's language, whoever reads the page.
        place: cx.app.words.get(kit::Lang::Zh, &format!("tip.spot.{}", said(row, "spot"))).to_owned(),
        categories: Category::CODES.iter().map(|code| category(cx, code, said(row, "category"))).collect(),
        finding: if about_people { String::new() } else { said(row, "words").to_owned() },
        may_set_aside: open.contains(&"set_aside"),
        may_keep: open.contains(&"keep_from_school"),
        barred: barred.or_else(|| open.is_empty().then(|| cx.word("tips.taken_up").to_owned())),
    })
}

async fn photos(cx: &Cx, row: &Row) -> Result<Vec<LinkView>, StoreError> {
    let rows = photo::of(&cx.app.store, row.id).await?;
    let link = |(at, file): (usize, &Row)| LinkView {
        label: format!("{} {}", cx.word("tips.photos"), at + 1),
        href: format!("/tips/{}/files/{}", row.id, file.id),
    };
    Ok(rows.iter().enumerate().map(link).collect())
}

fn category(cx: &Cx, code: &str, now: &str) -> OptionView {
    OptionView {
        value: code.to_owned(),
        label: cx.word(&format!("tip.category.{code}")).to_owned(),
        selected: code == now,
    }
}

/// What is likely the same, and the move that says so.
struct Card<'a> {
    other: &'a Row,
    noun: &'static Noun,
    label: [&'static str; 2],
    day: &'static str,
    step: &'static str,
    field: &'static str,
}

/// Tips and open hazards of the same school within this reader's own scope.
async fn likely(cx: &Cx, row: &Row, open: &[&str]) -> Result<Vec<LikelyView>, StoreError> {
    let days = cx.app.norms().value("tip.same", cx.today()).unwrap_or_default();
    let span = TimeDelta::try_days(days).unwrap_or_default();
    let at = row.get(&TIP, "received_on").date().unwrap_or_default();
    let (first, last) = (at - span, at + span);
    let school = row.get(&TIP, "school").clone();
    let near = Query::new().is("school", school).limit(300);
    let tips = cx.app.store.list(&TIP, &near.clone().within("received_on", first, last), cx.scope()).await?.rows;
    let hazards = near.within("found_on", first, last).not_among("state", &["closed", "mistaken", "merged"]);
    let hazards = cx.app.store.list(&HAZARD, &hazards, cx.scope()).await?.rows;
    let card = |card: Card<'_>| {
        let text = |field| card.other.get(card.noun, field).text().unwrap_or_default();
        let day = card.other.get(card.noun, card.day).date().map(|day| day.to_string()).unwrap_or_default();
        let state = cx.word(&format!("{}.state.{}", card.noun.name, text("state"))).to_owned();
        let may = open.contains(&card.step);
        LikelyView {
            label: card.label.map(text).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            meta: [cx.word(card.noun.name), &day, &state].join(" · "),
            href: format!("/{}/{}", card.noun.plural, card.other.id),
            action: format!("/tips/{}/{}", row.id, card.step),
            field: card.field,
            value: card.other.id.to_string(),
            button: if may { cx.word(&format!("tips.likely.{}", card.step)).to_owned() } else { String::new() },
            request_id: cx.app.store.new_id(cx.now).to_string(),
        }
    };
    let hazard = |other| {
        let label = ["place", "description"];
        card(Card { other, noun: &HAZARD, label, day: "found_on", step: "join", field: "hazard" })
    };
    let tip = |other| {
        let label = ["place", "words"];
        card(Card { other, noun: &TIP, label, day: "received_on", step: "merge", field: "duplicate_of" })
    };
    let hazards = triage::hazards(row, &hazards, days).into_iter().map(hazard).collect::<Vec<_>>();
    Ok(hazards.into_iter().chain(triage::tips(row, &tips, days).into_iter().map(tip)).collect())
}
