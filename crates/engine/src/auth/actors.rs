//! From accounts to actors: whoever signs in, and everybody who is told in the morning, by the same statements.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::{Actor, Cell, Query, Role, Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::{ACCOUNT, Reach, role_of};
use crate::app::App;

impl App {
    /// The actor for an account: its role, and the scope that unit, school and records give it today.
    pub async fn actor(&self, account: Uuid) -> Result<Option<Actor>, StoreError> {
        let row = self.store.find(&ACCOUNT, account, &Scope::county()).await?;
        Ok(self.actors(row.as_slice(), dates::shanghai_date(self.clock.now())).await?.pop())
    }

    /// The actors for these accounts on a day, in their order, without those that may not be used then: one statement for each kind of
    /// reach that occurs, however many accounts there are.
    pub async fn actors(&self, accounts: &[Row], today: NaiveDate) -> Result<Vec<Actor>, StoreError> {
        let mut actors: Vec<_> = accounts.iter().filter_map(|row| self.by_office(row, today)).collect();
        for reach in &self.reaches {
            self.extend(reach, &mut actors, today).await?;
        }
        Ok(actors)
    }

    /// What an account says by itself; `None` where it may not be used.
    fn by_office(&self, row: &Row, today: NaiveDate) -> Option<Actor> {
        let disabled = row.get(&ACCOUNT, "disabled_on").date().is_some_and(|day| day <= today);
        let role = role_of(row).filter(|_| !disabled)?;
        let get = |field| row.get(&ACCOUNT, field).id();
        let text = |field| row.get(&ACCOUNT, field).text().unwrap_or_default().to_owned();
        let (unit, home) = (get("unit"), get("school"));
        let charge = match role {
            Role::Principal | Role::School => home,
            Role::Township | Role::Department => unit,
            _ => None,
        };
        let all = role.county_wide() || role.administers();
        let mut scope = Scope { all, home, person: get("staff"), ..Scope::default() };
        scope.units.extend(charge.into_iter().flat_map(|unit| self.tree().under(unit)));
        Some(Actor { account: row.id, login: text("login"), name: text("name"), role, unit: home.or(unit), scope })
    }

    /// How far records in force let the actors of one role see.
    async fn extend(&self, reach: &Reach, actors: &mut [Actor], today: NaiveDate) -> Result<(), StoreError> {
        let mine = |actor: &Actor| actor.scope.person.filter(|_| actor.role == reach.role);
        let persons: Vec<_> = actors.iter().filter_map(mine).collect();
        let rows = match persons.as_slice() {
            [] => return Ok(()),
            // Whoever asks for a page comes alone, and at the same moment as many others.
            [person] => self.store.of_one(reach.noun, reach.by, *person, &Query::new()).await?,
            _ => {
                let persons: Vec<_> = persons.into_iter().map(Cell::Id).collect();
                self.store.find_by(reach.noun, reach.by, &persons, &Scope::county()).await?
            }
        };
        let mut reached: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for row in rows {
            let both = row.get(reach.noun, reach.by).id().zip(row.get(reach.noun, reach.to).id());
            if let Some((person, to)) = both.filter(|_| (reach.holds)(&row, today)) {
                reached.entry(person).or_default().push(to);
            }
        }
        let tree = self.tree();
        for actor in actors {
            let found = mine(actor).and_then(|person| reached.get(&person)).into_iter().flatten().copied();
            if reach.classes {
                actor.scope.classes.extend(found);
            } else {
                actor.scope.units.extend(found.flat_map(|unit| tree.under(unit)));
            }
        }
        Ok(())
    }
}
