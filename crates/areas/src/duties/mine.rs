//! Whose a duty is: of whoever holds the keeper's post on that day, and of the role whose office it is.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use engine::{App, Cx};
use kit::duty::{Duty, Level};
use kit::{Actor, Cell, Query, Role, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use crate::organisation::answerable::in_force;
use crate::organisation::record::POST;

/// The posts that a reader holds on a day, by school or unit.
#[derive(Default)]
pub struct Posts(HashMap<Uuid, HashSet<String>>);

impl Posts {
    pub async fn of(cx: &Cx, day: NaiveDate) -> Result<Self, StoreError> {
        let Some(me) = cx.actor.person() else { return Ok(Self::default()) };
        let rows = cx.app.store.find_by(&POST, "staff", &[Cell::Id(me)], &Scope::county()).await?;
        let mut posts = Self::default();
        rows.iter().filter(|row| in_force(row, day)).filter_map(held).for_each(|post| posts.add(post));
        Ok(posts)
    }

    /// The posts that each member of staff holds on a day, read together.
    pub async fn all(app: &App, day: NaiveDate) -> Result<HashMap<Uuid, Self>, StoreError> {
        let mut all: HashMap<Uuid, Self> = HashMap::new();
        for row in app.store.all(&POST, &Query::new().in_force(day), &Scope::county()).await? {
            if let Some((staff, post)) = row.get(&POST, "staff").id().zip(held(&row)) {
                all.entry(staff).or_default().add(post);
            }
        }
        Ok(all)
    }

    fn add(&mut self, (post, place): (String, Uuid)) {
        self.0.entry(place).or_default().insert(post);
    }

    fn has(&self, post: &str, place: Uuid) -> bool {
        self.0.get(&place).is_some_and(|posts| posts.contains(post))
    }

    /// The schools and units at which he holds any.
    pub fn places(&self) -> impl Iterator<Item = Uuid> {
        self.0.keys().copied()
    }

    #[cfg(test)]
    pub fn test(held: &[(&str, Uuid)]) -> Self {
        let mut posts = Self::default();
        for (post, place) in held {
            posts.add(((*post).to_owned(), *place));
        }
        posts
    }

    /// Whether a duty is this reader's own to do.
    pub fn keep(&self, actor: &Actor, duty: &Duty<'_>) -> bool {
        let keeper = duty.norm.keeper.as_str();
        match duty.norm.level {
            Level::Class => actor.scope.classes.contains(&duty.subject),
            Level::School if keeper == "inspector" => {
                actor.role == Role::Inspector && actor.scope.units.contains(&duty.subject)
            }
            Level::School => {
                let here = actor.unit == Some(duty.subject) || actor.scope.home == Some(duty.subject);
                self.has(keeper, duty.subject) || (here && office(actor.role).contains(&keeper))
            }
            Level::County | Level::Bureau | Level::Department | Level::Township => {
                let here = actor.unit == Some(duty.subject);
                self.has(keeper, duty.subject) || (here && office(actor.role).contains(&keeper))
            }
        }
    }
}

fn held(row: &Row) -> Option<(String, Uuid)> {
    let place = row.get(&POST, "school").id().or_else(|| row.get(&POST, "unit").id())?;
    Some((row.get(&POST, "post").text()?.to_owned(), place))
}

/// The posts whose business an account's role does.
fn office(role: Role) -> &'static [&'static str] {
    match role {
        Role::Principal => &["principal"],
        // 安全专干 keeps what the vice principal and the canteen answer for in order, too: they need no account of their own.
        Role::School => &["safety_officer", "vice_safety", "canteen_manager"],
        Role::Guard => &["guard"],
        Role::Director => &["director"],
        Role::Bureau => &["section_head"],
        Role::County => &["group_head"],
        Role::Township => &["township_head"],
        Role::Department => &["liaison"],
        _ => &[],
    }
}

/// The levels whose duties concern a role at all.
pub fn levels(role: Role) -> &'static [Level] {
    match role {
        Role::Teacher => &[Level::Class],
        Role::Guard | Role::Principal | Role::School | Role::Inspector => &[Level::School],
        Role::Township => &[Level::Township, Level::School],
        Role::Department => &[Level::Department],
        Role::Bureau | Role::Director | Role::County => {
            &[Level::County, Level::Bureau, Level::Department, Level::Township, Level::School]
        }
        Role::Sysadmin | Role::Secadmin | Role::Auditor => &[],
    }
}
