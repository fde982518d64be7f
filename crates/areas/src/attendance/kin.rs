//! 告知家庭: a family is told when a check begins ([`super::missing::begun`]). Here is who is told later: whoever heard that it was over, when that was not true, and
//! whoever is registered as a guardian while the child is looked for.

use std::collections::HashMap;
use std::pin::Pin;

use engine::Cx;
use kit::{Cell, Change, Message, Outside, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::record::MISSING;
use super::{again, door, missing};
use crate::organisation::record::GUARDIAN;

/// What the family is told when a check that had ended goes on.
pub const RESUMED: &str = "missing.resumed";

/// Whom a step of a check tells beside the named people of its chain.
pub fn tells<'a>(
    cx: &'a Cx,
    change: &'a Change,
) -> Pin<Box<dyn Future<Output = Result<Vec<Message>, StoreError>> + Send + 'a>> {
    Box::pin(async move {
        if change.verb != "again" {
            return Ok(Vec::new());
        }
        let [cause, _] = again::causes(&change.after);
        let family = Families::of(cx, std::slice::from_ref(&change.after)).await?;
        Ok(family.messages(&change.after, RESUMED).map(|message| message.because(cause.clone())).collect())
    })
}

/// The checks whose child has more guardians than were told of it. What was said before is not said again: a cause is told to the same person once.
pub async fn changes(cx: &Cx) -> Result<Vec<Change>, StoreError> {
    let open = missing::open().is("seen_at", Cell::Null);
    let checks = cx.app.store.all(&MISSING, &open, &Scope::county()).await?;
    let families = Families::of(cx, &checks).await?;
    Ok(checks.iter().filter_map(|check| families.told(check, cx.now)).collect())
}

/// What a guardian who can be reached is told of a child of this name, with the link under which he answers.
pub fn message(guardian: &Row, code: &'static str, name: &str) -> Option<Message> {
    let to = Outside::of(&GUARDIAN, guardian, "phone")?;
    Some(Message::outside(to, code).with("name", name).answered_to("missing").urgent())
}

/// The guardians of the children of some checks, and their names.
struct Families {
    guardians: Vec<Row>,
    names: HashMap<Uuid, String>,
}

impl Families {
    async fn of(cx: &Cx, checks: &[Row]) -> Result<Self, StoreError> {
        let pupils: Vec<_> = checks.iter().filter_map(|check| check.get(&MISSING, "pupil").id()).collect();
        if pupils.is_empty() {
            return Ok(Self { guardians: Vec::new(), names: HashMap::new() });
        }
        let guardians = cx.app.store.of_each(&GUARDIAN, "pupil", &pupils, &kit::Query::new()).await?;
        Ok(Self { guardians, names: door::names(cx, &pupils).await? })
    }

    fn of_check<'a>(&'a self, check: &'a Row) -> impl Iterator<Item = &'a Row> {
        let pupil = check.get(&MISSING, "pupil");
        self.guardians.iter().filter(move |row| row.get(&GUARDIAN, "pupil") == pupil)
    }

    /// One to each guardian.
    fn messages<'a>(&'a self, check: &'a Row, code: &'static str) -> impl Iterator<Item = Message> + 'a {
        let name = check.get(&MISSING, "pupil").id().and_then(|pupil| self.names.get(&pupil)).cloned();
        let name = name.unwrap_or_default();
        self.of_check(check).filter_map(move |row| message(row, code, &name))
    }

    fn told(&self, check: &Row, now: i64) -> Option<Change> {
        let known = i64::try_from(self.of_check(check).count()).unwrap_or(i64::MAX);
        if check.get(&MISSING, "guardians").int() >= Some(known) {
            return None;
        }
        let at = check.get(&MISSING, "told_at").int().unwrap_or(now);
        let after =
            check.clone().with(&MISSING, "guardians", Cell::Int(known)).with(&MISSING, "told_at", Cell::Int(at));
        let change = Change::update(&MISSING, "registered", check.clone(), after);
        let cause = missing::cause(check.id);
        let messages = self.messages(check, "missing.guardian");
        Some(messages.map(|one| one.not_before(at).because(cause.clone())).fold(change, Change::send))
    }
}
