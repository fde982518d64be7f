//! 三员 and invitations: who may make an account, who may open it, and how long it stays open.

use std::collections::HashSet;

use areas::organisation::record::STAFF;
use axum::http::{Method, StatusCode};
use engine::auth::ACCOUNT;
use engine::save::{self, Refused};
use kit::{Cell, Change, Query, Row, Scope, Test};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

async fn change(county: &County, login: &str, of: &str, mut fields: Value) -> (StatusCode, Value) {
    let id = county.app.account_id(of).await.unwrap().unwrap();
    let path = format!("/api/v1/accounts/{id}");
    let (_, seen) = county.get(&county.token("auditor").await, &path).await;
    fields["version"] = seen["version"].clone();
    county.ask(&county.token(login).await, Method::PATCH, &path, Some(fields)).await
}

async fn person(county: &County, login: &str) -> String {
    county.cx(login).await.actor.person().unwrap().to_string()
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_three_administrators_are_three_persons() {
    for county in county::both().await {
        let sysadmin = county.token("sysadmin").await;
        for (office, holder) in [("secadmin", "sysadmin"), ("auditor", "secadmin"), ("sysadmin", "auditor")] {
            let body = json!({ "login": format!("second-{office}"), "name": "兼任", "role": office, "staff": person(&county, holder).await });
            let (status, answer) = county.post(&sysadmin, "/api/v1/accounts", body).await;
            assert_eq!(
                (status, code(&answer)),
                (StatusCode::UNPROCESSABLE_ENTITY, "account.administers"),
                "{} {answer}",
                county.backend()
            );
            assert!(answer["error"]["message"].as_str().unwrap().contains("三人"), "{answer}");
        }
        // Without a person behind it, nobody could tell.
        let (status, answer) = county
            .post(&sysadmin, "/api/v1/accounts", json!({ "login": "nobody", "name": "无人", "role": "auditor" }))
            .await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "account.incomplete"), "{answer}");
        let both = person(&county, "sysadmin").await;
        let (status, answer) = change(&county, "secadmin", "auditor", json!({ "staff": both })).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "account.administers"), "{answer}");
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_administrator_gets_in_before_it_is_said_who_the_first_is() {
    for county in county::both().await {
        let invite = |id: uuid::Uuid| format!("/accounts/{id}/invite");
        let auditor = county.app.account_id("auditor").await.unwrap().unwrap();
        let guard = county.app.account_id("guard").await.unwrap().unwrap();
        county.raw("update account set staff = null, administers = null where login = 'sysadmin'").await;
        let secadmin = Visitor::sign_in(&county, "secadmin").await;
        let refused = secadmin.post(&invite(auditor), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", county.backend());
        assert!(refused.text().contains("anxiao user person sysadmin"), "{}", refused.text());
        assert_eq!(secadmin.post(&invite(guard), &[]).await.status, StatusCode::OK, "who does not administer");
        county.raw("update account set disabled_on = '2021-01-01' where login = 'sysadmin'").await;
        assert_eq!(
            secadmin.post(&invite(auditor), &[]).await.status,
            StatusCode::OK,
            "one that is closed holds nothing"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_raises_his_own_account() {
    for county in county::both().await {
        for fields in [json!({ "role": "bureau" }), json!({ "staff": person(&county, "director").await })] {
            let (status, answer) = change(&county, "secadmin", "secadmin", fields).await;
            assert_eq!(
                (status, code(&answer)),
                (StatusCode::UNPROCESSABLE_ENTITY, "account.own"),
                "{} {answer}",
                county.backend()
            );
        }
        let (status, answer) = change(&county, "secadmin", "secadmin", json!({ "name": "改名" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        for (login, expected) in [
            ("sysadmin", StatusCode::FORBIDDEN),
            ("auditor", StatusCode::FORBIDDEN),
            ("principal", StatusCode::NOT_FOUND),
            ("bureau", StatusCode::NOT_FOUND),
        ] {
            let (status, _) = change(&county, login, login, json!({ "role": "director" })).await;
            assert_eq!(status, expected, "{login}");
        }
    }
}

/// Nobody shuts himself out, and no office of the three is left to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn no_office_is_left_without_anybody() {
    for county in county::both().await {
        let closed = |day: &str| json!({ "disabled_on": day });
        for (of, expected) in
            [("secadmin", "account.not_yourself"), ("sysadmin", "account.last_one"), ("auditor", "account.last_one")]
        {
            for day in ["2021-12-20", "2022-07-31"] {
                let (status, answer) = change(&county, "secadmin", of, closed(day)).await;
                let told = (status, code(&answer), answer["error"]["faults"][0]["field"].as_str());
                let refused = (StatusCode::UNPROCESSABLE_ENTITY, expected, Some("disabled_on"));
                assert_eq!(told, refused, "{} {of} {answer}", county.backend());
            }
        }
        // Where another holds the office, one of them may go.
        let body = json!({ "login": "auditor2", "name": "第二位", "role": "auditor", "staff": spare(&county).await });
        let (status, made) = county.post(&county.token("sysadmin").await, "/api/v1/accounts", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let (status, answer) = change(&county, "secadmin", "auditor", closed("2021-12-20")).await;
        assert_eq!(status, StatusCode::OK, "{} {answer}", county.backend());
    }
}

/// Whether an office is left to nobody is seen where it is written: closed in one breath, or by two at the same moment, the last two do not both go.
#[tokio::test(flavor = "multi_thread")]
async fn the_last_two_of_an_office_are_not_closed_at_once() {
    for county in county::both().await {
        let body = json!({ "login": "auditor2", "name": "第二位", "role": "auditor", "staff": spare(&county).await });
        let (status, made) = county.post(&county.token("sysadmin").await, "/api/v1/accounts", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let held = Query::new().among("role", &["auditor"]).is("disabled_on", Cell::Null);
        let held = county.app.store.all(&ACCOUNT, &held, &Scope::county()).await.unwrap();
        let cx = county.cx("secadmin").await;
        let kind = county.app.kind_of(ACCOUNT.name).unwrap();
        let day = Cell::Date("2021-12-20".parse().unwrap());
        let closed = held.iter().map(|row| {
            let after = row.clone().with(&ACCOUNT, "disabled_on", day.clone());
            Change::update(&ACCOUNT, "edit", row.clone(), after)
        });
        let both: Vec<_> = closed.collect();
        assert_eq!(both.len(), 2);
        let facts = cx.facts_with(std::collections::HashMap::new());
        let Err(Refused::Faults(faults)) = save::commit(&cx, kind, both, &facts).await else {
            panic!("{}: nobody audits any more", county.backend())
        };
        assert_eq!(faults.first().map(|fault| fault.code), Some("account.last_one"), "{}", county.backend());
        let secadmin = county.token("secadmin").await;
        let close = async |row: &Row| {
            let fields = json!({ "disabled_on": "2021-12-20", "version": row.version });
            county.ask(&secadmin, Method::PATCH, &format!("/api/v1/accounts/{}", row.id), Some(fields)).await
        };
        let (one, other) = tokio::join!(close(&held[0]), close(&held[1]));
        let mut told = [one.0, other.0];
        told.sort();
        assert_eq!(told, [StatusCode::OK, StatusCode::UNPROCESSABLE_ENTITY], "{} {one:?} {other:?}", county.backend());
    }
}

/// Somebody of the staff who has no account.
async fn spare(county: &County) -> String {
    let (all, held) = (Scope::county(), Query::new().filter("staff", Test::Present));
    let held = county.app.store.all(&ACCOUNT, &held, &all).await.unwrap();
    let held: HashSet<_> = held.iter().filter_map(|row| row.get(&ACCOUNT, "staff").id()).collect();
    let staff = county.app.store.all(&STAFF, &Query::new().is("left_on", Cell::Null), &all).await.unwrap();
    staff.iter().find(|row| !held.contains(&row.id)).unwrap().id.to_string()
}

/// An account stands where its person works; he has none twice, and no other beside an office.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_stands_where_its_person_works_and_he_has_none_twice() {
    for county in county::both().await {
        let sysadmin = county.token("sysadmin").await;
        let (principal, school) = (person(&county, "principal").await, county.cx("principal").await.scope().home);
        let (bureau, township) = (county.cx("bureau").await.actor.unit, county.cx("township").await.actor.unit);
        for (role, staff, school, unit, expected, field) in [
            ("principal", Some(&principal), school, None, "account.person_has_one", "staff"),
            ("auditor", Some(&principal), None, None, "account.person_has_one", "staff"),
            ("township", None, None, bureau, "account.other_unit", "unit"),
            ("bureau", None, None, township, "account.other_unit", "unit"),
            ("director", None, None, None, "account.incomplete", "unit"),
        ] {
            let body = json!({ "login": "second", "name": "第二个", "role": role, "staff": staff, "school": school, "unit": unit });
            let (status, answer) = county.post(&sysadmin, "/api/v1/accounts", body).await;
            let told = (status, code(&answer), answer["error"]["faults"][0]["field"].as_str());
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, expected, Some(field));
            assert_eq!(told, refused, "{} {role} {answer}", county.backend());
        }
        let (status, answer) = change(&county, "secadmin", "department", json!({ "staff": principal })).await;
        assert_eq!((status, code(&answer)), (StatusCode::UNPROCESSABLE_ENTITY, "account.person_elsewhere"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_by_one_administrator_and_opened_by_another() {
    for county in county::both().await {
        let unit = county.cx("bureau").await.actor.unit;
        let body = json!({ "login": "newcomer", "name": "新同事", "role": "bureau", "unit": unit });
        let (status, made) = county.post(&county.token("sysadmin").await, "/api/v1/accounts", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let path = format!("/accounts/{}/invite", made["id"].as_str().unwrap());
        assert!(county.app.sign_in("newcomer", "", "device", "address").await.is_err(), "made, but not open");
        let sysadmin = Visitor::sign_in(&county, "sysadmin").await;
        assert_eq!(sysadmin.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(Visitor::sign_in(&county, "bureau").await.post(&path, &[]).await.status, StatusCode::NOT_FOUND);

        let secadmin = Visitor::sign_in(&county, "secadmin").await;
        let ask = secadmin.get(&path).await;
        assert!(ask.status == StatusCode::OK && !ask.text().contains("ax-secret"));
        let shown = secadmin.post(&path, &[]).await;
        assert_eq!((shown.status, shown.headers["cache-control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
        let text = shown.text();
        let secret = text.split("ax-secret\">").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
        assert!(county.app.sign_in("newcomer", secret, "device", "address").await.is_ok());
        // What was given must be changed first, and the next invitation ends what was open.
        let newcomer = Visitor::sign_in(&county, "newcomer").await;
        assert_eq!(newcomer.get("/hazards").await.headers["location"], "/password");
        assert_eq!(newcomer.get("/password").await.status, StatusCode::OK);
        let token = county.token("newcomer").await;
        assert_eq!(county.get(&token, "/api/v1/hazards").await.0, StatusCode::OK);
        assert_ne!(secadmin.post(&path, &[]).await.text(), text);
        assert!(newcomer.get("/password").await.headers["location"].to_str().unwrap().starts_with("/login"));
        assert_eq!(county.get(&token, "/api/v1/hazards").await.0, StatusCode::UNAUTHORIZED);
        assert!(county.app.sign_in("newcomer", secret, "device", "address").await.is_err());
        // The auditor reads that it was done, never what was given.
        let log = Visitor::sign_in(&county, "auditor").await.get("/audit").await.text();
        assert!(log.contains("新同事") && log.contains("一次性密码") && !log.contains(secret));

        let own = county.app.account_id("secadmin").await.unwrap().unwrap();
        let refused = secadmin.post(&format!("/accounts/{own}/invite"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_idles_and_when_its_account_is_disabled() {
    for county in county::both().await {
        for (login, minutes) in [
            ("sysadmin", 15),
            ("secadmin", 15),
            ("auditor", 15),
            ("bureau", 60),
            ("principal", 60),
            ("teacher", 12 * 60),
            ("guard", 12 * 60),
        ] {
            let visitor = Visitor::sign_in(&county, login).await;
            let age = |minutes: i64| {
                format!("update session set seen_at = seen_at - {} where ended_at is null", minutes * 60_000)
            };
            county.raw(&age(minutes - 1)).await;
            assert!(visitor.is_in().await, "{} {login} before the limit", county.backend());
            county.raw(&age(minutes + 1)).await;
            assert!(!visitor.is_in().await, "{} {login} after the limit", county.backend());
            // A clock that was ahead and has been set right gives nobody more time.
            let visitor = Visitor::sign_in(&county, login).await;
            county.raw(&age(-minutes - 1)).await;
            assert!(!visitor.is_in().await, "{} {login} seen in time to come", county.backend());
        }
        let (guard, token) = (Visitor::sign_in(&county, "guard").await, county.token("guard").await);
        assert!(guard.is_in().await);
        let (status, answer) = change(&county, "secadmin", "guard", json!({ "disabled_on": "2021-12-20" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(!guard.is_in().await);
        assert_eq!(county.get(&token, "/api/v1/hazards").await.0, StatusCode::UNAUTHORIZED);
        let id = county.app.account_id("guard").await.unwrap().unwrap();
        let refused = Visitor::sign_in(&county, "secadmin").await.post(&format!("/accounts/{id}/invite"), &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// One administrator changes what an account is, another sees it on his first page.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_audits_hears_at_once_what_an_account_became() {
    for county in county::both().await {
        let auditor = Visitor::sign_in(&county, "auditor").await;
        let told = async || auditor.get("/").await.text().contains("岗位、人员、单位或停用日期已改动");
        let (status, answer) = change(&county, "secadmin", "guard", json!({ "name": "新名字" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(!told().await, "what he is called is his own");
        let (status, answer) = change(&county, "secadmin", "guard", json!({ "role": "teacher" })).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(told().await, "{}", county.backend());
        let guard = county.app.account_id("guard").await.unwrap().unwrap();
        assert!(auditor.get("/").await.text().contains(&format!("/accounts/{guard}")));
        auditor.get(&format!("/accounts/{guard}")).await;
        assert!(!told().await, "he has looked");
        change(&county, "secadmin", "guard", json!({ "disabled_on": "2021-12-20" })).await;
        assert!(told().await, "{}", county.backend());
        let other = Visitor::sign_in(&county, "secadmin").await;
        assert!(!other.get("/").await.text().contains("停用日期已改动"), "who did it knows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_the_same_moment_lock_like_guesses_one_by_one() {
    for county in county::both().await {
        let account = county.app.account_id("guard").await.unwrap().unwrap();
        county.app.set_password(account, "春天的花-Spring1".into(), false).await.unwrap();
        let guesses = (0..50).map(|at| {
            let app = std::sync::Arc::clone(&county.app);
            let guess = async move {
                let device = format!("device {at}");
                app.sign_in("guard", "wrong", &device, "10.0.0.1").await.unwrap_err().code
            };
            tokio::spawn(guess)
        });
        let mut codes = Vec::new();
        for guess in guesses.collect::<Vec<_>>() {
            codes.push(guess.await.unwrap());
        }
        let wrong = codes.iter().filter(|code| **code == "login.wrong").count();
        assert_eq!(wrong, 5, "{} {codes:?}", county.backend());
        let refused = county.app.sign_in("guard", "春天的花-Spring1", "own", "10.0.0.2").await.unwrap_err();
        assert_eq!(refused.code, "login.locked", "{}", county.backend());
        county.raw("update account_secret set locked_until = 0").await;
        for guess in ["wrong", "春天的花-Spring1"] {
            let came = county.app.sign_in("guard", guess, "own", "10.0.0.2").await;
            assert_eq!(came.is_ok(), guess != "wrong");
        }
        assert_eq!(county.app.store.secret(account).await.unwrap().unwrap().failed, 0);
    }
}

/// Too many wrong passwords lock an account; who lifts the lock takes nobody's password.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_seen_and_lifted_and_the_password_stays() {
    for county in county::both().await {
        let account = county.app.account_id("guard").await.unwrap().unwrap();
        county.app.set_password(account, "春天的花-Spring1".into(), false).await.unwrap();
        let now = county.app.clock.now();
        county.app.store.count_miss(account, 1, now, now + 30 * 60_000).await.unwrap();
        let (here, path) = (format!("/accounts/{account}"), format!("/accounts/{account}/unlock"));
        let secadmin = Visitor::sign_in(&county, "secadmin").await;
        assert!(secadmin.get(&here).await.text().contains("已锁定至 2021-12-20"), "{}", county.backend());
        assert!(secadmin.get("/").await.text().contains(&path), "on the first page");
        let sysadmin = Visitor::sign_in(&county, "sysadmin").await;
        assert_eq!(sysadmin.post(&path, &[]).await.status, StatusCode::FORBIDDEN);
        let guard = Visitor::sign_in(&county, "guard").await;
        assert_eq!(guard.post(&path, &[]).await.status, StatusCode::NOT_FOUND);
        assert!(county.app.sign_in("guard", "春天的花-Spring1", "own", "10.0.0.2").await.is_err());
        assert_eq!(secadmin.post(&path, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(county.app.sign_in("guard", "春天的花-Spring1", "own", "10.0.0.2").await.is_ok());
        assert!(guard.is_in().await, "nobody is shut out");
        assert!(!secadmin.get(&here).await.text().contains("已锁定至"));
        let log = Visitor::sign_in(&county, "auditor").await.get("/audit").await.text();
        assert!(log.contains("解除登录锁定"), "{}", county.backend());
    }
}

/// Whoever was principal and is it no more keeps the account until somebody who decides on accounts has looked.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_holder_has_left_the_post_is_shown_to_the_security_administrator() {
    for county in county::both().await {
        let account = county.app.account_id("principal").await.unwrap().unwrap();
        let staff = person(&county, "principal").await;
        let path = format!("/accounts/{account}");
        let secadmin = Visitor::sign_in(&county, "secadmin").await;
        assert!(!secadmin.get(&path).await.text().contains("任职已结束"), "{}", county.backend());
        let staff = staff.replace('-', "");
        let staff = if county.backend() == "SQLite" { format!("x'{staff}'") } else { format!("'{staff}'") };
        let ended = format!("update post set until_on = '2021-12-19' where post = 'principal' and staff = {staff}");
        assert_eq!(county.raw(&ended).await, 1, "{}", county.backend());
        assert!(secadmin.get(&path).await.text().contains("任职已结束"), "{}", county.backend());
        assert!(secadmin.get("/").await.text().contains("任职已结束的账号"), "{}", county.backend());
        let principal = Visitor::sign_in(&county, "principal").await;
        assert!(principal.is_in().await && !principal.get("/").await.text().contains("任职已结束"));
    }
}

/// Whoever guesses logins learns of none whether somebody has it: wrong five times, locked from then on, and never at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_nobody_has_answers_like_one_that_somebody_has() {
    for county in county::both().await {
        let account = county.app.account_id("guard").await.unwrap().unwrap();
        county.app.set_password(account, "春天的花-Spring1".into(), false).await.unwrap();
        let unit = county.cx("bureau").await.actor.unit;
        let body = serde_json::json!({ "login": "unopened", "name": "未开通", "role": "bureau", "unit": unit });
        county.post(&county.token("sysadmin").await, "/api/v1/accounts", body).await;
        for login in ["guard", "unopened", "nobody"] {
            let mut said = Vec::new();
            for at in 0..7 {
                let begun = engine::clock::started();
                let refusal = county.app.sign_in(login, "wrong", &format!("{login} {at}"), login).await.unwrap_err();
                assert!(begun.elapsed() >= std::time::Duration::from_millis(300), "{login}");
                said.push(county.app.text(kit::Lang::En, &refusal));
            }
            assert!(said[..5].iter().all(|text| text.starts_with("Wrong account")), "{login} {said:?}");
            assert!(said[5..].iter().all(|text| text.contains("the account is locked")), "{login} {said:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_set_while_somebody_guesses_stays() {
    for county in county::both().await {
        let account = county.app.account_id("guard").await.unwrap().unwrap();
        county.app.set_password(account, "春天的花-Spring1".into(), false).await.unwrap();
        let hash = engine::auth::password::hash("秋天的叶-Autumn1".into()).await.unwrap();
        let guesses = (0..3).map(|at| {
            let app = std::sync::Arc::clone(&county.app);
            let guess =
                async move { app.sign_in("guard", "wrong", &format!("device {at}"), "10.0.0.1").await.is_err() };
            tokio::spawn(guess)
        });
        let guesses: Vec<_> = guesses.collect();
        // The first guesses have read the old hash and are being compared with it.
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
        let set = store::Secret { hash, must_change: true, failed: 0, locked_until: 0, changed_at: 1 };
        county.app.store.set_secret(account, &set).await.unwrap();
        for guess in guesses {
            assert!(guess.await.unwrap());
        }
        assert!(county.app.store.secret(account).await.unwrap().unwrap().must_change, "{}", county.backend());
        assert!(county.app.sign_in("guard", "春天的花-Spring1", "own", "10.0.0.2").await.is_err());
        assert!(county.app.sign_in("guard", "秋天的叶-Autumn1", "own", "10.0.0.2").await.is_ok());
    }
}
