//! 查找取消: a check that ends because its roll or its mark says something else. It says so in words of its own: nobody hears that a child was found who was
//! only not looked for any more, and a search that goes on is not ended by whoever withdraws a roll.

use engine::Cx;
use engine::area::Following;
use kit::{Cell, Change, Facts, Refusal, Row, Scope};

use super::missing;
use super::record::{MISSING, goes_on};

/// What the named people and the family are told when a check has ended.
pub fn words(check: &Row) -> (&'static str, &'static str) {
    if check.get(&MISSING, "found").text() == Some("taken_back") {
        ("missing.called_off", "missing.called_off_family")
    } else {
        ("missing.found", "missing.ended")
    }
}

/// The child was never missing: its mark was a slip, or the sheet of another class.
pub fn taken_back(check: &Row, facts: &Facts) -> Option<Change> {
    goes_on(check).then(|| closed(check, "taken_back", facts))
}

/// Ends a check by what its mark says; the history says that it was the mark.
pub fn closed(check: &Row, found: &str, facts: &Facts) -> Change {
    let verb = match found {
        "taken_back" => "called_off",
        "school" => "at_school",
        _ => "excused",
    };
    let after = check
        .clone()
        .with(&MISSING, "state", Cell::Text("closed".into()))
        .with(&MISSING, "found", Cell::Text(found.into()))
        .with(&MISSING, "closed_at", Cell::Int(facts.now));
    missing::told_found(Change::update(&MISSING, verb, check.clone(), after))
}

/// Whether more has happened than that the family and the class teacher were told: somebody knows something, or searches, or the next person has been told.
fn under_way(check: &Row, now: i64) -> bool {
    let at = |field| check.get(&MISSING, field).int();
    let steps = ["tried_at", "answered_at", "searched_at", "police_called_at"];
    let said = steps.into_iter().any(|field| at(field).is_some());
    // Of a small child the search is told with the first message.
    let first = at("told_at").or(at("begun_at")).unwrap_or_default();
    let next = ["search_at", "report_at", "police_at"].into_iter().filter_map(at).filter(|at| *at > first);
    let told = next.min().is_some_and(|at| at <= now);
    goes_on(check) && (said || told || check.get(&MISSING, "state").text() != Some("asked"))
}

/// A roll, or a mark, whose checks go on is not set aside before somebody has said how they end.
pub fn may_withdraw(checks: &[Row], code: &'static str, now: i64) -> Result<(), Refusal> {
    let open = checks.iter().filter(|check| under_way(check, now)).count();
    if open == 0 { Ok(()) } else { Err(Refusal::new(code).with("n", open)) }
}

pub fn sheet_follows<'a>(cx: &'a Cx, change: &'a Change, facts: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        if change.verb == "withdraw" {
            let of_sheet = [Cell::Id(change.after.id)];
            let checks = cx.app.store.find_by(&MISSING, "sheet", &of_sheet, &Scope::county()).await?;
            may_withdraw(&checks, "sheet.search_open", facts.now)?;
        }
        Ok(Vec::new())
    })
}
