//! Erasing a person, changing the county's key, and working without any key.

use areas::organisation::erasure::erase;
use areas::organisation::record::{GUARDIAN, PUPIL};
use axum::http::StatusCode;
use kit::{Author, Cell, Change, Message, Query, Row, Scope};
use store::Report;
use store::keys::KeyFolder;

use crate::backup::Home;
use crate::county::{self, County};
use crate::visitor::Visitor;

/// Proves the history with the public key and the checkpoints of a folder.
async fn verified(county: &County, keys: &str) -> Report {
    let keys = county.folder.path().join(keys);
    let log = std::fs::read_to_string(keys.join("checkpoints.log")).unwrap();
    county.app.store.verify(&log, &store::keys::read_public(&keys).unwrap(), &mut |_| {}).await.unwrap()
}

async fn guardians(county: &County, pupil: &Row) -> Vec<Row> {
    county.app.store.find_by(&GUARDIAN, "pupil", &[Cell::Id(pupil.id)], &Scope::county()).await.unwrap()
}

/// A pupil of the sample school with a sealed number, and a guardian.
async fn pupil(county: &County) -> Row {
    let scope = county.cx("principal").await.actor.scope;
    for row in county.app.store.all(&PUPIL, &Query::new(), &scope).await.unwrap() {
        if !row.get(&PUPIL, "id_number").is_null() && !guardians(county, &row).await.is_empty() {
            return row;
        }
    }
    panic!("no pupil with a number and a guardian");
}

async fn number(county: &County, row: &Row) -> Option<String> {
    county.app.store.reveal(&PUPIL, "id_number", std::slice::from_ref(row)).await.unwrap().remove(0)
}

/// Signed is what stands in the log: a checkpoint that could not be written is written with the next try, although nothing new has happened.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_could_not_be_written_is_written_later() {
    let county = county::sqlite().await;
    let (store, now, log) = (&county.app.store, county.app.clock.now(), county.checkpoints());
    let (kept, head) = (std::fs::read_to_string(&log).unwrap(), store.head().await.unwrap());
    store.checkpoint(now).await.unwrap();
    let row = pupil(&county).await;
    let changes = erase(&row, &guardians(&county, &row).await);
    store.commit(Author { actor: None, at: now, request: store.new_id(now) }, changes).await.unwrap();
    std::fs::rename(&log, log.with_extension("away")).unwrap();
    std::fs::create_dir(&log).unwrap();
    assert!(store.checkpoint(now).await.is_err(), "a folder is in the way");
    std::fs::remove_dir(&log).unwrap();
    std::fs::rename(log.with_extension("away"), &log).unwrap();
    store.checkpoint(now).await.unwrap();
    let (told, new) = (std::fs::read_to_string(&log).unwrap(), store.head().await.unwrap());
    assert!(new > head && told.len() > kept.len());
    let last = told.lines().last().unwrap();
    assert!(last.split(' ').any(|word| word == new.to_string()), "{last}");
    assert!(verified(&county, "keys").await.flaws.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_gone_from_row_and_history_and_the_chain_holds() {
    for county in county::both().await {
        let row = pupil(&county).await;
        let (name, clear) = (row.get(&PUPIL, "name").text().unwrap().to_owned(), number(&county, &row).await.unwrap());
        let principal = county.token("principal").await;
        let timeline = format!("/api/v1/pupils/{}/timeline", row.id);
        assert!(county.get(&principal, &timeline).await.1.to_string().contains(&name), "there is a name to erase");
        let before = verified(&county, "keys").await;
        assert!(before.flaws.is_empty() && before.sealed == 0);

        let changes = erase(&row, &guardians(&county, &row).await);
        let now = county.app.clock.now();
        county
            .app
            .store
            .commit(Author { actor: None, at: now, request: county.app.store.new_id(now) }, changes)
            .await
            .unwrap();
        county.app.store.checkpoint(now).await.unwrap();

        let after = verified(&county, "keys").await;
        assert!(after.flaws.is_empty(), "{} {:?}", county.backend(), after.flaws);
        assert!(after.sealed > 0, "what cannot be read any more is counted, not passed over");
        let gone = county.app.store.find(&PUPIL, row.id, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(
            (number(&county, &gone).await, number(&county, &row).await),
            (None, None),
            "neither the row nor a copy of it opens"
        );
        let (status, history) = county.get(&principal, &timeline).await;
        assert_eq!(status, StatusCode::OK);
        assert!(!history.to_string().contains(&name) && history["items"].as_array().unwrap().len() > 1, "{history}");
        let visitor = Visitor::sign_in(&county, "principal").await;
        let page =
            visitor.post(&format!("/pupils/{}/open", row.id), &[("field", "id_number"), ("reason", "核对学籍")]).await;
        assert!(!page.text().contains(&clear));
        assert!(visitor.get(&format!("/pupils/{}", row.id)).await.text().contains("已删除"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_county_key_wraps_every_person_anew_and_everything_still_opens() {
    for county in county::both().await {
        let row = pupil(&county).await;
        let clear = number(&county, &row).await.unwrap();
        let mut keys = KeyFolder::open(&county.folder.path().join("keys")).unwrap();
        let version = keys.add_county_key(&mut |bytes: &mut [u8]| engine::clock::random(bytes)).unwrap();
        assert_eq!(version, 2);
        drop(keys);
        let county = county.reopen().await;
        assert_eq!(
            number(&county, &row).await.as_ref(),
            Some(&clear),
            "the old key is still there until all are wrapped anew"
        );
        let wrapped = county.app.store.rewrap().await.unwrap().wrapped;
        assert!(wrapped > 100, "{wrapped}");
        let county = county.reopen().await;
        assert_eq!(number(&county, &row).await.as_ref(), Some(&clear), "{}", county.backend());
        let under = async |version| {
            county.raw(&format!("update person_key set person = person where wrapped like 'w1:{version}:%'")).await
        };
        assert_eq!(
            (under(1).await, under(2).await),
            (0, wrapped),
            "not one person's key is left under the old version"
        );
        let (status, answer) =
            county.get(&county.token("principal").await, &format!("/api/v1/pupils/{}", row.id)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(county.flaws().await.is_empty());
    }
}

/// A key that does not open is named and left as it is; everybody else's is wrapped anew and opens.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_key_is_named_and_holds_up_no_new_county_key() {
    for county in county::both().await {
        let (row, backend) = (pupil(&county).await, county.backend());
        let clear = number(&county, &row).await.unwrap();
        let damaged = county.app.store.all(&PUPIL, &Query::new(), &Scope::county()).await.unwrap();
        let damaged = damaged.iter().find(|other| other.id != row.id && !other.get(&PUPIL, "id_number").is_null());
        let damaged = damaged.unwrap().id;
        let place = if backend == "SQLite" { format!("x'{}'", damaged.simple()) } else { format!("'{damaged}'") };
        let done = county.raw(&format!("update person_key set wrapped = 'w1:1:AAAA' where person = {place}")).await;
        assert_eq!(done, 1, "{backend}");
        let home = Home::of(county).await;
        let said = home.refused(&["rotate-keys"]);
        assert!(said.contains("are wrapped under county key v2"), "{backend}: {said}");
        assert!(said.contains(&format!("LEFT  the key of the person {damaged} ")), "{backend}: {said}");
        assert!(said.contains("1 persons' keys were left as they are"), "{backend}: {said}");
        let county = county::again(home).await;
        assert_eq!(number(&county, &row).await.as_ref(), Some(&clear), "{backend}");
        let old = county.raw("update person_key set person = person where wrapped like 'w1:1:%'").await;
        assert_eq!(old, 1, "{backend}");
    }
}

/// Whoever is erased while all keys are wrapped anew stays erased: no key is written that is not there.
#[tokio::test(flavor = "multi_thread")]
async fn wrapping_anew_brings_no_key_back() {
    for county in county::both().await {
        county
            .raw(if county.backend() == "SQLite" {
                "create trigger new_key before insert on person_key begin select raise(abort, 'a new key'); end"
            } else {
                "create function new_key() returns trigger language plpgsql as $$ begin raise 'a new key'; end $$;
                 create trigger new_key before insert on person_key for each row execute function new_key()"
            })
            .await;
        let mut keys = KeyFolder::open(&county.folder.path().join("keys")).unwrap();
        keys.add_county_key(&mut |bytes: &mut [u8]| engine::clock::random(bytes)).unwrap();
        let county = county.reopen().await;
        let row = pupil(&county).await;
        assert!(county.app.store.rewrap().await.unwrap().wrapped > 100, "{}", county.backend());
        assert!(number(&county, &row).await.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_keys_the_county_opens_verifies_and_shows_sealed_as_sealed() {
    for county in county::both().await {
        let row = pupil(&county).await;
        let folder = county.folder.path().to_owned();
        std::fs::rename(folder.join("keys"), folder.join("away")).unwrap();
        std::fs::create_dir(folder.join("keys")).unwrap();
        let county = county.reopen().await;
        assert!(!county.app.store.has_keys());
        let report = verified(&county, "away").await;
        assert!(report.flaws.is_empty(), "{} {:?}", county.backend(), report.flaws);
        assert!(report.sealed > 0);
        assert_eq!(number(&county, &row).await, None);
        let page = Visitor::sign_in(&county, "principal").await.get(&format!("/pupils/{}", row.id)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("已加密"));
        let (status, list) = county.get(&county.token("school").await, "/api/v1/pupils?limit=5").await;
        assert_eq!(status, StatusCode::OK, "{list}");
    }
}

async fn phone(county: &County, guardian: &Row) -> Option<String> {
    county.app.store.reveal(&GUARDIAN, "phone", std::slice::from_ref(guardian)).await.unwrap().remove(0)
}

/// A guardian who was written down with the wrong pupil: what is sealed goes with him, and no longer hangs on the other child's key.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_put_with_another_person_keeps_what_is_sealed() {
    for county in county::both().await {
        let (store, wrong) = (&county.app.store, pupil(&county).await);
        let guardian = guardians(&county, &wrong).await.remove(0);
        let name = guardian.get(&GUARDIAN, "name").text().unwrap().to_owned();
        let clear = phone(&county, &guardian).await.unwrap();
        let scope = county.cx("principal").await.actor.scope;
        let right = store.all(&PUPIL, &Query::new(), &scope).await.unwrap();
        let right = right.into_iter().find(|row| row.id != wrong.id).unwrap();
        let token = county.token("principal").await;
        let path = format!("/api/v1/guardians/{}", guardian.id);
        let body = serde_json::json!({ "version": guardian.version, "pupil": right.id });
        let (status, answer) = county.ask(&token, axum::http::Method::PATCH, &path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let moved = store.find(&GUARDIAN, guardian.id, &Scope::county()).await.unwrap().unwrap();
        assert_eq!(moved.get(&GUARDIAN, "pupil").id(), Some(right.id));
        assert_eq!(phone(&county, &moved).await.as_ref(), Some(&clear), "{}", county.backend());
        let index = |row: &Row| row.get(&GUARDIAN, "phone_index").clone();
        assert_eq!(index(&moved), index(&guardian), "and is found by it as before");
        let report = verified(&county, "keys").await;
        assert!(report.flaws.is_empty() && report.sealed == 0, "{} {report:?}", county.backend());
        let (_, history) = county.get(&token, &format!("{path}/timeline")).await;
        assert!(history.to_string().contains(&name), "{history}");
        // With the erasure of the one nothing of the other goes.
        let changes = erase(&wrong, &guardians(&county, &wrong).await);
        let now = county.app.clock.now();
        store.commit(Author { actor: None, at: now, request: store.new_id(now) }, changes).await.unwrap();
        assert_eq!(phone(&county, &moved).await.as_ref(), Some(&clear), "{}", county.backend());
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// An index tells that two people have one telephone, and whoever has its key can try all numbers: in the history it is sealed as the number is.
#[tokio::test(flavor = "multi_thread")]
async fn no_blind_index_stands_open_in_the_history() {
    for county in county::both().await {
        let row = pupil(&county).await;
        let index = row.get(&PUPIL, "id_number_index").text().unwrap().to_owned();
        let told =
            async |text: &str| county.raw(&format!("update event set seq = seq where payload like '%{text}%'")).await;
        assert_eq!(told(&index).await, 0, "{}", county.backend());
        assert!(told("id_number_index\":\"s1:").await > 0 && told("phone_index\":\"s1:").await > 0);
        for open in ["phone_index\":\"h1:", "number_index\":\"h1:", "contact_index\":\"h1:"] {
            assert_eq!(told(open).await, 0, "{} {open}", county.backend());
        }
        let report = verified(&county, "keys").await;
        assert!(report.flaws.is_empty() && report.sealed == 0, "{} {report:?}", county.backend());
    }
}

/// What the staff were told of a child says its name in the clear: it goes with the child, and what was told of others stays.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_is_gone_from_the_messages_to_the_staff_too() {
    for county in county::both().await {
        let (store, now) = (&county.app.store, county.app.clock.now());
        let gone = pupil(&county).await;
        let everybody = store.all(&GUARDIAN, &Query::new(), &Scope::county()).await.unwrap();
        let stays = everybody.iter().find(|row| row.get(&GUARDIAN, "pupil").id() != Some(gone.id)).unwrap();
        let staff = county.cx("principal").await.actor.person().unwrap();
        for (row, name) in [(&guardians(&county, &gone).await[0], "张一一"), (stays, "李二二")] {
            let told = Message::person(staff, "missing.teacher").with("name", name);
            let after = row.clone().with(&GUARDIAN, "relation", Cell::Text("99".into()));
            let change = Change::update(&GUARDIAN, "edit", row.clone(), after).send(told);
            store.commit(Author { actor: None, at: now, request: store.new_id(now) }, vec![change]).await.unwrap();
        }
        let told =
            async |name: &str| county.raw(&format!("update message set at = at where params like '%{name}%'")).await;
        assert_eq!((told("张一一").await, told("李二二").await), (1, 1));
        // As an answer was kept once: with the words behind the choice.
        let answered = "update message set answer = 'sick: 发烧了' where params like";
        assert_eq!(county.raw(&format!("{answered} '%张一一%' or params like '%李二二%'")).await, 2);
        let gone = store.find(&PUPIL, gone.id, &Scope::county()).await.unwrap().unwrap();
        let changes = erase(&gone, &guardians(&county, &gone).await);
        store.commit(Author { actor: None, at: now, request: store.new_id(now) }, changes).await.unwrap();
        assert_eq!((told("张一一").await, told("李二二").await), (0, 1), "{}", county.backend());
        let words = county.raw("update message set at = at where answer like '%发烧%'").await;
        assert_eq!((words, county.raw("update message set at = at where answer = ''").await), (1, 1));
        // That he was told is still known.
        let unread = store.notices(staff, 50).await.unwrap();
        assert_eq!(unread.iter().filter(|notice| notice.code == "missing.teacher").count(), 2);
    }
}
