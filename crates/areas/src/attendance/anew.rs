//! 更正为未到: a child of whom it was thought that it had come, or why it had not, and who is missing after all. Where no check was begun for its mark the next
//! round begins one; one that had ended goes on, and everybody who was told that it was over is told that it is not.

use std::pin::Pin;

use engine::Cx;
use engine::save::Refused;
use kit::life::Input;
use kit::{Cell, Change, Facts, Row, Scope};

use super::incident::{self, INCIDENT};
use super::record::{MARK, MISSING};
use super::{kin, missing};

/// Whether a mark says again, or for the first time, that nobody knows.
pub fn missed(change: &Change) -> bool {
    let unknown = |row: &Row| row.get(&MARK, "state").text() == Some("unknown");
    change.verb == "correct" && unknown(&change.after) && !change.before.as_ref().is_some_and(unknown)
}

pub fn mark_follows<'a>(
    cx: &'a Cx,
    change: &'a Change,
    facts: &'a Facts,
) -> Pin<Box<dyn Future<Output = Result<Vec<Change>, Refused>> + Send + 'a>> {
    Box::pin(async move {
        if !missed(change) {
            return Ok(Vec::new());
        }
        let (store, all) = (&cx.app.store, Scope::county());
        let checks = store.find_by(&MISSING, "mark", &[Cell::Id(change.after.id)], &all).await?;
        let over = |check: &&Row| check.get(&MISSING, "state").text() == Some("closed");
        let Some(check) = checks.iter().find(over) else { return Ok(Vec::new()) };
        let mut again = missing::step(check, "again", &Input::default(), facts)?;
        again.messages.extend(kin::tells(cx, &again).await?);
        let incidents = store.find_by(&INCIDENT, "missing", &[Cell::Id(check.id)], &all).await?;
        let reopened = incident::follow(&again, incidents.iter(), facts);
        Ok(std::iter::once(again).chain(reopened).collect())
    })
}
