//! The serving program is killed again and again while it sends: nothing is lost, and a gateway that knows keys repeats nothing.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use areas::hazards::record::HAZARD;
use engine::clock;
use kit::{Author, Cell, Change, Message, Query, Scope};
use store::Target;

use super::gateways::Gateway;
use crate::backup::Home;
use crate::county::open_store;

/// Ends with the test, however it ends.
struct Serving(Child);

impl Serving {
    fn kill(mut self) {
        // SIGKILL: nothing is tidied up.
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const ROUNDS: usize = 4;
const EACH: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn killed_while_it_sends_it_loses_none_and_repeats_none() {
    for home in Home::both().await {
        let gateway = Gateway::start(0).await;
        gateway.set_up(&home);
        let mut written = BTreeSet::new();
        for round in 0..ROUNDS {
            written.extend(cause(&home, round).await);
            let before = ours(&gateway).len();
            let last = round + 1 == ROUNDS;
            let serving = serve(&home);
            // Killed in the midst of sending; the last one may finish.
            let enough = if last { written.len() } else { before + 5 + round };
            let mut waited = 0;
            while ours(&gateway).len() < enough {
                tokio::time::sleep(Duration::from_millis(5)).await;
                waited += 1;
                assert!(waited < 12_000, "{} of {enough} were sent", ours(&gateway).len());
            }
            serving.kill();
        }
        let taken = ours(&gateway);
        assert_eq!(taken, written, "none lost, none invented");
    }
}

/// The program itself reminds of rolls that nobody has called; these are ours.
fn ours(gateway: &Gateway) -> BTreeSet<String> {
    gateway.taken().into_keys().filter(|key| key.starts_with("round/")).collect()
}

/// Writes causes past the program, as an earlier life of it did; answers their keys.
async fn cause(home: &Home, round: usize) -> Vec<String> {
    let target = match &home.url {
        None => Target::Sqlite(home.path("anxiao.db")),
        Some(url) => Target::Postgres { url: url.clone(), schema: format!("county_{}", areas::sample::COUNTY) },
    };
    let store = open_store(home.folder.path(), &target).await;
    let all = Scope::county();
    let before = store.list(&HAZARD, &Query::new().limit(1), &all).await.unwrap().rows.remove(0);
    let persons = Query::new().filter("phone", kit::Test::Present).limit(EACH);
    let persons = store.list(&areas::organisation::record::STAFF, &persons, &all).await.unwrap().rows;
    let at = kit::dates::shanghai_start(areas::sample::Plan::county().today);
    let after = before.clone().with(&HAZARD, "remark", Cell::Text(format!("round {round}")));
    let cause = format!("round/{round}");
    let say = |person: &kit::Row| Message::person(person.id, "hazard.sent_back").urgent().because(cause.as_str());
    let messages: Vec<_> = persons.iter().map(say).collect();
    let keys = messages.iter().map(|message| message.key("")).collect();
    let change = messages.into_iter().fold(Change::update(&HAZARD, "edit", before, after), Change::send);
    let mut random = [0; 16];
    clock::random(&mut random);
    let author = Author { actor: None, at, request: uuid::Uuid::from_bytes(random) };
    store.commit(author, vec![change]).await.unwrap();
    store.close().await;
    keys
}

fn serve(home: &Home) -> Serving {
    let mut command = home.command(&["--listen", "127.0.0.1:0", "serve"]);
    Serving(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}
