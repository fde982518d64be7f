//! 晨报: one message for each whom the day asks something of, in the morning of a working day, once, whoever is killed or started in between.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::process::{Child, Stdio};
use std::time::Duration;

use areas::duties::digest::CODE;
use areas::duties::morning::round;
use engine::messages::{MESSAGE, worker};
use kit::dates::shanghai_start;
use kit::{Query, Row, Scope};
use store::Target;
use store::outbox::{Quiet, Way};
use uuid::Uuid;

use crate::backup::Home;
use crate::county::{self, County};
use crate::messages::gateways::Post;
use crate::visitor::Visitor;

const MINUTE: i64 = 60_000;

/// A moment of a day of the county.
fn at(day: &str, hour: i64, minute: i64) -> i64 {
    shanghai_start(day.parse().unwrap()) + (hour * 60 + minute) * MINUTE
}

async fn told(county: &County) -> Vec<Row> {
    let query = Query { limit: 500, ..Query::new() }.among("code", &[CODE]);
    let page = county.app.store.list(&MESSAGE, &query, &Scope::county()).await.unwrap();
    assert!(page.next.is_none(), "{}", page.total);
    page.rows
}

fn person(row: &Row) -> Uuid {
    row.get(&MESSAGE, "person").id().unwrap()
}

/// The settings of a mail server, and nothing else.
fn mail(post: &Post) -> engine::messages::Settings {
    let text = format!(
        "[mail]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nfrom = \"anxiao@example.cn\"\n",
        post.port
    );
    toml::from_str(&text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_once_in_the_morning_of_a_working_day_and_nobody_who_has_nothing_to_do() {
    let mut seen = Vec::new();
    for county in county::both().await {
        let name = county.backend();
        let post = Post::start();
        let county = county.with_gateways(mail(&post)).await;
        let app = &county.app;
        let of = async |login: &str| county.cx(login).await.actor.person().unwrap();
        let (officer, principal) = (of("school").await, of("principal").await);
        let way = |address: &str| Way { channel: "mail".into(), used: true, address: Some(address.into()) };
        let quiet = |from_minute, until_minute, lang: &str| Quiet { from_minute, until_minute, lang: lang.into() };
        app.store.set_ways(officer, &[way("officer@example.cn")], &quiet(0, 0, "en")).await.unwrap();
        app.store.set_ways(principal, &[way("head@example.cn")], &quiet(21 * 60, 8 * 60 + 30, "zh")).await.unwrap();

        no_morning(&county).await;

        // Two programs that look at the same instant, and one that looks later.
        let now = at("2021-12-20", 8, 0);
        let (one, two) = tokio::join!(round(app, now), round(app, now));
        let count = one.unwrap().unwrap() + two.unwrap().unwrap();
        assert!(count > 5, "{name}: {count}");
        assert_eq!(round(app, now + 30 * MINUTE).await.unwrap(), Some(0));
        let rows = told(&county).await;
        let persons: BTreeSet<_> = rows.iter().map(person).collect();
        assert_eq!((rows.len() as u64, persons.len()), (count, rows.len()), "{name}: once each");
        assert!(persons.contains(&officer) && persons.contains(&principal));
        // Every message says something, and who administers is asked for nothing.
        let mut said = BTreeMap::new();
        for row in &rows {
            let told = app.store.told(row.id).await.unwrap().unwrap();
            let numbers: Vec<usize> = told.params.iter().map(|(_, value)| value.parse().unwrap()).collect();
            assert!(numbers.len() == 3 && numbers.iter().any(|number| *number > 0), "{told:?}");
            said.insert(person(row), numbers);
        }
        for login in ["auditor", "sysadmin", "secadmin"] {
            let other = county.cx(login).await.actor.person();
            assert!(other.is_none_or(|person| !persons.contains(&person)), "{login}");
        }
        // What the message counts is what the first page shows. In the app nothing is added to it.
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get("/").await.text();
        let card = page.split("漏办，做过的请补录</h2>").nth(1).and_then(|rest| rest.split(['>', '<']).nth(2));
        assert_eq!(card.unwrap_or("0"), said[&officer][1].to_string(), "{name}");
        // Who may not type in a round from paper is not told to: the safety officer does.
        let page = Visitor::sign_in(&county, "guard").await.get("/").await.text();
        let asked = page.contains("漏办，做过的请补录") || page.contains("漏办，做过的请告诉安全专干补录");
        assert!(asked && page.contains("做过的请告诉安全专干补录"), "{name}: {page}");
        assert!(app.store.notices(officer, 500).await.unwrap().iter().all(|notice| notice.code != CODE), "{name}");

        letters(&county, &post, officer, principal).await;
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
        seen.push(said);
    }
    assert_eq!(seen[0], seen[1], "both databases tell the same");
}

/// Neither before nor after the morning, nor on a day off: 18 December is a Saturday, 1 January a holiday.
async fn no_morning(county: &County) {
    for (now, answer) in [
        (at("2021-12-20", 6, 49), None),
        (at("2021-12-20", 9, 0), None),
        (at("2021-12-18", 7, 0), Some(0)),
        (at("2022-01-01", 7, 0), Some(0)),
    ] {
        assert_eq!(round(&county.app, now).await.unwrap(), answer, "{} {now}", county.backend());
    }
    assert!(told(county).await.is_empty());
}

/// It leaves by the channel that each chose, in his language, and not in his quiet hours.
async fn letters(county: &County, post: &Post, officer: Uuid, principal: Uuid) {
    tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
    let state = |row: &Row| row.get(&MESSAGE, "state").text().unwrap().to_owned();
    for _ in 0..1_000 {
        if told(county).await.iter().filter(|row| state(row) == "queued").count() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let letters = post.letters();
    assert_eq!(letters.len(), 1, "{}: {letters:?}", county.backend());
    assert!(letters[0].contains("To: officer@example.cn") && letters[0].contains("Good morning"), "{}", letters[0]);
    let rows = told(county).await;
    let of = |who: Uuid| rows.iter().find(|row| person(row) == who).map(&state).unwrap_or_default();
    assert_eq!((of(officer).as_str(), of(principal).as_str()), ("sent", "queued"), "{}", county.backend());
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(home: &Home, log: &str) -> Serving {
    let mut command = home.command(&["--listen", "127.0.0.1:0", "serve"]);
    let command = command.env("NO_COLOR", "1").stdout(Stdio::null()).stderr(File::create(home.path(log)).unwrap());
    Serving(command.spawn().unwrap())
}

/// Whom the messages of the morning are for, as the database has them.
async fn written(home: &Home) -> Vec<(Uuid, Uuid)> {
    let target = match &home.url {
        None => Target::Sqlite(home.path("anxiao.db")),
        Some(url) => Target::Postgres { url: url.clone(), schema: format!("county_{}", areas::sample::COUNTY) },
    };
    let store = county::open_store(home.folder.path(), &target).await;
    let query = Query { limit: 500, ..Query::new() }.among("code", &[CODE]);
    let rows = store.list(&MESSAGE, &query, &Scope::county()).await.unwrap().rows;
    store.close().await;
    let mut rows: Vec<_> = rows.iter().map(|row| (person(row), row.id)).collect();
    rows.sort_unstable();
    assert_eq!(rows.iter().map(|(person, _)| person).collect::<BTreeSet<_>>().len(), rows.len(), "nobody twice");
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_in_the_morning_and_started_again_tells_nobody_twice() {
    for home in Home::both().await {
        // Killed sooner and later, within its morning's work or before it.
        for pause in [120, 350, 700] {
            let serving = serve(&home, "killed.txt");
            tokio::time::sleep(Duration::from_millis(pause)).await;
            drop(serving);
        }
        let mut counts = Vec::new();
        for life in 0..2 {
            let log = format!("log{life}.txt");
            let serving = serve(&home, &log);
            let mut waited = 0;
            while !std::fs::read_to_string(home.path(&log)).unwrap().contains("the morning was told") {
                tokio::time::sleep(Duration::from_millis(50)).await;
                waited += 1;
                assert!(waited < 600, "{}", std::fs::read_to_string(home.path(&log)).unwrap());
            }
            drop(serving);
            counts.push(written(&home).await);
        }
        assert!(counts[0].len() > 5 && counts[0] == counts[1], "{} and {}", counts[0].len(), counts[1].len());
    }
}
