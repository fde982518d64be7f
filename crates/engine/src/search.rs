//! 检索: one question to every kind of record that the reader may read, by the same index, scope and masks as their lists.

mod web;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use kit::{Query, Refusal, tokens};
use store::{Found, StoreError};

use crate::app::{App, Cx};
use crate::area::Kind;
use crate::ask;

pub(crate) use web::described;

/// Records of each kind when nobody asks for another number, and at most.
pub const FEW: u64 = 5;
pub const MOST: u64 = 50;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/search", get(web::page)).route("/api/v1/search", get(web::api))
}

/// What was typed, if it can be looked for at all.
pub fn typed(text: &str) -> Result<String, Refusal> {
    if text.chars().count() > tokens::MOST {
        return Err(Refusal::at("search.long", "q").with("most", tokens::MOST));
    }
    if !tokens::asks(text) {
        return Err(Refusal::at("search.nothing", "q"));
    }
    Ok(text.trim().to_owned())
}

/// The kinds of record that this reader can search. One of which a searched value is masked for him is not among them, and
/// one that he may not read does not exist.
pub fn kinds(cx: &Cx) -> impl Iterator<Item = &Kind> {
    let open = |kind: &&Kind| cx.may(kind.noun.name, "read") && ask::searchable(cx, kind.noun).is_ok();
    cx.app.kinds().filter(|kind| tokens::fields(kind.noun).next().is_some()).filter(open)
}

/// What was found of one kind.
pub struct Group<'a> {
    pub kind: &'a Kind,
    pub found: Found,
}

/// Every kind of which something was found; one of which a value is exactly what was typed first.
pub async fn groups<'a>(cx: &'a Cx, typed: &str, limit: u64) -> Result<Vec<Group<'a>>, StoreError> {
    let mut groups = Vec::new();
    for kind in kinds(cx) {
        // The question is read from the address of the list, so that the list that it leads to holds the same records.
        let Ok(query) = ask::query(cx, kind.noun, &address(kind, typed)) else { continue };
        let found = cx.app.store.found(kind.noun, &Query { limit, ..query }, cx.scope()).await?;
        if found.total > 0 {
            groups.push(Group { kind, found });
        }
    }
    groups.sort_by_key(|group| group.found.exact == 0);
    Ok(groups)
}

/// The list of all that was found of one kind. What such a list leaves out unless it is asked for, a search finds.
pub(crate) fn address(kind: &Kind, typed: &str) -> Vec<(String, String)> {
    std::iter::once(("q".to_owned(), typed.to_owned())).chain(crate::ask::everything(kind)).collect()
}
