//! The proof that a form was ours, for people without a session: made by the county's key over what the form is for, and short-lived.

use engine::App;
use engine::web::same;
use store::StoreError;
use uuid::Uuid;

/// As long as somebody may walk about with the page open.
const LIVES_MS: i64 = 2 * 60 * 60_000;

/// A token for one form: what it is for (`purpose` names it and the address) and the id that it sends.
pub fn issue(app: &App, purpose: &str, id: Uuid, now: i64) -> Result<String, StoreError> {
    Ok(format!("{now}.{}", proof(app, purpose, id, now)?))
}

/// Whether the form was ours and is not too old.
pub fn holds(app: &App, token: &str, purpose: &str, id: Uuid, now: i64) -> Result<bool, StoreError> {
    let Some((at, proven)) = token.split_once('.') else { return Ok(false) };
    let Ok(at) = at.parse::<i64>() else { return Ok(false) };
    // A token from the future is nobody's: the clock of a county does not go back by itself.
    let fresh = (0..LIVES_MS).contains(&now.saturating_sub(at));
    Ok(fresh && same(proven, &proof(app, purpose, id, at)?))
}

fn proof(app: &App, purpose: &str, id: Uuid, at: i64) -> Result<String, StoreError> {
    app.store.blind("tip.form", &format!("{purpose}\n{id}\n{at}"))
}
