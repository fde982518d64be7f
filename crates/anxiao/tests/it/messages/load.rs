//! A morning: many causes one after another, each telling many, while others write what they have done.

use areas::duties::record::DEED;
use engine::messages::{MESSAGE, worker};
use kit::dates::shanghai_date;
use kit::{Author, Cell, Change, Message, Row};
use uuid::Uuid;

use super::gateways::{Gateway, Post};
use super::{say, settings, staff, until};
use crate::county;

const CAUSES: usize = 20;
/// As many deeds are written meanwhile, one transaction each.
const DEEDS: usize = 200;

/// What a school does in the morning, by somebody else.
async fn deed(county: &county::County, school: Uuid) {
    let (store, now) = (&county.app.store, county.app.clock.now());
    let row = Row::blank(&DEED, store.new_id(now))
        .with(&DEED, "fact", Cell::Text("gate.post".into()))
        .with(&DEED, "school", Cell::Id(school))
        .with(&DEED, "day", Cell::Date(shanghai_date(now)))
        .with(&DEED, "entered_at", Cell::Int(now))
        .with(&DEED, "state", Cell::Text("recorded".into()));
    let author = Author { actor: None, at: now, request: store.new_id(now) };
    store.commit(author, vec![Change::create(&DEED, "create", row)]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mornings_messages_are_with_the_gateway_at_once() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        let persons = staff(&county, 50).await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let mut since = None;
        let school = county.cx("school").await.actor.unit.unwrap();
        let causes = async {
            for cause in 0..CAUSES {
                let tell = |person: &Uuid| {
                    Message::person(*person, "hazard.sent_back").urgent().because(format!("load/{cause}"))
                };
                let at = say(&county, |change| persons.iter().map(tell).fold(change, Change::send)).await;
                since.get_or_insert(at);
            }
        };
        let others = async {
            for _ in 0..DEEDS {
                deed(&county, school).await;
            }
        };
        tokio::join!(causes, others);
        let all = CAUSES * persons.len();
        while gateway.taken().len() < all {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        until(&county, since.unwrap(), &["sent"]).await;
        assert_eq!(gateway.taken().len(), all);
        // How long it takes is measured by `make bench`; that it is written down, here.
        let rows = super::messages(&county, since.unwrap()).await;
        assert!(rows.iter().all(|row| row.get(&MESSAGE, "wait_ms").int().is_some_and(|wait| wait >= 0)));
    }
}
