//! Duties through the door, on both databases: computed from the records of the house, done with one tap, never twice, never somebody else's.

use std::collections::BTreeMap;

use areas::duties::reading::{Wanted, classes, read};
use areas::duties::record::DEED;
use axum::http::StatusCode;
use engine::auth::ACCOUNT;
use kit::duty::{Level, State};
use kit::{Cell, Query, Scope};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

type Told = BTreeMap<(String, Uuid, chrono::NaiveDate), State>;

async fn told(county: &County, login: &str, wanted: &Wanted) -> Told {
    let cx = county.cx(login).await;
    let mut told = Told::new();
    read(&cx, wanted).await.unwrap().each(cx.now, |duty| {
        let twice = told.insert((duty.norm.code.clone(), duty.subject, duty.span.first), duty.state);
        assert!(twice.is_none(), "told twice");
    });
    told
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

async fn deeds(county: &County) -> i64 {
    county.app.store.count(&DEED, &Query::new(), &Scope::county()).await.unwrap()
}

/// The values of the first one-touch form of a page that leads to an address.
fn form(page: &str, action: &str) -> Option<Vec<(String, String)>> {
    let from = page.find(&format!("action=\"{action}\""))?;
    let form = &page[from..from + page[from..].find("</form>")?];
    let values = form.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|input| {
        let (name, rest) = input.split_once("\" value=\"")?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    });
    Some(values.filter(|(name, _)| name != "csrf").collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_tap_of_today_does_a_duty_once_and_a_mistake_undoes_it() {
    for county in county::both().await {
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get("/").await.text();
        let values = form(&page, "/duties/done").expect("something to do");
        let find = |name: &str| values.iter().find(|(key, _)| key == name).unwrap().1.clone();
        let (code, subject): (_, Uuid) = (find("duty"), find("subject").parse().unwrap());
        let fields: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let wanted = Wanted { code: Some(code), ..Wanted::new(day("2021-12-20"), day("2022-12-31"), &[Level::School]) };
        let before = told(&county, "school", &wanted).await;
        let count = deeds(&county).await;
        for _ in 0..2 {
            let answer = visitor.post("/duties/done", &fields).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        }
        assert_eq!(deeds(&county).await, count + 1, "sent twice, done once");
        let after = told(&county, "school", &wanted).await;
        assert_ne!(before, after, "{}", county.backend());

        let mine = Query::new().is("day", Cell::Date(day("2021-12-20"))).is("school", Cell::Id(subject));
        let deed = county.app.store.all(&DEED, &mine, &Scope::county()).await.unwrap().pop().unwrap();
        let token = county.token("school").await;
        let path = format!("/api/v1/deeds/{}/mistaken", deed.id);
        let (status, answer) = county.post(&token, &path, serde_json::json!({ "version": 1 })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is asked: {answer}");
        let (status, _) = county.post(&token, &path, serde_json::json!({ "version": 1, "reason": "点错了" })).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told(&county, "school", &wanted).await, before, "as if it had not been");
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_does_what_is_not_his() {
    for county in county::both().await {
        let (home, bureau) =
            (county.cx("school").await.actor.unit.unwrap(), county.cx("bureau").await.actor.unit.unwrap());
        let count = deeds(&county).await;
        let tap = |duty: &'static str, subject: Uuid, day: &'static str| {
            vec![("duty", duty.to_owned()), ("subject", subject.to_string()), ("day", day.to_owned())]
        };
        let other = Uuid::from_u128(7);
        for (login, fields) in [
            ("guard", tap("fire.check", home, "2021-12-20")),
            // What is walked is not ticked off, also from a page that was kept.
            ("guard", tap("patrol.guard", home, "2021-12-20")),
            ("teacher", tap("drill.monthly", home, "2021-12-20")),
            ("inspector", tap("drill.monthly", home, "2021-12-20")),
            ("school", tap("drill.monthly", other, "2021-12-20")),
            ("school", tap("bureau.meeting", bureau, "2021-12-20")),
            ("school", tap("no.such.duty", home, "2021-12-20")),
            ("school", tap("drill.monthly", home, "9999-12-31")),
            ("school", vec![]),
            ("auditor", tap("drill.monthly", home, "2021-12-20")),
        ] {
            let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let status = Visitor::sign_in(&county, login).await.post("/duties/done", &fields).await.status;
            assert!(status.is_client_error(), "{login} {fields:?}: {status}");
        }
        assert_eq!(deeds(&county).await, count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_excuses_himself_and_what_was_granted_can_be_withdrawn() {
    for county in county::both().await {
        let (home, bureau) =
            (county.cx("school").await.actor.unit.unwrap(), county.cx("bureau").await.actor.unit.unwrap());
        let excuse = |place: &str, id: Uuid, from: &str| serde_json::json!({ "duty": "drill.monthly", place: id, "from_on": from, "until_on": "2021-12-31", "reason": "校舍改造，临时借址办学" });
        let post = |login: &'static str, body: serde_json::Value| {
            let county = &county;
            async move { county.post(&county.token(login).await, "/api/v1/waivers", body).await }
        };
        assert_eq!(post("school", excuse("school", home, "2021-12-01")).await.0, StatusCode::FORBIDDEN);
        for (login, body, code) in [
            ("bureau", excuse("unit", bureau, "2021-12-01"), "waiver.own"),
            ("bureau", excuse("school", home, "2022-12-01"), "waiver.reversed"),
            (
                "bureau",
                serde_json::json!({ "duty": "no.such", "school": home, "from_on": "2021-12-01", "until_on": "2021-12-02", "reason": "x" }),
                "waiver.unknown_duty",
            ),
            (
                "bureau",
                serde_json::json!({ "duty": "drill.monthly", "from_on": "2021-12-01", "until_on": "2021-12-02", "reason": "x" }),
                "waiver.one_place",
            ),
        ] {
            let (status, answer) = post(login, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
            assert!(answer.to_string().contains(code), "{code}: {answer}");
        }
        let wanted = Wanted {
            code: Some("day.fire".into()),
            ..Wanted::new(day("2020-11-01"), day("2021-11-30"), &[Level::School])
        };
        let missed = |told: &Told| told.iter().find(|(_, state)| **state == State::Missed).map(|(key, _)| key.clone());
        let before = told(&county, "bureau", &wanted).await;
        let (_, school, _) = missed(&before).expect("the poor school misses something");
        let body = serde_json::json!({ "duty": "day.fire", "school": school, "from_on": "2020-11-01", "until_on": "2021-11-30", "reason": "停课" });
        let (status, made) = post("bureau", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let waived = told(&county, "bureau", &wanted).await;
        assert!(waived.iter().any(|((_, subject, _), state)| *subject == school && *state == State::Waived));
        assert!(!waived.iter().any(|((_, subject, _), state)| *subject == school && *state == State::Missed));
        let path = format!("/api/v1/waivers/{}/withdraw", made["id"].as_str().unwrap());
        let (status, _) = county.post(&county.token("bureau").await, &path, serde_json::json!({ "version": 1 })).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(told(&county, "bureau", &wanted).await, before);
    }
}

/// Of a school that was let off the roll no class is waited for: not among the counts of classes, nor on the board of those that were not called.
#[tokio::test(flavor = "multi_thread")]
async fn a_roll_that_is_waived_is_not_waited_for() {
    for county in county::both().await {
        let (name, cx) = (county.backend(), county.cx("school").await);
        let (home, today) = (cx.scope().home.unwrap(), cx.today());
        let whole = async |login: &str| {
            let counted = classes(&county.cx(login).await, today).await.unwrap();
            counted.iter().find(|one| one.code == "rollcall.arrival").map_or(0, |one| one.whole)
        };
        let (own, all) = (whole("school").await, whole("bureau").await);
        assert!(own > 0 && all > own, "{name}: {own} of {all}");
        let school = Visitor::sign_in(&county, "school").await;
        let said = "到校点名已免除";
        assert!(!school.get("/rollcall/board?session=arrival").await.text().contains(said), "{name}");
        let body = serde_json::json!({ "duty": "rollcall.arrival", "school": home, "from_on": today.to_string(), "until_on": today.to_string(), "reason": "停课" });
        let (status, made) = county.post(&county.token("bureau").await, "/api/v1/waivers", body).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {made}");
        assert_eq!((whole("school").await, whole("bureau").await), (0, all - own), "{name}");
        let page = school.get("/rollcall/board?session=arrival").await.text();
        assert!(page.contains(said) && !page.contains("/arrival\""), "{name} {page}");
        let other = school.get("/rollcall/board?session=noon").await.text();
        assert!(!other.contains(said), "{name} {other}");
    }
}

/// The lines of a page of figures: where each leads, and how much is asked in it.
fn lines(page: &str) -> Vec<(String, String)> {
    let line = |row: &str| {
        let href = row.split('"').next()?.replace("&#38;", "&").replace("&amp;", "&");
        let asked = row.split("<td").nth(2)?.split("</span>").next()?.rsplit('>').next()?;
        Some((href, asked.to_owned()))
    };
    page.split("<tr data-href=\"").skip(1).filter_map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_number_of_the_figures_opens_as_many_duties() {
    for county in county::both().await {
        let visitor = Visitor::sign_in(&county, "school").await;
        let mut told = Vec::new();
        // As it stands now, and as it stood in the middle.
        for cutoff in ["", "&cutoff=2021-11-20"] {
            let page = visitor.get(&format!("/duties/figures?from=2021-11-01&to=2021-12-31{cutoff}")).await.text();
            let lines = lines(&page);
            assert!(lines.len() > 10 && lines.last().unwrap().0.contains("subject="), "{lines:?}");
            for (href, asked) in &lines {
                let list = visitor.get(href).await.text();
                assert!(list.contains(&format!("role=\"status\">共 {asked} ")), "{} {href}: {asked}", county.backend());
            }
            told.push(lines.into_iter().map(|(_, asked)| asked).collect::<Vec<_>>());
        }
        assert_ne!(told[0], told[1], "{}: less had come due then", county.backend());
    }
}

/// The tile of schools that have recorded nothing today opens those schools, a line each, and each line their duties.
#[tokio::test(flavor = "multi_thread")]
async fn the_silent_schools_of_the_day_are_as_many_as_their_number_says() {
    for county in county::both().await {
        let name = county.backend();
        // At eight nothing of the day was missed yet: nobody is silent, and the page says so in one sentence.
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let page = bureau.get("/duties/figures?from=2021-12-20&to=2021-12-20&level=school&silent=1").await.text();
        assert!(page.contains("这里没有职责") && page.contains("一件也没有记录的学校"), "{name}: {page}");
        assert!(!page.contains("<section class=\"card\" id=\"part-"), "{name}: {page}");
        let county = county.at_minute(20 * 60).await;
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let page = bureau.get("/").await.text();
        let (before, rest) =
            page.split_once("今日到期事项未记录的学校</span>").unwrap_or_else(|| panic!("{name}: {page}"));
        let href = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap().replace("&#38;", "&");
        let silent: usize = rest.split_once("ax-tile-value\">").unwrap().1.split('<').next().unwrap().parse().unwrap();
        let page = bureau.get(&href).await.text();
        let lines = lines(&page);
        let schools: Vec<_> = lines.iter().filter(|(href, _)| href.contains("subject=")).collect();
        assert!(silent > 1 && schools.len() == silent, "{name} {href}: {silent} {lines:?}");
        assert!(lines[0].0.contains("subject="), "{name}: the schools stand first");
        for (href, asked) in &lines {
            let list = bureau.get(href).await.text();
            assert!(list.contains(&format!("role=\"status\">共 {asked} ")), "{name} {href}: {asked}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_databases_tell_the_same_duties_and_each_role_its_own() {
    let mut seen = Vec::new();
    for county in county::both().await {
        let year = Wanted::new(day("2020-09-01"), day("2021-08-31"), &[Level::School]);
        let told = told(&county, "bureau", &year).await;
        let count = |state| told.values().filter(|one| **one == state).count();
        assert!(count(State::Done) > 300 && count(State::DoneLate) > 5 && count(State::Missed) > 20);
        seen.push(told);
        for (login, has) in [
            ("school", "duties/done"),
            ("principal", "duties/done"),
            ("guard", "ax-todo"),
            ("teacher", "ax-board"),
            ("inspector", "/duties?from"),
            ("township", "/duties?from"),
            ("bureau", "/duties?from"),
            ("director", "/duties?from"),
            ("department", "ax-board"),
        ] {
            let visitor = Visitor::sign_in(&county, login).await;
            let page = visitor.get("/").await;
            assert_eq!(page.status, StatusCode::OK, "{login}");
            assert!(page.text().contains(has), "{login}: {has}");
            for path in ["/duties", "/duties/calendar", "/duties/calendar?view=week&day=2021-09-01", "/duties/figures"]
            {
                let answer = visitor.get(path).await;
                assert_eq!(answer.status, StatusCode::OK, "{login} {path}");
                assert!(
                    !answer.text().contains("duty.") && !answer.text().contains("duties."),
                    "{login} {path}: a word is missing"
                );
            }
        }
        let admin = Visitor::sign_in(&county, "auditor").await;
        for path in ["/duties", "/duties/calendar", "/duties/figures", "/duties/one"] {
            assert_eq!(admin.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        bad_questions(&county).await;
    }
    assert_eq!(seen[0], seen[1]);
}

/// A link that was cut or forged shows the usual page and says so, or does not exist.
async fn bad_questions(county: &County) {
    let visitor = Visitor::sign_in(county, "school").await;
    let long = "9".repeat(3000);
    for query in [
        "period=2021-13",
        "from=2021-02-30&to=2021-03-01",
        "from=2021-03-01&to=2021-02-01",
        "from=0001-01-01&to=9999-01-01",
        "state=asleep",
        "duty=nothing",
        "subject=x",
        "level=moon",
        &format!("from={long}"),
    ] {
        let answer = visitor.get(&format!("/duties?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}");
        assert!(answer.text().contains("地址中的条件有误"), "{query}");
    }
    for query in [
        "",
        "duty=drill.monthly",
        "duty=x&subject=y&day=z",
        "duty=drill.monthly&subject=00000000-0000-0000-0000-000000000007&day=2021-12-31",
    ] {
        assert_eq!(visitor.get(&format!("/duties/one?{query}")).await.status, StatusCode::NOT_FOUND, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_is_its_owner_s_until_he_ends_it() {
    for county in county::both().await {
        let visitor = Visitor::sign_in(&county, "principal").await;
        let address = |page: &str| {
            let at = page.find("webcal://").expect("an address");
            let whole: String = page[at..].chars().take_while(|letter| !"\"<".contains(*letter)).collect();
            whole[whole.find("/cal/").unwrap()..].to_owned()
        };
        let fetch = |path: String| {
            let county = &county;
            async move {
                let request = axum::http::Request::builder().uri(path).body(axum::body::Body::empty()).unwrap();
                let (status, headers, body) = county.send(request).await;
                (status, headers, String::from_utf8(body).unwrap())
            }
        };
        let first = address(&visitor.post("/duties/feed", &[]).await.text());
        let (status, headers, text) = fetch(first.clone()).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers["content-type"], "text/calendar; charset=utf-8");
        assert!(text.starts_with("BEGIN:VCALENDAR\r\n") && text.trim_end().ends_with("END:VCALENDAR"));
        assert!(text.matches("BEGIN:VEVENT").count() > 3, "{text}");
        assert_eq!(text.matches("BEGIN:VEVENT").count(), text.matches("UID:").count());
        // It is shown once.
        assert!(!visitor.get("/duties/calendar").await.text().contains("webcal://"));
        let second = address(&visitor.post("/duties/feed", &[]).await.text());
        assert_eq!(fetch(first).await.0, StatusCode::NOT_FOUND, "a new address ends the old one");
        assert_eq!(fetch(second.clone()).await.0, StatusCode::OK);
        visitor.post("/duties/feed/end", &[]).await;
        for path in [
            second,
            "/cal/x.ics".into(),
            format!("/cal/{}.ics", "0".repeat(64)),
            "/cal/".to_owned() + &"a".repeat(4000),
        ] {
            assert_eq!(fetch(path).await.0, StatusCode::NOT_FOUND);
        }
        assert!(county.flaws().await.is_empty());
    }
}

/// A school that found nothing in a week and says weeks later that it did, looked late; on the day itself nobody can tell it apart from one that did.
#[tokio::test(flavor = "multi_thread")]
async fn a_hazard_that_is_entered_weeks_later_proves_its_week_late() {
    for county in county::both().await {
        let weekly = Wanted {
            code: Some("hazard.weekly".into()),
            ..Wanted::new(day("2021-09-01"), day("2021-12-19"), &[Level::School])
        };
        let before = told(&county, "bureau", &weekly).await;
        let missed = before.iter().filter(|(_, state)| **state == State::Missed).map(|(key, _)| key.clone());
        let old = missed.clone().find(|(_, _, first)| *first < day("2021-12-01")).expect("somebody missed a week");
        let body = |school: Uuid, day: chrono::NaiveDate| {
            serde_json::json!({
                "place_kind": "school", "school": school, "place": "操场", "description": "跑道积水", "category": "building",
                "source": "self_check", "found_on": day,
            })
        };
        // By the school's own officer: what others find there is no check of its own.
        let officer = async |school: Uuid| {
            let all = Scope::county();
            let found = county.app.store.find_by(&ACCOUNT, "school", &[Cell::Id(school)], &all).await.unwrap();
            let own = found.iter().find(|row| row.get(&ACCOUNT, "role").text() == Some("school")).unwrap();
            county.token(own.get(&ACCOUNT, "login").text().unwrap()).await
        };
        let (status, made) = county.post(&officer(old.1).await, "/api/v1/hazards", body(old.1, old.2)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        // Entered three days after it was found, it counts for its day, as with every record that is written down later.
        let young =
            missed.clone().find(|(_, _, first)| *first == day("2021-12-13")).expect("somebody missed last week");
        let token = officer(young.1).await;
        let (status, made) = county.post(&token, "/api/v1/hazards", body(young.1, day("2021-12-17"))).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let after = told(&county, "bureau", &weekly).await;
        assert_eq!((after[&old], after[&young]), (State::DoneLate, State::Done), "{}", county.backend());
        assert!(before.iter().all(|(key, state)| *key == old || *key == young || after[key] == *state));
        // How many days these are is the county's to decide, for the days to come.
        let decision = serde_json::json!({
            "key": "hazard.late_entry", "kind": "change", "value": "1", "from_on": "2021-12-20", "approval": "道教字〔2021〕30号",
            "approver": "局长办公会", "approved_on": "2021-12-17", "reason": "本县实际",
        });
        let (status, made) = county.post(&county.token("director").await, "/api/v1/norm-decisions", decision).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(told(&county, "bureau", &weekly).await[&young], State::Done, "{}", county.backend());
        let later = Wanted { to: day("2021-12-20"), ..weekly };
        assert_eq!(told(&county, "bureau", &later).await[&young], State::DoneLate, "{}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_looked_and_found_nothing_says_so_from_the_duty() {
    for county in county::both().await {
        let home = county.cx("school").await.actor.unit.unwrap();
        let path = format!("/duties/one?duty=hazard.weekly&subject={home}&day=2021-12-26");
        let officer = Visitor::sign_in(&county, "school").await;
        let page = officer.get(&path).await.text();
        let way = format!("/deeds/new?fact=hazard.check&#38;school={home}&#38;day=2021-12-20");
        assert!(page.contains(&way) && page.contains("已排查，未发现隐患"), "{page}");
        assert!(!Visitor::sign_in(&county, "guard").await.get(&path).await.text().contains("/deeds/new"), "not his");
        // What is walked is walked: no deed stands for it.
        let walked = format!("/duties/one?duty=patrol.guard&subject={home}&day=2021-12-20");
        assert!(!officer.get(&walked).await.text().contains("/deeds/new"));
        let weekly = Wanted {
            code: Some("hazard.weekly".into()),
            ..Wanted::new(day("2021-12-26"), day("2021-12-26"), &[Level::School])
        };
        assert_eq!(told(&county, "school", &weekly).await.into_values().collect::<Vec<_>>(), [State::Due]);
        let walked = serde_json::json!({ "fact": "patrol.guard", "school": home, "day": "2021-12-20" });
        let (status, answer) = county.post(&county.token("school").await, "/api/v1/deeds", walked).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
        assert_eq!(answer["error"]["code"], "deed.walked", "{answer}");
        let deed = serde_json::json!({ "fact": "hazard.check", "school": home, "day": "2021-12-20" });
        let (status, made) = county.post(&county.token("school").await, "/api/v1/deeds", deed).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert_eq!(told(&county, "school", &weekly).await.into_values().collect::<Vec<_>>(), [State::Done]);
    }
}

/// Whoever came from outside looked at something: that he was there is told in a sentence, and no touch attests it.
#[tokio::test(flavor = "multi_thread")]
async fn the_inspectors_visit_is_told_in_a_sentence() {
    for county in county::both().await {
        let home = county.cx("school").await.actor.unit.unwrap();
        let token = county.token("school").await;
        let visit = serde_json::json!({ "fact": "visit.inspector", "school": home, "day": "2021-12-20" });
        let count = deeds(&county).await;
        let (status, answer) = county.post(&token, "/api/v1/deeds", visit.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{} {answer}", county.backend());
        assert_eq!(answer["error"]["code"], "deed.say_what", "{answer}");
        let visitor = Visitor::sign_in(&county, "inspector").await;
        let own = county.cx("inspector").await;
        let wanted = Wanted {
            code: Some("visit.inspector".into()),
            ..Wanted::new(day("2021-12-20"), day("2021-12-31"), &[Level::School])
        };
        let mut schools = Vec::new();
        read(&own, &wanted).await.unwrap().each(own.now, |duty| schools.push(duty.subject));
        for school in schools {
            let subject = school.to_string();
            let fields = [("duty", "visit.inspector"), ("subject", subject.as_str()), ("day", "2021-12-20")];
            let answer = visitor.post("/duties/done", &fields).await;
            assert!(answer.status.is_client_error(), "{} {}", county.backend(), answer.text());
            let page = visitor.get(&format!("/duties/one?duty=visit.inspector&subject={school}&day=2021-12-20")).await;
            assert!(!page.text().contains("action=\"/duties/done\""), "{}", page.text());
        }
        assert_eq!(deeds(&county).await, count);
        let mut told = visit;
        told["note"] = "查看了校车、食堂和门卫值班".into();
        let (status, answer) = county.post(&token, "/api/v1/deeds", told).await;
        assert_eq!(status, StatusCode::CREATED, "{} {answer}", county.backend());
    }
}
