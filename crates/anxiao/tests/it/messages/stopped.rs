//! Stopped at each step between a cause and its noting down: whoever is started next goes on there, and a gateway that knows keys has each message once.
//!
//! `killed.rs` kills the program at moments that chance chooses; here the moments are chosen, one by one.

use engine::messages::{Letter, worker};
use kit::{Cell, Change, Message, Refusal};
use store::outbox::{Outcome, Route};
use uuid::Uuid;

use super::gateways::{Gateway, Post};
use super::{say, settings, staff, until};
use crate::county::{self, County};

/// How far the one who is killed has come with his message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Caused,
    Routed,
    Claimed,
    HandedOver,
    NotedDown,
}

const STEPS: [Step; 5] = [Step::Caused, Step::Routed, Step::Claimed, Step::HandedOver, Step::NotedDown];

/// Does what the one who carries does, up to this step, and then nothing more.
async fn carry(county: &County, step: Step) {
    let (store, now) = (&county.app.store, county.app.clock.now());
    if step == Step::Caused {
        return;
    }
    let unrouted = store.unrouted(now, 10).await.unwrap();
    let routes: Vec<_> = unrouted.iter().map(|message| (message.id, vec![Route::by("sms")])).collect();
    assert_eq!(routes.len(), 1);
    store.route(now, &routes).await.unwrap();
    if step == Step::Routed {
        return;
    }
    let claimed = store.claim(now, now + 60_000, 10).await.unwrap();
    assert_eq!((claimed.len(), store.claim(now, now + 60_000, 10).await.unwrap().len()), (1, 0), "nobody else has it");
    if step == Step::Claimed {
        return;
    }
    let letter = Letter {
        key: claimed[0].key.clone(),
        to: "13800000000".into(),
        subject: String::new(),
        text: String::new(),
        template: "AX1002".into(),
        params: Vec::new(),
        link: None,
        urgent: true,
    };
    let reference = county.app.outside.channel("sms").unwrap().send(&letter).await.unwrap();
    if step == Step::NotedDown {
        store.settle(now, &[(claimed[0].id, Outcome::Sent { reference })]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_at_any_step_the_next_life_goes_on_and_repeats_nothing() {
    for county in county::both().await {
        let (gateway, post) = (Gateway::start(0).await, Post::start());
        let settings = settings(&county, &gateway, &post);
        let mut county = county.with_gateways(settings.clone()).await;
        let person = staff(&county, 1).await[0];
        for (at, step) in STEPS.into_iter().enumerate() {
            let name = format!("{} {step:?}", county.backend());
            let cause = format!("step/{at}");
            let told = Message::person(person, "hazard.sent_back").urgent().because(cause.as_str());
            let since = say(&county, |change| change.send(told.clone())).await;
            carry(&county, step).await;
            let before = gateway.requests();
            // Another life: nothing of the first is left but what stands in the database.
            county = county.with_gateways(settings.clone()).await;
            let carrier = tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
            let whole = until(&county, since, &["sent"]).await.len();
            let keys: Vec<_> = gateway.taken().into_keys().filter(|key| key.starts_with(&cause)).collect();
            assert_eq!(keys, [told.key("")], "{name}");
            let again = usize::from(step != Step::NotedDown);
            assert_eq!(
                gateway.requests(),
                before + again,
                "{name}: sent again only where nobody knows whether it went"
            );
            // The same cause told again is told already.
            say(&county, |change| change.send(told)).await;
            assert_eq!(super::messages(&county, since).await.len(), whole, "{name}");
            carrier.abort();
        }
        together(&county, person).await;
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// The message is written with its cause or not at all: what is refused tells nobody.
async fn together(county: &County, person: Uuid) {
    let store = &county.app.store;
    let now = county.app.clock.now();
    let before = super::any_hazard(county).await;
    let noun = &areas::hazards::record::HAZARD;
    let stale = kit::Row { version: before.version - 1, ..before.clone() };
    let after = before.with(noun, "remark", Cell::Text("never".into()));
    let change = Change::update(noun, "edit", stale, after);
    let change = change.send(Message::person(person, "hazard.sent_back").because("step/refused"));
    let author = kit::Author { actor: None, at: now, request: store.new_id(now) };
    let refused = store.commit(author, vec![change]).await.unwrap_err().refusal();
    assert_eq!(refused, Some(Refusal::new("record.stale")));
    assert!(!store.was_caused("step/refused", 0).await.unwrap(), "{}", county.backend());
}
