//! The tools above a list: its saved views and its columns.

use kit::Field;

use super::filters::href;
use super::rows;
use crate::app::Cx;
use crate::area::Kind;
use crate::save::Typed;
use crate::view::{ListTools, OptionView, ViewLink};
use crate::views::{self, ALL, Asked, View};

/// What the filter form keeps of an address, because it does not ask for it.
pub(super) fn kept(asked: &Typed) -> Vec<(String, String)> {
    let keeps = |name: &str| ["sort", "view", "columns", "fields", "limit", "as_of"].contains(&name);
    asked.iter().filter(|(name, value)| keeps(name) && !value.is_empty()).cloned().collect()
}

/// The list without any question: who has a preferred view says that he does not want it.
pub(super) fn everything(cx: &Cx, kind: &Kind, saved: &[View]) -> String {
    let preferred = saved.iter().any(|view| view.preferred && view.is_own(&cx.actor));
    href(kind, &[], &[], preferred.then_some(("view", ALL)))
}

pub(super) fn tools(
    cx: &Cx,
    kind: &Kind,
    saved: &[View],
    whole: &Asked,
    fields: &[&'static Field],
    back: Option<String>,
) -> ListTools {
    let asked = &whole.links;
    let offered = views::offered(kind);
    let shown = |field: &Field| fields.iter().any(|one| one.name == field.name);
    let option = |field: &&'static Field| OptionView {
        value: field.name.to_owned(),
        label: rows::label(cx, kind, field.name),
        selected: shown(field),
    };
    // A view's columns are taken off by asking for the usual ones: nothing in their place would be silence.
    let usual: Vec<_> = super::shown(kind).iter().map(|field| field.name).collect();
    let others = usual.len() != fields.len() || !fields.iter().all(|field| usual.contains(&field.name));
    let from_view = whole.view.as_ref().is_some_and(|view| !view.columns.is_empty());
    let usual = usual.join(",");
    let only = href(kind, asked, &["columns", "fields"], from_view.then_some(("columns", usual.as_str())));
    let keep = href(kind, asked, views_places(), None);
    let question = keep.split_once('?').map(|(_, question)| format!("?{question}")).unwrap_or_default();
    ListTools {
        active: whole.view.as_ref().map(|view| view.label.clone()),
        views: menu(cx, kind, saved, whole),
        keep: format!("/{}/views{question}", kind.noun.plural),
        action: format!("/{}", kind.noun.plural),
        kept: asked
            .iter()
            .filter(|(name, _)| !["columns", "fields", "after", "before"].contains(&name.as_str()))
            .cloned()
            .collect(),
        first: offered.first().map(|field| rows::label(cx, kind, field.name)).unwrap_or_default(),
        columns: offered.iter().skip(1).map(option).collect(),
        usual: others.then_some(only),
        back,
    }
}

/// Where one stands in the list is no part of the question.
fn views_places() -> &'static [&'static str] {
    &["after", "before", "limit"]
}

/// Everything, then the views: one's own, the unit's, the county's.
fn menu(cx: &Cx, kind: &Kind, saved: &[View], whole: &Asked) -> Vec<ViewLink> {
    let all = ViewLink {
        label: cx.word("views.all").to_owned(),
        href: everything(cx, kind, saved),
        note: String::new(),
        current: whole.view.is_none(),
    };
    std::iter::once(all).chain(saved.iter().map(|view| link(cx, kind, view, whole.view.as_ref()))).collect()
}

/// A view as a link, with whose it is.
pub(super) fn link(cx: &Cx, kind: &Kind, view: &View, now: Option<&View>) -> ViewLink {
    let note = match (view.is_own(&cx.actor), view.preferred) {
        (true, true) => cx.word("views.opens").to_owned(),
        (true, false) => String::new(),
        (false, _) => cx.word(&format!("saved_view.shared.{}", view.shared)).to_owned(),
    };
    ViewLink {
        label: view.label.clone(),
        href: href(kind, &[], &[], Some(("view", &view.name))),
        note,
        current: now.is_some_and(|now| now.row.id == view.row.id),
    }
}
