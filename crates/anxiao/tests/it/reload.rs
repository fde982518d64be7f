//! The folder of the rules, edited while the program serves: what is asked, said and climbs follows; a fault changes nothing and is named.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use areas::climbs::record::CLIMB;
use areas::climbs::run;
use areas::hazards::record::HAZARD;
use areas::house;
use kit::dates::shanghai_start;
use kit::{Author, Cell, Change, Query, Scope, Test};

use crate::backup::Home;
use crate::county;

/// A served county that ends with its test.
struct Served {
    process: Child,
    log: PathBuf,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start(home: &Home, rules: &Path) -> Self {
        let log = home.path("log.txt");
        let mut command = home.command(&["--listen", "127.0.0.1:0", "--rules"]);
        command.arg(rules).arg("serve").env("NO_COLOR", "1");
        let out = File::create(home.path("out.txt")).unwrap();
        let process = command.stdout(out).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let served = Self { process, log };
        Served::until(&home.path("out.txt"), "serving http://", 1);
        served
    }

    /// Waits until a file says something so often.
    fn until(file: &Path, says: &str, times: usize) -> String {
        for _ in 0..600 {
            let text = std::fs::read_to_string(file).unwrap();
            if text.matches(says).count() >= times {
                return text;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{says}: {}", std::fs::read_to_string(file).unwrap());
    }

    fn hang_up(&self) {
        let sent = Command::new("kill").args(["-HUP", &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

/// A page as somebody with this session sees it.
fn page(home: &Home, cookie: &str, path: &str) -> String {
    let said = std::fs::read_to_string(home.path("out.txt")).unwrap();
    let address = said.lines().find_map(|line| line.split_once("serving http://")).unwrap().1.trim().to_owned();
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let cookie = format!("cookie: sid={cookie}; lang=zh");
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{cookie}\r\n\r\n").as_bytes())
        .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    answer
}

const OWN: &str = r#"
  { code = "well.cover", about = "窨井盖检查", en = "Manhole covers", fact = "fire.check", level = "school", per = "month", keeper = "safety_officer", from = "2021-09-01", mark = "local", basis = "县教育局文件" },
]
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_the_folder_is_seen_with_a_signal_and_a_faulty_one_is_named_and_changes_nothing() {
    let county = county::sqlite().await;
    let session = async |login: &str| {
        let account = county.app.account_id(login).await.unwrap().unwrap();
        county.app.begin_session(account, "test").await.unwrap()
    };
    let (school, teacher) = (session("school").await, session("teacher").await);
    let home = Home::of(county).await;
    let rules = home.path("rules");
    assert!(
        Command::new(env!("CARGO_BIN_EXE_anxiao"))
            .args(["rules", "write"])
            .arg(&rules)
            .stdout(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let served = Served::start(&home, &rules);
    let duties = "/duties?from=2021-12-01&to=2021-12-31";
    assert!(!page(&home, &school, duties).contains("窨井盖检查"));
    assert!(!page(&home, &teacher, "/talk").contains("冬至平安"));

    // What is asked: a duty of the county's own, with the name that its file gives it; its due day is computed.
    let file = |name: &str| rules.join(name);
    let edit = |name: &str, change: &dyn Fn(String) -> String| {
        let before = std::fs::read_to_string(file(name)).unwrap();
        let after = change(before.clone());
        assert_ne!(before, after, "{name}");
        std::fs::write(file(name), after).unwrap();
    };
    edit("duties.toml", &|text| text.trim_end().trim_end_matches(']').to_owned() + OWN.trim_start_matches('\n'));
    // What is said: every topic of the file gives way to one.
    edit("topics.toml", &|_| {
        "[[topic]]\ncode = \"solstice\"\nfrom = \"01-01\"\nuntil = \"12-31\"\ntitle = \"冬至平安\"\ntext = \"今天冬至。\"\n".into()
    });
    served.hang_up();
    Served::until(&served.log, "the rules were read again", 1);
    assert!(page(&home, &school, duties).contains("窨井盖检查"));
    let shown = page(&home, &school, &format!("{duties}&duty=well.cover"));
    assert!(shown.contains("/duties/one?duty=well.cover") && shown.contains("2021-12-31"), "{shown}");
    assert!(page(&home, &teacher, "/talk").contains("冬至平安"));

    faults(&home, &served, &rules, &school, duties);
    served.hang_up();
    Served::until(&served.log, "the rules were read again", 2);
}

/// A fault in each file, one after the other: named with its line; what was there goes on, and nothing of the same folder is half taken.
fn faults(home: &Home, served: &Served, rules: &Path, school: &str, duties: &str) {
    let file = |name: &str| rules.join(name);
    let line = |name: &str, part: &str| {
        let text = std::fs::read_to_string(file(name)).unwrap();
        text.lines().position(|line| line.contains(part)).unwrap() + 1
    };
    for (at, (name, part, from, to)) in [
        (
            "duties.toml",
            "\"well.cover\"",
            "per = \"month\", keeper = \"safety_officer\", from = \"2021-09-01\"",
            "per = \"month\", keeper = \"king\", from = \"2021-09-01\"",
        ),
        ("ladders.toml", "[[ladder]]", "rung = \"head\", after = 7", "rung = \"head\", after = 70"),
        ("messages.toml", "\"hazard.sent_back\"", "AX1002", "AX1001"),
        ("topics.toml", "[[topic]]", "12-31", "13-31"),
        ("sessions.toml", "", "from = ", "form = "),
        ("calendar.toml", "", "basis = ", "bases = "),
    ]
    .into_iter()
    .enumerate()
    {
        let whole = std::fs::read_to_string(file(name)).unwrap();
        let place = if part.is_empty() { format!("{name}:") } else { format!("{name}:{}: ", line(name, part)) };
        assert!(whole.contains(from), "{name}");
        std::fs::write(file(name), whole.replacen(from, to, 1)).unwrap();
        served.hang_up();
        let log = Served::until(&served.log, "the old ones stay", at + 1);
        assert!(log.contains(&place), "{place}: {log}");
        std::fs::write(file(name), whole).unwrap();
        assert!(page(home, school, duties).contains("窨井盖检查"), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_climbs_follows_the_ladders_that_hold_now() {
    let county = county::sqlite().await;
    let store = &county.app.store;
    let now = county.app.clock.now();
    let today = areas::sample::Plan::county().today;
    // Whatever is late already climbs first, so that one hazard is looked at alone.
    run::round(&county.app, now).await.unwrap();
    let query = Query::new().among("state", &["closed"]).is("handed_unit", Cell::Null).filter("keeper", Test::Present);
    let before = store.list(&HAZARD, &query.limit(1), &Scope::county()).await.unwrap().rows.remove(0);
    let id = before.id;
    let after = before
        .clone()
        .with(&HAZARD, "state", Cell::Text("rectifying".into()))
        .with(&HAZARD, "closed_on", Cell::Null)
        .with(&HAZARD, "due_on", Cell::Date(today));
    let author = Author { actor: None, at: now, request: store.new_id(now) };
    store.commit(author, vec![Change::update(&HAZARD, "edit", before, after)]).await.unwrap();
    let rung = async || {
        let found = store.find_by(&CLIMB, "hazard", &[Cell::Id(id)], &Scope::county()).await.unwrap();
        found[0].get(&CLIMB, "rung").text().unwrap().to_owned()
    };
    // One hour of work on the day after its limit.
    let later = shanghai_start(today.succ_opt().unwrap()) + 9 * 3_600_000;
    run::round(&county.app, later).await.unwrap();
    assert_eq!(rung().await, "keeper");
    let hurried = house::LADDERS.replacen("rung = \"head\", after = 7", "rung = \"head\", after = 1", 1);
    let others: Vec<_> = house::OTHERS
        .iter()
        .map(|(name, text)| (*name, if name.ends_with("ladders.toml") { hurried.as_str() } else { *text }))
        .collect();
    county.app.take_rules(house::rules_of(&others, house::NORMS).unwrap()).await.unwrap();
    run::round(&county.app, later).await.unwrap();
    assert_eq!(rung().await, "head");
}
