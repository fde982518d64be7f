//! Saved views: questions with a name, and the columns that a list is asked for.

pub mod api;
mod columns;
mod keep;
mod record;

use kit::{Cell, Query, Refusal, Scope, Test};
use store::StoreError;

pub use columns::{asked_for, chosen, offered};
pub use keep::{Draft, change, keep, remove};
pub use record::{LABEL, MIGRATION, SAVED_VIEW, SHARED, View, parameters, slug};

use crate::app::Cx;
use crate::area::Kind;
use crate::ask;
use crate::save::{Refused, Typed};

/// In an address instead of a name: no view, not even the preferred one.
pub const ALL: &str = "all";
/// Words of an address that say where one stands, not what is asked.
pub const PLACES: &[&str] = &["after", "before", "limit", "view", "back"];

/// What is asked in the end.
#[derive(Debug, Default)]
pub struct Asked {
    /// What the address says, then what the view says where the address is silent: an empty parameter is not silence.
    pub asked: Vec<(String, String)>,
    /// The same question as the links of a page carry it: the view by its name, and what differs from it.
    pub links: Vec<(String, String)>,
    pub view: Option<View>,
    /// What the view says and this reader may not ask, or nobody any more.
    pub left_out: Vec<Refusal>,
}

/// The views of a list that exist for this reader: his own, his unit's, the county's, each by name.
///
/// # Errors
/// The database.
pub async fn all(cx: &Cx, kind: &Kind) -> Result<Vec<View>, StoreError> {
    // A house without the noun has no views.
    if cx.app.store.noun(SAVED_VIEW.name).is_none() {
        return Ok(Vec::new());
    }
    let here = Query::new().is("list", Cell::Text(kind.noun.plural.to_owned())).is("ended_on", Cell::Null);
    let unit = cx.actor.unit.map(Cell::Id);
    let own = here.clone().is("account", Cell::Id(cx.actor.account));
    let shared = here
        .among("shared", &["unit", "county"])
        .filter("unit", Test::OneOf(unit.into_iter().chain([Cell::Null]).collect()))
        .filter("account", Test::NoneOf(vec![Cell::Id(cx.actor.account)]));
    let mut rows = cx.app.store.all(&SAVED_VIEW, &own, &Scope::county()).await?;
    rows.extend(cx.app.store.all(&SAVED_VIEW, &shared, &Scope::county()).await?);
    let mut views: Vec<_> = rows.into_iter().map(View::of).filter(|view| view.visible(&cx.actor)).collect();
    views.sort_by(|a, b| (a.nearness(&cx.actor), &a.label).cmp(&(b.nearness(&cx.actor), &b.label)));
    Ok(views)
}

/// Reads the view that an address names.
///
/// # Errors
/// `Missing` where it does not exist for this reader.
pub async fn asked(cx: &Cx, kind: &Kind, asked: &Typed) -> Result<Asked, Refused> {
    match named(asked) {
        Some(name) if name != ALL => {
            let view = all(cx, kind).await?.into_iter().find(|view| view.name == name).ok_or(Refused::Missing)?;
            Ok(with(cx, kind, asked, Some(view)))
        }
        _ => Ok(with(cx, kind, asked, None)),
    }
}

/// The same for a page, among views that have been read: a list that is opened without any question shows the reader's preferred view.
///
/// # Errors
/// As [`asked`].
pub fn of_page(cx: &Cx, kind: &Kind, asked: &Typed, views: &[View]) -> Result<Asked, Refused> {
    let view = match named(asked) {
        Some(ALL) => None,
        Some(name) => Some(views.iter().find(|view| view.name == name).ok_or(Refused::Missing)?),
        None if asked.iter().all(|(name, _)| name == "back") => {
            views.iter().find(|view| view.preferred && view.is_own(&cx.actor))
        }
        None => None,
    };
    Ok(with(cx, kind, asked, view.cloned()))
}

fn named(asked: &Typed) -> Option<&str> {
    crate::save::typed(asked, "view").filter(|name| !name.is_empty())
}

/// The address wins over the view, parameter by parameter.
fn with(cx: &Cx, kind: &Kind, asked: &Typed, view: Option<View>) -> Asked {
    let said = view.as_ref().map(View::says).unwrap_or_default();
    // Columns go by two names.
    let same = |said: &str, asked: &str| said == asked || (said == "columns" && asked == "fields");
    let open = |(name, _): &&(String, String)| asked.iter().all(|(asked, _)| !same(name, asked));
    let mut whole = Asked { asked: asked.to_vec(), ..Asked::default() };
    for parameter in said.iter().filter(open) {
        match fault(cx, kind, parameter) {
            Some(fault) => whole.left_out.push(fault),
            None => whole.asked.push(parameter.clone()),
        }
    }
    // An empty parameter says something where the view, or the record type, would say something else.
    let speaks = |name: &str| {
        said.iter().any(|(said, _)| said == name) || kind.unless_asked.is_some_and(|(field, _)| field == name)
    };
    whole.links = asked
        .iter()
        .filter(|(name, value)| name != "back" && name != "view" && (!value.is_empty() || speaks(name)))
        .cloned()
        .collect();
    let name = view.as_ref().map(|view| view.name.as_str()).or(named(asked));
    whole.links.splice(0..0, name.map(|name| ("view".to_owned(), name.to_owned())));
    whole.view = view;
    whole
}

/// Why a parameter of a view cannot be asked by this reader now: a masked field, one that is no more, a value that is none.
fn fault(cx: &Cx, kind: &Kind, parameter: &(String, String)) -> Option<Refusal> {
    let one = std::slice::from_ref(parameter);
    let faults = if parameter.0 == "columns" {
        asked_for(kind, one).1
    } else {
        ask::query(cx, kind.noun, one).err().unwrap_or_default()
    };
    faults.into_iter().next()
}
