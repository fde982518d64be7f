//! 更正为未到: a child of whom it was thought that it had come, or why it had not, and who is missing after all. Where no check was begun for its mark the next
//! round begins one; one that had ended goes on, and everybody who was told that it was over is told that it is not. Whoever is looked for already, because
//! another roll misses him, is not looked for twice: how that ends is known of this mark, too; where it is called off, the next round goes on with this one.

use engine::Cx;
use engine::area::Following;
use kit::life::Input;
use kit::{Cell, Change, Facts, Row, Scope};
use store::StoreError;

use super::incident::{self, INCIDENT};
use super::record::{MARK, MISSING, goes_on};
use super::{called_off, kin, missing};

/// Whether a mark says again, or for the first time, that nobody knows.
pub fn missed(change: &Change) -> bool {
    let unknown = |row: &Row| row.get(&MARK, "state").text() == Some("unknown");
    change.verb == "correct" && unknown(&change.after) && !change.before.as_ref().is_some_and(unknown)
}

pub fn mark_follows<'a>(cx: &'a Cx, change: &'a Change, facts: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let (store, all) = (&cx.app.store, Scope::county());
        if change.verb == "mistaken" {
            let checks = store.find_by(&MISSING, "mark", &[Cell::Id(change.after.id)], &all).await?;
            called_off::may_withdraw(&checks, "mark.search_open", facts.now)?;
        }
        if !missed(change) {
            return Ok(Vec::new());
        }
        let his = [change.after.get(&MARK, "pupil").clone()];
        let checks = store.find_by(&MISSING, "pupil", &his, &all).await?;
        if checks.iter().any(goes_on) {
            return Ok(Vec::new());
        }
        let own = |check: &&Row| check.get(&MISSING, "mark").id() == Some(change.after.id);
        let Some(check) = checks.iter().find(own) else { return Ok(Vec::new()) };
        Ok(again(cx, check, facts).await?)
    })
}

/// A check that had ended goes on, and its incident with it.
pub async fn again(cx: &Cx, check: &Row, facts: &Facts) -> Result<Vec<Change>, StoreError> {
    let mut again = missing::step(check, "again", &Input::default(), facts)?;
    again.messages.extend(kin::tells(cx, &again).await?);
    let of_check = [Cell::Id(check.id)];
    let incidents = cx.app.store.find_by(&INCIDENT, "missing", &of_check, &Scope::county()).await?;
    let reopened = incident::follow(&again, incidents.iter(), facts);
    Ok(std::iter::once(again).chain(reopened).collect())
}
