//! What of patrols stands on the first page: one's own rounds when their time has come, and for the school's leaders what was left out.

use std::pin::Pin;

use chrono::NaiveDate;
use engine::Cx;
use engine::area::Card;
use engine::save::Refused;
use engine::view::{BoardView, CardView, ItemView, LinkView, TileView, Tone};
use kit::{Actor, Query, Role};
use store::StoreError;

use super::board::{self, Turn};
use super::due::{Outcome, Sum};
use super::record::{ROUND, ROUTE};

/// Rounds on the first page; the page of the rounds has all of them.
const FEW: usize = 3;

/// Rounds that somebody is to look at: the school's leaders, never the walkers.
pub const FLAGS: &[Card] = &[Card {
    label: "today.patrols.flags",
    tone: Tone::Warn,
    roles: &[Role::Bureau, Role::Principal, Role::School],
    query: waiting,
}];

fn waiting(_: &Actor, _: NaiveDate) -> Query {
    Query::new().among("state", &["waiting"])
}

/// Nothing for whoever walks nowhere: the county looks at its schools on the page of the day.
pub fn board(cx: &Cx) -> Pin<Box<dyn Future<Output = Result<BoardView, StoreError>> + Send + '_>> {
    Box::pin(async move {
        if !cx.may(ROUTE.name, "walk") {
            return Ok(BoardView::default());
        }
        match board::offered(cx).await {
            Ok((own, others)) => Ok(view(cx, &own, &others)),
            Err(Refused::Broken(error)) => Err(error),
            // A norm that is not there is said on the page of the rounds.
            Err(_) => Ok(BoardView::default()),
        }
    })
}

fn view(cx: &Cx, own: &[Turn], others: &[Turn]) -> BoardView {
    let items: Vec<_> = offered(own).into_iter().map(|turn| item(cx, turn)).collect();
    let mut board = BoardView::default();
    if !items.is_empty() {
        let loud = items.iter().any(|item| item.tone != Tone::Plain);
        board.cards.push(CardView {
            heading: cx.word("patrol.due").to_owned(),
            icon: "map-pin".into(),
            total: items.len().to_string(),
            tone: if loud { Tone::Warn } else { Tone::Plain },
            more: Some(LinkView { label: cx.word("today.patrols.all").to_owned(), href: "/patrol".into() }),
            empty: String::new(),
            items,
        });
    }
    if matches!(cx.actor.role, Role::Principal | Role::School) && cx.may(ROUND.name, "export") {
        let sum = own.iter().chain(others).fold(Sum::default(), |sum, turn| sum.and(turn.sum()));
        if sum.due > 0 {
            board.tiles.push(TileView {
                label: cx.word("today.patrols.missed").to_owned(),
                value: sum.missed.to_string(),
                unit: String::new(),
                note: cx.app.words.fill(
                    cx.lang,
                    "patrol.walked_of",
                    &[("done", (sum.walked + sum.late).to_string()), ("all", sum.due.to_string())],
                ),
                href: "/patrol/today".into(),
                tone: if sum.missed > 0 { Tone::Bad } else { Tone::Good },
            });
        }
    }
    board
}

/// What is under way or due now; where that is nothing, what comes next. The rest of the day is nobody's business yet.
pub fn offered(own: &[Turn]) -> Vec<&Turn> {
    let open: Vec<_> = own.iter().filter(|turn| turn.under_way || turn.outcome().is_some()).collect();
    let now: Vec<_> =
        open.iter().copied().filter(|turn| turn.under_way || turn.outcome() == Some(Outcome::Now)).collect();
    if now.is_empty() { open.into_iter().take(1).collect() } else { now.into_iter().take(FEW).collect() }
}

fn item(cx: &Cx, turn: &Turn) -> ItemView {
    let text = |field| turn.route.get(&ROUTE, field).text().unwrap_or_default();
    let (mark, tone) = turn.mark();
    let often = turn.due.len() > 1;
    let count = [("done", turn.walked().to_string()), ("all", turn.due.len().to_string())];
    let done = if often { cx.app.words.fill(cx.lang, "patrol.walked_of", &count) } else { String::new() };
    ItemView {
        title: text("name").to_owned(),
        meta: [turn.when(cx), done].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
        href: format!("/patrol-routes/{}/walk", turn.route.id),
        mark: cx.word(mark).to_owned(),
        tone,
        tap: None,
    }
}
