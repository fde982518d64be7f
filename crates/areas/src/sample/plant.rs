//! Storing the sample county: organisation and accounts first, then two years of changes in order of time.

use engine::auth::ACCOUNT;
use kit::{Author, Cell, Change, Row};
use store::{Store, StoreError};
use uuid::Uuid;

use super::{SampleAccount, World};

/// Writes the whole world into an empty store. Accounts have no passwords yet.
pub async fn plant(store: &Store, world: World) -> Result<(), StoreError> {
    let first = world.batches.first().map_or(world.now, |batch| batch.at);
    let accounts = world.accounts.iter().chain(&world.invited).map(account).collect();
    store.commit(Author { actor: None, at: first, request: store.new_id(first) }, accounts).await?;
    let author = |at, actor| Author { actor, at, request: store.new_id(at) };
    store.commit_all(world.batches.into_iter().map(|batch| (author(batch.at, batch.actor), batch.changes))).await?;
    store.tidy_up().await
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
