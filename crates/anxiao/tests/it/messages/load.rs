//! A morning: many causes one after another, each telling many, while others write what they have done.

use std::time::Duration;

use engine::messages::{MESSAGE, worker};

use super::gateways::{Gateway, Post};
use super::{messages, settings, until};
use crate::county;

#[path = "../../../../bench/src/burst.rs"]
mod burst;

#[tokio::test(flavor = "multi_thread")]
async fn a_mornings_messages_are_with_the_gateway_at_once() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let since = county.app.clock.now();
        let school = county.cx("school").await.actor.unit.unwrap();
        let told = burst::write(&county.app, school).await.unwrap();
        assert!(told >= 1000, "{told}");
        let sent = async {
            while gateway.taken().len() < told {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), sent).await.unwrap();
        until(&county, since, &["sent"]).await;
        assert_eq!(gateway.taken().len(), told);
        // How long it takes is measured by `make bench`; that it is written down, here.
        let rows = messages(&county, since).await;
        assert_eq!(rows.len(), told);
        assert!(rows.iter().all(|row| row.get(&MESSAGE, "wait_ms").int().is_some_and(|wait| wait >= 0)));
    }
}
