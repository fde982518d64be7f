//! A record as it was at any of its versions, rebuilt from its history.

use std::collections::HashMap;

use kit::{Cell, Row, dates};
use serde_json::Value;
use store::{Event, StoreError};
use uuid::Uuid;

use crate::app::Cx;
use crate::area::Kind;
use crate::pages;

/// Everything that happened to a record.
pub(crate) struct Past {
    pub events: Vec<Event>,
    /// What accounts are called.
    pub names: HashMap<Uuid, String>,
}

impl Past {
    pub async fn of(cx: &Cx, kind: &Kind, row: &Row) -> Result<Self, StoreError> {
        let events = cx.app.store.timeline(kind.noun, row).await?;
        let names = pages::accounts(cx, events.iter().filter_map(|event| event.actor).collect()).await?;
        Ok(Self { events, names })
    }

    /// The record at a version; none that it never had. A value about a person whose key is away or destroyed is empty.
    pub fn at(&self, kind: &Kind, id: Uuid, version: i64) -> Option<Row> {
        self.events.iter().find(|event| event.version == version)?;
        let mut row = Row { version, ..Row::blank(kind.noun, id) };
        for event in self.events.iter().filter(|event| event.version <= version) {
            for (name, _, after) in &event.changes {
                let Some(field) = kind.noun.field(name) else { continue };
                row.set(kind.noun, field.name, Cell::from_json(&field.kind, after).unwrap_or(Cell::Null));
            }
        }
        Some(row)
    }

    /// As [`Past::at`], for comparing with what stands there now: what the history no longer tells is taken to be as it is.
    pub fn beside(&self, kind: &Kind, now: &Row, version: i64) -> Option<Row> {
        let mut row = self.at(kind, now.id, version)?;
        let untold = |name: &str| {
            let mut told = self.events.iter().flat_map(|event| &event.changes).filter(|(field, _, _)| field == name);
            told.next_back().is_some_and(|(_, _, after)| after == &Value::Null)
        };
        for (field, cell) in now.pairs(kind.noun).filter(|(field, cell)| field.about_person() && !cell.is_null()) {
            if untold(field.name) {
                row.set(kind.noun, field.name, cell.clone());
            }
        }
        Some(row)
    }

    /// What happened after a version.
    pub fn since(&self, version: i64) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.version > version)
    }

    /// The last event that changed a field after a version.
    pub fn of_field(&self, name: &str, version: i64) -> Option<&Event> {
        self.since(version).filter(|event| event.changes.iter().any(|(field, _, _)| field == name)).last()
    }

    pub fn who(&self, cx: &Cx, event: &Event) -> String {
        let name = event.actor.and_then(|actor| self.names.get(&actor)).cloned();
        name.unwrap_or_else(|| cx.word("ui.program").to_owned())
    }
}

/// When something happened, for people.
pub(crate) fn when(at: i64) -> String {
    dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string()
}
