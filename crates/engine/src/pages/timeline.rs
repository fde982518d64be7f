//! What has happened to a record, newest first, in words.

use std::collections::HashMap;

use kit::{Cell, Field, Kind as FieldKind, Row, Scope, dates};
use serde_json::Value;
use store::{Entry, Event, StoreError};
use uuid::Uuid;

use super::rows;
use crate::app::Cx;
use crate::area::Kind;
use crate::auth::ACCOUNT;
use crate::device::{Offline, SKEW};
use crate::files;
use crate::show;
use crate::together::{Past, when};
use crate::view::{ChangeView, EventView, Tone};
use crate::web;

/// What happened to the record itself, and to what is attached to it.
pub(super) async fn events(cx: &Cx, kind: &Kind, row: &Row, past: &Past) -> Result<Vec<EventView>, StoreError> {
    let labels = labels(cx, kind, &past.events).await?;
    let offline = cx.app.store.entries_of(kind.noun, row).await?;
    let note = |event: &Event| offline.get(&event.seq).map(|entry| without_network(cx, entry)).unwrap_or_default();
    let own = past.events.iter().map(|event| {
        let view = view(cx, kind, row, past, &labels, event);
        (event.at, EventView { note: note(event), ..view })
    });
    let mut events: Vec<_> = own.chain(files::told(cx, kind, row).await?).collect();
    events.sort_by_key(|(at, _)| *at);
    Ok(events.into_iter().rev().map(|(_, view)| view).collect())
}

fn view(cx: &Cx, kind: &Kind, row: &Row, past: &Past, labels: &HashMap<Uuid, String>, event: &Event) -> EventView {
    EventView {
        when: when(event.at),
        who: past.who(cx, event),
        what: verb(cx, kind, &event.verb),
        note: String::new(),
        tone: tone(kind, event),
        changes: if begins(&past.events, event) { Vec::new() } else { changes(cx, kind, event, labels) },
        late: late(cx, kind, row, event),
    }
}

/// What was done without a network, and by which clock; a clock that is wrong is named.
fn without_network(cx: &Cx, entry: &Entry) -> String {
    let clock = |at: i64| dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string();
    let args = [("done", clock(entry.done_at)), ("arrived", clock(entry.received_at))];
    let told = cx.app.words.fill(cx.lang, "device.done_offline", &args);
    let Entry { device, done_at, skew, received_at, .. } = *entry;
    let lead = Offline { device, done_at, skew }.lead(received_at);
    if lead.saturating_abs() < SKEW {
        return told;
    }
    let key = if lead > 0 { "device.clock_ahead" } else { "device.clock_behind" };
    let minutes = lead.unsigned_abs() / 60_000;
    let far = [("hours", (minutes / 60).to_string()), ("minutes", (minutes % 60).to_string())];
    format!("{told} {}", cx.app.words.fill(cx.lang, key, &far))
}

/// What the record was at first stands on the page already, whatever it was made by.
fn begins(events: &[Event], event: &Event) -> bool {
    events.first().is_some_and(|first| first.seq == event.seq)
}

/// What accounts are called, whoever asks: who did something is no secret to those who may see that it was done.
pub(crate) async fn accounts(cx: &Cx, mut ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    let rows = cx.app.store.find_many(&ACCOUNT, &ids, &Scope::county()).await?;
    let name = |row: &Row| {
        let text = |field| row.get(&ACCOUNT, field).text().unwrap_or_default();
        format!("{} · {}", text("name"), cx.word(&format!("role.{}", text("role"))))
    };
    Ok(rows.iter().map(|(id, row)| (*id, name(row))).collect())
}

/// Labels of all records that the history mentions.
async fn labels(cx: &Cx, kind: &Kind, events: &[Event]) -> Result<HashMap<Uuid, String>, StoreError> {
    let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    for (name, before, after) in events.iter().filter(|event| !begins(events, event)).flat_map(|event| &event.changes) {
        let Some(FieldKind::Ref(target)) = kind.noun.field(name).map(|field| field.kind) else { continue };
        let ids = [before, after].into_iter().filter_map(|value| value.as_str()?.parse::<Uuid>().ok());
        wanted.entry(target).or_default().extend(ids);
    }
    web::labels(cx, wanted).await
}

/// The name of a verb: a move's own, else that of a common one.
pub(super) fn verb(cx: &Cx, kind: &Kind, verb: &str) -> String {
    let own = format!("move.{}.{verb}", kind.noun.name);
    let common = format!("ui.verb.{verb}");
    if cx.app.words.has(&own) { cx.word(&own).to_owned() } else { cx.word(&common).to_owned() }
}

fn tone(kind: &Kind, event: &Event) -> Tone {
    let grave = kind.life.is_some_and(|life| life.moves().iter().any(|spec| spec.grave && spec.name == event.verb));
    let state = event.changes.iter().find(|(name, _, _)| name == "state").and_then(|(_, _, after)| after.as_str());
    if grave { Tone::Bad } else { state.map(|state| kind.tone(state)).unwrap_or_default() }
}

fn changes(cx: &Cx, kind: &Kind, event: &Event, labels: &HashMap<Uuid, String>) -> Vec<ChangeView> {
    let view = |(name, before, after): &(String, Value, Value)| {
        let field = kind.noun.field(name).filter(|field| !field.hidden)?;
        Some(ChangeView {
            field: rows::label(cx, kind, name),
            before: said(cx, kind, field, before, labels),
            after: said(cx, kind, field, after, labels),
        })
    };
    event.changes.iter().filter_map(view).collect()
}

fn said(cx: &Cx, kind: &Kind, field: &Field, value: &Value, labels: &HashMap<Uuid, String>) -> String {
    if field.sealed.is_some() {
        return if value.is_null() { String::new() } else { "***".to_owned() };
    }
    match Cell::from_json(&field.kind, value) {
        Some(Cell::Id(id)) => labels.get(&id).cloned().unwrap_or_default(),
        Some(cell) => show::plain(cx, kind.noun, field, &cell),
        None => String::new(),
    }
}

/// A case recorded more than a day after it began says so: the first business date that it demands against the day of recording.
fn late(cx: &Cx, kind: &Kind, row: &Row, event: &Event) -> Option<String> {
    kind.life.filter(|_| event.verb == "create")?;
    let field = kind
        .noun
        .fields
        .iter()
        .find(|field| field.required && field.name.ends_with("_on") && matches!(field.kind, FieldKind::Date))?;
    let begun = row.get(kind.noun, field.name).date()?;
    let days = (dates::shanghai_date(event.at) - begun).num_days();
    (days > 1).then(|| cx.app.words.fill(cx.lang, "ui.late", &[("n", days.to_string())]))
}
