//! What the timeline of a record says of its attachments: each that was added, each that was removed. Their own events lie with their own rows in
//! the history; the rows say the same.

use std::collections::HashMap;

use kit::Row;
use store::StoreError;
use uuid::Uuid;

use super::ATTACHMENT;
use super::around::{is_live, of};
use crate::app::Cx;
use crate::area::Kind;
use crate::pages;
use crate::together::when;
use crate::view::{EventView, Tone};

const BY: [&str; 2] = ["uploaded_by", "removed_by"];

/// With the time of each, oldest first.
pub(crate) async fn told(cx: &Cx, kind: &Kind, record: &Row) -> Result<Vec<(i64, EventView)>, StoreError> {
    if cx.app.kind_of(ATTACHMENT.name).is_none() {
        return Ok(Vec::new());
    }
    let rows = of(&cx.app.store, kind.noun, record.id).await?;
    let who = rows.iter().flat_map(|row| BY.map(|field| row.get(&ATTACHMENT, field).id())).flatten();
    let names = pages::accounts(cx, who.collect()).await?;
    let added = rows.iter().filter_map(|row| event(cx, row, &names, "uploaded"));
    let removed = rows.iter().filter(|row| !is_live(row)).filter_map(|row| event(cx, row, &names, "removed"));
    Ok(added.chain(removed).collect())
}

fn event(cx: &Cx, row: &Row, names: &HashMap<Uuid, String>, what: &str) -> Option<(i64, EventView)> {
    let text = |field: &str| row.get(&ATTACHMENT, field).text().unwrap_or_default().to_owned();
    let at = row.get(&ATTACHMENT, &format!("{what}_at")).int()?;
    let who = row.get(&ATTACHMENT, &format!("{what}_by")).id();
    let args = [
        ("name", text("name")),
        ("role", cx.word(&format!("attachment.role.{}", text("role"))).to_owned()),
        ("why", text("removed_reason")),
    ];
    let view = EventView {
        when: when(at),
        who: who.and_then(|id| names.get(&id)).cloned().unwrap_or_else(|| cx.word("ui.program").to_owned()),
        what: cx.word(&format!("evidence.told.{what}")).to_owned(),
        note: cx.app.words.fill(cx.lang, &format!("evidence.told.{what}.note"), &args),
        tone: Tone::default(),
        changes: Vec::new(),
        late: None,
    };
    Some((at, view))
}
