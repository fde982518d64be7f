//! Keeping, renaming and removing a view. Only its owner does; for the county shares only its office.

use std::collections::HashMap;

use kit::{Cell, Change, Refusal, Role, Row};
use uuid::Uuid;

use super::record::{LABEL, QUESTION, SAVED_VIEW, SHARED, View, slug};
use super::{ALL, PLACES, all, asked_for};
use crate::app::Cx;
use crate::area::Kind;
use crate::ask;
use crate::save::{self, Refused};
use crate::web::encode;

/// As many views one account keeps of one list.
const MOST: usize = 50;

/// What is to be kept.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub label: String,
    pub shared: String,
    pub preferred: bool,
    /// Parameters of the list's address; places and columns are told apart here.
    pub asked: Vec<(String, String)>,
}

/// The record type of views for the one door: the engine's own, in no menu.
static KIND: Kind = Kind::new(&SAVED_VIEW, "list-check");

/// Keeps a question of a list as a new view of the asker's.
///
/// # Errors
/// What is wrong with label, question or sharing; a name that is in use.
pub async fn keep(cx: &Cx, kind: &Kind, draft: &Draft) -> Result<View, Refused> {
    let views = all(cx, kind).await?;
    if cx.app.store.carried_out(cx.request).await? {
        let name = slug(&draft.label);
        return views.into_iter().find(|view| view.name == name && view.is_own(&cx.actor)).ok_or(Refused::Missing);
    }
    if views.iter().filter(|view| view.is_own(&cx.actor)).count() >= MOST {
        return Err(Refusal::at("view.most", "label").with("most", MOST).into());
    }
    let row = Row::blank(&SAVED_VIEW, cx.app.store.new_id(cx.now))
        .with(&SAVED_VIEW, "account", Cell::Id(cx.actor.account))
        .with(&SAVED_VIEW, "list", Cell::Text(kind.noun.plural.to_owned()))
        .with(&SAVED_VIEW, "question", question(cx, kind, &draft.asked)?)
        .with(&SAVED_VIEW, "columns", columns(kind, &draft.asked)?);
    let row = named(cx, row, draft, &views)?;
    write(cx, None, row, &views).await
}

/// Gives an own view another label, sharing or preference; its question stays.
///
/// # Errors
/// `Missing` for what is not one's own; as [`keep`].
pub async fn change(cx: &Cx, kind: &Kind, id: Uuid, draft: &Draft) -> Result<View, Refused> {
    let views = all(cx, kind).await?;
    let before = own(cx, &views, id)?.row.clone();
    let row = named(cx, before.clone(), draft, &views)?;
    write(cx, Some(before), row, &views).await
}

/// Ends an own view; its history stays.
///
/// # Errors
/// `Missing` for what is not one's own.
pub async fn remove(cx: &Cx, kind: &Kind, id: Uuid) -> Result<(), Refused> {
    let views = all(cx, kind).await?;
    let before = own(cx, &views, id)?.row.clone();
    let after = before.clone().with(&SAVED_VIEW, "ended_on", Cell::Date(cx.today())).with(
        &SAVED_VIEW,
        "preferred",
        Cell::Bool(false),
    );
    let change = Change::update(&SAVED_VIEW, "remove", before, after);
    save::commit(cx, &KIND, vec![change], &cx.facts_with(HashMap::new())).await?;
    Ok(())
}

fn own<'a>(cx: &Cx, views: &'a [View], id: Uuid) -> Result<&'a View, Refused> {
    views.iter().find(|view| view.row.id == id && view.is_own(&cx.actor)).ok_or(Refused::Missing)
}

/// Puts label, name, sharing and preference into the row.
fn named(cx: &Cx, row: Row, draft: &Draft, views: &[View]) -> Result<Row, Refused> {
    let label = kit::tidy::tidy_text(&draft.label);
    let name = slug(&label);
    let length = label.chars().count();
    let mut faults = Vec::new();
    if label.is_empty() {
        faults.push(Refusal::at("value.required", "label"));
    } else if length > LABEL {
        faults.push(Refusal::at("value.long", "label").with("max", LABEL).with("length", length));
    } else if name.is_empty() || name == ALL {
        faults.push(Refusal::at("view.name", "label"));
    } else if views.iter().any(|view| view.name == name && view.row.id != row.id && view.is_own(&cx.actor)) {
        faults.push(Refusal::at("view.taken", "label"));
    }
    let shared = if draft.shared.is_empty() { "own" } else { draft.shared.as_str() };
    match SHARED.iter().find(|code| **code == shared) {
        None => faults
            .push(Refusal::at("value.choice", "shared").with("value", shared.chars().take(40).collect::<String>())),
        Some(&"county") if cx.actor.role != Role::Bureau => faults.push(Refusal::at("view.share_county", "shared")),
        Some(&"unit") if cx.actor.unit.is_none() => faults.push(Refusal::at("view.share_unit", "shared")),
        Some(_) => {}
    }
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    let unit = cx.actor.unit.filter(|_| shared == "unit").map_or(Cell::Null, Cell::Id);
    Ok(row
        .with(&SAVED_VIEW, "label", Cell::Text(label))
        .with(&SAVED_VIEW, "name", Cell::Text(name))
        .with(&SAVED_VIEW, "shared", Cell::Text(shared.to_owned()))
        .with(&SAVED_VIEW, "unit", unit)
        .with(&SAVED_VIEW, "preferred", Cell::Bool(draft.preferred)))
}

/// The question without the place in the list and the columns, as an address; it must be one that its owner may ask.
fn question(cx: &Cx, kind: &Kind, asked: &[(String, String)]) -> Result<Cell, Refused> {
    let own = |name: &str| PLACES.contains(&name) || name == "columns" || name == "fields";
    let asked: Vec<_> = asked.iter().filter(|(name, value)| !own(name) && !value.is_empty()).cloned().collect();
    ask::query(cx, kind.noun, &asked).map_err(Refused::Faults)?;
    let parts: Vec<_> = asked.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    let text = parts.join("&");
    match text.chars().count() {
        0 => Ok(Cell::Null),
        length if length > QUESTION => Err(Refusal::at("view.long", "label").into()),
        _ => Ok(Cell::Text(text)),
    }
}

fn columns(kind: &Kind, asked: &[(String, String)]) -> Result<Cell, Refused> {
    match asked_for(kind, asked) {
        (_, faults) if !faults.is_empty() => Err(Refused::Faults(faults)),
        (None, _) => Ok(Cell::Null),
        (Some(fields), _) => {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            Ok(Cell::Text(names.join(",")))
        }
    }
}

/// Writes the view; one that is now preferred takes the preference from the one before.
async fn write(cx: &Cx, before: Option<Row>, row: Row, views: &[View]) -> Result<View, Refused> {
    let preferred = row.get(&SAVED_VIEW, "preferred") == &Cell::Bool(true);
    let id = row.id;
    let change = match before {
        None => Change::create(&SAVED_VIEW, "create", row),
        Some(before) => Change::update(&SAVED_VIEW, "edit", before, row),
    };
    let after = change.after.clone();
    let mut changes = vec![change];
    changes.retain(|change| !change.is_empty());
    let others = views.iter().filter(|view| view.is_own(&cx.actor) && view.preferred && view.row.id != id);
    changes.extend(others.filter(|_| preferred).map(|view| {
        let after = view.row.clone().with(&SAVED_VIEW, "preferred", Cell::Bool(false));
        Change::update(&SAVED_VIEW, "edit", view.row.clone(), after)
    }));
    if !changes.is_empty() {
        save::commit(cx, &KIND, changes, &cx.facts_with(HashMap::new())).await?;
    }
    Ok(View::of(after))
}
