//! A morning: many causes one after another, each telling many, and how long each message took to the gateway.

use engine::messages::{MESSAGE, worker};
use kit::Message;

use super::gateways::{Gateway, Post};
use super::{say, settings, staff, until};
use crate::county;

const CAUSES: usize = 20;
/// Milliseconds for all but one in a hundred. In this build, beside other tests; the product's own figure is a fifth of it.
const SLOWEST: i64 = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_mornings_messages_are_with_the_gateway_at_once() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        let persons = staff(&county, 50).await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let mut since = None;
        for cause in 0..CAUSES {
            let tell = |person: &uuid::Uuid| {
                Message::person(*person, "hazard.sent_back").urgent().because(format!("load/{cause}"))
            };
            let at = say(&county, |change| persons.iter().map(tell).fold(change, kit::Change::send)).await;
            since.get_or_insert(at);
        }
        let all = CAUSES * persons.len();
        while gateway.taken().len() < all {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        until(&county, since.unwrap(), &["sent"]).await;
        assert_eq!(gateway.taken().len(), all);
        // Newest 500 of them; the worst of the morning is at its end.
        let rows = super::messages(&county, since.unwrap()).await;
        let mut waits: Vec<_> = rows.iter().map(|row| row.get(&MESSAGE, "wait_ms").int().unwrap()).collect();
        waits.sort_unstable();
        let at = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)];
        eprintln!(
            "{}: {} messages, cause to gateway p50 {} ms, p99 {} ms",
            county.backend(),
            waits.len(),
            at(50),
            at(99)
        );
        assert!(at(99) <= SLOWEST, "{}: {waits:?}", county.backend());
    }
}
