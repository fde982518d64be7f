//! The way back: a list's address with its question and its place, carried by its records until one returns.

use kit::Row;
use store::StoreError;

use super::{filters, rows};
use crate::app::Cx;
use crate::area::Kind;
use crate::ask;
use crate::view::{BackView, LinkView};
use crate::views;
use crate::web::{encode, local};

/// A longer address is none of ours.
const MOST: usize = 6_000;

/// An address to go back to, if it is that of the record type's own list: a link in a letter cannot send a reader elsewhere.
pub(super) fn of<'a>(kind: &Kind, asked: Option<&'a str>) -> Option<&'a str> {
    let address =
        asked.filter(|address| address.len() <= MOST && address.bytes().all(|byte| byte.is_ascii_graphic()))?;
    let path = local(Some(address)).split(['?', '#']).next().unwrap_or_default();
    (path.strip_prefix('/') == Some(kind.noun.plural)).then_some(address)
}

/// An address that carries the way back.
pub(super) fn carried(href: String, back: Option<&str>) -> String {
    match back {
        Some(back) if !href.is_empty() => format!("{href}?back={}", encode(back)),
        _ => href,
    }
}

/// The way back from a record, with the records before and after it in the list.
pub(super) async fn view(cx: &Cx, kind: &Kind, row: &Row, back: Option<&str>) -> Result<Option<BackView>, StoreError> {
    let Some(back) = back else { return Ok(None) };
    let question = back.split_once('?').map(|(_, question)| question).unwrap_or_default();
    let asked = views::parameters(question);
    let saved = views::all(cx, kind).await?;
    let query =
        views::of_page(cx, kind, &asked, &saved).ok().and_then(|whole| ask::query(cx, kind.noun, &whole.asked).ok());
    let (previous, next) = match query {
        Some(query) => cx.app.store.neighbours(kind.noun, &query, cx.scope(), row).await?,
        None => (None, None),
    };
    let go = |id: uuid::Uuid| carried(format!("/{}/{id}", kind.noun.plural), Some(back));
    Ok(Some(BackView {
        list: LinkView { label: cx.word("ui.back_to_list").to_owned(), href: back.to_owned() },
        carried: back.to_owned(),
        previous: previous.map(go),
        next: next.map(go),
    }))
}

/// Where a reader goes when something is done: back to his list, else to the record.
pub(super) fn after(kind: &Kind, row: &Row, back: Option<&str>) -> String {
    of(kind, back).map_or_else(|| rows::href(kind, row), ToOwned::to_owned)
}

/// The list as a crumb.
pub(super) fn crumb(cx: &Cx, kind: &Kind, back: Option<&str>) -> LinkView {
    let href = back.map_or_else(|| filters::href(kind, &[], &[], None), ToOwned::to_owned);
    LinkView { label: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(), href }
}
