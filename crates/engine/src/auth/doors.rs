//! One attempt at a time for each account: a thousand guesses at once must not all be judged by the count that the first one found.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

/// Where those wait who try the same account.
#[derive(Debug, Default)]
pub struct Doors(Mutex<HashMap<Uuid, Arc<tokio::sync::Mutex<()>>>>);

impl Doors {
    /// Waits for one's turn; it lasts as long as the answer is kept.
    pub async fn wait(&self, account: Uuid) -> OwnedMutexGuard<()> {
        let door = {
            let mut doors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // A door that nobody else holds has nobody before it.
            doors.retain(|_, door| Arc::strong_count(door) > 1);
            Arc::clone(doors.entry(account).or_default())
        };
        door.lock_owned().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_comes_after_the_other_and_nothing_is_kept() {
        let doors = Doors::default();
        let account = Uuid::from_u128(1);
        let turn = doors.wait(account).await;
        let soon = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, doors.wait(account)).await.is_err());
        assert!(tokio::time::timeout(soon, doors.wait(Uuid::from_u128(2))).await.is_ok());
        drop(turn);
        drop(doors.wait(account).await);
        drop(doors.wait(Uuid::from_u128(3)).await);
        assert_eq!(doors.0.lock().map_or(9, |doors| doors.len()), 1);
    }
}
