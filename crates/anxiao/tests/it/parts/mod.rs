//! A record and its parts are one event of the history, on both databases: random jobs, what an earlier version wrote, an erasure, and whatever
//! somebody with the database's own shell does to a part.

mod shop;

use std::collections::HashMap;

use kit::{Cell, Change, Noun, Row};
use proptest::collection::vec;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use store::Event;
use tokio::sync::Mutex;
use uuid::Uuid;

use shop::{BASKET, EGG, OLD_EGG, Shop, Step, step};

use crate::county;
use crate::tampering::other_value;

#[test]
fn random_jobs_are_told_whole_and_verify() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // Not empty: the first job may change nothing, and of nothing there is no checkpoint.
    let shops = Mutex::new(runtime.block_on(filled_shop(&EGG)));
    let mut runner = TestRunner::new(Config { cases: 20, failure_persistence: None, ..Config::default() });
    let rounds = vec(vec(vec(step(), 1..4), 1..4), 1..5);
    let outcome = runner.run(&rounds, |rounds| {
        runtime.block_on(async {
            for shop in shops.lock().await.iter_mut() {
                let (eggs, baskets) = (shop.eggs.len(), shop.baskets.len());
                for jobs in &rounds {
                    shop.round(jobs).await;
                }
                for id in &shop.eggs[eggs..] {
                    shop.tells(&EGG, *id).await;
                }
                for id in &shop.baskets[baskets..] {
                    shop.tells(&BASKET, *id).await;
                }
                assert_eq!(shop.flaws().await, [""; 0], "{}", shop.backend());
                assert_eq!(shop.store.check_tallies().await.unwrap(), 0);
            }
        });
        Ok(())
    });
    outcome.unwrap();
    runtime.block_on(async {
        for shop in &shops.into_inner() {
            assert!(shop.eggs.len() > 20);
            for id in &shop.eggs {
                shop.tells(&EGG, *id).await;
            }
        }
    });
}

/// A basket with three eggs, of which one is changed later, and one that comes later still.
async fn filled_shop(egg: &'static Noun) -> [Shop; 2] {
    let mut shops = Shop::both(egg).await;
    for shop in &mut shops {
        let eggs = vec![([1, 1, 1, 0, 1, 1], true), ([1, 1, 2, 1, 2, 2], true), ([1, 1, 0, 2, 0, 1], true)];
        shop.round(&[vec![Step::Basket([1, 1, 1, 1, 1, 0], eggs, false)]]).await;
        shop.round(&[vec![Step::Egg(1, [2, 0, 1, 2, 1, 2])]]).await;
        shop.round(&[
            vec![Step::Later(0, [1, 1, 1, 1, 1, 1])],
            vec![Step::Basket([2, 2, 2, 2, 2, 0], vec![([2; 6], true)], true)],
        ])
        .await;
    }
    shops
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_touches_a_part_is_found_and_it_is_named() {
    for shop in filled_shop(&EGG).await {
        assert_eq!(shop.flaws().await, [""; 0]);
        shop.raw("create table kept as select * from egg").await;
        let columns = EGG.fields.iter().map(|field| (field.name, Some(&field.kind))).chain([("version", None)]);
        for ((column, kind), id) in columns.flat_map(|column| shop.eggs.iter().map(move |id| (column, *id))) {
            let (value, place) = (other_value(kind, column, shop.backend()), shop.place(id));
            shop.raw(&format!("update egg set \"{column}\" = {value} where id = {place}")).await;
            let told = format!("egg {id}: {column} is not what its events say");
            assert_eq!(shop.flaws().await, [told], "{}", shop.backend());
            shop.raw(&format!(
                "update egg set \"{column}\" = (select \"{column}\" from kept where id = {place}) where id = {place}"
            ))
            .await;
        }
        for id in &shop.eggs {
            let place = shop.place(*id);
            shop.raw(&format!("delete from egg where id = {place}")).await;
            assert_eq!(shop.flaws().await, [format!("egg {id} has events but no row")]);
            shop.raw(&format!("insert into egg select * from kept where id = {place}")).await;
        }
        let (id, alien) = (shop.place(shop.eggs[0]), Uuid::from_u128(1 << 90));
        shop.raw(&format!("update kept set id = {} where id = {id}", shop.place(alien))).await;
        shop.raw(&format!("insert into egg select * from kept where id = {}", shop.place(alien))).await;
        assert_eq!(shop.flaws().await, [format!("egg {alien} has a row but no event")]);
        shop.raw(&format!("delete from egg where id = {}", shop.place(alien))).await;
        // The whole's row is the whole's alone.
        let basket = shop.baskets[0];
        shop.raw(&format!("delete from basket where id = {}", shop.place(basket))).await;
        assert_eq!(shop.flaws().await, [format!("basket {basket} has events but no row")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_touches_what_the_whole_tells_of_a_part_is_found() {
    for shop in filled_shop(&EGG).await {
        shop.report().await;
        let payload = county::texts(&shop.target, "select payload from event where seq = 1").await.remove(0);
        let told: Value = serde_json::from_str(&payload).unwrap();
        let [group] = told["parts"].as_array().unwrap().as_slice() else { panic!("{payload}") };
        assert_eq!(
            (&group["noun"], &group["of"], &group["as"]),
            (&json!("egg"), &json!("basket"), &json!(["place", "day"]))
        );
        assert_eq!(group["each"].as_array().unwrap().len(), 3);
        let altered = |alter: &dyn Fn(&mut Value)| {
            let mut told = told.clone();
            alter(&mut told);
            format!("update event set payload = '{told}' where seq = 1")
        };
        let egg = shop.eggs[0].to_string();
        let at = |told: &Value| {
            told["parts"][0]["each"].as_array().unwrap().iter().position(|part| part["id"] == egg).unwrap()
        };
        let at = at(&told);
        let cases: [(String, &str); 6] = [
            (
                altered(&|told| told["parts"][0]["each"][at]["set"]["size"] = json!(8)),
                "size is not what its events say",
            ),
            (
                altered(&|told| told["parts"][0]["each"][at]["set"]["person"] = json!(egg)),
                "person is not what its events say",
            ),
            (altered(&|told| told["set"]["place"] = json!("elsewhere")), "place is not what its events say"),
            (altered(&|told| told["parts"][0]["as"] = json!(["place"])), "day is not what its events say"),
            (
                altered(&|told| drop(told["parts"][0]["each"].as_array_mut().unwrap().remove(at))),
                "has a row but no event",
            ),
            (altered(&|told| drop(told.as_object_mut().unwrap().remove("parts"))), "has a row but no event"),
        ];
        for (statement, says) in cases {
            shop.raw(&statement).await;
            let flaws = shop.flaws().await;
            assert_eq!(flaws[0], "the payload of event 1 was altered", "{}", shop.backend());
            let named = flaws.iter().any(|flaw| flaw.contains(&egg) && flaw.contains(says));
            assert!(named, "{} {statement}: {flaws:?}", shop.backend());
        }
        shop.raw(&format!("update event set payload = '{payload}' where seq = 1")).await;
        assert_eq!(shop.flaws().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_version_wrote_is_told_as_it_was_and_goes_on() {
    for shop in filled_shop(&OLD_EGG).await {
        let before = shop.store.head().await.unwrap();
        assert_eq!(before, 8, "each egg has events of its own");
        let mut old = HashMap::new();
        for id in shop.eggs.clone() {
            old.insert(id, format!("{:?}", shop.timeline(&OLD_EGG, id).await));
        }
        let mut shop = shop.reopened(&EGG).await;
        assert_eq!(shop.flaws().await, [""; 0]);
        for (id, told) in old {
            assert_eq!(format!("{:?}", shop.timeline(&EGG, id).await), told);
            shop.tells(&EGG, id).await;
        }
        shop.round(&[vec![
            Step::Egg(0, [2; 6]),
            Step::Later(0, [1; 6]),
            Step::Basket([2; 6], vec![([2; 6], true), ([1; 6], true)], true),
        ]])
        .await;
        for id in &shop.eggs {
            shop.tells(&EGG, *id).await;
        }
        assert_eq!(shop.flaws().await, [""; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_erased_within_the_whole_too_and_nobody_else() {
    for mut shop in Shop::both(&EGG).await {
        let eggs = vec![([1, 0, 0, 0, 1, 1], true), ([2, 0, 0, 0, 2, 2], true)];
        shop.round(&[vec![Step::Basket([1, 1, 1, 1, 0, 0], eggs, false)]]).await;
        let (gone, stays) = (shop.eggs[0], shop.eggs[1]);
        let payload = county::texts(&shop.target, "select payload from event").await.remove(0);
        let sealed = !payload.contains("1390000000") && payload.matches("\"note\":\"s1:").count() == 2;
        assert!(sealed, "a person's values travel sealed: {payload}");
        let note = |events: &[Event]| {
            events[0].changes.iter().find(|(name, _, _)| name == "note").map(|(_, _, after)| after.clone())
        };
        assert_eq!(note(&shop.timeline(&EGG, gone).await), Some(json!("north")));
        let person = shop.known[&gone][0].get(&EGG, "person").id().unwrap();
        let before = shop.known[&gone][0].clone();
        let after = before.clone().with(&EGG, "note", Cell::Null).with(&EGG, "number", Cell::Null);
        let author = shop.author();
        let erasure = Change::update(&EGG, "erase", before, after).forgetting(person);
        shop.store.commit(author, vec![erasure]).await.unwrap();
        assert_eq!(note(&shop.timeline(&EGG, gone).await), Some(Value::Null), "{}", shop.backend());
        assert_eq!(note(&shop.timeline(&EGG, stays).await), Some(json!("south")));
        assert_eq!(shop.flaws().await, [""; 0]);
        // The same request a second time writes nothing.
        let head = shop.store.head().await.unwrap();
        let again = Change::create(&BASKET, "create", Row::blank(&BASKET, Uuid::from_u128(99)));
        assert!(shop.store.commit(author, vec![again]).await.unwrap().repeated);
        assert_eq!(shop.store.head().await.unwrap(), head);
    }
}
