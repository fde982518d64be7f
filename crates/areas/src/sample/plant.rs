//! Storing the sample county: organisation and accounts first, then two years of changes in order of time.

use engine::auth::ACCOUNT;
use kit::{Author, Cell, Change, Row};
use store::{Store, StoreError};
use uuid::Uuid;

use super::{SampleAccount, World};
use crate::tips::record::TIP;
use crate::tips::{follow_code, follow_digest};

/// Writes the whole world into an empty store. Accounts have no passwords yet.
pub async fn plant(store: &Store, mut world: World) -> Result<(), StoreError> {
    followed(store, &mut world)?;
    let first = world.batches.first().map_or(world.now, |batch| batch.at);
    let accounts = world.accounts.iter().chain(&world.invited).map(account).collect();
    let author = |at, actor| Author { actor, at, request: store.new_id(at) };
    let begins = std::iter::once((author(first, None), accounts));
    let batches = world.batches.into_iter().map(|batch| (author(batch.at, batch.actor), batch.changes));
    store.populate(begins.chain(batches)).await?;
    Ok(())
}

/// Whoever tries the county out may follow its tips: their codes come from the county's own key, which the world does not know.
fn followed(store: &Store, world: &mut World) -> Result<(), StoreError> {
    let changes =
        world.batches.iter_mut().flat_map(|batch| &mut batch.changes).filter(|change| change.noun.name == TIP.name);
    for change in changes {
        let digest = Cell::Text(follow_digest(store, &follow_code(store, change.after.id)?)?);
        for row in change.before.iter_mut().chain([&mut change.after]) {
            row.set(&TIP, "follow", digest.clone());
        }
    }
    Ok(())
}

fn account(account: &SampleAccount) -> Change {
    let maybe = |id: Option<Uuid>| id.map_or(Cell::Null, Cell::Id);
    let row = Row::blank(&ACCOUNT, account.id)
        .with(&ACCOUNT, "login", Cell::Text(account.login.clone()))
        .with(&ACCOUNT, "name", Cell::Text(account.name.clone()))
        .with(&ACCOUNT, "role", Cell::Text(account.role.code().to_owned()))
        .with(&ACCOUNT, "staff", maybe(account.staff))
        .with(&ACCOUNT, "unit", maybe(account.unit))
        .with(&ACCOUNT, "school", maybe(account.school))
        .with(&ACCOUNT, "administers", if account.role.administers() { maybe(account.staff) } else { Cell::Null });
    Change::create(&ACCOUNT, "create", row)
}
