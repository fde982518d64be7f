//! A person's key that does not open: what is sealed under it stays closed, and everybody else's messages go.

use areas::organisation::record::GUARDIAN;
use engine::messages::{MESSAGE, worker};
use kit::{Message, Outside, Query, Scope};
use uuid::Uuid;

use super::gateways::{Gateway, Post};
use super::{ALWAYS, messages, say, settings, staff, until, way};
use crate::county::{self, County};

async fn damage(county: &County, person: Uuid) {
    let place = if county.backend() == "SQLite" { format!("x'{}'", person.simple()) } else { format!("'{person}'") };
    let done = county.raw(&format!("update person_key set wrapped = 'w1:1:AAAA' where person = {place}")).await;
    assert_eq!(done, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_that_does_not_open_keeps_nobody_else_s_message() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let county = county.with_gateways(settings).await;
        let (store, name) = (&county.app.store, county.backend());
        let persons = staff(&county, 2).await;
        for (person, address) in persons.iter().zip(["closed@example.cn", "open@example.cn"]) {
            store.set_ways(*person, &[way("mail", Some(address))], &ALWAYS).await.unwrap();
        }
        let guardians = store.list(&GUARDIAN, &Query::new().limit(50), &Scope::county()).await.unwrap().rows;
        let pupil = |row: &kit::Row| row.get(&GUARDIAN, "pupil").id().unwrap();
        let closed = &guardians[0];
        let open = guardians.iter().find(|row| pupil(row) != pupil(closed)).unwrap();
        let phone = store.reveal(&GUARDIAN, "phone", std::slice::from_ref(open)).await.unwrap()[0].clone().unwrap();
        let since = say(&county, |change| {
            let outside = |row| Outside::of(&GUARDIAN, row, "phone").unwrap();
            let told = |row| Message::outside(outside(row), "ladder.keeper").with("title", "张小明未到校");
            let change = change.send(told(closed)).send(told(open));
            persons.iter().fold(change, |change, person| change.send(Message::person(*person, "hazard.sent_back")))
        })
        .await;
        for person in [persons[0], pupil(closed)] {
            damage(&county, person).await;
        }
        let many = store.reveal(&GUARDIAN, "phone", &guardians).await.unwrap();
        assert!(many[0].is_none() && many.contains(&Some(phone.clone())), "{name}: a list shows what opens");
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let rows = until(&county, since, &["sent", "delivered", "dead"]).await;
        assert!(gateway.taken().values().any(|body| body["phone"] == phone.as_str()), "{name}: {rows:#?}");
        assert!(post.letters().iter().any(|letter| letter.contains("To: open@example.cn")), "{name}: {rows:#?}");
        // Whoever is written to now is skipped alone as well.
        let later = say(&county, |change| {
            let outside = |row| Outside::of(&GUARDIAN, row, "phone").unwrap();
            let told = |row| Message::outside(outside(row), "ladder.keeper").with("title", "李小红未到校");
            change.send(told(closed)).send(told(open))
        })
        .await;
        let rows = messages(&county, later).await;
        assert_eq!(rows.iter().filter(|row| row.get(&MESSAGE, "person").is_null()).count(), 1, "{name}: {rows:#?}");
    }
}
