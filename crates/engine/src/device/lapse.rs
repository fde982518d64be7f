//! Whose password was set anew must prove himself anew, on his telephones too: an enrolment that was made with the old password counts no longer.
//! It is not shut out but lapses like one that is thirty days old: one sign-in with the new password renews it, and nothing that was kept
//! on the telephone is lost.

use kit::{Author, Cell, Change, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::record::{DEVICE, Device};
use crate::app::App;

impl App {
    /// Lets an account's telephones lapse; `but` is the one in the hand of whoever has just proved that he knows the password.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn lapse_devices(&self, account: Uuid, but: Option<Uuid>, author: Author) -> Result<(), StoreError> {
        let today = dates::shanghai_date(author.at);
        let rows = self.store.find_by(&DEVICE, "account", &[Cell::Id(account)], &Scope::county()).await?;
        let others = rows.into_iter().filter(|row| Some(row.id) != but).filter_map(Device::of);
        let lapsed = |device: Device| {
            let after = device.lapsing(today)?;
            Some(Change::update(&DEVICE, "lapse", device.row, after))
        };
        let changes: Vec<_> = others.filter_map(lapsed).collect();
        if !changes.is_empty() {
            self.store.commit(author, changes).await?;
        }
        Ok(())
    }
}
