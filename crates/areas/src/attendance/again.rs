//! 重新查找: a check that ended by a word that was not true goes on, as long as its roll asks for anybody: on its day, and a boarders' roll until the next
//! evening's. Later the next roll begins another.
//!
//! Nobody waits a second time: the search begins now, what comes after it in half the time, and no later than it is still due. What fell due while nobody
//! looked, because the check had ended, is counted from the new beginning: hours later the bureau and the police would else be asked for in the same second,
//! before anybody has looked once. What was due before the end was said then, and is said again at once. Whoever heard that it was over hears that it is
//! not, so what is said now has causes of its own, by the moment at which it began again.

use engine::Cx;
use engine::area::Following;
use kit::{Cell, Change, Facts, Message, Refusal, Row, Scope};
use uuid::Uuid;

use super::missing::{self, cause, clocks, police_cause};
use super::record::{MARK, MISSING, goes_on};
use super::{late, rules};

/// The causes of what is said when a check goes on: the bureau's message, and that to whoever is to call the police.
pub fn causes(row: &Row) -> [String; 2] {
    let at = row.get(&MISSING, "search_at").int().unwrap_or_default();
    [cause(row.id), police_cause(row.id)].map(|cause| format!("{cause}/{at}"))
}

/// Of a mark that was taken back nobody was ever missing, and another day's roll says anew who is.
pub fn may(row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let session = row.get(&MISSING, "session").text().unwrap_or_default();
    let asks = row.get(&MISSING, "day").date().is_some_and(|day| late::asks(session, day, facts.now));
    let real = row.get(&MISSING, "found").text() != Some("taken_back");
    if asks && real { Ok(()) } else { Err(Refusal::new("missing.not_again")) }
}

/// Nobody is looked for twice at once: where another roll's check of the child goes on, it goes on there.
pub fn follows<'a>(cx: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        if change.verb == "again" {
            let his = [change.after.get(&MISSING, "pupil").clone()];
            let checks = cx.app.store.find_by(&MISSING, "pupil", &his, &Scope::county()).await?;
            if checks.iter().any(|check| check.id != change.after.id && goes_on(check)) {
                return Err(Refusal::new("missing.sought_already").into());
            }
        }
        Ok(Vec::new())
    })
}

/// When a step that was due first at one moment is due now: what passed since the end of the check passed while nobody looked.
pub fn due(first: Option<i64>, ended: Option<i64>, halved: i64, now: i64) -> i64 {
    let unheard = |first: &i64| ended.is_some_and(|ended| ended < *first && *first <= now);
    first.filter(|first| !unheard(first)).map_or(halved, |first| first.min(halved))
}

pub fn step(row: &Row, mut after: Row, facts: &Facts) -> Result<Change, Refusal> {
    let [search, report, police] = clocks(facts.now, true, facts)?;
    let ended = row.get(&MISSING, "closed_at").int();
    after.set(&MISSING, "search_at", Cell::Int(search));
    for (field, halved) in [("report_at", report), ("police_at", police)] {
        let first = row.get(&MISSING, field).int();
        after.set(&MISSING, field, Cell::Int(due(first, ended, halved, facts.now)));
    }
    // Where it was searched before, it is to be searched again; that the police were called stays said, and is asked anew by the state.
    for field in ["found", "place", "closed_at", "seen_at", "seen_sheet", "searched_at"] {
        after.set(&MISSING, field, Cell::Null);
    }
    for field in ["campus", "gate_video", "classmates", "way_home"] {
        after.set(&MISSING, field, Cell::Null);
    }
    let person = |who| row.get(&MISSING, who).id();
    let at = |field| after.get(&MISSING, field).int().unwrap_or(facts.now);
    let [bureau, police] = causes(&after);
    let later = [("officer", "missing.bureau", "report_at", bureau), ("caller", "missing.police", "police_at", police)];
    let later: Vec<_> = later
        .into_iter()
        .filter_map(|(who, code, when, cause)| {
            Some(missing::hop(person(who)?, code, &after, facts).urgent().not_before(at(when)).because(cause))
        })
        .collect();
    let mut now: Vec<Uuid> = ["leader", "teacher"].into_iter().filter_map(person).collect();
    now.dedup();
    let now = now.into_iter().map(|person| Message::person(person, "missing.search").urgent());
    let change = Change::update(&MISSING, "again", row.clone(), after);
    Ok(now.chain(later).fold(change, Change::send))
}

/// Of the child it is not known again why it is not there.
pub fn follow(mark: &Row, sheet: &Row) -> Vec<Change> {
    if !matches!(mark.get(&MARK, "state").text(), Some("known" | "arrived")) {
        return Vec::new();
    }
    let after = mark.clone().with(&MARK, "kind", Cell::Text("absent".into()));
    let after = after.with(&MARK, "symptom", Cell::Null).with(&MARK, "state", Cell::Text("unknown".into()));
    let moved = Change::update(&MARK, "again", mark.clone(), after);
    let recount = rules::counted(sheet, &moved);
    std::iter::once(moved).chain(recount).collect()
}

/// A check that ended elsewhere, of a child who had never been away: its mark was a slip, or it left only later. Who came late may well have been where he was found.
pub fn there_after_all(check: &Row, mark: &Change) -> Option<Change> {
    let left = mark.verb == "correct" && mark.after.get(&MARK, "kind").text() == Some("left_early");
    let told = matches!(check.get(&MISSING, "found").text(), Some("school" | "taken_back"));
    let school =
        || check.clone().with(&MISSING, "found", Cell::Text("school".into())).with(&MISSING, "place", Cell::Null);
    (!told && (left || mark.verb == "mistaken")).then(|| Change::update(&MISSING, "put_right", check.clone(), school()))
}
