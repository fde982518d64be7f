//! One program serves a county also where two have a data folder each: on PostgreSQL the records themselves are held.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use store::{Sole, StoreError, Target};
use tempfile::TempDir;

use crate::backup::Home;
use crate::county::{self, County};

/// Ends with the test, however it ends.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

const SERVE: [&str; 3] = ["--listen", "127.0.0.1:0", "serve"];

fn serve(home: &Home) -> Serving {
    let mut command = home.command(&SERVE);
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let said = BufReader::new(process.stdout.take().unwrap());
    let serving = Serving(process);
    assert!(said.lines().map_while(Result::ok).any(|line| line.starts_with("serving http://")));
    serving
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_of_the_same_records_is_refused() {
    for home in Home::both().await.into_iter().filter(|home| home.url.is_some()) {
        let other = Home { folder: TempDir::new().unwrap(), url: home.url.clone() };
        let (from, to) = (home.folder.path().join("."), other.folder.path());
        assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
        let serving = serve(&home);
        for args in [&SERVE[..], &["rotate-keys"], &["doctor", "--mend"]] {
            let said = other.refused(args);
            assert!(said.contains("is being served by another program"), "{args:?} {said}");
        }
        // What only reads, and what is written line by line, goes on beside it.
        assert!(other.done(&["verify"]).contains("the history is whole"));
        // Killed, it holds nothing any more.
        drop(serving);
        drop(serve(&other));
        assert!(other.done(&["rotate-keys"]).contains("county key v2"));
    }
}

/// The connection that holds the records breaks; the program does not hear of it by itself.
async fn broken(county: &County) {
    let broken = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'anxiao serving' and datname = current_database()";
    county.raw(broken).await;
}

/// The database hears of an end a moment later.
async fn held_again(sole: &mut Sole) -> bool {
    for _ in 0..100 {
        if matches!(sole.hold().await, Ok(true)) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_records_to_another_hears_of_it() {
    for county in county::both().await {
        let Some(mut first) = county.target.take_alone().await.unwrap() else {
            assert!(matches!(county.target, Target::Sqlite(_)), "a file is held by its folder");
            continue;
        };
        assert!(first.hold().await.unwrap());
        let Err(StoreError::Served(who)) = county.target.take_alone().await else { panic!("both have them") };
        assert!(who.contains(", since "), "{who}");
        broken(&county).await;
        assert!(held_again(&mut first).await, "nobody came in between");
        broken(&county).await;
        let second = county.target.take_alone().await.unwrap();
        assert!(second.is_some(), "what broke holds nothing");
        assert!(matches!(first.hold().await, Err(StoreError::Served(_))));
        drop(second);
        assert!(held_again(&mut first).await);
    }
}
