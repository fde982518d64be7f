//! The first page: what this reader has to do, worst first.

use std::collections::HashMap;

use axum::response::Response;
use chrono::Datelike;
use futures_util::future::try_join_all;
use kit::{Role, Row, dates};
use store::{StoreError, Unread};
use uuid::Uuid;

use super::{begin, broken, filters, layout, rows, thousands, words};
use crate::app::Cx;
use crate::area::{Card, Kind};
use crate::auth::ACCOUNT;
use crate::days;
use crate::error::render;
use crate::save;
use crate::view::{CardView, ItemView, LinkView, TapView, TileView, TodayPage, Tone};
use crate::web::{Reader, labels};

/// Rows of a card.
const FEW: u64 = 6;

pub async fn page(reader: Reader) -> Result<Response, Response> {
    let cx = &reader.cx;
    // Nothing of it waits for anything else of it: all is asked at once.
    let asked = try_join_all(asked(cx).map(|(kind, card)| ask(cx, kind, card)));
    let boards = try_join_all(cx.app.kinds().filter_map(|kind| kind.board).map(|board| board(cx)));
    let (told, asked, boards) = tokio::try_join!(told(cx), asked, boards).map_err(broken(&reader))?;
    let mut cards: Vec<_> = told.into_iter().collect();
    let mut tiles: Vec<TileView> = Vec::new();
    let mut grave = Vec::new();
    for (tile, card) in asked {
        tiles.push(tile);
        match card {
            Some(card) if card.tone == Tone::Bad => grave.push(card),
            card => cards.extend(card),
        }
    }
    let mut buttons = actions(cx);
    for board in boards {
        tiles.extend(board.tiles);
        buttons.extend(board.links);
        // What is computed for this reader is his own work: it stands before the questions that many share.
        cards.splice(0..0, board.cards);
    }
    // A child whom nobody has found, a day that has passed: nothing stands before it.
    cards.splice(0..0, grave);
    if cards.is_empty() {
        let icon = "circle-check".to_owned();
        // Who has no part in the business is told what is his.
        let own = super::list::optional(cx, &format!("ui.today_nothing.{}", cx.actor.role.code()));
        let empty = if own.is_empty() { cx.word("ui.today_nothing").to_owned() } else { own };
        cards.push(CardView {
            heading: cx.word("ui.todo").to_owned(),
            icon,
            total: "0".into(),
            tone: Tone::Good,
            empty,
            more: office(cx),
            ..CardView::default()
        });
    }
    // The worst first.
    let (quiet, mut tiles): (Vec<_>, Vec<_>) = tiles.into_iter().partition(TileView::quiet);
    tiles.sort_by_key(|tile| (tile.value == "0", std::cmp::Reverse(tile.tone as u8)));
    let greeting = cx.app.words.fill(cx.lang, "ui.greeting", &[("n", cx.actor.name.clone())]);
    let page = TodayPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "ui.today"),
        greeting,
        day: day(cx),
        tiles,
        quiet,
        cards,
        actions: buttons,
    };
    // What waits for somebody names children.
    Ok(super::unkept(render(&page)))
}

/// Where an administrator's own work is, which waits for nobody and has no card.
fn office(cx: &Cx) -> Option<LinkView> {
    let (noun, label, href) = match cx.actor.role {
        Role::Sysadmin | Role::Secadmin => (ACCOUNT.name, "account.plural", "/accounts"),
        Role::Auditor => ("audit", "ui.audit", "/audit"),
        _ => return None,
    };
    cx.may(noun, "read").then(|| LinkView { label: cx.word(label).to_owned(), href: href.into() })
}

/// The date with its weekday and what kind of day it is.
fn day(cx: &Cx) -> String {
    let today = cx.today();
    let weekday = cx.word(&format!("ui.weekday_{}", today.weekday().number_from_monday())).to_owned();
    format!("{today} · {weekday} · {}", days::note(cx, today, cx.scope().home).word)
}

/// What this reader does most: begin a new case.
fn actions(cx: &Cx) -> Vec<(LinkView, String)> {
    let mine = |kind: &&Kind| {
        kind.life.is_some()
            && kind.menu
            && !kind.begun_elsewhere
            && cx.may(kind.noun.name, "read")
            && cx.may(kind.noun.name, "create")
    };
    let link = |kind: &Kind| {
        (LinkView { label: begin(cx, kind.noun), href: format!("/{}/new", kind.noun.plural) }, "plus".to_owned())
    };
    cx.app.kinds().filter(mine).map(link).collect()
}

fn asked(cx: &Cx) -> impl Iterator<Item = (&Kind, &'static Card)> {
    let mine = |kind: &&Kind| cx.may(kind.noun.name, "read");
    let cards = cx.app.kinds().filter(mine).flat_map(|kind| kind.today.iter().map(move |card| (kind, card)));
    cards.filter(|(_, card)| card.roles.contains(&cx.actor.role))
}

async fn ask(cx: &Cx, kind: &Kind, card: &Card) -> Result<(TileView, Option<CardView>), StoreError> {
    let query = (card.query)(&cx.actor, cx.today()).limit(FEW);
    let page = cx.app.store.list(kind.noun, &query, cx.scope()).await?;
    let (heading, href, total) =
        (cx.word(card.label).to_owned(), filters::address(kind, &query), thousands(page.total));
    let tone = if page.total == 0 { Tone::Plain } else { card.tone };
    let tile =
        TileView { label: heading.clone(), value: total.clone(), href: href.clone(), tone, ..TileView::default() };
    if page.total == 0 {
        return Ok((tile, None));
    }
    let card = CardView {
        heading,
        icon: kind.icon.to_owned(),
        tone,
        items: items(cx, kind, &page.rows).await?,
        more: (page.next.is_some())
            .then(|| LinkView { label: words(&cx.app, cx.lang).put("ui.see_all", &total), href }),
        empty: String::new(),
        total,
    };
    Ok((tile, Some(card)))
}

/// Each row by what it is called, with the first listed reference that the title does not say, and its day.
async fn items(cx: &Cx, kind: &Kind, found: &[Row]) -> Result<Vec<ItemView>, StoreError> {
    let beside = |field: &&kit::Field| field.listed && !kind.noun.title.contains(&field.name);
    let place = kind.noun.fields.iter().filter(beside).find(|field| matches!(field.kind, kit::Kind::Ref(_)));
    // What is called by another record's name has said what it is about.
    let fields: Vec<_> = place.into_iter().filter(|_| rows::named_after(kind).next().is_none()).collect();
    let said = rows::said(cx, kind, found, &fields).await?;
    let (taps, named) = (taps(cx, kind, found).await?, rows::named(cx, kind, found).await?);
    let item = |(at, row): (usize, &Row)| {
        let state = row.get(kind.noun, "state").text().unwrap_or_default();
        let school = days::school_of(cx, kind.noun, row);
        let due = row.get(kind.noun, rows::DUE).date();
        // A bare day says not what it is the day of.
        let until = |day| days::beside(cx, &format!("{} {day}", rows::label(cx, kind, rows::DUE)), day, school);
        let due = due.map(until).unwrap_or_default();
        let late = rows::late_by(cx, kind, row);
        let meta = fields.iter().map(|field| said.text(cx, kind, at, row, field)).chain([due]);
        ItemView {
            title: named.get(at).cloned().unwrap_or_default(),
            meta: meta.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            href: rows::href(kind, row),
            mark: if late > 0 {
                cx.app.words.fill(cx.lang, "ui.overdue", &[("n", late.to_string())])
            } else {
                word_of(cx, kind, state)
            },
            tone: if late > 0 { Tone::Bad } else { kind.tone(state) },
            tap: taps.get(at).cloned().flatten(),
        }
    };
    Ok(found.iter().enumerate().map(item).collect())
}

/// For each row the move that is one touch, if this reader may make one now; the others are made on its page.
async fn taps(cx: &Cx, kind: &Kind, found: &[Row]) -> Result<Vec<Option<TapView>>, StoreError> {
    let Some(life) = kind.life else { return Ok(Vec::new()) };
    let touches: Vec<_> = life.moves().iter().filter(|spec| spec.touch && cx.may(kind.noun.name, spec.name)).collect();
    let state = |row: &Row| row.get(kind.noun, "state").text().unwrap_or_default().to_owned();
    let open = |row: &&Row| touches.iter().any(|spec| life.next(&state(row), spec.name).is_some());
    let held: Vec<_> = found.iter().filter(open).map(|row| (kind.noun, row)).collect();
    if held.is_empty() {
        // What stands where no touch leads on is asked nothing more.
        return Ok(Vec::new());
    }
    let facts = cx.facts(&held, &[]).await?;
    let tap = |row: &Row| {
        let moves = save::moves(cx, kind, row, &facts);
        let spec = moves.into_iter().find(|spec| spec.touch)?;
        Some(TapView {
            label: cx.word(&format!("move.{}.{}", kind.noun.name, spec.name)).to_owned(),
            action: format!("{}/{}", rows::href(kind, row), spec.name),
            request_id: cx.app.store.new_id(cx.now).to_string(),
            values: vec![("version", row.version.to_string())],
        })
    };
    Ok(found.iter().map(tap).collect())
}

fn word_of(cx: &Cx, kind: &Kind, state: &str) -> String {
    if state.is_empty() { String::new() } else { cx.word(&format!("{}.state.{state}", kind.noun.name)).to_owned() }
}

/// What this person was told and has not looked at.
async fn told(cx: &Cx) -> Result<Option<CardView>, StoreError> {
    let Some(person) = cx.actor.person() else { return Ok(None) };
    let unread = cx.app.store.notices(person, 50).await?;
    if unread.is_empty() {
        return Ok(None);
    }
    let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    for notice in &unread {
        if let Some(kind) = cx.app.kind_of(&notice.noun) {
            wanted.entry(kind.noun.name).or_default().push(notice.record);
        }
    }
    let labels = labels(cx, wanted).await?;
    let item = |notice: &Unread| {
        let kind = cx.app.kind_of(&notice.noun)?;
        let when = dates::shanghai_time(notice.at).format("%Y-%m-%d %H:%M").to_string();
        let title = labels.get(&notice.record).cloned().unwrap_or_default();
        Some(ItemView {
            title: crate::messages::text::body(&cx.app.words, cx.lang, &notice.code, &notice.status, &notice.params),
            meta: [title, when].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            href: crate::messages::text::address(kind, notice.record, &notice.code),
            ..ItemView::default()
        })
    };
    let items: Vec<_> = unread.iter().filter_map(item).take(10).collect();
    let heading = cx.word("ui.notices").to_owned();
    Ok(Some(CardView {
        heading,
        icon: "bell".into(),
        total: unread.len().to_string(),
        tone: Tone::Info,
        items,
        ..CardView::default()
    }))
}
